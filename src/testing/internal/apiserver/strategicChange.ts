/**
 * What a strategic merge patch makes of an object: it is merged, made an object of the kind again, and what the kind does
 * not know is warned of or refused (S34, S39).
 */
import { asKindOrIssue, type FieldValidation } from "./decoding.js"
import { goPrint } from "./goFormat.js"
import { isObject, type JsonObject, type Read, typeName } from "./json.js"
import type { Change } from "./registry.js"
import { kindSchema, resolve } from "./schemas.js"
import { apiVersionOf, type Served } from "./served.js"
import * as status from "./status.js"
import { strategicMerge } from "./strategicMerge.js"
import { unstructuredOf } from "./unstructured.js"
import { fromStorage, toStorage } from "./versions.js"

/** The change that a patch asks for; what is no patch is told only once the object is found. */
export const strategicChange = (
  served: Served,
  read: Exclude<Read, { readonly error: string }>,
  validation: FieldValidation
): Change =>
(current) => {
  const patch = read.value ?? {}
  if (!isObject(patch)) {
    throw status.badRequest(`json: cannot unmarshal ${typeName(patch)} into Go value of type map[string]interface {}`)
  }
  const { group, kind, version } = served
  const schema = resolve(kindSchema(group, version, kind))
  const merged = strategicMerge(fromStorage(served, current), patch, schema)
  const refused = (why: string): status.Refusal => status.invalidPatch(goPrint(patch), why)
  const restored = unstructuredOf(group, version, kind, merged)
  if ("issue" in restored) throw refused(restored.issue)
  // The endpoint knows the kind: what a patch says of it counts for nothing.
  const named: JsonObject = { ...restored.value, apiVersion: apiVersionOf(group, version), kind }
  const decoded = asKindOrIssue(served, named)
  if ("issue" in decoded) throw refused(decoded.issue)
  const found = [
    ...read.duplicates.map((path) => `duplicate field "${path}"`),
    ...[...decoded.warnings].sort((a, b) => a < b ? -1 : 1)
  ]
  if (validation === "Strict" && found.length > 0) throw refused(`strict decoding error: ${found.join(", ")}`)
  return { object: toStorage(served, decoded.object), warnings: validation === "Warn" ? found : [] }
}
