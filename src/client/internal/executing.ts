/** What an answer means: a value, bytes still to come, or the typed error of a refusal. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as KubeError from "../../protocol/KubeError.js"
import type * as Request from "../../protocol/Request.js"
import type { ByteResponse, Response } from "../KubeClient.js"
import { OnWarning } from "./callSettings.js"
import type { Transport } from "./exchange.js"
import * as http from "./http.js"
import * as refusals from "./refusals.js"
import * as tracing from "./tracing.js"
import { protocolError } from "./transportErrors.js"
import * as warnings from "./warnings.js"

export interface Conversation {
  readonly transport: Transport
  readonly host: tracing.Host
  readonly tracing: boolean
  readonly warn: warnings.Warn
  /** Where no {@link OnWarning} says otherwise. */
  readonly onWarning: OnWarning["Type"] | undefined
}

const isJson = (contentType: string): boolean =>
  contentType.startsWith("application/json") || contentType.includes("+json")

const contentType = (answer: http.Answer): string => answer.headers["content-type"] ?? ""

/** V8 holds no longer text; a list is read item by item and has no limit. */
const maxWhole = 512 * 1024 * 1024

/** Some endpoints call their JSON plain text (`/openapi/v3`), and others answer plain text (`/healthz`). */
const readBody = (
  request: Request.Request<unknown>,
  answer: http.Answer
): Effect.Effect<unknown, KubeError.TransportError> => {
  const type = contentType(answer)
  const refuse = (problem: string) =>
    Effect.zipRight(http.discard(answer), Effect.fail(protocolError(request.info, problem)))
  if (type.startsWith("text/html") && request.accept.startsWith("application/json")) {
    return refuse(`expected JSON, found ${type}: is there a proxy in between?`)
  }
  if (Number(answer.headers["content-length"]) > maxWhole) {
    return refuse("the answer is too long to be read as a whole; open it as a stream")
  }
  return Effect.flatMap(answer.text, (text) => {
    if (text === "") return Effect.succeed(undefined)
    if (!isJson(type) && !text.startsWith("{")) return Effect.succeed(text)
    try {
      return Effect.succeed(JSON.parse(text) as unknown)
    } catch {
      return isJson(type)
        ? Effect.fail(protocolError(request.info, "the answer is not valid JSON"))
        : Effect.succeed(text)
    }
  })
}

/** Tells of the warnings of any answer, a refusal too. */
const warned = <A, E, R>(
  { onWarning, warn }: Conversation,
  request: Request.Request<unknown>,
  texts: ReadonlyArray<string>,
  then: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  texts.length === 0
    ? then
    : Effect.zipRight(
      Effect.contextWithEffect((context: Context.Context<never>) =>
        warn(request, texts, Context.get(context, OnWarning) ?? onWarning)
      ),
      then
    )

/** Sends a request and reads the whole answer. */
export const execute = <E>(
  self: Conversation,
  request: Request.Request<E>
): Effect.Effect<Response, E | KubeError.Common> =>
  traced(self, request, (span) =>
    Effect.flatMap(self.transport.whole(request, span), (answer) => {
      const texts = warnings.read(answer.headers["warning"])
      const result: Effect.Effect<Response, E | KubeError.Common> = refusals.isRefusal(request, answer.status)
        ? refusals.failed(request, answer)
        : Effect.map(readBody(request, answer), (body) => ({
          status: answer.status,
          body,
          etag: answer.headers["etag"],
          warnings: texts
        }))
      return warned(self, request, texts, result)
    }))

/** Sends a request and hands over the answer as it comes. */
export const open = <E>(
  self: Conversation,
  request: Request.Request<E>
): Effect.Effect<ByteResponse, E | KubeError.Common, Scope.Scope> =>
  traced(self, request, (span) =>
    Effect.flatMap(self.transport.scoped(request, span), (answer) => {
      const texts = warnings.read(answer.headers["warning"])
      return warned(self, request, texts, opened(request, answer, texts))
    }))

const opened = <E>(
  request: Request.Request<E>,
  answer: http.Answer,
  texts: ReadonlyArray<string>
): Effect.Effect<ByteResponse, E | KubeError.Common> => {
  if (refusals.isRefusal(request, answer.status)) return refusals.failed(request, answer)
  const type = contentType(answer)
  if (request.accept.startsWith("application/json") && !isJson(type)) {
    return Effect.fail(
      protocolError(
        request.info,
        `expected JSON, found ${type === "" ? "no content type" : type}: is there a proxy in between?`
      )
    )
  }
  return Effect.succeed({ status: answer.status, contentType: type, warnings: texts, body: answer.stream })
}

/** The errors that a request lists are all of `KubeError`; the type parameter does not say so. */
const traced = <A, E, R>(
  { host, tracing: isOn }: Conversation,
  request: Request.Request<unknown>,
  run: Parameters<typeof tracing.traced<A, E, R>>[3]
): Effect.Effect<A, E, R> => tracing.traced(request, host, isOn, run)
