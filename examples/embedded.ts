/**
 * `npm run example NAME`: runs an example on an API server in memory, so that nothing has to be installed. The server has
 * the example's manifests and its sample, asks who somebody is, and lets the example do what its roles say and nothing
 * else. Pods run and Deployments roll out as if there were nodes. kubectl can look on: the first lines say how.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import type { KubeClient } from "effect-kube"
import { TestCluster } from "effect-kube/testing"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { pathToFileURL } from "node:url"

const folder = import.meta.dirname
const manifests = path.join(folder, "manifests")

/** The examples: those that have manifests. */
const names = fs.readdirSync(manifests).filter((file) => !file.endsWith(".sample.yaml")).map((file) =>
  path.basename(file, ".yaml")
)

/** The objects of an example: its definition, account and roles, and the sample. */
export const objectsOf = (name: string, options?: { readonly sample?: boolean }) =>
  Effect.forEach(
    options?.sample === true ? [`${name}.yaml`, `${name}.sample.yaml`] : [`${name}.yaml`],
    (file) => TestCluster.parseManifests(fs.readFileSync(path.join(manifests, file), "utf8"))
  ).pipe(Effect.map((all) => all.flat()))

/** A kubeconfig that goes when the program does. */
const kubeconfigFile = (text: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-")), "kubeconfig.yaml")
      fs.writeFileSync(file, text, { mode: 0o600 })
      return file
    }),
    (file) => Effect.sync(() => fs.rmSync(path.dirname(file), { recursive: true }))
  )

const run = (name: string) =>
  Effect.gen(function*() {
    const example: { readonly main: Layer.Layer<never, unknown, KubeClient.KubeClient> } = yield* Effect.promise(() =>
      import(pathToFileURL(path.join(folder, `${name}.ts`)).href)
    )
    const objects = yield* objectsOf(name, { sample: true })
    yield* Effect.gen(function*() {
      const { kubeconfig } = yield* TestCluster.serve({ namespace: "examples" })
      yield* Console.log(
        `export KUBECONFIG=${yield* kubeconfigFile(kubeconfig)}   # and kubectl sees what happens here`
      )
      yield* Layer.launch(example.main).pipe(
        Effect.provide(TestCluster.as({ serviceAccount: `examples/${name}` }, { namespace: "examples" }))
      )
    }).pipe(Effect.scoped, Effect.provide(TestCluster.layerWith({ auth: true, behaviours: "all", objects })))
  })

if (process.argv[1] === import.meta.filename) {
  const [name = ""] = process.argv.slice(2)
  if (names.includes(name)) NodeRuntime.runMain(run(name))
  else {
    console.error(`usage: npm run example NAME\n\nNAME is one of ${names.join(", ")}`)
    process.exit(2)
  }
}
