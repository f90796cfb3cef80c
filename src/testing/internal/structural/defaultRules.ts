/** Defaults of a schema must fit the schema: as values, and, inside the metadata of an embedded resource, as part of an object. */
import { validateRules } from "./cel/validateRules.js"
import { decodeEmbedded, validateEmbedded } from "./embedded.js"
import { aggregate, type Cause, child, invalid, keyed } from "./fieldError.js"
import { prune } from "./prune.js"
import { equal } from "./ratchet.js"
import { itemsOf, type JsonObject, type JSONSchemaProps } from "./schema.js"
import { validateRaw } from "./validate.js"

/** Puts a value where it belongs in an otherwise empty resource. */
type Surround = (value: unknown) => unknown

interface Context {
  /** The resource, embedded or whole, that the schema describes a part of. */
  readonly resource: JSONSchemaProps
  readonly surround: Surround
  readonly insideMeta: boolean
}

const typeMeta = { apiVersion: "validation/v1", kind: "Validation" }

const whole: Surround = (value) => ({ ...typeMeta, ...(value as JsonObject) }) // a resource is an object

const embedded = (schema: JSONSchemaProps): JSONSchemaProps => ({ ...schema, "x-kubernetes-embedded-resource": true })

export const validateDefaults = (schema: JSONSchemaProps, path: string): ReadonlyArray<Cause> => {
  const root = embedded(schema)
  return validateNode(root, path, { resource: root, surround: whole, insideMeta: false })
}

const validateNode = (schema: JSONSchemaProps, path: string, outer: Context): ReadonlyArray<Cause> => {
  const isResource = schema["x-kubernetes-embedded-resource"] === true
  const context = isResource ? { resource: schema, surround: whole, insideMeta: false } : outer
  const items = itemsOf(schema)
  return [
    ...((schema.default ?? null) === null
      ? []
      : validateDefault(schema, schema.default, child(path, "default"), isResource, context)),
    // Not below additionalProperties: a server does not look at defaults there.
    ...(items === undefined
      ? []
      : validateNode(items, child(path, "items"), { ...context, surround: (value) => context.surround([value]) })),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      validateNode(property, keyed(child(path, "properties"), name), {
        ...context,
        surround: (value) => context.surround({ [name]: value }),
        insideMeta: context.insideMeta ||
          (isResource && (name === "metadata" || name === "apiVersion" || name === "kind"))
      })
    )
  ]
}

const validateDefault = (
  schema: JSONSchemaProps,
  value: unknown,
  path: string,
  isResource: boolean,
  context: Context
): ReadonlyArray<Cause> => {
  if (context.insideMeta) {
    const object = context.surround(value)
    const decoded = decodeEmbedded(context.resource, object)
    const wrong = "refused" in decoded ? [decoded.refused] : validateEmbedded(context.resource, decoded.value)
    return wrong.length > 0
      ? [invalid(path, value, `must result in valid metadata: ${aggregate(wrong)}`)]
      : validateValue(schema, value, path, schema === context.resource)
  }
  const pruned = prune(schema, value, { isResourceRoot: isResource })
  const causes = equal(pruned.value, value) ? [] : [invalid(path, value, "must not have unknown fields")]
  const decoded = decodeEmbedded(schema, value, path)
  if ("refused" in decoded) return [...causes, decoded.refused]
  const wrong = validateEmbedded(schema, decoded.value, path)
  return [...causes, ...(wrong.length > 0 ? wrong : validateValue(schema, decoded.value, path, isResource))]
}

/** By the schema, then by its rules: both as a value that stays as it is and as one that is new. */
const validateValue = (
  schema: JSONSchemaProps,
  value: unknown,
  path: string,
  isResource: boolean
): ReadonlyArray<Cause> => {
  const causes = validateRaw(schema, value, path)
  if (causes.length > 0) return causes
  const unchanged = validateRules(schema, value, { value, ratchets: false }, path, isResource).causes
  return unchanged.length > 0 ? unchanged : validateRules(schema, value, undefined, path, isResource).causes
}
