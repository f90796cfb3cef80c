/**
 * TestCluster: an in-memory Kubernetes API server for tests and for development. It works at the level of HTTP on one
 * revisioned log, as a kube-apiserver does, so the client under test is the real one: URLs, watches, resourceVersions,
 * conflicts, finalizers and refusals are all there. It obeys the `TestClock`, and starts in a few milliseconds.
 *
 * ```ts
 * import { Api } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { TestCluster } from "effect-kube/testing"
 * import * as Effect from "effect/Effect"
 *
 * const configMaps = Api.namespaced(ConfigMap, "default")
 * const test = Effect.gen(function*() {
 *   const cluster = yield* TestCluster.TestCluster
 *   yield* configMaps.create({ metadata: { name: "a" }, data: { k: "v" } })
 *   yield* cluster.faults.cutWatches()
 *   return yield* configMaps.get("a")
 * }).pipe(Effect.provide(TestCluster.layer))
 * ```
 *
 * The same server listens on a port with {@link serve}, for kubectl and for programs in other languages.
 *
 * Where it differs from a real cluster today: it serves the versions that a real one serves by default, no other beta
 * and no alpha version; server-side apply and strategic merge patches are answered with 415;
 * built-in kinds are stored as they come, without the defaults and the validation of their specs; managedFields are not
 * kept; bodies are JSON, neither YAML nor protobuf; definitions with CEL rules are refused; there are no tables, no OpenAPI
 * documents, no authentication and no authorization.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as KubeClient from "../client/KubeClient.js"
import type { Answer } from "./internal/apiserver/endpoints.js"
import type { FaultRule } from "./internal/apiserver/faults.js"
import type { ServerRequest } from "./internal/apiserver/handler.js"
import { handle } from "./internal/apiserver/handler.js"
import { httpClient } from "./internal/apiserver/inProcess.js"
import type { RequestRecord } from "./internal/apiserver/requestRecord.js"
import { plant } from "./internal/apiserver/seeds.js"
import * as server_ from "./internal/apiserver/server.js"
import type { Server } from "./internal/apiserver/server.js"
import type { Options as ServerOptions } from "./internal/apiserver/settings.js"
import { snapshot, type StoredObject } from "./internal/apiserver/snapshot.js"
import type { ConnectionCut } from "./internal/apiserver/watch.js"
import * as serving from "./internal/serve.js"

export type { Answer } from "./internal/apiserver/endpoints.js"
export type { Fault, FaultRule } from "./internal/apiserver/faults.js"
export type { ServerRequest } from "./internal/apiserver/handler.js"
export type { RequestRecord, Verb } from "./internal/apiserver/requestRecord.js"
export type { StoredObject } from "./internal/apiserver/snapshot.js"
export type { ConnectionCut } from "./internal/apiserver/watch.js"
export type { Address, ServeOptions } from "./internal/serve.js"
export {
  /** The name of the context in the kubeconfigs that {@link serve} gives. */
  kubeconfigContext,
  ServeError
} from "./internal/serve.js"

export interface Options extends ServerOptions {}

/** An object that cannot be seeded. */
export class SeedError extends Data.TaggedError("TestClusterSeedError")<{
  /** Which of the objects, from 0. */
  readonly index: number
  /** What is wrong with it. */
  readonly problem: string
}> {
  override get message(): string {
    return `seed ${this.index}: ${this.problem}`
  }
}

/** An open watch. */
export interface OpenWatch {
  readonly id: number
  readonly group: string
  readonly resource: string
  /** Undefined where it is about all namespaces, or about a cluster-scoped kind. */
  readonly namespace: string | undefined
}

/** Which watches. Default: all. */
export interface WatchFilter {
  /** The group; empty for the core group. */
  readonly group?: string | undefined
  /** The plural. */
  readonly resource?: string | undefined
  readonly namespace?: string | undefined
}

export interface Faults {
  /** Requests that match fail as the rule says. The answer takes the rule back. Rules are asked in the order in which they came. */
  readonly inject: (rule: FaultRule) => Effect.Effect<Effect.Effect<void>>
  /** Takes all rules back. */
  readonly clear: Effect.Effect<void>
  /**
   * Breaks the connections of open watches, at once or once so many more bytes were sent, which may be in the middle of
   * a line. Answers how many.
   */
  readonly cutWatches: (options?: WatchFilter & { readonly afterBytes?: number | undefined }) => Effect.Effect<number>
  /** Ends open watches as a server does whose time is up. Answers how many. */
  readonly endWatches: (options?: WatchFilter) => Effect.Effect<number>
  /** Lets open watches neither say anything more nor end. Answers how many. */
  readonly silenceWatches: (options?: WatchFilter) => Effect.Effect<number>
  /**
   * Forgets the history: a watch from an older resourceVersion than the present one gets an ERROR event 410 Expired, and
   * the next page of a list that was begun before a 410 with a fresh token.
   */
  readonly compact: Effect.Effect<void>
}

export interface Service {
  /** The base URL that {@link httpClient} answers to. It is no address: nothing listens. */
  readonly url: string
  /** Carries requests to the server in this process. */
  readonly httpClient: HttpClient.HttpClient
  /** The server itself: a function from requests to answers. Fails where a fault breaks the connection. */
  readonly handle: (request: ServerRequest) => Effect.Effect<Answer, ConnectionCut>
  /** Puts objects into the store, with the status, uid and finalizers that they have. A missing namespace is made; what exists is replaced. */
  readonly seed: (...objects: ReadonlyArray<unknown>) => Effect.Effect<void, SeedError>
  /** Everything that is stored. */
  readonly objects: Effect.Effect<ReadonlyArray<StoredObject>>
  /** The resourceVersion of the last write. */
  readonly resourceVersion: Effect.Effect<string>
  /** The requests that came in, in order; the last 10 000 of them at least. */
  readonly requests: Effect.Effect<ReadonlyArray<RequestRecord>>
  readonly watches: Effect.Effect<ReadonlyArray<OpenWatch>>
  /** Lets the garbage collector and the other inner controllers do all that there is to do now. */
  readonly settle: Effect.Effect<void>
  readonly faults: Faults
}

export class TestCluster extends Context.Tag("effect-kube/testing/TestCluster")<TestCluster, Service>() {}

const url = "http://test-cluster"

const matching = (server: Server, filter: WatchFilter = {}) =>
  [...server.connections].filter(({ plan: { namespace, served } }) =>
    (filter.group === undefined || filter.group === served.group)
    && (filter.resource === undefined || filter.resource === served.plural)
    && (filter.namespace === undefined || filter.namespace === namespace)
  )

const faultsOf = (server: Server): Faults => ({
  inject: (rule) =>
    Effect.sync(() => {
      const remove = server.faults.add(rule)
      return Effect.sync(remove)
    }),
  clear: Effect.sync(() => server.faults.clear()),
  cutWatches: (options) =>
    Effect.sync(() => {
      const found = matching(server, options)
      for (const connection of found) connection.cut(options?.afterBytes)
      return found.length
    }),
  endWatches: (options) =>
    Effect.sync(() => {
      const found = matching(server, options)
      for (const connection of found) connection.close("clean")
      return found.length
    }),
  silenceWatches: (options) =>
    Effect.sync(() => {
      const found = matching(server, options)
      for (const connection of found) connection.silence()
      return found.length
    }),
  compact: Effect.sync(() => server.storage.compact())
})

const seed = (server: Server) => (...objects: ReadonlyArray<unknown>): Effect.Effect<void, SeedError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.forEach(objects, (object, index) =>
      Effect.suspend(() => {
        const problem = plant(server, object, now)
        return problem === undefined ? Effect.void : Effect.fail(new SeedError({ index, problem }))
      }), { discard: true }))

/** Starts a server. It ends with the Scope: open watches break off, and its inner controllers stop. */
export const make = (options: Options = {}): Effect.Effect<Service, SeedError, Scope.Scope> =>
  Effect.gen(function*() {
    const server = yield* server_.make(options)
    const answer = (request: ServerRequest) => handle(server, request)
    const service: Service = {
      url,
      httpClient: httpClient(answer),
      handle: answer,
      seed: seed(server),
      objects: Effect.sync(() => snapshot(server)),
      resourceVersion: Effect.sync(() => String(server.storage.revision)),
      requests: Effect.sync(() => server.requests.slice()),
      watches: Effect.sync(() =>
        Array.from(
          server.connections,
          ({ id, plan: { namespace, served } }) => ({ id, group: served.group, resource: served.plural, namespace })
        )
      ),
      settle: Effect.map(Clock.currentTimeMillis, (now) => server.controllers.settle(now)),
      faults: faultsOf(server)
    }
    yield* service.seed(...options.objects ?? [])
    return service
  })

/** What the client of {@link layerWith} is made with. */
export interface ClientOptions {
  /** Default `default`. */
  readonly namespace?: string | undefined
  readonly fieldManager?: string | undefined
}

/** A server of its own, and a client that talks to it in this process. */
export const layerWith = (
  options: Options & { readonly client?: ClientOptions | undefined } = {}
): Layer.Layer<TestCluster | KubeClient.KubeClient, SeedError> =>
  Layer.scopedContext(
    Effect.map(make(options), (cluster) =>
      Context.make(TestCluster, cluster).pipe(
        Context.add(
          KubeClient.KubeClient,
          KubeClient.make({ server: cluster.url, httpClient: cluster.httpClient, ...options.client })
        )
      ))
  )

/** {@link layerWith} without options. It cannot fail, having nothing to seed. */
export const layer: Layer.Layer<TestCluster | KubeClient.KubeClient> = Layer.orDie(layerWith())

/**
 * Puts the server of the context on a port, for kubectl and other clients, until the Scope closes. Over HTTPS it makes
 * certificates on the spot. Fails with a `ServeError` where it cannot listen.
 */
export const serve = (
  options: serving.ServeOptions = {}
): Effect.Effect<serving.Address, serving.ServeError, TestCluster | Scope.Scope> =>
  Effect.flatMap(TestCluster, (cluster) => serving.serve(cluster.handle, options))
