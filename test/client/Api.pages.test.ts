import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const configMaps = Api.namespaced(ConfigMap, "default")
const limit = { limit: 2 }

const seeded = TestCluster.layerWith({
  objects: Array.from({ length: 9 }, (_, i) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `c-${i}`, namespace: "default" }
  }))
})

const names = (objects: Iterable<ConfigMap>) => Array.from(objects, ({ metadata }) => metadata.name)

const listed = Effect.flatMap(
  TestCluster.TestCluster,
  ({ requests }) => Effect.map(requests, (all) => all.filter(({ query }) => query.includes("limit=")).length)
)

/** Lets every fiber go as far as it can. */
const settle = Effect.zipRight(TestClock.adjust(0), Effect.yieldNow({ priority: 1000 })).pipe(Effect.repeatN(20))

describe("pages", () => {
  for (const [readAhead, asked] of [[0, 1], [1, 2], [undefined, 2], [3, 4]] as const) {
    it.effect(`a slow consumer with readAhead ${readAhead} makes the server read ${asked} pages and no more (C34)`, () =>
      Effect.gen(function*() {
        const first = yield* Deferred.make<void>()
        const taken = yield* Effect.fork(
          configMaps.pages({ ...limit, readAhead }).pipe(
            Stream.runForEach(() => Effect.zipRight(Deferred.succeed(first, undefined), Effect.never))
          )
        )
        yield* Deferred.await(first)
        yield* settle
        assert.strictEqual(yield* listed, asked)
        yield* Fiber.interrupt(taken)
      }).pipe(Effect.provide(seeded)))
  }

  it.effect("who takes only the first objects asks for no more than is read ahead, and leaves nothing running (C34)", () =>
    Effect.gen(function*() {
      const first = yield* configMaps.stream(limit).pipe(Stream.take(1), Stream.runCollect)
      assert.deepStrictEqual(names(first), ["c-0"])
      yield* settle
      assert.isAtMost(yield* listed, 2)
    }).pipe(Effect.provide(seeded)))

  it.effect("a failure comes behind the pages that were read before it (C34)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const seen: Array<string> = []
      const error = yield* Effect.flip(
        configMaps.pages({ ...limit, readAhead: 3 }).pipe(
          Stream.tap(({ items }) =>
            Effect.all([
              Effect.sync(() => seen.push(...names(items))),
              configMaps.create({ metadata: { generateName: "z-" } }),
              cluster.faults.compact
            ])
          ),
          Stream.runDrain
        )
      )
      assert.strictEqual(error._tag, "KubeExpired")
      assert.isTrue(seen.length >= 2 && seen.length < 9)
      assert.deepStrictEqual(seen, Array.from(seen, (_, i) => `c-${i}`))
    }).pipe(Effect.provide(seeded)))

  const afterTwoPages = (options: Api.ListPagesOptions) =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      let pages = 0
      return yield* configMaps.pages({ ...limit, ...options, readAhead: 0 }).pipe(
        Stream.tap(() =>
          ++pages === 2
            ? Effect.all([
              configMaps.delete("c-0"),
              configMaps.delete("c-5"),
              configMaps.create({ metadata: { name: "c-10" } }),
              configMaps.create({ metadata: { name: "c-91" } }),
              cluster.faults.compact
            ])
            : Effect.void
        ),
        Stream.runCollect
      )
    })

  it.effect("a state that the server has lost is Expired, unless asked otherwise (C34)", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(afterTwoPages({})))._tag, "KubeExpired")
    }).pipe(Effect.provide(seeded)))

  it.effect("a list goes on with the state of now where it may be inconsistent: it says so, and shows nothing twice (C34)", () =>
    Effect.gen(function*() {
      const pages = Chunk.toReadonlyArray(yield* afterTwoPages({ onExpired: "inconsistent" }))
      assert.deepStrictEqual(pages.flatMap(({ items }) => names(items)), [
        "c-0",
        "c-1",
        "c-2",
        "c-3",
        "c-4",
        "c-6",
        "c-7",
        "c-8",
        "c-91"
      ])
      assert.deepStrictEqual(pages.map(({ inconsistent }) => inconsistent), [false, false, true, true, true])
      assert.strictEqual(new Set(pages.map(({ metadata }) => metadata.resourceVersion)).size, 2)
    }).pipe(Effect.provide(seeded)))

  it.effect("a token of an earlier list is where pages go on (C34)", () =>
    Effect.gen(function*() {
      const page = yield* configMaps.list({ limit: 5 })
      const rest = yield* Stream.runCollect(configMaps.stream({ limit: 3, continue: page.metadata.continue }))
      assert.deepStrictEqual(names(rest), ["c-5", "c-6", "c-7", "c-8"])
      const bound = yield* Api.bind(Api.all(ConfigMap))
      const all = yield* Stream.runCollect(bound.pages())
      assert.strictEqual(Option.getOrThrow(Chunk.head(all)).items.length, 9)
    }).pipe(Effect.provide(seeded)))

  it.effect("any operation ends at the deadline that its caller gives it (C22)", () =>
    Effect.gen(function*() {
      const silent = KubeClient.layerTest(() => Effect.never)
      const ended = yield* Effect.fork(
        configMaps.get("a").pipe(Effect.timeoutOption("3 seconds"), Effect.provide(silent))
      )
      yield* TestClock.adjust("3 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.join(ended)))
    }))
})
