import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Informers from "../../src/runtime/Informers.js"
import { StoreCore } from "../../src/runtime/internal/storeCore.js"
import { Subscription } from "../../src/runtime/internal/subscription.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import type * as Store from "../../src/runtime/Store.js"
import type * as Watcher from "../../src/runtime/Watcher.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { type ConfigMap as Item, configMaps, ModelServer } from "./modelServer.js"

interface Thing {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly creationTimestamp: string
  }
}
type Event = Watcher.Event<Thing>
type Heard = Store.Change<Thing> | Store.Resync<Thing>

const thing = (name: string, version: number): Thing => ({
  metadata: { name, namespace: "ns", uid: `uid-${name}`, resourceVersion: String(version), creationTimestamp: "" }
})
const applied = (name: string, version: number): Event => ({ _tag: "Applied", object: thing(name, version) })
const deleted = (name: string, version: number): Event => ({ _tag: "Deleted", object: thing(name, version) })
const relist = (version: number, objects: ReadonlyArray<Thing>): ReadonlyArray<Event> => [
  { _tag: "Init", reason: "Start" },
  { _tag: "InitPage", objects },
  { _tag: "InitDone", resourceVersion: String(version) }
]

const text = ({ metadata }: Thing): string => `${metadata.name}@${metadata.resourceVersion}`
const short = (change: Heard): string =>
  change._tag === "Resync"
    ? `Resync ${change.objects.map(text).join(",")}`
    : `${change._tag} ${text(change.object)}${change._tag === "Added" ? "" : ` from ${text(change.previous)}`}`

const settle = TestClock.adjust(0)

const makeCore = (): StoreCore<Thing> =>
  new StoreCore({ watched: "list Thing", syncTimeout: Duration.minutes(2), changesBuffer: 4096 })

/** A consumer that takes when it is told to. */
const consumer = (core: StoreCore<Thing>, whenFull: Store.WhenFull, buffer: number) => {
  const subscription = new Subscription<Thing>([core], { whenFull, buffer })
  return { subscription, take: Effect.map(subscription.take, (heard) => Chunk.toReadonlyArray(heard).map(short)) }
}

/** Remembers what it is told; until it is let go it takes nothing after the first. */
const stuck = <A>(changes: Stream.Stream<A>) =>
  Effect.gen(function*() {
    const heard: Array<A> = []
    const latch = yield* Effect.makeLatch(false)
    const fiber = yield* Effect.forkScoped(
      Stream.runForEach(changes, (change) => Effect.zipRight(Effect.sync(() => heard.push(change)), latch.await))
    )
    yield* settle
    return { heard, release: Effect.zipRight(latch.open, settle), stop: Fiber.interrupt(fiber) }
  })

const quick = <A>(changes: Stream.Stream<A>) =>
  Effect.gen(function*() {
    const heard: Array<A> = []
    yield* Effect.forkScoped(Stream.runForEach(changes, (change) => Effect.sync(() => heard.push(change))))
    yield* settle
    return heard
  })

describe("changesWith: resync", () => {
  it.effect("begins with everything, and then come changes (W51, W52)", () =>
    Effect.gen(function*() {
      const core = makeCore()
      core.apply(relist(10, [thing("a", 1), thing("b", 2)]))
      const { take } = consumer(core, "resync", 2)
      assert.deepStrictEqual(yield* take, ["Resync a@1,b@2"])
      core.apply([applied("a", 11), deleted("b", 12)])
      assert.deepStrictEqual(yield* take, ["Updated a@11 from a@1", "Deleted b@12 from b@2"])
    }))

  it.effect("too many changes become the state at the time when the consumer comes, and nothing is kept until then (W52)", () =>
    Effect.gen(function*() {
      const core = makeCore()
      core.apply(relist(10, [thing("a", 1)]))
      const { subscription, take } = consumer(core, "resync", 2)
      yield* take
      core.apply([applied("b", 11), applied("c", 12)])
      assert.strictEqual(subscription.description.pending, 2)
      core.apply([applied("d", 13)])
      assert.deepStrictEqual(subscription.description, {
        whenFull: "resync",
        buffer: 2,
        pending: 0,
        resync: true,
        stalls: false
      })
      for (let version = 14; version < 1014; version++) {
        core.apply([applied("a", version)])
        assert.strictEqual(subscription.description.pending, 0)
      }
      core.apply([deleted("c", 2000)])
      assert.deepStrictEqual(yield* take, ["Resync a@1013,b@11,d@13"])
      core.apply([applied("a", 2001)])
      assert.deepStrictEqual(yield* take, ["Updated a@2001 from a@1013"])
    }))

  it.scoped("waits for the first list, also where that is empty (W48, W52)", () =>
    Effect.gen(function*() {
      const core = makeCore()
      const heard = yield* quick(core.changesWith({ whenFull: "resync" }))
      core.apply([{ _tag: "Init", reason: "Start" }])
      yield* settle
      assert.deepStrictEqual(heard, [])
      core.apply([{ _tag: "InitDone", resourceVersion: "1" }])
      yield* settle
      core.apply([applied("a", 2)])
      yield* settle
      assert.deepStrictEqual(heard.map(short), ["Resync ", "Added a@2"])
    }))
})

describe("changesWith: what is told adds up to the store, whatever the policy and the buffer", () => {
  const step = fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    act: fc.constantFrom("apply", "delete", "relist", "take")
  })
  for (const whenFull of ["join", "resync", "backpressure"] as const) {
    it.effect(`${whenFull} (W46, W52)`, () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 6 }), async (steps, buffer) => {
            const core = makeCore()
            core.apply(relist(1, []))
            const { subscription } = consumer(core, whenFull, buffer)
            const told = new Map<string, string>()
            const take = () => {
              if (subscription.description.pending === 0 && !subscription.description.resync) return
              for (const change of Effect.runSync(subscription.take)) {
                if (change._tag === "Resync") {
                  told.clear()
                  for (const { metadata } of change.objects) told.set(metadata.name, metadata.resourceVersion)
                  continue
                }
                const { name, resourceVersion } = change.object.metadata
                const previous = change._tag === "Added" ? undefined : change.previous.metadata.resourceVersion
                assert.strictEqual(told.get(name), previous)
                if (change._tag === "Deleted") told.delete(name)
                else told.set(name, resourceVersion)
              }
            }
            let version = 1
            for (const { act, name } of steps) {
              version++
              if (act === "apply") core.apply([applied(name, version)])
              else if (act === "delete") core.apply([deleted(name, version)])
              else if (act === "relist") core.apply(relist(version, [thing(name, version)]))
              else take()
              if (whenFull !== "backpressure") {
                assert.isAtMost(subscription.description.pending, Math.max(buffer, 2 * 8))
              }
            }
            take()
            assert.deepStrictEqual(
              [...told].map(([name, version]) => `${name}@${version}`).sort(),
              Array.from(core.objects.values(), text).sort()
            )
            subscription.end()
            assert.isFalse(subscription.description.stalls)
          })
        )
      ))
  }
})

describe("changesWith: backpressure", () => {
  const onServer = <A, E>(f: (server: ModelServer) => Effect.Effect<A, E, Scope.Scope>) =>
    Effect.suspend(() => {
      const server = new ModelServer()
      return f(server)
    })
  const reflected = (server: ModelServer) =>
    Effect.provide(
      Effect.tap(Reflector.make(configMaps), (store) => store.ready),
      server.layer
    )
  const name = (change: Store.Change<Item>) =>
    `${change._tag} ${change.object.metadata.name}@${change.object.metadata.resourceVersion}`

  it.scoped("no change is joined or dropped: the reading waits, and goes on when the consumer comes; others have what was read (W52)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const store = yield* reflected(server)
        const slow = yield* stuck(store.changesWith({ buffer: 3, whenFull: "backpressure" }))
        const other = yield* quick(store.changes)
        // One chunk each.
        for (let i = 0; i < 100; i++) {
          server.put("a")
          yield* settle
        }
        const seen = other.length
        assert.isAtMost(seen, 8)
        assert.deepStrictEqual((yield* store.list).map(({ metadata }) => metadata.resourceVersion), [
          String(100 + seen)
        ])
        const [held] = yield* store.consumers
        assert.deepInclude(held, { whenFull: "backpressure", buffer: 3, stalls: true })
        assert.isAtMost(held!.pending, 8)
        yield* slow.release
        assert.deepStrictEqual(slow.heard.map(name), [
          "Added a@101",
          ...Array.from({ length: 100 }, (_, i) => `Updated a@${102 + i}`)
        ])
        assert.strictEqual(other.length, 101)
        assert.isFalse((yield* store.consumers).some(({ stalls }) => stalls))
      })
    ))

  it.scoped("a consumer that holds the reading up is told of in the log, and one that goes frees it (W42, W52)", () =>
    onServer((server) => {
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ logLevel, message }) =>
        void (logLevel.label === "WARN" && lines.push(String(message)))
      )
      return Effect.gen(function*() {
        const store = yield* reflected(server)
        const slow = yield* stuck(store.changesWith({ buffer: 1, whenFull: "backpressure" }))
        for (let i = 0; i < 10; i++) {
          server.put("a")
          yield* settle
        }
        yield* TestClock.adjust("29 seconds")
        assert.deepStrictEqual(lines, [])
        yield* TestClock.adjust("1 seconds")
        assert.deepStrictEqual(lines, [
          "list ConfigMap: a consumer has taken none of its changes for 30s; nothing more is read until it does"
        ])
        yield* TestClock.adjust("1 minute")
        assert.match(lines[1]!, /for 1m 30s/)
        yield* slow.stop
        yield* settle
        assert.deepStrictEqual((yield* store.list).map(({ metadata }) => metadata.resourceVersion), ["110"])
        assert.deepStrictEqual(yield* store.consumers, [])
        assert.strictEqual(server.connections.size, 1)
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
    }))

  it.scoped("it can be stopped while a consumer holds it up (W54)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const store = yield* Scope.extend(reflected(server), scope)
        const slow = yield* stuck(store.changesWith({ buffer: 0, whenFull: "backpressure" }))
        for (let i = 0; i < 10; i++) {
          server.put("a")
          yield* settle
        }
        // Nor is a connection that is not read taken for a dead one.
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual([yield* store.trouble, server.connections.size], [Option.none(), 1])
        assert.isTrue((yield* store.consumers)[0]!.stalls)
        yield* Scope.close(scope, yield* Effect.exit(Effect.void))
        assert.strictEqual(server.connections.size, 0)
        yield* slow.stop
      })
    ))

  it.effect("buffers and policies that cannot be meant are refused (W52)", () =>
    Effect.sync(() => {
      const core = makeCore()
      assert.throws(() => core.changesWith({ buffer: -1 }), /buffer: expected a number that is not negative, found -1/)
      assert.throws(() => core.changesWith({ buffer: NaN }), TypeError)
      assert.throws(() => core.changesWith({ whenFull: "drop" as "join" }), /expected join, resync or backpressure/)
    }))
})

describe("three consumers of one shared store, one of them stuck for ever", () => {
  const every = Api.all(ConfigMap)
  const here = Api.namespaced(ConfigMap, "default")

  for (const whenFull of ["join", "resync"] as const) {
    it.scoped(`the others get everything at once, and what is kept for the stuck one is bounded: ${whenFull} (W51, W52)`, () =>
      Effect.gen(function*() {
        const ask = Informers.get(every)
        const stores = yield* Effect.all([ask, ask, ask])
        yield* stores[0].ready
        const options = { buffer: 10, whenFull } as Store.ChangesOptions<"join">
        yield* here.create({ metadata: { name: "first" } })
        const slow = yield* stuck(stores[0].changesWith(options))
        const others = [yield* quick(stores[1].changes), yield* quick(stores[2].changesWith({ buffer: 1 }))]
        let kept = 0
        for (let i = 0; i < 60; i++) {
          yield* here.createOrReplace({ metadata: { name: `x${i % 4}` }, data: { at: String(i) } })
          yield* settle
          const consumers = yield* stores[1].consumers
          assert.strictEqual(consumers.length, 3)
          kept = Math.max(kept, ...consumers.map(({ pending }) => pending))
          for (const other of others) {
            assert.strictEqual(other.filter(({ object }) => object.data?.["at"] === String(i)).length, 1)
          }
        }
        assert.isAtMost(kept, 10)
        yield* slow.release
        const last = slow.heard[slow.heard.length - 1] as Store.Change<ConfigMap> | Store.Resync<ConfigMap>
        if (whenFull === "resync") assert.strictEqual(last._tag === "Resync" ? last.objects.length : 0, 5)
        else assert.isBelow(slow.heard.length, 12)
        assert.strictEqual((yield* Effect.flatMap(TestCluster.TestCluster, ({ watches }) => watches)).length, 1)
      }).pipe(Effect.provide(TestCluster.layer)))
  }

  it.scoped("a store that is shared waits for nobody: that is refused by its type, and where types do not hold (W52)", () =>
    Effect.gen(function*() {
      const store = yield* Informers.get(every)
      const exclusive = store as Store.Exclusive<ConfigMap>
      assert.throws(
        () => exclusive.changesWith({ whenFull: "backpressure" }),
        /a store that others share cannot wait for one consumer/
      )
    }).pipe(Effect.provide(TestCluster.layer)))
})
