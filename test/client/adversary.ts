/** Servers that do harm, and a search for secrets in everything that a program can print. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import { inspect } from "node:util"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import * as certificates from "../../src/testing/internal/certificates.js"

/** Listens on a free port until the Scope closes. */
export const listen = (server: Net.Server): Effect.Effect<number, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      const sockets = new Set<Net.Socket>()
      server.on("connection", (socket) => {
        sockets.add(socket)
        socket.on("error", () => {})
        socket.on("close", () => sockets.delete(socket))
      })
      server.on("end-all", () => sockets.forEach((socket) => socket.destroy()))
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as Net.AddressInfo).port)))
    }),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.emit("end-all")
      })
  )

/** What a server was sent. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: Http.IncomingHttpHeaders
  readonly rawHeaders: ReadonlyArray<string>
  readonly body: string
}

export interface Target {
  readonly url: string
  readonly port: number
  readonly received: Array<Received>
}

type Answer = (request: Received, response: Http.ServerResponse) => void

const recording = (received: Array<Received>, answer: Answer): Http.RequestListener => (request, response) => {
  let body = ""
  request.on("error", () => {})
  response.on("error", () => {})
  request.setEncoding("utf8").on("data", (text: string) => body += text).on("end", () => {
    const one = {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body
    }
    received.push(one)
    answer(one, response)
  })
}

/** A server of plain HTTP. As a proxy it is the server behind every address itself. */
export const plain = (answer: Answer): Effect.Effect<Target, never, Scope.Scope> =>
  Effect.suspend(() => {
    const received: Array<Received> = []
    const server = Http.createServer(recording(received, answer))
    server.on("connect", (request, socket: Net.Socket) => {
      const { headers, rawHeaders, url = "" } = request
      received.push({ method: "CONNECT", url, headers, rawHeaders, body: "" })
      socket.write("HTTP/1.1 200 OK\r\n\r\n")
      server.emit("connection", socket)
    })
    return Effect.map(listen(server), (port) => ({ url: `http://127.0.0.1:${port}`, port, received }))
  })

/** A server of bytes: what it is sent, and what it answers, are no HTTP of Node's. */
export const bytes = (answer: (socket: Net.Socket) => void): Effect.Effect<Target, never, Scope.Scope> =>
  Effect.map(
    listen(Net.createServer((socket) => {
      socket.once("data", () => answer(socket))
    })),
    (port) => ({ url: `http://127.0.0.1:${port}`, port, received: [] })
  )

/** Servers of HTTPS by one authority. */
export const secure = Effect.gen(function*() {
  const authority = yield* certificates.makeAuthority("authority")
  const serving = yield* authority.issue({ commonName: "server", usage: "server", addresses: ["127.0.0.1"] })
  const client = yield* authority.issue({ commonName: "client", usage: "client" })
  return {
    authority,
    client,
    server: (answer: Answer): Effect.Effect<Target, never, Scope.Scope> =>
      Effect.suspend(() => {
        const received: Array<Received> = []
        const options = {
          cert: serving.certificate,
          key: serving.key,
          ca: authority.certificate,
          requestCert: true,
          rejectUnauthorized: false
        }
        return Effect.map(listen(Https.createServer(options, recording(received, answer))), (port) => ({
          url: `https://127.0.0.1:${port}`,
          port,
          received
        }))
      })
  }
})

export const json = (response: Http.ServerResponse, code: number, body: unknown, headers: object = {}): void => {
  response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))
}

export const configMap = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: "a",
    namespace: "default",
    uid: "u",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z"
  }
}

export const connectionTo = (server: string, more: Partial<KubeConfig.Connection> = {}): KubeConfig.Connection => ({
  server,
  namespace: "default",
  insecureSkipTlsVerify: false,
  identity: {},
  context: "adversary",
  ...more
})

/** A client of Node's, which ends with the Scope. */
export const clientOf = (connection: KubeConfig.Connection, options?: NodeKubeClient.Options) =>
  Effect.provide(NodeKubeClient.make(connection, { environmentProxy: false, ...options }), NodeContext.layer)

// ------------------------------------------------------------------------------------------------ secrets

/** In all forms in which a text can come to light. */
const formsOf = (secret: string): ReadonlyArray<string> => [
  secret,
  Buffer.from(secret).toString("base64").replace(/=+$/, ""),
  encodeURIComponent(secret)
]

const attempt = (f: () => string | undefined): string => {
  try {
    return f() ?? ""
  } catch {
    return ""
  }
}

/** Everything that a program may print of a value. */
export const printed = (value: unknown): string =>
  [
    attempt(() =>
      inspect(value, { depth: 8, showHidden: true, getters: true, maxArrayLength: null, maxStringLength: null })
    ),
    attempt(() => inspect(value, { depth: 8, customInspect: false, maxStringLength: null })),
    attempt(() => JSON.stringify(value)),
    attempt(() => String(value)),
    attempt(() => value instanceof Error ? `${value.stack} ${value.message} ${String(value.cause)}` : ""),
    attempt(() => Object.values(value as object).map((each) => attempt(() => JSON.stringify(each))).join(" ")),
    attempt(() => Cause.isCause(value) ? Cause.pretty(value, { renderErrorCause: true }) : "")
  ].join("\n")

/** Everything that the loggers of Effect print of it. */
const logged = (value: unknown): Effect.Effect<string> =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>((options) => {
      lines.push(
        attempt(() => Logger.jsonLogger.log(options)),
        attempt(() => Logger.logfmtLogger.log(options)),
        attempt(() => Logger.stringLogger.log(options)),
        attempt(() => inspect(Logger.structuredLogger.log(options), { depth: 8 }))
      )
    })
    return Effect.logError("said", value).pipe(
      Effect.annotateLogs("value", value),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Effect.map(() => lines.join("\n"))
    )
  })

/** Of these secrets those that can be found in what a program may print of a value, an exit or a failure. */
export const leaks = (value: unknown, secrets: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function*() {
    const cause = Exit.isExit(value) && Exit.isFailure(value) ? value.cause : undefined
    const values = cause === undefined ? [value] : [value, cause, ...Cause.failures(cause), ...Cause.defects(cause)]
    let text = ""
    for (const each of values) text += `${printed(each)}\n`
    text += yield* logged(cause ?? value)
    return secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form)))
  })
