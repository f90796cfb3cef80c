import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import type * as Store from "../../src/runtime/Store.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const configMaps = Api.namespaced(ConfigMap, "default")

const names = (objects: Iterable<ConfigMap | TestCluster.StoredObject>): ReadonlyArray<string> =>
  Array.from(objects, ({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort()

/** What the server has, by its own store. */
const truth = Effect.gen(function*() {
  const cluster = yield* TestCluster.TestCluster
  return names(
    (yield* cluster.objects).filter(({ kind, metadata }) => kind === "ConfigMap" && metadata.namespace === "default")
  )
})

const put = (name: string) => configMaps.createOrReplace({ metadata: { name }, data: { at: name } })

/** Adds up what a consumer is told; each change must fit what was told before. */
const follow = (store: Store.Store<ConfigMap>) =>
  Effect.gen(function*() {
    const told = new Map<string, string>()
    const misfits: Array<string> = []
    yield* Effect.forkScoped(Stream.runForEach(store.changes, (change) =>
      Effect.sync(() => {
        const { name, resourceVersion } = change.object.metadata
        const previous = change._tag === "Added" ? undefined : change.previous.metadata.resourceVersion
        if (told.get(name) !== previous) misfits.push(`${change._tag} ${name}`)
        if (change._tag === "Deleted") told.delete(name)
        else told.set(name, resourceVersion)
      })))
    return Effect.sync(() => {
      assert.deepStrictEqual(misfits, [])
      return [...told].map(([name, version]) => `${name}@${version}`).sort()
    })
  })

interface Fault {
  readonly name: string
  readonly make: (cluster: TestCluster.Service) => Effect.Effect<unknown>
  /** The reasons of the lists that it leads to. */
  readonly lists: ReadonlyArray<Watcher.InitReason>
}

const isRead = ({ verb }: TestCluster.RequestRecord) => verb === "watch" || verb === "list"
const isWatch = ({ verb }: TestCluster.RequestRecord) => verb === "watch"

const refuse = (status: number, times: number, more: object = {}) => (cluster: TestCluster.Service) =>
  Effect.zipRight(
    cluster.faults.inject({ when: isWatch, times, fault: { _tag: "Refuse", status, ...more } }),
    cluster.faults.endWatches()
  )

const faults: ReadonlyArray<Fault> = [
  { name: "the server ends the watch (W20)", make: ({ faults }) => faults.endWatches(), lists: [] },
  { name: "the connection is cut (W21)", make: ({ faults }) => faults.cutWatches(), lists: [] },
  {
    name: "the connection is cut in the middle of a line (W21)",
    make: ({ faults }) => faults.cutWatches({ afterBytes: 77 }),
    lists: []
  },
  {
    name: "history is compacted under a watch that is up to date (W20)",
    make: ({ faults }) => Effect.zipRight(faults.compact, faults.endWatches()),
    lists: []
  },
  { name: "429 with Retry-After at watch start (W25)", make: refuse(429, 2, { retryAfterSeconds: 9 }), lists: [] },
  { name: "two 503 at watch start (W26)", make: refuse(503, 2), lists: [] },
  { name: "three 500 at watch start (W26)", make: refuse(500, 3), lists: ["Failures"] },
  {
    name: "nothing can be reached for a while (W27)",
    make: ({ faults }) =>
      Effect.zipRight(faults.inject({ when: isRead, times: 5, fault: { _tag: "Disconnect" } }), faults.cutWatches()),
    lists: []
  },
  { name: "401 at watch start (W28)", make: refuse(401, 2), lists: [] },
  {
    name: "403 on everything for a while (W29)",
    make: ({ faults }) =>
      Effect.zipRight(
        faults.inject({ when: isRead, times: 4, fault: { _tag: "Refuse", status: 403 } }),
        faults.cutWatches()
      ),
    lists: ["Refused"]
  },
  { name: "404 at watch start (W29)", make: refuse(404, 1), lists: ["Refused"] },
  { name: "the connection falls silent (W30)", make: ({ faults }) => faults.silenceWatches(), lists: [] },
  {
    name: "the answer to the watch never comes (W4, W30)",
    make: ({ faults }) =>
      Effect.zipRight(faults.inject({ when: isWatch, times: 1, fault: { _tag: "Silence" } }), faults.cutWatches()),
    lists: []
  },
  { name: "400 at watch start (W33)", make: refuse(400, 1), lists: ["Refused"] },
  {
    name: "the page of a proxy instead of the watch (W34)",
    make: refuse(200, 1, { text: "<html>log in</html>", contentType: "text/html" }),
    lists: ["Refused"]
  },
  { name: "410 at watch start (W24)", make: refuse(410, 1, { reason: "Expired" }), lists: ["Expired"] },
  {
    name: "410 at watch start, and then a list that breaks off (W24, W37)",
    make: (cluster) =>
      Effect.zipRight(
        cluster.faults.inject({
          when: ({ verb }) => verb === "list",
          times: 2,
          fault: { _tag: "Cut", afterBytes: 200 }
        }),
        refuse(410, 1, { reason: "Expired" })(cluster)
      ),
    lists: ["Expired"]
  }
]

describe("a reflector on the in-memory API server", () => {
  const ways = (["auto", "watchList"] as const).flatMap((initialList) =>
    faults.map((fault) => ({ ...fault, initialList }))
  )
  for (const { initialList, lists, make, name } of ways) {
    it.scoped(`${initialList === "auto" ? "converges" : "that lists by watch-list converges"} when ${name}`, () =>
      Effect.gen(function*() {
        const cluster = yield* TestCluster.TestCluster
        yield* put("a")
        yield* put("b")
        const reasons: Array<string> = []
        const store = yield* Watcher.watch(configMaps, { initialList }).pipe(
          Stream.tap((event) => Effect.sync(() => event._tag === "Init" && reasons.push(event.reason))),
          Reflector.fromStream
        )
        yield* store.ready
        const told = yield* follow(store)
        yield* put("c")
        yield* TestClock.adjust(0)
        reasons.length = 0
        yield* make(cluster)
        yield* configMaps.delete("a")
        yield* put("b")
        yield* put("d")
        yield* TestClock.adjust("15 minutes")
        assert.deepStrictEqual(names(yield* store.list), yield* truth)
        assert.deepStrictEqual(yield* told, yield* truth)
        // The list that breaks off says Init each time that it begins.
        assert.deepStrictEqual([...new Set(reasons)], [...lists])
        assert.strictEqual((yield* cluster.watches).length, 1)
      }).pipe(Effect.provide(TestCluster.layer)))
  }

  it.scoped("lists when history is compacted while nobody is connected, and reports what was deleted meanwhile (W23, W24, W44)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      for (const name of ["a", "b", "c"]) yield* put(name)
      const store = yield* Reflector.make(configMaps)
      yield* store.ready
      const changes: Array<string> = []
      yield* Effect.forkScoped(
        Stream.runForEach(store.changes, (change) =>
          Effect.sync(() =>
            changes.push(
              `${change._tag} ${change.object.metadata.name}${
                change._tag === "Deleted" && !change.observed ? " missing" : ""
              }`
            )
          ))
      )
      yield* TestClock.adjust(0)
      changes.length = 0
      yield* cluster.faults.cutWatches()
      yield* configMaps.delete("a")
      yield* put("d")
      yield* cluster.faults.compact
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(changes, ["Deleted a missing", "Added d"])
      assert.deepStrictEqual(names(yield* store.list), yield* truth)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.scoped("moves with the server's bookmarks while nothing changes (W41, W48)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const store = yield* Reflector.make(configMaps)
      yield* store.ready
      const elsewhere = yield* Api.namespaced(ConfigMap, "kube-system").create({ metadata: { name: "x" } })
      yield* TestClock.adjust("2 minutes")
      yield* store.waitFor(elsewhere.metadata.resourceVersion)
      assert.strictEqual((yield* cluster.watches).length, 1)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.scoped("asks a healthy server for nothing but one watch at a time (W1, W20, W36)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const store = yield* Reflector.make(configMaps)
      yield* store.ready
      // Others write, so bookmarks come.
      for (let minute = 0; minute < 60; minute++) {
        yield* cluster.seed({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "beat" } })
        yield* TestClock.adjust("1 minute")
      }
      const verbs = (yield* cluster.requests).map(({ verb }) => verb)
      assert.deepStrictEqual(verbs.slice(0, 2), ["other", "list"])
      assert.isTrue(verbs.slice(2).every((verb) => verb === "watch"), verbs.join())
      assert.isAtMost(verbs.length, 2 + 13)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.scoped("leaves no open watch and no fiber behind, wherever it is interrupted (W54)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      for (let i = 0; i < 20; i++) yield* put(`o${i}`)
      for (let steps = 0; steps < 40; steps++) {
        const fiber = yield* Effect.fork(
          Effect.scoped(
            Effect.zipRight(Reflector.make(configMaps, { initialList: "paged", pageSize: 7 }), Effect.never)
          )
        )
        for (let i = 0; i < steps; i++) yield* Effect.yieldNow()
        yield* Fiber.interrupt(fiber)
        assert.strictEqual((yield* cluster.watches).length, 0, `after ${steps} steps`)
      }
    }).pipe(Effect.provide(TestCluster.layer)))
})

/** A night of random writes and faults by a seed; the server's own store is the oracle. */
const night = (seed: number) =>
  Effect.gen(function*() {
    const cluster = yield* TestCluster.TestCluster
    const below = (n: number) => Random.nextIntBetween(0, n)
    const store = yield* Reflector.make(configMaps, {
      initialList: (yield* below(2)) === 0 ? "streamed" : "paged",
      pageSize: 3,
      changesBuffer: (yield* below(2)) === 0 ? 1 : 4096
    })
    const told = yield* follow(store)
    for (let round = 0; round < 10; round++) {
      const writes = yield* below(5)
      for (let i = 0; i < writes; i++) {
        const name = `o${yield* below(8)}`
        yield* Effect.ignore(
          (yield* below(3)) === 0 ? Effect.asVoid(configMaps.delete(name)) : Effect.asVoid(put(name))
        )
      }
      const fault = yield* below(faults.length + 2)
      if (fault < faults.length) yield* faults[fault]!.make(cluster)
      else if (fault === faults.length) yield* cluster.faults.compact
      else yield* cluster.faults.cutWatches({ afterBytes: yield* below(600) })
      if ((yield* below(2)) === 0) yield* TestClock.adjust(Duration.millis(yield* below(20_000)))
    }
    yield* cluster.faults.clear
    yield* TestClock.adjust("15 minutes")
    assert.deepStrictEqual(names(yield* store.list), yield* truth, `seed ${seed}: the store and the server`)
    assert.deepStrictEqual(yield* told, yield* truth, `seed ${seed}: what was told and the server`)
    assert.strictEqual((yield* cluster.watches).length, 1, `seed ${seed}: open watches`)
  }).pipe(Effect.scoped, Effect.provide(TestCluster.layer), Effect.withRandom(Random.make(seed)))

describe("Nights of faults on the in-memory API server", () => {
  it.effect(
    "end with a store that equals the server's, and with changes that add up to it (W20-W46)",
    () => Effect.forEach(Array.from({ length: 5 }, (_, i) => i + 1), night, { discard: true }),
    60_000
  )
})
