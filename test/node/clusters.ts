/** Servers for tests of connections: HTTPS clusters with authorities of their own, and proxies. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import type { TLSSocket } from "node:tls"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import * as certificates from "../../src/testing/internal/certificates.js"

export interface Seen {
  readonly path: string
  readonly token: string | undefined
  /** The common name of the client's certificate. */
  readonly client: string | undefined
  /** Which of the connections, from 1. */
  readonly connection: number
  readonly encoding: string | undefined
  readonly agent: string | undefined
}

export interface Cluster {
  readonly connection: KubeConfig.Connection
  readonly authority: certificates.Authority
  readonly port: number
  readonly seen: Array<Seen>
  /** Sockets that are open now. */
  readonly open: Set<Net.Socket>
  /** How many connections there have been. */
  readonly connections: () => number
}

export const object = (name: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", uid: "u", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" }
})

/** Listens on a free port of this machine until the Scope closes; the port. */
export const listen = (server: Net.Server, host = "127.0.0.1"): Effect.Effect<number, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      const sockets = new Set<Net.Socket>()
      server.on("connection", (socket) => {
        sockets.add(socket)
        socket.on("close", () => sockets.delete(socket))
      })
      server.on("end-all", () => {
        for (const socket of sockets) socket.destroy()
      })
      server.listen(0, host, () => resume(Effect.succeed((server.address() as Net.AddressInfo).port)))
    }),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.emit("end-all")
      })
  )

export interface ClusterOptions {
  /** Default: of this machine's address. */
  readonly serving?: Partial<certificates.Subject> | undefined
  /** Answers instead of the cluster; true: it has. */
  readonly answer?: ((request: Http.IncomingMessage, response: Http.ServerResponse) => boolean) | undefined
}

/**
 * A cluster of its own authority, which asks for a client certificate. Watches send one event and go on; what is called
 * "slow" never answers, and what is called "unread" answers with more than a socket holds.
 */
export const cluster = (name: string, options: ClusterOptions = {}): Effect.Effect<Cluster, never, Scope.Scope> =>
  Effect.gen(function*() {
    const authority = yield* certificates.makeAuthority(`authority of ${name}`)
    const serving = yield* authority.issue({
      commonName: "server",
      usage: "server",
      addresses: ["127.0.0.1"],
      ...options.serving
    })
    const client = yield* authority.issue({ commonName: `user-of-${name}`, usage: "client" })
    const seen: Array<Seen> = []
    const open = new Set<Net.Socket>()
    let connections = 0
    const numbers = new WeakMap<Net.Socket, number>()
    const https = Https.createServer({
      cert: serving.certificate,
      key: serving.key,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true
    }, (request, response) => {
      const certificate = (request.socket as TLSSocket).getPeerCertificate()
      seen.push({
        path: request.url ?? "",
        token: request.headers.authorization,
        client: certificate.subject.CN as string | undefined,
        connection: numbers.get(request.socket) ?? 0,
        encoding: request.headers["accept-encoding"]?.toString(),
        agent: request.headers["user-agent"]
      })
      response.setHeader("content-type", "application/json")
      if (options.answer?.(request, response) === true) return
      if (request.url?.includes("watch=1")) {
        response.write(`${JSON.stringify({ type: "ADDED", object: object("a") })}\n`)
      } else if (request.url?.includes("unread")) response.end("x".repeat(1_000_000))
      else if (!request.url?.includes("slow")) response.end(JSON.stringify(object(name)))
    })
    https.on("secureConnection", (socket: TLSSocket) => {
      connections++
      numbers.set(socket, connections)
      open.add(socket)
      socket.on("close", () => open.delete(socket))
    })
    const port = yield* listen(https)
    return {
      connection: {
        server: `https://127.0.0.1:${port}`,
        namespace: "default",
        certificateAuthority: authority.certificate,
        insecureSkipTlsVerify: false,
        identity: {
          token: Redacted.make(`token-of-${name}`),
          certificate: { certificate: client.certificate, key: Redacted.make(client.key) }
        },
        context: name
      },
      authority,
      port,
      seen,
      open,
      connections: () => connections
    }
  })

/** Waits until the server's side has noticed too; the sockets are real, so this takes turns of the event loop. */
export const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() =>
    condition() ? Effect.void : Effect.flatMap(
      Effect.async<void>((resume) => {
        setImmediate(() => resume(Effect.void))
      }),
      () => until(condition)
    )
  )

export interface ConnectProxy {
  readonly port: number
  /** What it was asked, in order. */
  readonly asked: Array<{ readonly target: string; readonly authorization: string | undefined }>
  /** Ways that are open now. */
  readonly open: Set<Net.Socket>
}

/** A proxy that knows CONNECT, and absolute URLs of http. Refuses who does not show `authorization`. */
export const connectProxy = (options: {
  readonly authorization?: string | undefined
  readonly tls?: certificates.KeyPair | undefined
  /** Accepts a CONNECT and never answers it. */
  readonly silent?: boolean | undefined
} = {}): Effect.Effect<ConnectProxy, never, Scope.Scope> =>
  Effect.gen(function*() {
    const asked: ConnectProxy["asked"] = []
    const open = new Set<Net.Socket>()
    const refused = (request: Http.IncomingMessage, target: string): boolean => {
      const authorization = request.headers["proxy-authorization"]
      asked.push({ target, authorization })
      return options.authorization !== undefined && authorization !== options.authorization
    }
    const server = options.tls === undefined
      ? Http.createServer()
      : Https.createServer({ cert: options.tls.certificate, key: options.tls.key })
    server.on("request", (request: Http.IncomingMessage, response: Http.ServerResponse) => {
      if (refused(request, request.url ?? "")) return void response.writeHead(407).end()
      request.pipe(
        Http.request(request.url ?? "", { method: request.method, headers: request.headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 0, answer.headers)
          answer.pipe(response)
        })
      )
    })
    server.on("connect", (request: Http.IncomingMessage, socket: Net.Socket, head: Buffer) => {
      socket.on("error", () => {})
      if (refused(request, request.url ?? "")) {
        return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
      }
      if (options.silent === true) return
      const { hostname, port } = new URL(`http://${request.url}`)
      // Whatever name was asked for: all the tests' clusters are on this machine.
      const way = Net.connect(Number(port), hostname.endsWith(".test") ? "127.0.0.1" : hostname, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
        way.write(head)
        way.pipe(socket).pipe(way)
      })
      open.add(way)
      way.on("close", () => {
        open.delete(way)
        socket.destroy()
      })
      way.on("error", () => socket.destroy())
      socket.on("close", () => way.destroy())
    })
    return { port: yield* listen(server), asked, open }
  })

export interface SocksProxy {
  readonly port: number
  /** Whom it was asked to reach, and by whom. */
  readonly asked: Array<{ readonly target: string; readonly login: string | undefined }>
}

/** A SOCKS5 proxy (RFC 1928) that takes what comes a byte at a time, and asks for a login where one is given. */
export const socksProxy = (login?: string): Effect.Effect<SocksProxy, never, Scope.Scope> =>
  Effect.gen(function*() {
    const asked: SocksProxy["asked"] = []
    const server = Net.createServer((socket) => {
      let shown: string | undefined
      let bytes = Buffer.alloc(0)
      const steps: Record<string, () => string | undefined> = {
        methods: () => {
          if (bytes.length < 2 || bytes.length < 2 + bytes[1]!) return undefined
          const offered = bytes.subarray(2, 2 + bytes[1]!)
          bytes = bytes.subarray(2 + bytes[1]!)
          const wanted = login === undefined ? 0 : 2
          socket.write(Buffer.of(5, offered.includes(wanted) ? wanted : 255))
          return login === undefined ? "command" : "login"
        },
        login: () => {
          const user = bytes[1] ?? 0
          const password = bytes[2 + user] ?? 0
          if (bytes.length < 3 + user + password) return undefined
          shown = `${bytes.subarray(2, 2 + user)}:${bytes.subarray(3 + user, 3 + user + password)}`
          bytes = bytes.subarray(3 + user + password)
          socket.write(Buffer.of(1, shown === login ? 0 : 1))
          return shown === login ? "command" : "refused"
        },
        command: () => {
          const named = bytes[3] === 3
          const length = named ? 1 + (bytes[4] ?? 0) : 4
          if (bytes.length < 4 + length + 2) return undefined
          const host = named ? bytes.subarray(5, 4 + length).toString() : bytes.subarray(4, 8).join(".")
          const port = bytes.readUInt16BE(4 + length)
          asked.push({ target: `${host}:${port}`, login: shown })
          const way = Net.connect(port, "127.0.0.1", () => {
            // The answer in two parts, the address as a name.
            socket.write(Buffer.of(5, 0, 0))
            setImmediate(() => {
              socket.write(Buffer.of(3, 1, 97, 0, 0))
              socket.off("data", read)
              way.pipe(socket).pipe(way)
            })
          })
          way.on("error", () => socket.end(Buffer.of(5, 5, 0, 1, 0, 0, 0, 0, 0, 0)))
          socket.on("close", () => way.destroy())
          return "done"
        }
      }
      let step: string | undefined = "methods"
      const read = (chunk: Buffer): void => {
        for (const byte of chunk) {
          bytes = Buffer.concat([bytes, Buffer.of(byte)])
          step = steps[step ?? ""]?.() ?? step
        }
      }
      socket.on("data", read).on("error", () => {})
    })
    return { port: yield* listen(server), asked }
  })
