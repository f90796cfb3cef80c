import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { CustomResourceDefinition } from "../../src/kinds/apiextensions/v1.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { ConfigMap, Pod } from "../../src/kinds/core/v1.js"
import * as Wait from "../../src/runtime/Wait.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { definition, Foo } from "./foo.js"

const pods = Api.namespaced(Pod, "default")
const configMaps = Api.namespaced(ConfigMap, "default")
const settle = TestClock.adjust("0 millis")

const draft = { metadata: { name: "web-0" }, spec: { containers: [{ name: "web", image: "example.com/web" }] } }

const ready = (status: string, reason?: string) => (pod: Pod): Pod => ({
  ...pod,
  status: { ...pod.status, conditions: [{ type: "Ready", status, ...(reason === undefined ? {} : { reason }) }] }
})

/** Begins to wait, and lets the watch begin. */
const waiting = <A, E, R>(wait: Effect.Effect<A, E, R>) => Effect.tap(Effect.fork(wait), () => settle)

const isWaiting = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) => Effect.map(Fiber.poll(fiber), Option.isNone)

/** What an effect dies of. */
const defect = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(Effect.sandbox(effect)), (cause) => String(Option.getOrThrow(Cause.dieOption(cause))))

describe("Wait", () => {
  it.effect("until it exists: at once if it does, else when it is created, and answers it", () =>
    Effect.gen(function*() {
      const fiber = yield* waiting(Wait.until(configMaps, "a", Wait.exists))
      yield* configMaps.create({ metadata: { name: "b" } })
      yield* settle
      assert.isTrue(yield* isWaiting(fiber))
      yield* configMaps.create({ metadata: { name: "a" }, data: { k: "v" } })
      assert.strictEqual((yield* Fiber.join(fiber)).data?.["k"], "v")
      const now: ConfigMap = yield* Wait.until(configMaps, "a", Wait.exists)
      assert.strictEqual(now.metadata.name, "a")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("ends as well where it is part of acquiring a resource, which cannot be interrupted (W54)", () =>
    Effect.gen(function*() {
      yield* configMaps.create({ metadata: { name: "a" } })
      const held = yield* Effect.scoped(
        Effect.acquireRelease(Wait.until(configMaps, "a", Wait.exists), () => Effect.void)
      )
      assert.strictEqual(held.metadata.name, "a")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("until it is gone: that uid, whatever has its name by then (C35)", () =>
    Effect.gen(function*() {
      const first = yield* configMaps.create({ metadata: { name: "a", finalizers: ["example.com/slow"] } })
      const fiber = yield* waiting(Wait.until(configMaps, "a", Wait.deleted(first.metadata.uid)))
      yield* configMaps.delete("a")
      yield* settle
      assert.isTrue(yield* isWaiting(fiber))
      yield* configMaps.modify("a", (object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }))
      assert.deepStrictEqual(yield* Fiber.join(fiber), Option.none())

      const second = yield* configMaps.create({ metadata: { name: "a" } })
      const other = yield* Wait.until(configMaps, "a", Wait.deleted(first.metadata.uid))
      assert.deepStrictEqual(Option.map(other, (object) => object.metadata.uid), Option.some(second.metadata.uid))
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("until a condition of it is true", () =>
    Effect.gen(function*() {
      const fiber = yield* waiting(Wait.until(pods, "web-0", Wait.condition("Ready")))
      yield* pods.create(draft)
      yield* pods.status.modify("web-0", ready("False"))
      yield* settle
      assert.isTrue(yield* isWaiting(fiber))
      yield* pods.status.modify("web-0", ready("True"))
      const pod = yield* Fiber.join(fiber)
      assert.strictEqual(pod.status.conditions?.[0].status, "True")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("until a CustomResourceDefinition is served", () =>
    Effect.gen(function*() {
      const crds = Api.cluster(CustomResourceDefinition)
      const fiber = yield* waiting(Wait.until(crds, "foos.clux.dev", Wait.established))
      yield* crds.create({
        metadata: { name: "foos.clux.dev" },
        spec: {
          group: "clux.dev",
          scope: "Namespaced",
          names: { kind: "Foo", plural: "foos" },
          versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }]
        }
      })
      yield* settle
      assert.strictEqual((yield* Fiber.join(fiber)).metadata.name, "foos.clux.dev")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("when the time is over it says what was waited for and how the object stood", () =>
    Effect.gen(function*() {
      const { faults } = yield* TestCluster.TestCluster
      const after = <A, R>(wait: Effect.Effect<A, Wait.TimedOut, R>) =>
        Effect.gen(function*() {
          const fiber = yield* waiting(Effect.flip(wait))
          yield* TestClock.adjust("29 seconds")
          assert.isTrue(yield* isWaiting(fiber))
          yield* TestClock.adjust("1 second")
          return (yield* Fiber.join(fiber)).message
        })
      assert.strictEqual(
        yield* after(Wait.until(pods, "web-0", Wait.condition("Ready"))),
        "Pod default/web-0: waited 30s for condition Ready to be True: it does not exist"
      )
      const { metadata } = yield* pods.create({
        ...draft,
        metadata: { name: "web-0", finalizers: ["example.com/slow"] }
      })
      assert.strictEqual(
        yield* after(Wait.until(pods, "web-0", Wait.condition("Ready"))),
        "Pod default/web-0: waited 30s for condition Ready to be True: it has no condition Ready"
      )
      yield* pods.status.modify("web-0", ready("False", "ContainersNotReady"))
      assert.strictEqual(
        yield* after(Wait.until(pods, "web-0", Wait.condition("Ready"))),
        "Pod default/web-0: waited 30s for condition Ready to be True: condition Ready is False (ContainersNotReady)"
      )
      assert.strictEqual(
        yield* after(Wait.until(pods, "web-0", Wait.deleted(metadata.uid))),
        "Pod default/web-0: waited 30s for it to be gone: it exists and nobody has deleted it"
      )
      yield* pods.delete("web-0")
      assert.strictEqual(
        yield* after(Wait.until(pods, "web-0", Wait.deleted(metadata.uid))),
        "Pod default/web-0: waited 30s for it to be gone: it is being deleted, and its finalizers are example.com/slow"
      )
      yield* faults.inject({
        when: ({ verb }) => verb === "list",
        fault: { _tag: "Refuse", status: 403, reason: "Forbidden" }
      })
      assert.match(
        yield* after(Wait.until(pods, "web-0", Wait.exists)),
        /^Pod default\/web-0: waited 30s for it to exist: nothing is known of it; list Pod .*[Ff]orbidden/
      )
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("a condition that was told before the last change does not count, as with kubectl wait (C35)", () =>
    Effect.gen(function*() {
      const deployment = (observed: number) => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web", namespace: "default", generation: 2 },
        spec: {
          selector: { matchLabels: { app: "web" } },
          template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web" }] } }
        },
        status: { observedGeneration: observed, conditions: [{ type: "Available", status: "True" }] }
      })
      const cluster = yield* TestCluster.TestCluster
      const deployments = Api.namespaced(Deployment, "default")
      yield* cluster.seed(deployment(1))
      const fiber = yield* waiting(Wait.until(deployments, "web", Wait.condition("Available")))
      assert.isTrue(yield* isWaiting(fiber))
      yield* cluster.seed(deployment(2))
      yield* settle
      yield* Fiber.join(fiber)
      const old = Wait.condition("Available").state(Option.some({
        metadata: { generation: 3 },
        status: { conditions: [{ type: "Available", status: "True", observedGeneration: 2 }] }
      }))
      assert.strictEqual(old, "condition Available is True, as of before the last change")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("until a field has a value, or one of several", () =>
    Effect.gen(function*() {
      yield* pods.create(draft)
      const phase = Wait.field("status.phase", (pod: Pod) => pod.status.phase, "Succeeded", "Failed")
      const fiber = yield* waiting(Effect.flip(Wait.until(pods, "web-0", phase)))
      yield* TestClock.adjust("30 seconds")
      assert.include(
        (yield* Fiber.join(fiber)).message,
        "waited 30s for status.phase to be Succeeded or Failed: status.phase is Pending"
      )
      yield* pods.status.modify("web-0", (pod) => ({ ...pod, status: { ...pod.status, phase: "Failed" } }))
      assert.strictEqual((yield* Wait.until(pods, "web-0", phase)).status.phase, "Failed")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("for one object: another one of its name is not it, and when it is gone the wait fails (C35)", () =>
    Effect.gen(function*() {
      const pod = yield* pods.create(draft)
      const fiber = yield* waiting(Effect.flip(Wait.forObject(pods, pod, Wait.condition("Ready"))))
      yield* pods.status.modify("web-0", ready("False", "Starting"))
      yield* settle
      assert.isTrue(yield* isWaiting(fiber))
      yield* pods.delete("web-0", { gracePeriod: 0 })
      yield* settle
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "KubeWaitGone")
      assert.include(
        error.message,
        "it is gone, while condition Ready to be True was waited for: condition Ready is False"
      )
      yield* pods.create(draft)
      yield* pods.status.modify("web-0", ready("True"))
      assert.strictEqual((yield* Effect.flip(Wait.forObject(pods, pod, Wait.condition("Ready"))))._tag, "KubeWaitGone")
      const now = yield* pods.get("web-0")
      assert.strictEqual((yield* Wait.forObject(pods, now, Wait.condition("Ready"))).metadata.uid, now.metadata.uid)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("a watch that breaks, and a server that refuses for a while, only take time", () =>
    Effect.gen(function*() {
      const { faults } = yield* TestCluster.TestCluster
      const fiber = yield* waiting(Wait.until(configMaps, "a", Wait.exists, { timeout: "10 minutes" }))
      yield* faults.inject({ fault: { _tag: "Refuse", status: 500 } })
      yield* faults.cutWatches()
      yield* TestClock.adjust("2 minutes")
      yield* faults.clear
      yield* faults.compact
      yield* configMaps.create({ metadata: { name: "a" } })
      yield* TestClock.adjust("2 minutes")
      assert.isFalse(yield* isWaiting(fiber))
      assert.strictEqual((yield* Fiber.join(fiber)).metadata.name, "a")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("an object that does not decode is not taken for gone", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      yield* cluster.seed({
        apiVersion: "clux.dev/v1",
        kind: "Foo",
        metadata: { name: "a", namespace: "default" },
        spec: { title: 1 }
      })
      const fiber = yield* waiting(
        Effect.flip(Wait.until(Api.namespaced(Foo, "default"), "a", Wait.deleted("some uid")))
      )
      yield* TestClock.adjust("30 seconds")
      assert.match((yield* Fiber.join(fiber)).message, /nothing is known of it; .*title/)
    }).pipe(Effect.provide(TestCluster.layerWith({ objects: [definition] }))))

  it.effect("a name that no object can have is a defect at once, not an object that is gone (C28)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const requests = (yield* cluster.requests).length
      for (const [name, problem] of [["", "empty"], ["b/c", "/"], ["..", ".."], ["a%2f", "%"]] as const) {
        const wait = yield* defect(Wait.until(configMaps, name, Wait.deleted("some uid")))
        const followed = yield* defect(Stream.runHead(Watcher.watchObject(configMaps, name)))
        for (const text of [wait, followed]) {
          assert.match(text, /^TypeError: (Wait.until|Watcher.watchObject): name ".*" of ConfigMap must not/)
          assert.include(text, problem)
        }
      }
      assert.strictEqual((yield* cluster.requests).length, requests)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("a name is a name, though it reads like a selector (C28)", () =>
    Effect.gen(function*() {
      yield* configMaps.create({ metadata: { name: "a" } })
      const fiber = yield* waiting(Effect.flip(Wait.until(configMaps, "a,metadata.namespace=default", Wait.exists)))
      yield* TestClock.adjust("30 seconds")
      assert.match((yield* Fiber.join(fiber)).message, /it does not exist/)
      const cluster = yield* TestCluster.TestCluster
      const list = (yield* cluster.requests).find(({ verb }) => verb === "list")
      assert.include(JSON.stringify(list), encodeURIComponent("metadata.name=a\\,metadata.namespace\\=default"))
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("an interrupted wait leaves no watch", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.TestCluster
      const fiber = yield* waiting(Wait.until(configMaps, "a", Wait.exists))
      assert.strictEqual((yield* cluster.watches).length, 1)
      yield* Fiber.interrupt(fiber)
      yield* settle
      assert.strictEqual((yield* cluster.watches).length, 0)
    }).pipe(Effect.provide(TestCluster.layer)))

  it("not, and, or are those of logic, and their words name what is missing", () => {
    const atom = (name: string) =>
      Wait.make<ReadonlyArray<string>>(name, (object) => object.includes(name), () => `no ${name}`)
    FastCheck.assert(FastCheck.property(FastCheck.option(FastCheck.subarray(["a", "b"])), (object) => {
      const state = Option.fromNullable(object)
      const a = object?.includes("a") === true
      const b = object?.includes("b") === true
      assert.strictEqual(Wait.not(atom("a")).holds(state), !a)
      assert.strictEqual(Wait.and(atom("a"), atom("b")).holds(state), a && b)
      assert.strictEqual(atom("a").pipe(Wait.or(atom("b"))).holds(state), a || b)
      assert.strictEqual(
        Wait.not(Wait.and(atom("a"), atom("b"))).holds(state),
        Wait.or(Wait.not(atom("a")), Wait.not(atom("b"))).holds(state)
      )
    }))
    const both = atom("a").pipe(Wait.and(atom("b")))
    assert.strictEqual(both.description, "a and b")
    assert.strictEqual(both.state(Option.some(["a"])), "no b")
    assert.strictEqual(both.state(Option.none()), "it does not exist; it does not exist")
    assert.deepStrictEqual([
      both.needsObject,
      Wait.or(atom("a"), Wait.deleted("u") as never).needsObject,
      Wait.not(atom("a")).needsObject
    ], [true, false, false])
  })
})
