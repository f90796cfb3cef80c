/**
 * Bundles programs that use the package, with esbuild, from the JavaScript that the package's build makes of the sources.
 * What others publish stays outside.
 */
import * as esbuild from "esbuild"
import * as fs from "node:fs"
import { SourceMap } from "node:module"
import * as path from "node:path"
import ts from "typescript"
import { joinInternals, partsOf } from "../../scripts/joinInternals.js"
import { pureCalls } from "../../scripts/pureCalls.js"
import { publicNames, readManifest, resolvePublic, root } from "./built.js"

const manifest = readManifest()

export interface Options {
  /** Whether to believe `"sideEffects": false` of package.json; otherwise only what is seen to be pure goes. Default: yes. */
  readonly believe?: boolean
  readonly minify?: boolean
}

export interface Bundle {
  readonly text: string
  /** The sources of which something is left, as `src/client/Api.ts`. */
  readonly sources: ReadonlyArray<string>
  /** The modules of others that it imports, or may import later. */
  readonly externals: ReadonlyArray<string>
}

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.ES2022,
  target: ts.ScriptTarget.ES2022,
  verbatimModuleSyntax: true,
  isolatedModules: true
}

const emitted = new Map<string, string>()

/** What the compiler makes of a source, its map in it. */
const emit = (file: string): string => {
  let text = emitted.get(file)
  if (text === undefined) {
    text = ts.transpileModule(fs.readFileSync(file, "utf8"), {
      fileName: file,
      compilerOptions,
      transformers: { after: [pureCalls] }
    }).outputText
    emitted.set(file, text)
  }
  return text
}

const folder = path.join(root, "src")
const dist = path.join(root, "dist")

const sources: esbuild.Plugin = {
  name: "the sources",
  setup: (build) => {
    build.onResolve({ filter: /^\./ }, ({ path: wanted, resolveDir }) => ({
      path: path.resolve(resolveDir, wanted).replace(/\.js$/, ".ts")
    }))
    build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => ({
      contents: emit(file),
      loader: "js",
      resolveDir: path.dirname(file)
    }))
  }
}

/** The files of the package by their paths, as its build joins them; nothing is written. */
const buildPackage = async (): Promise<ReadonlyMap<string, string>> => {
  const named = publicNames(manifest).map((name) =>
    resolvePublic({ folder: root, manifest }, name, "@effect-kube/source")
  )
  const parts = partsOf(named, (file) => emit(file.replace(/\.js$/, ".ts")))
  const entries = parts.entries.map((file) => file.replace(/\.js$/, ".ts"))
  const joined = await joinInternals({ ...parts, entries }, folder, dist, [sources])
  return new Map([
    ...parts.gathering.map((file) =>
      [path.join(dist, path.relative(folder, file)).replace(/\.ts$/, ".js"), emit(file)] as const
    ),
    ...joined.map(({ path: file, text }) => [file, text] as const)
  ])
}

let built: Promise<ReadonlyMap<string, string>> | undefined

const builtPackage = (files: ReadonlyMap<string, string>, sideEffects: boolean): esbuild.Plugin => ({
  name: "the package as it is built",
  setup: (build) => {
    build.onResolve({ filter: /.*/ }, ({ importer, kind, path: wanted, resolveDir }) => {
      if (kind === "entry-point") {
        return { path: wanted, namespace: "program" }
      }
      if (/^effect-kube(\/|$)/.test(wanted)) {
        return { path: resolvePublic({ folder: root, manifest }, wanted), namespace: "built", sideEffects }
      }
      return wanted.startsWith(".") && importer !== ""
        ? { path: path.resolve(resolveDir, wanted), namespace: "built", sideEffects }
        : { path: wanted, external: true, sideEffects: false }
    })
    build.onLoad({ filter: /.*/, namespace: "built" }, ({ path: file }) => {
      const map = files.get(`${file}.map`)
      const text = files.get(file) ?? ""
      const inline = map === undefined ? "" : `data:application/json;base64,${Buffer.from(map).toString("base64")}`
      return {
        contents: text.replace(
          /^\/\/# sourceMappingURL=.*$/m,
          map === undefined ? "" : `//# sourceMappingURL=${inline}`
        ),
        loader: "js",
        resolveDir: path.dirname(file)
      }
    })
  }
})

/** The sources, as `src/client/Api.ts`, of which something is left in a text. */
const sourcesLeft = (text: string, map: string): ReadonlyArray<string> => {
  const entries = new SourceMap(JSON.parse(map))
  const left = new Set<string>()
  text.split("\n").forEach((line, index) => {
    const column = line.search(/\S/)
    if (column < 0 || line.startsWith("//")) return
    const entry = entries.findEntry(index, column)
    if ("originalSource" in entry && entry.originalSource !== undefined) left.add(entry.originalSource)
  })
  return [...left].map((source) => source.replace(/^.*?(?=src\/)/, "")).sort()
}

/** Bundles each of the programs by itself: their texts, TypeScript, by their names. */
export const bundle = async <Name extends string>(
  programs: { readonly [name in Name]: string },
  { believe = true, minify = false }: Options = {}
): Promise<{ readonly [name in Name]: Bundle }> => {
  const names = Object.keys(programs) as Array<Name>
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: names.map((name, index) => ({ in: name, out: String(index) })),
    outdir: "out",
    bundle: true,
    format: "esm",
    logLevel: "error",
    metafile: true,
    sourcemap: "external",
    minify,
    minifySyntax: true,
    treeShaking: true,
    write: false,
    plugins: [{
      name: "programs",
      setup: (build) => {
        build.onLoad({ filter: /.*/, namespace: "program" }, ({ path: name }) => ({
          contents: programs[name as Name],
          loader: "ts",
          resolveDir: root
        }))
      }
    }, builtPackage(await (built ??= buildPackage()), !believe)]
  })
  const bundles = names.map((name, index): [Name, Bundle] => {
    const textOf = (name: string) => result.outputFiles.find((file) => path.basename(file.path) === name)?.text ?? ""
    const text = textOf(`${index}.js`)
    const meta = result.metafile.outputs[`out/${index}.js`]
    return [name, {
      text: text.replace(/^\/\/.*\n/gm, "").trim(),
      sources: sourcesLeft(text, textOf(`${index}.js.map`)).filter((source) => source.startsWith("src/")),
      externals: [...new Set((meta?.imports ?? []).map((it) => it.path))].sort()
    }]
  })
  return Object.fromEntries(bundles) as { readonly [name in Name]: Bundle }
}
