/**
 * Cleaning up before an object goes: a finalizer is an entry in `metadata.finalizers`, and as long as one is there the
 * server keeps a deleted object. {@link make} gives a reconcile that keeps the entry, applies while the object lives,
 * and cleans up before it lets it go.
 *
 * ```ts
 * import { Api, Controller, Finalizer, Resource } from "effect-kube"
 * import { Effect, Schema } from "effect"
 *
 * class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
 *   scope: "Namespaced",
 *   spec: Schema.Struct({ title: Schema.String })
 * }) {}
 *
 * const controller = Controller.make("foo", {
 *   for: Api.all(Foo),
 *   reconcile: Finalizer.make(Api.all(Foo), "clux.dev/cleanup", {
 *     apply: (foo) => Effect.log(`apply ${foo.spec.title}`),
 *     cleanup: (foo) => Effect.log(`clean up after ${foo.spec.title}`)
 *   })
 * })
 * ```
 *
 * The promise: if `apply` ever started, `cleanup` succeeds before the object goes. `cleanup` may run though `apply`
 * never did, or did not finish, and may run again after it succeeded: both have to be idempotent.
 */
import type * as Effect from "effect/Effect"
import type * as Api from "../client/Api.js"
import type * as KubeError from "../protocol/KubeError.js"
import type { KubeObject } from "../protocol/Resource.js"
import type * as Controller from "./Controller.js"
import * as internal from "./internal/finalizer.js"

/** What can patch the object: its namespace's handle, or one that gives it. */
export type Target<K, R> = Api.Patches<K, never, R> | { readonly in: (namespace: string) => Api.Patches<K, never, R> }

export interface Actions<in K, E1, R1, E2, R2> {
  /** Makes true what the object asks for. Runs only once the finalizer is on the object. */
  readonly apply: (object: K, run: Controller.Run) => Effect.Effect<Controller.Result | void, E1, R1>
  /** Undoes it. The finalizer is removed when this succeeds; a failure comes again. */
  readonly cleanup: (object: K, run: Controller.Run) => Effect.Effect<void, E2, R2>
}

/**
 * A reconcile that keeps a finalizer:
 *
 * | the finalizer is there | the object is being deleted | what runs |
 * |---|---|---|
 * | no | no | it is added, and reconcile comes again |
 * | yes | no | `apply` |
 * | yes | yes | `cleanup`, then the finalizer is removed |
 * | no | yes | nothing |
 *
 * It is added and removed by a patch that carries the object's resourceVersion. If the object changed meanwhile, the
 * server refuses it with a Conflict: then nothing is written, and reconcile comes again with the newer object.
 *
 * Throws a `TypeError` when the finalizer is not of the form `DOMAIN/NAME`, such as `clux.dev/cleanup`.
 */
export const make: <K extends KubeObject, R0, E1, R1, E2, R2>(
  api: Target<K, R0>,
  finalizer: string,
  actions: Actions<K, E1, R1, E2, R2>
) => (
  object: K,
  run: Controller.Run
) => Effect.Effect<Controller.Result | void, E1 | E2 | KubeError.Invalid | KubeError.Common, R0 | R1 | R2> =
  internal.make
