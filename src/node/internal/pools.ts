/**
 * The connections to one cluster: a pool for requests that end, which is bounded, and one for watches and other streams,
 * which is not, so that neither waits for the other. They share neither a connection nor a certificate with any other
 * cluster, and carry nothing to another server than theirs.
 */
import * as Undici from "@effect/platform-node/Undici"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { SecureContext } from "node:tls"
import type { WholeExchange } from "../../client/KubeClient.js"
import { type Connecting, connector } from "./connecting.js"
import { ConnectionPool } from "./connectionPool.js"
import type { Proxy } from "./proxies.js"
import { secureContext, type Tls, type TlsProblem } from "./tlsMaterial.js"
import * as undiciClient from "./undiciClient.js"
import * as wholeExchange from "./wholeExchange.js"

export type { Tls, TlsProblem } from "./tlsMaterial.js"

export interface Pools {
  /** Carries requests that end. */
  readonly requests: HttpClient.HttpClient
  /** The same connections, for requests whose answer is read as a whole. */
  readonly exchange: WholeExchange
  /** Carries watches and other streams. */
  readonly streams: HttpClient.HttpClient
  /**
   * From now on new connections are made with this; what is under way ends on the connection that it has. Material that
   * cannot be used is told in the log and changes nothing: a file may have been read while it was written.
   */
  readonly renew: (tls: Tls) => Effect.Effect<void>
}

export interface Options {
  /** The server's URL; of its path nothing is used. */
  readonly server: URL
  readonly tls: Tls
  readonly proxy?: Proxy | undefined
  /** The bound of the pool for requests. */
  readonly connections: number
  /** Streams share connections by HTTP/2 where the server speaks it. */
  readonly http2?: boolean | undefined
}

/** How long a connection may take with its certificates; the way through a proxy has as long before it. */
const connectMillis = 30_000

/** A connection that nobody uses is kept for so long; kube-apiserver keeps it for 90 s or more. */
const idleMillis = 30_000

/** Of one HTTP/2 connection; what a kube-apiserver allows. */
const streamsPerConnection = 100

/** The bytes of a body come in pieces of this size where they come fast. A list may wait for them a little, a watch does not. */
const pieceBytes = 256 * 1024

/** One set of connections, which live and end together. */
interface Generation {
  readonly requests: ConnectionPool
  readonly streams: ConnectionPool
  readonly connecting: Connecting
}

const generation = (options: Options, tls: Tls, context: SecureContext): Generation => {
  const connecting = connector({ context, tls, proxy: options.proxy, timeoutMillis: connectMillis })
  const { origin } = options.server
  const http2 = options.http2 === true
  const client = { keepAliveTimeout: idleMillis, headersTimeout: 0, bodyTimeout: 0 }
  return {
    requests: new ConnectionPool({
      origin,
      client,
      connect: connecting.connect({ http2: false }),
      bound: options.connections,
      streams: undefined
    }),
    streams: new ConnectionPool({
      origin,
      client,
      connect: connecting.connect({ http2 }),
      bound: Infinity,
      streams: http2 ? streamsPerConnection : undefined
    }),
    connecting
  }
}

/** Ends all of it now. */
const destroy = ({ connecting, requests, streams }: Generation): Effect.Effect<void> =>
  Effect.promise(async () => {
    await Promise.all([requests.destroy(), streams.destroy()])
    await connecting.destroy()
  })

/** Lets what is under way end, and gives what is new to the next one. */
const retire = (before: Generation, next: Generation): Promise<unknown> =>
  Promise.all([before.requests.retire(next.requests), before.streams.retire(next.streams)])

/** A dispatcher that hands each request to the pool of the moment. */
class Current extends Undici.Dispatcher {
  constructor(private readonly pool: () => ConnectionPool) {
    super()
  }
  override dispatch(options: Undici.Dispatcher.DispatchOptions, handler: Undici.Dispatcher.DispatchHandler): boolean {
    return this.pool().dispatch(options, handler)
  }
}

/** Opens the pools of a cluster. When the Scope closes, no connection is left. Fails where the certificates cannot be used. */
export const make = (options: Options): Effect.Effect<Pools, TlsProblem, Scope.Scope> =>
  Effect.gen(function*() {
    const first = yield* secureContext(options.tls)
    const open = new Set<Generation>()
    const begin = (tls: Tls, context: SecureContext): Generation => {
      const made = generation(options, tls, context)
      open.add(made)
      return made
    }
    let current = yield* Effect.acquireRelease(
      Effect.sync(() => begin(options.tls, first)),
      () => Effect.forEach(open, destroy, { concurrency: "unbounded", discard: true })
    )
    const client = (pool: (generation: Generation) => ConnectionPool, millis: number): HttpClient.HttpClient =>
      undiciClient.make(new Current(() => pool(current)), options.server.origin, { bytes: pieceBytes, millis })
    return {
      requests: client(({ requests }) => requests, 5),
      exchange: wholeExchange.make(
        (request, handler) => current.requests.dispatch(request, handler),
        options.server.origin
      ),
      streams: client(({ streams }) => streams, 0),
      renew: (tls) =>
        Effect.matchEffect(secureContext(tls), {
          onFailure: ({ field, problem }) =>
            Effect.logWarning(
              `${options.server.origin}: the ${field} has changed, and the one before is kept: ${problem}`
            ),
          onSuccess: (context) =>
            Effect.sync(() => {
              const before = current
              current = begin(tls, context)
              // Ends on its own, or with the Scope.
              void retire(before, current).then(() => open.delete(before))
            })
        })
    }
  })
