import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import { type Codec, CodecId } from "../../src/protocol/internal/codec.js"
import { formatIssue } from "../../src/protocol/KubeError.js"
import * as Resource from "../../src/protocol/Resource.js"
import { metadata } from "./served.js"

const Texts = Schema.Record({ key: Schema.String, value: Schema.String })
const Points = Schema.Record({ key: Schema.String, value: Schema.Struct({ x: Schema.Number }) })
const Dates = Schema.Record({ key: Schema.String, value: Schema.Date })

interface Tree {
  readonly at: Date
  readonly children: { readonly [name: string]: Tree }
}
interface EncodedTree {
  readonly at: string
  readonly children: { readonly [name: string]: EncodedTree }
}
const Tree = Schema.Struct({
  at: Schema.Date,
  children: Schema.Record({
    key: Schema.String,
    value: Schema.suspend((): Schema.Schema<Tree, EncodedTree> => Tree)
  })
})

class Point extends Schema.Class<Point>("Point")({ x: Schema.NumberFromString }) {}

const spec = {
  at: Schema.optional(Schema.Date),
  texts: Schema.optional(Texts),
  points: Schema.optional(Points),
  dates: Schema.optional(Dates),
  keyed: Schema.optional(Schema.Record({ key: Schema.String.pipe(Schema.maxLength(9)), value: Schema.Date })),
  short: Schema.optional(Schema.Record({ key: Schema.String.pipe(Schema.maxLength(3)), value: Schema.Date })),
  listed: Schema.optional(Schema.Array(Schema.Union(Schema.Date, Schema.Struct({ texts: Texts })))),
  tagged: Schema.optional(Schema.Union(
    Schema.Struct({ type: Schema.Literal("a"), dates: Dates }),
    Schema.Struct({ type: Schema.Literal("b"), texts: Texts })
  )),
  entries: Schema.optional(Schema.transform(Texts, Schema.Array(Schema.Tuple(Schema.String, Schema.String)), {
    strict: true,
    decode: (record) => Object.entries(record),
    encode: (entries) => Object.fromEntries(entries)
  })),
  defaulted: Schema.optionalWith(Texts, { default: () => ({}) }),
  refined: Schema.optional(Dates.pipe(Schema.filter((dates) => Object.keys(dates).length < 3))),
  tree: Schema.optional(Tree),
  point: Schema.optional(Point)
}

const day = "2026-01-02T03:04:05.000Z"

class Changed extends Resource.Custom<Changed>()("x.dev/v1", "Changed", {
  scope: "Namespaced",
  spec: Schema.Struct(spec)
}) {}
class Whole extends Resource.Custom<Whole>()("x.dev/v1", "Whole", { scope: "Namespaced", spec: Dates }) {}
class Plain extends Resource.Custom<Plain>()("x.dev/v1", "Plain", {
  scope: "Namespaced",
  spec: Schema.Struct({ texts: Texts, points: Points })
}) {}
class Custom extends Resource.Custom<Custom>()("x.dev/v1", "Changed", {
  scope: "Namespaced",
  spec: Schema.Struct({ texts: Texts, points: Points, dates: Dates })
}) {}
const Dynamic = Resource.dynamic({ apiVersion: "x.dev/v1", kind: "Changed", scope: "Namespaced" })

interface Node {
  readonly [key: string]: Node
}

const codec = (resource: unknown) => (resource as { readonly [CodecId]: Codec<unknown> })[CodecId]
const right = (result: Either.Either<unknown, ReadonlyArray<Parameters<typeof formatIssue>[0]>>): Node =>
  Either.match(result, {
    onLeft: (issues) => assert.fail(issues.map(formatIssue).join("; ")),
    onRight: (object) => object as Node
  })
const problems = (result: Either.Either<unknown, ReadonlyArray<Parameters<typeof formatIssue>[0]>>) =>
  Either.match(result, { onLeft: (issues) => issues.map(formatIssue), onRight: () => [] })

/** An object as it is parsed from text, where `__proto__` is a key like any other. */
const wire = (kind: string, text: string): unknown =>
  JSON.parse(`{"apiVersion":"x.dev/v1","kind":"${kind}","metadata":${JSON.stringify(metadata)},"spec":${text}}`)
const json = (value: unknown): unknown => {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === "object" && value !== null && !(value instanceof Date)
      ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted((value as Node)[key])]))
      : value
  return JSON.stringify(sorted(value))
}
const allPlain = (value: unknown): void => {
  if (typeof value !== "object" || value === null) return
  const prototype: unknown = Object.getPrototypeOf(value)
  assert.isTrue([Object.prototype, Array.prototype, Date.prototype, Point.prototype].some((one) => one === prototype))
  for (const key of Object.keys(value)) allPlain(Object.getOwnPropertyDescriptor(value, key)?.value)
}

const cases: ReadonlyArray<readonly [what: string, text: string]> = [
  ["a record of texts", `{"texts":{"__proto__":"v","b":"1"}}`],
  ["a record of objects", `{"points":{"__proto__":{"x":1},"b":{"x":2}}}`],
  ["a record of dates", `{"dates":{"__proto__":"${day}","b":"${day}"}}`],
  ["a record whose keys are restricted", `{"keyed":{"__proto__":"${day}"}}`],
  ["a key that a record's restriction leaves out", `{"short":{"__proto__":{"x":1},"abc":"${day}"}}`],
  ["an unknown field of the spec", `{"__proto__":{"at":7},"at":"${day}"}`],
  ["an unknown field of an object in it", `{"points":{"a":{"x":1,"__proto__":{"y":1}}}}`],
  ["what is inside an unknown field", `{"other":{"__proto__":{"__proto__":1}}}`],
  ["a value under that key which has that key", `{"points":{"__proto__":{"x":1,"__proto__":{"x":2}}}}`],
  ["a member of a union in a list", `{"listed":["${day}",{"texts":{"__proto__":"v"}}]}`],
  ["a tagged union", `{"tagged":{"type":"a","dates":{"__proto__":"${day}"},"__proto__":null}}`],
  ["the input of a function of the user", `{"entries":{"__proto__":"v","b":"1"}}`],
  ["a field with a default", `{"defaulted":{"__proto__":"v"},"__proto__":[1]}`],
  ["a refined record", `{"refined":{"__proto__":"${day}"}}`],
  [
    "a recursive schema",
    `{"tree":{"at":"${day}","children":{"__proto__":{"at":"${day}","children":{"__proto__":{"at":"${day}","children":{}}}}}}}`
  ],
  ["a class", `{"point":{"x":"1","__proto__":{"x":"2"}}}`]
]

describe("a key named __proto__ under a schema that transforms", () => {
  it.each(cases)("%s: is kept, read and written, and is nobody's prototype", (_what, text) => {
    const decoded = right(codec(Changed).decode(wire("Changed", text), "served"))
    allPlain(decoded)
    const encoded = right(codec(Changed).encode(decoded))
    allPlain(encoded)
    const expected = JSON.parse(text) as { defaulted?: unknown }
    expected.defaulted ??= {}
    assert.strictEqual(json(encoded["spec"]), json(expected))
  })

  it("its value is read as any other value of the record", () => {
    const decoded = right(codec(Whole).decode(wire("Whole", `{"__proto__":"${day}"}`), "served"))
    const value: unknown = Object.getOwnPropertyDescriptor(decoded["spec"], "__proto__")?.value
    assert.deepStrictEqual(value, new Date(day))
    assert.strictEqual(json(right(codec(Whole).encode(decoded))["spec"]), `{"__proto__":"${day}"}`)
  })

  it("an issue with its value says where, beside the others", () => {
    const text = `{"points":{"__proto__":{"x":"1"},"b":{"x":true}},"texts":{"__proto__":3}}`
    assert.sameMembers(problems(codec(Changed).decode(wire("Changed", text), "served")), [
      `spec.points.__proto__.x: expected a number, found "1"`,
      `spec.points.b.x: expected a number, found true`,
      `spec.texts.__proto__: expected a string, found 3`
    ])
    const draft = { spec: JSON.parse(`{"dates":{"__proto__":1},"defaulted":{}}`) as unknown }
    assert.deepStrictEqual(problems(codec(Changed).encode(draft)), [
      "spec.dates.__proto__: expected a potentially invalid Date instance, found 1"
    ])
  })

  it("a class's object made without the class is refused with that key, because the class would not keep it", () => {
    const draft = { spec: JSON.parse(`{"point":{"x":1,"__proto__":{"x":2}},"defaulted":{}}`) as unknown }
    assert.deepStrictEqual(problems(codec(Changed).encode(draft)), [
      "spec.point: expected an instance of Point, which can hold a key named __proto__, found an object"
    ])
    const without = { spec: { point: { x: 1 }, defaulted: {} } }
    assert.deepStrictEqual(json(right(codec(Changed).encode(without))), `{"spec":{"defaulted":{},"point":{"x":"1"}}}`)
  })

  it("a schema that does not transform answers the same value", () => {
    const value = wire("Plain", `{"texts":{"__proto__":"v"},"points":{"__proto__":{"x":1}}}`)
    assert.strictEqual(right(codec(Plain).decode(value, "served")), value)
    assert.strictEqual(right(codec(Plain).encode(value)), value)
  })
})

describe("a key named __proto__ in a view", () => {
  const body = Schema.Struct({ spec: Schema.Struct({ texts: Texts, points: Points, dates: Dates }) })
  const text =
    `{"texts":{"__proto__":"v"},"points":{"__proto__":{"x":1,"y":2}},"dates":{"__proto__":"${day}"},"__proto__":{"z":1}}`

  it.each([
    ["a dynamic kind", Resource.view(Dynamic, body)],
    ["a custom kind", Resource.view(Custom, body)]
  ])(
    "of %s: records keep it, and what names its fields drops it",
    (_what, view) => {
      const decoded = right(codec(view).decode(wire("Changed", text), "served"))
      allPlain(decoded)
      const expected = `{"dates":{"__proto__":"${day}"},"points":{"__proto__":{"x":1}},"texts":{"__proto__":"v"}}`
      assert.strictEqual(json(decoded["spec"]), expected)
      const encoded = Schema.encodeUnknownSync(view as Schema.Schema<unknown>)(decoded) as Node
      allPlain(encoded)
      assert.strictEqual(json(encoded["spec"]), expected)
    }
  )

  it("of a built-in kind, with annotations and a null beside it", () => {
    const view = Resource.view(
      ConfigMap,
      Schema.Struct({
        metadata: Schema.Struct({ annotations: Schema.optional(Texts) }),
        data: Schema.optional(Texts),
        immutable: Schema.optional(Schema.Boolean)
      })
    )
    const value: unknown = JSON.parse(
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"annotations":{"__proto__":"n"},${
        JSON.stringify(metadata).slice(1)
      },"data":{"__proto__":"v","k":"1"},"immutable":null}`
    )
    const decoded = right(codec(view).decode(value, "served"))
    allPlain(decoded)
    assert.strictEqual(json(decoded["data"]), `{"__proto__":"v","k":"1"}`)
    assert.strictEqual(json(decoded["metadata"]?.["annotations"]), `{"__proto__":"n"}`)
  })

  it("an issue with its value says where", () => {
    const view = Resource.view(Dynamic, Schema.Struct({ spec: Dates }))
    assert.deepStrictEqual(problems(codec(view).decode(wire("Changed", `{"__proto__":[]}`), "served")), [
      "spec.__proto__: expected a string, found an empty list"
    ])
  })

  it("a schema that asks for unknown fields gets this one too", () => {
    const open = Schema.Struct({ at: Schema.Date }).annotations({ parseOptions: { onExcessProperty: "preserve" } })
    const view = Resource.view(Dynamic, Schema.Struct({ spec: open }))
    const decoded = right(codec(view).decode(wire("Changed", `{"at":"${day}","__proto__":{"z":1}}`), "served"))
    allPlain(decoded)
    assert.strictEqual(json(decoded["spec"]), `{"__proto__":{"z":1},"at":"${day}"}`)
  })
})
