import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { Node, Pod } from "../../src/kinds/core/v1.js"
import { PodDisruptionBudget } from "../../src/kinds/policy/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Drain from "../../src/runtime/Drain.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const nodes = Api.cluster(Node)
const pods = Api.namespaced(Pod, "default")

const settle = TestClock.adjust("0 millis")

interface Shape {
  readonly node?: string
  readonly owner?: { readonly kind: string; readonly name: string; readonly apiVersion?: string } | null
  readonly phase?: string
  readonly emptyDir?: boolean
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly finalizers?: ReadonlyArray<string>
}

const replicaSet = { kind: "ReplicaSet", name: "web" }

/** A Pod as it is on a node: of a ReplicaSet, running and ready. */
const pod = (name: string, shape: Shape = {}) => {
  const owner = shape.owner === undefined ? replicaSet : shape.owner
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      labels: shape.labels ?? { app: "web" },
      annotations: shape.annotations ?? {},
      finalizers: shape.finalizers ?? [],
      ownerReferences: owner === null
        ? []
        : [{ apiVersion: "apps/v1", uid: `uid-${owner.name}`, controller: true, ...owner }]
    },
    spec: {
      nodeName: shape.node ?? "n1",
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "web", image: "example.com/web" }],
      volumes: shape.emptyDir === true ? [{ name: "scratch", emptyDir: {} }] : []
    },
    status: { phase: shape.phase ?? "Running", conditions: [{ type: "Ready", status: "True" }] }
  }
}

const daemonSet = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "agent", namespace: "default", uid: "uid-agent" },
  spec: {
    selector: { matchLabels: { app: "agent" } },
    template: {
      metadata: { labels: { app: "agent" } },
      spec: { containers: [{ name: "agent", image: "example.com/agent" }] }
    }
  }
}

const budget = (disruptionsAllowed: number) => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: "web", namespace: "default", generation: 1 },
  spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
  status: { observedGeneration: 1, disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 }
})

const allow = (disruptionsAllowed: number) =>
  Api.namespaced(PodDisruptionBudget, "default").status.patch("web", Patch.merge({ status: { disruptionsAllowed } }))

/** The cluster without its garbage collector: owners need not be there. */
const withObjects = (...objects: ReadonlyArray<unknown>) =>
  Effect.provide(TestCluster.layerWith({
    garbageCollector: false,
    objects: [{ apiVersion: "v1", kind: "Node", metadata: { name: "n1" } }, ...objects]
  }))

/** Events as short texts. */
const short = (event: Drain.Event): string => {
  switch (event._tag) {
    case "Cordoned":
      return `Cordoned ${event.node.metadata.name} ${event.node.spec.unschedulable}`
    case "Done":
      return `Done ${event.gone} ${event.skipped}`
    case "Trouble":
      return `Trouble ${event.error._tag}`
    case "Skipped":
      return `Skipped ${event.pod.metadata.name} ${event.reason}`
    case "Blocked":
      return `Blocked ${event.pod.metadata.name} ${event.error._tag}`
    default:
      return `${event._tag} ${event.pod.metadata.name}`
  }
}

/** Begins to drain; what has happened is in the array. */
const draining = (options?: Drain.Options) =>
  Effect.gen(function*() {
    const events: Array<string> = []
    const fiber = yield* Effect.fork(
      Stream.runForEach(Drain.drain("n1", options), (event) => Effect.sync(() => events.push(short(event))))
    )
    yield* settle
    return { events, fiber }
  })

const run = (options?: Drain.Options) =>
  Effect.map(Stream.runCollect(Drain.drain("n1", options)), (events) => [...events].map(short))

const refused = (options?: Drain.Options) =>
  Effect.map(
    Effect.flip(run(options)),
    (error) =>
      error._tag === "KubeDrainRefused" ? error.pods.map(({ pod, reason }) => `${pod.metadata.name} ${reason}`) : error
  )

const names = Effect.map(pods.list(), ({ items }) => items.map(({ metadata }) => metadata.name))

describe("Drain", () => {
  it.effect("cordon and uncordon change the node once, and again change nothing (C38)", () =>
    Effect.gen(function*() {
      const first = yield* Drain.cordon("n1")
      assert.isTrue(first.spec.unschedulable)
      const again = yield* Drain.cordon("n1")
      assert.strictEqual(again.metadata.resourceVersion, first.metadata.resourceVersion)
      assert.isUndefined((yield* Drain.uncordon("n1")).spec.unschedulable)
      const error = yield* Effect.flip(Drain.cordon("n2"))
      assert.strictEqual(error._tag, "KubeNotFound")
    }).pipe(withObjects()))

  it.effect("evicts the Pods of the node and no others, and says so step by step (C38)", () =>
    Effect.gen(function*() {
      const events = yield* run()
      assert.strictEqual(events[0], "Cordoned n1 true")
      assert.strictEqual(events.at(-1), "Done 2 0")
      for (const name of ["a", "b"]) {
        assert.deepStrictEqual(events.filter((event) => event.endsWith(` ${name}`)), [
          `Evicting ${name}`,
          `Terminating ${name}`,
          `Evicted ${name}`
        ])
      }
      assert.deepStrictEqual(yield* names, ["elsewhere"])
      assert.isTrue((yield* nodes.get("n1")).spec.unschedulable)
    }).pipe(withObjects(pod("a"), pod("b"), pod("elsewhere", { node: "n2" }))))

  it.effect("of a node without Pods there is nothing to do (C38)", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* run(), ["Cordoned n1 true", "Done 0 0"])
    }).pipe(withObjects()))

  it.effect("names all Pods that must not go before any goes, and which option lets them (C38)", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(run())
      assert.strictEqual(error._tag, "KubeDrainRefused")
      assert.include(error.message, "Pod default/agent is of a DaemonSet (ignoreDaemonSets")
      assert.deepStrictEqual(yield* refused(), [
        "agent DaemonSet",
        "bare Unmanaged",
        "lost Orphan",
        "scratch LocalData"
      ])
      assert.strictEqual((yield* names).length, 5)
      assert.isTrue((yield* nodes.get("n1")).spec.unschedulable)
      assert.deepStrictEqual(yield* refused({ ignoreDaemonSets: true, force: true }), ["scratch LocalData"])
      const events = yield* run({ ignoreDaemonSets: true, force: true, deleteEmptyDirData: true })
      assert.include(events, "Skipped agent DaemonSet")
      assert.strictEqual(events.at(-1), "Done 4 1")
      assert.deepStrictEqual(yield* names, ["agent"])
    }).pipe(withObjects(
      daemonSet,
      pod("agent", { owner: { kind: "DaemonSet", name: "agent" } }),
      pod("lost", { owner: { kind: "DaemonSet", name: "unknown" } }),
      pod("bare", { owner: null }),
      pod("scratch", { emptyDir: true }),
      pod("fine")
    )))

  it.effect("Pods that have ended go in any case, mirror Pods and excluded ones stay (C38)", () =>
    Effect.gen(function*() {
      const plan = yield* Drain.plan("n1", { exclude: ({ metadata }) => metadata.name === "mine" })
      assert.deepStrictEqual(plan.evict.map(({ metadata }) => metadata.name), ["done", "failed"])
      assert.deepStrictEqual(plan.skip.map(({ pod, reason }) => `${pod.metadata.name} ${reason}`), [
        "mine Excluded",
        "mirror MirrorPod"
      ])
      assert.deepStrictEqual(plan.refuse, [])
      assert.strictEqual((yield* names).length, 4)
    }).pipe(withObjects(
      pod("done", { owner: null, phase: "Succeeded", emptyDir: true }),
      pod("failed", { owner: { kind: "DaemonSet", name: "agent" }, phase: "Failed" }),
      pod("mirror", { owner: null, annotations: { "kubernetes.io/config.mirror": "x" } }),
      pod("mine")
    )))

  it.effect("takes only Pods with the labels that are asked for (C38)", () =>
    Effect.gen(function*() {
      yield* run({ labels: "app=web" })
      assert.deepStrictEqual(yield* names, ["b"])
    }).pipe(withObjects(pod("a"), pod("b", { labels: { app: "other" } }))))

  it.effect("waits for a budget, tries again every 5 seconds, and goes on when it allows (C38)", () =>
    Effect.gen(function*() {
      const { events, fiber } = yield* draining()
      assert.deepStrictEqual(events, ["Cordoned n1 true", "Evicting a", "Blocked a KubeDisruptionBudget"])
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(events.length, 3)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(events.slice(3), ["Evicting a", "Blocked a KubeDisruptionBudget"])
      yield* allow(1)
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(events.slice(5), ["Evicting a", "Terminating a", "Evicted a", "Done 1 0"])
    }).pipe(withObjects(pod("a"), budget(0))))

  it.effect("a Pod that goes by itself while a budget holds it is gone at once (C38)", () =>
    Effect.gen(function*() {
      const { events, fiber } = yield* draining()
      yield* pods.delete("a", { gracePeriod: 0 })
      yield* settle
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(events.slice(-2), ["Evicted a", "Done 1 0"])
    }).pipe(withObjects(pod("a"), budget(0))))

  it.effect("a Schedule that ends is the last try: the Pod has failed, and the others go all the same (C38)", () =>
    Effect.gen(function*() {
      const { events, fiber } = yield* draining({
        retry: Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(1))
      })
      yield* TestClock.adjust("1 second")
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.strictEqual(error._tag, "KubeDrainIncomplete")
      assert.include(error.message, "Pod default/a: create Pod/eviction default/a: refused by the disruption budget")
      assert.include(events, "Failed a")
      assert.include(events, "Evicted b")
      assert.deepStrictEqual(yield* names, ["a"])
    }).pipe(withObjects(pod("a"), pod("b", { labels: { app: "other" } }), budget(0))))

  it.effect("two budgets for one Pod cannot be waited out: the Pod fails at once (C38)", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(run())
      assert.strictEqual(error._tag, "KubeDrainIncomplete")
      assert.include(error.message, "more than one PodDisruptionBudget")
    }).pipe(withObjects(pod("a"), budget(1), { ...budget(1), metadata: { ...budget(1).metadata, name: "second" } })))

  it.effect("at its limit it says which Pods are left and how each stands (C38)", () =>
    Effect.gen(function*() {
      const { fiber } = yield* draining({ timeout: "12 seconds" })
      yield* TestClock.adjust("12 seconds")
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.strictEqual(error._tag, "KubeDrainTimedOut")
      assert.include(error.message, "Node n1 is not drained after 12s")
      assert.include(error.message, "Pod default/a: create Pod/eviction default/a: refused by the disruption budget")
      assert.include(error.message, "Pod default/held: it has not ended yet")
      assert.notInclude(error.message, "default/b:")
    }).pipe(withObjects(
      pod("a"),
      pod("b", { labels: { app: "other" } }),
      pod("held", { labels: { app: "other" }, finalizers: ["example.com/hold"] }),
      budget(0)
    )))

  it.effect("waits for the Pod with that uid, not for one that takes its name (C35, C38)", () =>
    Effect.gen(function*() {
      const { events, fiber } = yield* draining()
      assert.deepStrictEqual(events.slice(1), ["Evicting a", "Terminating a"])
      const cluster = yield* TestCluster.TestCluster
      yield* pods.patch("a", Patch.merge({ metadata: { finalizers: null } }))
      yield* cluster.seed(pod("a"))
      yield* settle
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(events.slice(3), ["Evicted a", "Done 1 0"])
      assert.deepStrictEqual(yield* names, ["a"])
    }).pipe(withObjects(pod("a", { finalizers: ["example.com/hold"] }))))

  it.effect("deletes without asking a budget where evictions are not wanted (C38)", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* run({ disableEviction: true, gracePeriod: 0 }), [
        "Cordoned n1 true",
        "Evicting a",
        "Terminating a",
        "Deleted a",
        "Done 1 0"
      ])
    }).pipe(withObjects(pod("a"), budget(0))))

  it.effect("does not wait for a Pod that should have ended long ago (C38)", () =>
    Effect.gen(function*() {
      const { events, fiber } = yield* draining({ skipTerminatingFor: "10 seconds" })
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(events.slice(-2), ["Skipped held Terminating", "Done 0 1"])
      assert.deepStrictEqual((yield* Drain.plan("n1", { skipTerminatingFor: "10 seconds" })).skip.length, 1)
    }).pipe(withObjects(pod("held", { finalizers: ["example.com/hold"] }))))

  it.effect("goes on through watches that break and a server that is away for a while (C38)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const { events, fiber } = yield* draining()
      yield* cluster.faults.cutWatches()
      yield* pods.patch("a", Patch.merge({ metadata: { finalizers: null } }))
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(fiber)
      assert.include(events, "Trouble KubeTransportError")
      assert.strictEqual(events.at(-1), "Done 1 0")
    }).pipe(withObjects(pod("a", { finalizers: ["example.com/hold"] }))))

  it.effect("a stream that is closed stops: nothing more is evicted, and no watch is left (C38)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const { events, fiber } = yield* draining()
      yield* Fiber.interrupt(fiber)
      const before = events.length
      yield* allow(1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(events.length, before)
      assert.deepStrictEqual(yield* cluster.watches, [])
      assert.deepStrictEqual(yield* names, ["a"])
    }).pipe(withObjects(pod("a"), budget(0))))

  it.effect("a node that is not there, and a name that no node can have, evict nothing (C38)", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Stream.runDrain(Drain.drain("")))
      assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Die")
      const error = yield* Effect.flip(Stream.runDrain(Drain.drain("n2")))
      assert.strictEqual(error._tag, "KubeNotFound")
      assert.deepStrictEqual(yield* names, ["a"])
    }).pipe(withObjects(pod("a", { node: "n2" }))))

  it.effect("eight Pods at once, a budget that lets one go at a time (C38)", () =>
    Effect.gen(function*() {
      const { events, fiber } = yield* draining()
      for (let round = 0; round < 8; round++) {
        yield* allow(1)
        yield* TestClock.adjust("5 seconds")
      }
      yield* Fiber.join(fiber)
      assert.strictEqual(events.at(-1), "Done 8 0")
      assert.strictEqual(events.filter((event) => event.startsWith("Evicted")).length, 8)
    }).pipe(withObjects(...Array.from({ length: 8 }, (_, index) => pod(`p${index}`)), budget(0))))
})
