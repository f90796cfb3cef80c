/**
 * Merges a configuration into an object: what the configuration says counts, what it does not mention stays. Lists that
 * are sets or maps are merged item by item; the order is that of the configuration as far as it has the items.
 */
import { isObject, type JsonObject, setOwn } from "../json.js"
import { hasParts, itemElement, memberType } from "./elements.js"
import { alternativeOf, type ListType, type Type } from "./types.js"

/** The merged value; `undefined` is what is not there. */
export const merge = (object: unknown, configuration: unknown, type: Type): unknown => {
  if (configuration === undefined) return object
  if (object === undefined || object === null) return configuration
  switch (alternativeOf(type, configuration)) {
    case "map": {
      const parts = hasParts(object, type) === "map" || hasParts(configuration, type) === "map"
      if (!parts) return configuration
      const left = isObject(object) ? object : {}
      const right = isObject(configuration) ? configuration : {}
      const merged: JsonObject = { ...left }
      for (const name of Object.keys(right)) {
        const before = Object.hasOwn(left, name) ? left[name] : undefined
        setOwn(merged, name, merge(before, right[name], memberType(type.map!, name))) // "map" says that it has one
      }
      return merged
    }
    case "list": {
      const parts = hasParts(object, type) === "list" || hasParts(configuration, type) === "list"
      if (!parts) return configuration
      return mergeLists(
        Array.isArray(object) ? object : [],
        Array.isArray(configuration) ? configuration : [],
        type.list!
      )
    }
    default:
      return configuration
  }
}

const mergeLists = (
  left: ReadonlyArray<unknown>,
  right: ReadonlyArray<unknown>,
  list: ListType
): ReadonlyArray<unknown> => {
  const leftElements = left.map((item) => itemElement(list, item))
  const rightElements = right.map((item) => itemElement(list, item))
  const inLeft = new Map<string, unknown>()
  // Items that share an element are replaced, not merged.
  leftElements.forEach((element, at) => inLeft.set(element, inLeft.has(element) ? null : left[at]))
  const inRight = new Set(rightElements)
  /** What both have, in the order of the configuration. */
  const shared = rightElements.filter((element) => inLeft.has(element))
  const done = new Set<string>()
  const merged: Array<unknown> = []
  let next = 0
  let [l, r] = [0, 0]
  const takeRight = (): void => {
    const element = rightElements[r]!
    done.add(element)
    merged.push(merge(inLeft.get(element), right[r], list.item))
    if (shared[next] === element) next++
    r++
  }
  while (l < left.length || r < right.length) {
    const element = leftElements[l]
    if (element === undefined) takeRight()
    else if (r < right.length && element === rightElements[r]) {
      takeRight()
      l++
    } else if (!inRight.has(element)) merged.push(left[l++])
    // An item of both comes where the configuration has it.
    else if (r < right.length && next < shared.length && shared[next] !== element) l++
    else if (done.has(element)) {
      l++
      if (r < right.length) takeRight()
    } else takeRight()
  }
  return merged
}
