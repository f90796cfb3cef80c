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
 * What a file says is read as kubectl reads it (YAML 1.1: `yes` is true, `0644` is a number and no token). On purpose
 * some things differ, so that a mistake is told of and not guessed around:
 *
 * - refused here: a context whose user is not there, and a user name without a password (kubectl asks at the terminal); a
 *   key without a certificate; no current context (kubectl tries localhost:8080); a server without `https://` or
 *   `http://`, or with a user, a query or a fragment; more than 1000 levels of nesting.
 * - accepted here: a user without any credential, who is nobody (kubectl asks); data and a file for the same thing, of
 *   which the data wins, as the format's reference says; relative paths in the settings of `auth-provider: oidc` start at
 *   their own file as all others do.
 * - found elsewhere: in a Pod {@link infer} takes its service account before `~/.kube/config`, and kubectl the file.
 *
 * **A kubeconfig is code.** It may name a program that is run (`exec`) and files that are sent to a server of its choice
 * (`tokenFile`). As kubectl, this module does what a file says; for a file of somebody else's making there are the
 * options `plugins: "refuse"` (or a list of those that may run) and `localFiles: "refuse"`.
 *
 * Reference: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as connections from "./internal/kubeconfigConnection.js"
import { KubeConfigError } from "./internal/kubeConfigError.js"
import { defaultFiles, environment, inCluster as inClusterWith, isInCluster } from "./internal/kubeconfigSources.js"
import type * as views from "./internal/kubeconfigView.js"

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
  /** PEM of the authorities that the issuer's certificate is checked by. Undefined: those that the platform trusts. */
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
  /** PEM of the authorities that are trusted. Undefined: those that the platform trusts; of Node its own list, and `NODE_EXTRA_CA_CERTS`. */
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
  /** The entry that the identity is from, and the file that has it; undefined where that is no kubeconfig file. */
  readonly user?: { readonly name: string; readonly file: string } | undefined
}

/** What is taken from a file, and what stands in its place: kubectl's flags of the same names. */
export interface LoadOptions {
  /** Default: the file's `current-context`. */
  readonly context?: string | undefined
  /** The name of a cluster, in place of the context's. */
  readonly cluster?: string | undefined
  /** The name of a user, in place of the context's. */
  readonly user?: string | undefined
  readonly namespace?: string | undefined
  /** The URL of the API server. The user's credentials are sent there. */
  readonly server?: string | undefined
  /** PEM, or a file of it; in place of what the cluster's entry trusts. */
  readonly certificateAuthority?: string | PemFile | undefined
  readonly tlsServerName?: string | undefined
  /** True: the server's certificate is not checked at all. */
  readonly insecureSkipTlsVerify?: boolean | undefined
  readonly proxyUrl?: Redacted.Redacted<string> | undefined
  /** In place of whatever the user's entry signs in with, but for its client certificate. */
  readonly token?: Redacted.Redacted<string> | undefined
  /** As `token`; read again as it rotates. */
  readonly tokenFile?: string | undefined
  readonly impersonate?: Impersonation | undefined
  /**
   * Whether credential plugins (`exec`) may be run: all, none, or those whose command is in the list. A bare name in it
   * allows a bare name in the file, which `PATH` resolves; a command with a path is compared as an absolute path.
   * Default: all, as kubectl.
   */
  readonly plugins?: "allow" | "refuse" | ReadonlyArray<string> | undefined
  /** Whether the file may name other files (certificates, keys, tokens). Default: it may. */
  readonly localFiles?: "allow" | "refuse" | undefined
}

export interface InferOptions extends LoadOptions {
  /** A kubeconfig file, which must exist. */
  readonly kubeconfig?: string | undefined
}

type Env = FileSystem.FileSystem | Path.Path

/** What reads the files, and the YAML parser with it: loaded when a file is read, for a program in a Pod needs neither. */
const reader = Effect.promise(() =>
  Promise.all([import("./internal/kubeconfigFile.js"), import("./internal/kubeconfigMerge.js")]).then(
    ([file, { merge, view }]) => ({ ...file, merge, view })
  )
)

const writer = Effect.promise(() => import("./internal/kubeconfigWrite.js"))

/** Reads a kubeconfig that is already in memory. Relative paths in it resolve against `directory`, by default the current one. */
export const fromString = (
  text: string,
  options?: LoadOptions & { readonly directory?: string | undefined; readonly source?: string | undefined }
): Effect.Effect<Connection, KubeConfigError, Env> =>
  Effect.gen(function*() {
    const { merge, parse } = yield* reader
    const directory = (yield* Path.Path).resolve(options?.directory ?? ".")
    const file = yield* parse(text, options?.source ?? "kubeconfig", directory)
    return yield* connections.connection(merge([file]), options)
  })

/** Reads one kubeconfig file, which must exist. */
export const fromFile = (path: string, options?: LoadOptions): Effect.Effect<Connection, KubeConfigError, Env> =>
  Effect.gen(function*() {
    const { merge, read } = yield* reader
    return yield* connections.connection(merge([yield* read(path)]), options)
  })

/** The files of `KUBECONFIG` or the one of the home directory that exist, in their order. */
const existing = Effect.gen(function*() {
  const { merge, readIfThere } = yield* reader
  const paths = yield* defaultFiles
  const files = (yield* Effect.forEach(paths, readIfThere)).filter((file) => file !== undefined)
  return { paths, merged: merge(files) }
})

/** Reads the files of `KUBECONFIG`, else `~/.kube/config`, merged: for an entry the first file that has it wins whole. */
export const load = (options?: LoadOptions): Effect.Effect<Connection, KubeConfigError, Env> =>
  Effect.flatMap(existing, ({ merged, paths }) =>
    merged.files.length > 0
      ? connections.connection(merged, options)
      : new KubeConfigError({
        source: paths.length === 0 ? "kubeconfig" : paths.join(", "),
        path: "",
        problem: "no such file; set KUBECONFIG, or name a file"
      }))

/** Inside a Pod: the service account's token, authority and namespace. Fails outside of one. */
export const inCluster: Effect.Effect<Connection, KubeConfigError, Env> = inClusterWith(undefined)

/**
 * What kubectl's user means. In this order: the file that is named; the options alone where they give a `server` and name
 * nothing of a file; the files of `KUBECONFIG` where it is set; the Pod's service account; `~/.kube/config`. With the name
 * of a context, cluster or user it is always files.
 */
export const infer = (options?: InferOptions): Effect.Effect<Connection, KubeConfigError, Env> =>
  Effect.gen(function*() {
    if (options?.kubeconfig !== undefined) return yield* fromFile(options.kubeconfig, options)
    const names = options?.context ?? options?.cluster ?? options?.user
    if (options?.server !== undefined && names === undefined) return yield* connections.ofOptions(options)
    if (names === undefined && (yield* environment("KUBECONFIG")) === undefined && (yield* isInCluster)) {
      return yield* inClusterWith(options)
    }
    return yield* load(options)
  })

const optional = <A>(config: Config.Config<A>): Config.Config<A | undefined> =>
  Config.map(Config.option(config), Option.getOrUndefined)

const text = (name: string): Config.Config<string | undefined> =>
  Config.map(optional(Config.string(name)), (value) => value === "" ? undefined : value)

const secret = (name: string): Config.Config<Redacted.Redacted<string> | undefined> =>
  optional(Config.redacted(Config.nonEmptyString(name)))

/**
 * The options of `infer` from a `Config`, by default from environment variables: `KUBE_CONFIG` (a file), `KUBE_CONTEXT`,
 * `KUBE_CLUSTER`, `KUBE_USER`, `KUBE_NAMESPACE`, `KUBE_SERVER`, `KUBE_TOKEN`, `KUBE_TOKEN_FILE`,
 * `KUBE_CERTIFICATE_AUTHORITY` (a file), `KUBE_TLS_SERVER_NAME`, `KUBE_INSECURE_SKIP_TLS_VERIFY`, `KUBE_PROXY_URL`,
 * `KUBE_AS`, `KUBE_AS_UID` and `KUBE_AS_GROUPS` (with commas). All may be missing; another prefix replaces `KUBE`.
 *
 * ```ts
 * import { KubeConfig } from "effect-kube"
 * import { Effect } from "effect"
 *
 * // BILLING_SERVER, BILLING_TOKEN_FILE, ...
 * const connection = Effect.flatMap(KubeConfig.config("BILLING"), KubeConfig.infer)
 * ```
 */
export const config = (prefix = "KUBE"): Config.Config<InferOptions> =>
  Config.all({
    kubeconfig: text("CONFIG"),
    context: text("CONTEXT"),
    cluster: text("CLUSTER"),
    user: text("USER"),
    namespace: text("NAMESPACE"),
    server: text("SERVER"),
    token: secret("TOKEN"),
    tokenFile: text("TOKEN_FILE"),
    certificateAuthority: Config.map(
      text("CERTIFICATE_AUTHORITY"),
      (file): PemFile | undefined => file === undefined ? undefined : { file }
    ),
    tlsServerName: text("TLS_SERVER_NAME"),
    insecureSkipTlsVerify: optional(Config.boolean("INSECURE_SKIP_TLS_VERIFY")),
    proxyUrl: secret("PROXY_URL"),
    as: text("AS"),
    uid: text("AS_UID"),
    groups: optional(Config.array(Config.string(), "AS_GROUPS"))
  }).pipe(
    Config.map(({ as: user, groups, uid, ...options }): InferOptions => ({
      ...options,
      impersonate: user === undefined ? undefined : { user, uid, groups }
    })),
    Config.nested(prefix)
  )

/** Whatever other programs keep in a kubeconfig, under a name. */
export type Extension = views.Extension

/** A context, in the words of the file. */
export type NamedContext = views.NamedContext

/** A cluster, in the words of the file. */
export type NamedCluster = views.NamedCluster

/** A user, in the words of the file; secrets are `Redacted`. */
export type NamedUser = views.NamedUser

/** What a list of kubeconfig files says together. Entries are sorted by their names. */
export type View = views.View

export interface ViewOptions {
  /** One file, which must exist. Default: the files of `KUBECONFIG`, else `~/.kube/config`; they may be missing. */
  readonly kubeconfig?: string | undefined
}

/**
 * The merged files as they are written, whether or not a connection can be made of them: `kubectl config view`.
 *
 * ```ts
 * import { KubeConfig } from "effect-kube"
 * import { Effect } from "effect"
 *
 * const contexts = Effect.map(KubeConfig.view(), (view) => view.contexts.map(({ name, cluster }) => ({ name, cluster })))
 * ```
 */
export const view = (options?: ViewOptions): Effect.Effect<View, KubeConfigError, Env> =>
  Effect.gen(function*() {
    const file = yield* reader
    return file.view(
      options?.kubeconfig === undefined
        ? (yield* existing).merged
        : file.merge([yield* file.read(options.kubeconfig)])
    )
  })

/**
 * The merged files as one that needs no other, certificates and keys inside it: `kubectl config view --flatten`. It is
 * YAML, for a Secret or for another machine. Plugins and token files stay as they are.
 */
export const flatten = (options?: ViewOptions): Effect.Effect<Redacted.Redacted<string>, KubeConfigError, Env> =>
  Effect.flatMap(
    Effect.promise(() => import("./internal/kubeconfigFlatten.js")),
    ({ flatten }) => Effect.flatMap(view(options), flatten)
  )

export interface ModifyOptions {
  /** The file to write to. Default: as kubectl, of the files of `KUBECONFIG` the one that the change belongs to. */
  readonly kubeconfig?: string | undefined
}

/** What became of a file. */
export interface Modified {
  readonly file: string
  /** False: there was nothing to change. */
  readonly written: boolean
  /** False: the file was written anew, and so without its comments. */
  readonly keptText: boolean
}

/**
 * Makes a context the current one: `kubectl config use-context`. Of several files it is the first one that exists that is
 * written to. The rest of its text stays as it is; how files are written is said at `modify`.
 */
export const setCurrentContext = (
  name: string,
  options?: ModifyOptions
): Effect.Effect<Modified, KubeConfigError, Env> =>
  Effect.flatMap(writer, ({ setCurrentContext }) => setCurrentContext(name, options))

/** Sets the namespace of a context, by default of the current one, in the file that has the context. */
export const setNamespace = (
  namespace: string,
  options?: ModifyOptions & { readonly context?: string | undefined }
): Effect.Effect<Modified, KubeConfigError, Env> =>
  Effect.flatMap(writer, ({ setNamespace }) => setNamespace(namespace, options))

/**
 * Keeps the tokens that an OpenID Connect issuer gave, as kubectl does after each refresh: many issuers take a refresh
 * token only once, and who signs in next, here or with kubectl, needs the latest.
 *
 * ```ts
 * import { KubeConfig } from "effect-kube"
 * import { Effect, Redacted } from "effect"
 *
 * const kept = Effect.flatMap(KubeConfig.load(), ({ user }) =>
 *   user === undefined
 *     ? Effect.void
 *     : KubeConfig.setOpenIdConnectTokens(user, { idToken: Redacted.make("..."), refreshToken: Redacted.make("...") }))
 * ```
 */
export const setOpenIdConnectTokens = (
  user: { readonly name: string; readonly file: string },
  tokens: { readonly idToken: Redacted.Redacted<string>; readonly refreshToken: Redacted.Redacted<string> }
): Effect.Effect<Modified, KubeConfigError, Env> =>
  Effect.flatMap(writer, ({ setOpenIdConnectTokens }) => setOpenIdConnectTokens(user, tokens))

/**
 * Changes a file, which must exist, by a function of what it holds: plain JSON with all its keys, secrets in plain sight.
 * Values that change and keys that are new are written into the text as it is; where more changes, the file is written
 * anew and loses its comments and further documents (`keptText: false`), but no key. A result that could not be read
 * again is refused.
 *
 * It is done under kubectl's lock (`<file>.lock`, waited for up to two seconds) and in one step, so that no reader finds
 * half a file; mode, owner, encoding and links stay.
 */
export const modify = (
  f: (config: { [key: string]: unknown }) => { readonly [key: string]: unknown },
  options?: ModifyOptions
): Effect.Effect<Modified, KubeConfigError, Env> => Effect.flatMap(writer, ({ modify }) => modify(f, options))
