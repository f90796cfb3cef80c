/**
 * `effect-kube serve`: the in-memory API server on a port, with a kubeconfig for it.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as TestCluster from "../testing/TestCluster.js"

export interface ServeArguments {
  readonly port: number | undefined
  readonly host: string | undefined
  readonly kubeconfig: string | undefined
  readonly https: boolean
  readonly quiet: boolean
}

/** A kubeconfig of somebody else lies where ours is to be written. */
export class KubeconfigExists extends Data.TaggedError("KubeconfigExists")<{ readonly path: string }> {
  override get message(): string {
    return `${this.path} exists and is not of this command: name another file, or remove it`
  }
}

/** What a server that was killed left behind: a kubeconfig that knows no cluster but ours. */
const isLeftover = (content: string): boolean => {
  try {
    const config: unknown = JSON.parse(content)
    return typeof config === "object" && config !== null && "current-context" in config &&
      config["current-context"] === TestCluster.kubeconfigContext
  } catch {
    return false
  }
}

/**
 * Writes the file in one step, so that whoever waits for it finds it whole, and takes it away at the end. A file that
 * another program or person wrote is left alone; an empty one is taken for a place that was made for ours.
 */
const writeKubeconfig = (path: string, text: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const content = Effect.orElseSucceed(fs.readFileString(path), () => "")
    const before = yield* content
    if (before !== "" && !isLeftover(before)) return yield* new KubeconfigExists({ path })
    const draft = `${path}.tmp`
    yield* fs.writeFileString(draft, text, { mode: 0o600 })
    yield* Effect.acquireRelease(
      fs.rename(draft, path),
      () => Effect.ignore(Effect.flatMap(content, (now) => now === text ? fs.remove(path) : Effect.void))
    )
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
