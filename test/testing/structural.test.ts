import { assert, describe, it } from "@effect/vitest"
import * as structural from "../../src/testing/internal/structural.js"
import type { Answer, TableAnswers } from "./structural/answers.js"
import { comparable, judgeCreate, judgeMetadata, judgeUpdate } from "./structural/answers.js"
import type { Table } from "./structural/cases.js"
import { tables } from "./structural/cases.js"
import recorded from "./structural/recorded.json" with { type: "json" }

const answers = recorded as unknown as { readonly [table: string]: TableAnswers }

const promises: { readonly [table: string]: string } = {
  types: "types, nulls, unknown fields and int-or-string",
  texts: "lengths, patterns and enumerations",
  numbers: "bounds, multiples and number formats",
  lists: "list sizes, items, and uniqueness in sets and maps",
  required: "required fields",
  junctors: "anyOf, oneOf, allOf and not",
  defaults: "defaults, and what becomes of nulls",
  embedded: "embedded resources",
  formats: "string formats",
  metas: "metadata",
  ratchet: "updates that leave something invalid as it was"
}

const same = (table: Table, what: string, actual: Answer, expected: Answer | undefined): void => {
  assert.isDefined(expected, `no recorded answer for ${table.name} ${what}`)
  assert.deepStrictEqual(comparable(actual, table), expected, `${table.name} ${what.slice(0, 500)}`)
}

describe("structural schemas, compared with the recorded answers of a real server", () => {
  for (const table of tables) {
    it(`${promises[table.name]} are judged as by a kube-apiserver, to the word (S45, S46)`, () => {
      const expected = answers[table.name]
      table.create.forEach((spec, index) =>
        same(table, JSON.stringify(spec), judgeCreate(table, spec), expected?.create[index])
      )
      table.metadata?.forEach((metadata, index) =>
        same(table, JSON.stringify(metadata), judgeMetadata(table, metadata), expected?.metadata[index])
      )
      table.update?.forEach(([before, after], index) =>
        same(table, JSON.stringify([before, after]), judgeUpdate(table, before, after), expected?.update[index])
      )
    })
  }
})

const object = (properties: { readonly [name: string]: structural.JSONSchemaProps }): structural.JSONSchemaProps => ({
  type: "object",
  properties
})

const string: structural.JSONSchemaProps = { type: "string" }

describe("prune", () => {
  it("drops unknown fields and names them, sorted (S39, S45)", () => {
    const { unknownFields, value } = structural.prune(object({ spec: object({ a: string }) }), {
      apiVersion: "v1",
      kind: "Foo",
      metadata: { anything: 1 },
      z: 1,
      spec: { a: "x", c: 1, b: { d: 1 } }
    }, { isResourceRoot: true })
    assert.deepStrictEqual(value, { apiVersion: "v1", kind: "Foo", metadata: { anything: 1 }, spec: { a: "x" } })
    assert.deepStrictEqual(unknownFields, ["spec.b", "spec.c", "z"])
  })

  it("keeps the very object when nothing is unknown, and never writes into it (S45)", () => {
    const clean = { spec: { a: "x" } }
    assert.strictEqual(structural.prune(object({ spec: object({ a: string }) }), clean).value, clean)
    const dirty = Object.freeze({ spec: Object.freeze({ a: "x", b: 1 }) })
    assert.deepStrictEqual(structural.prune(object({ spec: object({ a: string }) }), dirty).value, { spec: { a: "x" } })
    assert.deepStrictEqual(
      structural.applyDefaults(object({ spec: object({ c: { ...string, default: "d" } }) }), dirty),
      {
        spec: { a: "x", b: 1, c: "d" }
      }
    )
  })

  it("drops everything where there is no schema (S45)", () => {
    assert.deepStrictEqual(structural.prune(undefined, { kind: "Foo", spec: {} }, { isResourceRoot: true }), {
      value: { kind: "Foo" },
      unknownFields: ["spec"]
    })
  })
})

describe("hostile input", () => {
  const hostile = JSON.parse(
    "{\"spec\":{\"__proto__\":{\"polluted\":true},\"constructor\":1,\"toString\":\"x\",\"hasOwnProperty\":null}}"
  ) as {
    readonly [field: string]: unknown
  }
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"]

  it("names that objects inherit are names like any other (S45)", () => {
    const pruned = structural.prune(object({ spec: object({}) }), hostile)
    assert.deepStrictEqual(pruned.unknownFields, names.map((name) => `spec.${name}`).sort())
    assert.deepStrictEqual(pruned.value, { spec: {} })
    const map = object({ spec: { type: "object", additionalProperties: { type: "object", nullable: true } } })
    assert.deepStrictEqual(structural.validate(map, hostile).map((cause) => cause.field), [
      "spec.constructor",
      "spec.toString"
    ])
    const kept = structural.prune(map, hostile).value as { readonly spec: object }
    assert.deepStrictEqual(Object.keys(kept.spec), names)
    assert.strictEqual(Object.getPrototypeOf(kept.spec), Object.prototype)
    assert.notProperty({}, "polluted")
  })

  it("a property that is called __proto__ can be declared, defaulted and required (S46)", () => {
    const schema = JSON.parse(
      "{\"type\":\"object\",\"required\":[\"__proto__\",\"constructor\"],\"properties\":{\"__proto__\":{\"type\":\"string\",\"default\":\"x\"},\"constructor\":{\"type\":\"string\"}}}"
    ) as structural.JSONSchemaProps
    const defaulted = structural.applyDefaults(schema, {}) as object
    assert.deepStrictEqual(Object.keys(defaulted), ["__proto__"])
    assert.deepStrictEqual(structural.validate(schema, {}).map((cause) => cause.field), ["__proto__", "constructor"])
    assert.deepStrictEqual(structural.validate(schema, defaulted).map((cause) => cause.field), ["constructor"])
  })

  const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth))

  it("what is nested too deep is refused, not walked (S56)", () => {
    const schema = object({ spec: { "x-kubernetes-preserve-unknown-fields": true, enum: [1] } })
    assert.deepStrictEqual(structural.decodeObject(schema, { kind: "Foo", spec: nested(100_000) }), {
      _tag: "Malformed",
      message: "nested deeper than 1000 levels"
    })
    assert.strictEqual(structural.validate(schema, { spec: nested(100_000) }).length, 1)
    assert.strictEqual(structural.decodeDefinition({ spec: nested(100_000) })._tag, "Malformed")
    assert.strictEqual(structural.decodeObject(schema, { kind: "Foo", spec: nested(900) })._tag, "Decoded")
    assert.match(structural.validate(schema, { spec: nested(900) })[0]!.message, /^Unsupported value: \[\[/)
  })

  it("a schema as deep as it may be is walked by all (S46)", () => {
    let schema: structural.JSONSchemaProps = string
    let value: unknown = 5
    for (let depth = 0; depth < 480; depth++) {
      schema = object({ a: schema })
      value = { a: value }
    }
    const body = {
      metadata: { name: "foos.example.org" },
      spec: {
        group: "example.org",
        scope: "Cluster",
        names: { plural: "foos", kind: "Foo" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }]
      }
    }
    const decoded = structural.decodeDefinition(body)
    if (decoded._tag === "Malformed") return assert.fail(decoded.message)
    assert.deepStrictEqual(
      structural.checkDefinition({ ...decoded.definition, status: { storedVersions: ["v1"] } }),
      []
    )
    assert.strictEqual(structural.validate(schema, value).length, 1)
    assert.deepStrictEqual(structural.prune(schema, value).unknownFields, [])
  })

  it("a hundred thousand items are judged in one pass (S46, S56)", () => {
    const schema: structural.JSONSchemaProps = {
      type: "array",
      "x-kubernetes-list-type": "set",
      items: { type: "integer", maximum: 10 }
    }
    const items = Array.from({ length: 100_000 }, (_, index) => index)
    assert.strictEqual(structural.validate(schema, items).length, items.length - 11)
  })
})

describe("invalidMessage", () => {
  const cause = (field: string): structural.Cause => ({
    reason: "FieldValueRequired",
    message: "Required value",
    field
  })

  it("names a single cause alone, several in brackets, and equal ones once (S57)", () => {
    const message = (...fields: ReadonlyArray<string>): string =>
      structural.invalidMessage("Foo.clux.dev", "a", fields.map(cause))
    assert.strictEqual(message("spec.a"), "Foo.clux.dev \"a\" is invalid: spec.a: Required value")
    assert.strictEqual(
      message("spec.a", "spec.b"),
      "Foo.clux.dev \"a\" is invalid: [spec.a: Required value, spec.b: Required value]"
    )
    assert.strictEqual(message("spec.a", "spec.a"), message("spec.a"))
    assert.strictEqual(message(), "Foo.clux.dev \"a\" is invalid")
  })
})

describe("updates", () => {
  const resource = {
    group: "clux.dev",
    version: "v1",
    kind: "Foo",
    namespaced: true,
    schema: object({
      spec: object({}),
      status: { ...object({ replicas: { type: "integer", minimum: 0 } }), required: ["replicas"] }
    }),
    scale: {
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".status.selector"
    }
  }
  const foo = (more: { readonly [field: string]: unknown } = {}, metadata: object = {}) => ({
    apiVersion: "clux.dev/v1",
    kind: "Foo",
    metadata: { name: "a", namespace: "default", resourceVersion: "1", uid: "u", generation: 1, ...metadata },
    ...more
  })

  it("what identifies an object does not change, and an update names its version (S4)", () => {
    const fields = (after: object): ReadonlyArray<string> =>
      structural.validateObjectUpdate(resource, foo({}, after), foo()).map((cause) =>
        `${cause.field}: ${cause.message}`
      )
    assert.deepStrictEqual(fields({}), [])
    assert.deepStrictEqual(fields({ resourceVersion: undefined }), [
      "metadata.resourceVersion: Invalid value: \"\": must be specified for an update"
    ])
    assert.deepStrictEqual(fields({ name: "b", uid: "v" }), [
      "metadata.name: Invalid value: \"b\": field is immutable",
      "metadata.uid: Invalid value: \"v\": field is immutable"
    ])
    assert.deepStrictEqual(fields({ generation: 0 }), [
      "metadata.generation: Invalid value: 0: must not be decremented"
    ])
  })

  it("no finalizer is added to an object that is being deleted (S18)", () => {
    const deleting = { deletionTimestamp: "2020-01-01T00:00:00Z", finalizers: ["a/b"] }
    const added = { ...deleting, finalizers: ["a/b", "c/d"] }
    assert.deepStrictEqual(structural.validateObjectUpdate(resource, foo({}, added), foo({}, deleting)), [{
      reason: "FieldValueForbidden",
      field: "metadata.finalizers",
      message:
        "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"c/d\"}"
    }])
    assert.deepStrictEqual(
      structural.validateObjectUpdate(resource, foo({}, { ...deleting, finalizers: [] }), foo({}, deleting)),
      []
    )
  })

  it("the places of the scale hold a number of replicas and a selector, or nothing (S48)", () => {
    const texts = (spec: unknown, status: unknown = {}): ReadonlyArray<string> =>
      structural.validateObject({ ...resource, schema: undefined }, foo({ spec, status })).map((cause) =>
        `${cause.field}: ${cause.message}`
      )
    assert.deepStrictEqual(texts({}), [])
    assert.deepStrictEqual(texts({ replicas: 3e9 }), [
      ".spec.replicas: Invalid value: 3000000000: should be less than or equal to 2147483647"
    ])
    assert.deepStrictEqual(texts({ replicas: { a: [1, "b"] } }), [
      ".spec.replicas: Invalid value: 0: .spec.replicas accessor error: map[a:[1 b]] is of the type map[string]interface {}, expected int64"
    ])
    assert.deepStrictEqual(texts("x", { replicas: null, selector: 5 }), [
      ".spec.replicas: Invalid value: 0: .spec.replicas accessor error: x is of the type string, expected map[string]interface{}",
      ".status.replicas: Invalid value: 0: .status.replicas accessor error: <nil> is of the type <nil>, expected int64",
      ".status.selector: Invalid value: \"\": .status.selector accessor error: 5 is of the type int64, expected string"
    ])
  })

  it("the status endpoint looks at the status, named from its own root (S12, S48)", () => {
    const texts = (status: unknown): ReadonlyArray<string> =>
      structural.validateStatusUpdate(resource, foo({ spec: 5, status }), foo()).map((cause) =>
        `${cause.field}: ${cause.message}`
      )
    assert.deepStrictEqual(texts({ replicas: 1 }), [])
    assert.deepStrictEqual(texts({}), ["status.replicas: Required value"])
    assert.deepStrictEqual(texts({ replicas: -1 }), [
      "status.replicas: Invalid value: -1: replicas in body should be greater than or equal to 0",
      ".status.replicas: Invalid value: -1: should be a non-negative integer"
    ])
  })
})
