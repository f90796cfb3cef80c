/** From what broke below HTTP to our own error, which holds neither the request nor a header of it. */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as Duration from "effect/Duration"
import * as KubeError from "../../protocol/KubeError.js"

/** A request without an answer. The code says more precisely than the error what became of it; empty where nothing does. */
export interface Failure {
  readonly error: KubeError.TransportError
  readonly code: string
}

const connectCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  // Of src/node: a proxy that did not open a way to the server.
  "ERR_PROXY_TUNNEL"
])
const resetCodes = new Set([
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "UND_ERR_SOCKET",
  "UND_ERR_ABORTED",
  "ERR_STREAM_PREMATURE_CLOSE",
  "UND_ERR_CLOSED",
  "UND_ERR_DESTROYED"
])
const timeoutCodes = new Set(["ETIMEDOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"])
/** Not what HTTP says: bytes that are none, headers past the bound, a body that is not as long as it was said to be. */
const protocolCodes = new Set([
  "UND_ERR_HEADERS_OVERFLOW",
  "UND_ERR_RESPONSE",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  "UND_ERR_INVALID_ARG"
])

const isTls = (code: string): boolean =>
  code.startsWith("ERR_TLS") || code.startsWith("ERR_SSL") || code.includes("CERT") || code.includes("SELF_SIGNED") ||
  code === "EPROTO" ||
  code.startsWith("UNABLE_TO_")

const reasonOf = (code: string): KubeError.TransportReason =>
  connectCodes.has(code) ?
    "Connect"
    : isTls(code) ?
    "Tls"
    : timeoutCodes.has(code) ?
    "Timeout"
    : resetCodes.has(code) ?
    "Reset"
    : protocolCodes.has(code) || code.startsWith("HPE_") ?
    "Protocol"
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

/** The HTTP client's error holds the request and so the credential: only its code and its one line are kept. */
export const failureOf = (
  info: KubeError.RequestInfo,
  error: HttpClientError.HttpClientError | { readonly _tag?: undefined; readonly cause: unknown }
): Failure => {
  const { code, message } = root(error.cause)
  const reason = error._tag === "RequestError" && error.reason === "InvalidUrl" ? "Protocol" : reasonOf(code)
  const description = code === "UND_ERR_HEADERS_TIMEOUT"
    ? "no answer in time"
    : code === "UND_ERR_BODY_TIMEOUT"
    ? "the answer broke off: nothing more came in time"
    : message === ""
    ? error._tag === "ResponseError" ? "the answer could not be read" : "the request could not be sent"
    : message
  return { code, error: new KubeError.TransportError({ request: info, reason, description }) }
}

/** The error for what did not happen in time. */
export const tooSlow = (
  info: KubeError.RequestInfo,
  what: string,
  limit: Duration.Duration
): KubeError.TransportError =>
  new KubeError.TransportError({
    request: info,
    reason: "Timeout",
    description: `${what} within ${Duration.format(limit)}`
  })

/** The error for an answer that is not what the protocol says. */
export const protocolError = (info: KubeError.RequestInfo, description: string): KubeError.TransportError =>
  new KubeError.TransportError({ request: info, reason: "Protocol", description })
