/**
 * The items and members of a value as elements of paths, and the sets of fields that a value holds.
 */
import { isObject, type JsonObject, own, setOwn } from "../json.js"
import { fieldElement, FieldSet, keyElement, valueElement } from "./fieldSet.js"
import { alternativeOf, deduced, type ListType, type MapType, type Type } from "./types.js"

/** Why an item of a list has no element; the text of a server. */
export class NoElement extends Error {}

/** The element of an item of a set, or of a map of items. */
export const itemElement = (list: ListType, item: unknown): string => {
  if (list.keys.length === 0) {
    if (item === null) throw new NoElement("associative list without keys has an element that's an explicit null")
    if (Array.isArray(item)) throw new NoElement("not supported: associative list with lists as elements")
    if (isObject(item)) throw new NoElement("associative list without keys has an element that's a map type")
    return valueElement(item)
  }
  if (item === null) throw new NoElement("associative list with keys may not have a null element")
  if (!isObject(item)) throw new NoElement("associative list with keys may not have non-map elements")
  const found: Array<readonly [string, unknown]> = []
  for (const key of list.keys) {
    const value = Object.hasOwn(item, key) ? item[key] : list.item.map?.defaultOf(key)
    if (value !== undefined) found.push([key, value])
  }
  if (found.length === 0) {
    const keys = `[${list.keys.map((key) => JSON.stringify(key)).join(" ")}]`
    throw new NoElement(
      `associative list with keys has an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`
    )
  }
  if (found.length > 1) found.sort(([a], [b]) => a < b ? -1 : 1)
  return keyElement(found)
}

/** The type of a member. What a schema does not know was let be, or is gone before anybody asks. */
export const memberType = (map: MapType, name: string): Type => map.field(name) ?? map.member ?? deduced

/** The items of a list by their elements, in order. Several items can have one element. */
export const itemsByElement = (list: ListType, items: ReadonlyArray<unknown>): Map<string, Array<unknown>> => {
  const found = new Map<string, Array<unknown>>()
  for (const item of items) {
    const element = itemElement(list, item)
    const there = found.get(element)
    if (there === undefined) found.set(element, [item])
    else there.push(item)
  }
  return found
}

/** Whether a value has parts that are owned one by one. */
export const hasParts = (value: unknown, type: Type): "list" | "map" | undefined => {
  const alternative = alternativeOf(type, value)
  if (alternative === "map" && isObject(value)) {
    return type.map!.atomic || Object.keys(value).length === 0 ? undefined : "map" // it is its alternative
  }
  if (alternative === "list" && Array.isArray(value)) {
    return type.list!.atomic || value.length === 0 ? undefined : "list"
  }
  return undefined
}

/** Inserts a value and all its parts. */
export const insertAll = (set: FieldSet, element: string, value: unknown, type: Type): void => {
  set.add(element)
  const parts = hasParts(value, type)
  if (parts !== undefined) insertParts(set.descend(element), value, type, parts)
}

const insertParts = (set: FieldSet, value: unknown, type: Type, parts = hasParts(value, type)): void => {
  if (parts === "map") {
    const map = type.map!
    const object = value as JsonObject // that is what its parts say
    for (const name of Object.keys(object)) insertAll(set, fieldElement(name), object[name], memberType(map, name))
  } else if (parts === "list") {
    const list = type.list!
    for (const [element, items] of itemsByElement(list, value as ReadonlyArray<unknown>)) {
      if (items.length > 1) set.add(element)
      else insertAll(set, element, items[0], list.item)
    }
  }
}

/** The fields that a configuration sets: its leaves, the items of its lists, the keys of its maps. */
export const fieldsOf = (value: unknown, type: Type): FieldSet => {
  const set = new FieldSet()
  insertFields(set, value, type)
  return set
}

/** Inserts the fields below a value. */
const insertFields = (set: FieldSet, value: unknown, type: Type): void => {
  const parts = hasParts(value, type)
  if (parts === "map") {
    const map = type.map!
    const object = value as JsonObject // that is what its parts say
    for (const name of Object.keys(object)) {
      const declared = map.field(name)
      insertField(set, fieldElement(name), object[name], declared ?? map.member ?? deduced, declared === undefined)
    }
  } else if (parts === "list") {
    const list = type.list!
    for (const [element, items] of itemsByElement(list, value as ReadonlyArray<unknown>)) {
      set.add(element)
      if (items.length === 1 && hasParts(items[0], list.item) !== undefined) {
        insertFields(set.descend(element), items[0], list.item)
      }
    }
  }
}

/** A declared field with parts is none itself, nor is an empty list whose items would be some. */
const insertField = (set: FieldSet, element: string, value: unknown, type: Type, isKey: boolean): void => {
  if (hasParts(value, type) !== undefined) {
    insertFields(set.descend(element), value, type)
    if (isKey) set.add(element)
  } else if (isKey || !Array.isArray(value) || value.length > 0 || type.list?.atomic === true) set.add(element)
}

/** A set with all the declared fields that lie above a member, since nobody owns those by name. */
export const withNamedFields = (set: FieldSet, type: Type | undefined): FieldSet => {
  const result = new FieldSet(new Set(set.members))
  for (const [element, below] of set.children) {
    const name = element[0] === "f" ? element.slice(2) : undefined
    const declared = name === undefined ? undefined : type?.map?.field(name)
    if (declared !== undefined) result.add(element)
    const belowType = name !== undefined
      ? declared ?? type?.map?.member
      : element[0] === "k"
      ? type?.list?.item
      : undefined
    result.attach(element, withNamedFields(below, belowType))
  }
  return result
}

/** Values without the parts that a set names. */
export const removeFields = (value: unknown, set: FieldSet, type: Type): unknown => {
  switch (alternativeOf(type, value)) {
    case "map": {
      const map = type.map!
      if (!isObject(value) || map.atomic) return null
      const left: JsonObject = {}
      let isEmpty = true
      for (const name of Object.keys(value)) {
        const element = fieldElement(name)
        if (set.members.has(element)) continue
        const below = set.children.get(element)
        const member = own(value, name)
        isEmpty = false
        setOwn(left, name, below === undefined ? member : removeFields(member, below, memberType(map, name)))
      }
      return isEmpty ? null : left
    }
    case "list": {
      const list = type.list!
      if (!Array.isArray(value) || list.atomic) return null
      const left: Array<unknown> = []
      for (const item of value) {
        const element = itemElement(list, item)
        if (set.members.has(element)) continue
        const below = set.children.get(element)
        left.push(below === undefined ? item : removeFields(item, below, list.item))
      }
      return left.length === 0 ? null : left
    }
    default:
      return value
  }
}
