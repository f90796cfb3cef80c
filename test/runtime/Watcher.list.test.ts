import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Watcher from "../../src/runtime/Watcher.js"
import { configMaps, status } from "./modelServer.js"
import { onServer, settle, watching } from "./watching.js"

describe("Watcher.watch: the list", () => {
  it.scoped("lists consistently, streamed on a server since 1.33, and watches from there (W9, W39, W41)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const watch = yield* watching(server, { labels: "app=web", fields: "metadata.name=a" })
        assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitPage a", "InitDone 101"])
        assert.deepStrictEqual(server.kinds(), ["version", "list", "watch"])
        assert.deepStrictEqual(server.asked[1]!.query, { labelSelector: "app=web", fieldSelector: "metadata.name=a" })
        server.put("b")
        server.put("a")
        server.remove("b")
        server.bookmark()
        assert.deepStrictEqual(yield* watch.news, ["Applied b@102", "Applied a@103", "Deleted b@104", "Bookmark 104"])
      })
    ))

  it.scoped("lists in pages on an older server, and asks for its version once a client (W6, W9, W11)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.minor = "32+"
        for (let i = 0; i < 5; i++) server.put(`o${i}`)
        const watch = yield* watching(server, { pageSize: 2 })
        assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitPage o0,o1,o2,o3,o4", "InitDone 105"])
        assert.deepStrictEqual(server.asked.slice(1, 4).map(({ query }) => query), [
          { limit: "2" },
          { limit: "2", continue: "105:2" },
          { limit: "2", continue: "105:4" }
        ])
        const more = yield* watching(server)
        assert.deepStrictEqual((yield* more.news)[2], "InitDone 105")
        assert.strictEqual(server.kinds().filter((kind) => kind === "version").length, 1)
        assert.strictEqual(server.asked[server.asked.length - 2]!.query["limit"], "500")
      })
    ))

  it.scoped("lists in pages when the server does not tell its version, and as it is told otherwise (W9)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.script = (asked) => asked.kind === "version" ? status(403, "Forbidden") : undefined
        yield* watching(server)
        assert.strictEqual(server.asked[1]!.query["limit"], "500")
        yield* watching(server, { initialList: "streamed", semantics: "any" })
        assert.deepStrictEqual(server.asked.filter(({ kind }) => kind === "list")[1]!.query, { resourceVersion: "0" })
      })
    ))

  it.scoped("asks for the next page while the consumer has this one, and for no more (W14)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (let i = 0; i < 400; i++) server.put(`o${i}`)
        // Nobody takes anything: the reading goes on until what may lie ready does, and one page further.
        const pull = yield* Stream.toPull(Watcher.watch(configMaps, { initialList: "paged", pageSize: 2 }))
        yield* pull
        yield* settle
        const pages = server.asked.filter(({ kind }) => kind === "list").length
        assert.isAbove(pages, 2)
        assert.isBelow(pages, 30)
      })
    ))

  it.scoped("makes one whole list when the token of a page expires, and no other (W12)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (let i = 0; i < 5; i++) server.put(`o${i}`)
        server.script = (asked) => asked.query["continue"] === undefined ? undefined : status(410, "Expired")
        const watch = yield* watching(server, { initialList: "paged", pageSize: 2 })
        assert.deepStrictEqual(yield* watch.news, [
          "Init Start",
          "InitPage o0,o1",
          "Trouble KubeExpired",
          "Init Start",
          "InitPage o0,o1,o2,o3,o4",
          "InitDone 105"
        ])
        assert.deepStrictEqual(
          server.asked.map(({ kind, query }) => `${kind} ${query["limit"]} ${query["continue"]}`),
          [
            "list 2 undefined",
            "list 2 105:2",
            "list undefined undefined",
            "watch undefined undefined"
          ]
        )
      })
    ))

  it.scoped("takes items: null for an empty list (W15)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.script = (asked) =>
          asked.kind === "list"
            ? { body: { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: "7" }, items: null } }
            : undefined
        const watch = yield* watching(server)
        assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitDone 7"])
      })
    ))

  it.scoped("refuses a Table, HTML, half a list and a list without version, and tries again (W15, W34, W37)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const answers = [
          { body: { kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: { resourceVersion: "7" }, rows: [] } },
          { body: "<html>welcome</html>", headers: { "content-type": "text/html" } },
          {
            stream: Stream.make(
              new TextEncoder().encode(
                "{\"kind\":\"ConfigMapList\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":["
              )
            )
          },
          { body: { kind: "ConfigMapList", apiVersion: "v1", metadata: {}, items: [] } },
          status(500, "InternalError"),
          undefined
        ]
        let lists = 0
        server.script = (asked) => asked.kind === "list" ? answers[lists++] : undefined
        const watch = yield* watching(server, { backoff: Schedule.spaced("1 second") })
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(yield* watch.news, [
          "Trouble KubeTransportError",
          "Trouble KubeTransportError",
          "Init Start",
          "Trouble KubeTransportError",
          "Trouble KubeTransportError",
          "Trouble KubeStatusError",
          "Init Start",
          "InitDone 100"
        ])
        assert.deepStrictEqual(server.asked.filter(({ kind }) => kind === "list").map(({ at }) => at), [
          0,
          1000,
          2000,
          3000,
          4000,
          5000
        ])
      })
    ))

  it.scoped("gives up a list that falls silent (W30, W37)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.script = (asked) =>
          asked.kind === "list" && server.asked.length < 3 ? { stream: Stream.never } : undefined
        const watch = yield* watching(server)
        yield* TestClock.adjust("59 seconds")
        assert.deepStrictEqual(yield* watch.news, [])
        yield* TestClock.adjust("4 seconds")
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeTransportError", "Init Start", "InitDone 100"])
      })
    ))
})
