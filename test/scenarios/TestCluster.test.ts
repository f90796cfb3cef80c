/** The scenarios on the in-memory server: it answers what the real one answered when it was recorded. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { areas } from "./areas.js"
import { knownDifferences } from "./knownDifferences.js"
import { differences } from "./lineDiff.js"
import { normalise } from "./normalise.js"
import { printed, readRecording } from "./recording.js"
import { play, type Scenario, slugOf, type Step } from "./scenario.js"
import { inMemory } from "./transports.js"
import { inVirtualTime } from "./virtualTime.js"

/** A server that is as old as a real one: its versions are far from those that scenarios make up. */
const played = (scenario: Scenario): Effect.Effect<ReadonlyArray<Step>> =>
  Effect.scoped(
    Effect.gen(function*() {
      const cluster = yield* Effect.orDie(TestCluster.make({ seed: 7, resourceVersion: 1000 }))
      return normalise(yield* play(inMemory(cluster), scenario))
    })
  )

/** Which steps differ, and the lines in which they do. */
const compare = (expected: ReadonlyArray<Step>, actual: ReadonlyArray<Step>) => {
  const steps = Array.from({ length: Math.max(expected.length, actual.length) }, (_, at) => at)
    .filter((at) => printed(expected[at] ?? null) !== printed(actual[at] ?? null))
  const lines = steps.map((at) => {
    const request = expected[at]?.["request"] ?? actual[at]?.["request"]
    return `step ${at}, ${request}\n${differences(printed(expected[at] ?? null), printed(actual[at] ?? null))}`
  })
  return { steps, text: lines.join("\n\n") }
}

describe.each(areas.map((area) => [area.name, area] as const))("%s", (name, area) => {
  const recording = readRecording(name)
  for (const scenario of area.scenarios) {
    it.effect(scenario.title, () =>
      Effect.gen(function*() {
        const expected = recording[scenario.title]
        if (expected === undefined) expect.fail("not recorded: npm run record")
        const { steps, text } = compare(expected, yield* inVirtualTime(played(scenario)))
        const known = knownDifferences.find((each) => each.scenario === scenario.title)
        if (known === undefined) {
          if (text !== "") expect.fail(`- is the real server, + is TestCluster\n${text}`)
        } else if (steps.join() !== known.steps.join()) {
          expect.fail(`${steps.join()} differ, not the steps of knownDifferences.ts (${known.reason})\n${text}`)
        }
      }))
  }
  it("every recorded scenario is there", () => {
    expect(area.scenarios.map(({ title }) => title)).toEqual(Object.keys(recording))
  })
})

describe("the scenarios", () => {
  const scenarios = areas.flatMap((area) => area.scenarios)
  it("have namespaces of their own", () => {
    const names = scenarios.map(({ title }) => slugOf(title))
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  })
  it("name the rows that they keep", () => {
    expect(scenarios.map(({ title }) => title).filter((title) => !/\(S\d+(, S\d+)*\)$/.test(title))).toEqual([])
  })
  it("are those of which differences are known", () => {
    const titles = scenarios.map(({ title }) => title)
    expect(knownDifferences.map((each) => each.scenario).filter((title) => !titles.includes(title))).toEqual([])
  })
})
