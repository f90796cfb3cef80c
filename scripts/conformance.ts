/**
 * How far the in-memory API server agrees with a real one: plays all scenarios of test/scenarios on it and prints, area
 * by area, how many answers are those that a kube-apiserver gave when they were recorded. Ends with 1 where one differs
 * that is not known to.
 *
 *     npm run conformance [-- --area patches] [-- --real]
 *
 * With `--real` the scenarios are also played on a real server, from `KUBEBUILDER_ASSETS`, and held against the recording.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as TestContext from "effect/TestContext"
import process from "node:process"
import { parseArgs, styleText } from "node:util"
import * as EnvTest from "../src/testing/EnvTest.js"
import { areas } from "../test/scenarios/areas.js"
import { judge, played } from "../test/scenarios/judge.js"
import { normalise } from "../test/scenarios/normalise.js"
import { printed, readRecording } from "../test/scenarios/recording.js"
import { type Area, play, type Scenario, type Step, type Transport } from "../test/scenarios/scenario.js"
import { overHttps } from "../test/scenarios/transports.js"

const { values } = parseArgs({ options: { area: { type: "string" }, real: { type: "boolean" } } })

interface Row {
  readonly area: string
  readonly scenarios: number
  readonly answers: number
  readonly agree: number
  readonly known: number
  readonly differ: number
  /** How many scenarios the real server answers as recorded; nothing where it was not asked. */
  readonly real: number | undefined
  /** The rows of the contract that the scenarios keep, each once. */
  readonly rows: ReadonlySet<string>
}

const rowsOf = ({ title }: Scenario): ReadonlyArray<string> => title.match(/S\d+/g) ?? []

const realAgrees = (transport: Transport, area: Area, scenario: Scenario, expected: ReadonlyArray<Step>) =>
  Effect.map(play(transport, scenario), (steps) => printed(normalise(steps, area)) === printed(expected))

const rowOf = (area: Area, transport: Transport | undefined) =>
  Effect.gen(function*() {
    const recording = readRecording(area.name)
    let [answers, agree, known, differ, real] = [0, 0, 0, 0, 0]
    for (const scenario of area.scenarios) {
      const expected = recording[scenario.title] ?? []
      answers += expected.length
      const verdict = yield* Effect.map(
        Effect.provide(played(area, scenario), TestContext.TestContext),
        (actual) => judge(scenario, expected, actual)
      ).pipe(Effect.catchAllCause((cause) => Effect.succeed({ known: undefined, problem: Cause.pretty(cause) })))
      if (verdict.problem !== "") {
        differ++
        yield* Console.error(`${area.name}: ${scenario.title}\n${verdict.problem}\n`)
      } else if (verdict.known !== undefined) known++
      else agree++
      if (transport !== undefined) {
        if (yield* realAgrees(transport, area, scenario, expected)) real++
        else yield* Console.error(`${area.name}: ${scenario.title}: the real server answers otherwise than recorded\n`)
      }
    }
    const row: Row = {
      area: area.name,
      scenarios: area.scenarios.length,
      answers,
      agree,
      known,
      differ,
      real: transport === undefined ? undefined : real,
      rows: new Set(area.scenarios.flatMap(rowsOf))
    }
    return row
  })

const colour = (format: "bold" | "green" | "yellow" | "red", text: string): string =>
  process.stdout.isTTY ? styleText(format, text) : text

const columns = [
  "area",
  "scenarios",
  "answers",
  "agree",
  "known to differ",
  "differ",
  "real as recorded",
  "rows"
] as const

const line = (row: Row): ReadonlyArray<string> => [
  row.area,
  String(row.scenarios),
  String(row.answers),
  String(row.agree),
  String(row.known),
  String(row.differ),
  row.real === undefined ? "-" : String(row.real),
  String(row.rows.size)
]

const table = (rows: ReadonlyArray<Row>): string => {
  const total: Row = {
    area: "all",
    scenarios: sum(rows, (row) => row.scenarios),
    answers: sum(rows, (row) => row.answers),
    agree: sum(rows, (row) => row.agree),
    known: sum(rows, (row) => row.known),
    differ: sum(rows, (row) => row.differ),
    real: rows.some((row) => row.real === undefined) ? undefined : sum(rows, (row) => row.real ?? 0),
    rows: new Set(rows.flatMap((row) => [...row.rows]))
  }
  const lines = [columns, ...rows.map(line), line(total)]
  const widths = columns.map((_, at) => Math.max(...lines.map((cells) => cells[at]!.length)))
  return lines.map((cells, index) => {
    const text = cells.map((cell, at) => at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)).join("  ")
    if (index === 0) return colour("bold", text)
    const row = index === lines.length - 1 ? total : rows[index - 1]!
    return colour(row.differ > 0 ? "red" : row.known > 0 ? "yellow" : "green", text)
  }).join("\n")
}

const sum = (rows: ReadonlyArray<Row>, of: (row: Row) => number): number => rows.reduce((all, row) => all + of(row), 0)

const program = Effect.scoped(Effect.gen(function*() {
  const transport = values.real === true
    ? overHttps(
      (yield* EnvTest.start({
        controllers: ["garbage-collector-controller", "namespace-controller", "clusterrole-aggregation-controller"]
      })).kubeconfigPath
    )
    : undefined
  const chosen = areas.filter(({ name }) => values.area === undefined || values.area === name)
  if (chosen.length === 0) {
    yield* Console.error(`no area ${values.area}; there are: ${areas.map(({ name }) => name).join(", ")}`)
    process.exitCode = 2
    return
  }
  const rows = yield* Effect.forEach(chosen, (area) => rowOf(area, transport))
  yield* Console.log(table(rows))
  if (rows.some((row) => row.differ > 0 || (row.real ?? row.scenarios) < row.scenarios)) process.exitCode = 1
}))

NodeRuntime.runMain(program)
