import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { DaemonSet, Deployment, ReplicaSet, StatefulSet } from "../../src/kinds/apps/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Rollout from "../../src/runtime/Rollout.js"
import * as Behaviour from "../../src/testing/Behaviour.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { objectOf, stages } from "./workloads.js"

const deployments = Api.namespaced(Deployment, "default")
const statefulSets = Api.namespaced(StatefulSet, "default")
const daemonSets = Api.namespaced(DaemonSet, "default")
const settle = TestClock.adjust("0 millis")

const web = {
  metadata: { name: "web" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "example.com/web:1" }] }
    }
  }
}

/** Pods take a second to be ready, and workloads roll out. */
const alive = Effect.provide(TestCluster.layerWith({
  behaviours: [
    ...Behaviour.pods({ delay: "1 second" }),
    ...Behaviour.replicaSets(),
    ...Behaviour.deployments(),
    ...Behaviour.daemonSets(),
    ...Behaviour.statefulSets()
  ]
}))

/** Follows a rollout; what it told is in the array. */
const following = <K extends Rollout.Workload, R>(api: Rollout.Followable<K, R>, name: string) =>
  Effect.gen(function*() {
    const told: Array<string> = []
    const fiber = yield* Effect.fork(
      Stream.runForEach(Rollout.status(api, name), ({ progress }) =>
        Effect.sync(() => {
          told.push(progress._tag)
        }))
    )
    yield* settle
    return { told, fiber }
  })

const atStage = (kind: string, title: string) => {
  const stage = stages.find((stage) => stage.kind === kind && stage.title === title)!
  return { ...objectOf(stage), metadata: { ...objectOf(stage).metadata, generation: 1 }, status: stage.status }
}

describe("Rollout", () => {
  it.effect("says how far an object at each stage is, by kubectl's rules (C38)", () =>
    Effect.gen(function*() {
      for (const kind of [Deployment, DaemonSet, StatefulSet]) {
        const api = Api.namespaced<typeof kind>(kind, "default")
        for (const object of (yield* api.list()).items) {
          const stage = stages.find((stage) => stage.kind === object.kind && stage.title === object.metadata.name)
          assert.strictEqual(Rollout.progress(object)._tag, stage?.progress, `${object.kind} ${object.metadata.name}`)
        }
      }
    }).pipe(
      Effect.provide(TestCluster.layerWith({ objects: stages.map(({ kind, title }) => atStage(kind, title)) }))
    ))

  it.effect("follows a Deployment that is restarted until all its Pods are new (C38)", () =>
    Effect.gen(function*() {
      yield* deployments.create(web)
      yield* TestClock.adjust("10 seconds")
      const before = yield* Rollout.wait(deployments, "web")
      assert.strictEqual(before.status.updatedReplicas, 3)
      const restarted = yield* Rollout.restart(deployments, "web")
      assert.match(
        restarted.spec.template.metadata?.annotations?.["kubectl.kubernetes.io/restartedAt"] ?? "",
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
      )
      const { fiber, told } = yield* following(deployments, "web")
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.isAbove(told.length, 2)
      assert.strictEqual(told.at(-1), "Complete")
      assert.strictEqual((yield* Api.namespaced(ReplicaSet, "default").list()).items.length, 2)
    }).pipe(alive))

  it.effect("follows StatefulSets and DaemonSets as well (C38)", () =>
    Effect.gen(function*() {
      yield* statefulSets.create({ ...web, spec: { ...web.spec, serviceName: "web" } })
      const { replicas: _, ...spec } = web.spec
      yield* daemonSets.create({ ...web, spec })
      yield* TestClock.adjust("1 minute")
      for (const api of [statefulSets, daemonSets] as const) {
        yield* (api === statefulSets ? Rollout.restart(statefulSets, "web") : Rollout.restart(daemonSets, "web"))
        const { fiber, told } = yield* (api === statefulSets
          ? following(statefulSets, "web")
          : following(daemonSets, "web"))
        yield* TestClock.adjust("2 minutes")
        yield* Fiber.join(fiber)
        assert.strictEqual(told.at(-1), "Complete")
      }
    }).pipe(alive))

  it.effect("fails when a Deployment has exceeded its progress deadline, and says so (C38)", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Rollout.wait(deployments, "late"))
      assert.strictEqual(error._tag, "KubeRolloutFailed")
      assert.include(
        error.message,
        "the rollout of Deployment default/late has failed: it has exceeded its progress deadline"
      )
      const unguided = yield* Effect.flip(Rollout.wait(statefulSets, "on-delete"))
      assert.strictEqual(unguided._tag === "KubeRolloutFailed" && unguided.reason, "NotRolling")
      assert.include(unguided.message, "OnDelete")
    }).pipe(Effect.provide(
      TestCluster.layerWith({ objects: [atStage("Deployment", "late"), atStage("StatefulSet", "on-delete")] })
    )))

  it.effect("an object that is deleted meanwhile fails, even if another one has its name (C35, C38)", () =>
    Effect.gen(function*() {
      const { fiber, told } = yield* following(deployments, "updating")
      yield* deployments.delete("updating")
      yield* settle
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.deepStrictEqual(told, ["Updating"])
      assert.strictEqual(error._tag === "KubeRolloutFailed" && error.reason, "Deleted")
      const none = yield* Effect.flip(Rollout.wait(deployments, "updating"))
      assert.strictEqual(none._tag, "KubeNotFound")
    }).pipe(Effect.provide(TestCluster.layerWith({ objects: [atStage("Deployment", "updating")] }))))

  it.effect("tells only what has changed, and at its limit how it stands (C38)", () =>
    Effect.gen(function*() {
      const { fiber, told } = yield* following(deployments, "updating")
      yield* deployments.patch("updating", Patch.merge({ metadata: { labels: { seen: "yes" } } }))
      yield* settle
      assert.deepStrictEqual(told, ["Updating"])
      yield* Fiber.interrupt(fiber)
      const waiting = yield* Effect.fork(Effect.flip(Rollout.wait(deployments, "updating", { timeout: "1 minute" })))
      yield* TestClock.adjust("1 minute")
      const error = yield* Fiber.join(waiting)
      assert.strictEqual(error._tag, "KubeWaitTimedOut")
      assert.include(error.message, "Deployment default/updating: waited 1m for its rollout to be complete: 1 of 3")
      assert.deepStrictEqual(yield* (yield* TestCluster.TestCluster).watches, [])
    }).pipe(Effect.provide(TestCluster.layerWith({ objects: [atStage("Deployment", "updating")] }))))

  it.effect("a Deployment that is paused is not restarted before it is resumed (C38)", () =>
    Effect.gen(function*() {
      yield* deployments.create(web)
      const paused = yield* Rollout.pause(deployments, "web")
      assert.isTrue(paused.spec.paused)
      assert.strictEqual(
        (yield* Rollout.pause(deployments, "web")).metadata.resourceVersion,
        paused.metadata.resourceVersion
      )
      const error = yield* Effect.flip(Rollout.restart(deployments, "web"))
      assert.strictEqual(error._tag, "KubeRolloutPaused")
      assert.isUndefined((yield* Rollout.resume(deployments, "web")).spec.paused)
      yield* Rollout.restart(deployments, "web")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.effect("who may not watch is told, and does not wait for ever (C29, C38)", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Rollout.wait(deployments, "updating")).pipe(
        Effect.provide(TestCluster.as({ serviceAccount: "default/reader" }))
      )
      assert.strictEqual(error._tag, "KubeForbidden")
    }).pipe(Effect.provide(TestCluster.layerWith({
      auth: true,
      objects: [
        atStage("Deployment", "updating"),
        {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRole",
          metadata: { name: "reader" },
          rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] }]
        },
        {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRoleBinding",
          metadata: { name: "reader" },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" },
          subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "default" }]
        }
      ]
    }))))
})
