import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { client, configMap, configMaps, type Json } from "./support/apiserver.js"

const cluster = Effect.map(TestCluster.make(), (service) => ({ ...client(service), service }))

const one = configMaps("default", "a")
const pods = "/api/v1/namespaces/default/pods"
const finalizers = (...names: ReadonlyArray<string>): Json => ({ metadata: { finalizers: names } })

describe("deletes", () => {
  it.scoped("a delete answers a Status with what is gone, or the object where its kind does so (S16)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post } = yield* cluster
      const made = yield* post(configMaps(), configMap("a"))
      const gone = yield* remove(one)
      assert.deepStrictEqual([gone.status, gone.body], [200, {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Success",
        details: { name: "a", kind: "configmaps", uid: made.body.metadata.uid }
      }])
      assert.strictEqual((yield* get(one)).status, 404)
      yield* post("/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "s" } })
      assert.strictEqual((yield* remove("/api/v1/namespaces/default/serviceaccounts/s")).body.kind, "ServiceAccount")
      assert.strictEqual((yield* remove(one)).body.message, "configmaps \"a\" not found")
    }))

  it.scoped("finalizers hold an object: it is marked, keeps its mark, and goes with the last of them (S17, S18)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, merge, post, service } = yield* cluster
      yield* post(configMaps(), configMap("a", finalizers("a.b/c")))
      yield* TestClock.adjust("1 minute")
      const marked = yield* remove(one)
      assert.deepStrictEqual(
        [marked.body.metadata.deletionTimestamp, marked.body.metadata.deletionGracePeriodSeconds],
        ["1970-01-01T00:01:00Z", 0]
      )
      const before = yield* service.resourceVersion
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* remove(one)).body, marked.body)
      assert.strictEqual(yield* service.resourceVersion, before)
      const added = yield* merge(one, finalizers("a.b/c", "d/e"))
      assert.deepStrictEqual([added.status, added.body.details.causes[0].reason], [422, "FieldValueForbidden"])
      const changed = yield* merge(one, { metadata: { deletionTimestamp: null }, data: { k: "v" } })
      assert.strictEqual(changed.body.metadata.deletionTimestamp, "1970-01-01T00:01:00Z")
      const last = yield* merge(one, { metadata: { finalizers: null } })
      assert.deepStrictEqual([last.status, last.body.metadata.resourceVersion], [
        200,
        changed.body.metadata.resourceVersion
      ])
      assert.strictEqual((yield* get(one)).status, 404)
      assert.strictEqual(yield* service.resourceVersion, String(Number(changed.body.metadata.resourceVersion) + 1))
    }))

  it.scoped("preconditions that do not hold are a 409 (S15)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post } = yield* cluster
      const made = yield* post(configMaps(), configMap("a"))
      const uid = yield* remove(one, { preconditions: { uid: "other" } })
      const version = yield* remove(one, { preconditions: { resourceVersion: "1" } })
      assert.deepStrictEqual([uid.status, version.status], [409, 409])
      assert.deepStrictEqual(uid.body.details, { name: "a", kind: "ConfigMap" })
      assert.strictEqual((yield* get(one)).status, 200)
      const { resourceVersion, uid: own } = made.body.metadata
      assert.strictEqual((yield* remove(one, { preconditions: { uid: own, resourceVersion } })).status, 200)
    }))

  it.scoped("a body of options wins over the query, wholly (S14)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post } = yield* cluster
      yield* post(configMaps(), configMap("a"))
      yield* remove(`${one}?dryRun=All`)
      assert.strictEqual((yield* get(one)).status, 200)
      yield* remove(`${one}?dryRun=All`, { kind: "DeleteOptions", apiVersion: "v1" })
      assert.strictEqual((yield* get(one)).status, 404)
    }))

  it.scoped("options that make no sense are refused (S14, S19)", () =>
    Effect.gen(function*() {
      const { delete: remove, post } = yield* cluster
      yield* post(configMaps(), configMap("a"))
      const both = yield* remove(one, { propagationPolicy: "Orphan", orphanDependents: true })
      const unknown = yield* remove(one, { propagationPolicy: "Foo" })
      const dry = yield* remove(`${one}?dryRun=Foo`)
      const kind = yield* remove(one, { kind: "Foo", apiVersion: "v1" })
      const grace = yield* remove(`${one}?gracePeriodSeconds=x`)
      assert.deepStrictEqual([both, unknown, dry, kind, grace].map((reply) => reply.status), [422, 422, 422, 400, 400])
    }))

  it.scoped("a propagation policy stands as a finalizer until the garbage collector is done (S19)", () =>
    Effect.gen(function*() {
      const { delete: remove, post } = client(yield* TestCluster.make({ garbageCollector: false }))
      yield* post(configMaps(), configMap("a", finalizers("a.b/c")))
      const policy = (name: string) =>
        Effect.map(remove(`${one}?propagationPolicy=${name}`), (reply) => reply.body.metadata.finalizers)
      assert.deepStrictEqual(yield* policy("Foreground"), ["a.b/c", "foregroundDeletion"])
      assert.deepStrictEqual(yield* policy("Orphan"), ["a.b/c", "orphan"])
      assert.deepStrictEqual(yield* policy("Background"), ["a.b/c"])
    }))

  it.scoped("a bound Pod stays for its grace period, which can be shortened; an unbound one goes at once", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post } = yield* cluster
      yield* post(pods, { metadata: { name: "free" }, spec: { containers: [{ name: "c", image: "i" }] } })
      const gone = yield* remove(`${pods}/free`)
      assert.deepStrictEqual([gone.body.kind, gone.body.metadata.generation], ["Pod", 2])
      assert.strictEqual((yield* get(`${pods}/free`)).status, 404)
      yield* post(pods, {
        metadata: { name: "bound" },
        spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] }
      })
      const going = yield* remove(`${pods}/bound`)
      assert.deepStrictEqual([going.body.metadata.deletionGracePeriodSeconds, going.body.metadata.deletionTimestamp], [
        30,
        "1970-01-01T00:00:30Z"
      ])
      const longer = yield* remove(`${pods}/bound?gracePeriodSeconds=60`)
      assert.strictEqual(longer.body.metadata.deletionGracePeriodSeconds, 30)
      yield* remove(`${pods}/bound?gracePeriodSeconds=0`)
      assert.strictEqual((yield* get(`${pods}/bound`)).status, 404)
    }))

  it.scoped("a deletecollection takes selectors, answers what it deleted, and leaves the rest (S20)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post } = yield* cluster
      yield* Effect.forEach(
        ["a", "b", "c"],
        (name) => post(configMaps(), configMap(name, { metadata: { labels: { l: name === "c" ? "2" : "1" } } }))
      )
      yield* post(configMaps(), configMap("d", { metadata: { labels: { l: "1" }, finalizers: ["x/y"] } }))
      const deleted = yield* remove(`${configMaps()}?labelSelector=l%3D1`)
      assert.deepStrictEqual([deleted.body.kind, deleted.body.items.map((item: Json) => item.metadata.name)], [
        "ConfigMapList",
        ["a", "b", "d"]
      ])
      const left = yield* get(configMaps())
      assert.deepStrictEqual(
        left.body.items.map((item: Json) => [item.metadata.name, item.metadata.deletionTimestamp !== undefined]),
        [["c", false], ["d", true]]
      )
    }))
})
