/**
 * Ownership of fields, for the resources that a server serves: how a write at an endpoint changes an object's
 * managedFields, and what an apply makes of an object.
 */
import { decodeKind } from "../goTypes.js"
import { child, isObject, type JsonObject, own, text } from "../json.js"
import { metadataOf, withMetadata } from "../objectMeta.js"
import { apiVersionOf, type Served } from "../served.js"
import * as status from "../status.js"
import { convertBuiltin } from "../versions.js"
import { fieldsOfNew } from "./createFields.js"
import { NoElement } from "./elements.js"
import { asWritten } from "./fieldsV1.js"
import { allowedByLastApplied, withLastApplied } from "./lastApplied.js"
import {
  type Conflict,
  conflictCauses,
  conflictMessage,
  decodeManaged,
  encodeManaged,
  entryOf,
  type Managed,
  managedOf,
  type Writer
} from "./managers.js"
import { afterUpdate, type Applied, apply, type Merging, unownedPaths } from "./ownership.js"
import { resetFilter, resetPaths } from "./resetFields.js"
import { customTypeOf, kindTypeOf, type Type } from "./types.js"
import { typeIssue } from "./validate.js"

export type Entries = ReadonlyArray<JsonObject>

/** Who writes, and where. */
export interface Tracker {
  /** Of the kind that is written: a scale endpoint writes a Scale. */
  readonly merging: Merging
  readonly kind: string
  /** An object of the kind in which nothing is filled in. */
  readonly empty: JsonObject
  readonly manager: string
  readonly subresource: string
  readonly now: string
}

const versionIn = (apiVersion: string): { readonly group: string; readonly version: string } => {
  const slash = apiVersion.indexOf("/")
  return { group: slash < 0 ? "" : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

const customMerging = (served: Served, subresource: string): Merging => {
  const apiVersion = apiVersionOf(served.group, served.version)
  const reset = resetFilter(served, subresource)
  return {
    apiVersion,
    typeOf: (other) => {
      const { group, version } = versionIn(other)
      return group === served.group && served.custom?.schemas.has(version) === true
        ? customTypeOf(served.custom.schemas.get(version))
        : undefined
    },
    convert: (object, other) => object["apiVersion"] === other ? object : { ...object, apiVersion: other },
    reset: (other) => subresource === "status" || other === apiVersion ? reset : undefined,
    resetPaths: resetPaths(served, subresource),
    schemaChanges: true
  }
}

const builtinMerging = (served: Served, subresource: string): Merging => {
  const types = new Map<string, Type | undefined>()
  const reset = resetFilter(served, subresource)
  return {
    apiVersion: apiVersionOf(served.group, served.version),
    typeOf: (other) => {
      if (types.has(other)) return types.get(other)
      const { group, version } = versionIn(other)
      const type = kindTypeOf(group, version, served.kind)
      types.set(other, type)
      return type
    },
    convert: (object, other) => convertBuiltin(served, object, other),
    reset: () => reset,
    resetPaths: resetPaths(served, subresource),
    schemaChanges: false
  }
}

interface Known {
  readonly mergings: Map<string, Merging>
  readonly empty: JsonObject
}

const known = new WeakMap<Served, Known>()

const knownOf = (served: Served): Known => {
  const there = known.get(served)
  if (there !== undefined) return there
  const bare = { apiVersion: apiVersionOf(served.group, served.version), kind: served.kind }
  const decoded = served.custom === undefined ? decodeKind(served.group, served.version, served.kind, bare) : undefined
  const made = { mergings: new Map<string, Merging>(), empty: decoded?._tag === "Decoded" ? decoded.object : bare }
  known.set(served, made)
  return made
}

/** Tracks writes of a resource at an endpoint. */
export const trackerOf = (served: Served, manager: string, subresource: string, now: string): Tracker => {
  const { empty, mergings } = knownOf(served)
  let merging = mergings.get(subresource)
  if (merging === undefined) {
    const make = served.custom === undefined ? builtinMerging : customMerging
    mergings.set(subresource, merging = make(served, subresource))
  }
  return { merging, kind: served.kind, empty, manager, subresource, now }
}

const writerOf = (tracker: Tracker, operation: Writer["operation"]): Writer => ({
  manager: tracker.manager === "" ? "unknown" : tracker.manager,
  operation,
  apiVersion: tracker.merging.apiVersion,
  subresource: tracker.subresource
})

const entriesOf = (object: JsonObject): unknown => own(metadataOf(object), "managedFields")

const withoutEntries = (object: JsonObject): JsonObject => {
  const metadata = child(object, "metadata")
  if (metadata === undefined || metadata["managedFields"] === undefined) return object
  const { managedFields: _, ...rest } = metadata
  return withMetadata(object, rest)
}

/** A client empties the list of managers with an empty one, or with one empty entry. */
const isReset = (entries: unknown): boolean =>
  Array.isArray(entries) &&
  (entries.length === 0 || (entries.length === 1 && isObject(entries[0]) && Object.keys(entries[0]).length === 0))

/** The managers from which an update goes on: those that the client sent, else those that are there. */
const managersBefore = (live: JsonObject, body: JsonObject, subresource: string): Managed => {
  if (subresource !== "") return managedOf(live)
  const sent = entriesOf(body)
  if (isReset(sent)) return new Map()
  const decoded = Array.isArray(sent) ? decodeManaged(sent) : undefined
  return decoded === undefined || decoded.size === 0 ? managedOf(live) : decoded
}

/** The managedFields of an object after an update, or after its creation if there is none yet. */
export const trackUpdate = (
  tracker: Tracker,
  live: JsonObject | undefined,
  body: JsonObject
): Entries | undefined => {
  const before = live ?? tracker.empty
  const managed = managersBefore(before, body, tracker.subresource)
  // Whoever emptied the list, or created the object untracked, does not want it tracked.
  if (managed.size === 0 && live !== undefined) return undefined
  try {
    if (managed.size === 0) return createdEntries(tracker, body)
    const after = afterUpdate(
      withoutEntries(before),
      withoutEntries(body),
      managed,
      writerOf(tracker, "Update"),
      tracker.now,
      tracker.merging
    )
    return encodeManaged(after)
  } catch (error) {
    if (!(error instanceof NoElement)) throw error
    const entries = entriesOf(before)
    return Array.isArray(entries) ? entries.filter(isObject) : undefined
  }
}

/** The one entry of a new object. */
const createdEntries = (tracker: Tracker, body: JsonObject): Entries | undefined => {
  const { empty, merging, now } = tracker
  const type = merging.typeOf(merging.apiVersion)! // the request's version is served
  const fieldsV1 = fieldsOfNew(body, empty, type, [...unownedPaths, ...merging.resetPaths])
  return fieldsV1 === undefined ? undefined : [entryOf(writerOf(tracker, "Update"), now, asWritten(fieldsV1))]
}

/** Group, version and kind as messages write them. */
const kindText = (object: JsonObject): string => {
  const { group, version } = versionIn(text(object, "apiVersion") ?? "")
  return `${group}/${version}, Kind=${text(object, "kind") ?? ""}`
}

export interface AppliedObject {
  /** In the version of the request, without managedFields. */
  readonly object: JsonObject
  readonly managedFields: Entries | undefined
}

/** Applies a configuration to an object, or to none yet; refuses what is no configuration of the kind, and conflicts. */
export const applyConfiguration = (
  tracker: Tracker,
  live: JsonObject | undefined,
  configuration: JsonObject,
  force: boolean
): AppliedObject => {
  const { empty, kind, merging, now } = tracker
  if (text(configuration, "apiVersion") !== merging.apiVersion || text(configuration, "kind") !== kind) {
    throw status.badRequest(`invalid object type: ${kindText(configuration)}`)
  }
  const metadata = metadataOf(configuration)
  if (Array.isArray(own(metadata, "managedFields"))) throw status.badRequest("metadata.managedFields must be nil")
  const type = merging.typeOf(merging.apiVersion)! // the request's version is served
  const issue = typeIssue(configuration, type)
  if (issue !== undefined) {
    const place = `${text(metadata, "namespace") ?? ""}/${text(metadata, "name") ?? ""}; ${kindText(configuration)}`
    throw status.internal(`failed to create typed patch object (${place}): ${issue}`)
  }
  const before = withoutEntries(live ?? empty)
  const managed = live === undefined ? new Map() : managersOfApply(tracker, live)
  const writer = writerOf(tracker, "Apply")
  const attempt = (forced: boolean): Applied => apply(before, configuration, managed, writer, forced, now, merging)
  let applied = attempt(force)
  if (applied._tag === "Conflicts" && tracker.manager === "kubectl") {
    const left = allowedByLastApplied(applied.conflicts, before, type, merging.apiVersion)
    applied = left.length === 0 ? attempt(true) : { _tag: "Conflicts", conflicts: left }
  }
  if (applied._tag === "Conflicts") throw conflictRefusal(applied.conflicts)
  const object = applied.object ?? before
  return {
    object: tracker.manager === "kubectl" ? withLastApplied(object, configuration) : object,
    managedFields: encodeManaged(applied.managed)
  }
}

/** The managers of an object that was never tracked begin with one for all that was there before. */
const managersOfApply = (tracker: Tracker, live: JsonObject): Managed => {
  const managed = managedOf(live)
  if (managed.size > 0) return managed
  const before: Writer = { ...writerOf(tracker, "Update"), manager: "before-first-apply" }
  return afterUpdate(tracker.empty, withoutEntries(live), managed, before, tracker.now, tracker.merging)
}

const conflictRefusal = (conflicts: ReadonlyArray<Conflict>): status.Refusal =>
  status.refusal(409, "Conflict", conflictMessage(conflicts), { causes: conflictCauses(conflicts) })
