import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { DaemonSet, Deployment, ReplicaSet, StatefulSet } from "../../src/kinds/apps/v1.js"
import { Job } from "../../src/kinds/batch/v1.js"
import { PersistentVolumeClaim, Pod, Service } from "../../src/kinds/core/v1.js"
import { EndpointSlice } from "../../src/kinds/discovery/v1.js"
import { PodDisruptionBudget } from "../../src/kinds/policy/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as Behaviour from "../../src/testing/Behaviour.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const seed = 5

const on = (behaviours: ReadonlyArray<Behaviour.Behaviour>) =>
  Effect.provide(TestCluster.layerWith({ randomSeed: seed, behaviours }))
const everything = on(Behaviour.all())
const slowly = on(Behaviour.all({ pods: { delay: "2 seconds", nodes: ["node-1", "node-2"] } }))

const pods = Api.namespaced(Pod, "default")
const deployments = Api.namespaced(Deployment, "default")
const replicaSets = Api.namespaced(ReplicaSet, "default")

const settle = Effect.flatMap(TestCluster.TestCluster, (cluster) => cluster.settle)

const template = (image = "example.com/app:1") => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "main", image, ports: [{ name: "http", containerPort: 8080 }] }] }
})

const selector = { matchLabels: { app: "web" } }

const web = (replicas: number, more: object = {}) => ({
  metadata: { name: "web" },
  spec: { replicas, selector, template: template(), ...more }
})

const isReady = (
  pod: {
    readonly status?: { readonly conditions?: ReadonlyArray<{ type: string; status: string }> | undefined } | undefined
  }
) => pod.status?.conditions?.some(({ status, type }) => type === "Ready" && status === "True") === true

const allPods = Effect.map(pods.list(), (list) => list.items)
const readyPods = Effect.map(allPods, (all) => all.filter(isReady))
const images = Effect.map(allPods, (all) => all.map((pod) => pod.spec.containers[0]!.image).sort())

describe("a Deployment", () => {
  it.scoped("has Pods that are ready after their delay, by the clock", () =>
    Effect.gen(function*() {
      yield* deployments.create(web(3))
      yield* settle
      assert.lengthOf(yield* allPods, 3)
      assert.lengthOf(yield* readyPods, 0)
      yield* TestClock.adjust("2 seconds")
      yield* settle
      yield* TestClock.adjust("2 seconds")
      yield* settle
      const ready = yield* readyPods
      assert.lengthOf(ready, 3)
      assert.lengthOf([...new Set(ready.map((pod) => pod.status!.podIP))], 3)
      assert.deepStrictEqual([...new Set(ready.map((pod) => pod.spec.nodeName))].sort(), ["node-1", "node-2"])
      const { metadata, status } = yield* deployments.get("web")
      assert.strictEqual(status!.observedGeneration, metadata.generation)
      assert.strictEqual(status!.availableReplicas, 3)
      assert.deepStrictEqual(
        status!.conditions!.map(({ reason, type }) => `${type}: ${reason}`).sort(),
        ["Available: MinimumReplicasAvailable", "Progressing: NewReplicaSetAvailable"]
      )
      assert.strictEqual(metadata.annotations!["deployment.kubernetes.io/revision"], "1")
    }).pipe(slowly))

  it.scoped("rolls out a new image with never too few Pods available and never too many there", () =>
    Effect.gen(function*() {
      yield* deployments.create(web(4, { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } }))
      for (let at = 0; at < 6; at++) {
        yield* TestClock.adjust("1 second")
        yield* settle
      }
      assert.lengthOf(yield* readyPods, 4)
      yield* deployments.patch("web", Patch.merge({ spec: { template: template("example.com/app:2") } }))
      let least = Infinity
      let most = 0
      for (let at = 0; at < 40; at++) {
        yield* settle
        const there = (yield* allPods).filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        least = Math.min(least, there.filter(isReady).length)
        most = Math.max(most, there.length)
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual([least, most], [3, 5])
      assert.deepStrictEqual(yield* images, Array.from({ length: 4 }, () => "example.com/app:2"))
      const sets = (yield* replicaSets.list()).items
      assert.deepStrictEqual(sets.map(({ spec }) => spec!.replicas).sort(), [0, 4])
      const { metadata } = yield* deployments.get("web")
      assert.strictEqual(metadata.annotations!["deployment.kubernetes.io/revision"], "2")
    }).pipe(slowly))

  it.scoped("goes back to a template that it had, and keeps as many as it is to keep", () =>
    Effect.gen(function*() {
      yield* deployments.create(web(1, { revisionHistoryLimit: 1 }))
      yield* settle
      for (const image of ["example.com/app:2", "example.com/app:1", "example.com/app:3"]) {
        yield* deployments.patch("web", Patch.merge({ spec: { template: template(image) } }))
        yield* settle
      }
      const sets = (yield* replicaSets.list()).items
      const revisions = sets.map(({ metadata }) => [
        metadata.annotations!["deployment.kubernetes.io/revision"],
        metadata.annotations!["deployment.kubernetes.io/revision-history"]
      ]).sort()
      assert.deepStrictEqual(revisions, [["3", "1"], ["4", undefined]])
      assert.deepStrictEqual(yield* images, ["example.com/app:3"])
    }).pipe(everything))

  it.scoped("that recreates has no Pod of two templates at once, and while it is paused nothing rolls out", () =>
    Effect.gen(function*() {
      yield* deployments.create(web(2, { strategy: { type: "Recreate" } }))
      yield* settle
      yield* deployments.patch("web", Patch.merge({ spec: { paused: true, template: template("example.com/app:2") } }))
      yield* settle
      assert.deepStrictEqual(yield* images, ["example.com/app:1", "example.com/app:1"])
      yield* deployments.patch("web", Patch.merge({ spec: { paused: false, replicas: 3 } }))
      yield* settle
      assert.deepStrictEqual(yield* images, Array.from({ length: 3 }, () => "example.com/app:2"))
    }).pipe(everything))

  it.scoped("goes with all that it has made", () =>
    Effect.gen(function*() {
      yield* deployments.create(web(2))
      yield* settle
      yield* deployments.delete("web")
      yield* settle
      assert.lengthOf((yield* replicaSets.list()).items, 0)
      assert.lengthOf(yield* allPods, 0)
    }).pipe(everything))
})

describe("a Pod", () => {
  it.scoped("that is deleted goes when its delay is over", () =>
    Effect.gen(function*() {
      yield* pods.create({
        metadata: { name: "a" },
        spec: { containers: [{ name: "main", image: "example.com/app:1" }] }
      })
      for (let at = 0; at < 2; at++) {
        yield* TestClock.adjust("2 seconds")
        yield* settle
      }
      yield* pods.delete("a")
      yield* settle
      assert.isDefined((yield* pods.get("a")).metadata.deletionTimestamp)
      yield* TestClock.adjust("2 seconds")
      yield* settle
      assert.lengthOf(yield* allPods, 0)
    }).pipe(slowly))

  it.scoped("is seen to be ready by who watches, when its time has come", () =>
    Effect.gen(function*() {
      const store = yield* Reflector.make(Api.all(Pod))
      yield* store.ready
      const phases = Effect.map(store.list, (all) => all.map(({ status }) => status!.phase))
      yield* pods.create({
        metadata: { name: "a" },
        spec: { containers: [{ name: "main", image: "example.com/app:1" }] }
      })
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(yield* phases, ["Pending"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* phases, ["Running"])
    }).pipe(slowly))

  it.scoped("waits for its gates, and for a node that it selects", () =>
    Effect.gen(function*() {
      const spec = { containers: [{ name: "main", image: "example.com/app:1" }] }
      yield* pods.create({
        metadata: { name: "gated" },
        spec: { ...spec, schedulingGates: [{ name: "example.com/wait" }] }
      })
      yield* pods.create({ metadata: { name: "picky" }, spec: { ...spec, nodeSelector: { disk: "fast" } } })
      yield* settle
      assert.lengthOf(yield* readyPods, 0)
      yield* pods.patch("gated", Patch.merge({ spec: { schedulingGates: null } }) as never)
      const cluster = yield* TestCluster.TestCluster
      yield* cluster.seed({ apiVersion: "v1", kind: "Node", metadata: { name: "fast", labels: { disk: "fast" } } })
      yield* settle
      assert.deepStrictEqual((yield* readyPods).map(({ metadata, spec }) => [metadata.name, spec.nodeName]), [
        ["gated", "node-1"],
        ["picky", "fast"]
      ])
    }).pipe(everything))
})

describe("a StatefulSet", () => {
  const sets = Api.namespaced(StatefulSet, "default")
  const names = Effect.map(allPods, (all) => all.map(({ metadata }) => metadata.name))

  it.scoped("makes its Pods and their claims one after the other, and changes them from the last to the first", () =>
    Effect.gen(function*() {
      yield* sets.create({
        metadata: { name: "db" },
        spec: {
          replicas: 3,
          serviceName: "db",
          selector,
          template: template(),
          volumeClaimTemplates: [{
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }
          }]
        }
      })
      const seen: Array<ReadonlyArray<string>> = []
      for (let at = 0; at < 14; at++) {
        yield* settle
        const now = yield* names
        if (now.length !== seen.at(-1)?.length) seen.push(now)
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(seen, [["db-0"], ["db-0", "db-1"], ["db-0", "db-1", "db-2"]])
      const claims = (yield* Api.namespaced(PersistentVolumeClaim, "default").list()).items
      assert.deepStrictEqual(
        claims.map(({ metadata, status }) => [metadata.name, status!.phase]),
        [["data-db-0", "Bound"], ["data-db-1", "Bound"], ["data-db-2", "Bound"]]
      )
      yield* sets.patch("db", Patch.merge({ spec: { template: template("example.com/app:2") } }))
      const changed: Array<string> = []
      for (let at = 0; at < 30; at++) {
        yield* settle
        for (const pod of yield* allPods) {
          const isNew = pod.spec.containers[0]!.image === "example.com/app:2"
          if (isNew && !changed.includes(pod.metadata.name)) changed.push(pod.metadata.name)
        }
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(changed, ["db-2", "db-1", "db-0"])
      const { status } = yield* sets.get("db")
      assert.strictEqual(status!.currentRevision, status!.updateRevision)
      yield* sets.patch("db", Patch.merge({ spec: { replicas: 1 } }))
      for (let at = 0; at < 8; at++) {
        yield* settle
        yield* TestClock.adjust("1 second")
      }
      yield* settle
      assert.deepStrictEqual(yield* names, ["db-0"])
    }).pipe(slowly))
})

describe("a DaemonSet", () => {
  it.scoped("has a Pod on each node, also on one that comes later, and rolls out", () =>
    Effect.gen(function*() {
      const sets = Api.namespaced(DaemonSet, "default")
      const nodes = Effect.map(readyPods, (all) => all.map(({ spec }) => spec.nodeName).sort())
      yield* sets.create({ metadata: { name: "agent" }, spec: { selector, template: template() } })
      yield* settle
      const cluster = yield* TestCluster.TestCluster
      yield* cluster.seed({ apiVersion: "v1", kind: "Node", metadata: { name: "node-2" } })
      yield* settle
      assert.deepStrictEqual(yield* nodes, ["node-1", "node-2"])
      yield* sets.patch("agent", Patch.merge({ spec: { template: template("example.com/app:2") } }))
      yield* settle
      assert.deepStrictEqual(yield* images, ["example.com/app:2", "example.com/app:2"])
      assert.deepStrictEqual(yield* nodes, ["node-1", "node-2"])
      const { status } = yield* sets.get("agent")
      assert.deepStrictEqual(
        [status!.desiredNumberScheduled, status!.updatedNumberScheduled, status!.numberAvailable],
        [2, 2, 2]
      )
    }).pipe(everything))
})

describe("a Job", () => {
  const jobs = Api.namespaced(Job, "default")
  const job = (more: object = {}) => ({
    metadata: { name: "work" },
    spec: {
      template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "example.com/work:1" }] } },
      ...more
    }
  })
  const conditions = Effect.map(jobs.get("work"), ({ status }) => status?.conditions?.map(({ type }) => type))

  it.scoped("completes when enough of its Pods have, and goes when its time is over", () =>
    Effect.gen(function*() {
      yield* jobs.create(job({ completions: 3, parallelism: 2, ttlSecondsAfterFinished: 60 }))
      yield* settle
      const { status } = yield* jobs.get("work")
      assert.deepStrictEqual([status!.succeeded, status!.active], [3, undefined])
      assert.deepStrictEqual(yield* conditions, ["SuccessCriteriaMet", "Complete"])
      assert.lengthOf(yield* allPods, 3)
      yield* TestClock.adjust("61 seconds")
      yield* settle
      assert.lengthOf((yield* jobs.list()).items, 0)
      assert.lengthOf(yield* allPods, 0)
    }).pipe(everything))

  it.scoped("fails when too many of its Pods have", () =>
    Effect.gen(function*() {
      yield* jobs.create(job({ backoffLimit: 1 }))
      yield* settle
      assert.deepStrictEqual(yield* conditions, ["FailureTarget", "Failed"])
      assert.strictEqual((yield* jobs.get("work")).status!.failed, 2)
    }).pipe(on(Behaviour.all({ pods: { outcome: () => "fails" } }))))

  it.scoped("with indexes has one Pod for each of them", () =>
    Effect.gen(function*() {
      yield* jobs.create(job({ completions: 3, parallelism: 3, completionMode: "Indexed" }))
      yield* settle
      assert.strictEqual((yield* jobs.get("work")).status!.completedIndexes, "0-2")
    }).pipe(everything))
})

describe("what is about Pods", () => {
  it.scoped("a Service has the addresses of its ready Pods", () =>
    Effect.gen(function*() {
      yield* deployments.create(web(2))
      yield* Api.namespaced(Service, "default").create({
        metadata: { name: "web" },
        spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] }
      })
      yield* settle
      const [slice] = (yield* Api.namespaced(EndpointSlice, "default").list()).items
      const addresses = (yield* readyPods).map((pod) => pod.status!.podIP!)
      assert.deepStrictEqual(slice!.endpoints!.map((each) => each.addresses[0]), addresses)
      assert.deepStrictEqual(slice!.ports!.map(({ port }) => port), [8080])
    }).pipe(everything))

  it.scoped("a budget lets as many be evicted as it can spare", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const budgets = Api.namespaced(PodDisruptionBudget, "default")
      yield* deployments.create(web(3))
      yield* budgets.create({ metadata: { name: "guard" }, spec: { minAvailable: 2, selector } })
      for (let at = 0; at < 3; at++) {
        yield* settle
        yield* TestClock.adjust("2 seconds")
      }
      yield* settle
      assert.strictEqual((yield* budgets.get("guard")).status!.disruptionsAllowed, 1)
      const answers: Array<number> = []
      for (const { metadata } of yield* readyPods) {
        const { status } = yield* Effect.orDie(cluster.handle({
          method: "POST",
          url: `/api/v1/namespaces/default/pods/${metadata.name}/eviction`,
          headers: { "content-type": "application/json" },
          body: new TextEncoder().encode(
            JSON.stringify({ apiVersion: "policy/v1", kind: "Eviction", metadata: { name: metadata.name } })
          )
        }))
        answers.push(status)
      }
      assert.deepStrictEqual(answers, [201, 429, 429])
    }).pipe(slowly))
})

describe("a behaviour of one's own", () => {
  const isDone = (object: { readonly [field: string]: unknown }): boolean =>
    JSON.stringify(object["metadata"]).includes("done")

  const finishing = Behaviour.make({
    for: { apiVersion: "v1", kind: "ConfigMap" },
    delay: "5 seconds",
    step: (object) =>
      isDone(object)
        ? []
        : [
          Behaviour.replace({
            ...object,
            metadata: { ...object["metadata"] as object, labels: { state: "done" } } // every object has metadata
          })
        ]
  })

  it.scoped("acts after its delay, and once", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      yield* cluster.seed({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" } })
      const done = Effect.map(cluster.objects, (all) =>
        all.filter((object) => object.kind === "ConfigMap" && isDone({ ...object })).length)
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(yield* done, 0)
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.strictEqual(yield* done, 1)
      const before = yield* cluster.resourceVersion
      yield* TestClock.adjust("1 minute")
      yield* settle
      assert.strictEqual(yield* cluster.resourceVersion, before)
    }).pipe(on([finishing])))

  it.scoped("that writes something else at each step is stopped after a while", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      yield* cluster.seed({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" } })
      yield* settle
      assert.isBelow(Number(yield* cluster.resourceVersion), 2_000)
    }).pipe(on([Behaviour.make({
      for: { apiVersion: "v1", kind: "ConfigMap" },
      step: (object) => [
        Behaviour.replace({ ...object, data: { seen: JSON.stringify(object["metadata"]).slice(0, 300) } })
      ]
    })])))
})
