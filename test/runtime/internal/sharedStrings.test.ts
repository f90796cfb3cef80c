import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { SharedStrings } from "../../../src/runtime/internal/sharedStrings.js"

const share = (strings: SharedStrings, object: object, size = 0): void =>
  strings.share([{ _tag: "Applied", object }], size)

const image = "registry.example.com/team/app:1.24.3"

describe("shared strings", () => {
  it("leave every object equal to what it was, in the order that it had (W43, W53)", () => {
    const text = fc.oneof(fc.string(), fc.constantFrom(image, "node-1", "__proto__", "x".repeat(600), "é".repeat(40)))
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        text,
        fc.integer(),
        fc.constant(null),
        fc.constant(undefined),
        fc.array(tie("tree")),
        fc.dictionary(text, tie("tree"))
      )
    }))
    const strings = new SharedStrings()
    fc.assert(fc.property(fc.dictionary(text, tree), (object) => {
      const before = structuredClone(object)
      const keys = JSON.stringify(object)
      share(strings, object)
      assert.deepStrictEqual(object, before)
      assert.strictEqual(JSON.stringify(object), keys)
    }))
  })

  it("are one copy: what a hundred objects have in common is in the table once", () => {
    const strings = new SharedStrings()
    const objects = Array.from({ length: 100 }, (_, i) => ({ image, images: [`${image}-arm64`], name: `pod ${i}` }))
    strings.share([{ _tag: "InitPage", objects }], 100)
    // The names are too short to be worth it.
    assert.strictEqual(strings.size, 2)
  })

  it("are forgotten when they came but once, and kept as long as they come again", () => {
    const strings = new SharedStrings()
    for (let i = 0; i < 50_000; i++) share(strings, { uid: `the uid of object ${i}`, image }, 500)
    assert.isAtMost(strings.size, 2 * (1024 + 2 * 500))
    let shared = ""
    const field = { enumerable: true, get: () => `${image}`, set: (text: string) => void (shared = text) }
    share(strings, Object.defineProperty({}, "image", field), 500)
    assert.strictEqual(shared, image)
    // A store that has shrunk needs a small table.
    for (let i = 0; i < 3000; i++) share(strings, { uid: `the uid of another ${i}`, image }, 0)
    assert.isAtMost(strings.size, 2 * 1024)
  })

  it("are those of plain data: what a program made is left alone, and is no reason to fail", () => {
    class Thing {
      constructor(public image: string) {}
    }
    const strings = new SharedStrings()
    const cycle: { image: string; self?: unknown; list: Array<unknown> } = { image, list: [] }
    cycle.self = cycle
    cycle.list.push(cycle, cycle.list)
    let writes = 0
    const guarded = {
      get image(): string {
        throw new Error("not to be read")
      },
      set image(_: string) {
        writes++
      }
    }
    const sealed = Object.defineProperty({ other: image }, "image", { value: image, enumerable: true })
    const bare: { [key: string]: unknown } = Object.create(null)
    bare["image"] = image
    let deep: { [key: string]: unknown } = {}
    for (let i = 0; i < 10_000; i++) deep = { deep, image }
    const date = new Date(0)
    const all = [
      cycle,
      guarded,
      sealed,
      bare,
      deep,
      Object.freeze({ image, inner: Object.freeze([image]) }),
      { thing: new Thing(image), date, map: new Map([[image, image]]), call: () => image }
    ]
    for (let round = 0; round < 2; round++) for (const object of all) share(strings, object)
    assert.strictEqual(writes, 0)
    assert.deepStrictEqual<object>(sealed, { other: image, image })
    assert.strictEqual(cycle.self, cycle)
    assert.strictEqual(strings.size, 1)
  })
})
