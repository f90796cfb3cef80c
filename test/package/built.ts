/**
 * The package as it would be published, in a temporary folder that looks like a consumer's: `node_modules/effect-kube` is
 * built by the package's own build, everything else is linked to what is installed here. It is gone when the process ends.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

/** The repository. */
export const root = path.resolve(fileURLToPath(import.meta.url), "../../..")

export interface Built {
  /** The consumer's folder: programs written here import `effect-kube` by its name. */
  readonly consumer: string
  /** The package's folder in it, with all that is published. */
  readonly folder: string
  readonly manifest: Manifest
}

export interface Manifest {
  readonly files: ReadonlyArray<string>
  readonly exports: { readonly [subpath: string]: string | { readonly [condition: string]: string } }
}

export const readManifest = (): Manifest => JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))

/** What programs may import: `effect-kube`, `effect-kube/Api` and so on. */
export const publicNames = (manifest: Manifest): ReadonlyArray<string> =>
  Object.keys(manifest.exports).filter((subpath) => !subpath.endsWith(".json")).map((subpath) =>
    `effect-kube${subpath.slice(1)}`
  )

/** The file below `folder` that a public name stands for under a condition. */
export const resolvePublic = (
  { folder, manifest }: Pick<Built, "folder" | "manifest">,
  name: string,
  condition = "import"
) => {
  const entry = manifest.exports[`.${name.slice("effect-kube".length)}`]
  const file = typeof entry === "object" ? entry[condition] : undefined
  if (file === undefined) {
    throw new Error(`${name} is no public module`)
  }
  return path.join(folder, file)
}

export const build = (): Built => {
  const consumer = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-built-")))
  process.on("exit", () => fs.rmSync(consumer, { recursive: true, force: true }))
  const modules = path.join(consumer, "node_modules")
  const folder = path.join(modules, "effect-kube")
  fs.mkdirSync(folder, { recursive: true })
  for (const name of fs.readdirSync(path.join(root, "node_modules"))) {
    if (!name.startsWith(".")) {
      fs.symlinkSync(path.join(root, "node_modules", name), path.join(modules, name))
    }
  }
  execFileSync(process.execPath, ["--import", "tsx", path.join(root, "scripts/build.ts"), path.join(folder, "dist")], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"]
  })
  for (const name of ["package.json", "src", "README.md", "CHANGELOG.md", "LICENSE"]) {
    fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
  }
  fs.writeFileSync(path.join(consumer, "package.json"), JSON.stringify({ name: "consumer", type: "module" }))
  return { consumer, folder, manifest: readManifest() }
}

export interface Reached {
  /** Files of the package, in the order in which they are met. */
  readonly files: ReadonlyArray<string>
  /** What they import from elsewhere: `effect/Effect`, `js-yaml`, `node:net`. */
  readonly externals: ReadonlyArray<string>
}

/** Everything that a file of the package pulls in when it is imported: its static imports, and theirs. */
export const reach = (entry: string): Reached => {
  const files = new Set<string>()
  const externals = new Set<string>()
  const visit = (file: string): void => {
    if (files.has(file)) {
      return
    }
    files.add(file)
    for (const specifier of staticImports(file)) {
      if (specifier.startsWith(".")) {
        visit(path.resolve(path.dirname(file), specifier))
      } else {
        externals.add(specifier)
      }
    }
  }
  visit(entry)
  return { files: [...files], externals: [...externals] }
}

const staticImports = (file: string): ReadonlyArray<string> =>
  ts.createSourceFile(file, fs.readFileSync(file, "utf8"), ts.ScriptTarget.ES2022).statements.flatMap((statement) =>
    (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) &&
      statement.moduleSpecifier !== undefined && ts.isStringLiteral(statement.moduleSpecifier)
      ? [statement.moduleSpecifier.text]
      : []
  )
