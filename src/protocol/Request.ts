/**
 * A request to the Kubernetes API as a plain value: verb, path, query, headers, body. Everything about URLs is decided
 * here and nowhere else, so it is a table of tests. A client sends it: `KubeClient.execute(request)`.
 *
 * ```ts
 * import { Request } from "effect-kube"
 * import { Pod } from "effect-kube/kinds/core/v1"
 *
 * const request = Request.list(Pod, { namespace: "default" }, { labels: "app=web", limit: 500 })
 * ```
 *
 * Reference: https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ErrorOf, OwnTag } from "./internal/operationErrors.js"
import { ownErrors } from "./internal/operationErrors.js"
import { segmentProblem } from "./internal/pathSegment.js"
import * as KubeError from "./KubeError.js"
import * as Patch from "./Patch.js"
import type * as Selector from "./Selector.js"
import type * as Status from "./Status.js"

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

/** Which deadlines and which pool a request gets: a stream stays open, the others end. */
export type Kind = "read" | "write" | "stream"

declare const Errors: unique symbol

/** A request. `E` says which errors beside `KubeError.Common` its operation can raise. */
export interface Request<out E = never> {
  readonly [Errors]?: () => E
  readonly info: KubeError.RequestInfo
  readonly method: Method
  /** Encoded, from `/api` or `/apis` on. */
  readonly path: string
  readonly query: ReadonlyArray<readonly [name: string, value: string]>
  readonly accept: string
  readonly contentType: string | undefined
  readonly body: string | undefined
  readonly kind: Kind
  /** Reasons that become an error of their own; any other Status is `StatusError` or one of `KubeError.Common`. */
  readonly own: ReadonlyArray<OwnTag>
}

/** In which form objects are asked for: whole, or their metadata alone (PartialObjectMetadata). */
export type Representation = "whole" | "metadata"

/** What a request needs to know of a resource. */
export interface Target {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly scope: "Namespaced" | "Cluster"
  /** In which form get, list and watch ask for objects. Default `"whole"`. */
  readonly representation?: Representation | undefined
}

/** Where: a namespace, or none for all of them and for cluster-scoped kinds. */
export interface Place {
  readonly namespace?: string | undefined
}

export interface Named extends Place {
  readonly name: string
}

// ------------------------------------------------------------------------------------------------ options

export interface GetOptions {
  /** Unset: a consistent read. `"0"`: whatever the server has in its cache. Otherwise: not older than this. */
  readonly resourceVersion?: string | undefined
}

export interface ListOptions {
  /** Which objects, by labels: `app=web,tier!=cache`, or a selector that was built. */
  readonly labels?: string | Selector.LabelSelector | undefined
  /** Which objects, by the fields that the server can select by: `status.phase=Running`. */
  readonly fields?: string | Selector.FieldSelector | undefined
  /** Objects a page. Unset: everything in one answer. */
  readonly limit?: number | undefined
  /** The token of the next page, from the metadata of the page before. */
  readonly continue?: string | undefined
  /** Unset: a consistent read. `"0"`: whatever the server has in its cache. Otherwise see `resourceVersionMatch`. */
  readonly resourceVersion?: string | undefined
  readonly resourceVersionMatch?: "NotOlderThan" | "Exact" | undefined
  /** How long the server may take; whole seconds. */
  readonly timeout?: Duration.DurationInput | undefined
}

export interface WatchOptions {
  readonly labels?: string | Selector.LabelSelector | undefined
  readonly fields?: string | Selector.FieldSelector | undefined
  /** When the server ends the watch; whole seconds. Unset: half an hour to an hour, as the server likes. */
  readonly timeout?: Duration.DurationInput | undefined
  /** Ask for bookmarks. Default true. */
  readonly bookmarks?: boolean | undefined
  /** Ask for the present state first, ended by an annotated bookmark (KEP-3157). Default false. */
  readonly sendInitialEvents?: boolean | undefined
}

export interface WriteOptions {
  /** Do everything but store. Default false. */
  readonly dryRun?: boolean | undefined
  /** Who owns the fields that this write sets. Default: the client's. */
  readonly fieldManager?: string | undefined
  /** What to do with unknown and duplicate fields. The server's default is `Warn`. */
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict" | undefined
}

export interface PatchOptions extends WriteOptions {
  /** With an apply patch only: take over fields that others own. Default false. */
  readonly force?: boolean | undefined
}

export interface DeleteOptions {
  /** Do everything but delete. Default false. */
  readonly dryRun?: boolean | undefined
  /** How long a Pod may take to end; whole seconds. Unset: as the object says. */
  readonly gracePeriod?: Duration.DurationInput | undefined
  /** Delete only the object with this uid or resourceVersion; else a Conflict. */
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined
  /** What becomes of dependents. Unset: as the kind does, mostly `Background`. */
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground" | undefined
}

// ------------------------------------------------------------------------------------------------ media types

/** Media types that are asked for and sent. */
export const mediaTypes = { json: "application/json" } as const

/** What metadata alone is called in an answer to each verb. Of a watch it is each event's object that has this form. */
const partial: { readonly [verb: string]: string } = {
  get: "PartialObjectMetadata",
  list: "PartialObjectMetadataList",
  watch: "PartialObjectMetadata"
}

/**
 * What is accepted. A server that knows no metadata alone, as some behind an aggregated API, answers 406 where nothing
 * else is acceptable; so whole objects are, and who reads them prunes them (API concepts: alternate representations).
 */
const accept = (target: Target, verb: string): string => {
  const form = target.representation === "metadata" ? partial[verb] : undefined
  return form === undefined ? mediaTypes.json : `${mediaTypes.json};as=${form};g=meta.k8s.io;v=v1,${mediaTypes.json}`
}

// ------------------------------------------------------------------------------------------------ paths

/** `/api/v1` for the core group, else `/apis/GROUP/VERSION`. */
export const groupVersionPath = (group: string, version: string): string =>
  group === ""
    ? `/api/${encodeURIComponent(version)}`
    : `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`

const path = (target: Target, place: Place, name: string | undefined, subresource: string | undefined): string => {
  let text = groupVersionPath(target.group, target.version)
  if (place.namespace !== undefined) text += `/namespaces/${encodeURIComponent(place.namespace)}`
  text += `/${encodeURIComponent(target.plural)}`
  if (name !== undefined) text += `/${encodeURIComponent(name)}`
  if (subresource !== undefined) text += `/${subresource.split("/").map(encodeURIComponent).join("/")}`
  return text
}

// ------------------------------------------------------------------------------------------------ building

interface Draft {
  readonly verb: string
  readonly method: Method
  readonly name?: string | undefined
  readonly subresource?: string | undefined
  readonly query?: ReadonlyArray<readonly [string, string | undefined]>
  readonly body?: string | undefined
  readonly contentType?: string | undefined
  readonly kind: Kind
}

/** What can be asked of all namespaces at once. */
const acrossNamespaces: ReadonlySet<string> = new Set(["list", "watch"])

const refuse = (info: KubeError.RequestInfo, field: string, problem: string): KubeError.StatusError => {
  const status: Status.Status = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: "BadRequest",
    code: 400,
    message: `${field} ${problem}`,
    details: { causes: [{ reason: "FieldValueInvalid", field, message: problem }] }
  }
  return new KubeError.StatusError({ request: info, status, sent: false, retryAfter: undefined })
}

const build = <const Tags extends ReadonlyArray<OwnTag>>(
  target: Target,
  place: Place,
  draft: Draft,
  own: Tags
): Effect.Effect<Request<ErrorOf<Tags>>, KubeError.StatusError> => {
  const info: KubeError.RequestInfo = {
    verb: draft.verb,
    group: target.group,
    version: target.version,
    resource: target.plural,
    kind: target.kind,
    namespace: place.namespace,
    name: draft.name,
    subresource: draft.subresource
  }
  if (place.namespace !== undefined) {
    if (target.scope === "Cluster") {
      return Effect.fail(refuse(info, "namespace", `must not be given: ${target.kind} is cluster-scoped`))
    }
    const problem = segmentProblem(place.namespace)
    if (problem !== undefined) return Effect.fail(refuse(info, "namespace", problem))
  } else if (target.scope === "Namespaced" && !acrossNamespaces.has(draft.verb)) {
    return Effect.fail(refuse(info, "namespace", `must be given: ${target.kind} is namespaced`))
  }
  if (draft.name !== undefined) {
    const problem = segmentProblem(draft.name)
    if (problem !== undefined) return Effect.fail(refuse(info, "name", problem))
  }
  for (const segment of draft.subresource?.split("/") ?? []) {
    const problem = segmentProblem(segment)
    if (problem !== undefined) return Effect.fail(refuse(info, "subresource", problem))
  }
  const query: Array<readonly [string, string]> = []
  for (const [key, value] of draft.query ?? []) {
    if (value !== undefined && value !== "") query.push([key, value])
  }
  return Effect.succeed({
    info,
    method: draft.method,
    path: path(target, place, draft.name, draft.subresource),
    query,
    accept: accept(target, draft.verb),
    contentType: draft.body === undefined ? undefined : draft.contentType ?? mediaTypes.json,
    body: draft.body,
    kind: draft.kind,
    own
  })
}

/** The path with its query, as it goes over the wire. */
export const url = (request: Request<unknown>): string =>
  request.query.length === 0
    ? request.path
    : `${request.path}?${
      request.query.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join("&")
    }`

const seconds = (duration: Duration.DurationInput | undefined): string | undefined =>
  duration === undefined ? undefined : String(Math.max(1, Math.ceil(Duration.toSeconds(duration))))

const selector = (value: string | { toString(): string } | undefined): string | undefined =>
  value === undefined ? undefined : String(value)

const writeQuery = (options: PatchOptions | undefined): ReadonlyArray<readonly [string, string | undefined]> => [
  ["dryRun", options?.dryRun === true ? "All" : undefined],
  ["fieldManager", options?.fieldManager],
  ["fieldValidation", options?.fieldValidation],
  ["force", options?.force === undefined ? undefined : String(options.force)]
]

const listQuery = (options: ListOptions | undefined): ReadonlyArray<readonly [string, string | undefined]> => [
  ["labelSelector", selector(options?.labels)],
  ["fieldSelector", selector(options?.fields)],
  ["limit", options?.limit === undefined ? undefined : String(options.limit)],
  ["continue", options?.continue],
  ["resourceVersion", options?.resourceVersion],
  ["resourceVersionMatch", options?.resourceVersionMatch],
  ["timeoutSeconds", seconds(options?.timeout)]
]

/** Reads one object. */
export const get = (
  target: Target,
  where: Named & { readonly subresource?: string | undefined },
  options?: GetOptions
) =>
  build(target, where, {
    verb: "get",
    method: "GET",
    name: where.name,
    subresource: where.subresource,
    query: [["resourceVersion", options?.resourceVersion]],
    kind: "read"
  }, ownErrors.get)

/** Lists objects of a namespace, or of all. */
export const list = (target: Target, where: Place, options?: ListOptions) =>
  build(target, where, { verb: "list", method: "GET", query: listQuery(options), kind: "read" }, ownErrors.list)

/** Watches objects from a resourceVersion on; the empty text asks for the present state first. */
export const watch = (target: Target, where: Place, resourceVersion: string, options?: WatchOptions) =>
  build(target, where, {
    verb: "watch",
    method: "GET",
    query: [
      ["watch", "1"],
      ["resourceVersion", resourceVersion],
      ["resourceVersionMatch", options?.sendInitialEvents === true ? "NotOlderThan" : undefined],
      ["sendInitialEvents", options?.sendInitialEvents === true ? "true" : undefined],
      ["allowWatchBookmarks", options?.bookmarks === false ? undefined : "true"],
      ["labelSelector", selector(options?.labels)],
      ["fieldSelector", selector(options?.fields)],
      ["timeoutSeconds", seconds(options?.timeout)]
    ],
    kind: "stream"
  }, ownErrors.watch)

/** Creates an object; with a name, one of its subresources. `body` is the object in JSON. */
export const create = (
  target: Target,
  where: Place & { readonly name?: string | undefined; readonly subresource?: string | undefined },
  body: string,
  options?: WriteOptions
) =>
  build(target, where, {
    verb: "create",
    method: "POST",
    name: where.subresource === undefined ? undefined : where.name,
    subresource: where.subresource,
    query: writeQuery(options),
    body,
    kind: "write"
  }, ownErrors.create).pipe(
    Effect.map((request) => ({ ...request, info: { ...request.info, name: where.name } }))
  )

/** Replaces an object, or a subresource of it. */
export const replace = (
  target: Target,
  where: Named & { readonly subresource?: string | undefined },
  body: string,
  options?: WriteOptions
) =>
  build(target, where, {
    verb: "update",
    method: "PUT",
    name: where.name,
    subresource: where.subresource,
    query: writeQuery(options),
    body,
    kind: "write"
  }, ownErrors.update)

/** Patches an object, or a subresource of it; an apply patch creates what is missing. */
export const patch = (
  target: Target,
  where: Named & { readonly subresource?: string | undefined },
  change: { readonly _tag: Patch.Patch["_tag"]; readonly body: unknown },
  options?: PatchOptions
) =>
  build(target, where, {
    verb: "patch",
    method: "PATCH",
    name: where.name,
    subresource: where.subresource,
    query: writeQuery(options),
    body: Patch.encode(change),
    contentType: Patch.contentType(change),
    kind: "write"
  }, ownErrors.patch)

/** DeleteOptions go into the body alone: a body wins wholly over the query, so sending both would lose `dryRun`. */
const deleteBody = (options: DeleteOptions | undefined): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "DeleteOptions",
    dryRun: options?.dryRun === true ? ["All"] : undefined,
    gracePeriodSeconds: options?.gracePeriod === undefined
      ? undefined
      : Math.ceil(Duration.toSeconds(options.gracePeriod)),
    preconditions: options?.preconditions,
    propagationPolicy: options?.propagationPolicy
  })

/** Deletes an object. */
const delete_ = (target: Target, where: Named, options?: DeleteOptions) =>
  build(
    target,
    where,
    { verb: "delete", method: "DELETE", name: where.name, body: deleteBody(options), kind: "write" },
    ownErrors.delete
  )

export {
  /** Deletes an object. */
  delete_ as delete
}

/** Deletes all objects of a place that a list with these options would show. */
export const deleteCollection = (target: Target, where: Place, options?: DeleteOptions & ListOptions) =>
  build(target, where, {
    verb: "deletecollection",
    method: "DELETE",
    query: listQuery(options),
    body: deleteBody(options),
    kind: "write"
  }, ownErrors.deletecollection)

/** Any other request: discovery, health, a subresource of one's own. Every refusal is in `KubeError.Common`. */
export const raw = (options: {
  readonly method?: Method | undefined
  /** From the root of the server, already encoded; may hold a query. */
  readonly path: string
  readonly accept?: string | undefined
  readonly contentType?: string | undefined
  readonly body?: string | undefined
  readonly kind?: Kind | undefined
}): Request<never> => {
  const method = options.method ?? "GET"
  return {
    info: {
      verb: method,
      group: "",
      version: "",
      resource: options.path,
      kind: options.path,
      namespace: undefined,
      name: undefined,
      subresource: undefined
    },
    method,
    path: options.path,
    query: [],
    accept: options.accept ?? mediaTypes.json,
    contentType: options.body === undefined ? undefined : options.contentType ?? mediaTypes.json,
    body: options.body,
    kind: options.kind ?? (method === "GET" ? "read" : "write"),
    own: []
  }
}
