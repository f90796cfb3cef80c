import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { client, configMap, configMaps, definitions, foo, fooDefinition, foos, send } from "./support/apiserver.js"

const one = configMaps("default", "a")

const prepared = Effect.gen(function*() {
  const service = yield* TestCluster.make()
  const calls = client(service)
  yield* calls.post(configMaps(), configMap("a", { data: { a: "1" } }))
  return { ...calls, service }
})

describe("patches", () => {
  it.scoped("a merge patch sets, and takes away what is null (S34)", () =>
    Effect.gen(function*() {
      const { merge } = yield* prepared
      assert.deepStrictEqual((yield* merge(one, { data: { a: null, b: "2" } })).body.data, { b: "2" })
    }))

  it.scoped("a JSON patch does its operations in order, or none (S33)", () =>
    Effect.gen(function*() {
      const { get, json } = yield* prepared
      const done = yield* json(one, [{ op: "test", path: "/data/a", value: "1" }, {
        op: "add",
        path: "/data/b",
        value: "2"
      }, { op: "remove", path: "/data/a" }])
      assert.deepStrictEqual(done.body.data, { b: "2" })
      const failed = yield* json(one, [{ op: "remove", path: "/data/b" }, { op: "test", path: "/data/c", value: "x" }])
      assert.deepStrictEqual([failed.status, failed.body.reason, failed.body.details], [422, "Invalid", {}])
      assert.deepStrictEqual((yield* get(one)).body.data, { b: "2" })
    }))

  it.scoped("test of null on an absent key and replace of an absent key succeed (S33)", () =>
    Effect.gen(function*() {
      const { json } = yield* prepared
      const done = yield* json(one, [{ op: "test", path: "/data/zz", value: null }, {
        op: "replace",
        path: "/data/zz",
        value: "q"
      }])
      assert.deepStrictEqual(done.body.data, { a: "1", zz: "q" })
    }))

  it.scoped("what is no patch is a 400, too many operations a 413 (S33)", () =>
    Effect.gen(function*() {
      const { json, merge } = yield* prepared
      const replies = [
        yield* merge(one, "{bad"),
        yield* merge(one, "[]"),
        yield* merge(one, "null"),
        yield* merge(one, ""),
        yield* json(one, "{}"),
        yield* json(one, Array.from({ length: 10_001 }, () => ({ op: "test", path: "/data/a", value: "1" })))
      ]
      assert.deepStrictEqual(replies.map((reply) => [reply.status, reply.body.message]), [
        [400, "invalid JSON patch"],
        [400, "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"],
        [400, "Invalid JSON Patch"],
        [400, "invalid JSON patch"],
        [400, "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"],
        [413, "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001"]
      ])
    }))

  it.scoped("a patch cannot give another name, namespace or uid (S5)", () =>
    Effect.gen(function*() {
      const { merge } = yield* prepared
      const name = yield* merge(one, { metadata: { name: "b" } })
      const namespace = yield* merge(one, { metadata: { namespace: "kube-system" } })
      const uid = yield* merge(one, { metadata: { uid: "x" } })
      assert.deepStrictEqual([name.status, namespace.status, uid.status, uid.body.details.causes[0].field], [
        400,
        400,
        422,
        "metadata.uid"
      ])
    }))

  it.scoped("a patch that makes no object of the kind is a 422 whose message quotes the object, secrets and all (S41)", () =>
    Effect.gen(function*() {
      const { merge, post } = yield* prepared
      yield* post("/api/v1/namespaces/default/secrets", { metadata: { name: "s" }, data: { password: "aHVudGVyMg==" } })
      const failed = yield* merge("/api/v1/namespaces/default/secrets/s", { type: 5 })
      assert.deepStrictEqual([failed.status, failed.body.details.causes[0].field], [422, "patch"])
      assert.include(failed.body.message, "aHVudGVyMg==")
      assert.include(failed.body.details.causes[0].message, "aHVudGVyMg==")
    }))

  it.scoped("content types that a kind does not take are a 415 (S34)", () =>
    Effect.gen(function*() {
      const { post, service } = yield* prepared
      yield* post(definitions, fooDefinition())
      yield* service.settle
      yield* post(foos(), foo("a"))
      const patch = (url: string, type: string) =>
        Effect.map(send(service, "PATCH", url, {}, { type }), (reply) => [reply.status, reply.body.message])
      assert.deepStrictEqual(yield* patch(one, "application/json"), [415, "415: Unsupported Media Type"])
      assert.deepStrictEqual(yield* patch(foos("a"), "application/strategic-merge-patch+json"), [
        415,
        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
      ])
    }))

  it.scoped("force is for apply only (S35)", () =>
    Effect.gen(function*() {
      const { merge } = yield* prepared
      const forced = yield* merge(`${one}?force=true`, { data: {} })
      assert.deepStrictEqual([forced.status, forced.body.details.causes[0].field], [422, "force"])
    }))

  it.scoped("the scale of a workload is read and written without its kind (S48, S50)", () =>
    Effect.gen(function*() {
      const { get, merge, post, put } = yield* prepared
      const deployments = "/apis/apps/v1/namespaces/default/deployments"
      yield* post(deployments, {
        metadata: { name: "d" },
        spec: {
          replicas: 2,
          selector: { matchLabels: { a: "b" } },
          template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } }
        }
      })
      const scale = yield* get(`${deployments}/d/scale`)
      assert.deepStrictEqual([scale.body.kind, scale.body.apiVersion, scale.body.spec, scale.body.status], [
        "Scale",
        "autoscaling/v1",
        { replicas: 2 },
        { replicas: 0, selector: "a=b" }
      ])
      assert.strictEqual((yield* merge(`${deployments}/d/scale`, { spec: { replicas: 7 } })).body.spec.replicas, 7)
      const deployment = yield* get(`${deployments}/d`)
      assert.deepStrictEqual([deployment.body.spec.replicas, deployment.body.metadata.generation], [7, 2])
      assert.strictEqual((yield* put(`${deployments}/d/scale`, scale.body)).status, 409)
      assert.strictEqual((yield* merge(`${deployments}/d/scale`, { spec: { replicas: -1 } })).status, 422)
    }))
})
