/** Writes what the rules of event recording (`eventCorrelator.ts`) leave of what a program tells. */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Api from "../../client/Api.js"
import { within } from "../../client/internal/deadline.js"
import { now } from "../../client/internal/pulse.js"
import { KubeClient } from "../../client/KubeClient.js"
import type { ObjectReference } from "../../kinds/core/v1.js"
import { Event } from "../../kinds/events/v1.js"
import type * as KubeError from "../../protocol/KubeError.js"
import * as MicroTime from "../../protocol/MicroTime.js"
import * as Patch from "../../protocol/Patch.js"
import type * as Resource from "../../protocol/Resource.js"
import type * as EventRecorder from "../EventRecorder.js"
import { Correlator, defaultLimits, type Series, type Told } from "./eventCorrelator.js"

/** A server that cannot be reached is asked so far apart, for so long. */
const pause = Duration.seconds(10)
const patience = Duration.minutes(2)

const warnEvery = 600_000

const noteBytes = 1024
const wordLength = 128
const nameLength = 253
const nanosPerMilli = 1_000_000

/** Events of what has no namespace lie here. */
const namespaceOfClusterScoped = "default"

const qualifiedName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

const check = (controller: string): string => {
  if (!qualifiedName.test(controller)) {
    throw new TypeError(
      `EventRecorder.make: controller: expected a name such as "example.com/settings", found ${
        JSON.stringify(controller)
      }`
    )
  }
  return controller
}

/** As much of a text as fits into so many bytes of UTF-8, with a mark where it was cut. */
const cut = (text: string, bytes: number): string => {
  const encoded = new TextEncoder().encode(text)
  if (encoded.length <= bytes) return text
  let end = bytes - 3
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end--
  return `${new TextDecoder().decode(encoded.subarray(0, end))}…`
}

const reference = ({ apiVersion, kind, metadata }: Resource.KubeObject): ObjectReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion
})

export const make = (
  controller: string,
  options: EventRecorder.Options = {}
): Effect.Effect<EventRecorder.Recorder, never, KubeClient | Scope.Scope> => {
  const reportingController = check(controller)
  return Effect.gen(function*() {
    const clock = yield* Effect.clock
    const client = yield* KubeClient
    const host = Effect.orElseSucceed(Config.nonEmptyString("HOSTNAME"), () => "effect-kube")
    const writer = new Writer(
      client,
      clock,
      reportingController,
      cut(options.instance ?? (yield* host), wordLength),
      options.buffer ?? 1000,
      Duration.toMillis(options.countEvery ?? "10 seconds"),
      yield* Random.nextIntBetween(0, nanosPerMilli)
    )
    const flushTimeout = Duration.decode(options.flushTimeout ?? "5 seconds")
    yield* Effect.acquireRelease(
      Effect.forkDaemon(Effect.interruptible(writer.run)),
      (fiber) => writer.end(fiber, flushTimeout)
    )
    return writer
  })
}

class Writer implements EventRecorder.Recorder {
  private readonly correlator = new Correlator(defaultLimits)
  private readonly pending: Array<Series> = []
  /** Counted up, and not told to the server yet: when that is due. */
  private readonly counted = new Map<Series, number>()
  /** When a failure of a kind was last a warning. */
  private readonly warned = new Map<string, number>()
  private dropped = 0
  private closing = false
  private wake: (() => void) | undefined

  constructor(
    private readonly client: KubeClient["Type"],
    private readonly clock: Clock.Clock,
    private readonly reportingController: string,
    private readonly reportingInstance: string,
    private readonly buffer: number,
    private readonly countEvery: number,
    /** Counts the names: from a place of chance on, for other processes make names of the same millisecond too. */
    private names: number
  ) {}

  // ---------------------------------------------------------------------------------------------- telling

  record = (regarding: Resource.KubeObject, message: EventRecorder.Message): Effect.Effect<void> =>
    Effect.sync(() => {
      if (this.closing) return
      const told: Told = {
        regarding: reference(regarding),
        related: message.related === undefined ? undefined : reference(message.related),
        type: message.type ?? "Normal",
        reason: cut(message.reason, wordLength),
        action: cut(message.action ?? message.reason, wordLength),
        note: cut(message.note, noteBytes),
        time: MicroTime.print(new Date(this.clock.unsafeCurrentTimeMillis()))
      }
      const verdict = this.correlator.tell(told, now(this.clock))
      if (verdict._tag === "Drop") return
      if (verdict._tag === "Create") {
        if (this.pending.length >= this.buffer) {
          this.dropped++
          return
        }
        this.pending.push(verdict.series)
      } else if (!this.counted.has(verdict.series) && this.counted.size < this.buffer) {
        // Beyond the bound only the number is kept: it is written with the next count.
        this.counted.set(verdict.series, now(this.clock) + this.countEvery)
      }
      this.wake?.()
    })

  // ---------------------------------------------------------------------------------------------- writing

  /** The next one to be written: new ones in their order, then the first whose count is due. */
  private next(time: number): Series | undefined {
    const series = this.pending.shift()
    if (series !== undefined) return series
    for (const [series, due] of this.counted) {
      if (due > time && !this.closing) continue
      if (this.correlator.allow(series.told, time) || this.closing) {
        this.counted.delete(series)
        return series
      }
      this.counted.set(series, time + defaultLimits.refill)
    }
    return undefined
  }

  private readonly idle: Effect.Effect<void> = Effect.suspend(() => {
    let due = Infinity
    for (const time of this.counted.values()) due = Math.min(due, time)
    const woken = Effect.async<void>((resume) => {
      if (this.pending.length > 0) return resume(Effect.void)
      this.wake = () => {
        this.wake = undefined
        resume(Effect.void)
      }
      return Effect.sync(() => {
        this.wake = undefined
      })
    })
    return due === Infinity
      ? woken
      : Effect.raceFirst(woken, this.clock.sleep(Duration.millis(Math.max(0, due - now(this.clock)))))
  })

  private readonly step: Effect.Effect<boolean> = Effect.suspend(() => {
    const series = this.next(now(this.clock))
    const report = this.dropped === 0 ? Effect.void : Effect.suspend(() => {
      const dropped = this.dropped
      this.dropped = 0
      return Effect.logWarning(`${dropped} events were dropped: more than ${this.buffer} wait to be written`)
    })
    return series === undefined
      ? Effect.as(report, false)
      : Effect.as(Effect.zipRight(report, this.write(series)), true)
  })

  get run(): Effect.Effect<never> {
    return Effect.forever(Effect.flatMap(this.step, (worked) => worked ? Effect.void : this.idle)).pipe(
      Effect.provideService(KubeClient, this.client)
    )
  }

  /** Writes one; whatever becomes of it, the next is written. */
  private write(series: Series): Effect.Effect<void> {
    const { action, reason, regarding } = series.told
    const request = Effect.suspend(() =>
      series.isWritten && series.name !== undefined ? this.count(series, series.name) : this.create(series)
    )
    return request.pipe(
      Effect.provideService(KubeClient, this.client),
      Effect.retry({
        while: (error) => error._tag === "KubeTransportError" && !this.closing,
        schedule: Schedule.spaced(pause)
      }),
      Effect.onInterrupt(() => Effect.sync(() => this.pending.unshift(series))),
      within(patience, () => new Cause.TimeoutException(`not written within ${Duration.format(patience)}`)),
      Effect.catchAllCause((cause) => {
        if (Cause.isInterruptedOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
        const text = `the event ${reason} (${action}) of ${regarding.kind} ${regarding.name} could not be written`
        return this.isNews(cause) ? Effect.logWarning(text, cause) : Effect.logDebug(text, cause)
      })
    )
  }

  /** Where all are refused, the log says it once in a while. */
  private isNews(cause: Cause.Cause<unknown>): boolean {
    const failure = Cause.squash(cause)
    const kind = Predicate.hasProperty(failure, "_tag") ? String(failure._tag) : "defect"
    const time = now(this.clock)
    const before = this.warned.get(kind)
    if (before !== undefined && time - before < warnEvery) return false
    this.warned.set(kind, time)
    return true
  }

  private handle({ regarding }: Told) {
    return Api.namespaced(Event, regarding.namespace ?? namespaceOfClusterScoped)
  }

  private create(series: Series): Effect.Effect<void, Failure, KubeClient> {
    return Effect.suspend(() => this.createOnce(series)).pipe(
      Effect.retry({ while: (error) => error._tag === "KubeAlreadyExists", times: 3 })
    )
  }

  /** A name that is tried again is there already when only the answer was lost; one that never was tried is another's. */
  private createOnce(series: Series): Effect.Effect<void, Failure, KubeClient> {
    const { action, note, reason, regarding, related, time, type } = series.told
    const triedBefore = series.name
    const name = triedBefore ?? this.nameOf(regarding)
    series.name = name
    return this.handle(series.told).create({
      metadata: { name },
      deprecatedSource: {},
      eventTime: time,
      reportingController: this.reportingController,
      reportingInstance: this.reportingInstance,
      regarding,
      related,
      type,
      reason,
      action,
      note: cut(note, noteBytes),
      // Told again before it could be written.
      ...(series.count > 1 ? { series: { count: series.count, lastObservedTime: series.lastTime } } : undefined)
    }).pipe(
      Effect.asVoid,
      Effect.catchTag("KubeAlreadyExists", (error) => {
        if (triedBefore !== undefined) return Effect.void
        series.name = undefined
        return Effect.fail(error)
      }),
      Effect.map(() => {
        series.isWritten = true
        this.counted.delete(series)
      })
    )
  }

  /** Tells how often; an event that is gone (they live for an hour) is made anew. */
  private count(series: Series, name: string): Effect.Effect<void, Failure, KubeClient> {
    return this.handle(series.told).patch(
      name,
      Patch.merge({ series: { count: series.count, lastObservedTime: series.lastTime } })
    ).pipe(
      Effect.asVoid,
      Effect.catchTag("KubeNotFound", () => {
        series.name = undefined
        return this.create(series)
      })
    )
  }

  private nameOf({ kind = "object", name = "" }: ObjectReference): string {
    const suffix = `.${
      (BigInt(this.clock.unsafeCurrentTimeMillis()) * BigInt(nanosPerMilli) + BigInt(this.names++ % nanosPerMilli))
        .toString(16)
    }`
    const base = subdomain.test(name) ? name : kind.toLowerCase()
    return `${base.slice(0, nameLength - suffix.length).replace(/[-.]+$/, "")}${suffix}`
  }

  // ---------------------------------------------------------------------------------------------- ending

  /** What waits is written, counts too, as far as the time goes. */
  end(fiber: Fiber.RuntimeFiber<never>, limit: Duration.Duration): Effect.Effect<void> {
    const rest: Effect.Effect<void> = Effect.suspend(() =>
      Effect.flatMap(this.step, (worked) => worked ? rest : Effect.void)
    )
    return Effect.sync(() => {
      this.closing = true
    }).pipe(
      Effect.zipRight(Fiber.interrupt(fiber)),
      Effect.zipRight(within(limit, () => undefined)(rest)),
      Effect.ignore,
      Effect.zipRight(Effect.suspend(() => {
        const lost = this.pending.length + this.counted.size
        return lost === 0 ? Effect.void : Effect.logWarning(`${lost} events were not written before the end`)
      }))
    )
  }
}

type Failure =
  | KubeError.Common
  | KubeError.AlreadyExists
  | KubeError.Invalid
  | KubeError.NotFound
  | KubeError.Conflict
