import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { inspect } from "node:util"
import { printed } from "../../src/client/internal/kubeconfigMerge.js"
import * as KubeConfig from "../../src/client/KubeConfig.js"
import { readDocument } from "../../src/protocol/internal/yaml11.js"
import { type Corpus, corpus, readRecorded, secretMark, secretMarkBase64, writeCorpus } from "./kubeconfigs.js"

const recorded = readRecorded()

/** With the files of a case in a folder, and `KUBECONFIG` naming them. */
const withFiles = <A>(
  each: Corpus,
  use: (folder: string, files: ReadonlyArray<string>) => Effect.Effect<A, never, NodeContext.NodeContext>
) =>
  Effect.acquireUseRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-corpus-"))),
    (folder) => {
      const files = writeCorpus(folder, each)
      const environment = ConfigProvider.fromMap(new Map([["KUBECONFIG", files.join(":")], ["HOME", folder]]))
      return Effect.withConfigProvider(use(folder, files), environment)
    },
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
  ).pipe(Effect.provide(NodeContext.layer))

const showsNoSecret = (value: unknown, title: string): void => {
  for (const text of [String(value), JSON.stringify(value), inspect(value, { depth: 12, showHidden: true })]) {
    assert.notInclude(text, secretMark, title)
    assert.notInclude(text, secretMarkBase64, title)
  }
}

describe("kubeconfig files as kubectl reads them", () => {
  it("the corpus is as large as was promised, and all of it is recorded", () => {
    assert.isAtLeast(corpus.length, 100)
    assert.deepStrictEqual(corpus.map(({ title }) => title), [...recorded.keys()])
  })

  for (const each of corpus) {
    const said = recorded.get(each.title)

    it.effect(`${each.title}: merged and flattened it is what kubectl prints, or both refuse it (C1, C2, C3, C4, C5, C6, C7)`, () =>
      withFiles(each, () =>
        Effect.gen(function*() {
          const view = yield* Effect.either(KubeConfig.view())
          assert.strictEqual(Either.isLeft(view), said?.raw.refused !== undefined, `${view} ${said?.raw.refused}`)
          if (Either.isRight(view)) assert.deepStrictEqual(printed(view.right), said?.raw.printed)

          const flat = yield* Effect.either(KubeConfig.flatten())
          if (each.otherwise === "flat") return assert.isTrue(Either.isRight(flat) && said?.flat.refused !== undefined)
          assert.strictEqual(Either.isLeft(flat), said?.flat.refused !== undefined, `${flat} ${said?.flat.refused}`)
          if (Either.isRight(flat)) {
            assert.deepStrictEqual(readDocument(Redacted.value(flat.right)).value, said?.flat.printed)
          }
        })))
  }

  it.effect(
    "no refusal and no value shows a secret of the files, in no way of printing it, and none shows a stack (C7, C11)",
    () =>
      Effect.gen(function*() {
        let refusals = 0
        for (const each of corpus) {
          yield* withFiles(each, (folder, files) =>
            Effect.gen(function*() {
              const answers: ReadonlyArray<Either.Either<unknown, KubeConfig.KubeConfigError>> = [
                yield* Effect.either(KubeConfig.view()),
                yield* Effect.either(KubeConfig.flatten()),
                yield* Effect.either(KubeConfig.load()),
                yield* Effect.either(KubeConfig.load({ context: "one", plugins: "refuse", localFiles: "refuse" })),
                yield* Effect.either(KubeConfig.fromFile(files[0]!)),
                yield* Effect.either(KubeConfig.modify(() => ({ clusters: 1 }), { kubeconfig: files[0] })),
                yield* Effect.either(KubeConfig.setNamespace("team"))
              ]
              for (const answer of answers) {
                const value = Either.merge(answer)
                showsNoSecret(value, each.title)
                if (!(value instanceof KubeConfig.KubeConfigError)) continue
                refusals++
                assert.isTrue(value.source.includes(folder) || value.source === "kubeconfig", value.message)
                assert.notMatch(value.message, /\n\s+at |Error:/, each.title)
              }
            }))
        }
        assert.isAbove(refusals, 200)
      }),
    60_000
  )
})
