/**
 * An HttpClient that talks to the server in the same process: no socket, no promise, so that a TestClock sees every step.
 * Who stops reading, or closes its Scope, ends the server's side in that moment.
 */
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as IncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Answer } from "./endpoints.js"
import type { ServerRequest } from "./handler.js"
import type { ConnectionCut } from "./watch.js"

/** What a socket says that was reset, so that a client maps it as it maps the real thing. */
const reset = (): Error => Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })

class InProcessResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [IncomingMessage.TypeId]: IncomingMessage.TypeId = IncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly headers: Headers.Headers
  readonly remoteAddress = Option.none<string>()
  readonly cookies = Cookies.empty

  constructor(readonly request: HttpClientRequest.HttpClientRequest, readonly answer: Answer) {
    super()
    const warnings = answer.warnings.map(warningHeader).join(", ")
    this.headers = Headers.fromInput(warnings === "" ? answer.headers : { ...answer.headers, warning: warnings })
  }

  get status(): number {
    return this.answer.status
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    const { body } = this.answer
    if (typeof body === "string") return Stream.succeed(new TextEncoder().encode(body))
    return Stream.mapError(body, () => this.#error(reset()))
  }

  get text(): Effect.Effect<string, HttpClientError.ResponseError> {
    const { body } = this.answer
    return typeof body === "string" ? Effect.succeed(body) : Stream.mkString(Stream.decodeText(this.stream))
  }

  get json(): Effect.Effect<unknown, HttpClientError.ResponseError> {
    return Effect.tryMap(this.text, {
      try: (text): unknown => text === "" ? null : JSON.parse(text),
      catch: (cause) => this.#error(cause)
    })
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.ResponseError> {
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.ResponseError> {
    return Effect.map(this.text, (text) => new TextEncoder().encode(text).buffer)
  }

  get formData(): Effect.Effect<FormData, HttpClientError.ResponseError> {
    return Effect.fail(this.#error(new Error("this server sends no forms")))
  }

  toJSON(): unknown {
    return IncomingMessage.inspect(this, {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }

  #error(cause: unknown): HttpClientError.ResponseError {
    return new HttpClientError.ResponseError({ request: this.request, response: this, reason: "Decode", cause })
  }
}

/** A text as it stands in a `Warning` header: code 299, no agent. */
export const warningHeader = (text: string): string => `299 - "${text.replace(/[\\"]/g, "\\$&")}"`

/** The same as bytes, each a character, for a header on a wire: UTF-8 without what ends a line. */
export const warningBytes = (text: string): string =>
  String.fromCharCode(...new TextEncoder().encode(warningHeader(text.replace(/[\u0000-\u001f\u007f]/g, ""))))

const bodyOf = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<Uint8Array, HttpClientError.RequestError> => {
  const { body } = request
  const refuse = (cause: unknown) => new HttpClientError.RequestError({ request, reason: "Encode", cause })
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(new Uint8Array())
    case "Uint8Array":
      return Effect.succeed(body.body)
    case "Raw":
      return typeof body.body === "string"
        ? Effect.succeed(new TextEncoder().encode(body.body))
        : body.body instanceof Uint8Array
        ? Effect.succeed(body.body)
        : Effect.fail(refuse(new Error("a raw body must be a text or bytes")))
    case "Stream":
      return Stream.runFold(body.stream, new Uint8Array(), (all, chunk) => {
        const joined = new Uint8Array(all.length + chunk.length)
        joined.set(all)
        joined.set(chunk, all.length)
        return joined
      }).pipe(Effect.mapError(refuse))
    case "FormData":
      return Effect.fail(refuse(new Error("an API server takes no forms")))
  }
}

/** The client's view of a server that is a function. */
export const httpClient = (
  handle: (request: ServerRequest) => Effect.Effect<Answer, ConnectionCut>
): HttpClient.HttpClient =>
  HttpClient.make((request, url, signal) =>
    Effect.gen(function*() {
      const body = yield* bodyOf(request)
      const contentType = request.body._tag === "Empty" ? undefined : request.body.contentType
      const headers: { [name: string]: string } = {}
      for (const [name, value] of Object.entries<string | ReadonlyArray<string>>(request.headers)) {
        headers[name] = typeof value === "string" ? value : value.join("\n") // a header each, as a server reads it
      }
      if (contentType !== undefined && headers["content-type"] === undefined) headers["content-type"] = contentType
      const answer = yield* Effect.mapError(
        handle({ method: request.method, url: url.pathname + url.search, headers, body }),
        () => new HttpClientError.RequestError({ request, reason: "Transport", cause: reset() })
      )
      // Of an answer that nobody reads to its end the client says so with its signal.
      if (answer.abandon !== undefined) {
        if (signal.aborted) answer.abandon()
        else signal.addEventListener("abort", answer.abandon, { once: true })
      }
      return new InProcessResponse(request, answer)
    })
  )
