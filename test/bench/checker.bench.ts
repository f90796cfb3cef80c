/**
 * What checking costs: parse and check of a realistic Pod against JSON.parse alone, in the same run.
 *
 *     npx tsx -C @effect-kube/source test/bench/checker.bench.ts
 */
import * as Either from "effect/Either"
import { performance } from "node:perf_hooks"
import { Pod } from "../../src/kinds/core/v1.js"
import { type Codec, CodecId } from "../../src/protocol/internal/codec.js"
import { pod } from "./pod.js"

const codec = (Pod as unknown as { readonly [CodecId]: Codec<Pod> })[CodecId]
const texts = Array.from({ length: 200 }, (_, i) => JSON.stringify(pod(i)))
const rounds = 40

let kept: unknown

const parse = () => {
  for (const text of texts) kept = JSON.parse(text)
}

const parseAndCheck = () => {
  for (const text of texts) {
    const decoded = codec.decode(JSON.parse(text), "served")
    if (Either.isLeft(decoded)) throw new Error(JSON.stringify(decoded.left))
    kept = decoded.right
  }
}

const time = (run: () => void): number => {
  const start = performance.now()
  run()
  return (performance.now() - start) / texts.length * 1000
}

/** The fastest round is the one that nobody else disturbed. */
const best = (times: Array<number>): number => Math.min(...times)

/** The two alternate, so that a busy machine slows both. */
const measure = (): { readonly parse: number; readonly both: number } => {
  const times = { parse: [] as Array<number>, both: [] as Array<number> }
  for (let i = 0; i < rounds; i++) {
    times.parse.push(time(parse))
    times.both.push(time(parseAndCheck))
  }
  return { parse: best(times.parse), both: best(times.both) }
}

/** Bytes of heap that one more object keeps. Needs --expose-gc; without it nothing is printed. */
const heap = (make: (text: string) => unknown): number | undefined => {
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

measure() // warms up
const result = measure()
console.log(`Pod of ${texts[0]!.length} bytes`)
console.log(`JSON.parse         ${result.parse.toFixed(1)} µs`)
console.log(`parse and check    ${result.both.toFixed(1)} µs   ${(result.both / result.parse).toFixed(2)} × JSON.parse`)
heap((text) => JSON.parse(text)) // the first one pays for what the others share
const plain = heap((text) => JSON.parse(text))
const checked = heap((text) => Either.getOrThrow(codec.decode(JSON.parse(text), "served")))
if (plain !== undefined && checked !== undefined) {
  console.log(`heap kept          ${(checked / 1024).toFixed(1)} KiB  ${(checked / plain).toFixed(2)} × parsed alone`)
}
export { kept }
