/**
 * Checkers made of closures. They find everything that does not fit and name it, and they check alone where code may
 * not be generated.
 *
 * Fields that the descriptor does not know are left alone, whatever their names: they are looked up in a Map, never
 * read as members.
 */
import { type Fields, isFields } from "./actual.js"
import { nullInField, nullWhereRequired, type OnNull, put, scalars, words } from "./checkerRules.js"
import type { Scalar, Struct, StructRef, Type } from "./descriptor.js"
import { setKey } from "./json.js"

/** Something that does not fit. Its path is written from the inside out, as failing checks return. */
export interface Flaw {
  readonly path: Array<PropertyKey>
  readonly expected: string
  readonly found: unknown
}

export class Flaws {
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
export type Check = (value: unknown) => unknown

const flaw = (expected: string, found: unknown): Flaws => new Flaws([{ path: [], expected, found }])

const checkScalar = (scalar: Scalar): Check => {
  const { fits, words } = scalars[scalar]
  return (value) => fits(value) ? value : flaw(words, value)
}

// ---------------------------------------------------------------- lists, records, structs

const checkList = (type: Type): Check => {
  const check = checkerOf(type)
  return (value) => {
    if (!Array.isArray(value)) return flaw("a list", value)
    let flaws: Flaws | undefined
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i]
      const checked = check(item)
      if (checked === item) continue
      if (checked instanceof Flaws) flaws = checked.at(i, flaws)
      else put(value, i, item, checked)
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
        put(value, key, null, onNull === "list" ? [] : {})
        continue
      }
      const checked = check(item)
      if (checked === item) continue
      if (checked instanceof Flaws) flaws = checked.at(key, flaws)
      else put(value, key, item, checked)
    }
    return flaws ?? value
  }
}

/** The first of two types that is of the same kind of JSON. */
const checkEither = (type: Type, types: readonly [Type, Type]): Check => {
  const first = alternative(types[0])
  const second = alternative(types[1])
  const expected = words(type)
  return (value) => {
    const kind = Array.isArray(value) ? "list" : value === null ? "null" : typeof value
    if (kind === first.fits) return first.check(value)
    if (kind === second.fits) return second.check(value)
    return flaw(expected, value)
  }
}

interface Alternative {
  readonly check: Check
  readonly fits: string
}

const alternative = (type: Type): Alternative => ({
  check: checkerOf(type),
  fits: typeof type === "string" ? type : typeof type === "object" && "list" in type ? "list" : "object"
})

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
    fields.set(name, {
      check: checkerOf(type),
      isString: type === "string",
      onNull: nullInField(struct, name, type),
      words: words(type)
    })
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
        else if (field.onNull === "list") put(value, key, null, [])
        else if (field.onNull === "record") put(value, key, null, {})
        else if (field.onNull === "refuse") flaws = flaw(field.words, null).at(key, flaws)
        continue
      }
      const checked = field.check(item)
      if (checked === item) continue
      if (checked instanceof Flaws) flaws = checked.at(key, flaws)
      else put(value, key, item, checked)
    }
    for (let i = 0; i < requiredCount; i++) {
      const name = required[i]!
      if (!isThere(value, name)) flaws = flaw(fields.get(name)?.words ?? "a value", undefined).at(name, flaws)
    }
    if (flaws !== undefined) return flaws
    return drops ? withoutNulls(value, fields) : value
  }
}

/** The object without its fields that are `null` and have to go. The others keep their order. */
const withoutNulls = (value: Fields, fields: ReadonlyMap<string, Field>): Fields => {
  const result: Fields = {}
  for (const key in value) {
    const item = value[key]
    if (item !== null || fields.get(key)?.onNull !== "drop") setKey(result, key, item)
  }
  return result
}

/** Whether an object has a field of its own: a struct may require one by the name of what every object inherits. */
const isThere = (value: Fields, name: string): boolean => value[name] !== undefined && Object.hasOwn(value, name)

/** One checker for each struct, made when a value of it first arrives: structs may refer to themselves. */
const structs = new WeakMap<Struct, Check>()

export const structCheck = (struct: Struct): Check => {
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
  return "merged" in type ? checkReference(type.merged) : checkEither(type, type.either)
}
