/**
 * From the description of a controller to its running parts: sources give changes, changes give keys, keys go through
 * the queue to the runner. A description is built for kinds of every type and keeps them erased; the casts in this file
 * cross between the typed public functions and the erased description.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Observer } from "../../client/internal/writes.js"
import { FieldManager } from "../../client/KubeClient.js"
import type { KubeObject } from "../../protocol/Resource.js"
import type * as Controller from "../Controller.js"
import { guard, type LeaderElection } from "../LeaderElection.js"
import type * as Store from "../Store.js"
import type * as Watcher from "../Watcher.js"
import * as WorkQueue from "../WorkQueue.js"
import { identity, keyOf, ownerKeys, type OwnerKind } from "./keys.js"
import type { Leadership } from "./leadership.js"
import { Ledger } from "./ledger.js"
import * as runner from "./runner.js"
import type { Source } from "./source.js"
import { fromApi } from "./storeSource.js"
import { Terminal } from "./terminal.js"

export const TypeId = "~effect-kube/Controller" as const

/** Keys of the first list and of `reconcileAllOn` rank below those of fresh changes. */
const bulk: WorkQueue.AddOptions = { priority: -100 }

/** Opens the store of a kind; its first list has to be there within the time. */
type Open<K, R> = (syncTimeout: Duration.Duration) => Effect.Effect<Source<K>, never, R | Scope.Scope>
type Reconcile<E, R> = (
  object: KubeObject,
  run: Controller.Run
) => Effect.Effect<Controller.Result | void, E | Terminal<unknown>, R>
type Policy<E, R> = (error: E, attempt: number) => Effect.Effect<Controller.Result | void, never, R>
type Keys = Iterable<Store.Key>

/** A kind whose changes enqueue keys. */
interface Trigger<R> {
  readonly open: Open<KubeObject, R>
  readonly predicate: Predicate
  readonly keys: (change: Store.Change<KubeObject>, main: OwnerKind) => Keys | Effect.Effect<Keys, never, R>
}

interface Description<E, R> {
  readonly open: Open<KubeObject, R>
  readonly predicate: Predicate
  readonly reconcile: Reconcile<E, R>
  readonly concurrency: number
  readonly deleted: boolean
  readonly backoff: Schedule.Schedule<unknown, unknown> | undefined
  readonly debounce: WorkQueue.Debounce | undefined
  readonly syncTimeout: Duration.Duration
  readonly shutdownTimeout: Duration.Duration
  readonly triggers: ReadonlyArray<Trigger<R>>
  readonly keyStreams: ReadonlyArray<Stream.Stream<Store.Key, never, R>>
  readonly allStreams: ReadonlyArray<Stream.Stream<unknown, never, R>>
  readonly policy: Option.Option<Policy<E, R>>
  /** Waits for leadership before the workers start, and stops them when it is lost. */
  readonly guard: Guard<R> | undefined
}

/** Runs work while this process leads. */
type Guard<R> = <A, E, R1>(
  work: (leadership: Leadership) => Effect.Effect<A, E, R1>
) => Effect.Effect<A, E, Exclude<R1, Scope.Scope> | R>

class ControllerImpl<E, R> implements Controller.Controller<E, R>, Pipeable {
  declare readonly [TypeId]: { readonly _E: () => E; readonly _R: () => R }

  constructor(readonly name: string, readonly description: Description<E, R>) {}

  with(more: Partial<Description<E, R>>): ControllerImpl<E, R> {
    return new ControllerImpl(this.name, { ...this.description, ...more })
  }

  pipe() {
    // eslint-disable-next-line prefer-rest-params
    return pipeArguments(this, arguments)
  }
}

type Erased = ControllerImpl<unknown, never>

const always = (): boolean => true

export const isController = (u: unknown): u is Controller.Controller<unknown, unknown> => u instanceof ControllerImpl

// ------------------------------------------------------------------------------------------------ describing

/** As `Controller.make`, over any source. */
export const makeFrom = <K extends KubeObject, R0, E, R>(
  name: string,
  open: Open<K, R0>,
  options: Omit<Controller.Options<K, R0, E, R>, "for">
): Controller.Controller<Exclude<E, Terminal<unknown>>, R0 | Exclude<R, Scope.Scope>> => {
  const concurrency = options.concurrency ?? 1
  if (name === "") throw new TypeError("Controller.make: name: expected a text that is not empty")
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new TypeError(`Controller.make: concurrency of ${name}: expected a positive integer, found ${concurrency}`)
  }
  return new ControllerImpl<Exclude<E, Terminal<unknown>>, R0 | Exclude<R, Scope.Scope>>(name, {
    open,
    predicate: (options.predicate ?? always) as Predicate,
    // The runner gives each run a Scope.
    reconcile: options.reconcile as unknown as Reconcile<Exclude<E, Terminal<unknown>>, R0 | Exclude<R, Scope.Scope>>,
    concurrency,
    deleted: options.deleted ?? false,
    backoff: options.backoff,
    debounce: options.debounce,
    syncTimeout: Duration.decode(options.syncTimeout ?? "2 minutes"),
    shutdownTimeout: Duration.decode(options.shutdownTimeout ?? "30 seconds"),
    triggers: [],
    keyStreams: [],
    allStreams: [],
    policy: Option.none(),
    guard: undefined
  })
}

export const make = <K extends KubeObject, R0, E, R>(
  name: string,
  options: Controller.Options<K, R0, E, R>
): Controller.Controller<Exclude<E, Terminal<unknown>>, R0 | Exclude<R, Scope.Scope>> =>
  makeFrom(name, fromApi(options.for, options.watch), options)

const trigger = <E, R>(self: Controller.Controller<E, R>, more: Trigger<R>): Controller.Controller<E, R> => {
  const impl = self as ControllerImpl<E, R>
  return impl.with({ triggers: [...impl.description.triggers, more] })
}

/** As `Controller.owns`, over any source. */
export const ownsFrom = <E, R, R0>(
  self: Controller.Controller<E, R>,
  open: Open<KubeObject, R0>,
  options?: Controller.OwnsOptions<KubeObject>
): Controller.Controller<E, R | R0> =>
  trigger<E, R | R0>(self, {
    open,
    predicate: options?.predicate ?? always,
    keys: (change, main) => {
      const controllerOnly = options?.owner === "controller"
      const current = ownerKeys(change.object, main, controllerOnly)
      return change._tag === "Updated" ? [...current, ...ownerKeys(change.previous, main, controllerOnly)] : current
    }
  })

/** As `Controller.watches`, over any source. */
export const watchesFrom = <E, R, R0>(
  self: Controller.Controller<E, R>,
  open: Open<KubeObject, R0>,
  keys: Trigger<R0>["keys"],
  options?: Controller.SourceOptions<KubeObject>
): Controller.Controller<E, R | R0> => trigger<E, R | R0>(self, { open, predicate: options?.predicate ?? always, keys })

const first = (args: IArguments): boolean => isController(args[0])

export const owns: never = dual(
  first,
  (self: Erased, api: Watcher.Watchable<KubeObject, never>, options?: Controller.OwnsOptions<KubeObject>) =>
    ownsFrom(self, fromApi(api, options?.watch), options)
) as never

export const watches: never = dual(
  first,
  (
    self: Erased,
    api: Watcher.Watchable<KubeObject, never>,
    keys: Trigger<never>["keys"],
    options?: Controller.SourceOptions<KubeObject>
  ) => watchesFrom(self, fromApi(api, options?.watch), keys, options)
) as never

export const reconcileOn: never = dual(
  2,
  (self: Erased, keys: Stream.Stream<Store.Key>) => self.with({ keyStreams: [...self.description.keyStreams, keys] })
) as never

export const reconcileAllOn: never = dual(
  2,
  (self: Erased, ticks: Stream.Stream<unknown>) => self.with({ allStreams: [...self.description.allStreams, ticks] })
) as never

export const onError: never = dual(
  2,
  (self: Erased, policy: Policy<unknown, never>) => self.with({ policy: Option.some(policy) })
) as never

export const whenLeading = <E, R>(self: Controller.Controller<E, R>): Controller.Controller<E, R | LeaderElection> => {
  const impl = self as ControllerImpl<E, R | LeaderElection>
  return impl.with({ guard })
}

// ------------------------------------------------------------------------------------------------ running

export const start = <E, R>(
  self: Controller.Controller<E, R>
): Effect.Effect<void, Store.NotReady, R | Scope.Scope> => {
  const { description, name } = self as ControllerImpl<E, R>
  return Effect.gen(function*() {
    const makeQueue = WorkQueue.make<Store.Key, unknown>({
      identity,
      backoff: description.backoff,
      debounce: description.debounce
    })
    /** Where keys go; undefined while another process leads: who leads begins with all that is there. */
    let intake: WorkQueue.WorkQueue<Store.Key, unknown> | undefined
    if (description.guard === undefined) intake = yield* makeQueue
    const main = yield* description.open(description.syncTimeout)
    const others = yield* Effect.forEach(
      description.triggers,
      (trigger) => Effect.map(trigger.open(description.syncTimeout), (source) => ({ trigger, source }))
    )
    const sources: ReadonlyArray<Source<KubeObject>> = [main, ...others.map(({ source }) => source)]
    const graves = new Map<string, Array<KubeObject>>()

    const enqueue = (key: Store.Key, change: Store.Change<unknown>) =>
      intake?.unsafeAdd(key, change._tag === "Added" && change.initial ? bulk : undefined)
    const addAll = (keys: Keys, options?: WorkQueue.AddOptions) =>
      Effect.suspend(() => intake?.addAll(keys, options) ?? Effect.void)

    yield* main.subscribe((changes) => {
      const defects: Array<unknown> = []
      for (const change of changes) {
        if (!passes(description.predicate, change, defects)) continue
        const key = keyOf(change.object)
        if (description.deleted && change._tag === "Deleted") {
          const id = identity(key)
          graves.set(id, [...(graves.get(id) ?? []), change.object])
        }
        enqueue(key, change)
      }
      return report(main, defects)
    })
    yield* Effect.forEach(others, ({ source, trigger }) =>
      source.subscribe((changes) => {
        const defects: Array<unknown> = []
        const mappings: Array<Effect.Effect<void, never, R>> = []
        for (const change of changes) {
          if (!passes(trigger.predicate, change, defects)) continue
          try {
            const keys = trigger.keys(change, main.resource)
            if (Effect.isEffect(keys)) {
              mappings.push(Effect.map(keys, (keys) => {
                for (const key of keys) enqueue(key, change)
              }))
            } else for (const key of keys) enqueue(key, change)
          } catch (defect) {
            defects.push(defect)
          }
        }
        return Effect.zipRight(
          report(source, defects),
          Effect.forEach(mappings, (mapping) =>
            Effect.catchAllCause(mapping, (cause) => report(source, [Cause.squash(cause)])), {
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
        Stream.runForEachChunk(ticks, () => Effect.flatMap(main.keys, (keys) => addAll(keys, bulk)))
      ))

    const ledger = yield* Ledger.make(sources)
    const fieldManager = (yield* FieldManager) ?? name
    const work = (queue: WorkQueue.WorkQueue<Store.Key, unknown>, leadership: Leadership | undefined) =>
      runner.start({
        name,
        queue,
        concurrency: description.concurrency,
        // Who leads next does not wait for this one.
        shutdownTimeout: leadership === undefined ? description.shutdownTimeout : Duration.zero,
        policy: description.policy,
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
      return
    }
    const lead = (leadership: Leadership) =>
      Effect.gen(function*() {
        const queue = yield* makeQueue
        yield* Effect.addFinalizer(() =>
          Effect.sync(() => {
            intake = undefined
          })
        )
        yield* work(queue, leadership)
        intake = queue
        const buried = Array.from(graves.values(), (objects) => objects.map(keyOf)).flat()
        yield* queue.addAll(yield* main.keys, bulk)
        yield* queue.addAll(buried)
        return yield* Effect.never
      })
    yield* Effect.forkScoped(Effect.interruptible(description.guard!(lead))) // without a guard there is an intake
  }).pipe(Effect.annotateLogs("controller", name))
}

type Predicate = (change: Store.Change<KubeObject>) => boolean

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
const report = (source: Source<unknown>, defects: ReadonlyArray<unknown>): Effect.Effect<void> =>
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
