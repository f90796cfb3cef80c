import { assert, describe, it } from "@effect/vitest"
import { JSONSchema, Schema } from "effect"
import * as Quantity from "../../src/protocol/Quantity.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Crd from "../../src/runtime/Crd.js"
import { accepts, candidates, fields, Wired } from "./wireSchemas.js"

describe("wire types in custom resources", () => {
  it("a definition says of each what the server can check (S44)", () => {
    const properties = Crd.make(Wired).spec.versions[0]?.schema?.openAPIV3Schema?.properties?.["spec"]?.properties ?? {}
    const told = Object.fromEntries(
      Object.entries(properties).map(([name, { description, pattern, ...rest }]) => [
        name,
        { ...rest, described: description !== undefined, hasPattern: pattern !== undefined }
      ])
    )
    assert.deepStrictEqual(told, {
      quantity: { "x-kubernetes-int-or-string": true, described: true, hasPattern: true },
      intOrString: {
        "x-kubernetes-int-or-string": true,
        minimum: -2147483648,
        maximum: 2147483647,
        described: true,
        hasPattern: false
      },
      timestamp: { type: "string", format: "date-time", described: true, hasPattern: true },
      microTime: { type: "string", format: "date-time", described: true, hasPattern: true },
      duration: { type: "string", format: "duration", described: true, hasPattern: true }
    })
  })

  it("the pattern in the definition is the rule of the schema, but for days and lengths that it cannot see", () => {
    const properties = Crd.make(Wired).spec.versions[0]?.schema?.openAPIV3Schema?.properties?.["spec"]?.properties ?? {}
    for (const [name, schema] of Object.entries(fields)) {
      const pattern = properties[name]?.pattern
      if (pattern === undefined) continue
      const matches = new RegExp(pattern)
      for (const value of candidates[name as keyof typeof fields]) {
        if (typeof value === "string" && accepts(schema)(value)) assert.match(value, matches, name)
      }
    }
  })

  it("a filter and a default can be put on top", () => {
    class Sized extends Resource.Custom<Sized>()("wire-real.dev/v1", "Sized", {
      scope: "Cluster",
      spec: Schema.Struct({
        memory: Quantity.Quantity.pipe(Schema.filter((memory) => Quantity.lessThan(memory, "4Gi"))).annotations({
          default: "1Gi"
        })
      })
    }) {}
    const memory = Crd.make(Sized).spec.versions[0]?.schema?.openAPIV3Schema?.properties?.["spec"]?.properties
      ?.["memory"]
    assert.strictEqual(memory?.default, "1Gi")
  })

  it("Effect's own JSON Schema of them can be made", () => {
    for (const schema of Object.values(fields)) assert.isObject(JSONSchema.make(schema as Schema.Schema.AnyNoContext))
  })
})
