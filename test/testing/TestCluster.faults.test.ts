import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { client, configMap, configMaps, foo, fooDefinition, foos, send, settle, watch } from "./support/apiserver.js"

const cluster = Effect.map(TestCluster.make(), (service) => ({ ...client(service), service }))

const raw = (service: TestCluster.Service, method: string, url: string, body = "") =>
  service.handle({ method, url, headers: { "content-type": "application/json" }, body: new TextEncoder().encode(body) })

describe("faults", () => {
  it.scoped("the next requests that match are refused, with Retry-After, and then no more (S59)", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      yield* service.faults.inject({
        when: (request) => request.resource === "configmaps" && request.verb === "get",
        times: 2,
        fault: { _tag: "Refuse", status: 429, reason: "TooManyRequests", message: "slow down", retryAfterSeconds: 7 }
      })
      assert.strictEqual((yield* post(configMaps(), configMap("a"))).status, 201)
      for (let attempt = 0; attempt < 2; attempt++) {
        const refused = yield* get(configMaps("default", "a"))
        assert.deepStrictEqual([refused.status, refused.headers["retry-after"], refused.body.details], [429, "7", {
          retryAfterSeconds: 7
        }])
      }
      assert.strictEqual((yield* get(configMaps("default", "a"))).status, 200)
    }))

  it.scoped("a proxy's page instead of a Status (S58)", () =>
    Effect.gen(function*() {
      const { get, service } = yield* cluster
      yield* service.faults.inject({
        times: 1,
        fault: { _tag: "Refuse", status: 502, text: "<html>Bad Gateway</html>", contentType: "text/html" }
      })
      const reply = yield* get(configMaps())
      assert.deepStrictEqual([reply.status, reply.headers["content-type"], reply.body], [
        502,
        "text/html",
        "<html>Bad Gateway</html>"
      ])
    }))

  it.scoped("rules are taken back one by one or all at once", () =>
    Effect.gen(function*() {
      const { get, service } = yield* cluster
      const takeBack = yield* service.faults.inject({ fault: { _tag: "Refuse", status: 500 } })
      assert.strictEqual((yield* get(configMaps())).status, 500)
      yield* takeBack
      assert.strictEqual((yield* get(configMaps())).status, 200)
      yield* service.faults.inject({ fault: { _tag: "Refuse", status: 500 } })
      yield* service.faults.clear
      assert.strictEqual((yield* get(configMaps())).status, 200)
    }))

  it.scoped("a delayed request waits on the clock of the test, and sees what is written meanwhile", () =>
    Effect.gen(function*() {
      const { get, post, service } = yield* cluster
      yield* service.faults.inject({
        when: (request) => request.verb === "list",
        times: 1,
        fault: { _tag: "Delay", duration: "10 seconds" }
      })
      const listing = yield* Effect.fork(get(configMaps()))
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual((yield* Fiber.poll(listing))._tag, "None")
      yield* post(configMaps(), configMap("a"))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(listing)).body.items.length, 1)
    }))

  it.scoped("a silent server never answers, and lets go of who gives up", () =>
    Effect.gen(function*() {
      const { service } = yield* cluster
      yield* service.faults.inject({ times: 1, fault: { _tag: "Silence" } })
      const asking = yield* Effect.fork(raw(service, "GET", configMaps()))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* Fiber.poll(asking))._tag, "None")
      yield* Fiber.interrupt(asking)
    }))

  it.scoped("a connection that breaks before the request is done, and one that breaks after: only the answer is lost then", () =>
    Effect.gen(function*() {
      const { get, service } = yield* cluster
      const write = (name: string) => Effect.flip(raw(service, "POST", configMaps(), JSON.stringify(configMap(name))))
      yield* service.faults.inject({
        when: (request) => request.verb === "create",
        times: 1,
        fault: { _tag: "Disconnect" }
      })
      assert.strictEqual((yield* write("before"))._tag, "ConnectionCut")
      yield* service.faults.inject({
        when: (request) => request.verb === "create",
        times: 1,
        fault: { _tag: "Disconnect", after: true }
      })
      assert.strictEqual((yield* write("after"))._tag, "ConnectionCut")
      assert.deepStrictEqual([
        (yield* get(configMaps("default", "before"))).status,
        (yield* get(configMaps("default", "after"))).status
      ], [404, 200])
    }))

  it.scoped("an answer that breaks off in the middle of its body", () =>
    Effect.gen(function*() {
      const { service } = yield* cluster
      yield* service.faults.inject({ times: 1, fault: { _tag: "Cut", afterBytes: 20 } })
      const exit = yield* Effect.exit(send(service, "GET", configMaps()))
      assert.strictEqual(exit._tag, "Failure")
    }))

  it.scoped("watches are cut at once, those of one resource only (S32)", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      const watching = yield* watch(service, `${configMaps()}?watch=1`)
      const other = yield* watch(service, "/api/v1/secrets?watch=1")
      assert.deepStrictEqual((yield* service.watches).map((each) => each.resource), ["configmaps", "secrets"])
      assert.strictEqual(yield* service.faults.cutWatches({ resource: "configmaps" }), 1)
      assert.strictEqual(yield* watching.end, "cut")
      assert.isFalse(yield* other.hasEnded)
      yield* post(configMaps(), configMap("a"))
      assert.deepStrictEqual(yield* watching.rest, [])
      assert.deepStrictEqual((yield* service.watches).map((each) => each.resource), ["secrets"])
    }))

  it.scoped("a watch is cut in the middle of a line", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      const watching = yield* watch(service, `${configMaps()}?watch=1`)
      yield* service.faults.cutWatches({ afterBytes: 30 })
      yield* settle
      assert.isFalse(yield* watching.hasEnded)
      yield* post(configMaps(), configMap("a"))
      assert.strictEqual(yield* watching.end, "cut")
      assert.strictEqual(yield* watching.tail, "{\"type\":\"ADDED\",\"object\":{\"kin")
      assert.deepStrictEqual(yield* watching.rest, [])
    }))

  it.scoped("a watch is ended as by its deadline, or left hanging", () =>
    Effect.gen(function*() {
      const { post, service } = yield* cluster
      const ended = yield* watch(service, `${configMaps()}?watch=1`)
      assert.strictEqual(yield* service.faults.endWatches(), 1)
      assert.strictEqual(yield* ended.end, "clean")
      const hanging = yield* watch(service, `${configMaps()}?watch=1&timeoutSeconds=60`)
      yield* service.faults.silenceWatches()
      yield* post(configMaps(), configMap("a"))
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(yield* hanging.rest, [])
      assert.isFalse(yield* hanging.hasEnded)
    }))

  it.scoped("requests are recorded with what they are about, and without credentials", () =>
    Effect.gen(function*() {
      const { service } = yield* cluster
      yield* TestClock.adjust("5 seconds")
      yield* send(service, "PATCH", `${configMaps("default", "a")}?dryRun=All`, { data: {} }, {
        type: "application/merge-patch+json",
        headers: { authorization: "Bearer secret" }
      })
      yield* send(service, "GET", "/version")
      const [patch, version] = yield* service.requests
      assert.deepInclude(patch, {
        index: 1,
        method: "PATCH",
        verb: "patch",
        group: "",
        version: "v1",
        resource: "configmaps",
        namespace: "default",
        name: "a",
        subresource: "",
        query: "dryRun=All",
        body: "{\"data\":{}}",
        at: 5000,
        status: 404
      })
      assert.notProperty(patch?.headers, "authorization")
      assert.deepInclude(version, { verb: "other", resource: "", path: "/version" })
    }))
})

describe("seeds", () => {
  it.scoped("objects are there from the start as they are given: status, finalizers, owner and all", () =>
    Effect.gen(function*() {
      const service = yield* TestCluster.make({
        objects: [
          {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: "p", namespace: "made", uid: "u-1", creationTimestamp: "2020-01-01T00:00:00Z" },
            spec: { containers: [{ name: "c", image: "i" }] },
            status: { phase: "Running" }
          }
        ]
      })
      const { get } = client(service)
      const pod = yield* get("/api/v1/namespaces/made/pods/p")
      assert.deepStrictEqual([
        pod.body.status,
        pod.body.metadata.uid,
        pod.body.metadata.creationTimestamp,
        pod.body.metadata.generation
      ], [{ phase: "Running" }, "u-1", "2020-01-01T00:00:00Z", 1])
      assert.strictEqual((yield* get("/api/v1/namespaces/made")).body.status.phase, "Active")
      yield* service.seed({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p", namespace: "made" },
        spec: { containers: [{ name: "c", image: "i" }] },
        status: { phase: "Failed" }
      })
      const again = yield* get("/api/v1/namespaces/made/pods/p")
      assert.deepStrictEqual([again.body.status, again.body.metadata.uid], [{ phase: "Failed" }, "u-1"])
    }))

  it.scoped("a definition that is seeded is served for the next seed", () =>
    Effect.gen(function*() {
      const service = yield* TestCluster.make({
        objects: [fooDefinition(), foo("a", { title: "x" }, { status: { ready: true } })]
      })
      assert.deepStrictEqual((yield* client(service).get(foos("a"))).body.status, { ready: true })
    }))

  it.scoped("a seed that cannot be is a typed error that says which one and why", () =>
    Effect.gen(function*() {
      const fails = (object: unknown) =>
        Effect.map(Effect.flip(TestCluster.make({ objects: [object] })), (error) => [error._tag, error.message])
      assert.deepStrictEqual(yield* fails(5), ["TestClusterSeedError", "seed 0: expected an object"])
      assert.deepStrictEqual(yield* fails({ apiVersion: "v1", kind: "ConfigMap", metadata: {} }), [
        "TestClusterSeedError",
        "seed 0: metadata.name: expected a text"
      ])
      assert.deepStrictEqual(yield* fails({ apiVersion: "a/v1", kind: "B", metadata: { name: "c" } }), [
        "TestClusterSeedError",
        "seed 0: a/v1 B: no such kind is served; seed its CustomResourceDefinition first"
      ])
      assert.include((yield* fails(configMap("A_")))[1], "metadata.name: Invalid value: \"A_\"")
    }))

  it.scoped("everything that is stored can be read, and what is read can be changed without changing the store", () =>
    Effect.gen(function*() {
      const service = yield* TestCluster.make({
        objects: [configMap("a", { data: { k: "v" } })],
        namespaces: ["default"]
      })
      const [namespace, found] = yield* service.objects
      assert.deepStrictEqual([namespace?.kind, found?.kind, found?.metadata.name], ["Namespace", "ConfigMap", "a"])
      Object.assign(found?.["data"] as object, { k: "changed" })
      assert.deepStrictEqual((yield* service.objects)[1]?.["data"], { k: "v" })
    }))
})
