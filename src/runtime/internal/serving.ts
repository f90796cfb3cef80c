/**
 * What stands between an HTTP server of `@effect/platform` and the answers. It is loaded when a server is wanted: the
 * server side of the platform is large, and most programs that import the library never open a port.
 */
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { KubeClient } from "../../client/KubeClient.js"
import * as Debug from "../Debug.js"
import * as Metrics from "../Metrics.js"
import type * as Probes from "../Probes.js"
import { respond } from "./probes.js"

type Answers<R> = (url: string) => Effect.Effect<Option.Option<Probes.Answer>, never, R>

const pathOf = (url: string): string => url.split("?", 1)[0]! // a split has a first part

/** Nothing of it may be kept, guessed at, framed, or run. */
const headers = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff"
}

const text = (status: number, body: string, contentType = "text/plain; charset=utf-8", more = {}) =>
  HttpServerResponse.text(body, { status, contentType, headers: { ...headers, ...more } })

const app = <R>(answers: Answers<R>) =>
  Effect.gen(function*() {
    const { method, url } = yield* HttpServerRequest.HttpServerRequest
    const answer = yield* answers(url)
    if (Option.isNone(answer)) return text(404, "404 page not found\n")
    if (method !== "GET" && method !== "HEAD") {
      return text(405, "405 method not allowed\n", undefined, { allow: "GET, HEAD" })
    }
    return text(answer.value.status, answer.value.body, answer.value.contentType)
  })

/** No span for each scrape and each probe, whatever the program traces. */
const serve = <R>(answers: Answers<R>): Effect.Effect<void, never, HttpServer.HttpServer | Scope.Scope | R> =>
  Effect.locally(
    HttpServer.serveEffect(app(answers)),
    HttpMiddleware.currentTracerDisabledWhen,
    () => true
  ) as Effect.Effect<void, never, HttpServer.HttpServer | Scope.Scope | R> // R holds no request: the answers take an URL

const ok = (contentType: string, body: string): Option.Option<Probes.Answer> =>
  Option.some({ status: 200, contentType, body })

export const serveProbes = (options: Probes.Options): Effect.Effect<void, never, HttpServer.HttpServer | Scope.Scope> =>
  serve((url) => respond(url, options))

export const serveAll = (
  options: Metrics.Options
): Effect.Effect<void, never, HttpServer.HttpServer | Scope.Scope | KubeClient> =>
  serve<KubeClient>((url) => {
    switch (pathOf(url)) {
      case "/metrics":
        return Effect.map(Metrics.text, (body) => ok(Metrics.contentType, body))
      case "/debug":
      case "/debug.json": {
        if (options.debug === false) return Effect.succeedNone
        const asJson = pathOf(url) === "/debug.json"
        return Effect.map(Debug.describe, (description) =>
          asJson
            ? ok("application/json", Debug.json(description))
            : ok("text/html; charset=utf-8", Debug.page(description)))
      }
      default:
        return respond(url, options)
    }
  })
