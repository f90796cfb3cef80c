import { NodeContext } from "@effect/platform-node"
import { assert, describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"
import * as KubeConfig from "../../src/client/KubeConfig.js"
import { corpus, printedRecord, readRecorded, recordedFile, type Said, writeCorpus } from "./kubeconfigs.js"

const kubectl = path.join(process.env["KUBEBUILDER_ASSETS"] ?? "", "kubectl")

const view = (folder: string, files: ReadonlyArray<string>, how: "--raw" | "--flatten"): Promise<Said> =>
  new Promise((resolve) => {
    execFile(
      kubectl,
      ["config", "view", how, "--merge", "-o", "json"],
      { cwd: folder, env: { HOME: folder, KUBECONFIG: files.join(":") }, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) =>
        resolve(
          error === null
            ? { printed: JSON.parse(stdout.replaceAll(folder, "<folder>")) }
            : { refused: stderr.replaceAll(folder, "<folder>").trim().slice(0, 500) }
        )
    )
  })

const inFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-kubeconfigs-"))
  try {
    return await use(folder)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

const run = <A>(
  effect: Effect.Effect<A, KubeConfig.KubeConfigError, NodeContext.NodeContext>,
  files: ReadonlyArray<string>
) =>
  Effect.runPromise(effect.pipe(
    Effect.provide(NodeContext.layer),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["KUBECONFIG", files.join(":")]])))
  ))

interface Printed {
  readonly contexts: ReadonlyArray<{ readonly name: string; readonly context: object }> | null
}

describe("kubeconfig files and the real kubectl", () => {
  it("what it makes of each case of the corpus is as recorded (C1, C2, C3, C4)", async () => {
    const answers = []
    for (const each of corpus) {
      answers.push(
        await inFolder(async (folder) => {
          const files = writeCorpus(folder, each)
          const [raw, flat] = await Promise.all([view(folder, files, "--raw"), view(folder, files, "--flatten")])
          return [each.title, { raw, flat }] as const
        })
      )
    }
    await expect(printedRecord(answers)).toMatchFileSnapshot(recordedFile)
  }, 180_000)

  it("after a namespace and a current context are written, kubectl finds these changed and all else as before (C7)", async () => {
    const recorded = readRecorded()
    let changed = 0
    for (const each of corpus) {
      const before = recorded.get(each.title)?.raw.printed as Printed | undefined
      const name = before?.contexts?.[0]?.name
      if (before === undefined || name === undefined || name === "") continue
      changed++
      await inFolder(async (folder) => {
        const files = writeCorpus(folder, each)
        await run(KubeConfig.setNamespace("no", { context: name }), files)
        await run(KubeConfig.setCurrentContext(name), files)
        const { printed, refused } = await view(folder, files, "--raw")
        assert.isUndefined(refused, each.title)
        assert.deepStrictEqual(printed, {
          ...before,
          contexts: before.contexts?.map((one, index) =>
            index === 0 ? { ...one, context: { ...one.context, namespace: "no" } } : one
          ),
          "current-context": name
        }, each.title)
      })
    }
    assert.isAbove(changed, 40)
  })

  it("kubectl reads what is flattened, and finds in it what it would have flattened itself (C2, C3)", async () => {
    for (const each of corpus) {
      const flat = readRecorded().get(each.title)?.flat
      if (flat?.printed === undefined || each.title === "many entries") continue
      await inFolder(async (folder) => {
        const text = await run(KubeConfig.flatten(), writeCorpus(folder, each))
        const whole = path.join(folder, "whole")
        fs.writeFileSync(whole, Redacted.value(text))
        assert.deepStrictEqual((await view(folder, [whole], "--raw")).printed, flat.printed, each.title)
      })
    }
  })

  it("kubectl and this library do not write at once: each respects the other's lock (C7)", () =>
    inFolder(async (folder) => {
      const config = path.join(folder, "config")
      fs.writeFileSync(config, "contexts: [{ name: a, context: {} }, { name: b, context: {} }]\n")
      const use = (name: string) =>
        new Promise<number>((resolve) => {
          const child = execFile(kubectl, ["--kubeconfig", config, "config", "use-context", name], () =>
            resolve(child.exitCode ?? -1))
        })
      // kubectl's lock is the one that is waited for here, and the other way round it gives up at once.
      fs.writeFileSync(`${config}.lock`, "")
      assert.notStrictEqual(await use("a"), 0)
      setTimeout(() => fs.rmSync(`${config}.lock`), 300)
      assert.isTrue((await run(KubeConfig.setCurrentContext("b"), [config])).written)
      assert.strictEqual(await use("a"), 0)
      assert.strictEqual((await run(KubeConfig.view(), [config])).currentContext, "a")
    }))
})
