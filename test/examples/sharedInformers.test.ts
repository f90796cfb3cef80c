import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { main } from "../../examples/shared-informers.js"
import * as Api from "../../src/client/Api.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { ConfigMap, Namespace } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Wait from "../../src/runtime/Wait.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { clusterOf, deployment, namespace, start } from "./running.js"

const name = "shared-informers"
const cluster = Effect.provide(
  clusterOf(name, namespace("store", { team: "storefront" }), deployment("store", "web", "registry.example.com/web:1"))
)
const deployments = Api.namespaced(Deployment, "store")
const configMaps = Api.namespaced(ConfigMap, "store")

const team = (team: string) => Wait.field("team", (it: Deployment) => it.metadata.labels?.["team"], team)
const runs = (expected: { readonly [deployment: string]: string }) =>
  Wait.make("the inventory", (it: ConfigMap) => JSON.stringify(it.data ?? {}) === JSON.stringify(expected))

describe("examples/shared-informers", () => {
  it.scoped("both controllers do their work, over one list and one watch of each kind", () =>
    Effect.gen(function*() {
      const server = yield* TestCluster.TestCluster
      yield* start(name, main)
      yield* Wait.until(deployments, "web", team("storefront"))
      yield* Wait.until(configMaps, "inventory", runs({ web: "registry.example.com/web:1" }))

      yield* Api.cluster(Namespace).patch("store", Patch.merge({ metadata: { labels: { team: "shop" } } }))
      yield* Wait.until(deployments, "web", team("shop"))
      yield* deployments.delete("web")
      yield* Wait.until(configMaps, "inventory", runs({}))

      const all = yield* server.requests
      // Those with a field selector are the test's own, which waits for single objects.
      const lists = all.filter(({ query, verb }) => verb === "list" && !query.includes("fieldSelector")).map(
        ({ resource }) => resource
      )
      assert.deepStrictEqual([...lists].sort(), ["deployments", "namespaces"])
      const open = (yield* server.watches).map(({ resource }) => resource)
      assert.deepStrictEqual(open.sort(), ["deployments", "namespaces"])
    }).pipe(cluster))
})
