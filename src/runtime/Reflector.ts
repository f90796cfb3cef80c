/**
 * A reflector keeps a {@link Store} equal to what the server has, through a watch that survives. It is what client-go
 * calls an informer's lister and kube-rs a reflector.
 *
 * ```ts
 * import { Api, Reflector } from "effect-kube"
 * import { Pod } from "effect-kube/kinds/core/v1"
 * import { Effect } from "effect"
 *
 * const program = Effect.scoped(Effect.gen(function*() {
 *   const pods = yield* Reflector.make(Api.all(Pod), { labels: "app=web" })
 *   yield* pods.ready
 *   const web = yield* pods.list
 *   yield* Effect.log(`${web.length} Pods`)
 * }))
 * ```
 */
import * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as KubeError from "../protocol/KubeError.js"
import type { KubeObject } from "../protocol/Resource.js"
import {
  coreOf,
  following,
  type Handles,
  makeCore,
  type ReflectOptions,
  storeSettings,
  targetsOf,
  told
} from "./internal/reflecting.js"
import { StoreView } from "./internal/storeView.js"
import { resolve } from "./internal/watcher.js"
import type * as Store from "./Store.js"
import type * as Watcher from "./Watcher.js"

/** How the store behaves. */
export interface StoreOptions {
  /** After what time `ready` fails while the first list is not complete. Default 2 minutes. */
  readonly syncTimeout?: Duration.DurationInput | undefined
  /** How many changes are kept for a consumer that is behind, before those of each object are joined to one. Default 4096. */
  readonly changesBuffer?: number | undefined
  /**
   * Whether equal strings of the objects are kept once: images, labels' values, probes' paths, which every Pod of a Deployment has for
   * itself otherwise. It makes no difference but to memory, of which it saves a quarter for Pods without managedFields, and costs some 15 µs
   * a Pod that comes. Default false.
   */
  readonly shareStrings?: boolean | undefined
}

export interface Options extends Watcher.Options, StoreOptions {}

/** The indexes of a store, by their names. */
export interface IndexOptions<in K, I extends string> {
  /** Functions that say under which keys an object is found: see `Store.by`. Default: none. */
  readonly indexes?: { readonly [Name in I]: Store.Index<K> } | undefined
}

/** What a store needs to know of what it keeps. */
export interface Kept {
  readonly metadata: KubeObject["metadata"]
}

/** What a store is filled from where only its events are known. */
const watchedEvents: KubeError.RequestInfo = {
  verb: "watch",
  group: "",
  version: "",
  resource: "",
  kind: "watched events",
  namespace: undefined,
  name: undefined,
  subresource: undefined
}

/**
 * Follows all objects of a place into a store. It returns at once: `store.ready` waits for the first list. When the
 * Scope closes, the request is ended, its connection is free, and the store stays as it is.
 *
 * What it keeps of each object, from most to least:
 *
 * - all of it; without `metadata.managedFields` where `managedFields` is `"drop"`, and equal strings once with `shareStrings`;
 * - a few fields: a handle of `Resource.view(K, schema)`;
 * - metadata alone: a handle of `Resource.metadataOnly(K)`. The server sends nothing else;
 * - what `project` makes of each object: the rest is not kept.
 *
 * Several handles of one kind become one store, with a watch for each namespace: for programs that may not list the
 * whole cluster. A namespace that is named twice counts once. No handle at all, handles of different kinds or clients, and
 * one over all namespaces beside others are mistakes of the program: a defect, a `TypeError`.
 *
 * ```ts
 * import { Api, Reflector } from "effect-kube"
 * import { Pod } from "effect-kube/kinds/core/v1"
 *
 * const ours = (namespaces: ReadonlyArray<string>) =>
 *   Reflector.make(namespaces.map((namespace) => Api.namespaced(Pod, namespace)))
 * ```
 */
export function make<K extends KubeObject, R, A extends Kept, const I extends string = never>(
  api: Watcher.Watchable<K, R> | ReadonlyArray<Watcher.Watchable<K, R>>,
  options: Options & IndexOptions<NoInfer<A>, I> & { readonly project: (object: K) => A }
): Effect.Effect<Store.Exclusive<A, I>, never, R | Scope.Scope>
export function make<K extends KubeObject, R, const I extends string = never>(
  api: Watcher.Watchable<K, R> | ReadonlyArray<Watcher.Watchable<K, R>>,
  options?: Options & IndexOptions<NoInfer<K>, I>
): Effect.Effect<Store.Exclusive<K, I>, never, R | Scope.Scope>
export function make<K extends KubeObject, R>(
  api: Handles<K, R>,
  options?: ReflectOptions<K, K>
): Effect.Effect<Store.Exclusive<Kept, string>, never, R | Scope.Scope> {
  return Effect.suspend(() => {
    const settings = resolve(options ?? {})
    return Effect.flatMap(targetsOf("Reflector.make", api), (targets) => {
      const parts = targets.map((target) => ({
        namespace: target.namespace,
        target,
        core: coreOf<K>(target, options)
      }))
      const fill = Effect.forEach(
        parts,
        ({ core, target }) => Effect.forkScoped(following(target, settings, core, options?.project)),
        { discard: true }
      )
      const [only] = parts
      return Effect.as(
        fill,
        parts.length === 1 && only !== undefined
          ? only.core
          : new StoreView<K>(parts, { ...storeSettings(options), shared: false, indexes: options?.indexes })
      )
    })
  })
}

/**
 * Keeps a store from a watcher's events that a program has filtered or changed on their way. What the events say is
 * what the store has. Should they end, the store stays as it is: an error is logged, and `store.trouble` tells it.
 *
 * ```ts
 * import { Api, Reflector, Watcher } from "effect-kube"
 * import { Secret } from "effect-kube/kinds/core/v1"
 *
 * const names = Watcher.watch(Api.all(Secret)).pipe(
 *   Watcher.mapObjects(({ metadata }) => ({ metadata })),
 *   Reflector.fromStream
 * )
 * ```
 */
export const fromStream = <K extends Kept, R, const I extends string = never>(
  events: Stream.Stream<Watcher.Event<K>, never, R>,
  options?: StoreOptions & IndexOptions<NoInfer<K>, I>
): Effect.Effect<Store.Exclusive<K, I>, never, R | Scope.Scope> =>
  Effect.suspend(() => {
    const store = makeCore<K>(watchedEvents.kind, options)
    const run = Stream.runForEachChunk(events, (chunk) => store.take(Chunk.toReadonlyArray(chunk)))
    return Effect.as(Effect.forkScoped(told(store, watchedEvents, run)), store)
  })
