/**
 * Runs the benchmarks of test/bench one after the other, each in a process of its own, or those whose names are given.
 * Each prints its ratios to a baseline of the same run.
 *
 *     npm run bench
 *     npm run bench -- framing store
 *     npm run bench -- list --rounds=3      options go to the benchmarks
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const root = path.resolve(fileURLToPath(import.meta.url), "../..")
const folder = path.join(root, "test/bench")
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"))
const options = process.argv.slice(2).filter((argument) => argument.startsWith("--"))
const there = fs.existsSync(folder) ? fs.readdirSync(folder).filter((file) => file.endsWith(".bench.ts")).sort() : []
const benchmarks = there.filter((file) => wanted.length === 0 || wanted.some((name) => file.includes(name)))

if (benchmarks.length === 0) {
  console.error(`no benchmark is named ${wanted.join(" or ")}; there are: ${there.join(", ")}`)
  process.exitCode = 1
}
for (const file of benchmarks) {
  console.log(`\n=== ${file}`)
  const node = [
    process.execPath,
    "--expose-gc",
    "--import",
    "tsx",
    "-C",
    "@effect-kube/source",
    path.join(folder, file),
    ...options
  ]
  const { error, signal, status } = spawnSync(node[0]!, node.slice(1), {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"]
  })
  if (status !== 0) {
    console.error(`${file} failed: ${error?.message ?? signal ?? `exit code ${status}`}`)
    process.exitCode = 1
  }
}
