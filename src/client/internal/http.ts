/** From a `Request` to bytes and back over an HttpClient, once. Nothing here knows what an answer means. */
import type * as Headers from "@effect/platform/Headers"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import type * as KubeError from "../../protocol/KubeError.js"
import * as Request from "../../protocol/Request.js"
import type { Options, TestResponse, WholeExchange } from "../KubeClient.js"
import { boundedText } from "./boundedText.js"
import { within } from "./deadline.js"
import { redirect } from "./redirects.js"
import type { HeaderValues } from "./requestHeaders.js"
import { type Failure, failureOf, tooSlow } from "./transportErrors.js"

/** The answer of a transport, before anything is read into it. */
export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string | undefined }
  readonly text: Effect.Effect<string, KubeError.TransportError>
  /** Not more of the body than so many bytes. */
  readonly firstText: (bytes: number) => Effect.Effect<string, KubeError.TransportError>
  readonly stream: Stream.Stream<Uint8Array, KubeError.TransportError>
  /** Why an answer that points elsewhere was not followed. */
  readonly refusedRedirect?: string | undefined
}

/** What one sending needs beside the request. */
export interface Sending {
  readonly authorization: Redacted.Redacted<string> | undefined
  readonly headers: { readonly [name: string]: HeaderValues }
  /** How long the headers of the answer may take, and then what is read of it as a whole. Undefined where the HttpClient sees to it. */
  readonly limit: Duration.Duration | undefined
  /** The answer will be read or discarded, so that no Scope has to end its connection: a fifth less work for a small request. */
  readonly whole: boolean
  /** The span that the server is told of. */
  readonly propagated: Tracer.Span | undefined
}

/** Sends a request once and waits for the headers of the answer. The Scope ends the connection. */
export type Wire = (
  request: Request.Request<unknown>,
  sending: Sending
) => Effect.Effect<Answer, Failure, Scope.Scope>

const inTime =
  <E2>(limit: Duration.Duration | undefined, onTimeout: (limit: Duration.Duration) => E2) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    limit !== undefined && Duration.isFinite(limit) ? within(limit, () => onTimeout(limit))(effect) : effect

const answer = (
  info: KubeError.RequestInfo,
  response: HttpClientResponse.HttpClientResponse,
  limit: Duration.Duration | undefined,
  refusedRedirect: string | undefined
): Answer => {
  const whole = inTime(limit, (limit) => tooSlow(info, "the answer did not end", limit))
  const { headers } = response
  return {
    status: response.status,
    headers,
    text: whole(Effect.mapError(response.text, (error) => failureOf(info, error).error)),
    firstText: (bytes) =>
      whole(Effect.catchAll(boundedText(response.stream, bytes), (error) =>
        // Of a web Response without a body.
        error.reason === "EmptyBody" ? Effect.succeed("") : Effect.fail(failureOf(info, error).error))),
    stream: Stream.mapError(response.stream, (error) => failureOf(info, error).error),
    refusedRedirect
  }
}

/** An answer that has been read. */
const wholeAnswer = (
  { headers, status, text }: { readonly status: number; readonly headers: Answer["headers"]; readonly text: string },
  refusedRedirect: string | undefined
): Answer => ({
  status,
  headers,
  text: Effect.succeed(text),
  firstText: (bytes) => Effect.succeed(text.slice(0, bytes)),
  stream: Stream.sync(() => new TextEncoder().encode(text)),
  refusedRedirect
})

const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url)
  return pathname + search
}

/** An HttpClient that says nothing of its own: the spans are those of requests, not of their HTTP. */
const quiet: <E, R>(client: HttpClient.HttpClient.With<E, R>) => HttpClient.HttpClient.With<E, R> = HttpClient
  .withTracerDisabledWhen(() => true)

type Scoped = HttpClient.HttpClient.With<HttpClientErrors, Scope.Scope>

type HttpClientErrors = HttpClient.HttpClient extends HttpClient.HttpClient.With<infer E, never> ? E : never

/** The wire of a client that was made of HttpClients. */
export const wire = (options: Options): Wire => {
  const both = (client: HttpClient.HttpClient): { readonly whole: Scoped; readonly scoped: Scoped } => ({
    whole: quiet(client),
    scoped: quiet(HttpClient.withScope(client))
  })
  const requests = both(options.httpClient)
  const streams = options.streamClient === undefined ? requests : both(options.streamClient)
  const base = options.server.replace(/\/+$/, "")
  /** The path that all paths of the server begin with. */
  const root = URL.canParse(base) ? pathOf(base).replace(/\/$/, "") : ""
  const { exchange } = options

  return (request, sending) => {
    const headers: Record<string, HeaderValues> = { accept: request.accept, ...sending.headers }
    // Of a compressed watch a client sees events late, and since 1.37 each flush is a gzip member of its own.
    if (request.kind === "stream") headers["accept-encoding"] = "identity"
    else if (options.compression === true && request.info.verb === "list" && !sending.whole) {
      headers["accept-encoding"] = "gzip"
    }
    if (request.ifNoneMatch !== undefined) headers["if-none-match"] = request.ifNoneMatch
    if (sending.authorization !== undefined) headers["authorization"] = Redacted.value(sending.authorization)
    if (sending.propagated !== undefined) Object.assign(headers, HttpTraceContext.toHeaders(sending.propagated))
    const { limit } = sending
    const short = sending.whole && limit === undefined ? exchange : undefined

    const client = (request.kind === "stream" ? streams : requests)[sending.whole ? "whole" : "scoped"]
    const body = request.body === undefined ? HttpBody.empty : HttpBody.text(request.body, request.contentType)
    const overHttp = (url: string, followed: number): Effect.Effect<Answer, Failure, Scope.Scope> =>
      client.execute(HttpClientRequest.make(request.method)(url, { headers: several(headers), body })).pipe(
        Effect.mapError((error) => failureOf(request.info, error)),
        inTime(limit, (limit): Failure => ({ code: "", error: tooSlow(request.info, "no answer", limit) })),
        Effect.flatMap((response) =>
          follow(url, followed, response, (refusedRedirect) => answer(request.info, response, limit, refusedRedirect))
        )
      )

    const shortly = (exchange: WholeExchange) => {
      if (request.body !== undefined) headers["content-type"] = request.contentType ?? "application/json"
      return (url: string, followed: number): Effect.Effect<Answer, Failure, Scope.Scope> =>
        Effect.matchEffect(
          exchange({
            method: request.method,
            path: followed === 0 ? root + Request.url(request) : pathOf(url),
            headers,
            body: request.body
          }),
          {
            onFailure: (error) => Effect.fail(failureOf(request.info, error)),
            onSuccess: (answered) =>
              follow(url, followed, answered, (refusedRedirect) => wholeAnswer(answered, refusedRedirect))
          }
        )
    }

    /** Goes where an answer points to, if it may. */
    const follow = (
      url: string,
      followed: number,
      { headers, status }: Pick<Answer, "headers" | "status">,
      answered: (refusedRedirect: string | undefined) => Answer
    ): Effect.Effect<Answer, Failure, Scope.Scope> => {
      if (status < 300 || status >= 400) return Effect.succeed(answered(undefined))
      const next = redirect(request.method, url, { status, location: headers["location"] }, followed)
      if (next?._tag !== "Follow") return Effect.succeed(answered(next?.message))
      return Effect.zipRight(discard(answered(undefined)), send(next.url, followed + 1))
    }

    const send = short === undefined ? overHttp : shortly(short)
    return send(base + Request.url(request), 0)
  }
}

/**
 * Headers of platform hold one value a name. undici and Node take an array of them and write a line each, which is the
 * only way to ask as a member of several groups; and pairs are taken over as they are, where a record would be joined.
 */
const several = (headers: { readonly [name: string]: HeaderValues }): Headers.Input =>
  Object.entries(headers) as unknown as Iterable<readonly [string, string]>

/** So much of a body that nobody wants is read to keep its connection; of a longer one the connection is given up. */
const worthReading = 64 * 1024
const readingTime = Duration.seconds(1)

/** Done with an answer before its Scope closes. */
export const discard = (answered: Answer): Effect.Effect<void> =>
  Effect.ignore(within(readingTime, () => undefined)(answered.firstText(worthReading)))

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
    firstText: (bytes) => boundedText(stream, bytes),
    stream
  }
}
