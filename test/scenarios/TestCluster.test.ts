/** The scenarios on the in-memory server: it answers what the real one answered when it was recorded. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { areas } from "./areas.js"
import { judge, played } from "./judge.js"
import { knownDifferences } from "./knownDifferences.js"
import { readRecording } from "./recording.js"
import { slugOf } from "./scenario.js"

describe.each(areas.map((area) => [area.name, area] as const))("%s", (name, area) => {
  const recording = readRecording(name)
  for (const scenario of area.scenarios) {
    it.effect(scenario.title, () =>
      Effect.gen(function*() {
        const expected = recording[scenario.title]
        if (expected === undefined) expect.fail("not recorded: npm run record")
        const { problem } = judge(scenario, expected, yield* played(area, scenario))
        if (problem !== "") expect.fail(problem)
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
