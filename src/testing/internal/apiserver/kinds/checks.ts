/** The checks that the rules of several kinds repeat, and what such checks answer: causes of a `422`. */
import type { Cause } from "../../structural.js"
import { invalid, invalidJson, notSupported, required } from "../../structural/fieldError.js"
import { equal, type JsonObject } from "../json.js"
import { textOf } from "../members.js"

export type Causes = ReadonlyArray<Cause>

/** What is wrong with a text, in the server's words. */
export type Complaints = ReadonlyArray<string>

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

/** Texts that must not be empty. */
export const needs = (source: JsonObject, at: string, ...fields: ReadonlyArray<string>): Causes =>
  fields.filter((field) => textOf(source, field) === "").map((field) => required(`${at}.${field}`))
