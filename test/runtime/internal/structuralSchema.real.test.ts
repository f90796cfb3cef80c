import { assert, describe, layer } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Api from "../../../src/client/Api.js"
import { CustomResourceDefinition } from "../../../src/kinds/apiextensions/v1.js"
import * as Resource from "../../../src/protocol/Resource.js"
import * as Crd from "../../../src/runtime/Crd.js"
import * as EnvTest from "../../envtest/shared.js"
import { table } from "./structuralTable.js"

/** Without those of which no samples can be made, or samples that the wire form cannot be: years beyond 9999, undefined. */
const fields = table.filter(([title]) =>
  !/embedded|CEL|a set|anything|kept|default|JSON Schema|by annotation|whole bounds|date and time/.test(title)
)
const spec = Schema.Struct(Object.fromEntries(fields.map(([, schema], index) => [`field${index}`, schema])))

class Sample extends Resource.Custom<Sample>()("structural-schema.dev/v1", "Sample", { scope: "Namespaced", spec }) {}
class Rest extends Resource.Custom<Rest>()("structural-schema.dev/v1", "Rest", {
  scope: "Namespaced",
  spec: Schema.Struct(Object.fromEntries(table.map(([, schema], index) => [`field${index}`, schema])))
}) {}

/** JSON has no infinite numbers. */
const isFinite = (value: unknown): boolean => {
  let finite = true
  JSON.stringify(value, (_, field: unknown) => {
    if (typeof field === "number" && !Number.isFinite(field)) finite = false
    return field
  })
  return finite
}

describe("structural schemas against a real server", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.effect("the server takes every definition of the table without a warning (S46)", () =>
      Effect.gen(function*() {
        const made = yield* Api.cluster(CustomResourceDefinition).create(Crd.make(Rest), { dryRun: true })
        assert.strictEqual(made.metadata.name, "rests.structural-schema.dev")
      }))

    it.scoped("and every object that the schemas write, whole (S45, S46)", () =>
      Effect.gen(function*() {
        yield* Effect.acquireRelease(
          Crd.install(Sample),
          (definition) => Effect.ignore(Api.cluster(CustomResourceDefinition).delete(definition.metadata.name))
        )
        const samples = Api.namespaced(Sample, "default")
        let written = 0
        for (const value of FastCheck.sample(Arbitrary.make(spec), { numRuns: 100, seed: 42 })) {
          const encoded = Schema.encodeSync(spec)(value)
          if (!isFinite(encoded)) continue
          const made = yield* samples.create({ metadata: { generateName: "sample-" }, spec: value }, { dryRun: true })
          assert.deepStrictEqual(
            JSON.parse(JSON.stringify(Schema.encodeSync(spec)(made.spec))),
            JSON.parse(JSON.stringify(encoded))
          )
          written++
        }
        assert.isAbove(written, 10)
      }))
  })
})
