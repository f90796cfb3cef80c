/**
 * A server that has as many Pods as it is told, in a thread of its own. It sends lists as kube-apiserver does since 1.33,
 * whole or in pages: it encodes one item after the other, and each is a chunk of the transfer encoding. Its watches are
 * open and say nothing.
 */
import { Worker } from "node:worker_threads"
import { managedPod } from "../objects.js"

/** A Pod as an item of a list, some of it managedFields. */
const { metadata, spec, status } = managedPod(0)
const item = { metadata, spec, status }

export const itemBytes = JSON.stringify(item).length

export interface Server {
  readonly url: string
  readonly stop: () => Promise<unknown>
}

export const serve = (count: number): Promise<Server> => {
  const worker = new Worker(
    `
    const http = require("node:http"), { parentPort, workerData } = require("node:worker_threads")
    const { item, count } = workerData
    const text = (i) => {
      Object.assign(item.metadata, { name: "pod-" + i, uid: "uid-" + i, resourceVersion: String(1000 + i) })
      return JSON.stringify(item)
    }
    const server = http.createServer(async (request, response) => {
      const url = new URL(request.url, "http://x")
      response.setHeader("content-type", "application/json")
      if (url.pathname === "/version") return response.end('{"major":"1","minor":"37"}')
      if (url.searchParams.has("watch")) return response.flushHeaders()
      const from = Number(url.searchParams.get("continue") ?? 0)
      const to = Math.min(count, from + Number(url.searchParams.get("limit") ?? count))
      const next = to < count ? ',"continue":"' + to + '"' : ""
      response.write('{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"99999"' + next + '},"items":[')
      for (let i = from; i < to; i++) {
        response.cork()
        const flows = response.write((i === from ? "" : ",") + text(i), "latin1")
        if (i % 4 === 3) response.uncork()
        if (!flows) {
          while (response.writableCorked > 0) response.uncork()
          await new Promise((resume) => response.once("drain", resume))
        }
      }
      response.end("]}\\n")
    })
    server.keepAliveTimeout = 60000
    server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port))
  `,
    { eval: true, workerData: { item, count } }
  )
  return new Promise((resolve, reject) => {
    worker.once("error", reject)
    worker.once(
      "message",
      (port: number) => resolve({ url: `http://127.0.0.1:${port}`, stop: () => worker.terminate() })
    )
  })
}
