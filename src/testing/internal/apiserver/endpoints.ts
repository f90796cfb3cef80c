/**
 * Requests about resources: from a route and a method to the registry and back to an answer.
 */
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { decodeBody, maximumBody } from "./decoding.js"
import { deleteEntry } from "./deletion.js"
import { finalize } from "./finalize.js"
import { planList, readPage } from "./listing.js"
import { deleteOptions, type ListOptions, listOptions, revisionOf, writeOptions } from "./options.js"
import type { Query } from "./options.js"
import { changeOf, patchType } from "./patches.js"
import { answerOf, listOf, negotiate } from "./representation.js"
import { review } from "./reviews.js"
import type { Route } from "./routes.js"
import { putScale, readScale } from "./scale.js"
import { resourceOf, type Served } from "./served.js"
import type { Server } from "./server.js"
import * as status from "./status.js"
import { toStorage } from "./versions.js"
import type { ConnectionCut } from "./watch.js"
import { openWatch, waitForRevision } from "./watching.js"

export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  /** Texts of `Warning` headers, in order. */
  readonly warnings: ReadonlyArray<string>
  readonly body: string | Stream.Stream<Uint8Array, ConnectionCut>
  /** Tells the server that nobody reads the body any more. */
  readonly abandon?: (() => void) | undefined
}

/** A request as the endpoints see it. */
export interface Call {
  readonly method: string
  readonly query: Query
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array
  readonly now: number
}

export type ResourceRoute = Extract<Route, { readonly _tag: "Resource" }>

export const jsonAnswer = (code: number, body: unknown, warnings: ReadonlyArray<string> = []): Answer => ({
  status: code,
  headers: { "content-type": "application/json" },
  warnings,
  body: typeof body === "string" ? body : JSON.stringify(body)
})

const protobuf = "application/vnd.kubernetes.protobuf"
/** What a real server reads. */
const bodyTypes = ["application/json", "application/yaml", protobuf]
const noProtobuf =
  "; this test server reads no protobuf, which kubectl's typed commands send: use `kubectl create -f FILE`"

const contentTypeOf = (call: Call): string => (call.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase()

/** The body of a request as text; a 413 if it is too long. */
const textOf = (call: Call): string => {
  if (call.body.length > maximumBody) throw status.bodyTooLarge(maximumBody)
  return new TextDecoder().decode(call.body)
}

/** The body of a create or a replace; a 415 for anything but JSON. Without a content type it is taken for JSON; YAML that is JSON is read. */
const objectText = (call: Call): string => {
  const type = contentTypeOf(call)
  if (type === protobuf) throw status.unsupportedMediaType(["application/json"], noProtobuf)
  if (type !== "" && !["application/json", "application/yaml", "application/*", "*/*"].includes(type)) {
    throw status.unsupportedMediaType(bodyTypes)
  }
  return textOf(call)
}

/** An empty namespace in the path is none to custom resources; to built-in ones it is one that is missing. */
const placed = (served: Served, route: ResourceRoute): ResourceRoute =>
  served.custom !== undefined && route.namespace === "" ? { ...route, namespace: undefined } : route

/** Where a route leads: the resource, and whether the path's shape is one that it has. */
export const resolve = (server: Server, route: ResourceRoute): Served => {
  const served = server.resources.find(route.group, route.version, route.plural)
  if (served === undefined) {
    throw server.resources.isBuiltinGroup(route.group)
      ? status.noSuchPath()
      : status.pageNotFound()
  }
  const { namespace } = placed(served, route)
  const isOfTheCluster = namespace === undefined
  const fits = (served.namespaced ? !isOfTheCluster || route.name === undefined : isOfTheCluster)
    && (served.custom !== undefined || route.rest.length === 0)
    && route.name !== ""
  if (!fits) throw served.custom === undefined ? status.noSuchPath() : status.pageNotFound()
  return served
}

const allow = (served: Served, verb: string): void => {
  if (!served.verbs.includes(verb)) throw status.methodNotAllowed()
}

const verbs: { readonly [method: string]: string } = {
  GET: "get",
  PUT: "update",
  PATCH: "patch",
  POST: "create",
  DELETE: "delete"
}

/** The 405 of a path that has no such method. */
const methodRefusal = (served: Served, method: string): status.Refusal =>
  served.custom === undefined
    ? status.methodNotAllowed()
    : status.verbNotSupported(resourceOf(served), verbs[method] ?? "")

/** Answers a request about a resource. */
export const serve = (server: Server, asked: ResourceRoute, call: Call): Effect.Effect<Answer> =>
  Effect.suspend(() => {
    const served = resolve(server, asked)
    const route = placed(served, asked)
    if (route.namespace === "" && (route.name !== undefined || call.method === "DELETE")) {
      throw status.badRequest("Namespace parameter required.")
    }
    const isList = route.name === undefined && (call.method === "GET" || route.isWatchPath)
    if (isList || route.isWatchPath) return listOrWatch(server, served, route, call)
    if (route.subresource !== "") return subresource(server, served, route, call)
    if (route.name === undefined) return Effect.succeed(onCollection(server, served, route, call))
    return onObject(server, served, route, call)
  })

const listOrWatch = (server: Server, served: Served, route: ResourceRoute, call: Call): Effect.Effect<Answer> => {
  if (call.method !== "GET") throw status.methodNotAllowed()
  const given = listOptions(call.query)
  const options: ListOptions = route.isWatchPath
    ? {
      ...given,
      watch: true,
      fieldSelector: route.name === undefined ? given.fieldSelector : `metadata.name=${route.name}`
    }
    : given
  allow(served, options.watch ? "watch" : "list")
  const representation = negotiate(served, call.headers["accept"], options.watch ? "watch" : "list")
  const warnings = deprecationOf(served)
  const namespace = route.namespace === "" ? undefined : route.namespace
  if (options.watch) return openWatch(server, served, namespace, options, representation, call.now, warnings)
  const plan = planList(served, namespace, options)
  return Effect.map(
    waitForRevision(server, plan.notOlderThan),
    () => jsonAnswer(200, listOf(served, readPage(server.storage, plan), representation), warnings)
  )
}

const deprecationOf = (served: Served): ReadonlyArray<string> =>
  served.custom?.deprecation === undefined ? [] : [served.custom.deprecation]

const onCollection = (server: Server, served: Served, route: ResourceRoute, call: Call): Answer => {
  if (served.namespaced && route.namespace === undefined) {
    throw served.custom === undefined ? status.methodNotAllowed() : status.pageNotFound()
  }
  switch (call.method) {
    case "POST":
      allow(served, "create")
      return create(server, served, route, call)
    case "DELETE":
      allow(served, "deletecollection")
      return deleteCollection(server, served, route, call)
    case "PUT":
    case "PATCH":
      if (served.custom !== undefined) throw status.badRequest("name must be provided")
  }
  throw methodRefusal(served, call.method)
}

const create = (server: Server, served: Served, route: ResourceRoute, call: Call): Answer => {
  const representation = negotiate(served, call.headers["accept"], "object")
  const body = objectText(call)
  const options = writeOptions(call.query, "CreateOptions")
  const decoded = decodeBody(served, body, options.fieldValidation)
  if (!served.verbs.includes("get")) return jsonAnswer(201, review(served, decoded.object))
  const stored = toStorage(served, decoded.object)
  const moment = server.moment(call.now)
  const written = status.warning(
    decoded.warnings,
    () => server.registry.create(served, route.namespace ?? "", stored, options, moment)
  )
  return jsonAnswer(201, answerOf(served, written.object, representation), [
    ...deprecationOf(served),
    ...decoded.warnings,
    ...written.warnings
  ])
}

const onObject = (server: Server, served: Served, route: ResourceRoute, call: Call): Effect.Effect<Answer> => {
  const namespace = route.namespace ?? ""
  const name = route.name! // the caller has seen that there is one
  switch (call.method) {
    case "GET": {
      allow(served, "get")
      const representation = negotiate(served, call.headers["accept"], "object")
      const revision = revisionOf(call.query.get("resourceVersion") ?? "", status.internal)
      return Effect.map(waitForRevision(server, revision), () => {
        const entry = server.registry.find(served, namespace, name)
        return jsonAnswer(200, answerOf(served, entry.object, representation), deprecationOf(served))
      })
    }
    case "PUT":
    case "PATCH":
      return Effect.succeed(change(server, served, route, call))
    case "DELETE":
      return Effect.succeed(deleteOne(server, served, route, call))
    case "POST":
      // A custom resource can be created under its name.
      if (served.custom !== undefined) return Effect.succeed(create(server, served, route, call))
  }
  throw methodRefusal(served, call.method)
}

/** A replace or a patch, of an object or of its status. */
const change = (server: Server, served: Served, route: ResourceRoute, call: Call): Answer => {
  const namespace = route.namespace ?? ""
  const name = route.name!
  const isPatch = call.method === "PATCH"
  allow(served, isPatch ? "patch" : "update")
  const representation = negotiate(served, call.headers["accept"], "object")
  const moment = server.moment(call.now)
  const type = isPatch ? patchType(served, contentTypeOf(call)) : undefined
  const body = isPatch ? textOf(call) : objectText(call)
  const options = writeOptions(call.query, isPatch ? "PatchOptions" : "UpdateOptions")
  if (type !== undefined) {
    if (call.query.has("force")) {
      throw status.invalidOptions("PatchOptions", [{
        reason: "FieldValueForbidden",
        message: "Forbidden: may not be specified for non-apply patch",
        field: "force"
      }])
    }
    const apply = changeOf(served, type, body, options.fieldValidation)
    const written = server.registry.patch(served, namespace, name, apply, {
      ...options,
      subresource: route.subresource
    }, moment)
    return jsonAnswer(200, answerOf(served, written.object, representation), [
      ...deprecationOf(served),
      ...written.warnings
    ])
  }
  const decoded = decodeBody(served, body, options.fieldValidation)
  const stored = toStorage(served, decoded.object)
  const mode = { ...options, subresource: route.subresource }
  const written = status.warning(
    decoded.warnings,
    () => server.registry.replace(served, namespace, name, stored, mode, moment)
  )
  return jsonAnswer(
    written.created ? 201 : 200,
    answerOf(served, written.object, representation),
    [...deprecationOf(served), ...decoded.warnings, ...written.warnings]
  )
}

const deleteOne = (server: Server, served: Served, route: ResourceRoute, call: Call): Answer => {
  allow(served, "delete")
  const representation = negotiate(served, call.headers["accept"], "object")
  const options = deleteOptions(call.query, textOf(call))
  const deleted = deleteEntry(
    server.storage,
    served,
    route.namespace ?? "",
    route.name!,
    options,
    server.moment(call.now)
  )
  return jsonAnswer(
    200,
    deleted._tag === "Status" ? deleted.body : answerOf(served, deleted.object, representation),
    deprecationOf(served)
  )
}

/** Deletes what a list with the same options shows, and answers that list (S20). */
const deleteCollection = (server: Server, served: Served, route: ResourceRoute, call: Call): Answer => {
  const representation = negotiate(served, call.headers["accept"], "deleted")
  const options = deleteOptions(call.query, textOf(call))
  const given = listOptions(call.query)
  // The server lists in pages of its own, so a resourceVersion means that very one.
  const plan = planList(served, route.namespace, {
    ...given,
    watch: false,
    limit: given.limit === 0 ? Number.MAX_SAFE_INTEGER : given.limit
  })
  const page = readPage(server.storage, plan)
  const moment = server.moment(call.now)
  for (const entry of page.entries) {
    if (server.storage.get(entry.resource, entry.namespace, entry.name) !== undefined) {
      deleteEntry(server.storage, served, entry.namespace, entry.name, options, moment)
    }
  }
  return jsonAnswer(200, listOf(served, page, representation))
}

const subresource = (server: Server, served: Served, route: ResourceRoute, call: Call): Effect.Effect<Answer> => {
  const sub = served.subresources.find((each) => each.name === route.subresource)
  const verb = verbs[call.method]
  if (sub === undefined) {
    throw served.custom === undefined ? status.noSuchPath() : status.notFound(resourceOf(served), route.name ?? "")
  }
  if (verb === undefined || !sub.verbs.includes(verb)) throw methodRefusal(served, call.method)
  const namespace = route.namespace ?? ""
  const name = route.name!
  switch (sub.name) {
    case "status":
      return verb === "get"
        ? onObject(server, served, route, call)
        : Effect.succeed(change(server, served, route, call))
    case "finalize": {
      const decoded = decodeBody(served, objectText(call), writeOptions(call.query, "UpdateOptions").fieldValidation)
      return Effect.succeed(jsonAnswer(200, finalize(server.storage, served, name, decoded.object)))
    }
    case "scale":
      if (verb === "get") {
        return Effect.succeed(jsonAnswer(200, readScale(served, server.registry.find(served, namespace, name))))
      }
      return Effect.succeed(jsonAnswer(
        200,
        putScale(server, served, namespace, name, {
          type: verb === "patch" ? contentTypeOf(call) : undefined,
          body: verb === "patch" ? textOf(call) : objectText(call),
          options: writeOptions(call.query, verb === "patch" ? "PatchOptions" : "UpdateOptions"),
          now: call.now
        })
      ))
  }
  throw status.refusal(501, "NotImplemented", `${served.plural}/${sub.name} is not served by this test server`)
}
