/** Nights as tests: each of a range of seeds must pass, and together they must have seen every fault. */
import { assert, describe, it } from "@effect/vitest"
import { drawNight } from "./draw.js"
import { play } from "./night.js"
import { reportFailure } from "./report.js"

/** So many are played in one test, so that a failure is told soon and progress is seen. */
const inOneTest = 10

/** A night does not leave this thread: between two of them the test runner gets its turn. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** On a machine that has much else to do. */
export const patience = 120_000

/** What a hundred nights have in them: a simulation in which nothing happens finds nothing. */
const expected: ReadonlyArray<string> = [
  "Compact",
  "Cut",
  "CutAnswer",
  "Delay",
  "End",
  "Garbage",
  "Init Expired",
  "Init Failures",
  "Init HistoryReset",
  "Init Refused",
  "Init Start",
  "Lag",
  "LateTokens",
  "late token",
  "Lose",
  "MuteBookmarks",
  "Page",
  "Refuse 410",
  "Refuse 429",
  "Refuse 503",
  "Reopen",
  "ReopenConsumer",
  "Restart",
  "Restore",
  "ShortWatches",
  "Silence",
  "Stall",
  "Tell 410",
  "Tell 429",
  "Tell 500",
  "Unanswered"
]

export const nights = (from: number, count: number): void => {
  describe("whatever goes wrong in a night, in the end every store has what the server has, and consumers were told all of it (W1 to W54)", () => {
    const seen = new Map<string, number>()
    for (let first = from; first < from + count; first += inOneTest) {
      const last = Math.min(first + inOneTest, from + count) - 1
      it(`the nights of seeds ${first} to ${last}`, { timeout: patience }, async () => {
        for (let seed = first; seed <= last; seed++) {
          await turn()
          const verdict = play(drawNight(seed))
          for (const [what, times] of verdict.counts) seen.set(what, (seen.get(what) ?? 0) + times)
          if (verdict.violations.length > 0) assert.fail(reportFailure(verdict, { tries: 60 }))
        }
      })
    }
    it("in these nights everything happens that can", { timeout: 10 * patience }, async () => {
      // Also where this test is run alone.
      if (seen.size === 0) {
        for (let seed = from; seed < from + count; seed++) {
          await turn()
          for (const [what, times] of play(drawNight(seed)).counts) seen.set(what, (seen.get(what) ?? 0) + times)
        }
      }
      assert.deepStrictEqual(expected.filter((what) => !seen.has(what)), [])
    })
  })
}
