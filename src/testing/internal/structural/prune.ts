/**
 * What a server drops from a custom resource before it looks at it: the fields that its schema does not know (pruning), and the nulls that a field
 * neither allows nor can replace by a default.
 */
import {
  isEmbedded,
  isObject,
  itemsOf,
  type JsonObject,
  type JSONSchemaProps,
  propertyOf,
  setOwn,
  valuesOf
} from "./schema.js"

export interface Pruned {
  /** What is left; parts that lost nothing are shared with what was given. */
  readonly value: unknown
  /** Paths of what was dropped, sorted, in the form of the server's warnings: `spec.list[0].x`. */
  readonly unknownFields: ReadonlyArray<string>
}

const metaFields: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"])

const preserves = (schema: JSONSchemaProps | undefined): boolean =>
  schema?.["x-kubernetes-preserve-unknown-fields"] === true

/**
 * Drops unknown fields, unless `x-kubernetes-preserve-unknown-fields` holds them. `apiVersion`, `kind` and `metadata` stay at the root of a resource
 * and of an embedded one. Below `additionalProperties: true` no field is known.
 */
export const prune = (
  schema: JSONSchemaProps | undefined,
  object: unknown,
  options: { readonly isResourceRoot?: boolean | undefined } = {}
): Pruned => {
  const root = options.isResourceRoot === true ? { ...schema, "x-kubernetes-embedded-resource": true } : schema
  const unknownFields: Array<string> = []
  const value = step(object, root, preserves(root), "", unknownFields)
  return { value, unknownFields: unknownFields.sort() }
}

const step = (
  value: unknown,
  schema: JSONSchemaProps | undefined,
  preserving: boolean,
  path: string,
  unknownFields: Array<string>
): unknown => {
  if (Array.isArray(value)) {
    const items = itemsOf(schema)
    // Inside a preserved list unknown items are kept as they are; elsewhere a list without a schema keeps its items' scalars only.
    if (preserving && items === undefined) return value
    return mapItems(
      value,
      (item, index) => step(item, items, preserving || preserves(items), `${path}[${index}]`, unknownFields)
    )
  }
  if (!isObject(value)) return value
  const values = valuesOf(schema)
  return mapMembers(value, (key, member) => {
    if (schema !== undefined && isEmbedded(schema) && metaFields.has(key)) return member
    const at = path === "" ? key : `${path}.${key}`
    const property = propertyOf(schema, key)
    if (property !== undefined) return step(member, property, preserves(property), at, unknownFields)
    // `additionalProperties: false` keeps a field too: validation refuses it by name.
    if (schema?.additionalProperties !== undefined) {
      return step(member, values, preserves(values), at, unknownFields)
    }
    if (preserving) return member
    if (!metaFields.has(key) || path !== "") unknownFields.push(at)
    return dropped
  })
}

/**
 * Drops every null that its field does not allow and that no default replaces. Nulls in lists stay: an index has a meaning.
 */
export const dropNulls = (schema: JSONSchemaProps | undefined, object: unknown): unknown => {
  if (schema === undefined) return object
  if (Array.isArray(object)) {
    const items = itemsOf(schema)
    return items === undefined ? object : mapItems(object, (item) => dropNulls(items, item))
  }
  if (!isObject(object)) return object
  const values = valuesOf(schema)
  return mapMembers(object, (key, member) => {
    const field = propertyOf(schema, key) ?? values
    if (field === undefined) return member
    if (member === null) return field.nullable === true || (field.default ?? null) !== null ? member : dropped
    return dropNulls(field, member)
  })
}

const dropped: unique symbol = Symbol("dropped")

/** The same object when nothing in it changes, so that large objects are not copied for one field. */
export const mapMembers = (object: JsonObject, f: (key: string, value: unknown) => unknown): JsonObject => {
  let copy: JsonObject | undefined
  for (const key of Object.keys(object)) {
    const next = f(key, object[key])
    if (next === object[key]) continue
    copy ??= { ...object }
    if (next === dropped) delete copy[key]
    else setOwn(copy, key, next)
  }
  return copy ?? object
}

export const mapItems = (
  items: ReadonlyArray<unknown>,
  f: (item: unknown, index: number) => unknown
): ReadonlyArray<unknown> => {
  let copy: Array<unknown> | undefined
  for (let index = 0; index < items.length; index++) {
    const next = f(items[index], index)
    if (next === items[index]) continue
    copy ??= items.slice()
    copy[index] = next
  }
  return copy ?? items
}
