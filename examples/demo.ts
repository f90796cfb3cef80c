/**
 * `npm run demo`: a controller at work, told as a story. On the embedded API server unless told otherwise:
 *
 *   npm run demo                          the embedded API server: nothing to install
 *   npm run demo -- --real                a real etcd and kube-apiserver of KUBEBUILDER_ASSETS
 *   npm run demo -- --kubeconfig FILE     any cluster; the demo works in a namespace of its own
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import type { KubeClient } from "effect-kube"
import { Controller } from "effect-kube"
import { NodeKubeClient } from "effect-kube/node"
import { ClientFaults, EnvTest, TestCluster } from "effect-kube/testing"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import { parseArgs } from "node:util"
import * as narrator from "./demo/narrator.js"
import { Expiry, story, SubscriberList, subscribers } from "./demo/story.js"
import { controller, Subscribers } from "./foo.js"

type Server = Layer.Layer<KubeClient.KubeClient | ClientFaults.ClientFaults | Expiry, unknown>

/** Each server expires its history in its own way; the watches are cut on the client's side on all of them. */
const embedded: Server = Layer.effect(
  Expiry,
  Effect.map(TestCluster.TestCluster, (cluster) => ({
    expire: Effect.as(cluster.faults.compact, "the embedded server forgets its history")
  }))
).pipe(Layer.provideMerge(ClientFaults.layer), Layer.provideMerge(TestCluster.layer))

const real: Server = Layer.effect(
  Expiry,
  Effect.map(EnvTest.EnvTest, (controlPlane) => ({
    expire: Effect.gen(function*() {
      yield* controlPlane.apiserver.kill()
      yield* controlPlane.etcd.compact
      yield* controlPlane.apiserver.start
      return "kube-apiserver is killed with -9, etcd compacts its history, kube-apiserver starts again"
    })
  }))
).pipe(
  Layer.provideMerge(ClientFaults.layer),
  Layer.provideMerge(EnvTest.layer)
)

const cluster = (kubeconfig: string): Server =>
  Layer.effect(
    Expiry,
    Effect.map(ClientFaults.ClientFaults, (faults) => ({
      expire: Effect.as(
        faults.expireWatches,
        "this cluster is not ours to break: a fault on the client's side answers 410 in its place"
      )
    }))
  ).pipe(Layer.provideMerge(ClientFaults.layer), Layer.provideMerge(NodeKubeClient.layerWith({ kubeconfig })))

const program = (server: Server, title: string) =>
  Effect.gen(function*() {
    const list = yield* Ref.make<ReadonlyArray<string>>([])
    yield* Console.log(title)
    yield* Effect.scoped(story(Controller.start(controller))).pipe(
      Effect.provideService(SubscriberList, list),
      Effect.provideService(Subscribers, subscribers(list)),
      Effect.provide(server)
    )
    yield* Console.log("\nEverything came true.")
  }).pipe(Effect.provide(narrator.layer({ colours: process.stdout.isTTY && process.env["NO_COLOR"] === undefined })))

const usage = "usage: npm run demo [-- --real | -- --kubeconfig FILE]"

const { values } = (() => {
  try {
    return parseArgs({
      options: { real: { type: "boolean" }, kubeconfig: { type: "string" }, help: { type: "boolean" } }
    })
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    process.exit(2)
  }
})()

if (values.help === true) console.log(usage)
else {
  NodeRuntime.runMain(
    values.kubeconfig !== undefined
      ? program(cluster(values.kubeconfig), `effect-kube, on the cluster of ${values.kubeconfig}`)
      : values.real === true
      ? program(real, "effect-kube, on a real etcd and kube-apiserver")
      : program(embedded, "effect-kube, on its embedded API server"),
    { disablePrettyLogger: true, disableErrorReporting: false }
  )
}
