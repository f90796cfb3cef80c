import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { fstatSync, statSync } from "node:fs"
import { isatty } from "node:tty"
import type * as Credentials from "../../src/client/Credentials.js"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import { starter } from "../../src/node/internal/execPlugin.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import { printed } from "./secrets.js"
import { alive, at, clientOf, connection, get, pluginOf, server, start, until } from "./signingIn.js"

describe("exec plugins", () => {
  it.scoped(
    "a plugin runs once for 100 concurrent requests, again 60 s before its token ends, and once after a 401 (C15, C16, C17)",
    () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(start)
        const api = yield* server
        const it = yield* pluginOf
        yield* it.says(
          `credential({ token: "token-" + runs, expirationTimestamp: fs.readFileSync(folder + "/end", "utf8") })`
        )
        const fs = yield* FileSystem.FileSystem
        yield* fs.writeFileString(it.file("end"), at(600))
        const client = yield* clientOf(api.url, { exec: it.plugin })
        assert.strictEqual(yield* it.runs, 0, "making a client runs nothing")
        const many = Effect.forEach(Array.from({ length: 100 }), () => get(client), { concurrency: "unbounded" })
        yield* many
        assert.strictEqual(yield* it.runs, 1)
        yield* TestClock.adjust("539 seconds")
        yield* many
        assert.strictEqual(yield* it.runs, 1, "61 s before its end it is still used")
        assert.deepStrictEqual([...new Set(api.seen)], ["Bearer token-1"])
        yield* TestClock.adjust("1 seconds")
        yield* fs.writeFileString(it.file("end"), at(6000))
        yield* many
        assert.strictEqual(yield* it.runs, 2)
        assert.deepStrictEqual([...new Set(api.seen.slice(200))], ["Bearer token-2"])

        api.seen.length = 0
        api.state.accepts = (header) => header === "Bearer token-3"
        yield* many
        assert.strictEqual(yield* it.runs, 3, "whose 401 comes later is told that another has refreshed")
        assert.strictEqual(api.seen.filter((header) => header === "Bearer token-3").length, 100)
        assert.isAtMost(api.seen.length, 200)
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "a credential without an end is used until a 401; a plugin that has no other is not asked at each request, and the 401 is told (C15, C17)",
    () =>
      Effect.gen(function*() {
        const api = yield* server
        const it = yield* pluginOf
        yield* it.says(`credential({ token: "same" })`)
        const client = yield* clientOf(api.url, { exec: it.plugin })
        yield* get(client)
        yield* TestClock.adjust("30 days")
        yield* get(client)
        assert.strictEqual(yield* it.runs, 1)
        api.state.accepts = () => false
        assert.strictEqual((yield* Effect.flip(get(client)))._tag, "KubeUnauthorized")
        assert.strictEqual((yield* Effect.flip(get(client)))._tag, "KubeUnauthorized")
        assert.strictEqual(yield* it.runs, 2)
        assert.strictEqual(api.seen.length, 4, "nothing is sent again with the same token")
        yield* TestClock.adjust("11 seconds")
        yield* it.says(`credential({ token: "another" })`)
        api.state.accepts = (header) => header === "Bearer another"
        yield* get(client)
        assert.strictEqual(yield* it.runs, 3)
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "while a plugin fails, a token that is still valid is used, and the log says why once (C15)",
    () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(start)
        const logged: Array<string> = []
        const api = yield* server
        const it = yield* pluginOf
        yield* it.says(`credential({ token: "first", expirationTimestamp: ${JSON.stringify(at(600))} })`)
        const client = yield* clientOf(api.url, { exec: it.plugin })
        yield* get(client)
        yield* it.says(`console.error("the network is down"); process.exit(3)`)
        const quiet = Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => logged.push(String(message))))
        yield* TestClock.adjust("545 seconds")
        yield* Effect.provide(get(client), quiet)
        yield* TestClock.adjust("11 seconds")
        yield* Effect.provide(get(client), quiet)
        assert.strictEqual(yield* it.runs, 3)
        assert.strictEqual(logged.length, 1)
        assert.include(logged[0], "ended with exit code 3: the network is down")
        yield* TestClock.adjust("60 seconds")
        const error = yield* Effect.flip(get(client))
        assert.strictEqual(error._tag === "KubeTransportError" && error.reason, "Credential")
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "interrupting one of those who wait leaves the run to the others; closing the client ends it, and nobody hangs (C16)",
    () =>
      Effect.gen(function*() {
        const api = yield* server
        const it = yield* pluginOf
        yield* it.says(`
        const wait = () => fs.existsSync(folder + "/go") ? credential({ token: "t" }) : setTimeout(wait, 5)
        wait()
      `)
        const fs = yield* FileSystem.FileSystem
        const client = yield* clientOf(api.url, { exec: it.plugin })
        const first = yield* Effect.fork(get(client))
        yield* until(Effect.map(it.runs, (runs) => runs === 1))
        const second = yield* Effect.fork(get(client))
        const turn = yield* Deferred.make<void>()
        setImmediate(() => Deferred.unsafeDone(turn, Effect.void))
        yield* Deferred.await(turn)
        yield* Fiber.interrupt(first)
        yield* fs.writeFileString(it.file("go"), "")
        yield* Fiber.join(second)
        assert.strictEqual(yield* it.runs, 1)

        yield* fs.remove(it.file("go"))
        const scope = yield* Scope.make()
        const other = yield* Scope.extend(clientOf(api.url, { exec: it.plugin }), scope)
        const waiting = yield* Effect.fork(get(other))
        yield* until(Effect.map(it.runs, (runs) => runs === 2))
        const { pid } = (yield* it.processes)[1]!
        assert.isTrue(alive(pid))
        yield* Scope.close(scope, Exit.void)
        const error = yield* Effect.flip(Fiber.join(waiting))
        assert.include(error.message, "the client was closed")
        yield* until(Effect.sync(() => !alive(pid)))
        const late = yield* Effect.flip(get(other))
        assert.include(late.message, "the client was closed")
        assert.strictEqual(yield* it.runs, 2)
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "a plugin that does not end is ended at its deadline with all that it started, even when it does not listen to SIGTERM (C16)",
    () =>
      Effect.gen(function*() {
        const api = yield* server
        const it = yield* pluginOf
        yield* it.says(`
        import { spawn } from "node:child_process"
        process.on("SIGTERM", () => {})
        const child = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"])
        fs.writeFileSync(folder + "/child", String(child.pid))
        setInterval(() => {}, 1000)
      `)
        const fs = yield* FileSystem.FileSystem
        const client = yield* clientOf(api.url, { exec: it.plugin }, { timeout: "7 seconds" })
        const waiting = yield* Effect.fork(get(client))
        yield* until(
          Effect.orElseSucceed(Effect.map(fs.readFileString(it.file("child")), (text) => text !== ""), () => false)
        )
        const child = Number(yield* fs.readFileString(it.file("child")))
        const { pid } = (yield* it.processes)[0]!
        yield* TestClock.adjust("7 seconds")
        const error = yield* Effect.flip(Fiber.join(waiting))
        assert.include(error.message, "it did not end within 7s and was ended")
        yield* until(Effect.sync(() => !alive(pid) && !alive(child)))
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "a slow plugin does not hold the event loop, and one whose child keeps its output open is not waited for (C16)",
    () =>
      Effect.gen(function*() {
        const api = yield* server
        const it = yield* pluginOf
        yield* it.says(`
        import { spawn } from "node:child_process"
        const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: ["ignore", "inherit", "inherit"] })
        fs.writeFileSync(folder + "/child", String(child.pid))
        credential({ token: "t" })
        setTimeout(() => process.exit(0), 200)
      `)
        const client = yield* clientOf(api.url, { exec: it.plugin })
        let turns = 0
        const clock = setInterval(() => turns++, 5)
        yield* Effect.ensuring(get(client), Effect.sync(() => clearInterval(clock)))
        assert.isAbove(turns, 20)
        assert.deepStrictEqual(api.seen, ["Bearer t"])
        const fs = yield* FileSystem.FileSystem
        process.kill(Number(yield* fs.readFileString(it.file("child"))))
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "a plugin gets its arguments as they are, its environment beside ours, and is told what kubectl tells it (C14)",
    () =>
      Effect.gen(function*() {
        const api = yield* server
        const it = yield* pluginOf
        yield* it.says(`
        fs.writeFileSync(folder + "/told", JSON.stringify({ args: process.argv.slice(2), env: process.env }))
        credential({ token: "t" })
      `)
        const args = ["$(touch /tmp/x)", "a b", ";", "'\"", "--flag=*"]
        const client = yield* NodeKubeClient.make({
          ...connection(api.url, {
            exec: {
              ...it.plugin,
              args: [...it.plugin.args, ...args],
              env: [
                { name: "MINE", value: Redacted.make("1") },
                { name: "KUBERNETES_EXEC_INFO", value: Redacted.make("forged") },
                { name: "__proto__", value: Redacted.make("polluted") }
              ],
              provideClusterInfo: true,
              clusterConfig: { audience: "a" }
            }
          }),
          certificateAuthority: undefined,
          tlsServerName: "kubernetes.default",
          insecureSkipTlsVerify: true,
          disableCompression: true
        }, { environmentProxy: false })
        yield* get(client)
        const fs = yield* FileSystem.FileSystem
        const told = JSON.parse(yield* fs.readFileString(it.file("told"))) as {
          args: Array<string>
          env: Record<string, string>
        }
        assert.deepStrictEqual(told.args, args)
        assert.strictEqual(told.env["MINE"], "1")
        assert.strictEqual(told.env["PATH"], process.env["PATH"])
        assert.deepStrictEqual(JSON.parse(told.env["KUBERNETES_EXEC_INFO"]!), {
          kind: "ExecCredential",
          apiVersion: "client.authentication.k8s.io/v1",
          spec: {
            cluster: {
              server: api.url,
              "tls-server-name": "kubernetes.default",
              "insecure-skip-tls-verify": true,
              "disable-compression": true,
              config: { audience: "a" }
            },
            interactive: false
          }
        })
        assert.strictEqual(({} as { polluted?: string }).polluted, undefined)
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped(
    "what a plugin does wrong is told so that somebody can mend it, and nothing of what it printed is in it (C7, C14, C15, C32)",
    () =>
      Effect.gen(function*() {
        const api = yield* server
        const it = yield* pluginOf
        const secret = "s3cret-t0ken-of-the-plugin"
        const v1 = "client.authentication.k8s.io/v1"
        const print = (value: unknown) => `console.log(${JSON.stringify(JSON.stringify(value))})`
        const credential = (status: unknown) => print({ apiVersion: v1, kind: "ExecCredential", status })
        const cases: ReadonlyArray<readonly [body: string, message: string]> = [
          [`console.error("no " + ${JSON.stringify(secret)}); process.exit(7)`, "ended with exit code 7: no …"],
          [
            `${credential({ token: secret })}; console.error("got ${secret}, then lost it"); process.exit(1)`,
            "ended with exit code 1: got …, then lost it"
          ],
          [`process.exit(1)`, "ended with exit code 1 and said nothing"],
          [`process.kill(process.pid, "SIGKILL")`, "was ended by SIGKILL"],
          [``, "printed nothing"],
          [`console.log("token: ${secret}")`, "is not JSON"],
          [`console.log(${JSON.stringify(JSON.stringify([secret]))})`, "it printed a list"],
          [print({ apiVersion: v1, kind: "Secret", data: secret }), "in what it printed, kind is Secret"],
          [
            print({ apiVersion: v1, status: { token: secret } }),
            "in what it printed, kind is nothing; expected ExecCredential"
          ],
          [
            print({
              apiVersion: "client.authentication.k8s.io/v1beta1",
              kind: "ExecCredential",
              status: { token: secret }
            }),
            "in what it printed, apiVersion is client.authentication.k8s.io/v1beta1, and the kubeconfig expects " + v1
          ],
          [print({ apiVersion: v1, kind: "ExecCredential" }), "has no status"],
          [credential({}), "neither a token nor a certificate"],
          [credential({ token: { deep: secret } }), "status.token is an object; expected a string"],
          [credential({ token: `${secret}\nevil: header` }), "status.token cannot be used"],
          [credential({ clientKeyData: secret }), "clientKeyData without clientCertificateData"],
          [credential({ clientCertificateData: secret }), "clientCertificateData without clientKeyData"],
          [
            credential({ clientCertificateData: secret, clientKeyData: secret }),
            "client-certificate: it cannot be used"
          ],
          [
            credential({ token: secret, expirationTimestamp: "tomorrow" }),
            "status.expirationTimestamp is not a time; expected one such as 2030-01-31T12:00:00Z"
          ],
          [credential({ token: secret, expirationTimestamp: 5 }), "status.expirationTimestamp is a number"],
          [`process.stdout.write("${secret}".repeat(100000))`, "printed more than 1048576 bytes"]
        ]
        const logged: Array<unknown> = []
        const logger = Logger.replace(Logger.defaultLogger, Logger.make((entry) => logged.push(entry)))
        for (const [body, message] of cases) {
          yield* it.says(body)
          const client = yield* clientOf(api.url, {
            exec: { ...it.plugin, env: [{ name: "TOKEN", value: Redacted.make(secret) }] }
          })
          const error = yield* Effect.flip(Effect.provide(get(client), logger))
          assert.include(error.message, message)
          assert.include(error.message, `get ConfigMap default/a: the credential plugin ${process.execPath}: `)
          assert.strictEqual(error._tag === "KubeTransportError" && error.reason, "Credential")
          for (const text of printed(error, client, logged)) assert.notInclude(text, secret)
        }
        assert.deepStrictEqual(api.seen, [], "nothing is sent without a credential")
      }).pipe(Effect.provide(NodeContext.layer)),
    30_000
  )

  it.scoped("a plugin that cannot be run says why, and how to install it (C14)", () =>
    Effect.gen(function*() {
      const api = yield* server
      const it = yield* pluginOf
      const fs = yield* FileSystem.FileSystem
      yield* fs.writeFileString(it.file("text"), "not a program")
      yield* fs.writeFileString(it.file("script"), "#!/no/such/interpreter\n", { mode: 0o755 })
      const secret = "s3cret-argument"
      const cases: ReadonlyArray<readonly [Partial<KubeConfig.ExecPlugin>, string]> = [
        [
          { command: "no-such-plugin", installHint: "Install it with\n\u001b[31m  brew install it" },
          "the credential plugin no-such-plugin: it is not installed: no program of that name is in PATH. " +
          "Install it with brew install it"
        ],
        [{ command: it.file("nothing") }, "it is not installed: there is no such file"],
        [{ command: it.file("text") }, "it cannot be run: permission denied"],
        [{ command: it.file("script") }, "it cannot be started: the file, or the interpreter"],
        [{ command: it.folder }, "it is a folder and not a program"],
        [{ command: "./plugin" }, "its path is relative"],
        [{ args: [`${secret}\u0000`] }, "a character that none can hold"],
        [{ args: [secret.repeat(100_000)] }, "are too long for this system"]
      ]
      for (const [plugin, message] of cases) {
        const client = yield* clientOf(api.url, { exec: { ...it.plugin, ...plugin } })
        const error = yield* Effect.flip(get(client))
        assert.include(error.message, message)
        for (const text of printed(error)) assert.notInclude(text, secret)
      }
      assert.strictEqual(yield* it.runs, 0)
    }).pipe(Effect.provide(NodeContext.layer)), 60_000)

  it.scoped(
    "a plugin that may ask has the terminal of this process where there is one, and none otherwise (C14)",
    () =>
      Effect.gen(function*() {
        const api = yield* server
        const it = yield* pluginOf
        yield* it.says(`
        const { dev, ino } = fs.fstatSync(0)
        fs.writeFileSync(folder + "/told", JSON.stringify([JSON.parse(process.env.KUBERNETES_EXEC_INFO).spec, dev, ino]))
        credential({ token: "t" })
      `)
        const fs = yield* FileSystem.FileSystem
        const told = Effect.map(
          fs.readFileString(it.file("told")),
          (text) => JSON.parse(text) as ReadonlyArray<unknown>
        )
        const terminal = isatty(0)
        const available = yield* clientOf(api.url, { exec: { ...it.plugin, interactiveMode: "IfAvailable" } })
        yield* get(available)
        assert.deepStrictEqual((yield* told)[0], { interactive: terminal })
        const own = fstatSync(0)
        const run = (interactive: boolean) =>
          starter.run({
            path: process.execPath,
            args: it.plugin.args,
            env: [{ name: "KUBERNETES_EXEC_INFO", value: Redacted.make("{}") }],
            interactive,
            maxOutput: 1000
          })
        yield* run(true)
        assert.deepStrictEqual((yield* told).slice(1), [own.dev, own.ino])
        yield* run(false)
        const nothing = statSync("/dev/null")
        assert.deepStrictEqual((yield* told).slice(1), [nothing.dev, nothing.ino])
      }).pipe(Effect.provide(NodeContext.layer)),
    60_000
  )

  it.scoped("a program decides which plugins a kubeconfig may have run (C14)", () =>
    Effect.gen(function*() {
      const api = yield* server
      const it = yield* pluginOf
      yield* it.says(`credential({ token: "t" })`)
      const withPolicy = (policy: Credentials.PluginPolicy) =>
        Effect.flatMap(clientOf(api.url, { exec: it.plugin }, { policy }), get)
      assert.include((yield* Effect.flip(withPolicy("DenyAll"))).message, "no plugin may be run here")
      assert.include(
        (yield* Effect.flip(withPolicy({ allow: ["aws", "/usr/bin/gke-gcloud-auth-plugin"] }))).message,
        "is not on the list of plugins that may be run"
      )
      assert.strictEqual(yield* it.runs, 0)
      yield* withPolicy({ allow: [process.execPath] })
      yield* withPolicy("AllowAll")
      assert.strictEqual(yield* it.runs, 2)
    }).pipe(Effect.provide(NodeContext.layer)), 60_000)
})
