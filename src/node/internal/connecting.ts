/** One connection after another: to the server itself or through a proxy, then TLS. What fails says what to do. */
import * as Undici from "@effect/platform-node/Undici"
import * as Redacted from "effect/Redacted"
import * as Net from "node:net"
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls"
import type { Proxy } from "./proxies.js"
import { bundle, type Tls } from "./tlsMaterial.js"
import { explain } from "./tlsProblems.js"
import { tunnel } from "./tunnels.js"

/** TCP keepalive, so that a watch on a dead connection is noticed: contract C22. */
const keepAlive = { keepAlive: true, keepAliveInitialDelay: 30_000 } as const

export interface Connecting {
  /** Makes connections: the way through a proxy, and the server behind it, each within the limit. */
  readonly connect: (options: { readonly http2: boolean }) => Undici.buildConnector.connector
  /** Ends those that are still being made, and all else that is left. */
  readonly destroy: () => Promise<void>
}

export interface Options {
  readonly context: SecureContext
  readonly tls: Tls
  readonly proxy: Proxy | undefined
  readonly timeoutMillis: number
}

type Target = Undici.buildConnector.Options

const numbered = (target: Target): number =>
  target.port === "" ? (target.protocol === "https:" ? 443 : 80) : Number(target.port)

/** The authorities of the cluster are trusted for its proxy too, as Go does it, and beside them the system's. */
const proxyContext = (tls: Tls): SecureContext =>
  createSecureContext({
    ...(tls.ca === undefined ? undefined : { ca: [bundle(tls.ca), ...rootCertificates] }),
    ...(tls.certificate === undefined || tls.key === undefined
      ? undefined
      : { cert: tls.certificate, key: Redacted.value(tls.key) })
  })

export const connector = ({ context, proxy, timeoutMillis, tls }: Options): Connecting => {
  const sockets = new Set<Net.Socket>()
  const keep = (socket: Net.Socket): void => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  }

  const toProxy = (through: Proxy): Undici.buildConnector.connector =>
    Undici.buildConnector({
      ...keepAlive,
      timeout: timeoutMillis,
      rejectUnauthorized: !tls.insecure,
      ...(through.scheme === "https" ? { secureContext: proxyContext(tls) } : undefined)
    })

  const connect = ({ http2 }: { readonly http2: boolean }): Undici.buildConnector.connector => {
    const base = Undici.buildConnector({
      ...keepAlive,
      timeout: timeoutMillis,
      allowH2: http2,
      secureContext: context,
      rejectUnauthorized: !tls.insecure
    })
    /** To the server: over a way that is there, or a new one. */
    const direct = (target: Target, way: Net.Socket | undefined, callback: Undici.buildConnector.Callback): void => {
      const servername = tls.servername ?? target.servername
      const made: unknown = base(
        {
          ...target,
          ...(servername === undefined ? undefined : { servername }),
          ...(way === undefined ? undefined : { httpSocket: way })
        },
        (error, socket) => {
          if (error === null) callback(null, socket)
          else callback(explain(error, target, tls), null)
        }
      )
      if (made instanceof Net.Socket) keep(made)
    }
    if (proxy === undefined) return (target, callback) => direct(target, undefined, callback)
    const reach = toProxy(proxy)
    return (target, callback) => {
      const to = { host: target.hostname, port: numbered(target) }
      void tunnel({ proxy, reach, keep, timeoutMillis }, to).then(
        (way) => target.protocol === "https:" ? direct(target, way, callback) : callback(null, way),
        (error: Error) => callback(error, null)
      )
    }
  }

  return {
    connect,
    destroy: () =>
      Promise.all(
        Array.from(sockets, (socket) =>
          new Promise<void>((resolve) => {
            socket.once("close", () => resolve())
            socket.destroy()
          }))
      ).then(() => undefined)
  }
}
