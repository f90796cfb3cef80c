/**
 * Sets of fields as JSON: what stands in `metadata.managedFields[].fieldsV1`. A node that belongs to the set and has
 * others below it holds `"."`; one without anything below is `{}`.
 */
import { isObject, type JsonObject, setOwn } from "../json.js"
import { elementJson, FieldSet, keyElement, sortedElements } from "./fieldSet.js"

const decoded = new WeakMap<JsonObject, FieldSet>()
/** What a change leaves as it was is not written again; once as what is a member itself, once as what is none. */
const encoded = new WeakMap<FieldSet, JsonObject>()
const encodedMembers = new WeakMap<FieldSet, JsonObject>()

/** A member without anything below it. */
export const leaf: JsonObject = Object.freeze({})

const written = new WeakSet<JsonObject>()

/** Notes that a server wrote these: as they stand they are what it would write again. */
export const asWritten = (fields: JsonObject): JsonObject => {
  written.add(fields)
  return fields
}

/** What cannot be read: the client's managedFields are then as if it had sent none. */
export class NotFieldsV1 extends Error {}

/** A set from its JSON. An element of a kind that nobody knows is left out. */
export const decodeFieldsV1 = (fields: unknown): FieldSet => {
  if (fields === undefined || fields === null) return new FieldSet()
  if (!isObject(fields)) throw new NotFieldsV1()
  const known = decoded.get(fields)
  if (known !== undefined) return known
  const set = read(fields, written.has(fields)).set
  decoded.set(fields, set)
  return set
}

const read = (
  fields: JsonObject,
  isWritten: boolean
): { readonly set: FieldSet; readonly isMember: boolean } => {
  const set = new FieldSet()
  let isMember = false
  let isLeaf = true
  for (const [key, value] of Object.entries(fields)) {
    if (key === ".") {
      isMember = true
      continue
    }
    const element = canonical(key)
    if (element === undefined) continue
    if (!isObject(value)) throw new NotFieldsV1()
    isLeaf = false
    const below = read(value, isWritten)
    if (below.isMember) set.add(element)
    set.attach(element, below.set)
    if (isWritten) (below.isMember ? encodedMembers : encoded).set(below.set, value)
  }
  return { set, isMember: isMember || isLeaf }
}

/** An element as this server writes it; nothing for an unknown kind. */
const canonical = (key: string): string | undefined => {
  if (key.length < 2 || key[1] !== ":") throw new NotFieldsV1()
  switch (key[0]) {
    case "f":
      return key
    case "k": {
      const keys = json(key.slice(2))
      if (!isObject(keys)) throw new NotFieldsV1()
      return keyElement(Object.entries(keys).sort(([a], [b]) => a < b ? -1 : 1))
    }
    case "v":
      return `v:${elementJson(json(key.slice(2)))}`
    case "i":
      if (!/^[-+]?[0-9]+$/.test(key.slice(2))) throw new NotFieldsV1()
      return key
    default:
      return undefined
  }
}

const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new NotFieldsV1()
  }
}

/** The JSON of a set. */
export const encodeFieldsV1 = (set: FieldSet): JsonObject => {
  const fields = write(set, false)
  decoded.set(fields, set)
  return asWritten(fields)
}

const write = (set: FieldSet, isMember: boolean): JsonObject => {
  const cache = isMember ? encodedMembers : encoded
  const known = cache.get(set)
  if (known !== undefined) return known
  const fields: JsonObject = {}
  cache.set(set, fields)
  const { children, members } = set
  if (isMember && (members.size > 0 || children.size > 0)) fields["."] = leaf
  const elements = [...members]
  for (const element of children.keys()) if (!members.has(element)) elements.push(element)
  for (const element of sortedElements(elements)) {
    const below = children.get(element)
    // An element always has a prefix, so that a plain assignment cannot meet `__proto__`.
    if (below === undefined) fields[element] = leaf
    else setOwn(fields, element, write(below, members.has(element)))
  }
  return fields
}
