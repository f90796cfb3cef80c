import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { readJson } from "../../../../src/testing/internal/apiserver/json.js"

describe("json", () => {
  it("reads what JSON.parse reads, and refuses what it refuses", () => {
    fc.assert(fc.property(fc.json(), (text) => {
      const read = readJson(text)
      assert.isUndefined(read.error)
      assert.deepStrictEqual(read.error === undefined ? read.value : undefined, JSON.parse(text))
    }))
    fc.assert(fc.property(fc.string(), fc.json(), (noise, json) => {
      const text = json.slice(0, Math.max(0, json.length - 1)) + noise
      let parses = true
      try {
        JSON.parse(text)
      } catch {
        parses = false
      }
      assert.strictEqual(readJson(text).error === undefined, parses)
    }))
  })

  const refusals: ReadonlyArray<readonly [string, string]> = [
    ["", "unexpected end of JSON input"],
    ["{bad", "invalid character 'b' looking for beginning of object key string"],
    ["{\"a\" 1}", "invalid character '1' after object key"],
    ["{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"],
    ["[1 2]", "invalid character '2' after array element"],
    ["1 x", "invalid character 'x' after top-level value"],
    ["tru3", "invalid character '3' in literal true (expecting 'e')"],
    ["\"\\x\"", "invalid character 'x' in string escape code"],
    ["[1.]", "invalid character ']' after decimal point in numeric literal"],
    ["x", "invalid character 'x' looking for beginning of value"]
  ]
  it.each(refusals)("refuses %s with the text of the server's decoder (S57)", (text, expected) => {
    assert.strictEqual(readJson(text).error, expected)
  })

  it("notes each key that an object holds twice by its path (S39)", () => {
    const read = readJson("{\"a\":1,\"a\":2,\"b\":[{\"c\":1},{\"c\":1,\"c\":2}],\"d\":{\"a\":1}}")
    assert.deepStrictEqual(read.error === undefined ? read.duplicates : [], ["a", "b[1].c"])
  })

  it("a key named __proto__ is a key and changes no prototype", () => {
    const read = readJson("{\"__proto__\":{\"polluted\":true}}")
    const value = read.error === undefined ? read.value : undefined
    assert.deepStrictEqual(Object.keys(value as object), ["__proto__"])
    assert.isUndefined(({} as { polluted?: unknown }).polluted)
  })

  it("nesting without end is refused, not followed", () => {
    assert.strictEqual(readJson("[".repeat(3_000_000)).error, "exceeded max depth")
  })
})
