import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import type { JSONSchemaProps } from "../../../src/kinds/apiextensions/v1.js"
import * as Resource from "../../../src/protocol/Resource.js"
import * as Crd from "../../../src/runtime/Crd.js"
import * as structural from "../../../src/testing/internal/structural.js"
import { type Any, Size, table } from "./structuralTable.js"

const resourceOf = <S extends Any>(spec: S, kind = "Foo") =>
  Resource.Custom<Resource.KubeObject>()("clux.dev/v1", kind, { scope: "Namespaced", spec })

const rootOf = (definition: Crd.Definition, index = 0): JSONSchemaProps =>
  definition.spec.versions[index]!.schema!.openAPIV3Schema!

/** The structural schema of a Schema, after the server's own rules have been applied to the definition that it is in. */
const structuralOf = (schema: Any): JSONSchemaProps => {
  const definition = Crd.make(resourceOf(Schema.Struct({ x: schema })))
  assert.deepStrictEqual(refusals(definition), [])
  return rootOf(definition).properties!.spec!.properties!.x!
}

/** CEL rules are left out: the in-memory server has none yet. */
const refusals = (definition: unknown): ReadonlyArray<string> => {
  const decoded = structural.decodeDefinition(JSON.parse(JSON.stringify(definition)))
  if (decoded._tag === "Malformed") return [decoded.message]
  const stored = decoded.definition.spec.versions!.filter((version) => version.storage).map((version) => version.name)
  return structural.checkDefinition({ ...decoded.definition, status: { storedVersions: stored } })
    .map((cause) => `${cause.field}: ${cause.message}`)
    .filter((text) => !text.includes("CEL rules are not supported"))
    .concat(decoded.unknownFields)
}

describe("what a Schema becomes in a definition", () => {
  for (const [title, schema, expected] of table) {
    it(`${title} (S46)`, () => {
      assert.deepStrictEqual(structuralOf(schema), expected)
    })
  }

  it("a Duration is one of the records that it is written as (S46)", () => {
    const schema = structuralOf(Schema.Duration)
    assert.deepStrictEqual(Object.keys(schema.properties!), ["_tag", "millis", "nanos"])
    assert.strictEqual(schema.oneOf?.length, 3)
  })
})

const refused: ReadonlyArray<readonly [title: string, schema: Any, path: string, problem: RegExp]> = [
  ["a list with a head", Schema.Tuple([Schema.Int], Schema.String), "spec.x", /^a tuple cannot be described/],
  ["a value of the program", Schema.DateFromSelf, "spec.x", /^DateFromSelf has no wire form/],
  [
    "something inside a list of records",
    Schema.Array(Schema.Record({ key: Schema.String, value: Schema.BigIntFromSelf })),
    "spec.x[0][\"*\"]",
    /^bigint has no form in JSON/
  ],
  ["a symbol", Schema.SymbolFromSelf, "spec.x", /has no form in JSON/],
  ["undefined in a list", Schema.Array(Schema.UndefinedOr(Schema.String)), "spec.x[0]", /only a field can be left out/],
  [
    "a fraction to be a multiple of",
    Schema.Number.pipe(Schema.multipleOf(0.5)),
    "spec.x",
    /would refuse every whole number/
  ],
  ["a number or a text", Schema.Union(Schema.String, Schema.Number), "spec.x", /^a union of string and number/],
  ["literals that do not mix", Schema.Literal("a", true), "spec.x", /^a union of string and boolean/],
  [
    "a default of one variant",
    Schema.Union(
      Schema.Struct({ a: Schema.optional(Schema.Int.annotations({ default: 1 })) }),
      Schema.Struct({ b: Schema.String })
    ),
    "spec.x.a",
    /the server would set it in all of them/
  ],
  [
    "keys with a filter",
    Schema.Record({ key: Schema.NonEmptyString, value: Schema.Int }),
    "spec.x",
    /^a record whose keys are restricted/
  ],
  [
    "a default that does not fit",
    Schema.Int.pipe(Schema.between(0, 5)).annotations({ default: 9 }),
    "spec.x",
    /^its default does not fit its schema: /
  ]
]

describe("what a server could not check is refused", () => {
  for (const [title, schema, path, problem] of refused) {
    it(`${title}: with the place in the schema and the reason (S46)`, () => {
      const error = thrown(() => Crd.make(resourceOf(Schema.Struct({ x: schema }))))
      assert.strictEqual(error.kind, "Foo")
      assert.strictEqual(error.path, path)
      assert.match(error.problem, problem)
      assert.strictEqual(error.message, `the definition of Foo: ${path}: ${error.problem}`)
    })
  }

  it("schemas that hold each other in too many ways are refused before they fill the memory (S56)", () => {
    const all: Array<Any> = []
    for (let index = 0; index < 9; index++) {
      all.push(Schema.Struct(Object.fromEntries(
        Array.from({ length: 9 }, (_, other) => [`field${other}`, Schema.optional(Schema.suspend(() => all[other]!))])
      )))
    }
    assert.match(
      thrown(() => Crd.make(resourceOf(Schema.Struct({ x: all[0]! })))).problem,
      /^the schema is too large, or holds itself too often/
    )
  })
})

const thrown = (f: () => unknown): Crd.CrdError => {
  try {
    f()
  } catch (error) {
    if (error instanceof Crd.CrdError) return error
    throw error
  }
  return assert.fail("nothing was thrown")
}

it("a server that has the definition takes no Foo without a spec, and names what is wrong in one (S46, S57)", () => {
  const spec = Schema.Struct({ title: Schema.String, replicas: Schema.Int.pipe(Schema.between(0, 10)) })
  const resource = {
    group: "clux.dev",
    version: "v1",
    kind: "Foo",
    namespaced: true,
    schema: rootOf(Crd.make(resourceOf(spec)))
  }
  const fields = (more: object): ReadonlyArray<string> =>
    structural.validateObject(resource, {
      apiVersion: "clux.dev/v1",
      kind: "Foo",
      metadata: { name: "a", namespace: "default" },
      ...more
    }).map((cause) => `${cause.field}: ${cause.message}`)
  assert.deepStrictEqual(fields({}), ["spec: Required value"])
  assert.deepStrictEqual(fields({ spec: { title: "a", replicas: 3 } }), [])
  assert.deepStrictEqual(fields({ spec: { replicas: 11 } }), [
    "spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10",
    "spec.title: Required value"
  ])
})

// ---------------------------------------------------------------- properties

const leaf: FastCheck.Arbitrary<Any> = FastCheck.constantFrom<Any>(
  Schema.String,
  Schema.Boolean,
  Schema.Int,
  Schema.JsonNumber,
  Schema.NonEmptyString,
  Schema.Int.pipe(Schema.between(-3, 7)),
  Schema.Number.pipe(Schema.between(0, 1)),
  Schema.Int.pipe(Schema.greaterThan(0), Schema.lessThan(9)),
  Schema.String.pipe(Schema.maxLength(4)),
  Schema.String.pipe(Schema.pattern(/^[a-c]{1,3}$/)),
  Schema.Literal("a", "b"),
  Schema.Literal(1, 2, 3),
  Schema.NullOr(Schema.Literal("x", "y")),
  Schema.Union(Schema.Int, Schema.Literal("auto")),
  Schema.Union(Schema.Int.pipe(Schema.between(1, 5)), Schema.String.pipe(Schema.pattern(/^[0-9]%$/))),
  Schema.NullOr(Schema.Union(Schema.Int, Schema.String)),
  // Years that RFC 3339 can write.
  Schema.DateFromString.annotations({
    arbitrary: () => () =>
      FastCheck.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
  }),
  Schema.BigInt,
  Schema.Duration.pipe(Schema.filter((duration) => duration !== undefined)),
  Schema.Enums(Size)
)

const names = FastCheck.constantFrom("a", "b", "type", "x-y", "constructor")

const struct = (field: FastCheck.Arbitrary<Any>): FastCheck.Arbitrary<Any> =>
  FastCheck.uniqueArray(FastCheck.tuple(names, field, FastCheck.boolean()), {
    selector: ([name]) => name,
    maxLength: 3
  }).map((fields) =>
    Schema.Struct(
      Object.fromEntries(fields.map(([name, schema, optional]) => [name, optional ? Schema.optional(schema) : schema]))
    )
  )

const schemas = FastCheck.letrec<{ any: Any; struct: Any }>((tie) => ({
  struct: struct(tie("any")),
  any: FastCheck.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    tie("struct"),
    tie("any").map((item) => Schema.Array(item)),
    tie("any").map((value) => Schema.Record({ key: Schema.String, value })),
    tie("struct").map((one) => Schema.NullOr(one)),
    FastCheck.tuple(tie("struct"), tie("struct")).map(([one, other]) =>
      Schema.Union(
        Schema.Struct({ kind: Schema.Literal("One"), one }),
        Schema.Struct({ kind: Schema.Literal("Other"), other: Schema.optional(other) })
      )
    )
  )
}))

describe("the definition and the program agree", () => {
  it("whatever is defined, a server takes the definition, and every object that the program writes, whole (S45, S46)", () => {
    FastCheck.assert(
      FastCheck.property(
        schemas.struct.chain((schema) =>
          FastCheck.tuple(
            FastCheck.constant(schema),
            FastCheck.array(Arbitrary.make(schema as Schema.Schema<unknown, unknown>), { minLength: 1, maxLength: 3 })
          )
        ),
        ([schema, values]) => {
          const definition = Crd.make(resourceOf(schema))
          assert.deepStrictEqual(refusals(definition), [])
          const root = rootOf(definition)
          for (const value of values) {
            const spec = JSON.parse(
              JSON.stringify(Schema.encodeSync(schema as Schema.Schema<unknown, unknown>)(value))
            ) as unknown
            const pruned = structural.prune(root, { spec })
            assert.deepStrictEqual(pruned.unknownFields, [])
            assert.deepStrictEqual(structural.validate(root, pruned.value), [], JSON.stringify({ spec, root }))
          }
        }
      ),
      { numRuns: 150, seed: 20260 }
    )
  })
})
