/** The types of custom resources: what `Resource.Custom` takes, and what it makes of that. */
import type * as Schema from "effect/Schema"
import type { ClusterMeta, DraftMeta, NamespacedMeta } from "../ObjectMeta.js"
import type { Resource, ResourceScope } from "../Resource.js"

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
