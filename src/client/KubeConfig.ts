/**
 * Kubeconfig files: where a cluster is, how to trust it, and who asks. Files are found and merged as kubectl does it,
 * and a Pod's service account stands in for a file inside a cluster.
 *
 * ```ts
 * import { KubeConfig } from "effect-kube"
 * import { NodeContext } from "@effect/platform-node"
 * import { Effect } from "effect"
 *
 * const connection = KubeConfig.infer({ context: "staging" }).pipe(Effect.provide(NodeContext.layer))
 * ```
 *
 * Reference: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { KubeConfigError } from "./internal/kubeConfigError.js"

export {
  /** A configuration that cannot be used: the file, the place inside it, and what was expected there. */
  KubeConfigError
}

/** A PEM file, which is read again as it rotates. */
export interface PemFile {
  readonly file: string
}

/** A program that prints a credential (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins). */
export interface ExecPlugin {
  readonly apiVersion: "client.authentication.k8s.io/v1" | "client.authentication.k8s.io/v1beta1"
  /** A name that is looked for in `PATH`, or an absolute path. */
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** Set beside the environment of this process. */
  readonly env: ReadonlyArray<{ readonly name: string; readonly value: Redacted.Redacted<string> }>
  /** Whether the plugin is told of the cluster. */
  readonly provideClusterInfo: boolean
  /** What the cluster's entry holds for the plugin, under the extension `client.authentication.k8s.io/exec`. */
  readonly clusterConfig?: unknown
  readonly interactiveMode: "Never" | "IfAvailable" | "Always"
  /** What to tell who has not installed the command. */
  readonly installHint?: string | undefined
}

/** An OpenID Connect identity token and what it takes to get the next one (kubectl's `auth-provider: oidc`). */
export interface OpenIdConnect {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret?: Redacted.Redacted<string> | undefined
  readonly idToken?: Redacted.Redacted<string> | undefined
  readonly refreshToken?: Redacted.Redacted<string> | undefined
  /** PEM of the authorities that the issuer's certificate is checked by. Undefined: those of the system. */
  readonly certificateAuthority?: string | PemFile | undefined
}

/** Somebody else in whose name requests are made; who asks must be allowed to impersonate. */
export interface Impersonation {
  readonly user: string
  readonly uid?: string | undefined
  readonly groups?: ReadonlyArray<string> | undefined
  readonly extra?: { readonly [key: string]: ReadonlyArray<string> } | undefined
}

/** How the client shows who it is. Several may be set: a certificate and a token do not exclude each other. */
export interface Identity {
  readonly token?: Redacted.Redacted<string> | undefined
  /** Read again as it rotates. */
  readonly tokenFile?: string | undefined
  readonly basic?: { readonly username: string; readonly password: Redacted.Redacted<string> } | undefined
  /** PEM. */
  readonly certificate?:
    | { readonly certificate: string | PemFile; readonly key: Redacted.Redacted<string> | PemFile }
    | undefined
  readonly exec?: ExecPlugin | undefined
  readonly oidc?: OpenIdConnect | undefined
  readonly impersonate?: Impersonation | undefined
}

/** Everything that it takes to talk to one cluster. */
export interface Connection {
  readonly server: string
  /** The namespace of the context; `default` where it has none. */
  readonly namespace: string
  /** PEM of the authorities that are trusted. Undefined: those of the system. */
  readonly certificateAuthority?: string | PemFile | undefined
  /** The name that the server's certificate must have, where it is not the host's. */
  readonly tlsServerName?: string | undefined
  /** True: the server's certificate is not checked at all. */
  readonly insecureSkipTlsVerify: boolean
  /** Through which proxy; it wins over `HTTPS_PROXY`. It may hold a password. */
  readonly proxyUrl?: Redacted.Redacted<string> | undefined
  /** True: answers are not asked for in compressed form. */
  readonly disableCompression?: boolean | undefined
  readonly identity: Identity
  /** The name of the context; undefined inside a cluster. */
  readonly context: string | undefined
}

export interface LoadOptions {
  /** Default: the file's `current-context`. */
  readonly context?: string | undefined
}

type Env = FileSystem.FileSystem | Path.Path

/** What reads the files, and the YAML parser with it: loaded when a file is read, for a program in a Pod needs neither. */
const reader = Effect.promise(() => import("./internal/kubeconfigFile.js"))

/** Reads a kubeconfig that is already in memory. Relative paths in it resolve against `directory`, by default the current one. */
export const fromString = (
  text: string,
  options?: LoadOptions & { readonly directory?: string | undefined; readonly source?: string | undefined }
): Effect.Effect<Connection, KubeConfigError, Env> =>
  Effect.flatMap(reader, (file) =>
    Effect.flatMap(
      file.parse(text, options?.source ?? "kubeconfig", options?.directory ?? "."),
      (config) => file.connection([config], options?.context)
    ))

/** Reads one kubeconfig file, which must exist. */
export const fromFile = (path: string, options?: LoadOptions): Effect.Effect<Connection, KubeConfigError, Env> =>
  Effect.flatMap(
    reader,
    (file) => Effect.flatMap(file.read(path), (config) => file.connection([config], options?.context))
  )

const environment = (name: string): Effect.Effect<string | undefined> =>
  Config.option(Config.string(name)).pipe(
    Effect.map(Option.filter((value) => value !== "")),
    Effect.map(Option.getOrUndefined),
    Effect.orElseSucceed(() => undefined)
  )

/** The files of `KUBECONFIG`, a list of paths as in `PATH`; else `~/.kube/config`. */
const defaultFiles = Effect.gen(function*() {
  const path = yield* Path.Path
  const list = yield* environment("KUBECONFIG")
  if (list !== undefined) return [...new Set(list.split(path.sep === "\\" ? ";" : ":").filter((entry) => entry !== ""))]
  const home = (yield* environment("HOME")) ?? (yield* environment("USERPROFILE"))
  return home === undefined ? [] : [path.join(home, ".kube", "config")]
})

const loadFiles = (paths: ReadonlyArray<string>, options: LoadOptions | undefined) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const existing = yield* Effect.filter(paths, (path) => Effect.orElseSucceed(fs.exists(path), () => false))
    if (existing.length === 0) {
      return yield* new KubeConfigError({
        source: paths.length === 0 ? "kubeconfig" : paths.join(", "),
        path: "",
        problem: "no such file; set KUBECONFIG, or name a file"
      })
    }
    const file = yield* reader
    return yield* file.connection(yield* Effect.forEach(existing, file.read), options?.context)
  })

/** Reads the files of `KUBECONFIG`, else `~/.kube/config`, merged: for an entry the first file that has it wins whole. */
export const load = (options?: LoadOptions): Effect.Effect<Connection, KubeConfigError, Env> =>
  Effect.flatMap(defaultFiles, (paths) => loadFiles(paths, options))

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

/** Inside a Pod: the service account's token, authority and namespace. Fails outside of one. */
export const inCluster: Effect.Effect<Connection, KubeConfigError, Env> = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const fail = (problem: string) => new KubeConfigError({ source: "in-cluster configuration", path: "", problem })
  const host = yield* environment("KUBERNETES_SERVICE_HOST")
  const port = yield* environment("KUBERNETES_SERVICE_PORT")
  if (host === undefined || port === undefined) {
    return yield* fail("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: is this a Pod?")
  }
  const read = (name: string) =>
    Effect.mapError(fs.readFileString(`${serviceAccount}/${name}`), () => fail(`cannot read ${serviceAccount}/${name}`))
  const certificateAuthority = yield* read("ca.crt")
  // Read once here so that a missing token is an error at the start and not at the first request.
  yield* read("token")
  const namespace = yield* Effect.orElseSucceed(read("namespace"), () => "default")
  const connection: Connection = {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    namespace: namespace.trim(),
    certificateAuthority,
    insecureSkipTlsVerify: false,
    identity: { tokenFile: `${serviceAccount}/token` },
    context: undefined
  }
  return connection
})

/**
 * What kubectl's user means: the files of `KUBECONFIG` where it is set, else the Pod's service account, else
 * `~/.kube/config`. With a context it is always the files.
 */
export const infer = (options?: LoadOptions): Effect.Effect<Connection, KubeConfigError, Env> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const named = yield* environment("KUBECONFIG")
    if (named !== undefined || options?.context !== undefined) return yield* load(options)
    const host = yield* environment("KUBERNETES_SERVICE_HOST")
    const inPod = host !== undefined && (yield* Effect.orElseSucceed(fs.exists(`${serviceAccount}/token`), () => false))
    return inPod ? yield* inCluster : yield* load(options)
  })
