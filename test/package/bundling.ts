/**
 * Bundles programs that use the package, with esbuild, from the JavaScript that the package's build makes of the sources.
 * What others publish stays outside.
 */
import * as esbuild from "esbuild"
import * as fs from "node:fs"
import * as path from "node:path"
import ts from "typescript"
import { pureCalls } from "../../scripts/pureCalls.js"
import { readManifest, resolvePublic, root } from "./built.js"

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

/** What the build makes of a source. */
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

const builtPackage = (sideEffects: boolean): esbuild.Plugin => ({
  name: "the package as it is built",
  setup: (build) => {
    build.onResolve({ filter: /.*/ }, ({ importer, kind, path: wanted, resolveDir }) => {
      if (kind === "entry-point") {
        return { path: wanted, namespace: "program" }
      }
      if (/^effect-kube(\/|$)/.test(wanted)) {
        return { path: resolvePublic({ folder: root, manifest }, wanted, "@effect-kube/source"), sideEffects }
      }
      return wanted.startsWith(".") && importer !== ""
        ? { path: path.resolve(resolveDir, wanted).replace(/\.js$/, ".ts"), sideEffects }
        : { path: wanted, external: true, sideEffects: false }
    })
    build.onLoad({ filter: /.*/, namespace: "file" }, ({ path: file }) => ({
      contents: emit(file),
      loader: "js",
      resolveDir: path.dirname(file)
    }))
  }
})

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
    }, builtPackage(!believe)]
  })
  const bundles = names.map((name, index): [Name, Bundle] => {
    const file = result.outputFiles.find((file) => path.basename(file.path) === `${index}.js`)
    const meta = result.metafile.outputs[`out/${index}.js`]
    return [name, {
      text: (file?.text ?? "").replace(/^\/\/.*\n/gm, "").trim(),
      sources: Object.entries(meta?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([source]) =>
        source
      ).filter((source) => !source.startsWith("program:")).sort(),
      externals: [...new Set((meta?.imports ?? []).map((it) => it.path))].sort()
    }]
  })
  return Object.fromEntries(bundles) as { readonly [name in Name]: Bundle }
}
