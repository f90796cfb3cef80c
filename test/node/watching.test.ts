/**
 * How often a server is asked that closes every watch at once, or is not there: over real sockets, while the pauses of
 * the watcher pass in virtual time.
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Api from "../../src/client/Api.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import { object, until } from "./clusters.js"

/** A server of one ConfigMap that ends every watch at once; it can go and come back on its port. */
class Closing {
  asked: Array<string> = []
  port = 0
  private server: Http.Server | undefined

  readonly start: Effect.Effect<void> = Effect.async((resume) => {
    const server = Http.createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://server")
      const watch = searchParams.get("watch") === "1"
      if (pathname !== "/version") {
        this.asked.push(watch ? "watch" : searchParams.get("limit") === "1" ? "confirm" : "list")
      }
      response.setHeader("content-type", "application/json")
      if (watch) return void response.end()
      const body = pathname === "/version"
        ? { major: "1", minor: "37" }
        : { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: [object("a")] }
      response.end(JSON.stringify(body))
    })
    this.server = server
    server.listen(this.port, "127.0.0.1", () => {
      this.port = (server.address() as AddressInfo).port
      resume(Effect.void)
    })
  })

  readonly stop: Effect.Effect<void> = Effect.async((resume) => {
    this.server?.close(() => resume(Effect.void))
    this.server?.closeAllConnections()
  })
}

const configMaps = Api.namespaced(ConfigMap, "default")

interface Told {
  readonly server: Closing
  /** The pauses that were announced, in milliseconds, and when. */
  readonly pauses: Array<{ readonly at: number; readonly millis: number }>
  readonly events: Array<string>
}

/** Lets virtual time pass, from one thing that waits for it to the next; between them the sockets have all the time that they need. */
const pass = (told: Told, seconds: number): Effect.Effect<void> =>
  Effect.gen(function*() {
    const end = (yield* Clock.currentTimeMillis) + seconds * 1000
    while (true) {
      yield* quiet(told)
      const now = yield* Clock.currentTimeMillis
      const next = Chunk.reduce(yield* TestClock.sleeps(), end, (least, at) => at > now ? Math.min(least, at) : least)
      if (now >= end) return
      yield* TestClock.adjust(Duration.millis(next - now))
    }
  })

/** Until nothing has happened for some turns of the event loop. */
const quiet = (told: Told): Effect.Effect<void> => {
  const count = () => told.server.asked.length + told.events.length
  let still = 0
  let seen = count()
  return until(() => {
    still = seen === count() ? still + 1 : 0
    seen = count()
    return still > 40
  })
}

const watching: Effect.Effect<Told, unknown, Scope.Scope> = Effect.gen(function*() {
  const server = new Closing()
  yield* Effect.acquireRelease(server.start, () => server.stop)
  const told: Told = { server, pauses: [], events: [] }
  const client = yield* NodeKubeClient.make({
    server: `http://127.0.0.1:${server.port}`,
    namespace: "default",
    insecureSkipTlsVerify: false,
    identity: {},
    context: undefined
  }, { environmentProxy: false })
  yield* Effect.forkScoped(
    Stream.runForEach(Watcher.watch(configMaps), (event) =>
      Effect.map(Clock.currentTimeMillis, (at) => {
        told.events.push(event._tag)
        if (event._tag === "Trouble") told.pauses.push({ at, millis: Duration.toMillis(event.retryIn) })
      })).pipe(Effect.provideService(KubeClient, client))
  )
  yield* until(() => told.events.includes("InitDone"))
  return told
}).pipe(Effect.provide(NodeContext.layer))

describe("Watching over sockets", () => {
  it.scoped(
    "a server that ends every watch at once is asked at most 15 times in the first minute (W5, W8, W22)",
    () =>
      Effect.gen(function*() {
        const told = yield* watching
        yield* pass(told, 60)
        const { asked } = told.server
        assert.isAtMost(asked.length, 15, asked.join())
        assert.isAtLeast(asked.filter((what) => what === "watch").length, 4, asked.join())
        assert.isAtLeast(asked.filter((what) => what === "list").length, 2, asked.join())
      }),
    60_000
  )

  it.scoped(
    "one that is down is asked after pauses that grow, with jitter, and all is well within one of its return (W5, W27)",
    () =>
      Effect.gen(function*() {
        const told = yield* watching
        yield* told.server.stop
        yield* pass(told, 100)
        const pauses = told.pauses.map(({ millis }) => millis)
        assert.isAtLeast(pauses.length, 4)
        pauses.forEach((millis, i) => {
          const least = Math.min(30_000, 800 * 2 ** i)
          assert.isTrue(millis >= least && millis <= 2 * least + 1, `pause ${i}: ${millis}`)
        })
        // Jitter: not the bare numbers.
        assert.isAbove(new Set(pauses.map((millis, i) => (millis / Math.min(30_000, 800 * 2 ** i)).toFixed(3))).size, 1)
        const asked = told.server.asked.length
        yield* told.server.start
        const last = told.pauses[told.pauses.length - 1]!
        const now = yield* Clock.currentTimeMillis
        yield* pass(told, Math.max(0, last.at + last.millis - now) / 1000 + 0.2)
        assert.isAbove(told.server.asked.length, asked)
      }),
    60_000
  )
})
