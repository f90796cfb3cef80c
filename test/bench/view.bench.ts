/**
 * The heap that 10 000 Pods keep (10 kB of JSON each, almost half of it managedFields), whole, as metadata alone, as a
 * view, and as a view of metadata alone, against what JSON.parse gives; and what reading them costs, against JSON.parse.
 * A text that was parsed must be free afterwards: were one string of an object a slice of it, the heap would tell.
 *
 * Budget: a view keeps at most 0.1 of the parsed objects.
 *
 *     npm run bench -- view
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { performance } from "node:perf_hooks"
import { Pod } from "../../src/kinds/core/v1.js"
import { type Codec, CodecId } from "../../src/protocol/internal/codec.js"
import * as Resource from "../../src/protocol/Resource.js"
import { managedPod } from "./objects.js"

const count = 10_000
const rounds = 5

const whole = (i: number): string => JSON.stringify(managedPod(i))

/** As a server answers it that was asked for metadata alone. */
const partial = (i: number): string =>
  JSON.stringify({
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
    metadata: managedPod(i).metadata
  })

const Placement = Resource.view(
  Pod,
  Schema.Struct({
    spec: Schema.Struct({ nodeName: Schema.optional(Schema.String) }),
    status: Schema.Struct({ phase: Schema.optional(Schema.String) })
  })
)
const Metadata = Resource.metadataOnly(Pod)

type Read = (text: string) => unknown

const reads = (resource: Resource.Any): Read => {
  const codec = (resource as unknown as { readonly [CodecId]: Codec<unknown> })[CodecId]
  return (text) => Either.getOrThrow(codec.decode(JSON.parse(text), "served"))
}

const contenders: ReadonlyArray<readonly [name: string, text: (i: number) => string, read: Read]> = [
  ["JSON.parse", whole, JSON.parse],
  ["Pod", whole, reads(Pod)],
  ["metadataOnly(Pod)", partial, reads(Metadata)],
  ["metadataOnly(Pod), of a server that sends whole Pods", whole, reads(Metadata)],
  ["view(Pod, nodeName and phase)", whole, reads(Placement)],
  ["view(metadataOnly(Pod), nothing more)", partial, reads(Resource.view(Metadata, Schema.Struct({})))]
]

const { gc } = globalThis as { readonly gc?: () => void }

const heap = (): number => {
  gc?.()
  gc?.()
  return process.memoryUsage().heapUsed
}

/** Bytes that one object keeps. Each text is made, read and forgotten, as it is when it comes over the wire. */
const kept = (text: (i: number) => string, read: Read): number => {
  const objects = Array.from({ length: count }, (): unknown => null)
  const before = heap()
  for (let i = 0; i < count; i++) objects[i] = read(text(i))
  const bytes = (heap() - before) / count
  return objects.length === count ? bytes : 0
}

/** Microseconds for one object, of the fastest of many short rounds that take turns: a collection of garbage spoils a long one. */
const times = (): ReadonlyArray<number> => {
  const texts = contenders.map(([, text]) => Array.from({ length: 10 }, (_, i) => text(i)))
  const best = contenders.map(() => Infinity)
  for (let round = 0; round < 400; round++) {
    contenders.forEach(([, , read], at) => {
      const start = performance.now()
      for (const text of texts[at]!) read(text)
      best[at] = Math.min(best[at]!, (performance.now() - start) / 10 * 1000)
    })
  }
  return best
}

const median = (values: Array<number>): number => values.sort((a, b) => a - b)[values.length >> 1]!

const bytes = contenders.map(([, text, read]) => median(Array.from({ length: rounds }, () => kept(text, read))))
const micros = times()

if (gc === undefined) console.log("without --expose-gc the heap says nothing")
contenders.forEach(([name], at) => {
  const size = `${(bytes[at]! / 1024).toFixed(2)} kB (${(bytes[at]! / bytes[0]!).toFixed(3)} x)`
  const time = `${micros[at]!.toFixed(1)} µs (${(micros[at]! / micros[0]!).toFixed(2)} x)`
  console.log(`${name.padEnd(54)} keeps ${size.padEnd(20)} read in ${time}`)
})
console.log(`\na view keeps ${(bytes[4]! / bytes[0]!).toFixed(3)} x of the parsed Pods (budget 0.1)`)
