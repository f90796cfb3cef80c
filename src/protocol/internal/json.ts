/**
 * Trees of plain JSON: comparing, copying, and keys that must not be taken for JavaScript's own. Text such as `{"__proto__": 1}` parses to an
 * object with a key of that name; a plain assignment of it elsewhere would change the object's prototype instead.
 */

export type JsonObject = { [key: string]: unknown }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Sets an own property, whatever its name. */
export const setKey = (object: JsonObject, key: string, value: unknown): void => {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    object[key] = value
  }
}

/** The value of an own property; nothing for an absent key and for what an object inherits. */
export const getKey = (object: JsonObject, key: string): unknown => Object.hasOwn(object, key) ? object[key] : undefined

/** A copy that shares nothing with the value. Keys without a value (`undefined`), which JSON does not have, are left out. */
export const copy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copy)
  if (!isObject(value)) return value
  const result: JsonObject = {}
  for (const key of Object.keys(value)) {
    if (value[key] !== undefined) setKey(result, key, copy(value[key]))
  }
  return result
}

/** Whether two values are the same JSON: the order of keys does not matter, nor keys without a value. */
export const equal = (self: unknown, that: unknown): boolean => {
  if (self === that) return true
  if (Array.isArray(self)) {
    return Array.isArray(that) && self.length === that.length && self.every((item, index) => equal(item, that[index]))
  }
  if (!isObject(self) || !isObject(that)) return false
  for (const key of Object.keys(self)) if (!equal(self[key], getKey(that, key))) return false
  for (const key of Object.keys(that)) if (that[key] !== undefined && getKey(self, key) === undefined) return false
  return true
}

/** Whether objects and arrays are nested more than `levels` deep. What works through trees by recursion asks this first. */
export const isDeeper = (value: unknown, levels: number): boolean => {
  if (typeof value !== "object" || value === null) return false
  if (levels === 0) return true
  for (const item of Array.isArray(value) ? value : Object.values(value)) if (isDeeper(item, levels - 1)) return true
  return false
}
