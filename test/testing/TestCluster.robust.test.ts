import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Behaviour from "../../src/testing/Behaviour.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { client, configMap, configMaps, settle, watch } from "./support/apiserver.js"

const reference = (name: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name,
  uid: "00000000-0000-4000-8000-000000000000"
})

describe("what goes wrong inside", () => {
  it.scoped("a controller that is refused goes on with what comes after it (S19)", () =>
    Effect.gen(function*() {
      const service = yield* TestCluster.make()
      const { get, merge, post } = client(service)
      // The collector wants to delete this namespace, and may not.
      yield* merge("/api/v1/namespaces/default", {
        metadata: {
          ownerReferences: [{ ...reference("gone"), apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" }]
        }
      })
      yield* settle
      yield* service.settle
      yield* post(configMaps(), { metadata: { name: "orphan", ownerReferences: [reference("gone")] } })
      yield* settle
      yield* service.settle
      assert.strictEqual((yield* get(configMaps("default", "orphan"))).status, 404)
    }))

  it.scoped("a behaviour that throws fails no write, and watches hear of it (S28)", () =>
    Effect.gen(function*() {
      const throwing = Behaviour.make({
        for: { apiVersion: "v1", kind: "ConfigMap" },
        concerns: [{
          for: { apiVersion: "v1", kind: "ConfigMap" },
          of: () => {
            throw new Error("of a concern")
          }
        }],
        step: () => {
          throw new Error("of a step")
        }
      })
      const service = yield* TestCluster.make({ behaviours: [throwing] })
      const { post } = client(service)
      const open = yield* watch(service, `${configMaps()}?watch=1`)
      assert.strictEqual((yield* post(configMaps(), configMap("a"))).status, 201)
      yield* settle
      assert.strictEqual((yield* post(configMaps(), configMap("b"))).status, 201)
      assert.deepStrictEqual((yield* open.take(2)).map(({ object }) => object.metadata.name), ["a", "b"])
    }))

  it.scopedLive("a warning of any characters and any number of them reach a client over a socket (S39)", () =>
    Effect.gen(function*() {
      const service = yield* TestCluster.make()
      const { url } = yield* Effect.provideService(TestCluster.serve(), TestCluster.TestCluster, service)
      const ask = (body: object) =>
        Effect.promise(() =>
          fetch(`${url}${configMaps()}`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body)
          })
        )
      const odd = yield* ask({ metadata: { name: "a" }, "日本\r\nx: y": 1 })
      assert.strictEqual(odd.status, 201)
      const bytes = Uint8Array.from(odd.headers.get("warning") ?? "", (character) => character.charCodeAt(0))
      assert.include(new TextDecoder().decode(bytes), "unknown field \\\"日本")
      const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`unknown${index}`, 1]))
      assert.strictEqual((yield* ask({ metadata: { name: "b" }, ...many })).status, 201)
    }))

  it.scoped("what requests said is remembered within bounds", () =>
    Effect.gen(function*() {
      const service = yield* TestCluster.make()
      const body = "x".repeat(3_000_000)
      for (let i = 0; i < 60; i++) yield* client(service).post(configMaps(), body)
      const requests = yield* service.requests
      assert.isBelow(requests.length * body.length, 70_000_000)
      assert.strictEqual(requests.at(-1)?.index, 60)
    }))

  it.scoped("bodies with very many duplicate keys are read in no time (S39)", () =>
    Effect.gen(function*() {
      const { post } = client(yield* TestCluster.make())
      const lines = "a: 1\n".repeat(200_000)
      const yaml = yield* post(configMaps(), `${lines}metadata: {name: a}\n`, { type: "application/yaml" })
      assert.strictEqual(yaml.status, 201)
      const members = Array.from({ length: 50_000 }, (_, index) => `"k${index}":1,"k${index}":1`).join(",")
      const json = yield* post(configMaps(), `{"metadata":{"name":"b"},${members}}`)
      assert.strictEqual(json.status, 201)
    }), 20_000)
})
