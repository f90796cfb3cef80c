/**
 * What the in-memory API server bears, in this process, without a client in between:
 *
 * - 1 000 watches with selectors while objects are written as fast as it goes: writes a second, and whether each watch
 *   heard every event of its own, in order (budget: 5 000 writes/s, nothing lost);
 * - the same with 1 000 watches of one kind that hear everything (reported);
 * - 100 000 ConfigMaps: created, listed in pages of 500, deleted by collection; memory per object.
 *
 *     npm run bench -- load
 *     npm run bench -- load --objects=20000 --watches=200
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { parseArgs } from "node:util"
import * as TestCluster from "../../src/testing/TestCluster.js"

const { values: options } = parseArgs({
  strict: false,
  options: { watches: { type: "string" }, writes: { type: "string" }, objects: { type: "string" } }
})
const watches = Number(options.watches ?? 1000)
const writes = Number(options.writes ?? 20_000)
const objects = Number(options.objects ?? 100_000)
const budget = 5000

const configMaps = "/api/v1/namespaces/default/configmaps"
const encoder = new TextEncoder()
const collect = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const send = (cluster: TestCluster.Service, method: string, url: string, body?: unknown) =>
  cluster.handle({
    method,
    url,
    headers: { "content-type": "application/json", "user-agent": "bench" },
    body: body === undefined ? new Uint8Array() : encoder.encode(JSON.stringify(body))
  })

/** Opens a watch; answers the names and versions of the events that have come. */
const listen = (cluster: TestCluster.Service, url: string) =>
  Effect.gen(function*() {
    const heard: Array<{ readonly name: string; readonly version: number }> = []
    const answer = yield* cluster.handle({ method: "GET", url, headers: {}, body: new Uint8Array() })
    if (typeof answer.body === "string") throw new Error(answer.body)
    // The server hands each event over as one piece; whoever reads it here costs as little as can be.
    const decoder = new TextDecoder()
    const pull = yield* Stream.toPull(answer.body)
    const read = Effect.map(pull, (pieces) => {
      for (const piece of pieces) {
        const { object: { metadata } } = JSON.parse(decoder.decode(piece))
        heard.push({ name: metadata.name, version: Number(metadata.resourceVersion) })
      }
    })
    yield* Effect.forkScoped(Effect.ignore(Effect.forever(read)))
    return heard
  })

/** Writes as fast as it goes while watches listen; each write belongs to the group of its number. */
const crowd = (selective: boolean, count: number) =>
  Effect.scoped(Effect.gen(function*() {
    const cluster = yield* TestCluster.make({ randomSeed: 1, history: 2 * count })
    const all = yield* Effect.forEach(
      Array.from({ length: watches }, (_, index) => index),
      (index) => listen(cluster, `${configMaps}?watch=1${selective ? `&labelSelector=group%3Dg${index}` : ""}`)
    )
    const start = performance.now()
    for (let i = 0; i < count; i++) {
      const answer = yield* send(cluster, "POST", configMaps, {
        metadata: { name: `c${i}`, labels: { group: `g${i % watches}` } }
      })
      if (answer.status !== 201) throw new Error(String(answer.body))
      // Whoever waits for an event gets a turn, as between the requests of a socket.
      if (i % 64 === 63) yield* Effect.yieldNow()
    }
    const seconds = (performance.now() - start) / 1000
    const expected = selective ? count / watches : count
    yield* Effect.sleep("1 millis").pipe(Effect.repeat({ until: () => all.every((heard) => heard.length >= expected) }))
    const told = (performance.now() - start) / 1000
    for (const [index, heard] of all.entries()) {
      const ordered = heard.every(({ version }, at) => at === 0 || version > heard[at - 1]!.version)
      if (heard.length !== expected || !ordered) throw new Error(`watch ${index}: ${heard.length} of ${expected}`)
    }
    return { perSecond: count / seconds, told }
  }))

/** Many objects: created, listed in pages, deleted by one request. */
const many = Effect.scoped(Effect.gen(function*() {
  const cluster = yield* TestCluster.make({ randomSeed: 1, history: 1000 })
  const before = collect()
  const timed = <A>(work: Effect.Effect<A, unknown>) =>
    Effect.gen(function*() {
      const start = performance.now()
      yield* work
      return performance.now() - start
    })
  const created = yield* timed(Effect.forEach(
    Array.from({ length: objects }, (_, index) => index),
    (index) => send(cluster, "POST", configMaps, { metadata: { name: `c${index}` }, data: { key: `value ${index}` } }),
    { discard: true }
  ))
  const kept = (collect() - before) / objects
  let listed = 0
  const paged = yield* timed(Effect.gen(function*() {
    let token = ""
    do {
      const answer = yield* send(cluster, "GET", `${configMaps}?limit=500&continue=${token}`)
      const list = JSON.parse(String(answer.body))
      listed += list.items.length
      token = list.metadata.continue ?? ""
    } while (token !== "")
  }))
  if (listed !== objects) throw new Error(`${listed} listed`)
  const deleted = yield* timed(send(cluster, "DELETE", configMaps))
  if ((yield* cluster.objects).some(({ kind }) => kind === "ConfigMap")) throw new Error("some are left")
  return { created, kept, paged, deleted }
}))

const selective = await Effect.runPromise(crowd(true, writes))
console.log(
  `${watches} watches with selectors, ${writes} writes: ${
    selective.perSecond.toFixed(0)
  } writes/s (budget ${budget}: ` +
    `${selective.perSecond >= budget ? "kept" : "MISSED"}); all told in order after ${selective.told.toFixed(2)} s`
)
const plain = await Effect.runPromise(crowd(false, 1000))
console.log(
  `${watches} watches of one kind that hear everything, 1000 writes: ${plain.perSecond.toFixed(0)} writes/s, ` +
    `${(1000 * watches / plain.told / 1000).toFixed(0)} thousand events/s read`
)
const { created, deleted, kept, paged } = await Effect.runPromise(many)
console.log(
  `${objects} ConfigMaps: created in ${(created / 1000).toFixed(1)} s, listed in pages in ${
    (paged / 1000).toFixed(1)
  } s, ` +
    `deleted by collection in ${(deleted / 1000).toFixed(1)} s; ${kept.toFixed(0)} bytes kept for each`
)
