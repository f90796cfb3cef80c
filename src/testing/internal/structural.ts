/**
 * What an API server does with the structural schema of a CustomResourceDefinition: it refuses definitions whose schema is not structural, and of
 * every custom resource it drops unknown fields, sets defaults and validates the rest. Pure functions on plain JSON; the texts are the server's.
 *
 * ```ts
 * import { type CustomResource, decodeObject, invalidMessage, validateObject } from "./structural.js"
 *
 * const problem = (resource: CustomResource, body: unknown): string | undefined => {
 *   const decoded = decodeObject(resource.schema, body) // pruned, defaulted
 *   if (decoded._tag === "Malformed") return decoded.message // a 400
 *   const causes = validateObject(resource, decoded.object) // in the server's order
 *   return causes.length === 0 ? undefined : invalidMessage("Foo.clux.dev", "a", causes) // a 422
 * }
 * ```
 *
 * Order of a write, as in a kube-apiserver: `decodeObject` (metadata read, pruned, nulls dropped, defaulted), the strategy of create or update (status,
 * generation), then `validateObject`, `validateObjectUpdate` or `validateStatusUpdate`. Objects that are read from storage get `applyDefaults` again.
 */
export { applyDefaults } from "./structural/defaults.js"
export { checkDefinition, checkDefinitionUpdate, definitionWarnings } from "./structural/definition.js"
export { decodeDefinition, type Definition } from "./structural/definitionDecode.js"
export { type Cause, invalidMessage } from "./structural/fieldError.js"
export { finalizerWarnings, validateMetadata, validateMetadataUpdate } from "./structural/metadata.js"
export { prune } from "./structural/prune.js"
export {
  type CustomResource,
  type Decoded,
  decodeObject,
  ruleWarnings,
  validateObject,
  validateObjectUpdate,
  validateStatusUpdate
} from "./structural/resource.js"
export { type JSONSchemaProps } from "./structural/schema.js"
export { validate } from "./structural/validate.js"
