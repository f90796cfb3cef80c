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
import { reported, type Unread, type WatcherReport } from "./watcherReport.js"
import { traced } from "./watcherSpans.js"
import * as watcherState from "./watcherState.js"
import type { Failure } from "./watcherTable.js"
import { Volume } from "./watcherVolume.js"

export interface Settings extends ReaderSettings {
  readonly semantics: watcherState.Semantics
  readonly backoff: Schedule.Schedule<unknown, Failure>
  /** In milliseconds. */
  readonly healthyAfter: number
}

type Output = watcherState.Output

/**
 * Follows the target for ever. The sink gets chunks of events, and the reading waits for it. `objects` says how many there
 * are in the store that the sink fills.
 */
export const drive = <K>(
  target: Target<K>,
  settings: Settings,
  sink: Sink<K>,
  objects: (() => number) | undefined
): Effect.Effect<never> =>
  Effect.flatMap(
    Effect.clock,
    (clock) =>
      reported(target, settings, clock, (report) => new Driver(target, settings, sink, objects, clock, report).run)
  )

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
  private readonly volume = new Volume()

  constructor(
    private readonly target: Target<K>,
    private readonly settings: Settings,
    private readonly sink: Sink<K>,
    private readonly objects: (() => number) | undefined,
    private readonly clock: Clock.Clock,
    private readonly report: WatcherReport
  ) {
    this.state = watcherState.initial(settings.semantics, settings.initialList === "watchList")
    this.backoff = settings.backoff
    this.backoffState = settings.backoff.initial
    this.reader = new Reader(target, settings, clock, this.hand, {
      advance: (input) => this.advance(input),
      say: (output) => this.say(output, Duration.zero),
      healthy: () => {
        this.healthySince ??= now(clock)
      }
    })
    report.handed(objects?.())
  }

  private advance(input: watcherState.Input): Output {
    const output = watcherState.step(this.state, input)
    this.state = output.state
    this.report.stepped(input, output)
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
      if (Duration.toMillis(pause) > 0) {
        this.report.waits(Duration.toMillis(pause))
        yield* this.clock.sleep(pause)
      }
      return request
    })
  }

  /** Makes a request and reads its answer, until the machine wants another one. */
  private perform(request: watcherState.Request): Effect.Effect<Output> {
    return Effect.suspend(() => {
      this.report.asks(request)
      const { reason } = this.state
      let output: Output | undefined
      const performed = Effect.scoped(this.reader.perform(request)).pipe(
        Effect.catchAll((leave) => Effect.succeed(leave.output)),
        Effect.catchSomeCause((cause) =>
          Cause.isInterrupted(cause) ? Option.none() : Option.some(this.defect(request, cause))
        ),
        Effect.tap((result) => {
          output = result
        })
      )
      return traced(request._tag === "List" ? "list" : "watch", this.target, performed, () => ({
        attributes: this.report.attributes(request, reason, output),
        error: output?.events.some(isTrouble) === true ? this.failureOf(output) : undefined
      }))
    })
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
        description: trouble?.text ?? unsaid(output)
      })
  }

  /** Events for the consumer, and a line in the log about those that could not be read: at most one a chunk, without their content. */
  private readonly hand: Sink<K> = (events) => {
    const unread = this.report.hands(events)
    const handed = Effect.map(this.sink(events), this.handed)
    return unread === undefined ? handed : Effect.zipRight(this.logUnread(unread), handed)
  }

  private readonly handed = (): void => this.report.handed(this.objects?.())

  /** Events of the machine for the consumer, and what the log says of what was reacted to, and of how it went out. */
  private say(output: Output, retryIn: Duration.Duration): Effect.Effect<void> {
    const { events, reaction } = output
    const isWell = this.volume.troubled && this.state.phase === "watching"
    if (events.length === 0 && reaction === undefined && !isWell) return Effect.void
    return Effect.suspend(() => {
      const logged = reaction !== undefined
        ? this.log(output, reaction, Math.round(Duration.toMillis(retryIn)))
        : isWell
        ? this.logWell
        : Effect.void
      if (events.length === 0) return logged
      const told = events.map((event): Event<K> =>
        event._tag === "Trouble" ? { _tag: "Trouble", error: this.failureOf(output), retryIn } : event
      )
      return Effect.zipRight(logged, this.hand(told))
    })
  }

  private log(
    output: Output,
    { row, situation }: NonNullable<Output["reaction"]>,
    retryIn: number
  ): Effect.Effect<void> {
    const failed = output.events.some(isTrouble)
    const error = this.failureOf(output)
    // What is made up for at once is no news, unless the table says so; what costs a pause is.
    const isNews = row.log === "Warning" || retryIn > 0
    const what = failed || isNews ? error.message : `${KubeError.describeRequest(this.info("watch"))}: ${situation}`
    const next = output.next._tag === "Go" ? output.next.request._tag : "List"
    const message = `${what}; ${next === "Watch" ? "watching on" : "listing again"}${
      retryIn === 0 ? "" : ` in ${Duration.format(Duration.millis(retryIn))}`
    }`
    if (!failed && !isNews) return this.write(Effect.logDebug(message), situation)
    this.report.failed(situation, error)
    const { count, loud, millis } = this.volume.failed(`${situation} ${kindOf(error)}`, now(this.clock), isNews)
    const line = `${message}${again(count, millis)}`
    return this.write(loud ? Effect.logWarning(line) : Effect.logDebug(line), situation)
  }

  private get logWell(): Effect.Effect<void> {
    this.report.well()
    const well = this.volume.well(now(this.clock))
    if (well === undefined) return Effect.void
    const failures = `${well.tries} failure${well.tries === 1 ? "" : "s"}`
    const time = well.millis < 1 ? "" : ` in ${short(well.millis)}`
    const line = `${KubeError.describeRequest(this.info("watch"))}: all is well again after ${failures}${time}`
    return this.write(well.loud ? Effect.logInfo(line) : Effect.logDebug(line), "well")
  }

  private logUnread({ count, first }: Unread): Effect.Effect<void> {
    return Effect.suspend(() => {
      const word = this.volume.word("undecodable", now(this.clock))
      const more = count === 1 ? "" : ` (and ${count - 1} more)`
      const line = `${first.error.message}${more}${again(word.count, word.millis)}`
      return this.write(word.loud ? Effect.logWarning(line) : Effect.logDebug(line), "undecodable")
    })
  }

  private write(line: Effect.Effect<void>, situation: string): Effect.Effect<void> {
    const { namespace, resource } = this.target
    return Effect.annotateLogs(line, {
      situation,
      resource: resource.plural,
      ...(namespace === undefined ? undefined : { namespace })
    })
  }
}

const isTrouble = (event: watcherState.Event): boolean => event._tag === "Trouble"

/** What went wrong where the consumer is told by an `Init` and not by a `Trouble`. */
const unsaid = ({ reaction }: Output): string =>
  reaction?.situation === "historyReset"
    ? "the server knows less than it did: its history was lost or restored"
    : "an unexpected answer"

/** Errors that are alike for who reads of them; there are few kinds. */
const kindOf = (error: Failure): string =>
  error._tag === "KubeTransportError"
    ? error.reason
    : error._tag === "KubeStatusError"
    ? String(error.code)
    : error._tag

const short = (millis: number): string =>
  Duration.format(Duration.millis(millis < 1000 ? Math.round(millis) : 1000 * Math.round(millis / 1000)))

const again = (count: number, millis: number): string =>
  count === 1 && millis === 0 ? "" : ` (${count === 1 ? "once more after" : `${count} times in`} ${short(millis)})`
