/**
 * Runs a reconcile for the keys of a queue: at most so many at once, each in a fiber and a Scope of its own, so that
 * nothing that one run does or forgets reaches another. It knows no Kubernetes.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
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
import * as Tracer from "effect/Tracer"
import type * as Controller from "../Controller.js"
import type * as Store from "../Store.js"
import type * as WorkQueue from "../WorkQueue.js"
import { identity } from "./keys.js"
import { Terminal } from "./terminal.js"

export interface Runner<E, R> {
  readonly name: string
  readonly queue: WorkQueue.WorkQueue<Store.Key, unknown>
  readonly concurrency: number
  readonly shutdownTimeout: Duration.Duration
  /** What a try waits for before it begins; undefined: nothing. When the runner stops meanwhile, the try does not begin. */
  readonly before: (work: WorkQueue.Work<Store.Key, unknown>) => Effect.Effect<void> | undefined
  /** Asked before each try: where it says no, the key is given back as done. Default: always. */
  readonly mayBegin?: Effect.Effect<boolean> | undefined
  /** One try of one key. */
  readonly reconcile: (
    work: WorkQueue.Work<Store.Key, unknown>
  ) => Effect.Effect<Controller.Result | void, E | Terminal<unknown>, R | Scope.Scope>
  /** What the context of each try holds beside the Scope. */
  readonly provide: (context: Context.Context<never>, key: Store.Key) => Context.Context<never>
  /** Asked after a typed failure; none keeps the backoff. */
  readonly policy: Option.Option<(error: E, attempt: number) => Effect.Effect<Controller.Result | void, never, R>>
}

interface Running {
  /** The runs of the moment. */
  readonly fibers: Set<Fiber.RuntimeFiber<WorkQueue.Outcome<unknown>>>
  /** From when on nothing new begins. */
  readonly stopping: Deferred.Deferred<void>
}

/**
 * Starts the workers. When the Scope closes, nothing new begins, what runs may end within the limit, and is interrupted
 * after it. The workers themselves are never interrupted: they end when the queue hands out nothing more.
 */
export const start = <E, R>(runner: Runner<E, R>): Effect.Effect<void, never, R | Scope.Scope> => {
  const running: Running = { fibers: new Set(), stopping: Deferred.unsafeMake(FiberId.none) }
  return Effect.asVoid(Effect.acquireRelease(
    Effect.forEach(
      Array.from({ length: runner.concurrency }),
      () => Effect.forkDaemon(Effect.interruptible(worker(runner, running)))
    ),
    (workers) => stop(runner, running, workers)
  ))
}

const stop = <E, R>(
  runner: Runner<E, R>,
  running: Running,
  workers: ReadonlyArray<Fiber.RuntimeFiber<void>>
): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* Deferred.succeed(running.stopping, undefined)
    yield* runner.queue.shutdown("stop")
    const ended = yield* Effect.raceFirst(
      Effect.as(Effect.interruptible(Fiber.awaitAll(workers)), true),
      Effect.as(Effect.interruptible(Effect.sleep(runner.shutdownTimeout)), false)
    )
    if (ended) return
    yield* Effect.logWarning(
      `${running.fibers.size} reconciles did not end within ${
        Duration.format(runner.shutdownTimeout)
      } and are interrupted`
    ).pipe(Effect.annotateLogs("controller", runner.name))
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
    return Effect.flatMap(Fiber.await(fiber), (exit) => {
      running.fibers.delete(fiber)
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
        return before === undefined ? runner.reconcile(work) : after(before, running.stopping, runner.reconcile(work))
      }).pipe(
        Effect.onExit((exit) => Scope.close(scope, exit))
      ) as Effect.Effect<Controller.Result | void, E | Terminal<unknown>, R> // the Scope is in the context
      return FiberRef.set(FiberRef.currentLogAnnotations, annotations).pipe(
        Effect.zipRight(FiberRef.set(FiberRef.currentContext, context)),
        Effect.zipRight(
          Effect.exit(Effect.map(isTraced(fiber) ? traced(runner, work, reconcile) : reconcile, outcomeOf))
        ),
        Effect.flatMap((exit) => settle(runner, work, exit))
      )
    }))

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

const traced = <A, E, R>(
  runner: { readonly name: string },
  work: WorkQueue.Work<Store.Key, unknown>,
  reconcile: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.withSpan(reconcile, `${runner.name}.reconcile`, {
    root: true,
    captureStackTrace: false,
    attributes: {
      "controller": runner.name,
      "k8s.namespace.name": work.key.namespace,
      "k8s.object.name": work.key.name,
      "attempt": work.attempt
    }
  }) as Effect.Effect<A, E, R> // R holds no ParentSpan: a root span asks for none

/** Effect's own tracer keeps no spans: a span for it would be a third of what a run costs, for nothing. */
const isTraced = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  fiber.getFiberRef(FiberRef.currentTracerEnabled) &&
  Context.get(fiber.getFiberRef(DefaultServices.currentServices), Tracer.Tracer) !== noTracer

const noTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** What became of a run, said to the log and to the policy. */
const settle = <E, R>(
  runner: Runner<E, R>,
  work: WorkQueue.Work<Store.Key, unknown>,
  exit: Exit.Exit<WorkQueue.Outcome<never>, E | Terminal<unknown>>
): Effect.Effect<WorkQueue.Outcome<unknown>, never, R> => {
  if (Exit.isSuccess(exit)) return Effect.succeed(exit.value)
  const failure = Cause.failureOption(exit.cause)
  if (Option.isNone(failure)) {
    return Effect.as(
      Effect.logError("reconcile has a defect; it is tried again after its backoff", exit.cause),
      failed(exit.cause)
    )
  }
  const error = failure.value
  if (error instanceof Terminal) {
    return Effect.as(
      Effect.logError(
        "reconcile failed for good; it is not tried again until something changes",
        Cause.fail(error.error)
      ),
      { _tag: "Terminal", error: error.error }
    )
  }
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
