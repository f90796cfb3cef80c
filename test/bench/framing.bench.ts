/**
 * Framing against the least that can be done: cutting a list into items against one JSON.parse of the whole text, cutting a watch into lines
 * against `split("\n")`. Both sides end with parsed objects and start from the same bytes.
 *
 *     npm run bench -- framing
 */
import * as Framing from "../../src/protocol/Framing.js"

const managedFields = (index: number) => ({
  manager: "kubelet",
  operation: "Update",
  apiVersion: "v1",
  time: "2026-01-02T03:04:05Z",
  fieldsType: "FieldsV1",
  fieldsV1: Object.fromEntries(
    Array.from(
      { length: 60 },
      (_, field) => [`f:field${field}`, { [`k:{"type":"T${index % 7}"}`]: { ".": {}, "f:type": {} } }]
    )
  )
})
/** Some 7 kB, half of it managedFields. */
const pod = (index: number, word: string) => ({
  metadata: {
    name: `pod-${index}`,
    namespace: "default",
    uid: `0f5f2cb2-7a44-4d0f-8c4b-${index}`,
    resourceVersion: String(1_000 + index),
    labels: { app: "web", index: String(index) },
    managedFields: [managedFields(index)]
  },
  spec: {
    containers: Array.from({ length: 3 }, (_, container) => ({
      name: `container-${container}`,
      image: `registry.example.org/team/image:${index}`,
      env: Array.from(
        { length: 12 },
        (_, variable) => ({ name: `E${variable}`, value: `the value of a variable ${variable} ${word}` })
      )
    }))
  },
  status: {
    phase: "Running",
    conditions: Array.from(
      { length: 6 },
      (_, type) => ({ type: `T${type}`, status: "True", lastTransitionTime: "2026-01-02T03:04:05Z" })
    )
  }
})
/** Some 300 bytes. */
const lease = (index: number) => ({
  metadata: {
    name: `lease-${index}`,
    namespace: "kube-node-lease",
    uid: `0f5f2cb2-7a44-4d0f-8c4b-${index}`,
    resourceVersion: String(index)
  },
  spec: { holderIdentity: `node-${index}`, leaseDurationSeconds: 40, renewTime: "2026-01-02T03:04:05.000000Z" }
})
/** Several `},{"metadata":{` inside of each. */
const statefulSet = (index: number) => ({
  metadata: { name: `set-${index}` },
  spec: {
    volumeClaimTemplates: Array.from(
      { length: 10 },
      (_, claim) => ({ metadata: { name: `claim-${claim}` }, spec: { size: "1Gi".repeat(50) } })
    )
  }
})

const of = <A>(count: number, make: (index: number) => A): ReadonlyArray<A> =>
  Array.from({ length: count }, (_, index) => make(index))
const piecesOf = (bytes: Uint8Array, size: number): ReadonlyArray<Uint8Array> =>
  of(Math.ceil(bytes.length / size), (index) => bytes.slice(index * size, (index + 1) * size))

const rounds = 9
/** Milliseconds, the median of the rounds; the two sides take turns, so that a busy machine slows both. */
const compare = (baseline: () => void, ours: () => void): readonly [number, number] => {
  const times: readonly [Array<number>, Array<number>] = [[], []]
  for (let round = 0; round < rounds; round++) {
    for (const [index, run] of [baseline, ours].entries()) {
      globalThis.gc?.()
      const start = performance.now()
      run()
      times[index]!.push(performance.now() - start)
    }
  }
  const median = (list: Array<number>) => list.sort((a, b) => a - b)[Math.floor(rounds / 2)]!
  return [median(times[0]), median(times[1])]
}
const report = (name: string, count: number, [baseline, ours]: readonly [number, number]) =>
  console.log(
    `${name.padEnd(58)} ${(ours / baseline).toFixed(2)} x   ${(1000 * ours / count).toFixed(2)} µs each, baseline ${
      (1000 * baseline / count).toFixed(2)
    }`
  )

const decoder = new TextDecoder()
let sink: unknown

const lists: ReadonlyArray<readonly [string, ReadonlyArray<object>, string?]> = [
  ["Pods of 7 kB", of(2_000, (index) => pod(index, "word"))],
  ["Pods of 7 kB with letters beyond Latin-1", of(2_000, (index) => pod(index, "слово"))],
  ["Leases of 300 bytes", of(40_000, lease)],
  ["StatefulSets that hold what lies between items (scanned)", of(4_000, statefulSet)],
  [
    "Pods, no two of which begin the same (scanned)",
    of(2_000, (index) => ({ [`x${index}`]: 0, ...pod(index, "word") }))
  ],
  ["Pods, indented", of(1_000, (index) => pod(index, "word")), "  "]
]
console.log("items of a list, against JSON.parse of the whole text")
for (const [name, items, indent] of lists) {
  const bytes = new TextEncoder().encode(
    JSON.stringify({ kind: "List", apiVersion: "v1", metadata: { resourceVersion: "7" }, items }, null, indent)
  )
  const chunks = piecesOf(bytes, 64 * 1024)
  report(
    name,
    items.length,
    compare(
      () => {
        sink = JSON.parse(decoder.decode(bytes))
      },
      () => {
        const cutter = Framing.makeListCutter()
        const values: Array<unknown> = []
        for (const chunk of chunks) {
          for (const item of cutter.push(chunk)) if (item._tag === "Parsed") values.push(item.value)
        }
        for (const item of cutter.end()) if (item._tag === "Parsed") values.push(item.value)
        if (cutter.failure !== undefined || values.length !== items.length) {
          throw new Error(`${name}: ${cutter.failure?.message}`)
        }
        sink = values
      }
    )
  )
}

const watches: ReadonlyArray<readonly [string, ReadonlyArray<object>]> = [
  ["Pods of 7 kB", of(2_000, (index) => pod(index, "word"))],
  ["Leases of 300 bytes", of(40_000, lease)]
]
console.log("\nlines of a watch, against split(\"\\n\"), both parsed")
for (const [name, objects] of watches) {
  const bytes = new TextEncoder().encode(
    objects.map((object) => `${JSON.stringify({ type: "MODIFIED", object })}\n`).join("")
  )
  const chunks = piecesOf(bytes, 64 * 1024)
  report(
    name,
    objects.length,
    compare(
      () => {
        const stream = new TextDecoder()
        let rest = ""
        for (const chunk of chunks) {
          const lines = (rest + stream.decode(chunk, { stream: true })).split("\n")
          rest = lines.pop()!
          for (const line of lines) sink = JSON.parse(line)
        }
      },
      () => {
        const splitter = Framing.makeLineSplitter()
        for (const chunk of chunks) for (const line of splitter.push(chunk)) sink = JSON.parse(line)
      }
    )
  )
}

console.log("\none line of 8 MB in pieces of 16 KB, against the same in one chunk")
const long = new TextEncoder().encode(`${"x".repeat(8 * 1024 * 1024)}\n`)
const split = (chunks: ReadonlyArray<Uint8Array>) => () => {
  const splitter = Framing.makeLineSplitter()
  for (const chunk of chunks) for (const line of splitter.push(chunk)) sink = line.charCodeAt(line.length - 1)
}
report("a line of 8 MB", 1, compare(split([long]), split(piecesOf(long, 16 * 1024))))
if (sink === undefined) throw new Error("nothing was parsed")
