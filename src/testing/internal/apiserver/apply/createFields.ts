/**
 * The fields of a new object, written straight as `fieldsV1`: what nobody had before needs no sets to be compared. The
 * result is that of `compare` with an empty object of the kind; it is on the way of every create, hence on its own.
 */
import { equal, isObject, type JsonObject, setOwn } from "../json.js"
import { hasParts, itemsByElement, memberType } from "./elements.js"
import type { Path } from "./fieldSet.js"
import { sortedElements } from "./fieldSet.js"
import { leaf } from "./fieldsV1.js"
import type { Type } from "./types.js"

/** The fields of a new object but for those that nobody owns, or that its creation resets; nothing if there are none. */
export const fieldsOfNew = (
  body: JsonObject,
  empty: JsonObject,
  type: Type,
  unowned: ReadonlyArray<Path>
): JsonObject | undefined => {
  const own: JsonObject = { metadata: {} }
  for (const name of Object.keys(body)) {
    const paths = unowned.filter(([first]) => first === `f:${name}`)
    if (name !== "metadata" && paths.some(({ length }) => length === 1)) continue
    setOwn(own, name, paths.length === 0 ? body[name] : withoutMembers(body[name], paths))
  }
  return changed({ ...empty, metadata: {} }, own, type)
}

/** What is left of a value without the members that the second parts of paths name. */
const withoutMembers = (value: unknown, paths: ReadonlyArray<Path>): unknown => {
  if (!isObject(value)) return value
  const rest: JsonObject = {}
  for (const name of Object.keys(value)) {
    if (!paths.some(([, second]) => second === `f:${name}`)) setOwn(rest, name, value[name])
  }
  return rest
}

/** What is new or different of a value that was there; nothing where nothing is. */
const changed = (before: unknown, after: unknown, type: Type): JsonObject | undefined => {
  const parts = hasParts(after, type)
  if (parts === "map") {
    const fields: JsonObject = {}
    let isEmpty = true
    const was = isObject(before) ? before : {}
    const object = after as JsonObject // that is what its parts say
    for (const name of Object.keys(object).sort()) {
      const below = memberType(type.map!, name)
      const value = Object.hasOwn(was, name) ? changed(was[name], object[name], below) : whole(object[name], below)
      if (value === undefined) continue
      isEmpty = false
      fields[`f:${name}`] = value
    }
    return isEmpty ? undefined : fields
  }
  // No object of a kind is created with items.
  if (parts === "list") {
    const fields: JsonObject = {}
    writeItems(fields, after, type)
    return fields
  }
  return equal(before, after) ? undefined : leaf
}

/** A value of which nothing was there. */
const whole = (value: unknown, type: Type): JsonObject => {
  const parts = hasParts(value, type)
  if (parts === undefined) return leaf
  const fields: JsonObject = { ".": leaf }
  if (parts === "list") writeItems(fields, value, type)
  else {
    const object = value as JsonObject // that is what its parts say
    for (const name of Object.keys(object).sort()) {
      fields[`f:${name}`] = whole(object[name], memberType(type.map!, name))
    }
  }
  return fields
}

const writeItems = (fields: JsonObject, value: unknown, type: Type): void => {
  const list = type.list!
  const items = itemsByElement(list, value as ReadonlyArray<unknown>) // that is what its parts say
  for (const element of sortedElements(items.keys())) {
    const found = items.get(element)!
    fields[element] = found.length > 1 ? leaf : whole(found[0], list.item)
  }
}
