import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { inspect } from "node:util"
import * as Api from "../../src/client/Api.js"
import { redirect } from "../../src/client/internal/redirects.js"
import * as requestHeaders from "../../src/client/internal/requestHeaders.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { SelfSubjectReview } from "../../src/kinds/authentication/v1.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Request from "../../src/protocol/Request.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { client, script, server, status, tokens } from "./scripted.js"

const version = Request.raw({ path: "/version" })
const create = Request.raw({ method: "POST", path: "/api/v1/namespaces", body: "{}" })

describe("in somebody else's name", () => {
  it("each value is a header of its own, and keys of extra are percent-encoded (C20)", () => {
    assert.deepStrictEqual(
      requestHeaders.impersonation({
        user: "jane",
        uid: "u-1",
        groups: ["developers", "admins"],
        extra: { "scopes": ["view", "edit, really"], "acme.com/Project%x": ["a"], "none": [] }
      }),
      {
        "impersonate-user": "jane",
        "impersonate-uid": "u-1",
        "impersonate-group": ["developers", "admins"],
        "impersonate-extra-scopes": ["view", "edit, really"],
        "impersonate-extra-acme.com%2fproject%25x": ["a"]
      }
    )
    assert.strictEqual(requestHeaders.escapeExtraKey("a/b c%é\n"), "a%2Fb%20c%25%C3%A9%0A")
    // UTF-8, a character for each byte: so it goes into a header.
    assert.deepStrictEqual(requestHeaders.impersonation({ user: "jürgen" }), { "impersonate-user": "jÃ¼rgen" })
  })

  it.effect("what cannot stand in a header, or has no user, is refused and nothing is sent (C20, C28)", () =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<readonly [Parameters<KubeClient.Service["impersonate"]>[0], string]> = [
        [
          { user: "", groups: ["a"] },
          "impersonate.user must be given: a uid, groups and extra values belong to a user"
        ],
        [{ user: "a\r\nImpersonate-Group: system:masters" }, "impersonate.user must not hold a line end"],
        [{ user: "a\0" }, "impersonate.user must not hold"],
        [{ user: " admin" }, "impersonate.user must not begin or end with a space"],
        [{ user: "a", uid: "x\n" }, "impersonate.uid must not hold"],
        [{ user: "a", groups: ["b", ""] }, "impersonate.groups[1] must not be empty"],
        [{ user: "a", groups: ["b\nc"] }, "impersonate.groups[0] must not hold"],
        [{ user: "a", extra: { k: ["ok", "b\rc"] } }, `impersonate.extra["k"][1] must not hold`],
        [{ user: "a", extra: { "": ["b"] } }, "impersonate.extra must not have an empty key"]
      ]
      for (const [who, expected] of wrong) {
        const steps = script([{}])
        for (const self of [client(steps, { impersonate: who }), client(steps).impersonate(who)]) {
          const error = yield* Effect.flip(self.execute(version))
          assert.strictEqual(error._tag, "KubeStatusError")
          assert.include(error.message, expected)
          assert.strictEqual(error._tag === "KubeStatusError" && error.sent, false)
          yield* Effect.flip(Effect.scoped(self.connect(version, { protocols: [] })))
          yield* Effect.flip(self.httpClient.get("/version"))
        }
        assert.deepStrictEqual(steps.sent, [])
      }
    }))

  it.effect("the same connections and credential ask as another, who takes the place of the one before (C20)", () =>
    Effect.gen(function*() {
      const steps = script([{}])
      const { credential } = tokens("t")
      const self = client(steps, { credential, impersonate: { user: "one", groups: ["g"] } })
      yield* self.execute(version)
      yield* KubeClient.impersonate(self, { user: "two" }).execute(version)
      yield* KubeClient.impersonate({ user: "three", groups: ["h", "i"] })(self).execute(version)
      const asFour = Effect.flatMap(KubeClient.KubeClient, (client) => client.execute(version)).pipe(
        Effect.provide(KubeClient.layerImpersonate({ user: "four" })),
        Effect.provideService(KubeClient.KubeClient, self)
      )
      yield* asFour
      assert.deepStrictEqual(
        steps.sent.map(({ headers }) => [
          headers["authorization"],
          headers["impersonate-user"],
          headers["impersonate-group"]
        ]),
        [
          ["Bearer t", "one", ["g"]],
          ["Bearer t", "two", undefined],
          ["Bearer t", "three", ["h", "i"]],
          ["Bearer t", "four", undefined]
        ]
      )
    }))

  it.scoped("the API server sees user, uid, groups and extra, and refuses who may not impersonate (C20)", () =>
    Effect.gen(function*() {
      const cluster = yield* TestCluster.make({ auth: true })
      const admin = KubeClient.make({ server: cluster.url, httpClient: cluster.httpClient })
      const who = yield* Api.cluster(SelfSubjectReview).create({ metadata: {} }).pipe(
        Effect.provideService(
          KubeClient.KubeClient,
          admin.impersonate({ user: "jane", uid: "u-1", groups: ["one", "two"], extra: { "acme.com/a": ["x", "y"] } })
        )
      )
      assert.deepStrictEqual(who.status?.userInfo, {
        username: "jane",
        uid: "u-1",
        groups: ["one", "two", "system:authenticated"],
        extra: { "acme.com/a": ["x", "y"] }
      })
      const nobody = KubeClient.make({ server: cluster.url, httpClient: cluster.httpClientAs({ username: "nobody" }) })
      const error = yield* Effect.flip(Api.cluster(SelfSubjectReview).create({ metadata: {} })).pipe(
        Effect.provideService(KubeClient.KubeClient, nobody.impersonate({ user: "jane" }))
      )
      assert.strictEqual(error._tag, "KubeForbidden", error.message)
      const jane = yield* Effect.flip(Api.namespaced(ConfigMap, "default").list()).pipe(
        Effect.provideService(KubeClient.KubeClient, admin.impersonate({ user: "jane" }))
      )
      assert.strictEqual(jane._tag, "KubeForbidden")
    }))
})

describe("who the program is", () => {
  it.effect("User-Agent names the application, the library and the platform (C27)", () =>
    Effect.gen(function*() {
      const steps = script([{}])
      yield* client(steps).execute(version)
      yield* client(steps, { userAgent: "operator/1.2.0", platform: "linux/amd64" }).execute(version)
      yield* client(steps, { userAgent: "évil/1\r\nX-Remote-User: admin" }).execute(version)
      const agents = steps.sent.map(({ headers }) => headers["user-agent"])
      assert.match(String(agents[0]), /^effect-kube\/\d+\.\d+\.\d+$/)
      assert.match(String(agents[1]), /^operator\/1\.2\.0 effect-kube\/\d+\.\d+\.\d+ \(linux\/amd64\)$/)
      assert.match(String(agents[2]), /^_vil\/1__X-Remote-User: admin effect-kube\/[\d.]+$/)
    }))
})

describe("what goes into a URL or a header", () => {
  it.effect("cannot change where a request goes: paths that are no path of the server are refused (C28)", () =>
    Effect.gen(function*() {
      const { credential } = tokens("t")
      const steps = script([{}])
      const self = client(steps, { credential })
      const paths = [
        "@evil.test/",
        ".evil.test/",
        ":1/",
        "",
        "version",
        "/a b",
        "/a\r\nHost: evil.test",
        "/a\tb",
        "/api\\..\\x",
        "/api#fragment",
        "/../x",
        "/api/..",
        "/api/./x",
        "/api/%2e%2E/x",
        "/api/.%2e?x",
        "/é"
      ]
      for (const path of paths) {
        const error = yield* Effect.flip(self.execute(Request.raw({ path })))
        assert.strictEqual(error._tag === "KubeStatusError" && error.sent, false, path)
      }
      for (const header of [{ accept: "a\r\nb: c" }, { ifNoneMatch: "x\n" }, { contentType: "a\nb", body: "" }]) {
        yield* Effect.flip(self.execute(Request.raw({ path: "/version", ...header })))
      }
      assert.deepStrictEqual(steps.sent, [])
      for (const path of ["//evil.test/x", "/a..b/..c", "/api?x=../..", "/api/v1/%2f"]) {
        yield* self.execute(Request.raw({ path }))
      }
      assert.deepStrictEqual(steps.sent.map(({ url }) => new URL(url).origin), Array(4).fill(server))
    }))

  it.effect("field managers and selectors are encoded, whatever they hold (C28)", () =>
    Effect.gen(function*() {
      const steps = script([{}])
      const evil = "a\r\nX: y&force=true#é"
      const made = yield* Request.create(ConfigMap, { namespace: "ns" }, "{}", { fieldManager: evil })
      yield* client(steps).execute(made)
      const listed = yield* Request.list(ConfigMap, {}, { labels: evil, fields: evil })
      yield* client(steps).execute(listed)
      const [created, list] = steps.sent.map(({ url }) => new URL(url))
      assert.deepStrictEqual([...created!.searchParams], [["fieldManager", evil]])
      assert.deepStrictEqual([...list!.searchParams], [["labelSelector", evil], ["fieldSelector", evil]])
    }))
})

describe("an answer that points elsewhere", () => {
  const to = (location: string, status = 302) => ({ status, headers: { location } })
  const origins = [
    "https://evil.test/x",
    "//evil.test/x",
    "https://cluster.test/x",
    "https://cluster.test:6444/x",
    "http://cluster.test:6443/x",
    "https://cluster.test:6443@evil.test/x",
    "ftp://cluster.test:6443/x",
    "data:text/plain,x"
  ]

  it.effect("is followed at the same origin only, so that credentials never leave it (C19)", () =>
    Effect.gen(function*() {
      for (const location of origins) {
        const { credential } = tokens("secret")
        const steps = script([to(location), {}])
        const self = client(steps, { credential, impersonate: { user: "jane" } })
        const error = yield* Effect.flip(self.execute(version))
        assert.strictEqual(error._tag, "KubeStatusError", location)
        assert.include(error.message, "another origin", location)
        assert.isFalse(KubeError.isTransient(error))
        assert.strictEqual(steps.sent.length, 1, location)
      }
      const { credential } = tokens("secret")
      const steps = script([to("/other?x=1"), to("third", 301), { body: { ok: true } }])
      const { body } = yield* client(steps, { credential }).execute(version)
      assert.deepStrictEqual(body, { ok: true })
      assert.deepStrictEqual(steps.sent.map(({ headers, url }) => [url, headers["authorization"]]), [
        [`${server}/version`, "Bearer secret"],
        [`${server}/other?x=1`, "Bearer secret"],
        [`${server}/third`, "Bearer secret"]
      ])
    }))

  it.effect("keeps method and body, or is refused: a write never becomes a GET (C19)", () =>
    Effect.gen(function*() {
      for (const status of [301, 302, 303]) {
        const steps = script([to("/other", status), {}])
        const error = yield* Effect.flip(client(steps).execute(create))
        assert.include(error.message, `redirects a POST to ${server}/other with ${status}`)
        assert.strictEqual(steps.sent.length, 1)
      }
      for (const status of [307, 308]) {
        const steps = script([to("/other", status), {}])
        yield* client(steps).execute(create)
        assert.deepStrictEqual(steps.sent.map(({ body, method }) => [method, body]), [["POST", "{}"], ["POST", "{}"]])
      }
    }))

  it.effect("leads somewhere in the end, and an answer of 3xx that does not point anywhere is a refusal (C19)", () =>
    Effect.gen(function*() {
      const circle = script([to("/version")])
      const error = yield* Effect.flip(client(circle).execute(version))
      assert.include(error.message, "in a circle")
      assert.strictEqual(circle.sent.length, 11)
      assert.include((yield* Effect.flip(client(script([{ status: 302 }])).execute(version))).message, "where to")
      assert.strictEqual(
        (yield* Effect.flip(client(script([{ status: 304 }])).execute(version)))._tag,
        "KubeStatusError"
      )
      assert.strictEqual(
        (yield* Effect.flip(Effect.scoped(client(script([to("https://evil.test")])).open(version))))._tag,
        "KubeStatusError"
      )
    }))

  it("tells nothing secret of where it points (C32)", () => {
    const next = redirect("GET", `${server}/a`, { status: 302, location: "https://user:pw@evil.test/x?token=t#t" }, 0)
    assert.notInclude(JSON.stringify(next), "pw")
    assert.notInclude(JSON.stringify(next), "token")
  })
})

describe("warnings", () => {
  const warning = (...texts: ReadonlyArray<string>) => ({
    headers: { warning: texts.map((text) => `299 - "${text}"`).join(", ") }
  })

  it.effect("reach the caller, of values, of streams and of refusals, and are logged once each (C26)", () =>
    Effect.gen(function*() {
      const logged: Array<string> = []
      const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
        if (logLevel._tag === "Warning") logged.push(String(message))
      })
      const steps = script([
        { ...warning("one", `two, with \\"quotes\\"`) },
        { ...warning("one") },
        { status: 404, body: status(404, "NotFound"), ...warning("three") }
      ])
      const self = client(steps)
      const get = Request.raw({ path: "/x" })
      yield* Effect.gen(function*() {
        assert.deepStrictEqual((yield* self.execute(get)).warnings, ["one", `two, with "quotes"`])
        assert.deepStrictEqual((yield* Effect.scoped(self.open(get))).warnings, ["one"])
        yield* Effect.flip(self.execute(get))
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      assert.deepStrictEqual(
        logged,
        ["one", `two, with "quotes"`, "three"].map((text) => `GET /x: the server warns: ${text}`)
      )
    }))

  it.effect("go to a handler instead, of a client or of a part of a program, each time (C26)", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const handler = (name: string): KubeClient.WarningHandler => ({ request, text }) =>
        Effect.sync(() => seen.push(`${name}: ${request.verb} ${text}`))
      const self = client(script([warning("w")]), { onWarning: handler("client") })
      yield* self.execute(version)
      yield* self.execute(version)
      yield* Effect.provideService(self.execute(version), KubeClient.OnWarning, handler("part"))
      assert.deepStrictEqual(seen, ["client: GET w", "client: GET w", "part: GET w"])
    }))
})

describe("the raw door", () => {
  it.effect("a typed request for any path, with its errors (C44)", () =>
    Effect.gen(function*() {
      const steps = script([
        { body: { gitVersion: "v1.37.2" } },
        { body: "ok" },
        { status: 404, body: status(404, "NotFound") },
        { status: 304, headers: { etag: `"a"` } }
      ])
      const self = client(steps)
      assert.deepStrictEqual((yield* self.execute(version)).body, { gitVersion: "v1.37.2" })
      assert.strictEqual((yield* self.execute(Request.raw({ path: "/healthz", accept: "*/*" }))).body, "ok")
      const error: KubeError.Common = yield* Effect.flip(self.execute(Request.raw({ path: "/nothing" })))
      assert.strictEqual(error.message, "GET /nothing: 404 NotFound (the server says NotFound)")
      const same = yield* self.execute(Request.raw({ path: "/openapi/v3", ifNoneMatch: `"a"` }))
      assert.deepStrictEqual([same.status, same.body, same.etag], [304, undefined, `"a"`])
      assert.strictEqual(steps.sent[3]?.headers["if-none-match"], `"a"`)
    }))

  it.effect("the HttpClient below has the server's address, the credential and the impersonation applied (C44)", () =>
    Effect.gen(function*() {
      const { credential } = tokens("secret-token")
      const steps = script(({ url }) => url.endsWith("cut") ? { code: "ECONNRESET" } : { status: 201, body: { a: 1 } })
      const { httpClient } = client(steps, { credential, impersonate: { user: "jane", groups: ["a", "b"] } })
      const response = yield* httpClient.execute(
        HttpClientRequest.put("/apis/x?y=1").pipe(HttpClientRequest.bodyUnsafeJson({ b: 2 }))
      )
      assert.strictEqual(response.status, 201)
      assert.deepStrictEqual(yield* response.json, { a: 1 })
      yield* httpClient.get(`${server}/version`)
      assert.deepStrictEqual(
        steps.sent.map(({ body, headers, method, url }) => [method, url, body, headers["authorization"]]),
        [
          ["PUT", `${server}/apis/x?y=1`, `{"b":2}`, "Bearer secret-token"],
          ["GET", `${server}/version`, undefined, "Bearer secret-token"]
        ]
      )
      assert.deepStrictEqual(steps.sent[0]?.headers["impersonate-group"], ["a", "b"])
      const errors = [
        yield* Effect.flip(httpClient.get("/cut")),
        yield* Effect.flip(httpClient.get("https://evil.test/x")),
        yield* Effect.flip(httpClient.get("@evil.test/x"))
      ]
      assert.strictEqual(steps.sent.length, 3)
      for (const shown of [...errors, response]) {
        assert.notInclude(inspect(shown, { depth: 20 }), "secret-token")
        assert.notInclude(JSON.stringify(shown), "secret-token")
      }
    }))

  it.scoped("a client without WebSockets says so; with them they get address, credential and refusals (C44)", () =>
    Effect.gen(function*() {
      const exec = Request.raw({ path: "/api/v1/namespaces/ns/pods/a/exec?command=ls", kind: "stream" })
      const without = yield* Effect.flip(client(script([{}])).connect(exec, { protocols: ["v5.channel.k8s.io"] }))
      assert.strictEqual(without._tag === "KubeStatusError" && without.sent, false)
      assert.include(without.message, "no WebSockets")

      const asked: Array<KubeClient.SocketRequest> = []
      const { credential } = tokens("old", "new")
      const sockets: KubeClient.SocketOpener = (request) =>
        Effect.sync((): KubeClient.SocketAnswer => {
          asked.push(request)
          const shown = Redacted.value(request.headers)["authorization"]
          if (shown === "Bearer old") return { _tag: "Refused", status: 401, headers: {}, body: "" }
          return request.url.includes("forbidden")
            ? { _tag: "Refused", status: 403, headers: {}, body: JSON.stringify(status(403, "Forbidden")) }
            : {
              _tag: "Opened",
              channel: { protocol: request.protocols[0]!, messages: Stream.make("hello"), send: () => Effect.void }
            }
        })
      const self = client(script([{}]), { credential, sockets, impersonate: { user: "jane" } })
      const channel = yield* self.connect(exec, { protocols: ["v5.channel.k8s.io"] })
      assert.deepStrictEqual([...(yield* Stream.runCollect(channel.messages))], ["hello"])
      assert.strictEqual(asked.length, 2)
      assert.strictEqual(asked[1]?.url, "wss://cluster.test:6443/api/v1/namespaces/ns/pods/a/exec?command=ls")
      assert.strictEqual(Redacted.value(asked[1]!.headers)["impersonate-user"], "jane")
      assert.notInclude(inspect(asked, { depth: 9 }), "Bearer")
      const error = yield* Effect.flip(self.connect(Request.raw({ path: "/forbidden" }), { protocols: [] }))
      assert.strictEqual(error._tag, "KubeForbidden")
    }))
})

describe("a scripted client", () => {
  it.effect("has no HTTP and no WebSockets, and says so", () =>
    Effect.gen(function*() {
      const self = yield* KubeClient.KubeClient
      assert.include((yield* Effect.flip(self.httpClient.get("/x"))).message, "/x")
      assert.include((yield* Effect.flip(Effect.scoped(self.connect(version, { protocols: [] })))).message, "scripted")
      assert.deepStrictEqual((yield* self.impersonate({ user: "a" }).execute(version)).body, { a: 1 })
    }).pipe(
      Effect.provide(KubeClient.layerTest(() => Effect.succeed({ body: { a: 1 } }))),
      Effect.provide(Layer.empty),
      Logger.withMinimumLogLevel(LogLevel.None)
    ))
})
