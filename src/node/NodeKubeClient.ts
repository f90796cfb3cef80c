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
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RcMap from "effect/RcMap"
import type * as Scope from "effect/Scope"
import type * as Credentials from "../client/Credentials.js"
import * as KubeClient from "../client/KubeClient.js"
import * as KubeConfig from "../client/KubeConfig.js"
import * as credentials from "./internal/credentials.js"
import * as Pools from "./internal/pools.js"
import { proxyOf } from "./internal/proxies.js"
import { configError, tlsOf } from "./internal/tlsMaterial.js"

export interface Options extends
  Pick<
    KubeClient.Options,
    | "fieldManager"
    | "userAgent"
    | "headerTimeout"
    | "retry"
    | "maxRetryAfter"
    | "rateLimit"
    | "onWarning"
    | "compression"
    | "tracing"
    | "propagation"
    | "metrics"
  >
{
  /**
   * Connections for requests that end; watches have a pool of their own without a bound. A list that is read as a stream holds
   * one until it is read or closed. Default 32.
   */
  readonly connections?: number | undefined
  /** Whether `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are followed where the connection names no proxy. Default true. */
  readonly environmentProxy?: boolean | undefined
  /**
   * True: watches and other streams share connections by HTTP/2 where the server speaks it, a hundred on each. Requests
   * that end stay with HTTP/1.1. When the server closes a connection (GOAWAY), all watches on it end at once with a
   * `TransportError`; a `Watcher` goes on where it was, on a new one. Default false.
   */
  readonly http2?: boolean | undefined
  /** Which credential plugins may run and for how long, and who keeps the tokens of OpenID Connect. */
  readonly credentials?: Credentials.Settings | undefined
}

/** Kubernetes' names for what this process runs on, as in the labels of nodes. */
const platform = `${process.platform === "win32" ? "windows" : process.platform}/${
  process.arch === "x64" ? "amd64" : process.arch === "ia32" ? "386" : process.arch
}`

const urlOf = (connection: KubeConfig.Connection): Effect.Effect<URL, KubeConfig.KubeConfigError> =>
  /^https?:\/\/[^/]/i.test(connection.server) && URL.canParse(connection.server)
    ? Effect.succeed(new URL(connection.server))
    : Effect.fail(
      new KubeConfig.KubeConfigError({
        source: connection.context === undefined ? "connection" : `context ${connection.context}`,
        path: "cluster.server",
        problem: `${JSON.stringify(connection.server)} is no address; expected one such as https://10.0.0.1:6443`
      })
    )

/**
 * A client of one cluster; its sockets close with the Scope. Fails where the connection cannot be used as it is: an
 * address or a proxy that is none, a certificate that cannot be read.
 */
export const make = (
  connection: KubeConfig.Connection,
  options?: Options
): Effect.Effect<KubeClient.Service, KubeConfig.KubeConfigError, Scope.Scope | FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const connections = options?.connections ?? 32
    if (!(Number.isSafeInteger(connections) && connections > 0)) {
      return yield* Effect.die(new TypeError(`connections: expected a positive integer, found ${connections}`))
    }
    const server = yield* urlOf(connection)
    const proxy = yield* proxyOf(connection, server, options?.environmentProxy !== false)
    const tls = yield* tlsOf(connection)
    const pools = yield* Pools.make({
      server,
      tls,
      proxy,
      connections,
      http2: options?.http2
    }).pipe(Effect.mapError((problem) => configError(connection, problem)))
    const credential = yield* credentials.make({
      connection,
      pools,
      tls,
      proxy,
      settings: options?.credentials,
      environmentProxy: options?.environmentProxy !== false
    })
    return yield* KubeClient.makeScoped({
      server: connection.server,
      namespace: connection.namespace,
      httpClient: pools.requests,
      exchange: pools.exchange,
      streamClient: pools.streams,
      credential,
      platform,
      impersonate: connection.identity.impersonate,
      fieldManager: options?.fieldManager,
      userAgent: options?.userAgent,
      headerTimeout: options?.headerTimeout,
      retry: options?.retry,
      maxRetryAfter: options?.maxRetryAfter,
      rateLimit: options?.rateLimit,
      onWarning: options?.onWarning,
      compression: options?.compression === true && connection.disableCompression !== true,
      tracing: options?.tracing,
      propagation: options?.propagation,
      metrics: options?.metrics
    })
  })

/** The client of a connection that was loaded or made by hand. */
export const layerConnection = (
  connection: KubeConfig.Connection,
  options?: Options
): Layer.Layer<KubeClient.KubeClient, KubeConfig.KubeConfigError> =>
  Layer.provide(Layer.scoped(KubeClient.KubeClient, make(connection, options)), NodeContext.layer)

/** Where the connection of a client comes from, beside what the client is made with; all as in `KubeConfig.infer`. */
export interface InferOptions extends Options, KubeConfig.InferOptions {}

const inferred = (options: InferOptions) =>
  Effect.flatMap(KubeConfig.infer(options), (connection) => make(connection, options))

/** The client of a cluster that a kubeconfig describes: of the file that is named, else as kubectl finds it. */
export const layerWith = (options: InferOptions): Layer.Layer<KubeClient.KubeClient, KubeConfig.KubeConfigError> =>
  Layer.provide(Layer.scoped(KubeClient.KubeClient, inferred(options)), NodeContext.layer)

/** The client of the cluster that kubectl would talk to. It needs nothing to be provided; like every layer it is built once in a program. */
export const layer: Layer.Layer<KubeClient.KubeClient, KubeConfig.KubeConfigError> = Layer.suspend(() => layerWith({}))

/**
 * The client of the cluster that a `Config` describes, as by `KubeConfig.config`: what the program sets itself comes
 * before what is configured.
 *
 * ```ts
 * import { KubeConfig } from "effect-kube"
 * import { NodeKubeClient } from "effect-kube/node"
 *
 * // KUBE_SERVER, KUBE_TOKEN_FILE, KUBE_CONTEXT, ...
 * const layer = NodeKubeClient.layerConfig(KubeConfig.config(), { userAgent: "my-operator/1.2" })
 * ```
 */
export const layerConfig = (
  config: Config.Config<KubeConfig.InferOptions>,
  options?: Options
): Layer.Layer<KubeClient.KubeClient, KubeConfig.KubeConfigError | ConfigError.ConfigError> =>
  Layer.provide(
    Layer.scoped(
      KubeClient.KubeClient,
      Effect.flatMap(config, (configured) => inferred({ ...configured, ...options }))
    ),
    NodeContext.layer
  )

/** Clients of several clusters, by the names of their contexts. Who asks for the same context shares its client. */
export class Contexts extends Context.Tag("effect-kube/node/NodeKubeClient/Contexts")<Contexts, {
  /** The client of a context. It lives while a Scope uses it, and for some time after. */
  readonly get: (context: string) => Effect.Effect<KubeClient.Service, KubeConfig.KubeConfigError, Scope.Scope>
  /** Whoever asks from now on gets a new client, made of what the files say then. */
  readonly invalidate: (context: string) => Effect.Effect<void>
}>() {}

export interface ContextsOptions
  extends Options, Pick<KubeConfig.InferOptions, "kubeconfig" | "plugins" | "localFiles" | "impersonate">
{
  /** How long the connections of a cluster stay open when nobody uses its client. Default 1 minute. */
  readonly idleTimeToLive?: Duration.DurationInput | undefined
}

/** Makes {@link Contexts}. Files are read when a context is asked for; all clients end with the Scope. */
export const contexts = (
  options?: ContextsOptions
): Effect.Effect<Context.Tag.Service<Contexts>, never, Scope.Scope> =>
  Effect.map(
    RcMap.make({
      lookup: (context: string) => Effect.provide(inferred({ ...options, context }), NodeContext.layer),
      idleTimeToLive: options?.idleTimeToLive ?? "1 minute"
    }),
    (clients) => ({
      // A file may be mended: what failed is tried anew.
      get: (context) => Effect.tapError(RcMap.get(clients, context), () => RcMap.invalidate(clients, context)),
      invalidate: (context) => RcMap.invalidate(clients, context)
    })
  )

/**
 * Clients of several clusters in one program: one for each context that is asked for.
 *
 * ```ts
 * import { Api } from "effect-kube"
 * import { Node } from "effect-kube/kinds/core/v1"
 * import { NodeKubeClient } from "effect-kube/node"
 * import { Effect } from "effect"
 *
 * const nodes = Effect.forEach(
 *   ["staging", "production"],
 *   (context) => Effect.provide(Api.cluster(Node).list(), NodeKubeClient.layerContext(context))
 * )
 * const program = Effect.provide(nodes, NodeKubeClient.layerContexts())
 * ```
 */
export const layerContexts = (options?: ContextsOptions): Layer.Layer<Contexts> =>
  Layer.scoped(Contexts, contexts(options))

/** The client of one of the {@link Contexts}. */
export const layerContext = (
  context: string
): Layer.Layer<KubeClient.KubeClient, KubeConfig.KubeConfigError, Contexts> =>
  // The same layer may be provided over other Contexts.
  Layer.fresh(Layer.scoped(KubeClient.KubeClient, Effect.flatMap(Contexts, ({ get }) => get(context))))
