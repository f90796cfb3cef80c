/** A way to a server through a proxy: HTTP's CONNECT, or SOCKS5 (RFC 1928, RFC 1929) with names resolved by the proxy. */
import type * as Undici from "@effect/platform-node/Undici"
import * as Redacted from "effect/Redacted"
import * as Http from "node:http"
import * as Net from "node:net"
import type { Proxy } from "./proxies.js"

/** A server as a proxy is told of it. */
export interface Destination {
  readonly host: string
  readonly port: number
}

export interface Tunneling {
  readonly proxy: Proxy
  /** Connects to the proxy. */
  readonly reach: Undici.buildConnector.connector
  /** Told of each socket at once, so that it can be ended before it is connected. */
  readonly keep: (socket: Net.Socket) => void
  readonly timeoutMillis: number
}

/** A proxy said no, or nonsense. `code` is what the client tells the kinds of failure by. */
class ProxyError extends Error {
  readonly code = "ERR_PROXY_TUNNEL"
}

const authority = ({ host, port }: Destination): string => `${Net.isIPv6(host) ? `[${host}]` : host}:${port}`

/** The `Proxy-Authorization` header, where the proxy's URL names somebody. */
export const authorization = ({ login }: Proxy): { readonly "proxy-authorization"?: string } =>
  login === undefined ? {} : {
    "proxy-authorization": `Basic ${
      Buffer.from(`${login.username}:${Redacted.value(login.password)}`).toString("base64")
    }`
  }

const advice: { readonly [status: number]: string } = {
  403: "it does not allow this destination",
  407: "it wants a user name and a password in its URL, or does not accept those that are there"
}

/** What an answer other than 2xx of a proxy means. */
export const refusal = (proxy: Proxy, status: number, to: string): Error =>
  new ProxyError(
    `proxy ${proxy.name}: answered ${status} to ${to}${advice[status] === undefined ? "" : `: ${advice[status]}`}`
  )

const connectThrough = (proxy: Proxy, socket: Net.Socket, to: Destination): Promise<Net.Socket> =>
  new Promise((resolve, reject) => {
    const target = authority(to)
    const request = Http.request({
      method: "CONNECT",
      path: target,
      headers: { host: target, ...authorization(proxy) },
      // Without an agent, or it would be asked for a connection instead.
      createConnection: () => socket
    })
    request.on("connect", (response, way: Net.Socket, head) => {
      const status = response.statusCode ?? 0
      if (status < 200 || status > 299) return reject(refusal(proxy, status, `CONNECT ${target}`))
      // A server does not speak first over TLS or HTTP; but what it said is not lost.
      if (head.length > 0) way.unshift(head)
      resolve(way)
    })
    request.on("response", (response) => reject(refusal(proxy, response.statusCode ?? 0, `CONNECT ${target}`)))
    request.on("error", (cause) => reject(new ProxyError(`proxy ${proxy.name}: ${cause.message}`)))
    request.end()
  })

/** Exactly so many bytes of a socket. */
const take = (socket: Net.Socket, count: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const done = (): void => {
      socket.off("readable", read).off("end", ended).off("error", reject).off("close", ended)
    }
    const ended = (): void => {
      done()
      reject(new Error("closed the connection"))
    }
    const read = (): void => {
      const bytes: Buffer | null = socket.read(count)
      if (bytes === null) return
      done()
      if (bytes.length === count) resolve(bytes)
      else reject(new Error("closed the connection"))
    }
    socket.on("readable", read).on("end", ended).on("error", reject).on("close", ended)
    read()
  })

const socksReplies = [
  "succeeded",
  "general failure",
  "not allowed by its rules",
  "network unreachable",
  "host unreachable",
  "connection refused",
  "time to live exceeded",
  "command not supported",
  "address type not supported"
]

const sized = (text: string, what: string): Buffer => {
  const bytes = Buffer.from(text)
  if (bytes.length > 255) throw new Error(`the ${what} is longer than 255 bytes`)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

const addressOf = (host: string): Buffer => {
  if (Net.isIPv4(host)) return Buffer.of(1, ...host.split(".").map(Number))
  return Buffer.concat([Buffer.of(3), sized(host, "name of the server")])
}

const socksThrough = async ({ login }: Proxy, socket: Net.Socket, { host, port }: Destination): Promise<Net.Socket> => {
  const methods = login === undefined ? [0] : [0, 2]
  socket.write(Buffer.of(5, methods.length, ...methods))
  const [version, method] = await take(socket, 2)
  if (version !== 5) throw new Error("does not speak SOCKS5")
  if (method === 2 && login !== undefined) {
    socket.write(Buffer.concat([
      Buffer.of(1),
      sized(login.username, "user name"),
      sized(Redacted.value(login.password), "password")
    ]))
    const [, refused] = await take(socket, 2)
    if (refused !== 0) throw new Error("does not accept the user name and password in its URL")
  } else if (method !== 0) {
    throw new Error(
      login === undefined ? "wants a user name and a password in its URL" : "accepts no user and password"
    )
  }
  socket.write(Buffer.concat([Buffer.of(5, 1, 0), addressOf(host), Buffer.of(port >> 8, port & 255)]))
  const [, reply, , kind] = await take(socket, 4)
  if (reply !== 0) {
    throw new Error(`could not reach ${authority({ host, port })}: ${socksReplies[reply!] ?? `reply ${reply}`}`)
  }
  // The address that it is bound to says nothing to us.
  const length = kind === 1 ? 4 : kind === 4 ? 16 : (await take(socket, 1))[0]!
  await take(socket, length + 2)
  return socket
}

/** Opens a way to a server, within the limit as a whole; where that fails no socket is left. */
export const tunnel = ({ keep, proxy, reach, timeoutMillis }: Tunneling, to: Destination): Promise<Net.Socket> => {
  let socket: Net.Socket | undefined
  let timer: NodeJS.Timeout | undefined
  const named = (cause: unknown): Error =>
    cause instanceof ProxyError
      ? cause
      : new ProxyError(`proxy ${proxy.name}: ${cause instanceof Error ? cause.message : String(cause)}`)
  return new Promise<Net.Socket>((resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no way to ${authority(to)} within ${timeoutMillis / 1000} s`)),
      timeoutMillis
    )
    const made: unknown = reach(
      {
        hostname: proxy.host,
        host: proxy.host,
        port: String(proxy.port),
        protocol: proxy.scheme === "https" ? "https:" : "http:"
      },
      (error, connected) => {
        if (error !== null) return reject(error)
        socket = connected
        // Stays on: until somebody else listens, an error must not end the process.
        socket.on("error", reject)
        const way = proxy.scheme === "socks5" ? socksThrough(proxy, socket, to) : connectThrough(proxy, socket, to)
        way.then(resolve, reject)
      }
    )
    if (made instanceof Net.Socket) {
      socket = made
      keep(made)
    }
  }).catch((cause: unknown) => {
    socket?.destroy()
    throw named(cause)
  }).finally(() => clearTimeout(timer))
}
