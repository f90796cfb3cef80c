/**
 * Objects between their stored form and the version they are asked for in. The versions of a custom resource differ in
 * their `apiVersion` (conversion strategy None); of built-in kinds, those that a table names are stored in another form.
 */
import { applyDefaults } from "../structural.js"
import { isObject, type JsonObject } from "./json.js"
import { fromStoredAutoscaler, toStoredAutoscaler } from "./kinds/autoscalerVersions.js"
import { apiVersionOf, type Served } from "./served.js"

/** Field of events.k8s.io/v1 to field of core/v1, in which Events are stored. */
const eventFields: ReadonlyArray<readonly [string, string]> = [
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"]
]

const renamed = (object: JsonObject, pairs: ReadonlyArray<readonly [string, string]>): JsonObject => {
  const names = new Map(pairs)
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value]))
}

const reversed = eventFields.map(([left, right]) => [right, left] as const)

const withoutEmpty = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([_, value]) => value !== ""))

interface Form {
  /** Texts that are empty are left out of what is shown in this form. */
  readonly omitsEmpty?: boolean | undefined
  readonly toStorage: (object: JsonObject) => JsonObject
  readonly fromStorage: (stored: JsonObject) => JsonObject
}

/** Versions of built-in kinds that are not those in which they are stored: apiVersion and plural. */
const forms: { readonly [resource: string]: Form } = {
  "events.k8s.io/v1/events": {
    omitsEmpty: true,
    toStorage: (object) => ({ ...renamed(object, eventFields), apiVersion: "v1" }),
    fromStorage: (stored) => ({ ...renamed(stored, reversed), apiVersion: "events.k8s.io/v1" })
  },
  "autoscaling/v1/horizontalpodautoscalers": { toStorage: toStoredAutoscaler, fromStorage: fromStoredAutoscaler }
}

const formOf = (apiVersion: unknown, plural: string): Form | undefined => forms[`${String(apiVersion)}/${plural}`]

/** The stored form of an object that came in a served version. */
export const toStorage = (served: Served, object: JsonObject): JsonObject => {
  if (served.custom !== undefined) {
    return { ...object, apiVersion: apiVersionOf(served.group, served.custom.storageVersion) }
  }
  return formOf(apiVersionOf(served.group, served.version), served.plural)?.toStorage(object) ?? object
}

/** An object of a built-in resource in another apiVersion than it has. */
export const convertBuiltin = (served: Served, object: JsonObject, apiVersion: string): JsonObject => {
  if (object["apiVersion"] === apiVersion) return object
  const stored = formOf(object["apiVersion"], served.plural)?.toStorage(object) ?? object
  return formOf(apiVersion, served.plural)?.fromStorage(stored) ?? { ...stored, apiVersion }
}

const seen = new WeakMap<JsonObject, { readonly served: Served; readonly object: JsonObject }>()

/** A stored object as a version shows it; defaults that its schema has gained since are filled in. */
export const fromStorage = (served: Served, stored: JsonObject): JsonObject => {
  if (served.custom === undefined) {
    const form = formOf(apiVersionOf(served.group, served.version), served.plural)
    return form?.fromStorage(form.omitsEmpty === true ? withoutEmpty(stored) : stored) ?? stored
  }
  const known = seen.get(stored)
  if (known?.served === served) return known.object
  const apiVersion = apiVersionOf(served.group, served.version)
  const named = stored["apiVersion"] === apiVersion ? stored : { ...stored, apiVersion }
  const defaulted = applyDefaults(served.custom.schema, named)
  const object = isObject(defaulted) ? defaulted : named
  seen.set(stored, { served, object })
  return object
}

/** The object of a bookmark: nothing of it means anything but its version, and the mark of the end of the first state (S31). */
export const bookmarkOf = (served: Served, revision: number, isEndOfState: boolean): JsonObject => {
  const apiVersion = apiVersionOf(served.group, served.version)
  const resourceVersion = String(revision)
  const annotations = { "k8s.io/initial-events-end": "true" }
  return served.custom === undefined
    ? {
      kind: served.kind,
      apiVersion,
      metadata: { resourceVersion, ...(isEndOfState && { annotations }) },
      ...served.zero
    }
    : { apiVersion, kind: served.kind, metadata: { ...(isEndOfState && { annotations }), resourceVersion } }
}
