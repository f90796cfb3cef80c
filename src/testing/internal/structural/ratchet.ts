/** What an object was before an update, followed along the schema to the place of each value (ratcheting). */
import { goJson } from "./fieldError.js"
import { isObject, itemsOf, type JSONSchemaProps, own, propertyOf, valuesOf } from "./schema.js"

export interface Previous {
  readonly isUnchanged: (value: unknown) => boolean
  /** The previous value of a field; absent where there was none, or where the schema does not say what it is. */
  readonly member: (key: string) => Previous | undefined
  /** The previous item with the keys of this one, in lists of type `map`. */
  readonly item: (item: unknown) => Previous | undefined
}

export const previousOf = (schema: JSONSchemaProps | undefined, value: unknown): Previous => ({
  isUnchanged: (next) => equal(value, next),
  member: (key) => {
    const field = propertyOf(schema, key) ?? valuesOf(schema)
    return field === undefined || !isObject(value) || !Object.hasOwn(value, key)
      ? undefined
      : previousOf(field, value[key])
  },
  item: (item) => {
    const items = itemsOf(schema)
    if (
      schema?.["x-kubernetes-list-type"] !== "map" || items === undefined || !Array.isArray(value) || !isObject(item)
    ) return undefined
    const keys = schema["x-kubernetes-list-map-keys"] ?? []
    const found = value.find((candidate) =>
      isObject(candidate) && keys.every((key) => equal(own(candidate, key), own(item, key)))
    )
    return found === undefined ? undefined : previousOf(items, found)
  }
})

/** Equal as JSON: the order of keys does not count. */
export const equal = (left: unknown, right: unknown): boolean =>
  left === right || (typeof left === "object" && typeof right === "object" && goJson(left) === goJson(right))
