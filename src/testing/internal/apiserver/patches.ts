/**
 * Patches: which kind a body is, and what it makes of an object (S33, S34).
 */
import * as Either from "effect/Either"
import { applyJson, applyMerge } from "../../../protocol/internal/applyPatch.js"
import type * as Patch from "../../../protocol/Patch.js"
import { applyType as apply } from "./apply/request.js"
import type { FieldValidation } from "./decoding.js"
import { decodePatched } from "./decoding.js"
import { isObject, readJson, typeName } from "./json.js"
import type { Change } from "./registry.js"
import type { Served } from "./served.js"
import * as status from "./status.js"
import { strategicChange } from "./strategicChange.js"
import { fromStorage, toStorage } from "./versions.js"

const json = "application/json-patch+json"
const merge = "application/merge-patch+json"
const strategic = "application/strategic-merge-patch+json"

const maximumOperations = 10_000

export type PatchType = "json" | "merge" | "strategic" | "apply"

/** The kind of a patch by its content type; a 415 for what the kind does not take, and for what this server does not do. */
export const patchType = (served: Served, contentType: string): PatchType => {
  switch (contentType) {
    case json:
      return "json"
    case merge:
      return "merge"
    case apply:
      return "apply"
    case strategic:
      if (served.custom === undefined) return "strategic"
  }
  throw served.custom === undefined ? status.unsupportedPatchType() : status.unsupportedMediaType([json, merge, apply])
}

/** What a patch that does not apply is refused with. */
const refusalOf = (failure: Patch.PatchFailure, operations: unknown): status.Refusal => {
  switch (failure.reason) {
    case "Malformed":
      return status.badRequest(`error decoding patch: ${failure.message}`)
    case "TooManyOperations":
      return status.tooManyOperations(maximumOperations, Array.isArray(operations) ? operations.length : 0)
    default:
      return status.unprocessable()
  }
}

const operationTexts = new Set(["op", "path", "from"])

/** Why a list is no list of operations, as the server's decoder says it; nothing if it is one. */
const operationIssue = (operations: ReadonlyArray<unknown>): string | undefined => {
  for (const operation of operations) {
    if (operation === null) continue
    if (!isObject(operation)) {
      return `json: cannot unmarshal ${typeName(operation)} into Go value of type handlers.jsonPatchOp`
    }
    for (const [key, value] of Object.entries(operation)) {
      if (operationTexts.has(key) && value !== null && typeof value !== "string") {
        return `json: cannot unmarshal ${typeName(value)} into Go struct field jsonPatchOp.${key} of type string`
      }
    }
  }
  return undefined
}

/** Reads a patch; what is no patch of its kind is a 400 before any object is looked at. */
export const changeOf = (
  served: Served,
  type: Exclude<PatchType, "apply">,
  body: string,
  validation: FieldValidation
): Change => {
  const read = readJson(body)
  if (read.error !== undefined) {
    throw status.badRequest("invalid JSON patch")
  }
  if (type === "strategic") return strategicChange(served, read, validation)
  const patch = read.value
  if (type === "merge" && !isObject(patch)) {
    throw status.badRequest(
      patch === null
        ? "Invalid JSON Patch"
        : `error decoding patch: json: cannot unmarshal ${
          typeName(patch)
        } into Go value of type map[string]interface {}`
    )
  }
  if (type === "json" && !Array.isArray(patch) && patch !== null) {
    throw status.badRequest(
      `error decoding patch: json: cannot unmarshal ${typeName(patch)} into Go value of type []handlers.jsonPatchOp`
    )
  }
  const issue = type === "json" && Array.isArray(patch) ? operationIssue(patch) : undefined
  if (issue !== undefined) throw status.badRequest(`error decoding patch: ${issue}`)
  const duplicates = type === "merge" ? read.duplicates : []
  return (current) => {
    const versioned = fromStorage(served, current)
    const applied = type === "json" ? applyJson(versioned, patch) : applyMerge(versioned, patch)
    const patched = Either.getOrThrowWith(applied, (failure) => refusalOf(failure, patch))
    const { object, warnings } = decodePatched(served, patched, duplicates, validation)
    return { object: toStorage(served, object), warnings }
  }
}
