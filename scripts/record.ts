/**
 * Runs all scenarios of test/scenarios on a real API server and writes its answers, with placeholders for what differs
 * from run to run, to test/scenarios/recorded. With `--check` it writes nothing and fails where the answers differ.
 *
 *     npm run record [-- --check] [-- --area watches]
 *
 * The server is its own, started from `KUBEBUILDER_ASSETS`.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import process from "node:process"
import { parseArgs } from "node:util"
import * as EnvTest from "../src/testing/EnvTest.js"
import { areas } from "../test/scenarios/areas.js"
import { differences } from "../test/scenarios/lineDiff.js"
import { normalise } from "../test/scenarios/normalise.js"
import { fileOf, printed, type Recording } from "../test/scenarios/recording.js"
import { play } from "../test/scenarios/scenario.js"
import { overHttps } from "../test/scenarios/transports.js"

const { values } = parseArgs({
  options: { check: { type: "boolean" }, area: { type: "string" } }
})

const program = Effect.scoped(Effect.gen(function*() {
  const cluster = yield* EnvTest.start({
    controllers: ["garbage-collector-controller", "namespace-controller", "clusterrole-aggregation-controller"]
  })
  const transport = overHttps(cluster.kubeconfigPath)
  let different = 0
  let failed = 0
  for (const area of areas) {
    if (values.area !== undefined && values.area !== area.name) continue
    const played = yield* Effect.forEach(
      area.scenarios,
      (scenario) =>
        play(transport, scenario).pipe(
          Effect.filterOrDieMessage((steps) => steps.every((step) => step["waited"] === undefined), "waited in vain"),
          Effect.map((steps) => [[scenario.title, normalise(steps, area)] as const]),
          Effect.catchAllCause((cause) => {
            failed++
            return Effect.as(Console.error(`${area.name}: ${scenario.title}: ${Cause.pretty(cause)}`), [])
          })
        ),
      { concurrency: 4 }
    )
    const recording: Recording = Object.fromEntries(played.flat())
    const file = fileOf(area.name)
    const before = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : ""
    const now = printed(recording)
    if (before === now) {
      yield* Console.log(`${area.name}: ${played.length} scenarios, as recorded`)
      continue
    }
    different++
    if (values.check === true) {
      yield* Console.error(`${area.name}: the server answers otherwise than recorded\n${differences(before, now)}`)
    } else {
      fs.writeFileSync(file, now)
      yield* Console.log(`${area.name}: ${played.length} scenarios, written`)
    }
  }
  if (failed > 0 || (values.check === true && different > 0)) process.exitCode = 1
}))

NodeRuntime.runMain(program)
