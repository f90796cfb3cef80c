/**
 * What checking costs: parse and check of realistic objects against JSON.parse alone, in the same run, with the compiled
 * checker and with closures. The budget is 1.15 × JSON.parse for a Pod.
 *
 *     npx tsx -C @effect-kube/source test/bench/checker.bench.ts
 */
import * as Either from "effect/Either"
import { performance } from "node:perf_hooks"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { ConfigMap, Event, Node, Pod } from "../../src/kinds/core/v1.js"
import * as apps from "../../src/kinds/internal/apps/v1.js"
import * as core from "../../src/kinds/internal/core/v1.js"
import { type Codec, CodecId, type Fields, objectChecker } from "../../src/protocol/internal/codec.js"
import type { Struct } from "../../src/protocol/internal/descriptor.js"
import type { Issue } from "../../src/protocol/KubeError.js"
import * as Resource from "../../src/protocol/Resource.js"
import { configMap, deployment, event, managedPod, node, shapedPod } from "./objects.js"
import { pod } from "./pod.js"

const budget = 1.15
const count = 200
const rounds = 60

/** A busy machine seldom leaves one alone for long: the fastest of many short turns is the one that nobody disturbed. */
const turn = 25

let kept: unknown

interface Case {
  readonly name: string
  readonly resource: Resource.Any
  readonly struct: Struct
  readonly make: (i: number) => unknown
}

const cases: ReadonlyArray<Case> = [
  { name: "Pod", resource: Pod, struct: core.Pod, make: pod },
  { name: "Pod with managedFields", resource: Pod, struct: core.Pod, make: managedPod },
  { name: "Pods of 40 shapes", resource: Pod, struct: core.Pod, make: shapedPod },
  { name: "Deployment", resource: Deployment, struct: apps.Deployment, make: deployment },
  { name: "ConfigMap", resource: ConfigMap, struct: core.ConfigMap, make: configMap },
  { name: "Node", resource: Node, struct: core.Node, make: node },
  { name: "Event", resource: Event, struct: core.Event, make: event }
]

const codecOf = (resource: unknown): Codec<unknown> => (resource as { readonly [CodecId]: Codec<unknown> })[CodecId]

const decode = (codec: Codec<unknown>, text: string): unknown => {
  const decoded = codec.decode(JSON.parse(text), "served")
  if (Either.isLeft(decoded)) throw new Error(JSON.stringify(decoded.left))
  return decoded.right
}

/** As the codec does it, with closures. */
const decodeWithClosures = ({ resource, struct }: Case) => {
  const root = { apiVersion: Resource.apiVersion(resource), kind: resource.kind, scope: resource.scope }
  const check = objectChecker(() => struct, "closures")
  return (text: string): unknown => {
    const issues: Array<Issue> = []
    return Either.right(check(JSON.parse(text) as Fields, root, "served", issues))
  }
}

interface Run {
  readonly read: (text: string) => unknown
  /** The fastest time of each turn. */
  readonly times: Array<number>
}

const measure = (one: Case) => {
  const texts = Array.from({ length: count }, (_, i) => JSON.stringify(one.make(i)))
  const codec = codecOf(one.resource)
  const run = (read: Run["read"]): Run => ({ read, times: [] })
  const runs = {
    parse: run((text) => JSON.parse(text)),
    compiled: run((text) => decode(codec, text)),
    closures: run(decodeWithClosures(one))
  }
  const round = () => {
    for (let start = 0; start < count; start += turn) {
      for (const { read, times } of Object.values(runs)) {
        const began = performance.now()
        for (let i = start; i < start + turn; i++) kept = read(texts[i]!)
        const took = performance.now() - began
        times[start / turn] = Math.min(times[start / turn] ?? Infinity, took)
      }
    }
  }
  const micros = ({ times }: Run) => times.reduce((sum, time) => sum + time, 0) / count * 1000
  return {
    round,
    texts,
    result: () => {
      const parse = micros(runs.parse)
      return { parse, compiled: micros(runs.compiled) / parse, closures: micros(runs.closures) / parse }
    }
  }
}

/** Bytes of heap that one more object keeps. Needs --expose-gc; without it nothing is printed. */
const heap = (texts: ReadonlyArray<string>, make: (text: string) => unknown): number | undefined => {
  const collect = (globalThis as { readonly gc?: () => void }).gc
  if (collect === undefined) return undefined
  kept = undefined
  collect()
  const before = process.memoryUsage().heapUsed
  const all = texts.map(make)
  collect()
  const bytes = (process.memoryUsage().heapUsed - before) / all.length
  kept = all
  return bytes
}

/** What the first object of a kind pays for, as the code of its structs is made, and the second one. */
const firstUse = (): readonly [first: number, second: number] => {
  const once = (): number => {
    const fresh: unknown = JSON.parse(JSON.stringify(pod(0)))
    const before = process.cpuUsage()
    kept = codecOf(Pod).decode(fresh, "served")
    const used = process.cpuUsage(before)
    return (used.user + used.system) / 1000
  }
  return [once(), once()]
}

const [first, second] = firstUse()
console.log(`the first Pod took ${first.toFixed(1)} ms of processor time, the second ${second.toFixed(1)} ms`)

const measured = cases.map((one) => ({ one, ...measure(one) }))
for (let i = 0; i < rounds; i++) for (const { round } of measured) round()

const column = (text: string, width = 12): string => text.padStart(width)
console.log(`${"".padEnd(24)}${["bytes", "parse, µs", "compiled", "closures"].map((text) => column(text)).join("")}`)
for (const { one, result, texts } of measured) {
  const { closures, compiled, parse } = result()
  const cells = [String(texts[0]!.length), parse.toFixed(1), `${compiled.toFixed(2)} ×`, `${closures.toFixed(2)} ×`]
  console.log(`${one.name.padEnd(24)}${cells.map((text) => column(text)).join("")}`)
}

const worst = Math.max(
  ...measured.filter(({ one }) => one.resource.kind === "Pod").map(({ result }) => result().compiled)
)
console.log(`Pods at most ${worst.toFixed(2)} × JSON.parse; budget ${budget}: ${worst <= budget ? "kept" : "NOT KEPT"}`)

const { texts } = measured[0]!
heap(texts, (text) => JSON.parse(text)) // the first one pays for what the others share
const plain = heap(texts, (text) => JSON.parse(text))
const checked = heap(texts, (text) => decode(codecOf(Pod), text))
if (plain !== undefined && checked !== undefined) {
  console.log(`heap kept by a Pod: ${(checked / 1024).toFixed(1)} KiB, ${(checked / plain).toFixed(2)} × parsed alone`)
}
export { kept }
