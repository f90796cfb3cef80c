/**
 * The server as a function from a request to an answer: faults first, then the endpoints, and every refusal made an
 * answer. Whatever a client sends, it gets an answer; what goes wrong in here is a 500 and changes nothing.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ResourceRoute } from "./answers.js"
import type { Asking } from "./auth/access.js"
import type { UserInfo } from "./auth/users.js"
import * as discovery from "./discovery.js"
import { type Answer, type Call, jsonAnswer, serve } from "./endpoints.js"
import type { Fault } from "./faults.js"
import { openapi, openapiV2 } from "./openapi.js"
import { flag } from "./options.js"
import { checkDiscovery, wantsAggregated, wantsYaml } from "./representation.js"
import type { Verb } from "./requestRecord.js"
import { type Route, routeOf } from "./routes.js"
import type { Server } from "./server.js"
import * as status from "./status.js"
import { ConnectionCut } from "./watch.js"
import { yamlAnswer } from "./yamlAnswer.js"

export interface ServerRequest {
  /** In upper case. */
  readonly method: string
  /** As it stands in the request line: percent-encoded, with the query. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array
  /** Who asks, where that is known without a credential. */
  readonly user?: UserInfo | undefined
}

const textAnswer = (code: number, text: string, contentType = "text/plain; charset=utf-8"): Answer => ({
  status: code,
  headers: { "content-type": contentType, "x-content-type-options": "nosniff" },
  warnings: [],
  body: text
})

/** What was refused, as an answer; what went wrong inside is a 500 that says no more than its message. */
const refused = (cause: unknown): Answer => {
  if (cause instanceof status.TextRefusal) return textAnswer(cause.code, cause.text)
  const refusal = cause instanceof status.Refusal
    ? cause
    : status.refusal(500, "InternalError", `Internal error occurred: ${String(cause)}`)
  const seconds = refusal.body.details?.retryAfterSeconds ?? 0
  const answer = jsonAnswer(refusal.code, refusal.body, refusal.warnings)
  return seconds > 0 ? { ...answer, headers: { ...answer.headers, "retry-after": String(seconds) } } : answer
}

const verbs: { readonly [method: string]: Verb } = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete"
}

const verbOf = (method: string, route: Route, query: URLSearchParams): Verb => {
  if (route._tag !== "Resource") return "other"
  if (method === "GET" && route.isWatchPath) return "watch"
  if (route.name !== undefined) return verbs[method] ?? "other"
  if (method === "GET") return flag(query, "watch") ? "watch" : "list"
  return method === "DELETE" ? "deletecollection" : verbs[method] ?? "other"
}

/** Headers that a test may look at: not those that say who asks. */
const shownHeaders = (headers: ServerRequest["headers"]): ServerRequest["headers"] => {
  if (!("authorization" in headers)) return { ...headers }
  const { authorization: _, ...shown } = headers
  return shown
}

const decodePath = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new status.TextRefusal(400, "400 Bad Request")
  }
}

const discoveryAnswer = (call: Call, document: unknown): Answer => {
  if (call.method !== "GET") throw status.methodNotAllowed()
  return jsonAnswer(200, document)
}

/** The groups are told to whoever asks, whatever the method. */
const groupsAnswer = (document: unknown): Answer => jsonAnswer(200, document)

const aggregatedAnswer = (server: Server, call: Call, isCore: boolean): Answer => {
  const body = JSON.stringify(discovery.aggregated(server.resources, isCore))
  const etag = discovery.etagOf(body)
  const headers = { "content-type": discovery.aggregatedType, "vary": "Accept", "cache-control": "public", etag }
  return call.headers["if-none-match"] === etag
    ? { status: 304, headers, warnings: [], body: "" }
    : { status: 200, headers, warnings: [], body }
}

/** Answers a request as the server does when nothing is wrong with it. */
const route = (server: Server, route: Route, call: Call): Effect.Effect<Answer> => {
  switch (route._tag) {
    case "Resource":
      return serve(server, route, call)
    case "Groups":
      if (call.method === "GET" && wantsAggregated(call.headers["accept"])) {
        return Effect.succeed(aggregatedAnswer(server, call, route.isCore))
      }
      checkDiscovery(call.headers["accept"], route.isCore)
      return Effect.succeed(
        route.isCore
          ? discoveryAnswer(call, discovery.coreVersions())
          : groupsAnswer(discovery.groupList(server.resources))
      )
    case "Group": {
      const group = discovery.group(server.resources, route.group)
      checkDiscovery(call.headers["accept"], false)
      return Effect.succeed(groupsAnswer(group))
    }
    case "Version": {
      const version = discovery.resourceList(server.resources, route.group, route.version)
      checkDiscovery(call.headers["accept"], server.resources.isBuiltinGroup(route.group))
      return Effect.succeed(discoveryAnswer(call, version))
    }
    case "Other":
      if (route.path === "/") return Effect.succeed(discoveryAnswer(call, discovery.paths(server.resources)))
      if (route.path === "/version") return Effect.succeed(discoveryAnswer(call, discovery.serverVersion))
      if (route.path === "/openapi/v2") return Effect.succeed(openapiV2(server.resources, call))
      if (route.path === "/openapi/v3" || route.path.startsWith("/openapi/v3/")) {
        return Effect.succeed(openapi(server.resources, route.path.slice("/openapi/v3/".length), call))
      }
      if (discovery.healthPaths.has(route.path)) return Effect.succeed(textAnswer(200, "ok"))
      throw status.pageNotFound()
  }
}

const cutBody = (answer: Answer, afterBytes: number): Answer => {
  const bytes = typeof answer.body === "string" ? Stream.make(new TextEncoder().encode(answer.body)) : answer.body
  let left = afterBytes
  const body = Stream.concat(
    Stream.takeUntil(
      Stream.map(bytes, (chunk) => {
        const part = chunk.subarray(0, left)
        left -= part.length
        return part
      }),
      () => left <= 0
    ),
    Stream.fail(new ConnectionCut())
  )
  return { ...answer, body }
}

const refusedByFault = (fault: Extract<Fault, { readonly _tag: "Refuse" }>): Answer => {
  const retry = fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) }
  if (fault.text !== undefined) {
    const answer = textAnswer(fault.status, fault.text, fault.contentType)
    return { ...answer, headers: { ...answer.headers, ...retry } }
  }
  const details = fault.retryAfterSeconds === undefined ? undefined : { retryAfterSeconds: fault.retryAfterSeconds }
  const answer = jsonAnswer(
    fault.status,
    status.refusal(fault.status, fault.reason, fault.message ?? "refused by a fault of the test", details).body
  )
  return { ...answer, headers: { ...answer.headers, ...retry } }
}

const decoder = new TextDecoder()

/** Answers a request; fails where a fault breaks the connection before there is an answer. */
export const handle = (server: Server, request: ServerRequest): Effect.Effect<Answer, ConnectionCut> =>
  Effect.clockWith((service) => {
    const clock = (): number => service.unsafeCurrentTimeMillis()
    const at = request.url.indexOf("?")
    const path = at < 0 ? request.url : request.url.slice(0, at)
    const queryText = at < 0 ? "" : request.url.slice(at + 1)
    const query = new URLSearchParams(queryText)
    let where: Route = { _tag: "Other", path }
    let decoded = path
    let unreadable: Answer | undefined
    try {
      decoded = decodePath(path)
      where = routeOf(decoded)
    } catch (cause) {
      unreadable = refused(cause)
    }
    const { group = "", name, namespace, plural = "", subresource = "", version = "" } = where._tag === "Resource"
      ? where
      : nowhere
    const record = server.record({
      method: request.method,
      path,
      query: queryText,
      verb: verbOf(request.method, where, query),
      group,
      version,
      resource: plural,
      namespace,
      name,
      subresource,
      headers: shownHeaders(request.headers),
      body: request.body.length === 0 ? "" : decoder.decode(request.body),
      at: clock()
    })
    const work = unreadable !== undefined ?
      Effect.succeed(unreadable) :
      Effect.suspend(() =>
        answerOf(server, where, { ...request, user: request.user, path: decoded, query, now: clock(), clock })
      )
    const faults = server.faults.meet(record)
    return Effect.map(faults.length === 0 ? work : withFaults(faults, work), (answer) => {
      record.status = answer.status
      return answer
    })
  })

/** What a request that is about no resource says of one. */
const nowhere: Partial<ResourceRoute> = {}

/** Asks who asks and whether they may, and then the endpoints. */
const admitted = (server: Server, where: Route, asking: Omit<Call, "user"> & Asking): Effect.Effect<Answer> => {
  const { user, warnings } = server.access.admit(asking)
  const answer = route(server, where, { ...asking, user })
  return warnings.length === 0
    ? answer
    : Effect.map(answer, (given) => ({ ...given, warnings: [...warnings, ...given.warnings] }))
}

/** Refusals are thrown, at once or later. */
const answerOf = (server: Server, where: Route, asking: Omit<Call, "user"> & Asking): Effect.Effect<Answer> => {
  let answer: Effect.Effect<Answer>
  try {
    answer = Effect.catchAllDefect(admitted(server, where, asking), (cause) => Effect.succeed(refused(cause)))
  } catch (cause) {
    answer = Effect.succeed(refused(cause))
  }
  return wantsYaml(asking.headers["accept"]) ? Effect.map(answer, yamlAnswer) : answer
}

const withFaults = (
  faults: ReadonlyArray<Fault>,
  work: Effect.Effect<Answer>
): Effect.Effect<Answer, ConnectionCut> =>
  Effect.gen(function*() {
    for (const fault of faults) {
      switch (fault._tag) {
        case "Delay":
          yield* Effect.sleep(fault.duration)
          break
        case "Silence":
          return yield* Effect.never
        case "Refuse":
          return refusedByFault(fault)
        case "Disconnect":
          if (fault.after === true) (yield* work).abandon?.()
          return yield* Effect.fail(new ConnectionCut())
        case "Lost":
          ;(yield* work).abandon?.()
          if (fault.stored !== undefined) yield* fault.stored
          return yield* Effect.never
        case "Cut":
          return cutBody(yield* work, fault.afterBytes)
      }
    }
    return yield* work
  })
