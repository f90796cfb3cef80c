import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import * as Patch from "../../src/protocol/Patch.js"

const json = (text: string): unknown => JSON.parse(text)
const applied = (document: unknown, operations: unknown) => Effect.runSync(Patch.applyJson(document, operations))
const merged = (document: unknown, body: unknown) => Effect.runSync(Patch.applyMerge(document, body))

describe("JSON patch: what the server makes of it", () => {
  const document = { a: { b: [1, 2, 3], "c/d": "x", "e~f": "y", n: null }, s: "text", l: [{ k: 1 }] }
  const table: ReadonlyArray<readonly [string, ReadonlyArray<unknown>, unknown]> = [
    ["nothing changes nothing", [], document],
    ["add sets a key", [{ op: "add", path: "/a/z", value: 1 }], { ...document, a: { ...document.a, z: 1 } }],
    ["add replaces a key", [{ op: "add", path: "/s", value: 1 }], { ...document, s: 1 }],
    ["add without a value adds null", [{ op: "add", path: "/s" }], { ...document, s: null }],
    ["add inserts into an array", [{ op: "add", path: "/a/b/1", value: 9 }], {
      ...document,
      a: { ...document.a, b: [1, 9, 2, 3] }
    }],
    ["add appends at the end", [{ op: "add", path: "/a/b/3", value: 9 }], {
      ...document,
      a: { ...document.a, b: [1, 2, 3, 9] }
    }],
    ["add appends at -", [{ op: "add", path: "/a/b/-", value: 9 }], {
      ...document,
      a: { ...document.a, b: [1, 2, 3, 9] }
    }],
    ["add at -1 appends", [{ op: "add", path: "/a/b/-1", value: 9 }], {
      ...document,
      a: { ...document.a, b: [1, 2, 3, 9] }
    }],
    ["remove takes a key", [{ op: "remove", path: "/s" }], { a: document.a, l: document.l }],
    ["remove takes a null", [{ op: "remove", path: "/a/n" }], {
      ...document,
      a: { b: [1, 2, 3], "c/d": "x", "e~f": "y" }
    }],
    ["remove at -1 takes the last", [{ op: "remove", path: "/a/b/-1" }], {
      ...document,
      a: { ...document.a, b: [1, 2] }
    }],
    ["remove reads escapes", [{ op: "remove", path: "/a/c~1d" }, { op: "remove", path: "/a/e~0f" }], {
      ...document,
      a: { b: [1, 2, 3], n: null }
    }],
    ["replace sets a key that is there", [{ op: "replace", path: "/s", value: [1] }], { ...document, s: [1] }],
    ["replace sets a key that is not there", [{ op: "replace", path: "/z", value: 1 }], { ...document, z: 1 }],
    ["replace at -1 sets the last", [{ op: "replace", path: "/a/b/-1", value: 9 }], {
      ...document,
      a: { ...document.a, b: [1, 2, 9] }
    }],
    ["replace of the whole", [{ op: "replace", path: "", value: { x: 1 } }, { op: "add", path: "/y", value: 2 }], {
      x: 1,
      y: 2
    }],
    [
      "test of a value",
      [{ op: "test", path: "/a/b", value: [1, 2, 3] }, { op: "test", path: "/l/0/k", value: 1 }],
      document
    ],
    ["test of the whole", [{ op: "test", path: "", value: document }], document],
    [
      "test of null on an absent key",
      [{ op: "test", path: "/nope", value: null }, { op: "test", path: "/nope" }],
      document
    ],
    ["test of null on a null", [{ op: "test", path: "/a/n", value: null }], document],
    ["test at a negative index", [{ op: "test", path: "/a/b/-3", value: 1 }], document],
    ["move", [{ op: "move", from: "/s", path: "/a/s" }], { a: { ...document.a, s: "text" }, l: document.l }],
    ["move inside an array", [{ op: "move", from: "/a/b/0", path: "/a/b/2" }], {
      ...document,
      a: { ...document.a, b: [2, 3, 1] }
    }],
    ["copy", [{ op: "copy", from: "/l/0", path: "/l/-" }, { op: "replace", path: "/l/1/k", value: 2 }], {
      ...document,
      l: [{ k: 1 }, { k: 2 }]
    }],
    ["copy of an absent key sets null", [{ op: "copy", from: "/nope", path: "/z" }], { ...document, z: null }],
    ["what precedes the first slash is not read", [{ op: "add", path: "x/z", value: 1 }], { ...document, z: 1 }]
  ]
  for (const [name, operations, expected] of table) {
    it(`${name} (S33)`, () => {
      const before = JSON.stringify(document)
      assert.deepStrictEqual(applied(document, operations), expected)
      assert.strictEqual(JSON.stringify(document), before)
    })
  }

  it("no operations at all may be written as null (S33)", () => {
    assert.deepStrictEqual(applied(document, null), document)
  })

  const failures: ReadonlyArray<readonly [Patch.PatchFailureReason, unknown, string]> = [
    ["Malformed", {}, "patch: expected a list of operations"],
    ["Malformed", ["x"], "operation 0: expected an object"],
    ["Malformed", [{ op: 1, path: "/s" }], "operation 0: op: expected a string"],
    ["Malformed", [{ op: "test", path: "/nope" }, { op: "add", path: 3 }], "operation 1: path: expected a string"],
    ["Malformed", [{ op: "move", from: [], path: "/s" }], "operation 0: from: expected a string"],
    [
      "TooManyOperations",
      Array(10_001).fill({ op: "test", path: "/nope" }),
      "patch: expected at most 10000 operations, found 10001"
    ],
    ["InvalidOperation", [{ op: "merge", path: "/s" }], "operation 0 (merge ): op: expected add, remove"],
    ["InvalidOperation", [null], "operation 0: op: expected add, remove"],
    ["InvalidOperation", [{ op: "add", value: 1 }], "operation 0 (add ): path: expected a JSON pointer"],
    ["InvalidOperation", [{ op: "copy", path: "/s" }], "operation 0 (copy ): from: expected a JSON pointer"],
    ["InvalidOperation", [{ op: "replace", path: "", value: 1 }], "operation 0 (replace ): the whole document"],
    ["TestFailed", [{ op: "test", path: "/s", value: "secret" }], "operation 0 (test /s): another value is there"],
    ["TestFailed", [{ op: "test", path: "/a/b", value: [1, 3, 2] }], "operation 0 (test /a/b)"],
    ["TestFailed", [{ op: "test", path: "/s", value: null }], "operation 0 (test /s)"],
    [
      "TestFailed",
      [{ op: "add", path: "/s", value: 1 }, { op: "test", path: "/s", value: "text" }],
      "operation 1 (test /s)"
    ],
    ["MissingPath", [{ op: "remove", path: "/nope" }], "operation 0 (remove /nope): there is nothing to remove"],
    ["MissingPath", [{ op: "add", path: "/nope/x", value: 1 }], "operation 0 (add /nope/x): \"nope\" is neither"],
    ["MissingPath", [{ op: "add", path: "/s/x", value: 1 }], "\"s\" is neither an object nor an array"],
    ["MissingPath", [{ op: "add", path: "/a/b/9/x", value: 1 }], "\"9\" is neither"],
    ["MissingPath", [{ op: "replace", path: "/nope/x", value: 1 }], "(replace /nope/x)"],
    ["MissingPath", [{ op: "test", path: "/a/n/x", value: null }], "(test /a/n/x)"],
    ["MissingPath", [{ op: "move", from: "/nope", path: "/s" }], "(move /nope)"],
    ["MissingPath", [{ op: "move", from: "/a", path: "/a/x" }], "(move /a/x)"],
    ["MissingPath", [{ op: "add", path: "", value: {} }], "the path leads to nothing"],
    ["MissingPath", [{ op: "remove", path: "" }], "the path leads to nothing"],
    ["MissingPath", [{ op: "add", path: "s", value: 1 }], "the path leads to nothing"],
    ["InvalidIndex", [{ op: "add", path: "/a/b/4", value: 1 }], "\"4\" is not an index of an array of 4"],
    ["InvalidIndex", [{ op: "add", path: "/a/b/-5", value: 1 }], "\"-5\" is not an index"],
    ["InvalidIndex", [{ op: "add", path: "/a/b/x", value: 1 }], "\"x\" is not an index"],
    ["InvalidIndex", [{ op: "remove", path: "/a/b/3" }], "\"3\" is not an index of an array of 3"],
    ["InvalidIndex", [{ op: "remove", path: "/a/b/-" }], "\"-\" is not an index"],
    ["InvalidIndex", [{ op: "replace", path: "/a/b/3", value: 1 }], "\"3\" is not an index"],
    ["InvalidIndex", [{ op: "test", path: "/a/b/3", value: null }], "\"3\" is not an index"],
    ["InvalidIndex", [{ op: "test", path: "/a/b/", value: null }], "\"\" is not an index"]
  ]
  for (const [reason, operations, message] of failures) {
    it(`${reason}: ${message} (S33)`, () => {
      const failure = Effect.runSync(Effect.flip(Patch.applyJson(document, operations)))
      assert.strictEqual(failure.reason, reason)
      assert.include(failure.message, message)
      assert.notInclude(JSON.stringify(failure), "secret")
    })
  }

  it("copies that double are stopped (S33)", () => {
    const doubling = Array.from({ length: 40 }, () => ({ op: "copy", from: "/l", path: "/l/-" }))
    const failure = Effect.runSync(Effect.flip(Patch.applyJson({ l: ["x".repeat(1000)] }, doubling)))
    assert.strictEqual(failure.reason, "CopiesTooLarge")
  })

  it("what is nested too deep is refused, not a crash (S33)", () => {
    const deep = json("[".repeat(100_000) + "]".repeat(100_000))
    for (
      const result of [
        Patch.applyJson({}, [{ op: "add", path: "/a", value: deep }]),
        Patch.applyMerge({}, { a: deep }),
        Patch.applyJson(deep, [])
      ]
    ) {
      assert.strictEqual(Effect.runSync(Effect.flip(result)).reason, "Malformed")
    }
  })

  it("keys with JavaScript's own names are keys like any other (S33)", () => {
    const patched = applied(json("{\"__proto__\": {\"a\": 1}, \"x\": {}}"), [
      { op: "add", path: "/__proto__/b", value: 2 },
      { op: "add", path: "/constructor", value: 3 },
      { op: "copy", from: "/__proto__", path: "/x/__proto__" },
      { op: "test", path: "/x/toString", value: null },
      { op: "test", path: "/hasOwnProperty", value: null }
    ])
    assert.strictEqual(
      JSON.stringify(patched),
      "{\"__proto__\":{\"a\":1,\"b\":2},\"x\":{\"__proto__\":{\"a\":1,\"b\":2}},\"constructor\":3}"
    )
    assert.strictEqual(Object.getPrototypeOf(patched), Object.prototype)
    assert.isTrue(Effect.runSync(Effect.isFailure(Patch.applyJson({}, [{ op: "remove", path: "/toString" }]))))
    assert.isTrue(
      Effect.runSync(Effect.isFailure(Patch.applyJson({}, [{ op: "add", path: "/__proto__/polluted", value: 1 }])))
    )
    assert.isTrue(
      Effect.runSync(
        Effect.isFailure(Patch.applyJson({}, [{ op: "add", path: "/constructor/prototype/polluted", value: 1 }]))
      )
    )
    assert.isFalse("polluted" in {})
  })
})

describe("merge patch: what the server makes of it", () => {
  const table: ReadonlyArray<readonly [string, string, string]> = [
    ["{\"a\":1}", "{}", "{\"a\":1}"],
    ["{\"a\":1}", "{\"a\":2,\"b\":3}", "{\"a\":2,\"b\":3}"],
    ["{\"a\":1,\"b\":2}", "{\"a\":null,\"z\":null}", "{\"b\":2}"],
    ["{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":null}}", "{\"a\":{\"c\":2}}"],
    ["{\"a\":[1,2]}", "{\"a\":[3]}", "{\"a\":[3]}"],
    ["{\"a\":1}", "{\"a\":{\"b\":{\"c\":null,\"d\":1}}}", "{\"a\":{\"b\":{\"d\":1}}}"],
    ["{}", "{\"a\":{\"b\":{\"c\":null,\"d\":1}}}", "{\"a\":{\"b\":{\"d\":1}}}"],
    ["{\"a\":null}", "{\"a\":{\"b\":null}}", "{\"a\":{}}"],
    ["{\"a\":null}", "{}", "{\"a\":null}"],
    ["{}", "{\"a\":[null,{\"b\":null,\"c\":1}]}", "{\"a\":[null,{\"c\":1}]}"],
    ["{\"a\":[1]}", "{\"a\":[{\"b\":null}]}", "{\"a\":[{}]}"],
    ["{\"a\":{}}", "{\"a\":[{\"b\":null}]}", "{\"a\":[{\"b\":null}]}"],
    ["{\"a\":{\"b\":1}}", "{\"a\":\"x\"}", "{\"a\":\"x\"}"],
    [
      "{\"__proto__\":{\"a\":1}}",
      "{\"__proto__\":{\"b\":2},\"constructor\":{\"prototype\":1}}",
      "{\"__proto__\":{\"a\":1,\"b\":2},\"constructor\":{\"prototype\":1}}"
    ]
  ]
  for (const [document, body, expected] of table) {
    it(`${document} and ${body} make ${expected} (S34)`, () => {
      const before = json(document)
      const result = merged(before, json(body))
      assert.strictEqual(JSON.stringify(result), expected)
      assert.strictEqual(JSON.stringify(before), document)
      assert.strictEqual(Object.getPrototypeOf(result), Object.prototype)
    })
  }

  for (const body of [null, 1, "x", [1]]) {
    it(`${JSON.stringify(body)} is not a merge patch (S34)`, () => {
      assert.strictEqual(Effect.runSync(Effect.flip(Patch.applyMerge({ a: 1 }, body))).reason, "Malformed")
    })
  }
})

describe("patches as values", () => {
  it("each kind has its content type and its body (S33, S34, S35)", () => {
    const patches = [
      Patch.json([{ op: "remove", path: "/a" }]),
      Patch.merge({ a: null }),
      Patch.strategic({ a: [{ $patch: "delete", name: "x" }] }),
      Patch.apply({ metadata: { name: "a" }, b: 1 })
    ]
    assert.deepStrictEqual(patches.map(Patch.contentType), [
      "application/json-patch+json",
      "application/merge-patch+json",
      "application/strategic-merge-patch+json",
      "application/apply-patch+yaml"
    ])
    assert.deepStrictEqual(patches.map(Patch.encode), [
      "[{\"op\":\"remove\",\"path\":\"/a\"}]",
      "{\"a\":null}",
      "{\"a\":[{\"$patch\":\"delete\",\"name\":\"x\"}]}",
      "{\"metadata\":{\"name\":\"a\"},\"b\":1}"
    ])
  })

  it("what the server escapes is escaped, so that a test of it holds (S33)", () => {
    const text = Patch.encode(Patch.json([{ op: "test", path: "/a", value: "<b> & \u2028\u2029é\"" }]))
    assert.strictEqual(
      text,
      "[{\"op\":\"test\",\"path\":\"/a\",\"value\":\"\\u003cb\\u003e \\u0026 \\u2028\\u2029é\\\"\"}]"
    )
    assert.deepStrictEqual(json(text), [{ op: "test", path: "/a", value: "<b> & \u2028\u2029é\"" }])
  })

  it("pointers escape what they must, and are read back", () => {
    assert.strictEqual(Patch.pointer(), "")
    assert.strictEqual(Patch.pointer("metadata", "labels", "a/b~c", 0, ""), "/metadata/labels/a~1b~0c/0/")
    assert.deepStrictEqual(Patch.segments("/a~01/~10"), ["a~1", "/0"])
  })

  it.prop("a pointer leads back to its names", [fc.array(fc.string())], ([names]) => {
    assert.deepStrictEqual(Patch.segments(Patch.pointer(...names)), names)
  })
})

/** Objects as JSON has them, without nulls where a merge patch could not keep them. */
const key = fc.constantFrom("a", "b", "c/d", "e~f", "__proto__", "constructor", "0", "-", "", "length")
const scalar = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom("", "x", "y"), fc.boolean())
const { withNulls, withoutNulls } = fc.letrec<
  { withNulls: unknown; withoutNulls: unknown; nullable: unknown; plain: unknown }
>((tie) => {
  const object = (value: fc.Arbitrary<unknown>) =>
    fc.array(fc.tuple(key, value), { maxLength: 5 }).map((entries) =>
      json(`{${[...new Map(entries)].map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join()}}`)
    )
  const tree = (leaf: fc.Arbitrary<unknown>, self: fc.Arbitrary<unknown>) =>
    fc.oneof({ depthSize: "small", withCrossShrink: true }, leaf, object(self), fc.array(self, { maxLength: 4 }))
  return {
    nullable: tree(fc.oneof(scalar, fc.constant(null)), tie("nullable")),
    plain: tree(scalar, tie("plain")),
    withNulls: object(tie("nullable")),
    withoutNulls: object(tie("plain"))
  }
})

describe("patches from two states", () => {
  it.prop(
    "a merge patch made from two states turns one into the other (S34)",
    [withNulls, withoutNulls],
    ([before, after]) => {
      const text = JSON.stringify([before, after])
      assert.deepStrictEqual(merged(before, Patch.diff(before, after).body), after)
      assert.strictEqual(JSON.stringify([before, after]), text)
    }
  )

  it.prop(
    "a JSON patch made from two states turns one into the other (S33)",
    [withNulls, withNulls],
    ([before, after]) => {
      const text = JSON.stringify([before, after])
      assert.deepStrictEqual(applied(before, Patch.diffJson(before, after).body), after)
      assert.strictEqual(JSON.stringify([before, after]), text)
    }
  )

  it.prop("elements that come and go are followed (S33)", [
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 8 }),
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 8 })
  ], ([before, after]) => {
    const patch = Patch.diffJson({ list: before }, { list: after })
    assert.deepStrictEqual(applied({ list: before }, patch.body), { list: after })
    assert.isAtMost(patch.body.length, Math.max(before.length, after.length))
  })

  it.prop("of equal states the patch is empty", [withNulls], ([state]) => {
    const copy = structuredClone(state)
    assert.isTrue(Patch.isEmpty(Patch.diffJson(state, copy)))
    assert.isTrue(
      Patch.isEmpty(
        Patch.diff(
          json(JSON.stringify(state).replaceAll("null", "1")),
          json(JSON.stringify(state).replaceAll("null", "1"))
        )
      )
    )
  })

  it("only what changed is in the patch", () => {
    const before = { metadata: { labels: { a: "1", b: "2" } }, spec: { list: [1, 2, 3], same: { deep: [{}] } } }
    const after = {
      metadata: { labels: { a: "1", c: undefined, d: "4" } },
      spec: { list: [1, 3], same: { deep: [{}] } }
    }
    assert.deepStrictEqual(Patch.diff<unknown>(before, after).body, {
      metadata: { labels: { b: null, d: "4" } },
      spec: { list: [1, 3] }
    })
    assert.deepStrictEqual(Patch.diffJson<unknown>(before, after).body, [
      { op: "remove", path: "/metadata/labels/b" },
      { op: "add", path: "/metadata/labels/d", value: "4" },
      { op: "remove", path: "/spec/list/1" }
    ])
  })

  it("a guard is the resourceVersion in a merge patch, and a first test in a JSON patch (S7)", () => {
    const [before, after] = [{ metadata: { resourceVersion: "7", labels: {} }, a: 1 }, {
      metadata: { resourceVersion: "7", labels: { x: "y" } },
      a: 1
    }]
    const options = { resourceVersion: before.metadata.resourceVersion }
    assert.deepStrictEqual(Patch.diff<unknown>(before, after, options).body, {
      metadata: { labels: { x: "y" }, resourceVersion: "7" }
    })
    assert.deepStrictEqual(Patch.diff(before, before, options).body, { metadata: { resourceVersion: "7" } })
    assert.deepStrictEqual(Patch.diffJson<unknown>(before, after, options).body, [
      { op: "test", path: "/metadata/resourceVersion", value: "7" },
      { op: "add", path: "/metadata/labels/x", value: "y" }
    ])
  })
})
