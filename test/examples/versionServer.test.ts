import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { site, versionOf } from "../../examples/version-server.js"
import * as Api from "../../src/client/Api.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { clusterOf, deployment, start } from "./running.js"

const name = "version-server"
const web = { namespace: "examples", name: "web" }

const ask = (path: string) =>
  Effect.flatMap(HttpClient.get(path), (response) =>
    Effect.map(response.text, (text) => ({
      status: response.status,
      body: response.headers["content-type"]?.startsWith("application/json") === true ? JSON.parse(text) : text
    })))

describe("examples/version-server", () => {
  it.live("shows the images of all Deployments, as they are now, and asks the API server for no visitor", () =>
    Effect.gen(function*() {
      const server = yield* TestCluster.TestCluster
      yield* start(name, site)
      const containers = [{ name: "web", image: "registry.example.com:5000/web:1.2.3", version: "1.2.3" }]
      assert.deepStrictEqual(
        (yield* ask("/versions")).body.find((it: { name: string }) => it.name === "web"),
        { ...web, containers }
      )
      assert.deepStrictEqual(yield* ask("/versions/examples/web"), { status: 200, body: { ...web, containers } })
      assert.deepStrictEqual(yield* ask("/versions/examples/none"), {
        status: 404,
        body: "there is no Deployment examples/none\n"
      })
      assert.deepStrictEqual(yield* ask("/healthz"), { status: 200, body: "ok\n" })

      const before = (yield* server.requests).length
      for (let visitor = 0; visitor < 10; visitor++) yield* ask("/versions")
      assert.strictEqual((yield* server.requests).length, before)

      yield* Api.namespaced(Deployment, "examples").patch(
        "web",
        Patch.strategic({
          spec: { template: { spec: { containers: [{ name: "web", image: "registry.example.com:5000/web:2" }] } } }
        })
      )
      yield* ask("/versions/examples/web").pipe(
        Effect.repeat({
          schedule: Schedule.spaced("5 millis"),
          until: ({ body }) => body.containers[0].version === "2"
        }),
        Effect.timeout("5 seconds")
      )
    }).pipe(
      Effect.scoped,
      Effect.provide(NodeHttpServer.layerTest),
      Effect.provide(clusterOf(name, deployment("examples", "web", "registry.example.com:5000/web:1.2.3")))
    ))

  it("the version of an image is its tag or its digest, and a port is neither", () => {
    assert.strictEqual(versionOf("web"), "latest")
    assert.strictEqual(versionOf("registry.example.com:5000/team/web"), "latest")
    assert.strictEqual(versionOf("registry.example.com:5000/team/web:1.2"), "1.2")
    assert.strictEqual(versionOf("web:1.2@sha256:abc"), "sha256:abc")
  })
})
