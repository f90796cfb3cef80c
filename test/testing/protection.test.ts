/** What may be in use stays until it no longer is: claims of Pods, and volumes that are bound. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { type Body, play, scenario, type Step } from "../scenarios/scenario.js"
import { inMemory } from "../scenarios/transports.js"
import { inVirtualTime } from "../scenarios/virtualTime.js"

const claim = {
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }
}

const pod = {
  metadata: { name: "user" },
  spec: {
    containers: [{ name: "a", image: "a" }],
    volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }]
  }
}

const steps = (body: Body): Effect.Effect<ReadonlyArray<Step>> =>
  inVirtualTime(Effect.scoped(Effect.gen(function*() {
    const cluster = yield* Effect.orDie(TestCluster.make({ randomSeed: 1 }))
    return yield* play(inMemory(cluster), scenario("protection", body))
  })))

describe("storage that is in use", () => {
  it.effect("a claim that no Pod uses goes when it is deleted", () =>
    Effect.gen(function*() {
      const found = yield* steps(function*(run) {
        const path = run.at("persistentvolumeclaims")
        yield* run.post(path, claim)
        yield* run.delete(`${path}/data`)
        yield* run.until(`${path}/data`, ({ status }) => status === 404)
      })
      assert.deepStrictEqual(found.map(({ status }) => status), [201, 200, 404])
    }))

  it.effect("a claim stays while a Pod uses it, and goes with the Pod", () =>
    Effect.gen(function*() {
      const found = yield* steps(function*(run) {
        const path = run.at("persistentvolumeclaims")
        yield* run.post(path, claim)
        yield* run.post(run.at("pods"), pod)
        yield* run.delete(`${path}/data`)
        const watch = yield* run.watch(`${path}?watch=1&timeoutSeconds=1&labelSelector=none`)
        yield* watch.untilEnd
        yield* run.get(`${path}/data`)
        yield* run.delete(`${run.at("pods")}/user`, { gracePeriodSeconds: 0 })
        yield* run.until(`${path}/data`, ({ status }) => status === 404)
      })
      assert.deepStrictEqual(found.map(({ status }) => status), [201, 201, 200, 200, 200, 200, 404])
    }))

  it.effect("a bound volume stays until it is released", () =>
    Effect.gen(function*() {
      const path = "/api/v1/persistentvolumes"
      const found = yield* steps(function*(run) {
        yield* run.post(path, {
          metadata: { name: "v" },
          spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/v" } }
        })
        yield* run.merge(`${path}/v/status`, { status: { phase: "Bound" } })
        yield* run.delete(`${path}/v`)
        yield* run.get(`${path}/v`)
        yield* run.merge(`${path}/v/status`, { status: { phase: "Released" } })
        yield* run.until(`${path}/v`, ({ status }) => status === 404)
      })
      assert.deepStrictEqual(found.map(({ status }) => status), [201, 200, 200, 200, 200, 404])
    }))
})
