import { describe, expect, it } from "vitest"
import { countReport, countStep, format, parseSteps } from "../../scripts/ci-summary.js"

const report = (...files: ReadonlyArray<readonly [status: string, tests: ReadonlyArray<string>]>) =>
  JSON.stringify({
    testResults: files.map(([status, tests]) => ({ status, assertionResults: tests.map((status) => ({ status })) }))
  })

const step = (line: string) => parseSteps(line.replaceAll("|", "\t"))[0]!
const reports: { readonly [file: string]: string } = {
  "good.json": report(["passed", ["passed", "passed"]], ["passed", ["passed", "skipped", "pending", "todo"]]),
  "bad.json": report(["failed", ["passed", "failed"]]),
  "unloaded.json": report(["passed", ["passed"]], ["failed", []]),
  "cut.json": report(["passed", ["passed"]]).slice(0, 20)
}
const count = (line: string) => format(countStep(step(line), (file) => reports[file]))

describe("ci-summary", () => {
  it.each([
    ["a step without a report is one", "ok|3|lint|", "1 passed, 0 failed, 0 skipped"],
    ["a failed step without a report is one", "failed|3|lint|", "0 passed, 1 failed, 0 skipped"],
    [
      "a skipped step is one, whatever it would have reported",
      "skipped|0|real|good.json",
      "0 passed, 0 failed, 1 skipped"
    ],
    ["a report's tests are counted one by one", "ok|9|unit|good.json", "3 passed, 0 failed, 3 skipped"],
    ["reports are summed", "failed|9|unit|good.json,bad.json", "4 passed, 1 failed, 3 skipped"],
    ["a file that did not load is a failure", "failed|9|unit|unloaded.json", "1 passed, 1 failed, 0 skipped"],
    ["a crash after every test has passed is a failure", "failed|9|unit|good.json", "3 passed, 1 failed, 3 skipped"],
    ["a crash before the report is a failure", "failed|9|unit|missing.json", "0 passed, 1 failed, 0 skipped"],
    [
      "a report that is missing is a failure even if the step said ok",
      "ok|9|unit|missing.json",
      "0 passed, 1 failed, 0 skipped"
    ],
    ["a report that was cut is a failure", "ok|9|unit|cut.json", "0 passed, 1 failed, 0 skipped"]
  ])("%s", (_, line, expected) => {
    expect(count(line)).toBe(expected)
  })

  it("refuses a line that is no step, and shows it", () => {
    expect(() => parseSteps("done\t3\tlint\t")).toThrow(/not a step: "done\\t3\\tlint/)
  })

  it("a failed test in a report is a failure even if the step said ok", () => {
    expect(countReport(reports["bad.json"]!)).toEqual({ passed: 1, failed: 1, skipped: 0 })
  })
})
