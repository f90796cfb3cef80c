/**
 * Joins the modules of a build to few files: each public module keeps its file, and what is internal lies in `internal`,
 * in one file for all that the same public modules need. An import of the root then opens less
 * than half as many (`npm run bench -- import` says how many, and what it takes); what a program's own bundler can leave out
 * stays the same.
 *
 * Files that only gather modules (`export * as Api from "./client/Api.js"`) stay as they are: a bundler sees through
 * them, and not through the object that would be built instead.
 */
import * as esbuild from "esbuild"
import * as path from "node:path"
import ts from "typescript"

export interface Parts {
  /** Files with public modules. */
  readonly entries: ReadonlyArray<string>
  /** Files that only gather modules. */
  readonly gathering: ReadonlyArray<string>
}

/** The targets of a file that only gathers modules; undefined of any other. */
const gathered = (file: string, text: string): ReadonlyArray<string> | undefined => {
  const targets: Array<string> = []
  for (const statement of ts.createSourceFile(file, text, ts.ScriptTarget.ES2022).statements) {
    const gathers = ts.isExportDeclaration(statement) && statement.exportClause !== undefined &&
      ts.isNamespaceExport(statement.exportClause) && statement.moduleSpecifier !== undefined &&
      ts.isStringLiteral(statement.moduleSpecifier)
    if (!gathers) return undefined
    targets.push(path.resolve(path.dirname(file), (statement.moduleSpecifier as ts.StringLiteral).text))
  }
  return targets
}

/** What keeps a file of its own, of the files that can be imported from outside. */
export const partsOf = (files: ReadonlyArray<string>, read: (file: string) => string): Parts => {
  const entries = new Set<string>()
  const gathering = new Set<string>()
  const visit = (file: string): void => {
    const targets = gathered(file, read(file))
    if (targets === undefined) {
      entries.add(file)
      return
    }
    gathering.add(file)
    targets.forEach(visit)
  }
  files.forEach(visit)
  return { entries: [...entries], gathering: [...gathering] }
}

/** The joined modules, with their maps, as files below `outdir`; nothing is written. */
export const joinInternals = async (
  { entries }: Parts,
  folder: string,
  outdir: string,
  plugins: ReadonlyArray<esbuild.Plugin> = []
): Promise<ReadonlyArray<esbuild.OutputFile>> => {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: folder,
    entryPoints: [...entries],
    outbase: folder,
    outdir,
    bundle: true,
    chunkNames: "internal/[name]-[hash]",
    format: "esm",
    logLevel: "warning",
    packages: "external",
    platform: "node",
    plugins: [...plugins],
    sourcemap: true,
    sourcesContent: false,
    splitting: true,
    target: "es2022",
    write: false
  })
  return outputFiles
}
