/**
 * A first list of 10 000 Pods (10 kB each, half of it managedFields) over HTTP into a store, streamed and paged, against
 * the raw way: pages of 500 one after the other, JSON.parse, Map.set. How long it takes, and the longest time for which
 * the event loop was held. Budgets: at most 1.0 × the time, at most 0.5 × the longest block.
 *
 *     npm run bench -- list
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import { Worker } from "node:worker_threads"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { Pod } from "../../src/kinds/core/v1.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import { pod } from "./pod.js"

const count = 10_000
const pageSize = 500

const managedFields = Array.from({ length: 2 }, (_, i) => ({
  manager: i === 0 ? "kube-controller-manager" : "kubelet",
  operation: "Update",
  apiVersion: "v1",
  time: "2026-01-02T03:04:05Z",
  fieldsType: "FieldsV1",
  fieldsV1: {
    "f:spec": Object.fromEntries(
      Array.from(
        { length: 34 },
        (_, field) => [`f:someFieldOfThePod${field}`, { "k:{\"name\":\"x\"}": { ".": {}, "f:name": {} } }]
      )
    )
  }
}))
const template = pod(0)
const item = JSON.stringify({
  ...template,
  apiVersion: undefined,
  kind: undefined,
  metadata: { ...template.metadata, name: "NAME", uid: "uid-NAME", resourceVersion: "VERSION", managedFields }
})

/** The server has a thread, and so an event loop, of its own. It sends a list as it makes it, as servers since 1.33 do. */
const serve = (): Promise<{ readonly url: string; readonly stop: () => Promise<unknown> }> => {
  const worker = new Worker(
    `
    const http = require("node:http"), { parentPort, workerData } = require("node:worker_threads")
    const { item, count } = workerData
    const text = (i) => item.replaceAll("NAME", "pod-" + i).replace("VERSION", String(1000 + i))
    const server = http.createServer(async (request, response) => {
      const url = new URL(request.url, "http://x")
      response.setHeader("content-type", "application/json")
      if (url.pathname === "/version") return response.end('{"major":"1","minor":"37"}')
      if (url.searchParams.has("watch")) return response.flushHeaders()
      const from = Number(url.searchParams.get("continue") ?? 0)
      const to = Math.min(count, from + Number(url.searchParams.get("limit") ?? count))
      const next = to < count ? ',"continue":"' + to + '"' : ""
      let buffer = '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"99999"' + next + '},"items":['
      for (let i = from; i < to; i++) {
        buffer += (i === from ? "" : ",") + text(i)
        if (buffer.length > 32768) {
          if (!response.write(buffer)) await new Promise((resume) => response.once("drain", resume))
          buffer = ""
        }
      }
      response.end(buffer + "]}\\n")
    })
    server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port))
  `,
    { eval: true, workerData: { item, count } }
  )
  return new Promise((resolve) =>
    worker.once(
      "message",
      (port: number) => resolve({ url: `http://127.0.0.1:${port}`, stop: () => worker.terminate() })
    )
  )
}

const server = await serve()
const agent = new Undici.Agent()

const raw = async (): Promise<number> => {
  const objects = new Map<string, unknown>()
  let token: string | undefined = ""
  while (token !== undefined) {
    const { body } = await agent.request({
      origin: server.url,
      method: "GET",
      path: `/api/v1/pods?limit=${pageSize}${token === "" ? "" : `&continue=${token}`}`
    })
    const list = JSON.parse(await body.text())
    for (const object of list.items) objects.set(`${object.metadata.namespace}/${object.metadata.name}`, object)
    token = list.metadata.continue
  }
  return objects.size
}

const ours = (initialList: "auto" | "paged") => (): Promise<number> =>
  Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const httpClient = NodeHttpClient.makeUndici(agent)
    const client = KubeClient.make({ server: server.url, httpClient })
    const store = yield* Effect.provideService(
      Reflector.make(Api.all(Pod), { initialList, pageSize }),
      KubeClient.KubeClient,
      client
    )
    yield* store.ready
    return yield* store.size
  })))

/** Milliseconds, and the longest time between two turns of the event loop. */
const measure = async (run: () => Promise<number>): Promise<readonly [millis: number, block: number]> => {
  globalThis.gc?.()
  let block = 0
  let last = performance.now()
  let running = true
  const turn = () => {
    const now = performance.now()
    block = Math.max(block, now - last)
    last = now
    if (running) setImmediate(turn)
  }
  setImmediate(turn)
  const start = performance.now()
  const size = await run()
  running = false
  if (size !== count) throw new Error(`${size} objects`)
  return [performance.now() - start, block]
}

const median = (values: ReadonlyArray<number>): number => [...values].sort((a, b) => a - b)[values.length >> 1]!
const runs = { "raw pages": raw, streamed: ours("auto"), paged: ours("paged") }
const results = Object.fromEntries(
  Object.keys(runs).map((name) => [name, { millis: new Array<number>(), blocks: new Array<number>() }])
)
for (let round = 0; round < 6; round++) {
  for (const [name, run] of Object.entries(runs)) {
    const [millis, block] = await measure(run)
    if (round === 0) continue
    results[name]!.millis.push(millis)
    results[name]!.blocks.push(block)
  }
}
const base = results["raw pages"]!
/** The budgets are for the way that is chosen by itself; pages are for old servers. */
const verdict = (name: string, ratio: number, budget: number) =>
  `${ratio.toFixed(2)} × raw${name === "streamed" ? ` (budget ${budget}: ${ratio <= budget ? "kept" : "MISSED"})` : ""}`
console.log(`${count} Pods of ${item.length} bytes`)
for (const [name, { blocks, millis }] of Object.entries(results)) {
  const time = verdict(name, median(millis) / median(base.millis), 1)
  const block = verdict(name, median(blocks) / median(base.blocks), 0.5)
  console.log(
    `${name.padEnd(12)} ${median(millis).toFixed(0)} ms: ${time}; longest block ${
      median(blocks).toFixed(1)
    } ms: ${block}`
  )
}
await agent.close()
await server.stop()
