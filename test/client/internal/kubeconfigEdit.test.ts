import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { dump } from "js-yaml"
import { editText } from "../../../src/client/internal/kubeconfigEdit.js"
import { readDocument } from "../../../src/protocol/internal/yaml11.js"

const key = fc.constantFrom("a", "b", "name", "server", "yes", "0x1", "with space", "é", "__proto__", "x-y")
const scalar = fc.oneof(
  fc.constantFrom(
    "yes",
    "no",
    "0644",
    "1e3",
    "2026-01-02",
    "~",
    "",
    " ",
    "a: b",
    "# c",
    "it's",
    "\"",
    "- x",
    "ü",
    "\u0085",
    "{",
    "*a",
    "&b",
    "!t",
    "%d",
    "@e"
  ),
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null)
)
const object = (depth: number): fc.Arbitrary<object> =>
  fc.dictionary(
    key,
    depth === 0 ? scalar : fc.oneof({ weight: 3, arbitrary: scalar }, { weight: 1, arbitrary: object(depth - 1) }),
    {
      minKeys: 1,
      maxKeys: 4
    }
  )

const read = (text: string) => readDocument(text).value

describe("changes of a YAML text", () => {
  it("what is read of the changed text is what was wanted, and lines that are not about it are still there (C7)", () => {
    let kept = 0
    fc.assert(
      fc.property(object(2), key, scalar, fc.integer({ min: -1, max: 2 }), (value, name, next, flowLevel) => {
        // Every key at the top gets a comment above it.
        const source = dump(value, { flowLevel: flowLevel === 0 ? 1 : flowLevel, forceQuotes: true, lineWidth: -1 })
          .replace(/^(?=['"a-z])/gm, "# about the next one\n")
        const before = read(source) as { [key: string]: unknown }
        const after = { ...before, [name]: next }
        const edited = editText(source, before, after)
        if (edited === undefined) return
        kept++
        assert.deepStrictEqual(read(edited), after)
        assert.strictEqual(edited.split("# about").length, source.split("# about").length)
      }),
      { numRuns: 500 }
    )
    assert.isAbove(kept, 300)
  })

  const cases: ReadonlyArray<readonly [title: string, source: string, after: unknown, text: string | undefined]> = [
    ["a key is taken away with its line", "a: 1\n# keep\nb: 2 # two\nc: 3\n", { a: 1, c: 3 }, "a: 1\n# keep\nc: 3\n"],
    ["the last key of an object is not taken out of the text", "a:\n  b: 1\n", { a: {} }, undefined],
    ["an object is added on one line", "a: 1\n", { a: 1, b: { c: ["x", "no"] } }, "a: 1\nb: {\"c\":[\"x\",\"no\"]}\n"],
    [
      "in a list of objects",
      "l:\n- a: 1\n  b: x # y\n-   a: 2\n",
      { l: [{ a: 1, b: "z" }, { a: 2, b: "w" }] },
      "l:\n- a: 1\n  b: z # y\n-   a: 2\n    b: w\n"
    ],
    ["a list that grows is too much", "l: [1]\n", { l: [1, 2] }, undefined],
    [
      "an alias is too much: it would change elsewhere",
      "a: &x {b: 1}\nc: *x\n",
      { a: { b: 1 }, c: { b: 2 } },
      undefined
    ],
    ["an anchor too", "a: &x 1\nc: *x\n", { a: 2, c: 1 }, undefined],
    ["a merge key too", "a: &x {b: 1}\nc: {<<: *x, d: 1}\n", { a: { b: 1 }, c: { b: 2, d: 1 } }, undefined],
    ["a block text too", "a: |\n  text\n", { a: "other" }, undefined],
    ["a key that is there twice too", "a: 1\na: 2\n", { a: 3 }, undefined],
    ["a key in quotes", "\"a\": 1\n'b':\n", { a: 2, b: "x" }, "\"a\": 2\n'b': x\n"],
    ["a text over lines", "a: one\n  two\nb: 1\n", { a: "x", b: 2, c: 3 }, "a: x\nb: 2\nc: 3\n"],
    ["an empty object", "a: {}\n", { a: { b: 1 } }, "a: {b: 1}\n"],
    ["nothing at all", "# only this\n", { a: 1 }, undefined]
  ]
  for (const [title, source, after, text] of cases) {
    it(`${title} (C7)`, () => assert.strictEqual(editText(source, read(source) ?? {}, after), text))
  }
})
