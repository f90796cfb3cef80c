import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import * as proxies from "../../../src/node/internal/proxies.js"

const servers = [
  "https://example.com",
  "https://example.com:6443",
  "https://api.example.com:6443",
  "https://notexample.com",
  "https://10.1.2.3:6443",
  "https://10.1.2.3",
  "https://[fd00::1]:6443",
  "https://[fd00::1]",
  "https://bücher.example",
  "https://my.localhost",
  "https://0.0.0.0:6443"
]

const thisMachine = ["https://localhost:6443", "https://127.9.9.9", "https://[::1]:1"]

/** `NO_PROXY`, and those of the servers that Go's httpproxy then asks directly (its own answers, golang.org/x/net 0.57). */
const table: ReadonlyArray<readonly [noProxy: string, direct: ReadonlyArray<string>]> = [
  ["", []],
  ["*", servers],
  ["example.com", ["https://example.com", "https://example.com:6443", "https://api.example.com:6443"]],
  [".example.com", ["https://api.example.com:6443"]],
  ["*.example.com", ["https://api.example.com:6443"]],
  ["example.com:6443", ["https://example.com:6443", "https://api.example.com:6443"]],
  ["EXAMPLE.com", ["https://example.com", "https://example.com:6443", "https://api.example.com:6443"]],
  [" a , example.com ", ["https://example.com", "https://example.com:6443", "https://api.example.com:6443"]],
  ["10.0.0.0/8", ["https://10.1.2.3:6443", "https://10.1.2.3"]],
  ["10.1.2.3", ["https://10.1.2.3:6443", "https://10.1.2.3"]],
  ["10.1.2.3:6443", ["https://10.1.2.3:6443"]],
  ["10.1.2.3:443", ["https://10.1.2.3"]],
  ["10.0.0.0/33", []],
  ["10.1.0.0/16,example.org", ["https://10.1.2.3:6443", "https://10.1.2.3"]],
  ["fd00::/8", ["https://[fd00::1]:6443", "https://[fd00::1]"]],
  ["fd00::1", ["https://[fd00::1]:6443", "https://[fd00::1]"]],
  ["[fd00::1]", []],
  ["[fd00::1]:6443", ["https://[fd00::1]:6443"]],
  ["fd00::1:6443", []],
  ["0.0.0.0/0", ["https://10.1.2.3:6443", "https://10.1.2.3", "https://0.0.0.0:6443"]],
  ["10.1.2", []],
  ["com", [
    "https://example.com",
    "https://example.com:6443",
    "https://api.example.com:6443",
    "https://notexample.com"
  ]],
  ["ample.com", []],
  ["example.com.", []],
  [":6443", []],
  [".", []],
  ["*.", []],
  ["bücher.example", ["https://bücher.example"]],
  ["xn--bcher-kva.example", ["https://bücher.example"]],
  ["::ffff:10.1.2.3", ["https://10.1.2.3:6443", "https://10.1.2.3"]],
  ["*example.com", []],
  ["10.*", []]
]

const environment = (it: Partial<proxies.Environment>): proxies.Environment => ({
  https: "",
  http: "",
  no: "",
  cgi: false,
  ...it
})

describe("proxies", () => {
  for (const [noProxy, direct] of table) {
    it(`NO_PROXY ${JSON.stringify(noProxy)} keeps the same servers from the proxy as in Go (C10)`, () => {
      assert.deepStrictEqual(servers.filter((server) => proxies.isExcluded(noProxy, new URL(server))), direct)
      for (const server of thisMachine) assert.isTrue(proxies.isExcluded(noProxy, new URL(server)), server)
    })
  }

  it("a proxy's address may lack its scheme in the environment, may hold a login, and has the port of its scheme (C10)", () => {
    const of = (https: string) => {
      const proxy = proxies.fromEnvironment(environment({ https }), new URL("https://cluster.example"))
      return proxy === undefined || "problem" in proxy
        ? proxy
        : [proxy.name, proxy.login && [proxy.login.username, Redacted.value(proxy.login.password)]]
    }
    assert.deepStrictEqual(of("proxy"), ["http://proxy:80", undefined])
    assert.deepStrictEqual(of("proxy:3128"), ["http://proxy:3128", undefined])
    assert.deepStrictEqual(of("https://proxy"), ["https://proxy:443", undefined])
    assert.deepStrictEqual(of("socks5://proxy"), ["socks5://proxy:1080", undefined])
    assert.deepStrictEqual(of("socks5h://proxy:1"), ["socks5://proxy:1", undefined])
    assert.deepStrictEqual(of("[::1]:3128"), ["http://[::1]:3128", undefined])
    assert.deepStrictEqual(of("user:p%40ss@proxy:1"), ["http://proxy:1", ["user", "p@ss"]])
    assert.deepStrictEqual(of("http://user@proxy"), ["http://proxy:80", ["user", ""]])
    assert.deepStrictEqual(of("ftp://proxy"), {
      variable: "HTTPS_PROXY",
      problem: "unsupported scheme ftp; expected http, https or socks5"
    })
    assert.deepStrictEqual(of("://"), {
      variable: "HTTPS_PROXY",
      problem: "not a URL; expected a URL such as http://proxy.example:3128"
    })
    assert.isUndefined(of(""))
  })

  it("each scheme has its variable, and HTTP_PROXY is not followed by a CGI program (C10)", () => {
    const both = environment({ https: "secure", http: "plain" })
    const name = (environment: proxies.Environment, server: string) => {
      const proxy = proxies.fromEnvironment(environment, new URL(server))
      return proxy === undefined ? undefined : "problem" in proxy ? proxy.variable : proxy.name
    }
    assert.strictEqual(name(both, "https://cluster.example"), "http://secure:80")
    assert.strictEqual(name(both, "http://cluster.example"), "http://plain:80")
    assert.strictEqual(name({ ...both, cgi: true }, "http://cluster.example"), "HTTP_PROXY")
    assert.strictEqual(name({ ...both, cgi: true }, "https://cluster.example"), "http://secure:80")
  })

  it.effect("names in lower case come first, empty ones do not count (C10)", () => {
    const read = (entries: ReadonlyArray<readonly [string, string]>) =>
      Effect.withConfigProvider(proxies.environment, ConfigProvider.fromMap(new Map(entries)))
    return Effect.gen(function*() {
      assert.deepStrictEqual(yield* read([]), environment({}))
      assert.deepStrictEqual(
        yield* read([["https_proxy", "a"], ["HTTPS_PROXY", "b"], ["no_proxy", ""], ["NO_PROXY", "c,d"], [
          "HTTP_PROXY",
          "e"
        ]]),
        environment({ https: "a", http: "e", no: "c,d" })
      )
      assert.isTrue((yield* read([["REQUEST_METHOD", "GET"]])).cgi)
    })
  })

  it.effect("the proxy of the configuration wins over the environment, which may be left alone (C10)", () => {
    const server = new URL("https://cluster.example")
    const environment = ConfigProvider.fromMap(new Map([["HTTPS_PROXY", "http://other:1"]]))
    const proxyUrl = Redacted.make("http://me:secret@mine:2")
    return Effect.gen(function*() {
      const own = yield* proxies.proxyOf({ proxyUrl, context: "x" }, server, true)
      assert.strictEqual(own?.name, "http://mine:2")
      assert.notInclude(inspect(own, { depth: 9 }), "secret")
      assert.strictEqual((yield* proxies.proxyOf({ context: "x" }, server, true))?.name, "http://other:1")
      assert.isUndefined(yield* proxies.proxyOf({ context: "x" }, server, false))
      const wrong = yield* Effect.flip(
        proxies.proxyOf({ proxyUrl: Redacted.make("gopher://me:secret@x"), context: "x" }, server, true)
      )
      assert.strictEqual(
        wrong.message,
        "context x: cluster.proxy-url: unsupported scheme gopher; expected http, https or socks5"
      )
    }).pipe(Effect.withConfigProvider(environment))
  })
})
