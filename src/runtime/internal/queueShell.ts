/**
 * The effectful shell of the work queue: it gives the core a clock, suspends who takes from an empty queue, and keeps
 * one fiber for everything that is delayed.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleIntervals from "effect/ScheduleIntervals"
import type * as Scope from "effect/Scope"
import type * as WorkQueue from "../WorkQueue.js"
import { type CoreOutcome, QueueCore, type RateLimit } from "./queueCore.js"
import type { Entry, Running } from "./queueEntry.js"
import * as queueMetrics from "./queueMetrics.js"
import { snapshot } from "./queueSnapshot.js"

export const TypeId = "~effect-kube/WorkQueue" as const

export const defaultBackoff: Schedule.Schedule<unknown> = Schedule.either(
  Schedule.exponential("5 millis", 2),
  Schedule.spaced("1000 seconds")
)

/** Timers of Node end at 2^31 ms; a longer wait is made of several. */
const longestSleep = 86_400_000

class Taken<K, E> implements WorkQueue.Work<K, E> {
  readonly entry: Entry<K, E>
  readonly key: K
  readonly attempt: number
  readonly lastError: Option.Option<E>
  readonly priority: number

  constructor(readonly running: Running<K, E>) {
    const entry = this.entry = running.entry
    this.key = entry.key
    this.attempt = entry.failures + 1
    this.lastError = entry.failures === 0 ? Option.none() : Option.some(entry.lastError as E) // set whenever failures > 0
    this.priority = running.priority
  }
}

type Resume = (effect: Effect.Effect<void>) => void

/** A list of fibers that wait for a word. */
class Waiters {
  private readonly waiting = new Set<Resume>()

  readonly wait: Effect.Effect<void> = Effect.async<void>((resume) => {
    this.waiting.add(resume)
    return Effect.sync(() => {
      this.waiting.delete(resume)
    })
  })

  wake(count: number): void {
    for (const resume of this.waiting) {
      if (count-- <= 0) return
      this.waiting.delete(resume)
      resume(Effect.void)
    }
  }
}

export const make = <K, E = never>(
  options: WorkQueue.Options<K, E>
): Effect.Effect<WorkQueue.WorkQueue<K, E>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const backoff = options.backoff ?? defaultBackoff
    const { identity } = options
    const debounce = options.debounce
    const wait = debounce === undefined ? 0 : Duration.toMillis(debounce.wait)
    const core = new QueueCore<K, E>(
      debounce === undefined ? undefined : {
        wait,
        maxWait: debounce.maxWait === undefined ? 10 * wait : Duration.toMillis(debounce.maxWait)
      },
      options.rateLimit === undefined ? undefined : rateLimitOf(options.rateLimit)
    )
    const takers = new Waiters()
    const rearm = new Waiters()
    const ended = new Waiters()
    /** The time that the timer sleeps until. */
    let armed = Infinity

    // Not the wall clock: it may be set back, and then everything that is delayed would come late.
    const now = (): number => Number(clock.unsafeCurrentTimeNanos()) / 1_000_000

    const metrics = options.name === undefined ? undefined : yield* queueMetrics.make(options.name, {
      size: () => ({ ready: core.ready, pending: core.pending, processing: core.processing }),
      depth: (priority) => core.depth(priority),
      adds: () => core.adds,
      retries: () => core.retries,
      ages: () => {
        const time = now()
        return Array.from(core.all).flatMap(({ running }) => running === undefined ? [] : [time - running.since])
      }
    })

    /** Wakes whom a change of the core concerns. */
    const settle = (readyBefore: number, time: number): void => {
      // Where something may hold back what is ready, those wake too whom that held back before.
      if (core.isRestrained) takers.wake(core.available(time))
      else if (core.ready > readyBefore) takers.wake(core.ready - readyBefore)
      const due = core.nextDue(time)
      if (due < armed) {
        armed = due
        rearm.wake(1)
      }
    }

    const settleClosing = (): void => {
      if (!core.closed) return
      takers.wake(Infinity)
      if (core.processing === 0) ended.wake(Infinity)
    }

    const unsafeAdd = (key: K, addOptions?: WorkQueue.AddOptions): void => {
      const before = core.ready
      const time = now()
      const priority = addOptions?.priority ?? 0
      metrics?.sees(priority)
      core.add(identity(key), key, time, priority)
      settle(before, time)
    }

    const timer = Effect.forever(Effect.suspend(() => {
      const before = core.ready
      const time = now()
      core.promote(time)
      armed = core.nextDue(time)
      settle(before, time)
      if (armed === Infinity) return rearm.wait
      const millis = Math.min(Math.ceil(armed - time), longestSleep)
      return Effect.raceFirst(clock.sleep(Duration.millis(millis)), rearm.wait)
    }))

    // Between the wait and the hand-over nothing can be interrupted, and a fiber that was woken and then interrupted
    // passes the word on: a key that is ready never lies while a taker waits.
    const idle = Effect.onInterrupt(
      Effect.interruptible(takers.wait),
      () => Effect.sync(() => takers.wake(Math.min(core.ready, 1)))
    )
    const takeLoop: Effect.Effect<Option.Option<WorkQueue.Work<K, E>>> = Effect.suspend(() => {
      const time = now()
      const run = core.take(time)
      // It may have been the first to see that others are due: the timer finds nothing new then.
      if (core.ready > 0) settle(0, time)
      if (run !== undefined) {
        if (core.isClosing) settleClosing()
        const taken = new Taken<K, E>(run)
        metrics?.taken(time - run.entry.since)
        return Effect.succeed(Option.some(taken))
      }
      return core.closed ? Effect.succeedNone : Effect.zipRight(idle, takeLoop)
    })

    const finish = (taken: Taken<K, E>, outcome: CoreOutcome<E>): void => {
      const before = core.ready
      const time = now()
      if (taken.entry.running === taken.running) metrics?.done(time - taken.running.since)
      core.done(taken.entry, outcome, time)
      settle(before, time)
      if (core.isClosing) settleClosing()
    }

    const fail = (taken: Taken<K, E>, error: E): Effect.Effect<void> =>
      Effect.flatMap(Effect.exit(nextPause(backoff, taken.entry, error, clock.unsafeCurrentTimeMillis())), (exit) => {
        // A schedule that throws must not keep the key for ever.
        finish(taken, {
          _tag: "Failure",
          error,
          retryAt: Exit.isSuccess(exit) && exit.value !== undefined ? now() + exit.value : undefined
        })
        return Exit.isSuccess(exit) ? Effect.void : Effect.failCause(exit.cause)
      })

    const end = (work: WorkQueue.Work<K, E>, outcome: WorkQueue.Outcome<E>): Effect.Effect<void> => {
      if (!(work instanceof Taken) || work.entry.running !== work.running) return Effect.void
      switch (outcome._tag) {
        case "Done":
          finish(work, { _tag: "Success" })
          return Effect.void
        case "RequeueAfter":
          finish(work, { _tag: "RequeueAt", due: now() + Duration.toMillis(outcome.duration) })
          return Effect.void
        case "Failed":
          return Effect.uninterruptible(fail(work, outcome.error))
        case "Terminal":
          finish(work, { _tag: "Failure", error: outcome.error, retryAt: undefined })
          return Effect.void
      }
    }

    const shutdown = (how: "drain" | "stop"): Effect.Effect<void> =>
      Effect.sync(() => {
        const before = core.ready
        const time = now()
        core.close(how, time)
        settle(before, time)
        takers.wake(core.ready) // what a pause held back
        settleClosing()
      })

    yield* Effect.forkScoped(Effect.interruptible(timer))
    yield* Effect.addFinalizer(() => shutdown("stop"))

    return {
      [TypeId]: TypeId,
      add: (key, addOptions) => Effect.sync(() => unsafeAdd(key, addOptions)),
      addAll: (keys, addOptions) =>
        Effect.sync(() => {
          const before = core.ready
          const time = now()
          const priority = addOptions?.priority ?? 0
          metrics?.sees(priority)
          try {
            for (const key of keys) core.add(identity(key), key, time, priority)
          } finally {
            settle(before, time) // also for those before the one that throws
          }
        }),
      addAfter: (key, delay, addOptions) =>
        Effect.sync(() => {
          const before = core.ready
          const time = now()
          const priority = addOptions?.priority ?? 0
          metrics?.sees(priority)
          core.addAt(identity(key), key, time + Duration.toMillis(delay), time, priority)
          settle(before, time)
        }),
      unsafeAdd,
      take: Effect.uninterruptible(takeLoop),
      done: (work, outcome) => Effect.suspend(() => end(work, outcome)),
      forget: (key) => Effect.sync(() => core.forget(identity(key))),
      size: Effect.sync(() => ({ ready: core.ready, pending: core.pending, processing: core.processing })),
      pause: Effect.sync(() => core.pause()),
      resume: Effect.sync(() => {
        core.resume()
        const time = now()
        takers.wake(core.available(time))
        settle(core.ready, time)
      }),
      snapshot: (limit) =>
        Effect.sync(() => snapshot(core, { now: now(), wall: clock.unsafeCurrentTimeMillis() }, limit ?? shownKeys)),
      shutdown,
      awaitShutdown: Effect.suspend(function loop(): Effect.Effect<void> {
        return core.closed && core.processing === 0 ? Effect.void : Effect.zipRight(ended.wait, Effect.suspend(loop))
      })
    }
  })

/** How many keys a snapshot has where nobody says. */
const shownKeys = 100

const rateLimitOf = ({ burst, interval, limit }: WorkQueue.RateLimit): RateLimit => {
  const millis = Duration.toMillis(interval ?? "1 second")
  const checked = { period: millis / limit, burst: burst ?? Math.max(1, Math.floor(limit)) }
  if (!(checked.period > 0) || checked.period === Infinity || !(checked.burst >= 1)) {
    throw new TypeError(
      `WorkQueue.make: rateLimit: expected a positive limit and interval and a burst of at least 1, found ${
        JSON.stringify({ limit, interval, burst })
      }`
    )
  }
  return checked
}

/** The pause in milliseconds before the next try, undefined when the schedule has ended. */
const nextPause = <K, E>(
  schedule: Schedule.Schedule<unknown, E>,
  entry: Entry<K, E>,
  error: E,
  millis: number
): Effect.Effect<number | undefined> =>
  Effect.map(
    Effect.suspend(() => schedule.step(millis, error, entry.trouble?.backoff ?? schedule.initial)),
    ([state, _, decision]) => {
      entry.troubled.backoff = state
      return ScheduleDecision.isDone(decision)
        ? undefined
        : Math.max(0, ScheduleIntervals.start(decision.intervals) - millis)
    }
  )
