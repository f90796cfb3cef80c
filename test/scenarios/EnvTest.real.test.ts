/** The scenarios on a real server: it still answers what was recorded. `npm run record` writes what it answers now. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { kubeconfig } from "../envtest/shared.js"
import { areas } from "./areas.js"
import { differences } from "./lineDiff.js"
import { normalise } from "./normalise.js"
import { printed, readRecording } from "./recording.js"
import { play } from "./scenario.js"
import { overHttps } from "./transports.js"

const transport = overHttps(kubeconfig)

describe.each(areas.map((area) => [area.name, area] as const))("%s", (name, area) => {
  const recording = readRecording(name)
  for (const scenario of area.scenarios) {
    it.live(scenario.title, () =>
      Effect.gen(function*() {
        const expected = printed(recording[scenario.title] ?? [])
        const actual = printed(normalise(yield* play(transport, scenario), area))
        if (expected !== actual) expect.fail(`- is recorded, + is the server\n${differences(expected, actual)}`)
      }))
  }
})
