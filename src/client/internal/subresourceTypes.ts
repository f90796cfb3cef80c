/** What handles have of subresources, one interface for each ability; `Api` shows them. */
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as KubeError from "../../protocol/KubeError.js"
import type * as Patch from "../../protocol/Patch.js"
import type * as Request from "../../protocol/Request.js"
import type * as Resource from "../../protocol/Resource.js"
import type { RetryOptions } from "../Api.js"
import type { KubeClient } from "../KubeClient.js"

type WriteErrors = KubeError.NotFound | KubeError.Conflict | KubeError.Invalid

/** A subresource whose value is the object itself; writes through it change only its part of the object. */
export interface Subresource<in out K, in out W, out R = KubeClient> {
  readonly get: (
    name: string,
    options?: Request.GetOptions
  ) => Effect.Effect<K, KubeError.NotFound | KubeError.Common, R>
  /** Replaces it in an object that was read; a Conflict when that has changed since. */
  readonly replace: (object: K, options?: Request.WriteOptions) => Effect.Effect<K, WriteErrors | KubeError.Common, R>
  /** Reads, changes and replaces; again when the object changed in between. Nothing is written when `f` gives the same object back. */
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
  readonly patch: (
    name: string,
    patch: Patch.Patch<W>,
    options?: Request.PatchOptions
  ) => Effect.Effect<K, WriteErrors | KubeError.Common, R>
}

/** The status subresource, which can also be applied. */
export interface StatusSubresource<in out K, in out W, out R = KubeClient> extends Subresource<K, W, R> {
  /** Server-side apply of the status: owns what the configuration names. The object must be there. */
  readonly apply: (
    configuration: Resource.StatusConfiguration<W>,
    options?: Request.PatchOptions
  ) => Effect.Effect<K, WriteErrors | KubeError.Common, R>
}

export interface Status<in out K, in out W, out R = KubeClient> {
  /** The status subresource: writes through it change the status alone. */
  readonly status: StatusSubresource<K, W, R>
}

/** How many replicas are wanted, and how many there are. */
export interface ScaleValue {
  /** How many are wanted. */
  readonly replicas: number
  /** How many there are. */
  readonly current: number
  /** The label selector of the Pods that are counted, as text. */
  readonly selector: string | undefined
  readonly resourceVersion: string | undefined
}

export interface Scale<out R = KubeClient> {
  /** The scale subresource: how many replicas are wanted. */
  readonly scale: {
    readonly get: (
      name: string,
      options?: Request.GetOptions
    ) => Effect.Effect<number, KubeError.NotFound | KubeError.Common, R>
    /** All that the subresource tells. */
    readonly read: (
      name: string,
      options?: Request.GetOptions
    ) => Effect.Effect<ScaleValue, KubeError.NotFound | KubeError.Common, R>
    /** Sets the number, whatever it was. */
    readonly set: (
      name: string,
      replicas: number,
      options?: Request.WriteOptions
    ) => Effect.Effect<number, WriteErrors | KubeError.Common, R>
    /** Changes the number: again from the present one when the object changed in between. */
    readonly modify: (
      name: string,
      f: (replicas: number) => number,
      options?: Request.WriteOptions & RetryOptions
    ) => Effect.Effect<number, WriteErrors | KubeError.Common, R>
  }
}

export interface Evict<out R = KubeClient> {
  /**
   * Asks a Pod to go: a delete that fails with `DisruptionBudget` where a PodDisruptionBudget does not let it go at
   * present. Answers when the server has accepted it; the Pod then ends within its grace period.
   */
  readonly evict: (
    name: string,
    options?: Request.DeleteOptions
  ) => Effect.Effect<void, WriteErrors | KubeError.DisruptionBudget | KubeError.Common, R>
}

export interface Bind<out R = KubeClient> {
  /** Binds a Pod that has no node to one, as a scheduler does. A Conflict when it has one. */
  readonly bind: (
    name: string,
    node: string,
    options?: Request.BindOptions
  ) => Effect.Effect<void, WriteErrors | KubeError.Common, R>
}

/** What stands in `spec.ephemeralContainers` of a Pod. */
export type EphemeralContainerOf<K> = K extends {
  readonly spec: { readonly ephemeralContainers?: ReadonlyArray<infer C> | undefined }
} ? C
  : { readonly [field: string]: unknown }

export interface EphemeralContainers<in out K, in out W, out R = KubeClient> {
  /** The ephemeral containers of a running Pod, for debugging: they can be added, and neither changed nor removed. */
  readonly ephemeralContainers: EphemeralContainersSubresource<K, W, R>
}

export interface EphemeralContainersSubresource<in out K, in out W, out R = KubeClient> extends Subresource<K, W, R> {
  /** Adds one container. */
  readonly add: (
    name: string,
    container: EphemeralContainerOf<K>,
    options?: Request.WriteOptions & RetryOptions
  ) => Effect.Effect<K, WriteErrors | KubeError.Common, R>
}

export interface Resize<in out K, in out W, out R = KubeClient> {
  /** The resources of a running Pod's containers: what may be changed of them in place. */
  readonly resize: Subresource<K, W, R>
}

/** A token of a ServiceAccount. */
export interface Token {
  readonly token: Redacted.Redacted<string>
  /** When it ends, as an RFC 3339 time. */
  readonly expires: string
}

export interface CreateToken<out R = KubeClient> {
  /** Asks for a token of a ServiceAccount. `NotFound`: there is no such account, or no such object to bind it to. */
  readonly createToken: (
    name: string,
    options?: Request.TokenOptions
  ) => Effect.Effect<Token, WriteErrors | KubeError.Common, R>
}

/** Why a CertificateSigningRequest is approved or denied. */
export interface ApprovalOptions extends Request.WriteOptions, RetryOptions {
  /** One word. Default: `ApprovedByClient` or `DeniedByClient`. */
  readonly reason?: string | undefined
  /** For people. */
  readonly message?: string | undefined
}

export interface Approval<in out K, in out W, out R = KubeClient> {
  /** The approval subresource: the conditions of a CertificateSigningRequest. */
  readonly approval: Subresource<K, W, R>
  /** Approves a request; one that is approved stays as it is. `Invalid` when it was denied. */
  readonly approve: (
    name: string,
    options?: ApprovalOptions
  ) => Effect.Effect<K, WriteErrors | KubeError.Common, R>
  /** Denies a request; one that is denied stays as it is. `Invalid` when it was approved. */
  readonly deny: (
    name: string,
    options?: ApprovalOptions
  ) => Effect.Effect<K, WriteErrors | KubeError.Common, R>
}

export interface Finalize<in out K, out R = KubeClient> {
  /** The finalizers in the spec of a Namespace, which nothing else can change. */
  readonly finalize: {
    readonly replace: (object: K, options?: Request.WriteOptions) => Effect.Effect<K, WriteErrors | KubeError.Common, R>
    /** Reads the Namespace, changes it and replaces its finalizers; again when it changed in between. */
    readonly modify: (
      name: string,
      f: (object: K) => K,
      options?: Request.WriteOptions & RetryOptions
    ) => Effect.Effect<K, WriteErrors | KubeError.Common, R>
  }
}

/** A subresource that the library knows nothing of: JSON in, JSON out. */
export interface AnySubresource<out R = KubeClient> {
  readonly get: (
    name: string,
    options?: Request.GetOptions
  ) => Effect.Effect<unknown, KubeError.NotFound | KubeError.Common, R>
  readonly create: (
    name: string,
    body: unknown,
    options?: Request.WriteOptions
  ) => Effect.Effect<unknown, KubeError.AlreadyExists | WriteErrors | KubeError.Common, R>
  readonly replace: (
    name: string,
    body: unknown,
    options?: Request.WriteOptions
  ) => Effect.Effect<unknown, WriteErrors | KubeError.Common, R>
  readonly patch: (
    name: string,
    patch: Patch.Any,
    options?: Request.PatchOptions
  ) => Effect.Effect<unknown, WriteErrors | KubeError.Common, R>
}

export interface Subresources<out R = KubeClient> {
  /** Any subresource by its name, which may have more segments: `proxy/healthz`. */
  readonly subresource: (subresource: string) => AnySubresource<R>
}
