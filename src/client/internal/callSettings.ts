/** What a part of a program may want otherwise than the client does: context, so that it reaches through any handle. */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as KubeError from "../../protocol/KubeError.js"
import type { Reason } from "./sendAgain.js"

export interface Retrying {
  readonly request: KubeError.RequestInfo
  readonly reason: Reason
  /** How often it has been sent, from 1. */
  readonly attempt: number
  readonly retryAfter: Duration.Duration | undefined
}

export type RetryPolicy = Schedule.Schedule<unknown, Retrying> | "off"

export type WarningHandler = (warning: {
  readonly request: KubeError.RequestInfo
  readonly text: string
}) => Effect.Effect<void>

export class Retry extends Context.Reference<Retry>()("effect-kube/KubeClient/Retry", {
  defaultValue: (): RetryPolicy | undefined => undefined
}) {}

export class HeaderTimeout extends Context.Reference<HeaderTimeout>()("effect-kube/KubeClient/HeaderTimeout", {
  defaultValue: (): Duration.DurationInput | undefined => undefined
}) {}

export class OnWarning extends Context.Reference<OnWarning>()("effect-kube/KubeClient/OnWarning", {
  defaultValue: (): WarningHandler | undefined => undefined
}) {}

/** A server that is away is told of soon; one that is busy or restarts gets as many tries as from client-go. */
const tries = (reason: Reason): number => reason === "Refused" ? 3 : 10

export const defaultRetry: Schedule.Schedule<unknown, Retrying> = Schedule.either(
  Schedule.exponential("100 millis", 2),
  Schedule.spaced("1 second")
).pipe(
  Schedule.jittered,
  Schedule.whileInput(({ attempt, reason }: Retrying) => attempt <= tries(reason))
)

export const defaultMaxRetryAfter = Duration.seconds(30)
