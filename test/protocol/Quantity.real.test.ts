import { assert, describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Effect from "effect/Effect"
import * as EnvTest from "../envtest/shared.js"
import { type Answer, asking } from "./asking.js"
import { agrees, maybeQuantity } from "./quantities.js"
import { fileOf, printed, readTable } from "./recorded.js"

type Inputs = ReadonlyArray<string | number>
type Served = (inputs: Inputs) => Effect.Effect<ReadonlyArray<string | null>>

const autoscalers = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
const ask = asking(EnvTest.kubeconfig)

/** Fields that hold any quantity, negative ones too: what was measured, in the status of an autoscaler. */
const measured = (values: Inputs): Effect.Effect<Answer> =>
  ask("PATCH", `${autoscalers}/quantities/status?dryRun=All`, {
    status: {
      desiredReplicas: 1,
      currentMetrics: values.map((averageValue) => ({
        type: "Resource",
        resource: { name: "cpu", current: { averageValue } }
      }))
    }
  })

/** What becomes of each, null where it is refused: one that is refused spoils the request, which is then halved. */
const served: Served = (inputs) =>
  Effect.flatMap(measured(inputs), ({ body, status }) => {
    if (status < 300) {
      return Effect.succeed(
        inputs.map((_, index) => body.status.currentMetrics[index].resource.current.averageValue as string)
      )
    }
    assert.strictEqual(status, 422, JSON.stringify(body))
    if (inputs.length === 1) return Effect.succeed([null])
    const half = Math.ceil(inputs.length / 2)
    return Effect.zipWith(
      served(inputs.slice(0, half)),
      served(inputs.slice(half)),
      (left, right) => [...left, ...right]
    )
  })

const withAutoscaler = <A, E>(use: Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    ask("POST", autoscalers, {
      metadata: { name: "quantities" },
      spec: { maxReplicas: 1, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "none" } }
    }),
    () => use,
    () => ask("DELETE", `${autoscalers}/quantities`, {})
  )

describe("quantities on a real server", () => {
  it("what it makes of each is as recorded", async () => {
    const inputs = readTable("quantities").map(([input]) => input)
    const answers = await Effect.runPromise(withAutoscaler(served(inputs)))
    const table = printed(inputs.map((input, index) => [input, answers[index]]))
    await expect(table).toMatchFileSnapshot(fileOf("quantities"))
  })

  it.effect("what it makes of texts that nobody has chosen is what we make of them", () =>
    withAutoscaler(Effect.gen(function*() {
      const seed = Date.now() >>> 0
      const inputs = fc.sample(maybeQuantity, { numRuns: 150, seed })
      const answers = yield* served(inputs)
      const unlike = inputs.map((input, index) => [input, answers[index] ?? null] as const)
        .filter(([input, answer]) => !agrees(input, answer))
      assert.deepStrictEqual(unlike, [], `seed ${seed}`)
    })))
})
