/**
 * A first list of 10 000 Pods (11 kB each, half of it managedFields) over HTTP, against the raw way (undici, pages of 500
 * one after the other, JSON.parse, Map.set) and against `@kubernetes/client-node`. Each list runs in a process of its own,
 * and they take turns: the medians of the rounds are compared.
 *
 * Budgets against raw pages, for the store that is filled by a streamed list: time 1.0, peak memory 1.0, the longest time
 * for which the event loop is held 0.5. Against client-node: half its time, half its memory.
 *
 *     npm run bench -- list
 *     npm run bench -- list --rounds=9 --pods=2000
 *     npm run bench -- list --real      against a kube-apiserver, which is filled first: needs KUBEBUILDER_ASSETS
 */
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { parseArgs, promisify } from "node:util"
import { bundleChild, makeFolder } from "./list/bundling.js"
import type { Sample } from "./list/child.js"
import { contenders } from "./list/contenders.js"
import { itemBytes, serve } from "./list/server.js"

const { values: options } = parseArgs({
  strict: false,
  options: {
    pods: { type: "string" },
    rounds: { type: "string" },
    lists: { type: "string" },
    only: { type: "string" },
    real: { type: "boolean" }
  }
})
const real = options.real === true
const count = Number(options.pods ?? (real ? 3000 : 10_000))
const rounds = Number(options.rounds ?? 5)
/** How often each process lists. The first one is that of a program which starts; the others find the code warm. */
const lists = Number(options.lists ?? 3)

const folder = makeFolder()

const target = async (): Promise<{ readonly kubeconfig: string; readonly stop: () => Promise<unknown> }> => {
  if (real) {
    const { startAndFill } = await import("./list/real.js")
    const { kubeconfigPath, stop } = await startAndFill(count)
    return { kubeconfig: kubeconfigPath, stop }
  }
  const kubeconfig = path.join(folder, "kubeconfig")
  const server = await serve(count)
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: server.url, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x"
  }
  fs.writeFileSync(kubeconfig, JSON.stringify(config))
  return { kubeconfig, stop: server.stop }
}

const run = promisify(execFile)
const median = (values: ReadonlyArray<number>): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

/** What one contender took: the medians of its rounds. */
const summary = (samples: ReadonlyArray<Sample>) => {
  const of = (f: (sample: Sample) => number) => median(samples.map(f))
  const warm = (f: (list: Sample["lists"][number]) => number) =>
    median(samples.flatMap(({ lists }) => (lists.length > 1 ? lists.slice(1) : lists).map(f)))
  return {
    first: of(({ lists }) => lists[0]!.millis),
    millis: warm(({ millis }) => millis),
    cpu: warm(({ cpu }) => cpu),
    block: warm(({ block }) => block),
    peak: of(({ peak }) => peak),
    added: of(({ bare, peak }) => peak - bare),
    kept: of(({ kept }) => kept)
  }
}

const columns: ReadonlyArray<readonly [keyof ReturnType<typeof summary>, string, number]> = [
  ["first", "first ms", 1],
  ["millis", "warm ms", 1],
  ["cpu", "CPU ms", 1],
  ["block", "block ms", 1],
  ["peak", "peak MB", 1 / 1e6],
  ["added", "added MB", 1 / 1e6],
  ["kept", "kept MB", 1 / 1e6]
]

const main = async () => {
  const child = await bundleChild(folder)
  const { kubeconfig, stop } = await target()
  try {
    const only = typeof options.only === "string" ? options.only.split(",") : undefined
    const names = Object.keys(contenders).filter((name) => only?.some((part) => name.includes(part)) ?? true)
    const samples = new Map<string, Array<Sample>>(names.map((name) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      for (const name of names) {
        const { stdout } = await run(process.execPath, ["--expose-gc", child, name, kubeconfig, String(lists)])
        const sample: Sample = JSON.parse(stdout)
        if (sample.size !== count) throw new Error(`${name}: ${sample.size} objects`)
        samples.get(name)!.push(sample)
      }
    }
    const results = new Map([...samples].map(([name, each]) => [name, summary(each)]))
    const base = results.get("raw pages")
    if (base === undefined) throw new Error("nothing to compare with")
    console.log(
      `${count} Pods of ${
        real ? "a real server" : `${itemBytes} bytes`
      }, ${rounds} rounds of ${lists} lists; in brackets: × raw pages.\n` +
        "added: peak above a Node that has loaded nothing; kept: heap that the objects take\n"
    )
    console.log("".padEnd(22) + columns.map(([, title]) => title.padStart(16)).join(""))
    for (const [name, result] of results) {
      const cells = columns.map(([key, , unit]) =>
        `${(result[key] * unit).toFixed(0)} (${(result[key] / base[key]).toFixed(2)})`.padStart(16)
      )
      console.log(name.padEnd(22) + cells.join(""))
    }
    console.log("")
    const verdict = (what: string, ratio: number, budget: number) =>
      console.log(`${what.padEnd(72)} ${ratio.toFixed(2)} (budget ${budget}: ${ratio <= budget ? "kept" : "MISSED"})`)
    const compare = (
      name: string,
      other: string,
      budgets: { readonly [key in keyof typeof base]?: number }
    ) => {
      const [a, b] = [results.get(name), results.get(other)]
      if (a === undefined || b === undefined) return
      for (const [key, title] of columns) {
        const budget = budgets[key]
        if (budget !== undefined) verdict(`${name}: ${title.split(" ")[0]}, against ${other}`, a[key] / b[key], budget)
      }
    }
    const list = { first: 1, millis: 1, block: 0.5, peak: 1, kept: 1.1 }
    compare("store, streamed", "raw pages", list)
    compare("Api.list", "raw pages", { first: 1, millis: 1 })
    compare("store, streamed", "client-node informer", { first: 0.5, millis: 0.5, peak: 0.5 })
    compare("Api.list", "client-node list", { first: 0.5, millis: 0.5, peak: 0.5 })
  } finally {
    await stop()
  }
}

try {
  await main()
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}
