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
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as KubeError from "../protocol/KubeError.js"
import type * as Request from "../protocol/Request.js"
import * as http from "./internal/http.js"
import * as refusals from "./internal/refusals.js"

export const TypeId: unique symbol = Symbol.for("effect-kube/KubeClient")
export type TypeId = typeof TypeId

/** A whole answer. */
export interface Response {
  readonly status: number
  /** The parsed JSON, or the text where the answer is not JSON; undefined when it is empty. */
  readonly body: unknown
  /** The texts of `Warning: 299` headers: what the server wants the author of the request to know. Each is logged once a client. */
  readonly warnings: ReadonlyArray<string>
}

/** An answer whose body is still coming. It ends with the Scope that it was opened in. */
export interface ByteResponse {
  readonly status: number
  readonly contentType: string
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
}

export class KubeClient extends Context.Tag("effect-kube/KubeClient")<KubeClient, Service>() {}

/** The field manager of writes, for a part of a program: a controller sets it to its name. Unset: the client's. */
export class FieldManager extends Context.Reference<FieldManager>()("effect-kube/FieldManager", {
  defaultValue: (): string | undefined => undefined
}) {}

/** The field manager of clients that are not told one. */
export const defaultFieldManager = "effect-kube"

/** A credential that may change while the client is in use. */
export interface Credential {
  /** The value of the `Authorization` header, asked for before each request; undefined where a certificate says it all; fails with one line that says why. */
  readonly authorization: Effect.Effect<Redacted.Redacted<string> | undefined, string>
  /** After a 401: whether the credential is another one now. Then the request is sent once more. */
  readonly refresh: Effect.Effect<boolean>
}

export interface Options {
  /** The server's base URL, such as `https://10.0.0.1:6443`; may hold a path, as behind a proxy. */
  readonly server: string
  /** Carries requests that end. */
  readonly httpClient: HttpClient.HttpClient
  /** Carries watches and other streams, which hold their connection. Default: `httpClient`. */
  readonly streamClient?: HttpClient.HttpClient | undefined
  /** How the client shows who it is, beside a certificate. Default: not at all. */
  readonly credential?: Credential | undefined
  /** Default `default`. */
  readonly namespace?: string | undefined
  /** Default {@link defaultFieldManager}. */
  readonly fieldManager?: string | undefined
  /** The `User-Agent` header. Default: `effect-kube` and its version. */
  readonly userAgent?: string | undefined
  /** How long the headers of an answer may take. Default: 30 s for reads and streams, 65 s for writes (the server's own limit is 60 s). */
  readonly headerTimeout?: {
    readonly read?: Duration.DurationInput | undefined
    readonly write?: Duration.DurationInput | undefined
  } | undefined
}

const fromTransport = (
  transport: http.Transport,
  options: {
    readonly server: string
    readonly namespace?: string | undefined
    readonly fieldManager?: string | undefined
  }
): Service => {
  const warnings = refusals.makeWarnings()
  return {
    [TypeId]: TypeId,
    server: options.server,
    namespace: options.namespace ?? "default",
    fieldManager: options.fieldManager ?? defaultFieldManager,
    execute: (request) => refusals.execute(transport, warnings, request),
    open: (request) => refusals.open(transport, warnings, request)
  }
}

/** Makes a client for one cluster. Sockets belong to the HttpClients that are given. */
export const make = (options: Options): Service => fromTransport(http.transport(options), options)

/** A layer of a client that is made once for each use of the layer. */
export const layer = (options: Options): Layer.Layer<KubeClient> => Layer.sync(KubeClient, () => make(options))

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

/** A client whose answers come from a function of the request: for testing one unit. */
export const layerTest = (
  handler: (request: Request.Request<unknown>) => Effect.Effect<TestResponse, KubeError.TransportError>,
  options?: { readonly namespace?: string | undefined; readonly fieldManager?: string | undefined }
): Layer.Layer<KubeClient> =>
  Layer.sync(
    KubeClient,
    () => fromTransport((request) => Effect.map(handler(request), http.testResponse), { server: "test:", ...options })
  )
