/**
 * A work queue: keys that have to be worked on, each at most once at a time. What is added while it runs makes exactly
 * one more run; what fails comes again after a backoff of its own; what is delayed comes at the earliest time that was
 * asked for. This is the `workqueue` of client-go, with priorities, debounce and a limit over all keys.
 *
 * ```ts
 * import { WorkQueue } from "effect-kube"
 * import { Effect, Option } from "effect"
 *
 * const program = Effect.scoped(Effect.gen(function*() {
 *   const queue = yield* WorkQueue.make<string>({ identity: (key) => key })
 *   yield* queue.add("default/web")
 *   const work = yield* queue.take
 *   if (Option.isSome(work)) {
 *     yield* Effect.log(`working on ${work.value.key}, attempt ${work.value.attempt}`)
 *     yield* queue.done(work.value, WorkQueue.requeueAfter("1 hour"))
 *   }
 * }))
 * ```
 */
import type * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as internal from "./internal/queueShell.js"

export const TypeId: TypeId = internal.TypeId
export type TypeId = "~effect-kube/WorkQueue"

/** A key that was taken: it counts as processing until `done` is called with it. */
export interface Work<out K, out E> {
  readonly key: K
  /** 1 for the first try since the key last succeeded, then 2, 3, ... */
  readonly attempt: number
  /** What failed in the attempt before this one. */
  readonly lastError: Option.Option<E>
  /** The priority it was taken with; what its run schedules keeps it. */
  readonly priority: number
}

/** What became of a run. */
export type Outcome<E> = Data.TaggedEnum<{
  /** It succeeded; its failures are forgotten. */
  Done: {}
  /** It succeeded, and comes once more after this time unless it is added before. */
  RequeueAfter: { readonly duration: Duration.DurationInput }
  /** It failed, and comes again after the backoff. */
  Failed: { readonly error: E }
  /** It failed, and does not come again until it is added; the attempts go on counting. */
  Terminal: { readonly error: E }
}>

/** The run succeeded. */
export const done: Outcome<never> = { _tag: "Done" }
/** The run succeeded; once more after a time. */
export const requeueAfter = (duration: Duration.DurationInput): Outcome<never> => ({ _tag: "RequeueAfter", duration })
/** The run failed; again after the backoff. */
export const failed = <E>(error: E): Outcome<E> => ({ _tag: "Failed", error })
/** The run failed and would fail again: not before the key is added. */
export const terminal = <E>(error: E): Outcome<E> => ({ _tag: "Terminal", error })

export interface AddOptions {
  /**
   * Higher comes first; equals in the order in which they became ready. A key keeps the highest it was added with. Of a
   * lower priority one comes for every 32 of higher ones at least, so that none waits for ever. Default 0.
   */
  readonly priority?: number | undefined
}

/**
 * How many runs may begin, over all keys: a token bucket. It holds back what a flood of changes would do to others, as
 * client-go's bucket for retries does; the backoff of a key holds back that key.
 */
export interface RateLimit {
  /** How many begin in each `interval`, in the long run. */
  readonly limit: number
  /** Default 1 second. */
  readonly interval?: Duration.DurationInput | undefined
  /** How many may begin at once after a rest. Default `limit`, at least 1. */
  readonly burst?: number | undefined
}

/** How many keys a queue holds. */
export interface Size {
  /** Could be taken now. */
  readonly ready: number
  /** Ready, delayed, or waiting for their own run to end. */
  readonly pending: number
  /** Taken and not done. */
  readonly processing: number
}

/** One key of a queue, for a status page. */
export interface KeyStatus<out K, out E> {
  readonly key: K
  /**
   * `Ready`: could be taken. `Delayed`: is due later. `Processing`: taken and not done. `Failed`: not tried again until
   * it is added, as its failure was terminal or its backoff has ended.
   */
  readonly state: "Ready" | "Delayed" | "Processing" | "Failed"
  /** It was added while it runs, and runs once more. */
  readonly again: boolean
  /** Of the run that is, or is to come. */
  readonly priority: number
  /** Of the run that is, or is to come: 1 for the first try since the key last succeeded. */
  readonly attempt: number
  /** What failed in the attempt before this one. */
  readonly lastError: Option.Option<E>
  /** Since when it is in this state. */
  readonly since: DateTime.Utc
  /** When it is due; undefined where it is not delayed. */
  readonly due: DateTime.Utc | undefined
}

/** A queue as it is at a moment. */
export interface Snapshot<out K, out E> {
  readonly size: Size
  readonly isPaused: boolean
  readonly isShutDown: boolean
  /** Those that run, those that have failed, those that are ready, those that are delayed, in this order. */
  readonly keys: ReadonlyArray<KeyStatus<K, E>>
  /** How many more there are. */
  readonly omitted: number
  readonly takenAt: DateTime.Utc
}

export interface WorkQueue<K, E = never> {
  readonly [TypeId]: TypeId
  readonly add: (key: K, options?: AddOptions) => Effect.Effect<void>
  readonly addAll: (keys: Iterable<K>, options?: AddOptions) => Effect.Effect<void>
  /** Adds a key after a time; of several times the earliest counts. */
  readonly addAfter: (key: K, delay: Duration.DurationInput, options?: AddOptions) => Effect.Effect<void>
  /** `add` for a callback that is not an Effect. */
  readonly unsafeAdd: (key: K, options?: AddOptions) => void
  /**
   * The next key, or none once the queue is shut down and has nothing left to hand out. It waits without polling. Only
   * the wait can be interrupted, also inside an uninterruptible region: either a key is handed over, or it stays.
   */
  readonly take: Effect.Effect<Option.Option<Work<K, E>>>
  /** Says what became of a key that was taken. A second call for the same run does nothing. */
  readonly done: (work: Work<K, E>, outcome: Outcome<E>) => Effect.Effect<void>
  /** Forgets the failures of a key, as its success would. */
  readonly forget: (key: K) => Effect.Effect<void>
  readonly size: Effect.Effect<Size>
  /** Hands out nothing until `resume` or `shutdown`. Keys are added and become due as before; who runs may end. */
  readonly pause: Effect.Effect<void>
  readonly resume: Effect.Effect<void>
  /** What stands where, with so many keys at most (default 100), for a status page. It looks at each key once. */
  readonly snapshot: (limit?: number) => Effect.Effect<Snapshot<K, E>>
  /**
   * Takes no more keys. With `"drain"` those that are ready, or were added to a key that runs, are still handed out;
   * with `"stop"` nothing is. What is delayed is dropped either way. Does not wait: see `awaitShutdown`.
   */
  readonly shutdown: (how: "drain" | "stop") => Effect.Effect<void>
  /** Returns when the queue is shut down, has nothing left to hand out, and all that was taken is done. */
  readonly awaitShutdown: Effect.Effect<void>
}

/** Adds to one key within `wait` become one run, which comes at the latest `maxWait` after the first of them. */
export interface Debounce {
  readonly wait: Duration.DurationInput
  /** Default: ten times `wait`. */
  readonly maxWait?: Duration.DurationInput | undefined
}

export interface Options<K, E> {
  /**
   * The name that its metrics (`Metrics.workqueue`) and the status page have it under; queues of one name count together.
   * Default: none, and then nothing is counted. That of a controller has the controller's.
   */
  readonly name?: string | undefined
  /** Two keys are the same key if this is. */
  readonly identity: (key: K) => string
  /**
   * The pause before each retry of a key that failed: every key steps through it on its own, from its start after a
   * success. When it ends, the key is not retried until it is added. Default: {@link defaultBackoff}.
   */
  readonly backoff?: Schedule.Schedule<unknown, E> | undefined
  /** Default: none, a key that is added is ready at once. */
  readonly debounce?: Debounce | undefined
  /** Default: none. What it cannot mean (a limit of zero) is a mistake of the program: a defect, a `TypeError`. */
  readonly rateLimit?: RateLimit | undefined
}

/** 5 ms · 2^n up to 1 000 s, without end: as client-go and controller-runtime have it. */
export const defaultBackoff: Schedule.Schedule<unknown> = internal.defaultBackoff

/** A new queue; it is shut down (`"stop"`) when the Scope closes. */
export const make: <K, E = never>(options: Options<K, E>) => Effect.Effect<WorkQueue<K, E>, never, Scope.Scope> =
  internal.make
