import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Api from "../../src/client/Api.js"
import { CustomResourceDefinition } from "../../src/kinds/apiextensions/v1.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Crd from "../../src/runtime/Crd.js"
import * as EnvTest from "../envtest/shared.js"

class Everything extends Resource.Custom<Everything>()("crd-real.dev/v1", "Everything", {
  scope: "Namespaced",
  plural: "everythings",
  shortNames: ["evt"],
  spec: Schema.Struct({
    text: Schema.String.pipe(Schema.minLength(1), Schema.pattern(/^[a-z]+$/)),
    count: Schema.Int.pipe(Schema.between(0, 10)),
    ratio: Schema.optional(Schema.Number.pipe(Schema.greaterThan(0), Schema.lessThan(1))),
    at: Schema.Date,
    maybe: Schema.optional(Schema.NullOr(Schema.String)),
    port: Schema.Union(Schema.Int, Schema.String),
    shape: Schema.Union(
      Schema.Struct({ type: Schema.Literal("circle"), radius: Schema.Number }),
      Schema.Struct({ type: Schema.Literal("square"), side: Schema.Number })
    ),
    labels: Schema.Record({ key: Schema.String, value: Schema.String }),
    free: Schema.Unknown,
    items: Schema.Array(Schema.Struct({ name: Schema.String })).pipe(
      Crd.annotate({ listType: "map", listMapKeys: ["name"] })
    )
  }),
  status: Schema.Struct({ replicas: Schema.Int }),
  scale: { specReplicasPath: ".spec.count", statusReplicasPath: ".status.replicas" },
  printerColumns: [{ name: "Text", type: "string", jsonPath: ".spec.text" }],
  selectableFields: [".spec.text"]
}) {}

describe("Crd against a real server", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.scoped("a definition made of a schema is taken, established, and refuses what the schema refuses (S44, S46)", () =>
      Effect.gen(function*() {
        yield* Effect.acquireRelease(
          Crd.install(Everything),
          () => Effect.ignore(Api.cluster(CustomResourceDefinition).delete("everythings.crd-real.dev"))
        )
        const again = yield* Crd.install(Everything)
        assert.strictEqual(again.metadata.generation, 1, "installed twice, written once")
        const everythings = Api.namespaced(Everything, "default")
        const spec = {
          text: "abc",
          count: 3,
          at: new Date("2026-01-01T00:00:00.000Z"),
          maybe: null,
          port: "http",
          shape: { type: "square", side: 2 },
          labels: { a: "b" },
          free: { deep: [1, { x: null }] },
          items: [{ name: "x" }, { name: "y" }]
        } as const
        const made = yield* everythings.create({ metadata: { name: "a" }, spec })
        assert.deepStrictEqual(made.spec, { ...spec, items: [...spec.items] })
        assert.strictEqual(yield* everythings.scale.get("a"), 3)
        assert.strictEqual((yield* everythings.list({ fields: "spec.text=abc" })).items.length, 1)
        const refusals: ReadonlyArray<readonly [field: string, value: unknown]> = [
          ["spec.text", "ABC"],
          ["spec.count", 11],
          ["spec.ratio", 1],
          ["spec.at", "yesterday"],
          ["spec.port", true],
          ["spec.items[1]", [{ name: "x" }, { name: "x" }]]
        ]
        for (const [field, value] of refusals) {
          const key = field.slice("spec.".length).replace(/\[.*/, "")
          const refused = yield* Effect.flip(
            everythings.patch("a", { _tag: "Merge", body: { spec: { [key]: value } } } as never)
          )
          assert.strictEqual(refused._tag, "KubeInvalid", field)
          assert.include(refused._tag === "KubeInvalid" ? refused.causes.map((cause) => cause.field) : [], field)
        }
        const variant = yield* Effect.flip(
          everythings.patch("a", { _tag: "Merge", body: { spec: { shape: { type: "circle" } } } } as never)
        )
        assert.strictEqual(variant._tag, "KubeInvalid")
      }))
  })
})
