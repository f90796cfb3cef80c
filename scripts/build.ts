/**
 * Builds the package: `dist` gets the JavaScript of `src`, its calls at load time marked as pure, with declarations and
 * maps. Another folder may be named.
 *
 *     npm run build
 *     npm run build -- FOLDER
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
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
if (all.length > 0) {
  console.error(ts.formatDiagnosticsWithColorAndContext(all, {
    getCanonicalFileName: (file) => file,
    getCurrentDirectory: () => root,
    getNewLine: () => "\n"
  }))
  process.exitCode = 1
}
