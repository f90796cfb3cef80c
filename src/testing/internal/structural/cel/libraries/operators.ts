/** Arithmetic, comparison, indexing and membership. Integers have 64 bits: what does not fit is an error. */
import { type CostRule, type Overload, overload, walk } from "../functions.js"
import { durationOf, timestampOf } from "../time.js"
import {
  compare,
  type Duration,
  equal,
  fail,
  identityOf,
  ListValue,
  MapValue,
  none,
  Optional,
  type Timestamp,
  Unsigned,
  type Value
} from "../values.js"

const minimum = -(2n ** 63n)
const maximum = 2n ** 63n - 1n

export const intOf = (value: bigint): bigint => value < minimum || value > maximum ? fail("integer overflow") : value

export const uintOf = (value: bigint): Unsigned =>
  value < 0n || value >= 2n ** 64n ? fail("unsigned integer overflow") : new Unsigned(value)

const smaller: CostRule = { of: ([left = 0, right = 0]) => walk(Math.min(left, right)) }

const joined: CostRule = {
  of: ([left = 0, right = 0]) => walk(left + right),
  size: ({ sizes: [left = 0, right = 0] }) => left + right
}

const notZero = (divisor: bigint, message: string): bigint => divisor === 0n ? fail(message) : divisor

const arithmetic: ReadonlyArray<Overload> = [
  overload<[bigint, bigint]>("_+_(int, int) -> int", (left, right) => intOf(left + right)),
  overload<[bigint, bigint]>("_-_(int, int) -> int", (left, right) => intOf(left - right)),
  overload<[bigint, bigint]>("_*_(int, int) -> int", (left, right) => intOf(left * right)),
  overload<[bigint, bigint]>(
    "_/_(int, int) -> int",
    (left, right) => intOf(left / notZero(right, "division by zero"))
  ),
  overload<[bigint, bigint]>(
    "_%_(int, int) -> int",
    (left, right) =>
      left === minimum && right === -1n ? fail("integer overflow") : left % notZero(right, "modulus by zero")
  ),
  overload<[bigint]>("-_(int) -> int", (value) => intOf(-value)),
  overload<[Unsigned, Unsigned]>("_+_(uint, uint) -> uint", (left, right) => uintOf(left.value + right.value)),
  overload<[Unsigned, Unsigned]>("_-_(uint, uint) -> uint", (left, right) => uintOf(left.value - right.value)),
  overload<[Unsigned, Unsigned]>("_*_(uint, uint) -> uint", (left, right) => uintOf(left.value * right.value)),
  overload<[Unsigned, Unsigned]>(
    "_/_(uint, uint) -> uint",
    (left, right) => uintOf(left.value / notZero(right.value, "division by zero"))
  ),
  overload<[Unsigned, Unsigned]>(
    "_%_(uint, uint) -> uint",
    (left, right) => uintOf(left.value % notZero(right.value, "modulus by zero"))
  ),
  overload<[number, number]>("_+_(double, double) -> double", (left, right) => left + right),
  overload<[number, number]>("_-_(double, double) -> double", (left, right) => left - right),
  overload<[number, number]>("_*_(double, double) -> double", (left, right) => left * right),
  overload<[number, number]>("_/_(double, double) -> double", (left, right) => left / right),
  overload<[number]>("-_(double) -> double", (value) => -value),
  overload<[Duration, Duration]>(
    "_+_(duration, duration) -> duration",
    (left, right) => durationOf(left.nanos + right.nanos)
  ),
  overload<[Duration, Timestamp]>(
    "_+_(duration, timestamp) -> timestamp",
    (left, right) => timestampOf(left.nanos + right.nanos, right.offset)
  ),
  overload<[Timestamp, Duration]>(
    "_+_(timestamp, duration) -> timestamp",
    (left, right) => timestampOf(left.nanos + right.nanos, left.offset)
  ),
  overload<[Duration, Duration]>(
    "_-_(duration, duration) -> duration",
    (left, right) => durationOf(left.nanos - right.nanos)
  ),
  overload<[Timestamp, Duration]>(
    "_-_(timestamp, duration) -> timestamp",
    (left, right) => timestampOf(left.nanos - right.nanos, left.offset)
  ),
  overload<[Timestamp, Timestamp]>(
    "_-_(timestamp, timestamp) -> duration",
    (left, right) => durationOf(left.nanos - right.nanos)
  ),
  overload<[string, string]>("_+_(string, string) -> string", (left, right) => left + right, joined),
  overload<[Uint8Array, Uint8Array]>(
    "_+_(bytes, bytes) -> bytes",
    (left, right) => new Uint8Array([...left, ...right]),
    joined
  ),
  overload<[ListValue, ListValue]>("_+_(list(A), list(A)) -> list(A)", (left, right) => concatenated(left, right), {
    of: () => 1,
    size: ({ sizes: [left = 0, right = 0] }) => left + right
  })
]

/** Of sets the union; of lists whose items have keys, the items of the second take the place of those of the first. */
const concatenated = (left: ListValue, right: ListValue): ListValue => {
  const { identity } = left
  if (identity === undefined) return left.append(right)
  const items = new Map([...left].map((item) => [identityOf(identity, item), item] as const))
  for (const item of right) items.set(identityOf(identity, item), item)
  return new ListValue([...items.values()], items.size, identity)
}

const numbers = ["int", "uint", "double"]
const ordered: ReadonlyArray<readonly [left: string, right: string]> = [
  ["bool", "bool"],
  ...numbers.flatMap((left) => numbers.map((right) => [left, right] as const)),
  ["string", "string"],
  ["bytes", "bytes"],
  ["timestamp", "timestamp"],
  ["duration", "duration"]
]

const comparisons: ReadonlyArray<Overload> = [
  ["_<_", (order: number) => order < 0] as const,
  ["_<=_", (order: number) => order <= 0] as const,
  ["_>_", (order: number) => order > 0] as const,
  ["_>=_", (order: number) => order >= 0] as const
].flatMap(([operator, holds]) =>
  ordered.map(([left, right]) =>
    overload<[Value, Value]>(
      `${operator}(${left}, ${right}) -> bool`,
      (one, other) => holds(compare(one, other) ?? fail("no such overload")),
      left === "string" || left === "bytes" ? smaller : { of: () => 1 }
    )
  )
)

const equality: ReadonlyArray<Overload> = [
  overload<[Value, Value]>("_==_(A, A) -> bool", equal, smaller),
  overload<[Value, Value]>("_!=_(A, A) -> bool", (left, right) => !equal(left, right), smaller)
]

const logic: ReadonlyArray<Overload> = [
  overload<[boolean]>("!_(bool) -> bool", (value) => !value),
  // The evaluator knows these three by name, since they need not look at all of their arguments.
  overload("_&&_(bool, bool) -> bool", () => fail("no such overload")),
  overload("_||_(bool, bool) -> bool", () => fail("no such overload")),
  overload("_?_:_(bool, A, A) -> A", () => fail("no such overload")),
  overload("@not_strictly_false(bool) -> bool", (value) => value)
]

/** An index may also be a number of another type that is whole. */
const indexOf = (index: Value): bigint => {
  if (typeof index === "bigint") return index
  if (index instanceof Unsigned) return index.value
  return typeof index === "number" && Number.isInteger(index) ? BigInt(index) : fail("no such overload")
}

const itemAt = (list: ListValue, index: Value): Value | undefined => {
  const place = indexOf(index)
  return place >= 0n && place < BigInt(list.size) ? list.at(Number(place)) : undefined
}

/** A key as a message names it. */
export const printKey = (key: Value): string => key instanceof Unsigned ? String(key.value) : String(key)

const memberOf = (container: Value, key: Value): Value | undefined =>
  container instanceof ListValue
    ? itemAt(container, key)
    : container instanceof MapValue
    ? container.find(key)
    : fail("no such overload")

const indexed = (container: Value, key: Value): Value =>
  memberOf(container, key) ??
    fail(container instanceof ListValue ? `index out of bounds: ${printKey(key)}` : `no such key: ${printKey(key)}`)

/** Of an optional container the member is optional, too. */
const optionalMember = (container: Value, key: Value): Value => {
  const inner = container instanceof Optional ? container.value : container
  const member = inner === undefined ? undefined : memberOf(inner, key)
  return member === undefined ? none : new Optional(member)
}

const access: ReadonlyArray<Overload> = [
  overload<[Value, Value]>("_[_](list(A), int) -> A", indexed),
  overload<[Value, Value]>("_[_](map(A, B), A) -> B", indexed),
  overload<[Value, Value]>("_[_](optional(list(V)), int) -> optional(V)", optionalMember),
  overload<[Value, Value]>("_[_](optional(map(K, V)), K) -> optional(V)", optionalMember),
  overload<[Value, Value]>("_[?_](list(V), int) -> optional(V)", optionalMember),
  overload<[Value, Value]>("_[?_](optional(list(V)), int) -> optional(V)", optionalMember),
  overload<[Value, Value]>("_[?_](map(K, V), K) -> optional(V)", optionalMember),
  overload<[Value, Value]>("_[?_](optional(map(K, V)), K) -> optional(V)", optionalMember),
  overload<[Value, ListValue]>("@in(A, list(A)) -> bool", (item, list) => contains(list, item), {
    of: ([, list = 0]) => list
  }),
  overload<[Value, MapValue]>("@in(A, map(A, B)) -> bool", (key, map) => map.find(key) !== undefined)
]

export const contains = (list: ListValue, item: Value): boolean => {
  for (const each of list) if (equal(each, item)) return true
  return false
}

export const operators: ReadonlyArray<Overload> = [
  ...logic,
  ...equality,
  ...arithmetic,
  ...comparisons,
  ...access
]
