/**
 * Copies a Secret into other namespaces, and takes the copies away when it goes:
 *
 *     kubectl annotate secret registry clux.dev/copy-to=team-a,team-b
 *
 * An owner reference cannot point into another namespace, so no garbage collector would ever clean up the copies. That
 * is what a finalizer is for: the Secret stays, marked as deleted, until the cleanup has succeeded. This also shows
 *
 * - a second watch of the same kind, from copies to their sources (it costs nothing: both share one informer), and
 * - an error policy: what a person has to mend is looked at each minute, everything else comes again with a backoff.
 *
 *     npm run example secret-syncer           on an API server in memory, with a sample
 *     npx tsx examples/secret-syncer.ts       on the cluster that kubectl talks to
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import type { Store } from "effect-kube"
import { Api, Controller, Finalizer } from "effect-kube"
import { Secret } from "effect-kube/kinds/core/v1"
import { NodeKubeClient } from "effect-kube/node"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** On a source: the namespaces that want a copy. */
export const copyTo = "clux.dev/copy-to"
/** On a source that has, or may have, copies. */
export const finalizer = "clux.dev/copies"
/** On a copy: the uid of its source as a label, to list by, and its key, to find the source. */
const sourceUid = "clux.dev/source-uid"
const source = "clux.dev/source"

/** A Secret of that name is there already, and it is none of our copies. */
export class Occupied extends Data.TaggedError("Occupied")<{ readonly namespace: string; readonly name: string }> {
  override get message(): string {
    return `${this.namespace} has a Secret ${this.name} of its own, which is left alone`
  }
}

const namespacesOf = ({ metadata }: Secret): ReadonlyArray<string> =>
  (metadata.annotations?.[copyTo] ?? "").split(",").map((namespace) => namespace.trim()).filter((namespace) =>
    namespace !== "" && namespace !== metadata.namespace
  )

const copy = (secret: Secret, namespace: string) =>
  Effect.gen(function*() {
    const { name, uid } = secret.metadata
    const secrets = Api.namespaced(Secret, namespace)
    const there = yield* secrets.getOption(name)
    if (there._tag === "Some" && there.value.metadata.labels?.[sourceUid] !== uid) {
      return yield* new Occupied({ namespace, name })
    }
    // Nothing is written where it says this already.
    yield* secrets.createOrReplace({
      metadata: {
        name,
        labels: { [sourceUid]: uid },
        annotations: { [source]: `${secret.metadata.namespace}/${name}` }
      },
      type: secret.type,
      data: secret.data
    })
    if (there._tag === "None") yield* Effect.log(`${name} is copied into ${namespace}`)
  })

/** Deletes the copies in all other namespaces than these. */
const prune = (secret: Secret, keep: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { items } = yield* Api.all(Secret).list({ labels: `${sourceUid}=${secret.metadata.uid}` })
    for (const { metadata } of items.filter(({ metadata }) => !keep.includes(metadata.namespace))) {
      yield* Effect.log(`take the copy in ${metadata.namespace} away`)
      yield* Api.namespaced(Secret, metadata.namespace).delete(metadata.name).pipe(
        Effect.catchTag("KubeNotFound", () => Effect.void)
      )
    }
  })

const apply = (secret: Secret) =>
  Effect.gen(function*() {
    const { annotations, name, namespace } = secret.metadata
    const namespaces = namespacesOf(secret)
    yield* prune(secret, namespaces)
    // Each namespace for itself: one that cannot have its copy keeps no other one waiting.
    const [[failure]] = yield* Effect.partition(namespaces, (namespace) => copy(secret, namespace))
    if (failure !== undefined) return yield* Effect.fail(failure)
    // Not to be copied any more: it is let go, so that it can be deleted where this program does not run.
    if (annotations?.[copyTo] === undefined) {
      yield* Api.namespaced(Secret, namespace).modify(name, (found) => ({
        ...found,
        metadata: { ...found.metadata, finalizers: found.metadata.finalizers?.filter((one) => one !== finalizer) }
      }))
    }
  })

/** Runs before the Secret goes, as often as it takes. It may be that nothing was copied yet. */
const cleanup = (secret: Secret) => prune(secret, [])

const synced = Finalizer.make(Api.all(Secret), finalizer, { apply, cleanup })

/** From a copy to its source. */
const sourceOf = ({ object }: Store.Change<Secret>): ReadonlyArray<Store.Key> => {
  const [namespace, name] = object.metadata.annotations?.[source]?.split("/") ?? []
  return namespace === undefined || name === undefined ? [] : [{ namespace, name }]
}

export const controller = Controller.make("secret-syncer", {
  for: Api.all(Secret),
  reconcile: (secret, run) =>
    secret.metadata.annotations?.[copyTo] !== undefined || secret.metadata.finalizers?.includes(finalizer) === true
      ? synced(secret, run)
      : Effect.void
}).pipe(
  Controller.watches(Api.all(Secret), sourceOf),
  Controller.onError((error, attempt) =>
    Effect.gen(function*() {
      yield* Effect.logWarning(`try ${attempt}: ${error.message}`)
      // A namespace that is not there, or a Secret that is in the way.
      if (error._tag === "KubeNotFound" || error._tag === "Occupied") return Controller.requeueAfter("1 minute")
    })
  )
)

export const main = Controller.layer(controller)

if (process.argv[1] === import.meta.filename) {
  NodeRuntime.runMain(Layer.launch(Layer.provide(main, NodeKubeClient.layer)))
}
