/** Built-in kinds: what the generated modules of src/kinds call, to make a resource of a descriptor. */
import * as Either from "effect/Either"
import type { Issue } from "../KubeError.js"
import * as Resource from "../Resource.js"
import { actual, actualType, isFields } from "./actual.js"
import { type Codec, objectChecker, type Root } from "./codec.js"
import * as declaration from "./declaration.js"
import { type Struct, StructId, type StructRef } from "./descriptor.js"
import * as members from "./resource.js"
import { isSecret } from "./secret.js"

export interface Options extends members.Statics<Resource.ResourceScope> {
  /** The server keeps no object of this kind as it answers it, so its metadata promises nothing. */
  readonly loose?: true
  /** The server answers a `Status` to what is created. */
  readonly answersStatus?: true
}

const statusCause: Struct = { fields: { field: "string", message: "string", reason: "string" } }

const statusDetails: Struct = {
  fields: {
    causes: { list: () => statusCause },
    group: "string",
    kind: "string",
    name: "string",
    retryAfterSeconds: "int32",
    uid: "string"
  }
}

const status: Struct = {
  fields: { code: "int32", details: () => statusDetails, message: "string", reason: "string", status: "string" }
}

const codec = <K>(options: Options, struct: StructRef): Codec<K> => {
  const masked = isSecret(options)
  const root: Root = options.answersStatus === true
    ? { apiVersion: "v1", kind: "Status", scope: "Cluster", loose: true }
    : {
      apiVersion: Resource.apiVersion(options),
      kind: options.kind,
      scope: options.scope,
      loose: options.loose,
      masked
    }
  const check = objectChecker(options.answersStatus === true ? () => status : struct)
  return {
    decode: (fresh, mode) => {
      if (!isFields(fresh)) {
        return Either.left([{ path: [], expected: "an object", actual: masked ? actualType(fresh) : actual(fresh) }])
      }
      const issues: Array<Issue> = []
      const checked = check(fresh, root, mode, issues)
      // The checker has vouched for every field of the type.
      return issues.length > 0 ? Either.left(issues) : Either.right(checked as K)
    },
    // The compiler has checked what a program made, and the server judges it.
    encode: (object) => Either.right(object)
  }
}

/**
 * Makes the resource of a built-in kind. Nothing is built before its first use. `struct` describes the object without
 * `apiVersion`, `kind` and `metadata`, which all kinds share.
 */
export const builtin = <R>(options: Options, struct: StructRef): R => {
  const resource = {}
  members.define(resource, options, () => codec(options, struct), (codec) => declaration.checked(options.kind, codec))
  Object.defineProperty(resource, StructId, { value: struct })
  // `define` has put all members of a resource there; which one it is, the generated interface says.
  return resource as R
}
