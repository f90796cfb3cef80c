/** Defaults of a structural schema: set where a field is absent, and where it is null though null is not allowed. */
import { mapItems, mapMembers } from "./prune.js"
import { isObject, itemsOf, type JSONSchemaProps, propertyOf, setOwn, valuesOf } from "./schema.js"

/**
 * Sets the defaults of absent fields, from the outside in: a default of an object gets the defaults of its own fields. A default of `items` or
 * `additionalProperties` replaces nulls only. What needs no default is shared with what was given.
 */
export const applyDefaults = (schema: JSONSchemaProps | undefined, value: unknown): unknown => {
  if (schema === undefined) return value
  if (Array.isArray(value)) {
    const items = itemsOf(schema)
    return items === undefined ? value : mapItems(value, (item) => applyDefaults(items, replaceNull(item, items)))
  }
  if (!isObject(value)) return value
  const values = valuesOf(schema)
  const present = addMissing(schema, value)
  return mapMembers(present, (key, member) => {
    const property = propertyOf(schema, key)
    if (property !== undefined) return applyDefaults(property, replaceNull(member, property))
    return values === undefined ? member : applyDefaults(values, replaceNull(member, values))
  })
}

const addMissing = (schema: JSONSchemaProps, value: { [key: string]: unknown }): { [key: string]: unknown } => {
  let copy: { [key: string]: unknown } | undefined
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (hasDefault(property) && !Object.hasOwn(value, key)) {
      copy ??= { ...value }
      setOwn(copy, key, structuredClone(property.default))
    }
  }
  return copy ?? value
}

const hasDefault = (schema: JSONSchemaProps): boolean => (schema.default ?? null) !== null

const replaceNull = (value: unknown, schema: JSONSchemaProps): unknown =>
  value === null && schema.nullable !== true ? structuredClone(schema.default ?? null) : value
