/**
 * Sets of fields that were written under an older schema: where a list or map has become one whole since, its manager
 * owns the whole instead of its parts.
 */
import { FieldSet } from "./fieldSet.js"
import type { Type } from "./types.js"

const done = new WeakMap<FieldSet, Type>()

/** The set in terms of today's type; the very same one where nothing has changed. */
export const reconcile = (set: FieldSet, type: Type): FieldSet => {
  if (done.get(set) === type) return set
  const result = reconcileBelow(set, type)
  done.set(result, type)
  return result
}

const reconcileBelow = (set: FieldSet, type: Type | undefined): FieldSet => {
  if (type === undefined || set.children.size === 0) return set
  const members = new Set(set.members)
  const children = new Map<string, FieldSet>()
  let changed = false
  for (const [element, below] of set.children) {
    const belowType = element[0] === "f"
      ? type.map?.field(element.slice(2)) ?? type.map?.member
      : element[0] === "k" || element[0] === "v"
      ? type.list?.item
      : undefined
    if (isWhole(belowType)) {
      members.add(element)
      changed = true
      continue
    }
    const reconciled = reconcileBelow(below, belowType)
    if (reconciled !== below) changed = true
    children.set(element, reconciled)
  }
  return changed ? new FieldSet(members, children) : set
}

/** A type of one kind that is owned as one value. What may be anything is left as it is. */
const isWhole = (type: Type | undefined): boolean =>
  type !== undefined && type.scalar === undefined &&
  (type.map !== undefined ? type.map.atomic : type.list?.atomic === true)
