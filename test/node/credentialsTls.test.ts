import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { ServerResponse } from "node:http"
import * as Https from "node:https"
import type { AddressInfo } from "node:net"
import type { TLSSocket } from "node:tls"
import * as Api from "../../src/client/Api.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import * as certificates from "../../src/testing/internal/certificates.js"
import { printed } from "./secrets.js"

const configMaps = Api.namespaced(ConfigMap, "default")

const object = (name: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", uid: "u", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" }
})

/** A server that demands a certificate; watches and what is called "slow" end when the test says so. */
const server = Effect.gen(function*() {
  const authority = yield* certificates.makeAuthority("authority")
  const serving = () => authority.issue({ commonName: "server", usage: "server", addresses: ["127.0.0.1"] })
  const seen: Array<{ readonly path: string; readonly client: string; readonly header: string | undefined }> = []
  const held: Array<ServerResponse> = []
  const refused = new Set<string>()
  const state = { keepAlive: true }
  const first = yield* serving()
  const https = Https.createServer({
    cert: first.certificate,
    key: first.key,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: true
  }, (request, response) => {
    const client = String((request.socket as TLSSocket).getPeerCertificate().subject.CN)
    seen.push({ path: request.url ?? "", client, header: request.headers.authorization })
    response.setHeader("content-type", "application/json")
    if (request.url?.includes("watch=1")) {
      response.write(`${JSON.stringify({ type: "ADDED", object: object("a") })}\n`)
      held.push(response)
    } else if (request.url?.includes("slow")) held.push(response)
    else {
      if (!state.keepAlive) response.setHeader("connection", "close")
      response.statusCode = refused.has(client) ? 401 : 200
      response.end(JSON.stringify(object("a")))
    }
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => {
      https.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.async<void>((resume) => {
        https.close(() => resume(Effect.void))
        https.closeAllConnections()
      })
  )
  return {
    https,
    authority,
    serving,
    seen,
    held,
    refused,
    state,
    url: `https://127.0.0.1:${(https.address() as AddressInfo).port}`,
    user: (name: string) => authority.issue({ commonName: name, usage: "client" })
  }
})

const connection = (url: string, rest: Partial<KubeConfig.Connection>): KubeConfig.Connection => ({
  server: url,
  namespace: "default",
  insecureSkipTlsVerify: false,
  identity: {},
  context: undefined,
  ...rest
})

const get = (client: KubeClient["Type"], name = "a") => Effect.provideService(configMaps.get(name), KubeClient, client)

const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() =>
    condition() ? Effect.void : Effect.flatMap(
      Effect.async<void>((resume) => {
        setImmediate(() => resume(Effect.void))
      }),
      () => until(condition)
    )
  )

const files = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "tls-" })
  const paths = { ca: `${folder}/ca.crt`, certificate: `${folder}/tls.crt`, key: `${folder}/tls.key` }
  const write = (pair: certificates.KeyPair) =>
    Effect.zipRight(fs.writeFileString(paths.certificate, pair.certificate), fs.writeFileString(paths.key, pair.key))
  const identity: KubeConfig.Identity = {
    certificate: { certificate: { file: paths.certificate }, key: { file: paths.key } }
  }
  return { fs, folder, paths, write, identity }
})

describe("certificates that change", () => {
  it.scoped(
    "certificate files are read again every 60 s; what is under way ends on the connection that it has (C13)",
    () =>
      Effect.gen(function*() {
        const api = yield* server
        const { identity, write } = yield* files
        yield* write(yield* api.user("one"))
        const client = yield* NodeKubeClient.make(
          connection(api.url, { certificateAuthority: api.authority.certificate, identity })
        )
        const events: Array<string> = []
        const two = yield* Deferred.make<void>()
        const watch = yield* configMaps.watchOnce("1").pipe(
          Stream.runForEach((event) =>
            Effect.suspend(() => {
              events.push(event.type)
              return events.length === 2 ? Deferred.succeed(two, undefined) : Effect.void
            })
          ),
          Effect.provideService(KubeClient, client),
          Effect.fork
        )
        yield* until(() => events.length === 1)
        yield* write(yield* api.user("two"))
        yield* TestClock.adjust("45 seconds")
        yield* get(client)
        assert.strictEqual(api.seen.at(-1)?.client, "one", "within the minute nothing is read")
        const slow = yield* Effect.fork(get(client, "slow"))
        yield* until(() => api.held.length === 2)
        yield* TestClock.adjust("15 seconds")
        yield* get(client)
        assert.strictEqual(api.seen.at(-1)?.client, "two")
        for (const response of api.held) {
          response.end(
            response.req.url?.includes("watch=1")
              ? `${JSON.stringify({ type: "ADDED", object: object("b") })}\n`
              : JSON.stringify(object("slow"))
          )
        }
        yield* Deferred.await(two)
        yield* Fiber.join(watch)
        assert.deepStrictEqual(events.length, 2)
        assert.strictEqual((yield* Fiber.join(slow)).metadata.name, "slow")
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "a rotation that is half done, a file that is gone and one that holds nonsense keep the certificate before, and the log says so once (C13)",
    () =>
      Effect.gen(function*() {
        const api = yield* server
        const { fs, identity, paths, write } = yield* files
        const logged: Array<string> = []
        const logger = Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => logged.push(String(message))))
        yield* write(yield* api.user("one"))
        const client = yield* NodeKubeClient.make(
          connection(api.url, { certificateAuthority: api.authority.certificate, identity })
        )
        const ask = Effect.provide(Effect.zipRight(TestClock.adjust("60 seconds"), get(client)), logger)
        yield* ask
        const two = yield* api.user("two")
        yield* fs.writeFileString(paths.certificate, two.certificate)
        yield* ask
        yield* ask
        assert.strictEqual(logged.length, 1)
        assert.include(logged[0], "the files with certificates: the one before is used: client-")
        yield* fs.remove(paths.key)
        yield* ask
        yield* fs.writeFileString(paths.key, "nonsense")
        yield* ask
        assert.deepStrictEqual([...new Set(api.seen.map(({ client }) => client))], ["one"])
        yield* fs.writeFileString(paths.key, two.key)
        yield* get(client)
        assert.strictEqual(api.seen.at(-1)?.client, "two", "what failed is tried again at the next request")
        assert.strictEqual(logged.length, 1)
        for (const text of printed(logged, client)) assert.notInclude(text, two.key.split("\n")[1])
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "a certificate that the server does not take any more is read again at once, and the request sent once more (C13, C17)",
    () =>
      Effect.gen(function*() {
        const api = yield* server
        const { identity, write } = yield* files
        yield* write(yield* api.user("one"))
        const client = yield* NodeKubeClient.make(
          connection(api.url, { certificateAuthority: api.authority.certificate, identity })
        )
        yield* get(client)
        api.refused.add("one")
        assert.strictEqual((yield* Effect.flip(get(client)))._tag, "KubeUnauthorized")
        yield* write(yield* api.user("two"))
        yield* get(client)
        assert.deepStrictEqual(api.seen.map(({ client }) => client), ["one", "one", "one", "two"])
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "an authority file is read again: a server whose authority changed is trusted within a minute (C13)",
    () =>
      Effect.gen(function*() {
        const api = yield* server
        const { fs, paths } = yield* files
        const user = yield* api.user("one")
        yield* fs.writeFileString(paths.ca, api.authority.certificate)
        const client = yield* NodeKubeClient.make(connection(api.url, {
          certificateAuthority: { file: paths.ca },
          identity: { certificate: { certificate: user.certificate, key: Redacted.make(user.key) } }
        }))
        api.state.keepAlive = false
        yield* get(client)
        const next = yield* certificates.makeAuthority("next authority")
        const serving = yield* next.issue({ commonName: "server", usage: "server", addresses: ["127.0.0.1"] })
        api.https.setSecureContext({
          cert: serving.certificate,
          key: serving.key,
          ca: api.authority.certificate
        })
        const error = yield* Effect.flip(get(client))
        assert.strictEqual(error._tag === "KubeTransportError" && error.reason, "Tls")
        yield* fs.writeFileString(paths.ca, next.certificate)
        yield* TestClock.adjust("60 seconds")
        yield* get(client)
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "a plugin's certificate is used from the request on that it was asked for, beside an authority that rotates; after a 401 the next one (C15, C16, C17)",
    () =>
      Effect.gen(function*() {
        const api = yield* server
        const { folder, fs, paths } = yield* files
        yield* fs.writeFileString(paths.ca, api.authority.certificate)
        for (const name of ["one", "two"]) {
          const pair = yield* api.user(name)
          yield* fs.writeFileString(
            `${folder}/${name}`,
            JSON.stringify({
              kind: "ExecCredential",
              apiVersion: "client.authentication.k8s.io/v1beta1",
              status: {
                clientCertificateData: pair.certificate,
                clientKeyData: pair.key,
                ...(name === "two" ? { token: "also" } : {})
              }
            })
          )
        }
        yield* fs.writeFileString(`${folder}/current`, "one")
        yield* fs.writeFileString(
          `${folder}/plugin.mjs`,
          `import fs from "node:fs"
fs.appendFileSync("${folder}/runs", "x")
console.log(fs.readFileSync("${folder}/" + fs.readFileSync("${folder}/current", "utf8"), "utf8"))`
        )
        const runs = Effect.map(fs.readFileString(`${folder}/runs`), (text) => text.length)
        const client = yield* NodeKubeClient.make(connection(api.url, {
          certificateAuthority: { file: paths.ca },
          identity: {
            exec: {
              apiVersion: "client.authentication.k8s.io/v1beta1",
              command: process.execPath,
              args: [`${folder}/plugin.mjs`],
              env: [],
              provideClusterInfo: true,
              interactiveMode: "IfAvailable"
            }
          }
        }))
        const many = Effect.forEach(Array.from({ length: 20 }), () => get(client), { concurrency: "unbounded" })
        yield* many
        assert.strictEqual(yield* runs, 1)
        yield* fs.writeFileString(`${folder}/current`, "two")
        api.refused.add("one")
        api.seen.length = 0
        yield* many
        assert.strictEqual(yield* runs, 2, "a 401 of the certificate before does not run it again")
        const clients = api.seen.map(({ client, header }) => `${client} ${header ?? ""}`)
        assert.strictEqual(clients.filter((it) => it === "two Bearer also").length, 20)
        yield* TestClock.adjust("1 days")
        yield* get(client)
        assert.strictEqual(yield* runs, 2)
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )
})
