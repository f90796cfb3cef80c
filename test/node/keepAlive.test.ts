/** The keepalive of TCP, as it was asked of the system, and on Linux as the system has it. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it, vi } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs"
import * as Net from "node:net"
import * as Api from "../../src/client/Api.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import { cluster, connectProxy, socksProxy } from "./clusters.js"

const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, "0")

/**
 * Seconds until the system asks the other end whether it is there, of each connection to a port of this machine;
 * undefined: it never will. Nothing where the system does not tell: proc(5), /proc/net/tcp.
 */
const probesIn = (port: number): ReadonlyArray<number | undefined> => {
  if (!Fs.existsSync("/proc/net/tcp")) return []
  return Fs.readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1).map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => remote === `0100007F:${hex(port)}` && state === "01")
    .map(([, , , , , timer]) => {
      const [kind, ticks] = (timer ?? "").split(":")
      return kind === "02" ? Number.parseInt(ticks ?? "", 16) / 100 : undefined
    })
}

/** What the program asked of its sockets. */
const asked: Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => vi.spyOn(Net.Socket.prototype, "setKeepAlive")),
    (spy) => Effect.sync(() => spy.mockRestore())
  ),
  (spy) => spy.mock.calls
)

const configMaps = Api.namespaced(ConfigMap, "default")

/** A read and a watch that is open, of a client for this connection; then the connections to that port. */
const judge = (connection: KubeConfig.Connection, port: number) =>
  Effect.gen(function*() {
    const calls = yield* asked
    const client = yield* Effect.provide(NodeKubeClient.make(connection), NodeContext.layer)
    yield* Effect.gen(function*() {
      yield* configMaps.get("a")
      const came = yield* Deferred.make<void>()
      yield* Effect.forkScoped(
        Stream.runForEach(configMaps.watchOnce("1"), () => Deferred.succeed(came, undefined))
      )
      yield* Deferred.await(came)
    }).pipe(Effect.provideService(KubeClient, client))
    const on = calls.filter(([enabled]) => enabled === true)
    assert.isAtLeast(on.length, 2)
    assert.deepStrictEqual(new Set(on.map(([, millis]) => millis)), new Set([30_000]))
    // While something is being sent the system waits for that to arrive, and for nothing else.
    const probes = yield* Effect.repeat(Effect.delay(Effect.sync(() => probesIn(port)), "20 millis"), {
      until: (all) => !all.includes(undefined),
      times: 100
    })
    if (Fs.existsSync("/proc/net/tcp")) assert.strictEqual(probes.length, 2)
    for (const seconds of probes) assert.isTrue(seconds !== undefined && seconds > 20 && seconds <= 30, `${seconds} s`)
  }).pipe(Effect.scoped)

describe("TCP keepalive", () => {
  it.scopedLive("is on for reads and watches, and asks after 30 seconds (W3)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      yield* judge(one.connection, one.port)
    }))

  it.scopedLive("is on for what goes through a proxy as well, on the way to the proxy (W3)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const connect = yield* connectProxy()
      yield* judge({ ...one.connection, proxyUrl: Redacted.make(`http://127.0.0.1:${connect.port}`) }, connect.port)
      const socks = yield* socksProxy()
      yield* judge({ ...one.connection, proxyUrl: Redacted.make(`socks5://127.0.0.1:${socks.port}`) }, socks.port)
    }))
})
