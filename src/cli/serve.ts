/**
 * `effect-kube serve`: the in-memory API server on a port, with a kubeconfig for it.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as TestCluster from "../testing/TestCluster.js"

export interface ServeArguments {
  readonly port: number | undefined
  readonly host: string | undefined
  readonly kubeconfig: string | undefined
  readonly https: boolean
  readonly quiet: boolean
}

/** Writes the file in one step, so that whoever waits for it finds it whole; takes it away at the end. */
const writeKubeconfig = (path: string, text: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const draft = `${path}.tmp`
    yield* fs.writeFileString(draft, text, { mode: 0o600 })
    yield* Effect.acquireRelease(fs.rename(draft, path), () => Effect.ignore(fs.remove(path)))
  })

/** Runs until it is interrupted. */
export const serve = (options: ServeArguments) =>
  Effect.gen(function*() {
    const cluster = yield* TestCluster.make()
    const address = yield* TestCluster.serve({
      port: options.port,
      host: options.host,
      https: options.https,
      onAnswer: options.quiet ? undefined : ({ method, url }, status) => Console.log(`${status} ${method} ${url}`)
    }).pipe(Effect.provideService(TestCluster.TestCluster, cluster))
    yield* Console.log(`An in-memory Kubernetes API server listens at ${address.url}`)
    if (options.kubeconfig !== undefined) {
      yield* writeKubeconfig(options.kubeconfig, address.kubeconfig)
      yield* Console.log(`export KUBECONFIG=${options.kubeconfig}`)
    }
    yield* Console.log("Ctrl-C ends it.")
    return yield* Effect.never
  }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
