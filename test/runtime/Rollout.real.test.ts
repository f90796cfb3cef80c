import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Api from "../../src/client/Api.js"
import { DaemonSet, Deployment, StatefulSet } from "../../src/kinds/apps/v1.js"
import { Namespace } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Rollout from "../../src/runtime/Rollout.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import * as EnvTest from "../envtest/shared.js"
import { Kubectl } from "../kubectl/run.js"
import { objectOf, type Stage, stages } from "./workloads.js"

const namespace = "rollouts"
const scope = Effect.runSync(Scope.make())
let inMemory = ""

/** An in-memory server on a port. */
const serve = Effect.gen(function*() {
  const cluster = yield* TestCluster.make()
  const { kubeconfig } = yield* Effect.provideService(TestCluster.serve(), TestCluster.TestCluster, cluster)
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "rollouts-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  const file = join(folder, "config")
  writeFileSync(file, kubeconfig, { mode: 0o600 })
  return file
})

beforeAll(async () => {
  inMemory = await Effect.runPromise(Scope.extend(serve, scope))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const deployments = Api.namespaced(Deployment, namespace)
const statefulSets = Api.namespaced(StatefulSet, namespace)
const daemonSets = Api.namespaced(DaemonSet, namespace)

/** Puts an object at its stage, and says how far the library finds it. */
const atStage = (stage: Stage) => {
  const draft = objectOf(stage) as never // the table holds drafts of three kinds
  const status = Patch.merge<never>({ status: stage.status } as never)
  const { title } = stage
  switch (stage.kind) {
    case "Deployment":
      return Effect.map(
        Effect.zipRight(deployments.create(draft), deployments.status.patch(title, status)),
        Rollout.progress
      )
    case "StatefulSet":
      return Effect.map(
        Effect.zipRight(statefulSets.create(draft), statefulSets.status.patch(title, status)),
        Rollout.progress
      )
    case "DaemonSet":
      return Effect.map(
        Effect.zipRight(daemonSets.create(draft), daemonSets.status.patch(title, status)),
        Rollout.progress
      )
  }
}

describe.each([["a real server", () => EnvTest.kubeconfig], ["an in-memory one", () => inMemory]] as const)(
  "Rollout on %s",
  (_, kubeconfig) => {
    it.live("finds each stage of each kind as kubectl rollout status does (C38)", () =>
      Effect.gen(function*() {
        yield* Api.cluster(Namespace).create({ metadata: { name: namespace } })
        const kubectl = yield* Effect.acquireRelease(
          Effect.sync(() => new Kubectl({ kubeconfig: kubeconfig(), namespace })),
          (kubectl) => Effect.sync(() => kubectl.close())
        )
        yield* Effect.forEach(stages, (stage) =>
          Effect.gen(function*() {
            const which = `${stage.kind} ${stage.title}`
            assert.strictEqual((yield* atStage(stage))._tag, stage.progress, which)
            const said = yield* Effect.promise(() =>
              kubectl.run(`rollout status ${stage.kind.toLowerCase()}/${stage.title} --watch=false`)
            )
            assert.match(said.stdout + said.stderr, stage.kubectl, which)
            assert.strictEqual(said.code, stage.fails === true ? 1 : 0, which)
          }), { concurrency: 3, discard: true })

        // A restart is kubectl's restart: the same annotation, which the second of the two replaces.
        yield* Effect.promise(() => kubectl.run("rollout restart deployment/complete"))
        const theirs = yield* deployments.get("complete")
        yield* Effect.sleep("1100 millis")
        const ours = yield* Rollout.restart(deployments, "complete")
        const annotations = [theirs, ours].map(({ spec }) => spec.template.metadata?.annotations ?? {})
        assert.deepStrictEqual(Object.keys(annotations[0] ?? {}), Object.keys(annotations[1] ?? {}))
        assert.notDeepEqual(annotations[0], annotations[1])
        assert.strictEqual(ours.metadata.generation, 3)

        // kubectl and the library know each other's pause.
        yield* Rollout.pause(deployments, "complete")
        const refused = yield* Effect.promise(() => kubectl.run("rollout restart deployment/complete"))
        assert.match(refused.stderr, /paused/)
        yield* Effect.promise(() => kubectl.run("rollout resume deployment/complete"))
        assert.isTrue((yield* deployments.get("complete")).spec.paused !== true)
      }).pipe(Effect.scoped, Effect.provide(NodeKubeClient.layerWith({ kubeconfig: kubeconfig() }))), 120_000)
  }
)
