/** What the more unusual schemas become in a definition; the usual ones are in Crd.test.ts. */
import * as Schema from "effect/Schema"
import * as Crd from "../../../src/runtime/Crd.js"

export type Any = Schema.Schema.AnyNoContext

export enum Size {
  Small = "small",
  Large = "large"
}

type Nest = ReadonlyArray<Nest>
const Nest: Schema.Schema<Nest> = Schema.Array(Schema.suspend((): Schema.Schema<Nest> => Nest))

const keep = { "x-kubernetes-preserve-unknown-fields": true }
const intOrString = { "x-kubernetes-int-or-string": true }

export const table: ReadonlyArray<readonly [title: string, schema: Any, expected: object]> = [
  ["an exclusive bound, as a flag", Schema.Number.pipe(Schema.greaterThan(0)), {
    type: "number",
    minimum: 0,
    exclusiveMinimum: true
  }],
  [
    "the stricter of two bounds",
    Schema.Number.pipe(
      Schema.lessThan(5),
      Schema.lessThanOrEqualTo(5),
      Schema.greaterThanOrEqualTo(1),
      Schema.greaterThan(1)
    ),
    { type: "number", minimum: 1, exclusiveMinimum: true, maximum: 5, exclusiveMaximum: true }
  ],
  ["whole bounds of an integer", Schema.Number.pipe(Schema.between(0.5, 9.5), Schema.int()), {
    type: "integer",
    minimum: 1,
    maximum: 9
  }],
  ["multiples", Schema.Int.pipe(Schema.multipleOf(5)), { type: "integer", multipleOf: 5 }],
  [
    "flags and code points of a pattern",
    Schema.String.pipe(Schema.pattern(/^\u00e9x$/i)).annotations({ description: "d" }),
    { type: "string", pattern: "(?i)^\\x{00e9}x$", description: "d" }
  ],
  ["two patterns", Schema.String.pipe(Schema.pattern(/a/), Schema.pattern(/b/)), {
    type: "string",
    pattern: "a",
    allOf: [{ pattern: "b" }]
  }],
  ["numbers", Schema.Literal(1, 2.5), { type: "number", enum: [1, 2.5] }],
  ["a number or a word", Schema.Literal(1, "auto"), { ...intOrString, pattern: "^(?:auto)$", minimum: 1, maximum: 1 }],
  [
    "null or one of some, since null is in no enum for a server",
    Schema.NullOr(Schema.Literal("a", "b")),
    { type: "string", nullable: true, allOf: [{ enum: ["a", "b"] }] }
  ],
  ["a record by literals", Schema.Record({ key: Schema.Literal("a", "b"), value: Schema.String }), {
    type: "object",
    properties: { a: { type: "string" }, b: { type: "string" } },
    required: ["a", "b"]
  }],
  [
    "a field that may be undefined",
    Schema.Struct({ a: Schema.UndefinedOr(Schema.String), b: Schema.optional(Schema.Never) }),
    {
      type: "object",
      properties: { a: { type: "string" } }
    }
  ],
  ["fields and others", Schema.Struct({ a: Schema.String }, { key: Schema.String, value: Schema.Unknown }), {
    type: "object",
    properties: { a: { type: "string" } },
    required: ["a"],
    ...keep
  }],
  ["a renamed field", Schema.Struct({ a: Schema.propertySignature(Schema.String).pipe(Schema.fromKey("b")) }), {
    type: "object",
    properties: { b: { type: "string" } },
    required: ["b"]
  }],
  ["an Option", Schema.Struct({ a: Schema.optionalWith(Schema.String, { as: "Option", nullable: true }) }), {
    type: "object",
    properties: { a: { type: "string", nullable: true } }
  }],
  ["a date and time", Schema.DateTimeUtc, { type: "string", format: "date-time" }],
  ["a big integer", Schema.BigInt, { type: "string", pattern: "^-?[0-9]+$" }],
  ["a number in a text, whose filter the server never sees", Schema.NumberFromString.pipe(Schema.int()), {
    type: "string"
  }],
  ["milliseconds", Schema.DurationFromMillis, { type: "number", minimum: 0 }],
  ["a secret", Schema.Redacted(Schema.NonEmptyString), { type: "string", minLength: 1 }],
  ["an identifier", Schema.UUID, {
    type: "string",
    format: "uuid",
    pattern: "(?i)^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
  }],
  [
    "an integer or a text, each filtered",
    Schema.Union(Schema.Int.pipe(Schema.between(1, 9)), Schema.String.pipe(Schema.pattern(/%$/))),
    {
      ...intOrString,
      minimum: 1,
      maximum: 9,
      pattern: "%$"
    }
  ],
  ["an integer or a word", Schema.Union(Schema.Int, Schema.Literal("auto.")), {
    ...intOrString,
    pattern: "^(?:auto\\.)$"
  }],
  ["some integers or a text", Schema.Union(Schema.Literal(1), Schema.Literal(3), Schema.NonEmptyString), {
    ...intOrString,
    allOf: [
      { anyOf: [{ type: "integer" }, { type: "string" }] },
      { anyOf: [{ minimum: 1, maximum: 1 }, { minimum: 3, maximum: 3 }] },
      { minLength: 1 }
    ]
  }],
  ["texts of several kinds", Schema.Union(Schema.Literal(""), Schema.String.pipe(Schema.minLength(3))), {
    type: "string",
    anyOf: [{ enum: [""] }, { minLength: 3 }]
  }],
  ["numbers of several kinds", Schema.Union(Schema.Int, Schema.Number.pipe(Schema.lessThan(0))), {
    type: "number",
    anyOf: [{ multipleOf: 1 }, { maximum: 0, exclusiveMaximum: true }]
  }],
  ["a union that takes all", Schema.Union(Schema.NonEmptyString, Schema.String), { type: "string" }],
  ["a union with anything", Schema.Union(Schema.String, Schema.Unknown), keep],
  [
    "variants that see a field differently",
    Schema.Union(
      Schema.Struct({ a: Schema.Struct({ b: Schema.NonEmptyString }) }),
      Schema.Struct({ a: Schema.Struct({ c: Schema.Int }) })
    ),
    {
      type: "object",
      properties: {
        a: { type: "object", properties: { b: { type: "string", minLength: 1 }, c: { type: "integer" } } }
      },
      required: ["a"],
      anyOf: [
        { properties: { a: { properties: { b: { minLength: 1 } }, required: ["b"] } } },
        { properties: { a: { required: ["c"] } } }
      ]
    }
  ],
  ["a recursion of lists", Nest, { type: "array", items: { type: "array", items: { type: "array", items: keep } } }],
  ["a default as it goes over the wire", Schema.Date.annotations({ default: new Date(0) }), {
    type: "string",
    format: "date-time",
    default: "1970-01-01T00:00:00.000Z"
  }],
  [
    "a description that begins like Effect's own",
    Schema.Struct({
      a: Schema.Int.annotations({ description: "a number of copies" }),
      b: Schema.propertySignature(Schema.String).annotations({ description: "a name" })
    }),
    {
      type: "object",
      properties: {
        a: { type: "integer", description: "a number of copies" },
        b: { type: "string", description: "a name" }
      },
      required: ["a", "b"]
    }
  ],
  ["a set", Schema.Array(Schema.String).pipe(Crd.annotate({ listType: "set" })), {
    type: "array",
    items: { type: "string" },
    "x-kubernetes-list-type": "set"
  }],
  ["an atomic object", Schema.Struct({ a: Schema.String }).pipe(Crd.annotate({ mapType: "atomic" })), {
    type: "object",
    properties: { a: { type: "string" } },
    required: ["a"],
    "x-kubernetes-map-type": "atomic"
  }],
  [
    "an integer or a text, by annotation",
    Schema.Union(Schema.Number, Schema.String).pipe(Crd.annotate({ intOrString: true })),
    intOrString
  ],
  [
    "a filter and its CEL rule",
    Schema.Int.pipe(Schema.filter((n) => n % 2 === 1), Crd.annotate({ validations: [{ rule: "self % 2 == 1" }] })),
    {
      type: "integer",
      "x-kubernetes-validations": [{ rule: "self % 2 == 1" }]
    }
  ],
  ["a filter with a JSON Schema", Schema.String.pipe(Schema.filter(() => true, { jsonSchema: { format: "ipv4" } })), {
    type: "string",
    format: "ipv4"
  }],
  [
    "what cannot be described, kept",
    Schema.Tuple(Schema.String, Schema.Int).pipe(Crd.annotate({ preserveUnknownFields: true })),
    keep
  ],
  [
    "what cannot be described, by the user's own JSON Schema",
    Schema.Tuple(Schema.Int, Schema.Int).annotations({
      jsonSchema: { type: "array", items: { type: "integer" }, minItems: 2, maxItems: 2 }
    }),
    { type: "array", items: { type: "integer" }, minItems: 2, maxItems: 2 }
  ],
  [
    "a struct and what else there is",
    Schema.Struct({ a: Schema.String }).pipe(Crd.annotate({ preserveUnknownFields: true })),
    {
      type: "object",
      properties: { a: { type: "string" } },
      required: ["a"],
      ...keep
    }
  ],
  ["an embedded resource", Schema.Object.pipe(Crd.annotate({ embeddedResource: true })), {
    type: "object",
    "x-kubernetes-embedded-resource": true,
    ...keep
  }]
]
