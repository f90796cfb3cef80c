/**
 * Writes the built-in kinds (src/kinds) and the table of what an API server serves (for TestCluster) from what a real
 * API server says of itself. See scripts/codegen/README.md.
 *
 *     npm run codegen              writes the files
 *     npm run codegen -- --check   fails when writing them again would change one
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as https from "node:https"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as EnvTest from "../src/testing/EnvTest.js"
import { builtinsText } from "./codegen/builtins.js"
import { type GoTypes, readGoTypes } from "./codegen/goTypes.js"
import { model } from "./codegen/model.js"
import { printModules } from "./codegen/print.js"
import { type Get, read, type Snapshot } from "./codegen/read.js"
import type { Snapshots } from "./codegen/serving.js"
import { type Truths, truths } from "./codegen/truths.js"
import { fieldsText, internalFieldsText, schemasText } from "./codegen/types.js"

const kindsFolder = "src/kinds"
const serverFolder = "src/testing/internal/apiserver"

/** All files that a release makes, by their paths from the root of the repository. */
export const generate = (
  snapshots: Snapshots,
  goTypes: GoTypes,
  of: Truths = truths
): ReadonlyMap<string, string> =>
  new Map([
    [`${serverFolder}/builtins.ts`, builtinsText(snapshots.byDefault)],
    [`${serverFolder}/builtinSchemas.ts`, schemasText(snapshots.byDefault)],
    [`${serverFolder}/builtinFields.ts`, fieldsText(snapshots.byDefault, goTypes)],
    [`${serverFolder}/internalFields.ts`, internalFieldsText(goTypes)],
    ...printModules(model(snapshots, of), snapshots.everything.version)
  ])

/** The first difference between what is generated and what is there: a path and what is wrong, or nothing. */
export const difference = (root: string, files: ReadonlyMap<string, string>): string | undefined => {
  for (const [file, text] of [...files].sort()) {
    const there = path.join(root, file)
    if (!fs.existsSync(there)) return `${file} is missing`
    if (fs.readFileSync(there, "utf8") !== text) return `${file} is not what codegen writes`
  }
  return generatedFiles(root).filter((file) => !files.has(file)).map((file) => `${file} is no longer generated`)[0]
}

/** Writes all files, and removes those that are no longer generated. */
export const write = (root: string, files: ReadonlyMap<string, string>): void => {
  for (const file of generatedFiles(root)) if (!files.has(file)) fs.rmSync(path.join(root, file))
  for (const [file, text] of files) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    fs.writeFileSync(path.join(root, file), text)
  }
}

const generatedFiles = (root: string): ReadonlyArray<string> => {
  const folder = path.join(root, kindsFolder)
  if (!fs.existsSync(folder)) return []
  return fs.readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.posix.join(kindsFolder, file.split(path.sep).join("/")))
    .sort()
}

/** Asks a server as its administrator. */
export const getFrom = (server: EnvTest.ControlPlane): Get => (path, accept = "application/json") =>
  new Promise((resolve, reject) => {
    const headers = { accept, authorization: `Bearer ${Redacted.value(server.token)}` }
    https.get(`${server.url}${path}`, { ca: server.certificateAuthority, headers }, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => text += chunk).on("error", reject).on("end", () => {
        if (response.statusCode !== 200) return reject(new Error(`GET ${path}: ${response.statusCode} ${text}`))
        const warning = response.headers["warning"]
        resolve({
          body: JSON.parse(text),
          warnings: warning === undefined ? [] : [...warning.matchAll(/299 \S+ "([^"]*)"/g)].map(([, said]) => said!)
        })
      })
    }).on("error", reject)
  })

/** What a server says of itself that is started for it alone. */
const snapshotOf = (options: EnvTest.Options): Effect.Effect<Snapshot, EnvTest.EnvTestError> =>
  EnvTest.start(options).pipe(
    Effect.flatMap((server) => Effect.promise(() => read(getFrom(server)))),
    Effect.scoped
  )

const everyVersion: EnvTest.Options = { runtimeConfig: { "api/all": true } }

const readSnapshots: Effect.Effect<Snapshots, EnvTest.EnvTestError> = Effect.all({
  everything: snapshotOf({ ...everyVersion, featureGates: { AllAlpha: true, AllBeta: true } }),
  everyVersion: snapshotOf(everyVersion),
  byDefault: snapshotOf({})
})

const main = (check: boolean) =>
  Effect.gen(function*() {
    const root = path.resolve(fileURLToPath(import.meta.url), "../..")
    const snapshots = yield* readSnapshots
    const { version } = snapshots.everything
    const files = generate(snapshots, yield* Effect.promise(readGoTypes))
    const problem = difference(root, files)
    if (check) {
      console.log(problem ?? `${files.size} files are what codegen writes for Kubernetes ${version}`)
      return problem === undefined ? 0 : 1
    }
    write(root, files)
    console.log(
      `${files.size} files for Kubernetes ${version}${problem === undefined ? ": nothing changed" : ""}`
    )
    return 0
  }).pipe(
    Effect.catchTag("EnvTestError", (error) => Effect.sync(() => (console.error(error.message), 1)))
  )

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await Effect.runPromise(main(process.argv.includes("--check")))
}
