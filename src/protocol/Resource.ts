/**
 * A resource: what a kind is (group, version, kind, plural, scope), what it can do (verbs and subresources), and the
 * Schema of its objects, in one value. Built-in kinds come generated (`effect-kube/kinds/core/v1`), custom ones are
 * declared with {@link Custom}, and kinds that are known only at run time with {@link dynamic}.
 *
 * ```ts
 * import { Api, Resource } from "effect-kube"
 * import { Schema } from "effect"
 *
 * class Foo extends Resource.Custom<Foo>()("clux.dev/v1", "Foo", {
 *   scope: "Namespaced",
 *   shortNames: ["f"],
 *   spec: Schema.Struct({ title: Schema.String, replicas: Schema.Int.pipe(Schema.between(0, 10)) }),
 *   status: Schema.Struct({ ready: Schema.Boolean })
 * }) {}
 *
 * const foos = Api.namespaced(Foo, "default")
 * ```
 *
 * What a resource can do is in its type, so `foos.scale` does not compile here.
 */
import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as convert from "./internal/convert.js"
import type { CustomClass, CustomOptions, CustomScale } from "./internal/customTypes.js"
import * as dynamicKinds from "./internal/dynamic.js"
import * as extraction from "./internal/extract.js"
import * as internal from "./internal/resource.js"
import { TypeId } from "./internal/resource.js"
import * as projections from "./internal/view.js"
import type { Fits, ViewHead, ViewObject } from "./internal/viewTypes.js"
import type { DecodeError } from "./KubeError.js"
import type { ClusterMeta, DraftMeta, DryRunMeta, ObjectMeta, OwnerReference } from "./ObjectMeta.js"
import type { Representation } from "./Request.js"

// ------------------------------------------------------------------------------------------------ objects

/** The least that every object which the server keeps has. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ClusterMeta
}

/**
 * An object of a kind that is known only at run time: its metadata is checked, the rest is JSON. Of an object whose kind
 * is known, a copy is one (`{ ...pod }`), and {@link decodeUnknown} is the way back.
 */
export interface DynamicObject extends KubeObject {
  readonly [field: string]: unknown
}

type OptionalWhereEmpty<T> =
  & { readonly [P in keyof T as {} extends T[P] ? never : P]: T[P] }
  & { readonly [P in keyof T as {} extends T[P] ? P : never]?: T[P] | undefined }

/**
 * What `create` takes: an object without what the server gives. It has a name or a generateName; a field that may be
 * empty (`spec: {}`) may be left out.
 */
export type Draft<K> = OptionalWhereEmpty<Omit<K, "apiVersion" | "kind" | "metadata" | "status">> & {
  readonly apiVersion?: (K extends { readonly apiVersion: infer A } ? A : string) | undefined
  readonly kind?: (K extends { readonly kind: infer Kd } ? Kd : string) | undefined
  readonly metadata: DraftMeta
}

/**
 * What `create` takes for a kind that only answers, such as TokenReview: nothing is kept, so there is nothing to name,
 * and its metadata may be left out.
 */
export type QuestionDraft<K> = Omit<Draft<K>, "metadata"> & { readonly metadata?: ObjectMeta | undefined }

/** What a dry run answers. */
export type DryRun<K> = K extends { readonly metadata: infer M }
  ? Omit<K, "metadata"> & { readonly metadata: DryRunMeta<M> }
  : K

/** Everything optional, all the way down; lists stay whole. */
export type DeepPartial<T> = T extends string | number | boolean | null | undefined ? T
  : T extends ReadonlyArray<infer U> ? ReadonlyArray<DeepPartial<U>>
  : { readonly [P in keyof T]?: DeepPartial<T[P]> | undefined }

/** What server-side apply sends: the wire form, as much of it as the field manager wants to own, with a name. */
export type ApplyConfiguration<W> = DeepPartial<Omit<W, "apiVersion" | "kind" | "metadata" | "status">> & {
  readonly apiVersion?: (W extends { readonly apiVersion: infer A } ? A : string) | undefined
  readonly kind?: (W extends { readonly kind: infer Kd } ? Kd : string) | undefined
  readonly metadata: Omit<ObjectMeta, "managedFields"> & { readonly name: string }
}

/** What server-side apply of the status sends: as much of it as the field manager wants to own, with a name. */
export interface StatusConfiguration<W> {
  readonly apiVersion?: (W extends { readonly apiVersion: infer A } ? A : string) | undefined
  readonly kind?: (W extends { readonly kind: infer Kd } ? Kd : string) | undefined
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined }
  readonly status?: DeepPartial<W extends { readonly status?: infer S } ? S : unknown> | undefined
}

// ------------------------------------------------------------------------------------------------ resources

export type ResourceScope = "Namespaced" | "Cluster"

/** The verbs of the API. */
export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection"

export { TypeId }

/**
 * What a kind is, without its Schema. Covariant in the object, so `ApiResource<KubeObject, ...>` is a true supertype of
 * every kind; contravariant in its abilities, so a function that needs `"status"` takes every kind that has at least that.
 */
export interface ApiResource<out K, out D, out W, out S extends ResourceScope, in Can extends string> {
  readonly [TypeId]: {
    readonly _K: () => K
    readonly _D: () => D
    readonly _W: () => W
    readonly _S: S
    readonly _Can: (can: Can) => void
  }
  /** The empty text for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** The name in paths, in lower case: `networkpolicies`. */
  readonly plural: string
  readonly singular: string
  readonly scope: S
  readonly shortNames: ReadonlyArray<string>
  readonly categories: ReadonlyArray<string>
  /** Verbs and subresources that the server has for it. */
  readonly abilities: ReadonlyArray<string>
  /** In which form its objects are asked for. */
  readonly representation: Representation
}

/** A kind and its Schema in one value: `K` the type, `W` its wire form, `D` what `create` takes, `Can` its verbs and subresources. */
export interface Resource<K, W, D, S extends ResourceScope, Can extends string>
  extends Schema.Schema<K, W>, ApiResource<K, D, W, S, Can>
{}

/** Any resource; `any` because the parameters vary in both directions. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Any = Resource<any, any, any, any, any>
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyOf<S extends ResourceScope> = Resource<any, any, any, S, any>

/** What `create` takes for a resource. */
export type DraftOf<T> = T extends { readonly [TypeId]: { readonly _D: () => infer D } } ? D : never
/** The verbs and subresources of a resource. */
export type CanOf<T> = T extends { readonly [TypeId]: { readonly _Can: (can: infer C extends string) => void } } ? C
  : never

/** `v1` or `apps/v1`. */
export const apiVersion: (resource: { readonly group: string; readonly version: string }) => string =
  internal.apiVersion

/** Whether a value is a resource. */
export const isResource: (u: unknown) => u is Any = internal.isResource

// ------------------------------------------------------------------------------------------------ custom resources

export type {
  CustomClass,
  CustomDefinition,
  CustomEncoded,
  CustomOptions,
  CustomScale,
  CustomType,
  PrinterColumn
} from "./internal/customTypes.js"

type CustomCan<Status, Scale> =
  | Verb
  | (Status extends Schema.Schema.AnyNoContext ? "status" : never)
  | (Scale extends CustomScale ? "scale" : never)

/**
 * Declares a custom resource: type, decoder, encoder and definition in one. Its spec and status may be any Schema;
 * fields that they do not know survive read, modify and replace. The class is never instantiated: objects are plain
 * values.
 *
 * Throws a `TypeError` when `apiVersion` is not `GROUP/VERSION`.
 */
export const Custom: <Self = never>() => <
  const A extends `${string}/${string}`,
  const Kd extends string,
  Spec extends Schema.Schema.AnyNoContext,
  const S extends ResourceScope,
  Status extends Schema.Schema.AnyNoContext | undefined = undefined,
  const Scale extends CustomScale | undefined = undefined
>(
  apiVersion: A,
  kind: Kd,
  options: CustomOptions<S, Spec, Status, Scale>
) => CustomClass<Self, A, Kd, Spec, Status, S, CustomCan<Status, Scale>> = () => internal.custom

// ------------------------------------------------------------------------------------------------ kinds known at run time

/** A kind that is known only at run time. */
export interface DynamicResource<S extends ResourceScope, Can extends string = Verb | "status">
  extends Resource<DynamicObject, DynamicObject, DynamicDraft, S, Can>
{}

/** What `create` takes for a kind that is known only at run time. */
export interface DynamicDraft {
  readonly metadata: DraftMeta
  readonly [field: string]: unknown
}

export interface DynamicOptions<S extends ResourceScope, Can extends string> {
  /** `v1`, `apps/v1`, `clux.dev/v1`. */
  readonly apiVersion: string
  readonly kind: string
  readonly scope: S
  /** The name in paths. Default: the kind in lower case, in the plural of English. */
  readonly plural?: string | undefined
  /** Default: the kind in lower case. */
  readonly singular?: string | undefined
  /** Default: none. */
  readonly shortNames?: ReadonlyArray<string> | undefined
  /** Default: none. */
  readonly categories?: ReadonlyArray<string> | undefined
  /** Verbs and subresources that the server has for it. Default: all verbs, and status. */
  readonly abilities?: ReadonlyArray<Can> | undefined
}

/**
 * Describes a kind that is known only at run time, by configuration or discovery. Throws a `TypeError` that names the
 * option which cannot be meant.
 *
 * ```ts
 * import { Api, Resource } from "effect-kube"
 *
 * const Certificate = Resource.dynamic({ apiVersion: "cert-manager.io/v1", kind: "Certificate", scope: "Namespaced" })
 *
 * const certificates = Api.dynamic(Certificate, "default")
 * ```
 */
export const dynamic: <const S extends ResourceScope, const Can extends string = Verb | "status">(
  options: DynamicOptions<S, Can>
) => DynamicResource<S, Can> = dynamicKinds.dynamic

// ------------------------------------------------------------------------------------------------ projections

/** A kind whose objects the server keeps and can be asked for. */
export type Readable =
  & Any
  // On its own and first: the compiler says of a kind that only answers that it has no "get".
  & ApiResource<unknown, unknown, unknown, ResourceScope, "get">
  & ApiResource<KubeObject, unknown, unknown, ResourceScope, "get">

type ScopeOf<T> = T extends { readonly [TypeId]: { readonly _S: infer S extends ResourceScope } } ? S : never
type ReadsOf<T> = Extract<CanOf<T>, "get" | "list" | "watch">

/** An object of the kind `K` without what it says beside its metadata. */
export type PartialObjectMetadata<K extends KubeObject> = ViewHead<K, K["metadata"]>

/** The metadata of a kind's objects, which can be read and watched. */
export interface MetadataOnly<T extends Readable> extends
  Resource<
    PartialObjectMetadata<T["Type"]>,
    PartialObjectMetadata<T["Type"]>,
    never,
    ScopeOf<T>,
    ReadsOf<T>
  >
{}

/**
 * The metadata of a kind's objects and nothing else: the server is asked for PartialObjectMetadata, and where it sends
 * whole objects they are pruned as they arrive. They have the kind's own `apiVersion` and `kind`, so that
 * {@link ownerReference} and a controller's keys mean what they say. They cannot be written.
 *
 * ```ts
 * import { Api, Reflector, Resource } from "effect-kube"
 * import { Secret } from "effect-kube/kinds/core/v1"
 *
 * const store = Reflector.make(Api.all(Resource.metadataOnly(Secret)), { labels: "app=web" })
 * ```
 *
 * Throws a `TypeError` for a kind that cannot be read.
 */
export const metadataOnly: <T extends Readable>(resource: T) => MetadataOnly<T> = projections.metadataOnly

/** A projection of a kind: its objects as a narrower schema reads them, which can be read and watched. */
export interface View<T extends Readable, F extends Schema.Struct.Fields> extends
  Resource<
    ViewObject<T["Type"], Schema.Struct.Type<F>>,
    ViewObject<T["Type"], Schema.Struct.Encoded<F>>,
    never,
    ScopeOf<T>,
    ReadsOf<T>
  >
{}

/**
 * A projection: of each object only what the schema names is kept, and of its metadata what `ObjectMeta.ClusterViewMeta`
 * lists. The server sends whole objects, which are pruned as they arrive. The schema reads the wire form of the kind; it
 * may transform, and may name more of the metadata. An object that does not fit it fails with `KubeError.DecodeError`; a
 * watcher goes on with an `Undecodable`. A view cannot be written back.
 *
 * ```ts
 * import { Api, Resource, Watcher } from "effect-kube"
 * import { Pod } from "effect-kube/kinds/core/v1"
 * import { Schema } from "effect"
 *
 * const Placement = Resource.view(Pod, Schema.Struct({
 *   spec: Schema.Struct({ nodeName: Schema.optional(Schema.String) })
 * }))
 * type Placement = typeof Placement.Type
 *
 * const placements = Watcher.watch(Api.all(Placement))
 * const nodeOf = (pod: Placement) => pod.spec.nodeName
 * ```
 *
 * Throws a `TypeError` for a kind that cannot be read, and for a Schema that is no Struct.
 */
export const view: <T extends Readable, F extends Schema.Struct.Fields>(
  resource: T,
  schema: Schema.Struct<F> & Fits<T["Encoded"], F>
) => View<T, F> = projections.view

// ------------------------------------------------------------------------------------------------ objects: helpers

/** `namespace/name`, or the name alone for cluster-scoped objects. */
export const key = (
  object: { readonly metadata: { readonly name: string; readonly namespace?: string | undefined } }
): string =>
  object.metadata.namespace === undefined
    ? object.metadata.name
    : `${object.metadata.namespace}/${object.metadata.name}`

/** A reference to an owner, as a dependent's metadata carries it. Default: the controlling one, which blocks the owner's foreground deletion. */
export const ownerReference = (
  owner: KubeObject,
  options?: { readonly controller?: boolean | undefined; readonly blockOwnerDeletion?: boolean | undefined }
): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: options?.controller ?? true,
  blockOwnerDeletion: options?.blockOwnerDeletion ?? true
})

/** Makes a draft of an object that was read, to create it again elsewhere: without status and what the server gave. */
export const draftOf: <K extends KubeObject>(object: K) => Draft<K> = internal.draftOf

/**
 * Reads any value as an object of a kind, such as a {@link DynamicObject}: checked and decoded as what a server answers
 * is. The value is not changed; the result shares with it what needs no change. As `Schema.decodeUnknown`, with the
 * error of this library: it names the object, the path, what was expected and what was there.
 *
 * ```ts
 * import { Api, Resource } from "effect-kube"
 * import { Deployment } from "effect-kube/kinds/apps/v1"
 * import { Effect } from "effect"
 *
 * const Workload = Resource.dynamic({ apiVersion: "apps/v1", kind: "Deployment", scope: "Namespaced" })
 *
 * const replicas = Api.dynamic(Workload, "default").get("web").pipe(
 *   Effect.flatMap(Resource.decodeUnknown(Deployment)),
 *   Effect.map((deployment) => deployment.spec.replicas)
 * )
 * ```
 */
export const decodeUnknown: <T extends Any>(resource: T) => (u: unknown) => Effect.Effect<T["Type"], DecodeError> =
  convert.decodeUnknown

/** A kind that can be applied. */
type Applied = Any & ApiResource<KubeObject, unknown, unknown, ResourceScope, "patch">

/** Whose fields to take out of an object. */
export interface ExtractOptions {
  readonly fieldManager: string
  /** What was applied to a subresource, such as `status`. Unset: to the object itself. */
  readonly subresource?: string | undefined
}

/**
 * The configuration that a field manager applied, as far as it owns it still: to change some of it and apply it again,
 * where it is not kept elsewhere. Without anything owned it is the name alone. To leave a field out is to give it up, so
 * read the object from the server right before, apply the result with the resourceVersion that was read where others
 * use the same manager, and expect a `Conflict` then.
 *
 * Fails with a `DecodeError` for an object whose managedFields were left out on its way here, as in a projection, and for
 * one that was applied in another version of the API: fields may have other names there.
 *
 * ```ts
 * import { Api, Resource } from "effect-kube"
 * import { Deployment } from "effect-kube/kinds/apps/v1"
 * import { Effect } from "effect"
 *
 * const deployments = Api.namespaced(Deployment, "default")
 *
 * const paused = deployments.get("web").pipe(
 *   Effect.flatMap((web) => Resource.extract(Deployment, web, { fieldManager: "me" })),
 *   Effect.flatMap((mine) =>
 *     deployments.apply({ ...mine, spec: { ...mine.spec, paused: true } }, { fieldManager: "me" })
 *   )
 * )
 * ```
 *
 * For custom kinds nothing says which objects are owned as a whole: one that was applied empty, and that the server has
 * filled with defaults since, is taken with them. Lists, sets and lists with keys are told apart by what is owned.
 */
export const extract: {
  <T extends Applied>(
    resource: T,
    object: T["Type"],
    options: ExtractOptions & { readonly subresource: "status" }
  ): Effect.Effect<StatusConfiguration<T["Encoded"]>, DecodeError>
  <T extends Applied>(
    resource: T,
    object: T["Type"],
    options: ExtractOptions
  ): Effect.Effect<ApplyConfiguration<T["Encoded"]>, DecodeError>
} = extraction.extract
