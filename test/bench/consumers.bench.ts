/**
 * Consumers of one store: 1, 10 and 100 that take each change from `store.changes`, while events of small objects (Leases of 330 bytes) come as
 * fast as they can be read; against the same with plain callbacks (lines, JSON.parse, Map.set, a call of each listener). Printed: events a
 * second through the store, changes a second to all consumers together, and the ratio of the first to the baseline's. A consumer that is behind
 * is told changes joined by object, so each must have ended at the last state, and how many changes it was told is printed.
 *
 *     npm run bench -- consumers
 *     npm run bench -- consumers --events=20000
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { parseArgs } from "node:util"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { Lease } from "../../src/kinds/coordination/v1.js"
import * as Reflector from "../../src/runtime/Reflector.js"

const { values: options } = parseArgs({ strict: false, options: { events: { type: "string" } } })
const count = Number(options.events ?? 50_000)
const names = 2000
const rounds = 5
const first = 1000

const lease = (i: number) => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: {
    name: `object-${i % names}`,
    namespace: "default",
    uid: `0f5f2cb2-7a44-4d0f-8c4b-${i % names}`,
    resourceVersion: String(first + i),
    creationTimestamp: "2026-01-02T03:04:05Z"
  },
  spec: { holderIdentity: `holder-${i}`, leaseDurationSeconds: 40, renewTime: "2026-01-02T03:04:05.000000Z" }
})

const bytes = new TextEncoder().encode(
  Array.from(
    { length: count },
    (_, i) => `${JSON.stringify({ type: i < names ? "ADDED" : "MODIFIED", object: lease(i) })}\n`
  ).join("")
)
const pieces: Array<Uint8Array> = []
for (let i = 0; i < bytes.length; i += 16_384) pieces.push(bytes.slice(i, i + 16_384))
const last = String(first + count - 1)

/** What the consumers were told: how many changes in all. Each must have heard of the last version. */
type Run = () => Promise<number>

const raw = (consumers: number): Run => () => {
  const objects = new Map<string, unknown>()
  const heard = Array.from({ length: consumers }, () => ({ told: 0, version: "" }))
  const listeners = heard.map((each) => (change: { readonly object: { metadata: { resourceVersion: string } } }) => {
    each.told++
    each.version = change.object.metadata.resourceVersion
  })
  const decoder = new TextDecoder()
  let rest = ""
  for (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n")
    rest = lines.pop()!
    for (const line of lines) {
      const { object } = JSON.parse(line)
      const key = `${object.metadata.namespace}/${object.metadata.name}`
      const previous = objects.get(key)
      objects.set(key, object)
      const change = { _tag: previous === undefined ? "Added" : "Updated", object, previous }
      for (const listener of listeners) listener(change)
    }
  }
  return Promise.resolve(sum(heard))
}

const sum = (heard: ReadonlyArray<{ readonly told: number; readonly version: string }>): number => {
  for (const { version } of heard) if (version !== last) throw new Error(`a consumer ended at ${version}`)
  return heard.reduce((all, { told }) => all + told, 0)
}

const layer = KubeClient.layerTest((request) =>
  Effect.succeed(
    request.info.verb === "watch"
      ? { stream: Stream.concat(Stream.rechunk(Stream.fromIterable(pieces), 1), Stream.never) }
      : request.path === "/version"
      ? { body: { major: "1", minor: "37" } }
      : { body: { kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: [] } }
  )
)

const store = (consumers: number): Run => () =>
  Effect.runPromise(Effect.provide(
    Effect.scoped(Effect.gen(function*() {
      const store = yield* Reflector.make(Api.all(Lease))
      const heard = Array.from({ length: consumers }, () => ({ told: 0, version: "" }))
      const fibers = yield* Effect.forEach(heard, (each) =>
        store.changes.pipe(
          Stream.mapChunks((changes) => {
            for (const { object } of changes) {
              each.told++
              if (object.metadata.resourceVersion === last) each.version = last
            }
            return changes
          }),
          Stream.takeUntil(() => each.version === last),
          Stream.runDrain,
          Effect.forkScoped
        ))
      yield* store.waitFor(last)
      yield* Fiber.joinAll(fibers)
      return sum(heard)
    })),
    layer
  ))

for (const consumers of [1, 10, 100]) {
  const runs = [raw(consumers), store(consumers)] as const
  const best = [Infinity, Infinity]
  let told = 0
  // They take turns, so that a busy machine slows both; the first rounds compile.
  for (let round = 0; round < rounds + 2; round++) {
    for (const [i, run] of runs.entries()) {
      globalThis.gc?.()
      const start = performance.now()
      const changes = await run()
      if (round > 1) best[i] = Math.min(best[i]!, performance.now() - start)
      if (i === 1) told = changes
    }
  }
  const perSecond = (millis: number, events: number) => Math.round(events / millis * 1000).toLocaleString("en")
  console.log(
    `${String(consumers).padStart(3)} consumers: ${perSecond(best[1]!, count).padStart(9)} events/s, ` +
      `${perSecond(best[1]!, told).padStart(11)} changes/s told (${
        (told / consumers / count).toFixed(2)
      } of all to each), ` +
      `${(best[0]! / best[1]!).toFixed(2)} × plain callbacks (${perSecond(best[0]!, count)} events/s)`
  )
}
