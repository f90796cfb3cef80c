/**
 * CustomResourceDefinitions: what the server fills in, which it refuses, and what their conditions say. The schema itself
 * is looked at by `structural`.
 *
 * ```ts
 * import { acceptNames, type TakenNames } from "./definitions.js"
 * import type { JsonObject } from "./json.js"
 *
 * // NamesAccepted True, or False with the name that is in use
 * const named = (definition: JsonObject, taken: TakenNames) => acceptNames(definition, taken, "2026-01-01T00:00:00Z")
 * ```
 */
import {
  type Cause,
  checkDefinition,
  checkDefinitionUpdate,
  decodeDefinition,
  type Definition,
  definitionWarnings
} from "../structural.js"
import { conditionOf, withCondition } from "./conditions.js"
import { child, isObject, items, type JsonObject, text } from "./json.js"
import { statusOf } from "./objectParts.js"
import type { Strategy } from "./strategies.js"

export const definitionResource = "apiextensions.k8s.io/customresourcedefinitions"
export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io"

export const isTrue = (definition: JsonObject, type: "NamesAccepted" | "Established"): boolean =>
  conditionOf(definition, type)?.["status"] === "True"

export const storageVersionOf = (definition: JsonObject): string | undefined =>
  text(items(child(definition, "spec"), "versions").find((each) => isObject(each) && each["storage"] === true), "name")

/** What was decoded as a definition, and since then only filled in, is one. */
const asDefinition = (object: JsonObject): Definition => object as unknown as Definition

export const definitionStrategy: Partial<Strategy> = {
  propagation: "None",
  preconditions: "precondition failed",
  decode: (body) => {
    const decoded = decodeDefinition(body)
    return decoded._tag === "Malformed" ? decoded : { ...decoded, object: { ...decoded.definition } }
  },
  prepareCreate: (object) => {
    const storage = storageVersionOf(object)
    return {
      ...object,
      status: {
        conditions: null,
        acceptedNames: { plural: "", kind: "" },
        storedVersions: storage === undefined ? null : [storage]
      }
    }
  },
  prepareUpdate: (object) => {
    const status = child(object, "status")
    const storage = storageVersionOf(object)
    const known = items(status, "storedVersions")
    return storage === undefined || known.includes(storage)
      ? object
      : { ...object, status: { ...status, storedVersions: [...known, storage] } }
  },
  validatesMetadata: true,
  warnings: (object) => definitionWarnings(asDefinition(object)),
  validateCreate: (object): ReadonlyArray<Cause> => checkDefinition(asDefinition(object)),
  validateUpdate: (object, previous): ReadonlyArray<Cause> =>
    checkDefinitionUpdate(asDefinition(object), asDefinition(previous)),
  terminate: (object, now) => {
    const metadata = child(object, "metadata") ?? {}
    if (text(metadata, "deletionTimestamp") !== undefined) return undefined
    const finalizers = items(metadata, "finalizers")
    return withCondition(
      {
        ...object,
        metadata: {
          ...metadata,
          deletionTimestamp: now,
          finalizers: finalizers.includes(cleanupFinalizer) ? finalizers : [...finalizers, cleanupFinalizer]
        }
      },
      {
        type: "Terminating",
        status: "True",
        reason: "InstanceDeletionPending",
        message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"
      },
      now
    )
  }
}

/** Names that other definitions of a group hold already. */
export interface TakenNames {
  readonly resources: ReadonlySet<string>
  readonly kinds: ReadonlySet<string>
}

/** Accepts the names of a definition as far as they are free, and says so in its status. */
export const acceptNames = (definition: JsonObject, taken: TakenNames, now: string): JsonObject => {
  const wanted = child(child(definition, "spec"), "names") ?? {}
  const status = statusOf(definition)
  const held = child(status, "acceptedNames") ?? {}
  const accepted: JsonObject = { ...held }
  let refused: { readonly reason: string; readonly message: string } | undefined
  const claim = (
    key: "plural" | "singular" | "kind" | "listKind",
    names: ReadonlySet<string>,
    reason: string
  ): void => {
    const name = text(wanted, key) ?? ""
    if (name !== "" && name !== held[key] && names.has(name)) {
      refused = { reason, message: `"${name}" is already in use` }
    } else accepted[key] = name
  }
  claim("plural", taken.resources, "PluralConflict")
  claim("singular", taken.resources, "SingularConflict")
  const shortNames = items(wanted, "shortNames")
  const clash = shortNames.find((name) =>
    !items(held, "shortNames").includes(name) && taken.resources.has(String(name))
  )
  if (clash !== undefined) refused = { reason: "ShortNamesConflict", message: `"${String(clash)}" is already in use` }
  else if (shortNames.length > 0) accepted["shortNames"] = shortNames
  else delete accepted["shortNames"]
  claim("kind", taken.kinds, "KindConflict")
  claim("listKind", taken.kinds, "ListKindConflict")
  if (items(wanted, "categories").length > 0) accepted["categories"] = items(wanted, "categories")
  else delete accepted["categories"]

  const named = withCondition(
    { ...definition, status: { ...status, acceptedNames: accepted } },
    refused === undefined
      ? { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" }
      : { type: "NamesAccepted", status: "False", ...refused },
    now
  )
  if (isTrue(named, "Established")) return named
  return withCondition(
    named,
    refused === undefined
      ? { type: "Established", status: "False", reason: "Installing", message: "the initial names have been accepted" }
      : { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" },
    now
  )
}

export const establish = (definition: JsonObject, now: string): JsonObject =>
  withCondition(
    definition,
    {
      type: "Established",
      status: "True",
      reason: "InitialNamesAccepted",
      message: "the initial names have been accepted"
    },
    now
  )

/** The names that a definition holds. */
export const namesHeld = (
  definition: JsonObject
): { readonly resources: ReadonlyArray<string>; readonly kinds: ReadonlyArray<string> } => {
  const names = child(child(definition, "status"), "acceptedNames") ?? {}
  const of = (...keys: ReadonlyArray<string>) => keys.map((key) => text(names, key) ?? "").filter((name) => name !== "")
  return {
    resources: [...of("plural", "singular"), ...items(names, "shortNames").map(String)],
    kinds: of("kind", "listKind")
  }
}
