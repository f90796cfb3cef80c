/** From an answer that refuses to the typed error that the request's operation lists. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type OwnTag, ownTag } from "../../protocol/internal/operationErrors.js"
import * as KubeError from "../../protocol/KubeError.js"
import type * as Request from "../../protocol/Request.js"
import * as Status from "../../protocol/Status.js"
import { type Answer, discard } from "./http.js"
import { withoutBody } from "./quoting.js"
import { readRetryAfter } from "./sendAgain.js"

/** What the Status itself says. */
const statusRetryAfter = ({ details }: Status.Status): Duration.Duration | undefined =>
  details?.retryAfterSeconds === undefined || details.retryAfterSeconds <= 0
    ? undefined
    : Duration.seconds(details.retryAfterSeconds)

const ownErrors: { readonly [Tag in OwnTag]: new(refusal: KubeError.Refusal) => KubeError.Own } = {
  KubeNotFound: KubeError.NotFound,
  KubeAlreadyExists: KubeError.AlreadyExists,
  KubeConflict: KubeError.Conflict,
  KubeInvalid: KubeError.Invalid,
  KubeExpired: KubeError.Expired,
  KubeDisruptionBudget: KubeError.DisruptionBudget
}

/** The error for a Status: one that the request lists, one that any request can meet, or `StatusError`. */
export const toError = <E>(
  request: Request.Request<E>,
  received: Status.Status,
  headerRetryAfter?: Duration.Duration | undefined
): E | KubeError.Common => {
  const status = withoutBody(request, received)
  const refusal: KubeError.Refusal = { request: request.info, status, sent: true }
  const reason = status.reason ?? "Unknown"
  const retryAfter = headerRetryAfter ?? statusRetryAfter(status)
  const own = ownTag(request.own, status)
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

/** A request that this side does not send. */
export const refusedHere = (info: KubeError.RequestInfo, message: string): KubeError.StatusError =>
  new KubeError.StatusError({
    request: info,
    status: { kind: "Status", apiVersion: "v1", status: "Failure", reason: "BadRequest", code: 400, message },
    sent: false,
    retryAfter: undefined
  })

/** The most of a refusal that is read. The longest Status of a server, a list of causes, is far below it. */
const maxRefusal = 1024 * 1024

const redirected = (answer: Answer, message: string): Status.Status => ({
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  reason: "Redirect",
  code: answer.status,
  message
})

/** The failure that an answer stands for. */
export const failed = <E>(
  request: Request.Request<E>,
  answer: Answer
): Effect.Effect<never, E | KubeError.Common> => {
  if (answer.refusedRedirect !== undefined) {
    return Effect.zipRight(
      discard(answer),
      Effect.fail(toError(request, redirected(answer, answer.refusedRedirect)))
    )
  }
  return Effect.flatMap(answer.firstText(maxRefusal), (text) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const retryAfter = readRetryAfter(answer.headers, now)
      return Effect.fail(
        toError(
          request,
          Status.fromBody(text, answer.status, request.method),
          retryAfter === undefined || Duration.toMillis(retryAfter) <= 0 ? undefined : retryAfter
        )
      )
    }))
}

export const isRefusal = (request: Request.Request<unknown>, status: number): boolean =>
  (status < 200 || status >= 300) && !isUnchanged(request, status)

/** What the caller has still holds, and that is what it asked. */
const isUnchanged = (request: Request.Request<unknown>, status: number): boolean =>
  status === 304 && request.ifNoneMatch !== undefined
