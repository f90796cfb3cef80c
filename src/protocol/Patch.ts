/**
 * What a PATCH request says: one of the four kinds of patch that the API takes, with its content type and its body.
 *
 * ```ts
 * import { Patch } from "effect-kube"
 * import type { Deployment } from "effect-kube/kinds/apps/v1"
 *
 * const scaled: Patch.Patch<Deployment> = Patch.merge({ spec: { replicas: 3 } })
 * const unlabelled = Patch.json([{ op: "remove", path: Patch.pointer("metadata", "labels", "example.com/old") }])
 * const change = (before: Deployment, after: Deployment) => Patch.diff(before, after)
 * ```
 *
 * A patch without a resourceVersion never conflicts: the server applies it to what is there. The kinds, and what they may say, are on the
 * page "Update API Objects in Place Using kubectl patch" and in "Server-Side Apply" of the Kubernetes documentation.
 */
import type * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as apply_ from "./internal/applyPatch.js"
import * as diff_ from "./internal/diffPatch.js"
import * as bodies from "./internal/patchBodies.js"
import { PatchFailure } from "./internal/patchFailure.js"
import * as pointer_ from "./internal/pointer.js"
import type * as Resource from "./Resource.js"

export {
  /** Why a patch does not apply, and which operation it was. Holds no value of the document or of the patch. */
  PatchFailure
}
export type { PatchFailureReason } from "./internal/patchFailure.js"

/** One operation of a JSON patch (RFC 6902). `path` and `from` are JSON pointers: see {@link pointer}. */
export type Operation =
  | { readonly op: "add"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "move"; readonly from: string; readonly path: string }
  | { readonly op: "copy"; readonly from: string; readonly path: string }
  | { readonly op: "test"; readonly path: string; readonly value: unknown }

/** Of a kind that is not known, any object may be a part. */
type Fits<W, Body> = unknown extends W ? { readonly [key: string]: unknown } : Body
/** What was made for a kind that is not known is of no use where a kind is. */
type Made<W, Body> = unknown extends W ? unknown : Body
type Scalar = string | number | bigint | boolean | symbol | null | undefined

/** Any part of an object of the wire form `W`; `null` removes a key, arrays are replaced as a whole. */
export type MergeBody<W> = Fits<W, MergeValue<W>>
type MergeValue<T> = unknown extends T ? unknown
  : T extends Scalar | ReadonlyArray<unknown> ? T
  : { readonly [P in keyof T]?: MergeValue<T[P]> | null | undefined }

/** The directives that a strategic merge patch may hold in any object. */
export interface StrategicDirectives {
  readonly $patch?: "replace" | "merge" | "delete" | undefined
  readonly $retainKeys?: ReadonlyArray<string> | undefined
  readonly [order: `$setElementOrder/${string}`]: ReadonlyArray<unknown> | undefined
  readonly [removed: `$deleteFromPrimitiveList/${string}`]: ReadonlyArray<string | number> | undefined
}

/** Any part of an object; `null` removes a key, elements of arrays are matched by the merge key that the kind declares for the array. */
export type StrategicBody<W> = Fits<W, StrategicValue<W>>
type StrategicValue<T> = unknown extends T ? unknown
  : T extends Scalar ? T
  : T extends ReadonlyArray<infer U> ? ReadonlyArray<StrategicValue<U>>
  : { readonly [P in keyof T]?: StrategicValue<T[P]> | null | undefined } & StrategicDirectives

/** The fields that a manager wants to own, with their values; what it owned and leaves out is removed. */
export type ApplyBody<W> = Fits<W, Resource.ApplyConfiguration<W>>

/** A list of operations, done in order; if one of them fails nothing is changed. */
export interface JsonPatch {
  readonly _tag: "Json"
  readonly body: ReadonlyArray<Operation>
}
/** The part that changes. */
export interface MergePatch<W> {
  readonly _tag: "Merge"
  readonly body: Made<W, MergeBody<NoInfer<W>>>
}
/** The part that changes, with lists merged by key. For built-in kinds only: the server answers 415 for custom resources. */
export interface StrategicPatch<W> {
  readonly _tag: "Strategic"
  readonly body: Made<W, StrategicBody<NoInfer<W>>>
}
/** A server-side apply. The client adds `apiVersion` and `kind`. */
export interface ApplyPatch<W> {
  readonly _tag: "Apply"
  readonly body: Made<W, ApplyBody<NoInfer<W>>>
}

/** A patch that fits objects of the wire form `W`. */
export type Patch<W = unknown> = JsonPatch | MergePatch<W> | StrategicPatch<W> | ApplyPatch<W>

/** A patch, whatever kind it fits. */
export interface Any {
  readonly _tag: Patch["_tag"]
  readonly body: unknown
}

/** The content type that tells the server which kind of patch a body is. JSON is YAML, so an apply is sent as JSON too. */
export const contentTypes: { readonly [K in Patch["_tag"]]: string } = {
  Json: "application/json-patch+json",
  Merge: "application/merge-patch+json",
  Strategic: "application/strategic-merge-patch+json",
  Apply: "application/apply-patch+yaml"
}

/** The content type of this patch. */
export const contentType = (patch: Any): string => contentTypes[patch._tag]

/**
 * The text that is sent. Characters that the server escapes in its own JSON are escaped here too, or a `test` of a value with one of them would
 * never hold: the server compares strings by their texts.
 */
export const encode = (patch: Any): string => JSON.stringify(patch.body).replace(/[<>&\u2028\u2029]/g, escapeCharacter)

const escapeCharacter = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/**
 * A patch by operations. The server takes at most 10 000 of them, and answers 422 when one fails. It differs from RFC 6902: `replace` sets an
 * absent key, `test` of `null` holds for an absent key, `copy` of an absent key sets `null`, and a negative index counts from the end.
 */
export const json = (operations: ReadonlyArray<Operation>): JsonPatch => ({ _tag: "Json", body: operations })

/** A merge patch: the keys that change, `null` for those to remove; arrays as a whole. */
export const merge = <W>(body: MergeBody<NoInfer<W>>): MergePatch<W> => bodies.merge<W>(body)

/** A strategic merge patch: like {@link merge}, but lists are merged by the keys that the kind declares, and directives are understood. */
export const strategic = <W>(body: StrategicBody<NoInfer<W>>): StrategicPatch<W> => bodies.strategic<W>(body)

/** A server-side apply of these fields. */
export const apply = <W>(configuration: ApplyBody<NoInfer<W>>): ApplyPatch<W> => bodies.apply<W>(configuration)

/** How a patch that was made from two states guards itself. */
export interface DiffOptions {
  /**
   * Refuse the patch if the object has another resourceVersion than this one by then: a merge patch carries it and meets 409 Conflict, a JSON
   * patch starts with a `test` of it and meets 422. Default: no guard.
   */
  readonly resourceVersion?: string | undefined
}

/**
 * The merge patch (RFC 7396) that turns one state into another. A merge patch cannot set a key to `null`: a `null` in `after` is taken for an
 * absent key.
 */
export const diff = <W>(before: W, after: NoInfer<W>, options: DiffOptions = {}): MergePatch<W> =>
  bodies.merge<W>(bodies.withResourceVersion(diff_.diffMerge(before, after), options.resourceVersion))

/** The JSON patch (RFC 6902) that turns one state into another. */
export const diffJson = <W>(before: W, after: NoInfer<W>, options: DiffOptions = {}): JsonPatch =>
  json([
    ...(options.resourceVersion === undefined
      ? []
      : [{ op: "test" as const, path: "/metadata/resourceVersion", value: options.resourceVersion }]),
    ...diff_.diffOperations(before, after)
  ])

/** Whether a patch says nothing: no operation, no key. */
export const isEmpty = (patch: Any): boolean => Predicate.isObject(patch.body) && Object.keys(patch.body).length === 0

/** A JSON pointer to what these names and indices lead to, escaped where needed: `pointer("metadata", "labels", "a/b")`. */
export const pointer = (...segments: ReadonlyArray<string | number>): string => pointer_.print(segments)

/** The names and indices of a JSON pointer; the opposite of {@link pointer}. */
export const segments = (pointer: string): ReadonlyArray<string> => pointer_.parse(pointer)

/**
 * What the server makes of a document (an object or an array) and the operations of a JSON patch, as they come over the wire. The document is
 * not changed. kube-apiserver answers 400 for the reason `Malformed`, 413 for `TooManyOperations`, and 422 for the others.
 */
export const applyJson = (document: unknown, operations: unknown): Effect.Effect<unknown, PatchFailure> =>
  apply_.applyJson(document, operations)

/** What the server makes of a document and the body of a merge patch. The document is not changed. `Malformed` is the only failure. */
export const applyMerge = (document: unknown, body: unknown): Effect.Effect<unknown, PatchFailure> =>
  apply_.applyMerge(document, body)
