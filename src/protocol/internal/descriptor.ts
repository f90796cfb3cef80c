/**
 * What a built-in kind is made of, as plain data: the names and types of fields, which are required, and how lists and
 * records merge. Checkers are made from it, and server-side apply and strategic merge read it.
 *
 * Structs refer to each other through functions, so that a bundle holds only what its kinds refer to.
 *
 *     const Container: Struct = {
 *       required: ["name"],
 *       fields: { name: "string", args: { list: "string" }, env: { list: () => EnvVar, keys: ["name"] } }
 *     }
 */

/**
 * The types of single values. `int32` and `int64` are whole numbers, `int64` within ±(2^53 − 1), as JSON.parse cannot
 * hold more; `json` is anything.
 */
export type Scalar = "string" | "boolean" | "number" | "int32" | "int64" | "intOrString" | "json"

/** The type of a value. */
export type Type = Scalar | StructRef | List | Record | Either | Merged

export type StructRef = () => Struct

/** How strategic merge patch treats a field, as the server's documents name it: `merge`, `retainKeys`, or both. */
export type PatchStrategy = "merge" | "retainKeys" | "merge,retainKeys" | "replace"

/** A list. Server-side apply owns it as a whole, unless it is a set or has keys. */
export interface List {
  readonly list: Type
  /** A list whose elements are told apart by these fields (`x-kubernetes-list-map-keys`). */
  readonly keys?: ReadonlyArray<string>
  /** A list of scalars that holds each value once. */
  readonly set?: true
  readonly patch?: PatchStrategy
  /** The field by which strategic merge tells elements apart. */
  readonly mergeKey?: string
}

/** An object with any names of fields, all of one type. */
export interface Record {
  readonly record: Type
  /** Server-side apply owns it as a whole. */
  readonly atomic?: true
}

/** One of two types that JSON tells apart: an object, a list or a boolean. */
export interface Either {
  readonly either: readonly [Type, Type]
}

/** A struct that merges at this field in a way of its own. */
export interface Merged {
  readonly merged: StructRef
  readonly patch?: PatchStrategy
  /** Server-side apply owns its fields one by one here, though elsewhere it owns the struct as a whole. */
  readonly granular?: true
}

/** An object with known fields. It may have others: the checker leaves them alone. */
export interface Struct {
  readonly fields: { readonly [name: string]: Type }
  /** Fields that are always there. */
  readonly required?: ReadonlyArray<string>
  /** Required fields that the server sends as `null` where they are not set, and whose type says so. */
  readonly nullable?: ReadonlyArray<string>
  /** Server-side apply owns it as a whole. */
  readonly atomic?: true
}

/** Where a built-in kind carries what it is made of. */
export const StructId: unique symbol = Symbol.for("effect-kube/Resource/struct")
