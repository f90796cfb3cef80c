/**
 * A write that changes nothing keeps the times of the managers, so that it makes no new version of the object.
 */
import { child, equal, isObject, items, type JsonObject } from "../json.js"

const withoutTime = (entry: unknown): unknown => {
  if (!isObject(entry)) return entry
  const { time: _, ...rest } = entry
  return rest
}

/** The object as it was, where nothing but times of managers differs; else the object as it is. */
export const settled = (object: JsonObject, before: JsonObject): JsonObject => {
  const entries = items(child(object, "metadata"), "managedFields")
  const old = items(child(before, "metadata"), "managedFields")
  if (entries.length === 0 || entries.length !== old.length) return object
  if (!entries.every((entry, at) => equal(withoutTime(entry), withoutTime(old[at])))) return object
  const same = { ...object, metadata: { ...child(object, "metadata"), managedFields: old } }
  return equal(same, before) ? before : object
}
