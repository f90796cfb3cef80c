/**
 * Sums a CI run: the steps that `.ci/run` wrote down and the test reports that they left. The last line that it prints is
 * `N passed, N failed, N skipped`, and it ends with an error when anything failed.
 *
 *     npx tsx scripts/ci-summary.ts reports/ci-steps.tsv
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** One line of the steps file: status, seconds, name and reports (file names, comma-separated), parted by tabs. */
export interface Step {
  readonly status: "ok" | "failed" | "skipped"
  readonly seconds: number
  readonly name: string
  readonly reports: ReadonlyArray<string>
}

const none: Counts = { passed: 0, failed: 0, skipped: 0 }

export const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped
})

export const parseSteps = (text: string): ReadonlyArray<Step> =>
  text.split("\n").filter((line) => line !== "").map((line) => {
    const [status, seconds, name, reports] = line.split("\t")
    if ((status !== "ok" && status !== "failed" && status !== "skipped") || name === undefined) {
      throw new Error(`not a step: ${JSON.stringify(line)}; expected status, seconds, name and reports, parted by tabs`)
    }
    return { status, seconds: Number(seconds), name, reports: (reports ?? "").split(",").filter((file) => file !== "") }
  })

/** Counts a vitest JSON report. A file that failed without a failed test (it did not even load) counts as one failure. */
export const countReport = (json: string): Counts => {
  const { testResults } = JSON.parse(json) as {
    readonly testResults: ReadonlyArray<{
      readonly status: string
      readonly assertionResults: ReadonlyArray<{ readonly status: string }>
    }>
  }
  return testResults.map(({ assertionResults, status }) => {
    const passed = assertionResults.filter((test) => test.status === "passed").length
    const failed = assertionResults.filter((test) => test.status === "failed").length
    return {
      passed,
      failed: failed === 0 && status === "failed" ? 1 : failed,
      skipped: assertionResults.length - passed - failed
    }
  }).reduce(add, none)
}

/**
 * What a step counts for: one, or the tests of its reports. A step that failed counts at least one failure, and so does
 * each report that it should have left and did not. `read` answers `undefined` for a file that is not there.
 */
export const countStep = (step: Step, read: (file: string) => string | undefined): Counts => {
  if (step.status === "skipped") {
    return { ...none, skipped: 1 }
  }
  if (step.reports.length === 0) {
    return step.status === "ok" ? { ...none, passed: 1 } : { ...none, failed: 1 }
  }
  const counts = step.reports.map((file) => {
    const json = read(file)
    try {
      return json === undefined ? { ...none, failed: 1 } : countReport(json)
    } catch {
      return { ...none, failed: 1 }
    }
  }).reduce(add, none)
  return step.status === "failed" && counts.failed === 0 ? add(counts, { ...none, failed: 1 }) : counts
}

export const format = ({ failed, passed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`

const main = (file: string): number => {
  const folder = path.dirname(file)
  const read = (report: string) => {
    const at = path.join(folder, report)
    return fs.existsSync(at) ? fs.readFileSync(at, "utf8") : undefined
  }
  const steps = parseSteps(fs.readFileSync(file, "utf8")).map((step) => ({ step, counts: countStep(step, read) }))
  const width = Math.max(...steps.map(({ step }) => step.name.length))
  for (const { counts, step } of steps) {
    console.log(
      `${step.status.padEnd(8)}${`${step.seconds} s`.padStart(7)}  ${step.name.padEnd(width)}  ${format(counts)}`
    )
  }
  const total = steps.map(({ counts }) => counts).reduce(add, none)
  console.log(`\n${format(total)}`)
  return total.failed === 0 && total.passed > 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = main(process.argv[2] ?? "reports/ci-steps.tsv")
}
