import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Watcher from "../../src/runtime/Watcher.js"
import { configMaps } from "./modelServer.js"
import { type Event, listed, onServer, settle, watching } from "./watching.js"

describe("Watcher.watch: when what comes is wrong, or nothing comes", () => {
  it.scoped("gives up a silent watch 10 seconds after its timeout (W2, W30)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { timeout: "100 seconds" })
        yield* TestClock.adjust("109 seconds")
        assert.deepStrictEqual(yield* watch.news, [])
        yield* TestClock.adjust("1 seconds")
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeTransportError"])
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(server.kinds(), ["watch", "confirm"])
      })
    ))

  it.scoped("gives up a watch that had bookmarks after three minutes of silence, and not while they come (W2, W30)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { timeout: "1 hour" })
        for (let minute = 0; minute < 20; minute++) {
          server.bookmark()
          yield* TestClock.adjust("1 minute")
        }
        assert.isTrue((yield* watch.news).every((event) => event === "Bookmark 102"))
        yield* TestClock.adjust("119 seconds")
        assert.deepStrictEqual(yield* watch.news, [])
        yield* TestClock.adjust("1 seconds")
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeTransportError"])
      })
    ))

  it.scoped("blames no connection for the slowness of its consumer (W2, W14)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const pull = yield* Stream.toPull(Watcher.watch(configMaps, { timeout: "1 minute" }))
        yield* pull
        for (let i = 0; i < 100; i++) {
          server.put(`o${i}`)
          yield* settle
        }
        yield* TestClock.adjust("10 minutes")
        let last: Event | undefined
        while (last?._tag !== "Applied" || last.object.metadata.name !== "o99") {
          for (const event of yield* pull) {
            assert.notStrictEqual(event._tag, "Trouble")
            last = event
          }
        }
        assert.deepStrictEqual(server.kinds(), ["version", "list", "watch"])
      })
    ))

  it.scoped("tells an object that does not decode apart, with its JSON, and goes on (W31)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const watch = yield* watching(server)
        yield* watch.news
        for (const connection of server.connections) {
          connection.send(
            "{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\",\"uid\":7,\"resourceVersion\":\"103\"}}}\n"
          )
        }
        server.version = 103
        server.put("b")
        assert.deepStrictEqual(yield* watch.news, ["Undecodable Applied a@103", "Applied b@104"])
        const event = watch.events.find((event) => event._tag === "Undecodable")
        assert.strictEqual(
          event?.raw,
          "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\",\"uid\":7,\"resourceVersion\":\"103\"}}"
        )
        assert.include(event?.error.message, "metadata.uid: expected a string, found 7")
        server.objects.set("default/a", { ...server.put("a"), metadata: {} as never })
        server.error(410, "Expired")
        assert.deepStrictEqual(yield* watch.news, [
          "Applied a@105",
          "Trouble KubeExpired",
          "Init Expired",
          "Undecodable Listed undefined@undefined",
          "InitPage b",
          "InitDone 105"
        ])
      })
    ))

  it.scoped("waits after a frame that is not JSON, and lists after the third in a row (W32)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        for (let i = 0; i < 3; i++) {
          for (const connection of server.connections) connection.send("<!-- hello -->\n{\"type\":\"BOOKMARK\"}\n")
          yield* TestClock.adjust("1 second")
        }
        assert.deepStrictEqual(server.kinds(), ["watch", "confirm", "watch", "confirm", "list", "watch"])
        assert.deepStrictEqual((yield* watch.news).slice(0, 4), [
          "Trouble KubeTransportError",
          "Trouble KubeTransportError",
          "Trouble KubeTransportError",
          "Init Failures"
        ])
      })
    ))

  it.scoped("waits and lists after another Status, and after what is not Kubernetes (W33, W34)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        server.error(400, "BadRequest")
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(server.kinds(), ["list", "watch"])
        server.script = (asked) =>
          asked.kind === "watch" ? { body: "<html>log in</html>", headers: { "content-type": "text/html" } } : undefined
        server.put("c")
        yield* settle
        server.close()
        yield* settle
        server.script = () => undefined
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(server.kinds().slice(2), ["watch", "list", "watch"])
        assert.deepStrictEqual((yield* watch.news).filter((event) => event.startsWith("Trouble")), [
          "Trouble KubeStatusError",
          "Trouble KubeTransportError"
        ])
      })
    ))

  it.scoped("does not take an older list for newer with semantics any, but asks for a consistent one (W35)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { semantics: "any", backoff: Schedule.spaced("1 second") })
        server.put("c")
        yield* watch.news
        server.script = (asked) =>
          asked.query["resourceVersion"] === "0"
            ? { body: { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: "90" }, items: [] } }
            : undefined
        server.error(403, "Forbidden")
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(server.asked.map(({ kind, query }) => `${kind} ${query["resourceVersion"]}`), [
          "list 0",
          "list undefined",
          "watch 103"
        ])
        assert.deepStrictEqual(yield* watch.news, [
          "Trouble KubeForbidden",
          "Trouble KubeTransportError",
          "Init Refused",
          "InitPage a,b,c",
          "InitDone 103"
        ])
      })
    ))

  it.scoped("finds out that history was lost after a reconnect, and takes it as it is (W36)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        server.restore(50, [{ ...server.objects.get("default/a")!, data: "old" }])
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(server.kinds(), ["watch", "confirm", "list", "watch"])
        assert.deepStrictEqual(yield* watch.news, [
          "Trouble KubeTransportError",
          "Init HistoryReset",
          "InitPage a",
          "InitDone 50"
        ])
        assert.strictEqual(server.asked[3]!.query["resourceVersion"], "50")
      })
    ))

  it.scoped("finds out that history was lost after a watch that brought nothing (W36)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server)
        yield* TestClock.adjust("5 minutes")
        server.lose(50)
        server.close()
        yield* settle
        assert.deepStrictEqual(server.kinds(), ["watch", "confirm", "list", "watch"])
        assert.deepStrictEqual(yield* watch.news, ["Init HistoryReset", "InitPage a,b", "InitDone 50"])
      })
    ))

  it.scoped("survives a client that dies of a bug (W38)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        let bugs = 1
        server.script = (asked) => {
          if (asked.kind === "watch" && bugs-- > 0) throw new Error("a bug")
          return undefined
        }
        server.cut()
        yield* TestClock.adjust("2 seconds")
        server.put("c")
        assert.deepStrictEqual(yield* watch.news, [
          "Trouble KubeTransportError",
          "Trouble KubeTransportError",
          "Applied c@103"
        ])
      })
    ))
})
