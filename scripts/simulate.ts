/**
 * Plays nights of faults from seeds, on all processors, and says which of them broke a promise (test/simulation).
 *
 *     npm run simulate -- --seeds 10000 --from 1
 *     npm run simulate -- --from 42 --seeds 1 --script       what happens in a night, and how it goes
 *     npm run simulate -- --from 42 --seeds 1 --followers 0 --steps 3,5,8     a part of it, as reports of failures name it
 *
 * Other options: `--workers N` (default: all processors), `--tries N` (how many smaller nights are tried for a failure;
 * default 300), `--keep-going` (play all; else it ends after five failures).
 */
import { fork } from "node:child_process"
import * as os from "node:os"
import { fileURLToPath } from "node:url"
import { parseArgs, styleText } from "node:util"
import { drawNight } from "../test/simulation/draw.js"
import { play } from "../test/simulation/night.js"
import { commandFor, describeViolations, reportFailure } from "../test/simulation/report.js"
import { describeNight, type Numbers, partOf, present, wholeOf } from "../test/simulation/script.js"

/** What a worker tells of a batch of seeds. */
interface Batch {
  readonly played: number
  readonly counts: ReadonlyArray<readonly [what: string, times: number]>
  readonly failures: ReadonlyArray<
    { readonly seed: number; readonly rules: ReadonlyArray<string>; readonly report: string }
  >
}

interface Order {
  readonly from: number
  readonly seeds: number
  readonly tries: number
}

const { values } = parseArgs({
  options: {
    "seeds": { type: "string", default: "100" },
    "from": { type: "string", default: "1" },
    "workers": { type: "string", default: String(os.availableParallelism()) },
    "tries": { type: "string", default: "300" },
    "steps": { type: "string" },
    "followers": { type: "string" },
    "script": { type: "boolean", default: false },
    "keep-going": { type: "boolean", default: false }
  }
})

const positive = (name: "seeds" | "from" | "workers" | "tries"): number => {
  const value = Number(values[name])
  if (!Number.isSafeInteger(value) || value < (name === "from" ? 0 : 1)) {
    console.error(`--${name}: expected a whole number, found ${values[name]}`)
    process.exit(2)
  }
  return value
}

const numbersOf = (text: string): ReadonlyArray<number> => text === "none" ? [] : text.split(",").map(Number)

const add = (counts: Map<string, number>, more: Batch["counts"]): void => {
  for (const [what, times] of more) counts.set(what, (counts.get(what) ?? 0) + times)
}

const work = ({ from, seeds, tries }: Order): Batch => {
  const counts = new Map<string, number>()
  const failures: Array<Batch["failures"][number]> = []
  for (let seed = from; seed < from + seeds; seed++) {
    const verdict = play(drawNight(seed))
    add(counts, [...verdict.counts])
    if (verdict.violations.length > 0) {
      const rules = [...new Set(verdict.violations.map(({ rule }) => rule))]
      failures.push({ seed, rules, report: reportFailure(verdict, { tries }) })
    }
  }
  return { played: seeds, counts: [...counts], failures }
}

/** Plays one night, or a part of it, in this process. */
const playOne = (seed: number): void => {
  const night = drawNight(seed)
  const whole = wholeOf(night)
  const numbers: Numbers = {
    followers: values.followers === undefined ? whole.followers : numbersOf(values.followers),
    steps: values.steps === undefined ? whole.steps : numbersOf(values.steps)
  }
  const unknown = [
    ...numbers.followers.filter((each) => night.followers[each] === undefined),
    ...numbers.steps.filter((each) => night.steps[each] === undefined)
  ]
  if (unknown.length > 0) {
    console.error(`seed ${seed} has no follower or step ${unknown.join(", ")}`)
    process.exit(2)
  }
  const verdict = play(partOf(night, numbers))
  const isPart = values.steps !== undefined || values.followers !== undefined
  if (values.script || isPart) console.log(describeNight(verdict.night, present(night, numbers)).join("\n"))
  if (verdict.violations.length > 0 && !isPart) console.log(reportFailure(verdict, { tries: positive("tries") }))
  else console.log(describeViolations(verdict.violations).join("\n"))
  if (values.script) console.log([...verdict.counts].map(([what, times]) => `  ${what}: ${times}`).join("\n"))
  console.log(
    verdict.violations.length === 0
      ? styleText("green", `Seed ${seed} passes.`)
      : styleText("red", `Seed ${seed} fails.`)
  )
  process.exitCode = verdict.violations.length === 0 ? 0 : 1
}

/** So many seeds a worker is given at a time. */
const batch = 20
/** With so many failures there is enough to do. */
const enough = 5

const playAll = async (from: number, seeds: number, workers: number): Promise<void> => {
  const began = performance.now()
  const counts = new Map<string, number>()
  const failures: Array<Batch["failures"][number]> = []
  const tries = positive("tries")
  let next = from
  let played = 0
  let isLost = false
  const isTerminal = process.stdout.isTTY
  const progress = (): void => {
    const seconds = (performance.now() - began) / 1000
    const left = played === 0 ? "" : `, ${Math.round(seconds / played * (seeds - played))} s left`
    const line = `${played} of ${seeds} nights, ${failures.length} failed, ${Math.round(seconds)} s${left}`
    if (isTerminal) process.stdout.write(`\r\u001b[K${line}`)
    else if (played === seeds || Math.floor(played / 500) !== Math.floor((played - batch) / 500)) console.log(line)
  }
  const say = (text: string): void => console.log(`${isTerminal ? "\r\u001b[K" : ""}${text}`)

  await Promise.all(
    Array.from({ length: Math.min(workers, Math.ceil(seeds / batch)) }, () =>
      new Promise<void>((resolve) => {
        const worker = fork(fileURLToPath(import.meta.url), [], { env: { ...process.env, SIMULATION_WORKER: "1" } })
        const order = (): void => {
          const left = from + seeds - next
          if (left <= 0 || (failures.length >= enough && !values["keep-going"])) {
            worker.disconnect()
            return
          }
          const given: Order = { from: next, seeds: Math.min(batch, left), tries }
          next += given.seeds
          worker.send(given)
        }
        worker.on("message", (message) => {
          const told = message as Batch
          played += told.played
          add(counts, told.counts)
          for (const failure of told.failures) {
            failures.push(failure)
            say(`${styleText("red", failure.report)}\n`)
          }
          progress()
          order()
        })
        worker.on("exit", (code, signal) => {
          if (code !== 0) {
            isLost = true
            say(styleText("red", `a worker ended with ${signal ?? code}`))
          }
          resolve()
        })
        order()
      }))
  )
  if (isTerminal) process.stdout.write("\r\u001b[K")
  const table = [...counts].sort(([a], [b]) => a < b ? -1 : 1)
  console.log(styleText("bold", "What there was of it:"))
  for (const [what, times] of table) console.log(`  ${what}: ${times}`)
  const seconds = (performance.now() - began) / 1000
  console.log(
    `${played} nights in ${seconds.toFixed(1)} s, ${(seconds * 1000 / Math.max(1, played)).toFixed(0)} ms each`
  )
  const isGood = failures.length === 0 && !isLost && played === seeds
  if (isGood) console.log(styleText("green", `Seeds ${from} to ${from + seeds - 1} pass.`))
  else {
    console.log(styleText("red", `${failures.length} of ${played} nights failed:`))
    for (const { rules, seed } of failures) console.log(`  ${rules.join(", ")}: ${commandFor(seed)}`)
  }
  process.exitCode = isGood ? 0 : 1
}

if (process.env["SIMULATION_WORKER"] === "1") {
  process.on("message", (order) => process.send?.(work(order as Order)))
} else {
  const seeds = positive("seeds")
  const from = positive("from")
  if (seeds === 1) playOne(from)
  else if (values.steps !== undefined || values.followers !== undefined) {
    console.error("--steps and --followers are of one night: add --seeds 1")
    process.exitCode = 2
  } else await playAll(from, seeds, positive("workers"))
}
