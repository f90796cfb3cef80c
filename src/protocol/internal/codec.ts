/**
 * How objects of a kind are read and written. A codec works on values that were just parsed, which nobody else holds,
 * so it may change them in place; the Schema of a kind copies before it uses one.
 */
import type * as Either from "effect/Either"
import type { Issue } from "../KubeError.js"
import type { ResourceScope } from "../Resource.js"
import { actual, actualType, type Fields, isFields } from "./actual.js"
import * as checker from "./checker.js"
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

/** Where a resource carries its codec. */
export const CodecId: unique symbol = Symbol.for("effect-kube/Resource/codec")

export interface WithCodec<out K> {
  readonly [CodecId]: Codec<K>
}

export { actual, type Fields, isFields } from "./actual.js"

const requiredStrings: { readonly [M in Mode]: ReadonlyArray<string> } = {
  served: ["name", "uid", "resourceVersion", "creationTimestamp"],
  item: ["name", "uid", "resourceVersion", "creationTimestamp"],
  dryRun: ["name", "creationTimestamp"],
  answer: []
}

export interface Root {
  readonly apiVersion: string
  readonly kind: string
  readonly scope: ResourceScope
  /** The server keeps no object of this kind as it answers it, so its metadata promises nothing. */
  readonly loose?: boolean | undefined
  /** Issues say of which type a value is, and never the value. */
  readonly masked?: boolean | undefined
}

const metadataChecker = checker.make(() => objectMeta)

/**
 * Adds the issues of an object's root: `apiVersion` and `kind` (put in where a list leaves them out), the types of its
 * metadata, and what the server promises there for the objects that it keeps.
 */
export const checkRoot = (object: Fields, root: Root, mode: Mode, issues: Array<Issue>): void => {
  if (object["kind"] === undefined && mode === "item") object["kind"] = root.kind
  if (object["apiVersion"] === undefined && mode === "item") object["apiVersion"] = root.apiVersion
  if (object["kind"] !== root.kind) {
    issues.push({ path: ["kind"], expected: JSON.stringify(root.kind), actual: actual(object["kind"]) })
  }
  if (object["apiVersion"] !== root.apiVersion) {
    issues.push({
      path: ["apiVersion"],
      expected: JSON.stringify(root.apiVersion),
      actual: actual(object["apiVersion"])
    })
  }
  const loose = root.loose === true || mode === "answer"
  const metadata = object["metadata"]
  if (!isFields(metadata)) {
    if (loose && (metadata === undefined || metadata === null)) object["metadata"] = {}
    else {issues.push({
        path: ["metadata"],
        expected: "an object",
        actual: root.masked === true ? actualType(metadata) : actual(metadata)
      })}
    return
  }
  if (!loose) {
    const required = requiredStrings[mode]
    for (let i = 0; i < required.length; i++) requireField(metadata, required[i]!, issues)
    if (root.scope === "Namespaced") requireField(metadata, "namespace", issues)
  }
  const checked = metadataChecker(metadata, issues, ["metadata"], root.masked === true)
  if (checked !== metadata) object["metadata"] = checked
}

const requireField = (metadata: Fields, name: string, issues: Array<Issue>): void => {
  const value = metadata[name]
  if (value === undefined || value === null) {
    issues.push({ path: ["metadata", name], expected: "a string", actual: actual(value) })
  }
}
