/**
 * Runs a controller from its description: sources give changes, changes give keys, keys go through the queue to the
 * runner.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Observer } from "../../client/internal/writes.js"
import { FieldManager } from "../../client/KubeClient.js"
import type { KubeObject } from "../../protocol/Resource.js"
import type * as Controller from "../Controller.js"
import type * as Store from "../Store.js"
import * as WorkQueue from "../WorkQueue.js"
import { Causes } from "./causes.js"
import type { ControllerImpl, Keys, Predicate } from "./controller.js"
import { ControllerReport, show } from "./controllerReport.js"
import { identity, keyOf } from "./keys.js"
import type { Leadership } from "./leadership.js"
import { Ledger } from "./ledger.js"
import * as runner from "./runner.js"
import { isTraced } from "./runSpans.js"
import type { Source } from "./source.js"
import { Terminal } from "./terminal.js"

/** Keys of the first list and of `reconcileAllOn` rank below those of fresh changes. */
const bulk: WorkQueue.AddOptions = { priority: -100 }

export const start = <E, R>(
  self: Controller.Controller<E, R>
): Effect.Effect<void, Store.NotReady, R | Scope.Scope> => {
  const { description, name } = self as ControllerImpl<E, R>
  return Effect.gen(function*() {
    const makeQueue = WorkQueue.make<Store.Key, unknown>({
      name,
      identity,
      backoff: description.backoff,
      debounce: description.debounce,
      rateLimit: description.rateLimit
    })
    const report = new ControllerReport(name, description.concurrency, yield* Effect.clock)
    /** Where keys go; undefined while another process leads: who leads begins with all that is there. */
    let intake: WorkQueue.WorkQueue<Store.Key, unknown> | undefined
    if (description.guard === undefined) intake = report.queue = yield* makeQueue
    const main = yield* description.open(description.syncTimeout)
    const others = yield* Effect.forEach(
      description.triggers,
      (trigger) => Effect.map(trigger.open(description.syncTimeout), (source) => ({ trigger, source }))
    )
    const sources: ReadonlyArray<Source<KubeObject>> = [main, ...others.map(({ source }) => source)]
    report.followed = [["for", main], ...others.map(({ source, trigger }) => [trigger.role, source] as const)]
    report.enqueueAll = Effect.flatMap(main.keys, (keys) => addAll(keys, bulk))
    yield* show(report, main.client)
    const causes = yield* Effect.withFiberRuntime<Causes | undefined>((fiber) =>
      Effect.succeed(isTraced(fiber) ? new Causes() : undefined)
    )
    const graves = new Map<string, Array<KubeObject>>()

    const enqueue = (key: Store.Key, change: Store.Change<KubeObject>, source: Source<unknown>): void => {
      if (intake === undefined) return
      causes?.note(identity(key), source, change)
      intake.unsafeAdd(key, change._tag === "Added" && change.initial ? bulk : undefined)
    }
    const addAll = (keys: Keys, options?: WorkQueue.AddOptions) =>
      Effect.suspend(() => intake?.addAll(keys, options) ?? Effect.void)

    yield* main.subscribe((changes) => {
      const defects: Array<unknown> = []
      for (const change of changes) {
        // What happens while another one leads is its business.
        if (intake === undefined || !passes(description.predicate, change, defects)) continue
        const key = keyOf(change.object)
        if (description.deleted && change._tag === "Deleted") {
          const id = identity(key)
          graves.set(id, [...(graves.get(id) ?? []), change.object])
        }
        enqueue(key, change, main)
      }
      return reportDefects(main, defects)
    })
    yield* Effect.forEach(others, ({ source, trigger }) =>
      source.subscribe((changes) => {
        const defects: Array<unknown> = []
        const mappings: Array<Effect.Effect<void, never, R>> = []
        for (const change of changes) {
          if (intake === undefined || !passes(trigger.predicate, change, defects)) continue
          try {
            const keys = trigger.keys(change, main.resource)
            if (Effect.isEffect(keys)) {
              mappings.push(Effect.map(keys, (keys) => {
                for (const key of keys) enqueue(key, change, source)
              }))
            } else for (const key of keys) enqueue(key, change, source)
          } catch (defect) {
            defects.push(defect)
          }
        }
        return Effect.zipRight(
          reportDefects(source, defects),
          Effect.forEach(mappings, (mapping) =>
            Effect.catchAllCause(mapping, (cause) => reportDefects(source, [Cause.squash(cause)])), {
            discard: true
          })
        )
      }), { discard: true })

    yield* Effect.forEach(sources, (source) => source.ready, { concurrency: "unbounded", discard: true })

    const endless = (what: string, stream: Effect.Effect<void, never, R>) =>
      Effect.forkScoped(Effect.interruptible(
        Effect.catchAllDefect(stream, (defect) => Effect.logError(`${what} has ended with a defect`, Cause.die(defect)))
      ))
    yield* Effect.forEach(
      description.keyStreams,
      (keys) => endless("a stream of reconcileOn", Stream.runForEachChunk(keys, (keys) => addAll(keys)))
    )
    yield* Effect.forEach(description.allStreams, (ticks) =>
      endless(
        "a stream of reconcileAllOn",
        Stream.runForEachChunk(ticks, () => report.enqueueAll)
      ))

    const ledger = yield* Ledger.make(sources)
    const fieldManager = (yield* FieldManager) ?? name
    const work = (queue: WorkQueue.WorkQueue<Store.Key, unknown>, leadership: Leadership | undefined) =>
      runner.start({
        name,
        queue,
        concurrency: description.concurrency,
        // Who leads next does not wait for one that has lost its lease.
        shutdownTimeout: Effect.map(
          leadership?.isValid ?? Effect.succeed(true),
          (valid) => valid && !report.isAbandoned ? description.shutdownTimeout : Duration.zero
        ),
        policy: description.policy,
        timeout: description.timeout,
        tally: report.tally,
        links: causes === undefined ? undefined : (key) => causes.take(identity(key)),
        mayBegin: leadership?.isValid,
        provide: (context, key) => Context.add(context, Observer, ledger.observer(identity(key))),
        before: (work) => {
          const id = identity(work.key)
          return ledger.has(id) ? ledger.settled(id) : undefined
        },
        reconcile: (work) => {
          const id = identity(work.key)
          const call = (object: KubeObject, deleted: boolean) =>
            description.reconcile(object, { attempt: work.attempt, lastError: work.lastError, deleted })
          const living = Effect.flatMap(
            main.get(work.key),
            (object) => Option.isSome(object) ? call(object.value, false) : Effect.void
          )
          const buried = (id: string, grave: KubeObject) =>
            Effect.suspend(() => {
              const left = (graves.get(id) ?? []).filter((other) => other !== grave)
              if (left.length === 0) graves.delete(id)
              else graves.set(id, left)
              // Under the same name there may be another grave, or a new object, whose change this run has swallowed.
              return queue.add(work.key)
            })
          const grave = graves.get(id)?.[0]
          if (grave === undefined) return living
          return call(grave, true).pipe(
            Effect.tap(() => buried(id, grave)),
            Effect.tapError((error) => error instanceof Terminal ? buried(id, grave) : Effect.void)
          )
        }
      }).pipe(Effect.provideService(FieldManager, fieldManager))

    if (intake !== undefined) {
      yield* work(intake, undefined)
      yield* report.enter("Running")
      yield* Effect.addFinalizer(() => report.enter("Stopping"))
      return
    }
    const lead = (leadership: Leadership) =>
      Effect.gen(function*() {
        const queue = yield* makeQueue
        yield* Effect.addFinalizer(() =>
          Effect.zipRight(
            report.enter("Standby"),
            Effect.sync(() => {
              intake = report.queue = undefined
              graves.clear()
            })
          )
        )
        yield* work(queue, leadership)
        intake = report.queue = queue
        yield* report.enter("Running")
        yield* queue.addAll(yield* main.keys, bulk)
        return yield* Effect.never
      })
    yield* report.enter("Standby")
    yield* Effect.forkScoped(Effect.interruptible(description.guard!(lead))) // without a guard there is an intake
  }).pipe(Effect.annotateLogs("controller", name))
}

/** A predicate that throws lets its change pass: rather one run too many than a change that nobody saw. */
const passes = (predicate: Predicate, change: Store.Change<KubeObject>, defects: Array<unknown>): boolean => {
  try {
    return predicate(change)
  } catch (defect) {
    defects.push(defect)
    return true
  }
}

/** A bug in a predicate or a mapping is reported; it ends neither the source nor the controller. */
const reportDefects = (source: Source<unknown>, defects: ReadonlyArray<unknown>): Effect.Effect<void> =>
  Effect.forEach(
    defects,
    (defect) =>
      Effect.logError(`a change of ${source.resource.kind} met a defect on its way to keys`, Cause.die(defect)),
    { discard: true }
  )

export const layer = <E, R>(self: Controller.Controller<E, R>): Layer.Layer<never, Store.NotReady, R> =>
  Layer.scopedDiscard(start(self)) as Layer.Layer<never, Store.NotReady, R> // Exclude<R, Scope>: a description holds no Scope

export const run = <E, R>(self: Controller.Controller<E, R>): Effect.Effect<never, Store.NotReady, R> =>
  Effect.scoped(Effect.zipRight(start(self), Effect.never)) as Effect.Effect<never, Store.NotReady, R>
