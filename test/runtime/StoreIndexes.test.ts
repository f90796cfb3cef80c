import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import { StoreCore } from "../../src/runtime/internal/storeCore.js"
import * as Store from "../../src/runtime/Store.js"
import type * as Watcher from "../../src/runtime/Watcher.js"

interface Thing {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly labels: { readonly [key: string]: string }
  }
  readonly on: ReadonlyArray<string>
}

const thing = (name: string, version: number, on: ReadonlyArray<string>, namespace = "ns"): Thing => ({
  metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: String(version), labels: { app: name } },
  on
})

const make = (on: Store.Index<Thing> = (object) => object.on) =>
  new StoreCore<Thing>({
    watched: "list Thing",
    syncTimeout: Duration.minutes(2),
    changesBuffer: 4096,
    indexes: { on, namespace: Store.byNamespace, app: Store.byLabel("app"), constructor: () => [] }
  })

const relist = (version: number, objects: ReadonlyArray<Thing>): ReadonlyArray<Watcher.Event<Thing>> => [
  { _tag: "Init", reason: "Expired" },
  { _tag: "InitPage", objects },
  { _tag: "InitDone", resourceVersion: String(version) }
]

const names = (objects: ReadonlyArray<Thing>): ReadonlyArray<string> =>
  objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort()

describe("Store: indexes", () => {
  it.effect("find objects under each key that a function gives, and follow every change (W47)", () =>
    Effect.gen(function*() {
      const store = make()
      assert.deepStrictEqual(yield* store.by("on", "x"), [])
      store.apply(relist(10, [thing("a", 1, ["x", "y"]), thing("b", 2, ["x"]), thing("c", 3, [], "other")]))
      assert.deepStrictEqual(names(yield* store.by("on", "x")), ["a@1", "b@2"])
      assert.deepStrictEqual(names(yield* store.by("namespace", "other")), ["c@3"])
      assert.deepStrictEqual(names(yield* store.by("app", "b")), ["b@2"])
      store.apply([{ _tag: "Applied", object: thing("a", 11, ["z", "z"]) }])
      store.apply([{ _tag: "Deleted", object: thing("b", 12, ["x"]) }])
      assert.deepStrictEqual(yield* store.by("on", "x"), [])
      assert.deepStrictEqual(names(yield* store.by("on", "z")), ["a@11"])
      assert.deepStrictEqual(yield* store.keysOf("on"), ["z"])
      assert.deepStrictEqual(yield* store.by("on", "__proto__"), [])
    }))

  it.effect("of a name that there is not say which there are (W47)", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(make().by("toString", "x"))
      assert.isTrue(Exit.isFailure(exit))
      if (Exit.isFailure(exit)) {
        assert.include(Cause.pretty(exit.cause), `no index "toString": there are on, namespace, app, constructor`)
      }
    }))

  it.effect("whose function throws fail who asks, and nothing else (W47)", () =>
    Effect.gen(function*() {
      const store = make(({ metadata, on }) => {
        if (metadata.name === "bad") throw new Error("cannot tell")
        return on
      })
      store.apply(relist(10, [thing("a", 1, ["x"])]))
      assert.deepStrictEqual(names(yield* store.by("on", "x")), ["a@1"])
      store.apply([{ _tag: "Applied", object: thing("bad", 11, ["x"]) }])
      assert.strictEqual(yield* store.size, 2)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(store.by("on", "x"))))
      store.apply([{ _tag: "Deleted", object: thing("bad", 12, ["x"]) }])
      assert.deepStrictEqual(names(yield* store.by("on", "x")), ["a@1"])
    }))

  const step = fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    on: fc.subarray(["x", "y", "z"]),
    what: fc.constantFrom("apply", "apply", "delete", "replace", "relist", "aside"),
    ask: fc.boolean()
  })

  it("always say the same as looking at every object (W47)", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = make()
        let version = 1
        const known = new Map<string, Thing>()
        for (const { ask, name, on, what } of steps) {
          const object = thing(name, ++version, on)
          if (what === "delete") {
            known.delete(name)
            store.apply([{ _tag: "Deleted", object }])
          } else if (what === "relist") {
            known.delete(name)
            store.apply(relist(version, [...known.values()]))
          } else if (what === "aside") {
            // Another object of that name came, which cannot be read: the one that was known is gone.
            known.delete(name)
            const metadata = { name, namespace: "ns", uid: `other-${version}`, resourceVersion: String(version) }
            store.apply([{ _tag: "Undecodable", change: "Applied", metadata, raw: "{}", error: undefined as never }])
          } else {
            const changed = what === "replace"
              ? { ...object, metadata: { ...object.metadata, uid: `uid-${version}` } }
              : object
            known.set(name, changed)
            store.apply([{ _tag: "Applied", object: changed }])
          }
          if (!ask) continue
          const all = Effect.runSync(store.list)
          assert.deepStrictEqual(names(all), names([...known.values()]))
          for (const key of ["x", "y", "z"]) {
            const found = Effect.runSync(store.by("on", key))
            assert.deepStrictEqual(names(found), names(all.filter((each) => each.on.includes(key))))
          }
          assert.sameMembers([...Effect.runSync(store.keysOf("on"))], [...new Set(all.flatMap((each) => each.on))])
        }
      })
    )
  })
})
