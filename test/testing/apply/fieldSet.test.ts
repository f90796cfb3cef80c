/** Sets of fields: the laws of sets, their JSON, and the order in which they are written. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import {
  compareElements,
  FieldSet,
  keyElement,
  pathText,
  valueElement
} from "../../../src/testing/internal/apiserver/apply/fieldSet.js"
import { decodeFieldsV1, encodeFieldsV1 } from "../../../src/testing/internal/apiserver/apply/fieldsV1.js"

const element = FastCheck.oneof(
  FastCheck.constantFrom("f:a", "f:b", "f:c"),
  FastCheck.constantFrom("x", "y<z>").map(valueElement),
  FastCheck.integer({ min: 1, max: 3 }).map((port) => keyElement([["name", "n"], ["port", port]]))
)
const paths = FastCheck.array(FastCheck.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 8 })
const sets = paths.map((all) => FieldSet.of(...all))

const textsOf = (set: FieldSet): ReadonlyArray<string> => [...set.paths()].map((path) => path.join("/"))

describe("sets of fields", () => {
  it.prop("union, intersection and difference are those of their members", [sets, sets], ([a, b]) => {
    const [left, right] = [new Set(textsOf(a)), new Set(textsOf(b))]
    const sorted = (texts: Iterable<string>): ReadonlyArray<string> => [...texts].sort()
    assert.deepStrictEqual(sorted(textsOf(a.union(b))), sorted(new Set([...left, ...right])))
    assert.deepStrictEqual(sorted(textsOf(a.intersection(b))), sorted([...left].filter((each) => right.has(each))))
    assert.deepStrictEqual(sorted(textsOf(a.difference(b))), sorted([...left].filter((each) => !right.has(each))))
    assert.deepStrictEqual(
      sorted(textsOf(a.without(b))),
      sorted([...left].filter((each) => ![...right].some((other) => each === other || each.startsWith(`${other}/`))))
    )
    assert.isTrue(a.difference(b).union(a.intersection(b)).equals(a))
  })

  it.prop("a set is the same after it was written and read", [sets], ([set]) => {
    const json: unknown = JSON.parse(JSON.stringify(encodeFieldsV1(set)))
    assert.isTrue(decodeFieldsV1(json).equals(set))
  })

  it("a node that is a member and has members below holds a dot", () => {
    const set = FieldSet.of(["f:data"], ["f:data", "f:k"], ["f:spec", "f:x"])
    assert.deepStrictEqual(encodeFieldsV1(set), { "f:data": { ".": {}, "f:k": {} }, "f:spec": { "f:x": {} } })
  })

  it("elements of unknown kinds are left out; what is no element is refused", () => {
    assert.deepStrictEqual(textsOf(decodeFieldsV1({ "z:new": {}, "f:a": {} })), ["f:a"])
    for (const wrong of [{ a: {} }, { "k:{bad": {} }, { "v:": {} }, { "i:x": {} }, { "f:a": 1 }, 5, []]) {
      assert.throws(() => decodeFieldsV1(wrong))
    }
  })

  it("elements are written fields first, then by keys, then by values, each by what it holds", () => {
    const inOrder = [
      "f:a",
      "f:b",
      keyElement([["containerPort", 9]]),
      keyElement([["containerPort", 80], ["protocol", "TCP"]]),
      keyElement([["containerPort", 80], ["protocol", "UDP"]]),
      keyElement([["name", "a"]]),
      valueElement(2),
      valueElement(10),
      valueElement("a"),
      valueElement(true),
      "i:2",
      "i:10"
    ]
    assert.deepStrictEqual([...inOrder].reverse().sort(compareElements), inOrder)
  })

  it("a path is written as messages have it", () => {
    assert.strictEqual(
      pathText([
        "f:spec",
        "f:ports",
        keyElement([["port", 80], ["protocol", "TCP"]]),
        "f:x.y/z",
        valueElement("v"),
        "i:1"
      ]),
      ".spec.ports[port=80,protocol=\"TCP\"].x.y/z[=\"v\"][1]"
    )
  })
})
