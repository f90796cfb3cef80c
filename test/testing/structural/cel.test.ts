/** Expressions of CEL by themselves: what they are worth, what is wrong with them, and that none takes for ever. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as types from "../../../src/testing/internal/structural/cel/celType.js"
import { compile, compileRule } from "../../../src/testing/internal/structural/cel/compile.js"
import { declaredType } from "../../../src/testing/internal/structural/cel/declaredType.js"
import { escape, unescape } from "../../../src/testing/internal/structural/cel/escape.js"
import { evaluate } from "../../../src/testing/internal/structural/cel/evaluate.js"
import { normalizedPath } from "../../../src/testing/internal/structural/cel/fieldPath.js"
import { fromJson } from "../../../src/testing/internal/structural/cel/objectValues.js"
import { validateRules } from "../../../src/testing/internal/structural/cel/validateRules.js"
import { EvaluationError } from "../../../src/testing/internal/structural/cel/values.js"
import type { JSONSchemaProps } from "../../../src/testing/internal/structural/schema.js"

const outcome = (source: string, self: unknown = 1, limit?: number) => {
  const checked = compile(source, new Map([["self", types.dyn]]))
  if (typeof checked === "string") return checked
  const schema: JSONSchemaProps = typeof self === "number"
    ? { type: "integer" }
    : { type: "object", additionalProperties: { type: "array", items: { type: "integer" } } }
  const read = fromJson(self, schema, false)
  return evaluate(checked, { self: () => read }, limit)
}

const value = (source: string, self?: unknown) => {
  const found = outcome(source, self)
  return typeof found === "string" ? found : found._tag === "Value" ? found.value : found
}

const failure = (source: string) => {
  const found = outcome(source)
  return typeof found !== "string" && found._tag === "Failed" ? found.message : found
}

describe("operators that can do without one of their operands", () => {
  it.each([
    ["true || 1 / 0 == 1", true],
    ["1 / 0 == 1 || true", true],
    ["false && 1 / 0 == 1", false],
    ["1 / 0 == 1 && false", false],
    ["true ? 1 : 1 / 0", 1n],
    ["[1, 0].exists(x, 1 / x == 1)", true],
    ["[0, 1].exists(x, 1 / x == 1)", true],
    ["[0, 2].all(x, 1 / x == 1)", false]
  ])("%s", (source, expected) => assert.deepStrictEqual(value(source), expected))

  it.each([
    ["false || 1 / 0 == 1", "division by zero"],
    ["1 / 0 == 1 && true", "division by zero"],
    ["[0, 1].all(x, 1 / x == 1)", "division by zero"]
  ])("%s fails", (source, message) => assert.strictEqual(failure(source), message))
})

describe("integers have 64 bits", () => {
  it.each([
    ["9223372036854775807 + 0", 9223372036854775807n],
    ["-9223372036854775808", -9223372036854775808n],
    ["-7 / 2", -3n],
    ["-7 % 2", -1n]
  ])("%s", (source, expected) => assert.deepStrictEqual(value(source), expected))

  it.each([
    "9223372036854775807 + 1",
    "-9223372036854775808 - 1",
    "4611686018427387904 * 2",
    "-(-9223372036854775808)",
    "-9223372036854775808 / -1",
    "-9223372036854775808 % -1"
  ])("%s overflows", (source) => assert.strictEqual(failure(source), "integer overflow"))
})

describe("names of fields", () => {
  it.each([
    ["plain", "plain"],
    ["a.b", "a__dot__b"],
    ["a-b/c", "a__dash__b__slash__c"],
    ["a__b", "a__underscores__b"],
    ["namespace", "__namespace__"],
    ["int", "int"],
    ["self", "self"]
  ])("%s is %s", (name, escaped) => {
    assert.strictEqual(escape(name), escaped)
    assert.strictEqual(unescape(escaped), name)
  })

  it("what no identifier can hold cannot be reached", () => {
    for (const name of ["", "1a", "a b", "ä", "a$b"]) assert.isUndefined(escape(name))
  })

  it("an escaped name is the same again when it is read", () => {
    FastCheck.assert(FastCheck.property(FastCheck.stringMatching(/^[A-Za-z_./-][A-Za-z0-9_./-]*$/), (name) => {
      const escaped = escape(name)
      // Three underscores in a row are read otherwise by the server, too.
      return escaped === undefined || name.includes("_") || unescape(escaped) === name
    }))
  })
})

describe("paths of rules", () => {
  const schema: JSONSchemaProps = {
    type: "object",
    properties: {
      spec: { type: "object", properties: { "a.b": { type: "string" }, "it's": { type: "string" } } },
      map: { type: "object", additionalProperties: { type: "string" } }
    }
  }
  it.each([
    [".spec", "spec"],
    [".spec['a.b']", "spec.a.b"],
    ["['spec']['it\\'s']", "spec.it's"],
    [".map.key", "map[key]"],
    [".map['a.b']", "map[a.b]"]
  ])("%s leads to %s", (path, found) => assert.strictEqual(normalizedPath(path, schema), found))

  it.each(["spec", ".other", ".spec.", ".spec..a", ".map[key]", ".map['key'", ".map.a.b", ".spec['\\x']", "."])(
    "%s leads nowhere",
    (path) => assert.isUndefined(normalizedPath(path, schema))
  )
})

describe("no expression takes for ever", () => {
  const numbers = (length: number) => ({ list: Array.from({ length }, (_, index) => index) })

  it("nested loops end at the limit", () => {
    assert.deepStrictEqual(
      outcome("self.list.all(a, self.list.all(b, self.list.all(c, a + b + c >= 0)))", numbers(1000)),
      { _tag: "TooExpensive" }
    )
  })

  it("lists that are put together in a loop are not copied", () => {
    assert.strictEqual(
      value("self.list.map(x, (self.list + [x]) + [x]).map(y, y.size())[9999]", numbers(10_000)),
      10_002n
    )
    assert.deepStrictEqual(
      value("[[1, 2] + [3], [1, 2] + [4, 5]].map(x, x + x).map(x, x[x.size() - 1])[1]"),
      5n
    )
  })

  it("a text that doubles is paid for, or too long", () => {
    const doubled = Array.from({ length: 40 }).reduce<string>((text) => `(${text}).replace('a', 'aa')`, "'a'")
    const found = outcome(`${doubled}.size() > 0`)
    assert.isTrue(typeof found !== "string" && found._tag !== "Value")
  })

  it("collecting a long list takes steps in its length", () => {
    assert.strictEqual(value("self.list.map(x, x + 1).size()", numbers(20_000)), 20_000n)
    assert.strictEqual(value("self.list.transformMap(i, x, x).size()", numbers(20_000)), 20_000n)
  })

  it("deep and endless sources are refused", () => {
    for (
      const source of [
        "(".repeat(5000),
        `${"(".repeat(5000)}1${")".repeat(5000)}`,
        "!".repeat(100_000),
        `${"!".repeat(100_000)}true`,
        `${"1 + ".repeat(5000)}1`,
        "[".repeat(3000),
        `1${".x".repeat(5000)}`,
        "'".repeat(10_001)
      ]
    ) assert.isString(outcome(source), source.slice(0, 20))
  })
})

describe("hostile input", () => {
  it("names that JavaScript gives a meaning have none", () => {
    assert.deepStrictEqual(
      ["constructor", "toString", "hasOwnProperty", "valueOf"].map((name) => value(`${name} == 1`)),
      ["constructor", "toString", "hasOwnProperty", "valueOf"].map((name) =>
        `ERROR: <input>:1:1: undeclared reference to '${name}' (in container '')\n | ${name} == 1\n | ^`
      )
    )
    assert.isString(outcome("__proto__ == 1"))
    assert.isString(outcome("toString()"))
    const schema: JSONSchemaProps = { type: "object", additionalProperties: { type: "string" } }
    const object: unknown = JSON.parse("{\"__proto__\": \"x\", \"constructor\": \"y\"}")
    const rules = (rule: string) =>
      validateRules({ ...schema, "x-kubernetes-validations": [{ rule }] }, object, undefined, "m", false)
    assert.deepStrictEqual(rules("self['__proto__'] == 'x' && self.constructor == 'y' && self.size() == 2").causes, [])
    assert.deepStrictEqual(rules("'toString' in self || has(self.valueOf)").causes.length, 1)
  })

  it("failures count, and are no errors that look for their stack", () => {
    const self = { a: Array.from({ length: 1000 }, (_, index) => index) }
    const found = outcome("self.a.all(x, self.a.all(y, 1 / 0 > 1)) || true", self, 1_000_000)
    assert.deepStrictEqual(found, { _tag: "TooExpensive" })
    assert.isFalse(new EvaluationError("division by zero") instanceof Error)
  })

  it("whatever the source is, it is compiled or refused", () => {
    const words = [
      "self",
      "oldSelf",
      "1",
      "1.5",
      "'a'",
      "true",
      "null",
      "[",
      "]",
      "(",
      ")",
      "{",
      "}",
      ".",
      ",",
      ":",
      "?",
      "==",
      "+",
      "&&",
      "||",
      "!",
      "-",
      "in",
      "has",
      "all",
      "map",
      "x",
      "size",
      "b'a'",
      "r'\\\\'",
      "\\",
      "\u{1F389}",
      "\n",
      "//"
    ]
    const schema: JSONSchemaProps = { type: "object", properties: { a: { type: "string" }, x: { type: "integer" } } }
    const self = declaredType(schema, false, "selfType")!
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.constantFrom(...words), { maxLength: 20 }), (parts) => {
        const { problem, program } = compileRule({ rule: `self.x == 1 || ${parts.join(" ")}` }, self)
        return (problem === undefined) !== (program === undefined)
      })
    )
  })
})

describe("changes", () => {
  const schema: JSONSchemaProps = {
    type: "object",
    properties: {
      list: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        items: {
          type: "object",
          properties: { name: { type: "string" }, size: { type: "integer" } },
          "x-kubernetes-validations": [{ rule: "self.size < 5" }, { rule: "self.size >= oldSelf.size" }]
        }
      }
    }
  }
  const found = (value: unknown, old: unknown) => {
    const { causes, forgiven } = validateRules(schema, value, { value: old, ratchets: true }, "", true)
    return { causes: causes.map(({ field }) => field), forgiven: forgiven.map(({ field }) => field) }
  }

  it("an item is compared with the one of its keys, and forgiven what it was", () => {
    const old = { list: [{ name: "a", size: 7 }, { name: "b", size: 3 }] }
    assert.deepStrictEqual(found({ list: [{ name: "b", size: 2 }, { name: "a", size: 7 }] }, old), {
      causes: ["list[0]"],
      forgiven: ["list[1]"]
    })
    assert.deepStrictEqual(found({ list: [{ name: "c", size: 6 }] }, old), { causes: ["list[0]"], forgiven: [] })
  })
})
