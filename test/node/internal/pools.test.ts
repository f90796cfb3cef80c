import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Http2 from "node:http2"
import * as Https from "node:https"
import * as Net from "node:net"
import { inspect } from "node:util"
import * as Pools from "../../../src/node/internal/pools.js"
import * as proxies from "../../../src/node/internal/proxies.js"
import type { KeyPair } from "../../../src/testing/internal/certificates.js"
import { type Cluster, cluster, connectProxy, listen, socksProxy, until } from "../clusters.js"

const tlsOf = ({ connection }: Cluster): Pools.Tls => {
  const { certificate } = connection.identity
  if (certificate === undefined) throw new Error("a cluster of the tests has a client certificate")
  return {
    ca: String(connection.certificateAuthority),
    certificate: String(certificate.certificate),
    key: Redacted.isRedacted(certificate.key) ? certificate.key : undefined,
    insecure: false
  }
}

const poolsOf = (to: Cluster, options?: Partial<Pools.Options>) =>
  Pools.make({ server: new URL(to.connection.server), tls: tlsOf(to), connections: 32, ...options })

const proxy = (text: string): proxies.Proxy => {
  const it = proxies.parse(text)
  if ("problem" in it) throw new Error(it.problem)
  return it
}

const get = (client: HttpClient.HttpClient, url: string) =>
  Effect.flatMap(client.execute(HttpClientRequest.get(url)), ({ text }) => text)

/** Reads a stream to its first piece and holds it open until it is interrupted. */
const hold = (client: HttpClient.HttpClient, url: string) =>
  client.pipe(HttpClient.withScope).execute(HttpClientRequest.get(url)).pipe(
    Effect.flatMap((response) => Stream.runDrain(response.stream)),
    Effect.scoped,
    Effect.fork
  )

/** What a failure says to a person, all of its causes included. */
const told = (error: unknown): string => inspect(error, { depth: 12 })

/** The failure's innermost line and code. */
const innermost = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)

const times = <A, E, R>(count: number, effect: Effect.Effect<A, E, R>) => Array.from({ length: count }, () => effect)

describe("pools", () => {
  it.scopedLive("200 reads in a row over TLS use one connection (C21)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const { requests } = yield* poolsOf(one)
      yield* Effect.all(times(200, get(requests, `${one.connection.server}/a`)), { discard: true })
      assert.strictEqual(one.seen.length, 200)
      assert.isAtMost(one.connections(), 2)
    }))

  it.scopedLive("100 requests at once stay within the bound, and all are answered (C21)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const { requests } = yield* poolsOf(one, { connections: 5 })
      yield* Effect.all(times(100, get(requests, `${one.connection.server}/a`)), { concurrency: "unbounded" })
      assert.strictEqual(one.seen.length, 100)
      assert.strictEqual(one.connections(), 5)
    }))

  it.scopedLive("open watches do not keep a request from being answered (C21)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const { requests, streams } = yield* poolsOf(one, { connections: 1 })
      yield* Effect.all(times(40, hold(streams, `${one.connection.server}/a?watch=1`)))
      yield* until(() => one.seen.length === 40)
      yield* get(requests, `${one.connection.server}/a`)
      assert.strictEqual(one.open.size, 41)
    }))

  it.scopedLive("100 answers that nobody reads leak nothing: their connections are free or closed when their Scopes are (C21)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const { requests } = yield* poolsOf(one, { connections: 4 })
      const scoped = HttpClient.withScope(requests)
      yield* Effect.all(
        times(100, Effect.scoped(scoped.execute(HttpClientRequest.get(`${one.connection.server}/unread`)))),
        { concurrency: "unbounded", discard: true }
      )
      yield* get(requests, `${one.connection.server}/a`)
      assert.isAtMost(one.open.size, 4)
    }))

  it.scopedLive("requests that are given up while they wait harm nobody else (C21)", () =>
    Effect.gen(function*() {
      const release: Array<() => void> = []
      const one = yield* cluster("one", {
        answer: (request, response) => {
          if (!(request.url?.includes("held") ?? false)) return false
          release.push(() => response.end("done"))
          return true
        }
      })
      const { requests } = yield* poolsOf(one, { connections: 1 })
      const scoped = HttpClient.withScope(requests)
      const ask = (path: string) =>
        Effect.suspend(() => scoped.execute(HttpClientRequest.get(`${one.connection.server}/${path}`))).pipe(
          Effect.flatMap(({ text }) => text),
          Effect.scoped
        )
      const held = yield* Effect.fork(ask("held"))
      yield* until(() => release.length === 1)
      const fibers = yield* Effect.all(times(20, Effect.fork(ask("a"))))
      yield* Effect.yieldNow()
      yield* Fiber.interruptAll(fibers.filter((_, i) => i % 2 === 0))
      release[0]?.()
      assert.strictEqual(yield* Fiber.join(held), "done")
      for (const fiber of fibers.filter((_, i) => i % 2 === 1)) assert.include(yield* Fiber.join(fiber), "one")
      assert.strictEqual(one.connections(), 1)
      assert.strictEqual(one.seen.length, 11)
    }))

  it.scopedLive("a server that closes its connections after an answer is asked on a new one each time (C21, C23)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one", {
        answer: (request, response) => {
          if (request.url?.includes("close") === true) response.end("done", () => request.socket.destroy())
          else response.setHeader("connection", "close").end("done")
          return true
        }
      })
      const { requests } = yield* poolsOf(one, { connections: 2 })
      for (const path of ["polite", "close"]) {
        const answers = yield* Effect.forEach(
          Array.from({ length: 10 }),
          () => Effect.zipLeft(get(requests, `${one.connection.server}/${path}`), until(() => one.open.size === 0))
        )
        assert.deepStrictEqual([...new Set(answers)], ["done"])
      }
      assert.strictEqual(one.connections(), 20)
    }))

  it.scopedLive("closing the Scope leaves no connection: idle, in use, streaming, retired, or still being made (C21)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const scope = yield* Scope.make()
      const { renew, requests, streams } = yield* Scope.extend(poolsOf(one), scope)
      yield* get(requests, `${one.connection.server}/a`)
      const fibers: Array<Fiber.Fiber<unknown, unknown>> = [
        yield* hold(streams, `${one.connection.server}/a?watch=1`),
        yield* Effect.fork(get(requests, `${one.connection.server}/slow`))
      ]
      yield* until(() => one.seen.length === 3)
      yield* renew(tlsOf(one))
      fibers.push(yield* hold(streams, `${one.connection.server}/b?watch=1`))
      yield* until(() => one.seen.length === 4)
      // One whose server accepts and says nothing.
      const silent = new Set<Net.Socket>()
      const port = yield* listen(Net.createServer((socket) => {
        silent.add(socket.resume().on("close", () => silent.delete(socket)).on("error", () => {}))
      }))
      const stuck = yield* Scope.extend(
        poolsOf(one, { server: new URL(`https://127.0.0.1:${port}`) }),
        scope
      )
      fibers.push(yield* Effect.fork(get(stuck.requests, `https://127.0.0.1:${port}/a`)))
      yield* until(() => silent.size === 1)
      yield* Scope.close(scope, Exit.void)
      for (const fiber of fibers) assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
      yield* until(() => one.open.size === 0 && silent.size === 0)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(get(requests, `${one.connection.server}/a`))))
    }))

  it.scopedLive("a renewed certificate is shown by new connections, and what is under way ends on the old ones (C13)", () =>
    Effect.gen(function*() {
      const release: Array<() => void> = []
      const one = yield* cluster("one", {
        answer: (request, response) => {
          if (!(request.url?.includes("held") ?? false)) return false
          release.push(() => response.end("done"))
          return true
        }
      })
      const { renew, requests, streams } = yield* poolsOf(one)
      const at = (path: string) => `${one.connection.server}/${path}`
      const held = yield* Effect.fork(get(requests, at("held")))
      const watch = yield* hold(streams, at("a?watch=1"))
      yield* until(() => one.seen.length === 2)
      const next: KeyPair = yield* one.authority.issue({ commonName: "the next one", usage: "client" })
      yield* renew({ ...tlsOf(one), certificate: next.certificate, key: Redacted.make(next.key) })
      yield* get(requests, at("b"))
      yield* Effect.fork(get(streams, at("c?watch=1")))
      yield* until(() => one.seen.length === 4)
      assert.deepStrictEqual(one.seen.map(({ client }) => client), [
        "user-of-one",
        "user-of-one",
        "the next one",
        "the next one"
      ])
      assert.strictEqual(one.open.size, 4)
      release[0]?.()
      assert.strictEqual(yield* Fiber.join(held), "done")
      // The request's old connection is not needed any more; the watch goes on with its own.
      yield* until(() => one.open.size === 3)
      yield* Fiber.interrupt(watch)
      yield* until(() => one.open.size === 2)
    }))

  it.scopedLive("material that cannot be used changes nothing but the log, which does not quote it (C13)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const two = yield* cluster("two")
      const { renew, requests } = yield* poolsOf(one)
      const logged: Array<string> = []
      const logger = Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => logged.push(String(message))))
      // A certificate whose key has not been written yet.
      yield* Effect.provide(renew({ ...tlsOf(one), certificate: tlsOf(two).certificate }), logger)
      yield* Effect.provide(renew({ ...tlsOf(one), ca: "half a fi" }), logger)
      yield* get(requests, `${one.connection.server}/a`)
      assert.strictEqual(logged.length, 2)
      assert.match(
        logged[0] ?? "",
        /^https:\/\/127\.0\.0\.1:\d+: the client-certificate has changed, and the one before is kept: /
      )
      assert.include(logged[1], "certificate-authority")
      assert.notInclude(logged.join(), "half a fi")
      assert.notInclude(logged.join(), "PRIVATE KEY")
    }))

  it.scopedLive("certificates that cannot be used are told when the client is made, by their place in the configuration (C11)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const two = yield* cluster("two")
      const problem = (tls: Partial<Pools.Tls>) =>
        Effect.map(Effect.flip(poolsOf(one, { tls: { ...tlsOf(one), ...tls } })), ({ field }) => field)
      assert.strictEqual(yield* problem({ ca: "" }), "certificate-authority")
      assert.strictEqual(yield* problem({ ca: "no pem" }), "certificate-authority")
      assert.strictEqual(
        yield* problem({ ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" }),
        "certificate-authority"
      )
      assert.strictEqual(yield* problem({ certificate: "no pem" }), "client-certificate")
      assert.strictEqual(yield* problem({ key: Redacted.make("no pem") }), "client-key")
      assert.strictEqual(yield* problem({ key: undefined }), "client-key")
      assert.strictEqual(yield* problem({ certificate: undefined }), "client-certificate")
      assert.strictEqual(yield* problem({ certificate: tlsOf(two).certificate }), "client-certificate")
    }))

  it.scopedLive("a request for another server is refused and reaches nobody (C19)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one")
      const two = yield* cluster("two")
      const { requests, streams } = yield* poolsOf(one)
      for (const client of [requests, streams]) {
        for (
          const url of [`${two.connection.server}/a`, `${one.connection.server}0/a`, `${one.connection.server}@b/a`]
        ) {
          const error = yield* Effect.flip(get(client, url))
          assert.strictEqual(error.reason, "InvalidUrl")
        }
      }
      assert.deepStrictEqual([one.connections(), two.connections()], [0, 0])
    }))

  it.scopedLive("a certificate that does not fit, or is not trusted, is told with what to do about it (C5, C29)", () =>
    Effect.gen(function*() {
      const one = yield* cluster("one", { serving: { addresses: [], names: ["cluster.test", "other.test"] } })
      const two = yield* cluster("two")
      const failure = (options: Partial<Pools.Options>) =>
        Effect.map(
          Effect.flatMap(poolsOf(one, options), ({ requests }) =>
            Effect.flip(get(requests, `${one.connection.server}/a`))),
          innermost
        )
      const tls = tlsOf(one)
      assert.strictEqual(
        yield* failure({}),
        "the server's certificate is for cluster.test, other.test, not for 127.0.0.1; use one of these names in the " +
          "server's URL, or as tls-server-name of the cluster (ERR_TLS_CERT_ALTNAME_INVALID)"
      )
      assert.include(
        yield* failure({ tls: { ...tls, servername: "wrong.test" } }),
        "not for wrong.test; use one of these names in tls-server-name"
      )
      assert.include(
        yield* failure({ tls: { ...tls, ca: tlsOf(two).ca } }),
        "an authority that is not trusted; name it in certificate-authority"
      )
      for (const mended of [{ ...tls, servername: "other.test" }, { ...tls, ca: tlsOf(two).ca, insecure: true }]) {
        const { requests } = yield* poolsOf(one, { tls: mended })
        yield* get(requests, `${one.connection.server}/a`)
      }
      const plain = yield* listen(Net.createServer((socket) => void socket.on("error", () => {}).end("hello\n")))
      const { requests } = yield* poolsOf(one, { server: new URL(`https://127.0.0.1:${plain}`) })
      assert.include(
        innermost(yield* Effect.flip(get(requests, `https://127.0.0.1:${plain}/a`))),
        `what listens at 127.0.0.1:${plain} does not speak TLS; is it a server for http?`
      )
    }))

  describe("through a proxy", () => {
    const authorization = `Basic ${Buffer.from("me:p@ss").toString("base64")}`

    it.scopedLive("requests and watches go through CONNECT, and the proxy is shown its login and nothing else (C10)", () =>
      Effect.gen(function*() {
        const one = yield* cluster("one")
        const through = yield* connectProxy({ authorization })
        const scope = yield* Scope.make()
        const { requests, streams } = yield* Scope.extend(
          poolsOf(one, { proxy: proxy(`http://me:p%40ss@127.0.0.1:${through.port}`), connections: 2 }),
          scope
        )
        yield* Effect.all(times(20, get(requests, `${one.connection.server}/a`)), { concurrency: "unbounded" })
        yield* hold(streams, `${one.connection.server}/a?watch=1`)
        yield* until(() => one.seen.length === 21)
        const target = `127.0.0.1:${one.port}`
        assert.deepStrictEqual(through.asked, [
          { target, authorization },
          { target, authorization },
          { target, authorization }
        ])
        assert.isTrue(one.seen.every(({ client }) => client === "user-of-one"))
        yield* Scope.close(scope, Exit.void)
        yield* until(() => through.open.size === 0 && one.open.size === 0)
      }))

    it.scopedLive("names are resolved by the proxy, and the certificate is checked against them (C10)", () =>
      Effect.gen(function*() {
        const one = yield* cluster("one", { serving: { addresses: [], names: ["cluster.test"] } })
        const through = yield* connectProxy()
        const server = new URL(`https://cluster.test:${one.port}`)
        const { requests } = yield* poolsOf(one, { server, proxy: proxy(`http://127.0.0.1:${through.port}`) })
        yield* get(requests, `${server.origin}/a`)
        assert.deepStrictEqual(through.asked, [{ target: `cluster.test:${one.port}`, authorization: undefined }])
      }))

    it.scopedLive("an https proxy is trusted by the cluster's authority too (C10)", () =>
      Effect.gen(function*() {
        const one = yield* cluster("one")
        const tls = yield* one.authority.issue({ commonName: "proxy", usage: "server", addresses: ["127.0.0.1"] })
        const through = yield* connectProxy({ authorization, tls })
        const { requests } = yield* poolsOf(one, { proxy: proxy(`https://me:p%40ss@127.0.0.1:${through.port}`) })
        yield* get(requests, `${one.connection.server}/a`)
        assert.strictEqual(through.asked.length, 1)
      }))

    it.scopedLive("a proxy that refuses, is silent or is not there is named, without its password (C10, C29)", () =>
      Effect.gen(function*() {
        const one = yield* cluster("one")
        const { port } = yield* connectProxy({ authorization })
        const failure = (url: string) =>
          Effect.gen(function*() {
            const { requests } = yield* poolsOf(one, { proxy: proxy(url) })
            const error = yield* Effect.flip(get(requests, `${one.connection.server}/a`))
            assert.notInclude(told(error), "wrong-password")
            return innermost(error)
          })
        assert.strictEqual(
          yield* failure(`http://me:wrong-password@127.0.0.1:${port}`),
          `proxy http://127.0.0.1:${port}: answered 407 to CONNECT 127.0.0.1:${one.port}: it wants a user name and a ` +
            "password in its URL, or does not accept those that are there"
        )
        assert.include(
          yield* failure("http://me:wrong-password@127.0.0.1:1"),
          "proxy http://127.0.0.1:1: connect ECONNREFUSED"
        )
        const rude = yield* listen(Net.createServer((socket) => void socket.on("error", () => {}).destroy()))
        assert.include(yield* failure(`http://me:wrong-password@127.0.0.1:${rude}`), `proxy http://127.0.0.1:${rude}: `)
        assert.strictEqual(one.connections(), 0)
      }))

    it.scopedLive("a SOCKS5 proxy resolves the name, and is shown the login that it asks for (C10)", () =>
      Effect.gen(function*() {
        const one = yield* cluster("one", { serving: { names: ["cluster.test"] } })
        const open = yield* socksProxy()
        const closed = yield* socksProxy("me:p@ss")
        const through = (server: string, url: string) =>
          Effect.flatMap(
            poolsOf(one, { server: new URL(server), proxy: proxy(url) }),
            ({ requests }) => get(requests, `${server}/a`)
          )
        yield* through(one.connection.server, `socks5://127.0.0.1:${open.port}`)
        yield* through(`https://cluster.test:${one.port}`, `socks5://me:p%40ss@127.0.0.1:${closed.port}`)
        assert.deepStrictEqual(open.asked, [{ target: `127.0.0.1:${one.port}`, login: undefined }])
        assert.deepStrictEqual(closed.asked, [{ target: `cluster.test:${one.port}`, login: "me:p@ss" }])
        const failure = (url: string, server = one.connection.server) =>
          Effect.map(Effect.flip(through(server, url)), innermost)
        const name = `proxy socks5://127.0.0.1:${closed.port}`
        assert.strictEqual(
          yield* failure(`socks5://me:wrong@127.0.0.1:${closed.port}`),
          `${name}: does not accept the user name and password in its URL`
        )
        assert.strictEqual(
          yield* failure(`socks5://127.0.0.1:${closed.port}`),
          `${name}: wants a user name and a password in its URL`
        )
        assert.strictEqual(
          yield* failure(`socks5://127.0.0.1:${open.port}`, "https://127.0.0.1:1"),
          `proxy socks5://127.0.0.1:${open.port}: could not reach 127.0.0.1:1: connection refused`
        )
      }))
  })

  describe("with HTTP/2", () => {
    /** A server of HTTP/2 and, for who asks for it, HTTP/1.1: watches send an event and go on. */
    const http2Server = (options?: { readonly only11?: boolean }) =>
      Effect.gen(function*() {
        const one = yield* cluster("one")
        const serving = yield* one.authority.issue({ commonName: "server", usage: "server", addresses: ["127.0.0.1"] })
        const sessions: Array<Http2.ServerHttp2Session> = []
        const paths: Array<string> = []
        const sockets = new Set<Net.Socket>()
        const pair = { cert: serving.certificate, key: serving.key }
        const answer = (
          request: { readonly httpVersion: string; readonly url?: string | undefined },
          response: { readonly write: (text: string) => unknown; readonly end: (text: string) => unknown }
        ): void => {
          paths.push(`${request.httpVersion} ${request.url}`)
          if (request.url?.includes("watch") === true) response.write("event\n")
          else response.end("event\n")
        }
        const server = options?.only11 === true
          ? Https.createServer(pair, answer)
          : Http2.createSecureServer({ ...pair, allowHTTP1: true }, answer)
        server.on("session", (session) => sessions.push(session))
        server.on("secureConnection", (socket: Net.Socket) => {
          sockets.add(socket)
          socket.on("close", () => sockets.delete(socket))
        })
        const port = yield* listen(server)
        const server_ = new URL(`https://127.0.0.1:${port}`)
        const pools = yield* poolsOf(one, { server: server_, http2: true })
        return { pools, url: server_.origin, sessions, paths, sockets }
      })

    it.scopedLive("250 watches share three connections, and each ends alone (C21)", () =>
      Effect.gen(function*() {
        const { paths, pools: { requests, streams }, sessions, sockets, url } = yield* http2Server()
        const fibers = yield* Effect.all(times(250, hold(streams, `${url}/watch`)))
        yield* until(() => paths.length === 250)
        assert.strictEqual(sessions.length, 3)
        assert.isTrue(paths.every((path) => path === "2.0 /watch"))
        // Requests that end stay with HTTP/1.1.
        assert.strictEqual(yield* get(requests, `${url}/a`), "event\n")
        assert.strictEqual(paths.at(-1), "1.1 /a")
        yield* Fiber.interrupt(fibers[0]!)
        yield* hold(streams, `${url}/watch`)
        yield* until(() => paths.length === 252)
        assert.strictEqual(sockets.size, 4)
      }))

    it.scopedLive("where the server speaks only HTTP/1.1 each watch has a connection of its own (C21)", () =>
      Effect.gen(function*() {
        const { paths, pools: { streams }, sockets, url } = yield* http2Server({ only11: true })
        yield* Effect.all(times(10, hold(streams, `${url}/watch`)))
        yield* until(() => paths.length === 10)
        assert.strictEqual(sockets.size, 10)
        assert.isTrue(paths.every((path) => path === "1.1 /watch"))
      }))

    it.scopedLive("GOAWAY ends the watches of the connection; none is sent a second time, and the next one gets a new connection", () =>
      Effect.gen(function*() {
        const { paths, pools: { streams }, sessions, url } = yield* http2Server()
        const fibers = yield* Effect.all(times(5, hold(streams, `${url}/watch`)))
        yield* until(() => paths.length === 5)
        sessions[0]?.goaway()
        for (const fiber of fibers) assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
        yield* hold(streams, `${url}/watch`)
        yield* until(() => paths.length === 6)
        assert.strictEqual(sessions.length, 2)
      }))
  })
})
