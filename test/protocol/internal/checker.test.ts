import { assert, describe, it } from "@effect/vitest"
import * as checker from "../../../src/protocol/internal/checker.js"
import type { Struct } from "../../../src/protocol/internal/descriptor.js"
import { formatIssue, type Issue } from "../../../src/protocol/KubeError.js"

const inner: Struct = { required: ["name"], fields: { name: "string", inner: () => inner } }

const everything: Struct = {
  required: ["id", "list", "map", "time", "ref"],
  nullable: ["time", "ref"],
  fields: {
    id: "string",
    flag: "boolean",
    ratio: "number",
    small: "int32",
    large: "int64",
    port: "intOrString",
    free: "json",
    list: { list: () => inner, keys: ["name"] },
    map: { record: { list: "string" } },
    maps: { record: { record: "string" } },
    objects: { record: "json" },
    either: { either: [() => inner, { list: "string" }] },
    orFlag: { either: [() => inner, "boolean"] },
    merged: { merged: () => inner, patch: "retainKeys" },
    anything: { list: "json" },
    time: "string",
    ref: () => inner
  }
}

const base = { id: "a", list: [], map: {}, time: null, ref: null }
const check = checker.make(() => everything)

const run = (value: unknown, masked = false): { readonly value: unknown; readonly problems: ReadonlyArray<string> } => {
  const issues: Array<Issue> = []
  const checked = check(value, issues, [], masked)
  return { value: checked, problems: issues.map(formatIssue) }
}

describe("checker", () => {
  const fits: ReadonlyArray<readonly [title: string, value: object]> = [
    ["nothing but what is required", {}],
    ["null where the server sends it", { time: null, ref: null }],
    ["values there as well", { time: "t", ref: { name: "a" } }],
    ["the bounds of integers", { small: -(2 ** 31), large: 2 ** 53 - 1 }],
    ["the other bounds", { small: 2 ** 31 - 1, large: -(2 ** 53 - 1) }],
    ["any number where there is no bound", { ratio: 1e300 }],
    ["a number or a string", { port: 80 }],
    ["the string", { port: "http" }],
    ["any JSON where it is free", { free: null, anything: [null, 1, {}, []], objects: { a: null, b: [1] } }],
    ["either this", { either: { name: "a" }, orFlag: { name: "a" } }],
    ["or that", { either: ["a"], orFlag: false }],
    ["structs in structs", { merged: { name: "a", inner: { name: "b", inner: { name: "c" } } } }],
    ["undefined where a field is optional", { flag: undefined, merged: undefined }],
    ["fields that nobody knows", { other: null, toString: 1, list: [{ name: "a", more: { deep: [null] } }] }]
  ]
  for (const [title, more] of fits) {
    it(`takes ${title}, as it is`, () => {
      const value = { ...base, ...more }
      const before = JSON.stringify(value)
      assert.deepStrictEqual(run(value).problems, [])
      assert.strictEqual(run(value).value, value)
      assert.strictEqual(JSON.stringify(value), before)
    })
  }

  const refused: ReadonlyArray<readonly [value: object, problem: string]> = [
    [{ id: undefined }, "id: expected a string, found nothing"],
    [{ id: null }, "id: expected a string, found null"],
    [{ id: 1 }, "id: expected a string, found 1"],
    [{ flag: "true" }, "flag: expected a boolean, found \"true\""],
    [{ ratio: "1" }, "ratio: expected a number, found \"1\""],
    [{ ratio: Number.POSITIVE_INFINITY }, "ratio: expected a number, found Infinity"],
    [{ small: 2 ** 31 }, "small: expected a 32-bit integer, found 2147483648"],
    [{ small: -(2 ** 31) - 1 }, "small: expected a 32-bit integer, found -2147483649"],
    [{ small: 0.5 }, "small: expected a 32-bit integer, found 0.5"],
    [{ large: 2 ** 53 }, "large: expected an integer within ±(2^53 - 1), found 9007199254740992"],
    [{ port: 0.5 }, "port: expected a 32-bit integer or a string, found 0.5"],
    [{ port: {} }, "port: expected a 32-bit integer or a string, found an object"],
    [{ list: {} }, "list: expected a list, found an object"],
    [{ list: [{ name: "a" }, null] }, "list[1]: expected an object, found null"],
    [{ list: ["a"] }, "list[0]: expected an object, found \"a\""],
    [{ list: [{}] }, "list[0].name: expected a string, found nothing"],
    [{ map: { a: ["b", null] } }, "map.a[1]: expected a string, found null"],
    [{ map: [] }, "map: expected an object, found an empty list"],
    [{ maps: { a: { b: null } } }, "maps.a.b: expected a string, found null"],
    [{ objects: "x" }, "objects: expected an object, found \"x\""],
    [{ either: true }, "either: expected an object or a list, found true"],
    [{ either: [1] }, "either[0]: expected a string, found 1"],
    [{ orFlag: [] }, "orFlag: expected an object or a boolean, found an empty list"],
    [{ merged: { name: "a", inner: { name: 1 } } }, "merged.inner.name: expected a string, found 1"],
    [{ ref: [] }, "ref: expected an object, found an empty list"]
  ]
  for (const [more, problem] of refused) {
    it(`says ${problem}`, () => {
      assert.deepStrictEqual(run({ ...base, ...more }).problems, [problem])
    })
  }

  it("a null goes, or leaves a list or record empty, at any depth; keys keep their order", () => {
    const value = {
      z: 1,
      ...base,
      flag: null,
      list: null,
      map: { a: null, b: ["c"] },
      maps: { a: null },
      merged: { y: 1, inner: null, name: "a" },
      a: 2
    }
    assert.strictEqual(
      JSON.stringify(run(value).value),
      JSON.stringify({
        z: 1,
        id: "a",
        list: [],
        map: { a: [], b: ["c"] },
        time: null,
        ref: null,
        maps: { a: {} },
        merged: { y: 1, name: "a" },
        a: 2
      })
    )
  })

  it("finds everything at once, and tells of secrets only their type", () => {
    const value = { id: 1, list: [{ name: 2 }, {}], time: true, ref: { name: "a" } }
    assert.deepStrictEqual(run(structuredClone(value)).problems, [
      "id: expected a string, found 1",
      "list[0].name: expected a string, found 2",
      "list[1].name: expected a string, found nothing",
      "time: expected a string, found true",
      "map: expected an object, found nothing"
    ])
    assert.deepStrictEqual(run(value, true).problems.slice(0, 2), [
      "id: expected a string, found a number",
      "list[0].name: expected a string, found a number"
    ])
  })
})
