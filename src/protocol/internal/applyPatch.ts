/**
 * Applies JSON patches (RFC 6902) and merge patches (RFC 7396) the way kube-apiserver does, where it differs from the RFCs too. The input is
 * never changed. Tested against answers of the server's own implementation.
 */
import * as Either from "effect/Either"
import { copy, equal, getKey, isDeeper, isObject, setKey } from "./json.js"
import type { JsonObject } from "./json.js"
import { PatchFailure } from "./patchFailure.js"
import type { PatchFailureReason } from "./patchFailure.js"
import * as pointer from "./pointer.js"

const maxOperations = 10_000
/** The server's bound on what all `copy` operations of a patch may add, in bytes of JSON. */
const maxCopied = 3 * 1024 * 1024
/** The server takes documents ten times as deep; no kind comes near. */
const maxDepth = 1_000

/** Stops a patch from inside its helpers; never leaves this module. */
class Refusal {
  constructor(readonly reason: PatchFailureReason, readonly path: string, readonly description: string) {}
}

type Container = JsonObject | Array<unknown>

const integer = /^[+-]?[0-9]+$/

/** The index that a step names. Counted from the end when negative, which RFC 6902 does not have and the server takes. */
const indexOf = (step: string, length: number, path: string): number => {
  const index = integer.test(step) ? Number(step) : Number.NaN
  const found = index < 0 ? index + length : index
  if (!(found >= 0 && found < length)) {
    throw new Refusal("InvalidIndex", path, `${JSON.stringify(step)} is not an index of an array of ${length}`)
  }
  return found
}

const isContainer = (value: unknown): value is Container => typeof value === "object" && value !== null

const read = (container: Container, step: string, path: string): unknown =>
  Array.isArray(container) ? container[indexOf(step, container.length, path)] : getKey(container, step)

/** What holds the value that a pointer leads to, and its step there. */
const locate = (document: Container, path: string): readonly [Container, string] => {
  const steps = pointer.parse(path)
  const last = steps.at(-1)
  if (last === undefined) throw new Refusal("MissingPath", path, "the path leads to nothing inside the document")
  let container = document
  for (const step of steps.slice(0, -1)) {
    const next = Array.isArray(container) && !isIndex(step, container.length) ? undefined : read(container, step, path)
    if (!isContainer(next)) {
      throw new Refusal("MissingPath", path, `${JSON.stringify(step)} is neither an object nor an array there`)
    }
    container = next
  }
  return [container, last]
}

const isIndex = (step: string, length: number): boolean =>
  integer.test(step) && Number(step) >= -length && Number(step) < length

const add = (document: Container, path: string, value: unknown): void => {
  const [container, step] = locate(document, path)
  if (!Array.isArray(container)) setKey(container, step, value)
  else if (step === "-") container.push(value)
  else container.splice(indexOf(step, container.length + 1, path), 0, value)
}

const remove = (document: Container, path: string): void => {
  const [container, step] = locate(document, path)
  if (Array.isArray(container)) container.splice(indexOf(step, container.length, path), 1)
  else if (Object.hasOwn(container, step)) delete container[step]
  else throw new Refusal("MissingPath", path, "there is nothing to remove")
}

/** Sets a key whether it was there or not: the server's `replace` does not ask for it. */
const replace = (document: Container, path: string, value: unknown): Container => {
  if (path === "") {
    if (!isContainer(value)) {
      throw new Refusal("InvalidOperation", path, "the whole document can be replaced by an object or an array only")
    }
    return value
  }
  const [container, step] = locate(document, path)
  if (Array.isArray(container)) container[indexOf(step, container.length, path)] = value
  else setKey(container, step, value)
  return document
}

/** An absent key is equal to `null`, as on the server. */
const test = (document: Container, path: string, expected: unknown): void => {
  let actual: unknown = document
  if (path !== "") {
    const [container, step] = locate(document, path)
    actual = read(container, step, path)
  }
  if (!equal(actual ?? null, expected)) throw new Refusal("TestFailed", path, "another value is there")
}

const moved = (document: Container, from: string): unknown => {
  const [container, step] = locate(document, from)
  const value = read(container, step, from)
  remove(document, from)
  return value ?? null
}

/** An absent key is copied as `null`, as on the server. */
const copied = (document: Container, from: string): unknown => {
  const [container, step] = locate(document, from)
  return copy(read(container, step, from) ?? null)
}

const tooDeep = (document: unknown, patch: unknown): boolean =>
  isDeeper(document, maxDepth) || isDeeper(patch, maxDepth)

const malformed = (description: string, index?: number): Either.Either<never, PatchFailure> =>
  Either.left(new PatchFailure({ reason: "Malformed", index, description }))

/**
 * Applies a JSON patch to a document, which is an object or an array.
 *
 * What the server does and RFC 6902 does not say, or says otherwise: `replace` of an absent key sets it; `test` of `null` holds for an absent
 * key; `copy` of an absent key sets `null`; a negative index counts from the end; nothing can be added to, removed from or copied from the
 * path `""`; a missing `value` is `null`.
 */
export const applyJson = (document: unknown, operations: unknown): Either.Either<unknown, PatchFailure> => {
  if (operations !== null && !Array.isArray(operations)) return malformed("expected a list of operations")
  const list: ReadonlyArray<unknown> = operations ?? []
  if (list.length > maxOperations) {
    const description = `expected at most ${maxOperations} operations, found ${list.length}`
    return Either.left(new PatchFailure({ reason: "TooManyOperations", description }))
  }
  for (const [index, operation] of list.entries()) {
    if (operation !== null && !isObject(operation)) return malformed("expected an object", index)
    for (const field of ["op", "path", "from"]) {
      const value = operation === null ? null : getKey(operation, field) ?? null
      if (value !== null && typeof value !== "string") return malformed(`${field}: expected a string`, index)
    }
  }
  if (tooDeep(document, operations)) return malformed(`expected at most ${maxDepth} levels of nesting`)
  const own = copy(document)
  if (!isContainer(own)) return malformed("expected a document that is an object or an array")
  let current: Container = own
  let copiedBytes = 0
  for (const [index, fields] of list.entries()) {
    const operation = (fields ?? {}) as JsonObject // seen above to be null or an object
    const op = getKey(operation, "op")
    const text = (field: "path" | "from"): string => {
      const value = getKey(operation, field)
      if (typeof value === "string") return value
      throw new Refusal("InvalidOperation", "", `${field}: expected a JSON pointer, found nothing`)
    }
    const value = (): unknown => copy(getKey(operation, "value") ?? null)
    try {
      switch (op) {
        case "add":
          add(current, text("path"), value())
          break
        case "remove":
          remove(current, text("path"))
          break
        case "replace":
          current = replace(current, text("path"), value())
          break
        case "test":
          test(current, text("path"), value())
          break
        case "move": {
          const found = moved(current, text("from"))
          add(current, text("path"), found)
          break
        }
        case "copy": {
          const found = copied(current, text("from"))
          copiedBytes += JSON.stringify(found).length
          if (copiedBytes > maxCopied) {
            const description = `expected copies of at most ${maxCopied} bytes of JSON in all`
            throw new Refusal("CopiesTooLarge", text("path"), description)
          }
          add(current, text("path"), found)
          break
        }
        default:
          throw new Refusal("InvalidOperation", "", "op: expected add, remove, replace, move, copy or test")
      }
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
      const { description, path, reason } = refusal
      return Either.left(
        new PatchFailure({ reason, index, operation: typeof op === "string" ? op : undefined, path, description })
      )
    }
  }
  return Either.right(current)
}

/** A new value without the keys that are `null`, in arrays too. A `null` that is an array's element stays. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item))
  if (!isObject(value)) return value
  const result: JsonObject = {}
  for (const key of Object.keys(value)) {
    if (value[key] != null) setKey(result, key, withoutNulls(value[key]))
  }
  return result
}

const merged = (document: JsonObject, patch: JsonObject): JsonObject => {
  const result: JsonObject = {}
  for (const key of Object.keys(document)) {
    if (!Object.hasOwn(patch, key)) setKey(result, key, copy(document[key]))
    else if (patch[key] === undefined) setKey(result, key, copy(document[key]))
    else if (patch[key] !== null) setKey(result, key, mergedValue(document[key], patch[key]))
  }
  for (const key of Object.keys(patch)) {
    if (patch[key] != null && !Object.hasOwn(document, key)) setKey(result, key, withoutNulls(patch[key]))
  }
  return result
}

/** Where an object is replaced by something else, the server keeps the nulls inside; everywhere else it drops them. */
const mergedValue = (value: unknown, patch: unknown): unknown =>
  !isObject(value) ? withoutNulls(patch) : isObject(patch) ? merged(value, patch) : copy(patch)

/**
 * Applies a merge patch to a document. Unlike RFC 7396, the server drops keys that are `null` inside of arrays too, and takes nothing but an
 * object for a patch.
 */
export const applyMerge = (document: unknown, patch: unknown): Either.Either<unknown, PatchFailure> =>
  !isObject(patch)
    ? malformed("expected an object of what is to change")
    : tooDeep(document, patch)
    ? malformed(`expected at most ${maxDepth} levels of nesting`)
    : Either.right(mergedValue(document, patch))
