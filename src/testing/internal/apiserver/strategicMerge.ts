/**
 * Strategic merge patches of built-in kinds (S34): a patch that looks like a part of the object. Maps are merged, lists
 * are merged by their merge key or as sets where the kind's schema says so and replaced where it does not; directives
 * (`$patch`, `$retainKeys`, `$deleteFromPrimitiveList/…`, `$setElementOrder/…`) say what that cannot express.
 *
 * ```ts
 * import { kindSchema, resolve } from "./schemas.js"
 * import { strategicMerge } from "./strategicMerge.js"
 *
 * const pod = { spec: { containers: [{ name: "a", image: "one" }, { name: "b", image: "two" }] } }
 * const patch = { spec: { containers: [{ name: "b", image: "three" }] } }
 * strategicMerge(pod, patch, resolve(kindSchema("v1", "", "Pod"))) // container a as it was, b with its new image
 * ```
 */
import { goType } from "../structural/goType.js"
import { goPrint, goPrintText } from "./goFormat.js"
import { isObject, type JsonObject, own, setOwn } from "./json.js"
import { mergeOrder } from "./mergeOrder.js"
import { propertyOf, referenceOf, resolve, type Schema } from "./schemas.js"
import * as status from "./status.js"

const directive = "$patch"
const retainKeys = "$retainKeys"
const deleteFromList = "$deleteFromPrimitiveList"
const elementOrder = "$setElementOrder"

/** A schema and the name by which messages know it. */
interface Place {
  readonly schema: Schema | undefined
  readonly name: string
}

interface Field extends Place {
  readonly strategy: string
  readonly mergeKey: string
}

/** What the server cannot explain is a 500, but the few formats that it checks. */
const failed = (message: string): status.Refusal => status.internal(message)
const badFormat = (of: string): status.Refusal => status.badRequest(`invalid patch format of ${of}`)
const noMergeKey = (element: unknown, key: string): status.Refusal =>
  failed(`map: ${goPrint(element)} does not contain declared merge key: ${key}`)
const badType = (expected: string, found: unknown): status.Refusal =>
  failed(`expected a ${expected}, but received a ${goType(found)}`)

const isMember = (schema: Schema | undefined): boolean =>
  schema !== undefined && schema.properties === undefined && schema.additionalProperties !== undefined

/** The field of a struct; what is no field of a struct cannot be merged. */
const fieldOf = ({ name, schema }: Place, key: string): Field => {
  const property = propertyOf(schema, key)
  if (property === undefined) {
    throw failed(
      isMember(schema)
        ? "merging an object in json but data type is not struct, instead is: map"
        : `unable to find api field in struct ${name} for the json field ${JSON.stringify(key)}`
    )
  }
  const items = property.items as Schema | undefined // a schema of this form has no list of schemas there
  const below = items ?? property
  return {
    schema: resolve(below),
    name: referenceOf(below)?.split(".").at(-1) ?? "",
    strategy: (property["x-kubernetes-patch-strategy"] ?? "").split(",").find((each) => each !== "retainKeys") ?? "",
    mergeKey: property["x-kubernetes-patch-merge-key"] ?? ""
  }
}

/** The name that follows the slash of a directive. */
const directedKey = (key: string, prefix: string): string => {
  const slash = key.indexOf("/")
  if (slash !== prefix.length) throw badFormat(prefix === elementOrder ? "setElementOrder list" : "primitive list")
  return key.slice(slash + 1)
}

/** What a patch adds as it is: without the parts that carry a `$patch` directive. Nothing where it carries one itself. */
const withoutDirectives = (value: unknown): { readonly value: unknown } | undefined => {
  if (Array.isArray(value)) {
    return { value: value.map(withoutDirectives).flatMap((each) => each === undefined ? [] : [each.value]) }
  }
  if (!isObject(value)) return { value }
  if (Object.hasOwn(value, directive)) return undefined
  const kept: JsonObject = {}
  for (const [key, member] of Object.entries(value)) {
    const below = withoutDirectives(member)
    if (below !== undefined) setOwn(kept, key, below.value)
  }
  return { value: kept }
}

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  const kept: JsonObject = {}
  for (const [key, member] of Object.entries(value)) if (member !== null) setOwn(kept, key, withoutNulls(member))
  return kept
}

/** Sets a member to what a patch adds; the patch is quoted as it was added. */
const put = (target: JsonObject, key: string, patch: JsonObject, given: string): void => {
  const added = withoutNulls(patch[given])
  const kept = withoutDirectives(added)
  setOwn(patch, given, kept === undefined ? added : kept.value)
  if (kept === undefined) delete target[key]
  else setOwn(target, key, kept.value)
}

const retain = (original: JsonObject, patch: JsonObject): void => {
  if (!Object.hasOwn(patch, retainKeys)) return
  const keys = patch[retainKeys]
  delete patch[retainKeys]
  if (!Array.isArray(keys)) throw badFormat("retainKeys")
  const retained = new Set<unknown>(keys)
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith(deleteFromList) || key.startsWith(elementOrder)) continue
    if (!retained.has(key)) throw badFormat("retainKeys")
  }
  for (const key of Object.keys(original)) if (!retained.has(key)) delete original[key]
}

/** Maps and lists cannot be compared: a real server breaks off the connection. */
const comparable = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  throw failed(`runtime error: hash of unhashable type ${goType(value)}`)
}

/** The value by which an element is known: that of its merge key, or a scalar itself. */
const identity = (element: unknown, mergeKey: string): unknown => {
  if (mergeKey === "") return comparable(element)
  if (!isObject(element)) throw badType("map[string]interface {}", element)
  if (!Object.hasOwn(element, mergeKey)) throw noMergeKey(element, mergeKey)
  return comparable(element[mergeKey])
}

/** Whether two elements are known by the same value; what lacks the merge key is like nothing. */
const find = (list: ReadonlyArray<unknown>, mergeKey: string, value: unknown): number =>
  list.findIndex((element, at) => {
    if (!isObject(element)) throw failed(`value for key ${at} is not a map`)
    return Object.hasOwn(element, mergeKey) && element[mergeKey] === value
  })

/** Whether the elements of two lists are maps; they must be of one type. */
const holdsMaps = (original: ReadonlyArray<unknown>, patch: ReadonlyArray<unknown>): boolean => {
  const [first, ...others] = [...original, ...patch]
  if (first === undefined) throw failed("no elements in any of the given slices")
  if (Array.isArray(first)) throw status.refusal(422, undefined, "lists of lists are not supported", {})
  if (others.some((each) => goType(each) !== goType(first))) {
    throw failed(`list element types are not identical: ${goPrint([original, patch])}`)
  }
  return isObject(first)
}

const isDeletion = (element: unknown): boolean => isObject(element) && own(element, directive) === "delete"

/** The elements of a patch must come in the order that its `$setElementOrder` gives. */
const checkOrder = (patch: ReadonlyArray<unknown>, order: ReadonlyArray<unknown>, mergeKey: string): void => {
  if (patch.length === 0 || order.length === 0) return
  if (mergeKey !== "") {
    const foreign = patch.find((each) => !isObject(each))
    if (foreign !== undefined) throw badType("map[string]interface {}", foreign)
  }
  const kept = mergeKey === "" ? patch : patch.filter((each) => !isDeletion(each))
  let at = 0
  let ordered = 0
  while (at < kept.length && ordered < order.length) {
    const element = kept[at]
    if (isObject(element) && Object.hasOwn(element, directive)) at++
    else if (identity(element, mergeKey) === identity(order[ordered++], mergeKey)) at++
  }
  if (at < kept.length && ordered >= order.length) {
    throw failed(
      `The order in patch list:\n${goPrint(patch)}\n doesn't match ${elementOrder} list:\n${goPrint(order)}\n`
    )
  }
}

/** Puts what the order names into that order, and what only the server has between it as it was. */
const arranged = (
  merged: ReadonlyArray<unknown>,
  order: ReadonlyArray<unknown>,
  serverOrder: ReadonlyArray<unknown>,
  mergeKey: string
): Array<unknown> => {
  const known = mergeKey === ""
    ? (element: unknown) => order.includes(comparable(element))
    : (element: unknown) => find(order, mergeKey, identity(element, mergeKey)) >= 0
  const named: Array<unknown> = []
  const others: Array<unknown> = []
  for (const element of merged) (known(element) ? named : others).push(element)
  if (mergeKey !== "") { for (const element of [...named, ...order, ...serverOrder]) identity(element, mergeKey) }
  return mergeOrder(named, others, order, serverOrder, (element) => identity(element, mergeKey))
}

/**
 * Applies the directives among the elements of a list: deletes what they say, or replaces all by what is left of the
 * patch. Deleting moves the rest of the list up in its place, as it does in the server: what then stands after the first
 * `length` elements still counts as the order of before.
 */
const directed = (
  original: Array<unknown>,
  patch: ReadonlyArray<unknown>,
  mergeKey: string
): { readonly length: number; readonly replaces: boolean; readonly patch: ReadonlyArray<unknown> } => {
  let { length } = original
  let replaces = false
  const plain: Array<unknown> = []
  for (const element of patch) {
    if (!isObject(element) || !Object.hasOwn(element, directive)) {
      plain.push(element)
      continue
    }
    switch (element[directive]) {
      case "delete": {
        const value = identity(element, mergeKey)
        for (;;) {
          const at = find(original.slice(0, length), mergeKey, value)
          if (at < 0) break
          original.copyWithin(at, at + 1, length)
          length--
        }
        break
      }
      case "replace":
        replaces = true
        break
      case "merge":
        throw failed("merging lists cannot yet be specified in the patch")
      default:
        throw failed(`unknown patch type: ${goPrintText(element[directive])} in map: ${goPrint(element)}`)
    }
  }
  return { length, replaces, patch: plain }
}

/** Merges a patch into a list, which is changed as `directed` says. */
const mergeList = (
  original: Array<unknown>,
  patch: ReadonlyArray<unknown>,
  field: Field,
  deletes: boolean
): ReadonlyArray<unknown> => {
  if (original.length === 0 && patch.length === 0) return original
  const { mergeKey } = field
  if (!holdsMaps(original, patch)) {
    if (deletes) return original.filter((each) => !patch.includes(each))
    return arranged([...new Set([...original, ...patch])], patch, original, mergeKey)
  }
  if (mergeKey === "") throw failed("cannot merge lists without merge key for struct")
  const { length, patch: plain, replaces } = directed(original, patch, mergeKey)
  if (replaces) return arranged(plain, [], plain, mergeKey)
  const kept = original.slice(0, length)
  const merged = [...kept]
  for (const element of plain) {
    const at = find(merged, mergeKey, identity(element, mergeKey))
    // Both are maps: the lists have one type of elements.
    if (at >= 0) merged[at] = mergeMap({ ...merged[at] as JsonObject }, element as JsonObject, field)
    else {
      // New elements take the places that deleted ones have left.
      if (merged.length < original.length) original[merged.length] = element
      merged.push(element)
    }
  }
  return arranged(merged, plain, kept, mergeKey)
}

/** Applies the patches of lists whose order the patch gives, and takes them out of the patch. */
const mergeOrdered = (original: JsonObject, patch: JsonObject, place: Place): void => {
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(elementOrder)) continue
    delete patch[key]
    if (!Array.isArray(order)) throw badType("[]interface {}", order)
    const listKey = directedKey(key, elementOrder)
    const before = own(original, listKey)
    const change = own(patch, listKey)
    if (before !== undefined && !Array.isArray(before)) throw badType("[]interface {}", before)
    if (change !== undefined && !Array.isArray(change)) throw badType("[]interface {}", change)
    const field = fieldOf(place, listKey)
    checkOrder(change ?? [], order, field.mergeKey)
    const list = [...before ?? []]
    let merged: ReadonlyArray<unknown>
    if (before === undefined) {
      if (change === undefined) continue
      merged = change.map(withoutDirectives).flatMap((each) => each === undefined ? [] : [each.value])
    } else if (change === undefined) merged = before
    else merged = field.strategy === "merge" ? mergeList(list, change, field, false) : change
    holdsMaps(list, change ?? [])
    setOwn(original, listKey, arranged(merged, order, list, field.mergeKey))
    delete patch[listKey]
  }
}

/** Merges a patch into an object; both are changed. */
const mergeMap = (original: JsonObject, patch: JsonObject, place: Place): JsonObject => {
  if (Object.hasOwn(patch, directive)) {
    const { [directive]: word, ...rest } = patch
    if (word === "delete") return {}
    if (word === "replace") {
      delete patch[directive]
      return rest
    }
    throw failed(`unknown patch type: ${goPrintText(word)} in map: ${goPrint(patch)}`)
  }
  retain(original, patch)
  mergeOrdered(original, patch, place)
  for (const [given, change] of Object.entries(patch)) {
    const deletes = given.startsWith(deleteFromList)
    const key = deletes ? directedKey(given, deleteFromList) : given
    if (change === null) {
      delete original[key]
      continue
    }
    const before = own(original, key)
    if (before === undefined || goType(before) !== goType(change)) {
      if (!deletes) put(original, key, patch, given)
    } else if (Array.isArray(before) && Array.isArray(change)) {
      const field = fieldOf(place, key)
      setOwn(
        original,
        key,
        field.strategy === "merge" || deletes ? mergeList([...before], change, field, deletes) : change
      )
    } else if (isObject(before) && isObject(change)) {
      const field = fieldOf(place, key)
      setOwn(original, key, field.strategy === "replace" ? change : mergeMap({ ...before }, change, field))
    } else put(original, key, patch, given)
  }
  return original
}

/**
 * An object after a patch of it. The patch loses the directives that were carried out: so messages quote it. Throws a
 * Refusal where it cannot be applied.
 */
export const strategicMerge = (object: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject =>
  mergeMap({ ...object }, patch, { schema, name: "" })
