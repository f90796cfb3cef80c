/**
 * An HttpClient over a dispatcher of undici, for one server: what `NodeHttpClient.makeUndici` is, without what a request
 * to an API server has no need of. Bodies that are read as streams are gathered (gatheredBody.ts).
 * Measured by test/bench/requests.bench.ts.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import type * as Undici from "@effect/platform-node/Undici"
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { pipeline, type Readable } from "node:stream"
import * as consumers from "node:stream/consumers"
import { createGunzip } from "node:zlib"
import { fromReadable, type Gathering } from "./gatheredBody.js"

const ignore = (): void => {}

class Response extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly status: number
  readonly remoteAddress: Option.Option<string> = Option.none()
  private read: Headers.Headers | undefined
  private whole: Promise<string> | undefined
  private readonly body: Readable

  constructor(
    readonly request: HttpClientRequest.HttpClientRequest,
    private readonly source: Undici.Dispatcher.ResponseData,
    private readonly gathering: Gathering
  ) {
    super()
    this.status = source.statusCode
    // A failure of either ends both.
    this.body = source.headers["content-encoding"] === "gzip"
      ? pipeline(source.body, createGunzip(), ignore)
      : source.body
    // Whoever reads the body hears of it; one that nobody reads must not end the process.
    this.body.on("error", ignore)
  }

  get headers(): Headers.Headers {
    return this.read ??= Headers.fromInput(this.source.headers)
  }

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(this.source.headers["set-cookie"] ?? [])
  }

  private readonly failed = (cause: unknown): HttpClientError.ResponseError =>
    new HttpClientError.ResponseError({ request: this.request, response: this, reason: "Decode", cause })

  private attempt<A>(read: () => Promise<A>): Effect.Effect<A, HttpClientError.ResponseError> {
    return Effect.async((resume) => {
      read().then(
        (value) => resume(Effect.succeed(value)),
        (cause: unknown) => resume(Effect.fail(this.failed(cause)))
      )
    })
  }

  get text(): Effect.Effect<string, HttpClientError.ResponseError> {
    return this.attempt(() => this.whole ??= consumers.text(this.body))
  }

  get json(): Effect.Effect<unknown, HttpClientError.ResponseError> {
    return Effect.tryMap(this.text, {
      try: (text): unknown => text === "" ? null : JSON.parse(text),
      catch: this.failed
    })
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.ResponseError> {
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.ResponseError> {
    return this.attempt(() => consumers.arrayBuffer(this.body))
  }

  get formData(): Effect.Effect<FormData, HttpClientError.ResponseError> {
    return Effect.fail(this.failed(new Error("no API server answers with a form")))
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return Stream.mapError(fromReadable(this.body, this.gathering), this.failed)
  }

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, { _id: "@effect/platform/HttpClientResponse", status: this.status })
  }
}

type Body = Exclude<Undici.Dispatcher.DispatchOptions["body"], undefined>

const bodyOf = (body: HttpBody.HttpBody): Effect.Effect<Body> | Body => {
  switch (body._tag) {
    case "Empty":
      return null
    case "Uint8Array":
      return body.body
    case "Raw":
      return body.body as Body // What undici takes; the type of platform says nothing of it.
    case "FormData":
      return body.formData as Undici.FormData
    case "Stream":
      return NodeStream.toReadable(body.stream)
  }
}

/** A client of one origin: a request for another would reach this server with somebody else's address, and is refused. */
export const make = (
  dispatcher: Undici.Dispatcher,
  origin: string,
  gathering: Gathering
): HttpClient.HttpClient =>
  HttpClient.make((request, url, signal) => {
    const failed = (reason: "InvalidUrl" | "Transport", cause: unknown) =>
      new HttpClientError.RequestError({ request, reason, cause })
    if (url.origin !== origin) {
      return Effect.fail(failed("InvalidUrl", new Error(`this client asks ${origin} and no other server`)))
    }
    const send = (body: Body) =>
      Effect.async<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>((resume) => {
        dispatcher.request({
          origin,
          path: url.pathname + url.search,
          method: request.method,
          headers: request.headers,
          body,
          signal,
          // Deadlines are the client's: of headers as of bodies.
          headersTimeout: 0,
          bodyTimeout: 0
        }, (cause, data) =>
          resume(
            cause === null
              ? Effect.succeed(new Response(request, data, gathering))
              : Effect.fail(failed("Transport", cause))
          ))
      })
    const body = bodyOf(request.body)
    return Effect.isEffect(body) ? Effect.flatMap(body, send) : send(body)
  })
