/** Where bodies become patches of a kind. */
import type { ApplyPatch, MergePatch, StrategicPatch } from "../Patch.js"
import { getKey, isObject } from "./json.js"
import type { JsonObject } from "./json.js"

// The casts: which type a body has in a patch depends on whether its kind is known, which the compiler cannot decide for a type parameter.
// The public constructors check the bodies, and what was computed from two objects of a kind is a part of that kind.
export const merge = <W>(body: unknown): MergePatch<W> => ({ _tag: "Merge", body }) as MergePatch<W>
export const strategic = <W>(body: unknown): StrategicPatch<W> => ({ _tag: "Strategic", body }) as StrategicPatch<W>
export const apply = <W>(body: unknown): ApplyPatch<W> => ({ _tag: "Apply", body }) as ApplyPatch<W>

/** The same body, refused by the server if the object has moved on from this version. */
export const withResourceVersion = (body: JsonObject, resourceVersion: string | undefined): JsonObject => {
  if (resourceVersion === undefined) return body
  const metadata = getKey(body, "metadata")
  return { ...body, metadata: { ...(isObject(metadata) ? metadata : {}), resourceVersion } }
}
