/** What an adversary may try on a client: to have its credential, to change what it asks, to run programs through it. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Api from "../../src/client/Api.js"
import * as Credentials from "../../src/client/Credentials.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import * as KubeConfig from "../../src/client/KubeConfig.js"
import { ConfigMap, Pod, Secret } from "../../src/kinds/core/v1.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Request from "../../src/protocol/Request.js"
import * as Resource from "../../src/protocol/Resource.js"
import { clientOf, configMap, connectionTo, json, leaks, plain, printed, secure } from "./adversary.js"

const token = "planted-token-5f3a9c"
const bearer = Redacted.make(token)

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-security-"))),
  (name) => Effect.sync(() => fs.rmSync(name, { recursive: true, force: true }))
)

/** A plugin that tells that it ran, and what to say. */
const plugin = (directory: string, script: string) =>
  Effect.sync(() => {
    const file = path.join(directory, "plugin.sh")
    fs.writeFileSync(file, `#!/bin/sh\ntouch ${directory}/ran\n${script}\n`, { mode: 0o755 })
    return { file, ran: () => fs.existsSync(path.join(directory, "ran")) }
  })

const execPlugin = (command: string): KubeConfig.ExecPlugin => ({
  apiVersion: "client.authentication.k8s.io/v1",
  command,
  args: [],
  env: [],
  provideClusterInfo: false,
  interactiveMode: "Never"
})

/** A span that keeps what it is told. */
class NativeSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly spanId = "0000000000000001"
  readonly traceId = "00000000000000000000000000000001"
  readonly sampled = true
  readonly attributes = new Map<string, unknown>()
  readonly events: Array<unknown> = []
  status: Tracer.SpanStatus
  constructor(
    readonly name: string,
    readonly parent: Tracer.Span["parent"],
    readonly context: Tracer.Span["context"],
    readonly links: Tracer.Span["links"],
    startTime: bigint,
    readonly kind: Tracer.SpanKind
  ) {
    this.status = { _tag: "Started", startTime }
  }
  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.status = { _tag: "Ended", startTime: this.status.startTime, endTime, exit }
  }
  attribute(key: string, value: unknown): void {
    this.attributes.set(key, value)
  }
  event(name: string, _: bigint, attributes?: Record<string, unknown>): void {
    this.events.push([name, attributes])
  }
  addLinks(): void {}
}

/** What exporters tell of how a span ended: the value of a success is the program's own. */
const failureOf = (status: Tracer.SpanStatus): unknown =>
  status._tag === "Ended" && Exit.isFailure(status.exit) ? status.exit : undefined

const using = <A, E>(client: KubeClient.Service, effect: Effect.Effect<A, E, KubeClient.KubeClient>) =>
  Effect.provideService(effect, KubeClient.KubeClient, client)

const configMaps = Api.namespaced(ConfigMap, "default")

describe("credentials", () => {
  it.scopedLive("none of them goes to another machine over plain http, and no plugin is run for it (C18)", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const { file, ran } = yield* plugin(directory, "echo '{}'")
      fs.writeFileSync(path.join(directory, "token"), token)
      // What goes to any http address passes it, as a proxy.
      const proxy = yield* plain((_, response) => json(response, 200, configMap))
      const identities: ReadonlyArray<KubeConfig.Identity> = [
        { token: bearer },
        { tokenFile: path.join(directory, "token") },
        { basic: { username: "someone", password: bearer } },
        { exec: execPlugin(file) },
        { oidc: { issuer: proxy.url, clientId: "c", idToken: bearer, refreshToken: bearer } }
      ]
      for (const identity of identities) {
        for (
          const server of ["http://cluster.example:8080", "http://localhost.cluster.example", "HTTP://cluster.example"]
        ) {
          const client = yield* clientOf(connectionTo(server, { identity, proxyUrl: Redacted.make(proxy.url) }))
          yield* Effect.exit(using(client, configMaps.get("a")))
          yield* Effect.exit(using(client, Stream.runDrain(Stream.take(configMaps.watchOnce("1"), 1))))
        }
      }
      assert.isFalse(ran())
      assert.isAbove(proxy.received.length, 10)
      for (const { headers } of proxy.received) assert.isUndefined(headers.authorization)
      // To this machine, through somebody else's proxy, neither.
      const near = yield* clientOf(
        connectionTo("http://127.0.0.1:1", { identity: { token: bearer }, proxyUrl: Redacted.make(proxy.url) })
      )
      yield* Effect.exit(using(near, configMaps.get("a")))
      for (const { headers } of proxy.received) assert.isUndefined(headers.authorization)
    }))

  it("an address that only looks like this machine is another one (C18)", () => {
    for (
      const server of [
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://localhost@evil.example:80/",
        "http://evil.example#127.0.0.1",
        "http://evil.example/127.0.0.1",
        "http://evil.example\\@127.0.0.1",
        "http://[::ffff:8.8.8.8]",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://128.0.0.1",
        "ftp://127.0.0.1",
        "javascript:alert(1)",
        "",
        "localhost"
      ]
    ) assert.isFalse(Credentials.isSecure(server), server)
    for (
      const server of [
        "https://evil.example",
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://[::1]:6443",
        "HTTP://LOCALHOST"
      ]
    ) {
      assert.isTrue(Credentials.isSecure(server), server)
    }
  })

  it.scopedLive(
    "none goes elsewhere with a redirect, whatever its code, scheme, port or form (C19)",
    () =>
      Effect.gen(function*() {
        const { authority, client: certificate, server } = yield* secure
        const elsewhere = yield* server((_, response) => json(response, 200, configMap))
        const open = yield* plain((_, response) => json(response, 200, configMap))
        let location = ""
        let code = 302
        const home = yield* server((_, response) => {
          response.writeHead(code, { location }).end()
        })
        const client = yield* clientOf(connectionTo(home.url, {
          certificateAuthority: authority.certificate,
          identity: {
            token: bearer,
            certificate: { certificate: certificate.certificate, key: Redacted.make(certificate.key) }
          }
        }))
        for (code of [300, 301, 302, 303, 305, 307, 308]) {
          // Each form of an address with two codes, and each code with two forms.
          const every = code === 302 || code === 307
          for (
            location of [
              `${elsewhere.url}/steal`,
              `${open.url}/steal`,
              `//127.0.0.1:${elsewhere.port}/steal`,
              `\\\\127.0.0.1:${elsewhere.port}/steal`,
              `https://127.0.0.1:${home.port}@127.0.0.1:${elsewhere.port}/steal`,
              `http://127.0.0.1:${home.port}/steal`
            ].slice(0, every ? 6 : 2)
          ) {
            for (
              const effect of [
                configMaps.get("a"),
                configMaps.list(),
                Stream.runDrain(configMaps.watchOnce("1")),
                configMaps.create({ metadata: { name: "a" }, data: { k: token } }),
                configMaps.patch("a", Patch.merge({ data: { k: token } })),
                configMaps.delete("a")
              ].slice(0, every ? 6 : 4)
            ) {
              const exit = yield* Effect.exit(using<unknown, unknown>(client, effect))
              assert.isTrue(Exit.isFailure(exit), `${code} ${location}`)
              if (code === 307) assert.deepStrictEqual(yield* leaks(exit, [token]), [])
            }
            yield* Effect.exit(Effect.scoped(Effect.flatMap(client.httpClient.get("/x"), (response) => response.text)))
          }
        }
        assert.deepStrictEqual(elsewhere.received, [])
        assert.deepStrictEqual(open.received, [])
        // In a circle it ends.
        code = 307
        location = "/api/v1/again"
        const before = home.received.length
        assert.isTrue(Exit.isFailure(yield* Effect.exit(using(client, configMaps.get("a")))))
        assert.isAtMost(home.received.length - before, 60)
        const absolute = yield* Effect.flip(Effect.scoped(client.httpClient.get(`${elsewhere.url}/steal`)))
        assert.deepStrictEqual(yield* leaks(absolute, [token]), [])
        assert.deepStrictEqual(elsewhere.received, [])
      }),
    60_000
  )
})

describe("the shape of a request", () => {
  it.scopedLive("no name, namespace or subresource changes the path (C28)", () =>
    Effect.gen(function*() {
      const server = yield* plain((_, response) => json(response, 200, configMap))
      const client = yield* clientOf(connectionTo(server.url))
      const evil = [
        "..",
        ".",
        "",
        "a/b",
        "../../secrets/x",
        "..%2f..%2fsecrets",
        "%2e%2e",
        "a%00b",
        "a%",
        "/",
        "//evil.example/",
        "a/../b",
        "\ud800"
      ]
      const odd = [
        "a?b=c",
        "a#b",
        "a b",
        "a\r\nx: y",
        "a\u0000b",
        "ä",
        "a\\..\\b",
        "a;b",
        "a&b",
        "@evil",
        ":1",
        "a+b",
        "-",
        "..."
      ]
      const everything = (name: string): ReadonlyArray<Effect.Effect<unknown, unknown, KubeClient.KubeClient>> => [
        configMaps.get(name),
        configMaps.delete(name),
        configMaps.patch(name, Patch.merge({ data: { a: "b" } })),
        configMaps.apply({ metadata: { name } }),
        configMaps.replace({ ...configMap, metadata: { ...configMap.metadata, name } } as ConfigMap),
        Api.namespaced(Pod, "default").status.get(name),
        Api.namespaced(ConfigMap, name).get("x"),
        Api.namespaced(ConfigMap, name).list(),
        Api.namespaced(ConfigMap, name).create({ metadata: { name: "x" } }),
        // A subresource may have several segments: `proxy/metrics`.
        name === "a/b" ? Effect.fail("it is one") : Effect.flatMap(
          Request.get(Pod, { namespace: "default", name: "x", subresource: name }),
          client.execute
        )
      ]
      for (const name of evil) {
        for (const effect of everything(name)) {
          assert.isTrue(Exit.isFailure(yield* Effect.exit(using(client, effect))), JSON.stringify(name))
        }
      }
      assert.deepStrictEqual(server.received.map(({ url }) => url), [])
      for (const name of odd) {
        for (const effect of everything(name)) {
          const exit = yield* Effect.exit(using(client, effect))
          assert.isFalse(Exit.isFailure(exit) && exit.cause._tag === "Die", JSON.stringify(name))
        }
      }
      assert.isAbove(server.received.length, 50)
      for (const { headers, url } of server.received) {
        const [shape = "", query = ""] = url.split("?")
        const segments = shape.split("/").slice(1).map(decodeURIComponent)
        assert.deepStrictEqual(segments.slice(0, 3), ["api", "v1", "namespaces"], url)
        assert.isAtMost(segments.length, 7, url)
        assert.notInclude(segments, "..")
        assert.notMatch(query, /(^|&)b=c/)
        assert.isUndefined(headers["x"])
      }
    }))

  it.scopedLive("the path of a raw request stays at the server (C28, C44)", () =>
    Effect.gen(function*() {
      const elsewhere = yield* plain((_, response) => json(response, 200, configMap))
      const server = yield* plain((_, response) => json(response, 200, configMap))
      const client = yield* clientOf(connectionTo(server.url, { identity: { token: bearer } }))
      const paths = [
        `@127.0.0.1:${elsewhere.port}/x`,
        `:80@127.0.0.1:${elsewhere.port}/x`,
        `.evil.example/`,
        "x",
        "",
        `${elsewhere.url}/x`,
        "/../x",
        "/a/../../x",
        "/a/%2e%2e/x",
        "/a/.%2E/x",
        "/a\\..\\x",
        "/a b",
        "/a\r\nx: y",
        "/a#b",
        "/\u0000"
      ]
      for (const each of paths) {
        for (const kind of ["read", "write", "stream"] as const) {
          const exit = yield* Effect.exit(
            kind === "stream"
              ? Effect.scoped(client.open(Request.raw({ path: each, kind })))
              : client.execute(Request.raw({ path: each, kind }))
          )
          assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Fail", JSON.stringify(each))
        }
      }
      assert.deepStrictEqual(elsewhere.received, [])
      assert.deepStrictEqual(server.received.map(({ url }) => url), [])
      yield* client.execute(Request.raw({ path: `//127.0.0.1:${elsewhere.port}/x` })).pipe(Effect.exit)
      assert.deepStrictEqual(elsewhere.received, [])
    }))

  it.scopedLive("no option starts a header of its own (C20, C27)", () =>
    Effect.gen(function*() {
      const server = yield* plain((_, response) => json(response, 200, configMap))
      const injections = [
        "a\r\nx-evil: 1",
        "a\nx-evil: 1",
        "a\rx-evil: 1",
        "a\u0000b",
        "a\u2028x-evil: 1",
        "a\u010ax-evil: 1"
      ]
      for (const value of injections) {
        const who: ReadonlyArray<KubeConfig.Impersonation> = [
          { user: value },
          { user: "a", uid: value },
          { user: "a", groups: ["b", value] },
          { user: "a", extra: { [value]: ["b"] } },
          { user: "a", extra: { b: [value] } }
        ]
        for (const impersonate of who) {
          const client = yield* clientOf(connectionTo(server.url, { identity: { impersonate } }))
          const exit = yield* Effect.exit(using(client, configMaps.get("a")))
          assert.isFalse(Exit.isFailure(exit) && exit.cause._tag === "Die", JSON.stringify(impersonate))
        }
        const directory = yield* folder
        fs.writeFileSync(path.join(directory, "token"), value)
        for (
          const identity of [
            { token: Redacted.make(value) },
            { tokenFile: path.join(directory, "token") },
            { basic: { username: value, password: bearer } },
            { basic: { username: "a", password: Redacted.make(value) } }
          ] satisfies ReadonlyArray<KubeConfig.Identity>
        ) {
          const client = yield* clientOf(connectionTo(server.url, { identity }), {
            userAgent: value,
            fieldManager: value
          })
          const exit = yield* Effect.exit(using(client, configMaps.create({ metadata: { name: "a" } })))
          assert.isFalse(Exit.isFailure(exit) && exit.cause._tag === "Die", JSON.stringify(value))
        }
        const client = yield* clientOf(connectionTo(server.url))
        for (
          const more of [{ accept: value }, { contentType: value, body: "{}", method: "POST" as const }, {
            ifNoneMatch: value
          }]
        ) {
          const exit = yield* Effect.exit(client.execute(Request.raw({ path: "/x", ...more })))
          assert.isFalse(Exit.isFailure(exit) && exit.cause._tag === "Die", JSON.stringify(more))
        }
      }
      assert.isNotEmpty(server.received)
      for (const { headers, rawHeaders } of server.received) {
        assert.isUndefined(headers["x-evil"])
        for (const text of rawHeaders) assert.notMatch(text, /[\r\n\0]/)
      }
    }))
})

// ------------------------------------------------------------------------------------------------ kubeconfig

const load = (text: string, options?: KubeConfig.LoadOptions & { readonly directory?: string }) =>
  Effect.provide(KubeConfig.fromString(text, options), NodeContext.layer)

const kubeconfig = (user: string, server = "https://127.0.0.1:1", cluster = "") => `
apiVersion: v1
kind: Config
current-context: c
contexts: [{ name: c, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { server: "${server}" ${cluster} } }]
users: [{ name: u, user: ${user} }]
`

describe("a kubeconfig from an untrusted source", () => {
  const exec = (command: string) =>
    kubeconfig(
      `{ exec: { apiVersion: client.authentication.k8s.io/v1, command: "${command}", interactiveMode: Never } }`
    )

  it.scopedLive("runs nothing where plugins are refused, and nothing when it is only read (C14)", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const { file, ran } = yield* plugin(directory, "echo '{}'")
      const server = yield* plain((_, response) => json(response, 200, configMap))
      for (const command of [file, "./plugin.sh", "../plugin.sh"]) {
        for (const plugins of ["refuse", [], ["aws"], ["plugin.sh"]] as const) {
          const loaded = yield* Effect.either(load(exec(command), { plugins, directory }))
          if (Either.isRight(loaded)) {
            const client = yield* clientOf({ ...loaded.right, server: server.url })
            const exit = yield* Effect.exit(using(client, configMaps.get("a")))
            assert.isTrue(Exit.isFailure(exit), `${command} ${JSON.stringify(plugins)}`)
          }
        }
        // Reading alone runs nothing, nor does making a client.
        const loaded = yield* Effect.either(load(exec(command), { directory }))
        if (Either.isRight(loaded)) {
          yield* clientOf({ ...loaded.right, server: server.url })
          const denied = yield* clientOf({ ...loaded.right, server: server.url }, {
            credentials: { policy: "DenyAll" }
          })
          assert.isTrue(Exit.isFailure(yield* Effect.exit(using(denied, configMaps.get("a")))))
        }
      }
      assert.isFalse(ran())
    }))

  it.scopedLive("no shell reads what it says: a command and arguments are what they are (C14)", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const server = yield* plain((_, response) => json(response, 200, configMap))
      for (
        const command of [
          "true; touch ran",
          `sh -c 'touch ${directory}/ran'`,
          `$(touch ${directory}/ran)`,
          "`touch ran`",
          "|touch ran"
        ]
      ) {
        const loaded = yield* Effect.either(load(exec(command.replaceAll("\"", "")), { directory }))
        if (Either.isRight(loaded)) {
          const client = yield* clientOf({ ...loaded.right, server: server.url })
          assert.isTrue(Exit.isFailure(yield* Effect.exit(using(client, configMaps.get("a")))))
        }
      }
      assert.isFalse(fs.existsSync(path.join(directory, "ran")))
      assert.isFalse(fs.existsSync("ran"))
    }))

  it.scopedLive("reads no file of this machine where that is refused (C3)", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const file = path.join(directory, "secret")
      fs.writeFileSync(file, token)
      const texts = [
        kubeconfig(`{ tokenFile: "${file}" }`),
        kubeconfig(`{ client-certificate: "${file}", client-key: "${file}" }`),
        kubeconfig("{ token: a }", "https://127.0.0.1:1", `, certificate-authority: "${file}"`),
        kubeconfig(
          `{ auth-provider: { name: oidc, config: { idp-issuer-url: "https://x.example", client-id: c, id-token: a.b.c, idp-certificate-authority: "${file}" } } }`
        )
      ]
      for (const text of texts) {
        const refused = yield* Effect.exit(load(text, { localFiles: "refuse" }))
        assert.isTrue(Exit.isFailure(refused), text)
        assert.deepStrictEqual(yield* leaks(refused, [token]), [])
        // Where it may, a file that is none of what it should be is told without what is in it.
        const allowed = yield* Effect.exit(
          Effect.scoped(Effect.flatMap(load(text), (connection) => clientOf(connection)))
        )
        assert.deepStrictEqual(yield* leaks(allowed, [token]), [], text)
      }
    }))

  it.effect("YAML that grows, runs code, or names prototypes does no harm (C11)", () =>
    Effect.gen(function*() {
      const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"]
      for (let level = 1; level < 12; level++) {
        const [one, two] = [String.fromCharCode(96 + level), String.fromCharCode(97 + level)]
        bomb.push(`${two}: &${two} [*${one},*${one},*${one},*${one},*${one},*${one},*${one},*${one},*${one}]`)
      }
      const texts = [
        bomb.join("\n"),
        `${kubeconfig("{ token: a }")}\nbomb: { ${bomb.join(", ").replaceAll("&", "&")} }`,
        "!!js/function 'function () { throw 1 }'",
        "!!js/undefined ''",
        "a: !!python/object/apply:os.system ['touch ran']",
        "&a [*a]",
        "a: &a { b: *a }",
        "[".repeat(100_000),
        "{a: ".repeat(20_000),
        `a:\n${" a:\n".repeat(10)}`,
        "\u0000",
        "- ".repeat(50_000),
        "? ".repeat(10_000)
      ]
      for (const text of texts) {
        const exit = yield* Effect.exit(load(text))
        assert.isFalse(Exit.isFailure(exit) && exit.cause._tag === "Die", text.slice(0, 40))
      }
      const polluting = [
        kubeconfig("{ token: a }") + "__proto__: { polluted: yes }\nconstructor: { prototype: { polluted: yes } }",
        kubeconfig("{ token: a, __proto__: { polluted: yes, exec: { command: x } } }"),
        kubeconfig("{ <<: { __proto__: { polluted: yes } }, token: a }"),
        kubeconfig("{ token: a }").replaceAll("name: c", "name: __proto__").replaceAll(": c,", ": __proto__,")
          .replace("current-context: c", "current-context: __proto__"),
        kubeconfig("{ token: a }").replaceAll("name: c", "name: constructor").replaceAll(": c,", ": constructor,")
          .replace("current-context: c", "current-context: constructor")
      ]
      for (const text of polluting) {
        const exit = yield* Effect.exit(load(text))
        assert.isFalse(Exit.isFailure(exit) && exit.cause._tag === "Die", text)
        if (Exit.isSuccess(exit)) assert.isUndefined(exit.value.identity.exec)
        assert.isUndefined(({} as { polluted?: unknown }).polluted)
      }
      for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
        const exit = yield* Effect.exit(load(kubeconfig("{ token: a }"), { context: name }))
        assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Fail", name)
      }
    }))
})

describe("prototype keys", () => {
  it.scopedLive("what a server sends under such names changes nothing but the object that it sent", () =>
    Effect.gen(function*() {
      const text =
        `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"default","uid":"u","resourceVersion":"1",
        "creationTimestamp":"2026-01-01T00:00:00Z","labels":{"__proto__":"x","constructor":"y"},"__proto__":{"polluted":1}},
        "data":{"__proto__":"v","toString":"w"},"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`
      const status =
        `{"kind":"Status","__proto__":{"polluted":1},"reason":"NotFound","details":{"__proto__":{"polluted":1},"causes":[{"__proto__":{"polluted":1}}]},"code":404}`
      const server = yield* plain(({ url }, response) => {
        const [code, body] = url.includes("missing")
          ? [404, status]
          : url.includes("/configmaps/")
          ? [200, text]
          : [
            200,
            `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1","__proto__":{"polluted":1}},"items":[${text}],"__proto__":{"polluted":1}}`
          ] as const
        response.writeHead(code as number, { "content-type": "application/json" }).end(body)
      })
      const client = yield* clientOf(connectionTo(server.url))
      const read = yield* using(client, configMaps.get("a"))
      assert.deepStrictEqual(Object.getOwnPropertyNames(read.data ?? {}).sort(), ["__proto__", "toString"])
      const list = yield* using(client, configMaps.list())
      assert.strictEqual(list.items.length, 1)
      assert.strictEqual((yield* Effect.flip(using(client, configMaps.get("missing"))))._tag, "KubeNotFound")
      const Dynamic = Resource.dynamic({ apiVersion: "v1", kind: "ConfigMap", scope: "Namespaced" })
      yield* using(client, Api.dynamic(Dynamic, "default").get("a"))
      // What was read is written back whole.
      yield* using(client, configMaps.replace(read))
      const sent = server.received.find(({ method }) => method === "PUT")?.body ?? ""
      assert.include(sent, "\"data\":{\"__proto__\":\"v\",\"toString\":\"w\"}")
      assert.isUndefined(({} as { polluted?: unknown }).polluted)
      assert.isUndefined((read as { polluted?: unknown }).polluted)
    }))
})

// ------------------------------------------------------------------------------------------------ secrets

const planted = {
  token,
  password: "planted-password-77d1",
  proxy: "planted-proxy-4e2b",
  refresh: "planted-refresh-90aa",
  data: "planted-data-c41f",
  pluginEnv: "planted-env-1b2c",
  pluginToken: "planted-exec-8d7e"
}
const secrets = Object.values(planted)

const identities = (key: string, certificate: string, command: string): ReadonlyArray<KubeConfig.Identity> => [
  { token: Redacted.make(planted.token) },
  { basic: { username: "someone", password: Redacted.make(planted.password) } },
  { certificate: { certificate, key: Redacted.make(key) } },
  {
    exec: {
      ...execPlugin(command),
      env: [{ name: "PLANTED", value: Redacted.make(planted.pluginEnv) }]
    }
  },
  {
    oidc: {
      issuer: "https://127.0.0.1:1",
      clientId: "c",
      clientSecret: Redacted.make(planted.password),
      idToken: Redacted.make(
        `a.${Buffer.from(JSON.stringify({ exp: 1, secret: planted.token })).toString("base64url")}.b`
      ),
      refreshToken: Redacted.make(planted.refresh)
    }
  }
]

describe("secrets", () => {
  it.effect("the search finds one that is there, in an error, a cause, a header and in base64", () =>
    Effect.gen(function*() {
      const found = (value: unknown) => Effect.map(leaks(value, [planted.token]), (each) => each.length)
      assert.strictEqual(yield* found(new Error(`a ${planted.token}`)), 1)
      assert.strictEqual(
        yield* found(yield* Effect.exit(Effect.fail({ headers: { authorization: planted.token } }))),
        1
      )
      assert.strictEqual(
        yield* found(yield* Effect.exit(Effect.die(new Error("a", { cause: new Error(planted.token) })))),
        1
      )
      assert.strictEqual(yield* found({ data: Buffer.from(planted.token).toString("base64") }), 1)
      assert.strictEqual(yield* found({ token: Redacted.make(planted.token) }), 0)
    }))

  it.scopedLive(
    "no error, client, connection or exit shows one, whatever a server answers (C7, C29, C32)",
    () =>
      Effect.gen(function*() {
        const { authority, client: certificate, server } = yield* secure
        const directory = yield* folder
        const { file } = yield* plugin(
          directory,
          `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${planted.pluginToken}"}}'`
        )
        const keyLines = certificate.key.split("\n").filter((line) => line.length > 40)
        const all = [...secrets, ...keyLines]
        let code = 200
        let echo = false
        const api = yield* server((request, response) => {
          // What a server may know of: all of an object as JSON or as Go prints it, and what it was sent word for word.
          const sent = request.body === ""
            ? ""
            : `"${planted.data}" ${planted.data} ${Buffer.from(planted.data).toString("base64")}`
          const said = echo
            ? `cannot: ${JSON.stringify(request.body)} ${request.body} map[k:${planted.data}] ${sent}`
            : "no"
          const causes = [{
            reason: "FieldValueInvalid",
            field: "data",
            message: `Invalid value: "${planted.data}": ${said}`
          }]
          json(response, code, {
            kind: "Status",
            apiVersion: "v1",
            status: "Failure",
            code,
            message: said,
            details: { kind: "secrets", causes }
          }, { warning: "299 - \"careful\"" })
        })
        const down = connectionTo("https://127.0.0.1:1")
        const Secrets = Api.namespaced(Secret, "default")
        const body = { k: Buffer.from(planted.data).toString("base64") }
        for (const identity of identities(certificate.key, certificate.certificate, file)) {
          const connection = connectionTo(api.url, { certificateAuthority: authority.certificate, identity })
          assert.deepStrictEqual(yield* leaks(connection, all), [])
          for (const each of [connection, { ...down, identity }]) {
            const client = yield* clientOf(each, { credentials: { timeout: "5 seconds" } })
            assert.deepStrictEqual(yield* leaks(client, all), [])
            assert.deepStrictEqual(yield* leaks(client.impersonate({ user: "other" }), all), [])
            for (code of each === connection ? [401, 403, 409, 422, 500] : [0]) {
              echo = code !== 403
              const operations: ReadonlyArray<Effect.Effect<unknown, unknown, KubeClient.KubeClient>> = [
                Secrets.get("a"),
                Secrets.create({ metadata: { name: "a" }, data: body }),
                Secrets.patch("a", Patch.merge({ data: body, stringData: { l: planted.data } })),
                Secrets.apply({ metadata: { name: "a" }, data: body }),
                Stream.runDrain(Secrets.watchOnce("1"))
              ]
              // Which credential it is makes no difference to what becomes of a body.
              for (const operation of identity.token === undefined ? operations.slice(0, 2) : operations) {
                const exit = yield* Effect.exit(
                  using(client, operation).pipe(Effect.provideService(KubeClient.Retry, "off"))
                )
                assert.isTrue(Exit.isFailure(exit))
                assert.deepStrictEqual(yield* leaks(exit, all), [], `${Object.keys(identity)} ${code}`)
              }
            }
            // Through the client's own HttpClient: the error holds the request that the caller made.
            const raw = yield* Effect.exit(
              Effect.scoped(Effect.flatMap(client.httpClient.get("/x"), (response) => response.json))
            )
            // What the server says to it is the caller's own.
            assert.deepStrictEqual(yield* leaks(raw, all.filter((each) => each !== planted.data)), [])
          }
        }
      }),
    120_000
  )

  it.scopedLive("no log, span or metric shows one, at any level (C18, C32)", () =>
    Effect.gen(function*() {
      const lines: Array<unknown> = []
      const spans: Array<Tracer.Span> = []
      const tracer = Tracer.make({
        context: (run) => run(),
        span: (name, parent, context, links, startTime, kind) => {
          const span = new NativeSpan(name, parent, context, links, startTime, kind)
          spans.push(span)
          return span
        }
      })
      const directory = yield* folder
      const { file } = yield* plugin(
        directory,
        `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${planted.pluginToken}"}}'`
      )
      let code = 200
      const server = yield* plain((request, response) =>
        json(response, code, {
          kind: "Status",
          code,
          message: `cannot ${request.body} "${request.body}"`
        }, {
          warning: "299 - \"unknown field\"",
          "retry-after": "0"
        })
      )
      const Secrets = Api.namespaced(Secret, "default")
      yield* Effect.gen(function*() {
        for (
          const identity of [
            { token: bearer },
            { basic: { username: "u", password: Redacted.make(planted.password) } },
            { exec: { ...execPlugin(file), env: [{ name: "E", value: Redacted.make(planted.pluginEnv) }] } }
          ] satisfies ReadonlyArray<KubeConfig.Identity>
        ) {
          const client = yield* clientOf(connectionTo(server.url, { identity }))
          for (code of [200, 401, 422, 429, 500]) {
            const data = { k: Buffer.from(planted.data).toString("base64") }
            yield* Effect.exit(using(client, Secrets.get("a")))
            yield* Effect.exit(
              using(client, Secrets.patch("a", Patch.merge({ data, stringData: { l: planted.data } })))
            )
            yield* Effect.exit(using(client, Secrets.create({ metadata: { name: "a" }, data })))
            yield* Effect.exit(using(client, Stream.runDrain(Secrets.watchOnce("1"))))
            yield* Effect.exit(Effect.scoped(client.httpClient.get("/x")))
          }
        }
      }).pipe(
        Effect.provideService(KubeClient.Retry, Schedule.recurs(1)),
        Effect.withTracer(tracer),
        Effect.provide(
          Logger.replace(
            Logger.defaultLogger,
            Logger.make((options) => lines.push(options.message, options.annotations, options.cause))
          )
        ),
        Logger.withMinimumLogLevel(LogLevel.All)
      )
      assert.isAbove(spans.length, 20)
      assert.isAbove(lines.length, 20)
      const metrics = yield* Metric.snapshot
      const shown = [
        ...spans.map((
          span
        ) => [span.name, [...span.attributes], failureOf(span.status), "events" in span ? span.events : []]),
        ...lines,
        metrics.filter(({ metricKey }) => metricKey.name.startsWith("rest_client_")).map(({ metricKey }) => metricKey)
      ]
      const found = secrets.filter((secret) => shown.some((each) => printed(each).includes(secret)))
      assert.deepStrictEqual(found, [])
      const basic = Buffer.from(`u:${planted.password}`).toString("base64")
      assert.isFalse(shown.some((each) => printed(each).includes(basic)))
    }), 60_000)

  it.scopedLive("a credential that cannot be had is told without it (C14, C29)", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const scripts = [
        `echo "${planted.pluginToken}"; exit 3`,
        `echo "not json ${planted.pluginToken}"`,
        `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":["${planted.pluginToken}"]}}'`,
        `echo '{"apiVersion":"v9","kind":"ExecCredential","status":{"token":"${planted.pluginToken}"}}'`,
        `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"clientCertificateData":"x","clientKeyData":"${planted.pluginToken}"}}'`,
        `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${planted.pluginToken}\\r\\nx: y"}}'`,
        `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${planted.pluginToken}","expirationTimestamp":"soon"}}'`
      ]
      for (const [index, script] of scripts.entries()) {
        const file = path.join(directory, `plugin${index}.sh`)
        fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
        const exec = {
          ...execPlugin(file),
          args: ["--secret", planted.password],
          env: [{ name: "E", value: Redacted.make(planted.pluginEnv) }]
        }
        const client = yield* clientOf(connectionTo("https://127.0.0.1:1", { identity: { exec } }))
        const exit = yield* Effect.exit(using(client, configMaps.get("a")))
        assert.isTrue(Exit.isFailure(exit))
        assert.deepStrictEqual(yield* leaks(exit, secrets), [], script)
      }
      const proxied = yield* Effect.exit(Effect.scoped(Effect.flatMap(
        clientOf(
          connectionTo("https://cluster.example", { proxyUrl: Redacted.make(`http://u:${planted.proxy}@127.0.0.1:1`) })
        ),
        (client) => Effect.provideService(using(client, configMaps.get("a")), KubeClient.Retry, "off")
      )))
      assert.isTrue(Exit.isFailure(proxied))
      assert.deepStrictEqual(yield* leaks(proxied, secrets), [])
      for (
        const url of [`://u:${planted.proxy}@x`, `ftp://u:${planted.proxy}@x`, `http://u:${planted.proxy}@x:99999`]
      ) {
        const exit = yield* Effect.exit(
          Effect.scoped(clientOf(connectionTo("https://cluster.example", { proxyUrl: Redacted.make(url) })))
        )
        assert.deepStrictEqual(yield* leaks(exit, secrets), [], url)
      }
    }), 60_000)

  it.effect("a kubeconfig that is wrong is told without what is secret in it (C7, C11)", () =>
    Effect.gen(function*() {
      const texts = [
        kubeconfig(`{ token: ["${planted.token}"] }`),
        kubeconfig(`{ token: { a: "${planted.token}" } }`),
        kubeconfig(`{ token: "${planted.token}\\nx" }`),
        kubeconfig(`{ password: "${planted.password}", username: [] }`),
        kubeconfig(`{ client-key-data: "${planted.password}!!", client-certificate-data: "%%" }`),
        kubeconfig(`{ token: "${planted.token}" : : }`),
        kubeconfig(`{ token: "${planted.token}", token: "${planted.password}" }`),
        kubeconfig(`{ token: "${planted.token}`),
        kubeconfig(`{ exec: { command: 3, env: [{ name: A, value: ["${planted.pluginEnv}"] }] } }`),
        kubeconfig(`{ exec: { apiVersion: v9, command: x, env: [{ name: A, value: "${planted.pluginEnv}" }] } }`),
        kubeconfig(`{ auth-provider: { name: gcp, config: { access-token: "${planted.token}" } } }`),
        kubeconfig(
          `{ auth-provider: { name: oidc, config: { refresh-token: "${planted.refresh}", client-secret: ["${planted.password}"] } } }`
        ),
        kubeconfig("{ token: a }", `https://u:${planted.password}@x y`),
        kubeconfig("{ token: a }", "https://x", `, proxy-url: "http://u:${planted.proxy}@ x"`),
        kubeconfig("{ token: a }", "https://x", `, proxy-url: ["http://u:${planted.proxy}@x"]`)
      ]
      for (const text of texts) {
        const exit = yield* Effect.exit(load(text))
        assert.isFalse(Exit.isFailure(exit) && exit.cause._tag === "Die", text)
        assert.deepStrictEqual(yield* leaks(exit, secrets), [], text)
      }
    }))

  it.effect("every error of the module prints without a value of what it is about (C29)", () =>
    Effect.gen(function*() {
      const value = Resource.decodeUnknown(Secret)({
        apiVersion: "v1",
        kind: "Secret",
        metadata: {
          name: "a",
          namespace: "b",
          uid: "u",
          resourceVersion: "1",
          creationTimestamp: "2026-01-01T00:00:00Z"
        },
        data: { k: { nested: planted.data }, l: [planted.data] },
        immutable: planted.data,
        type: { a: planted.data }
      })
      const exit = yield* Effect.exit(value)
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(yield* leaks(exit, secrets), [])
      assert.isTrue(KubeError.is(yield* Effect.flip(value)))
    }))
})
