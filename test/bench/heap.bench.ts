/**
 * The heap that a store of Pods retains for each, from the bytes of a list, against that of the objects that JSON.parse makes of the same
 * items: whole, without managedFields, with equal strings shared, as metadata alone, projected, and as a view. The Pods are those of a hundred
 * Deployments: what a Pod has for itself (uids, addresses, times, the ids of containers) differs, the rest is that of its Deployment.
 *
 * Budgets: whole 1.1 of the parsed objects; 0.7 without managedFields and with strings shared; a view 0.1. And what sharing costs, and that
 * what has come and gone is not kept by the table of strings.
 *
 *     npm run bench -- heap
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { Pod } from "../../src/kinds/core/v1.js"
import * as Resource from "../../src/protocol/Resource.js"
import { SharedStrings } from "../../src/runtime/internal/sharedStrings.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import { managedPod } from "./objects.js"

const count = 3000
const rounds = 2
const deployments = 100

const hex = (i: number, length: number): string =>
  (Math.imul(i + 1, 0x9e37_79b1) >>> 0).toString(16).padStart(8, "0").repeat(8).slice(0, length)

/** An item of a list: the Pod number `i`. */
const item = (i: number): string => {
  const { apiVersion: _, kind: __, ...pod } = managedPod(i)
  const owner = i % deployments
  const second = String(i % 60).padStart(2, "0")
  return JSON.stringify(pod)
    .replaceAll("7c5ddbdf54", hex(owner, 10))
    .replaceAll("registry.example.com/team/", `registry.example.com/team-${owner}/`)
    .replaceAll("9c7fe1c6b6d44bb0a9f2b3f80f3d1a5e7c9b1d3f5a7092b4d6f8091a2b3c4d5e", hex(i, 64))
    .replaceAll("10.2.3.4", `10.2.${i >> 8}.${i & 255}`)
    .replaceAll("kube-api-access-x2x4k", `kube-api-access-${hex(i, 5)}`)
    .replaceAll("2026-11-22T10:00:0", `2026-11-22T10:${second}:0`)
}

const View = Resource.view(
  Pod,
  Schema.Struct({
    spec: Schema.Struct({ nodeName: Schema.optional(Schema.String) }),
    status: Schema.Struct({ phase: Schema.optional(Schema.String) })
  })
)

const encoder = new TextEncoder()
const head = "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":["

/** Made as it is read, so that nothing but the store can keep any of it. */
function* list(): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield encoder.encode(`${i === 0 ? head : ","}${item(i)}`)
  yield encoder.encode("]}\n")
}

const layer = KubeClient.layerTest((request) =>
  Effect.succeed(
    request.info.verb === "watch"
      ? { stream: Stream.never }
      : request.path === "/version"
      ? { body: { major: "1", minor: "37" } }
      : { stream: Stream.rechunk(Stream.fromIterable({ [Symbol.iterator]: list }), 1) }
  )
)

const { gc } = globalThis as { readonly gc?: () => void }
const heap = async (): Promise<number> => {
  for (let i = 0; i < 3; i++) {
    gc?.()
    await new Promise((resume) => setImmediate(resume))
  }
  return process.memoryUsage().heapUsed
}

interface Held {
  readonly what: unknown
  readonly release: () => Promise<unknown>
}

const parsed = (): Promise<Held> => {
  const objects = new Map<string, unknown>()
  for (let i = 0; i < count; i++) {
    const object = JSON.parse(item(i))
    objects.set(`${object.metadata.namespace}/${object.metadata.name}`, object)
  }
  return Promise.resolve({ what: objects, release: () => Promise.resolve() })
}

const store = (
  make: Effect.Effect<{ readonly ready: Effect.Effect<void, unknown> }, never, KubeClient.KubeClient | Scope.Scope>
) =>
(): Promise<Held> =>
  Effect.runPromise(Effect.gen(function*() {
    const scope = yield* Scope.make()
    const what = yield* Effect.provide(Scope.extend(make, scope), layer)
    yield* what.ready
    return { what, release: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
  }))

const pods = Api.all(Pod)
const drop = { managedFields: "drop" } as const
const share = { shareStrings: true } as const
const nodeOf = ({ metadata: { name, namespace, resourceVersion, uid }, spec }: Pod) => ({
  metadata: { name, namespace, resourceVersion, uid, creationTimestamp: "" },
  nodeName: spec.nodeName
})

const contenders: ReadonlyArray<readonly [name: string, make: () => Promise<Held>, budget?: number]> = [
  ["JSON.parse into a Map", parsed],
  ["a store", store(Reflector.make(pods)), 1.1],
  ["a store, managedFields dropped", store(Reflector.make(pods, drop))],
  ["a store, strings shared", store(Reflector.make(pods, share))],
  ["a store, dropped and shared", store(Reflector.make(pods, { ...drop, ...share })), 0.7],
  ["a store of metadataOnly(Pod)", store(Reflector.make(Api.all(Resource.metadataOnly(Pod))))],
  [
    "a store of metadataOnly(Pod), dropped and shared",
    store(Reflector.make(Api.all(Resource.metadataOnly(Pod)), {
      ...drop,
      ...share
    }))
  ],
  ["a store of view(Pod, nodeName and phase)", store(Reflector.make(Api.all(View))), 0.1],
  ["a store with a projection to nodeName", store(Reflector.make(pods, { ...drop, project: nodeOf }))]
]

const median = (values: Array<number>): number => values.sort((a, b) => a - b)[values.length >> 1]!

if (gc === undefined) console.log("without --expose-gc the heap says nothing")

/** In a function of its own: what a round held is gone when the next one begins. */
const retained = async (make: () => Promise<Held>): Promise<number> => {
  const before = await heap()
  const held = await make()
  const bytes = (await heap() - before) / count
  if (held.what === undefined) throw new Error("nothing is held")
  await held.release()
  return bytes
}

const results: Array<number> = []
for (const [name, make, budget] of contenders) {
  const bytes: Array<number> = []
  // The first round compiles.
  await retained(make)
  for (let round = 0; round < rounds; round++) bytes.push(await retained(make))
  results.push(median(bytes))
  const ratio = results[results.length - 1]! / results[0]!
  const verdict = budget === undefined ? "" : `(budget ${budget}: ${ratio <= budget ? "kept" : "MISSED"})`
  console.log(
    `${name.padEnd(50)} ${(results[results.length - 1]! / 1024).toFixed(2).padStart(6)} kB a Pod ${
      ratio.toFixed(3).padStart(7)
    } x ${verdict}`
  )
}

// What sharing costs: each Pod is parsed anew, as it is when it comes.
const texts = Array.from({ length: 1000 }, (_, i) => item(i))
const strings = new SharedStrings()
const many = texts.length
let parsing = Infinity
let sharing = Infinity
for (let round = 0; round < 12; round++) {
  const start = performance.now()
  const objects = texts.map((text): object => JSON.parse(text))
  const between = performance.now()
  strings.share([{ _tag: "InitPage", objects }], count)
  parsing = Math.min(parsing, between - start)
  sharing = Math.min(sharing, performance.now() - between)
}
console.log(
  `\nsharing the strings of a whole Pod takes ${(sharing / many * 1000).toFixed(1)} µs; ` +
    `JSON.parse of it ${(parsing / many * 1000).toFixed(1)} µs`
)

// 600 000 strings that come once, in a store of a thousand objects.
const churned = async (): Promise<string> => {
  const before = await heap()
  const table = new SharedStrings()
  for (let i = 0; i < 200_000; i++) {
    table.share([{ _tag: "Applied", object: { uid: `the uid of ${i}`, a: `a once ${i}`, b: `b once ${i}` } }], 1000)
  }
  const kilobytes = (await heap() - before) / 1024
  return `a store of 1000 objects keeps ${table.size} of them: ${kilobytes.toFixed(0)} kB`
}
texts.length = 0
console.log(`after 600 000 strings that came once, ${await churned()}`)
