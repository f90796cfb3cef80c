/** Functions of lists, and of lists as sets. */
import { type CostRule, type Guess, type Overload, overload, walk } from "../functions.js"
import { durationOf } from "../time.js"
import { compare, Duration, Entries, equal, fail, ListValue, type MapValue, Unsigned, type Value } from "../values.js"
import { contains, intOf, printKey, uintOf } from "./operators.js"

const comparable = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"]

const order = (left: Value, right: Value): number => compare(left, right) ?? fail("no such overload")

const isSorted = (list: ListValue): boolean => {
  for (let index = 1; index < list.size; index++) if (order(list.at(index - 1), list.at(index)) > 0) return false
  return true
}

/** The first of those that none comes before (`sign` -1) or after (1). */
const extreme = (name: string, sign: number) => (list: ListValue): Value => {
  if (list.size === 0) return fail(`${name} called on empty list`)
  let best = list.at(0)
  for (const item of list) if (Math.sign(order(item, best)) === sign) best = item
  return best
}

const sums: ReadonlyArray<Overload> = [
  overload<[ListValue]>("list(int).sum() -> int", (list) => {
    let total = 0n
    for (const item of list) total = intOf(total + (item as bigint)) // the signature says so
    return total
  }),
  overload<[ListValue]>("list(uint).sum() -> uint", (list) => {
    let total = 0n
    for (const item of list) total = uintOf(total + (item as Unsigned).value).value
    return new Unsigned(total)
  }),
  overload<[ListValue]>("list(double).sum() -> double", (list) => {
    let total = 0
    for (const item of list) total += item as number
    return total
  }),
  overload<[ListValue]>("list(duration).sum() -> duration", (list) => {
    let total = new Duration(0n)
    for (const item of list) total = durationOf(total.nanos + (item as Duration).nanos)
    return total
  })
]

const indexOf = (list: ListValue, item: Value): bigint => {
  for (let index = 0; index < list.size; index++) if (equal(list.at(index), item)) return BigInt(index)
  return -1n
}

const lastIndexOf = (list: ListValue, item: Value): bigint => {
  for (let index = list.size - 1; index >= 0; index--) if (equal(list.at(index), item)) return BigInt(index)
  return -1n
}

const slice = (list: ListValue, start: bigint, end: bigint): ListValue => {
  const refuse = (reason: string): never => fail(`cannot slice(${start}, ${end}), ${reason}`)
  if (start < 0n || end < 0n) return refuse("negative indexes not supported")
  if (start > end) return refuse("start index must be less than or equal to end index")
  if (BigInt(list.size) < end) return refuse(`list is length ${list.size}`)
  return new ListValue([...list].slice(Number(start), Number(end)))
}

const flatten = (list: ListValue, depth = 1n): ListValue => {
  if (depth < 0n) return fail("level must be non-negative")
  const flat: Array<Value> = []
  for (const item of list) {
    if (item instanceof ListValue && depth > 0n) flat.push(...flatten(item, depth - 1n))
    else flat.push(item)
  }
  return new ListValue(flat)
}

const sortedBy = (list: ListValue, keys: ListValue): ListValue => {
  const places = [...keys].map((key, index) => [key, index] as const)
  places.sort(([one], [other]) => order(one, other))
  return new ListValue(places.map(([, index]) => list.at(index)))
}

const distinct = (list: ListValue): ListValue => {
  const found: Array<Value> = []
  for (const item of list) if (!found.some((other) => equal(item, other))) found.push(item)
  return new ListValue(found)
}

/** More numbers than a rule's budget could pay for. */
const maximumRange = 1_000_000n

const range = (size: bigint): ListValue => {
  if (size < 0n) return fail(`lists.range: size must be non-negative, got ${size}`)
  if (size > maximumRange) return fail(`lists.range: size ${size} exceeds maximum allowed (${maximumRange})`)
  return new ListValue(Array.from({ length: Number(size) }, (_, index) => BigInt(index)))
}

const inserted = (map: MapValue, pairs: ReadonlyArray<readonly [Value, Value]>): Entries => {
  let all = map instanceof Entries ? map : Entries.of(map.keys().map((key) => [key, map.find(key) ?? null]))
  for (const [key, value] of pairs) {
    all = all.inserted(key, value) ?? fail(`insert failed: key ${printKey(key)} already exists`)
  }
  return all
}

/** What must be expected where nothing is known. */
const unlimited = 2 ** 64

const each: CostRule = {
  of: ([list = 0]) => list,
  estimate: ({ items, sizes: [list = 0] }) => list * (1 + walk(items))
}
const copied: CostRule = { of: ([list = 0]) => 11 + list, size: ({ sizes: [list = 0] }) => list }
const sliced: CostRule = {
  of: (_, result) => 11 + result,
  estimate: (guess) => 11 + slicedSize(guess),
  size: (guess) => slicedSize(guess)
}
/** Where the end is before the start, the server's numbers wrap around. */
const slicedSize = ({ literals: [, start = 0, end], sizes: [list = 0] }: Guess): number => {
  const size = (end ?? list) - start
  return size < 0 ? unlimited : size
}
const crossed: CostRule = { of: ([one = 0, other = 0]) => 1 + one * other }
const selfCrossed: CostRule = { of: ([list = 0]) => 11 + 2 * list * list, size: ({ sizes: [list = 0] }) => list * list }

const ranged: CostRule = {
  of: (_, result) => 11 + result,
  estimate: ({ literals: [end] }) => 11 + (end ?? unlimited),
  size: ({ literals: [end] }) => end ?? unlimited
}

const isSubset = (list: ListValue, of: ListValue): boolean => {
  for (const item of list) if (!contains(of, item)) return false
  return true
}

const areDisjoint = (left: ListValue, right: ListValue): boolean => {
  for (const item of left) if (contains(right, item)) return false
  return true
}

export const lists: ReadonlyArray<Overload> = [
  ...comparable.map((type) => overload<[ListValue]>(`list(${type}).isSorted() -> bool`, isSorted, each)),
  ...comparable.map((type) => overload<[ListValue]>(`list(${type}).min() -> ${type}`, extreme("min", -1), each)),
  ...comparable.map((type) => overload<[ListValue]>(`list(${type}).max() -> ${type}`, extreme("max", 1), each)),
  ...sums.map((sum) => ({ ...sum, cost: each })),
  overload<[ListValue, Value]>("list(A).indexOf(A) -> int", indexOf, each),
  overload<[ListValue, Value]>("list(A).lastIndexOf(A) -> int", lastIndexOf, each),
  overload<[ListValue, bigint, bigint]>("list(T).slice(int, int) -> list(T)", slice, sliced),
  overload<[ListValue]>("list(list(T)).flatten() -> list(T)", flatten, copied),
  overload<[ListValue, bigint]>("list(dyn).flatten(int) -> list(dyn)", flatten, copied),
  ...comparable.map((type) =>
    overload<[ListValue]>(`list(${type}).sort() -> list(${type})`, (list) => sortedBy(list, list), selfCrossed)
  ),
  ...comparable.map((type) =>
    overload<[ListValue, ListValue]>(`list(T).@sortByAssociatedKeys(list(${type})) -> list(T)`, sortedBy, selfCrossed)
  ),
  overload<[bigint]>("lists.range(int) -> list(int)", range, ranged),
  overload<[ListValue]>("list(T).reverse() -> list(T)", (list) => new ListValue([...list].reverse()), copied),
  overload<[ListValue]>("list(T).distinct() -> list(T)", distinct, selfCrossed),
  overload<[ListValue, ListValue]>(
    "sets.contains(list(T), list(T)) -> bool",
    (list, part) => isSubset(part, list),
    crossed
  ),
  overload<[ListValue, ListValue]>(
    "sets.equivalent(list(T), list(T)) -> bool",
    (left, right) => isSubset(right, left) && isSubset(left, right),
    { of: ([one = 0, other = 0]) => 1 + 2 * one * other }
  ),
  overload<[ListValue, ListValue]>(
    "sets.intersects(list(T), list(T)) -> bool",
    (left, right) => !areDisjoint(left, right),
    crossed
  ),
  overload<[MapValue, Value, Value]>(
    "cel.@mapInsert(map(K, V), K, V) -> map(K, V)",
    (map, key, value) => inserted(map, [[key, value]])
  ),
  overload<[MapValue, MapValue]>(
    "cel.@mapInsert(map(K, V), map(K, V)) -> map(K, V)",
    (map, more) => inserted(map, more.keys().map((key) => [key, more.find(key) ?? null] as const))
  )
]
