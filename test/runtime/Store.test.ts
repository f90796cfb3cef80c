import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as KubeError from "../../src/protocol/KubeError.js"
import { joinChanges } from "../../src/runtime/internal/joinChanges.js"
import { StoreCore } from "../../src/runtime/internal/storeCore.js"
import type * as Store from "../../src/runtime/Store.js"
import type * as Watcher from "../../src/runtime/Watcher.js"

interface Thing {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly creationTimestamp: string
  }
  readonly data?: string | undefined
}
type Event = Watcher.Event<Thing>
type Change = Store.Change<Thing>

const thing = (name: string, version: number, uid = `uid-${name}`, data?: string): Thing => ({
  metadata: { name, namespace: "ns", uid, resourceVersion: String(version), creationTimestamp: "" },
  ...(data === undefined ? undefined : { data })
})

const request: KubeError.RequestInfo = {
  verb: "list",
  group: "",
  version: "v1",
  resource: "things",
  kind: "Thing",
  namespace: undefined,
  name: undefined,
  subresource: undefined
}

const applied = (object: Thing): Event => ({ _tag: "Applied", object })
const deleted = (object: Thing): Event => ({ _tag: "Deleted", object })
const bookmark = (version: number): Event => ({ _tag: "Bookmark", resourceVersion: String(version) })
const relist = (
  version: number,
  objects: ReadonlyArray<Thing>,
  reason: Watcher.InitReason = "Expired"
): ReadonlyArray<Event> => [
  { _tag: "Init", reason },
  { _tag: "InitPage", objects },
  { _tag: "InitDone", resourceVersion: String(version) }
]
const undecodable = (
  change: Watcher.Undecodable["change"],
  name: string,
  version: number,
  uid = `uid-${name}`
): Watcher.Undecodable => ({
  _tag: "Undecodable",
  change,
  metadata: { name, namespace: "ns", uid, resourceVersion: String(version) },
  raw: "{}",
  error: new KubeError.DecodeError({ request, object: { namespace: "ns", name }, issues: [] })
})

const make = (changesBuffer = 4096): StoreCore<Thing> =>
  new StoreCore({ watched: "list Thing", syncTimeout: Duration.minutes(2), changesBuffer })

/** A store that has listed a, b and c at version 10. */
const listed = (changesBuffer?: number) => {
  const store = make(changesBuffer)
  const [a, b, c] = [thing("a", 1), thing("b", 2), thing("c", 3)]
  store.apply(relist(10, [a, b, c], "Start"))
  return { store, a, b, c }
}

const shortChange = (change: Change): string => {
  const { name, resourceVersion } = change.object.metadata
  switch (change._tag) {
    case "Added":
      return `Added ${name}@${resourceVersion}${change.initial ? " initial" : ""}`
    case "Updated":
      return `Updated ${name}@${resourceVersion} from ${change.previous.metadata.resourceVersion}`
    case "Deleted":
      return `Deleted ${name}@${resourceVersion} from ${change.previous.metadata.resourceVersion}${
        change.observed ? "" : " missing"
      }`
  }
}

/** What a listener hears, from now on, in short. */
const hear = (store: StoreCore<Thing>): Array<string> => {
  const heard: Array<string> = []
  store.listen((changes) => heard.push(...changes.map(shortChange)))
  heard.length = 0
  return heard
}

const names = (objects: Iterable<Thing>): ReadonlyArray<string> =>
  Array.from(objects, (object) => `${object.metadata.name}@${object.metadata.resourceVersion}`)

describe("Store: reading", () => {
  it.effect("shows a list only when it is complete, and what a reader holds does not change (W43)", () =>
    Effect.gen(function*() {
      const { a, store } = listed()
      const held = yield* store.list
      store.apply([{ _tag: "Init", reason: "Expired" }, { _tag: "InitPage", objects: [thing("d", 11)] }])
      assert.deepStrictEqual(names(yield* store.list), ["a@1", "b@2", "c@3"])
      assert.deepStrictEqual(yield* store.resourceVersion, Option.some("10"))
      store.apply([{ _tag: "InitDone", resourceVersion: "11" }])
      assert.deepStrictEqual(names(yield* store.list), ["d@11"])
      assert.deepStrictEqual(names(held), ["a@1", "b@2", "c@3"])
      assert.strictEqual(held[0], a)
    }))

  it.effect("forgets a list that another one follows before it is complete (W39)", () =>
    Effect.gen(function*() {
      const { store } = listed()
      store.apply([
        { _tag: "Init", reason: "Expired" },
        { _tag: "InitPage", objects: [thing("x", 11)] },
        undecodable("Listed", "y", 11)
      ])
      store.apply(relist(12, [thing("a", 1)]))
      assert.deepStrictEqual(names(yield* store.list), ["a@1"])
      assert.deepStrictEqual(yield* store.undecodable, [])
    }))

  it.effect("is keyed by namespace and name, and finds (W47)", () =>
    Effect.gen(function*() {
      const { a, b, store } = listed()
      assert.deepStrictEqual(yield* store.get({ namespace: "ns", name: "a" }), Option.some(a))
      assert.deepStrictEqual(yield* store.get({ namespace: "other", name: "a" }), Option.none())
      assert.deepStrictEqual(yield* store.get({ name: "a" }), Option.none())
      assert.deepStrictEqual(yield* store.find((object) => object.metadata.resourceVersion === "2"), Option.some(b))
      assert.strictEqual(yield* store.size, 3)
    }))
})

describe("Store: changes", () => {
  it("of a list come when the store has it: deletes first, then adds and updates, and not what did not change (W44)", () => {
    const { store } = listed()
    const heard: Array<string> = []
    const seen: Array<ReadonlyArray<string>> = []
    store.listen((changes) => {
      heard.push(...changes.map(shortChange))
      seen.push(names(Effect.runSync(store.list)))
    })
    heard.length = seen.length = 0
    store.apply(relist(14, [thing("d", 12), thing("c", 13), thing("a", 1)]))
    assert.deepStrictEqual(heard, ["Deleted b@2 from 2 missing", "Added d@12", "Updated c@13 from 3"])
    assert.deepStrictEqual(seen, [["d@12", "c@13", "a@1"]])
  })

  it("of a list keep the very object that did not change (W44)", () => {
    const { a, store } = listed()
    store.apply(relist(14, [thing("a", 1)]))
    assert.strictEqual(Option.getOrThrow(Effect.runSync(store.get({ namespace: "ns", name: "a" }))), a)
  })

  it("compares contents after lost history: equal versions need not mean equal objects (W36, W44)", () => {
    const { store } = listed()
    const heard = hear(store)
    store.apply(relist(5, [thing("a", 1), thing("b", 2, "uid-b", "other")], "HistoryReset"))
    assert.deepStrictEqual(heard, ["Deleted c@3 from 3 missing", "Updated b@2 from 2"])
  })

  it("takes the same name with another uid for a delete and an add (W45)", () => {
    const { store } = listed()
    const heard = hear(store)
    store.apply([applied(thing("a", 11, "new"))])
    store.apply(relist(14, [thing("a", 11, "new"), thing("b", 12, "new"), thing("c", 3)]))
    assert.deepStrictEqual(heard, [
      "Deleted a@1 from 1 missing",
      "Added a@11",
      "Deleted b@2 from 2 missing",
      "Added b@12"
    ])
  })

  it("carries the previous object with updates and deletes (W46)", () => {
    const { a, b, store } = listed()
    const seen: Array<Change> = []
    store.listen((changes) => seen.push(...changes))
    seen.length = 0
    const [a2, b2] = [thing("a", 11), thing("b", 12)]
    store.apply([applied(a2), deleted(b2), deleted(thing("unknown", 13))])
    assert.deepStrictEqual(seen, [
      { _tag: "Updated", object: a2, previous: a },
      { _tag: "Deleted", object: b2, previous: b, observed: true }
    ])
    assert.strictEqual((seen[0] as Store.Updated<Thing>).previous, a)
  })

  it("says nothing twice: the same version again is no change (W44)", () => {
    const { store } = listed()
    const heard = hear(store)
    store.apply([applied(thing("a", 1)), applied(thing("a", 11)), applied(thing("a", 11))])
    assert.deepStrictEqual(heard, ["Updated a@11 from 1"])
  })

  it.scoped("gives a late consumer the state first, then what changes (W51)", () =>
    Effect.gen(function*() {
      const { store } = listed()
      const heard: Array<string> = []
      yield* Effect.forkScoped(
        Stream.runForEach(store.changes, (change) => Effect.sync(() => heard.push(shortChange(change))))
      )
      yield* TestClock.adjust(0)
      store.apply([applied(thing("a", 11))])
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(heard, [
        "Added a@1 initial",
        "Added b@2 initial",
        "Added c@3 initial",
        "Updated a@11 from 1"
      ])
    }))

  it.scoped("tells an early consumer the first list, and any number of them (W51)", () =>
    Effect.gen(function*() {
      const store = make()
      const heard = [new Array<string>(), new Array<string>(), new Array<string>()]
      for (const into of heard) {
        yield* Effect.forkScoped(
          Stream.runForEach(store.changes, (change) => Effect.sync(() => into.push(shortChange(change))))
        )
      }
      yield* TestClock.adjust(0)
      store.apply([...relist(10, [thing("a", 1)], "Start"), applied(thing("b", 11))])
      yield* TestClock.adjust(0)
      for (const into of heard) assert.deepStrictEqual(into, ["Added a@1 initial", "Added b@11"])
    }))

  it.scoped("a slow consumer gets one change for each object and stalls nobody (W52)", () =>
    Effect.gen(function*() {
      const { store } = listed(10)
      const pull = yield* Stream.toPull(store.changes)
      yield* pull
      const fast = hear(store)
      for (let i = 0; i < 1000; i++) {
        store.apply([applied(thing("a", 100 + i)), applied(thing(`new-${i % 3}`, 2000 + i))])
      }
      store.apply([deleted(thing("b", 5000))])
      assert.strictEqual(fast.length, 2001)
      const changes = Chunk.toReadonlyArray(yield* pull)
      assert.isBelow(changes.length, 30)
      const sum = replay(changes, [thing("a", 1), thing("b", 2), thing("c", 3)])
      assert.sameMembers([...names(sum)], [...names(yield* store.list)])
    }))

  it.scoped("a consumer that ends is forgotten (W54)", () =>
    Effect.gen(function*() {
      const { store } = listed()
      const fiber = yield* Effect.fork(Stream.runDrain(store.changes))
      yield* TestClock.adjust(0)
      assert.strictEqual(store.listening, 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(store.listening, 0)
    }))
})

/** The objects after changes, by the changes alone; previous objects must chain. */
const replay = (changes: ReadonlyArray<Change>, from: ReadonlyArray<Thing>): ReadonlyArray<Thing> => {
  const objects = new Map(from.map((object) => [object.metadata.name, object]))
  for (const change of changes) {
    const { name } = change.object.metadata
    const known = objects.get(name)
    if (change._tag === "Added") assert.isUndefined(known, `${name} was added twice`)
    else {assert.strictEqual(
        known?.metadata.resourceVersion,
        change.previous.metadata.resourceVersion,
        `the previous ${name}`
      )}
    if (change._tag === "Updated") assert.strictEqual(change.object.metadata.uid, change.previous.metadata.uid)
    if (change._tag === "Deleted") objects.delete(name)
    else objects.set(name, change.object)
  }
  return [...objects.values()]
}

describe("joined changes", () => {
  const step = fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    what: fc.constantFrom("apply", "apply", "delete", "replace", "relist"),
    cut: fc.boolean()
  })

  it("add up to the same state, each previous object chains, and there is one for each object (W46, W52)", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = make()
        store.apply(relist(10, [thing("a", 1), thing("b", 2)], "Start"))
        const all: Array<Change> = []
        store.listen((changes) => all.push(...changes))
        const start = all.splice(0).map(({ object }) => object)
        let version = 10
        let joined: ReadonlyArray<Change> = []
        for (const { cut, name, what } of steps) {
          version++
          const known = Effect.runSync(store.get({ namespace: "ns", name }))
          const uid = Option.isSome(known) && what !== "replace" ? known.value.metadata.uid : `${name}-${version}`
          if (what === "delete") store.apply([deleted(thing(name, version, uid))])
          else if (what === "relist") {
            const others = Effect.runSync(store.list).filter((object) => object.metadata.name !== name)
            store.apply(relist(version, [thing(name, version, uid), ...others.slice(cut ? 1 : 0)]))
          } else store.apply([applied(thing(name, version, uid))])
          if (cut) joined = joinChanges([...joined, ...all.splice(0)])
        }
        joined = joinChanges([...joined, ...all])
        const expected = Effect.runSync(store.list)
        assert.sameMembers([...names(replay(joined, start))], [...names(expected)])
        for (const name of ["a", "b", "c", "d"]) {
          const tags = joined.filter((change) => change.object.metadata.name === name).map(({ _tag }) => _tag).join()
          assert.include(["", "Added", "Updated", "Deleted", "Deleted,Added"], tags)
        }
      }),
      { seed: 11, numRuns: 1000 }
    )
  })
})

describe("Store: waiting", () => {
  it.scoped("is ready after the first complete list (W48)", () =>
    Effect.gen(function*() {
      const store = make()
      const fiber = yield* Effect.fork(store.ready)
      yield* TestClock.adjust("1 minute")
      store.apply([{ _tag: "Init", reason: "Start" }, { _tag: "InitPage", objects: [thing("a", 1)] }])
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* store.isReady)
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      store.apply([{ _tag: "InitDone", resourceVersion: "10" }])
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(fiber)))
      assert.isTrue(yield* store.isReady)
      yield* store.ready
    }))

  it.scoped("says why it is not ready in time, and can be asked again (W55)", () =>
    Effect.gen(function*() {
      const store = make()
      const error = new KubeError.Forbidden({
        request,
        sent: true,
        status: {
          kind: "Status",
          apiVersion: "v1",
          code: 403,
          reason: "Forbidden",
          message: "things is forbidden: User \"me\" cannot list"
        }
      })
      const silent = yield* Effect.fork(store.ready)
      yield* TestClock.adjust("2 minutes")
      const exit = yield* Fiber.await(silent)
      assert.isTrue(
        Exit.isFailure(exit) && exit.cause._tag === "Fail" &&
          exit.cause.error.message === "list Thing: not listed within 2m: no answer so far"
      )
      store.apply([{ _tag: "Trouble", error, retryIn: Duration.seconds(5) }])
      const refused = yield* Effect.fork(Effect.flip(store.ready))
      yield* TestClock.adjust("2 minutes")
      const why = yield* Fiber.join(refused)
      assert.strictEqual(why._tag, "KubeStoreNotReady")
      assert.include(why.message, "cannot list")
      assert.deepStrictEqual(Option.map(yield* store.trouble, (trouble) => trouble.error), Option.some(error))
      store.apply(relist(10, [], "Start"))
      yield* store.ready
      assert.deepStrictEqual(yield* store.trouble, Option.none())
    }))

  it.effect("moves its version with events and bookmarks, with what does not decode too (W41, W48)", () =>
    Effect.gen(function*() {
      const store = make()
      assert.deepStrictEqual(yield* store.resourceVersion, Option.none())
      const versions: Array<string> = []
      for (
        const events of [
          relist(10, [], "Start"),
          [applied(thing("a", 11))],
          [bookmark(15)],
          [undecodable("Applied", "b", 16)],
          [deleted(thing("a", 17))],
          [{ _tag: "Init", reason: "Expired" } as const]
        ]
      ) {
        store.apply(events)
        versions.push(Option.getOrThrow(yield* store.resourceVersion))
      }
      assert.deepStrictEqual(versions, ["10", "11", "15", "16", "17", "17"])
    }))

  it.scoped("waitFor returns when the version is reached, compared as a number of any length (W49)", () =>
    Effect.gen(function*() {
      const { store } = listed()
      yield* store.waitFor("9")
      yield* store.waitFor("10")
      yield* store.waitFor("no version")
      const fiber = yield* Effect.fork(store.waitFor("100000000000000000001"))
      yield* TestClock.adjust(0)
      store.apply([bookmark(99)])
      yield* TestClock.adjust(0)
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      store.apply([{ _tag: "Bookmark", resourceVersion: "100000000000000000002" }])
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(fiber)))
    }))
})

describe("Store: what does not decode", () => {
  it.effect("is listed apart, and leaves when it is repaired or deleted (W50)", () =>
    Effect.gen(function*() {
      const { store } = listed()
      const apart = Effect.map(store.undecodable, (all) => all.map(({ metadata }) => metadata.name))
      store.apply([undecodable("Applied", "x", 11), undecodable("Applied", "y", 12)])
      assert.deepStrictEqual(yield* apart, ["x", "y"])
      store.apply([applied(thing("x", 13)), undecodable("Deleted", "y", 14)])
      assert.deepStrictEqual(yield* apart, [])
      store.apply([{ _tag: "Init", reason: "Expired" }, undecodable("Listed", "z", 15), {
        _tag: "InitDone",
        resourceVersion: "15"
      }])
      assert.deepStrictEqual(yield* apart, ["z"])
      store.apply(relist(16, []))
      assert.deepStrictEqual(yield* apart, [])
    }))

  it.effect("is not taken for deleted: what is known of it stays, through lists too (W31, W50)", () =>
    Effect.gen(function*() {
      const { store } = listed()
      const heard = hear(store)
      store.apply([undecodable("Applied", "a", 11)])
      store.apply([
        { _tag: "Init", reason: "Expired" },
        { _tag: "InitPage", objects: [thing("b", 2), thing("c", 3)] },
        undecodable("Listed", "a", 11),
        { _tag: "InitDone", resourceVersion: "12" }
      ])
      assert.deepStrictEqual(heard, [])
      assert.sameMembers([...names(yield* store.list)], ["a@1", "b@2", "c@3"])
      store.apply([undecodable("Deleted", "a", 13)])
      assert.deepStrictEqual(heard, ["Deleted a@1 from 1"])
    }))

  it.effect("is another object when its uid is another: the old one is gone (W45, W50)", () =>
    Effect.gen(function*() {
      const { store } = listed()
      const heard = hear(store)
      store.apply([undecodable("Applied", "a", 11, "new")])
      store.apply([
        { _tag: "Init", reason: "Expired" },
        { _tag: "InitPage", objects: [thing("c", 3)] },
        undecodable("Listed", "a", 11, "new"),
        undecodable("Listed", "b", 12, "new"),
        { _tag: "InitDone", resourceVersion: "12" }
      ])
      assert.deepStrictEqual(heard, ["Deleted a@1 from 1 missing", "Deleted b@2 from 2 missing"])
      assert.deepStrictEqual(names(yield* store.list), ["c@3"])
    }))
})
