/** From a `Request` to bytes and back over an HttpClient. Nothing here knows what an answer means. */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as KubeError from "../../protocol/KubeError.js"
import * as Request from "../../protocol/Request.js"
import type { Options, TestResponse } from "../KubeClient.js"
import { within } from "./deadline.js"
import { version } from "./version.js"

/** The answer of a transport, before anything is read into it. */
export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string | undefined }
  readonly text: Effect.Effect<string, KubeError.TransportError>
  readonly stream: Stream.Stream<Uint8Array, KubeError.TransportError>
}

/** Sends a request and waits for the headers of the answer. The Scope ends the connection. */
export type Transport = (
  request: Request.Request<unknown>
) => Effect.Effect<Answer, KubeError.TransportError, Scope.Scope>

const connectCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ECONNABORTED",
  "UND_ERR_CONNECT_TIMEOUT"
])
const resetCodes = new Set([
  "ECONNRESET",
  "EPIPE",
  "UND_ERR_SOCKET",
  "UND_ERR_ABORTED",
  "ERR_STREAM_PREMATURE_CLOSE",
  "UND_ERR_CLOSED",
  "UND_ERR_DESTROYED"
])
const timeoutCodes = new Set(["ETIMEDOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"])
const isTls = (code: string): boolean =>
  code.startsWith("ERR_TLS") || code.startsWith("ERR_SSL") || code.includes("CERT") || code.includes("SELF_SIGNED") ||
  code === "EPROTO" ||
  code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE"

const reasonOf = (code: string): KubeError.TransportReason =>
  connectCodes.has(code) ?
    "Connect"
    : isTls(code) ?
    "Tls"
    : timeoutCodes.has(code) ?
    "Timeout"
    : resetCodes.has(code) || code.startsWith("HPE_") ?
    "Reset"
    : "Other"

/** The innermost error that has a code, else the innermost. Node wraps several attempts in an AggregateError. */
const root = (cause: unknown): { readonly code: string; readonly message: string } => {
  let current: unknown = cause
  let best = { code: "", message: "" }
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    const code = "code" in current && typeof current.code === "string" ? current.code : ""
    const message = current.message === "" && current instanceof AggregateError && current.errors[0] instanceof Error
      ? current.errors[0].message
      : current.message
    if (code !== "" || best.code === "") best = { code, message: message === "" ? code : message }
    current = current instanceof AggregateError && current.cause === undefined ? current.errors[0] : current.cause
  }
  return best
}

/** Our own error without the HTTP one, which holds the request and so the credential. */
const transportError = (
  info: KubeError.RequestInfo,
  error: HttpClientError.HttpClientError
): KubeError.TransportError => {
  const { code, message } = root(error.cause)
  const reason = error._tag === "RequestError" && error.reason === "InvalidUrl" ? "Protocol" : reasonOf(code)
  const description = message === ""
    ? error._tag === "RequestError" ? "the request could not be sent" : "the answer could not be read"
    : message
  return new KubeError.TransportError({ request: info, reason, description })
}

const tooSlow = (info: KubeError.RequestInfo, what: string, limit: Duration.Duration): KubeError.TransportError =>
  new KubeError.TransportError({
    request: info,
    reason: "Timeout",
    description: `${what} within ${Duration.format(limit)}`
  })

const answer = (
  info: KubeError.RequestInfo,
  response: HttpClientResponse.HttpClientResponse,
  limit: Duration.Duration
): Answer => ({
  status: response.status,
  headers: response.headers,
  text: response.text.pipe(
    Effect.mapError((error) => transportError(info, error)),
    within(limit, () => tooSlow(info, "the answer did not end", limit))
  ),
  stream: Stream.mapError(response.stream, (error) => transportError(info, error))
})

const seconds = (input: Duration.DurationInput | undefined, fallback: number): Duration.Duration =>
  input === undefined ? Duration.seconds(fallback) : Duration.decode(input)

/** The transport of a client that was made of HttpClients. */
export const transport = (options: Options): Transport => {
  const prepare = (client: HttpClient.HttpClient) =>
    client.pipe(
      HttpClient.withScope,
      HttpClient.withTracerPropagation(false),
      HttpClient.withTracerDisabledWhen(() => true)
    )
  const requests = prepare(options.httpClient)
  const streams = options.streamClient === undefined ? requests : prepare(options.streamClient)
  const base = options.server.replace(/\/+$/, "")
  const timeouts = { read: seconds(options.headerTimeout?.read, 30), write: seconds(options.headerTimeout?.write, 65) }
  const userAgent = options.userAgent ?? `effect-kube/${version}`

  const send = (request: Request.Request<unknown>, authorization: Redacted.Redacted<string> | undefined) => {
    const headers: Record<string, string> = { accept: request.accept, "user-agent": userAgent }
    // Of a compressed watch a client sees events late, and since 1.37 each flush is a gzip member of its own.
    if (request.kind === "stream") headers["accept-encoding"] = "identity"
    if (authorization !== undefined) headers["authorization"] = Redacted.value(authorization)
    const httpRequest = HttpClientRequest.make(request.method)(base + Request.url(request), {
      headers,
      body: request.body === undefined ? HttpBody.empty : HttpBody.text(request.body, request.contentType)
    })
    const limit = request.kind === "write" ? timeouts.write : timeouts.read
    return (request.kind === "stream" ? streams : requests).execute(httpRequest).pipe(
      Effect.mapError((error) => transportError(request.info, error)),
      within(limit, () => tooSlow(request.info, "no answer", limit)),
      Effect.map((response) => answer(request.info, response, limit))
    )
  }

  const { credential } = options
  if (credential === undefined) return (request) => send(request, undefined)
  return (request) => {
    const unreadable = (description: string) =>
      new KubeError.TransportError({ request: request.info, reason: "Credential", description })
    const once = Effect.flatMap(
      Effect.mapError(credential.authorization, unreadable),
      (header) => send(request, header)
    )
    return Effect.flatMap(once, (first) =>
      first.status !== 401
        ? Effect.succeed(first)
        // client-go's rule: a credential that has changed since is worth one more try.
        : Effect.flatMap(credential.refresh, (changed) =>
          changed ? Effect.zipRight(Effect.ignore(first.text), once) : Effect.succeed(first)))
  }
}

/** The answer that a scripted server gives. */
export const testResponse = (response: TestResponse): Answer => {
  const text = response.body === undefined
    ? ""
    : typeof response.body === "string"
    ? response.body
    : JSON.stringify(response.body)
  const stream = response.stream ?? Stream.make(new TextEncoder().encode(text))
  const headers: Record<string, string> = {
    "content-type": typeof response.body === "string" ? "text/plain" : "application/json",
    ...response.headers
  }
  return {
    status: response.status ?? 200,
    headers,
    text: response.stream === undefined ? Effect.succeed(text) : Stream.mkString(Stream.decodeText(stream)),
    stream
  }
}
