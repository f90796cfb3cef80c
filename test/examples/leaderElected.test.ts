import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { label, main, policyName } from "../../examples/leader-elected.js"
import * as Api from "../../src/client/Api.js"
import { Lease } from "../../src/kinds/coordination/v1.js"
import { Namespace } from "../../src/kinds/core/v1.js"
import { NetworkPolicy } from "../../src/kinds/networking/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Wait from "../../src/runtime/Wait.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { clusterOf, namespace, start } from "./running.js"

const name = "leader-elected"
const namespaces = Api.cluster(Namespace)
const policies = Api.namespaced(NetworkPolicy, "vault")
const leases = Api.namespaced(Lease, "examples")
const cluster = Effect.provide(clusterOf(name, namespace("vault", { [label]: "true" })))

const applies = Effect.map(
  Effect.flatMap(TestCluster.TestCluster, ({ requests }) => requests),
  (all) => all.filter(({ resource, verb }) => resource === "networkpolicies" && verb === "patch").length
)

describe("examples/leader-elected", () => {
  it.scoped("of two replicas one works; when it ends the other one takes over with all objects (K33, K35, K41)", () =>
    Effect.gen(function*() {
      const stop = yield* start(name, main)
      yield* Wait.until(policies, policyName, Wait.exists)
      const first = (yield* leases.get(name)).spec?.holderIdentity
      yield* TestClock.adjust("10 seconds")
      const before = yield* applies
      yield* start(name, main)
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(yield* applies, before)

      yield* stop
      assert.include([undefined, ""], (yield* leases.get(name)).spec?.holderIdentity)
      // Nobody leads: what is deleted now is missed by the one that ended, and found by the next one.
      yield* policies.delete(policyName)
      yield* TestClock.adjust("5 seconds")
      yield* Wait.until(policies, policyName, Wait.exists)
      const { holderIdentity, leaseTransitions } = (yield* leases.get(name)).spec ?? {}
      assert.isString(holderIdentity)
      assert.notStrictEqual(holderIdentity, first)
      assert.strictEqual(leaseTransitions, 1)
    }).pipe(cluster))

  it.scoped("a Namespace that is isolated no more has no policy, and a policy of somebody else is left alone", () =>
    Effect.gen(function*() {
      yield* start(name, main)
      yield* Wait.until(policies, policyName, Wait.exists)
      yield* namespaces.patch("vault", Patch.merge({ metadata: { labels: { [label]: null } } }))
      yield* Wait.until(policies, policyName, Wait.not(Wait.exists))

      const own = yield* policies.create({ metadata: { name: policyName }, spec: { podSelector: {} } })
      yield* namespaces.patch("vault", Patch.merge({ metadata: { labels: { other: "label" } } }))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* policies.get(policyName)).metadata.uid, own.metadata.uid)
    }).pipe(cluster))
})
