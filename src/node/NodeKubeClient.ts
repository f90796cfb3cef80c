/**
 * The client for Node: connection pools with TLS on undici, and kubeconfig files from the disk.
 *
 * ```ts
 * import { Api } from "effect-kube"
 * import { Pod } from "effect-kube/kinds/core/v1"
 * import { NodeKubeClient } from "effect-kube/node"
 * import { NodeRuntime } from "@effect/platform-node"
 * import { Effect } from "effect"
 *
 * const program = Effect.flatMap(Api.all(Pod).list(), ({ items }) => Effect.log(`${items.length} pods`))
 *
 * NodeRuntime.runMain(Effect.provide(program, NodeKubeClient.layer))
 * ```
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { readFileSync } from "node:fs"
import * as KubeClient from "../client/KubeClient.js"
import * as KubeConfig from "../client/KubeConfig.js"
import { gather } from "./internal/gatheredBody.js"

export interface Options {
  /** Default: the name of this library. */
  readonly fieldManager?: string | undefined
  readonly userAgent?: string | undefined
  /** Connections for requests that end; watches have a pool of their own without a bound. Default 32. */
  readonly connections?: number | undefined
}

const text = (pem: string | Redacted.Redacted<string> | KubeConfig.PemFile): string | Buffer =>
  typeof pem === "string" ? pem : Redacted.isRedacted(pem) ? Redacted.value(pem) : readFileSync(pem.file)

/** undici's pools for one cluster: they share neither a connection nor a certificate with any other. */
const dispatcher = (
  connection: KubeConfig.Connection,
  connections: number | null
): Effect.Effect<Undici.Dispatcher, never, Scope.Scope> => {
  const { certificate } = connection.identity
  const authority = connection.certificateAuthority === undefined ? undefined : text(connection.certificateAuthority)
  return Effect.acquireRelease(
    Effect.sync(() =>
      new Undici.Agent({
        connections,
        connect: {
          timeout: 30_000,
          keepAlive: true,
          keepAliveInitialDelay: 30_000,
          rejectUnauthorized: !connection.insecureSkipTlsVerify,
          ...(authority === undefined ? undefined : { ca: authority }),
          ...(connection.tlsServerName === undefined ? undefined : { servername: connection.tlsServerName }),
          ...(certificate === undefined
            ? undefined
            : { cert: text(certificate.certificate), key: text(certificate.key) })
        }
      })
    ),
    (agent) => Effect.promise(() => agent.destroy())
  )
}

/** The bytes of a body come in pieces of this size where they come fast. A list may wait for them a little, a watch does not. */
const pieceBytes = 256 * 1024

const tokenLifetimeMillis = 60_000

const bearer = (token: Redacted.Redacted<string>): Redacted.Redacted<string> =>
  Redacted.make(`Bearer ${Redacted.value(token)}`)

/**
 * A token in a file, which rotates: read again every minute and after a 401, and a read that fails or finds nothing
 * keeps the old token (client-go's rule).
 */
const tokenFile = (fs: FileSystem.FileSystem, path: string): KubeClient.Credential => {
  let cached: { readonly header: Redacted.Redacted<string>; readonly until: number } | undefined
  const read = Effect.flatMap(
    fs.readFileString(path),
    (text) => text.trim() === "" ? Effect.fail("empty") : Effect.succeed(bearer(Redacted.make(text.trim())))
  )
  const renew = Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.tap(read, (header) =>
      Effect.sync(() => {
        cached = { header, until: now + tokenLifetimeMillis }
      })))
  return {
    authorization: Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const current = cached
      if (current !== undefined && now < current.until) return Effect.succeed(current.header)
      return Effect.catchAll(
        renew,
        () => current === undefined ? Effect.fail(`no token can be read from ${path}`) : Effect.succeed(current.header)
      )
    }),
    refresh: Effect.suspend(() => {
      const before = cached?.header
      return Effect.match(renew, {
        onFailure: () => false,
        onSuccess: (header) => before === undefined || Redacted.value(header) !== Redacted.value(before)
      })
    })
  }
}

/** What an identity shows in the `Authorization` header. */
const credentialOf = (
  identity: KubeConfig.Identity
): Effect.Effect<KubeClient.Credential | undefined, never, FileSystem.FileSystem> => {
  const { basic, token, tokenFile: path } = identity
  if (path !== undefined) return Effect.map(FileSystem.FileSystem, (fs) => tokenFile(fs, path))
  const header = token !== undefined
    ? bearer(token)
    : basic !== undefined
    ? Redacted.make(`Basic ${Encoding.encodeBase64(`${basic.username}:${Redacted.value(basic.password)}`)}`)
    : undefined
  return Effect.succeed(
    header === undefined ? undefined : { authorization: Effect.succeed(header), refresh: Effect.succeed(false) }
  )
}

/** A client of one cluster; its sockets close with the Scope. */
export const make = (
  connection: KubeConfig.Connection,
  options?: Options
): Effect.Effect<KubeClient.Service, never, Scope.Scope | FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const requests = yield* dispatcher(connection, options?.connections ?? 32)
    const streams = yield* dispatcher(connection, null)
    // Credentials go over https only; http to this machine is the one exception.
    const trusted = connection.server.startsWith("https:") ||
      /^http:\/\/(localhost|127\.[\d.]+|\[::1\])(:|\/|$)/.test(connection.server)
    const credential = yield* credentialOf(connection.identity)
    if (credential !== undefined && !trusted) {
      yield* Effect.logWarning(`${connection.server}: the credential is not sent, because it would go over plain http`)
    }
    return KubeClient.make({
      server: connection.server,
      namespace: connection.namespace,
      httpClient: gather(NodeHttpClient.makeUndici(requests), { bytes: pieceBytes, millis: 5 }),
      streamClient: gather(NodeHttpClient.makeUndici(streams), { bytes: pieceBytes, millis: 0 }),
      credential: trusted ? credential : undefined,
      fieldManager: options?.fieldManager,
      userAgent: options?.userAgent
    })
  })

/** The client of a connection that was loaded or made by hand. */
export const layerConnection = (
  connection: KubeConfig.Connection,
  options?: Options
): Layer.Layer<KubeClient.KubeClient> =>
  Layer.provide(Layer.scoped(KubeClient.KubeClient, make(connection, options)), NodeContext.layer)

/** The client of a cluster that a kubeconfig describes: of the file that is named, else as kubectl finds it. */
export const layerWith = (
  options: Options & KubeConfig.LoadOptions & {
    /** A kubeconfig file. Default: `KUBECONFIG`, else the Pod's service account, else `~/.kube/config`. */
    readonly kubeconfig?: string | undefined
  }
): Layer.Layer<KubeClient.KubeClient, KubeConfig.KubeConfigError> =>
  Layer.provide(
    Layer.scoped(
      KubeClient.KubeClient,
      Effect.flatMap(
        options.kubeconfig === undefined ? KubeConfig.infer(options) : KubeConfig.fromFile(options.kubeconfig, options),
        (connection) => make(connection, options)
      )
    ),
    NodeContext.layer
  )

/** The client of the cluster that kubectl would talk to. Asks nothing of its environment; like every layer it is built once in a program. */
export const layer: Layer.Layer<KubeClient.KubeClient, KubeConfig.KubeConfigError> = Layer.suspend(() => layerWith({}))
