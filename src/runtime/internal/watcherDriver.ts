/**
 * Drives the watcher's state machine: waits when it says so, makes its requests, and tells the consumer and the log
 * what happens. It never fails, and ends by interruption alone.
 */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleIntervals from "effect/ScheduleIntervals"
import { now } from "../../client/internal/pulse.js"
import * as KubeError from "../../protocol/KubeError.js"
import type { Event } from "../Watcher.js"
import { Reader, type ReaderSettings, type Sink, type Target } from "./watcherReader.js"
import * as watcherState from "./watcherState.js"
import type { Failure } from "./watcherTable.js"

export interface Settings extends ReaderSettings {
  readonly semantics: watcherState.Semantics
  readonly backoff: Schedule.Schedule<unknown, Failure>
  /** In milliseconds. */
  readonly healthyAfter: number
}

type Output = watcherState.Output

/** Follows the target for ever. The sink gets chunks of events, and the reading waits for it. */
export const drive = <K>(target: Target<K>, settings: Settings, sink: Sink<K>): Effect.Effect<never> =>
  Effect.flatMap(Effect.clock, (clock) => new Driver(target, settings, sink, clock).run)

export const defaultBackoff: Schedule.Schedule<unknown> = Schedule.jitteredWith(
  Schedule.either(Schedule.exponential("800 millis", 2), Schedule.spaced("30 seconds")),
  { min: 1, max: 2 }
)

/** Whatever a Schedule says: a watcher does not ask in a hot loop. */
const shortestPause = 100

/** Where a Schedule has ended, its last pause is repeated, and at least this. */
const leastPause = 1000

class Driver<K> {
  private state: watcherState.State
  private readonly reader: Reader<K>
  private backoff: Settings["backoff"]
  private backoffState: unknown
  private lastPause = leastPause
  /** Since when all is well; undefined after a failure. */
  private healthySince: number | undefined

  constructor(
    private readonly target: Target<K>,
    private readonly settings: Settings,
    private readonly sink: Sink<K>,
    private readonly clock: Clock.Clock
  ) {
    this.state = watcherState.initial(settings.semantics)
    this.backoff = settings.backoff
    this.backoffState = settings.backoff.initial
    this.reader = new Reader(target, settings, clock, sink, {
      advance: (input) => this.advance(input),
      say: (output) => this.say(output, Duration.zero),
      healthy: () => {
        this.healthySince ??= now(clock)
      }
    })
  }

  private advance(input: watcherState.Input): Output {
    const output = watcherState.step(this.state, input)
    this.state = output.state
    return output
  }

  get run(): Effect.Effect<never> {
    const turn = (output: Output): Effect.Effect<Output> =>
      Effect.flatMap(this.settle(output), (request) => this.perform(request))
    const forever = (output: Output): Effect.Effect<never> => Effect.flatMap(turn(output), forever)
    return Effect.suspend(() => forever(this.advance({ _tag: "Start" })))
  }

  /** Says what happened, waits, and answers the next request. */
  private settle(output: Output): Effect.Effect<watcherState.Request> {
    return Effect.gen(this, function*() {
      if (output.next._tag !== "Go") return yield* Effect.dieMessage("a connection was left without a next request")
      const { request, when } = output.next
      const pause = when._tag === "now" ? Duration.zero : yield* this.pause(output, when.atLeast)
      yield* this.say(output, pause)
      if (Duration.toMillis(pause) > 0) yield* this.clock.sleep(pause)
      return request
    })
  }

  /** Makes a request and reads its answer, until the machine wants another one. */
  private perform(request: watcherState.Request): Effect.Effect<Output> {
    return Effect.scoped(this.reader.perform(request)).pipe(
      Effect.catchAll((leave) => Effect.succeed(leave.output)),
      Effect.catchSomeCause((cause) =>
        Cause.isInterrupted(cause) ? Option.none() : Option.some(this.defect(request, cause))
      )
    )
  }

  /** A bug below must not end what promises to go on for ever: it is told, and counts as a failure. */
  private defect(request: watcherState.Request, cause: Cause.Cause<never>): Effect.Effect<Output> {
    const info = this.info(request._tag === "List" ? "list" : "watch")
    const error = new KubeError.TransportError({
      request: info,
      reason: "Other",
      description: `a defect: ${String(Cause.squash(cause))}`
    })
    return Effect.zipRight(
      Effect.logError(`${KubeError.describeRequest(info)}: a defect`, cause),
      Effect.sync(() => this.advance({ _tag: "Failed", error }))
    )
  }

  // ---------------------------------------------------------------------------------------------- the pause

  /** What the Schedule says, from its beginning when all had been well for long enough; not less than the server asks for. */
  private pause(output: Output, atLeast: Duration.Duration | undefined): Effect.Effect<Duration.Duration> {
    return Effect.suspend(() => {
      if (this.healthySince !== undefined && now(this.clock) - this.healthySince >= this.settings.healthyAfter) {
        this.startBackoff(this.backoff)
      }
      this.healthySince = undefined
      return this.stepBackoff(output).pipe(
        Effect.catchAllCause((cause) => {
          this.startBackoff(defaultBackoff)
          const message = `${
            KubeError.describeRequest(this.info("watch"))
          }: the backoff has a defect; the default pauses take its place`
          return Effect.zipRight(Effect.logError(message, cause), this.stepBackoff(output))
        }),
        Effect.map(() => Duration.max(Duration.millis(this.lastPause), atLeast ?? Duration.zero))
      )
    })
  }

  private startBackoff(backoff: Settings["backoff"]): void {
    this.backoff = backoff
    this.backoffState = backoff.initial
  }

  private stepBackoff(output: Output): Effect.Effect<void> {
    return Effect.suspend(() => {
      const millis = this.clock.unsafeCurrentTimeMillis()
      return Effect.map(
        this.backoff.step(millis, this.failureOf(output), this.backoffState),
        ([state, _, decision]) => {
          this.backoffState = state
          this.lastPause = ScheduleDecision.isContinue(decision)
            ? Math.max(shortestPause, Math.ceil(ScheduleIntervals.start(decision.intervals) - millis))
            : Math.max(this.lastPause, leastPause)
        }
      )
    })
  }

  // ---------------------------------------------------------------------------------------------- telling

  private info(verb: "list" | "watch"): KubeError.RequestInfo {
    const { group, kind, plural, version } = this.target.resource
    return {
      verb,
      group,
      version,
      resource: plural,
      kind,
      namespace: this.target.namespace,
      name: undefined,
      subresource: undefined
    }
  }

  private failureOf(output: Output): Failure {
    const trouble = output.events.find((event) => event._tag === "Trouble")
    return trouble?.error ??
      new KubeError.TransportError({
        request: this.info("watch"),
        reason: "Protocol",
        description: trouble?.text ?? "an unexpected answer"
      })
  }

  /** Events of the machine for the consumer, and a line in the log about what was reacted to. */
  private say(output: Output, retryIn: Duration.Duration): Effect.Effect<void> {
    if (output.events.length === 0 && output.reaction === undefined) return Effect.void
    const events = output.events.map((event): Event<K> =>
      event._tag === "Trouble" ? { _tag: "Trouble", error: this.failureOf(output), retryIn } : event
    )
    const told = events.length === 0 ? Effect.void : this.sink(events)
    return output.reaction === undefined ? told : Effect.zipRight(this.log(output, output.reaction, retryIn), told)
  }

  private log(
    output: Output,
    { row, situation }: NonNullable<Output["reaction"]>,
    retryIn: Duration.Duration
  ): Effect.Effect<void> {
    const what = output.events.some((event) => event._tag === "Trouble")
      ? this.failureOf(output).message
      : `${KubeError.describeRequest(this.info("watch"))}: ${situation}`
    const next = output.next._tag === "Go" ? output.next.request._tag : "List"
    const millis = Math.round(Duration.toMillis(retryIn))
    const message = `${what}; ${next === "Watch" ? "watching on" : "listing again"}${
      millis === 0 ? "" : ` in ${Duration.format(Duration.millis(millis))}`
    }`
    return Effect.annotateLogs(row.log === "Warning" ? Effect.logWarning(message) : Effect.logDebug(message), {
      situation,
      resource: this.target.resource.plural,
      ...(this.target.namespace === undefined ? undefined : { namespace: this.target.namespace })
    })
  }
}
