/** The two races that the guardian closes, each held open by hand. */
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import process from "node:process"
import * as Guardian from "../../../src/testing/internal/guardian.js"
import { until, useTempFolder } from "../fixtures/leftovers.js"

const place = useTempFolder()
afterAll(() => place.remove())

describe("guardian", () => {
  it.scopedLive("a program whose number cannot be written down any more does not start", () =>
    Effect.gen(function*() {
      const guardian = yield* Guardian.make
      const program = { name: "a", endsAt: 1, program: "/bin/sh", arguments: ["-c", "touch started"] }
      const first = yield* guardian.spawn(program)
      assert.strictEqual((yield* Deferred.await(first.exited)).code, 0)
      const started = Path.join(guardian.folder, "started")
      assert.isTrue(Fs.existsSync(started))
      Fs.rmSync(started)
      // This is what the guardian does first.
      Fs.renameSync(Path.join(guardian.folder, "running"), Path.join(guardian.folder, "ending"))
      const second = yield* guardian.spawn(program)
      assert.notStrictEqual((yield* Deferred.await(second.exited)).code, 0)
      assert.isFalse(Fs.existsSync(started))
    }))

  it.live("a number that is still being written when the end comes is waited for", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { folder } = yield* Scope.extend(Guardian.make, scope)
      Fs.writeFileSync(Path.join(folder, "running", "1-late"), "")
      const late = ChildProcess.spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true })
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* until("the end has come", () => Fs.existsSync(Path.join(folder, "ending", "1-late")))
      Fs.writeFileSync(Path.join(folder, "ending", "1-late"), `${late.pid}\n`)
      yield* Fiber.join(closing)
      yield* until("ended", () => late.signalCode !== null)
      assert.strictEqual(late.signalCode, "SIGTERM")
      assert.deepStrictEqual(place.folders(), [])
    }))

  it.live("a folder that cannot be made is an error with the system's words", () =>
    Effect.gen(function*() {
      const before = process.env["TMPDIR"]
      process.env["TMPDIR"] = Path.join(place.folder, "none")
      const error = yield* Effect.flip(Effect.scoped(Guardian.make))
      process.env["TMPDIR"] = before
      assert.strictEqual(error.reason, "System")
      assert.match(error.message, /^cannot make the folder .*none\/effect-kube-envtest-.*\n.*[Nn]o such file/)
    }))
})
