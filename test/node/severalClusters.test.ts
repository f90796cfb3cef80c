import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as LayerMap from "effect/LayerMap"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Api from "../../src/client/Api.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import * as KubeConfig from "../../src/client/KubeConfig.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { cluster, until } from "./clusters.js"

const configMaps = Api.namespaced(ConfigMap, "default")
const names = ["one", "two"] as const
type Name = typeof names[number]

/** The in-memory API server on a port, by TLS with an authority of its own and a token of its own, with one object. */
const served = (name: Name) =>
  Effect.gen(function*() {
    const server = yield* TestCluster.make({
      auth: true,
      objects: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" } }]
    })
    const { kubeconfig } = yield* Effect.provideService(TestCluster.serve(), TestCluster.TestCluster, server)
    return { server, kubeconfig, connection: yield* KubeConfig.fromString(kubeconfig) }
  })

const both = Effect.map(Effect.all([served("one"), served("two")]), ([one, two]) => ({ one, two }))

/** Names what is there by a list, a get, a watch and a reflector. */
const look = Effect.scoped(Effect.gen(function*() {
  const listed = (yield* configMaps.list()).items.map(({ metadata }) => metadata.name)
  const got = yield* Effect.forEach(listed, (name) => Effect.map(configMaps.get(name), ({ metadata }) => metadata.name))
  const watched = yield* Watcher.watch(configMaps).pipe(
    Watcher.appliedObjects,
    Stream.map(({ metadata }) => metadata.name),
    Stream.take(1),
    Stream.runCollect
  )
  const store = yield* Reflector.make(configMaps)
  yield* store.ready
  const stored = (yield* store.list).map(({ metadata }) => metadata.name)
  return { listed, got, watched: Array.from(watched), stored }
}))

const sees = (name: Name) => ({ listed: [name], got: [name], watched: [name], stored: [name] })

/** What the server was asked, all with success: nobody else's token would have been. */
const accepted = ({ server }: { readonly server: TestCluster.Service }) =>
  Effect.map(server.requests, (requests) => requests.length)

/** A kubeconfig with a context for each cluster, in a file of its own. */
const kubeconfigOf = (clusters: { readonly [name in Name]: { readonly kubeconfig: string } }) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const merged: {
      clusters: Array<unknown>
      users: Array<unknown>
      contexts: Array<unknown>
    } = { clusters: [], users: [], contexts: [] }
    for (const name of names) {
      const { clusters: [{ cluster }], users: [{ user }] } = JSON.parse(clusters[name].kubeconfig)
      merged.clusters.push({ name, cluster })
      merged.users.push({ name, user })
      merged.contexts.push({ name, context: { cluster: name, user: name } })
    }
    const path = `${yield* fs.makeTempDirectoryScoped()}/config`
    yield* fs.writeFileString(path, JSON.stringify({ apiVersion: "v1", kind: "Config", ...merged }))
    return path
  })

describe("several clusters in one program", () => {
  it.scopedLive("by merged layers: reads, watches and reflectors meet only their own (C21)", () =>
    Effect.gen(function*() {
      const { one, two } = yield* both
      class One extends Context.Tag("One")<One, typeof KubeClient.Service>() {}
      class Two extends Context.Tag("Two")<Two, typeof KubeClient.Service>() {}
      const layers = Layer.merge(
        Layer.provide(Layer.effect(One, KubeClient), NodeKubeClient.layerConnection(one.connection)),
        Layer.provide(Layer.effect(Two, KubeClient), NodeKubeClient.layerConnection(two.connection))
      )
      const seen = yield* Effect.all({
        one: Effect.provideServiceEffect(look, KubeClient, One),
        two: Effect.provideServiceEffect(look, KubeClient, Two)
      }, { concurrency: "unbounded" }).pipe(Effect.provide(layers))
      assert.deepStrictEqual(seen, { one: sees("one"), two: sees("two") })
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("by LayerMap: reads, watches and reflectors meet only their own (C21)", () =>
    Effect.gen(function*() {
      const clusters = yield* both
      class Clusters extends LayerMap.Service<Clusters>()("Clusters", {
        lookup: (name: Name) => NodeKubeClient.layerConnection(clusters[name].connection)
      }) {}
      const seen = yield* Effect.forEach(
        names,
        (name) => Effect.provide(look, Clusters.get(name)),
        { concurrency: "unbounded" }
      ).pipe(Effect.provide(Clusters.Default))
      assert.deepStrictEqual(seen, [sees("one"), sees("two")])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("by bound handles: reads, watches and reflectors meet only their own, whatever client is around (C21)", () =>
    Effect.gen(function*() {
      const { one, two } = yield* both
      const bound = (connection: KubeConfig.Connection) =>
        Effect.provideServiceEffect(Api.bind(configMaps), KubeClient, NodeKubeClient.make(connection))
      const handles = { one: yield* bound(one.connection), two: yield* bound(two.connection) }
      const wrong = yield* NodeKubeClient.make({ ...one.connection, server: "https://127.0.0.1:1" })
      yield* Effect.gen(function*() {
        for (const name of names) {
          assert.strictEqual((yield* handles[name].list()).items[0]?.metadata.name, name)
          assert.strictEqual((yield* handles[name].get(name)).metadata.name, name)
          const first = yield* Stream.runHead(Watcher.appliedObjects(Watcher.watch(handles[name])))
          assert.deepStrictEqual(first._tag === "Some" && first.value.metadata.name, name)
          const store = yield* Reflector.make(handles[name])
          yield* store.ready
          assert.deepStrictEqual((yield* store.list).map(({ metadata }) => metadata.name), [name])
        }
      }).pipe(Effect.provideService(KubeClient, wrong))
      for (const cluster of [one, two]) assert.isAtLeast(yield* accepted(cluster), 5)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("a token of one cluster is nothing in the other, and its certificate is not trusted there (C21)", () =>
    Effect.gen(function*() {
      const { one, two } = yield* both
      const get = (connection: KubeConfig.Connection) =>
        Effect.flip(Effect.provide(configMaps.get("one"), NodeKubeClient.layerConnection(connection)))
      const wrongToken = yield* get({ ...two.connection, identity: one.connection.identity })
      assert.strictEqual(wrongToken._tag, "KubeUnauthorized")
      const wrongAuthority = yield* get({
        ...two.connection,
        certificateAuthority: one.connection.certificateAuthority
      })
      assert.strictEqual(wrongAuthority._tag === "KubeTransportError" && wrongAuthority.reason, "Tls")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("by the names of contexts: who asks for the same one shares its client, each meets only its own (C21)", () =>
    Effect.gen(function*() {
      const clusters = yield* both
      const kubeconfig = yield* kubeconfigOf(clusters)
      const program = Effect.gen(function*() {
        const seen = yield* Effect.forEach(
          [...names, ...names],
          (name) => Effect.provide(look, NodeKubeClient.layerContext(name)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(seen, [sees("one"), sees("two"), sees("one"), sees("two")])
        const { get } = yield* NodeKubeClient.Contexts
        yield* Effect.scoped(Effect.gen(function*() {
          assert.strictEqual(yield* get("one"), yield* get("one"))
          assert.notStrictEqual(yield* get("one"), yield* get("two"))
        }))
      })
      yield* Effect.provide(program, NodeKubeClient.layerContexts({ kubeconfig }))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("a context that nobody uses is let go after its time, and what is used stays (C21)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const fs = yield* FileSystem.FileSystem
      const kubeconfig = `${yield* fs.makeTempDirectoryScoped()}/config`
      yield* fs.writeFileString(
        kubeconfig,
        JSON.stringify({
          clusters: [{
            name: "one",
            cluster: {
              server: one.connection.server,
              "certificate-authority-data": btoa(String(one.connection.certificateAuthority))
            }
          }],
          users: [{
            name: "one",
            user: {
              "client-certificate-data": btoa(String(one.connection.identity.certificate?.certificate)),
              "client-key-data": btoa(
                Redacted.value(one.connection.identity.certificate?.key as Redacted.Redacted<string>)
              )
            }
          }],
          contexts: [{ name: "one", context: { cluster: "one", user: "one" } }]
        })
      )
      const scope = yield* Scope.make()
      const contexts = yield* Scope.extend(NodeKubeClient.contexts({ kubeconfig, idleTimeToLive: "50 millis" }), scope)
      const event = yield* Deferred.make<void>()
      const watch = yield* contexts.get("one").pipe(
        Effect.flatMap((client) =>
          Effect.provideService(
            Stream.runForEach(configMaps.watchOnce("1"), () => Deferred.succeed(event, undefined)),
            KubeClient,
            client
          )
        ),
        Effect.scoped,
        Effect.fork
      )
      yield* Deferred.await(event)
      // Used by two; when the second has done, the first still does.
      yield* Effect.scoped(
        Effect.flatMap(contexts.get("one"), (client) => Effect.provideService(configMaps.get("a"), KubeClient, client))
      )
      yield* Effect.sleep("120 millis")
      assert.isAtLeast(one.open.size, 1)
      yield* Effect.fork(watch.interruptAsFork(watch.id()))
      yield* until(() => one.open.size === 0)
      // It comes again when it is asked for, and a mistake is not remembered.
      yield* Effect.scoped(
        Effect.flatMap(contexts.get("one"), (client) => Effect.provideService(configMaps.get("a"), KubeClient, client))
      )
      const missing = yield* Effect.flip(Effect.scoped(contexts.get("two")))
      assert.include(missing.message, "two")
      const text = yield* fs.readFileString(kubeconfig)
      yield* fs.writeFileString(
        kubeconfig,
        text.replaceAll("\"name\":\"one\"", "\"name\":\"two\"").replaceAll(":\"one\"", ":\"two\"")
      )
      yield* Effect.scoped(
        Effect.flatMap(contexts.get("two"), (client) => Effect.provideService(configMaps.get("a"), KubeClient, client))
      )
      yield* Scope.close(scope, Exit.void)
      yield* until(() => one.open.size === 0)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("layerConfig reads from the Config which cluster it is (C8)", () =>
    Effect.gen(function*() {
      const clusters = yield* both
      const kubeconfig = yield* kubeconfigOf(clusters)
      const seen = yield* look.pipe(
        Effect.provide(NodeKubeClient.layerConfig(KubeConfig.config())),
        Effect.withConfigProvider(
          ConfigProvider.fromMap(new Map([["KUBE_CONFIG", kubeconfig], ["KUBE_CONTEXT", "two"]]), { pathDelim: "_" })
        )
      )
      assert.deepStrictEqual(seen, sees("two"))
    }).pipe(Effect.provide(NodeContext.layer)))
})
