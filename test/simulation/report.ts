/** What is said of a night that failed: its script, the smallest one that fails as well, and how to play it again. */
import type { Violation } from "./judge.js"
import { minimise, type MinimiseOptions } from "./minimise.js"
import type { Verdict } from "./night.js"
import { describeNight, type Numbers } from "./script.js"

const most = 8

export const describeViolations = (violations: ReadonlyArray<Violation>): ReadonlyArray<string> => [
  ...violations.slice(0, most).map(({ at, rule, text }) => `  ${rule} (at ${at / 1000} s): ${text}`),
  ...(violations.length > most ? [`  and ${violations.length - most} more`] : [])
]

export const commandFor = (seed: number, numbers?: Numbers): string =>
  `npm run simulate -- --from ${seed} --seeds 1${
    numbers === undefined
      ? ""
      : ` --followers ${numbers.followers.join(",")} --steps ${
        numbers.steps.length === 0 ? "none" : numbers.steps.join(",")
      }`
  }`

/** The report of a night that failed. */
export const reportFailure = (verdict: Verdict, options: MinimiseOptions = {}): string => {
  const { night, violations } = verdict
  const small = minimise(night, violations[0]!.rule, options)
  return [
    `Seed ${night.seed} failed:`,
    ...describeViolations(violations),
    "Its script:",
    ...describeNight(night),
    `The smallest part of it that was found to fail (${small.tries} tries):`,
    ...describeNight(small.verdict.night, small.numbers),
    ...describeViolations(small.verdict.violations),
    `Again, the whole: ${commandFor(night.seed)}`,
    `Again, the part:  ${commandFor(night.seed, small.numbers)}`
  ].join("\n")
}
