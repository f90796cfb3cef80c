/**
 * EnvTest's own work, tested with programs that behave like the real ones; `EnvTest.real.test.ts` has the real ones.
 * Everything here is about processes and files, so it runs in real time.
 */
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import process from "node:process"
import { inspect } from "node:util"
import * as EnvTest from "../../src/testing/EnvTest.js"
import { freePort, start } from "../../src/testing/internal/controlPlane.js"
import { type FakeAssets, silent, stubbornServer, unreadyServer, writeFakeAssets } from "./fixtures/fakeAssets.js"
import { until, useTempFolder } from "./fixtures/leftovers.js"

const place = useTempFolder()
afterAll(() => place.remove())

let count = 0
const fake = (assets?: FakeAssets): string => writeFakeAssets(Path.join(place.folder, `assets-${count++}`), assets)
const assertNothingLeft = (): void => {
  assert.deepStrictEqual(place.processes(), [])
  assert.deepStrictEqual(place.folders(), [])
}
const folder = (): string => Path.join(place.folder, place.folders()[0] ?? "none")
const processNumber = (name: string): number => {
  const line = place.processes().find((line) => line.includes(name))
  assert.isDefined(line, `no process ${name}`)
  return Number.parseInt(line, 10)
}

describe("EnvTest", () => {
  it.scoped("a control plane starts under a test clock, and its programs run in a folder of their own", () =>
    Effect.gen(function*() {
      const assets = fake()
      const cluster = yield* EnvTest.start({ assets, controllers: ["namespace-controller"] })
      assert.match(cluster.url, /^https:\/\/127\.0\.0\.1:\d+$/)
      assert.strictEqual(cluster.assets, assets)
      assert.strictEqual(Fs.statSync(cluster.folder).mode & 0o777, 0o700)
      assert.strictEqual(Fs.statSync(cluster.kubeconfigPath).mode & 0o777, 0o600)
      assert.strictEqual(Fs.readFileSync(cluster.kubeconfigPath, "utf8"), cluster.kubeconfig)
      assert.isTrue(yield* cluster.apiserver.isRunning)
      assert.isTrue(yield* cluster.controllerManager!.isRunning)
      assert.match(yield* cluster.apiserver.logs(), /admin asks \/api\/v1\/namespaces\/default/)
      const args = JSON.parse(yield* cluster.kubectl("get", "pods"))
      assert.includeMembers(args, ["--kubeconfig", cluster.kubeconfigPath, "get", "pods"])
      // Printed, it does not show its key and token.
      const printed = [inspect(cluster, { depth: 9 }), JSON.stringify(cluster)]
      const key = JSON.parse(cluster.kubeconfig).users[0].user["client-key-data"]
      assert.strictEqual(Buffer.from(key, "base64").toString(), Redacted.value(cluster.clientKey))
      for (const text of printed) {
        assert.include(text, cluster.url)
        assert.notInclude(text, key)
        assert.notInclude(text, "PRIVATE KEY")
        assert.notInclude(text, Redacted.value(cluster.token))
      }
    }))

  it.scoped("the API server is killed, stopped and paused, and starts again on the same port", () =>
    Effect.gen(function*() {
      const { apiserver } = yield* EnvTest.start({ assets: fake() })
      const first = processNumber("kube-apiserver")
      yield* apiserver.start
      assert.strictEqual(processNumber("kube-apiserver"), first)
      yield* apiserver.kill()
      assert.isFalse(yield* apiserver.isRunning)
      assert.isUndefined(place.processes().find((line) => line.includes("kube-apiserver")))
      yield* apiserver.kill()
      yield* apiserver.start
      assert.notStrictEqual(processNumber("kube-apiserver"), first)
      yield* apiserver.pause
      const state = ChildProcess.execFileSync("ps", ["-o", "state=", "-p", `${processNumber("kube-apiserver")}`])
      assert.match(state.toString(), /^T/)
      yield* apiserver.stop
      assert.isFalse(yield* apiserver.isRunning)
      yield* apiserver.start
      assert.isTrue(yield* apiserver.isRunning)
    }))

  it.scoped("a port that somebody has taken meanwhile is replaced by another one", () =>
    Effect.gen(function*() {
      const assets = fake()
      const other = yield* EnvTest.start({ assets })
      const taken = Number(new URL(other.url).port)
      const ports = [taken, taken]
      const cluster = yield* start(
        { assets },
        Effect.suspend(() => {
          const port = ports.shift()
          return port === undefined ? freePort : Effect.succeed(port)
        })
      )
      assert.deepStrictEqual(ports, [])
      assert.notStrictEqual(cluster.url, other.url)
    }))

  describe("a start that cannot succeed", () => {
    const failure = (options: EnvTest.Options): Effect.Effect<EnvTest.EnvTestError> =>
      Effect.scoped(EnvTest.start(options)).pipe(
        Effect.flip,
        Effect.orDieWith(() => new Error("started")),
        Effect.tap(() => Effect.sync(assertNothingLeft))
      )

    it.effect("without KUBEBUILDER_ASSETS says what to set and how to build it", () =>
      Effect.gen(function*() {
        const error = yield* failure({}).pipe(Effect.withConfigProvider(ConfigProvider.fromMap(new Map())))
        assert.strictEqual(error.reason, "AssetsNotSet")
        assert.include(error.message, "KUBEBUILDER_ASSETS=$(scripts/envtest/build)")
      }))

    it.effect("names the program that the assets lack", () =>
      Effect.gen(function*() {
        const assets = fake()
        Fs.chmodSync(Path.join(assets, "kube-apiserver"), 0o644)
        const error = yield* failure({}).pipe(
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["KUBEBUILDER_ASSETS", assets]])))
        )
        assert.strictEqual(error.reason, "BinaryMissing")
        assert.strictEqual(error.component, "kube-apiserver")
        Fs.rmSync(Path.join(assets, "etcd"))
        assert.strictEqual((yield* failure({ assets })).component, "etcd")
      }))

    it.effect("in a temp folder whose path is too long for a socket says so", () =>
      Effect.gen(function*() {
        const long = Path.join(place.folder, "x".repeat(60))
        Fs.mkdirSync(long)
        const before = process.env["TMPDIR"]
        process.env["TMPDIR"] = long
        const error = yield* failure({ assets: fake() })
        process.env["TMPDIR"] = before
        assert.strictEqual(error.reason, "System")
        assert.include(error.message, "set TMPDIR to a shorter folder")
        assert.deepStrictEqual(Fs.readdirSync(long), [])
      }))

    it.effect("because a program ends reports the last lines of its log", () =>
      Effect.gen(function*() {
        const error = yield* failure({
          assets: fake({ apiserver: `for (let i = 0; i < 99; i++) console.error("line " + i); process.exitCode = 3` })
        })
        assert.strictEqual(error.reason, "Exited")
        assert.strictEqual(error.component, "kube-apiserver")
        assert.match(error.message, /^kube-apiserver ended with code 3 before it was ready\nline 79\n(.*\n)+line 98$/)
      }))

    it.effect("because a program is never ready reports what it answers", () =>
      Effect.gen(function*() {
        const error = yield* failure({ assets: fake({ apiserver: unreadyServer }), startTimeout: "1 seconds" })
        assert.strictEqual(error.reason, "NotReady")
        assert.strictEqual(
          error.message,
          "kube-apiserver was not ready after 1s; its last answer was: 500 etcd failed\nno etcd"
        )
      }))
  })

  describe("nothing is left behind", () => {
    it.live("when the Scope closes", () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        yield* Scope.extend(EnvTest.start({ assets: fake() }), scope)
        assert.isAtLeast(place.processes().length, 3)
        yield* Scope.close(scope, Exit.void)
        assertNothingLeft()
      }))

    it.live("when the Scope closes while the API server is paused, or killed", () =>
      Effect.gen(function*() {
        const assets = fake()
        yield* Effect.scoped(Effect.flatMap(EnvTest.start({ assets }), (cluster) => cluster.apiserver.pause))
        assertNothingLeft()
        yield* Effect.scoped(Effect.flatMap(EnvTest.start({ assets }), (cluster) => cluster.apiserver.kill()))
        assertNothingLeft()
      }))

    const moments: ReadonlyArray<readonly [string, FakeAssets, () => boolean]> = [
      ["at once", {}, () => true],
      ["when its folder appears", {}, () => place.folders().length > 0],
      ["while etcd starts", { etcd: silent }, () => place.processes().some((line) => line.includes("/etcd "))],
      ["while the API server starts", { apiserver: silent }, () => Fs.existsSync(`${folder()}/kube-apiserver.log`)],
      [
        "while a port is tried again",
        { apiserver: "console.log('address already in use');process.exit(1)" },
        () => Fs.existsSync(`${folder()}/kube-apiserver.log`)
      ]
    ]
    for (const [moment, assets, reached] of moments) {
      it.live(`when a start is interrupted ${moment}`, () =>
        Effect.gen(function*() {
          const fiber = yield* Effect.fork(Effect.scoped(EnvTest.start({ assets: fake(assets) })))
          yield* until(moment, reached)
          yield* Fiber.interrupt(fiber)
          assertNothingLeft()
        }))
    }

    it.live("of an interrupted restart but the rest of the control plane", () =>
      Effect.scoped(Effect.gen(function*() {
        const assets = fake()
        const { apiserver, folder } = yield* EnvTest.start({ assets })
        yield* apiserver.kill()
        writeFakeAssets(assets, { apiserver: `console.error("slow")\n${silent}` })
        const fiber = yield* Effect.fork(apiserver.start)
        yield* until("slow", () => Fs.readFileSync(`${folder}/kube-apiserver.log`, "utf8").includes("slow"))
        yield* Fiber.interrupt(fiber)
        assert.isFalse(yield* apiserver.isRunning)
        assert.isUndefined(place.processes().find((line) => line.includes("kube-apiserver")))
        assert.lengthOf(place.folders(), 1)
      })))

    const holder = (assets: string): ChildProcess.ChildProcess =>
      ChildProcess.spawn(
        process.execPath,
        ["--import", "tsx", Path.join(import.meta.dirname, "fixtures/holdEnvTest.ts"), assets],
        { stdio: ["ignore", "pipe", "inherit"] }
      )
    const ends: ReadonlyArray<readonly [NodeJS.Signals, string, FakeAssets]> = [
      ["SIGKILL", "runs", {}],
      ["SIGINT", "runs whose API server ignores SIGTERM", { apiserver: stubbornServer }],
      ["SIGKILL", "is being started", { apiserver: silent }]
    ]
    for (const [signal, state, assets] of ends) {
      it.live(`when the test process gets ${signal} while a control plane ${state}`, () =>
        Effect.gen(function*() {
          const child = holder(fake(assets))
          let output = ""
          child.stdout?.setEncoding("utf8").on("data", (text: string) => {
            output += text
          })
          yield* until("ready", () =>
            assets.apiserver === silent
              ? place.processes().some((line) => line.includes("kube-apiserver"))
              : output.includes("ready"))
          assert.isAtLeast(place.processes().length, 3)
          child.kill(signal)
          yield* until("nothing left", () => place.processes().length + place.folders().length === 0)
        }), 60_000)
    }

    it.live("when even the guardian was killed", () =>
      Effect.gen(function*() {
        yield* Effect.scoped(Effect.gen(function*() {
          yield* EnvTest.start({ assets: fake() })
          process.kill(processNumber("effect-kube-guardian"), "SIGKILL")
        }))
        yield* until("no process left", () => place.processes().length === 0)
        assertNothingLeft()
      }))
  })
})
