import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { type Asked, configMaps, type ModelServer, status } from "./modelServer.js"
import { onServer, settle, watching } from "./watching.js"

const options = { initialList: "watchList", backoff: Schedule.spaced("1 second") } satisfies Watcher.Options

const watchLists = (server: ModelServer, more?: Watcher.Options) => watching(server, { ...options, ...more })

/** A watch that has listed a and b at version 102 by a watch-list. */
const watchListed = (server: ModelServer, more?: Watcher.Options) =>
  Effect.gen(function*() {
    server.put("a")
    server.put("b")
    const watch = yield* watchLists(server, more)
    assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitPage a,b", "InitDone 102"])
    server.asked.length = 0
    return watch
  })

const only = (server: ModelServer) => [...server.connections][0]!

interface Versioned {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
}

const names = (store: { readonly list: Effect.Effect<ReadonlyArray<Versioned>> }) =>
  Effect.map(
    store.list,
    (objects) => objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort()
  )

const truth = (server: ModelServer) =>
  Array.from(server.objects.values(), ({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort()

const unreadable = (name: string, resourceVersion: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", resourceVersion }
})

describe("Watcher.watch by watch-list", () => {
  it.scoped("asks for the initial events, and goes on on the same connection (W16, W18)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        server.put("b")
        const watch = yield* watchLists(server, { labels: "app=web", timeout: "5 minutes" })
        assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitPage a,b", "InitDone 102"])
        server.put("c")
        server.remove("a")
        server.bookmark()
        assert.deepStrictEqual(yield* watch.news, ["Applied c@103", "Deleted a@104", "Bookmark 104"])
        assert.deepStrictEqual(server.asked.map(({ query }) => query), [{
          watch: "1",
          sendInitialEvents: "true",
          resourceVersionMatch: "NotOlderThan",
          allowWatchBookmarks: "true",
          labelSelector: "app=web",
          timeoutSeconds: "300"
        }])
      })
    ))

  it.scoped("asks for any version where the caller allows it (W9, W16)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        yield* watchLists(server, { semantics: "any" })
        assert.strictEqual(server.asked[0]!.query["resourceVersion"], "0")
        assert.strictEqual(server.asked[0]!.query["sendInitialEvents"], "true")
      })
    ))

  it.scoped("takes an empty collection for what it is (W15, W18)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* watchLists(server)
        assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitDone 100"])
      })
    ))

  it.scoped("waits for the annotated bookmark, and tells of no other before it (W17, W18)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.endsInitialEvents = false
        server.put("a")
        const watch = yield* watchLists(server)
        server.bookmark()
        const bookmark = (value: unknown) => ({ metadata: { resourceVersion: "101", annotations: value }, spec: 7 })
        for (
          const value of [null, {}, { "k8s.io/initial-events-end": "false" }, { "k8s.io/initial-events-end": true }]
        ) {
          only(server).frame("BOOKMARK", bookmark(value))
        }
        assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitPage a"])
        server.endInitialEvents()
        assert.deepStrictEqual(yield* watch.news, ["InitDone 101"])
        server.bookmark()
        assert.deepStrictEqual(yield* watch.news, ["Bookmark 101"])
      })
    ))

  it.scoped("does not trust an end without a version (W17, W32)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.endsInitialEvents = false
        const watch = yield* watchLists(server)
        only(server).frame("BOOKMARK", { metadata: { annotations: { "k8s.io/initial-events-end": "true" } } })
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeTransportError"])
        server.endsInitialEvents = true
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitDone 100"])
        assert.deepStrictEqual(server.kinds(), ["watchList", "watchList"])
      })
    ))

  it.scoped("reads the same wherever the bytes are cut (W18)", () =>
    Effect.gen(function*() {
      const random = Random.make("W18")
      for (let round = 0; round < 30; round++) {
        yield* onServer((server) =>
          Effect.gen(function*() {
            server.endsInitialEvents = false
            const watch = yield* watchLists(server)
            const frame = (type: string, name: string, rv: string, more: object = {}) =>
              `${
                JSON.stringify({
                  type,
                  object: {
                    apiVersion: "v1",
                    kind: "ConfigMap",
                    metadata: {
                      name,
                      namespace: "default",
                      uid: name,
                      resourceVersion: rv,
                      creationTimestamp: "2026-01-01T00:00:00Z",
                      ...more
                    }
                  }
                })
              }\n`
            const text = [
              frame("ADDED", "a", "7"),
              frame("ADDED", "b", "3"),
              frame("DELETED", "b", "8"),
              frame("BOOKMARK", "", "8", { annotations: { "k8s.io/initial-events-end": "true" } }),
              frame("MODIFIED", "a", "9"),
              frame("BOOKMARK", "", "12")
            ].join("")
            for (let at = 0; at < text.length;) {
              const to = at + (yield* random.nextIntBetween(1, round === 0 ? text.length * 2 : 400))
              only(server).send(text.slice(at, to))
              if (yield* random.nextBoolean) yield* settle
              at = to
            }
            assert.deepStrictEqual(yield* watch.news, [
              "Init Start",
              "InitPage a,b",
              "Deleted b@8",
              "InitDone 8",
              "Applied a@9",
              "Bookmark 12"
            ])
          })
        )
      }
    }))

  it.scoped("lists again by watch-list after 410, and what was deleted in the gap is gone (W23, W44)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* watchListed(server)
        server.put("c")
        yield* settle
        server.connections.clear()
        server.remove("a")
        server.error(410, "Expired")
        yield* watch.stop
        const again = yield* watchLists(server)
        yield* again.news
        server.put("d")
        yield* settle
        server.error(410, "Expired")
        assert.deepStrictEqual((yield* again.news).slice(-4), [
          "Trouble KubeExpired",
          "Init Expired",
          "InitPage b,c,d",
          "InitDone 105"
        ])
        assert.deepStrictEqual(server.kinds(), ["watchList", "watchList"])
      })
    ))

  it.scoped("watches on from the version of the initial events, without them, when the connection ends (W20, W21)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* watchListed(server)
        yield* TestClock.adjust("2 seconds")
        server.put("c")
        yield* settle
        server.close()
        server.put("d")
        assert.deepStrictEqual(yield* watch.news, ["Applied c@103", "Applied d@104"])
        assert.deepStrictEqual(server.asked.map(({ kind, query }) => `${kind} ${query["resourceVersion"]}`), [
          "watch 103"
        ])
        assert.isUndefined(server.asked[0]!.query["sendInitialEvents"])
      })
    ))

  it.scoped("tells of an initial event that does not decode, and of nothing else less (W31, W39)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.endsInitialEvents = false
        server.put("a")
        const watch = yield* watchLists(server)
        only(server).frame("ADDED", unreadable("bad", "102"))
        only(server).frame("DELETED", unreadable("worse", "103"))
        server.put("b")
        server.endInitialEvents()
        assert.deepStrictEqual(yield* watch.news, [
          "Init Start",
          "InitPage a",
          "Undecodable Listed bad@102",
          "Undecodable Deleted worse@103",
          "InitPage b",
          "InitDone 102"
        ])
      })
    ))
})

describe("a store by watch-list", () => {
  it.scoped("has what there is at the end of the initial events, whatever happens before it (W39, W43, W50)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (const name of ["a", "b", "c", "d"]) server.put(name)
        server.endsInitialEvents = false
        const store = yield* Reflector.make(configMaps, options)
        yield* settle
        server.remove("a")
        server.put("b", { changed: "yes" })
        server.remove("c")
        server.put("c")
        server.put("e")
        const connection = only(server)
        connection.frame("ADDED", unreadable("repaired", "1"))
        connection.frame("ADDED", unreadable("removed", "2"))
        connection.frame("ADDED", unreadable("broken", "3"))
        server.put("repaired")
        connection.frame("DELETED", unreadable("removed", "4"))
        yield* settle
        assert.isFalse(yield* store.isReady)
        assert.strictEqual(yield* store.size, 0)
        server.endInitialEvents()
        yield* settle
        assert.isTrue(yield* store.isReady)
        assert.deepStrictEqual(yield* names(store), truth(server))
        assert.deepStrictEqual((yield* store.undecodable).map(({ metadata }) => metadata.name), ["broken"])
      })
    ))

  it.scoped("of a relist reports once what was deleted amid the initial events, and only at their end (W43, W44)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (const name of ["a", "b"]) server.put(name)
        const store = yield* Reflector.make(configMaps, options)
        yield* settle
        const heard: Array<string> = []
        yield* Effect.forkScoped(Stream.runForEach(store.changes, (change) =>
          Effect.sync(() =>
            heard.push(`${change._tag} ${change.object.metadata.name}`)
          )))
        yield* settle
        heard.length = 0
        server.put("c")
        yield* settle
        server.endsInitialEvents = false
        server.error(410, "Expired")
        yield* settle
        server.remove("a")
        server.put("z")
        server.remove("z")
        yield* settle
        assert.deepStrictEqual(heard, ["Added c"])
        assert.strictEqual(yield* store.size, 3)
        server.endInitialEvents()
        yield* settle
        assert.deepStrictEqual(heard, ["Added c", "Deleted a"])
        assert.deepStrictEqual(yield* names(store), truth(server))
      })
    ))

  it.scoped("that cannot be ended is discarded by the list that takes its place (W19, W37, W39)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (const name of ["a", "b"]) server.put(name)
        server.endsInitialEvents = false
        const store = yield* Reflector.make(configMaps, options)
        yield* settle
        server.connections.clear()
        server.remove("a")
        yield* TestClock.adjust("31 seconds")
        assert.deepStrictEqual(yield* names(store), truth(server))
        assert.deepStrictEqual(server.kinds(), ["watchList", "version", "list", "watch"])
      })
    ))

  it.scoped("of a TestCluster equals the cluster, through a 410 and a change on the same connection (W16, W18, W23)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const api = Api.namespaced(ConfigMap, "default")
      const server = Effect.map(
        cluster.objects,
        (objects) =>
          objects.filter(({ kind }) => kind === "ConfigMap").map(({ metadata }) =>
            `${metadata.name}@${metadata.resourceVersion}`
          ).sort()
      )
      for (let i = 0; i < 20; i++) yield* api.create({ metadata: { name: `o${i}` } })
      const store = yield* Reflector.make(api, options)
      yield* settle
      assert.deepStrictEqual(yield* names(store), yield* server)
      yield* api.create({ metadata: { name: "late" } })
      yield* api.delete("o3")
      yield* settle
      assert.deepStrictEqual(yield* names(store), yield* server)
      yield* cluster.faults.inject({
        when: ({ verb }) => verb === "watch",
        times: 1,
        fault: { _tag: "Refuse", status: 410 }
      })
      yield* cluster.faults.endWatches()
      yield* api.delete("o4")
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* names(store), yield* server)
      const asked = (yield* cluster.requests).filter(({ resource, verb }) =>
        resource === "configmaps" && (verb === "list" || verb === "watch")
      )
      assert.isTrue(asked.every(({ verb }) => verb === "watch"))
    }).pipe(Effect.provide(TestCluster.layer)))
})

describe("a watch-list that fails", () => {
  const isFor = (kind: Asked["kind"]) => (asked: Asked) => asked.kind === kind

  for (const code of [400, 406, 422]) {
    it.scoped(`with ${code} is the last one: a list at once, and lists from then on (W19)`, () =>
      onServer((server) =>
        Effect.gen(function*() {
          server.put("a")
          server.script = (asked) => isFor("watchList")(asked) ? status(code, "BadRequest") : undefined
          const watch = yield* watchLists(server)
          assert.deepStrictEqual(yield* watch.news, [
            "Trouble KubeStatusError",
            "Init Start",
            "InitPage a",
            "InitDone 101"
          ])
          server.put("b")
          yield* settle
          server.error(410, "Expired")
          yield* settle
          assert.deepStrictEqual(server.kinds(), ["watchList", "version", "list", "watch", "list", "watch"])
        })
      ))
  }

  it.scoped("by its end just before the bookmark, each time, is tried once (W19)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        server.endsInitialEvents = false
        const watch = yield* watchLists(server)
        server.close()
        assert.deepStrictEqual(yield* watch.news, [
          "Init Start",
          "InitPage a",
          "Trouble KubeTransportError",
          "Init Start",
          "InitPage a",
          "InitDone 101"
        ])
        assert.deepStrictEqual(server.kinds(), ["watchList", "version", "list", "watch"])
        server.put("b")
        assert.deepStrictEqual(yield* watch.news, ["Applied b@102"])
      })
    ))

  it.scoped("by no end within 30 s and 1 s for each thousand objects is the last one (W7, W19)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.endsInitialEvents = false
        for (let i = 0; i < 2000; i++) server.put(`o${i}`)
        const watch = yield* watchLists(server)
        // Bookmarks are a sign of life, and no end.
        for (let i = 0; i < 3; i++) {
          yield* TestClock.adjust("10 seconds")
          server.bookmark()
        }
        yield* TestClock.adjust("1999 millis")
        assert.deepStrictEqual(server.kinds(), ["watchList"])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(server.kinds(), ["watchList", "version", "list", "watch"])
        const news = yield* watch.news
        assert.deepStrictEqual(news.filter((text) => !text.startsWith("InitPage")), [
          "Init Start",
          "Trouble KubeTransportError",
          "Init Start",
          "InitDone 2100"
        ])
        const trouble = watch.events.find((event) => event._tag === "Trouble")
        assert.include(trouble?.error.message, "did not end in time")
      })
    ))

  it.scoped("by no end within the time that the caller gives is the last one (W7)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.endsInitialEvents = false
        for (let i = 0; i < 10; i++) server.put(`o${i}`)
        yield* watchLists(server, { watchListDeadline: { least: "2 seconds", perThousand: "100 seconds" } })
        yield* TestClock.adjust("2999 millis")
        assert.deepStrictEqual(server.kinds(), ["watchList"])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(server.kinds(), ["watchList", "version", "list", "watch"])
      })
    ))

  it.scoped("is not blamed for the time that the consumer takes (W7, W14)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.endsInitialEvents = false
        for (let i = 0; i < 40; i++) server.put(`o${i}`)
        yield* Watcher.watch(configMaps, options).pipe(
          Stream.runForEachChunk(() => Effect.sleep("30 seconds")),
          Effect.forkScoped
        )
        yield* settle
        // More chunks than the consumer may be behind by: twenty minutes' work for it.
        for (let i = 0; i < 40; i++) {
          server.put(`o${i}`)
          yield* settle
        }
        server.endInitialEvents()
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(server.kinds().filter((kind) => kind === "watchList").length, 1)
        assert.notInclude(server.kinds(), "list")
      })
    ))

  it.scoped("with anything else is tried again after the backoff (W19, W37)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const answers = [
          status(429, "TooManyRequests"),
          status(500, "InternalError"),
          status(503, "ServiceUnavailable"),
          status(410, "Expired"),
          status(403, "Forbidden"),
          status(401, "Unauthorized"),
          new KubeError.TransportError({
            request: {
              verb: "watch",
              group: "",
              version: "v1",
              resource: "configmaps",
              kind: "ConfigMap",
              namespace: undefined,
              name: undefined,
              subresource: undefined
            },
            reason: "Connect",
            description: "connect ECONNREFUSED"
          })
        ]
        const expected = answers.length
        server.script = () => answers.shift()
        const watch = yield* watchLists(server)
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(server.kinds(), Array.from({ length: expected + 1 }, () => "watchList"))
        assert.deepStrictEqual((yield* watch.news).slice(-3), ["Init Start", "InitPage a", "InitDone 101"])
      })
    ))

  it.scoped("amid the initial events, by a cut, an ERROR event or half a line, begins anew (W21, W26, W32, W37)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        server.endsInitialEvents = false
        const watch = yield* watchLists(server)
        server.cut()
        yield* TestClock.adjust("1 second")
        server.error(500, "InternalError")
        yield* TestClock.adjust("1 second")
        server.error(410, "Expired")
        yield* TestClock.adjust("1 second")
        only(server).send("{\"type\":\"ADDED\n")
        server.endsInitialEvents = true
        yield* TestClock.adjust("1 second")
        const begun = ["Init Start", "InitPage a"]
        assert.deepStrictEqual(yield* watch.news, [
          ...begun,
          "Trouble KubeTransportError",
          ...begun,
          "Trouble KubeStatusError",
          ...begun,
          "Trouble KubeExpired",
          ...begun,
          "Trouble KubeTransportError",
          ...begun,
          "InitDone 101"
        ])
        assert.deepStrictEqual(server.kinds(), Array.from({ length: 5 }, () => "watchList"))
      })
    ))

  it.scoped("by a cut just before the bookmark is tried three times in a row, and listed from then on (W19, W21)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        server.endsInitialEvents = false
        const watch = yield* watchLists(server)
        for (let i = 0; i < 3; i++) {
          server.cut()
          yield* TestClock.adjust("1 second")
        }
        assert.deepStrictEqual(server.kinds(), ["watchList", "watchList", "watchList", "version", "list", "watch"])
        assert.deepStrictEqual((yield* watch.news).slice(-3), ["Init Start", "InitPage a", "InitDone 101"])
        server.error(410, "Expired")
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(server.kinds().slice(6), ["list", "watch"])
      })
    ))

  it.scoped("by an outage is tried for as long as that lasts (W27, W37)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        server.script = () => status(503, "ServiceUnavailable")
        const watch = yield* watchLists(server)
        yield* TestClock.adjust("30 seconds")
        assert.isAbove(server.asked.length, 20)
        server.script = () => undefined
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual((yield* watch.news).slice(-1), ["InitDone 101"])
        assert.deepStrictEqual(new Set(server.kinds()), new Set(["watchList"]))
      })
    ))

  it.scoped("by nothing, for it is not wanted any more, frees its connection, amid the initial events and after (W54)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        for (const ends of [false, true]) {
          server.endsInitialEvents = ends
          const watch = yield* watchLists(server, { watchListDeadline: { least: Infinity, perThousand: Infinity } })
          assert.strictEqual(server.connections.size, 1)
          yield* TestClock.adjust("1 second")
          yield* watch.stop
          yield* settle
          assert.strictEqual(server.connections.size, 0)
        }
        assert.deepStrictEqual(server.kinds(), ["watchList", "watchList"])
      })
    ))

  it.scoped("by silence amid the initial events is given up after a minute, and tried again (W2, W30)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.endsInitialEvents = false
        const watch = yield* watchLists(server, { watchListDeadline: { least: "10 minutes" } })
        yield* TestClock.adjust("50 seconds")
        server.put("a")
        yield* TestClock.adjust("59999 millis")
        assert.deepStrictEqual(server.kinds(), ["watchList"])
        yield* TestClock.adjust("1001 millis")
        assert.deepStrictEqual(server.kinds(), ["watchList", "watchList"])
        assert.include(yield* watch.news, "Trouble KubeTransportError")
      })
    ))

  it.scoped("by silence after them is given up after three bookmarks' time, and watched on (W2, W30)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        yield* watchListed(server, { timeout: "1 hour" })
        yield* TestClock.adjust("179999 millis")
        assert.deepStrictEqual(server.kinds(), [])
        yield* TestClock.adjust("1001 millis")
        assert.deepStrictEqual(server.kinds(), ["watch", "confirm"])
      })
    ))

  it.scoped("to be as new as what is known: a lost history is told as such (W36)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* watchListed(server)
        server.put("c")
        yield* watch.news
        // The version is known by the end bookmark alone: by then its events were told as those of another list.
        server.lose(50)
        server.error(403, "Forbidden")
        server.remove("a")
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual((yield* watch.news).slice(-6), [
          "Trouble KubeForbidden",
          "Init Refused",
          "InitPage b,c",
          "Init HistoryReset",
          "InitPage b,c",
          "InitDone 51"
        ])
        assert.deepStrictEqual(server.kinds(), ["watchList", "watchList"])
      })
    ))

  it.scoped("to be as new as what is known keeps the newer store, and asks consistently: a replica lags (W35)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        server.put("b")
        const watch = yield* watchLists(server, { semantics: "any" })
        yield* watch.news
        server.asked.length = 0
        let once = 1
        server.script = (asked) => {
          if (asked.kind !== "watchList" || once-- <= 0) return undefined
          const end = { metadata: { resourceVersion: "90", annotations: { "k8s.io/initial-events-end": "true" } } }
          return {
            stream: Stream.make(new TextEncoder().encode(`${JSON.stringify({ type: "BOOKMARK", object: end })}\n`))
          }
        }
        server.error(403, "Forbidden")
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual((yield* watch.news).slice(-3), ["Init Refused", "InitPage a,b", "InitDone 102"])
        assert.deepStrictEqual(server.asked.map(({ query }) => query["resourceVersion"]), ["0", undefined])
      })
    ))
})
