/**
 * Runs a reconcile for the keys of a queue: at most so many at once, each in a fiber and a Scope of its own, so that
 * nothing that one run does or forgets reaches another. It knows no Kubernetes.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type * as Controller from "../Controller.js"
import type * as Store from "../Store.js"
import type * as WorkQueue from "../WorkQueue.js"
import { Terminal } from "./terminal.js"

/** What one run of a key ended in. */
export type Ended<E> = Exit.Exit<Controller.Result | void, E | Terminal<E>>

export interface Runner<E, R> {
  readonly name: string
  readonly queue: WorkQueue.WorkQueue<Store.Key, unknown>
  readonly concurrency: number
  readonly shutdownTimeout: Duration.Duration
  /** One try of one key. */
  readonly reconcile: (work: WorkQueue.Work<Store.Key, unknown>) => Effect.Effect<Controller.Result | void, E | Terminal<E>, R | Scope.Scope>
  /** Asked after a typed failure; none keeps the backoff. */
  readonly policy: Option.Option<(error: E, attempt: number) => Effect.Effect<Controller.Result | void, never, R>>
}

/**
 * Starts the workers. When the Scope closes, nothing new begins, what runs may end within the limit, and is interrupted
 * after it.
 */
export const start = <E, R>(runner: Runner<E, R>): Effect.Effect<void, never, R | Scope.Scope> =>
  Effect.asVoid(Effect.acquireRelease(
    Effect.forEach(
      Array.from({ length: runner.concurrency }),
      () => Effect.forkDaemon(Effect.interruptible(worker(runner)))
    ),
    (workers) => stop(runner, workers)
  ))

const stop = <E, R>(runner: Runner<E, R>, workers: ReadonlyArray<Fiber.RuntimeFiber<void>>): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* runner.queue.shutdown("stop")
    const ended = yield* Effect.raceFirst(
      Effect.as(Effect.interruptible(Fiber.awaitAll(workers)), true),
      Effect.as(Effect.interruptible(Effect.sleep(runner.shutdownTimeout)), false)
    )
    if (ended) return
    const { processing } = yield* runner.queue.size
    yield* Effect.annotateLogs(
      Effect.logWarning(`${processing} reconciles did not end within ${Duration.format(runner.shutdownTimeout)} and are interrupted`),
      "controller",
      runner.name
    )
    yield* Fiber.interruptAll(workers)
  })

/** Takes keys until the queue is shut down. Between taking a key and saying what became of it, nothing is lost. */
const worker = <E, R>(runner: Runner<E, R>): Effect.Effect<void, never, R> => {
  let open = true
  const step: Effect.Effect<void, never, R> = Effect.uninterruptible(Effect.flatMap(runner.queue.take, (work) => {
    if (Option.isSome(work)) return handle(runner, work.value)
    open = false
    return Effect.void
  }))
  return Effect.whileLoop({ while: () => open, body: () => step, step: () => {} })
}

const handle = <E, R>(runner: Runner<E, R>, work: WorkQueue.Work<Store.Key, unknown>): Effect.Effect<void, never, R> =>
  Effect.flatMap(Effect.fork(Effect.interruptible(run(runner, work))), (fiber) =>
    Effect.matchCauseEffect(Effect.interruptible(Fiber.await(fiber)), {
      onSuccess: (exit) => runner.queue.done(work, Exit.isSuccess(exit) ? exit.value : failed(exit.cause)),
      // The worker is interrupted: the limit of the shutdown is reached.
      onFailure: (cause) => Effect.zipRight(Fiber.interrupt(fiber), runner.queue.done(work, failed(cause)))
    }))

const failed = (cause: Cause.Cause<unknown>): WorkQueue.Outcome<unknown> => ({ _tag: "Failed", error: Cause.squash(cause) })

/** A try in its own fiber: what is set here ends with it, so it is set without being put back. */
const run = <E, R>(
  runner: Runner<E, R>,
  work: WorkQueue.Work<Store.Key, unknown>
): Effect.Effect<WorkQueue.Outcome<unknown>, never, R> =>
  Effect.flatMap(Scope.make(), (scope) => {
    const { name, namespace } = work.key
    const reconcile = Effect.suspend(() => runner.reconcile(work)).pipe(
      Effect.onExit((exit) => Scope.close(scope, exit)),
      Effect.withSpan(`${runner.name}.reconcile`, {
        root: true,
        captureStackTrace: false,
        attributes: { "controller": runner.name, "k8s.namespace.name": namespace, "k8s.object.name": name, "attempt": work.attempt }
      })
    ) as Effect.Effect<Controller.Result | void, E | Terminal<E>, R> // the Scope comes into the fiber's context below
    return Effect.withFiberRuntime((fiber) => {
      const outer = fiber.getFiberRef(FiberRef.currentLogAnnotations)
      const annotations = HashMap.mutate(outer, (annotations) => {
        HashMap.set(annotations, "controller", runner.name)
        if (namespace !== undefined) HashMap.set(annotations, "namespace", namespace)
        HashMap.set(annotations, "name", name)
        HashMap.set(annotations, "attempt", work.attempt)
      })
      const context = Context.add(fiber.getFiberRef(FiberRef.currentContext), Scope.Scope, scope)
      return FiberRef.set(FiberRef.currentLogAnnotations, annotations).pipe(
        Effect.zipRight(FiberRef.set(FiberRef.currentContext, context)),
        Effect.zipRight(Effect.exit(reconcile)),
        Effect.flatMap((exit) => settle(runner, work, exit))
      )
    })
  })

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
