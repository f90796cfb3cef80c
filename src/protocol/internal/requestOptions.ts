/** What can be asked for beside an object itself: the options of each verb, and how they go into a query or a body. */
import * as Duration from "effect/Duration"
import type * as Selector from "../Selector.js"

export interface GetOptions {
  /** Unset: a consistent read. `"0"`: whatever the server has in its cache. Otherwise: not older than this. */
  readonly resourceVersion?: string | undefined
}

export interface ListOptions {
  /** Which objects, by labels: `app=web,tier!=cache`, or a selector that was built. */
  readonly labels?: string | Selector.LabelSelector | undefined
  /** Which objects, by the fields that the server can select by: `status.phase=Running`. */
  readonly fields?: string | Selector.FieldSelector | undefined
  /** Objects a page. Unset: everything in one answer. */
  readonly limit?: number | undefined
  /** The token of the next page, from the metadata of the page before. */
  readonly continue?: string | undefined
  /** Unset: a consistent read. `"0"`: whatever the server has in its cache. Otherwise see `resourceVersionMatch`. */
  readonly resourceVersion?: string | undefined
  readonly resourceVersionMatch?: "NotOlderThan" | "Exact" | undefined
  /** How long the server may take; whole seconds. */
  readonly timeout?: Duration.DurationInput | undefined
}

export interface WatchOptions {
  readonly labels?: string | Selector.LabelSelector | undefined
  readonly fields?: string | Selector.FieldSelector | undefined
  /** When the server ends the watch; whole seconds. Unset: half an hour to an hour, as the server likes. */
  readonly timeout?: Duration.DurationInput | undefined
  /** Ask for bookmarks. Default true. */
  readonly bookmarks?: boolean | undefined
  /** Ask for the present state first, ended by an annotated bookmark (KEP-3157). Default false. */
  readonly sendInitialEvents?: boolean | undefined
}

export interface WriteOptions {
  /** Do everything but store. Default false. */
  readonly dryRun?: boolean | undefined
  /** Who owns the fields that this write sets. Default: the client's. */
  readonly fieldManager?: string | undefined
  /** What to do with unknown and duplicate fields. The server's default is `Warn`. */
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict" | undefined
}

export interface PatchOptions extends WriteOptions {
  /** With an apply patch only: take over fields that others own. Default false. */
  readonly force?: boolean | undefined
}

export interface DeleteOptions {
  /** Do everything but delete. Default false. */
  readonly dryRun?: boolean | undefined
  /** How long a Pod may take to end; whole seconds. Unset: as the object says. */
  readonly gracePeriod?: Duration.DurationInput | undefined
  /** Delete only the object with this uid or resourceVersion; else a Conflict. */
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined
  /** What becomes of dependents. Unset: as the kind does, mostly `Background`. */
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground" | undefined
  /**
   * Remove an object that the server can no longer read from its storage: without finalizers, without preconditions, and
   * whatever depends on it. Refused for objects that can be read. Default false.
   */
  readonly ignoreStoreReadErrorWithClusterBreakingPotential?: boolean | undefined
}

export interface BindOptions extends WriteOptions {
  /** Bind only the Pod with this uid or resourceVersion; else a Conflict. */
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined
}

export interface TokenOptions extends WriteOptions {
  /** Who shall accept the token. Unset: the API server. */
  readonly audiences?: ReadonlyArray<string> | undefined
  /** How long it is valid; whole seconds, at least ten minutes. The server may give less. Unset: an hour. */
  readonly expiration?: Duration.DurationInput | undefined
  /** The object, a Pod, a Secret or a Node, with which the token ends. */
  readonly boundTo?: {
    readonly apiVersion: string
    readonly kind: string
    readonly metadata: { readonly name: string; readonly uid?: string | undefined }
  } | undefined
}

// ------------------------------------------------------------------------------------------------ over the wire

export type Query = ReadonlyArray<readonly [name: string, value: string | undefined]>

/** Whole seconds, at least one. For ever is not to be asked for: then nothing is said. */
const seconds = (duration: Duration.DurationInput | undefined): string | undefined => {
  const value = duration === undefined ? Infinity : Duration.toSeconds(duration)
  return value === Infinity ? undefined : String(Math.max(1, Math.ceil(value)))
}

const selector = (value: string | { toString(): string } | undefined): string | undefined =>
  value === undefined ? undefined : String(value)

export const writeQuery = (options: PatchOptions | undefined): Query => [
  ["dryRun", options?.dryRun === true ? "All" : undefined],
  ["fieldManager", options?.fieldManager],
  ["fieldValidation", options?.fieldValidation],
  ["force", options?.force === undefined ? undefined : String(options.force)]
]

export const listQuery = (options: ListOptions | undefined): Query => [
  ["labelSelector", selector(options?.labels)],
  ["fieldSelector", selector(options?.fields)],
  ["limit", options?.limit === undefined ? undefined : String(options.limit)],
  ["continue", options?.continue],
  ["resourceVersion", options?.resourceVersion],
  ["resourceVersionMatch", options?.resourceVersionMatch],
  ["timeoutSeconds", seconds(options?.timeout)]
]

export const watchQuery = (resourceVersion: string, options: WatchOptions | undefined): Query => [
  ["watch", "1"],
  ["resourceVersion", resourceVersion],
  ["resourceVersionMatch", options?.sendInitialEvents === true ? "NotOlderThan" : undefined],
  ["sendInitialEvents", options?.sendInitialEvents === true ? "true" : undefined],
  ["allowWatchBookmarks", options?.bookmarks === false ? undefined : "true"],
  ["labelSelector", selector(options?.labels)],
  ["fieldSelector", selector(options?.fields)],
  ["timeoutSeconds", seconds(options?.timeout)]
]

/** DeleteOptions go into the body alone: a body wins wholly over the query, so sending both would lose `dryRun`. */
export const deleteBody = (options: DeleteOptions | undefined): { readonly [field: string]: unknown } => ({
  apiVersion: "v1",
  kind: "DeleteOptions",
  dryRun: options?.dryRun === true ? ["All"] : undefined,
  gracePeriodSeconds: options?.gracePeriod === undefined
    ? undefined
    : Math.ceil(Duration.toSeconds(options.gracePeriod)),
  preconditions: options?.preconditions,
  propagationPolicy: options?.propagationPolicy,
  ignoreStoreReadErrorWithClusterBreakingPotential: options?.ignoreStoreReadErrorWithClusterBreakingPotential
})
