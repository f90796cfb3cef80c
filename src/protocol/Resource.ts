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
import type * as Schema from "effect/Schema"
import * as internal from "./internal/resource.js"
import { TypeId } from "./internal/resource.js"
import type { ClusterMeta, DraftMeta, DryRunMeta, NamespacedMeta, ObjectMeta, OwnerReference } from "./ObjectMeta.js"

// ------------------------------------------------------------------------------------------------ objects

/** The least that every object which the server keeps has. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ClusterMeta
}

/** An object of a kind that is known only at run time: its metadata is checked, the rest is JSON. */
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
export const apiVersion = (resource: { readonly group: string; readonly version: string }): string =>
  resource.group === "" ? resource.version : `${resource.group}/${resource.version}`

/** Whether a value is a resource. */
export const isResource = (u: unknown): u is Any =>
  (typeof u === "object" || typeof u === "function") && u !== null && TypeId in u

// ------------------------------------------------------------------------------------------------ custom resources

type Meta<S> = S extends "Namespaced" ? NamespacedMeta : ClusterMeta

/** The type of a custom resource's objects. */
export type CustomType<A, Kd, Spec extends Schema.Schema.AnyNoContext, Status, S> =
  & { readonly apiVersion: A; readonly kind: Kd; readonly metadata: Meta<S>; readonly spec: Schema.Schema.Type<Spec> }
  & (Status extends Schema.Schema.AnyNoContext ? { readonly status?: Schema.Schema.Type<Status> | undefined } : unknown)

/** The wire form of a custom resource's objects. */
export type CustomEncoded<A, Kd, Spec extends Schema.Schema.AnyNoContext, Status, S> =
  & {
    readonly apiVersion: A
    readonly kind: Kd
    readonly metadata: Meta<S>
    readonly spec: Schema.Schema.Encoded<Spec>
  }
  & (Status extends Schema.Schema.AnyNoContext ? { readonly status?: Schema.Schema.Encoded<Status> | undefined }
    : unknown)

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string
  readonly type: "integer" | "number" | "string" | "boolean" | "date"
  /** A simple JSON path: `.spec.replicas`. */
  readonly jsonPath: string
  readonly format?: string | undefined
  readonly description?: string | undefined
  /** 0 is always shown, larger ones only with `-o wide`. */
  readonly priority?: number | undefined
}

/** Where a custom resource keeps its replicas. */
export interface CustomScale {
  /** Such as `.spec.replicas`. */
  readonly specReplicasPath: string
  /** Such as `.status.replicas`. */
  readonly statusReplicasPath: string
  /** Such as `.status.selector`. */
  readonly labelSelectorPath?: string | undefined
}

export interface CustomOptions<
  S extends ResourceScope,
  Spec extends Schema.Schema.AnyNoContext,
  Status extends Schema.Schema.AnyNoContext | undefined,
  Scale extends CustomScale | undefined
> {
  readonly scope: S
  readonly spec: Spec
  /** With a status the kind has the status subresource. */
  readonly status?: Status | undefined
  readonly scale?: Scale | undefined
  /** Default: the kind in lower case, in the plural of English. */
  readonly plural?: string | undefined
  readonly singular?: string | undefined
  readonly shortNames?: ReadonlyArray<string> | undefined
  readonly categories?: ReadonlyArray<string> | undefined
  readonly printerColumns?: ReadonlyArray<PrinterColumn> | undefined
  /** JSON paths of fields that lists and watches can select by. */
  readonly selectableFields?: ReadonlyArray<string> | undefined
  readonly description?: string | undefined
}

/** What `Crd.make` needs to know of a custom resource. */
export interface CustomDefinition {
  readonly custom: CustomOptions<
    ResourceScope,
    Schema.Schema.AnyNoContext,
    Schema.Schema.AnyNoContext | undefined,
    CustomScale | undefined
  >
}

export interface CustomClass<
  Self,
  A,
  Kd,
  Spec extends Schema.Schema.AnyNoContext,
  Status extends Schema.Schema.AnyNoContext | undefined,
  S extends ResourceScope,
  Can extends string
> extends
  Resource<
    Self,
    CustomEncoded<A, Kd, Spec, Status, S>,
    {
      readonly apiVersion?: A | undefined
      readonly kind?: Kd | undefined
      readonly metadata: DraftMeta
      readonly spec: Schema.Schema.Type<Spec>
    },
    S,
    Can
  >,
  CustomDefinition
{
  /** Not to be called: objects are plain values, the class gives the type and the value one name. */
  new(_: never): CustomType<A, Kd, Spec, Status, S>
}

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

/** Describes a kind that is known only at run time, by configuration or discovery. */
export const dynamic: <const S extends ResourceScope, const Can extends string = Verb | "status">(options: {
  /** `v1`, `apps/v1`, `clux.dev/v1`. */
  readonly apiVersion: string
  readonly kind: string
  readonly scope: S
  /** Default: the kind in lower case, in the plural of English. */
  readonly plural?: string | undefined
  /** Verbs and subresources that the server has for it. Default: all verbs, and status. */
  readonly abilities?: ReadonlyArray<Can> | undefined
}) => DynamicResource<S, Can> = internal.dynamic

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
