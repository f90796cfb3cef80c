/**
 * Makes the corpus: objects of every kind from a real API server that serves everything, with as many fields set as its
 * validation allows. See test/kinds/corpus/README.md.
 *
 *     npm run corpus [-- --only Pod,Service]
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as path from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import * as EnvTest from "../src/testing/EnvTest.js"
import { read } from "./codegen/read.js"
import { fixtures } from "./corpus/fixtures.js"
import { recordAll } from "./corpus/record.js"
import { connect } from "./corpus/server.js"

const folder = path.resolve(fileURLToPath(import.meta.url), "../../test/kinds/corpus")

const { values } = parseArgs({ options: { only: { type: "string" }, to: { type: "string" } } })

const program = Effect.scoped(Effect.gen(function*() {
  const cluster = yield* EnvTest.start({
    runtimeConfig: { "api/all": true },
    featureGates: { AllAlpha: true, AllBeta: true }
  })
  const { certificateAuthority, token, url } = cluster
  const server = connect({ url, certificateAuthority, token: Redacted.value(token) })
  yield* Effect.promise(async () => {
    const snapshot = await read(async (path, accept) => ({
      body: (await server.ask("GET", path, undefined, accept)).body,
      warnings: []
    }))
    await fixtures(server)
    const files = await recordAll(server, snapshot, values.only?.split(","))
    const to = values.to ?? folder
    fs.mkdirSync(to, { recursive: true })
    for (const [file, text] of files) fs.writeFileSync(path.join(to, file), text)
    if (values.only === undefined) {
      for (const file of fs.readdirSync(to)) {
        if (file.endsWith(".json") && !files.has(file)) fs.rmSync(path.join(to, file))
      }
    }
  })
})).pipe(
  Effect.catchTag("EnvTestError", (error) => Effect.sync(() => (console.error(error.message), process.exitCode = 1)))
)

await Effect.runPromise(program)
