/**
 * Checkers of built-in kinds, made of closures from a {@link Struct} on its first use. A checker works in place on a
 * value that was just parsed and walks it once. Fields that the descriptor does not know are left alone, whatever their
 * names: they are looked up in a Map, never read as members.
 *
 * `null` is how Go writes what is not set. It becomes absent; where the field is required, an empty list or record;
 * and it stays where the descriptor says that the server really sends it. An object that loses a field is made anew
 * without it: to delete one would leave a slow object that takes more memory.
 *
 * Plain loops, as it runs for every object of every list and watch: measured by test/bench/checker.bench.ts.
 */
import type { Issue } from "../KubeError.js"
import { actual, actualType, type Fields, isFields } from "./actual.js"
import type { Scalar, Struct, StructRef, Type } from "./descriptor.js"

/** Something that does not fit. Its path is written from the inside out, as failing checks return. */
interface Flaw {
  readonly path: Array<PropertyKey>
  readonly expected: string
  readonly found: unknown
}

class Flaws {
  constructor(readonly all: Array<Flaw>) {}

  /** These, seen from an object or list that holds the value at `key`; together with what was found there before. */
  at(key: PropertyKey, before: Flaws | undefined): Flaws {
    for (const one of this.all) {
      one.path.push(key)
      before?.all.push(one)
    }
    return before ?? this
  }
}

/**
 * The value itself where it fits, what takes its place where a `null` in it had to go, or its flaws. So that nothing is
 * made for what is as it should be.
 */
type Check = (value: unknown) => unknown

const flaw = (expected: string, found: unknown): Flaws => new Flaws([{ path: [], expected, found }])

// ---------------------------------------------------------------- single values

const isInt32 = (value: unknown): boolean => typeof value === "number" && (value | 0) === value

/** What a scalar is called in a message, and whether a value is one. */
const scalars: { readonly [S in Scalar]: readonly [expected: string, fits: (value: unknown) => boolean] } = {
  string: ["a string", (value) => typeof value === "string"],
  boolean: ["a boolean", (value) => typeof value === "boolean"],
  number: ["a number", Number.isFinite],
  int32: ["a 32-bit integer", isInt32],
  int64: ["an integer within ±(2^53 - 1)", Number.isSafeInteger],
  intOrString: ["a 32-bit integer or a string", (value) => typeof value === "string" || isInt32(value)],
  json: ["a value", (value) => value !== undefined]
}

const checkScalar = (scalar: Scalar): Check => {
  const [expected, fits] = scalars[scalar]
  return (value) => fits(value) ? value : flaw(expected, value)
}

// ---------------------------------------------------------------- null

/** What becomes of a `null`: it goes, stays, turns into something empty, or does not fit. */
type OnNull = "drop" | "keep" | "list" | "record" | "refuse"

/** What stands for a `null` that may not be absent. */
const nullWhereRequired = (type: Type): OnNull => {
  if (type === "json") return "keep"
  if (typeof type !== "object") return "refuse"
  return "list" in type ? "list" : "record" in type ? "record" : "refuse"
}

// ---------------------------------------------------------------- lists, records, structs

const checkList = (type: Type): Check => {
  const check = checkerOf(type)
  const onNull = nullWhereRequired(type)
  return (value) => {
    if (!Array.isArray(value)) return flaw("a list", value)
    let flaws: Flaws | undefined
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i]
      if (item === null && onNull === "keep") continue
      const checked = check(item)
      if (checked === item) continue
      if (checked instanceof Flaws) flaws = checked.at(i, flaws)
      else value[i] = checked
    }
    return flaws ?? value
  }
}

const checkRecord = (type: Type): Check => {
  if (type === "json") return (value) => isFields(value) ? value : flaw("an object", value)
  const check = checkerOf(type)
  const onNull = nullWhereRequired(type)
  return (value) => {
    if (!isFields(value)) return flaw("an object", value)
    let flaws: Flaws | undefined
    for (const key in value) {
      const item = value[key]
      if (item === undefined) continue
      if (item === null && (onNull === "list" || onNull === "record")) {
        setField(value, key, onNull === "list" ? [] : {})
        continue
      }
      const checked = check(item)
      if (checked === item) continue
      if (checked instanceof Flaws) flaws = checked.at(key, flaws)
      else setField(value, key, checked)
    }
    return flaws ?? value
  }
}

/** As `object[key] = value`, for any key: `__proto__` is a name like any other in JSON. */
const setField = (object: Fields, key: string, value: unknown): void => {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  } else object[key] = value
}

/** The first of two types that is of the same kind of JSON. */
const checkEither = (types: readonly [Type, Type]): Check => {
  const first = alternative(types[0])
  const second = alternative(types[1])
  return (value) => {
    const kind = Array.isArray(value) ? "list" : typeof value
    if (kind === first.fits) return first.check(value)
    if (kind === second.fits) return second.check(value)
    return flaw(`${first.words} or ${second.words}`, value)
  }
}

interface Alternative {
  readonly check: Check
  readonly fits: string
  readonly words: string
}

const alternative = (type: Type): Alternative => ({
  check: checkerOf(type),
  fits: typeof type === "string" ? type : typeof type === "object" && "list" in type ? "list" : "object",
  words: words(type)
})

/** How a message calls a type. */
const words = (type: Type): string => {
  if (typeof type === "string") return scalars[type][0]
  if (typeof type === "function") return "an object"
  if ("either" in type) return type.either.map(words).join(" or ")
  return "list" in type ? "a list" : "an object"
}

interface Field {
  readonly check: Check
  /** Most fields are strings: they need no call. */
  readonly isString: boolean
  readonly onNull: OnNull
  readonly words: string
}

const checkStruct = (struct: Struct): Check => {
  const required = struct.required ?? []
  const fields = new Map<string, Field>()
  for (const [name, type] of Object.entries(struct.fields)) {
    const onNull = struct.nullable?.includes(name) || type === "json"
      ? "keep"
      : required.includes(name)
      ? nullWhereRequired(type)
      : "drop"
    fields.set(name, { check: checkerOf(type), isString: type === "string", onNull, words: words(type) })
  }
  const requiredCount = required.length
  return (value) => {
    if (!isFields(value)) return flaw("an object", value)
    let flaws: Flaws | undefined
    let drops = false
    for (const key in value) {
      const field = fields.get(key)
      if (field === undefined) continue
      const item = value[key]
      if (typeof item === "string" && field.isString) continue
      if (item === undefined) continue
      if (item === null) {
        if (field.onNull === "drop") drops = true
        else if (field.onNull === "list") value[key] = []
        else if (field.onNull === "record") value[key] = {}
        else if (field.onNull === "refuse") flaws = flaw(field.words, null).at(key, flaws)
        continue
      }
      const checked = field.check(item)
      if (checked === item) continue
      if (checked instanceof Flaws) flaws = checked.at(key, flaws)
      else value[key] = checked
    }
    for (let i = 0; i < requiredCount; i++) {
      const name = required[i]!
      if (value[name] === undefined) flaws = flaw(fields.get(name)?.words ?? "a value", undefined).at(name, flaws)
    }
    if (flaws !== undefined) return flaws
    return drops ? withoutDropped(value, fields) : value
  }
}

const withoutDropped = (value: Fields, fields: ReadonlyMap<string, Field>): Fields => {
  const result: Fields = {}
  for (const key in value) {
    const item = value[key]
    if (item !== null || fields.get(key)?.onNull !== "drop") setField(result, key, item)
  }
  return result
}

/** One checker for each struct, made when a value of it first arrives: structs may refer to themselves. */
const structs = new WeakMap<Struct, Check>()

const structCheck = (struct: Struct): Check => {
  let check = structs.get(struct)
  if (check === undefined) structs.set(struct, check = checkStruct(struct))
  return check
}

const checkReference = (reference: StructRef): Check => {
  let check: Check | undefined
  return (value) => (check ??= structCheck(reference()))(value)
}

const scalarChecks: { [S in Scalar]?: Check } = {}

const checkerOf = (type: Type): Check => {
  if (typeof type === "string") return scalarChecks[type] ??= checkScalar(type)
  if (typeof type === "function") return checkReference(type)
  if ("list" in type) return checkList(type.list)
  if ("record" in type) return checkRecord(type.record)
  return "merged" in type ? checkReference(type.merged) : checkEither(type.either)
}

// ---------------------------------------------------------------- from outside

/**
 * Checks a value in place, and adds what does not fit to `issues`, with paths that begin with `path`. The answer is the
 * value, or what takes its place where a `null` had to go. With `masked`, an issue says only of which type a value was.
 */
export type Checker = (
  value: unknown,
  issues: Array<Issue>,
  path: ReadonlyArray<PropertyKey>,
  masked: boolean
) => unknown

/** The checker of a struct. Cheap: it is built when it is first used. */
export const make = (reference: StructRef): Checker => {
  const check = checkReference(reference)
  return (value, issues, path, masked) => {
    const checked = check(value)
    if (!(checked instanceof Flaws)) return checked
    for (const { expected, found, path: inner } of checked.all) {
      issues.push({ path: [...path, ...inner.reverse()], expected, actual: masked ? actualType(found) : actual(found) })
    }
    return value
  }
}
