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
import type * as Effect from "effect/Effect"
import * as logRequest from "./internal/logRequest.js"
import type { OwnTag } from "./internal/operationErrors.js"
import { ownErrors } from "./internal/operationErrors.js"
import * as building from "./internal/requestBuilding.js"
import { build } from "./internal/requestBuilding.js"
import {
  type BindOptions,
  deleteBody,
  type DeleteOptions,
  type GetOptions,
  type ListOptions,
  listQuery,
  type PatchOptions,
  type TokenOptions,
  type WatchOptions,
  watchQuery,
  type WriteOptions,
  writeQuery
} from "./internal/requestOptions.js"
import * as bodies from "./internal/subresourceBodies.js"
import type * as KubeError from "./KubeError.js"
import * as Patch from "./Patch.js"

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
  /** The ETag of an answer that the caller has: the server may say that it still holds (304), which is no refusal then. */
  readonly ifNoneMatch?: string | undefined
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

export type {
  BindOptions,
  DeleteOptions,
  GetOptions,
  ListOptions,
  PatchOptions,
  TokenOptions,
  WatchOptions,
  WriteOptions
} from "./internal/requestOptions.js"

export type {
  /** Which part of which log. */
  LogOptions
} from "./internal/logRequest.js"

// ------------------------------------------------------------------------------------------------ over the wire

/** Media types that are asked for and sent. */
export const mediaTypes = { json: building.json } as const

/** `/api/v1` for the core group, else `/apis/GROUP/VERSION`. */
export const groupVersionPath: (group: string, version: string) => string = building.groupVersionPath

/** The path with its query, as it goes over the wire. */
export const url = (request: Request<unknown>): string =>
  request.query.length === 0
    ? request.path
    : `${request.path}?${
      request.query.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join("&")
    }`

// ------------------------------------------------------------------------------------------------ requests

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

/** Reads the log of a container. */
export const logs: (
  target: Target,
  where: Named,
  options?: logRequest.LogOptions
) => Effect.Effect<Request<KubeError.NotFound | KubeError.Invalid>, KubeError.StatusError> = logRequest.logs

/** Lists objects of a namespace, or of all. */
export const list = (target: Target, where: Place, options?: ListOptions) =>
  build(target, where, { verb: "list", method: "GET", query: listQuery(options), kind: "read" }, ownErrors.list)

/** Watches objects from a resourceVersion on; the empty text asks for the present state first. */
export const watch = (target: Target, where: Place, resourceVersion: string, options?: WatchOptions) =>
  build(target, where, {
    verb: "watch",
    method: "GET",
    query: watchQuery(resourceVersion, options),
    kind: "stream"
  }, ownErrors.watch)

/** Creates an object. `body` is the object in JSON; its name is only for errors. */
export const create = (
  target: Target,
  where: Place & { readonly name?: string | undefined },
  body: string,
  options?: WriteOptions
) =>
  build(target, where, {
    verb: "create",
    method: "POST",
    called: where.name,
    query: writeQuery(options),
    body,
    kind: "write"
  }, ownErrors.create)

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

/** Deletes an object. */
const delete_ = (target: Target, where: Named, options?: DeleteOptions) =>
  build(
    target,
    where,
    { verb: "delete", method: "DELETE", name: where.name, body: JSON.stringify(deleteBody(options)), kind: "write" },
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
    body: JSON.stringify(deleteBody(options)),
    kind: "write"
  }, ownErrors.deletecollection)

// ------------------------------------------------------------------------------------------------ subresources

const createBelow = <const Tags extends ReadonlyArray<OwnTag>>(
  target: Target,
  where: Named & { readonly subresource: string },
  body: unknown,
  options: WriteOptions | undefined,
  own: Tags
) =>
  build(target, where, {
    verb: "create",
    method: "POST",
    name: where.name,
    subresource: where.subresource,
    query: writeQuery(options),
    body: JSON.stringify(body),
    kind: "write"
  }, own)

/** Creates something below an object, such as a subresource that an aggregated API or a custom one has. */
export const createSubresource = (
  target: Target,
  where: Named & { readonly subresource: string },
  body: unknown,
  options?: WriteOptions
) => createBelow(target, where, body, options, ownErrors.createAny)

/** Evicts a Pod: a delete that asks its PodDisruptionBudget first. */
export const evict = (target: Target, where: Named, options?: DeleteOptions) =>
  createBelow(
    target,
    { ...where, subresource: "eviction" },
    bodies.eviction(where, options),
    undefined,
    ownErrors.evict
  )

/** Binds a Pod to a node. */
export const bind = (target: Target, where: Named, node: string, options?: BindOptions) =>
  createBelow(
    target,
    { ...where, subresource: "binding" },
    bodies.binding(where, node, options),
    options,
    ownErrors.createBelow
  )

/** Asks for a token of a ServiceAccount. */
export const createToken = (target: Target, where: Named, options?: TokenOptions) =>
  createBelow(target, { ...where, subresource: "token" }, bodies.tokenRequest(options), options, ownErrors.createBelow)

// ------------------------------------------------------------------------------------------------ anything else

/** Any other request: discovery, health, a subresource of one's own. Every refusal is in `KubeError.Common`. */
export const raw = (options: {
  readonly method?: Method | undefined
  /** From the root of the server, already encoded; may hold a query. */
  readonly path: string
  readonly accept?: string | undefined
  /** The ETag of an answer that the caller has: where it still holds, the answer is 304 and has no body. */
  readonly ifNoneMatch?: string | undefined
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
    ifNoneMatch: options.ifNoneMatch,
    contentType: options.body === undefined ? undefined : options.contentType ?? mediaTypes.json,
    body: options.body,
    kind: options.kind ?? (method === "GET" ? "read" : "write"),
    own: []
  }
}
