/**
 * The description of a controller, which `controllerStart.ts` runs. It is built for kinds of every type and keeps them
 * erased; the casts in this file cross between the typed public functions and the erased description.
 */
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { KubeObject } from "../../protocol/Resource.js"
import type * as Controller from "../Controller.js"
import { guard, type LeaderElection } from "../LeaderElection.js"
import type * as Store from "../Store.js"
import type * as WorkQueue from "../WorkQueue.js"
import { ownerKeys, type OwnerKind } from "./keys.js"
import type { Leadership } from "./leadership.js"
import type { ReconcileTimeout } from "./reconcileTimeout.js"
import type { Handles } from "./reflecting.js"
import type { Source } from "./source.js"
import { fromApi } from "./storeSource.js"
import type { Terminal } from "./terminal.js"

export const TypeId = "~effect-kube/Controller" as const

/** Opens the store of a kind; its first list has to be there within the time. */
type Open<K, R> = (syncTimeout: Duration.Duration) => Effect.Effect<Source<K>, never, R | Scope.Scope>
type Reconcile<E, R> = (
  object: KubeObject,
  run: Controller.Run
) => Effect.Effect<Controller.Result | void, E | Terminal<unknown>, R>
type Policy<E, R> = (error: E, attempt: number) => Effect.Effect<Controller.Result | void, never, R>
export type Keys = Iterable<Store.Key>
export type Predicate = (change: Store.Change<KubeObject>) => boolean

/** A kind whose changes enqueue keys. */
interface Trigger<R> {
  readonly role: "owns" | "watches"
  readonly open: Open<KubeObject, R>
  readonly predicate: Predicate
  readonly keys: (change: Store.Change<KubeObject>, main: OwnerKind) => Keys | Effect.Effect<Keys, never, R>
}

export interface Description<E, R> {
  readonly open: Open<KubeObject, R>
  readonly predicate: Predicate
  readonly reconcile: Reconcile<E, R>
  readonly concurrency: number
  readonly deleted: boolean
  readonly backoff: Schedule.Schedule<unknown, unknown> | undefined
  readonly debounce: WorkQueue.Debounce | undefined
  readonly rateLimit: WorkQueue.RateLimit | undefined
  /** How long a reconcile may take. */
  readonly timeout: Duration.Duration | undefined
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

export class ControllerImpl<E, R> implements Controller.Controller<E, R>, Pipeable {
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

/** What a controller of such a reconcile, with such a deadline, fails with. */
type Failure<E, T> = Exclude<E, Terminal<unknown>> | ([T] extends [undefined] ? never : ReconcileTimeout)

const timeoutOf = (name: string, timeout: Duration.DurationInput | undefined): Duration.Duration | undefined => {
  if (timeout === undefined) return undefined
  const duration = Duration.decode(timeout)
  if (Duration.toMillis(duration) > 0) return Duration.isFinite(duration) ? duration : undefined
  throw new TypeError(
    `Controller.make: timeout of ${name}: expected a time above zero, found ${Duration.format(duration)}`
  )
}

/** As `Controller.make`, over any source. */
export const makeFrom = <K extends KubeObject, R0, E, R, T extends Duration.DurationInput | undefined = undefined>(
  name: string,
  open: Open<K, R0>,
  options: Omit<Controller.Options<K, R0, E, R, T>, "for">
): Controller.Controller<Failure<E, T>, R0 | Exclude<R, Scope.Scope>> => {
  const concurrency = options.concurrency ?? 1
  if (name === "") throw new TypeError("Controller.make: name: expected a text that is not empty")
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new TypeError(`Controller.make: concurrency of ${name}: expected a positive integer, found ${concurrency}`)
  }
  return new ControllerImpl<Failure<E, T>, R0 | Exclude<R, Scope.Scope>>(name, {
    open,
    predicate: (options.predicate ?? always) as Predicate,
    // The runner gives each run a Scope.
    reconcile: options.reconcile as unknown as Reconcile<Failure<E, T>, R0 | Exclude<R, Scope.Scope>>,
    concurrency,
    deleted: options.deleted ?? false,
    backoff: options.backoff,
    debounce: options.debounce,
    rateLimit: options.rateLimit,
    timeout: timeoutOf(name, options.timeout),
    syncTimeout: Duration.decode(options.syncTimeout ?? "2 minutes"),
    shutdownTimeout: Duration.decode(options.shutdownTimeout ?? "30 seconds"),
    triggers: [],
    keyStreams: [],
    allStreams: [],
    policy: Option.none(),
    guard: undefined
  })
}

export const make = <K extends KubeObject, R0, E, R, T extends Duration.DurationInput | undefined = undefined>(
  name: string,
  options: Controller.Options<K, R0, E, R, T>
): Controller.Controller<Failure<E, T>, R0 | Exclude<R, Scope.Scope>> =>
  makeFrom(name, fromApi("Controller.make", options.for, options.watch), options)

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
    role: "owns",
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
): Controller.Controller<E, R | R0> =>
  trigger<E, R | R0>(self, { role: "watches", open, predicate: options?.predicate ?? always, keys })

const first = (args: IArguments): boolean => isController(args[0])

export const owns: never = dual(
  first,
  (self: Erased, api: Handles<KubeObject, never>, options?: Controller.OwnsOptions<KubeObject>) =>
    ownsFrom(self, fromApi("Controller.owns", api, options?.watch), options)
) as never

export const watches: never = dual(
  first,
  (
    self: Erased,
    api: Handles<KubeObject, never>,
    keys: Trigger<never>["keys"],
    options?: Controller.SourceOptions<KubeObject>
  ) => watchesFrom(self, fromApi("Controller.watches", api, options?.watch), keys, options)
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
