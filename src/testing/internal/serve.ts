/**
 * The in-memory API server on a port: HTTP/1.1, plain or over TLS with certificates made on the spot.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Buffer } from "node:buffer"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import type { Identity } from "./apiserver/auth/options.js"
import { maximumBody } from "./apiserver/decoding.js"
import type { Answer } from "./apiserver/endpoints.js"
import type { ServerRequest } from "./apiserver/handler.js"
import { warningBytes } from "./apiserver/inProcess.js"
import { ConnectionCut } from "./apiserver/watch.js"
import { makeAuthority } from "./certificates.js"

export interface ServeOptions {
  /** Default: a free one. */
  readonly port?: number | undefined
  /** The address to listen at. Default 127.0.0.1. */
  readonly host?: string | undefined
  /** Default: where the cluster asks who somebody is, since kubectl and others send tokens over nothing else. */
  readonly https?: boolean | undefined
  /** The namespace of the kubeconfig's context. Default: none, so `default`. */
  readonly namespace?: string | undefined
  /** Whose token the kubeconfig holds, where the cluster asks who somebody is. Default: the administrator's. */
  readonly as?: Identity | undefined
  /** Told of each answer, for a log. */
  readonly onAnswer?:
    | ((request: { readonly method: string; readonly url: string }, status: number) => Effect.Effect<void>)
    | undefined
}

/** Where a server listens, and what a client needs to talk to it. */
export interface Address {
  readonly url: string
  readonly port: number
  /** PEM of the authority that signed the server's certificate; undefined without TLS. */
  readonly certificateAuthority: string | undefined
  /** The text of a kubeconfig. */
  readonly kubeconfig: string
}

/** A server could not listen. */
export class ServeError extends Data.TaggedError("TestClusterServeError")<{
  readonly host: string
  readonly port: number
  readonly cause: unknown
}> {
  override get message(): string {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `cannot listen at ${this.host}:${this.port}: ${why}`
  }
}

/** The context of the kubeconfigs that are written for this server, and by which one that was left behind is known. */
export const kubeconfigContext = "test-cluster"

interface KubeconfigParts {
  readonly url: string
  readonly certificateAuthority: string | undefined
  readonly namespace: string | undefined
  readonly token: Redacted.Redacted<string> | undefined
}

/** A kubeconfig for a server, with a token where the server asks who somebody is. JSON is YAML. */
const kubeconfigOf = ({ certificateAuthority, namespace, token, url }: KubeconfigParts): string =>
  `${
    JSON.stringify(
      {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{
          name: kubeconfigContext,
          cluster: {
            server: url,
            // Over plain HTTP there is nothing to verify; client-node will not speak it unless it is told so.
            ...(certificateAuthority === undefined
              ? { "insecure-skip-tls-verify": true }
              : { "certificate-authority-data": btoa(certificateAuthority) })
          }
        }],
        users: [{ name: "test-user", user: token === undefined ? {} : { token: Redacted.value(token) } }],
        contexts: [{
          name: kubeconfigContext,
          context: { cluster: kubeconfigContext, user: "test-user", ...(namespace !== undefined && { namespace }) }
        }],
        "current-context": kubeconfigContext
      },
      undefined,
      2
    )
  }\n`

/** Reads a body, up to what the server takes and a little more: that much is enough to refuse it. */
const readBody = (message: Http.IncomingMessage): Effect.Effect<Uint8Array, ConnectionCut> =>
  Effect.async((resume) => {
    const chunks: Array<Buffer> = []
    let length = 0
    const done = (): void => {
      const all = new Uint8Array(length)
      let at = 0
      for (const chunk of chunks) {
        all.set(chunk, at)
        at += chunk.length
      }
      resume(Effect.succeed(all))
    }
    message.on("data", (chunk: Buffer) => {
      if (length > maximumBody) return
      chunks.push(chunk)
      length += chunk.length
    })
    message.on("end", done)
    message.on("error", () => resume(Effect.fail(new ConnectionCut())))
    message.on("aborted", () => resume(Effect.fail(new ConnectionCut())))
  })

const write = (response: Http.ServerResponse, chunk: Uint8Array): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (response.write(chunk)) return resume(Effect.void)
    const go = (): void => resume(Effect.void)
    response.once("drain", go)
    response.once("close", go)
    return Effect.sync(() => {
      response.off("drain", go)
      response.off("close", go)
    })
  })

/** Characters of Warning headers that are sent: clients give up on more than 16 KiB of headers. */
const maximumWarnings = 4096

const cappedWarnings = (warnings: ReadonlyArray<string>): ReadonlyArray<string> => {
  let left = maximumWarnings
  return warnings.map((warning) => warningBytes(warning.slice(0, 1000))).filter((line) => (left -= line.length) >= 0)
}

const send = (response: Http.ServerResponse, answer: Answer): Effect.Effect<void, ConnectionCut> => {
  const head = Effect.sync(() => {
    response.statusCode = answer.status
    for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
    if (answer.warnings.length > 0) response.setHeader("warning", cappedWarnings(answer.warnings))
  })
  const { body } = answer
  if (typeof body === "string") {
    return Effect.zipRight(
      head,
      Effect.sync(() => {
        // As bytes: with a text Node writes the headers before it in UTF-8, too, once more.
        response.end(new TextEncoder().encode(body))
      })
    )
  }
  return Effect.gen(function*() {
    yield* head
    // A watch that has nothing to say yet has its headers all the same.
    response.flushHeaders()
    yield* Stream.runForEach(body, (chunk) => write(response, chunk))
    response.end()
  })
}

/** A reset tells a client at once that the rest will not come; through TLS a plain end in the middle must do. */
const breakOff = (socket: Net.Socket): void => {
  if ("encrypted" in socket) socket.destroy()
  else socket.resetAndDestroy()
}

/** Of several headers that impersonate, whose values may hold commas, each is a line. */
const headersOf = (message: Http.IncomingMessage): { readonly [name: string]: string } =>
  Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      name.startsWith("impersonate-")
        ? message.headersDistinct[name]?.join("\n") ?? ""
        : Array.isArray(value)
        ? value.join(", ")
        : value ?? ""
    ])
  )

/** Listens until the Scope closes; then every connection is closed and every request interrupted. */
export const serve = (
  handle: (request: ServerRequest) => Effect.Effect<Answer, ConnectionCut>,
  options: ServeOptions,
  token?: Redacted.Redacted<string>
): Effect.Effect<Address, ServeError, Scope.Scope> =>
  Effect.gen(function*() {
    const host = options.host ?? "127.0.0.1"
    const run = yield* FiberSet.makeRuntime<never, void>()
    const authority = options.https === true ? yield* makeAuthority("test-cluster") : undefined
    const identity = authority === undefined ? undefined : yield* authority.issue({
      commonName: "test-cluster",
      usage: "server",
      names: ["localhost", ...(Net.isIP(host) === 0 && host !== "localhost" ? [host] : [])],
      addresses: ["127.0.0.1", ...(Net.isIP(host) !== 0 && host !== "127.0.0.1" ? [host] : [])]
    })
    const onRequest = (message: Http.IncomingMessage, response: Http.ServerResponse): void => {
      const method = message.method ?? "GET"
      const url = message.url ?? "/"
      const work = Effect.gen(function*() {
        const body = yield* readBody(message)
        const answer = yield* handle({ method, url, headers: headersOf(message), body })
        const told = options.onAnswer === undefined
          ? Effect.void
          : options.onAnswer({ method, url }, answer.status)
        // Whoever goes away before the end, or lets it fail, leaves no watch open.
        yield* Effect.ensuring(
          Effect.zipRight(told, send(response, answer)),
          Effect.sync(() => answer.abandon?.())
        )
      })
      // What breaks off on purpose, and what fails against all expectation, looks to the client as if the server had died.
      const fiber = run(Effect.catchAllCause(work, () => Effect.sync(() => breakOff(message.socket))))
      response.on("close", () => {
        if (!response.writableFinished) fiber.unsafeInterruptAsFork(fiber.id())
      })
    }
    const server: Http.Server = identity === undefined
      ? Http.createServer({ keepAliveTimeout: 60_000 }, onRequest)
      : Https.createServer({ cert: identity.certificate, key: identity.key, keepAliveTimeout: 60_000 }, onRequest)
    server.requestTimeout = 0
    yield* Effect.acquireRelease(
      Effect.async<void, ServeError>((resume) => {
        const failed = (cause: unknown): void =>
          resume(Effect.fail(new ServeError({ host, port: options.port ?? 0, cause })))
        server.once("error", failed)
        server.listen(options.port ?? 0, host, () => {
          server.off("error", failed)
          resume(Effect.void)
        })
      }),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    const { port } = server.address() as Net.AddressInfo // a server that listens on a port has one
    const url = `${authority === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`
    const certificateAuthority = authority?.certificate
    const kubeconfig = kubeconfigOf({ url, certificateAuthority, namespace: options.namespace, token })
    return { url, port, certificateAuthority, kubeconfig }
  })
