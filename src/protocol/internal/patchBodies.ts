/** The one place where a computed merge patch gets its type. */
import type { MergeBody } from "../Patch.js"
import { getKey, isObject } from "./jsonTree.js"
import type { JsonObject } from "./jsonTree.js"

/** A patch that was computed from two values of `W` is a part of `W` by construction, which the compiler cannot see. */
export const mergeBody = <W>(body: JsonObject): MergeBody<W> => body as MergeBody<W>

/** The same patch, refused by the server if the object has moved on from this version. */
export const withResourceVersion = (body: JsonObject, resourceVersion: string | undefined): JsonObject => {
  if (resourceVersion === undefined) return body
  const metadata = getKey(body, "metadata")
  return { ...body, metadata: { ...(isObject(metadata) ? metadata : {}), resourceVersion } }
}
