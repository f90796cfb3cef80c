/**
 * A client's own HttpClient for what no `Request` says: relative addresses are those of the server, and the credential is
 * added below, so that neither the request that the caller holds nor an error of it shows one.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as IncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Credential } from "../KubeClient.js"
import type { HeaderValues } from "./requestHeaders.js"

/** An answer whose request is the caller's, without what was added to it. */
class Shown extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [IncomingMessage.TypeId]: IncomingMessage.TypeId = IncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly #response: HttpClientResponse.HttpClientResponse

  constructor(
    readonly request: HttpClientRequest.HttpClientRequest,
    response: HttpClientResponse.HttpClientResponse
  ) {
    super()
    this.#response = response
  }

  readonly #mapped = <A>(effect: Effect.Effect<A, HttpClientError.ResponseError>) =>
    Effect.mapError(effect, (error) => this.#error(error))

  #error({ cause, description, reason }: HttpClientError.ResponseError): HttpClientError.ResponseError {
    return new HttpClientError.ResponseError({
      request: this.request,
      response: this,
      reason,
      cause,
      ...(description === undefined ? undefined : { description })
    })
  }

  get status() {
    return this.#response.status
  }
  get headers() {
    return this.#response.headers
  }
  get cookies() {
    return this.#response.cookies
  }
  get remoteAddress() {
    return this.#response.remoteAddress
  }
  get stream() {
    return Stream.mapError(this.#response.stream, (error) => this.#error(error))
  }
  get text() {
    return this.#mapped(this.#response.text)
  }
  get json() {
    return this.#mapped(this.#response.json)
  }
  get urlParamsBody() {
    return this.#mapped(this.#response.urlParamsBody)
  }
  get arrayBuffer() {
    return this.#mapped(this.#response.arrayBuffer)
  }
  get formData() {
    return this.#mapped(this.#response.formData)
  }

  toJSON(): unknown {
    return IncomingMessage.inspect(this, {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }
}

export interface Door {
  readonly server: string
  readonly httpClient: HttpClient.HttpClient
  readonly credential: Credential | undefined
  /** A text says why nothing is sent. */
  readonly headers: { readonly [name: string]: HeaderValues } | string
  readonly propagation: boolean
}

export const make = (door: Door): HttpClient.HttpClient => {
  const base = door.server.replace(/\/+$/, "")
  const inner = HttpClient.withTracerDisabledWhen(door.httpClient, () => true)
  const authorization = door.credential === undefined
    ? Effect.succeed(undefined)
    : Effect.map(door.credential.presented, (shown) => shown.authorization)
  const outer = HttpClient.make((request, url) => {
    const refuse = (reason: "InvalidUrl" | "Transport", cause: unknown) =>
      new HttpClientError.RequestError({ request, reason, cause })
    if (url.origin !== new URL(base).origin) {
      return Effect.fail(
        refuse("InvalidUrl", new Error(`this client asks ${base} only: give an address without a host`))
      )
    }
    const { headers } = door
    if (typeof headers === "string") return Effect.fail(refuse("Transport", new Error(headers)))
    return Effect.flatMap(
      Effect.mapError(authorization, (problem) => refuse("Transport", new Error(problem))),
      (header) => {
        const all: Record<string, HeaderValues> = { ...headers, ...request.headers }
        if (header !== undefined) all["authorization"] = Redacted.value(header)
        const sent = HttpClientRequest.make("GET")(url.href, { headers: several(all) }).pipe(
          HttpClientRequest.setMethod(request.method),
          (sent) => request.body._tag === "Empty" ? sent : HttpClientRequest.setBody(sent, request.body)
        )
        return Effect.mapBoth(inner.execute(sent), {
          onSuccess: (response) => new Shown(request, response),
          onFailure: (error) =>
            error._tag === "RequestError"
              ? refuse(error.reason === "InvalidUrl" ? "InvalidUrl" : "Transport", error.cause)
              : new HttpClientError.RequestError({ request, reason: "Transport", cause: error.cause })
        })
      }
    )
  })
  return outer.pipe(
    HttpClient.mapRequest(HttpClientRequest.updateUrl((url) => url.startsWith("/") ? base + url : url)),
    HttpClient.withTracerPropagation(door.propagation)
  )
}

/** As the wire does it: several values of a name stay several. */
const several = (headers: { readonly [name: string]: HeaderValues }) =>
  Object.entries(headers) as unknown as Iterable<readonly [string, string]>
