/** Uniqueness in lists of type `set` (items) and `map` (keys of items). */
import { type Cause, child, duplicate, goJson, indexed, invalid, keyed } from "./fieldError.js"
import {
  isObject,
  itemsOf,
  type JsonObject,
  type JSONSchemaProps,
  propertyOf,
  setOwn,
  sortedKeys,
  valuesOf
} from "./schema.js"

export const validateListTypes = (
  schema: JSONSchemaProps | undefined,
  value: unknown,
  path = ""
): ReadonlyArray<Cause> => {
  if (schema === undefined) return []
  if (Array.isArray(value)) {
    return [
      ...validateList(schema, value, path),
      ...value.flatMap((item, index) => validateListTypes(itemsOf(schema), item, indexed(path, index)))
    ]
  }
  if (!isObject(value)) return []
  const values = valuesOf(schema)
  return sortedKeys(value).flatMap((key) => [
    ...validateListTypes(values, value[key], keyed(path, key)),
    ...validateListTypes(propertyOf(schema, key), value[key], child(path, key))
  ])
}

const validateList = (schema: JSONSchemaProps, items: ReadonlyArray<unknown>, path: string): ReadonlyArray<Cause> => {
  switch (schema["x-kubernetes-list-type"]) {
    case "set":
      return repeated(items).map((index) => duplicate(indexed(path, index), items[index]))
    case "map": {
      const stranger = items.findIndex((item) => item !== null && !isObject(item))
      if (stranger >= 0) {
        return [invalid(indexed(path, stranger), items[stranger], "must be an object for an array of list-type map")]
      }
      const keys = items.map((item) => keysOf(schema["x-kubernetes-list-map-keys"] ?? [], item))
      return repeated(keys).map((index) => duplicate(indexed(path, index), keys[index]))
    }
    default:
      return []
  }
}

const keysOf = (names: ReadonlyArray<string>, item: unknown): JsonObject => {
  const keys: JsonObject = {}
  for (const name of names) if (isObject(item) && Object.hasOwn(item, name)) setOwn(keys, name, item[name])
  return keys
}

/** Where a value comes for the second time; a third is not reported. */
const repeated = (values: ReadonlyArray<unknown>): ReadonlyArray<number> => {
  const times = new Map<string, number>()
  const indices: Array<number> = []
  values.forEach((value, index) => {
    const key = goJson(value)
    const seen = times.get(key) ?? 0
    times.set(key, seen + 1)
    if (seen === 1) indices.push(index)
  })
  return indices
}
