/** JSON values and their fields, by own keys only: in JSON, `__proto__` is a name like any other. */

export type JsonObject = { [key: string]: unknown }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const getKey = (object: JsonObject, key: string): unknown => Object.hasOwn(object, key) ? object[key] : undefined

export const setKey = (object: JsonObject, key: string, value: unknown): void => {
  if (key === "__proto__") Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}

/** A deep copy, of the type of the value. */
export const copy = (value: unknown): any => {
  if (Array.isArray(value)) return value.map(copy)
  if (!isObject(value)) return value
  const result: JsonObject = {}
  for (const key of Object.keys(value)) setKey(result, key, copy(value[key]))
  return result
}

/** Whether two values are the same JSON; the order of keys does not count, and an undefined field is an absent one. */
export const equal = (one: unknown, two: unknown): boolean => {
  if (one === two) return true
  if (Array.isArray(one) || Array.isArray(two)) {
    return Array.isArray(one) && Array.isArray(two) && one.length === two.length && one.every((item, i) => equal(item, two[i]))
  }
  if (!isObject(one) || !isObject(two)) return false
  const keys = Object.keys(one).filter((key) => one[key] !== undefined)
  return keys.length === Object.keys(two).filter((key) => two[key] !== undefined).length &&
    keys.every((key) => equal(one[key], getKey(two, key)))
}
