/**
 * Runs a reconcile for the keys of a queue: at most so many at once, each in a fiber and a Scope of its own, so that
 * nothing that one run does or forgets reaches another. It knows no Kubernetes.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type * as Controller from "../Controller.js"
import type * as Store from "../Store.js"
import type * as WorkQueue from "../WorkQueue.js"
import * as controllerMetrics from "./controllerMetrics.js"
import type { ControllerMetrics } from "./controllerMetrics.js"
import type { RunTally } from "./controllerReport.js"
import { identity } from "./keys.js"
import { ReconcileTimeout } from "./reconcileTimeout.js"
import { isTraced, traced } from "./runSpans.js"
import { Terminal } from "./terminal.js"

export interface Runner<E, R> {
  readonly name: string
  readonly queue: WorkQueue.WorkQueue<Store.Key, unknown>
  readonly concurrency: number
  /** How long running reconciles may take to end when the runner stops. Asked then. */
  readonly shutdownTimeout: Effect.Effect<Duration.Duration>
  /** What a try waits for before it begins; undefined: nothing. When the runner stops meanwhile, the try does not begin. */
  readonly before: (work: WorkQueue.Work<Store.Key, unknown>) => Effect.Effect<void> | undefined
  /** Asked before each try: where it says no, the key is given back as done. Default: always. */
  readonly mayBegin?: Effect.Effect<boolean> | undefined
  /** One try of one key. */
  readonly reconcile: (
    work: WorkQueue.Work<Store.Key, unknown>
  ) => Effect.Effect<Controller.Result | void, E | Terminal<unknown>, R | Scope.Scope>
  /** How long `reconcile` may take; it is interrupted then. */
  readonly timeout?: Duration.Duration | undefined
  /** What led to a try, for the links of its span; asked for where it is traced. */
  readonly links?: ((key: Store.Key) => ReadonlyArray<Tracer.SpanLink>) | undefined
  /** Counts the tries by what became of them. */
  readonly tally: RunTally
  /** What the context of each try holds beside the Scope. */
  readonly provide: (context: Context.Context<never>, key: Store.Key) => Context.Context<never>
  /** Asked after a typed failure; none keeps the backoff. */
  readonly policy: Option.Option<(error: E, attempt: number) => Effect.Effect<Controller.Result | void, never, R>>
}

interface Running {
  /** The runs of the moment. */
  readonly fibers: Set<Fiber.RuntimeFiber<WorkQueue.Outcome<unknown>>>
  readonly metrics: ControllerMetrics | undefined
  /** From when on nothing new begins. */
  readonly stopping: Deferred.Deferred<void>
}

/**
 * Starts the workers. When the Scope closes, nothing new begins, what runs may end within the limit, and is interrupted
 * after it. The workers themselves are never interrupted: they end when the queue hands out nothing more.
 */
export const start = <E, R>(runner: Runner<E, R>): Effect.Effect<void, never, R | Scope.Scope> =>
  Effect.flatMap(controllerMetrics.make(runner.name), (metrics) => {
    const running: Running = { fibers: new Set(), metrics, stopping: Deferred.unsafeMake(FiberId.none) }
    return Effect.asVoid(Effect.acquireRelease(
      Effect.suspend(() => {
        metrics?.workers(runner.concurrency)
        return Effect.forEach(
          Array.from({ length: runner.concurrency }),
          () => Effect.forkDaemon(Effect.interruptible(worker(runner, running)))
        )
      }),
      (workers) =>
        Effect.ensuring(
          stop(runner, running, workers),
          Effect.sync(() => metrics?.workers(-runner.concurrency))
        )
    ))
  })

const stop = <E, R>(
  runner: Runner<E, R>,
  running: Running,
  workers: ReadonlyArray<Fiber.RuntimeFiber<void>>
): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* Deferred.succeed(running.stopping, undefined)
    yield* runner.queue.shutdown("stop")
    const timeout = yield* runner.shutdownTimeout
    const ended = yield* Effect.raceFirst(
      Effect.as(Effect.interruptible(Fiber.awaitAll(workers)), true),
      Effect.as(Effect.interruptible(Effect.sleep(timeout)), false)
    )
    if (ended) return
    const what = `${running.fibers.size} running reconciles are interrupted`
    yield* (Duration.toMillis(timeout) === 0
      ? Effect.logDebug(what)
      : Effect.logWarning(`${what}: they did not end within ${Duration.format(timeout)}`)).pipe(
        Effect.annotateLogs("controller", runner.name)
      )
    yield* Fiber.interruptAll(running.fibers)
    yield* Fiber.awaitAll(workers)
  })

/** Takes keys until the queue is shut down. */
const worker = <E, R>(runner: Runner<E, R>, running: Running): Effect.Effect<void, never, R> => {
  let open = true
  const step: Effect.Effect<void, never, R> = Effect.flatMap(runner.queue.take, (work) => {
    if (Option.isSome(work)) return guarded(runner, running, work.value)
    open = false
    return Effect.void
  })
  return Effect.whileLoop({ while: () => open, body: () => step, step: () => {} })
}

const guarded = <E, R>(
  runner: Runner<E, R>,
  running: Running,
  work: WorkQueue.Work<Store.Key, unknown>
): Effect.Effect<void, never, R> =>
  runner.mayBegin === undefined
    ? handle(runner, running, work)
    : Effect.flatMap(runner.mayBegin, (may) => may ? handle(runner, running, work) : runner.queue.done(work, done))

const handle = <E, R>(
  runner: Runner<E, R>,
  running: Running,
  work: WorkQueue.Work<Store.Key, unknown>
): Effect.Effect<void, never, R> =>
  Effect.flatMap(Effect.fork(run(runner, running, work)), (fiber) => {
    running.fibers.add(fiber)
    const { metrics } = running
    const began = metrics === undefined ? 0 : metrics.began()
    return Effect.flatMap(Fiber.await(fiber), (exit) => {
      running.fibers.delete(fiber)
      metrics?.ended(began)
      return finish(runner, work, Exit.isSuccess(exit) ? exit.value : failed(exit.cause))
    })
  })

/** Says what became of a run. Whatever the queue makes of it, the key is given back and the worker goes on. */
const finish = <E, R>(
  runner: Runner<E, R>,
  work: WorkQueue.Work<Store.Key, unknown>,
  outcome: WorkQueue.Outcome<unknown>
): Effect.Effect<void> => {
  const done = runner.queue.done(work, outcome)
  if (outcome._tag !== "Failed") {
    return Effect.catchAllCause(done, (cause) =>
      Effect.zipRight(
        Effect.logError(`${identity(work.key)} could not be given back and is tried again after its backoff`, cause),
        finish(runner, work, failed(cause))
      ))
  }
  // The queue gives a key back before it tells that the backoff threw.
  return Effect.catchAllCause(
    done,
    (cause) =>
      Effect.logError(
        `the backoff has a defect; ${identity(work.key)} is not tried again until something changes`,
        cause
      )
  )
}

const failed = (cause: Cause.Cause<unknown>): WorkQueue.Outcome<unknown> => ({
  _tag: "Failed",
  error: Cause.squash(cause)
})

/**
 * A try in its own fiber. What is set here ends with the fiber, so it is set without being put back, and all that stands
 * in the context at once: each of these steps copies what the fiber holds (test/bench/controller.bench.ts).
 */
const run = <E, R>(
  runner: Runner<E, R>,
  running: Running,
  work: WorkQueue.Work<Store.Key, unknown>
): Effect.Effect<WorkQueue.Outcome<unknown>, never, R> =>
  Effect.flatMap(Scope.make(), (scope) =>
    Effect.withFiberRuntime((fiber) => {
      const { name, namespace } = work.key
      const annotations = HashMap.mutate(fiber.getFiberRef(FiberRef.currentLogAnnotations), (annotations) => {
        if (namespace !== undefined) HashMap.set(annotations, "namespace", namespace)
        HashMap.set(annotations, "name", name)
        HashMap.set(annotations, "attempt", work.attempt)
      })
      const context = Context.add(
        runner.provide(fiber.getFiberRef(FiberRef.currentContext), work.key),
        Scope.Scope,
        scope
      )
      const reconcile = Effect.suspend(() => {
        const before = runner.before(work)
        const attempt = limited(runner, work)
        return before === undefined ? attempt : after(before, running.stopping, attempt)
      }).pipe(
        Effect.onExit((exit) => Scope.close(scope, exit))
      ) as Effect.Effect<Controller.Result | void, E | ReconcileTimeout | Terminal<unknown>, R> // the Scope is in the context
      return FiberRef.set(FiberRef.currentLogAnnotations, annotations).pipe(
        Effect.zipRight(FiberRef.set(FiberRef.currentContext, context)),
        Effect.zipRight(
          Effect.exit(
            Effect.map(
              isTraced(fiber) ? traced(runner.name, work, runner.links?.(work.key) ?? [], reconcile) : reconcile,
              outcomeOf
            )
          )
        ),
        Effect.flatMap((exit) => {
          running.metrics?.result(resultOf(exit))
          return settle(runner, work, exit)
        })
      )
    }))

/** A try that is interrupted, and awaited, when its time is over. */
const limited = <E, R>(
  runner: Runner<E, R>,
  work: WorkQueue.Work<Store.Key, unknown>
): Effect.Effect<Controller.Result | void, E | ReconcileTimeout | Terminal<unknown>, R | Scope.Scope> => {
  const { name, timeout } = runner
  return timeout === undefined ? runner.reconcile(work) : Effect.timeoutFail(runner.reconcile(work), {
    duration: timeout,
    onTimeout: () => new ReconcileTimeout({ controller: name, key: work.key, timeout })
  })
}

/** Runs once `before` has returned, unless it is stopped by then. */
const after = <A, E, R>(
  before: Effect.Effect<void>,
  stopping: Deferred.Deferred<void>,
  reconcile: Effect.Effect<A, E, R>
): Effect.Effect<A | void, E, R> =>
  Effect.raceFirst(before, Deferred.await(stopping)).pipe(
    Effect.zipRight(Deferred.isDone(stopping)),
    Effect.flatMap((stopped) => stopped ? Effect.void : reconcile)
  )

/** What became of a try, as it is counted: before the policy makes something else of it. */
const resultOf = (exit: Exit.Exit<WorkQueue.Outcome<never>, unknown>): controllerMetrics.Result => {
  if (Exit.isSuccess(exit)) return exit.value._tag === "RequeueAfter" ? "requeue_after" : "success"
  const failure = Cause.failureOption(exit.cause)
  return Option.isNone(failure) ? "panic" : failure.value instanceof Terminal ? "terminal" : "error"
}

/** What became of a run, said to the log and to the policy. */
const settle = <E, R>(
  runner: Runner<E, R>,
  work: WorkQueue.Work<Store.Key, unknown>,
  exit: Exit.Exit<WorkQueue.Outcome<never>, E | ReconcileTimeout | Terminal<unknown>>
): Effect.Effect<WorkQueue.Outcome<unknown>, never, R> => {
  const { tally } = runner
  if (Exit.isSuccess(exit)) {
    if (exit.value._tag === "RequeueAfter") tally.requeued++
    else tally.done++
    return Effect.succeed(exit.value)
  }
  const failure = Cause.failureOption(exit.cause)
  if (Option.isNone(failure)) {
    tally.defects++
    return Effect.as(
      Effect.logError("reconcile has a defect; it is tried again after its backoff", exit.cause),
      failed(exit.cause)
    )
  }
  const error = failure.value
  if (error instanceof Terminal) {
    tally.terminal++
    return Effect.as(
      Effect.logError(
        "reconcile failed for good; it is not tried again until something changes",
        Cause.fail(error.error)
      ),
      { _tag: "Terminal", error: error.error }
    )
  }
  tally.failed++
  if (error instanceof ReconcileTimeout) tally.timedOut++
  const retry: WorkQueue.Outcome<unknown> = { _tag: "Failed", error }
  if (Option.isNone(runner.policy)) {
    return Effect.as(Effect.logWarning("reconcile failed; it is tried again after its backoff", exit.cause), retry)
  }
  const policy = runner.policy.value
  return Effect.suspend(() => policy(error as E, work.attempt)).pipe( // Terminal was taken out above
    Effect.map((result) => result == null ? retry : outcomeOf(result)),
    Effect.catchAllCause((cause) =>
      Effect.as(
        Effect.logError("the error policy has a defect; reconcile is tried again after its backoff", cause),
        retry
      )
    )
  )
}

/** What a result asks of the queue. It throws where a result is not what its type says: a bug of whoever made it. */
const outcomeOf = (result: Controller.Result | void): WorkQueue.Outcome<never> => {
  if (result == null) return done
  switch (result._tag) {
    case "Done":
      return done
    case "RequeueAfter": {
      const duration = Duration.decodeUnknown(result.duration)
      if (Option.isSome(duration)) return { _tag: "RequeueAfter", duration: duration.value }
      throw new TypeError(
        `requeueAfter: expected a duration such as "5 minutes", found ${Inspectable.toStringUnknown(result.duration)}`
      )
    }
    default:
      throw new TypeError(
        `the result: expected nothing, done or requeueAfter, found ${Inspectable.toStringUnknown(result)}`
      )
  }
}

const done: WorkQueue.Outcome<never> = { _tag: "Done" }
