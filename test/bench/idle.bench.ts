/**
 * 1 000 watches on which nothing happens, of one process, to `effect-kube serve` in another: what a reflector on a namespace of its own
 * takes of memory and of the processor, against the least (undici: a list, and a watch whose bytes are thrown away). Each has its process.
 *
 *     npm run bench -- idle
 *     npm run bench -- idle --watches=200 --seconds=30
 */
import * as esbuild from "esbuild"
import { execFile, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs, promisify } from "node:util"
import type { Sample } from "./idle/child.js"

const { values: options } = parseArgs({
  strict: false,
  options: { watches: { type: "string" }, seconds: { type: "string" } }
})
const watches = Number(options.watches ?? 1000)
const seconds = Number(options.seconds ?? 10)

const here = path.dirname(fileURLToPath(import.meta.url))
const cache = path.resolve(here, "../../node_modules/.cache")
fs.mkdirSync(cache, { recursive: true })
/** Inside of the repository: packages are found from here. */
const folder = fs.mkdtempSync(path.join(cache, "effect-kube-bench-"))
const kubeconfig = path.join(folder, "kubeconfig")

/** Starts the server; its kubeconfig is there when it is ready. */
const serve = async (): Promise<() => Promise<void>> => {
  const server = spawn(process.execPath, [path.join(folder, "main.mjs"), "serve", "--kubeconfig", kubeconfig], {
    stdio: ["ignore", "ignore", "inherit"]
  })
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()))
  for (let i = 0; !fs.existsSync(kubeconfig); i++) {
    if (i > 300 || server.exitCode !== null) throw new Error("the server does not start")
    await new Promise((resume) => setTimeout(resume, 100))
  }
  return () => {
    server.kill("SIGINT")
    return ended
  }
}

const main = async (): Promise<void> => {
  await esbuild.build({
    entryPoints: [path.join(here, "idle/child.ts"), path.resolve(here, "../../src/cli/main.ts")],
    outdir: folder,
    entryNames: "[name]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "error"
  })
  const results = new Map<string, Sample>()
  for (const name of ["raw undici", "reflectors"]) {
    const stop = await serve()
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [
        "--expose-gc",
        path.join(folder, "child.mjs"),
        name,
        kubeconfig,
        String(watches),
        String(seconds)
      ])
      results.set(name, JSON.parse(stdout))
    } finally {
      await stop()
      fs.rmSync(kubeconfig, { force: true })
    }
  }
  const base = results.get("raw undici")!
  const columns: ReadonlyArray<readonly [title: string, of: (sample: Sample) => number]> = [
    ["kB of process", ({ rss }) => rss / 1024],
    ["kB of heap", ({ heap }) => heap / 1024],
    ["CPU µs a second", ({ cpu }) => cpu],
    ["ms to open", ({ open }) => open]
  ]
  console.log(`one of ${watches} idle watches; in brackets: × raw undici`)
  console.log("".padEnd(14) + columns.map(([title]) => title.padStart(20)).join(""))
  for (const [name, sample] of results) {
    const cells = columns.map(([, of]) =>
      `${of(sample).toFixed(1)} (${(of(sample) / of(base)).toFixed(2)})`.padStart(20)
    )
    console.log(name.padEnd(14) + cells.join(""))
  }
}

try {
  await main()
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}
