/**
 * A custom resource whose objects keep ConfigMaps: one for each environment that a ConfigMapGenerator names. It shows
 * how a kind is declared, what owner references do, and how a reconcile makes true what is asked for:
 *
 * - `Children.apply` writes what differs (server-side apply), and deletes what is no longer asked for;
 * - what somebody else deletes or changes comes back (`owns`);
 * - when the generator is deleted, the cluster's garbage collector takes them: each has it as its owner.
 *
 *     npm run example config-map-generator           on an API server in memory, with a sample
 *     npx tsx examples/config-map-generator.ts       on the cluster that kubectl talks to, once it has the definition:
 *                                                    kubectl apply -f examples/manifests/config-map-generator.yaml
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Api, Children, Controller, Predicate, Resource } from "effect-kube"
import { ConfigMap } from "effect-kube/kinds/core/v1"
import { NodeKubeClient } from "effect-kube/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

const Settings = Schema.Record({ key: Schema.String, value: Schema.String })

/** Type, decoder and definition in one: `Crd.make(ConfigMapGenerator)` is what the manifest has. */
export class ConfigMapGenerator extends Resource.Custom<ConfigMapGenerator>()("clux.dev/v1", "ConfigMapGenerator", {
  scope: "Namespaced",
  shortNames: ["cmg"],
  spec: Schema.Struct({
    /** What the ConfigMaps of all environments say. */
    common: Schema.optional(Settings),
    /** What that of each environment says beside it. */
    environments: Schema.Record({ key: Schema.String, value: Settings })
  }),
  status: Schema.Struct({ observedGeneration: Schema.Int, configMaps: Schema.Array(Schema.String) }),
  printerColumns: [{ name: "ConfigMaps", type: "string", jsonPath: ".status.configMaps" }]
}) {}

/** What a generator asks for: all of it, each time. It is a pure function, which is easy to read and to test. */
const desired = ({ metadata, spec }: ConfigMapGenerator) =>
  Object.entries(spec.environments).map(([environment, settings]) =>
    Children.child(Api.namespaced(ConfigMap, metadata.namespace), {
      metadata: { name: `${metadata.name}-${environment}` },
      data: { ...spec.common, ...settings }
    })
  )

const reconcile = (generator: ConfigMapGenerator) =>
  Effect.gen(function*() {
    const { deletionTimestamp, generation = 1, name, namespace } = generator.metadata
    // It waits for the garbage collector to take its ConfigMaps first.
    if (deletionTimestamp !== undefined) return

    const configMaps: Array<string> = []
    for (const { _tag, object } of yield* Children.apply(generator, desired(generator))) {
      if (_tag !== "Unchanged") yield* Effect.log(`${_tag.toLowerCase()} ${object.metadata.name}`)
      if (_tag !== "Pruned") configMaps.push(object.metadata.name)
    }
    yield* Api.namespaced(ConfigMapGenerator, namespace).status.apply({
      metadata: { name },
      status: { observedGeneration: generation, configMaps }
    })
  }).pipe(
    // Such as an environment whose name no ConfigMap can have: to try it again helps only when the generator changes.
    Effect.catchTag("KubeInvalid", Controller.terminal)
  )

export const controller = Controller.make("config-map-generator", {
  for: Api.all(ConfigMapGenerator),
  // Its own writes of the status are no reason to look again.
  predicate: Predicate.generation,
  reconcile
}).pipe(
  Controller.owns(Api.all(ConfigMap))
)

export const main = Controller.layer(controller)

if (process.argv[1] === import.meta.filename) {
  NodeRuntime.runMain(Layer.launch(Layer.provide(main, NodeKubeClient.layer)))
}
