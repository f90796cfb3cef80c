import { assert, describe, it } from "@effect/vitest"
import { drawNight } from "./draw.js"
import { type Broken, mutants } from "./mutants.js"
import { play } from "./night.js"
import { patience, turn } from "./nights.js"

/** In so many nights each of them must be caught. */
const nights = 30

const caughtIn = async (mutant: Broken): Promise<number | undefined> => {
  for (let seed = 1; seed <= nights; seed++) {
    await turn()
    const { violations } = play(drawNight(seed), mutant)
    if (violations.some(({ rule }) => mutant.breaks.includes(rule))) return seed
  }
  return undefined
}

describe("the oracle bites", () => {
  for (const mutant of mutants) {
    it(`a watcher or store that ${mutant.name} is caught`, { timeout: patience }, async () => {
      assert.isDefined(await caughtIn(mutant), `it was not caught in ${nights} nights`)
    })
  }
})
