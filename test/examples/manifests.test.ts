import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { ConfigMapGenerator } from "../../examples/config-map-generator.js"
import { Document } from "../../examples/document-controller.js"
import { objectsOf } from "../../examples/embedded.js"
import * as Crd from "../../src/runtime/Crd.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const names = fs.readdirSync(new URL("../../examples/manifests", import.meta.url)).filter((file) =>
  !file.endsWith(".sample.yaml")
).map((file) => file.replace(/\.yaml$/, ""))

interface Manifest {
  readonly kind: string
}

describe("examples/manifests", () => {
  for (
    const [name, definition] of [
      ["config-map-generator", Crd.make(ConfigMapGenerator)],
      ["document-controller", Crd.make(Document)]
    ] as const
  ) {
    it.effect(`${name}.yaml has the definition that the program's schema makes`, () =>
      Effect.gen(function*() {
        const objects = (yield* objectsOf(name)) as ReadonlyArray<Manifest>
        assert.deepEqual(
          objects.find(({ kind }) => kind === "CustomResourceDefinition") as unknown,
          JSON.parse(JSON.stringify(definition)),
          `it should be ${JSON.stringify(definition)}`
        )
      }))
  }

  for (const name of names) {
    it.effect(`a server takes the manifests of ${name}, and its sample`, () =>
      Effect.gen(function*() {
        const objects = yield* objectsOf(name, { sample: true })
        yield* Effect.void.pipe(Effect.provide(TestCluster.layerWith({ objects })))
        assert.isTrue(fs.existsSync(new URL(`../../examples/${name}.ts`, import.meta.url)))
      }))
  }
})

/** Runs an example as a user does until it has said something, and interrupts it as Ctrl-C does. */
const example = (name: string, until: string): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [
      "--import",
      "tsx",
      "-C",
      "@effect-kube/source",
      "examples/embedded.ts",
      name
    ], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PORT: "0" }
    })
    let output = ""
    let interrupted = false
    const take = (chunk: Buffer) => {
      output += chunk.toString()
      // Once: a second signal ends it at once, and then it cannot tidy up.
      if (!interrupted && output.includes(until)) interrupted = child.kill("SIGINT")
    }
    child.stdout.on("data", take)
    child.stderr.on("data", take)
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, output }))
  })

describe("npm run example", () => {
  it("runs an example on an API server in memory until Ctrl-C, and leaves no kubeconfig behind", async () => {
    const { output } = await example("leader-elected", "vault is isolated, under fencing token 0")
    const [, kubeconfig = ""] = /export KUBECONFIG=(\S+)/.exec(output) ?? []
    assert.notStrictEqual(kubeconfig, "", output)
    assert.isFalse(fs.existsSync(kubeconfig))
  }, 60_000)

  it("an unknown name ends with 2 and the names that there are", async () => {
    const { code, output } = await example("nonsense", "never")
    assert.strictEqual(code, 2)
    assert.include(output, "config-map-generator, document-controller, kind-at-run-time")
  }, 60_000)
})
