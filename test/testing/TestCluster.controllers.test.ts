import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { client, configMap, configMaps, type Json, settle } from "./support/apiserver.js"

const cluster = Effect.map(TestCluster.make(), (service) => ({ ...client(service), service }))

const reference = (owner: Json, more: Json = {}): Json => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  ...more
})

const owned = (name: string, ...owners: ReadonlyArray<Json>): Json =>
  configMap(name, { metadata: { ownerReferences: owners } })
const at = (name: string): string => configMaps("default", name)

/** Which of these ConfigMaps there are. */
const there = (get: (url: string) => Effect.Effect<{ readonly body: Json }>) =>
  Effect.map(get(configMaps()), (reply) => reply.body.items.map((item: Json) => item.metadata.name).join(""))

describe("the garbage collector", () => {
  it.scoped("dependents go after their owner, and theirs after them, by themselves (S19)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post } = yield* cluster
      const a = yield* post(configMaps(), configMap("a"))
      const b = yield* post(configMaps(), owned("b", reference(a.body)))
      yield* post(configMaps(), owned("c", reference(b.body)))
      yield* remove(at("a"))
      yield* settle
      assert.strictEqual(yield* there(get), "")
    }))

  it.scoped("an owner is known by its uid: another object of the name is none (S19)", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      const a = yield* post(configMaps(), configMap("a"))
      yield* post(configMaps(), owned("b", reference(a.body, { uid: "another" })))
      yield* service.settle
      assert.strictEqual(yield* there(get), "a")
    }))

  it.scoped("one owner that is there is enough; the references to those that are gone are dropped (S19)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post, service } = yield* cluster
      const a = yield* post(configMaps(), configMap("a"))
      const b = yield* post(configMaps(), configMap("b"))
      yield* post(configMaps(), owned("c", reference(a.body), reference(b.body)))
      yield* remove(at("a"))
      yield* service.settle
      assert.deepStrictEqual((yield* get(at("c"))).body.metadata.ownerReferences, [reference(b.body)])
      yield* remove(at("b"))
      yield* service.settle
      assert.strictEqual(yield* there(get), "")
    }))

  it.scoped("an owner of a kind that is not served says nothing: its dependents stay", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      yield* post(configMaps(), owned("a", { apiVersion: "nope/v1", kind: "Nope", name: "n", uid: "u" }))
      yield* service.settle
      assert.strictEqual(yield* there(get), "a")
    }))

  it.scoped("orphaned dependents stay, without the reference (S19)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post, service } = yield* cluster
      const a = yield* post(configMaps(), configMap("a"))
      yield* post(configMaps(), owned("b", reference(a.body)))
      const marked = yield* remove(`${at("a")}?propagationPolicy=Orphan`)
      assert.deepStrictEqual(marked.body.metadata.finalizers, ["orphan"])
      yield* service.settle
      assert.strictEqual(yield* there(get), "b")
      assert.notProperty((yield* get(at("b"))).body.metadata, "ownerReferences")
    }))

  it.scoped("a foreground deletion waits for the dependents that block it, and for no others (S19)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, merge, post, service } = yield* cluster
      const a = yield* post(configMaps(), configMap("a"))
      const held = (name: string, blocks: boolean) => ({
        ...owned(name, reference(a.body, { blockOwnerDeletion: blocks })),
        metadata: { name, finalizers: ["x/y"], ownerReferences: [reference(a.body, { blockOwnerDeletion: blocks })] }
      })
      yield* post(configMaps(), held("b", true))
      yield* post(configMaps(), held("c", false))
      const marked = yield* remove(`${at("a")}?propagationPolicy=Foreground`)
      assert.deepStrictEqual(marked.body.metadata.finalizers, ["foregroundDeletion"])
      yield* service.settle
      assert.strictEqual(yield* there(get), "abc")
      assert.isString((yield* get(at("b"))).body.metadata.deletionTimestamp)
      assert.isString((yield* get(at("c"))).body.metadata.deletionTimestamp)
      yield* merge(at("b"), { metadata: { finalizers: null } })
      yield* service.settle
      assert.strictEqual(yield* there(get), "c")
    }))

  it.scoped("owners in a circle go when one of them is deleted", () =>
    Effect.gen(function*() {
      const { delete: remove, get, merge, post, service } = yield* cluster
      const a = yield* post(configMaps(), configMap("a"))
      const b = yield* post(configMaps(), owned("b", reference(a.body, { blockOwnerDeletion: true })))
      yield* merge(at("a"), { metadata: { ownerReferences: [reference(b.body, { blockOwnerDeletion: true })] } })
      yield* remove(`${at("a")}?propagationPolicy=Foreground`)
      yield* service.settle
      assert.strictEqual(yield* there(get), "")
    }))

  it.scoped("a Job's dependents are orphaned when nobody says otherwise (S19)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, post, service } = yield* cluster
      const job = yield* post("/apis/batch/v1/namespaces/default/jobs", {
        metadata: { name: "j" },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } }
      })
      yield* post(configMaps(), owned("b", reference(job.body)))
      yield* remove("/apis/batch/v1/namespaces/default/jobs/j")
      yield* service.settle
      assert.strictEqual(yield* there(get), "b")
    }))

  it.scoped("it can be switched off", () =>
    Effect.gen(function*() {
      const service = yield* TestCluster.make({ garbageCollector: false })
      const { delete: remove, get, post } = client(service)
      const a = yield* post(configMaps(), configMap("a"))
      yield* post(configMaps(), owned("b", reference(a.body)))
      yield* remove(at("a"))
      yield* service.settle
      assert.strictEqual(yield* there(get), "b")
    }))
})

describe("namespaces", () => {
  const namespaces = "/api/v1/namespaces"

  it.scoped("the four namespaces of a new cluster are there, and three of them cannot be deleted (S21)", () =>
    Effect.gen(function*() {
      const { delete: remove, get } = yield* cluster
      const list = yield* get(namespaces)
      assert.deepStrictEqual(list.body.items.map((item: Json) => item.metadata.name), [
        "default",
        "kube-node-lease",
        "kube-public",
        "kube-system"
      ])
      assert.deepStrictEqual([list.body.items[0].metadata.labels, list.body.items[0].spec, list.body.items[0].status], [
        { "kubernetes.io/metadata.name": "default" },
        { finalizers: ["kubernetes"] },
        { phase: "Active" }
      ])
      const refused = yield* remove(`${namespaces}/default`)
      assert.deepStrictEqual([refused.status, refused.body.message], [
        403,
        "namespaces \"default\" is forbidden: this namespace may not be deleted"
      ])
    }))

  it.scoped("a create in a namespace that is missing is a 404 of the namespace (S21)", () =>
    Effect.gen(function*() {
      const { get, post } = yield* cluster
      const missing = yield* post(configMaps("nope"), configMap("a"))
      assert.deepStrictEqual([missing.status, missing.body.message, missing.body.details], [
        404,
        "namespaces \"nope\" not found",
        { name: "nope", kind: "namespaces" }
      ])
      assert.deepStrictEqual((yield* get(configMaps("nope"))).body.items, [])
    }))

  it.scoped("a deleted namespace is emptied and goes; while it lasts it takes nothing new (S21)", () =>
    Effect.gen(function*() {
      const { delete: remove, get, merge, post, service } = yield* cluster
      yield* post(namespaces, { metadata: { name: "n" } })
      yield* post(configMaps("n"), configMap("a"))
      yield* post(configMaps("n"), configMap("held", { metadata: { finalizers: ["x/y"] } }))
      const going = yield* remove(`${namespaces}/n`)
      assert.deepStrictEqual([going.status, going.body.status.phase], [200, "Terminating"])
      yield* service.settle
      assert.deepStrictEqual((yield* get(configMaps("n"))).body.items.map((item: Json) => item.metadata.name), ["held"])
      const refused = yield* post(configMaps("n"), configMap("b"))
      assert.deepStrictEqual([refused.status, refused.body.reason, refused.body.details.causes], [403, "Forbidden", [
        { reason: "NamespaceTerminating", message: "namespace n is being terminated", field: "metadata.namespace" }
      ]])
      assert.strictEqual((yield* merge(configMaps("n", "held"), { data: { k: "v" } })).status, 200)
      yield* merge(configMaps("n", "held"), { metadata: { finalizers: null } })
      yield* service.settle
      assert.strictEqual((yield* get(`${namespaces}/n`)).status, 404)
    }))

  it.scoped("the finalize endpoint alone changes the finalizers of the spec (S50)", () =>
    Effect.gen(function*() {
      const service = yield* TestCluster.make({ namespaceController: false })
      const { delete: remove, get, post, put } = client(service)
      yield* post(namespaces, { metadata: { name: "n" } })
      const kept = yield* put(`${namespaces}/n`, { metadata: { name: "n" }, spec: { finalizers: [] } })
      assert.deepStrictEqual(kept.body.spec, { finalizers: ["kubernetes"] })
      yield* remove(`${namespaces}/n`)
      yield* service.settle
      assert.strictEqual((yield* get(`${namespaces}/n`)).body.status.phase, "Terminating")
      yield* put(`${namespaces}/n/finalize`, { metadata: { name: "n" }, spec: { finalizers: [] } })
      assert.strictEqual((yield* get(`${namespaces}/n`)).status, 404)
    }))
})
