/** The specs of CustomResourceDefinitions: their schemas hold themselves, so that they are written by hand. */
import type { Json } from "./server.js"

/** A schema that uses what schemas may use. */
export const schema = {
  type: "object",
  description: "a",
  properties: {
    spec: {
      type: "object",
      title: "a",
      required: ["a"],
      minProperties: 1,
      maxProperties: 100,
      properties: {
        a: {
          type: "string",
          minLength: 1,
          maxLength: 9,
          pattern: "^a$",
          format: "password",
          default: "a",
          enum: ["a"],
          example: "a"
        },
        b: { type: "integer", minimum: 1, maximum: 9, multipleOf: 1, exclusiveMinimum: false, exclusiveMaximum: true },
        c: {
          type: "array",
          minItems: 0,
          maxItems: 9,
          items: {
            type: "object",
            required: ["k"],
            properties: { k: { type: "string" }, n: { type: "string", nullable: true } }
          },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k"]
        },
        d: {
          type: "object",
          additionalProperties: { type: "number" },
          default: { x: 1.5 },
          "x-kubernetes-map-type": "atomic"
        },
        e: { type: "object", additionalProperties: true },
        f: { "x-kubernetes-int-or-string": true },
        g: { type: "object", "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-embedded-resource": true },
        h: {
          type: "string",
          anyOf: [{ minLength: 2 }, { maxLength: 1 }],
          allOf: [{ minLength: 1 }],
          oneOf: [{ pattern: "a" }],
          not: { pattern: "b" }
        },
        i: { type: "string", externalDocs: { url: "https://a.example.com/", description: "a" } }
      },
      "x-kubernetes-validations": [{
        rule: "self.a == oldSelf.a",
        message: "a",
        messageExpression: "'a'",
        reason: "FieldValueInvalid",
        fieldPath: ".a",
        optionalOldSelf: false
      }]
    },
    status: { type: "object", properties: { a: { type: "string" }, b: { type: "integer" } } }
  }
}

export const definition = (spec: Json, openAPIV3Schema: Json): Json => ({
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "things", kind: "Thing" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    ...spec
  }
})
