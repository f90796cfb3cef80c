/**
 * Makes a failing night smaller: leaves out followers and steps as long as the same rule is still violated (delta
 * debugging, within a number of tries).
 */
import type { Rule } from "./judge.js"
import { play, type Verdict } from "./night.js"
import { type Night, type Numbers, partOf, present, wholeOf } from "./script.js"

export interface Minimised {
  readonly numbers: Numbers
  readonly verdict: Verdict
  readonly tries: number
}

export interface MinimiseOptions {
  /** How many nights are played at most. Default 300. */
  readonly tries?: number
  /** How a night is played. */
  readonly play?: (night: Night) => Verdict
}

const except = (from: ReadonlyArray<number>, leftOut: ReadonlyArray<number>): ReadonlyArray<number> => {
  const out = new Set(leftOut)
  return from.filter((each) => !out.has(each))
}

export const minimise = (
  night: Night,
  rule: Rule,
  options: MinimiseOptions = {}
): Minimised => {
  const run = options.play ?? ((night: Night) => play(night))
  const most = options.tries ?? 300
  let numbers = wholeOf(night)
  let verdict = run(night)
  let tries = 1
  const fails = (candidate: Numbers): boolean => {
    if (tries >= most) return false
    tries++
    const tried = run(partOf(night, candidate))
    if (!tried.violations.some((violation) => violation.rule === rule)) return false
    numbers = present(night, candidate)
    verdict = tried
    return true
  }

  for (const follower of numbers.followers) {
    if (numbers.followers.length > 1) fails({ ...numbers, followers: except(numbers.followers, [follower]) })
  }
  // Halves, quarters, and so on to single steps; then single steps again, until none can be left out.
  let size = Math.ceil(numbers.steps.length / 2)
  while (size >= 1 && tries < most) {
    let isSmaller = false
    for (let at = 0; at < numbers.steps.length;) {
      const left = except(numbers.steps, numbers.steps.slice(at, at + size))
      if (left.length < numbers.steps.length && fails({ ...numbers, steps: left })) isSmaller = true
      else at += size
    }
    if (size > 1) size = Math.ceil(size / 2)
    else if (!isSmaller) break
  }
  return { numbers, verdict, tries }
}
