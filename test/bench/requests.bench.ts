/**
 * Requests per second: a small GET over TLS, 16 at a time and one at a time, against raw undici and against
 * `@kubernetes/client-node`. All run in one process and take turns, the server has a process of its own; the medians of
 * the rounds are compared.
 *
 * Budgets, 16 at a time and without spans: 0.6 of raw undici's requests per second, twice those of client-node.
 *
 *     npm run bench -- requests
 *     npm run bench -- requests --rounds=15 --requests=5000
 *     npm run bench -- requests --only=effect-kube --profile      writes a .cpuprofile into the current folder
 */
import * as esbuild from "esbuild"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs, promisify } from "node:util"
import type { Sample } from "./requests/child.js"

const { values: options } = parseArgs({
  strict: false,
  options: {
    rounds: { type: "string" },
    requests: { type: "string" },
    only: { type: "string" },
    profile: { type: "boolean" }
  }
})

const here = path.dirname(fileURLToPath(import.meta.url))
const cache = path.resolve(here, "../../node_modules/.cache")
fs.mkdirSync(cache, { recursive: true })
/** Inside of the repository: packages are found from here. */
const folder = fs.mkdtempSync(path.join(cache, "effect-kube-bench-"))

const median = (values: ReadonlyArray<number>): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

const main = async (): Promise<void> => {
  await esbuild.build({
    entryPoints: ["child", "server"].map((name) => path.join(here, `requests/${name}.ts`)),
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
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...(options.profile === true ? ["--cpu-prof"] : []),
    path.join(folder, "child.mjs"),
    String(options.rounds ?? 9),
    String(options.requests ?? 2000),
    typeof options.only === "string" ? options.only : ""
  ], { maxBuffer: 1 << 24 })
  const samples: ReadonlyArray<Sample> = JSON.parse(stdout)
  const names = [...new Set(samples.map(({ name }) => name))].sort()
  const of = (name: string, atOnce: number, what: "micros" | "cpu") =>
    median(samples.filter((sample) => sample.name === name && sample.atOnce === atOnce).map((sample) => sample[what]))
  const row = (cells: ReadonlyArray<string>) =>
    console.log(cells.map((cell, i) => i ? cell.padStart(16) : cell.padEnd(28)).join(""))
  for (const atOnce of [16, 1]) {
    row([`${atOnce} at a time`, "requests/s", "× raw", "CPU µs", "× raw"])
    for (const name of names) {
      const [micros, cpu] = [of(name, atOnce, "micros"), of(name, atOnce, "cpu")]
      const [rawMicros, rawCpu] = [of("raw undici", atOnce, "micros"), of("raw undici", atOnce, "cpu")]
      row([
        name,
        (1e6 / micros).toFixed(0),
        (rawMicros / micros).toFixed(2),
        cpu.toFixed(0),
        (cpu / rawCpu).toFixed(2)
      ])
    }
    console.log("")
  }
  const verdict = (other: string, budget: number): void => {
    const ratio = of(other, 16, "micros") / of("effect-kube", 16, "micros")
    console.log(
      `effect-kube: requests per second, 16 at a time, against ${other}`.padEnd(72) +
        `${ratio.toFixed(2)} (budget ${budget}: ${ratio >= budget ? "kept" : "MISSED"})`
    )
  }
  if (options.only !== undefined) return
  verdict("raw undici", 0.6)
  verdict("client-node", 2)
}

try {
  await main()
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}
