/**
 * Watch events into a store, from bytes to a Map that can be read, against the least that can be done with the same
 * bytes: cut at line ends, JSON.parse, Map.set. And the store alone: a chunk of events at a time, without and with
 * consumers. Budgets: Pods at least 0.8 × the events a second of the baseline, objects of 300 bytes at least 0.5 ×.
 *
 *     npm run bench -- watch
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { Lease } from "../../src/kinds/coordination/v1.js"
import { Pod } from "../../src/kinds/core/v1.js"
import type { KubeObject } from "../../src/protocol/Resource.js"
import { StoreCore } from "../../src/runtime/internal/storeCore.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import type * as Watcher from "../../src/runtime/Watcher.js"
import { pod } from "./pod.js"

const encoder = new TextEncoder()

/** Events on `names` objects, as bytes in pieces as they come from a socket. */
const wire = (
  count: number,
  names: number,
  make: (name: string, version: number) => object
): ReadonlyArray<Uint8Array> => {
  const text = Array.from(
    { length: count },
    (_, i) =>
      `${JSON.stringify({ type: i < names ? "ADDED" : "MODIFIED", object: make(`object-${i % names}`, 1000 + i) })}\n`
  ).join("")
  const bytes = encoder.encode(text)
  const pieces: Array<Uint8Array> = []
  for (let i = 0; i < bytes.length; i += 65_536) pieces.push(bytes.slice(i, i + 65_536))
  return pieces
}

const metadata = (name: string, version: number) => ({
  name,
  namespace: "default",
  uid: `0f5f2cb2-7a44-4d0f-8c4b-${name}`,
  resourceVersion: String(version),
  creationTimestamp: "2026-01-02T03:04:05Z"
})
const aPod = (name: string, version: number) => {
  const object = pod(0)
  return { ...object, metadata: { ...object.metadata, ...metadata(name, version) } }
}
const aLease = (name: string, version: number) => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: metadata(name, version),
  spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: "2026-01-02T03:04:05.000000Z" }
})

/** The least: what somebody would write by hand. */
const raw = (pieces: ReadonlyArray<Uint8Array>): Promise<number> => {
  const objects = new Map<string, unknown>()
  const decoder = new TextDecoder()
  let rest = ""
  for (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n")
    rest = lines.pop()!
    for (const line of lines) {
      const { object } = JSON.parse(line)
      objects.set(`${object.metadata.namespace}/${object.metadata.name}`, object)
    }
  }
  return Promise.resolve(objects.size)
}

/** A reflector on a client that answers an empty list and these bytes. */
const reflected =
  <K extends KubeObject>(api: Watcher.Watchable<K, KubeClient.KubeClient>, consumers: number) =>
  (pieces: ReadonlyArray<Uint8Array>, last: string): Promise<number> => {
    const layer = KubeClient.layerTest((request) =>
      Effect.succeed(
        request.info.verb === "watch"
          ? { stream: Stream.concat(Stream.rechunk(Stream.fromIterable(pieces), 1), Stream.never) }
          : request.path === "/version"
          ? { body: { major: "1", minor: "37" } }
          : { body: { kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: [] } }
      )
    )
    const program = Effect.gen(function*() {
      const store = yield* Reflector.make(api)
      for (let i = 0; i < consumers; i++) {
        yield* Effect.forkScoped(Stream.runForEachChunk(store.changes, () => Effect.void))
      }
      yield* store.waitFor(last)
      return yield* store.size
    })
    return Effect.runPromise(Effect.provide(Effect.scoped(program), layer))
  }

const rounds = 9

/** Milliseconds of each, the least of all rounds; they take turns, so that a busy machine slows all. */
const compare = async (runs: ReadonlyArray<() => Promise<unknown>>): Promise<ReadonlyArray<number>> => {
  const times = runs.map((): Array<number> => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, run] of runs.entries()) {
      globalThis.gc?.()
      const start = performance.now()
      await run()
      if (round > 1) times[i]!.push(performance.now() - start)
    }
  }
  return times.map((each) => Math.min(...each))
}

const report = (name: string, count: number, base: number, millis: number, budget?: number) => {
  const ratio = base / millis
  const verdict = budget === undefined
    ? ""
    : ratio >= budget
    ? `(budget ${budget}: kept)`
    : `(budget ${budget}: MISSED)`
  console.log(
    `${name.padEnd(44)} ${ratio.toFixed(2).padStart(6)} × raw ${
      Math.round(count / millis * 1000).toLocaleString("en").padStart(10)
    } events/s ${verdict}`
  )
}

const cases = [
  {
    name: "Pods of 6.5 kB",
    count: 8000,
    pieces: wire(8000, 1000, aPod),
    run: reflected(Api.all(Pod), 0),
    consumed: reflected(Api.all(Pod), 10),
    budget: 0.8
  },
  {
    name: "Leases of 330 B",
    count: 100_000,
    pieces: wire(100_000, 5000, aLease),
    run: reflected(Api.all(Lease), 0),
    consumed: reflected(Api.all(Lease), 10),
    budget: 0.5
  }
]
for (const { budget, consumed, count, name, pieces, run } of cases) {
  const last = String(1000 + count - 1)
  const [base, alone, shared] = await compare([
    () => raw(pieces),
    () => run(pieces, last),
    () => consumed(pieces, last)
  ])
  report(`${name}: raw`, count, base!, base!)
  report(`${name}: into a store`, count, base!, alone!, budget)
  report(`${name}: with 10 consumers of its changes`, count, base!, shared!)
}

// The store alone.
const events = Array.from(
  { length: 100_000 },
  (_, i): Watcher.Event<KubeObject> => ({ _tag: "Applied", object: aLease(`object-${i % 5000}`, 1000 + i) })
)
const [bare, map] = await compare([
  () => {
    const store = new StoreCore<KubeObject>({ watched: "", syncTimeout: Duration.zero, changesBuffer: 4096 })
    for (let i = 0; i < events.length; i += 200) store.apply(events.slice(i, i + 200))
    return Promise.resolve()
  },
  () => {
    const objects = new Map<string, unknown>()
    for (const event of events) {
      if (event._tag === "Applied") {
        objects.set(`${event.object.metadata.namespace}/${event.object.metadata.name}`, event.object)
      }
    }
    return Promise.resolve()
  }
])
console.log(
  `the store alone, 200 events a chunk            ${(bare! / events.length * 1000).toFixed(2)} µs an event; Map.set ${
    (map! / events.length * 1000).toFixed(2)
  } µs`
)
