import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import * as Discovery from "../../src/client/Discovery.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { CustomResourceDefinition } from "../../src/kinds/apiextensions/v1.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { HorizontalPodAutoscaler } from "../../src/kinds/autoscaling/v1.js"
import { Pod } from "../../src/kinds/core/v1.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Crd from "../../src/runtime/Crd.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { Foo } from "../runtime/foo.js"

const definitions = Api.cluster(CustomResourceDefinition)

const discoveryPaths = (cluster: TestCluster.Service) =>
  Effect.map(
    cluster.requests,
    (requests) =>
      requests.filter(({ path }) => path === "/api" || path === "/apis" || /^\/(api|apis\/[^/]+)\/v\w+$/.test(path))
        .map(({ path, status }) => `${path} ${status}`)
  )

const full = ({ group, plural, version }: { group: string; plural: string; version: string }) =>
  `${plural}.${version}.${group}`

/** A client of a scripted server that counts what it is asked. */
const scripted = (
  answer: (path: string, accept: string, ifNoneMatch: string | undefined) => KubeClient.TestResponse,
  delay?: Effect.Effect<void>
) =>
  Effect.sync(() => {
    const asked: Array<string> = []
    const layer = KubeClient.layerTest((request) =>
      Effect.zipRight(
        Effect.sync(() => asked.push(request.path)),
        Effect.as(delay ?? Effect.void, answer(request.path, request.accept, request.ifNoneMatch))
      )
    )
    return { asked, layer }
  })

const refusal = (code: number, reason: string) => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", reason, code, message: `scripted ${reason}` }
})

/** A resource of the aggregated form. */
const served = (resource: string, kind: string, more: object = {}) => ({
  resource,
  responseKind: { group: "", version: "", kind },
  scope: "Namespaced",
  singularResource: kind.toLowerCase(),
  verbs: ["get", "list"],
  ...more
})

const groups = (
  ...items: ReadonlyArray<readonly [string, ReadonlyArray<readonly [string, ReadonlyArray<object>, string?]>]>
) => ({
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  items: items.map(([name, versions]) => ({
    metadata: name === "" ? {} : { name },
    versions: versions.map(([version, resources, freshness = "Current"]) => ({ version, resources, freshness }))
  }))
})

const core = groups(["", [["v1", [served("pods", "Pod", { shortNames: ["po"], categories: ["all"] })]]]])

describe("Discovery", () => {
  it.effect("a kind is found by plural, singular, short name, kind, group, version, and as references name it (C43)", () =>
    Effect.gen(function*() {
      for (
        const name of [
          "deployments",
          "deployment",
          "deploy",
          "Deployment",
          "DEPLOYMENTS",
          "deploy.apps",
          "deployments.app",
          "deploy.v1.apps",
          "Deployment.v1.apps",
          { apiVersion: "apps/v1", kind: "Deployment" }
        ]
      ) assert.strictEqual(full(yield* Discovery.resolve(name)), "deployments.v1.apps", JSON.stringify(name))
      assert.strictEqual(full(yield* Discovery.resolve("hpa")), "horizontalpodautoscalers.v2.autoscaling")
      assert.strictEqual(
        full(yield* Discovery.resolve("hpa.v1.autoscaling")),
        "horizontalpodautoscalers.v1.autoscaling"
      )
      // In core/v1 and in events.k8s.io/v1.
      assert.strictEqual(full(yield* Discovery.resolve("events")), "events.v1.")
      assert.strictEqual(full(yield* Discovery.resolve("events.events")), "events.v1.events.k8s.io")
      assert.strictEqual(full(yield* Discovery.resolve("pods.v1.")), "pods.v1.")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("what is found is a resource with the scope, verbs and subresources of this server (C43)", () =>
    Effect.gen(function*() {
      const deployments = yield* Discovery.resolve("deploy")
      assert.strictEqual(deployments.scope, "Namespaced")
      assert.includeMembers([...deployments.abilities], [...Deployment.abilities])
      assert.deepStrictEqual([...deployments.shortNames], ["deploy"])
      const scale = (yield* Discovery.find("deploy")).subresources.find(({ name }) => name === "scale")
      assert.deepStrictEqual(scale?.kind, { group: "autoscaling", version: "v1", kind: "Scale" })
      assert.strictEqual((yield* Discovery.resolve("nodes")).scope, "Cluster")

      const configMaps = Api.dynamic(yield* Discovery.resolve("cm"), "default")
      yield* configMaps.create({ metadata: { name: "a" }, data: { k: "v" } })
      assert.deepStrictEqual((yield* configMaps.get("a"))["data"], { k: "v" })
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("a category stands for its kinds, and names may be parted by commas (C43)", () =>
    Effect.gen(function*() {
      const all = (yield* Discovery.resolveAll("all")).map((resource) => resource.plural)
      assert.includeMembers([...all], ["pods", "services", "deployments", "jobs", "horizontalpodautoscalers"])
      assert.strictEqual(new Set(all).size, all.length)
      const some = yield* Discovery.resolveAll("po, svc,pods,deploy")
      assert.deepStrictEqual(some.map(full), ["pods.v1.", "services.v1.", "deployments.v1.apps"])
      assert.strictEqual((yield* Effect.flip(Discovery.resolveAll("pods,nothing")))._tag, "KubeUnknownKind")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("an unknown name says what may have been meant (C43)", () =>
    Effect.gen(function*() {
      const wrong = yield* Effect.flip(Discovery.resolve("deploymets"))
      assert.strictEqual(
        wrong.message,
        "the server has no kind \"deploymets\"; did you mean deployments.v1.apps?"
      )
      const version = yield* Effect.flip(Discovery.resolve("deploy.v1beta1.apps"))
      assert(version._tag === "KubeUnknownKind")
      assert.deepStrictEqual(version.candidates, ["deployments.v1.apps"])
      const nothing = yield* Effect.flip(Discovery.resolve("__proto__"))
      assert.strictEqual(nothing.message, "the server has no kind \"__proto__\"")
      assert.strictEqual((yield* Effect.flip(Discovery.resolve("")))._tag, "KubeUnknownKind")
      const long = yield* Effect.flip(Discovery.resolve("x".repeat(100_000)))
      assert.isBelow(long.message.length, 400)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("a kind installed after the server was asked is found, and one removed is not found any more (C43)", () =>
    Effect.gen(function*() {
      yield* Discovery.resolve("pods")
      assert.isFalse(yield* Discovery.supports(Foo))
      yield* Crd.install(Foo)
      assert.strictEqual(full(yield* Discovery.resolve("foo")), "foos.v1.clux.dev")
      assert.isTrue(yield* Discovery.supports(Foo))
      yield* definitions.delete("foos.clux.dev")
      const cluster = yield* TestCluster.TestCluster
      yield* cluster.settle
      assert.strictEqual(full(yield* Discovery.resolve("foo")), "foos.v1.clux.dev", "what is known is not asked again")
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* Effect.flip(Discovery.resolve("foo")))._tag, "KubeUnknownKind")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("the server is asked once a client, and with ETags where it is asked again: 304 (C43)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const found = yield* Effect.all([Discovery.resolve("po"), Discovery.resolve("deploy"), Discovery.resolve("cm")], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual((yield* discoveryPaths(cluster)).sort(), ["/api 200", "/apis 200"])
      yield* Discovery.refresh
      yield* TestClock.adjust("9 minutes")
      yield* Discovery.resolve("po")
      assert.deepStrictEqual((yield* discoveryPaths(cluster)).slice(2).sort(), ["/api 304", "/apis 304"])
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* Discovery.resolve("po"), found[0], "what has not changed is the same value")
      assert.strictEqual((yield* discoveryPaths(cluster)).length, 6)
      yield* TestClock.adjust("10 seconds")
      yield* Discovery.resolve("po", { timeToLive: "5 seconds" })
      assert.strictEqual((yield* discoveryPaths(cluster)).length, 8)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("a server without the aggregated form is asked for its groups and versions one by one (C43)", () =>
    Effect.gen(function*() {
      const aggregated = yield* Effect.provide(Discovery.snapshot(), TestCluster.layer)
      const cluster = yield* TestCluster.TestCluster
      yield* cluster.faults.inject({
        when: ({ headers }) => headers["accept"]?.includes("APIGroupDiscoveryList") === true,
        fault: { _tag: "Refuse", status: 406, reason: "NotAcceptable" }
      })
      const legacy = yield* Discovery.snapshot()
      const plain = ({ kinds }: Discovery.Snapshot) =>
        kinds.map(({ resource, ...rest }) => ({ ...rest, abilities: resource.abilities }))
      assert.deepStrictEqual(plain(legacy), plain(aggregated))
      assert.deepStrictEqual(
        legacy.groups.map((group) => group.preferredVersion),
        aggregated.groups.map((group) => group.preferredVersion)
      )
      assert.strictEqual(full(yield* Discovery.resolve("hpa")), "horizontalpodautoscalers.v2.autoscaling")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("a version that refuses to tell is a value, and hides nothing else (C43)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      yield* cluster.faults.inject({
        when: ({ headers, path }) =>
          headers["accept"]?.includes("APIGroupDiscoveryList") === true || path === "/apis/batch/v1",
        fault: { _tag: "Refuse", status: 503, reason: "ServiceUnavailable" }
      })
      // A 503 to the aggregated form is no answer at all.
      assert.strictEqual((yield* Effect.flip(Discovery.snapshot()))._tag, "KubeStatusError")
      yield* cluster.faults.clear
      yield* cluster.faults.inject({
        when: ({ headers }) => headers["accept"]?.includes("APIGroupDiscoveryList") === true,
        fault: { _tag: "Refuse", status: 406 }
      })
      yield* cluster.faults.inject({
        when: ({ path }) => path === "/apis/batch/v1",
        fault: { _tag: "Refuse", status: 503, reason: "ServiceUnavailable" }
      })
      const { failures } = yield* Discovery.snapshot()
      assert.deepStrictEqual(failures.map(({ group, reason, version }) => [group, version, reason]), [[
        "batch",
        "v1",
        "Failed"
      ]])
      assert.strictEqual(full(yield* Discovery.resolve("deploy")), "deployments.v1.apps")
      const jobs = yield* Effect.flip(Discovery.resolve("jobs"))
      assert.include(jobs.message, "what these serve is not known now: batch/v1 (GET /apis/batch/v1")
      const job = { group: "batch", version: "v1", kind: "Job", plural: "jobs" }
      assert.strictEqual((yield* Effect.flip(Discovery.supports(job)))._tag, "KubeUnknownKind")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("a stale version is marked, is never preferred, and is found where nothing else has the name (C43)", () =>
    Effect.gen(function*() {
      const { layer } = yield* scripted((path) => ({
        body: path === "/api" ? core : groups(
          ["metrics.k8s.io", [[
            "v1beta1",
            [served("pods", "PodMetrics"), served("nodemetrics", "NodeMetrics")],
            "Stale"
          ]]],
          ["a.dev", [["v2", [served("things", "Thing")], "Stale"], ["v1", [served("things", "Thing")]]]]
        )
      }))
      yield* Effect.gen(function*() {
        assert.strictEqual(full(yield* Discovery.resolve("pods")), "pods.v1.")
        assert.strictEqual(full(yield* Discovery.resolve("things")), "things.v1.a.dev")
        const stale = yield* Discovery.find("nodemetrics")
        assert.deepStrictEqual([stale.stale, stale.version], [true, "v1beta1"])
        const { failures, groups } = yield* Discovery.snapshot()
        assert.deepStrictEqual(failures.map(({ group, reason, version }) => `${group}/${version} ${reason}`), [
          "metrics.k8s.io/v1beta1 Stale",
          "a.dev/v2 Stale"
        ])
        assert.deepStrictEqual(groups.map((group) => group.preferredVersion), ["v1", undefined, "v1"])
      }).pipe(Effect.provide(layer))
    }))

  it.effect("a name that two kinds of one version have says which they are, and a plural goes before a singular (C43)", () =>
    Effect.gen(function*() {
      const { layer } = yield* scripted((path) => ({
        body: path === "/api" ? core : groups(["a.dev", [["v1", [
          served("ones", "One", { singularResource: "it" }),
          served("twos", "Two", { singularResource: "it" }),
          served("it2", "Three", { singularResource: "three" }),
          served("fours", "Four", { singularResource: "it2" })
        ]]]])
      }))
      yield* Effect.gen(function*() {
        const error = yield* Effect.flip(Discovery.resolve("it"))
        assert.strictEqual(error.message, "\"it\" can mean ones.v1.a.dev, twos.v1.a.dev: say which")
        assert.strictEqual((yield* Discovery.resolve("it2")).kind, "Three")
      }).pipe(Effect.provide(layer))
    }))

  it.effect("a hundred fibers ask the server once, share its refusal, and one that asks later asks anew (C43)", () =>
    Effect.gen(function*() {
      let up = false
      const { asked, layer } = yield* scripted(
        (path) => up ? { body: path === "/api" ? core : groups() } : refusal(503, "ServiceUnavailable"),
        Effect.sleep("1 second")
      )
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.fork(
          Effect.all(Array.from({ length: 100 }, () => Effect.exit(Discovery.resolve("pods"))), {
            concurrency: "unbounded"
          })
        )
        yield* TestClock.adjust("1 second")
        assert.isTrue((yield* Fiber.join(fiber)).every(Exit.isFailure))
        assert.strictEqual(asked.length, 2)
        up = true
        const later = yield* Effect.fork(Discovery.resolve("pods"))
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(later)).kind, "Pod")
        assert.strictEqual(asked.length, 4)
      }).pipe(Effect.provide(layer))
    }))

  it.effect("who is interrupted while the server is asked holds up nobody (C43)", () =>
    Effect.gen(function*() {
      const { asked, layer } = yield* scripted(
        (path) => ({ body: path === "/api" ? core : groups() }),
        Effect.sleep("1 second")
      )
      yield* Effect.gen(function*() {
        const first = yield* Effect.fork(Discovery.resolve("pods"))
        yield* TestClock.adjust("500 millis")
        const second = yield* Effect.fork(Discovery.resolve("pods"))
        yield* TestClock.adjust("100 millis")
        yield* Fiber.interrupt(first)
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(second)).kind, "Pod")
        assert.strictEqual(asked.length, 4)
      }).pipe(Effect.provide(layer))
    }))

  it.effect("a loop over a name that is not there has the server asked five times in five seconds (C43)", () =>
    Effect.gen(function*() {
      const { asked, layer } = yield* scripted((path) => ({ body: path === "/api" ? core : groups() }))
      yield* Effect.gen(function*() {
        for (let round = 0; round < 100; round++) {
          yield* Effect.flip(Discovery.resolve("nothing"))
          yield* TestClock.adjust("1 millis")
        }
        assert.strictEqual(asked.length, 2 + 5 * 2)
        yield* TestClock.adjust("5 seconds")
        yield* Effect.flip(Discovery.resolve("nothing"))
        assert.strictEqual(asked.length, 2 + 6 * 2)
        const together = yield* Effect.all(
          Array.from({ length: 50 }, () => Effect.flip(Discovery.resolve("nothing"))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(together.length, 50)
        assert.isAtMost(asked.length, 2 + 8 * 2)
      }).pipe(Effect.provide(layer))
    }))

  it.effect("when the server is away, what is known still answers, and what is not known says why (C43)", () =>
    Effect.gen(function*() {
      let away = false
      const asked: Array<string> = []
      const layer = KubeClient.layerTest((request) =>
        Effect.suspend(() => {
          asked.push(request.path)
          return away
            ? Effect.fail(
              new KubeError.TransportError({ request: request.info, reason: "Connect", description: "refused" })
            )
            : Effect.succeed({ body: request.path === "/api" ? core : groups() })
        })
      )
      yield* Effect.gen(function*() {
        yield* Discovery.resolve("pods")
        away = true
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* Discovery.resolve("pods")).kind, "Pod")
        const before = asked.length
        assert.strictEqual((yield* Discovery.resolve("pods")).kind, "Pod")
        assert.strictEqual(asked.length, before, "a server that is away is left alone for a while")
        assert.strictEqual((yield* Effect.flip(Discovery.resolve("nothing")))._tag, "KubeTransportError")
        assert.strictEqual((yield* Effect.flip(Discovery.refresh))._tag, "KubeTransportError")
      }).pipe(Effect.provide(layer))
    }))

  it.effect("v2beta1 is read as v2 is, a server without a core group is one, and odd entries hide no others (C43)", () =>
    Effect.gen(function*() {
      const odd = groups(["a.dev", [["v1", [
        served("things", "Thing"),
        served("../../api/v1/secrets", "Escape"),
        served("a%2fb", "Escape"),
        served("", "Empty"),
        { resource: "kindless", scope: "Namespaced", verbs: ["get"] },
        { resource: 3 },
        served("nulls", "Null", {
          verbs: null,
          shortNames: null,
          subresources: [null, {}, { subresource: "x", responseKind: null }]
        })
      ]], ["../..", [served("others", "Other")]]]])
      const { layer } = yield* scripted((path) =>
        path === "/api"
          ? refusal(404, "NotFound")
          : { body: { ...odd, apiVersion: "apidiscovery.k8s.io/v2beta1", items: [null, 7, ...odd.items] } }
      )
      yield* Effect.gen(function*() {
        const { kinds } = yield* Discovery.snapshot()
        assert.deepStrictEqual(kinds.map(full), ["things.v1.a.dev", "nulls.v1.a.dev"])
      }).pipe(Effect.provide(layer))
    }))

  it.effect("a group or version that is no part of a path is not asked for (C28, C43)", () =>
    Effect.gen(function*() {
      const version = (name: unknown) => ({ groupVersion: name, version: name })
      const { asked, layer } = yield* scripted((path) => ({
        body: path === "/api"
          ? { kind: "APIVersions", versions: ["../..", "a%2fb", 3, null] }
          : path === "/apis"
          ? {
            kind: "APIGroupList",
            groups: [
              { name: "..", versions: [version("v1")] },
              { name: "a/../../api", versions: [version("v1")] },
              { name: "a.dev", versions: [version(".."), version("v1/x"), version(7), null, version("v1")] },
              { name: "b.dev" },
              null
            ]
          }
          : {
            kind: "APIResourceList",
            resources: [{ name: "things", kind: "Thing", namespaced: true, verbs: ["get"] }, null, 1]
          }
      }))
      const { kinds } = yield* Effect.provide(Discovery.snapshot(), layer)
      assert.deepStrictEqual(kinds.map(full), ["things.v1.a.dev"])
      assert.deepStrictEqual(asked.sort(), ["/api", "/apis", "/apis/a.dev/v1"])
    }))

  it.effect("an answer that is no discovery is told (C33, C43)", () =>
    Effect.gen(function*() {
      for (const body of ["<html>", {}, { kind: "PodList", items: [] }, []]) {
        const { layer } = yield* scripted(() => ({ body }))
        const error = yield* Effect.flip(Effect.provide(Discovery.snapshot(), layer))
        assert.strictEqual(error._tag, "KubeDecodeError", JSON.stringify(body))
        assert.include(error.message, "expected an APIGroupDiscoveryList")
      }
      const { layer } = yield* scripted(() => refusal(403, "Forbidden"))
      assert.strictEqual((yield* Effect.flip(Effect.provide(Discovery.resolve("pods"), layer)))._tag, "KubeForbidden")
    }))

  it.effect("two clusters in one program are told apart, by make and by context (C21, C43)", () =>
    Effect.gen(function*() {
      const [one, two] = yield* Effect.all([
        Layer.build(TestCluster.layer),
        Layer.build(Layer.fresh(TestCluster.layer))
      ])
      yield* Effect.provide(Crd.install(Foo), one)
      const ofOne = yield* Effect.provide(Discovery.make(), one)
      const ofTwo = yield* Effect.provide(Discovery.make(), two)
      assert.strictEqual((yield* ofOne.resolve("foo")).kind, "Foo")
      assert.strictEqual((yield* Effect.flip(ofTwo.resolve("foo")))._tag, "KubeUnknownKind")
      assert.isTrue(yield* ofOne.supports(Foo))
      assert.isFalse(yield* Effect.provide(Discovery.supports(Foo), two))
    }).pipe(Effect.scoped))

  it.effect("supports tells a version that is served from one that is not (C43)", () =>
    Effect.gen(function*() {
      assert.isTrue(yield* Discovery.supports(Pod))
      assert.isTrue(yield* Discovery.supports(HorizontalPodAutoscaler))
      const older = Resource.dynamic({
        apiVersion: "autoscaling/v2beta2",
        kind: "HorizontalPodAutoscaler",
        scope: "Namespaced"
      })
      assert.isFalse(yield* Discovery.supports(older))
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("the server's version is parsed, also that of managed servers, and asked for once (C43)", () =>
    Effect.gen(function*() {
      const version = yield* Effect.provide(Discovery.serverVersion, TestCluster.layer)
      assert.deepStrictEqual([version.major, version.minor, version.gitVersion], [1, 37, "v1.37.2"])
      const managed = yield* scripted(() => ({ body: { major: "1", minor: "33+", gitVersion: "v1.33.1-gke.100" } }))
      yield* Effect.gen(function*() {
        const [first] = yield* Effect.all([Discovery.serverVersion, Discovery.serverVersion], { concurrency: 2 })
        assert.deepStrictEqual([first.major, first.minor], [1, 33])
      }).pipe(Effect.provide(managed.layer))
      assert.strictEqual(managed.asked.length, 1)
      const bare = yield* scripted(() => ({ body: { gitVersion: "v1.30.2" } }))
      assert.strictEqual((yield* Effect.provide(Discovery.serverVersion, bare.layer)).minor, 30)
      const odd = yield* scripted(() => ({ body: { major: "", minor: {} } }))
      assert.strictEqual(
        (yield* Effect.flip(Effect.provide(Discovery.serverVersion, odd.layer))).message,
        "GET /version: the answer does not fit the schema: minor: expected a number, such as \"33\" or \"33+\", found an object"
      )
    }))
})
