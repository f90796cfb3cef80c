/** Watching a real API server that is killed, frozen and robbed of its history. It has a control plane of its own, since it breaks it. */
import { assert, describe, layer } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Api from "../../src/client/Api.js"
import { ConfigMap, Namespace } from "../../src/kinds/core/v1.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import type * as Store from "../../src/runtime/Store.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import * as ClientFaults from "../../src/testing/ClientFaults.js"
import * as EnvTest from "../../src/testing/EnvTest.js"

const inNamespace = Effect.map(
  Api.cluster(Namespace).create({ metadata: { generateName: "watcher-" } }),
  (namespace) => namespace.metadata.name
)

type Configs = Api.Namespaced<typeof ConfigMap>

const versions = (objects: Iterable<ConfigMap>): ReadonlyArray<string> =>
  Array.from(objects, ({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort()

/** A quick backoff, so that tests of failures do not take minutes. */
const backoff = Schedule.jitteredWith(Schedule.spaced("300 millis"), { min: 1, max: 2 })

/** Waits until the store has reached the server's state, and compares it with a list. */
const assertEqual = (store: Store.Store<ConfigMap>, api: Configs) =>
  Effect.gen(function*() {
    // A write after which nothing else is written: what the store shows then is complete.
    const last = yield* Effect.retry(
      api.createOrReplace({ metadata: { name: "last" }, data: { at: crypto.randomUUID() } }),
      { schedule: Schedule.spaced("500 millis"), times: 60 }
    )
    yield* Effect.timeout(store.waitFor(last.metadata.resourceVersion), "30 seconds")
    const { items } = yield* api.list()
    assert.deepStrictEqual(versions(yield* store.list), versions(items))
  })

const write = (api: Configs, from: number, to: number) =>
  Effect.forEach(
    Array.from({ length: to - from }, (_, i) => from + i),
    (i) => api.create({ metadata: { name: `o${i}` }, data: { i: String(i) } }),
    { concurrency: 8 }
  )

/** What a watcher says, in tags, and the reasons of its lists. */
const told = (store: Watcher.Event<ConfigMap>) => store._tag === "Init" ? `Init ${store.reason}` : store._tag

describe("Watching a real server", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.scoped(
      "lists streamed and in pages, follows selectors, and sees an object that leaves one go (W9, W11, W40)",
      () =>
        Effect.gen(function*() {
          const api = Api.namespaced(ConfigMap, yield* inNamespace)
          yield* write(api, 0, 30)
          const streamed = yield* Reflector.make(api)
          const paged = yield* Reflector.make(api, { initialList: "paged", pageSize: 7 })
          const cached = yield* Reflector.make(api, { semantics: "any" })
          const selected = yield* Reflector.make(api, { labels: "app=web" })
          for (const store of [streamed, paged, cached, selected]) yield* store.ready
          assert.strictEqual(yield* paged.size, 30)
          yield* api.modify(
            "o1",
            (configMap) => ({ ...configMap, metadata: { ...configMap.metadata, labels: { app: "web" } } })
          )
          const changes = yield* selected.changes.pipe(Stream.take(2), Stream.runCollect, Effect.fork)
          yield* Effect.repeat(selected.size, { until: (size) => size === 1, schedule: Schedule.spaced("20 millis") })
          yield* api.modify(
            "o1",
            (configMap) => ({ ...configMap, metadata: { ...configMap.metadata, labels: { app: "db" } } })
          )
          assert.deepStrictEqual(Array.from(yield* Fiber.join(changes), ({ _tag }) => _tag), ["Added", "Deleted"])
          for (const store of [streamed, paged, cached]) yield* assertEqual(store, api)
        }),
      60_000
    )

    it.scoped(
      "goes on when the server ends its watches, and moves with the bookmark before the end (W1, W20, W41)",
      () =>
        Effect.gen(function*() {
          const api = Api.namespaced(ConfigMap, yield* inNamespace)
          const events = yield* Watcher.watch(api, { timeout: "3 seconds" }).pipe(
            Stream.takeUntil((event) => event._tag === "Bookmark"),
            Stream.runCollect,
            Effect.fork
          )
          yield* Effect.sleep("1 second")
          yield* api.create({ metadata: { name: "a" } })
          assert.deepStrictEqual(Array.from(yield* Fiber.join(events), told), [
            "Init Start",
            "InitDone",
            "Applied",
            "Bookmark"
          ])
        }),
      60_000
    )

    it.scoped(
      "kill -9 of the API server during a watch, and a new start: the store equals the list (W21, W27, W36, W38)",
      () =>
        Effect.gen(function*() {
          const { apiserver } = yield* EnvTest.EnvTest
          const api = Api.namespaced(ConfigMap, yield* inNamespace)
          const store = yield* Reflector.make(api, { backoff })
          yield* store.ready
          yield* write(api, 0, 20)
          yield* apiserver.kill()
          yield* Effect.sleep("1 second")
          yield* apiserver.start
          yield* write(api, 20, 40)
          yield* api.delete("o3")
          yield* assertEqual(store, api)
          assert.strictEqual(yield* store.size, 40)
        }),
      120_000
    )

    it.scoped(
      "history compacted while nobody is connected: 410, a list, and the deletes in the gap are reported (W23, W24, W44)",
      () =>
        Effect.gen(function*() {
          const { apiserver, etcd } = yield* EnvTest.EnvTest
          const faults = yield* ClientFaults.ClientFaults
          const api = Api.namespaced(ConfigMap, yield* inNamespace)
          yield* write(api, 0, 10)
          const reasons: Array<string> = []
          const events = Watcher.watch(api, { backoff }).pipe(
            Stream.tap((event) => Effect.sync(() => event._tag === "Init" && reasons.push(event.reason)))
          )
          const store = yield* Reflector.fromStream(events)
          yield* store.ready
          const deleted: Array<string> = []
          yield* Effect.forkScoped(Stream.runForEach(store.changes, (change) =>
            Effect.sync(() =>
              change._tag === "Deleted" &&
              deleted.push(`${change.object.metadata.name} ${change.observed ? "observed" : "missing"}`)
            )))
          yield* faults.blockWatches
          yield* api.delete("o1")
          yield* api.delete("o2")
          yield* etcd.compact
          // What was compacted the API server still has in its memory, until it starts anew.
          yield* apiserver.kill()
          yield* apiserver.start
          yield* faults.unblockWatches
          yield* assertEqual(store, api)
          assert.deepStrictEqual(reasons, ["Start", "Expired"])
          assert.sameMembers(deleted, ["o1 missing", "o2 missing"])
        }).pipe(Effect.provide(ClientFaults.layer)),
      120_000
    )

    it.scoped(
      "a frozen server is given up by the liveness deadline, and followed again when it thaws (W2, W30)",
      () =>
        Effect.gen(function*() {
          const { apiserver } = yield* EnvTest.EnvTest
          const api = Api.namespaced(ConfigMap, yield* inNamespace)
          const troubles: Array<string> = []
          const events = Watcher.watch(api, { backoff, timeout: "4 seconds", silence: { afterTimeout: "1 second" } })
            .pipe(
              Stream.tap((event) => Effect.sync(() => event._tag === "Trouble" && troubles.push(event.error.message)))
            )
          const store = yield* Reflector.fromStream(events)
          yield* store.ready
          // Frozen while the watch is open; else it is the deadline for headers (30 s) that gives up.
          const first = yield* api.create({ metadata: { name: "first" } })
          yield* store.waitFor(first.metadata.resourceVersion)
          yield* Effect.acquireUseRelease(
            apiserver.pause,
            () =>
              Effect.timeout(
                Effect.repeat(Effect.sync(() => troubles.length > 0), {
                  until: (some) => some,
                  schedule: Schedule.spaced("50 millis")
                }),
                Duration.seconds(20)
              ),
            () => apiserver.resume
          )
          assert.match(troubles[0]!, /nothing came for/)
          yield* write(api, 0, 5)
          yield* assertEqual(store, api)
        }),
      60_000
    )

    it.scoped(
      "writers, kills and watches that are cut short all at once: store equals list, every delete told once (W38, W46)",
      () =>
        Effect.gen(function*() {
          const { apiserver } = yield* EnvTest.EnvTest
          const api = Api.namespaced(ConfigMap, yield* inNamespace)
          const store = yield* Reflector.make(api, { backoff, timeout: "3 seconds" })
          yield* store.ready
          const known = new Map<string, string>()
          const wrong: Array<string> = []
          yield* Effect.forkScoped(Stream.runForEach(store.changes, (change) =>
            Effect.sync(() => {
              const { name, resourceVersion } = change.object.metadata
              const previous = change._tag === "Added" ? undefined : change.previous.metadata.resourceVersion
              if (known.get(name) !== previous) {
                wrong.push(`${change._tag} ${name}: ${known.get(name)} was known, the change says ${previous}`)
              }
              if (change._tag === "Deleted") known.delete(name)
              else known.set(name, resourceVersion)
            })))
          const writer = (id: number) =>
            Effect.forEach(Array.from({ length: 60 }, (_, i) => i), (i) => {
              const name = `w${id}-${i % 7}`
              const one = i % 3 === 2
                ? Effect.ignore(api.delete(name))
                : Effect.ignore(api.createOrReplace({ metadata: { name }, data: { i: String(i) } }))
              return Effect.zipRight(one, Effect.sleep("30 millis"))
            }, { discard: true })
          const writers = yield* Effect.fork(
            Effect.forEach([1, 2, 3, 4], writer, { concurrency: "unbounded", discard: true })
          )
          yield* Effect.sleep("1 second")
          yield* apiserver.kill()
          yield* apiserver.start
          yield* Fiber.join(writers)
          yield* assertEqual(store, api)
          yield* Effect.sleep("100 millis")
          assert.deepStrictEqual(wrong, [])
          assert.deepStrictEqual(
            [...known].map(([name, version]) => `${name}@${version}`).sort(),
            versions(yield* store.list)
          )
        }),
      120_000
    )
  })
})
