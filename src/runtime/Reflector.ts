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
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { describeRequest } from "../protocol/KubeError.js"
import type { KubeObject } from "../protocol/Resource.js"
import { StoreCore } from "./internal/storeCore.js"
import { follow, mapObject } from "./internal/watcher.js"
import type { Store } from "./Store.js"
import type * as Watcher from "./Watcher.js"

/** How the store behaves. */
export interface StoreOptions {
  /** After what time `ready` fails while the first list is not complete. Default 2 minutes. */
  readonly syncTimeout?: Duration.DurationInput | undefined
  /** How many changes are kept for a consumer that is behind, before those of each object are joined to one. Default 4096. */
  readonly changesBuffer?: number | undefined
}

export interface Options extends Watcher.Options, StoreOptions {}

/** What a store needs to know of what it keeps. */
export interface Kept {
  readonly metadata: KubeObject["metadata"]
}

const core = <K extends Kept>(watched: string, options: StoreOptions | undefined): StoreCore<K> =>
  new StoreCore<K>({
    watched,
    syncTimeout: Duration.decode(options?.syncTimeout ?? "2 minutes"),
    changesBuffer: options?.changesBuffer ?? 4096
  })

const watched = <K, R>(api: Watcher.Watchable<K, R>): string => {
  const { group, kind, plural, version } = api.resource
  return describeRequest({ verb: "list", group, version, resource: plural, kind, namespace: api.namespace, name: undefined, subresource: undefined })
}

/** Follows a handle into a store, with what `change` makes of each chunk of events. */
const reflect = <K, A extends Kept, R>(
  api: Watcher.Watchable<K, R>,
  options: Options | undefined,
  change: (events: ReadonlyArray<Watcher.Event<K>>) => ReadonlyArray<Watcher.Event<A>>
): Effect.Effect<Store<A>, never, R | Scope.Scope> =>
  Effect.suspend(() => {
    const store = core<A>(watched(api), options)
    return Effect.as(
      Effect.forkScoped(follow(api, options ?? {}, (events) => Effect.sync(() => store.apply(change(events))))),
      store
    )
  })

/**
 * Follows all objects of a place into a store. It returns at once: `store.ready` waits for the first list. When the
 * Scope closes, the request is ended, its connection is free, and the store stays as it is.
 *
 * With `project` the store keeps what that makes of each object, and the rest is not kept.
 */
export function make<K extends KubeObject, R, A extends Kept>(
  api: Watcher.Watchable<K, R>,
  options: Options & { readonly project: (object: K) => A }
): Effect.Effect<Store<A>, never, R | Scope.Scope>
export function make<K extends KubeObject, R>(
  api: Watcher.Watchable<K, R>,
  options?: Options
): Effect.Effect<Store<K>, never, R | Scope.Scope>
export function make<K extends KubeObject, R>(
  api: Watcher.Watchable<K, R>,
  options?: Options & { readonly project?: (object: K) => Kept }
): Effect.Effect<Store<Kept>, never, R | Scope.Scope> {
  const project = options?.project
  return project === undefined
    ? reflect(api, options, (events) => events)
    : reflect(api, options, (events) => events.map((event) => mapObject(event, project)))
}

/**
 * Keeps a store from a watcher's events that a program has filtered or changed on their way. What the events say is
 * what the store has.
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
export const fromStream = <K extends Kept, R>(
  events: Stream.Stream<Watcher.Event<K>, never, R>,
  options?: StoreOptions
): Effect.Effect<Store<K>, never, R | Scope.Scope> =>
  Effect.suspend(() => {
    const store = core<K>("watched events", options)
    const run = Stream.runForEachChunk(events, (chunk) => Effect.sync(() => store.apply(Array.from(chunk))))
    return Effect.as(Effect.forkScoped(run), store)
  })
