/**
 * The long soak against a real API server: `npm run soak`, or `npm run soak -- --seed 7 --seconds 600 --kills 10`.
 * 10 000 ConfigMaps are churned by 8 writers for 3 minutes, while the API server is killed and started three times and a
 * proxy cuts connections at random. Prints what was measured; ends with 1 and the problems when something is not as it
 * should be. `KUBEBUILDER_ASSETS` names the server's programs.
 */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { parseArgs } from "node:util"
import * as EnvTest from "../src/testing/EnvTest.js"
import { soak } from "../test/runtime/soak.js"

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
    objects: { type: "string", default: "10000" },
    writers: { type: "string", default: "8" },
    seconds: { type: "string", default: "180" },
    kills: { type: "string", default: "3" },
    verbose: { type: "boolean", default: false }
  }
})

console.log(`soak: seed ${values.seed}`)

const report = await soak({
  seed: Number(values.seed),
  objects: Number(values.objects),
  writers: Number(values.writers),
  seconds: Number(values.seconds),
  kills: Number(values.kills),
  cutsWithin: 6,
  watchTimeout: 30
}).pipe(
  Logger.withMinimumLogLevel(values.verbose ? LogLevel.Debug : LogLevel.Error),
  Effect.scoped,
  Effect.provide(EnvTest.layer),
  Effect.runPromise
)

console.log(report.figures)
for (const problem of report.problems) console.error(problem)
process.exitCode = report.problems.length === 0 ? 0 : 1
