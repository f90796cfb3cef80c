import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as LeaderElection from "../../src/runtime/LeaderElection.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { behind, leases, type Line, settle } from "./electing.js"

const cluster = Effect.provide(TestCluster.layer)
const quietly = Effect.provide(Logger.remove(Logger.defaultLogger))
const configMaps = Api.namespaced(ConfigMap, "default")

/** A process: a controller under an election, whose runs are noted with the fencing token that they have. */
const process = (
  identity: string,
  options?: { readonly goodbye?: Deferred.Deferred<void>; readonly deleted?: boolean }
) =>
  Effect.gen(function*() {
    const line: Line = { mode: "open", sent: [] }
    const runs: Array<string> = []
    const controller = Controller.make("noting", {
      for: configMaps,
      deleted: options?.deleted,
      reconcile: ({ metadata }, { deleted }) =>
        Effect.gen(function*() {
          const leadership = yield* LeaderElection.Current
          runs.push(`${metadata.name}${deleted ? " deleted" : ""} under ${leadership?.token}`)
          if (metadata.labels?.["slow"] !== undefined && options?.goodbye !== undefined) {
            yield* Deferred.await(options.goodbye)
          }
          if (metadata.labels?.["slow"] !== undefined) runs.push(`${metadata.name} done`)
          if (metadata.labels?.["long"] !== undefined) {
            yield* Effect.onInterrupt(Effect.never, () =>
              Effect.zipRight(
                options?.goodbye === undefined ? Effect.void : Deferred.await(options.goodbye),
                Effect.sync(() => runs.push(`${metadata.name} ended`))
              ))
          }
        })
    })
    const election = Layer.provide(
      LeaderElection.layer("operator", { identity, namespace: "default" }),
      Layer.effect(KubeClient, Effect.map(KubeClient, (client) => behind(client, line)))
    )
    const scope = yield* Scope.make()
    yield* controller.pipe(
      Controller.whenLeading,
      Controller.layer,
      Layer.provide(election),
      Layer.buildWithScope(scope)
    )
    yield* settle
    const stop = Scope.close(scope, Exit.void)
    yield* Effect.addFinalizer(() => Effect.zipRight(Effect.fork(TestClock.adjust("1 minute")), stop))
    return { line, runs, stop }
  })

describe("a controller under an election", { timeout: 20_000 }, () => {
  it.scoped("reconciles only where it leads; the one that stands by has its caches, and takes over with all objects (K35, K41)", () =>
    Effect.gen(function*() {
      yield* configMaps.create({ metadata: { name: "one" } })
      const a = yield* process("a")
      const b = yield* process("b")
      assert.deepStrictEqual(a.runs, ["one under 0"])
      const phases = Effect.map(
        Controller.describe,
        (all) => all.map(({ phase, queue }) => queue === undefined ? phase : `${phase} with a queue`)
      )
      assert.deepStrictEqual(yield* phases, ["Running with a queue", "Standby"])
      yield* configMaps.create({ metadata: { name: "two" } })
      yield* settle
      assert.deepStrictEqual(a.runs, ["one under 0", "two under 0"])
      assert.deepStrictEqual(b.runs, [])
      const server = yield* TestCluster.TestCluster
      const lists = Effect.map(
        server.requests,
        (all) => all.filter(({ resource, verb }) => resource === "configmaps" && verb === "list").length
      )
      const before = yield* lists
      yield* a.stop
      yield* TestClock.adjust("4.4 seconds")
      assert.deepStrictEqual(b.runs, ["one under 1", "two under 1"])
      assert.strictEqual(yield* lists, before)
      assert.deepStrictEqual(yield* phases, ["Running with a queue"])
      yield* configMaps.create({ metadata: { name: "three" } })
      yield* settle
      assert.deepStrictEqual(a.runs.length, 2)
      assert.deepStrictEqual(b.runs.at(-1), "three under 1")
    }).pipe(quietly, cluster))

  it.scoped("when the lease is lost running reconciles are interrupted and awaited, and the next time begins afresh (K35, K36)", () =>
    Effect.gen(function*() {
      const goodbye = yield* Deferred.make<void>()
      yield* configMaps.create({ metadata: { name: "slow", labels: { long: "1" } } })
      const a = yield* process("a", { goodbye })
      const b = yield* process("b")
      assert.deepStrictEqual(a.runs, ["slow under 0"])
      a.line.mode = "cut"
      yield* TestClock.adjust("1 minute")
      // Its reconcile does not end: it does not lead, and does not campaign.
      assert.deepStrictEqual(a.runs, ["slow under 0"])
      assert.deepStrictEqual(b.runs, ["slow under 1"])
      a.line.mode = "open"
      yield* Deferred.succeed(goodbye, undefined)
      yield* settle
      assert.deepStrictEqual(a.runs, ["slow under 0", "slow ended"])
      const stopping = yield* Effect.fork(b.stop)
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(b.runs, ["slow under 1", "slow ended"])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(a.runs, ["slow under 0", "slow ended", "slow under 2"])
    }).pipe(quietly, cluster))

  it.scoped("no reconcile begins after the lease has run out, also when nobody has noticed yet (K36)", () =>
    Effect.gen(function*() {
      const a = yield* process("a")
      a.line.mode = "hanging"
      yield* TestClock.adjust("9.9 seconds")
      yield* configMaps.create({ metadata: { name: "in-time" } })
      yield* settle
      assert.deepStrictEqual(a.runs, ["in-time under 0"])
      yield* TestClock.adjust("1 second")
      yield* configMaps.create({ metadata: { name: "too-late" } })
      yield* settle
      assert.deepStrictEqual(a.runs, ["in-time under 0"])
    }).pipe(quietly, cluster))

  it.scoped("what was deleted while another one led was that one's business; what is deleted later is told (K15)", () =>
    Effect.gen(function*() {
      yield* leases.create({
        metadata: { name: "operator" },
        spec: { holderIdentity: "other", leaseDurationSeconds: 15, renewTime: "2020-01-01T00:00:00.000000Z" }
      })
      yield* configMaps.create({ metadata: { name: "one" } })
      yield* configMaps.create({ metadata: { name: "two" } })
      const a = yield* process("a", { deleted: true })
      yield* configMaps.delete("one")
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(a.runs, ["two under 1"])
      yield* configMaps.delete("two")
      yield* settle
      assert.deepStrictEqual(a.runs, ["two under 1", "two deleted under 1"])
    }).pipe(quietly, cluster))

  it.scoped("one that stops lets running reconciles end, as long as it leads (K21, K35)", () =>
    Effect.gen(function*() {
      const goodbye = yield* Deferred.make<void>()
      yield* configMaps.create({ metadata: { name: "slow", labels: { slow: "1" } } })
      const a = yield* process("a", { goodbye })
      const b = yield* process("b")
      const stopping = yield* Effect.fork(a.stop)
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(a.runs, ["slow under 0"])
      assert.deepStrictEqual(b.runs, [])
      yield* Deferred.succeed(goodbye, undefined)
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(a.runs, ["slow under 0", "slow done"])
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(b.runs, ["slow under 1", "slow done"])
    }).pipe(quietly, cluster))
})
