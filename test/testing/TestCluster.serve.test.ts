import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { configMap, configMaps } from "./support/apiserver.js"

interface Got {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  readonly body: string
}

/** One request over a real socket. */
const request = (
  url: string,
  options: Https.RequestOptions & { readonly body?: string } = {}
): Effect.Effect<Got, Error> =>
  Effect.async((resume) => {
    const send = url.startsWith("https") ? Https.request : Http.request
    const { body, ...rest } = options
    const sent = send(url, { agent: false, ...rest }, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (chunk) => text += chunk)
      response.on("end", () =>
        resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, body: text })))
      response.on("error", (error) =>
        resume(Effect.fail(error)))
    })
    sent.on("error", (error) => resume(Effect.fail(error)))
    sent.end(body)
  })

/** A watch over a real socket: its first bytes, and how it ends. */
const open = (url: string) =>
  Effect.async<{ readonly response: Http.IncomingMessage; readonly end: Promise<"clean" | "cut"> }, Error>((resume) => {
    const sent = Http.get(url, { agent: false }, (response) => {
      const end = new Promise<"clean" | "cut">((done) => {
        response.on("end", () => done("clean"))
        response.on("error", () => done("cut"))
      })
      response.resume()
      resume(Effect.succeed({ response, end }))
    })
    sent.on("error", (error) => resume(Effect.fail(error)))
  })

/** Waits for something that happens on another side of a socket. */
const until = (holds: Effect.Effect<boolean>): Effect.Effect<void> =>
  Effect.repeat(Effect.zipRight(Effect.promise(() => new Promise((done) => setImmediate(done))), holds), {
    until: (held) => held
  })

const start = (options: Parameters<typeof TestCluster.serve>[0] = {}) =>
  Effect.gen(function*() {
    const cluster = yield* TestCluster.make()
    const address = yield* Effect.provideService(TestCluster.serve(options), TestCluster.TestCluster, cluster)
    return { cluster, address }
  })

describe("TestCluster.serve", () => {
  it.scopedLive("the same server on a port: what one client writes another one reads", () =>
    Effect.gen(function*() {
      const { address, cluster } = yield* start()
      const made = yield* request(address.url + configMaps(), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...configMap("a"), foo: 1, bar: 2 })
      })
      assert.deepStrictEqual([made.status, made.headers["content-type"], made.headers["warning"]], [
        201,
        "application/json",
        "299 - \"unknown field \\\"foo\\\"\", 299 - \"unknown field \\\"bar\\\"\""
      ])
      assert.isTrue((yield* cluster.objects).some((object) => object.metadata.name === "a"))
      assert.strictEqual((yield* request(`${address.url}/nope`)).body, "404 page not found\n")
    }))

  it.scopedLive("over HTTPS with certificates that its kubeconfig brings", () =>
    Effect.gen(function*() {
      const { address } = yield* start({ https: true, namespace: "kube-system" })
      const config = JSON.parse(address.kubeconfig)
      assert.strictEqual(config.contexts[0].context.namespace, "kube-system")
      const { "certificate-authority-data": data, server } = config.clusters[0].cluster
      const trusted = yield* request(`${server}/readyz`, { ca: Buffer.from(data, "base64") })
      assert.deepStrictEqual([trusted.status, trusted.body], [200, "ok"])
      assert.isTrue(Exit.isFailure(yield* Effect.exit(request(`${server}/readyz`))))
    }))

  it.scopedLive("a watch has its headers at once, and who hangs up ends it", () =>
    Effect.gen(function*() {
      const { address, cluster } = yield* start()
      const watching = yield* open(`${address.url}${configMaps()}?watch=1`)
      assert.strictEqual(watching.response.statusCode, 200)
      assert.strictEqual((yield* cluster.watches).length, 1)
      watching.response.destroy()
      yield* until(Effect.map(cluster.watches, (watches) => watches.length === 0))
    }))

  it.scopedLive("a watch that is cut breaks its socket, one that is ended does not", () =>
    Effect.gen(function*() {
      const { address, cluster } = yield* start()
      const cut = yield* open(`${address.url}${configMaps()}?watch=1`)
      yield* cluster.faults.cutWatches()
      assert.strictEqual(yield* Effect.promise(() => cut.end), "cut")
      const ended = yield* open(`${address.url}${configMaps()}?watch=1`)
      yield* cluster.faults.endWatches()
      assert.strictEqual(yield* Effect.promise(() => ended.end), "clean")
    }))

  it.scopedLive("a body that is too long is refused, however long it is (S56)", () =>
    Effect.gen(function*() {
      const { address } = yield* start()
      const refused = yield* request(address.url + configMaps(), { method: "POST", body: "x".repeat(8_000_000) })
      assert.strictEqual(refused.status, 413)
    }))

  it.scopedLive("a port that is taken is a typed error", () =>
    Effect.gen(function*() {
      const { address } = yield* start()
      const error = yield* Effect.flip(start({ port: address.port }))
      assert.strictEqual(error._tag, "TestClusterServeError")
      assert.include(error.message, `cannot listen at 127.0.0.1:${address.port}`)
    }))

  it.live("closing the Scope closes every connection and frees the port", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { address } = yield* Scope.extend(start(), scope)
      const watching = yield* open(`${address.url}${configMaps()}?watch=1`)
      yield* Scope.close(scope, Exit.void)
      yield* Effect.promise(() => watching.end)
      yield* Effect.async<void>((resume) => {
        const socket = Net.connect(address.port, "127.0.0.1")
        socket.on("error", () => resume(Effect.void))
        socket.on("connect", () => resume(Effect.dieMessage("somebody still listens")))
      })
    }))
})
