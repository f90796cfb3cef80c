/** Plays a scenario on the in-memory server and holds what it answers against what the real one answered. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { type KnownDifference, knownDifferences } from "./knownDifferences.js"
import { differences } from "./lineDiff.js"
import { normalise } from "./normalise.js"
import { printed } from "./recording.js"
import { type Area, play, type Scenario, type Step } from "./scenario.js"
import { inMemory } from "./transports.js"
import { inVirtualTime } from "./virtualTime.js"

/** Needs a TestClock. The server is as old as a real one: its versions are far from those that scenarios make up. */
export const played = (area: Area, scenario: Scenario): Effect.Effect<ReadonlyArray<Step>> =>
  inVirtualTime(Effect.scoped(
    Effect.gen(function*() {
      const cluster = yield* Effect.orDie(TestCluster.make({ randomSeed: 7, resourceVersion: 1000, auth: area.auth }))
      const token = area.auth === true ? Redacted.value(yield* cluster.token(TestCluster.admin)) : undefined
      return normalise(yield* play(inMemory(cluster, token), scenario), area)
    })
  ))

export interface Verdict {
  readonly known: KnownDifference | undefined
  /** What is wrong, for a person to read; empty where the two servers agree but for what is known. */
  readonly problem: string
}

/** Which steps differ, and the lines in which they do. */
export const judge = (
  scenario: Scenario,
  expected: ReadonlyArray<Step>,
  actual: ReadonlyArray<Step>
): Verdict => {
  const steps = Array.from({ length: Math.max(expected.length, actual.length) }, (_, at) => at)
    .filter((at) => printed(expected[at] ?? null) !== printed(actual[at] ?? null))
  const text = steps.map((at) => {
    const request = expected[at]?.["request"] ?? actual[at]?.["request"]
    return `step ${at}, ${request}\n${differences(printed(expected[at] ?? null), printed(actual[at] ?? null))}`
  }).join("\n\n")
  const known = knownDifferences.find((each) => each.scenario === scenario.title)
  if (known === undefined) {
    return { known, problem: text === "" ? "" : `- is the real server, + is TestCluster\n${text}` }
  }
  return {
    known,
    problem: steps.join() === known.steps.join()
      ? ""
      : `${steps.join()} differ, not the steps of knownDifferences.ts (${known.reason})\n${text}`
  }
}
