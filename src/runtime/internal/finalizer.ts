import * as Effect from "effect/Effect"
import type * as Api from "../../client/Api.js"
import type * as KubeError from "../../protocol/KubeError.js"
import * as Patch from "../../protocol/Patch.js"
import type { KubeObject } from "../../protocol/Resource.js"
import type * as Controller from "../Controller.js"
import type * as Finalizer from "../Finalizer.js"

/**
 * After the list of finalizers was changed, or was found changed: the watch says so within moments, and reconcile comes
 * again. This time is for controllers whose predicates pass over such a change.
 */
const comesAgain: Controller.Result = { _tag: "RequeueAfter", duration: "1 second" }

const done: Controller.Result = { _tag: "Done" }

/** A DNS name, a slash, and a name of at most 63 letters, digits and `-_.` between them: what the server accepts. */
const qualifiedName =
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/

export const make = <K extends KubeObject, R0, E1, R1, E2, R2>(
  api: Finalizer.Target<K, R0>,
  finalizer: string,
  actions: Finalizer.Actions<K, E1, R1, E2, R2>
) => {
  if (!qualifiedName.test(finalizer)) {
    throw new TypeError(
      `Finalizer.make: finalizer: expected DOMAIN/NAME such as "clux.dev/cleanup", found ${JSON.stringify(finalizer)}`
    )
  }
  return (
    object: K,
    run: Controller.Run
  ): Effect.Effect<Controller.Result | void, E1 | E2 | KubeError.Invalid | KubeError.Common, R0 | R1 | R2> => {
    const finalizers = object.metadata.finalizers ?? []
    const present = finalizers.includes(finalizer)
    const deleting = object.metadata.deletionTimestamp !== undefined
    if (present && !deleting) return actions.apply(object, run)
    if (!present && deleting) return Effect.void
    if (!deleting) return write(api, object, [...finalizers, finalizer], comesAgain)
    return Effect.zipRight(
      actions.cleanup(object, run),
      write(api, object, finalizers.filter((other) => other !== finalizer), done)
    )
  }
}

/** Writes the whole list, provided that the object is still the one that was looked at. */
const write = <K extends KubeObject, R>(
  api: Finalizer.Target<K, R>,
  object: K,
  finalizers: ReadonlyArray<string>,
  written: Controller.Result
): Effect.Effect<Controller.Result, KubeError.Invalid | KubeError.Common, R> => {
  const { name, namespace, resourceVersion } = object.metadata
  // A handle on a cluster-scoped kind patches by itself, though every handle has an `in` at run time.
  const patches = namespace !== undefined && "in" in api ? api.in(namespace) : api as Api.Patches<K, never, R>
  // Every kind's wire form has this metadata.
  const patch = Patch.merge<never>({ metadata: { resourceVersion, finalizers } } as never)
  return Effect.as(patches.patch(name, patch), written).pipe(
    Effect.catchTag(
      "KubeConflict",
      () =>
        Effect.as(
          Effect.logDebug("the object changed before its finalizers were written; reconcile comes again"),
          comesAgain
        )
    ),
    Effect.catchTag("KubeNotFound", () => Effect.succeed(done))
  )
}
