/**
 * What of an object a set of fields names, as `fieldsV1` of managedFields tells of it: `f:name` is a field or a key of a
 * map, `k:{"name":"a"}` an item of a list by its keys, `v:"a"` an item of a set, `i:0` an item by its index; `.` the
 * value itself.
 *
 * A leaf is a whole value, or an object or list that was empty when it was written, of which others may own parts now.
 * The descriptor of a built-in kind tells which; of other kinds it is what no other manager owns a part of that is whole.
 *
 * Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { type Fields, isFields } from "./actual.js"
import type { Struct, Type } from "./descriptor.js"
import { equal } from "./json.js"

/** Whether others own a part of the value at this place: their sets of fields, each from here on. */
type Others = ReadonlyArray<Fields>

const isLeaf = (fields: Fields): boolean => Object.keys(fields).every((key) => key === ".")

/** The value that is owned; undefined where the object no longer has it. */
export const ownedFields = (value: unknown, owned: Fields, type: Type | undefined, others: Others): unknown =>
  isLeaf(owned)
    ? leaf(value, type, others)
    : Array.isArray(value)
    ? items(value, owned, type, others)
    : isFields(value)
    ? members(value, owned, type, others)
    : value

/** What others say of a part. */
const below = (others: Others, element: string): Others =>
  others.flatMap((fields) => isFields(fields[element]) ? [fields[element]] : [])

// ------------------------------------------------------------------------------------------------ types

/** What a type is made of; of two that a value may be, the one that it is. */
const resolved = (type: Type | undefined, value: unknown): Exclude<Type, () => Struct> | Struct | undefined => {
  if (type === undefined || typeof type === "string") return type
  if (typeof type === "function") return type()
  if ("merged" in type) return type.granular === true ? { fields: type.merged().fields } : type.merged()
  if ("either" in type) {
    return resolved(type.either.find((one) => Array.isArray(value) === isList(one)), value)
  }
  return type
}

const isList = (type: Type): boolean => typeof type === "object" && "list" in type

/** Whether a value with this type is owned as a whole; undefined where nothing is known of it. */
const isAtomic = (type: Type | undefined, value: unknown): boolean | undefined => {
  const known = resolved(type, value)
  if (known === undefined) return undefined
  if (typeof known === "string") return true
  if ("list" in known) return known.keys === undefined && known.set === undefined
  return "atomic" in known && known.atomic === true
}

const memberType = (type: Type | undefined, name: string, value: unknown): Type | undefined => {
  const known = resolved(type, value)
  if (known === undefined || typeof known === "string") return undefined
  if ("record" in known) return known.record
  return "fields" in known && Object.hasOwn(known.fields, name) ? known.fields[name] : undefined
}

const itemType = (type: Type | undefined, value: unknown): Type | undefined => {
  const known = resolved(type, value)
  return known !== undefined && typeof known === "object" && "list" in known ? known.list : undefined
}

// ------------------------------------------------------------------------------------------------ values

const leaf = (value: unknown, type: Type | undefined, others: Others): unknown => {
  if (typeof value !== "object" || value === null) return value
  const atomic = isAtomic(type, value) ?? others.every(isLeaf)
  return atomic ? value : Array.isArray(value) ? [] : {}
}

/** Nothing where none of the parts that are owned is there any more. */
const members = (value: Fields, owned: Fields, type: Type | undefined, others: Others): Fields | undefined => {
  const found: Array<readonly [string, unknown]> = []
  for (const [name, member] of Object.entries(value)) {
    const element = `f:${name}`
    const fields = Object.hasOwn(owned, element) ? owned[element] : undefined
    if (isFields(fields)) {
      const part = ownedFields(member, fields, memberType(type, name, value), below(others, element))
      if (part !== undefined) found.push([name, part])
    }
  }
  if (found.length === 0) return undefined
  // Whatever a field is called, it becomes one.
  return Object.fromEntries(found)
}

const items = (
  value: ReadonlyArray<unknown>,
  owned: Fields,
  type: Type | undefined,
  others: Others
): ReadonlyArray<unknown> | undefined => {
  const elements = Object.entries(owned).flatMap(([element, fields]) =>
    element !== "." && isFields(fields) ? [{ element, fields, names: namer(element) }] : []
  )
  const of = itemType(type, value)
  const found = value.flatMap((item, index) => {
    const named = elements.find(({ names }) => names(item, index))
    return named === undefined ? [] : [ownedItem(item, named.element, named.fields, of, below(others, named.element))]
  })
  return found.length === 0 ? undefined : found
}

const keysOf = (element: string): Fields => {
  const keys = element.startsWith("k:") ? json(element.slice(2)) : undefined
  return isFields(keys) ? keys : {}
}

/** An item is what it is by its keys. One of them may be a default that its owner did not write. */
const ownedItem = (item: unknown, element: string, fields: Fields, type: Type | undefined, others: Others): unknown => {
  const part = ownedFields(item, fields, type, others)
  const keys = keysOf(element)
  if (part === undefined) return keys
  return isFields(part) && !Object.keys(keys).some((key) => Object.hasOwn(part, key)) ? { ...keys, ...part } : part
}

/** Which items an element names. */
const namer = (element: string): (item: unknown, index: number) => boolean => {
  switch (element.slice(0, 2)) {
    case "k:": {
      const keys = Object.entries(keysOf(element))
      return (item) => keys.length > 0 && isFields(item) && keys.every(([key, value]) => equal(item[key], value))
    }
    case "v:": {
      const value = json(element.slice(2))
      return (item) => equal(item, value)
    }
    case "i:":
      return (_, index) => index === Number(element.slice(2))
    default:
      return () => false
  }
}

const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
