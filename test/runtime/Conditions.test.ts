import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Resource from "../../src/protocol/Resource.js"
import * as Conditions from "../../src/runtime/Conditions.js"
import * as Crd from "../../src/runtime/Crd.js"

const start = Date.UTC(2026, 0, 2, 3, 4, 5)

const available = (more?: Partial<Conditions.Change>): Conditions.Change => ({
  type: "Available",
  status: "True",
  reason: "MinimumReplicas",
  observedGeneration: 1,
  ...more
})

describe("Conditions", () => {
  it.effect("a condition keeps its time as long as its status is the same, and its place in the list", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      const other = yield* Conditions.set([], { type: "Other", status: "Unknown", reason: "Pending" })
      const first = yield* Conditions.set(other, available())
      assert.deepStrictEqual(first[1], {
        type: "Available",
        status: "True",
        reason: "MinimumReplicas",
        message: "",
        lastTransitionTime: "2026-01-02T03:04:05Z",
        observedGeneration: 1
      })
      assert.strictEqual(first[0], other[0])
      yield* TestClock.adjust("1 minute")
      const second = yield* Conditions.set(first, available({ message: "more", observedGeneration: 2 }))
      assert.deepInclude(second[1], {
        lastTransitionTime: "2026-01-02T03:04:05Z",
        message: "more",
        observedGeneration: 2
      })
      const third = yield* Conditions.set(second, available({ status: "False", reason: "NoReplicas" }))
      assert.deepInclude(third[1], { status: "False", lastTransitionTime: "2026-01-02T03:05:05Z" })
      const back = yield* Conditions.set(third, { type: "Other", status: "True", reason: "Done" })
      assert.deepStrictEqual(back.map(({ type }) => type), ["Other", "Available"])
    }))

  it.effect("what says nothing new is the very list that was there", () =>
    Effect.gen(function*() {
      const first = yield* Conditions.set([], available())
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Conditions.set(first, available()), first)
      assert.strictEqual(yield* Conditions.set(available())(first), first)
      assert.strictEqual(Conditions.remove(first, "Other"), first)
      const ready = yield* Conditions.setReady(first, ["Available"])
      assert.strictEqual(yield* Conditions.setReady(ready, ["Available"]), ready)
    }))

  it.effect("one that is not there is neither true nor false", () =>
    Effect.gen(function*() {
      const list = yield* Conditions.set([], available({ status: "False" }))
      assert.isTrue(Conditions.isFalse(list, "Available"))
      assert.isFalse(Conditions.isTrue("Available")(list))
      assert.isFalse(Conditions.isTrue(list, "Other"))
      assert.isFalse(Conditions.isFalse("Other")(list))
      assert.isTrue(Option.isNone(Conditions.get(list, "Other")))
      assert.strictEqual(Option.getOrThrow(Conditions.get("Available")(list)), list[0])
      assert.deepStrictEqual(Conditions.remove("Available")(list), [])
    }))

  it.effect("the summary is true if all are, false if one is, and names those that decide", () =>
    Effect.gen(function*() {
      const types = ["Available", "Synced"]
      const ready = (list: ReadonlyArray<Conditions.Condition>, options?: Conditions.ReadyOptions) =>
        Effect.map(Conditions.setReady(list, types, options), (list) => {
          const { message, reason, status } = Option.getOrThrow(Conditions.get(list, options?.type ?? "Ready"))
          return { message, reason, status }
        })
      const one = yield* Conditions.set([], available())
      assert.deepStrictEqual(yield* ready(one), {
        status: "Unknown",
        reason: "Pending",
        message: "Synced: not known yet"
      })
      const both = yield* Conditions.set(one, { type: "Synced", status: "True", reason: "Done", observedGeneration: 1 })
      assert.deepStrictEqual(yield* ready(both), { status: "True", reason: "AllReady", message: "" })
      assert.deepStrictEqual(yield* ready(both, { observedGeneration: 1, type: "Done" }), {
        status: "True",
        reason: "AllReady",
        message: ""
      })
      assert.deepStrictEqual(yield* ready(both, { observedGeneration: 2 }), {
        status: "Unknown",
        reason: "Pending",
        message: "Available: not known of the newest generation yet; Synced: not known of the newest generation yet"
      })
      const bad = yield* Conditions.set(both, {
        type: "Available",
        status: "False",
        reason: "NoReplicas",
        message: "0 of 3 are there"
      })
      const worse = yield* Conditions.set(bad, { type: "Synced", status: "False", reason: "Refused" })
      assert.deepStrictEqual(yield* ready(worse), {
        status: "False",
        reason: "NoReplicas",
        message: "Available: 0 of 3 are there; Synced: Refused"
      })
      assert.isTrue(Conditions.isFalse(yield* Conditions.setReady(types)(worse), "Ready"))
      assert.isTrue((yield* Conditions.setReady([], [])).every(({ status }) => status === "Unknown"))
    }))

  it("is a field of a status that the server merges by type", () => {
    class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
      scope: "Namespaced",
      spec: Schema.Struct({ title: Schema.String }),
      status: Schema.Struct({ conditions: Conditions.Field })
    }) {}
    const definition = Crd.make(Foo)
    const schema = JSON.stringify(definition)
    // What is said of an object fits its status.
    const status = (foo: Foo): Effect.Effect<NonNullable<Foo["status"]>> =>
      Effect.map(Conditions.set(foo.status?.conditions ?? [], available()), (conditions) => ({ conditions }))
    assert.isFunction(status)
    assert.include(schema, `"x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["type"]`)
    assert.include(schema, `"enum":["True","False","Unknown"]`)
  })
})
