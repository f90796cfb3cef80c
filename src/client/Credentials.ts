/**
 * How a client shows who it is: the ways of signing in that a kubeconfig knows, each as a `KubeClient.Credential`, which
 * is asked before each request and refreshed once after a 401. `NodeKubeClient` makes the right one for a connection;
 * this module is for a client that is put together by hand.
 *
 * ```ts
 * import { Credentials } from "effect-kube"
 * import { Effect, Redacted } from "effect"
 *
 * const fixed = Credentials.bearer(Redacted.make("secret"))
 *
 * const rotating = Effect.flatMap(
 *   Credentials.tokenFile("/var/run/secrets/kubernetes.io/serviceaccount/token"),
 *   (credential) => credential.presented
 * )
 * ```
 *
 * A credential that holds something (a plugin that runs, a file that is read) belongs to a Scope. It runs once however
 * many requests wait, and interrupting one of them does no harm to the others. No error and no log holds a secret.
 *
 * Reference: https://kubernetes.io/docs/reference/access-authn-authz/authentication/
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as connections from "./internal/credentials/connection.js"
import * as execPlugin from "./internal/credentials/execPlugin.js"
import * as files from "./internal/credentials/files.js"
import * as header from "./internal/credentials/header.js"
import * as openId from "./internal/credentials/openIdConnect.js"
import { type PluginExit, type PluginRun, PluginStarter } from "./internal/credentials/pluginStarter.js"
import * as secureServer from "./internal/credentials/secureServer.js"
import type { Credential } from "./KubeClient.js"
import type * as KubeConfig from "./KubeConfig.js"

/** A token that does not change. */
export const bearer = (token: Redacted.Redacted<string>): Credential =>
  header.fixed(header.bearer(Redacted.value(token)))

/** A user name and a password, which the API server itself takes no more since 1.19; proxies before it do. */
export const basic = (login: {
  readonly username: string
  readonly password: Redacted.Redacted<string>
}): Credential => header.fixed(header.basic(login.username, login.password))

/**
 * A token in a file, which rotates: read again by the first request after 50 s, and after a 401. A read that fails, or
 * finds no token, keeps the one before.
 */
export const tokenFile = (
  path: string,
  options?: {
    /** What is shown for as long as the file cannot be read. Default: requests fail. */
    readonly fallback?: Redacted.Redacted<string> | undefined
  }
): Effect.Effect<Credential, never, FileSystem.FileSystem | Scope.Scope> => {
  const fallback = options?.fallback === undefined ? undefined : header.bearer(Redacted.value(options.fallback))
  return files.tokenFile(path, typeof fallback === "string" ? undefined : fallback)
}

/** What a plugin is told of the cluster, where its entry says `provideClusterInfo`. */
export interface ClusterInfo {
  readonly server: string
  /** PEM. */
  readonly certificateAuthority?: string | undefined
  readonly tlsServerName?: string | undefined
  readonly insecureSkipTlsVerify?: boolean | undefined
  readonly proxyUrl?: Redacted.Redacted<string> | undefined
  readonly disableCompression?: boolean | undefined
}

/**
 * Which credential plugins may be run. A kubeconfig names programs, so one from a source that is not trusted runs what
 * its author likes: say `DenyAll`, or name the plugins that you know, as in `PATH` or by their absolute paths.
 */
export type PluginPolicy = "AllowAll" | "DenyAll" | { readonly allow: ReadonlyArray<string> }

export {
  /** Starts plugins: the platform's part. */
  PluginStarter
}
export type { PluginExit, PluginRun }

/** PEM that TLS connections are made with, as far as it changes. */
export interface TlsMaterial {
  /** Undefined: what the system trusts. */
  readonly certificateAuthority?: string | undefined
  readonly certificate?: string | undefined
  readonly key?: Redacted.Redacted<string> | undefined
}

export interface ExecOptions {
  /** Asked for before each run of a plugin that is told of the cluster. */
  readonly cluster?: Effect.Effect<ClusterInfo, string> | undefined
  /** Default `AllowAll`. */
  readonly policy?: PluginPolicy | undefined
  /** How long a run may take. Default 60 s, and 5 minutes where somebody is asked at a terminal. */
  readonly timeout?: Duration.DurationInput | undefined
  /** Bytes that a plugin may print. Default 1 MiB. */
  readonly maxOutput?: number | undefined
  /**
   * Has new connections made with the certificate that a plugin gave, or with none, before the credential is presented.
   * Default: a plugin that gives a certificate fails.
   */
  readonly useCertificate?: ((material: TlsMaterial) => Effect.Effect<void, string>) | undefined
}

/**
 * What a plugin prints (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
 * It runs when the first request asks, again 60 s before what it gave ends, and after a 401; one run at a time. While a
 * new run fails, what is still valid is used.
 */
export const exec = (
  plugin: KubeConfig.ExecPlugin,
  options?: ExecOptions
): Effect.Effect<Credential, never, PluginStarter | Scope.Scope> =>
  Effect.flatMap(PluginStarter, (starter) => execPlugin.make(plugin, starter, options ?? {}))

export interface OpenIdConnectOptions {
  /**
   * Told the tokens of each refresh, to keep them: many issuers take a refresh token once. Default: `NodeKubeClient`
   * writes them into the kubeconfig that they came from, as kubectl does; elsewhere they are kept in memory, and the log
   * says so when the issuer replaces the refresh token.
   */
  readonly onTokens?:
    | ((tokens: {
      readonly idToken: Redacted.Redacted<string>
      readonly refreshToken: Redacted.Redacted<string>
    }) => Effect.Effect<void>)
    | undefined
}

/**
 * An identity token, used until 10 s before its end, and then the next one by the refresh token. The HttpClient must
 * trust the issuer's authority; redirects are not followed.
 */
export const openIdConnect = (
  oidc: KubeConfig.OpenIdConnect,
  options?: OpenIdConnectOptions
): Effect.Effect<Credential, never, HttpClient.HttpClient | Scope.Scope> => openId.make(oidc, options)

/** What a program decides, whatever its kubeconfig says. */
export interface Settings
  extends Pick<ExecOptions, "policy" | "timeout" | "maxOutput">, Pick<OpenIdConnectOptions, "onTokens">
{}

export interface ConnectionOptions extends Settings {
  /** What connections are made with at the start. */
  readonly material: TlsMaterial
  /** Has new connections made with other material; fails with one line where it cannot be used. */
  readonly use: (material: TlsMaterial) => Effect.Effect<void, string>
  /** The proxy that leads to the cluster, for plugins that are told of the cluster. Default: the connection's own. */
  readonly proxyUrl?: Redacted.Redacted<string> | undefined
}

/**
 * The credential of a connection, with the rotation of its certificate files; undefined where it has none. Of several,
 * client-go's precedence: a token wins over an exec plugin and OpenID Connect, a certificate and a login over an exec
 * plugin; the token of a file wins over the one beside it for as long as the file can be read. What client-go refuses
 * (a token and a login, an exec plugin and OpenID Connect) fails at each request.
 */
export const fromConnection = (
  connection: KubeConfig.Connection,
  options: ConnectionOptions
): Effect.Effect<
  Credential | undefined,
  never,
  FileSystem.FileSystem | PluginStarter | HttpClient.HttpClient | Scope.Scope
> => connections.make(connection, options)

/**
 * Whether a credential may go to a server: https, and plain http to this machine. A proxy in between makes another
 * machine of it.
 */
export const isSecure = (server: string): boolean => secureServer.isSecure(server)
