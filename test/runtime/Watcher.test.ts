import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import type { KubeClient } from "../../src/client/KubeClient.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import { type ConfigMap, ConfigMap as ConfigMapKind, configMaps, ModelServer, status } from "./modelServer.js"
import { onServer, settle, short } from "./watching.js"

describe("Watcher.watch: the stream", () => {
  it.scoped("ends its request when it is closed, wherever it is interrupted (W54)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (let i = 0; i < 50; i++) server.put(`o${i}`)
        server.chunkSize = 700
        for (let steps = 0; steps < 40; steps++) {
          const fiber = yield* Effect.fork(
            Stream.runDrain(
              Watcher.watch(configMaps, { initialList: steps % 2 === 0 ? "streamed" : "paged", pageSize: 7 })
            )
          )
          for (let i = 0; i < steps; i++) yield* Effect.yieldNow()
          yield* Fiber.interrupt(fiber)
          assert.strictEqual(server.connections.size, 0, `after ${steps} steps`)
          assert.strictEqual(server.lists, 0, `after ${steps} steps`)
        }
        const fiber = yield* Effect.fork(Stream.runDrain(Watcher.watch(configMaps)))
        yield* settle
        assert.strictEqual(server.connections.size, 1)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(server.connections.size, 0)
      })
    ))

  it.scoped("hands over chunks, not single events (W39)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const chunks: Array<number> = []
        yield* Watcher.watch(configMaps).pipe(
          Stream.runForEachChunk((chunk) => Effect.sync(() => chunks.push(Chunk.size(chunk)))),
          Effect.forkScoped
        )
        yield* settle
        const [connection] = server.connections
        const object = server.put("a")
        connection!.send(`${JSON.stringify({ type: "MODIFIED", object })}\n`.repeat(200))
        yield* settle
        assert.strictEqual(Math.max(...chunks) >= 200, true, chunks.join())
      })
    ))

  it.effect("follows the namespace of the client's context (W9)", () =>
    Effect.suspend(() => {
      const server = new ModelServer()
      return Effect.gen(function*() {
        let path = ""
        server.script = (asked, request) => {
          if (asked.kind === "list") path = request.path
          return undefined
        }
        const fiber = yield* Effect.fork(Stream.runDrain(Watcher.watch(Api.defaultNamespaced(ConfigMapKind))))
        yield* settle
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(path, "/api/v1/namespaces/default/configmaps")
      }).pipe(Effect.provide(server.layer))
    }))
})

describe("Watcher combinators", () => {
  const collect = <A>(stream: Stream.Stream<A, never, KubeClient>) =>
    Effect.gen(function*() {
      const seen: Array<A> = []
      yield* Effect.forkScoped(Stream.runForEach(stream, (a) => Effect.sync(() => seen.push(a))))
      yield* settle
      return seen
    })

  it.scoped("appliedObjects and touchedObjects give the objects of lists and changes, with or without deletes (W40)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const name = (object: ConfigMap) => `${object.metadata.name}@${object.metadata.resourceVersion}`
        const applied = yield* collect(Stream.map(Watcher.appliedObjects(Watcher.watch(configMaps)), name))
        const touched = yield* collect(Stream.map(Watcher.touchedObjects(Watcher.watch(configMaps)), name))
        const mapped = yield* collect(Watcher.touchedObjects(Watcher.mapObjects(Watcher.watch(configMaps), name)))
        server.put("b")
        server.remove("a")
        yield* settle
        assert.deepStrictEqual(applied, ["a@101", "b@102"])
        assert.deepStrictEqual(touched, ["a@101", "b@102", "a@103"])
        assert.deepStrictEqual(mapped, touched)
      })
    ))

  it.scoped("failOn ends the stream with the failure that it chooses, after what came before (W29, W42)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const seen: Array<string> = []
        const fiber = yield* Watcher.watch(configMaps).pipe(
          Watcher.failOn((error) => error._tag === "KubeForbidden"),
          Stream.runForEach((event) => Effect.sync(() => seen.push(short(event)))),
          Effect.fork
        )
        yield* settle
        server.error(500, "InternalError")
        yield* TestClock.adjust("2 seconds")
        server.put("b")
        for (const connection of server.connections) connection.frame("ERROR", status(403, "Forbidden").body)
        yield* settle
        const exit = yield* Fiber.await(fiber)
        assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Fail" && exit.cause.error._tag === "KubeForbidden")
        assert.deepStrictEqual(seen, [
          "Init Start",
          "InitPage a",
          "InitDone 101",
          "Trouble KubeStatusError",
          "Applied b@102"
        ])
        assert.strictEqual(server.connections.size, 0)
      })
    ))

  it.scoped("watchObject gives an object whenever it changes, and none while it does not exist (W9)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const states = yield* collect(Stream.map(
          Watcher.watchObject(Api.namespaced(ConfigMapKind, "default"), "a"),
          Option.map((object) => object.metadata.resourceVersion)
        ))
        assert.strictEqual(server.asked.find(({ kind }) => kind === "list")?.query["fieldSelector"], "metadata.name=a")
        server.put("a")
        yield* settle
        server.error(410, "Expired")
        yield* TestClock.adjust("2 seconds")
        server.remove("a")
        yield* settle
        server.error(410, "Expired")
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(states, [Option.none(), Option.some("101"), Option.none()])
      })
    ))
})
