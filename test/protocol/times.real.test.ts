import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as EnvTest from "../envtest/shared.js"
import { asking, fieldOf } from "./asking.js"
import { type Answered, fileOf, printed, readTable } from "./recorded.js"

type Served = (input: string | number) => Effect.Effect<string | null>

const ask = asking(EnvTest.kubeconfig)

/** The zero time is written as null, which is no refusal. */
const lastTimestamp: Served = (lastTimestamp) =>
  Effect.map(
    ask("POST", "/api/v1/namespaces/default/events?dryRun=All", {
      metadata: { name: "times" },
      involvedObject: { namespace: "default", name: "none" },
      lastTimestamp
    }),
    (answer) => fieldOf(answer, (event) => String(event.lastTimestamp))
  )

const renewTime: Served = (renewTime) =>
  Effect.map(
    ask("POST", "/apis/coordination.k8s.io/v1/namespaces/default/leases?dryRun=All", {
      metadata: { name: "times" },
      spec: { renewTime }
    }),
    (answer) => fieldOf(answer, (lease) => String(lease.spec.renewTime))
  )

describe("times on a real server", () => {
  for (const [name, served] of [["timestamps", lastTimestamp], ["microTimes", renewTime]] as const) {
    it(`what it makes of ${name} is as recorded`, async () => {
      const asked = Effect.forEach(
        readTable(name),
        ([input]) => Effect.map(served(input), (answer): Answered => [input, answer]),
        { concurrency: 8 }
      )
      await expect(printed(await Effect.runPromise(asked))).toMatchFileSnapshot(fileOf(name))
    })
  }
})
