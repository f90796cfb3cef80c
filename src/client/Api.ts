/**
 * Operations on the objects of one kind in one place: a handle is a plain value without a client inside, safe at module
 * level, and its operations are Effects and Streams with typed errors.
 *
 * ```ts
 * import { Api } from "effect-kube"
 * import { Pod } from "effect-kube/kinds/core/v1"
 * import { Effect } from "effect"
 *
 * const pods = Api.namespaced(Pod, "default")
 *
 * const phase = Effect.map(pods.get("web-0"), (pod) => pod.status.phase)
 * ```
 *
 * A handle has what its kind can do: `scale` exists on Deployments and not on ConfigMaps, and over all namespaces
 * ({@link all}) there is no operation by name. Generic code asks for abilities, never for a kind:
 * `<K extends KubeObject, R>(api: Api.Get<K, R> & Api.List<K, R>) => ...`.
 */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type * as Stream from "effect/Stream"
import type * as KubeError from "../protocol/KubeError.js"
import type * as Patch from "../protocol/Patch.js"
import type * as Request from "../protocol/Request.js"
import type * as Resource from "../protocol/Resource.js"
import { Handle } from "./internal/handle.js"
import type { Logs } from "./internal/logs.js"
import type {
  Approval,
  Bind,
  CreateToken,
  EphemeralContainers,
  Evict,
  Finalize,
  Resize,
  Scale,
  Status,
  Subresources
} from "./internal/subresourceTypes.js"
import { KubeClient, type Service } from "./KubeClient.js"

type WriteErrors = KubeError.NotFound | KubeError.Conflict | KubeError.Invalid

// ------------------------------------------------------------------------------------------------ values

/** What a list answers. */
export interface ResourceList<out K> {
  readonly items: ReadonlyArray<K>
  readonly metadata: {
    /** From where a watch goes on. */
    readonly resourceVersion: string
    /** The token of the next page, where `limit` cut the list. */
    readonly continue?: string | undefined
    /** How many objects the next pages hold; the server tells it only without selectors. */
    readonly remainingItemCount?: number | undefined
  }
}

/** One page of a list. */
export interface Page<out K> extends ResourceList<K> {
  /**
   * The server has lost the state that the pages before showed, and this one and those behind it show a later one:
   * what has changed in between may be missing, and no object comes twice.
   */
  readonly inconsistent: boolean
}

/** How a list is read in pages. */
export interface PageOptions {
  /** How many pages are read ahead of the one that is being consumed. Default 1. */
  readonly readAhead?: number | undefined
  /**
   * What to do when the server has lost the state that the first page showed (410): `fail` with `Expired`, or go on with
   * the state of now, which makes the list `inconsistent`. Default `fail`: who lists again then sees one state.
   */
  readonly onExpired?: "fail" | "inconsistent" | undefined
}

export interface ListPagesOptions extends Request.ListOptions, PageOptions {}

/** What became of a deleted object: it is gone, or it waits for its finalizers or its grace period. */
export type Deletion<K> = { readonly _tag: "Gone" } | { readonly _tag: "Terminating"; readonly object: K }

/** Of a bookmark only its resourceVersion and annotations are read: what else it holds is not an object of the kind. */
export type WatchEvent<K> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: K }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string; readonly initialEventsEnd: boolean }

/** How writes that read first are repeated when the object changed in between. */
export interface RetryOptions {
  /** Default: 5 tries, 10 ms apart, with jitter. */
  readonly retry?: Schedule.Schedule<unknown, KubeError.Conflict> | undefined
}

// ------------------------------------------------------------------------------------------------ abilities

/** What every handle has: its kind, its namespace, and the way to the client. */
export interface Of<out K, out R = KubeClient> {
  readonly resource: Resource.ApiResource<K, unknown, unknown, Resource.ResourceScope, never>
  /** Undefined over all namespaces, for cluster-scoped kinds, and for the namespace of the client's context. */
  readonly namespace: string | undefined
  /** The client that the operations use. */
  readonly client: Effect.Effect<Service, never, R>
}

export interface Get<out K, out R = KubeClient> {
  /** Reads an object by name. */
  readonly get: (
    name: string,
    options?: Request.GetOptions
  ) => Effect.Effect<K, KubeError.NotFound | KubeError.Common, R>
  /** Reads an object by name; none where it does not exist. */
  readonly getOption: (
    name: string,
    options?: Request.GetOptions
  ) => Effect.Effect<Option.Option<K>, KubeError.Common, R>
}

export interface List<out K, out R = KubeClient> {
  /** Lists everything, or with `limit` one page. Items are read as they arrive. */
  readonly list: (
    options?: Request.ListOptions
  ) => Effect.Effect<ResourceList<K>, KubeError.Expired | KubeError.Common, R>
  /**
   * Everything, object by object as it arrives in one answer; with `limit` in pages, which are read ahead while the
   * objects of the page before are consumed.
   */
  readonly stream: (options?: ListPagesOptions) => Stream.Stream<K, KubeError.Common | KubeError.Expired, R>
  /** As `stream`, page by page, `limit` objects each. Default: 500. */
  readonly pages: (options?: ListPagesOptions) => Stream.Stream<Page<K>, KubeError.Common | KubeError.Expired, R>
}

export interface Watch<out K, out R = KubeClient> {
  /**
   * One raw watch request, from a resourceVersion on (the empty text: the present state first). It ends when the server
   * ends it and fails on the first trouble: `Watcher.watch` is what goes on for ever.
   */
  readonly watchOnce: (
    resourceVersion: string,
    options?: Request.WatchOptions
  ) => Stream.Stream<WatchEvent<K>, KubeError.Common | KubeError.Expired, R>
}

export interface Create<out K, in D, out R = KubeClient> {
  readonly create: {
    /** Does everything but store: the answer has no resourceVersion. */
    (
      draft: D,
      options: Request.WriteOptions & { readonly dryRun: true }
    ): Effect.Effect<
      Resource.DryRun<K>,
      KubeError.AlreadyExists | KubeError.Invalid | KubeError.NotFound | KubeError.Common,
      R
    >
    /** Creates an object. `NotFound`: its namespace does not exist. */
    (
      draft: D,
      options?: Request.WriteOptions
    ): Effect.Effect<K, KubeError.AlreadyExists | KubeError.Invalid | KubeError.NotFound | KubeError.Common, R>
  }
}

export interface Replace<in out K, out R = KubeClient> {
  /** Replaces an object that was read; a Conflict when it has changed since. */
  readonly replace: (object: K, options?: Request.WriteOptions) => Effect.Effect<K, WriteErrors | KubeError.Common, R>
  /** Reads, changes and replaces; again when it changed in between. Nothing is written when `f` gives the same object back. */
  readonly modify: (
    name: string,
    f: (object: K) => K,
    options?: Request.WriteOptions & RetryOptions
  ) => Effect.Effect<K, WriteErrors | KubeError.Common, R>
  /** As `modify`, with an Effect. */
  readonly modifyEffect: <E2, R2>(
    name: string,
    f: (object: K) => Effect.Effect<K, E2, R2>,
    options?: Request.WriteOptions & RetryOptions
  ) => Effect.Effect<K, E2 | WriteErrors | KubeError.Common, R | R2>
}

export interface CreateOrReplace<out K, in D, out R = KubeClient> {
  readonly createOrReplace: {
    /** Does everything but store: where it would create, the answer has no resourceVersion. */
    (
      draft: D & { readonly metadata: { readonly name: string } },
      options: Request.WriteOptions & RetryOptions & { readonly dryRun: true }
    ): Effect.Effect<Resource.DryRun<K>, WriteErrors | KubeError.AlreadyExists | KubeError.Common, R>
    /**
     * Creates an object, or gives the one of that name the draft's content. Labels, annotations, finalizers and owner
     * references that the draft does not mention are kept. A Conflict when the draft's controlling owner would take it
     * from another one. It is read first, and nothing is written where it is so already.
     */
    (
      draft: D & { readonly metadata: { readonly name: string } },
      options?: Request.WriteOptions & RetryOptions
    ): Effect.Effect<K, WriteErrors | KubeError.AlreadyExists | KubeError.Common, R>
  }
}

export interface Patches<out K, in out W, out R = KubeClient> {
  /** Patches an object: `Patch.merge`, `Patch.json`, `Patch.strategic` (built-in kinds only). */
  readonly patch: (
    name: string,
    patch: Patch.Patch<W>,
    options?: Request.PatchOptions
  ) => Effect.Effect<K, WriteErrors | KubeError.Common, R>
}

export interface Apply<out K, in W, out R = KubeClient> {
  readonly apply: {
    /** Does everything but store: where it would create, the answer has no resourceVersion. */
    (
      configuration: Resource.ApplyConfiguration<W>,
      options: Request.PatchOptions & { readonly dryRun: true }
    ): Effect.Effect<Resource.DryRun<K>, WriteErrors | KubeError.Common, R>
    /**
     * Server-side apply: creates what is missing, owns what the configuration names, and removes what this field manager
     * owned and no longer names. A Conflict when another manager owns a field, unless `force`.
     */
    (
      configuration: Resource.ApplyConfiguration<W>,
      options?: Request.PatchOptions
    ): Effect.Effect<K, WriteErrors | KubeError.Common, R>
  }
}

export interface Delete<out K, out R = KubeClient> {
  /** Deletes an object, and says whether it is gone or waits for its finalizers. */
  readonly delete: (
    name: string,
    options?: Request.DeleteOptions
  ) => Effect.Effect<Deletion<K>, WriteErrors | KubeError.Common, R>
}

export interface DeleteCollection<out K, out R = KubeClient> {
  /** Deletes all objects that a list with these options shows, and answers them. */
  readonly deleteCollection: (
    options?: Request.DeleteOptions & Request.ListOptions
  ) => Effect.Effect<ReadonlyArray<K>, KubeError.Invalid | KubeError.Common, R>
}

export type {
  AnySubresource,
  Approval,
  ApprovalOptions,
  Bind,
  CreateToken,
  EphemeralContainerOf,
  EphemeralContainers,
  EphemeralContainersSubresource,
  Evict,
  Finalize,
  Resize,
  Scale,
  ScaleValue,
  Status,
  StatusSubresource,
  Subresource,
  Subresources,
  Token
} from "./internal/subresourceTypes.js"

export type { LineOptions, LogLine, Logs } from "./internal/logs.js"

// ------------------------------------------------------------------------------------------------ handles

type If<V extends string, Can extends string, A> = V extends Can ? A : unknown

type Reads<K, Can extends string, R> = If<"list", Can, List<K, R>> & If<"watch", Can, Watch<K, R>>

type CreatesOrReplaces<K, D, Can extends string, R> = "get" extends Can
  ? "create" extends Can ? If<"update", Can, CreateOrReplace<K, D, R>> : unknown
  : unknown

type Operations<K, D, W, Can extends string, R> =
  & Reads<K, Can, R>
  & If<"get", Can, Get<K, R>>
  & If<"create", Can, Create<K, D, R>>
  & If<"update", Can, Replace<K, R> & Subresources<R>>
  & CreatesOrReplaces<K, D, Can, R>
  & If<"patch", Can, Patches<K, W, R> & Apply<K, W, R>>
  & If<"delete", Can, Delete<K, R>>
  & If<"deletecollection", Can, DeleteCollection<K, R>>
  & If<"status", Can, Status<K, W, R>>
  & If<"scale", Can, Scale<R>>
  & If<"eviction", Can, Evict<R>>
  & If<"log", Can, Logs<R>>
  & If<"binding", Can, Bind<R>>
  & If<"ephemeralcontainers", Can, EphemeralContainers<K, W, R>>
  & If<"resize", Can, Resize<K, W, R>>
  & If<"token", Can, CreateToken<R>>
  & If<"approval", Can, Approval<K, W, R>>
  & If<"finalize", Can, Finalize<K, R>>

interface HandleOf<T extends Resource.Any, R> extends Of<T["Type"], R> {
  readonly resource: T
}

/** A handle on the objects of one namespace. */
export type Namespaced<T extends Resource.Any, R = KubeClient> =
  & HandleOf<T, R>
  & Operations<T["Type"], Resource.DraftOf<T>, T["Encoded"], Resource.CanOf<T>, R>

/** A handle on the objects of a cluster-scoped kind. */
export type Cluster<T extends Resource.Any, R = KubeClient> =
  & HandleOf<T, R>
  & Operations<T["Type"], Resource.DraftOf<T>, T["Encoded"], Resource.CanOf<T>, R>

/** A handle on the objects of all namespaces: nothing by name. */
export type All<T extends Resource.Any, R = KubeClient> =
  & HandleOf<T, R>
  & Reads<T["Type"], Resource.CanOf<T>, R>
  & {
    /** The handle on one namespace. */
    readonly in: (namespace: string) => Namespaced<T, R>
  }

/** The objects of one namespace. */
export const namespaced = <T extends Resource.AnyOf<"Namespaced">>(resource: T, namespace: string): Namespaced<T> =>
  Handle.make(resource, { _tag: "Namespace", namespace }, KubeClient)

/** The objects of the namespace of the client's current context. */
export const defaultNamespaced = <T extends Resource.AnyOf<"Namespaced">>(resource: T): Namespaced<T> =>
  Handle.make(resource, { _tag: "ContextNamespace" }, KubeClient)

/** The objects of all namespaces. */
export const all = <T extends Resource.AnyOf<"Namespaced">>(resource: T): All<T> =>
  Handle.make(resource, { _tag: "Everywhere" }, KubeClient)

/** The objects of a cluster-scoped kind. */
export const cluster = <T extends Resource.AnyOf<"Cluster">>(resource: T): Cluster<T> =>
  Handle.make(resource, { _tag: "Everywhere" }, KubeClient)

/**
 * A kind known at run time: with a namespace its objects there, without one those of the cluster or of all namespaces.
 * Where only the run tells which scope a kind has, an operation that lacks its namespace is refused before it is sent.
 */
export const dynamic: {
  <T extends Resource.AnyOf<"Namespaced">>(resource: T, namespace: string): Namespaced<T>
  <T extends Resource.AnyOf<"Namespaced">>(resource: T): All<T>
  <T extends Resource.AnyOf<"Cluster">>(resource: T): Cluster<T>
  <T extends Resource.Any>(resource: T, namespace?: string): Namespaced<T>
} = (resource: Resource.Any, namespace?: string): never =>
  Handle.make(resource, namespace === undefined ? { _tag: "Everywhere" } : { _tag: "Namespace", namespace }, KubeClient)

/**
 * The same handle with the client inside and nothing left to provide: for services, and for two clusters in one program.
 *
 * ```ts
 * import { Api, KubeClient } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { Effect } from "effect"
 *
 * const service = Effect.map(Api.bind(Api.namespaced(ConfigMap, "default")), (configMaps) => ({
 *   find: (name: string) => configMaps.getOption(name)
 * }))
 * ```
 */
export const bind: {
  <T extends Resource.Any>(handle: All<T>): Effect.Effect<All<T, never>, never, KubeClient>
  <T extends Resource.Any>(handle: Namespaced<T>): Effect.Effect<Namespaced<T, never>, never, KubeClient>
} = <T extends Resource.Any>(handle: HandleOf<T, KubeClient>): Effect.Effect<never, never, KubeClient> =>
  Effect.map(KubeClient, (client) => Handle.rebind(handle, Effect.succeed(client)))
