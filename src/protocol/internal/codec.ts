/**
 * How objects of a kind are read and written. A codec works on values that were just parsed, which nobody else holds,
 * so it may change them in place; the Schema of a kind copies before it uses one.
 */
import * as Either from "effect/Either"
import type { Issue } from "../KubeError.js"
import type { ResourceScope } from "../Resource.js"
import { actual, actualType, type Fields } from "./actual.js"
import * as checker from "./checker.js"
import type { Struct, StructRef } from "./descriptor.js"
import { objectMeta } from "./objectMeta.js"

/**
 * What is being read: an object that the server keeps (`served`), an item of a list (`item`: the server leaves out
 * `apiVersion` and `kind`), the answer to a dry run (`dryRun`: a created object has no resourceVersion), or the answer
 * of a kind that only answers, such as TokenReview (`answer`: metadata may be empty).
 */
export type Mode = "served" | "item" | "dryRun" | "answer"

export interface Codec<out K> {
  /** Checks and decodes a value that was just parsed; it may be changed in place. */
  readonly decode: (fresh: unknown, mode: Mode) => Either.Either<K, ReadonlyArray<Issue>>
  /** The wire form of an object or a draft. */
  readonly encode: (object: unknown) => Either.Either<unknown, ReadonlyArray<Issue>>
}

/** What stands for an exception: values can be nested too deep, and schemas can hold a program's own functions. */
export const thrown = (error: unknown): Issue =>
  error instanceof RangeError && error.message.includes("call stack")
    ? { path: [], expected: "an object that is not nested so deep", actual: "too many levels, or a cycle" }
    : {
      path: [],
      expected: "a value that the schema can take",
      actual: `an exception: ${error instanceof Error ? String(error) : actual(error)}`
    }

/** A codec that never throws: what one object brings about does not end the reading of others. */
export const guarded = <K>(codec: Codec<K>): Codec<K> => ({
  decode: (fresh, mode) => {
    try {
      return codec.decode(fresh, mode)
    } catch (error) {
      return Either.left([thrown(error)])
    }
  },
  encode: (object) => {
    try {
      return codec.encode(object)
    } catch (error) {
      return Either.left([thrown(error)])
    }
  }
})

/** Where a resource carries its codec. */
export const CodecId: unique symbol = Symbol.for("effect-kube/Resource/codec")

export interface WithCodec<out K> {
  readonly [CodecId]: Codec<K>
}

export { actual, type Fields, isFields } from "./actual.js"

export interface Root {
  readonly apiVersion: string
  readonly kind: string
  readonly scope: ResourceScope
  /** The server keeps no object of this kind as it answers it, so its metadata promises nothing. */
  readonly loose?: boolean | undefined
  /** Issues say of which type a value is, and never the value. */
  readonly masked?: boolean | undefined
}

const objectMetaWith = (...required: ReadonlyArray<string>): Struct => ({ ...objectMeta, required })

const cluster = {
  served: objectMetaWith("name", "uid", "resourceVersion", "creationTimestamp"),
  dryRun: objectMetaWith("name", "creationTimestamp")
}

const namespaced = {
  served: objectMetaWith("name", "uid", "resourceVersion", "creationTimestamp", "namespace"),
  dryRun: objectMetaWith("name", "creationTimestamp", "namespace")
}

/** The metadata of an object, with what the server promises there for the objects that it keeps. */
const metadataOf = (root: Root, mode: Mode): Struct => {
  if (root.loose === true || mode === "answer") return objectMeta
  return (root.scope === "Namespaced" ? namespaced : cluster)[mode === "dryRun" ? "dryRun" : "served"]
}

/** A struct with metadata; where nothing is promised of it, it may also be missing. */
const withMetadata = (struct: Struct, metadata: Struct): Struct => ({
  ...struct,
  fields: { ...struct.fields, metadata: () => metadata },
  ...(metadata === objectMeta
    ? { nullable: [...struct.nullable ?? [], "metadata"] }
    : { required: ["metadata", ...struct.required ?? []] })
})

/**
 * Adds the issues of a whole object. The answer is the object, or what takes its place where a `null` had to go. Only
 * an object without issues is changed.
 */
export type ObjectChecker = (object: Fields, root: Root, mode: Mode, issues: Array<Issue>) => Fields

/**
 * The checker of whole objects: `apiVersion` and `kind` (put in where a list leaves them out), metadata, and the fields
 * of `struct`.
 */
export const objectChecker = (struct: StructRef, form?: checker.Form): ObjectChecker => {
  const checkers = new Map<Struct, checker.Checker>()
  const checkerFor = (metadata: Struct): checker.Checker => {
    let check = checkers.get(metadata)
    if (check === undefined) {
      const whole = withMetadata(struct(), metadata)
      checkers.set(metadata, check = checker.make(() => whole, form))
    }
    return check
  }
  return (object, root, mode, issues) => {
    const { apiVersion, kind } = object
    const isItem = mode === "item"
    const found = root.masked === true ? actualType : actual
    if (kind !== root.kind && !(isItem && kind === undefined)) {
      issues.push({ path: ["kind"], expected: JSON.stringify(root.kind), actual: found(kind) })
    }
    if (apiVersion !== root.apiVersion && !(isItem && apiVersion === undefined)) {
      issues.push({ path: ["apiVersion"], expected: JSON.stringify(root.apiVersion), actual: found(apiVersion) })
    }
    // The checker answers an object for an object.
    const checked = checkerFor(metadataOf(root, mode))(object, issues, [], root.masked === true) as Fields
    if (issues.length > 0) return object
    if (kind === undefined) checked["kind"] = root.kind
    if (apiVersion === undefined) checked["apiVersion"] = root.apiVersion
    if (checked["metadata"] === undefined || checked["metadata"] === null) checked["metadata"] = {}
    return checked
  }
}

const nothingElse: Struct = { fields: {} }

/** Adds the issues of an object's root, whatever else there is in the object. It is changed in place. */
export const checkRoot: ObjectChecker = objectChecker(() => nothingElse)
