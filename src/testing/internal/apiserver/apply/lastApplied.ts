/**
 * What `kubectl apply` left in an annotation when it still merged on its own side: a server-side apply by kubectl may
 * change what that annotation says, and keeps it up to date.
 */
import { child, isObject, type JsonObject, text } from "../json.js"
import { metadataOf, sorted, withMetadata } from "../objectMeta.js"
import { annotationsOf } from "../objectParts.js"
import { compare } from "./compare.js"
import { fieldsOf } from "./elements.js"
import type { Conflict } from "./managers.js"
import type { Type } from "./types.js"
import { typeIssue } from "./validate.js"

const annotation = "kubectl.kubernetes.io/last-applied-configuration"

/** The most bytes that all annotations may have. */
const maximumAnnotations = 256 * 1024

const lastAppliedOf = (object: JsonObject): string => text(child(metadataOf(object), "annotations"), annotation) ?? ""

const parsed = (source: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(source)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The conflicts that remain when kubectl may change what it applied on its own side. */
export const allowedByLastApplied = (
  conflicts: ReadonlyArray<Conflict>,
  live: JsonObject,
  type: Type,
  apiVersion: string
): ReadonlyArray<Conflict> => {
  const last = parsed(lastAppliedOf(live))
  if (last === undefined || text(last, "apiVersion") !== apiVersion) return conflicts
  if (typeIssue(live, type) !== undefined || typeIssue(last, type) !== undefined) return conflicts
  const { added, modified, removed } = compare(last, live, type)
  const allowed = fieldsOf(last, type).difference(modified).difference(added).difference(removed)
  return conflicts.filter(({ path }) => !allowed.has(path))
}

/** The object with its annotation about what was applied, where it has one. */
export const withLastApplied = (object: JsonObject, configuration: JsonObject): JsonObject => {
  if (lastAppliedOf(object) === "") return object
  const { [annotation]: _, ...said } = annotationsOf(configuration)
  const metadata: JsonObject = { ...metadataOf(configuration) }
  if (metadata["annotations"] !== undefined) metadata["annotations"] = said
  const last = `${JSON.stringify(sorted(withMetadata(configuration, metadata)))}\n`
  const { [annotation]: _old, ...others } = annotationsOf(object)
  const size = Object.entries({ ...others, [annotation]: last }).reduce(
    (sum, [key, value]) => sum + new TextEncoder().encode(key + String(value)).length,
    0
  )
  const annotations = size > maximumAnnotations ? others : { ...others, [annotation]: last }
  return withMetadata(object, { ...metadataOf(object), annotations })
}
