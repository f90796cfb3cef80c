/**
 * What both forms of a checker share: what each single type takes, what becomes of a `null`, and how a value is changed
 * so that the change can be taken back.
 */
import type { Fields } from "./actual.js"
import type { Scalar, Struct, Type } from "./descriptor.js"
import { setKey } from "./json.js"

// ---------------------------------------------------------------- single values

interface ScalarRule {
  /** How a message calls it. */
  readonly words: string
  readonly fits: (value: unknown) => boolean
  /** The same as an expression, over a variable of the generated code. */
  readonly test: (variable: string) => string
}

const isInt32 = (value: unknown): boolean => typeof value === "number" && (value | 0) === value

export const scalars: { readonly [S in Scalar]: ScalarRule } = {
  string: {
    words: "a string",
    fits: (value) => typeof value === "string",
    test: (v) => `typeof ${v} === "string"`
  },
  boolean: {
    words: "a boolean",
    fits: (value) => typeof value === "boolean",
    test: (v) => `typeof ${v} === "boolean"`
  },
  number: {
    words: "a number",
    fits: Number.isFinite,
    test: (v) => `Number.isFinite(${v})`
  },
  int32: {
    words: "a 32-bit integer",
    fits: isInt32,
    test: (v) => `typeof ${v} === "number" && (${v} | 0) === ${v}`
  },
  int64: {
    words: "an integer within ±(2^53 - 1)",
    fits: Number.isSafeInteger,
    test: (v) => `Number.isSafeInteger(${v})`
  },
  intOrString: {
    words: "a 32-bit integer or a string",
    fits: (value) => typeof value === "string" || isInt32(value),
    test: (v) => `typeof ${v} === "string" || (typeof ${v} === "number" && (${v} | 0) === ${v})`
  },
  json: {
    words: "a value",
    fits: (value) => value !== undefined,
    test: (v) => `${v} !== undefined`
  }
}

/** How a message calls a type. */
export const words = (type: Type): string => {
  if (typeof type === "string") return scalars[type].words
  if (typeof type === "function") return "an object"
  if ("either" in type) return type.either.map(words).join(" or ")
  return "list" in type ? "a list" : "an object"
}

// ---------------------------------------------------------------- null

/** What becomes of a `null`: it goes, stays, turns into something empty, or does not fit. */
export type OnNull = "drop" | "keep" | "list" | "record" | "refuse"

/** What stands for a `null` that may not be absent. */
export const nullWhereRequired = (type: Type): OnNull => {
  if (type === "json") return "keep"
  if (typeof type !== "object") return "refuse"
  return "list" in type ? "list" : "record" in type ? "record" : "refuse"
}

/** What becomes of a `null` in a field. */
export const nullInField = (struct: Struct, name: string, type: Type): OnNull => {
  if (type === "json" || struct.nullable?.includes(name)) return "keep"
  return struct.required?.includes(name) ? nullWhereRequired(type) : "drop"
}

// ---------------------------------------------------------------- changes in place

type Holder = Fields | Array<unknown>

/**
 * What the check that runs has changed: holder, key, what was there before, and so on. One list for all checks, as each
 * runs from its beginning to its end at once.
 */
const changes: Array<unknown> = []

const set = (holder: Holder, key: string | number, value: unknown): void => {
  if (Array.isArray(holder)) holder[key as number] = value
  else setKey(holder, key as string, value)
}

/** Puts a value into an object or a list, in place of another. */
export const put = (holder: Holder, key: string | number, before: unknown, value: unknown): void => {
  changes.push(holder, key, before)
  set(holder, key, value)
}

/** Leaves everything as it is now. */
export const commit = (): void => {
  if (changes.length > 0) changes.length = 0
}

/** Leaves everything as it was. */
export const revert = (): void => {
  // `put` has put them there, in this order.
  for (let i = changes.length - 3; i >= 0; i -= 3) {
    set(changes[i] as Holder, changes[i + 1] as string | number, changes[i + 2])
  }
  changes.length = 0
}
