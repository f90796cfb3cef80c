/** How scenarios reach the in-memory server, and a real one. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as jsYaml from "js-yaml"
import * as fs from "node:fs"
import type * as http from "node:http"
import * as https from "node:https"
import { warningHeader } from "../../src/testing/internal/apiserver/inProcess.js"
import type * as TestCluster from "../../src/testing/TestCluster.js"
import type { Json, Transport } from "./scenario.js"

/** The in-memory server, asked as a function. `token`: that of whoever does not say who they are. */
export const inMemory = (cluster: TestCluster.Service, token?: string): Transport => ({
  send: (request) =>
    Effect.gen(function*() {
      const answer = yield* Effect.orDie(cluster.handle({
        method: request.method,
        url: request.path,
        headers: token === undefined ? request.headers : { authorization: `Bearer ${token}`, ...request.headers },
        body: new TextEncoder().encode(request.body)
      }))
      const { abandon } = answer
      if (abandon !== undefined) yield* Effect.addFinalizer(() => Effect.sync(abandon))
      const body = typeof answer.body === "string" ? Stream.make(new TextEncoder().encode(answer.body)) : answer.body
      return {
        status: answer.status,
        headers: answer.headers,
        warnings: answer.warnings.map(warningHeader),
        body: Stream.catchAll(body, () => Stream.empty)
      }
    })
})

/** A real server, asked over HTTPS with the certificate of a kubeconfig. */
export const overHttps = (kubeconfig: string): Transport => {
  const { clusters, users } = jsYaml.load(fs.readFileSync(kubeconfig, "utf8")) as Json
  const pem = (base64: string): string => Buffer.from(base64, "base64").toString()
  const ca = pem(clusters[0].cluster["certificate-authority-data"])
  const agent = new https.Agent({
    ca,
    cert: pem(users[0].user["client-certificate-data"]),
    key: pem(users[0].user["client-key-data"]),
    keepAlive: true
  })
  /** Who says themselves who they are comes without the certificate, which would count for more. */
  const withoutCertificate = new https.Agent({ ca, keepAlive: true })
  const url = new URL(clusters[0].cluster.server)
  return {
    send: ({ body, headers, method, path }) =>
      Effect.gen(function*() {
        const response = yield* Effect.acquireRelease(
          Effect.async<http.IncomingMessage>((resume) => {
            const sent = { ...headers, ...(body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) }) }
            const request = https.request({
              agent: headers["authorization"] === undefined ? agent : withoutCertificate,
              hostname: url.hostname,
              port: url.port,
              method,
              path,
              headers: sent
            })
            request.on("response", (response) => resume(Effect.succeed(response)))
            request.on("error", (error) => resume(Effect.die(error)))
            request.end(body)
            return Effect.sync(() => request.destroy())
          }),
          (response) => Effect.sync(() => response.destroy())
        )
        const warnings = response.rawHeaders.flatMap((name, at) =>
          at % 2 === 0 && name.toLowerCase() === "warning" ? [response.rawHeaders[at + 1]!] : []
        )
        return {
          status: response.statusCode ?? 0,
          headers: { "content-type": response.headers["content-type"], "retry-after": response.headers["retry-after"] },
          warnings,
          body: Stream.async<Uint8Array>((emit) => {
            response.on("data", (chunk: Uint8Array) => void emit.single(chunk))
            response.on("close", () => void emit.end())
            response.on("error", () => void emit.end())
          })
        }
      })
  }
}
