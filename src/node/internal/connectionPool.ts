/**
 * A pool of connections to one server, each of them one undici Client for as long as it is connected.
 *
 * undici's own Pool keeps a Client past its connection, which does harm where streams are given up as a matter of course:
 * after each one that was aborted the Client connects again, only to find that nothing is left to send; and after the
 * GOAWAY of an HTTP/2 server it sends what was under way a second time.
 */
import * as Undici from "@effect/platform-node/Undici"
import type { Socket } from "node:net"

export interface Options {
  readonly origin: string
  readonly client: Undici.Client.Options
  readonly connect: Undici.buildConnector.connector
  /** How many connections there may be. */
  readonly bound: number
  /** How many requests share a connection of HTTP/2; undefined: HTTP/1.1 is spoken. */
  readonly streams: number | undefined
}

/** What undici takes, and whether it is still wanted, for what has no AbortSignal. */
export interface DispatchOptions extends Undici.Dispatcher.DispatchOptions {
  readonly isGivenUp?: (() => boolean) | undefined
}

interface Waiting {
  readonly options: DispatchOptions
  readonly handler: Undici.Dispatcher.DispatchHandler
}

/** How many requests a connection takes; undefined until its protocol is agreed. */
interface Connection {
  readonly client: Undici.Client
  capacity: number | undefined
}

const isHttp2 = (socket: Socket | null): boolean =>
  socket !== null && "alpnProtocol" in socket && socket.alpnProtocol === "h2"

/** Given up while it waited. Begun all the same, it would take its connection with it. */
const isAborted = ({ options }: Waiting): boolean =>
  options.isGivenUp?.() === true ||
  "signal" in options && options.signal instanceof AbortSignal && options.signal.aborted

export class ConnectionPool extends Undici.Dispatcher {
  private readonly all = new Set<Connection>()
  /** Of HTTP/1.1: connected and without a request. The last one used comes first. */
  private readonly idle: Array<Connection> = []
  private waiting: Array<Waiting> = []
  private successor: ConnectionPool | undefined
  private destroyed = false
  private pumping = false
  private empty: (() => void) | undefined

  constructor(private readonly settings: Options) {
    super()
  }

  override dispatch(
    options: DispatchOptions,
    handler: Undici.Dispatcher.DispatchHandler
  ): boolean {
    if (this.successor !== undefined) return this.successor.dispatch(options, handler)
    if (this.destroyed) return this.closed().dispatch(options, handler)
    const connection = this.available()
    if (connection === undefined) this.waiting.push({ options, handler })
    else this.send(connection, { options, handler })
    return true
  }

  /** A connection that takes a request now. */
  private available(): Connection | undefined {
    const { bound, streams } = this.settings
    if (streams !== undefined) return this.shared()
    for (let connection = this.idle.pop(); connection !== undefined; connection = this.idle.pop()) {
      // One that is ending, and has not said so yet, would take the request with it.
      if (connection.client.stats.connected) return connection
      this.drop(connection, null)
    }
    return this.all.size < bound ? this.open() : undefined
  }

  private shared(): Connection | undefined {
    for (const connection of this.all) {
      // Whether it can be shared shows when it is made: so long the others wait, for one is likely to do for all.
      if (connection.capacity === undefined) return undefined
      const { connected, size } = connection.client.stats
      if (connected && size < connection.capacity) return connection
    }
    return this.all.size < this.settings.bound ? this.open() : undefined
  }

  private send(connection: Connection, { handler, options }: Waiting): void {
    connection.client.dispatch(options, handler)
    // Refused before it was sent, for what stands in it: no event follows, and what it was given is free.
    if (connection.client.stats.size === 0) this.release(connection)
  }

  private open(): Connection {
    const { client: options, connect, origin, streams } = this.settings
    const client = new Undici.Client(origin, {
      ...options,
      ...(streams === undefined ? {} : { allowH2: true, pipelining: streams, maxConcurrentStreams: streams }),
      connect: (target, callback) =>
        connect(target, (...result) => {
          const [error, socket] = result
          if (error === null) {
            connection.capacity = isHttp2(socket) ? streams : 1
            // Requests in a row on HTTP/1.1 would wait for the end of a watch.
            if (connection.capacity === 1) client.pipelining = 1
          }
          callback(...result)
        })
    })
    const connection: Connection = { client, capacity: streams === undefined ? 1 : undefined }
    this.all.add(connection)
    client.on("connect", () => this.pump())
    client.on("drain", () => this.release(connection))
    client.on("disconnect", (_, __, error) => this.drop(connection, error))
    client.on("connectionError", (_, __, error) => this.drop(connection, error))
    return connection
  }

  /** Refuses what it is given, in the way that undici has for it. */
  private closed(): Undici.Client {
    const client = new Undici.Client(this.settings.origin)
    void client.destroy()
    return client
  }

  /** A connection is free again. */
  private release(connection: Connection): void {
    if (!this.all.has(connection)) return
    if (this.successor !== undefined || !connection.client.stats.connected) return this.drop(connection, null)
    if (this.settings.streams === undefined && !this.idle.includes(connection)) this.idle.push(connection)
    this.pump()
  }

  /** A connection has ended; what was on it ends with it, and is not sent again. */
  private drop(connection: Connection, error: Error | null): void {
    if (!this.all.delete(connection)) return
    const at = this.idle.indexOf(connection)
    if (at >= 0) this.idle.splice(at, 1)
    void connection.client.destroy(error)
    this.pump()
    if (this.all.size === 0) this.empty?.()
  }

  /** Sends what waits, as far as there are connections. What is refused at once frees its connection in here: one loop sees to all. */
  private pump(): void {
    if (this.pumping) return
    this.pumping = true
    try {
      while (this.waiting.length > 0) {
        const next = this.waiting[0]!
        const given = isAborted(next) ? this.closed() : this.available()
        if (given === undefined) return
        this.waiting.shift()
        if (given instanceof Undici.Client) given.dispatch(next.options, next.handler)
        else this.send(given, next)
      }
    } finally {
      this.pumping = false
    }
  }

  /** From now on the other pool is asked. Resolves when what is under way here has ended. */
  retire(successor: ConnectionPool): Promise<void> {
    this.successor = successor
    const { waiting } = this
    this.waiting = []
    for (const { handler, options } of waiting) successor.dispatch(options, handler)
    for (const connection of this.all) {
      if (connection.client.stats.size === 0) this.drop(connection, null)
      else if (this.settings.streams !== undefined) void connection.client.close().catch(() => undefined)
    }
    return new Promise((resolve) => {
      if (this.all.size === 0) resolve()
      else this.empty = resolve
    })
  }

  /** Ends everything now. */
  override destroy(): Promise<void> {
    this.destroyed = true
    const { waiting } = this
    this.waiting = []
    const ended = Array.from(this.all, ({ client }) => client.destroy())
    for (const { handler, options } of waiting) this.closed().dispatch(options, handler)
    return Promise.all(ended).then(() => undefined)
  }
}
