/**
 * Holds what oxlint has no rule for: the arrows of the house (docs/architecture.md), closed `internal` folders, the
 * packages that each folder may use, types that Effect 4 has not in public signatures, `new Date()` without an argument,
 * tests that are skipped or focused through `it.effect`, and unit tests that share a layer. It reads every import,
 * `export from`, dynamic import and `import("...")` type, by the path it resolves to.
 *
 *     npx tsx scripts/lint-house.ts
 */
import * as fs from "node:fs"
import { isBuiltin } from "node:module"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

/** Which folders of src a folder may import, itself included. A folder that is not here is not part of the house. */
export const arrows: { readonly [folder: string]: ReadonlyArray<string> } = {
  "protocol": ["protocol"],
  "kinds": ["protocol", "kinds"],
  "client": ["protocol", "kinds", "client"],
  "node": ["protocol", "kinds", "client", "node"],
  "runtime": ["protocol", "kinds", "client", "runtime"],
  "testing": ["protocol", "kinds", "client", "node", "runtime", "testing"],
  "cli": ["protocol", "kinds", "client", "node", "runtime", "testing", "cli"],
  "index.ts": ["protocol", "client", "runtime"]
}

const picture =
  "arrows go protocol ← kinds ← client ← runtime ← testing ← cli; node uses client and is used by testing and cli"

/** Packages that bring Node with them, and the folders that may: what is pure runs in any JavaScript. */
const nodePackages = ["@effect/platform-node", "@effect/platform-node-shared", "undici", "ws"]
const nodeFolders = ["node", "testing", "cli"]

/** One line for the person who has to mend it: `file:line message`. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** `"@effect/platform/HttpClient"` is of package `"@effect/platform"`. */
const packageOf = (specifier: string): string =>
  specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")

/** Says why a file of src may not import `specifier`, or nothing. */
const refuse = (file: string, specifier: string, dependencies: ReadonlySet<string>): string | undefined => {
  const folder = file.split("/")[1]!
  const allowed = arrows[folder]
  if (allowed === undefined) {
    return `src/${folder} is no part of the house: ${Object.keys(arrows).join(", ")}`
  }
  if (!specifier.startsWith(".")) {
    const name = packageOf(specifier)
    if (isBuiltin(specifier)) {
      return undefined // oxlint's import/no-nodejs-modules knows where these may be
    }
    if (name === "effect-kube") {
      return `imports "${specifier}": inside src a module is imported by its relative path`
    }
    if (nodePackages.includes(name) && !nodeFolders.includes(folder)) {
      return `imports "${specifier}", which needs Node: only ${
        nodeFolders.map((folder) => `src/${folder}`).join(", ")
      } may`
    }
    return dependencies.has(name)
      ? undefined
      : `imports "${specifier}", which is neither a dependency nor a peer dependency`
  }
  const target = path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, ".ts")
  const [top, targetFolder] = target.split("/")
  if (top !== "src" || targetFolder === undefined) {
    return `imports ${target}, which is outside src`
  }
  if (!allowed.includes(targetFolder)) {
    return `imports ${target}: ${picture}`
  }
  const owner = /^(.*)\/internal\//.exec(target)?.[1]
  const mayShare = file.includes("/internal/") || folder === "kinds" || folder === "testing"
  return owner !== undefined && !file.startsWith(`${owner}/`) && !mayShare
    ? `imports ${target}: what is internal to ${owner} is used by ${owner}, by other internal modules, by kinds and by testing`
    : undefined
}

/** The module that a node names, if it is one of the ways to name a module; `null` for a dynamic import of a computed one. */
const specifierOf = (node: ts.Node): string | null | undefined => {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : null
  }
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)
      ? node.argument.literal.text
      : null
  }
  if (ts.isExternalModuleReference(node)) {
    return ts.isStringLiteral(node.expression) ? node.expression.text : null
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const argument = node.arguments[0]
    return argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text : null
  }
  return undefined
}

/** What a test chain starts with and what makes it not run: `it.effect.skip(...)`, `describe.only(...)`. */
const runners = ["it", "test", "describe", "layer"]
const modes = ["skip", "only", "todo", "fails", "skipIf", "runIf"]

const refusedMode = (node: ts.Node): string | undefined => {
  if (!ts.isPropertyAccessExpression(node) || !modes.includes(node.name.text)) {
    return undefined
  }
  let root: ts.Expression = node.expression
  while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) {
    root = root.expression
  }
  return ts.isIdentifier(root) && runners.includes(root.text) ? node.name.text : undefined
}

/**
 * Whether a unit test takes `layer` from `@effect/vitest`, or calls it on what a test is made with. It gives the one `it` of
 * all files, in place, the services of its suite: every later test of the worker would live on that suite's clock.
 */
const sharesLayer = (node: ts.Node): boolean =>
  ts.isImportDeclaration(node) && specifierOf(node) === "@effect/vitest"
    ? node.importClause?.namedBindings !== undefined && ts.isNamedImports(node.importClause.namedBindings) &&
      node.importClause.namedBindings.elements.some(({ name, propertyName }) => (propertyName ?? name).text === "layer")
    : ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === "layer" && ts.isIdentifier(node.expression.expression) &&
      node.expression.expression.text === "it"

/** What Effect 4 calls otherwise, or has not: no public signature may need it, so that an edition for it is a port by rote. */
const passing = /^effect\/(Either|FiberRef|FiberRefs|Mailbox|Runtime|RuntimeFlags)$/

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true

/** The types in what a public module exports, as far as they are written down; what functions do inside is theirs. */
const passingTypes = (source: ts.SourceFile): ReadonlyArray<ts.Node> => {
  const names = new Set(source.statements.flatMap((statement) => {
    const clause = ts.isImportDeclaration(statement) && passing.test(specifierOf(statement) ?? "")
      ? statement.importClause?.namedBindings
      : undefined
    if (clause === undefined) return []
    return ts.isNamespaceImport(clause) ? [clause.name.text] : clause.elements.map((element) => element.name.text)
  }))
  const found: Array<ts.Node> = []
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node) || ts.isCallExpression(node)) return
    if (ts.isTypeReferenceNode(node)) {
      const root = ts.isQualifiedName(node.typeName) ? node.typeName.left : node.typeName
      if (ts.isIdentifier(root) && names.has(root.text)) found.push(node)
    }
    ts.forEachChild(node, visit)
  }
  if (names.size > 0) source.statements.filter(isExported).forEach(visit)
  return found
}

/** Everything that the house refuses in one file; `file` is its path from the root, with `/`. */
export const checkFile = (file: string, text: string, dependencies: ReadonlySet<string>): ReadonlyArray<Problem> => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022)
  const inSource = file.startsWith("src/")
  // The suites on a real server have each file in a module world of its own.
  const isUnit = !file.endsWith(".real.test.ts")
  const readsClock = inSource && !/^src\/(node|cli)\//.test(file)
  const problems: Array<Problem> = []
  const report = (node: ts.Node, message: string) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
    problems.push({ file, line: line + 1, message })
  }
  const visit = (node: ts.Node): void => {
    if (inSource) {
      const specifier = specifierOf(node)
      const refusal = specifier === undefined
        ? undefined
        : specifier === null
        ? "imports a module whose name is computed: nobody can tell where that arrow goes"
        : refuse(file, specifier, dependencies)
      if (refusal !== undefined) {
        report(node, refusal)
      }
    } else {
      const mode = refusedMode(node)
      if (mode !== undefined) {
        report(node, `a test with .${mode}: every test runs, here and in CI`)
      }
      if (isUnit && sharesLayer(node)) {
        report(node, "a unit test shares a layer, and with it its clock: give each test its own, with Effect.provide")
      }
    }
    if (
      readsClock && ts.isNewExpression(node) && (node.arguments ?? []).length === 0 &&
      ts.isIdentifier(node.expression) && node.expression.text === "Date"
    ) {
      report(node, "new Date() reads the machine's clock: use Clock.currentTimeMillis, which obeys the TestClock")
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  if (/^src\/[a-z]+\/[A-Z][^/]*$/.test(file)) {
    for (const type of passingTypes(source)) {
      report(
        type,
        `a public signature names ${
          type.getText(source)
        }, which Effect 4 has not: say Effect.Effect, or keep it internal`
      )
    }
  }
  return problems
}

const main = (): number => {
  const root = path.resolve(fileURLToPath(import.meta.url), "../..")
  const { dependencies, peerDependencies } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))
  const allowed = new Set(Object.keys({ ...dependencies, ...peerDependencies }))
  const files = ["src", "test"].flatMap((folder) =>
    fs.readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `${folder}/${file.split(path.sep).join("/")}`)
  )
  const problems = files.sort().flatMap((file) =>
    checkFile(file, fs.readFileSync(path.join(root, file), "utf8"), allowed)
  )
  problems.forEach(({ file, line, message }) => console.error(`${file}:${line} ${message}`))
  console.log(`house: ${files.length} files, ${problems.length} problems`)
  return problems.length === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = main()
}
