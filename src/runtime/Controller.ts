/**
 * A controller: it watches the objects of a kind, and what belongs to them, and runs `reconcile` for each that may have
 * changed, until what is there is what was asked for. A key runs once at a time; what fails comes again with a backoff;
 * nothing that happens in one run ends the controller.
 *
 * ```ts
 * import { Api, Controller, Resource } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { Effect, Schema } from "effect"
 *
 * class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
 *   scope: "Namespaced",
 *   spec: Schema.Struct({ title: Schema.String })
 * }) {}
 *
 * const controller = Controller.make("foo", {
 *   for: Api.all(Foo),
 *   reconcile: (foo) =>
 *     Effect.gen(function*() {
 *       yield* Api.namespaced(ConfigMap, foo.metadata.namespace).createOrReplace({
 *         metadata: { name: foo.metadata.name, ownerReferences: [Resource.ownerReference(foo)] },
 *         data: { title: foo.spec.title }
 *       })
 *       return Controller.requeueAfter("1 hour")
 *     })
 * }).pipe(Controller.owns(Api.all(ConfigMap)))
 *
 * const main = Controller.layer(controller)
 * ```
 *
 * Writes inside `reconcile` go under the controller's name as field manager. Why a key was enqueued is not told:
 * reconcile looks at what is there (it is level-triggered), and so it also repairs what no event announced.
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type { Pipeable } from "effect/Pipeable"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as KubeClient from "../client/KubeClient.js"
import type { KubeObject } from "../protocol/Resource.js"
import * as internal from "./internal/controller.js"
import * as controllerReport from "./internal/controllerReport.js"
import * as controllerStart from "./internal/controllerStart.js"
import { ReconcileTimeout } from "./internal/reconcileTimeout.js"
import { Terminal } from "./internal/terminal.js"
import type { LeaderElection } from "./LeaderElection.js"
import type * as Store from "./Store.js"
import type * as Watcher from "./Watcher.js"
import type * as WorkQueue from "./WorkQueue.js"

export const TypeId: TypeId = internal.TypeId
export type TypeId = "~effect-kube/Controller"

/** What reconcile says when it is done. */
export type Result =
  /** Nothing more until something changes. */
  | { readonly _tag: "Done" }
  /** Once more after this time, unless something changes before. */
  | { readonly _tag: "RequeueAfter"; readonly duration: Duration.DurationInput }

/** Nothing more until something changes; the same as returning nothing. */
export const done: Result = { _tag: "Done" }

/** Once more after this time, unless something changes before. */
export const requeueAfter = (duration: Duration.DurationInput): Result => ({ _tag: "RequeueAfter", duration })

export {
  /** What a reconcile fails with that takes longer than its deadline: the option `timeout`. */
  ReconcileTimeout,
  /** A failure that would come again, made by {@link terminal}. */
  Terminal
}

/** A handle, or several of one kind: of a few namespaces. */
export type Handles<K, R> = Watcher.Watchable<K, R> | ReadonlyArray<Watcher.Watchable<K, R>>

/**
 * A failure that would come again: it is reported, and not retried until the object changes. It is an error and an
 * Effect that fails with it, so it fits where either does.
 *
 * ```ts
 * import { Api, Controller } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { Effect } from "effect"
 *
 * const made = Api.namespaced(ConfigMap, "default").create({ metadata: { name: "a" } }).pipe(
 *   Effect.catchTag("KubeInvalid", Controller.terminal)
 * )
 * ```
 */
export const terminal = <E>(error: E): Terminal<E> => new Terminal({ error })

/** How a key stands. */
export interface Run {
  /** 1 for the first try since the key last succeeded, then 2, 3, ... */
  readonly attempt: number
  /** What the try before this one failed with: its typed error or its defect. */
  readonly lastError: Option.Option<unknown>
  /** The object is gone and this is its last known state; only with the option `deleted`. */
  readonly deleted: boolean
}

/** Which objects and changes of a kind count. */
export interface SourceOptions<in K> {
  /** How the kind is watched: which objects, and with what patience. */
  readonly watch?: Watcher.Options | undefined
  /** Changes that do not pass enqueue nothing; where it throws that is reported, and the change passes. Default: all pass. */
  readonly predicate?: ((change: Store.Change<K>) => boolean) | undefined
}

export interface Options<K, R0, E, R, T extends Duration.DurationInput | undefined = undefined>
  extends SourceOptions<K>
{
  /** The kind that is reconciled. */
  readonly for: Handles<K, R0>
  /**
   * Makes true what the object asks for. It runs for one object at a time, has a Scope of its own, and must bear to be
   * run again at any time. A failure is retried with the backoff, a {@link terminal} one only after a change; a defect
   * is reported and retried like a failure.
   */
  readonly reconcile: (object: K, run: Run) => Effect.Effect<Result | void, E, R>
  /**
   * How long one reconcile may take. Then it is interrupted and awaited, and has failed with a {@link ReconcileTimeout},
   * which the error policy gets and the next try finds as its last error. Default: as long as it takes.
   */
  readonly timeout?: T | undefined
  /** How many keys are reconciled at once. Default 1. */
  readonly concurrency?: number | undefined
  /** Reconcile also what was deleted, with its last known state, until that succeeds. What was deleted while no controller ran is not seen: that is what finalizers are for. Default false. */
  readonly deleted?: boolean | undefined
  /** The pause before each retry of a key, given the error or defect. Default {@link WorkQueue.defaultBackoff}. */
  readonly backoff?: Schedule.Schedule<unknown, unknown> | undefined
  /** Gathers the changes of a key into one run. Default: none. */
  readonly debounce?: WorkQueue.Debounce | undefined
  /** How many reconciles may begin in a time, over all keys. Default: no limit. */
  readonly rateLimit?: WorkQueue.RateLimit | undefined
  /** How long the first list of each kind may take before the controller fails with the reason. Default 2 minutes. */
  readonly syncTimeout?: Duration.DurationInput | undefined
  /** How long running reconciles may take to end when the controller stops. Default 30 seconds. */
  readonly shutdownTimeout?: Duration.DurationInput | undefined
}

/** A description of a controller; nothing runs before {@link layer} or {@link run}. `E` is what its reconcile fails with, terminal failures aside. */
export interface Controller<out E, out R> extends Pipeable {
  readonly [TypeId]: { readonly _E: () => E; readonly _R: () => R }
  readonly name: string
}

export const isController: (u: unknown) => u is Controller<unknown, unknown> = internal.isController

/**
 * Describes a controller. The name is its field manager and stands in logs, spans and metrics.
 *
 * Throws a `TypeError` when the name is empty, the concurrency is not a positive integer, the timeout is not above zero, or
 * there is no handle.
 */
export const make: <K extends KubeObject, R0, E, R, T extends Duration.DurationInput | undefined = undefined>(
  name: string,
  options: Options<K, R0, E, R, T>
) => Controller<
  Exclude<E, Terminal<unknown>> | ([T] extends [undefined] ? never : ReconcileTimeout),
  R0 | Exclude<R, Scope.Scope>
> = internal.make

export interface OwnsOptions<in K> extends SourceOptions<K> {
  /** `"any"`: every owner reference to the kind counts; `"controller"`: only that of the controlling owner. Default `"any"`. */
  readonly owner?: "any" | "controller" | undefined
}

/** Reconciles an object also when something that it owns (`metadata.ownerReferences`) changes, is given away, or goes. */
export const owns: {
  <K extends KubeObject, R0>(
    api: Handles<K, R0>,
    options?: OwnsOptions<K>
  ): <E, R>(self: Controller<E, R>) => Controller<E, R | R0>
  <E, R, K extends KubeObject, R0>(
    self: Controller<E, R>,
    api: Handles<K, R0>,
    options?: OwnsOptions<K>
  ): Controller<E, R | R0>
} = internal.owns

/** Reconciles the objects that a change of another kind concerns. Objects that do not exist are passed over. */
export const watches: {
  <K extends KubeObject, R0, R2 = never>(
    api: Handles<K, R0>,
    keys: (change: Store.Change<K>) => Iterable<Store.Key> | Effect.Effect<Iterable<Store.Key>, never, R2>,
    options?: SourceOptions<K>
  ): <E, R>(self: Controller<E, R>) => Controller<E, R | R0 | R2>
  <E, R, K extends KubeObject, R0, R2 = never>(
    self: Controller<E, R>,
    api: Handles<K, R0>,
    keys: (change: Store.Change<K>) => Iterable<Store.Key> | Effect.Effect<Iterable<Store.Key>, never, R2>,
    options?: SourceOptions<K>
  ): Controller<E, R | R0 | R2>
} = internal.watches

/** Reconciles the objects whose keys come out of a stream. */
export const reconcileOn: {
  <R2>(keys: Stream.Stream<Store.Key, never, R2>): <E, R>(self: Controller<E, R>) => Controller<E, R | R2>
  <E, R, R2>(self: Controller<E, R>, keys: Stream.Stream<Store.Key, never, R2>): Controller<E, R | R2>
} = internal.reconcileOn

/** Reconciles all objects whenever the stream gives something; they rank below fresh changes. */
export const reconcileAllOn: {
  <R2>(ticks: Stream.Stream<unknown, never, R2>): <E, R>(self: Controller<E, R>) => Controller<E, R | R2>
  <E, R, R2>(self: Controller<E, R>, ticks: Stream.Stream<unknown, never, R2>): Controller<E, R | R2>
} = internal.reconcileAllOn

/**
 * Decides about each typed failure of reconcile (not about terminal failures and defects): its result instead of the
 * backoff, or nothing to keep the backoff. The controller leaves the reporting to the policy.
 */
export const onError: {
  <E, R2>(
    policy: (error: E, attempt: number) => Effect.Effect<Result | void, never, R2>
  ): <R>(self: Controller<E, R>) => Controller<never, R | R2>
  <E, R, R2>(
    self: Controller<E, R>,
    policy: (error: E, attempt: number) => Effect.Effect<Result | void, never, R2>
  ): Controller<never, R | R2>
} = internal.onError

/**
 * Reconciles only while this process leads an election. The caches are filled before; who comes to lead begins with all
 * objects; what was deleted while another one led was that one's business, also with the option `deleted`. When
 * leadership is lost, running reconciles are interrupted at once and awaited, and none begins that the clock says is too
 * late; `LeaderElection.Current` in a reconcile has the fencing token.
 *
 * ```ts
 * import { Api, Controller, LeaderElection } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { Effect, Layer } from "effect"
 *
 * const controller = Controller.make("settings", {
 *   for: Api.all(ConfigMap),
 *   reconcile: (configMap) => Effect.log(configMap.metadata.name)
 * })
 *
 * const main = controller.pipe(
 *   Controller.whenLeading,
 *   Controller.layer,
 *   Layer.provide(LeaderElection.layer("settings-operator"))
 * )
 * ```
 */
export const whenLeading: <E, R>(self: Controller<E, R>) => Controller<E, R | LeaderElection> = internal.whenLeading

/**
 * Starts a controller in the Scope: returns when its caches are synced and its workers run. When the Scope closes it
 * stops gracefully: nothing new begins, running reconciles may end within `shutdownTimeout`, then are interrupted.
 */
export const start: <E, R>(self: Controller<E, R>) => Effect.Effect<void, Store.NotReady, R | Scope.Scope> =
  controllerStart.start

/** A layer that runs the controller as long as it is in use; built once the caches are synced. */
export const layer: <E, R>(self: Controller<E, R>) => Layer.Layer<never, Store.NotReady, R> = controllerStart.layer

/** A kind that a controller follows. */
export interface FollowedKind {
  readonly role: "for" | "owns" | "watches"
  readonly group: string
  readonly kind: string
  /** Its first list is in. */
  readonly isSynced: boolean
}

/** How many runs have ended, by what became of them. */
export interface RunCounts {
  /** Nothing more until a change. */
  readonly done: number
  readonly requeued: number
  /** Typed failures, those that the error policy made a result of too; not the terminal ones. */
  readonly failed: number
  readonly terminal: number
  readonly defects: number
  /** Those of the failures that took longer than the deadline. */
  readonly timedOut: number
}

/** A controller as it is at a moment: plain data, without anything of the objects but their keys. */
export interface Description {
  readonly name: string
  /**
   * `Syncing`: its first lists are not in yet. `Standby`: another process leads. `Running`: it takes keys. `Stopping`:
   * nothing new begins, and what runs may end.
   */
  readonly phase: "Syncing" | "Standby" | "Running" | "Stopping"
  readonly phaseSince: DateTime.Utc
  readonly concurrency: number
  /** What it follows, the kind that it reconciles first. */
  readonly kinds: ReadonlyArray<FollowedKind>
  readonly counts: RunCounts
  /** Undefined while it stands by, and while it syncs under an election: there is no queue. */
  readonly queue: WorkQueue.Snapshot<Store.Key, unknown> | undefined
  readonly describedAt: DateTime.Utc
}

/** Runs the controller until it is interrupted. */
export const run: <E, R>(self: Controller<E, R>) => Effect.Effect<never, Store.NotReady, R> = controllerStart.run

/**
 * The controllers that run on the client now, for a status page: those that are synchronizing too. Of each queue at most
 * 100 keys are shown.
 *
 * ```ts
 * import { Controller } from "effect-kube"
 * import { Console, Effect } from "effect"
 *
 * const status = Effect.flatMap(Controller.describe, Effect.forEach(({ name, phase, queue }) =>
 *   Console.log(`${name} ${phase}: ${queue?.size.pending ?? 0} keys wait`)
 * ))
 * ```
 */
export const describe: Effect.Effect<ReadonlyArray<Description>, never, KubeClient.KubeClient> = Effect.flatMap(
  KubeClient.KubeClient,
  (client) => controllerReport.describe(client, 100)
)
