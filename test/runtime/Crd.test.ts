import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { CustomResourceDefinition } from "../../src/kinds/apiextensions/v1.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Crd from "../../src/runtime/Crd.js"
import { checkDefinition, decodeDefinition } from "../../src/testing/internal/structural.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const kind = (spec: Schema.Schema.AnyNoContext) => {
  class Thing extends Resource.Custom<Thing>()("x.dev/v1", "Thing", { scope: "Namespaced", spec }) {}
  return Thing
}

/** The structural schema of one field of a spec. */
const field = (schema: Schema.Schema.AnyNoContext): unknown => {
  const definition = Crd.make(kind(Schema.Struct({ it: schema })))
  return definition.spec.versions[0]?.schema?.openAPIV3Schema?.properties?.["spec"]?.properties?.["it"]
}

interface Tree {
  readonly value: number
  readonly children: ReadonlyArray<Tree>
}
const Tree: Schema.Schema<Tree> = Schema.Struct({
  value: Schema.Number,
  children: Schema.Array(Schema.suspend(() => Tree))
})

const Shape = Schema.Union(
  Schema.Struct({ type: Schema.Literal("circle"), radius: Schema.Number }),
  Schema.Struct({ type: Schema.Literal("square"), side: Schema.Number, name: Schema.String })
)

enum Colour {
  Red = "red",
  Blue = "blue"
}

class Address extends Schema.Class<Address>("Address")({ street: Schema.String }) {}

const table: ReadonlyArray<readonly [title: string, schema: Schema.Schema.AnyNoContext, expected: unknown]> = [
  ["a string", Schema.String, { type: "string" }],
  ["a number", Schema.Number, { type: "number" }],
  ["a boolean", Schema.Boolean, { type: "boolean" }],
  ["an integer", Schema.Int, { type: "integer" }],
  ["bounds", Schema.Int.pipe(Schema.between(0, 10)), { type: "integer", minimum: 0, maximum: 10 }],
  ["open bounds are flags beside the bound", Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThan(1)), {
    type: "number",
    minimum: 0,
    exclusiveMinimum: true,
    maximum: 1,
    exclusiveMaximum: true
  }],
  ["lengths", Schema.String.pipe(Schema.minLength(1), Schema.maxLength(5)), {
    type: "string",
    minLength: 1,
    maxLength: 5
  }],
  ["a pattern", Schema.String.pipe(Schema.pattern(/^[a-z]+$/)), { type: "string", pattern: "^[a-z]+$" }],
  ["a filter that only we know", Schema.String.pipe(Schema.filter((text) => text !== "no")), { type: "string" }],
  ["a literal", Schema.Literal("a"), { type: "string", enum: ["a"] }],
  ["literals", Schema.Literal("a", "b"), { type: "string", enum: ["a", "b"] }],
  ["numeric literals", Schema.Literal(1, 2), { type: "integer", enum: [1, 2] }],
  ["an enum", Schema.Enums(Colour), { type: "string", enum: ["red", "blue"] }],
  ["a template literal", Schema.TemplateLiteral("v", Schema.Number), {
    type: "string",
    pattern: "^v[+-]?\\d*\\.?\\d+(?:[Ee][+-]?\\d+)?$"
  }],
  ["null or a value", Schema.NullOr(Schema.String), { type: "string", nullable: true }],
  ["a list", Schema.Array(Schema.String).pipe(Schema.maxItems(3)), {
    type: "array",
    items: { type: "string" },
    maxItems: 3
  }],
  ["a list that is not empty", Schema.NonEmptyArray(Schema.Int), {
    type: "array",
    items: { type: "integer" },
    minItems: 1
  }],
  ["a record", Schema.Record({ key: Schema.String, value: Schema.Int }), {
    type: "object",
    additionalProperties: { type: "integer" }
  }],
  [
    "fields, required and optional",
    Schema.Struct({
      a: Schema.String,
      b: Schema.optional(Schema.Int),
      c: Schema.optionalWith(Schema.Int, { default: () => 3 })
    }),
    {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "integer" }, c: { type: "integer" } },
      required: ["a"]
    }
  ],
  ["a struct without fields", Schema.Struct({}), { type: "object" }],
  ["a number or a text", Schema.Union(Schema.Int, Schema.String), { "x-kubernetes-int-or-string": true }],
  ["variants told apart by a field", Shape, {
    type: "object",
    properties: {
      type: { type: "string", enum: ["circle", "square"] },
      radius: { type: "number" },
      side: { type: "number" },
      name: { type: "string" }
    },
    required: ["type"],
    oneOf: [
      { properties: { type: { enum: ["circle"] } }, required: ["type", "radius"] },
      { properties: { type: { enum: ["square"] } }, required: ["type", "side", "name"] }
    ]
  }],
  [
    "variants told apart by what they require",
    Schema.Union(Schema.Struct({ a: Schema.String }), Schema.Struct({ b: Schema.String })),
    {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
      anyOf: [{ required: ["a"] }, { required: ["b"] }]
    }
  ],
  ["anything", Schema.Unknown, { "x-kubernetes-preserve-unknown-fields": true }],
  ["any object", Schema.Object, { type: "object", "x-kubernetes-preserve-unknown-fields": true }],
  ["a date, by its wire form", Schema.Date, { type: "string", format: "date-time" }],
  ["a number in a text, by its wire form", Schema.NumberFromString, { type: "string" }],
  ["a class, by its wire form", Address, {
    type: "object",
    properties: { street: { type: "string" } },
    required: ["street"]
  }],
  ["a schema that holds itself", Tree, {
    type: "object",
    properties: {
      value: { type: "number" },
      children: {
        type: "array",
        items: {
          type: "object",
          properties: {
            value: { type: "number" },
            children: { type: "array", items: { type: "object", "x-kubernetes-preserve-unknown-fields": true } }
          },
          required: ["value", "children"]
        }
      }
    },
    required: ["value", "children"]
  }],
  ["a description and a default", Schema.Int.annotations({ description: "How many.", default: 3 }), {
    type: "integer",
    description: "How many.",
    default: 3
  }],
  [
    "what only Kubernetes knows",
    Schema.Array(Schema.Struct({ name: Schema.String })).pipe(Crd.annotate({ listType: "map", listMapKeys: ["name"] })),
    {
      type: "array",
      items: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"]
    }
  ],
  [
    "a schema of the user's own",
    Schema.declare((u): u is URL => u instanceof URL).annotations({ jsonSchema: { type: "string", format: "uri" } }),
    {
      type: "string",
      format: "uri"
    }
  ]
]

const refused: ReadonlyArray<readonly [title: string, schema: Schema.Schema.AnyNoContext, message: string]> = [
  [
    "a tuple",
    Schema.Tuple(Schema.String, Schema.Int),
    "the definition of Thing: spec.it: a tuple cannot be described: items of a list all have one schema"
  ],
  ["a bigint", Schema.BigIntFromSelf, "the definition of Thing: spec.it: bigint has no form in JSON"],
  [
    "text or boolean",
    Schema.Union(Schema.String, Schema.Boolean),
    "spec.it: a union of string and boolean cannot be described: a field has one type"
  ],
  ["null alone", Schema.Null, "spec.it: null alone cannot be described"],
  ["look-ahead", Schema.String.pipe(Schema.pattern(/^(?=a)b/)), "spec.it: the pattern \"^(?=a)b\" is not RE2"],
  ["a back-reference", Schema.String.pipe(Schema.pattern(/(a)\1/)), "is not RE2"],
  [
    "fields and a record at once",
    Schema.Struct({ a: Schema.String }, { key: Schema.String, value: Schema.String }),
    "an object with named fields and a record cannot be described"
  ],
  [
    "one field with two types",
    Schema.Union(Schema.Struct({ a: Schema.String }), Schema.Struct({ a: Schema.Boolean })),
    "spec.it.a: a union of string and boolean"
  ],
  [
    "a declaration without a wire form",
    Schema.declare((u): u is URL => u instanceof URL),
    "has no wire form that could be described"
  ],
  [
    "deep inside",
    Schema.Struct({ list: Schema.Array(Schema.Struct({ pair: Schema.Tuple(Schema.String, Schema.Int) })) }),
    "spec.it.list[0].pair: a tuple"
  ]
]

describe("Crd.make", () => {
  for (const [title, schema, expected] of table) {
    it(`${title} becomes what the server calls it (S46)`, () => {
      assert.deepStrictEqual(field(schema), expected)
    })
  }

  for (const [title, schema, message] of refused) {
    it(`${title} is refused with the place and the reason (S46)`, () => {
      assert.throws(() => field(schema), Crd.CrdError, new RegExp(message.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
    })
  }

  it("the definition names the kind, requires a spec, and has its subresources and columns (S44, S48)", () => {
    class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
      scope: "Namespaced",
      shortNames: ["f"],
      categories: ["all"],
      spec: Schema.Struct({ replicas: Schema.Int }),
      status: Schema.Struct({ replicas: Schema.Int }),
      scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
      printerColumns: [{ name: "Replicas", type: "integer", jsonPath: ".spec.replicas" }],
      selectableFields: [".spec.replicas"],
      description: "A Foo."
    }) {}
    const replicas = { type: "object", properties: { replicas: { type: "integer" } }, required: ["replicas"] }
    assert.deepStrictEqual(Crd.make(Foo), {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "foos.clux.dev" },
      spec: {
        group: "clux.dev",
        scope: "Namespaced",
        names: {
          kind: "Foo",
          listKind: "FooList",
          plural: "foos",
          singular: "foo",
          shortNames: ["f"],
          categories: ["all"]
        },
        versions: [{
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              description: "A Foo.",
              required: ["spec"],
              properties: { spec: replicas, status: replicas }
            }
          },
          subresources: {
            status: {},
            scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" }
          },
          additionalPrinterColumns: [{ name: "Replicas", type: "integer", jsonPath: ".spec.replicas" }],
          selectableFields: [{ jsonPath: ".spec.replicas" }]
        }]
      }
    })
  })

  it("older versions stay served and are not stored, and have to be of the same kind (S44)", () => {
    class New extends Resource.Custom<New>()("clux.dev/v2", "Foo", {
      scope: "Namespaced",
      spec: Schema.Struct({ a: Schema.String })
    }) {}
    class Old extends Resource.Custom<Old>()("clux.dev/v1", "Foo", {
      scope: "Namespaced",
      spec: Schema.Struct({ b: Schema.String })
    }) {}
    class Other extends Resource.Custom<Other>()("clux.dev/v1", "Foo", { scope: "Cluster", spec: Schema.Struct({}) }) {}
    assert.deepStrictEqual(
      Crd.make(New, { older: [Old] }).spec.versions.map(({ name, served, storage }) => [name, served, storage]),
      [["v2", true, true], ["v1", true, false]]
    )
    assert.throws(() => Crd.make(New, { older: [Other] }), /its scope is Cluster, not Namespaced/)
    assert.throws(() => Crd.make(New, { older: [New] }), /it is there twice/)
  })

  it("an older version can be deprecated, and kept only for what is stored (S44)", () => {
    class New extends Resource.Custom<New>()("clux.dev/v2", "Foo", {
      scope: "Namespaced",
      spec: Schema.Struct({ a: Schema.String })
    }) {}
    class Old extends Resource.Custom<Old>()("clux.dev/v1", "Foo", {
      scope: "Namespaced",
      spec: Schema.Struct({ b: Schema.String })
    }) {}
    const [, old] = Crd.make(New, { older: [{ resource: Old, served: false, deprecated: "use v2" }] }).spec.versions
    assert.deepInclude(old, {
      name: "v1",
      served: false,
      storage: false,
      deprecated: true,
      deprecationWarning: "use v2"
    })
    const [, deprecated] = Crd.make(New, { older: [{ resource: Old, deprecated: true }] }).spec.versions
    assert.deepInclude(deprecated, { served: true, deprecated: true })
    assert.notProperty(deprecated, "deprecationWarning")
  })

  it("labels and annotations of the definition are the author's (S44)", () => {
    const { metadata } = Crd.make(kind(Schema.Struct({})), { labels: { a: "b" }, annotations: { c: "d" } })
    assert.deepStrictEqual(metadata, { name: "things.x.dev", labels: { a: "b" }, annotations: { c: "d" } })
  })

  it("what is said later of a schema is added to what was said before (S46)", () => {
    const list = Schema.Array(Schema.Struct({ name: Schema.String })).pipe(
      Crd.annotate({ listType: "set", description: "names" }),
      Crd.annotate({ listType: "map", listMapKeys: ["name"] })
    )
    assert.deepInclude(field(list), {
      description: "names",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"]
    })
  })

  it("every definition that is made is one that a server takes, a property (S44, S46)", () => {
    const leaf = FastCheck.constantFrom<Schema.Schema.AnyNoContext>(...table.map(([, schema]) => schema))
    const schema = FastCheck.letrec<{ readonly node: Schema.Schema.AnyNoContext }>((tie) => ({
      node: FastCheck.oneof(
        { maxDepth: 3 },
        leaf,
        FastCheck.dictionary(FastCheck.stringMatching(/^[a-z]{1,5}$/), tie("node"), { maxKeys: 3 }).map((fields) =>
          Schema.Struct(fields)
        ),
        tie("node").map((item) => Schema.Array(item)),
        tie("node").map((value) => Schema.Record({ key: Schema.String, value }))
      )
    })).node
    FastCheck.assert(
      FastCheck.property(schema, (schema) => {
        // The server keeps beside it which versions were ever stored.
        const definition = { ...Crd.make(kind(Schema.Struct({ it: schema }))), status: { storedVersions: ["v1"] } }
        const decoded = decodeDefinition(JSON.parse(JSON.stringify(definition)))
        assert.deepStrictEqual(decoded._tag === "Decoded" ? checkDefinition(decoded.definition) : decoded, [])
      }),
      { numRuns: 200 }
    )
  })

  it.effect("what the schema takes the server takes, and it comes back as it was, a property on TestCluster (S45, S46)", () =>
    Effect.gen(function*() {
      class Sample extends Resource.Custom<Sample>()("x.dev/v1", "Sample", {
        scope: "Namespaced",
        spec: Schema.Struct({
          text: Schema.String.pipe(Schema.minLength(1), Schema.maxLength(8)),
          count: Schema.Int.pipe(Schema.between(-5, 5)),
          colour: Schema.Enums(Colour),
          shape: Shape,
          port: Schema.Union(Schema.Int.pipe(Schema.between(0, 9)), Schema.Literal("http")),
          names: Schema.Array(Schema.Literal("a", "b")).pipe(Schema.maxItems(3)),
          labels: Schema.Record({ key: Schema.Literal("k", "l"), value: Schema.Boolean })
        })
      }) {}
      yield* Crd.install(Sample)
      const samples = Api.namespaced(Sample, "default")
      const specs = FastCheck.sample(Arbitrary.make(Sample.custom.spec), { numRuns: 50, seed: 7 })
      for (const spec of specs) {
        const made = yield* samples.create({ metadata: { generateName: "s-" }, spec: spec as Sample["spec"] })
        assert.deepStrictEqual(made.spec, JSON.parse(JSON.stringify(spec)))
      }
    }).pipe(Effect.provide(TestCluster.layer)))
})

describe("Crd.install", () => {
  it.effect("creates the definition, waits until it is served, and brings one that is there to the new state (S44)", () =>
    Effect.gen(function*() {
      const v1 = kind(Schema.Struct({ a: Schema.String }))
      const first = yield* Crd.install(v1)
      assert.strictEqual(first.status.conditions?.find((condition) => condition.type === "Established")?.status, "True")
      const again = yield* Crd.install(v1)
      assert.strictEqual(
        again.metadata.resourceVersion,
        first.metadata.resourceVersion,
        "nothing changed, so nothing was written"
      )
      yield* Crd.install(kind(Schema.Struct({ a: Schema.String, b: Schema.optional(Schema.Int) })))
      const changed = yield* Api.cluster(CustomResourceDefinition).get("things.x.dev")
      assert.property(changed.spec.versions[0]?.schema?.openAPIV3Schema?.properties?.["spec"]?.properties, "b")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("waits for both, established and served, within one limit, and says which it waited for (S44)", () =>
    Effect.gen(function*() {
      const { faults } = yield* TestCluster.TestCluster
      const admitted = yield* faults.inject({
        when: ({ resource, verb }) => verb === "list" && resource === "customresourcedefinitions",
        fault: { _tag: "Refuse", status: 500 }
      })
      yield* faults.inject({
        when: ({ resource, verb }) => verb === "list" && resource === "things",
        fault: { _tag: "Refuse", status: 404, reason: "NotFound" }
      })
      const fiber = yield* Effect.fork(Effect.flip(Crd.install(kind(Schema.Struct({})), { timeout: "60 seconds" })))
      yield* TestClock.adjust("20 seconds")
      yield* admitted
      yield* TestClock.adjust("39 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 seconds")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(
        error.message,
        "CustomResourceDefinition things.x.dev: waited 1m for it to be served: established, not served yet"
      )
      assert.strictEqual(error._tag, "KubeWaitTimedOut")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.scoped("it can be what acquires a resource: its wait ends when the kind is served, not at its limit (S44)", () =>
    Effect.gen(function*() {
      const acquired = Effect.acquireRelease(Crd.install(kind(Schema.Struct({}))), () => Effect.void)
      // Under the test clock nothing would ever end at a limit.
      assert.strictEqual((yield* acquired).metadata.name, "things.x.dev")
    }).pipe(Effect.provide(TestCluster.layer)))
})
