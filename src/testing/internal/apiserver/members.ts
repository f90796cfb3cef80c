/**
 * Members of objects that have been decoded, so that each has the type that its kind gives it or is not there: read with
 * what stands for nothing, or filled in.
 */
import { isObject, items, type JsonObject, own } from "./json.js"

/** The items of a list that are objects, all of them in what was decoded. */
export const objects = (parent: unknown, key: string): ReadonlyArray<JsonObject> => items(parent, key).filter(isObject)

/** A member; nothing where it is null. */
export const member = (parent: unknown, key: string): unknown =>
  isObject(parent) ? own(parent, key) ?? undefined : undefined

export const number = (parent: unknown, key: string): number | undefined => {
  const value = member(parent, key)
  return typeof value === "number" ? value : undefined
}

/** A number, 0 where there is none. */
export const count = (parent: unknown, key: string): number => number(parent, key) ?? 0

/** A text, empty where there is none. */
export const textOf = (parent: unknown, key: string): string => {
  const value = member(parent, key)
  return typeof value === "string" ? value : ""
}

/** Gives a member a value where it has none. */
export const setDefault = (object: JsonObject, key: string, value: unknown): void => {
  const there = own(object, key)
  if (there === undefined || there === null || there === "") object[key] = value
}

/** A member that is an object; it is made where it is missing. */
export const made = (parent: JsonObject, key: string): JsonObject => {
  const there = own(parent, key)
  if (isObject(there)) return there
  const object: JsonObject = {}
  parent[key] = object
  return object
}
