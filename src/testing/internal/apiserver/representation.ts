/**
 * How an answer is written: as the whole object, or as its metadata alone; what a client accepts decides (S55).
 */
import { goPackage } from "./decoding.js"
import { child, type JsonObject } from "./json.js"
import type { Page } from "./listing.js"
import { apiVersionOf, type Served } from "./served.js"
import * as status from "./status.js"
import { bookmarkOf, fromStorage } from "./versions.js"

export type Representation = "whole" | "metadata"

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
    const as = parameters.get("as")
    if (as === undefined) return "whole"
    const isMeta = parameters.get("g") === "meta.k8s.io" && parameters.get("v") === "v1"
    if (!isMeta || (as !== "PartialObjectMetadata" && as !== "PartialObjectMetadataList")) continue
    if ((as === "PartialObjectMetadataList") === isList) return "metadata"
    if (answer !== "watch") throw status.notAs(as, internalType(served, isList), isList)
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

const metadataOnly = (object: JsonObject): JsonObject => ({
  kind: "PartialObjectMetadata",
  apiVersion: "meta.k8s.io/v1",
  metadata: child(object, "metadata") ?? {}
})

/** A stored object as it is answered. */
export const objectOf = (served: Served, stored: JsonObject, representation: Representation): JsonObject => {
  const object = fromStorage(served, stored)
  return representation === "whole" ? object : metadataOnly(object)
}

/** The object of a bookmark as it is answered. */
export const bookmark = (
  served: Served,
  revision: number,
  isEndOfState: boolean,
  representation: Representation
): JsonObject => {
  const object = bookmarkOf(served, revision, isEndOfState)
  return representation === "whole" ? object : metadataOnly(object)
}

/** A page of a list. The items of built-in kinds come without their apiVersion and kind. */
export const listOf = (served: Served, page: Page, representation: Representation): string => {
  const resourceVersion = String(page.revision)
  const remainingItemCount = page.remainingItemCount
  const items = page.entries.map((entry) => objectOf(served, entry.object, representation))
  if (representation === "metadata") {
    return JSON.stringify({
      kind: "PartialObjectMetadataList",
      apiVersion: "meta.k8s.io/v1",
      metadata: { resourceVersion, continue: page.continue === "" ? undefined : page.continue, remainingItemCount },
      items
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
