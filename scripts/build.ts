/**
 * Builds the package: `dist` gets the JavaScript of `src`, its calls at load time marked as pure and its internal modules
 * joined (`joinInternals.ts`), with declarations and maps. Another folder may be named.
 *
 *     npm run build
 *     npm run build -- FOLDER
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { joinInternals, partsOf } from "./joinInternals.js"
import { pureCalls } from "./pureCalls.js"

const root = path.resolve(fileURLToPath(import.meta.url), "../..")
const outDir = path.resolve(process.argv[2] ?? path.join(root, "dist"))

const config = ts.getParsedCommandLineOfConfigFile(path.join(root, "tsconfig.build.json"), { outDir }, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"))
  }
})
if (config === undefined) {
  throw new Error("tsconfig.build.json cannot be read")
}
fs.rmSync(outDir, { recursive: true, force: true })
const program = ts.createProgram(config.fileNames, config.options)
const { diagnostics } = program.emit(undefined, undefined, undefined, undefined, { after: [pureCalls] })
const all = ts.sortAndDeduplicateDiagnostics([...config.errors, ...ts.getPreEmitDiagnostics(program), ...diagnostics])
/** The files that a program can name: what the package exports, and its command. */
const named = (): ReadonlyArray<string> => {
  const { bin, exports } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))
  return [...Object.values<string | { readonly import: string }>(exports), ...Object.values<string>(bin)]
    .map((entry) => typeof entry === "string" ? entry : entry.import)
    .filter((file) => file.endsWith(".js"))
    .map((file) => path.join(outDir, path.relative("dist", file)))
}

const join = async (): Promise<void> => {
  const parts = partsOf(named(), (file) => fs.readFileSync(file, "utf8"))
  const joined = await joinInternals(parts, outDir, outDir)
  for (const name of fs.readdirSync(outDir, { recursive: true, encoding: "utf8" })) {
    const file = path.join(outDir, name)
    if (/\.js(\.map)?$/.test(name) && !parts.gathering.includes(file.replace(/\.map$/, ""))) {
      fs.rmSync(file)
    }
  }
  for (const { contents, path: file } of joined) {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, contents)
  }
}

if (all.length > 0) {
  console.error(ts.formatDiagnosticsWithColorAndContext(all, {
    getCanonicalFileName: (file) => file,
    getCurrentDirectory: () => root,
    getNewLine: () => "\n"
  }))
  process.exitCode = 1
}

if (all.length === 0) {
  await join()
}
