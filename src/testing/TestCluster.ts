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
 * It asks nobody who they are and lets everybody do everything, but with the option `auth`; it runs no Pods, but with
 * `behaviours` it acts as if. Where it differs from a real cluster: docs/test-cluster.md.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as KubeClient from "../client/KubeClient.js"
import type { Identity } from "./internal/apiserver/auth/options.js"
import type { Answer } from "./internal/apiserver/endpoints.js"
import type { ServerRequest } from "./internal/apiserver/handler.js"
import { handle } from "./internal/apiserver/handler.js"
import type { RequestRecord } from "./internal/apiserver/requestRecord.js"
import { plant, plantRaw } from "./internal/apiserver/seeds.js"
import * as server_ from "./internal/apiserver/server.js"
import type { Server } from "./internal/apiserver/server.js"
import type { Options as ServerOptions } from "./internal/apiserver/settings.js"
import { snapshot, type StoredObject } from "./internal/apiserver/snapshot.js"
import { diff as diff_, type DiffOptions } from "./internal/apiserver/stateDiff.js"
import type { ConnectionCut } from "./internal/apiserver/watch.js"
import { type Faults, faultsOf } from "./internal/faultControls.js"
import * as identities from "./internal/identities.js"
import { type Logs, logsOf } from "./internal/logControls.js"
import * as manifests from "./internal/manifests.js"
import * as serving from "./internal/serve.js"
import { remember } from "./internal/servers.js"

export type { AuthOptions, Identity, ServiceAccountUser, User } from "./internal/apiserver/auth/options.js"
export type { Answer } from "./internal/apiserver/endpoints.js"
export type { Fault, FaultRule } from "./internal/apiserver/faults.js"
export type { ServerRequest } from "./internal/apiserver/handler.js"
export type { RequestRecord, Verb } from "./internal/apiserver/requestRecord.js"
export type { LogSource } from "./internal/apiserver/settings.js"
export type { StoredObject } from "./internal/apiserver/snapshot.js"
export type { DiffOptions } from "./internal/apiserver/stateDiff.js"
export type { ConnectionCut } from "./internal/apiserver/watch.js"
export type { Crash, Faults, WatchFilter } from "./internal/faultControls.js"
export {
  /** The administrator, who may do everything: whom the cluster's own client asks as. */
  admin
} from "./internal/identities.js"
export type { Identities } from "./internal/identities.js"
export type { ContainerOf, Logs } from "./internal/logControls.js"
export { LogError } from "./internal/logControls.js"
export { ManifestError } from "./internal/manifests.js"
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

export interface Service extends identities.Identities {
  /** What uids, generated names and storms are drawn from: given as the option of that name, the same comes again. */
  readonly randomSeed: number
  /** The base URL that {@link httpClient} answers to. It is no address: nothing listens. */
  readonly url: string
  /** Carries requests to the server in this process; those without a credential are an administrator's. */
  readonly httpClient: HttpClient.HttpClient
  /** The server itself: a function from requests to answers. Fails where a fault breaks the connection. */
  readonly handle: (request: ServerRequest) => Effect.Effect<Answer, ConnectionCut>
  /** Puts objects into the store, with the status, uid and finalizers that they have. A missing namespace is made; what exists is replaced. */
  readonly seed: (...objects: ReadonlyArray<unknown>) => Effect.Effect<void, SeedError>
  /**
   * Puts objects into the store as they are, without defaults and validation: what a client cannot decode, or what only
   * an older server would have stored. They need an apiVersion and kind that are served, and a name.
   */
  readonly seedRaw: (...objects: ReadonlyArray<unknown>) => Effect.Effect<void, SeedError>
  /** Everything that is stored. Two of them are compared by {@link diff}. */
  readonly objects: Effect.Effect<ReadonlyArray<StoredObject>>
  /** The resourceVersion of the last write. */
  readonly resourceVersion: Effect.Effect<string>
  /** The requests that came in, in order; the last 10 000 of them at least, fewer where their bodies are long (64 Mi characters together). */
  readonly requests: Effect.Effect<ReadonlyArray<RequestRecord>>
  readonly watches: Effect.Effect<ReadonlyArray<OpenWatch>>
  /** Lets the garbage collector and the other inner controllers do all that there is to do now. */
  readonly settle: Effect.Effect<void>
  /**
   * Waits until nobody has written anything, and no request has come in, for so long. Default 1 s of
   * the clock, which is the `TestClock` in tests.
   */
  readonly quiet: (options?: { readonly for?: Duration.DurationInput | undefined }) => Effect.Effect<void>
  readonly faults: Faults
  /** What containers write, for `pods/log`. */
  readonly logs: Logs
}

export class TestCluster extends Context.Tag("effect-kube/testing/TestCluster")<TestCluster, Service>() {}

const url = "http://test-cluster"

const seed =
  (server: Server, how: typeof plant) => (...objects: ReadonlyArray<unknown>): Effect.Effect<void, SeedError> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.forEach(objects, (object, index) =>
        Effect.suspend(() => {
          const problem = how(server, object, now)
          return problem === undefined ? Effect.void : Effect.fail(new SeedError({ index, problem }))
        }), { discard: true }))

/**
 * The objects of a text of manifests, YAML documents or JSON, to seed a cluster with: those of lists one by one,
 * definitions and namespaces first. YAML is read as a server reads it: version 1.1, duplicate keys refused.
 */
export const parseManifests: (text: string) => Effect.Effect<ReadonlyArray<unknown>, manifests.ManifestError> =
  manifests.parseManifests

const quiet = (server: Server, duration: Duration.DurationInput): Effect.Effect<void> =>
  Effect.gen(function*() {
    const [revision, requests] = [server.storage.revision, server.requestCount]
    yield* Effect.sleep(duration)
    if (server.storage.revision !== revision || server.requestCount !== requests) yield* quiet(server, duration)
  })

/**
 * What has changed between two states of a cluster, for a person to read: `+` and `-` before objects that came and went,
 * `~` before those whose fields differ, and each such field with its value before and after. Empty where nothing has.
 */
export const diff: (
  before: ReadonlyArray<StoredObject>,
  after: ReadonlyArray<StoredObject>,
  options?: DiffOptions
) => string = diff_

/** Starts a server. It ends with the Scope: open watches break off, and its inner controllers stop. */
export const make = (options: Options = {}): Effect.Effect<Service, SeedError, Scope.Scope> =>
  Effect.gen(function*() {
    const server = yield* server_.make(options)
    const answer = (request: ServerRequest) => handle(server, request)
    const service: Service = {
      randomSeed: server.seed,
      url,
      httpClient: identities.adminClient(answer),
      ...identities.identitiesOf(server, answer),
      handle: answer,
      seed: seed(server, plant),
      seedRaw: seed(server, plantRaw),
      objects: Effect.sync(() => snapshot(server)),
      resourceVersion: Effect.sync(() => String(server.storage.revision)),
      requests: Effect.sync(() => server.requests.slice()),
      watches: Effect.sync(() =>
        Array.from(
          server.connections,
          ({ id, plan: { namespace, served } }) => ({ id, group: served.group, resource: served.plural, namespace })
        )
      ),
      quiet: (options) => quiet(server, options?.for ?? "1 second"),
      settle: Effect.zipRight(
        Effect.map(Clock.currentTimeMillis, (now) => server.controllers.settle(now)),
        server.controllers.tell
      ),
      faults: faultsOf(server),
      logs: logsOf(server)
    }
    yield* service.seed(...options.objects ?? [])
    return remember(service, server)
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
    Effect.flatMap(make(options), (cluster) =>
      Effect.map(
        KubeClient.makeScoped({ server: cluster.url, httpClient: cluster.httpClient, ...options.client }),
        (client) => Context.make(TestCluster, cluster).pipe(Context.add(KubeClient.KubeClient, client))
      ))
  )

/** {@link layerWith} without options. It cannot fail, having nothing to seed. */
export const layer: Layer.Layer<TestCluster | KubeClient.KubeClient> = Layer.orDie(layerWith())

/**
 * A client of the cluster of the context that asks as somebody else: to see that a role is enough for a program, and what
 * happens when it is not. The cluster has to be made with `auth: true`.
 *
 * ```ts
 * import { Api } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { TestCluster } from "effect-kube/testing"
 * import * as Effect from "effect/Effect"
 *
 * // What is deployed with the operator.
 * const role = {
 *   apiVersion: "rbac.authorization.k8s.io/v1",
 *   kind: "ClusterRole",
 *   metadata: { name: "operator" },
 *   rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }]
 * }
 * const binding = {
 *   apiVersion: "rbac.authorization.k8s.io/v1",
 *   kind: "ClusterRoleBinding",
 *   metadata: { name: "operator" },
 *   roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "operator" },
 *   subjects: [{ kind: "ServiceAccount", name: "operator", namespace: "default" }]
 * }
 * const operator = Api.namespaced(ConfigMap, "default").list()
 *
 * const test = operator.pipe(
 *   Effect.provide(TestCluster.as({ serviceAccount: "default/operator" })),
 *   Effect.provide(TestCluster.layerWith({ auth: true, objects: [role, binding] }))
 * )
 * ```
 */
export const as = (
  identity: Identity,
  options: ClientOptions = {}
): Layer.Layer<KubeClient.KubeClient, never, TestCluster> =>
  Layer.scoped(
    KubeClient.KubeClient,
    Effect.flatMap(TestCluster, ({ httpClientAs, url }) =>
      KubeClient.makeScoped({ server: url, httpClient: httpClientAs(identity), ...options }))
  )

/**
 * Puts the server of the context on a port, for kubectl and other clients, until the Scope closes. Over HTTPS it makes
 * certificates on the spot. Fails with a `ServeError` where it cannot listen.
 */
export const serve = (
  options: serving.ServeOptions = {}
): Effect.Effect<serving.Address, serving.ServeError, TestCluster | Scope.Scope> =>
  Effect.gen(function*() {
    const cluster = yield* TestCluster
    const token = cluster.auth ? yield* cluster.token(options.as ?? identities.admin) : undefined
    return yield* serving.serve(cluster.handle, { ...options, https: options.https ?? cluster.auth }, token)
  })
