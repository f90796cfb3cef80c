/**
 * How an answer is written: as the whole object, as its metadata alone, or as a table; what a client accepts decides
 * (S55).
 */
import { goPackage } from "./decoding.js"
import { child, type JsonObject } from "./json.js"
import type { Page } from "./listing.js"
import { json, protobuf, yaml } from "./mediaTypes.js"
import type { Query } from "./options.js"
import { apiVersionOf, type Served } from "./served.js"
import * as status from "./status.js"
import { customScale, scale } from "./tables/autoscaling.js"
import { layoutOf } from "./tables/layouts.js"
import { includedOf, TableForm, tableOfObject, tableOfPage, tableOfShown } from "./tables/table.js"
import { bookmarkOf, fromStorage } from "./versions.js"

/**
 * The whole object; its metadata alone, in a version of `meta.k8s.io`; a table; or nothing, where one object is asked for
 * as a list or the reverse. That is found out when it is written: a create is refused after it was done, a watch ends.
 */
export type Representation = "whole" | MetaVersion | TableForm | "unwritable"

type MetaVersion = "meta.k8s.io/v1" | "meta.k8s.io/v1beta1"

/** What of a request says how it is answered. */
export interface Asked {
  readonly headers: { readonly [name: string]: string }
  readonly query: Query
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** What a real server writes; this one writes no protobuf. */
const acceptable = [json, yaml, protobuf]
const streams = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"]
const watchable = [...acceptable, ...streams]

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

/** The versions in which metadata and tables are written. */
const metaVersions: ReadonlyMap<string, MetaVersion> = new Map([
  ["v1", "meta.k8s.io/v1"],
  ["v1beta1", "meta.k8s.io/v1beta1"]
])

/** The form that a clause asks for; nothing where this server does not know what it asks for. */
const formOf = ({ parameters }: Clause, asked: Asked, answer: AnswerForm): Representation | undefined => {
  const as = parameters.get("as")
  if (as === undefined) return "whole"
  const version = parameters.get("g") === "meta.k8s.io" ? metaVersions.get(parameters.get("v") ?? "") : undefined
  if (version === undefined) return undefined
  const isList = answer === "list" || answer === "deleted"
  switch (as) {
    case "PartialObjectMetadata":
      return isList ? "unwritable" : version
    case "PartialObjectMetadataList":
      return isList ? version : "unwritable"
    case "Table":
      return new TableForm(version, asked.query, asked.clock)
    default:
      return undefined
  }
}

/** The first clause of an Accept header that this server can write; a 406 where it can write none. */
export const negotiate = (served: Served, asked: Asked, answer: AnswerForm): Representation => {
  const accept = asked.headers["accept"]
  if (accept === undefined || accept.trim() === "") return "whole"
  const clauses = clausesOf(accept)
  if (served.custom === undefined && !clauses.some(({ type }) => isJson(type) || acceptable.includes(type))) {
    throw status.noRepresentation(answer === "list" || answer === "watch" ? watchable : acceptable)
  }
  let isOnlyProtobuf = false
  for (const clause of clauses) {
    const isKnown = isJson(clause.type) || acceptable.includes(clause.type)
    const form = isKnown ? formOf(clause, asked, answer) : undefined
    if (form === undefined) continue
    if (clause.type === protobuf) {
      isOnlyProtobuf ||= !(form instanceof TableForm)
      continue
    }
    if (answer === "watch") {
      if (clause.type === yaml) throw status.notAcceptable(streams)
      // A watch that nobody can write is refused at once, anything else when it is written.
      if (form instanceof TableForm) includedOf(asked.query)
    }
    return form
  }
  throw status.notAcceptable(isOnlyProtobuf ? [json, yaml] : acceptable)
}

/** Whether a client wants YAML rather than JSON. */
export const wantsYaml = (accept: string | undefined): boolean =>
  accept !== undefined && clausesOf(accept).find(({ type }) => isJson(type) || type === yaml)?.type === yaml

/** Whether an Accept header asks for the aggregated form of discovery. */
export const wantsAggregated = (accept: string | undefined): boolean =>
  accept !== undefined &&
  clausesOf(accept).some(({ parameters, type }) =>
    isJson(type) && parameters.get("g") === "apidiscovery.k8s.io" && parameters.get("v") === "v2" &&
    parameters.get("as") === "APIGroupDiscoveryList"
  )

/**
 * A 406 for who takes discovery in no form that it has: its documents are what they are. The older endpoints of built-in
 * groups say it in other words.
 */
export const checkDiscovery = (accept: string | undefined, isOlder: boolean): void => {
  if (accept === undefined || accept.trim() === "") return
  const known = clausesOf(accept).filter(({ type }) => isJson(type) || acceptable.includes(type))
  if (known.some(({ parameters }) => !parameters.has("as"))) return
  throw isOlder && known.length === 0 ? status.noRepresentation(acceptable) : status.notAcceptable(acceptable)
}

const written = (object: JsonObject, representation: Exclude<Representation, TableForm>): JsonObject =>
  representation === "whole"
    ? object
    : { kind: "PartialObjectMetadata", apiVersion: representation, metadata: child(object, "metadata") ?? {} }

/** A stored object as an event tells of it. */
export const objectOf = (served: Served, stored: JsonObject, representation: Representation): JsonObject =>
  representation instanceof TableForm
    ? tableOfObject(representation, served, stored)
    : written(fromStorage(served, stored), representation)

/** A stored object as it is answered; a 406 where a list was asked for, of custom resources a failure of the server. */
export const answerOf = (served: Served, stored: JsonObject, representation: Representation): JsonObject => {
  if (representation !== "unwritable") return objectOf(served, stored, representation)
  throw served.custom === undefined
    ? status.notAs("PartialObjectMetadataList", internalType(served, false), false)
    : status.internal("content is not a list")
}

/** A scale as it is answered. */
export const scaleAnswer = (served: Served, shown: JsonObject, representation: Representation): JsonObject => {
  if (representation instanceof TableForm) {
    return tableOfShown(representation, served.custom === undefined ? scale : customScale, shown)
  }
  if (representation !== "unwritable") return written(shown, representation)
  const type = served.custom === undefined ? "*autoscaling.Scale" : "*v1.Scale"
  throw status.notAs("PartialObjectMetadataList", type, false)
}

/** The object of a bookmark as it is answered. */
export const bookmark = (
  served: Served,
  revision: number,
  isEndOfState: boolean,
  representation: Representation
): JsonObject => {
  const object = bookmarkOf(served, revision, isEndOfState)
  return representation instanceof TableForm
    ? tableOfShown(representation, layoutOf(served), object)
    : written(object, representation)
}

/** A page of a list; a 406 where one object was asked for. The items of built-in kinds come without their apiVersion and kind. */
export const listOf = (served: Served, page: Page, representation: Representation): string => {
  if (representation === "unwritable") throw status.notAs("PartialObjectMetadata", internalType(served, true), true)
  if (representation instanceof TableForm) return JSON.stringify(tableOfPage(representation, served, page))
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
