import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { settle } from "./support/apiserver.js"

const configMaps = Api.namespaced(ConfigMap, "default")

describe("TestCluster.layer", () => {
  it.effect("a client talks to it as to any cluster, and gets typed errors", () =>
    Effect.gen(function*() {
      const made = yield* configMaps.create({ metadata: { name: "a" }, data: { k: "v" } })
      const changed = yield* configMaps.modify("a", (map) => ({ ...map, data: { k: "w" } }))
      assert.deepStrictEqual([made.data, changed.data, changed.metadata.uid], [
        { k: "v" },
        { k: "w" },
        made.metadata.uid
      ])
      assert.strictEqual((yield* Effect.flip(configMaps.create({ metadata: { name: "a" } })))._tag, "KubeAlreadyExists")
      assert.strictEqual((yield* Effect.flip(configMaps.replace(made)))._tag, "KubeConflict")
      assert.strictEqual((yield* Effect.flip(configMaps.create({ metadata: { name: "A_" } })))._tag, "KubeInvalid")
      assert.deepStrictEqual((yield* configMaps.list()).items.map((item) => item.metadata.name), ["a"])
      assert.strictEqual((yield* configMaps.delete("a"))._tag, "Gone")
      assert.strictEqual((yield* Effect.flip(configMaps.get("a")))._tag, "KubeNotFound")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("pages and streams of a client are whole", () =>
    Effect.gen(function*() {
      yield* Effect.forEach(Array.from({ length: 25 }, (_, at) => `n${String(at).padStart(2, "0")}`), (name) =>
        configMaps.create({ metadata: { name } }))
      const all = yield* Stream.runCollect(configMaps.stream({ limit: 10 }))
      assert.strictEqual(all.length, 25)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("who stops reading a watch ends it on the server in that moment", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      yield* configMaps.create({ metadata: { name: "a" } })
      const events = yield* Stream.runCollect(Stream.take(configMaps.watchOnce(""), 1))
      assert.deepStrictEqual([events.length, (yield* cluster.watches).length], [1, 0])
      const watching = yield* Effect.fork(Stream.runDrain(configMaps.watchOnce("")))
      yield* settle
      assert.strictEqual((yield* cluster.watches).length, 1)
      yield* Fiber.interrupt(watching)
      assert.strictEqual((yield* cluster.watches).length, 0)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("a watch whose answer nobody reads ends with the Scope of the request", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const scope = yield* Scope.make()
      const request = HttpClientRequest.get(`${cluster.url}/api/v1/configmaps?watch=1`)
      yield* Scope.extend(HttpClient.withScope(cluster.httpClient).execute(request), scope)
      assert.strictEqual((yield* cluster.watches).length, 1)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* cluster.watches).length, 0)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("a watch obeys the clock of the test", () =>
    Effect.gen(function*() {
      const watching = yield* Effect.fork(Stream.runDrain(configMaps.watchOnce("", { timeout: "10 minutes" })))
      yield* TestClock.adjust("599 seconds")
      assert.strictEqual((yield* Fiber.poll(watching))._tag, "None")
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(watching)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("a connection that is cut is a transport error of the client, which says that it was reset", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const watching = yield* Effect.fork(Effect.flip(Stream.runDrain(configMaps.watchOnce(""))))
      yield* settle
      yield* cluster.faults.cutWatches()
      const error = yield* Fiber.join(watching)
      assert.deepInclude(error, { _tag: "KubeTransportError", reason: "Reset" })
      yield* cluster.faults.inject({ times: 1, fault: { _tag: "Disconnect" } })
      const get = Effect.provideService(configMaps.get("a"), KubeClient.Retry, "off")
      assert.deepInclude(yield* Effect.flip(get), { _tag: "KubeTransportError", reason: "Reset" })
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("a read whose connection is cut is made again, on the clock of the test (C23)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      yield* cluster.faults.inject({ times: 1, fault: { _tag: "Disconnect" } })
      const reading = yield* Effect.fork(configMaps.getOption("a"))
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.join(reading)))
      assert.strictEqual((yield* cluster.requests).length, 2)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("history that has expired is a typed error of the client's watch (S26)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const made = yield* configMaps.create({ metadata: { name: "a" } })
      yield* configMaps.create({ metadata: { name: "b" } })
      yield* cluster.faults.compact
      const error = yield* Effect.flip(Stream.runDrain(configMaps.watchOnce(made.metadata.resourceVersion)))
      assert.strictEqual(error._tag, "KubeExpired")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("each use of the layer is a cluster of its own", () =>
    Effect.gen(function*() {
      const create = Effect.provide(configMaps.create({ metadata: { name: "a" } }), TestCluster.layer)
      yield* create
      yield* create
    }))

  it.effect("options: seeds, and the client's namespace", () =>
    Effect.gen(function*() {
      const found = yield* Api.defaultNamespaced(ConfigMap).get("a")
      assert.strictEqual(found.metadata.namespace, "kube-system")
    }).pipe(Effect.provide(TestCluster.layerWith({
      objects: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "kube-system" } }],
      client: { namespace: "kube-system" }
    }))))

  it.effect("a seed that cannot be is the layer's error", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(TestCluster.layerWith({ objects: [{ kind: "Nope" }] })))
      )
      assert.strictEqual(error._tag, "TestClusterSeedError")
    }))

  it.effect("closing the layer breaks its watches off and stops its inner controllers", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const cluster = yield* Scope.extend(TestCluster.make(), scope)
      const answer = yield* cluster.handle({
        method: "GET",
        url: "/api/v1/configmaps?watch=1",
        headers: {},
        body: new Uint8Array()
      })
      const reading = yield* Effect.fork(
        Stream.runDrain(answer.body as Stream.Stream<Uint8Array, TestCluster.ConnectionCut>)
      )
      yield* settle
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(reading)))
    }))
})
