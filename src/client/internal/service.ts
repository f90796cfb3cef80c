/** The parts of a client put together. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as KubeError from "../../protocol/KubeError.js"
import type * as Request from "../../protocol/Request.js"
import type { Options, Service, TestResponse } from "../KubeClient.js"
import type { Impersonation } from "../KubeConfig.js"
import { defaultMaxRetryAfter, defaultRetry } from "./callSettings.js"
import { connect } from "./connecting.js"
import { isSecure } from "./credentials/secureServer.js"
import * as exchange from "./exchange.js"
import * as executing from "./executing.js"
import * as http from "./http.js"
import * as httpDoor from "./httpDoor.js"
import { RateLimit } from "./rateLimit.js"
import { refusedHere } from "./refusals.js"
import * as requestHeaders from "./requestHeaders.js"
import * as requestMetrics from "./requestMetrics.js"
import * as tracing from "./tracing.js"
import { version } from "./version.js"
import { visibilityOf } from "./visibility.js"
import * as warnings from "./warnings.js"

const TypeId: Service[keyof Service & symbol] = Symbol.for("effect-kube/KubeClient") as never

/** The field manager of clients that are not told one. */
export const defaultFieldManager = "effect-kube"

/** What cannot be sent as it is: it would go to another address, or write headers of its own. */
const problemOf = (request: Request.Request<unknown>): string | undefined => {
  const { accept, contentType, ifNoneMatch, path } = request
  if (path.charCodeAt(0) !== 47) return `the path must begin with "/"`
  if (/[^\x21-\x7e]|[\\#]/.test(path)) return "the path must be encoded: it holds a space, a control character, \\ or #"
  if (/^[^?]*\/(?:\.|%2e){1,2}(?:[/?]|$)/i.test(path)) return "the path must not hold . or .. as a segment"
  for (
    const [name, value] of [["accept", accept], ["contentType", contentType], ["ifNoneMatch", ifNoneMatch]] as const
  ) {
    const problem = value === undefined
      ? undefined
      : /[^\x00-\xff]/.test(value)
      ? "must not hold characters beyond ISO 8859-1"
      : requestHeaders.valueProblem(value)
    if (problem !== undefined) return `${name} ${problem}`
  }
  return undefined
}

const seconds = (input: Duration.DurationInput | undefined, fallback: number): Duration.Duration =>
  input === undefined ? Duration.seconds(fallback) : Duration.decode(input)

export const makeService = (options: Options): Service => {
  const { credential, headerTimeout, propagation = false, rateLimit, server } = options
  const withheld = credential === undefined || isSecure(server)
    ? undefined
    : `the credential does not go to ${server}: plain http would show it; use https, or http to this machine`
  const host = tracing.hostOf(server)
  const wire = http.wire(options)
  const warn = warnings.make()
  const own = { "user-agent": requestHeaders.userAgent(`effect-kube/${version}`, options) }
  const timeouts = { read: seconds(headerTimeout?.read, 30), write: seconds(headerTimeout?.write, 65) }
  const settings = {
    wire,
    credential,
    retry: options.retry ?? defaultRetry,
    maxRetryAfter: options.maxRetryAfter === undefined ? defaultMaxRetryAfter : Duration.decode(options.maxRetryAfter),
    rateLimit: rateLimit === undefined || !(rateLimit.qps > 0) ? undefined : new RateLimit(rateLimit),
    metrics: options.metrics === false ? undefined : requestMetrics.make(host.host),
    timeouts,
    timed: options.exchange !== undefined && headerTimeout === undefined,
    propagation
  }

  /** All that does not depend on in whose name it is asked is shared. */
  const as = (who: Impersonation | undefined): Service => {
    const impersonated = withheld ?? (who === undefined ? {} : requestHeaders.impersonation(who))
    const headers = typeof impersonated === "string" ? impersonated : { ...own, ...impersonated }
    const send = exchange.make({ ...settings, headers: typeof headers === "string" ? own : headers })
    const check = <E, R>(
      request: Request.Request<unknown>,
      sent: Effect.Effect<http.Answer, E, R>
    ): Effect.Effect<http.Answer, E | KubeError.StatusError, R> => {
      const problem = typeof headers === "string" ? headers : problemOf(request)
      return problem === undefined ? sent : Effect.fail(refusedHere(request.info, problem))
    }
    const conversation: executing.Conversation = {
      transport: {
        whole: (request, span) => check(request, send.whole(request, span)),
        scoped: (request, span) => check(request, send.scoped(request, span))
      },
      host,
      tracing: options.tracing !== false,
      warn,
      onWarning: options.onWarning
    }
    let door: HttpClient.HttpClient | undefined
    const self: Service = {
      [TypeId]: TypeId,
      server,
      namespace: options.namespace ?? "default",
      fieldManager: options.fieldManager ?? defaultFieldManager,
      execute: (request) => executing.execute(conversation, request),
      open: (request) => executing.open(conversation, request),
      connect: (request, { protocols }) =>
        connect(
          {
            server,
            sockets: options.sockets,
            credential,
            headers,
            timeout: timeouts.read,
            problem: typeof headers === "string" ? headers : problemOf(request)
          },
          request,
          protocols
        ),
      get httpClient() {
        return door ??= httpDoor.make({ server, httpClient: options.httpClient, credential, headers, propagation })
      },
      impersonate: as
    }
    Object.assign(visibilityOf(self), { metrics: options.metrics !== false, tracing: options.tracing !== false, host })
    return self
  }
  return as(options.impersonate)
}

/** A client whose answers come from a function. */
export const scriptedService = (
  handler: (request: Request.Request<unknown>) => Effect.Effect<TestResponse, KubeError.TransportError>,
  options: { readonly namespace?: string | undefined; readonly fieldManager?: string | undefined } | undefined
): Service => {
  const answer = (request: Request.Request<unknown>) => Effect.map(handler(request), http.testResponse)
  const conversation: executing.Conversation = {
    transport: { whole: answer, scoped: answer },
    host: { host: "test", name: "test", port: undefined },
    tracing: true,
    warn: warnings.make(),
    onWarning: undefined
  }
  const self: Service = {
    [TypeId]: TypeId,
    server: "test:",
    namespace: options?.namespace ?? "default",
    fieldManager: options?.fieldManager ?? defaultFieldManager,
    execute: (request) => executing.execute(conversation, request),
    open: (request) => executing.open(conversation, request),
    connect: (request) => Effect.fail(refusedHere(request.info, "this client has scripted answers and no WebSockets")),
    httpClient: HttpClient.make((request) =>
      Effect.fail(
        new HttpClientError.RequestError({
          request,
          reason: "Transport",
          cause: new Error("this client has scripted answers and no HTTP")
        })
      )
    ),
    impersonate: () => self
  }
  Object.assign(visibilityOf(self), { host: conversation.host })
  return self
}
