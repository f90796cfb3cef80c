import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Credentials from "../../src/client/Credentials.js"
import { quote } from "../../src/client/internal/credentials/quoting.js"
import type { Credential } from "../../src/client/KubeClient.js"
import type * as KubeConfig from "../../src/client/KubeConfig.js"

const shown = (credential: Credential) =>
  Effect.map(
    credential.presented,
    ({ authorization }) => authorization === undefined ? undefined : Redacted.value(authorization)
  )

/** A disk of texts, which counts what is read and lets a test hold the reads. */
const disk = () => {
  const files = new Map<string, string>()
  const reads: Array<string> = []
  const state = { gate: Effect.void as Effect.Effect<void> }
  const layer = FileSystem.layerNoop({
    readFileString: (path) =>
      Effect.suspend(() => {
        reads.push(path)
        return Effect.flatMap(state.gate, () => {
          const text = files.get(path)
          return text !== undefined ? Effect.succeed(text) : Effect.fail(
            new PlatformError.SystemError({
              reason: "NotFound",
              module: "FileSystem",
              method: "readFile",
              pathOrDescriptor: path
            })
          )
        })
      })
  })
  return { files, reads, state, layer }
}

interface Answer {
  readonly status: unknown
}

/** Plugins that are functions of how often they ran. */
const plugins = (answer: (run: number, plugin: Credentials.PluginRun) => Answer | string, terminal = false) => {
  const runs: Array<Credentials.PluginRun> = []
  const layer = Layer.succeed(Credentials.PluginStarter, {
    hasTerminal: Effect.succeed(terminal),
    find: (command) => Effect.succeed(`/bin/${command}`),
    run: (run) =>
      Effect.suspend(() => {
        runs.push(run)
        const given = answer(runs.length, run)
        return typeof given === "string" ? Effect.fail(given) : Effect.succeed({
          code: 0,
          stdout: Redacted.make(
            JSON.stringify({ kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1", ...given })
          ),
          stderr: ""
        })
      })
  })
  return { runs, layer }
}

const plugin: KubeConfig.ExecPlugin = {
  apiVersion: "client.authentication.k8s.io/v1",
  command: "plugin",
  args: [],
  env: [],
  provideClusterInfo: false,
  interactiveMode: "IfAvailable"
}

const noHttp = Layer.succeed(HttpClient.HttpClient, HttpClient.make(() => Effect.die("nobody is asked")))

const quiet = Logger.replace(Logger.defaultLogger, Logger.none)

const credentialOf = (identity: KubeConfig.Identity) =>
  Credentials.fromConnection({
    server: "https://cluster.example",
    namespace: "default",
    insecureSkipTlsVerify: false,
    identity,
    context: undefined
  }, { material: {}, use: () => Effect.void })

describe("Credentials", () => {
  describe("a token file", () => {
    it.scoped("is read by the first request and again after 50 s, once for all that wait (C12)", () => {
      const { files, layer, reads, state } = disk()
      return Effect.gen(function*() {
        files.set("/token", " one\n")
        const credential = yield* Credentials.tokenFile("/token")
        assert.deepStrictEqual(reads, [])
        const gate = yield* Deferred.make<void>()
        state.gate = Deferred.await(gate)
        const many = yield* Effect.fork(
          Effect.forEach(Array.from({ length: 100 }), () => shown(credential), { concurrency: "unbounded" })
        )
        yield* TestClock.adjust("1 seconds")
        yield* Deferred.succeed(gate, undefined)
        assert.deepStrictEqual([...new Set(yield* Fiber.join(many))], ["Bearer one"])
        assert.deepStrictEqual(reads, ["/token"])
        files.set("/token", "two")
        yield* TestClock.adjust("49 seconds")
        assert.strictEqual(yield* shown(credential), "Bearer one")
        yield* TestClock.adjust("1 seconds")
        assert.strictEqual(yield* shown(credential), "Bearer two")
        assert.strictEqual(reads.length, 2)
      }).pipe(Effect.provide(layer))
    })

    it.scoped("that cannot be read, is empty or holds no token keeps the token before, and is tried again at the next request (C12)", () => {
      const { files, layer } = disk()
      return Effect.gen(function*() {
        const logged: Array<string> = []
        const logger = Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => logged.push(String(message))))
        files.set("/token", "one")
        const credential = yield* Credentials.tokenFile("/token")
        const ask = Effect.provide(shown(credential), logger)
        yield* ask
        yield* TestClock.adjust("60 seconds")
        files.delete("/token")
        assert.strictEqual(yield* ask, "Bearer one")
        for (const text of ["", " \n", "two\nthree", "zoë"]) {
          files.set("/token", text)
          assert.strictEqual(yield* ask, "Bearer one")
        }
        assert.deepStrictEqual(logged, [
          "the token of /token: the one before is used: cannot read /token: no such file"
        ])
        files.set("/token", "four")
        assert.strictEqual(yield* ask, "Bearer four")
      }).pipe(Effect.provide(layer))
    })

    it.scoped("that never could be read says which and why, and one that does not answer holds nobody (C12)", () => {
      const { files, layer, state } = disk()
      return Effect.gen(function*() {
        const credential = yield* Credentials.tokenFile("/token")
        assert.strictEqual(yield* Effect.flip(shown(credential)), "cannot read /token: no such file")
        files.set("/token", "a b")
        assert.strictEqual(
          yield* Effect.flip(shown(credential)),
          "/token: the token holds spaces or other characters that no token has"
        )
        state.gate = Effect.never
        const waiting = yield* Effect.fork(Effect.flip(shown(credential)))
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* Fiber.join(waiting), "cannot read /token: it did not end within 10s")
      }).pipe(Effect.provide(layer))
    })

    it.scoped("after a 401 is read again, but not for a request that was sent with a token before the one of now (C12, C17)", () => {
      const { files, layer, reads } = disk()
      return Effect.gen(function*() {
        files.set("/token", "one")
        const credential = yield* Credentials.tokenFile("/token")
        const one = yield* credential.presented
        assert.isFalse(yield* credential.refresh(one), "the same token is not sent twice")
        files.set("/token", "two")
        assert.isTrue(yield* credential.refresh(one))
        assert.strictEqual(reads.length, 3)
        assert.isTrue(yield* credential.refresh(one), "another request has refreshed meanwhile")
        assert.strictEqual(reads.length, 3)
        const two = yield* credential.presented
        files.delete("/token")
        assert.isFalse(yield* Effect.provide(credential.refresh(two), quiet))
        assert.strictEqual(yield* Effect.provide(shown(credential), quiet), "Bearer two")
      }).pipe(Effect.provide(layer))
    })
  })

  it.scoped("of several ways to sign in client-go's precedence holds, and what it refuses is refused (C6)", () => {
    const { files, layer } = disk()
    const exec = plugins(() => ({ status: { token: "of-plugin" } }))
    const pair = { certificate: "PEM", key: Redacted.make("PEM") }
    const token = Redacted.make("inline")
    const basic = { username: "u", password: Redacted.make("p") }
    const oidc: KubeConfig.OpenIdConnect = { issuer: "https://issuer.example", clientId: "c" }
    return Effect.gen(function*() {
      files.set("/token", "of-file")
      const of = (identity: KubeConfig.Identity) =>
        Effect.flatMap(
          credentialOf(identity),
          (credential) => credential === undefined ? Effect.succeed("nothing") : shown(credential)
        )
      assert.strictEqual(yield* of({}), "nothing")
      assert.strictEqual(yield* of({ certificate: pair }), "nothing")
      assert.strictEqual(yield* of({ certificate: pair, token, exec: plugin }), "Bearer inline")
      assert.strictEqual(yield* of({ token: Redacted.make(""), exec: plugin }), "Bearer of-plugin")
      assert.strictEqual(yield* of({ exec: plugin, certificate: pair }), "nothing", "a certificate is enough")
      assert.strictEqual(yield* of({ exec: plugin, basic }), "Basic dTpw")
      assert.strictEqual(yield* of({ token, oidc }), "Bearer inline")
      assert.strictEqual(yield* of({ token, tokenFile: "/token" }), "Bearer of-file")
      assert.strictEqual(yield* of({ token, tokenFile: "/nothing" }), "Bearer inline")
      assert.strictEqual(exec.runs.length, 1)
      for (const both of [{ token, basic }, { tokenFile: "/token", basic }]) {
        assert.strictEqual(
          yield* Effect.flip(of(both)),
          "a token and a user name with a password are both set; remove one of them"
        )
      }
      assert.strictEqual(
        yield* Effect.flip(of({ exec: plugin, oidc })),
        "an exec plugin and the auth-provider oidc are both set; remove one of them"
      )
      assert.strictEqual(
        yield* Effect.flip(of({ token: Redacted.make("a\r\nx-evil: 1") })),
        "the token holds spaces or other characters that no token has"
      )
    }).pipe(Effect.provide(Layer.mergeAll(layer, exec.layer, noHttp)))
  })

  it.effect("a credential goes to https, and over plain http to this machine alone (C18)", () =>
    Effect.sync(() => {
      const secure = [
        "https://cluster.example",
        "HTTPS://cluster.example:6443/prefix",
        "https://user@cluster.example",
        "http://localhost",
        "http://LOCALHOST:8080/api",
        "http://127.0.0.1:8080",
        "http://127.1",
        "http://127.255.255.254",
        "http://0x7f.1",
        "http://2130706433",
        "http://[::1]:8080",
        "http://[0:0:0:0:0:0:0:1]",
        "http://evil.example@localhost:8080"
      ]
      const open = [
        "http://cluster.example",
        "http://localhost.",
        "http://localhost.evil.example",
        "http://evil.localhost.example",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example",
        "http://127.0.0.1:80@evil.example",
        "http://localhost:8080#@evil.example".replace("#", "%23"),
        "http://127.0.0.1\\@evil.example".replace("\\", "%5c"),
        "http://[::2]",
        "http://[::ffff:10.0.0.1]",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://128.0.0.1",
        "ws://localhost",
        "localhost:8080",
        "//localhost",
        ""
      ]
      for (const server of secure) assert.isTrue(Credentials.isSecure(server), server)
      for (const server of open) assert.isFalse(Credentials.isSecure(server), server)
    }))

  describe("a plugin", () => {
    it.scoped("that must ask at a terminal is refused where there is none; one that never asks does not get it (C14)", () => {
      const without = plugins(() => ({ status: { token: "t" } }))
      const withOne = plugins(() => ({ status: { token: "t" } }), true)
      const run = (interactiveMode: KubeConfig.ExecPlugin["interactiveMode"], layer: typeof without.layer) =>
        Credentials.exec({ ...plugin, interactiveMode }).pipe(Effect.flatMap(shown), Effect.provide(layer))
      return Effect.gen(function*() {
        assert.strictEqual(
          yield* Effect.flip(run("Always", without.layer)),
          "the credential plugin plugin: it needs a terminal to ask (interactiveMode: Always), and standard input is " +
            "none; run this program in a terminal, or use a credential that asks nobody"
        )
        assert.deepStrictEqual(without.runs, [])
        yield* run("IfAvailable", without.layer)
        for (const mode of ["Always", "IfAvailable", "Never"] as const) yield* run(mode, withOne.layer)
        assert.deepStrictEqual(
          [...without.runs, ...withOne.runs].map(({ env, interactive }) => [
            interactive,
            (JSON.parse(Redacted.value(env.at(-1)!.value)) as { spec: unknown }).spec
          ]),
          [
            [false, { interactive: false }],
            [true, { interactive: true }],
            [true, { interactive: true }],
            [false, { interactive: false }]
          ]
        )
      })
    })

    it.scoped("whose credential lives for less than a minute is asked again after half of that, one that gives an ended one at each request (C15)", () => {
      const lives = [40, -5, 600]
      const { layer, runs } = plugins((run) => ({
        status: {
          token: `t${run}`,
          expirationTimestamp: new Date(Math.min(run - 1, 2) * 20_000 + lives[run - 1]! * 1000).toISOString()
        }
      }))
      return Effect.gen(function*() {
        const credential = yield* Credentials.exec(plugin)
        const ask = Effect.provide(shown(credential), quiet)
        assert.strictEqual(yield* ask, "Bearer t1")
        yield* TestClock.adjust("19 seconds")
        assert.strictEqual(yield* ask, "Bearer t1")
        yield* TestClock.adjust("1 seconds")
        assert.strictEqual(yield* ask, "Bearer t2")
        assert.strictEqual(yield* ask, "Bearer t3")
        assert.strictEqual(yield* ask, "Bearer t3")
        assert.strictEqual(runs.length, 3)
      }).pipe(Effect.provide(layer))
    })

    it.scoped("has a certificate used before it is presented, and taken away when it gives none any more; without a way to use it fails (C15)", () => {
      const pem = (run: number) => ({ clientCertificateData: `certificate ${run}`, clientKeyData: `key ${run}` })
      const { layer } = plugins((run) => ({ status: run === 3 ? { token: "t" } : { ...pem(run === 1 ? 1 : 2) } }))
      return Effect.gen(function*() {
        const used: Array<readonly [string | undefined, string | undefined]> = []
        const credential = yield* Credentials.exec(plugin, {
          useCertificate: ({ certificate, key }) =>
            Effect.sync(() => {
              used.push([certificate, key && Redacted.value(key)])
            })
        })
        const first = yield* credential.presented
        assert.deepStrictEqual(used, [["certificate 1", "key 1"]])
        assert.strictEqual(first.authorization, undefined)
        assert.isTrue(yield* credential.refresh(first))
        assert.isTrue(yield* credential.refresh(first), "which one was refused is told without a header, too")
        assert.strictEqual(used.length, 2)
        assert.isTrue(yield* credential.refresh(yield* credential.presented))
        assert.deepStrictEqual(used.slice(1), [["certificate 2", "key 2"], [undefined, undefined]])
        assert.strictEqual(yield* shown(credential), "Bearer t")
        const alone = yield* Credentials.exec(plugin)
        assert.include(yield* Effect.flip(shown(alone)), "a certificate, which this client cannot show")
      }).pipe(Effect.provide(layer))
    })

    it.scoped("that fails is run again for the next request, and not for each of those that waited (C16)", () => {
      const { layer, runs } = plugins((run) => run === 1 ? "broken" : { status: { token: "t" } })
      return Effect.gen(function*() {
        const credential = yield* Credentials.exec(plugin)
        const failures = yield* Effect.forEach(Array.from({ length: 100 }), () => Effect.flip(shown(credential)), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual([...new Set(failures)], ["the credential plugin plugin: broken"])
        assert.strictEqual(runs.length, 1)
        assert.strictEqual(yield* shown(credential), "Bearer t")
      }).pipe(Effect.provide(layer))
    })

    it.scoped("is run and ended as its client lives, also for who asks where nothing may be interrupted (C16)", () => {
      let ended = 0
      const layer = Layer.succeed(Credentials.PluginStarter, {
        hasTerminal: Effect.succeed(false),
        find: Effect.succeed,
        run: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended++))
      })
      return Effect.gen(function*() {
        const credential = yield* Credentials.exec(plugin, { timeout: "5 seconds" })
        const waiting = yield* Effect.fork(Effect.uninterruptible(Effect.flip(shown(credential))))
        yield* TestClock.adjust("5 seconds")
        assert.include(yield* Fiber.join(waiting), "it did not end within 5s")
        assert.strictEqual(ended, 1)
      }).pipe(Effect.provide(layer))
    })
  })

  it.effect("what a program says is quoted without what looks like a secret, on one line, without a terminal's sequences (C7, C32)", () =>
    Effect.sync(() => {
      const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
      const cases: ReadonlyArray<readonly [string, string]> = [
        [
          "Error: cannot find profile \"dev\" in /home/user/.aws/config",
          "Error: cannot find profile \"dev\" in /home/user/.aws/config"
        ],
        [`bad token ${jwt}!`, "bad token …!"],
        ["Authorization: Bearer abc.def", "Authorization: Bearer …"],
        ["password=hunter2, user=me", "password=…, user=me"],
        ["{\"client_secret\": \"x\"}", "{\"client_secret\": \"…\"}"],
        ["get https://me:pw@host/path failed", "get https://…@host/path failed"],
        ["-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\nthen", "… then"],
        ["key 0123456789abcdef0123456789abcdef", "key …"],
        ["\u001b[31mred\u001b[0m\r\n\u001b]0;title\u0007two\u0000", "red two"]
      ]
      for (const [said, quoted] of cases) assert.strictEqual(quote(said), quoted)
      assert.isAtMost(quote("word ".repeat(10_000)).length, 1026)
      const secret = "correct-horse-battery-staple"
      for (let before = 0; before < 60; before++) {
        const text = quote(`${"x ".repeat(5000)}${" ".repeat(before)}${secret} ${"word ".repeat(1630)}`, [secret])
        assert.notInclude(text, "staple")
      }
      assert.strictEqual(
        quote("invalid basic authentication, no bearer token in ec2.us-east-1.compute.amazonaws.com/2024-01-01/x"),
        "invalid basic authentication, no bearer token in ec2.us-east-1.compute.amazonaws.com/2024-01-01/x"
      )
      assert.strictEqual(quote("lost hunter2", ["hunter2"]), "lost …")
    }))
})
