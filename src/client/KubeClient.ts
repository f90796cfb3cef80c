/**
 * The one service through which everything passes that goes to a cluster: it executes a `Request` and maps every
 * refusal to a typed error, or opens the answer as a stream of bytes.
 *
 * A program asks for it by tag, and a layer gives it: `NodeKubeClient.layer` for real clusters, `TestCluster.layer`
 * for the in-memory API server, {@link layerTest} for scripted answers.
 *
 * ```ts
 * import { KubeClient, Request } from "effect-kube"
 * import { Effect } from "effect"
 *
 * const version = Effect.flatMap(KubeClient.KubeClient, (client) => client.execute(Request.raw({ path: "/version" })))
 *
 * const scripted = KubeClient.layerTest(() => Effect.succeed({ body: { gitVersion: "v1.37.0" } }))
 * ```
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import type * as Metric from "effect/Metric"
import type * as Redacted from "effect/Redacted"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as KubeError from "../protocol/KubeError.js"
import type * as Request from "../protocol/Request.js"
import * as callSettings from "./internal/callSettings.js"
import { owned } from "./internal/clientLife.js"
import * as requestMetrics from "./internal/requestMetrics.js"
import * as service from "./internal/service.js"
import type { Impersonation } from "./KubeConfig.js"

export const TypeId: unique symbol = Symbol.for("effect-kube/KubeClient")
export type TypeId = typeof TypeId

/** A whole answer. */
export interface Response {
  readonly status: number
  /** The parsed JSON, or the text where the answer is not JSON; undefined when it is empty. */
  readonly body: unknown
  /** The server's name for this state of what was asked, to send as `ifNoneMatch` the next time; undefined where it has none. */
  readonly etag?: string | undefined
  /** The texts of `Warning: 299` headers: what the server wants the author of the request to know. Each is logged once a client. */
  readonly warnings: ReadonlyArray<string>
}

/** An answer whose body is still coming. It ends with the Scope that it was opened in. */
export interface ByteResponse {
  readonly status: number
  readonly contentType: string
  /** As with {@link Response}. */
  readonly warnings: ReadonlyArray<string>
  readonly body: Stream.Stream<Uint8Array, KubeError.TransportError>
}

export interface Service {
  readonly [TypeId]: TypeId
  /** The server's base URL. */
  readonly server: string
  /** The namespace of the current context. */
  readonly namespace: string
  /** Who owns the fields that this client sets, where neither the call nor {@link FieldManager} says otherwise. */
  readonly fieldManager: string
  /** Sends a request and reads the whole answer; a refusal becomes one of the request's own errors or of `KubeError.Common`. */
  readonly execute: <E>(request: Request.Request<E>) => Effect.Effect<Response, E | KubeError.Common>
  /** Sends a request and hands over the answer as it comes; refusals as with `execute`. */
  readonly open: <E>(request: Request.Request<E>) => Effect.Effect<ByteResponse, E | KubeError.Common, Scope.Scope>
  /**
   * Opens a WebSocket, which is how exec, attach and port-forward talk; it closes with the Scope. Refusals as with
   * `execute`; a `KubeError.StatusError` that was not sent where this client has no sockets.
   */
  readonly connect: <E>(
    request: Request.Request<E>,
    options: ConnectOptions
  ) => Effect.Effect<Channel, E | KubeError.Common, Scope.Scope>
  /**
   * The way to the server for what no `Request` says. Addresses that begin with `/` are the server's own; any other origin
   * is refused. The credential and the other headers of this client are added below, so requests, answers and errors do
   * not show them. Nothing is sent again, and no status is an error. A client of scripted answers has none: each request
   * fails.
   */
  readonly httpClient: HttpClient.HttpClient
  /** This client over the same connections, in somebody else's name; see {@link impersonate}. */
  readonly impersonate: (who: Impersonation) => Service
}

export class KubeClient extends Context.Tag("effect-kube/KubeClient")<KubeClient, Service>() {}

/** The field manager of writes, for a part of a program: a controller sets it to its name. Unset: the client's. */
export class FieldManager extends Context.Reference<FieldManager>()("effect-kube/FieldManager", {
  defaultValue: (): string | undefined => undefined
}) {}

/** The field manager of clients that are not told one. */
export const defaultFieldManager: string = service.defaultFieldManager

/** What a request shows of who asks. Another object each time that the credential is another, so that it tells what a request was sent with. */
export interface Presented {
  /** The value of the `Authorization` header; undefined where a certificate says it all. */
  readonly authorization: Redacted.Redacted<string> | undefined
}

/**
 * How requests are sent again, for a part of a program; `"off"`: not at all. Unset: as the client's options say. Who has a
 * schedule of its own for failures, as a watcher has, switches this one off, for two would multiply.
 *
 * ```ts
 * import { Api, KubeClient } from "effect-kube"
 * import { Pod } from "effect-kube/kinds/core/v1"
 * import { Effect } from "effect"
 *
 * const once = Effect.provideService(Api.namespaced(Pod, "default").get("web-0"), KubeClient.Retry, "off")
 * ```
 */
export const Retry: typeof callSettings.Retry = callSettings.Retry

/** How long the headers of an answer may take, for a part of a program; an infinite time sets no limit. Unset: as the client's options say. */
export const HeaderTimeout: typeof callSettings.HeaderTimeout = callSettings.HeaderTimeout

/** What becomes of the server's warnings, for a part of a program. Unset: as the client's options say. */
export const OnWarning: typeof callSettings.OnWarning = callSettings.OnWarning

/** A request that may be sent again: a read without an answer, anything that the server has not begun with. What a retry Schedule is given. */
export interface Retrying {
  readonly request: KubeError.RequestInfo
  /**
   * `Refused`: nobody listened. `Reset`: the connection broke before an answer (reads only). `Throttled`: 429 with
   * `Retry-After`. `Unavailable`: 503 with `Retry-After`, and for reads any 5xx with it.
   */
  readonly reason: "Refused" | "Reset" | "Throttled" | "Unavailable"
  /** How often it has been sent, from 1. */
  readonly attempt: number
  /** How long the server asks to wait. The pause is this or the Schedule's, whichever is longer. */
  readonly retryAfter: Duration.Duration | undefined
}

/** When to send again, and how often. */
export type RetryPolicy = Schedule.Schedule<unknown, Retrying> | "off"

/** Up to ten more tries, three where nobody listens; pauses from 100 ms to 1 s with jitter, or as long as the server asks. */
export const defaultRetry: Schedule.Schedule<unknown, Retrying> = callSettings.defaultRetry

/** Is told of each warning, each time. */
export type WarningHandler = (warning: {
  readonly request: KubeError.RequestInfo
  readonly text: string
}) => Effect.Effect<void>

/** A WebSocket: messages in order, both ways. */
export interface Channel {
  /** The subprotocol that the server chose. */
  readonly protocol: string
  /** What comes, with back-pressure. Ends when the server closes the socket as it should, and fails when it breaks. */
  readonly messages: Stream.Stream<string | Uint8Array, KubeError.TransportError>
  /** Sends one message; returns when there is room for the next. */
  readonly send: (message: string | Uint8Array) => Effect.Effect<void, KubeError.TransportError>
}

export interface ConnectOptions {
  /** Subprotocols, the one that is liked best first: `v5.channel.k8s.io`. */
  readonly protocols: ReadonlyArray<string>
}

/** What a {@link SocketOpener} is to open. */
export interface SocketRequest {
  readonly info: KubeError.RequestInfo
  /** With the scheme `wss`, or `ws`. */
  readonly url: string
  readonly protocols: ReadonlyArray<string>
  /** Several values of a name are a header each. */
  readonly headers: Redacted.Redacted<{ readonly [name: string]: string | ReadonlyArray<string> }>
  /** How long the server may take to answer. */
  readonly timeout: Duration.Duration
}

/** What the server says to a request for a WebSocket: a socket, or what an HTTP request is refused with. */
export type SocketAnswer =
  | { readonly _tag: "Opened"; readonly channel: Channel }
  | {
    readonly _tag: "Refused"
    readonly status: number
    readonly headers: { readonly [name: string]: string | undefined }
    readonly body: string
  }

/** Opens WebSockets on the platform that a client runs on, with the cluster's TLS. */
export type SocketOpener = (
  request: SocketRequest
) => Effect.Effect<SocketAnswer, KubeError.TransportError, Scope.Scope>

/** A credential that may change while the client is in use; module `Credentials` makes them. */
export interface Credential {
  /** Asked for before each request; a certificate that came with it is in use by then. Fails with one line that says why there is none. */
  readonly presented: Effect.Effect<Presented, string>
  /** After a 401 to what a request has shown: whether the credential is another one now. Then the request is sent once more. */
  readonly refresh: (refused: Presented) => Effect.Effect<boolean>
}

/**
 * Sends a request and reads its whole answer, over the platform's shortest way. It keeps the default deadlines by itself:
 * 30 s for the headers of a read and 65 s for those of a write, a minute of silence in a body. It follows no redirect, and
 * of a refusal it need not read more than a megabyte.
 */
export type WholeExchange = (request: {
  readonly method: Request.Method
  /** With the query, from the root of the server on. */
  readonly path: string
  /** Several values of a name are a header each. */
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> }
  readonly body: string | undefined
}) => Effect.Effect<
  {
    readonly status: number
    /** By names in lower case. */
    readonly headers: { readonly [name: string]: string | undefined }
    readonly text: string
  },
  /** What broke. */
  { readonly cause: unknown }
>

export interface Options {
  /** The server's base URL, such as `https://10.0.0.1:6443`; may hold a path, as behind a proxy. */
  readonly server: string
  /** Carries requests that end. */
  readonly httpClient: HttpClient.HttpClient
  /** A shorter way for requests whose answer is read as a whole, where the default deadlines hold. Default: `httpClient`. */
  readonly exchange?: WholeExchange | undefined
  /** Carries watches and other streams, which hold their connection. Default: `httpClient`. */
  readonly streamClient?: HttpClient.HttpClient | undefined
  /** How the client shows who it is, beside a certificate; over https alone, and http to this machine: else each request is refused. Default: not at all. */
  readonly credential?: Credential | undefined
  /** Default `default`. */
  readonly namespace?: string | undefined
  /** Default {@link defaultFieldManager}. */
  readonly fieldManager?: string | undefined
  /** The application and its version, such as `my-operator/1.2.0`: what the `User-Agent` header begins with. */
  readonly userAgent?: string | undefined
  /** Operating system and architecture, such as `linux/amd64`: what the `User-Agent` header ends with. */
  readonly platform?: string | undefined
  /** How long the headers of an answer may take. Default: 30 s for reads and streams, 65 s for writes (the server's own limit is 60 s). See {@link HeaderTimeout}. */
  readonly headerTimeout?: {
    readonly read?: Duration.DurationInput | undefined
    readonly write?: Duration.DurationInput | undefined
  } | undefined
  /** When requests are sent again that may be. Default {@link defaultRetry}. Watches never are: see {@link Retry}. */
  readonly retry?: RetryPolicy | undefined
  /** Where a server asks to wait longer, the caller is told instead of kept waiting. Default 30 s. */
  readonly maxRetryAfter?: Duration.DurationInput | undefined
  /** A bound on how often this client asks, beside the server's own: `qps` a second in the long run, `burst` at once. Watches do not count, nor do Leases: a leader whose renewal waited would lose its own. Default: none. */
  readonly rateLimit?: { readonly qps: number; readonly burst: number } | undefined
  /** In whose name requests are made. Where it cannot stand in headers, each request is refused. Default: nobody else's. */
  readonly impersonate?: Impersonation | undefined
  /** What becomes of the server's warnings. Default: each text is logged once a client. See {@link OnWarning}. */
  readonly onWarning?: WarningHandler | undefined
  /**
   * True: lists that are read as they arrive are asked for compressed (gzip), which the `httpClient` has to undo. It pays over
   * slow or dear networks; near the server it costs a sixth more time. Watches never are: their events would come late.
   * Default false.
   */
  readonly compression?: boolean | undefined
  /** Whether each request is a span: its verb, resource, code and attempts. Default true. */
  readonly tracing?: boolean | undefined
  /** Whether the server is told of the span (`traceparent` and `b3`). A server that traces may then keep each request. Default false. */
  readonly propagation?: boolean | undefined
  /** Whether {@link metrics} are counted. Default true. */
  readonly metrics?: boolean | undefined
  /** Opens WebSockets. Default: this client has none. */
  readonly sockets?: SocketOpener | undefined
}

/** What clients count of their requests, under client-go's names, with the labels `code` and `method` or `verb`, and `host`. */
export const metrics: {
  /** `rest_client_requests_total`: each sending, by `code` (`<error>` where no answer came) and `method`. */
  readonly requests: Metric.Metric.Counter<number>
  /** `rest_client_request_retries_total`: each sending beside the first, by what the one before it got. */
  readonly retries: Metric.Metric.Counter<number>
  /** `rest_client_request_duration_seconds`: until the headers of the answer that counts; not of streams. */
  readonly requestDuration: Metric.Metric.Histogram<number>
  /** `rest_client_rate_limiter_duration_seconds`: how long requests waited that had to. */
  readonly rateLimiterDuration: Metric.Metric.Histogram<number>
} = requestMetrics.metrics

/** Makes a client for one cluster. Sockets belong to the HttpClients that are given; those must follow no redirect by themselves. */
export const make = (options: Options): Service => service.makeService(options)

/** As {@link make}, for a client that lives in a Scope: informers that wait for who asks next end with it. Layers make their clients so. */
export const makeScoped = (options: Options): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.suspend(() => owned(make(options)))

/**
 * A client that asks in somebody else's name, over the same connections and with the same credential, which must be allowed
 * to impersonate. It takes the place of whom the client itself impersonates. Where a value cannot stand in a header, or a
 * uid, groups or extra values come without a user, each request is refused with a `KubeError.StatusError`.
 *
 * ```ts
 * import { Api, KubeClient } from "effect-kube"
 * import { Pod } from "effect-kube/kinds/core/v1"
 * import { Effect } from "effect"
 *
 * const asJane = Api.namespaced(Pod, "default").list().pipe(
 *   Effect.provide(KubeClient.layerImpersonate({ user: "jane", groups: ["developers"] }))
 * )
 * ```
 */
export const impersonate: {
  (who: Impersonation): (self: Service) => Service
  (self: Service, who: Impersonation): Service
} = dual(2, (self: Service, who: Impersonation): Service => self.impersonate(who))

/** {@link impersonate} for a part of a program. Made anew for each use, because the client below may be another one. */
export const layerImpersonate = (who: Impersonation): Layer.Layer<KubeClient, never, KubeClient> =>
  Layer.fresh(Layer.scoped(KubeClient, Effect.flatMap(KubeClient, (client) => owned(impersonate(client, who)))))

/** A layer of a client that is made once for each use of the layer. */
export const layer = (options: Options): Layer.Layer<KubeClient> => Layer.scoped(KubeClient, makeScoped(options))

/** What a scripted server answers. */
export interface TestResponse {
  /** Default 200. */
  readonly status?: number | undefined
  /** Sent as JSON; a Status refuses. A text is sent as it is. */
  readonly body?: unknown
  /** Sent instead of `body`: bytes as they come, such as the lines of a watch. */
  readonly stream?: Stream.Stream<Uint8Array, KubeError.TransportError> | undefined
  readonly headers?: { readonly [name: string]: string } | undefined
}

/** The lines of a watch, from events. */
export const watchLines = (events: Iterable<unknown>): Stream.Stream<Uint8Array> => {
  const encoder = new TextEncoder()
  return Stream.map(Stream.fromIterable(events), (event) => encoder.encode(`${JSON.stringify(event)}\n`))
}

/** A client whose answers come from a function of the request: for testing one unit. Nothing is sent again. */
export const layerTest = (
  handler: (request: Request.Request<unknown>) => Effect.Effect<TestResponse, KubeError.TransportError>,
  options?: { readonly namespace?: string | undefined; readonly fieldManager?: string | undefined }
): Layer.Layer<KubeClient> =>
  Layer.scoped(KubeClient, Effect.suspend(() => owned(service.scriptedService(handler, options))))
