import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Http from "node:http"
import { gzipSync } from "node:zlib"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import { listen } from "./clusters.js"

const configMaps = Api.namespaced(ConfigMap, "default")
const object = (name: string) => ({
  metadata: { name, namespace: "default", uid: name, resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" }
})
const list = {
  apiVersion: "v1",
  kind: "ConfigMapList",
  metadata: { resourceVersion: "7" },
  items: Array.from({ length: 3000 }, (_, index) => object(`c${index}`))
}

/** A server that compresses what it may, and what it was asked to accept. */
const server = (cut = 0) =>
  Effect.gen(function*() {
    const seen: Array<string> = []
    const port = yield* listen(Http.createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://a")
      const accepts = request.headers["accept-encoding"]
      seen.push(`${url.searchParams.get("watch") === "1" ? "watch" : url.pathname.split("/").at(-1)} ${accepts ?? ""}`)
      const text = url.searchParams.get("watch") === "1"
        ? `${JSON.stringify({ type: "ADDED", object: { apiVersion: "v1", kind: "ConfigMap", ...object("a") } })}\n`
        : JSON.stringify(
          url.pathname.endsWith("/configmaps") ? list : { apiVersion: "v1", kind: "ConfigMap", ...object("a") }
        )
      const zipped = accepts === "gzip"
      response.writeHead(200, {
        "content-type": "application/json",
        ...(zipped ? { "content-encoding": "gzip" } : undefined)
      })
      const bytes = zipped ? gzipSync(text) : Buffer.from(text)
      response.end(bytes.subarray(0, bytes.length - cut))
    }))
    const connection: KubeConfig.Connection = {
      server: `http://127.0.0.1:${port}`,
      namespace: "default",
      insecureSkipTlsVerify: false,
      identity: {},
      context: undefined
    }
    return { seen, connection }
  })

const ask = (connection: KubeConfig.Connection, options: NodeKubeClient.Options) =>
  Effect.gen(function*() {
    const client = yield* NodeKubeClient.make(connection, options)
    return yield* Effect.gen(function*() {
      const { items } = yield* configMaps.list()
      const streamed = yield* Stream.runCollect(configMaps.stream())
      yield* configMaps.get("a")
      yield* Stream.runDrain(configMaps.watchOnce("7"))
      return [items.length, Chunk.size(streamed)]
    }).pipe(Effect.provideService(KubeClient.KubeClient, client))
  }).pipe(Effect.provide(NodeContext.layer))

describe("compression", () => {
  it.scopedLive("is asked for lists where it is on, and never of watches (W10)", () =>
    Effect.gen(function*() {
      const { connection, seen } = yield* server()
      assert.deepStrictEqual(yield* ask(connection, { compression: true }), [3000, 3000])
      assert.deepStrictEqual(seen, ["configmaps gzip", "configmaps gzip", "a ", "watch identity"])
    }))

  it.scopedLive("is off by default, and where the kubeconfig says so (C5, W10)", () =>
    Effect.gen(function*() {
      const { connection, seen } = yield* server()
      assert.deepStrictEqual(yield* ask(connection, {}), [3000, 3000])
      assert.deepStrictEqual(
        yield* ask({ ...connection, disableCompression: true }, { compression: true }),
        [3000, 3000]
      )
      assert.deepStrictEqual([...new Set(seen)], ["configmaps ", "a ", "watch identity"])
    }))

  it.scopedLive("an answer that breaks off in the middle is a typed error (C29)", () =>
    Effect.gen(function*() {
      const { connection } = yield* server(200)
      const error = yield* Effect.flip(ask(connection, { compression: true }))
      assert.strictEqual(error._tag, "KubeTransportError")
    }))
})
