/**
 * The few requests that EnvTest itself makes: whether a server is ready, and etcd's compaction. They ask with Node's
 * own client and not with ours, which is what the control plane is there to test.
 */
import * as Effect from "effect/Effect"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Path from "node:path"
import type { KeyPair } from "./certificates.js"
import { EnvTestError } from "./envTestError.js"

/**
 * The socket on which etcd serves its clients, inside the folder of the control plane. etcd wants a `host:port`, and
 * takes it whole as the name of the file.
 */
export const etcdSocket = "etcd.sock:0"

export interface Server {
  readonly address: string
  readonly port: number
  readonly authority: string
  readonly admin: KeyPair
}

/** `undefined` when the server is ready, else what it answered. */
type Answer = Effect.Effect<string | undefined>

export const etcd = (folder: string): Answer => is200(askEtcd(folder, "GET", "/health"))

/** Ready, and past what it does first: the namespace `default` is there. */
export const apiserver = (server: Server): Answer =>
  Effect.flatMap(
    is200(askServer(server, "/readyz")),
    (answer) => answer === undefined ? is200(askServer(server, "/api/v1/namespaces/default")) : Effect.succeed(answer)
  )

export const controllerManager = (server: Server): Answer => is200(askServer(server, "/healthz"))

/** Compacts etcd's history up to its current revision, and answers that revision. */
export const compact = (folder: string): Effect.Effect<string, EnvTestError> =>
  Effect.gen(function*() {
    const failed = (description: string): EnvTestError =>
      new EnvTestError({ reason: "System", component: "etcd", description })
    const ask = (path: string, body: unknown): Effect.Effect<string, EnvTestError> =>
      Effect.flatMap(askEtcd(folder, "POST", path, JSON.stringify(body)), (reply) =>
        reply.status === 200 ? Effect.succeed(reply.body) : failed(`etcd answers ${path} with: ${reply.body.trim()}`))
    const range = yield* ask("/v3/kv/range", { key: "AA==", keys_only: true })
    const revision = /"revision":"(\d+)"/.exec(range)?.[1]
    if (revision === undefined) {
      return yield* failed(`etcd answers /v3/kv/range without a revision: ${range.trim()}`)
    }
    yield* ask("/v3/kv/compaction", { revision, physical: true })
    return revision
  })

interface Reply {
  /** 0 when there was no answer; `body` then tells why. */
  readonly status: number
  readonly body: string
}

const timeoutMilliseconds = 2_000

const is200 = (reply: Effect.Effect<Reply>): Answer =>
  Effect.map(reply, ({ body, status }) => status === 200 ? undefined : status === 0 ? body : `${status} ${body.trim()}`)

const askServer = ({ address, admin, authority, port }: Server, path: string): Effect.Effect<Reply> =>
  ask(
    undefined,
    () =>
      Https.request({ host: address, port, path, agent: false, ca: authority, cert: admin.certificate, key: admin.key })
  )

const askEtcd = (folder: string, method: string, path: string, body?: string): Effect.Effect<Reply> =>
  ask(body, () => Http.request({ socketPath: Path.join(folder, etcdSocket), method, path, agent: false }))

const ask = (body: string | undefined, open: () => Http.ClientRequest): Effect.Effect<Reply> =>
  Effect.async((resume) => {
    const noAnswer = (error: Error): void => resume(Effect.succeed({ status: 0, body: error.message }))
    const request = open()
    request.setTimeout(timeoutMilliseconds, () => request.destroy(new Error("no answer in time")))
    request.on("error", noAnswer)
    request.on("response", (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part
      })
      response.on("error", noAnswer)
      response.on("end", () => resume(Effect.succeed({ status: response.statusCode ?? 0, body: text })))
    })
    request.end(body)
    return Effect.sync(() => request.destroy())
  })
