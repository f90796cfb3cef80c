/** Patches made from two states of an object: a merge patch (RFC 7396) and a JSON patch (RFC 6902). */
import type { Operation } from "../Patch.js"
import { copy, equal, getKey, isObject, setKey } from "./json.js"
import type { JsonObject } from "./json.js"
import * as pointer from "./pointer.js"

/** What a merge patch says to get from `before` to `after`: changed keys, and `null` for those that are gone. */
export const diffMerge = (before: unknown, after: unknown): JsonObject => {
  const result: JsonObject = {}
  const [from, to] = [isObject(before) ? before : {}, isObject(after) ? after : {}]
  for (const key of Object.keys(from)) {
    if (from[key] !== undefined && (getKey(to, key) ?? null) === null) setKey(result, key, null)
  }
  for (const key of Object.keys(to)) {
    const value = to[key]
    if ((value ?? null) === null) continue
    const old = getKey(from, key)
    if (isObject(old) && isObject(value)) {
      const inner = diffMerge(old, value)
      if (Object.keys(inner).length > 0) setKey(result, key, inner)
    } else if (!equal(old, value)) {
      setKey(result, key, copy(value))
    }
  }
  return result
}

/**
 * The operations that turn `before` into `after`. Arrays are compared from both ends, so an element that came or went in the middle is one
 * operation.
 */
export const diffOperations = (before: unknown, after: unknown): ReadonlyArray<Operation> => {
  const operations: Array<Operation> = []

  const visitArrays = (from: ReadonlyArray<unknown>, to: ReadonlyArray<unknown>, path: string): void => {
    const shorter = Math.min(from.length, to.length)
    let start = 0
    while (start < shorter && equal(from[start], to[start])) start++
    let same = 0
    while (same < shorter - start && equal(from[from.length - 1 - same], to[to.length - 1 - same])) same++
    const [fromEnd, toEnd] = [from.length - same, to.length - same]
    const changed = Math.min(fromEnd, toEnd)
    for (let index = start; index < changed; index++) visit(from[index] ?? null, to[index] ?? null, `${path}/${index}`)
    for (let index = fromEnd - 1; index >= changed; index--) operations.push({ op: "remove", path: `${path}/${index}` })
    for (let index = changed; index < toEnd; index++) {
      operations.push({ op: "add", path: `${path}/${index}`, value: copy(to[index] ?? null) })
    }
  }

  const visit = (from: unknown, to: unknown, path: string): void => {
    if (Array.isArray(from) && Array.isArray(to)) {
      visitArrays(from, to, path)
    } else if (isObject(from) && isObject(to)) {
      for (const key of Object.keys(from)) {
        const step = `${path}/${pointer.escape(key)}`
        if (from[key] === undefined) continue
        if (getKey(to, key) === undefined) operations.push({ op: "remove", path: step })
        else visit(from[key], to[key], step)
      }
      for (const key of Object.keys(to)) {
        if (to[key] === undefined || getKey(from, key) !== undefined) continue
        operations.push({ op: "add", path: `${path}/${pointer.escape(key)}`, value: copy(to[key]) })
      }
    } else if (!equal(from, to)) {
      operations.push({ op: "replace", path, value: copy(to) })
    }
  }

  visit(before, after, "")
  return operations
}
