import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { inspect } from "node:util"
import * as Api from "../../src/client/Api.js"
import { KubeClient, Retry } from "../../src/client/KubeClient.js"
import * as KubeConfig from "../../src/client/KubeConfig.js"
import { ConfigMap, Namespace, Secret, ServiceAccount } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import * as Request from "../../src/protocol/Request.js"
import * as EnvTest from "../../src/testing/EnvTest.js"
import { makeAuthority } from "../../src/testing/internal/certificates.js"
import { kubeconfig } from "../envtest/shared.js"
import { connectProxy, listen } from "./clusters.js"

const configMaps = Api.namespaced(ConfigMap, "default")

const admin = Effect.provide(KubeConfig.fromFile(kubeconfig), NodeContext.layer)

const client = (connection: KubeConfig.Connection, options?: NodeKubeClient.Options) =>
  Effect.provide(NodeKubeClient.make(connection, options), NodeContext.layer)

const using =
  (service: typeof KubeClient.Service) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, KubeClient>> =>
    Effect.provideService(effect, KubeClient, service)

/** A namespace of its own, with a service account and a token of it that has no rights. */
const guest = (administrator: typeof KubeClient.Service) =>
  Effect.gen(function*() {
    const namespace = yield* Effect.acquireRelease(
      Api.cluster(Namespace).create({ metadata: { generateName: "node-client-" } }),
      ({ metadata }) => Effect.ignore(using(administrator)(Api.cluster(Namespace).delete(metadata.name)))
    )
    const { name } = namespace.metadata
    yield* Api.namespaced(ServiceAccount, name).create({ metadata: { name: "guest" } })
    const answer = yield* administrator.execute(Request.raw({
      method: "POST",
      path: `/api/v1/namespaces/${name}/serviceaccounts/guest/token`,
      body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} })
    }))
    const { status } = answer.body as { readonly status: { readonly token: string } }
    return { namespace: name, user: `system:serviceaccount:${name}:guest`, token: Redacted.make(status.token) }
  }).pipe(using(administrator))

/** Passes what comes to a port of this machine on to the server, at an address or with a certificate of its own. */
const relay = (
  to: KubeConfig.Connection,
  at: string,
  tls?: Tls.SecureContextOptions,
  count?: (bytes: number) => void
): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { hostname, port } = new URL(to.server)
    const pass = (socket: Net.Socket): void => {
      const way = tls === undefined
        ? Net.connect(Number(port), hostname)
        : Tls.connect({ host: hostname, port: Number(port), rejectUnauthorized: false })
      way.on("data", (bytes) => count?.(bytes.length))
      for (const [one, other] of [[socket, way], [way, socket]] as const) {
        one.on("error", () => {}).on("close", () => other.destroy()).pipe(other)
      }
    }
    const server = tls === undefined ? Net.createServer(pass) : Tls.createServer(tls, pass)
    return `https://${at}:${yield* listen(server, at)}`
  })

describe("NodeKubeClient against a real server", () => {
  it.scopedLive("a client certificate, and a service account's token, are who asks (C6, C12)", () =>
    Effect.gen(function*() {
      const connection = yield* admin
      assert.isDefined(connection.identity.certificate)
      const administrator = yield* client(connection)
      const { token, user } = yield* guest(administrator)
      const who = (service: typeof KubeClient.Service) =>
        Effect.map(
          service.execute(Request.raw({
            method: "POST",
            path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" })
          })),
          ({ body }) =>
            (body as { readonly status: { readonly userInfo: { readonly username: string } } }).status.userInfo.username
        )
      assert.strictEqual(yield* who(administrator), "admin")
      assert.strictEqual(yield* who(yield* client({ ...connection, identity: { token } })), user)
      const nobody = yield* client({ ...connection, identity: { token: Redacted.make("wrong-token") } })
      const refused = yield* Effect.flip(who(nobody))
      assert.strictEqual(refused._tag, "KubeUnauthorized")
      assert.notInclude(inspect(refused, { depth: 12 }), "wrong-token")
    }))

  it.scopedLive("who has no rights is told what they lack (C29)", () =>
    Effect.gen(function*() {
      const connection = yield* admin
      const { namespace, token, user } = yield* guest(yield* client(connection))
      const service = yield* client({ ...connection, identity: { token } })
      const refused = yield* Effect.flip(using(service)(Api.namespaced(Secret, namespace).list()))
      assert.strictEqual(refused._tag, "KubeForbidden")
      assert.include(refused.message, `User "${user}" cannot list resource "secrets"`)
    }))

  it.scopedLive("the server's warnings reach the caller (C26)", () =>
    Effect.gen(function*() {
      const administrator = yield* client(yield* admin, { onWarning: () => Effect.void })
      const { namespace } = yield* guest(administrator)
      const { warnings } = yield* administrator.execute(Request.raw({
        method: "POST",
        path: `/api/v1/namespaces/${namespace}/configmaps?fieldValidation=Warn`,
        body: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, unknown: 1 })
      }))
      assert.deepStrictEqual(warnings, ["unknown field \"unknown\""])
    }))

  it.scopedLive("lists come compressed where compression is on, and are the same (W10)", () =>
    Effect.gen(function*() {
      const connection = yield* admin
      const administrator = yield* client(connection)
      const { namespace } = yield* guest(administrator)
      const configMaps = Api.namespaced(ConfigMap, namespace)
      yield* Effect.forEach(
        Array.from({ length: 100 }, (_, index) => index),
        (index) => configMaps.create({ metadata: { name: `c${index}` }, data: { text: "repeated ".repeat(500) } }),
        { concurrency: 8, discard: true }
      ).pipe(using(administrator))
      const bytes = (compression: boolean) =>
        Effect.gen(function*() {
          let received = 0
          const server = yield* relay(connection, "127.0.0.1", undefined, (length) => received += length)
          const { hostname } = new URL(connection.server)
          const direct = yield* client({ ...connection, server, tlsServerName: hostname }, { compression })
          const { items } = yield* using(direct)(configMaps.list())
          return { received, names: items.map(({ data, metadata }) => `${metadata.name} ${data?.["text"]?.length}`) }
        })
      const plain = yield* bytes(false)
      const zipped = yield* bytes(true)
      assert.deepStrictEqual(zipped.names, plain.names)
      assert.isAtLeast(plain.names.length, 100)
      assert.isBelow(zipped.received, plain.received / 5)
    }))

  it.scopedLive("a body that is too large is refused as such (C29, C31)", () =>
    Effect.gen(function*() {
      const administrator = yield* client(yield* admin)
      const { namespace } = yield* guest(administrator)
      const error = yield* Api.namespaced(ConfigMap, namespace).create({
        metadata: { name: "large" },
        data: { k: "x".repeat(4_000_000) }
      }).pipe(using(administrator), Effect.flip)
      assert.strictEqual(error._tag === "KubeStatusError" && error.status.code, 413)
      assert.include(error.message, "limit is 3145728")
      assert.isBelow(inspect(error, { depth: 12 }).length, 20_000)
    }))

  it.scopedLive(
    "a server that has too much to do is asked again when it says so, and says so to whom asks once (C24, C25)",
    () =>
      Effect.gen(function*() {
        const cluster = yield* EnvTest.start({
          apiserverFlags: {
            "enable-priority-and-fairness": "false",
            "max-requests-inflight": "1",
            "max-mutating-requests-inflight": "1"
          }
        })
        const administrator = yield* client(cluster.connection)
        const { token } = yield* guest(administrator)
        // Administrators are served whatever there is to do.
        const service = yield* client({ ...cluster.connection, identity: { token } })
        const who = service.execute(Request.raw({
          method: "POST",
          path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
          body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" })
        }))
        yield* who
        // The one request that is served at a time, for as long as its body has not come.
        const { hostname, port } = new URL(cluster.url)
        const held = yield* Effect.acquireRelease(
          Effect.sync(() => Tls.connect({ host: hostname, port: Number(port), ca: cluster.certificateAuthority })),
          (socket) => Effect.sync(() => socket.destroy())
        )
        held.on("error", () => {}).resume().write(
          "POST /apis/authentication.k8s.io/v1/selfsubjectreviews HTTP/1.1\r\nhost: held\r\n" +
            `authorization: Bearer ${
              Redacted.value(token)
            }\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n`
        )
        const throttled = yield* Effect.provideService(who, Retry, "off").pipe(
          Effect.repeat({ times: 200 }),
          Effect.flip
        )
        assert.strictEqual(throttled._tag, "KubeThrottled")
        if (throttled._tag !== "KubeThrottled") return
        assert.deepStrictEqual(throttled.retryAfter && Duration.toSeconds(throttled.retryAfter), 1)
        assert.match(throttled.message, /retry after 1s/)
        const patient = yield* Effect.fork(who)
        yield* Effect.sleep("1200 millis")
        assert.isTrue(Option.isNone(yield* Fiber.poll(patient)), "it has been asked again, and is still waiting")
        held.destroy()
        assert.strictEqual((yield* Fiber.join(patient)).status, 201)
      }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("a certificate for another name says which there are, and tlsServerName mends it (C5, C29)", () =>
    Effect.gen(function*() {
      const connection = yield* admin
      const server = yield* relay(connection, "127.0.0.2")
      const get = (tlsServerName?: string) =>
        Effect.flatMap(
          client({ ...connection, server, tlsServerName }),
          (service) => using(service)(configMaps.list({ limit: 1 }))
        )
      const error = yield* Effect.flip(get())
      assert.strictEqual(error._tag === "KubeTransportError" && error.reason, "Tls")
      assert.match(
        error.message,
        /^list ConfigMap in default: the server's certificate is for .*localhost.*, not for 127\.0\.0\.2; use one of these names in the server's URL, or as tls-server-name of the cluster/
      )
      yield* get("localhost")
    }))

  it.scopedLive("a certificate that has expired, and an authority that is not trusted, are told with what to do (C5, C29)", () =>
    Effect.gen(function*() {
      const connection = yield* admin
      const authority = yield* makeAuthority("authority of the test")
      const subject = { commonName: "server", usage: "server", addresses: ["127.0.0.1"] } as const
      const expired = yield* authority.issue({ ...subject, notAfter: new Date(Date.UTC(2020, 0, 1)) })
      const valid = yield* authority.issue(subject)
      const { token } = yield* guest(yield* client(connection))
      const list = (server: string, certificateAuthority: string | undefined, insecureSkipTlsVerify = false) =>
        Effect.flatMap(
          client({ ...connection, server, certificateAuthority, insecureSkipTlsVerify, identity: { token } }),
          (service) => Effect.flip(using(service)(configMaps.list({ limit: 1 })))
        )
      const old = yield* relay(connection, "127.0.0.1", { cert: expired.certificate, key: expired.key })
      const fresh = yield* relay(connection, "127.0.0.1", { cert: valid.certificate, key: valid.key })
      for (
        const [error, words] of [
          [yield* list(old, authority.certificate), "has expired; renew it, or set the clock of this machine"],
          [yield* list(fresh, undefined), "an authority that is not trusted; name it in certificate-authority"]
        ] as const
      ) {
        assert.strictEqual(error._tag === "KubeTransportError" && error.reason, "Tls")
        assert.include(error.message, words)
        assert.notInclude(inspect(error, { depth: 12 }), Redacted.value(token))
      }
      // Reached, and only refused for the lack of rights.
      assert.strictEqual((yield* list(fresh, authority.certificate))._tag, "KubeForbidden")
      assert.strictEqual((yield* list(old, undefined, true))._tag, "KubeForbidden")
    }))

  it.scopedLive("requests and watches go through a proxy to it (C10)", () =>
    Effect.gen(function*() {
      const connection = yield* admin
      const authorization = `Basic ${Buffer.from("me:secret").toString("base64")}`
      const { asked, port } = yield* connectProxy({ authorization })
      const service = yield* client({ ...connection, proxyUrl: Redacted.make(`http://me:secret@127.0.0.1:${port}`) })
      const { items } = yield* using(service)(Api.cluster(Namespace).list())
      assert.isAbove(items.length, 0)
      assert.strictEqual(asked[0]?.target, new URL(connection.server).host)
      const wrong = yield* client({ ...connection, proxyUrl: Redacted.make(`http://me:other@127.0.0.1:${port}`) })
      const error = yield* Effect.flip(using(wrong)(Api.cluster(Namespace).list()))
      assert.strictEqual(error._tag === "KubeTransportError" && error.reason, "Connect")
      assert.include(error.message, `proxy http://127.0.0.1:${port}: answered 407`)
      assert.notInclude(inspect(error, { depth: 12 }), "me:other")
    }))
})
