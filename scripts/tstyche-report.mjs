/**
 * A TSTyche reporter that writes `reports/types.json` in the form of vitest's JSON report, so that type tests are summed
 * and read like all other tests. What fails outside of a test (a file that does not compile) is a failed test of its file.
 */
import * as fs from "node:fs"

/** TSTyche's words in vitest's. */
const statuses = { passed: "passed", failed: "failed", skipped: "skipped", fixme: "failed", todo: "todo" }

const testsOf = (results, titles) =>
  results.flatMap((result) =>
    result.describe !== undefined
      ? testsOf(result.results, [...titles, result.describe.name])
      : result.test !== undefined
      ? [{ ancestorTitles: titles, title: result.test.name, status: statuses[result.status] ?? "failed" }]
      : []
  )

const reportOf = (file) => {
  const tests = testsOf(file.results, [])
  const unexplained = file.status === "failed" && !tests.some(({ status }) => status === "failed")
  return {
    name: file.file.path,
    status: file.status,
    assertionResults: unexplained ? [...tests, { ancestorTitles: [], title: "compiles", status: "failed" }] : tests
  }
}

export default class JsonReporter {
  on([event, payload]) {
    if (event !== "run:end") {
      return
    }
    const testResults = payload.result.results.flatMap((target) =>
      [...target.results.values()].flatMap((project) => project.results.map(reportOf))
    )
    const count = (status) =>
      testResults.flatMap((file) => file.assertionResults).filter((test) => test.status === status).length
    fs.mkdirSync("reports", { recursive: true })
    fs.writeFileSync(
      "reports/types.json",
      JSON.stringify({
        numPassedTests: count("passed"),
        numFailedTests: count("failed"),
        numPendingTests: count("skipped"),
        numTodoTests: count("todo"),
        success: testResults.every((file) => file.status !== "failed"),
        testResults
      })
    )
  }
}
