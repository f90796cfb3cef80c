/** What the rules of several kinds are made of: readers of decoded objects, and the checks that all of them repeat. */
import type { Cause } from "../../structural.js"
import { invalid, invalidJson, notSupported, required } from "../../structural/fieldError.js"
import { equal, isObject, items, type JsonObject, own } from "../json.js"

export type Causes = ReadonlyArray<Cause>

/** What is wrong with a text, in the server's words. */
export type Complaints = ReadonlyArray<string>

/** The items of a list that are objects, all of them in what was decoded. */
export const objects = (parent: unknown, key: string): ReadonlyArray<JsonObject> => items(parent, key).filter(isObject)

/** A member; nothing where it is null. */
export const member = (parent: unknown, key: string): unknown =>
  isObject(parent) ? own(parent, key) ?? undefined : undefined

export const number = (parent: unknown, key: string): number | undefined => {
  const value = member(parent, key)
  return typeof value === "number" ? value : undefined
}

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

/** Of a list: the causes of each item, with its path. */
export const each = <A>(
  list: ReadonlyArray<A>,
  at: string,
  check: (item: A, at: string, index: number) => Causes
): Causes => list.flatMap((item, index) => check(item, `${at}[${index}]`, index))

/** What two checks find is told once. */
export const unique = (causes: Causes): Causes => {
  const seen = new Set<string>()
  return causes.filter(({ field, message }) => {
    const key = `${field}: ${message}`
    return !seen.has(key) && seen.add(key)
  })
}

export const complain = (field: string, value: unknown, complaints: Complaints): Causes =>
  complaints.map((complaint) => invalid(field, value, complaint))

export const nonNegative = (value: unknown, field: string): Causes =>
  typeof value === "number" && value < 0 ? [invalid(field, value, "must be greater than or equal to 0")] : []

/** `shown`: the value as the message quotes it, where that is not its JSON. */
export const immutable = (value: unknown, previous: unknown, field: string, shown?: () => string): Causes => {
  if (equal(value ?? null, previous ?? null)) return []
  return [
    shown === undefined
      ? invalid(field, value ?? null, "field is immutable")
      : invalidJson(field, shown(), "field is immutable")
  ]
}

/** A text that must be one of a few; an empty one is missing. */
export const oneOf = (value: unknown, field: string, supported: ReadonlyArray<string>): Causes =>
  value === undefined || value === ""
    ? [required(field)]
    : typeof value === "string" && supported.includes(value)
    ? []
    : [notSupported(field, value, supported)]

/** The same where it may be missing. */
export const optionalOneOf = (value: unknown, field: string, supported: ReadonlyArray<string>): Causes =>
  value === undefined ? [] : typeof value === "string" && supported.includes(value)
    ? []
    : [notSupported(field, value, supported)]
