/**
 * How an answer is written: as the whole object, or as its metadata alone; what a client accepts decides (S55).
 */
import { goPackage } from "./decoding.js"
import { child, type JsonObject } from "./json.js"
import type { Page } from "./listing.js"
import { apiVersionOf, type Served } from "./served.js"
import * as status from "./status.js"
import { bookmarkOf, fromStorage } from "./versions.js"

/**
 * The whole object; its metadata alone, in a version of `meta.k8s.io`; or nothing, where one object is asked for as a
 * list or the reverse. That is found out when it is written: a create is refused after it was done, a watch ends.
 */
export type Representation = "whole" | "meta.k8s.io/v1" | "meta.k8s.io/v1beta1" | "unwritable"

const json = "application/json"
/** What a real server writes; this one writes JSON alone. */
const acceptable = [json, "application/yaml", "application/vnd.kubernetes.protobuf"]
const watchable = [...acceptable, "application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"]

/** What is answered: an object, a list (that could be watched), a watch, or the list of what a deletecollection deleted. */
export type AnswerForm = "object" | "list" | "watch" | "deleted"

interface Clause {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

const clausesOf = (accept: string): ReadonlyArray<Clause> =>
  accept.split(",").map((clause) => {
    const [type, ...parameters] = clause.split(";").map((part) => part.trim())
    return {
      type: (type ?? "").toLowerCase(),
      parameters: new Map(parameters.map((parameter): [string, string] => {
        const at = parameter.indexOf("=")
        return at < 0 ? [parameter, ""] : [parameter.slice(0, at), parameter.slice(at + 1)]
      }))
    }
  })

const isJson = (type: string): boolean => type === "" || type === json || type === "application/*" || type === "*/*"

/** The server's own name of what it answers. */
const internalType = (served: Served, isList: boolean): string =>
  served.custom === undefined
    ? `*${goPackage(served.storage.slice(0, served.storage.indexOf("/")))}.${isList ? served.listKind : served.kind}`
    : `*unstructured.Unstructured${isList ? "List" : ""}`

/** The versions in which metadata alone is written. */
const partialVersions: ReadonlyMap<string, Representation> = new Map([
  ["v1", "meta.k8s.io/v1"],
  ["v1beta1", "meta.k8s.io/v1beta1"]
])

/** Metadata alone as a clause asks for it; nothing where this server does not know what it asks for. */
const partialOf = (
  parameters: Clause["parameters"]
): { readonly representation: Representation; readonly isList: boolean } | undefined => {
  const as = parameters.get("as") ?? ""
  const representation = parameters.get("g") === "meta.k8s.io"
    ? partialVersions.get(parameters.get("v") ?? "")
    : undefined
  if (representation === undefined) return undefined
  if (as !== "PartialObjectMetadata" && as !== "PartialObjectMetadataList") return undefined
  return { representation, isList: as === "PartialObjectMetadataList" }
}

/** The first clause of an Accept header that this server can write; a 406 where it can write none. Tables are left to the next clause. */
export const negotiate = (served: Served, accept: string | undefined, answer: AnswerForm): Representation => {
  if (accept === undefined || accept.trim() === "") return "whole"
  const clauses = clausesOf(accept)
  if (served.custom === undefined && !clauses.some(({ type }) => isJson(type) || acceptable.includes(type))) {
    throw status.noRepresentation(answer === "list" || answer === "watch" ? watchable : acceptable)
  }
  const isList = answer === "list" || answer === "deleted"
  for (const { parameters, type } of clauses) {
    if (!isJson(type)) continue
    if (!parameters.has("as")) return "whole"
    const partial = partialOf(parameters)
    if (partial === undefined) continue
    return partial.isList === isList ? partial.representation : "unwritable"
  }
  throw status.notAcceptable(
    clauses.some(({ type }) => type !== json && acceptable.includes(type)) ? [json] : acceptable
  )
}

/** Whether an Accept header asks for the aggregated form of discovery. */
export const wantsAggregated = (accept: string | undefined): boolean =>
  accept !== undefined &&
  clausesOf(accept).some(({ parameters, type }) =>
    isJson(type) && parameters.get("g") === "apidiscovery.k8s.io" && parameters.get("v") === "v2" &&
    parameters.get("as") === "APIGroupDiscoveryList"
  )

const written = (object: JsonObject, representation: Representation): JsonObject =>
  representation === "whole"
    ? object
    : { kind: "PartialObjectMetadata", apiVersion: representation, metadata: child(object, "metadata") ?? {} }

/** A stored object as an event tells of it. */
export const objectOf = (served: Served, stored: JsonObject, representation: Representation): JsonObject =>
  written(fromStorage(served, stored), representation)

/** A stored object as it is answered; a 406 where a list was asked for, of custom resources a failure of the server. */
export const answerOf = (served: Served, stored: JsonObject, representation: Representation): JsonObject => {
  if (representation !== "unwritable") return objectOf(served, stored, representation)
  throw served.custom === undefined
    ? status.notAs("PartialObjectMetadataList", internalType(served, false), false)
    : status.internal("content is not a list")
}

/** The object of a bookmark as it is answered. */
export const bookmark = (
  served: Served,
  revision: number,
  isEndOfState: boolean,
  representation: Representation
): JsonObject => written(bookmarkOf(served, revision, isEndOfState), representation)

/** A page of a list; a 406 where one object was asked for. The items of built-in kinds come without their apiVersion and kind. */
export const listOf = (served: Served, page: Page, representation: Representation): string => {
  if (representation === "unwritable") throw status.notAs("PartialObjectMetadata", internalType(served, true), true)
  const resourceVersion = String(page.revision)
  const remainingItemCount = page.remainingItemCount
  const items = page.entries.map((entry) => objectOf(served, entry.object, representation))
  if (representation !== "whole") {
    return JSON.stringify({
      kind: "PartialObjectMetadataList",
      apiVersion: representation,
      metadata: { resourceVersion, continue: page.continue === "" ? undefined : page.continue, remainingItemCount },
      // So a real server writes an empty one.
      items: items.length === 0 ? null : items
    })
  }
  const apiVersion = apiVersionOf(served.group, served.version)
  if (served.custom !== undefined) {
    const metadata = { continue: page.continue, remainingItemCount, resourceVersion }
    return JSON.stringify({ apiVersion, items, kind: served.listKind, metadata })
  }
  return JSON.stringify({
    kind: served.listKind,
    apiVersion,
    metadata: { resourceVersion, continue: page.continue === "" ? undefined : page.continue, remainingItemCount },
    items: items.map(({ apiVersion: _version, kind: _kind, ...item }) => item)
  })
}
