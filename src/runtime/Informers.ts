/**
 * Informers are reflectors that are shared: whoever asks for the same objects on the same client gets a {@link Store} over
 * one watch and one copy of the objects. It is client-go's shared informer factory, without a factory: the client keeps
 * them, the first one to ask starts one, and the Scopes of all who asked decide how long it runs.
 *
 * ```ts
 * import { Api, Informers, Store } from "effect-kube"
 * import { Pod } from "effect-kube/kinds/core/v1"
 * import { Effect } from "effect"
 *
 * const podsOn = (node: string) =>
 *   Effect.scoped(Effect.gen(function*() {
 *     const pods = yield* Informers.get(Api.all(Pod), { indexes: { node: (pod) => [pod.spec.nodeName ?? ""] } })
 *     yield* pods.ready
 *     return yield* pods.by("node", node)
 *   }))
 *
 * const podsIn = (namespace: string) =>
 *   Effect.scoped(Effect.gen(function*() {
 *     const pods = yield* Informers.get(Api.all(Pod), { indexes: { namespace: Store.byNamespace } })
 *     yield* pods.ready
 *     return yield* pods.by("namespace", namespace)
 *   }))
 *
 * // One watch for both.
 * const both = Effect.all([podsOn("node-1"), podsIn("default")], { concurrency: "unbounded" })
 * ```
 *
 * Controllers use them: those of one client that follow the same kind share its watch.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { KubeObject } from "../protocol/Resource.js"
import * as informers from "./internal/informers.js"
import { type Handles, type ReflectOptions, targetsOf } from "./internal/reflecting.js"
import { resolve } from "./internal/watcher.js"
import type * as Reflector from "./Reflector.js"
import type * as Store from "./Store.js"
import type * as Watcher from "./Watcher.js"

export interface Options extends Reflector.Options {
  /**
   * How long the informer is kept, when nobody has it any more, for who asks next; an infinite time keeps it as long as the
   * client. Of several who leave the longest counts. A client that was made outside of a Scope (`KubeClient.make` in plain
   * code) keeps none. Default 30 seconds.
   */
  readonly idleTime?: Duration.DurationInput | undefined
}

/**
 * A store as by `Reflector.make`, over an informer that is shared with all who ask for the same on this client. It returns
 * at once; `store.ready` waits for the first list, which may be there already. Late consumers get the present state first.
 *
 * The same means: the same Resource value (`Pod` and a view of it are not the same, nor are two views), namespace,
 * selectors (`a=b,c=d` is `c=d,a=b`), `project` (the same function), and the same options of how it is watched and kept; a
 * `backoff` is the same where it is the same value. So options always hold, and who wants to share leaves them alone or
 * takes them from one place. `indexes`, `syncTimeout`, `changesBuffer` and `idleTime` are each asker's own.
 *
 * The informer stops {@link Options.idleTime} after the last Scope closed, and at once when the client's does. A client that
 * impersonates somebody is another client. A store whose Scope is closed can still be read; it moves on only while others
 * share it.
 *
 * Several handles become one store, as with `Reflector.make`, and each namespace is shared for itself.
 */
export function get<K extends KubeObject, R, A extends Reflector.Kept, const I extends string = never>(
  api: Watcher.Watchable<K, R> | ReadonlyArray<Watcher.Watchable<K, R>>,
  options: Options & Reflector.IndexOptions<NoInfer<A>, I> & { readonly project: (object: K) => A }
): Effect.Effect<Store.Store<A, I>, never, R | Scope.Scope>
export function get<K extends KubeObject, R, const I extends string = never>(
  api: Watcher.Watchable<K, R> | ReadonlyArray<Watcher.Watchable<K, R>>,
  options?: Options & Reflector.IndexOptions<NoInfer<K>, I>
): Effect.Effect<Store.Store<K, I>, never, R | Scope.Scope>
export function get<K extends KubeObject, R>(
  api: Handles<K, R>,
  options?: ReflectOptions<K, K> & Pick<Options, "idleTime">
): Effect.Effect<Store.Store<Reflector.Kept, string>, never, R | Scope.Scope> {
  return Effect.suspend(() => {
    const settings = resolve(options ?? {})
    const idleTime = Duration.decode(options?.idleTime ?? "30 seconds")
    return Effect.flatMap(
      targetsOf("Informers.get", api),
      (targets) => informers.get<K, K>(targets, settings, options ?? {}, idleTime)
    )
  })
}
