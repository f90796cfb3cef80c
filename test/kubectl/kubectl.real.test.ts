/**
 * Everyday work with the real kubectl, command for command on a real control plane and on `TestCluster.serve`: both say
 * the same, with the same exit code. The control plane is the suite's own, so that nobody else's objects are listed.
 */
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as EnvTest from "../../src/testing/EnvTest.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { differences } from "../scenarios/lineDiff.js"
import { commands } from "./commands.js"
import { notYet } from "./notYet.js"
import { Kubectl, normalised } from "./run.js"

const namespace = "kubectl"
const scope = Effect.runSync(Scope.make())
const real = new Map<string, string>()
const inMemory = new Map<string, string>()

/** Runs all commands on a server, one after the other. */
const work = async (kubeconfig: string, said: Map<string, string>): Promise<void> => {
  const kubectl = new Kubectl({ kubeconfig, namespace })
  try {
    await kubectl.run(`create namespace ${namespace}`)
    for (const { command, editor, stdin } of commands) {
      const env = editor === undefined ? {} : { KUBE_EDITOR: editor }
      said.set(command, normalised(await kubectl.run(command, stdin, env)))
    }
  } finally {
    kubectl.close()
  }
}

/** The kubeconfig of an in-memory server on a port. */
const serveInMemory = Effect.gen(function*() {
  const cluster = yield* TestCluster.make()
  const address = yield* Effect.provideService(TestCluster.serve(), TestCluster.TestCluster, cluster)
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-kubeconfig-"))),
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  )
  const file = path.join(folder, "config")
  fs.writeFileSync(file, address.kubeconfig, { mode: 0o600 })
  return file
})

beforeAll(async () => {
  const [realFile, inMemoryFile] = await Effect.runPromise(
    Effect.all([
      Effect.map(
        EnvTest.start({ controllers: ["garbage-collector-controller", "namespace-controller"] }),
        ({ kubeconfigPath }) => kubeconfigPath
      ),
      serveInMemory
    ]).pipe(Scope.extend(scope))
  )
  await Promise.all([work(realFile, real), work(inMemoryFile, inMemory)])
}, 300_000)

afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

describe("kubectl", () => {
  it.each(commands.map(({ command }) => command))("%s", (command) => {
    const expected = real.get(command) ?? ""
    const actual = inMemory.get(command) ?? ""
    const reason = Object.hasOwn(notYet, command) ? notYet[command] : undefined
    const difference = expected === actual
      ? ""
      : `- is the real server, + is TestCluster\n${differences(expected, actual)}`
    // What is in the table must differ, and nothing else may.
    const wrong = reason === undefined
      ? difference
      : difference === ""
      ? `no difference any more: take it out of notYet.ts (${reason})`
      : ""
    expect(wrong).toBe("")
  })

  it("commands are told apart, and those that differ are commands", () => {
    const all = commands.map(({ command }) => command)
    expect(all.filter((command, at) => all.indexOf(command) !== at)).toEqual([])
    expect(Object.keys(notYet).filter((command) => !all.includes(command))).toEqual([])
  })
})
