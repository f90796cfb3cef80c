import { assert, describe, it } from "@effect/vitest"
import type { ObjectMeta } from "../../src/protocol/ObjectMeta.js"
import * as Predicate from "../../src/runtime/Predicate.js"
import type * as Store from "../../src/runtime/Store.js"

interface Thing {
  readonly metadata: ObjectMeta & { readonly name: string }
  readonly spec?: unknown
}

const thing = (metadata: ObjectMeta, spec?: unknown): Thing => ({ metadata: { ...metadata, name: "a" }, spec })
const updated = (previous: Thing, object: Thing): Store.Change<Thing> => ({ _tag: "Updated", previous, object })

describe("Predicate", () => {
  const cases: ReadonlyArray<readonly [string, Predicate.Predicate<Thing>, Thing, Thing, boolean]> = [
    ["the generation: another", Predicate.generation, thing({ generation: 1 }), thing({ generation: 2 }), true],
    [
      "the generation: the same, of another version",
      Predicate.generation,
      thing({ generation: 1, resourceVersion: "1" }),
      thing({ generation: 1, resourceVersion: "2" }),
      false
    ],
    [
      "the generation, of a kind without: every version",
      Predicate.generation,
      thing({ resourceVersion: "1" }),
      thing({ resourceVersion: "2" }),
      true
    ],
    ["labels: none and an empty record", Predicate.labels, thing({}), thing({ labels: {} }), false],
    ["labels: another value", Predicate.labels, thing({ labels: { a: "1" } }), thing({ labels: { a: "2" } }), true],
    [
      "labels: in another order",
      Predicate.labels,
      thing({ labels: { a: "1", b: "2" } }),
      thing({ labels: { b: "2", a: "1" } }),
      false
    ],
    ["labels: one fewer", Predicate.labels, thing({ labels: { a: "1", b: "2" } }), thing({ labels: { a: "1" } }), true],
    ["annotations: others", Predicate.annotations, thing({}), thing({ annotations: { a: "" } }), true],
    ["annotations: not the labels", Predicate.annotations, thing({}), thing({ labels: { a: "" } }), false],
    ["finalizers: one more", Predicate.finalizers, thing({}), thing({ finalizers: ["a"] }), true],
    [
      "finalizers: a delete is asked for",
      Predicate.finalizers,
      thing({ finalizers: ["a"] }),
      thing({ finalizers: ["a"], deletionTimestamp: "2026-01-01T00:00:00Z" }),
      true
    ],
    [
      "the resourceVersion",
      Predicate.resourceVersion,
      thing({ resourceVersion: "1" }),
      thing({ resourceVersion: "1" }),
      false
    ],
    [
      "a projection: made anew with the same content",
      Predicate.projection((object: Thing) => [object.spec]),
      thing({}, { a: [1, { b: null }] }),
      thing({}, { a: [1, { b: null }] }),
      false
    ],
    [
      "a projection: with another content",
      Predicate.projection((object: Thing) => [object.spec]),
      thing({}, { a: [1, { b: null }] }),
      thing({}, { a: [1, {}] }),
      true
    ]
  ]
  for (const [title, predicate, previous, object, counts] of cases) {
    it(`${title} ${counts ? "counts" : "does not count"} (K11)`, () => {
      assert.strictEqual(predicate(updated(previous, object)), counts)
    })
  }

  it("what comes and goes counts always, but for not (K11)", () => {
    const object = thing({ generation: 1 })
    const added: Store.Change<Thing> = { _tag: "Added", object, initial: true }
    const deleted: Store.Change<Thing> = { _tag: "Deleted", object, previous: object, observed: true }
    for (const predicate of [Predicate.generation, Predicate.labels, Predicate.projection(() => 1)]) {
      assert.deepStrictEqual([predicate(added), predicate(deleted)], [true, true])
      assert.deepStrictEqual([Predicate.not(predicate)(added), Predicate.not(predicate)(deleted)], [false, false])
    }
  })

  it("and, or and not compose, in both forms (K11)", () => {
    const change = updated(
      thing({ generation: 1, labels: { a: "1" } }),
      thing({ generation: 1, labels: { a: "2" } })
    )
    assert.isTrue(Predicate.or(Predicate.generation, Predicate.labels)(change))
    assert.isFalse(Predicate.and(Predicate.generation, Predicate.labels)(change))
    assert.isTrue(Predicate.not(Predicate.generation)(change))
    const piped: Predicate.Predicate<Thing> = Predicate.or(Predicate.labels)(Predicate.generation)
    assert.isTrue(piped(change))
  })
})
