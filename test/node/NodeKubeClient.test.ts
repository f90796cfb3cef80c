import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as LayerMap from "effect/LayerMap"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { inspect } from "node:util"
import * as Api from "../../src/client/Api.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import { type Cluster, cluster, object, until } from "./clusters.js"

const configMaps = Api.namespaced(ConfigMap, "default")

describe("NodeKubeClient", () => {
  it.scopedLive("two clusters by merged layers never share a connection, a certificate or a token (C21)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const two = yield* cluster("two")
      class One extends Context.Tag("One")<One, Api.Namespaced<typeof ConfigMap, never>>() {}
      class Two extends Context.Tag("Two")<Two, Api.Namespaced<typeof ConfigMap, never>>() {}
      const both = Layer.merge(
        Layer.provide(Layer.effect(One, Api.bind(configMaps)), NodeKubeClient.layerConnection(one.connection)),
        Layer.provide(Layer.effect(Two, Api.bind(configMaps)), NodeKubeClient.layerConnection(two.connection))
      )
      yield* Effect.gen(function*() {
        const first = yield* One
        const second = yield* Two
        const names = yield* Effect.all([first.get("a"), second.get("a"), first.get("b"), second.get("b")])
        assert.deepStrictEqual(names.map((it) => it.metadata.name), ["one", "two", "one", "two"])
      }).pipe(Effect.provide(both))
      for (const [it, name] of [[one, "one"], [two, "two"]] as const) {
        assert.deepStrictEqual(it.seen.map(({ client, token }) => [client, token]), [
          [`user-of-${name}`, `Bearer token-of-${name}`],
          [`user-of-${name}`, `Bearer token-of-${name}`]
        ])
      }
    }))

  it.scopedLive("two clusters by LayerMap never share a connection, a certificate or a token (C21)", () =>
    Effect.gen(function*() {
      const servers: { readonly [name: string]: Cluster } = { one: yield* cluster("one"), two: yield* cluster("two") }
      class Clusters extends LayerMap.Service<Clusters>()("Clusters", {
        lookup: (name: string) => NodeKubeClient.layerConnection(servers[name]!.connection)
      }) {}
      yield* Effect.forEach(
        ["one", "two", "one", "two"],
        (name) =>
          Effect.map(
            configMaps.get(name).pipe(Effect.provide(Clusters.get(name))),
            (it) => assert.strictEqual(it.metadata.name, name)
          ),
        { concurrency: "unbounded" }
      ).pipe(Effect.provide(Clusters.Default))
      for (const [name, it] of Object.entries(servers)) {
        assert.deepStrictEqual(it.seen.map(({ client, path, token }) => [path.split("/").at(-1), client, token]), [
          [name, `user-of-${name}`, `Bearer token-of-${name}`],
          [name, `user-of-${name}`, `Bearer token-of-${name}`]
        ])
      }
    }))

  it.scopedLive("reads in a row share a connection, and watches have a pool of their own (C21)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      yield* Effect.gen(function*() {
        yield* Effect.forEach(Array.from({ length: 50 }), () => configMaps.get("a"), { discard: true })
        assert.isAtMost(one.connections(), 2)
        const before = one.connections()
        yield* Stream.runDrain(Stream.take(configMaps.watchOnce("1"), 1))
        assert.strictEqual(one.connections(), before + 1)
      }).pipe(Effect.provide(NodeKubeClient.layerConnection(one.connection)))
      yield* until(() => one.open.size === 0)
    }))

  it.scopedLive("watches ask for identity encoding, and reads for no compression either (W10)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      yield* Effect.zipRight(configMaps.get("a"), Stream.runDrain(Stream.take(configMaps.watchOnce("1"), 1))).pipe(
        Effect.provide(NodeKubeClient.layerConnection(one.connection))
      )
      assert.deepStrictEqual(one.seen.map(({ encoding }) => encoding), [undefined, "identity"])
    }))

  it.scopedLive("the server is told of the application, this library, and what they run on (C27)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const get = (options?: NodeKubeClient.Options) =>
        Effect.provide(configMaps.get("a"), NodeKubeClient.layerConnection(one.connection, options))
      yield* get()
      yield* get({ userAgent: "my-operator/1.2" })
      assert.match(one.seen[0]?.agent ?? "", /^effect-kube\/\S+ \((linux|darwin|windows)\/[a-z0-9]+\)$/)
      assert.strictEqual(one.seen[1]?.agent, `my-operator/1.2 ${one.seen[0]?.agent}`)
    }))

  it.scopedLive("interrupting at any moment frees the socket: before the headers, and in the middle of a watch (W54)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      yield* Effect.gen(function*() {
        const slow = yield* Effect.fork(configMaps.get("slow"))
        yield* until(() => one.seen.length === 1)
        yield* Fiber.interrupt(slow)
        yield* until(() => one.open.size === 0)
        const event = yield* Deferred.make<void>()
        const watch = yield* Effect.fork(
          Stream.runForEach(configMaps.watchOnce("1"), () => Deferred.succeed(event, undefined))
        )
        yield* Deferred.await(event)
        assert.strictEqual(one.open.size, 1)
        yield* Fiber.interrupt(watch)
        yield* until(() => one.open.size === 0)
      }).pipe(Effect.provide(NodeKubeClient.layerConnection(one.connection)))
    }))

  it.scopedLive("closing the Scope of a client ends what is still open (C21)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const scope = yield* Scope.make()
      const client = yield* NodeKubeClient.make(one.connection).pipe(
        Scope.extend(scope),
        Effect.provide(NodeContext.layer)
      )
      const event = yield* Deferred.make<void>()
      const watch = yield* configMaps.watchOnce("1").pipe(
        Stream.runForEach(() => Deferred.succeed(event, undefined)),
        Effect.provideService(KubeClient, client),
        Effect.fork
      )
      yield* Deferred.await(event)
      yield* Scope.close(scope, Exit.void)
      const error = yield* Effect.flip(Fiber.join(watch))
      assert.strictEqual(error._tag, "KubeTransportError")
      yield* until(() => one.open.size === 0)
    }))

  it.scopedLive("what fails on the way is told apart, and no credential is in any error (C29)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const two = yield* cluster("two")
      const get = (connection: KubeConfig.Connection) =>
        Effect.flip(Effect.provide(configMaps.get("a"), NodeKubeClient.layerConnection(connection)))
      const distrusted = yield* get({ ...one.connection, certificateAuthority: two.connection.certificateAuthority })
      const refused = yield* get({ ...one.connection, server: "https://127.0.0.1:1" })
      const unresolved = yield* get({ ...one.connection, server: "https://no-such-host.invalid" })
      assert.deepStrictEqual(
        [distrusted, refused, unresolved].map((error) => error._tag === "KubeTransportError" && error.reason),
        ["Tls", "Connect", "Connect"]
      )
      assert.include(refused.message, "get ConfigMap default/a: connect ECONNREFUSED")
      for (const error of [distrusted, refused, unresolved]) {
        for (
          const printed of [
            inspect(error, { depth: 12, showHidden: true }),
            JSON.stringify(error),
            error.message,
            String(error.stack)
          ]
        ) {
          assert.notInclude(printed, "token-of-one")
        }
      }
    }))

  it.scopedLive("a token file that rotated is read again after a 401, and the request sent once more; a failed read keeps the old token (C12, C17)", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      const path = `${directory}/token`
      const seen: Array<string | undefined> = []
      let accepted = "Bearer one"
      const http = Http.createServer((request, response) => {
        seen.push(request.headers.authorization)
        response.statusCode = request.headers.authorization === accepted ? 200 : 401
        response.setHeader("content-type", "application/json")
        response.end(JSON.stringify(object("a")))
      })
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => {
          http.listen(0, "127.0.0.1", () => resume(Effect.void))
        }),
        () => Effect.sync(() => http.closeAllConnections())
      )
      yield* fs.writeFileString(path, "one\n")
      const client = yield* NodeKubeClient.make({
        server: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
        namespace: "default",
        insecureSkipTlsVerify: false,
        identity: { tokenFile: path },
        context: undefined
      })
      const get = Effect.provideService(configMaps.get("a"), KubeClient, client)
      yield* get
      yield* fs.writeFileString(path, "two\n")
      accepted = "Bearer two"
      yield* get
      assert.deepStrictEqual(seen, ["Bearer one", "Bearer one", "Bearer two"])
      yield* fs.writeFileString(path, "")
      accepted = "nobody"
      assert.strictEqual((yield* Effect.flip(get))._tag, "KubeUnauthorized")
      assert.deepStrictEqual(seen.slice(3), ["Bearer two"], "an empty file is no new token: nothing is sent twice")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("a user name and password of any letters are sent (C6)", () =>
    Effect.gen(function*() {
      const client = yield* NodeKubeClient.make({
        server: "http://127.0.0.1:1",
        namespace: "default",
        insecureSkipTlsVerify: false,
        identity: { basic: { username: "zoë", password: Redacted.make("€") } },
        context: undefined
      }).pipe(Effect.provide(NodeContext.layer))
      const error = yield* Effect.flip(Effect.provideService(configMaps.get("a"), KubeClient, client))
      assert.strictEqual(error._tag === "KubeTransportError" && error.reason, "Connect")
    }))

  it.scopedLive("a token never goes over plain http to another machine, and the log says so (C18)", () =>
    Effect.gen(function*() {
      const logged: Array<string> = []
      const logger = Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => logged.push(String(message))))
      const make = (server: string) =>
        NodeKubeClient.make({
          server,
          namespace: "default",
          insecureSkipTlsVerify: false,
          identity: { token: Redacted.make("secret-token") },
          context: undefined
        }).pipe(Effect.provide(NodeContext.layer), Effect.provide(logger))
      yield* make("http://cluster.example:8080")
      assert.deepStrictEqual(logged, [
        "http://cluster.example:8080: the credential is not sent, because it would go over plain http"
      ])
      for (
        const server of [
          "http://localhost:8080",
          "http://127.0.0.1:8080",
          "http://[::1]:8080",
          "https://cluster.example"
        ]
      ) yield* make(server)
      assert.strictEqual(logged.length, 1)
      yield* make("http://127.0.0.1.evil.example")
      assert.strictEqual(logged.length, 2)
    }))
})
