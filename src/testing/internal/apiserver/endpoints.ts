/**
 * Requests about resources: from a route and a method to the registry and back to an answer.
 */
import * as Effect from "effect/Effect"
import { type Answer, bodyOf, type Call, contentTypeOf, jsonAnswer, type ResourceRoute, textOf } from "./answers.js"
import { applyChange, applyOptions } from "./apply/request.js"
import { managerOf } from "./apply/writer.js"
import { guardOf, type Place } from "./auth/escalation.js"
import type { Body } from "./bodies.js"
import { decodeBody } from "./decoding.js"
import { deleteEntry } from "./deletion.js"
import { type ListPlan, planList, readPage } from "./listing.js"
import { timestamp } from "./objectMeta.js"
import { deleteOptions, type ListOptions, listOptions, revisionOf, writeOptions } from "./options.js"
import { changeOf, patchType } from "./patches.js"
import { answerOf, listOf, negotiate } from "./representation.js"
import { review } from "./reviews.js"
import { resourceOf, type Served } from "./served.js"
import type { Server } from "./server.js"
import * as status from "./status.js"
import type { Entry } from "./storage.js"
import { actions, handlerOf } from "./subresources/handlers.js"
import { toStorage } from "./versions.js"
import { openWatch, waitForRevision } from "./watching.js"

export { type Answer, type Call, jsonAnswer } from "./answers.js"

/** The options in the body of a delete. Custom resources have them in protobuf too. */
const optionsBody = (call: Call): Body | undefined => call.body.length === 0 ? undefined : bodyOf(call, undefined)

/** An empty namespace in the path is none to custom resources; to built-in ones it is one that is missing. */
const placed = (served: Served, route: ResourceRoute): ResourceRoute =>
  served.custom !== undefined && route.namespace === "" ? { ...route, namespace: undefined } : route

/** Where a route leads: the resource, and whether the path's shape is one that it has. */
const resolve = (server: Server, route: ResourceRoute): Served => {
  const served = server.resources.find(route.group, route.version, route.plural)
  if (served === undefined) {
    throw server.resources.isBuiltinGroup(route.group)
      ? status.noSuchPath()
      : status.pageNotFound()
  }
  const { namespace } = placed(served, route)
  const isOfTheCluster = namespace === undefined
  const fits = (served.namespaced ? !isOfTheCluster || route.name === undefined : isOfTheCluster)
    && (served.custom !== undefined || route.rest.length === 0 || route.subresource === "proxy")
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
  const representation = negotiate(served, call, options.watch ? "watch" : "list")
  const warnings = deprecationOf(served)
  const namespace = route.namespace === "" ? undefined : route.namespace
  if (options.watch) return openWatch(server, served, namespace, options, representation, call.now, warnings)
  const plan = planList(served, namespace, options)
  return Effect.map(
    waitForRevision(server, served, plan.notOlderThan),
    () =>
      jsonAnswer(
        200,
        listOf(served, readPage(server.storage, asKnown(server, plan, options)), representation),
        warnings
      )
  )
}

/** A list that may be old is answered as of what the replica has heard of. */
const asKnown = (server: Server, plan: ListPlan, options: ListOptions): ListPlan => {
  const behind = server.replica.revisionOf(plan.served)
  return behind === undefined || plan.exact !== undefined || options.resourceVersion === ""
    ? plan
    : { ...plan, exact: behind }
}

/** An object that may be old, as of what the replica has heard of. */
const findKnown = (server: Server, served: Served, namespace: string, name: string): Entry => {
  const revision = server.replica.revisionOf(served)
  if (revision === undefined) return server.registry.find(served, namespace, name)
  const found = server.storage.list(served.storage, { namespace: served.namespaced ? namespace : undefined, revision })
  if ("compacted" in found) throw status.expired(`the replica's state at ${revision} is no longer in the history`)
  const entry = found.entries.find((entry) => entry.name === name)
  if (entry === undefined) throw status.notFound(resourceOf(served), name)
  return entry
}

const deprecationOf = (served: Served): ReadonlyArray<string> => {
  const deprecation = served.custom === undefined ? served.strategy.deprecation : served.custom.deprecation
  return deprecation === undefined ? [] : [deprecation]
}

/** Where a request writes. */
const placeOf = ({ name = "", namespace = "" }: ResourceRoute): Place => ({ namespace, name })

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
  const representation = negotiate(served, call, "object")
  const body = bodyOf(call, served)
  const options = writeOptions(call.query, "CreateOptions")
  const decoded = decodeBody(served, body, options.fieldValidation)
  const actOn = actions.get(served.storage)
  if (actOn !== undefined) return actOn(server, route.namespace ?? "", decoded.object, call)
  if (!served.verbs.includes("get")) {
    const { access } = server
    const reviewer = { access, user: call.user, namespace: route.namespace ?? "", now: call.now }
    return jsonAnswer(201, review(served, decoded.object, reviewer), decoded.warnings)
  }
  const stored = toStorage(served, decoded.object)
  const moment = server.moment(call.now)
  const written = status.warning(
    [...deprecationOf(served), ...decoded.warnings],
    () =>
      server.registry.create(served, route.namespace ?? "", stored, {
        ...options,
        manager: managerOf(call.query, call.headers),
        guard: guardOf(server.access.authorizer, call.user, served, placeOf(route))
      }, moment)
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
      const representation = negotiate(served, call, "object")
      const given = call.query.get("resourceVersion") ?? ""
      const revision = revisionOf(given, status.internal)
      return Effect.map(given === "" ? Effect.void : waitForRevision(server, served, revision), () => {
        const entry = given === ""
          ? server.registry.find(served, namespace, name)
          : findKnown(server, served, namespace, name)
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
  const representation = negotiate(served, call, "object")
  const moment = server.moment(call.now)
  const type = isPatch ? patchType(served, contentTypeOf(call)) : undefined
  const body = isPatch ? "" : bodyOf(call, served)
  const patch = isPatch ? textOf(call) : ""
  if (type === "apply") return applyTo(server, served, route, call, patch)
  const options = writeOptions(call.query, isPatch ? "PatchOptions" : "UpdateOptions")
  const mode = {
    ...options,
    subresource: route.subresource,
    manager: managerOf(call.query, call.headers),
    guard: guardOf(server.access.authorizer, call.user, served, placeOf(route))
  }
  if (type !== undefined) {
    if (call.query.has("force")) {
      throw status.invalidOptions("PatchOptions", [{
        reason: "FieldValueForbidden",
        message: "Forbidden: may not be specified for non-apply patch",
        field: "force"
      }])
    }
    const apply = changeOf(served, type, patch, options.fieldValidation)
    const written = status.warning(
      deprecationOf(served),
      () => server.registry.patch(served, namespace, name, apply, mode, moment)
    )
    return jsonAnswer(200, answerOf(served, written.object, representation), [
      ...deprecationOf(served),
      ...written.warnings
    ])
  }
  const decoded = decodeBody(served, body, options.fieldValidation)
  const stored = toStorage(served, decoded.object)
  const written = status.warning(
    [...deprecationOf(served), ...decoded.warnings],
    () => server.registry.replace(served, namespace, name, stored, mode, moment)
  )
  return jsonAnswer(
    written.created ? 201 : 200,
    answerOf(served, written.object, representation),
    [...deprecationOf(served), ...decoded.warnings, ...written.warnings]
  )
}

/** A server-side apply, of an object or of its status. */
const applyTo = (server: Server, served: Served, route: ResourceRoute, call: Call, body: string): Answer => {
  const representation = negotiate(served, call, "object")
  const options = applyOptions(call.query)
  const moment = server.moment(call.now)
  const change = applyChange(served, body, call.query, options, route.subresource, timestamp(moment.now))
  const guard = guardOf(server.access.authorizer, call.user, served, placeOf(route))
  const mode = { ...options, subresource: route.subresource, guard }
  const written = server.registry.apply(served, route.namespace ?? "", route.name!, change, mode, moment)
  return jsonAnswer(
    written.created ? 201 : 200,
    answerOf(served, written.object, representation),
    [...deprecationOf(served), ...written.warnings]
  )
}

const deleteOne = (server: Server, served: Served, route: ResourceRoute, call: Call): Answer => {
  allow(served, "delete")
  const representation = negotiate(served, call, "object")
  const options = deleteOptions(call.query, optionsBody(call))
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
  const representation = negotiate(served, call, "deleted")
  const options = deleteOptions(call.query, optionsBody(call))
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
  return handlerOf(sub.name)({
    server,
    served,
    sub,
    namespace: route.namespace ?? "",
    name: route.name!, // a path with a subresource has a name
    verb,
    call,
    read: () => onObject(server, served, route, call),
    write: () => change(server, served, route, call)
  })
}
