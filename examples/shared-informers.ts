/**
 * Two controllers in one program, and a store that both read: three who follow Deployments, and two who follow
 * Namespaces, over one watch and one copy of each. Nobody says so: who asks for the same on the same client shares it.
 *
 * - `team-labels` gives each Deployment the label `team` of its Namespace;
 * - `inventory` keeps in each Namespace that has a team a ConfigMap that says what runs there.
 *
 * So the program asks the server twice, and not five times, which `Watcher.describe` shows.
 *
 *     npm run example shared-informers           on an API server in memory, with a sample
 *     npx tsx examples/shared-informers.ts       on the cluster that kubectl talks to
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Api, Controller, Informers, Patch, Resource, Store, Watcher } from "effect-kube"
import { Deployment } from "effect-kube/kinds/apps/v1"
import { ConfigMap, Namespace } from "effect-kube/kinds/core/v1"
import { NodeKubeClient } from "effect-kube/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

/** The Deployments of each Namespace: an index of our own on the store that is shared. */
const deploymentsByNamespace = Informers.get(Api.all(Deployment), { indexes: { namespace: Store.byNamespace } })

/** Gives each Deployment the label `team` of its Namespace. */
export const teamLabels = Effect.gen(function*() {
  const deployments = yield* deploymentsByNamespace
  const namespaces = yield* Informers.get(Api.cluster(Namespace))

  return Controller.make("team-labels", {
    for: Api.all(Deployment),
    reconcile: ({ metadata }) =>
      Effect.gen(function*() {
        const namespace = yield* namespaces.get({ name: metadata.namespace })
        const team = Option.getOrUndefined(namespace)?.metadata.labels?.["team"]
        if (team === undefined || metadata.labels?.["team"] === team) return
        yield* Api.namespaced(Deployment, metadata.namespace).patch(
          metadata.name,
          Patch.merge({ metadata: { labels: { team } } })
        )
        yield* Effect.log(`${Resource.key({ metadata })} belongs to team ${team}`)
      })
  }).pipe(
    // Another label on a Namespace concerns all that is in it.
    Controller.watches(Api.cluster(Namespace), ({ object }) =>
      deployments.by("namespace", object.metadata.name).pipe(
        Effect.map((found) => found.map(({ metadata }) => ({ namespace: metadata.namespace, name: metadata.name })))
      ))
  )
})

/** Keeps in each Namespace that has a team a ConfigMap that says what runs there. */
export const inventory = Effect.gen(function*() {
  const deployments = yield* deploymentsByNamespace

  return Controller.make("inventory", {
    for: Api.cluster(Namespace),
    reconcile: (namespace) =>
      Effect.gen(function*() {
        const { deletionTimestamp, labels, name } = namespace.metadata
        if (labels?.["team"] === undefined || deletionTimestamp !== undefined) return
        const found = yield* deployments.by("namespace", name)
        const entries = found.map(({ metadata, spec }) =>
          [metadata.name, spec.template.spec?.containers.map(({ image }) => image).join(" ") ?? ""] as const
        )
        yield* Api.namespaced(ConfigMap, name).apply({
          metadata: { name: "inventory", ownerReferences: [Resource.ownerReference(namespace)] },
          data: Object.fromEntries(entries)
        }, { force: true })
      })
  }).pipe(
    Controller.watches(Api.all(Deployment), ({ object }) => [{ name: object.metadata.namespace }])
  )
})

export const main = Layer.scopedDiscard(Effect.gen(function*() {
  // Together: neither has to wait until the caches of the other one are synced.
  yield* Effect.all([Effect.flatMap(teamLabels, Controller.start), Effect.flatMap(inventory, Controller.start)], {
    concurrency: "unbounded",
    discard: true
  })
  yield* Effect.log(`what is watched:\n${Watcher.formatDescriptions(yield* Watcher.describe)}`)
}))

if (process.argv[1] === import.meta.filename) {
  NodeRuntime.runMain(Layer.launch(Layer.provide(main, NodeKubeClient.layer)))
}
