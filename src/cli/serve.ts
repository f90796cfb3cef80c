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
  /** Whether requests are asked who sends them, and roles what they may. */
  readonly auth: boolean
  readonly behaviours: boolean
  readonly https: boolean
  readonly quiet: boolean
  /** A file of manifests or a folder of them, loaded before the server answers. */
  readonly from: string | undefined
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

/** A file that cannot be loaded. */
export class ManifestFileError extends Data.TaggedError("ManifestFileError")<{
  readonly path: string
  readonly problem: string
}> {
  override get message(): string {
    return `${this.path}: ${this.problem}`
  }
}

const isManifest = (name: string): boolean => /\.(?:ya?ml|json)$/i.test(name)

/** The files that a path stands for: itself, or the manifests below it in the order of their names. */
const filesOf = (path: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const info = yield* Effect.mapError(
      fs.stat(path),
      () => new ManifestFileError({ path, problem: "no such file or folder" })
    )
    if (info.type !== "Directory") return [path]
    const names = (yield* fs.readDirectory(path, { recursive: true })).filter(isManifest).sort()
    if (names.length === 0) return yield* new ManifestFileError({ path, problem: "no .yaml, .yml or .json file in it" })
    return names.map((name) => `${path.replace(/\/+$/, "")}/${name}`)
  })

const load = (cluster: TestCluster.Service, path: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const files = yield* Effect.forEach(yield* filesOf(path), (file) => {
      const refused = (problem: string) => new ManifestFileError({ path: file, problem })
      return fs.readFileString(file).pipe(
        Effect.mapError((error) => refused(error.message)),
        Effect.flatMap((text) => Effect.mapError(TestCluster.parseManifests(text), ({ message }) => refused(message))),
        Effect.map((objects) => objects.map((object) => ({ object, refused })))
      )
    })
    // A file may hold what another one defines.
    const isDefinition = ({ object }: { readonly object: unknown }): boolean =>
      typeof object === "object" && object !== null && "kind" in object && object.kind === "CustomResourceDefinition"
    const all = files.flat()
    const ordered = [...all.filter(isDefinition), ...all.filter((each) => !isDefinition(each))]
    yield* Effect.forEach(
      ordered,
      ({ object, refused }) => Effect.mapError(cluster.seed(object), ({ problem }) => refused(problem)),
      { discard: true }
    )
    return ordered.length
  })

/** Runs until it is interrupted. */
export const serve = (options: ServeArguments) =>
  Effect.gen(function*() {
    const cluster = yield* TestCluster.make({ auth: options.auth, behaviours: options.behaviours ? "all" : [] })
    if (options.from !== undefined) {
      yield* Console.log(`${yield* load(cluster, options.from)} objects loaded from ${options.from}`)
    }
    const address = yield* TestCluster.serve({
      port: options.port,
      host: options.host,
      // Tokens are sent over TLS only.
      https: options.https || options.auth,
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
