import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { drawNight } from "./draw.js"
import { minimise } from "./minimise.js"
import { mutants } from "./mutants.js"
import { play } from "./night.js"
import { patience, turn } from "./nights.js"
import { commandFor, reportFailure } from "./report.js"
import { describeNight, partOf, wholeOf } from "./script.js"
import { Stuck, VirtualTime } from "./virtualTime.js"

describe("virtual time", () => {
  it("an hour passes at once, and fibers wake in their time", () => {
    const time = new VirtualTime(1)
    const woken: Array<string> = []
    const sleeper = (name: string, millis: number) =>
      Effect.delay(Effect.sync(() => woken.push(`${name} at ${time.elapsed}`)), millis)
    const exit = time.run(
      Effect.all([sleeper("late", 3_600_000), sleeper("soon", 10), sleeper("never", Infinity)], { concurrency: 3 })
        .pipe(
          Effect.timeoutOption("2 hours")
        )
    )
    assert.isTrue(Exit.isSuccess(exit))
    assert.deepStrictEqual(woken, ["soon at 10", "late at 3600000"])
    assert.strictEqual(time.elapsed, 7_200_000)
    assert.deepStrictEqual([time.fibers, time.sleeping], [0, 0])
  })

  it("what waits for nothing, and what never lets time pass, is told", () => {
    assert.throws(() => new VirtualTime(1).run(Effect.async<never>(() => {})), Stuck, "nothing can go on")
    assert.throws(() => new VirtualTime(1).run(Effect.forever(Effect.yieldNow())), Stuck, "time does not go on")
  })

  it("fibers and timers that are left are counted", () => {
    const time = new VirtualTime(1)
    time.run(Effect.zipRight(Effect.forkDaemon(Effect.sleep("1 day")), Effect.sleep("1 second")))
    assert.deepStrictEqual([time.fibers, time.sleeping], [1, 1])
    const other = new VirtualTime(1)
    other.run(Effect.flatMap(Effect.fork(Effect.sleep("1 day")), Fiber.interrupt))
    assert.deepStrictEqual([other.fibers, other.sleeping], [0, 0])
  })

  it("fibers that wake at the same moment do so in an order that is the seed's", () => {
    const order = (seed: number) => {
      const woken: Array<number> = []
      const names = Array.from({ length: 6 }, (_, index) => index)
      new VirtualTime(seed).run(
        Effect.forEach(names, (name) => Effect.delay(Effect.sync(() => woken.push(name)), 5), { concurrency: 6 })
      )
      return woken.join("")
    }
    assert.strictEqual(order(3), order(3))
    assert.isAbove(new Set([1, 2, 3, 4].map(order)).size, 1)
  })
})

describe("nights", () => {
  it("the same seed is the same night, to the last request", { timeout: patience }, async () => {
    for (const seed of [3, 10, 23]) {
      await turn()
      assert.deepStrictEqual(drawNight(seed), drawNight(seed))
      assert.strictEqual(play(drawNight(seed)).trace, play(drawNight(seed)).trace, `seed ${seed}`)
    }
  })

  it("a part of a night has the steps of the followers that are left", () => {
    const night = drawNight(47)
    const part = partOf(night, { followers: [1], steps: wholeOf(night).steps })
    assert.strictEqual(part.followers.length, 1)
    assert.isBelow(part.steps.length, night.steps.length)
    for (const { what } of part.steps) if ("who" in what) assert.include([undefined, 0], what.who)
  })
})

describe("a failing night", () => {
  const mutant = mutants.find(({ name }) => name === "does not notice that history was lost")!
  const failing = () => {
    for (let seed = 1; seed < 40; seed++) {
      const verdict = play(drawNight(seed), mutant)
      if (verdict.violations.length > 0) return verdict
    }
    throw new Error("none of these nights fails")
  }

  it(
    "prints its seed, its script, the smallest script that fails, and the command for both",
    { timeout: patience },
    async () => {
      await turn()
      const verdict = failing()
      const { night, violations } = verdict
      const options = { tries: 120, play: (night: typeof verdict.night) => play(night, mutant) }
      const small = minimise(night, violations[0]!.rule, options)
      assert.isAtMost(small.tries, 120)
      // A restore, and little else.
      assert.isTrue(small.verdict.night.steps.some(({ what }) => what._tag === "Restore"))
      assert.isAtMost(small.verdict.night.steps.length, 8)
      const report = reportFailure(verdict, options)
      for (const text of [`Seed ${night.seed} failed`, commandFor(night.seed), commandFor(night.seed, small.numbers)]) {
        assert.include(report, text)
      }
      assert.include(report, describeNight(night).join("\n"))
      assert.include(report, describeNight(small.verdict.night, small.numbers).join("\n"))
      // What the command plays is what was found.
      const again = play(partOf(night, small.numbers), mutant)
      assert.deepStrictEqual(again.violations, small.verdict.violations)
    }
  )
})
