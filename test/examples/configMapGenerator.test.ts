import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { ConfigMapGenerator, main } from "../../examples/config-map-generator.js"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Wait from "../../src/runtime/Wait.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { clusterOf, start } from "./running.js"

const name = "config-map-generator"
const generators = Api.namespaced(ConfigMapGenerator, "examples")
const configMaps = Api.namespaced(ConfigMap, "examples")
const cluster = Effect.provide(clusterOf(name))

const shop = {
  metadata: { name: "shop" },
  spec: { common: { currency: "EUR" }, environments: { staging: { log: "debug" }, production: { log: "warning" } } }
}

const observed = (generation: number) =>
  Wait.field("status.observedGeneration", (it: ConfigMapGenerator) => it.status?.observedGeneration, generation)

const says = (log: string) => Wait.field("data.log", (it: ConfigMap) => it.data?.["log"], log)

describe("examples/config-map-generator", () => {
  it.scoped("each environment has its ConfigMap, which the generator owns; then all is quiet (K8)", () =>
    Effect.gen(function*() {
      const server = yield* TestCluster.TestCluster
      yield* start(name, main)
      const generator = yield* generators.create(shop)
      const { status } = yield* Wait.until(generators, "shop", observed(1))
      assert.deepStrictEqual(status?.configMaps, ["shop-production", "shop-staging"])
      const staging = yield* configMaps.get("shop-staging")
      assert.deepStrictEqual(staging.data, { currency: "EUR", log: "debug" })
      assert.deepStrictEqual(staging.metadata.ownerReferences?.map(({ uid }) => uid), [generator.metadata.uid])

      yield* server.quiet({ for: "1 second" }).pipe(
        Effect.fork,
        Effect.tap(TestClock.adjust("5 seconds")),
        Effect.flatMap(Fiber.join)
      )
      const written = yield* server.resourceVersion
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* server.resourceVersion, written)
    }).pipe(cluster))

  it.scoped("what somebody changes or deletes comes back, and what is asked for no more goes (K8)", () =>
    Effect.gen(function*() {
      yield* start(name, main)
      yield* generators.create(shop)
      yield* Wait.until(generators, "shop", observed(1))

      yield* configMaps.patch("shop-staging", Patch.merge({ data: { log: "none" } }))
      yield* Wait.until(configMaps, "shop-staging", says("debug"))
      yield* configMaps.delete("shop-staging")
      yield* Wait.until(configMaps, "shop-staging", says("debug"))

      yield* generators.modify("shop", (found) => ({
        ...found,
        spec: { environments: { staging: { log: "info" } } }
      }))
      yield* Wait.until(generators, "shop", observed(2))
      const { items } = yield* configMaps.list()
      assert.deepStrictEqual(items.map(({ data, metadata }) => [metadata.name, data]), [
        ["shop-staging", { log: "info" }]
      ])
    }).pipe(cluster))

  it.scoped("when the generator goes its ConfigMaps go, also when it waits for them", () =>
    Effect.gen(function*() {
      yield* start(name, main)
      for (const propagationPolicy of ["Background", "Foreground"] as const) {
        const { metadata } = yield* generators.create(shop)
        yield* Wait.until(generators, "shop", observed(1))
        yield* generators.delete("shop", { propagationPolicy })
        const gone = yield* Effect.fork(
          Effect.all([
            Wait.until(generators, "shop", Wait.deleted(metadata.uid)),
            Wait.until(configMaps, "shop-staging", Wait.not(Wait.exists))
          ])
        )
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(gone)
        assert.deepStrictEqual((yield* configMaps.list()).items, [])
      }
    }).pipe(cluster))

  it.scoped("an environment whose name no ConfigMap can have is refused once, until the generator changes (K18)", () =>
    Effect.gen(function*() {
      const server = yield* TestCluster.TestCluster
      yield* start(name, main)
      yield* generators.create({ metadata: { name: "shop" }, spec: { environments: { "Not A Name": {} } } })
      yield* TestClock.adjust("10 minutes")
      const refused = (yield* server.requests).filter(({ resource, verb }) =>
        resource === "configmaps" && verb === "patch"
      )
      assert.lengthOf(refused, 1)
      yield* generators.modify("shop", (found) => ({ ...found, spec: { environments: { staging: { log: "on" } } } }))
      yield* Wait.until(configMaps, "shop-staging", says("on"))
    }).pipe(cluster))
})
