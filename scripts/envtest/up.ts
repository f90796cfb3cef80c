/**
 * Runs a control plane by hand, until Ctrl-C or the end of its standard input.
 *
 *   npx tsx scripts/envtest/up.ts [--kubeconfig FILE] [--controllers a,b] [--all-apis] [--assets FOLDER]
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import process from "node:process"
import { parseArgs } from "node:util"
import * as EnvTest from "../../src/testing/EnvTest.js"

const { values } = parseArgs({
  options: {
    kubeconfig: { type: "string" },
    controllers: { type: "string" },
    "all-apis": { type: "boolean" },
    assets: { type: "string" }
  }
})

const untilEnd = Effect.async<void>((resume) => {
  const end = (): void => resume(Effect.void)
  process.stdin.on("end", end).on("error", end).resume()
  return Effect.sync(() => process.stdin.destroy())
})

const program = Effect.scoped(Effect.gen(function*() {
  const cluster = yield* EnvTest.start({
    assets: values.assets,
    controllers: values.controllers?.split(","),
    runtimeConfig: values["all-apis"] === true ? { "api/all": true } : undefined
  })
  const { kubeconfig } = values
  if (kubeconfig !== undefined) {
    yield* Effect.acquireRelease(
      Effect.sync(() => Fs.writeFileSync(kubeconfig, cluster.kubeconfig, { mode: 0o600 })),
      () => Effect.sync(() => Fs.rmSync(kubeconfig, { force: true }))
    )
  }
  yield* Console.log(`export KUBECONFIG=${kubeconfig ?? cluster.kubeconfigPath}`)
  yield* Console.log(`# ${cluster.url}, files and logs in ${cluster.folder}; Ctrl-C ends it`)
  yield* untilEnd
  yield* Console.log("# ending")
}))

NodeRuntime.runMain(program)
