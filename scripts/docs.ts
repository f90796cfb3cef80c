/**
 * Type-checks what the documentation shows: each example marked as `ts` in the doc comments of src, in README.md, in
 * CONTRIBUTING.md and in docs becomes a module of its own below reports/examples, and one program checks them all with
 * the repository's compiler options. An error is reported where the example stands, and nothing may be left to guess:
 * an example imports what it uses.
 *
 *     npm run docs
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

export interface Example {
  /** The file that shows it, relative to the root. */
  readonly file: string
  /** The line of its first line of code, from 1. */
  readonly line: number
  readonly code: string
}

/**
 * The examples in a text: what stands between a fence marked as `ts` and the next fence. In a source file, a fence is a
 * line of a doc comment and the comment's margin is no part of the code. Throws where a fence is never closed.
 */
export const examplesOf = (file: string, text: string): ReadonlyArray<Example> => {
  const margin = file.endsWith(".md") ? /^/ : /^ *\* ?/
  const found: Array<Example> = []
  let open: { readonly line: number; readonly code: Array<string> | undefined } | undefined
  text.split(/\r?\n/).forEach((whole, index) => {
    const line = margin.test(whole) ? whole.replace(margin, "") : undefined
    const fence = line === undefined ? undefined : /^ *```(\S*)/.exec(line)?.[1]
    if (open === undefined) {
      if (fence !== undefined) open = { line: index + 2, code: fence === "ts" ? [] : undefined }
    } else if (fence !== undefined) {
      if (open.code !== undefined) found.push({ file, line: open.line, code: `${open.code.join("\n")}\n` })
      open = undefined
    } else {
      open.code?.push(line ?? whole)
    }
  })
  if (open !== undefined) throw new Error(`${file}:${open.line - 1}: a fence without an end`)
  return found
}

/** Every example of the tree. The modules of the built-in kinds are generated alike: their first example is enough. */
export const findExamples = (root: string): ReadonlyArray<Example> => {
  const below = (folder: string, extension: string) =>
    fs.readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(extension))
      .map((name) => `${folder}/${name.split(path.sep).join("/")}`)
      .sort()
  return ["README.md", "CONTRIBUTING.md", ...below("docs", ".md"), ...below("src", ".ts")].flatMap((file) => {
    const examples = examplesOf(file, fs.readFileSync(path.join(root, file), "utf8"))
    return file.startsWith("src/kinds/") ? examples.slice(0, 1) : examples
  })
}

/** Checks the examples in `folder`, which is written anew, and says what is wrong as `file:line:column message`. */
export const check = (root: string, folder: string, examples: ReadonlyArray<Example>): ReadonlyArray<string> => {
  fs.rmSync(folder, { recursive: true, force: true })
  const modules = new Map(
    examples.map((example) => [path.join(folder, `${example.file}.${example.line}.ts`), example])
  )
  for (const [file, { code }] of modules) {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, code)
  }
  const config = ts.readConfigFile(path.join(root, "tsconfig.json"), (file) => fs.readFileSync(file, "utf8"))
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)
  const program = ts.createProgram([...modules.keys()], {
    ...options,
    // An example of a private module imports it from where the module stands.
    rootDirs: [root, folder],
    // An example may end with what it has made.
    noUnusedLocals: false
  })
  const examined = [...modules].flatMap(([file, example]) => {
    const source = program.getSourceFile(file)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => {
      const at = source?.getLineAndCharacterOfPosition(diagnostic.start ?? 0) ?? { line: 0, character: 0 }
      const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")
      return `${example.file}:${example.line + at.line}:${at.character + 1} ${message}`
    })
  })
  const general = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()]
  return [...general.map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")), ...examined]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL("..", import.meta.url))
  const examples = findExamples(root)
  const wrong = check(root, path.join(root, "reports/examples"), examples)
  for (const line of wrong) console.error(line)
  console.log(`${examples.length} examples, ${wrong.length} errors`)
  process.exitCode = wrong.length === 0 && examples.length > 0 ? 0 : 1
}
