/** Watching a real server's objects that a program cannot read: its view of a kind is narrower than what others write. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Api from "../../src/client/Api.js"
import { CustomResourceDefinition } from "../../src/kinds/apiextensions/v1.js"
import { Namespace } from "../../src/kinds/core/v1.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Crd from "../../src/runtime/Crd.js"
import { layer } from "../envtest/shared.js"
import { followed, until } from "./watchingReal.js"

const names = { plural: "gauges", scope: "Namespaced" } as const

/** As it is installed: any text. */
class Wide extends Resource.Custom<Wide>()("watching-real.dev/v1", "Gauge", {
  ...names,
  spec: Schema.Struct({ level: Schema.String })
}) {}

/** As this program knows it. */
class Gauge extends Resource.Custom<Gauge>()("watching-real.dev/v1", "Gauge", {
  ...names,
  spec: Schema.Struct({ level: Schema.Literal("low", "high") })
}) {}

/** A kind whose definition comes late. */
class Later extends Resource.Custom<Later>()("watching-real.dev/v1", "Later", {
  plural: "laters",
  scope: "Namespaced",
  spec: Schema.Struct({ level: Schema.String })
}) {}

describe("Watching a real server's objects that do not decode", () => {
  it.live(
    "they are told apart in lists and in watches, with name, reason and JSON, stay what they were, and come back when they are repaired (W31, W46, W48, W50)",
    () =>
      Effect.gen(function*() {
        yield* Effect.acquireRelease(
          Crd.install(Wide),
          () => Effect.ignore(Api.cluster(CustomResourceDefinition).delete("gauges.watching-real.dev"))
        )
        const { metadata: { name: namespace } } = yield* Api.cluster(Namespace).create({
          metadata: { generateName: "watcher-" }
        })
        const others = Api.namespaced(Wide, namespace)
        const write = (name: string, level: string) => others.createOrReplace({ metadata: { name }, spec: { level } })
        yield* write("good", "low")
        yield* write("listed", "unheard of")

        const { changes, said, store } = yield* followed(Api.namespaced(Gauge, namespace))
        yield* store.ready
        const apart = Effect.map(
          store.undecodable,
          (all) => all.map(({ change, metadata }) => `${change} ${metadata.name}`).sort()
        )
        assert.deepStrictEqual(yield* apart, ["Listed listed"])
        assert.strictEqual(yield* store.size, 1)
        const [first] = yield* store.undecodable
        assert.include(first?.raw ?? "", "unheard of")
        assert.include(first?.error.message ?? "", "spec.level")

        yield* write("fresh", "even less")
        yield* write("good", "spoilt")
        const last = yield* write("end", "high")
        yield* store.waitFor(last.metadata.resourceVersion)
        assert.deepStrictEqual(yield* apart, ["Applied fresh", "Applied good", "Listed listed"])
        // What was known of it stays: it exists, and nobody may take it for deleted.
        assert.strictEqual((yield* store.list).find(({ metadata }) => metadata.name === "good")?.spec.level, "low")

        yield* write("good", "high")
        yield* write("listed", "low")
        yield* others.delete("fresh")
        const repaired = yield* write("end", "low")
        yield* store.waitFor(repaired.metadata.resourceVersion)
        assert.deepStrictEqual(yield* apart, [])
        yield* until(() => changes.length === 5, () => changes)
        assert.deepStrictEqual(changes, ["Added good", "Added end", "Updated good", "Added listed", "Updated end"])
        assert.notInclude(said.map((text) => text.split(" ")[0]), "Trouble")
        assert.strictEqual(said.filter((text) => text.startsWith("Init ")).join(), "Init Start")
      }).pipe(Effect.scoped, Effect.provide(layer)),
    60_000
  )

  it.live(
    "a kind that is not served yet is asked for until it is, and again when it is not served any more (W29, W40)",
    () =>
      Effect.gen(function*() {
        const definition = "laters.watching-real.dev"
        const { metadata: { name: namespace } } = yield* Api.cluster(Namespace).create({
          metadata: { generateName: "watcher-" }
        })
        const laters = Api.namespaced(Later, namespace)
        const { changes, said, store, troubles } = yield* followed(laters)
        yield* until(() => troubles.length >= 2, () => said)
        for (const error of troubles) assert.strictEqual(error._tag === "KubeStatusError" ? error.code : 0, 404)
        assert.isFalse(yield* store.isReady)

        yield* Effect.acquireRelease(
          Crd.install(Later),
          () => Effect.ignore(Api.cluster(CustomResourceDefinition).delete(definition))
        )
        yield* laters.create({ metadata: { name: "a" }, spec: { level: "1" } })
        yield* until(() => changes.includes("Added a"), () => said)
        const before = troubles.length
        yield* Api.cluster(CustomResourceDefinition).delete(definition)
        // The server deletes what there is of it, tells so, and ends the watch.
        yield* until(() => changes.includes("Deleted a") && troubles.length > before + 1, () => said)
        assert.strictEqual(yield* store.size, 0)
      }).pipe(Effect.scoped, Effect.provide(layer)),
    60_000
  )
})
