/** From an answer that refuses to the typed error that the request's operation lists. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type OwnTag, ownTag } from "../../protocol/internal/operationErrors.js"
import * as KubeError from "../../protocol/KubeError.js"
import type * as Request from "../../protocol/Request.js"
import * as Status from "../../protocol/Status.js"
import type { ByteResponse, Response } from "../KubeClient.js"
import type { Answer, Transport } from "./http.js"

/** `Retry-After`: seconds, or a date, which counts from now. */
export const readRetryAfter = (header: string | undefined, nowMillis: number): Duration.Duration | undefined => {
  if (header === undefined) return undefined
  const text = header.trim()
  const millis = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMillis
  return Number.isNaN(millis) || millis <= 0 ? undefined : Duration.millis(millis)
}

/** What the Status itself says. */
const statusRetryAfter = ({ details }: Status.Status): Duration.Duration | undefined =>
  details?.retryAfterSeconds === undefined || details.retryAfterSeconds <= 0
    ? undefined
    : Duration.seconds(details.retryAfterSeconds)

const quoted = /"\{.*\}"|\{.*\}|"[^"]*\\"[^"]*"/gs

/**
 * The server's messages can quote the body of the request (a failed patch of a Secret prints all of it), and errors
 * end up in logs. So what looks like a quoted object is cut from every message, and of a Secret's causes only the
 * part before the value is kept.
 */
const withoutBody = (info: KubeError.RequestInfo, status: Status.Status): Status.Status => {
  const secret = info.group === "" && info.resource === "secrets"
  const cut = (text: string | undefined): string | undefined => {
    if (text === undefined) return undefined
    const open = text.replace(quoted, "…")
    return secret ? open.replace(/Invalid value: .*?(?=: |$)/gs, "Invalid value: …") : open
  }
  return {
    ...status,
    message: cut(status.message),
    details: status.details && {
      ...status.details,
      causes: status.details.causes?.map((cause) => ({ ...cause, message: cut(cause.message) }))
    }
  }
}

const ownErrors: { readonly [Tag in OwnTag]: new(refusal: KubeError.Refusal) => KubeError.Own } = {
  KubeNotFound: KubeError.NotFound,
  KubeAlreadyExists: KubeError.AlreadyExists,
  KubeConflict: KubeError.Conflict,
  KubeInvalid: KubeError.Invalid,
  KubeExpired: KubeError.Expired
}

/** The error for a Status: one that the request lists, one that any request can meet, or `StatusError`. */
export const toError = <E>(
  request: Request.Request<E>,
  received: Status.Status,
  headerRetryAfter?: Duration.Duration | undefined
): E | KubeError.Common => {
  const status = withoutBody(request.info, received)
  const refusal: KubeError.Refusal = { request: request.info, status, sent: true }
  const reason = status.reason ?? "Unknown"
  const retryAfter = headerRetryAfter ?? statusRetryAfter(status)
  const own = ownTag(request.own, reason)
  // The request's type lists exactly the errors of its `own` tags.
  if (own !== undefined) return new ownErrors[own](refusal) as E
  switch (reason) {
    case "Unauthorized":
      return new KubeError.Unauthorized(refusal)
    case "Forbidden":
      return new KubeError.Forbidden(refusal)
    case "TooManyRequests":
      return new KubeError.Throttled({ ...refusal, retryAfter })
    default:
      return new KubeError.StatusError({ ...refusal, retryAfter })
  }
}

const protocolError = (request: Request.Request<unknown>, description: string): KubeError.TransportError =>
  new KubeError.TransportError({ request: request.info, reason: "Protocol", description })

/** The texts of a `Warning` header: `299 - "text"`, several parted by commas. */
export const warnings = (header: string | undefined): ReadonlyArray<string> => {
  if (header === undefined) return []
  const texts: Array<string> = []
  for (const match of header.matchAll(/299 [^ ]+ "((?:[^"\\]|\\.)*)"/g)) texts.push(match[1]!.replace(/\\(.)/g, "$1"))
  return texts
}

const isJson = (contentType: string): boolean =>
  contentType.startsWith("application/json") || contentType.includes("+json")

const failed = <E>(request: Request.Request<E>, answer: Answer): Effect.Effect<never, E | KubeError.Common> =>
  Effect.flatMap(answer.text, (text) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.fail(
        toError(
          request,
          Status.fromBody(text, answer.status, request.method),
          readRetryAfter(answer.headers["retry-after"], now)
        )
      )))

const contentType = (answer: Answer): string => answer.headers["content-type"] ?? ""

const isRefusal = (status: number): boolean => status < 200 || status >= 300

/** Some endpoints call their JSON plain text (`/openapi/v3`), and others answer plain text (`/healthz`). */
const readBody = (
  request: Request.Request<unknown>,
  answer: Answer
): Effect.Effect<unknown, KubeError.TransportError> =>
  Effect.flatMap(answer.text, (text) => {
    if (text === "") return Effect.succeed(undefined)
    const type = contentType(answer)
    if (type.startsWith("text/html") && request.accept.startsWith("application/json")) {
      return Effect.fail(protocolError(request, `expected JSON, found ${type}: is there a proxy in between?`))
    }
    if (!isJson(type) && !text.startsWith("{")) return Effect.succeed(text)
    try {
      return Effect.succeed(JSON.parse(text) as unknown)
    } catch {
      return isJson(type) ? Effect.fail(protocolError(request, "the answer is not valid JSON")) : Effect.succeed(text)
    }
  })

const span = (request: Request.Request<unknown>) => {
  const { group, name, namespace, resource, subresource, verb, version } = request.info
  return {
    kind: "client" as const,
    captureStackTrace: false,
    attributes: {
      "k8s.verb": verb,
      "k8s.group": group,
      "k8s.version": version,
      "k8s.resource": subresource === undefined ? resource : `${resource}/${subresource}`,
      ...(namespace === undefined ? undefined : { "k8s.namespace.name": namespace }),
      ...(name === undefined ? undefined : { "k8s.object.name": name })
    }
  }
}

/** `withSpan` takes the span out of what an effect needs; ours never ask for one. */
const traced = <A, E, R>(request: Request.Request<unknown>, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withSpan(effect, `kube.${request.info.verb} ${request.info.kind}`, span(request)) as Effect.Effect<A, E, R>

/** The most texts that a client remembers to have logged. */
const maxRemembered = 1000

/** Logs each warning of the server once a client, as kubectl does. */
export type Warnings = (request: Request.Request<unknown>, texts: ReadonlyArray<string>) => Effect.Effect<void>

export const makeWarnings = (): Warnings => {
  const logged = new Set<string>()
  return (request, texts) => {
    const fresh = texts.filter((text) => !logged.has(text))
    if (fresh.length === 0) return Effect.void
    if (logged.size > maxRemembered) logged.clear()
    for (const text of fresh) logged.add(text)
    const { kind, verb } = request.info
    return Effect.forEach(fresh, (text) => Effect.logWarning(`${verb} ${kind}: the server warns: ${text}`), {
      discard: true
    })
  }
}

/** Sends a request and reads the whole answer. */
export const execute = <E>(
  transport: Transport,
  warn: Warnings,
  request: Request.Request<E>
): Effect.Effect<Response, E | KubeError.Common> =>
  traced(
    request,
    Effect.scoped(Effect.flatMap(transport(request), (answer) => {
      if (isRefusal(answer.status)) return failed(request, answer)
      const texts = warnings(answer.headers["warning"])
      const read = Effect.map(readBody(request, answer), (body) => ({ status: answer.status, body, warnings: texts }))
      return texts.length === 0 ? read : Effect.zipLeft(read, warn(request, texts))
    }))
  )

/** Sends a request and hands over the answer as it comes. */
export const open = <E>(
  transport: Transport,
  warn: Warnings,
  request: Request.Request<E>
): Effect.Effect<ByteResponse, E | KubeError.Common, Scope.Scope> =>
  traced(
    request,
    Effect.flatMap(transport(request), (answer) => {
      if (isRefusal(answer.status)) return failed(request, answer)
      const type = contentType(answer)
      if (request.accept.startsWith("application/json") && !isJson(type)) {
        return Effect.fail(
          protocolError(
            request,
            `expected JSON, found ${type === "" ? "no content type" : type}: is there a proxy in between?`
          )
        )
      }
      const response = { status: answer.status, contentType: type, body: answer.stream }
      return Effect.as(warn(request, warnings(answer.headers["warning"])), response)
    })
  )
