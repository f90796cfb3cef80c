/**
 * What one value changed of another: the fields that it added, those that it gave another value, and those that it left
 * out. Lists and maps are compared by their elements, whole ones as one value.
 */
import { equal, type JsonObject, objectOf } from "../json.js"
import { hasParts, insertAll, itemsByElement, memberType } from "./elements.js"
import { emptySet, fieldElement, FieldSet, type Filter } from "./fieldSet.js"
import { alternativeOf, type ListType, type MapType, type Type } from "./types.js"

export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

export const filtered = (comparison: Comparison, filter: Filter | undefined): Comparison =>
  filter === undefined
    ? comparison
    : {
      added: filter(comparison.added),
      modified: filter(comparison.modified),
      removed: filter(comparison.removed)
    }

/** Compares two objects. */
export const compare = (before: unknown, after: unknown, type: Type): Comparison => {
  if (before === after) return { added: emptySet, modified: emptySet, removed: emptySet }
  const root = new Place(undefined, "")
  compareAt(root, before, after, type)
  return { added: root.added, modified: root.modified, removed: root.removed }
}

/** A place in both values, whose sets are made when something is found there. */
class Place {
  #added: FieldSet | undefined
  #modified: FieldSet | undefined
  #removed: FieldSet | undefined
  constructor(readonly parent: Place | undefined, readonly element: string) {}
  get added(): FieldSet {
    return this.#added ??= this.parent?.added.descend(this.element) ?? new FieldSet()
  }
  get modified(): FieldSet {
    return this.#modified ??= this.parent?.modified.descend(this.element) ?? new FieldSet()
  }
  get removed(): FieldSet {
    return this.#removed ??= this.parent?.removed.descend(this.element) ?? new FieldSet()
  }
}

/** Compares what stands below a place; `undefined` is what is not there. */
const compareBelow = (place: Place, element: string, before: unknown, after: unknown, type: Type): void => {
  if (before === after) return
  if (before === undefined) insertAll(place.added, element, after, type)
  else if (after === undefined) insertAll(place.removed, element, before, type)
  else {
    const below = new Place(place, element)
    if (compareAt(below, before, after, type)) place.modified.add(element)
  }
}

/** Compares two values that are both there. Answers whether they are two different values of one field. */
const compareAt = (place: Place, before: unknown, after: unknown, type: Type): boolean => {
  const left = alternativeOf(type, before)
  const right = alternativeOf(type, after)
  if (left === right) return compareAs(place, left, before, after, type)
  // As what it was it is compared with nothing, as what it is likewise.
  const was = compareAs(place, left, before, after, type)
  const is = compareAs(place, right, before, after, type)
  return was || is
}

const compareAs = (
  place: Place,
  alternative: "scalar" | "list" | "map" | undefined,
  before: unknown,
  after: unknown,
  type: Type
): boolean => {
  if (alternative === "map" && (hasParts(before, type) === "map" || hasParts(after, type) === "map")) {
    compareMaps(place, objectOf(before), objectOf(after), type.map!)
    return false
  }
  if (alternative === "list" && (hasParts(before, type) === "list" || hasParts(after, type) === "list")) {
    compareLists(place, listOf(before), listOf(after), type.list!)
    return false
  }
  return !equal(before, after)
}
const listOf = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

const compareMaps = (place: Place, before: JsonObject, after: JsonObject, map: MapType): void => {
  for (const name of Object.keys(before)) {
    const now = Object.hasOwn(after, name) ? after[name] : undefined
    if (before[name] !== now) compareBelow(place, fieldElement(name), before[name], now, memberType(map, name))
  }
  for (const name of Object.keys(after)) {
    if (!Object.hasOwn(before, name)) {
      compareBelow(place, fieldElement(name), undefined, after[name], memberType(map, name))
    }
  }
}

const compareLists = (
  place: Place,
  before: ReadonlyArray<unknown>,
  after: ReadonlyArray<unknown>,
  list: ListType
): void => {
  if (before.length === after.length && equal(before, after)) return
  const left = itemsByElement(list, before)
  const right = itemsByElement(list, after)
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const was = left.get(element) ?? []
    const is = right.get(element) ?? []
    if (was.length < 2 && is.length < 2) compareBelow(place, element, was[0], is[0], list.item)
    // Items that share an element are one value together.
    else if (was.length > 1 && is.length > 1) { if (!equal(was, is)) place.modified.add(element) }
    else if (was.length > 1) {
      if (is.length > 0) compareBelow(place, element, undefined, is[0], list.item)
      place.removed.add(element)
    } else {
      if (was.length > 0) compareBelow(place, element, was[0], undefined, list.item)
      place.added.add(element)
    }
  }
}
