/**
 * One process, one contender: lists a few times and prints what that took. Memory is that of the first list; the other
 * lists tell what one takes when the code is warm.
 *
 *     node --expose-gc child.js CONTENDER KUBECONFIG LISTS
 */
import * as fs from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { contenders, type Listed, syncing } from "./contenders.js"

export interface Sample {
  readonly size: number
  /** Of each list: milliseconds of the clock and of all processors, and the longest that the event loop was held. */
  readonly lists: ReadonlyArray<{ readonly millis: number; readonly cpu: number; readonly block: number }>
  /** Bytes: what the process had before it loaded anything, and the most that it had until the first list was there. */
  readonly bare: number
  readonly peak: number
  /** Bytes of the heap that what was listed takes. */
  readonly kept: number
}

/** Forgets the highest memory that the process had. Where that cannot be done the peak is that since its start. */
const forgetPeak = (): void => {
  try {
    fs.writeFileSync("/proc/self/clear_refs", "5")
  } catch {
    // Not on Linux.
  }
}

const peak = (): number => {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(fs.readFileSync("/proc/self/status", "utf8"))!
    return Number(kilobytes) * 1024
  } catch {
    return process.resourceUsage().maxRSS * 1024
  }
}

const collect = async (): Promise<number> => {
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.()
    await new Promise((resume) => setImmediate(resume))
  }
  return process.memoryUsage().heapUsed
}

const [name = "", kubeconfig = "", lists = "1"] = process.argv.slice(2)
await collect()
const bare = process.memoryUsage.rss()
const list = await (contenders[name] ?? syncing[name])!(kubeconfig)
let heap = await collect()
forgetPeak()

const samples: Array<Sample["lists"][number]> = []
let highest = 0
let kept = 0
let size = 0
for (let i = 0; i < Number(lists); i++) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const cpu = process.cpuUsage()
  const start = performance.now()
  const listed: Listed = await list()
  const millis = performance.now() - start
  const { system, user } = process.cpuUsage(cpu)
  // The delay of the turn that ended with the list is measured when the loop has turned once more.
  await new Promise((resume) => setTimeout(resume, 5))
  delay.disable()
  samples.push({ millis, cpu: (system + user) / 1000, block: delay.max / 1e6 })
  size = listed.size
  if (i === 0) {
    highest = peak()
    kept = await collect() - heap
  }
  // Held until here, whatever the optimiser thinks.
  if (listed.kept === undefined) throw new Error("nothing is kept")
  await listed.close()
  heap = await collect()
}
const sample: Sample = { size, lists: samples, bare, peak: highest, kept }
process.stdout.write(`${JSON.stringify(sample)}\n`, () => process.exit(0))
