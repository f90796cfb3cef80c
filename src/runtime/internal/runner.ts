/**
 * Runs a reconcile for the keys of a queue: at most so many at once, each in a fiber and a Scope of its own, so that
 * nothing that one run does or forgets reaches another. It knows no Kubernetes.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type * as Controller from "../Controller.js"
import type * as Store from "../Store.js"
import type * as WorkQueue from "../WorkQueue.js"
import { identity } from "./keys.js"
import { Terminal } from "./terminal.js"

/** What one run of a key ended in. */
export type Ended<E> = Exit.Exit<Controller.Result | void, E | Terminal<unknown>>

export interface Runner<E, R> {
  readonly name: string
  readonly queue: WorkQueue.WorkQueue<Store.Key, unknown>
  readonly concurrency: number
  readonly shutdownTimeout: Duration.Duration
  /** One try of one key. */
  readonly reconcile: (work: WorkQueue.Work<Store.Key, unknown>) => Effect.Effect<Controller.Result | void, E | Terminal<unknown>, R | Scope.Scope>
  /** What the context of each try holds beside the Scope. */
  readonly provide: (context: Context.Context<never>, key: Store.Key) => Context.Context<never>
  /** Asked after a typed failure; none keeps the backoff. */
  readonly policy: Option.Option<(error: E, attempt: number) => Effect.Effect<Controller.Result | void, never, R>>
}

/** The runs of the moment. */
type Running = Set<Fiber.RuntimeFiber<WorkQueue.Outcome<unknown>>>

/**
 * Starts the workers. When the Scope closes, nothing new begins, what runs may end within the limit, and is interrupted
 * after it. The workers themselves are never interrupted: they end when the queue hands out nothing more.
 */
export const start = <E, R>(runner: Runner<E, R>): Effect.Effect<void, never, R | Scope.Scope> => {
  const running: Running = new Set()
  return Effect.asVoid(Effect.acquireRelease(
    Effect.forEach(
      Array.from({ length: runner.concurrency }),
      () => Effect.forkDaemon(Effect.interruptible(worker(runner, running)))
    ),
    (workers) => stop(runner, running, workers)
  ))
}

const stop = <E, R>(runner: Runner<E, R>, running: Running, workers: ReadonlyArray<Fiber.RuntimeFiber<void>>): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* runner.queue.shutdown("stop")
    const ended = yield* Effect.raceFirst(
      Effect.as(Effect.interruptible(Fiber.awaitAll(workers)), true),
      Effect.as(Effect.interruptible(Effect.sleep(runner.shutdownTimeout)), false)
    )
    if (ended) return
    yield* Effect.logWarning(
      `${running.size} reconciles did not end within ${Duration.format(runner.shutdownTimeout)} and are interrupted`
    ).pipe(Effect.annotateLogs("controller", runner.name))
    yield* Fiber.interruptAll(running)
    yield* Fiber.awaitAll(workers)
  })

/** Takes keys until the queue is shut down. */
const worker = <E, R>(runner: Runner<E, R>, running: Running): Effect.Effect<void, never, R> => {
  let open = true
  const step: Effect.Effect<void, never, R> = Effect.flatMap(runner.queue.take, (work) => {
    if (Option.isSome(work)) return handle(runner, running, work.value)
    open = false
    return Effect.void
  })
  return Effect.whileLoop({ while: () => open, body: () => step, step: () => {} })
}

const handle = <E, R>(
  runner: Runner<E, R>,
  running: Running,
  work: WorkQueue.Work<Store.Key, unknown>
): Effect.Effect<void, never, R> =>
  Effect.flatMap(Effect.fork(run(runner, work)), (fiber) => {
    running.add(fiber)
    return Effect.flatMap(Fiber.await(fiber), (exit) => {
      running.delete(fiber)
      return finish(runner, work, Exit.isSuccess(exit) ? exit.value : failed(exit.cause))
    })
  })

/** Says what became of a run. A backoff of the caller's may throw: the key is given back nevertheless. */
const finish = <E, R>(
  runner: Runner<E, R>,
  work: WorkQueue.Work<Store.Key, unknown>,
  outcome: WorkQueue.Outcome<unknown>
): Effect.Effect<void> => {
  const done = runner.queue.done(work, outcome)
  if (outcome._tag !== "Failed") return done
  return Effect.catchAllCause(done, (cause) =>
    Effect.logError(`the backoff has a defect; ${identity(work.key)} is not tried again until something changes`, cause))
}

const failed = (cause: Cause.Cause<unknown>): WorkQueue.Outcome<unknown> => ({ _tag: "Failed", error: Cause.squash(cause) })

/**
 * A try in its own fiber. What is set here ends with the fiber, so it is set without being put back, and all that stands
 * in the context at once: each of these steps copies what the fiber holds (test/bench/controller.bench.ts).
 */
const run = <E, R>(
  runner: Runner<E, R>,
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
      const context = Context.add(runner.provide(fiber.getFiberRef(FiberRef.currentContext), work.key), Scope.Scope, scope)
      const reconcile = Effect.suspend(() => runner.reconcile(work)).pipe(
        Effect.onExit((exit) => Scope.close(scope, exit))
      ) as Effect.Effect<Controller.Result | void, E | Terminal<unknown>, R> // the Scope is in the context
      return FiberRef.set(FiberRef.currentLogAnnotations, annotations).pipe(
        Effect.zipRight(FiberRef.set(FiberRef.currentContext, context)),
        Effect.zipRight(Effect.exit(isTraced(fiber) ? traced(runner, work, reconcile) : reconcile)),
        Effect.flatMap((exit) => settle(runner, work, exit))
      )
    }))

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
  exit: Ended<E>
): Effect.Effect<WorkQueue.Outcome<unknown>, never, R> => {
  if (Exit.isSuccess(exit)) return Effect.succeed(exit.value ?? done)
  const failure = Cause.failureOption(exit.cause)
  if (Option.isNone(failure)) {
    return Effect.as(Effect.logError("reconcile has a defect; it is tried again after its backoff", exit.cause), failed(exit.cause))
  }
  const error = failure.value
  if (error instanceof Terminal) {
    return Effect.as(
      Effect.logError("reconcile failed for good; it is not tried again until something changes", Cause.fail(error.error)),
      { _tag: "Terminal", error: error.error }
    )
  }
  const retry: WorkQueue.Outcome<unknown> = { _tag: "Failed", error }
  if (Option.isNone(runner.policy)) {
    return Effect.as(Effect.logWarning("reconcile failed; it is tried again after its backoff", exit.cause), retry)
  }
  const policy = runner.policy.value
  return Effect.suspend(() => policy(error as E, work.attempt)).pipe( // Terminal was taken out above
    Effect.map((result) => result ?? retry),
    Effect.catchAllCause((cause) =>
      Effect.as(Effect.logError("the error policy has a defect; reconcile is tried again after its backoff", cause), retry))
  )
}

const done: WorkQueue.Outcome<never> = { _tag: "Done" }
