/**
 * From handles and options to stores that are followed: what `Reflector` and `Informers` share.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { decodeError } from "../../protocol/internal/decodeError.js"
import * as KubeError from "../../protocol/KubeError.js"
import type { IndexOptions, Kept, Options, StoreOptions } from "../Reflector.js"
import type * as Watcher from "../Watcher.js"
import { StoreCore } from "./storeCore.js"
import { followTarget, projected, type Settings, type Target, target as targetOf } from "./watcher.js"
import { metadataOf } from "./watcherFrames.js"

/** One handle, or several of one kind. */
export type Handles<K, R> = Watcher.Watchable<K, R> | ReadonlyArray<Watcher.Watchable<K, R>>

/** A projection is given to the objects of the handle that it came with. */
export interface ReflectOptions<K, A> extends Options, IndexOptions<A, string> {
  readonly project?: ((object: K) => A) | undefined
}

const isArray: (handles: unknown) => handles is ReadonlyArray<unknown> = Array.isArray

/**
 * Where handles lead, each place once. Handles that cannot be one store are a mistake of the program: a defect, a
 * `TypeError`.
 */
export const targetsOf = <K, R>(
  door: string,
  handles: Handles<K, R>
): Effect.Effect<ReadonlyArray<Target<K>>, never, R> => {
  if (!isArray(handles)) return Effect.map(targetOf(handles), (target) => [target])
  return Effect.flatMap(Effect.forEach(handles, (handle) => targetOf(handle)), (all) =>
    Effect.sync(() => {
      const first = all[0]
      if (first === undefined) throw new TypeError(`${door}: there are no handles, so nothing to follow`)
      const { kind } = first.resource
      const places = new Map<string | undefined, Target<K>>()
      for (const target of all) {
        // Objects of two kinds, or of two clusters, would take each other's keys.
        if (target.codec !== first.codec) {
          throw new TypeError(`${door}: all handles must be of one resource, found ${kind} and ${target.resource.kind}`)
        }
        if (target.client !== first.client) {
          throw new TypeError(`${door}: all handles of ${kind} must go to one cluster through one client`)
        }
        if (!places.has(target.namespace)) places.set(target.namespace, target)
      }
      if (places.size > 1 && places.has(undefined)) {
        throw new TypeError(`${door}: a handle of ${kind} over all namespaces holds what the others name: use it alone`)
      }
      return [...places.values()]
    }))
}

export const storeSettings = (options: StoreOptions | undefined) => ({
  syncTimeout: Duration.decode(options?.syncTimeout ?? "2 minutes"),
  changesBuffer: options?.changesBuffer ?? 4096,
  shareStrings: options?.shareStrings ?? false
})

export const makeCore = <A extends Kept>(
  watched: string,
  options: (StoreOptions & IndexOptions<A, string>) | undefined
): StoreCore<A> => new StoreCore<A>({ watched, indexes: options?.indexes, ...storeSettings(options) })

export const requestOf = ({ namespace, resource }: Target<unknown>, verb: "list" | "watch"): KubeError.RequestInfo => {
  const { group, kind, plural, version } = resource
  return { verb, group, version, resource: plural, kind, namespace, name: undefined, subresource: undefined }
}

/** A store that nothing has filled yet. */
export const coreOf = <A extends Kept>(
  target: Target<unknown>,
  options: (StoreOptions & IndexOptions<A, string>) | undefined
): StoreCore<A> => makeCore(KubeError.describeRequest(requestOf(target, "list")), options)

/** The store will not change any more, and says why. */
export const endWith = <A extends Kept>(
  store: StoreCore<A>,
  request: KubeError.RequestInfo,
  description: string
): KubeError.TransportError => {
  const error = new KubeError.TransportError({ request, reason: "Other", description })
  store.apply([{ _tag: "Trouble", error, retryIn: Duration.infinity }])
  return error
}

/** Should what fills a store end before it is interrupted, which only a bug or a stream that ends can do, the store says so. */
export const told = <A extends Kept, R>(
  store: StoreCore<A>,
  request: KubeError.RequestInfo,
  run: Effect.Effect<void, never, R>
): Effect.Effect<void, never, R> =>
  Effect.onExit(run, (exit) => {
    if (Exit.isInterrupted(exit)) return Effect.void
    const cause = Exit.isFailure(exit) ? exit.cause : Cause.empty
    const error = endWith(
      store,
      request,
      Exit.isFailure(exit)
        ? `the events have ended with a defect: ${Cause.squash(cause)}`
        : "the events have ended"
    )
    return Effect.logError(`${error.message}; the store stays as it is`, cause)
  })

/** Follows a target into a store for ever. */
export const following = <K, A extends Kept>(
  target: Target<K>,
  settings: Settings,
  store: StoreCore<A>,
  project: ((object: K) => A) | undefined
): Effect.Effect<void> => {
  const request = requestOf(target, "watch")
  let isTold = false
  /** A bug, which is met with every object: the log says it once. */
  const tell = ({ error }: Watcher.Undecodable): Effect.Effect<void> => {
    const level = isTold ? Effect.logDebug : Effect.logError
    isTold = true
    return level(error.message)
  }
  // Without a projection the store keeps what is read: K is A.
  const take = project === undefined
    ? store.take as unknown as (events: ReadonlyArray<Watcher.Event<K>>) => Effect.Effect<void>
    : (events: ReadonlyArray<Watcher.Event<K>>) =>
      Effect.suspend(() => {
        let failed: Watcher.Undecodable | undefined
        const kept = projected(events, project, (change, object, defect) =>
          failed = setAside(request, change, object, defect))
        return failed === undefined ? store.take(kept) : Effect.zipRight(tell(failed), store.take(kept))
      })
  return told(store, request, followTarget(target, settings, take, () => store.objects.size))
}

/** An object for which the projection throws is one that cannot be read: it is set aside, and nothing else stops. */
const setAside = (
  request: KubeError.RequestInfo,
  change: Watcher.Undecodable["change"],
  object: unknown,
  defect: unknown
): Watcher.Undecodable => ({
  _tag: "Undecodable",
  change,
  metadata: metadataOf(object),
  raw: JSON.stringify(object),
  error: decodeError(request, object, [{
    path: [],
    expected: "an object that the projection takes",
    actual: `one for which it throws: ${String(defect)}`
  }])
})
