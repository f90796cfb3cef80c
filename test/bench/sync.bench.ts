/**
 * Until a store is synced: 10 000 and 50 000 Pods of 10 kB (5.5 kB and 4.7 kB of managedFields) of a real kube-apiserver, against the raw
 * way (undici, pages of 500 one after the other, JSON.parse, Map.set) and the informer of `@kubernetes/client-node`. Each sync runs in a fresh
 * process that loads its code first, and they take turns: the medians of the rounds are compared.
 *
 * Beside them plain code that streams, and cuts managedFields, knowing the very bytes of this server: the floor of both ways.
 *
 * Budgets against raw pages: 10 000 in 0.7 of the time, in 0.45 where managedFields are dropped; 50 000 in 0.9 and 0.5; never more memory.
 *
 *     npm run bench -- sync                       needs KUBEBUILDER_ASSETS; to make 50 000 Pods takes five minutes and more
 *     npm run bench -- sync --only=10000
 *     npm run bench -- sync --only=10000 --rounds=9 --ways=raw,store
 *     npm run bench -- sync --kubeconfig=FILE     a server that is there, and keeps its Pods: the missing ones are created
 *     npm run bench -- sync --profile=FOLDER      writes .cpuprofile files
 */
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import { parseArgs, promisify } from "node:util"
import { bundleChild, makeFolder } from "./list/bundling.js"
import type { Sample } from "./list/child.js"
import { syncing } from "./list/contenders.js"
import { fill } from "./sync/fill.js"
import { start } from "./sync/server.js"

const { values: options } = parseArgs({
  strict: false,
  options: {
    only: { type: "string" },
    rounds: { type: "string" },
    ways: { type: "string" },
    kubeconfig: { type: "string" },
    profile: { type: "string" }
  }
})
const given = (option: string | boolean | undefined): string | undefined =>
  typeof option === "string" ? option : undefined
const sizes = given(options.only)?.split(",").map(Number) ?? [10_000, 50_000]
const rounds = Number(options.rounds ?? 5)
const ways = given(options.ways)?.split(",")
const names = Object.keys(syncing).filter((name) => ways?.some((way) => name.includes(way)) ?? true)

/** Of raw pages' time, by the number of Pods. */
const budgets: { readonly [name: string]: { readonly [size: number]: number } } = {
  "store": { 10_000: 0.7, 50_000: 0.9 },
  "store, managedFields dropped": { 10_000: 0.45, 50_000: 0.5 }
}

const folder = makeFolder()

const median = (values: ReadonlyArray<number>): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

const columns: ReadonlyArray<readonly [title: string, of: (sample: Sample) => number]> = [
  ["ms", ({ lists }) => lists[0]!.millis],
  ["CPU ms", ({ lists }) => lists[0]!.cpu],
  ["peak MB", ({ peak }) => peak / 1e6],
  ["kept MB", ({ kept }) => kept / 1e6],
  ["block ms", ({ lists }) => lists[0]!.block]
]

const compare = async (child: string, kubeconfig: string, size: number): Promise<void> => {
  const bytes = await fill(kubeconfig, size)
  const samples = new Map<string, Array<Sample>>(names.map((name) => [name, []]))
  const flags = ["--expose-gc"]
  const profile = given(options.profile)
  if (profile !== undefined) flags.push("--cpu-prof", `--cpu-prof-dir=${profile}`)
  for (let round = 0; round < rounds; round++) {
    // Another one is first each time.
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]!
      const { stdout } = await promisify(execFile)(process.execPath, [...flags, child, name, kubeconfig, "1"])
      const sample: Sample = JSON.parse(stdout)
      if (sample.size !== size) throw new Error(`${name}: ${sample.size} objects`)
      samples.get(name)!.push(sample)
    }
  }
  const medians = new Map([...samples].map(([name, each]) => [name, columns.map(([, of]) => median(each.map(of)))]))
  const base = medians.get("raw pages")
  if (base === undefined) throw new Error("nothing to compare with")
  console.log(`\n${size} Pods of ${bytes} bytes, ${rounds} rounds; in brackets: × raw pages`)
  console.log("".padEnd(30) + columns.map(([title]) => title.padStart(16)).join(""))
  for (const [name, each] of medians) {
    const cells = each.map((value, i) => `${value.toFixed(0)} (${(value / base[i]!).toFixed(2)})`.padStart(16))
    console.log(name.padEnd(30) + cells.join(""))
  }
  const verdict = (what: string, ratio: number, budget: number) =>
    console.log(`${what.padEnd(60)} ${ratio.toFixed(2)} (budget ${budget}: ${ratio <= budget ? "kept" : "MISSED"})`)
  for (const [name, each] of medians) {
    const budget = budgets[name]?.[size]
    if (budget !== undefined) verdict(`${size} Pods, ${name}: time`, each[0]! / base[0]!, budget)
    // What the code itself takes is most of the memory of a few Pods.
    if (name.startsWith("store") && size >= 10_000) {
      verdict(`${size} Pods, ${name}: peak memory`, each[2]! / base[2]!, 1)
    }
  }
}

try {
  const child = await bundleChild(folder)
  const server = await start(given(options.kubeconfig))
  try {
    for (const size of sizes) await compare(child, server.kubeconfig, size)
  } finally {
    await server.stop()
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}
