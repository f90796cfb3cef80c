/**
 * Metadata of objects (`metadata`), in the three forms in which it meets a program:
 * as it was read from a server ({@link ClusterMeta}, {@link NamespacedMeta}), as it is written in a new object
 * ({@link DraftMeta}), and as it is embedded in another object, such as a Pod template ({@link ObjectMeta}).
 *
 * ```ts
 * import type { DraftMeta } from "effect-kube/ObjectMeta"
 *
 * const metadata: DraftMeta = { name: "web", labels: { app: "web" } }
 * ```
 *
 * Reference: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
 */

/** A reference from a dependent to the object that owns it; the garbage collector deletes what has lost all its owners. */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean | undefined
  readonly blockOwnerDeletion?: boolean | undefined
}

/** One field manager's share of an object, as server-side apply keeps it. */
export interface ManagedFieldsEntry {
  readonly manager?: string | undefined
  readonly operation?: string | undefined
  readonly apiVersion?: string | undefined
  readonly time?: string | undefined
  readonly fieldsType?: string | undefined
  readonly fieldsV1?: { readonly [key: string]: unknown } | undefined
  readonly subresource?: string | undefined
}

/** Metadata with everything optional: as it is embedded in templates, and as it is applied. */
export interface ObjectMeta {
  readonly name?: string | undefined
  readonly generateName?: string | undefined
  readonly namespace?: string | undefined
  readonly labels?: { readonly [key: string]: string } | undefined
  readonly annotations?: { readonly [key: string]: string } | undefined
  readonly finalizers?: ReadonlyArray<string> | undefined
  readonly ownerReferences?: ReadonlyArray<OwnerReference> | undefined
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
  readonly generation?: number | undefined
  /** An RFC 3339 time in whole seconds, as the server sends it. */
  readonly creationTimestamp?: string | undefined
  /** Set by the server when a delete was asked for; the object goes once its finalizers are gone. */
  readonly deletionTimestamp?: string | undefined
  readonly deletionGracePeriodSeconds?: number | undefined
  readonly managedFields?: ReadonlyArray<ManagedFieldsEntry> | undefined
  readonly selfLink?: string | undefined
}

/** Metadata of a cluster-scoped object that was read from the server. */
export interface ClusterMeta extends ObjectMeta {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly creationTimestamp: string
}

/** Metadata of a namespaced object that was read from the server. */
export interface NamespacedMeta extends ClusterMeta {
  readonly namespace: string
}

/**
 * What a view (`Resource.view`) keeps of a cluster-scoped object's metadata: which object it is, in which state, whose,
 * and what a controller must know of its end. Annotations and managedFields can be larger than all else, and are not kept.
 */
export interface ClusterViewMeta extends
  Pick<
    ClusterMeta,
    | "name"
    | "uid"
    | "resourceVersion"
    | "creationTimestamp"
    | "generation"
    | "deletionTimestamp"
    | "labels"
    | "ownerReferences"
    | "finalizers"
  >
{}

/** What a view keeps of a namespaced object's metadata. */
export interface NamespacedViewMeta extends ClusterViewMeta {
  readonly namespace: string
}

/** Metadata of what a dry run answers: a dry-run create has no resourceVersion. */
export type DryRunMeta<M> = Omit<M, "resourceVersion"> & { readonly resourceVersion?: string | undefined }

/**
 * Metadata of an object that is about to be created: it has a name or a generateName, and nothing that the server gives.
 * So an object that was read cannot be created again by accident; `Resource.draftOf` makes a draft of it.
 */
export type DraftMeta =
  & Omit<ObjectMeta, "uid" | "resourceVersion">
  & { readonly uid?: undefined; readonly resourceVersion?: undefined }
  & ({ readonly name: string } | { readonly generateName: string })
