import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Api from "../../src/client/Api.js"
import { Node, Pod } from "../../src/kinds/core/v1.js"
import { PodDisruptionBudget } from "../../src/kinds/policy/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Drain from "../../src/runtime/Drain.js"
import * as Wait from "../../src/runtime/Wait.js"
import * as EnvTest from "../../src/testing/EnvTest.js"

const pods = Api.namespaced(Pod, "default")
const budgets = Api.namespaced(PodDisruptionBudget, "default")

/** A Pod that a node runs, as far as the server knows. */
const ready = (name: string, node: string) =>
  Effect.zipRight(
    pods.create({
      metadata: { name, labels: { app: "web" } },
      spec: { nodeName: node, containers: [{ name: "web", image: "example.com/web" }] }
    }),
    pods.status.patch(
      name,
      Patch.merge({ status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } })
    )
  )

const allows = (count: number) =>
  Wait.until(
    budgets,
    "web",
    Wait.make<PodDisruptionBudget>(
      `it to allow ${count}`,
      ({ metadata, status }) => status.observedGeneration === metadata.generation && status.disruptionsAllowed === count
    )
  )

describe("Drain on a real server", () => {
  it.live(
    "evicts what the budget allows, waits for it, and refuses what kubectl refuses (C38)",
    () =>
      Effect.gen(function*() {
        const plane = yield* EnvTest.EnvTest
        yield* Api.cluster(Node).create({ metadata: { name: "n1" } })
        yield* ready("a", "n1")
        yield* ready("b", "n1")
        yield* budgets.create({
          metadata: { name: "web" },
          spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } }
        })
        yield* allows(1)

        const refused = yield* Effect.flip(Stream.runDrain(Drain.drain("n1")))
        assert.strictEqual(refused._tag, "KubeDrainRefused")
        const theirs = yield* Effect.flip(plane.kubectl("drain", "n1"))
        for (const name of ["default/a", "default/b"]) {
          assert.include(refused.message, name)
          assert.include(theirs.message, name)
        }
        assert.strictEqual((yield* pods.list()).items.length, 2)

        const events: Array<string> = []
        const fiber = yield* Effect.fork(
          Stream.runForEach(
            Drain.drain("n1", {
              force: true,
              gracePeriod: 0,
              timeout: "50 seconds",
              retry: Schedule.spaced("1 second")
            }),
            (event) => Effect.sync(() => events.push(event._tag))
          )
        )
        yield* Effect.repeat(Effect.sleep("50 millis"), { until: () => events.includes("Blocked") })
        assert.isFalse(events.includes("Done"))
        yield* ready("c", "n2")
        yield* Fiber.join(fiber)
        assert.strictEqual(events[0], "Cordoned")
        assert.strictEqual(events.at(-1), "Done")
        assert.strictEqual(events.filter((event) => event === "Evicted").length, 2)
        assert.deepStrictEqual((yield* pods.list()).items.map(({ metadata }) => metadata.name), ["c"])

        // What the library has cordoned kubectl finds cordoned, and the other way round.
        assert.include(yield* plane.kubectl("cordon", "n1"), "already cordoned")
        assert.isUndefined((yield* Drain.uncordon("n1")).spec.unschedulable)
        assert.include(yield* plane.kubectl("uncordon", "n1"), "already uncordoned")
      }).pipe(Effect.provide(EnvTest.layerWith({ controllers: ["disruption-controller"] }))),
    120_000
  )
})
