/**
 * A request and its whole answer straight over a dispatcher of undici: the shortest way there is, without a readable
 * stream, an AbortSignal or an HttpClient for each. Measured by test/bench/requests.bench.ts.
 */
import type * as Undici from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import type { WholeExchange } from "../../client/KubeClient.js"
import type { DispatchOptions } from "./connectionPool.js"

/** V8 holds no longer text. */
const maxAnswer = 512 * 1024 * 1024

/** Nobody reads more of what a server refuses with. */
const maxRefusal = 1024 * 1024

/** The client's default deadlines, kept by undici's timers; how long a body may be silent. */
const headersTimeout = { GET: 30_000, write: 65_000 }
const bodyTimeout = 60_000

type Answered = Effect.Effect.Success<ReturnType<WholeExchange>>
type Headers = { readonly [name: string]: string | undefined }

const joined = (headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }): Headers => {
  const result: Record<string, string | undefined> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    result[name] = typeof value === "object" ? value.join(", ") : value
  }
  return result
}

const textOf = (chunks: ReadonlyArray<Buffer>): string => {
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  const text = bytes.toString("utf8")
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

class TooLong extends Error {
  readonly code = "UND_ERR_RESPONSE"
  override message = "the answer is too long to be read as a whole; open it as a stream"
}

class NoAnswer extends Error {
  readonly code = "UND_ERR_HEADERS_TIMEOUT"
}

export const make = (
  dispatch: (options: DispatchOptions, handler: Undici.Dispatcher.DispatchHandler) => boolean,
  origin: string
): WholeExchange =>
(request) =>
  Effect.async((resume) => {
    let controller: Undici.Dispatcher.DispatchController | undefined
    let isGivenUp = false
    let status = 0
    let headers: Headers = {}
    let left = maxAnswer
    const chunks: Array<Buffer> = []
    let timer: NodeJS.Timeout | undefined
    let isSettled = false
    /** The first end counts; no timer is left that would keep the process. */
    const settle = (end: Effect.Effect<Answered, { readonly cause: unknown }>): void => {
      if (isSettled) return
      isSettled = true
      clearTimeout(timer)
      resume(end)
    }
    const answered = () => settle(Effect.sync(() => ({ status, headers, text: textOf(chunks) })))
    const failed = (cause: unknown) => settle(Effect.fail({ cause }))
    /** The rest is not waited for. */
    const leave = (): void => {
      isGivenUp = true
      clearTimeout(timer)
      controller?.abort(new Error("the request was given up"))
    }
    const limit = request.method === "GET" ? headersTimeout.GET : headersTimeout.write
    dispatch({
      origin,
      path: request.path,
      method: request.method,
      headers: request.headers as NonNullable<Undici.Dispatcher.DispatchOptions["headers"]>, // what undici takes, but for readonly
      body: request.body ?? null,
      headersTimeout: limit,
      bodyTimeout,
      isGivenUp: () => isGivenUp
    }, {
      onRequestStart: (started) => {
        controller = started
        if (isGivenUp) leave()
      },
      onResponseStart: (_, statusCode, received) => {
        // Of an informational answer, such as 103, the real one follows.
        if (statusCode < 200) return
        clearTimeout(timer)
        status = statusCode
        headers = joined(received)
        if (statusCode >= 400) left = maxRefusal
      },
      onResponseData: (_, chunk) => {
        if (chunk.length <= left) {
          left -= chunk.length
          chunks.push(chunk)
          return
        }
        chunks.push(chunk.subarray(0, left))
        if (status >= 400) answered()
        else failed(new TooLong())
        leave()
      },
      onResponseEnd: answered,
      onResponseError: (_, cause) => failed(cause)
    })
    // undici's own timer begins when the request is on the wire: before, it waits for a connection.
    if (controller === undefined && !isSettled) {
      timer = setTimeout(() => {
        failed(new NoAnswer())
        leave()
      }, limit)
    }
    return Effect.sync(leave)
  })
