/**
 * May a request be sent again? The rule in one place: a read where no answer came, anything where the server has not
 * begun with it, and never a write whose outcome is not known.
 */
import * as Duration from "effect/Duration"
import type * as Request from "../../protocol/Request.js"
import type { Failure } from "./transportErrors.js"

/** Why a request is sent again. */
export type Reason =
  /** Nobody listened: nothing was sent. */
  | "Refused"
  /** The connection broke before an answer. Reads only. */
  | "Reset"
  /** 429 with `Retry-After`. */
  | "Throttled"
  /** 503 with `Retry-After`; of reads any 5xx with it. */
  | "Unavailable"

/** What is known of an answer before its body is read. */
export interface Head {
  readonly status: number
  readonly contentType: string
  /** Whether the server said when to come back. */
  readonly hasRetryAfter: boolean
}

/**
 * A watch is never sent again here: who watches has a schedule of its own, which starts from what was seen last, and two
 * would multiply. Everything else of the kind `stream` is a read.
 */
const isRead = (request: Request.Request<unknown>): boolean => request.method === "GET" && request.info.verb !== "watch"

export const afterFailure = (request: Request.Request<unknown>, { code, error }: Failure): Reason | undefined => {
  if (request.info.verb === "watch") return undefined
  if (code === "ECONNREFUSED") return "Refused"
  return error.reason === "Reset" && isRead(request) ? "Reset" : undefined
}

/** The 429 of a disruption budget is the eviction's own outcome. The server's overload is plain text. */
const isOutcome = (request: Request.Request<unknown>, { contentType }: Head): boolean =>
  request.own.includes("KubeDisruptionBudget") && contentType.includes("json")

export const afterAnswer = (request: Request.Request<unknown>, head: Head): Reason | undefined => {
  if (!head.hasRetryAfter || request.info.verb === "watch") return undefined
  if (head.status === 429) return isOutcome(request, head) ? undefined : "Throttled"
  if (head.status === 503) return "Unavailable"
  return head.status >= 500 && isRead(request) ? "Unavailable" : undefined
}

/**
 * `Retry-After`: seconds, or a date, which counts from the server's own clock where the answer tells it. Undefined where
 * the header is not there or says nothing; zero where the time has passed.
 */
export const readRetryAfter = (
  headers: { readonly [name: string]: string | undefined },
  nowMillis: number
): Duration.Duration | undefined => {
  const text = headers["retry-after"]?.trim()
  if (text === undefined || text === "") return undefined
  if (/^\d+$/.test(text)) return Duration.seconds(Math.min(Number(text), 1e9))
  const until = Date.parse(text)
  if (Number.isNaN(until) || !/[A-Za-z]{3}/.test(text)) return undefined
  const date = headers["date"] === undefined ? Number.NaN : Date.parse(headers["date"])
  return Duration.millis(Math.max(0, until - (Number.isNaN(date) ? nowMillis : date)))
}
