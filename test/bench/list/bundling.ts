/** The process of one contender as plain JavaScript, in a folder of its own. */
import * as esbuild from "esbuild"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const here = path.dirname(fileURLToPath(import.meta.url))

/** Inside of the repository: packages are found from here. */
export const makeFolder = (): string => {
  const cache = path.resolve(here, "../../../node_modules/.cache")
  fs.mkdirSync(cache, { recursive: true })
  return fs.mkdtempSync(path.join(cache, "effect-kube-bench-"))
}

/** Answers the file to run. */
export const bundleChild = async (folder: string): Promise<string> => {
  await esbuild.build({
    entryPoints: [path.join(here, "child.ts")],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "error"
  })
  return path.join(folder, "child.mjs")
}
