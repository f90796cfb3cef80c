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
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as KubeError from "../protocol/KubeError.js"
import type { KubeObject } from "../protocol/Resource.js"
import { StoreCore } from "./internal/storeCore.js"
import { follow, mapObject } from "./internal/watcher.js"
import type * as Store from "./Store.js"
import type * as Watcher from "./Watcher.js"

/** How the store behaves. */
export interface StoreOptions {
  /** After what time `ready` fails while the first list is not complete. Default 2 minutes. */
  readonly syncTimeout?: Duration.DurationInput | undefined
  /** How many changes are kept for a consumer that is behind, before those of each object are joined to one. Default 4096. */
  readonly changesBuffer?: number | undefined
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

const core = <K extends Kept>(
  watched: string,
  options: (StoreOptions & IndexOptions<K, string>) | undefined
): StoreCore<K> =>
  new StoreCore<K>({
    watched,
    indexes: options?.indexes,
    syncTimeout: Duration.decode(options?.syncTimeout ?? "2 minutes"),
    changesBuffer: options?.changesBuffer ?? 4096
  })

const requestOf = <K, R>(api: Watcher.Watchable<K, R>, verb: "list" | "watch"): KubeError.RequestInfo => {
  const { group, kind, plural, version } = api.resource
  return {
    verb,
    group,
    version,
    resource: plural,
    kind,
    namespace: api.namespace,
    name: undefined,
    subresource: undefined
  }
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

/** Fills a store until the Scope closes. Should that end before, which only a bug or a stream that ends can do, the store says so. */
const fill = <K extends Kept, R>(
  store: StoreCore<K>,
  request: KubeError.RequestInfo,
  run: Effect.Effect<void, never, R>
): Effect.Effect<void, never, R | Scope.Scope> =>
  Effect.asVoid(Effect.forkScoped(Effect.onExit(run, (exit) => {
    if (Exit.isInterrupted(exit)) return Effect.void
    const cause = Exit.isFailure(exit) ? exit.cause : Cause.empty
    const why = Exit.isFailure(exit)
      ? `the events have ended with a defect: ${Cause.squash(cause)}`
      : "the events have ended"
    const error = new KubeError.TransportError({ request, reason: "Other", description: why })
    store.apply([{ _tag: "Trouble", error, retryIn: Duration.infinity }])
    return Effect.logError(`${error.message}; the store stays as it is`, cause)
  })))

/** Follows a handle into a store, with what `change` makes of each chunk of events. */
const reflect = <K, A extends Kept, R>(
  api: Watcher.Watchable<K, R>,
  options: (Options & IndexOptions<A, string>) | undefined,
  change: (events: ReadonlyArray<Watcher.Event<K>>) => ReadonlyArray<Watcher.Event<A>>
): Effect.Effect<Store.Store<A, string>, never, R | Scope.Scope> =>
  Effect.suspend(() => {
    const store = core<A>(KubeError.describeRequest(requestOf(api, "list")), options)
    const following = follow(api, options ?? {}, (events) => Effect.sync(() => store.apply(change(events))))
    return Effect.as(fill(store, requestOf(api, "watch"), following), store)
  })

/**
 * Follows all objects of a place into a store. It returns at once: `store.ready` waits for the first list. When the
 * Scope closes, the request is ended, its connection is free, and the store stays as it is.
 *
 * With `project` the store keeps what that makes of each object, and the rest is not kept.
 */
export function make<K extends KubeObject, R, A extends Kept, const I extends string = never>(
  api: Watcher.Watchable<K, R>,
  options: Options & IndexOptions<NoInfer<A>, I> & { readonly project: (object: K) => A }
): Effect.Effect<Store.Store<A, I>, never, R | Scope.Scope>
export function make<K extends KubeObject, R, const I extends string = never>(
  api: Watcher.Watchable<K, R>,
  options?: Options & IndexOptions<NoInfer<K>, I>
): Effect.Effect<Store.Store<K, I>, never, R | Scope.Scope>
export function make<K extends KubeObject, R>(
  api: Watcher.Watchable<K, R>,
  options?: Options & IndexOptions<K & Kept, string> & { readonly project?: (object: K) => K }
): Effect.Effect<Store.Store<Kept, string>, never, R | Scope.Scope> {
  const project = options?.project
  return project === undefined
    ? reflect(api, options, (events) => events)
    : reflect(api, options, (events) => events.map((event) => mapObject(event, project)))
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
): Effect.Effect<Store.Store<K, I>, never, R | Scope.Scope> =>
  Effect.suspend(() => {
    const store = core<K>(watchedEvents.kind, options)
    const run = Stream.runForEachChunk(events, (chunk) => Effect.sync(() => store.apply(Chunk.toReadonlyArray(chunk))))
    return Effect.as(fill(store, watchedEvents, run), store)
  })
