/**
 * A proxy between a client and a real server that breaks connections: it resets them, ends them in the middle, lets
 * them fall silent with both ends open, or refuses new ones. It passes bytes on and reads none of them, so TLS goes
 * through it, and a cut falls anywhere in a line, in a chunk or in a record.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Net from "node:net"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import { listen } from "../node/clusters.js"

/** `reset`: RST. `end`: FIN, as of a proxy that restarts. `half`: after some more bytes to the client, RST. `freeze`: nothing comes any more. */
export type Cut = "reset" | "end" | "half" | "freeze"

export interface CuttingProxy {
  /** The way to the server through this proxy. */
  readonly connection: KubeConfig.Connection
  /** How many connections are open through it. */
  readonly open: () => number
  /** How many there have been. */
  readonly opened: () => number
  /** Breaks connections that are open now: those that the test chooses. Answers how many. */
  readonly cut: (how: Cut, choose?: () => boolean) => number
  /** Whether new connections are reset at once. */
  readonly refuse: (refused: boolean) => void
}

class Way {
  /** Bytes that the client still gets before the connection is reset; undefined: all. */
  private left: number | undefined
  private frozen = false
  readonly toServer: Net.Socket

  constructor(private readonly socket: Net.Socket, hostname: string, port: number, closed: (way: Way) => void) {
    this.toServer = Net.connect(port, hostname)
    this.toServer.on("data", (bytes) => this.pass(bytes))
    socket.on("data", (bytes) => {
      if (!this.toServer.write(bytes)) socket.pause()
    })
    socket.on("drain", () => this.frozen || this.toServer.resume())
    this.toServer.on("drain", () => this.frozen || socket.resume())
    for (const [one, other] of [[socket, this.toServer], [this.toServer, socket]] as const) {
      one.on("error", () => {}).on("close", () => {
        closed(this)
        other.destroy()
      })
    }
  }

  private pass(bytes: Buffer): void {
    if (this.left !== undefined && bytes.length >= this.left) {
      this.socket.write(bytes.subarray(0, this.left), () => this.socket.resetAndDestroy())
      this.toServer.pause()
      return
    }
    if (this.left !== undefined) this.left -= bytes.length
    if (!this.socket.write(bytes)) this.toServer.pause()
  }

  cut(how: Cut): void {
    switch (how) {
      case "reset":
        return void this.socket.resetAndDestroy()
      case "end":
        return void this.socket.destroy()
      case "half":
        this.left ??= 700
        return
      case "freeze":
        this.frozen = true
        this.socket.pause()
        this.toServer.pause()
    }
  }
}

/** Opens a proxy to the server of a connection. When the Scope closes, nothing of it is left. */
export const open = (to: KubeConfig.Connection): Effect.Effect<CuttingProxy, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { hostname, port } = new URL(to.server)
    const ways = new Set<Way>()
    let opened = 0
    let refused = false
    const server = Net.createServer((socket) => {
      if (refused) {
        socket.on("error", () => {})
        return void socket.resetAndDestroy()
      }
      opened++
      ways.add(new Way(socket, hostname, Number(port), (way) => ways.delete(way)))
    })
    const own = yield* listen(server)
    // A frozen connection does not notice that its client has gone.
    yield* Effect.addFinalizer(() => Effect.sync(() => ways.forEach((way) => way.toServer.destroy())))
    return {
      connection: { ...to, server: `https://127.0.0.1:${own}` },
      open: () => ways.size,
      opened: () => opened,
      cut: (how, choose = () => true) => {
        const chosen = [...ways].filter(choose)
        for (const way of chosen) way.cut(how)
        return chosen.length
      },
      refuse: (yes) => {
        refused = yes
      }
    }
  })

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export const seeded = (seed: number): () => number => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
