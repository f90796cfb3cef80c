import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import * as Http from "node:http"
import * as Https from "node:https"
import type { AddressInfo } from "node:net"
import * as Api from "../../src/client/Api.js"
import type * as Credentials from "../../src/client/Credentials.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import * as KubeConfig from "../../src/client/KubeConfig.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import * as certificates from "../../src/testing/internal/certificates.js"
import { printed } from "./secrets.js"

const configMaps = Api.namespaced(ConfigMap, "default")

const object = {
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

const listening = (server: Server) =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as AddressInfo).port)))
    }),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

const api = Effect.gen(function*() {
  const seen: Array<string | undefined> = []
  const state = { accepts: (_: string | undefined) => true }
  const port = yield* listening(Http.createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.statusCode = state.accepts(request.headers.authorization) ? 200 : 401
    response.setHeader("content-type", "application/json")
    response.end(JSON.stringify(object))
  }))
  return { url: `http://127.0.0.1:${port}`, seen, state }
})

const start = Date.UTC(2030, 0, 1)

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

const idToken = (issuer: string, subject: string, seconds: number): string =>
  `${part({ alg: "RS256" })}.${
    part({ iss: issuer, aud: "kubectl", sub: subject, iat: start / 1000, exp: start / 1000 + seconds })
  }.${part("signature")}`

interface Asked {
  readonly grant: string | null
  readonly refreshToken: string | null
  readonly authorization: string | undefined
  readonly secret: string | null
}

/** An issuer over https, whose authority only the kubeconfig knows. It gives a new refresh token for each. */
const issuer = Effect.gen(function*() {
  const authority = yield* certificates.makeAuthority("authority of the issuer")
  const serving = yield* authority.issue({ commonName: "issuer", usage: "server", addresses: ["127.0.0.1"] })
  const asked: Array<Asked> = []
  const state: {
    discovery: unknown
    answer: ((url: string) => unknown) | undefined
    refusal: unknown
    status: number
    hang: boolean
  } = { discovery: undefined, answer: undefined, refusal: undefined, status: 200, hang: false }
  let url = ""
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader("content-type", "application/json")
    if (state.hang) return
    if (request.url === "/realm/.well-known/openid-configuration") {
      response.end(JSON.stringify(state.discovery ?? { issuer: url, token_endpoint: `${url}/token` }))
      return
    }
    let body = ""
    request.on("data", (chunk: Buffer) => (body += chunk.toString()))
    request.on("end", () => {
      const form = new URLSearchParams(body)
      asked.push({
        grant: form.get("grant_type"),
        refreshToken: form.get("refresh_token"),
        authorization: request.headers.authorization,
        secret: form.get("client_secret")
      })
      if (state.refusal !== undefined) {
        response.statusCode = 400
        response.end(JSON.stringify(state.refusal))
        return
      }
      response.statusCode = state.status
      response.end(JSON.stringify(
        state.answer?.(url) ?? {
          access_token: "access",
          token_type: "Bearer",
          id_token: idToken(url, `user-${asked.length}`, 600 * (asked.length + 1)),
          refresh_token: `refresh-${asked.length}`
        }
      ))
    })
  }
  const port = yield* listening(Https.createServer({ cert: serving.certificate, key: serving.key }, handle))
  url = `https://127.0.0.1:${port}/realm`
  return { url, asked, state, certificateAuthority: authority.certificate }
})

const clientOf = (
  url: string,
  oidc: KubeConfig.OpenIdConnect,
  credentials?: Credentials.Settings
) =>
  NodeKubeClient.make(
    { server: url, namespace: "default", insecureSkipTlsVerify: false, identity: { oidc }, context: undefined },
    { credentials, environmentProxy: false }
  )

const get = (client: KubeClient["Type"]) => Effect.provideService(configMaps.get("a"), KubeClient, client)

describe("OpenID Connect", () => {
  it.scoped(
    "an id-token is used until its end; then one refresh for all who ask, and each refresh token is used once (C6, C16)",
    () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(start)
        const kube = yield* api
        const op = yield* issuer
        const kept: Array<string> = []
        const first = idToken(op.url, "user-0", 600)
        const client = yield* clientOf(kube.url, {
          issuer: op.url,
          clientId: "kubectl",
          clientSecret: Redacted.make("secret of/it"),
          idToken: Redacted.make(first),
          refreshToken: Redacted.make("refresh-0"),
          certificateAuthority: op.certificateAuthority
        }, { onTokens: ({ refreshToken }) => Effect.sync(() => kept.push(Redacted.value(refreshToken))) })
        const many = Effect.forEach(Array.from({ length: 20 }), () => get(client), { concurrency: "unbounded" })
        yield* TestClock.adjust("589 seconds")
        yield* many
        assert.deepStrictEqual(op.asked, [])
        assert.deepStrictEqual([...new Set(kube.seen)], [`Bearer ${first}`])
        yield* TestClock.adjust("1 seconds")
        kube.seen.length = 0
        yield* many
        assert.deepStrictEqual(op.asked, [{
          grant: "refresh_token",
          refreshToken: "refresh-0",
          authorization: `Basic ${Buffer.from("kubectl:secret+of%2Fit").toString("base64")}`,
          secret: null
        }])
        assert.deepStrictEqual([...new Set(kube.seen)], [`Bearer ${idToken(op.url, "user-1", 1200)}`])
        yield* TestClock.adjust("600 seconds")
        yield* many
        assert.deepStrictEqual(op.asked.map(({ refreshToken }) => refreshToken), ["refresh-0", "refresh-1"])
        assert.deepStrictEqual(kept, ["refresh-1", "refresh-2"])

        const accepted = `Bearer ${idToken(op.url, "user-3", 2400)}`
        kube.state.accepts = (header) => header === accepted
        yield* many
        assert.strictEqual(op.asked.length, 3, "a 401 refreshes once for all (C17)")
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "a public client shows no secret, one whose issuer wants it in the form sends it there (C6)",
    () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(start)
        const kube = yield* api
        const op = yield* issuer
        const oidc = {
          issuer: op.url,
          clientId: "kubectl",
          refreshToken: Redacted.make("refresh-0"),
          certificateAuthority: op.certificateAuthority
        }
        yield* Effect.flatMap(clientOf(kube.url, oidc), get)
        assert.deepStrictEqual(
          op.asked.map(({ authorization, secret }) => [authorization, secret]),
          [[undefined, null]]
        )
        op.state.discovery = {
          issuer: op.url,
          token_endpoint: `${op.url}/token`,
          token_endpoint_auth_methods_supported: ["client_secret_post"]
        }
        yield* Effect.flatMap(clientOf(kube.url, { ...oidc, clientSecret: Redacted.make("client-s3cret") }), get)
        assert.deepStrictEqual(op.asked[1]?.secret, "client-s3cret")
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "what the issuer does wrong is told so that somebody can mend it, without a token or a secret (C6, C7, C32)",
    () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(start)
        const kube = yield* api
        const op = yield* issuer
        const fs = yield* FileSystem.FileSystem
        const folder = yield* fs.makeTempDirectoryScoped()
        yield* fs.writeFileString(`${folder}/ca`, "nonsense")
        const secrets = ["client-s3cret", "refresh-s3cret", idToken(op.url, "expired", -600).split(".")[1]!]
        const oidc: KubeConfig.OpenIdConnect = {
          issuer: op.url,
          clientId: "kubectl",
          clientSecret: Redacted.make("client-s3cret"),
          idToken: Redacted.make(idToken(op.url, "expired", -600)),
          refreshToken: Redacted.make("refresh-s3cret"),
          certificateAuthority: op.certificateAuthority
        }
        const logged: Array<unknown> = []
        const logger = Logger.replace(Logger.defaultLogger, Logger.make((entry) => logged.push(entry)))
        const fails = (
          given: Partial<KubeConfig.OpenIdConnect>,
          message: string,
          change: Partial<typeof op.state> = {}
        ) =>
          Effect.gen(function*() {
            Object.assign(
              op.state,
              { discovery: undefined, answer: undefined, refusal: undefined, status: 200, hang: false },
              change
            )
            const client = yield* clientOf(kube.url, { ...oidc, ...given })
            const error = yield* Effect.flip(Effect.provide(get(client), logger))
            assert.strictEqual(error._tag === "KubeTransportError" && error.reason, "Credential")
            assert.include(error.message, `OpenID Connect issuer ${given.issuer ?? op.url}: `)
            assert.include(error.message, message)
            for (const text of printed(error, client, logged)) {
              for (const secret of secrets) assert.notInclude(text, secret)
            }
          })
        yield* fails({ refreshToken: undefined }, "no valid id-token, and no refresh-token to get one; sign in again")
        yield* fails(
          { idToken: Redacted.make("client-s3cret"), refreshToken: undefined },
          "the id-token is not a JSON web token"
        )
        yield* fails({ certificateAuthority: undefined }, "authority that is not trusted")
        yield* fails({ certificateAuthority: { file: `${folder}/ca` } }, "idp-certificate-authority: ")
        yield* fails({ certificateAuthority: { file: `${folder}/none` } }, `cannot read ${folder}/none`)
        yield* fails({ issuer: "http://issuer.example" }, "the refresh token is not sent over plain http")
        yield* fails({ issuer: "https://127.0.0.1:1/realm" }, "its discovery document cannot be read: ")
        yield* fails({}, "its discovery document cannot be read: ", { discovery: { issuer: "https://evil.example" } })
        yield* fails({}, "names no token_endpoint with https", {
          discovery: { issuer: op.url, token_endpoint: "http://evil.example/token" }
        })
        yield* fails({}, "it gave no new token: invalid_grant: the token … is used up", {
          refusal: { error: "invalid_grant", error_description: "the token refresh-s3cret is used up" }
        })
        yield* fails({}, "it answered without an id_token; sign in again with the scope openid", {
          answer: () => ({ access_token: "a", token_type: "Bearer" })
        })
        yield* fails({}, "it gave no new token: ", {
          answer: () => ({ access_token: "a", token_type: "Bearer", id_token: "refresh-s3cret" })
        })
        yield* fails({}, "it gave no new token: ", { answer: () => "refresh-s3cret".repeat(200_000) })
        yield* fails({}, "it gave no new token: ", { status: 500 })
        assert.deepStrictEqual(kube.seen, [])
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "a refresh token that the issuer replaced and nobody keeps is told in the log, once for each (C6)",
    () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(start)
        const kube = yield* api
        const op = yield* issuer
        const logged: Array<string> = []
        const logger = Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => logged.push(String(message))))
        const client = yield* clientOf(kube.url, {
          issuer: op.url,
          clientId: "kubectl",
          refreshToken: Redacted.make("refresh-0"),
          certificateAuthority: op.certificateAuthority
        })
        yield* Effect.provide(Effect.zipRight(get(client), get(client)), logger)
        assert.strictEqual(logged.length, 1)
        assert.include(logged[0], "gave another refresh token, which is kept in memory only")
        assert.notInclude(logged[0], "refresh-1")
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "a connection from a kubeconfig keeps the tokens in its file, as kubectl does; where that fails it goes on, and the log says so (C6, C7)",
    () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(start)
        const kube = yield* api
        const op = yield* issuer
        const fs = yield* FileSystem.FileSystem
        const file = `${yield* fs.makeTempDirectoryScoped()}/config`
        yield* fs.writeFileString(
          file,
          `apiVersion: v1
kind: Config
current-context: x
contexts: [{ name: x, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { server: "${kube.url}" } }]
users:
- name: u # me
  user:
    auth-provider:
      name: oidc
      config:
        idp-issuer-url: ${op.url}
        idp-certificate-authority-data: ${Buffer.from(op.certificateAuthority).toString("base64")}
        client-id: kubectl
        refresh-token: refresh-0
`
        )
        const connection = yield* KubeConfig.fromFile(file)
        yield* Effect.flatMap(NodeKubeClient.make(connection, { environmentProxy: false }), get)
        const kept = yield* fs.readFileString(file)
        assert.include(kept, "refresh-token: refresh-1")
        assert.include(kept, "# me")
        const again = yield* NodeKubeClient.make(yield* KubeConfig.fromFile(file), { environmentProxy: false })
        yield* get(again)
        assert.strictEqual(op.asked.length, 1, "the id-token that was kept is used")

        const logged: Array<string> = []
        const logger = Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => logged.push(String(message))))
        yield* TestClock.adjust("1 days")
        yield* fs.remove(file)
        yield* Effect.provide(get(again), logger)
        assert.strictEqual(logged.length, 1)
        assert.include(logged[0], "the new tokens of u are kept in memory only: ")
        assert.notInclude(logged[0], "refresh-2")
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )
})
