/**
 * A request from its first try to the answer that counts: the client's rate limit, the credential, what is sent again
 * and when. Below it is the wire, above it what an answer means.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as LogLevel from "effect/LogLevel"
import type * as MetricLabel from "effect/MetricLabel"
import type * as Redacted from "effect/Redacted"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleIntervals from "effect/ScheduleIntervals"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import * as KubeError from "../../protocol/KubeError.js"
import type * as Request from "../../protocol/Request.js"
import type { Credential } from "../KubeClient.js"
import { HeaderTimeout, Retry, type Retrying, type RetryPolicy } from "./callSettings.js"
import { type Answer, discard, type Wire } from "./http.js"
import { now } from "./pulse.js"
import type { RateLimit } from "./rateLimit.js"
import type { HeaderValues } from "./requestHeaders.js"
import { noAnswer, type RequestMetrics } from "./requestMetrics.js"
import { afterAnswer, afterFailure, readRetryAfter, type Reason } from "./sendAgain.js"
import * as tracing from "./tracing.js"
import type { Failure } from "./transportErrors.js"

type TransportErrors = KubeError.TransportError | KubeError.StatusError

/** Sends requests, each until there is an answer that counts. The span is told what happens. */
export interface Transport {
  /** For an answer that will be read as a whole, or discarded. */
  readonly whole: (
    request: Request.Request<unknown>,
    span: Tracer.Span | undefined
  ) => Effect.Effect<Answer, TransportErrors>
  /** For an answer whose connection the Scope ends. */
  readonly scoped: (
    request: Request.Request<unknown>,
    span: Tracer.Span | undefined
  ) => Effect.Effect<Answer, TransportErrors, Scope.Scope>
}

/** What a client has for all its requests. */
export interface Settings {
  readonly wire: Wire
  readonly headers: { readonly [name: string]: HeaderValues }
  readonly credential: Credential | undefined
  readonly retry: RetryPolicy
  readonly maxRetryAfter: Duration.Duration
  readonly rateLimit: RateLimit | undefined
  readonly metrics: RequestMetrics | undefined
  readonly timeouts: { readonly read: Duration.Duration; readonly write: Duration.Duration }
  /** Whether they are seen to below, where an answer is read as a whole. */
  readonly timed: boolean
  readonly propagation: boolean
}

/** One request under way. */
class Exchange {
  private readonly clock: Clock.Clock
  private readonly labels: ReadonlyArray<MetricLabel.MetricLabel>
  private readonly logs: boolean
  private readonly retry: RetryPolicy
  private readonly limit: Duration.Duration | undefined
  private readonly began: number
  private attempt = 1
  private retryState: unknown

  constructor(
    private readonly settings: Settings,
    private readonly request: Request.Request<unknown>,
    private readonly span: Tracer.Span | undefined,
    private readonly whole: boolean,
    fiber: Fiber
  ) {
    const context = fiber.currentContext
    this.clock = fiber.currentDefaultServices.unsafeMap.get(Clock.Clock.key)
    this.labels = fiber.getFiberRef(FiberRef.currentMetricLabels)
    this.logs = LogLevel.lessThanEqual(fiber.getFiberRef(FiberRef.currentMinimumLogLevel), LogLevel.Debug)
    this.retry = Context.get(context, Retry) ?? settings.retry
    const timeout = Context.get(context, HeaderTimeout)
    this.limit = timeout !== undefined
      ? Duration.decode(timeout)
      : settings.timed && whole
      ? undefined
      : request.kind === "write"
      ? settings.timeouts.write
      : settings.timeouts.read
    this.began = now(this.clock)
  }

  get run(): Effect.Effect<Answer, KubeError.TransportError, Scope.Scope> {
    return Effect.matchEffect(this.once, {
      onFailure: (failure) => this.failed(failure),
      onSuccess: (answer) => answer.status < 429 ? this.done(answer) : this.refused(answer)
    })
  }

  // ---------------------------------------------------------------------------------------------- one try

  private get once(): Effect.Effect<Answer, Failure, Scope.Scope> {
    const { rateLimit } = this.settings
    const { group, verb } = this.request.info
    // A watch waits for nobody: it is asked for once in a long while (client-go's rule). Nor does what renews a Lease: it would be lost.
    return rateLimit === undefined || verb === "watch" || group === "coordination.k8s.io"
      ? this.send
      : Effect.zipRight(rateLimit.take(this.clock, (millis) => this.waits(millis)), this.send)
  }

  private get send(): Effect.Effect<Answer, Failure, Scope.Scope> {
    const { credential } = this.settings
    if (credential === undefined) return this.sendAs(undefined)
    const presented = Effect.mapError(credential.presented, (description) => this.withoutCredential(description))
    return Effect.flatMap(presented, (shown) =>
      Effect.flatMap(this.sendAs(shown.authorization), (first) => {
        if (first.status !== 401) return Effect.succeed(first)
        // client-go's rule: a credential that has changed since is worth one more try.
        return Effect.flatMap(credential.refresh(shown), (changed) => {
          if (!changed) return Effect.succeed(first)
          this.settings.metrics?.answered("401", this.request.method, this.labels)
          const again = Effect.flatMap(presented, ({ authorization }) => this.sendAs(authorization))
          return Effect.zipRight(discard(first), again)
        })
      }))
  }

  private sendAs(authorization: Redacted.Redacted<string> | undefined): Effect.Effect<Answer, Failure, Scope.Scope> {
    const { headers, propagation, wire } = this.settings
    return wire(this.request, {
      authorization,
      headers,
      limit: this.limit,
      whole: this.whole,
      propagated: propagation ? this.span : undefined
    })
  }

  private withoutCredential(description: string): Failure {
    return {
      code: "",
      error: new KubeError.TransportError({ request: this.request.info, reason: "Credential", description })
    }
  }

  // ---------------------------------------------------------------------------------------------- what became of it

  private done(answer: Answer): Effect.Effect<Answer> {
    const { status } = answer
    this.observe(String(status))
    if (this.span !== undefined) tracing.answered(this.span, status, this.attempt)
    return this.logs ? Effect.as(this.log(String(status)), answer) : Effect.succeed(answer)
  }

  private gaveUp({ error }: Failure): Effect.Effect<never, KubeError.TransportError> {
    this.observe(noAnswer)
    if (this.span !== undefined && this.attempt > 1) {
      this.span.attribute("http.request.resend_count", this.attempt - 1)
    }
    return this.logs ? Effect.zipRight(this.log(error.description), Effect.fail(error)) : Effect.fail(error)
  }

  private failed(failure: Failure): Effect.Effect<Answer, KubeError.TransportError, Scope.Scope> {
    const reason = this.retry === "off" ? undefined : afterFailure(this.request, failure)
    return reason === undefined
      ? this.gaveUp(failure)
      : this.again(reason, undefined, noAnswer, Effect.void, () => this.gaveUp(failure))
  }

  private refused(answer: Answer): Effect.Effect<Answer, KubeError.TransportError, Scope.Scope> {
    const retryAfter = readRetryAfter(answer.headers, this.clock.unsafeCurrentTimeMillis())
    const reason = this.retry === "off" ? undefined : afterAnswer(this.request, {
      status: answer.status,
      contentType: answer.headers["content-type"] ?? "",
      hasRetryAfter: retryAfter !== undefined
    })
    return reason === undefined
      ? this.done(answer)
      : this.again(reason, retryAfter, String(answer.status), discard(answer), () => this.done(answer))
  }

  /** Once more after a pause, if the Schedule has another one and the server does not ask for too long a one. */
  private again(
    reason: Reason,
    retryAfter: Duration.Duration | undefined,
    code: string,
    prepare: Effect.Effect<void>,
    giveUp: () => Effect.Effect<Answer, KubeError.TransportError>
  ): Effect.Effect<Answer, KubeError.TransportError, Scope.Scope> {
    const { maxRetryAfter, metrics } = this.settings
    const { retry } = this
    if (retry === "off" || (retryAfter !== undefined && Duration.greaterThan(retryAfter, maxRetryAfter))) {
      return giveUp()
    }
    const input: Retrying = { request: this.request.info, reason, attempt: this.attempt, retryAfter }
    const time = this.clock.unsafeCurrentTimeMillis()
    const state = this.attempt === 1 ? retry.initial : this.retryState
    return Effect.flatMap(retry.step(time, input, state), ([next, _, decision]) => {
      if (ScheduleDecision.isDone(decision)) return giveUp()
      this.retryState = next
      const pause = Duration.max(
        Duration.millis(Math.max(0, Math.ceil(ScheduleIntervals.start(decision.intervals) - time))),
        retryAfter ?? Duration.zero
      )
      metrics?.answered(code, this.request.method, this.labels)
      metrics?.sentAgain(code, this.request.method, this.labels)
      this.event("retry", { reason, code, pause })
      const wait = Effect.zipRight(prepare, this.clock.sleep(pause))
      const told = this.logs
        ? Effect.zipRight(this.log(`${code} (${reason}), again in ${Duration.format(pause)}`), wait)
        : wait
      this.attempt++
      return Effect.zipRight(told, this.run)
    })
  }

  // ---------------------------------------------------------------------------------------------- telling

  private waits(millis: number): Effect.Effect<void> {
    return Effect.suspend(() => {
      const pause = Duration.millis(millis)
      this.settings.metrics?.waited(millis, this.request.method, this.labels)
      this.event("rate limit", { pause })
      return this.logs ? this.log(`waits ${Duration.format(pause)} for the client's rate limit`) : Effect.void
    })
  }

  private event(
    name: string,
    { code, pause, reason }: { reason?: Reason; code?: string; pause: Duration.Duration }
  ): void {
    this.span?.event(name, this.clock.unsafeCurrentTimeNanos(), {
      "wait.seconds": Duration.toSeconds(pause),
      ...(reason === undefined ? undefined : { reason, code, attempt: this.attempt })
    })
  }

  private observe(code: string): void {
    const { metrics } = this.settings
    if (metrics === undefined) return
    metrics.answered(code, this.request.method, this.labels)
    // How long a stream stays open says nothing of how fast the server is.
    if (this.request.kind !== "stream") {
      metrics.took(now(this.clock) - this.began, this.request.method, this.labels)
    }
  }

  private log(what: string): Effect.Effect<void> {
    const millis = Math.round(now(this.clock) - this.began)
    return Effect.annotateLogs(
      Effect.logDebug(`${KubeError.describeRequest(this.request.info)}: ${what} (${millis} ms)`),
      { method: this.request.method, path: this.request.path, attempt: this.attempt }
    )
  }
}

type Fiber = Parameters<Parameters<typeof Effect.withFiberRuntime>[0]>[0]

export const make = (settings: Settings): Transport => {
  const send = (whole: boolean) => (request: Request.Request<unknown>, span: Tracer.Span | undefined) =>
    Effect.withFiberRuntime<Answer, TransportErrors, Scope.Scope>((fiber) =>
      new Exchange(settings, request, span, whole, fiber).run
    )
  return {
    // The wire asks for no Scope where it is told that the answer is read as a whole.
    whole: send(true) as Transport["whole"],
    scoped: send(false)
  }
}
