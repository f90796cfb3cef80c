/**
 * The values of CEL expressions. Booleans, strings, doubles and null are JavaScript's, integers are bigints of 64 bits,
 * bytes are a Uint8Array; everything else has a class of its own.
 */

export type Value =
  | null
  | boolean
  | string
  | number
  | bigint
  | Uint8Array
  | Unsigned
  | ListValue
  | MapValue
  | Duration
  | Timestamp
  | TypeValue
  | Optional
  | Opaque

/**
 * A failure of an expression, which `&&`, `||` and macros may yet make up for; its text is the server's. It is no `Error`,
 * since a loop can fail a million times, and each would look for its stack.
 */
export class EvaluationError {
  constructor(readonly message: string) {}
}

export const fail = (message: string): never => {
  throw new EvaluationError(message)
}

export class Unsigned {
  constructor(readonly value: bigint) {}
}

/** Nanoseconds. */
export class Duration {
  constructor(readonly nanos: bigint) {}
}

/** Nanoseconds since 1970; the offset from UTC in minutes is that of the text it came from, and is only printed. */
export class Timestamp {
  constructor(readonly nanos: bigint, readonly offset: number = 0) {}
}

/** What `type(x)` answers. */
export class TypeValue {
  constructor(readonly name: string) {}
}

export class Optional {
  constructor(readonly value: Value | undefined) {}
}

export const none = new Optional(undefined)

/** A value of one of Kubernetes' own types. */
export interface Opaque {
  readonly _tag: "Quantity" | "URL" | "IP" | "CIDR" | "Semver" | "Format"
  /** As the type is named, `net.IP`. */
  readonly typeName: string
  readonly equals: (other: Opaque) => boolean
}

/** How the items of a list are told apart, where its schema says so. */
export type ListIdentity =
  | { readonly _tag: "Set" }
  | { readonly _tag: "Keys"; readonly keys: ReadonlyArray<string> }

/**
 * Steps that were taken since they were last asked for: comparisons of parts, copies. Whoever limits the work of an
 * expression asks, since what a call costs by the server's rules can be less than what it takes here.
 */
let steps = 0

export const takeSteps = (): number => {
  const taken = steps
  steps = 0
  return taken
}

/**
 * A list. Putting lists together copies nothing, so that a loop which does it can exhaust neither time nor memory: the one
 * that was made last of some items lets others be added behind them, and another becomes a pair.
 */
export class ListValue {
  constructor(
    private readonly items: Array<Value>,
    readonly size: number = items.length,
    readonly identity?: ListIdentity | undefined,
    private readonly pair?: readonly [ListValue, ListValue] | undefined
  ) {}

  /** Callers look at `size` before. */
  at(index: number): Value {
    if (this.pair === undefined) return this.items[index]!
    const [first, second] = this.pair
    return index < first.size ? first.at(index) : second.at(index - first.size)
  }

  *[Symbol.iterator](): Iterator<Value> {
    for (let index = 0; index < this.size; index++) yield this.at(index)
  }

  append(other: ListValue): ListValue {
    const size = this.size + other.size
    const isLast = this.pair === undefined && this.items.length === this.size
    if (!isLast || other.size > maximumAppended) return new ListValue([], size, undefined, [this, other])
    // By index, and not beyond the size that there was: a list may be appended to itself.
    for (let index = 0, { size: count } = other; index < count; index++) this.items.push(other.at(index))
    return new ListValue(this.items, size)
  }
}

/** More are not worth copying. */
const maximumAppended = 16

export abstract class MapValue {
  abstract readonly size: number
  abstract find(key: Value): Value | undefined
  abstract keys(): ReadonlyArray<Value>
}

interface Entry {
  readonly key: Value
  readonly value: Value
  readonly index: number
}

/** A map that an expression made. Like lists, maps share entries with those that were made of them. */
export class Entries extends MapValue {
  private constructor(private readonly entries: Map<string, Entry>, readonly size: number) {
    super()
  }

  static of(pairs: Iterable<readonly [key: Value, value: Value]>): Entries {
    let map = new Entries(new Map(), 0)
    for (const [key, value] of pairs) map = map.inserted(key, value) ?? map
    return map
  }

  find(key: Value): Value | undefined {
    const entry = this.entries.get(canonicalKey(key))
    return entry === undefined || entry.index >= this.size ? undefined : entry.value
  }

  keys(): ReadonlyArray<Value> {
    return this.all().map(({ key }) => key)
  }

  /** With one entry more; undefined if the key is there already. */
  inserted(key: Value, value: Value): Entries | undefined {
    const name = canonicalKey(key)
    if (this.find(key) !== undefined) return undefined
    const isLast = this.entries.size === this.size
    steps += isLast ? 1 : this.size
    const entries = isLast ? this.entries : new Map(this.all().map((entry) => [canonicalKey(entry.key), entry]))
    entries.set(name, { key, value, index: this.size })
    return new Entries(entries, this.size + 1)
  }

  private all(): ReadonlyArray<Entry> {
    return [...this.entries.values()].slice(0, this.size)
  }
}

/** One text for all keys that are equal: 1, 1u and 1.0 are. */
const canonicalKey = (key: Value): string => {
  if (typeof key === "string") return `s${key}`
  if (key instanceof Unsigned) return `n${key.value}`
  if (typeof key === "number" && Number.isInteger(key)) return `n${BigInt(key)}`
  if (typeof key === "bigint") return `n${key}`
  return typeof key === "boolean" ? `b${key}` : fail("unsupported key type")
}

/** The type that a value has at run time, as CEL prints it. */
export const typeName = (value: Value): string => {
  switch (typeof value) {
    case "boolean":
      return "bool"
    case "string":
      return "string"
    case "number":
      return "double"
    case "bigint":
      return "int"
  }
  if (value === null) return "null_type"
  if (value instanceof Uint8Array) return "bytes"
  if (value instanceof Unsigned) return "uint"
  if (value instanceof ListValue) return "list"
  if (value instanceof MapValue) return "map"
  if (value instanceof Duration) return "google.protobuf.Duration"
  if (value instanceof Timestamp) return "google.protobuf.Timestamp"
  if (value instanceof TypeValue) return "type"
  return value instanceof Optional ? "optional_type" : value.typeName
}

/** A number as an exact one to compare with: a bigint where it is whole. */
const exact = (value: Value): number | bigint | undefined => {
  if (typeof value === "bigint") return value
  if (value instanceof Unsigned) return value.value
  return typeof value === "number" ? value : undefined
}

const isOpaque = (value: Value): value is Opaque =>
  typeof value === "object" && value !== null && Object.hasOwn(value, "typeName")

/** Equality of CEL: numbers by what they are worth, lists and maps by their parts, everything else by type and value. */
export const equal = (left: Value, right: Value): boolean => {
  steps++
  if (left === right) return true
  const number = exact(left)
  // JavaScript compares a bigint and a number exactly.
  if (number !== undefined) return number == exact(right) // eslint-disable-line eqeqeq
  if (left === null || right === null || typeof left !== "object" || typeof right !== "object") return false
  if (left instanceof Uint8Array) return right instanceof Uint8Array && compareBytes(left, right) === 0
  if (left instanceof ListValue) return right instanceof ListValue && equalLists(left, right)
  if (left instanceof MapValue) return right instanceof MapValue && equalMaps(left, right)
  if (left instanceof Duration) return right instanceof Duration && left.nanos === right.nanos
  if (left instanceof Timestamp) return right instanceof Timestamp && left.nanos === right.nanos
  if (left instanceof TypeValue) return right instanceof TypeValue && left.name === right.name
  if (left instanceof Optional) {
    if (!(right instanceof Optional)) return false
    if (left.value === undefined || right.value === undefined) return left.value === right.value
    return equal(left.value, right.value)
  }
  return isOpaque(left) && isOpaque(right) && left.typeName === right.typeName && left.equals(right)
}

const equalLists = (left: ListValue, right: ListValue): boolean => {
  if (left.size !== right.size) return false
  if (left.identity === undefined) {
    for (let index = 0; index < left.size; index++) if (!equal(left.at(index), right.at(index))) return false
    return true
  }
  // The order of sets, and of lists whose items have keys, does not count.
  const { identity } = left
  const places = new Map([...left].map((item) => [identityOf(identity, item), item] as const))
  const seen = new Set<string>()
  for (const item of right) {
    const key = identityOf(identity, item)
    const other = places.get(key)
    if (other === undefined || !equal(other, item)) return false
    seen.add(key)
  }
  return seen.size === places.size
}

/** A text that is the same for what counts as the same item of a list. */
export const identityOf = (identity: ListIdentity, item: Value): string =>
  identity._tag === "Set"
    ? printed(item)
    : identity.keys.map((key) => item instanceof MapValue ? printed(item.find(key) ?? null) : "").join(",")

const printed = (value: Value): string => {
  if (value === null) return "null"
  if (value instanceof ListValue) return `[${[...value].map(printed).join(",")}]`
  if (value instanceof MapValue) {
    const entries = value.keys().map((key) => `${printed(key)}:${printed(value.find(key) ?? null)}`)
    return `{${entries.sort().join(",")}}`
  }
  if (value instanceof Uint8Array) return `b${value.join(",")}`
  if (value instanceof Unsigned) return `n${value.value}`
  if (value instanceof Duration || value instanceof Timestamp) return `${typeName(value)}${value.nanos}`
  if (typeof value === "number") return `n${value}`
  return typeof value === "string" ? JSON.stringify(value) : `${typeof value === "bigint" ? "n" : ""}${String(value)}`
}

const equalMaps = (left: MapValue, right: MapValue): boolean =>
  left.size === right.size && left.keys().every((key) => {
    const value = left.find(key)
    const other = right.find(key)
    return value === undefined || other === undefined ? value === other : equal(value, other)
  })

const compareBytes = (left: Uint8Array, right: Uint8Array): number => {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    if (left[index] !== right[index]) return left[index]! < right[index]! ? -1 : 1
  }
  return Math.sign(left.length - right.length)
}

/** In the order of their code points, which is that of their UTF-8. */
const compareText = (left: string, right: string): number => {
  if (left === right) return 0
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const [one, other] = [left.charCodeAt(index), right.charCodeAt(index)]
    if (one === other) continue
    // Surrogates stand for what lies beyond all other units.
    const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff
    if (isHigh(one) !== isHigh(other)) return isHigh(one) ? 1 : -1
    return one < other ? -1 : 1
  }
  return Math.sign(left.length - right.length)
}

const order = <A extends number | bigint>(left: A, right: A | number | bigint): number =>
  left < right ? -1 : left > right ? 1 : 0

/** The order of two values of one type, or of two numbers; undefined where there is none. */
export const compare = (left: Value, right: Value): number | undefined => {
  const [one, other] = [exact(left), exact(right)]
  if (one !== undefined && other !== undefined) {
    return Number.isNaN(one) || Number.isNaN(other) ? fail("NaN values cannot be ordered") : order(one, other)
  }
  if (typeof left === "string" && typeof right === "string") return compareText(left, right)
  if (typeof left === "boolean" && typeof right === "boolean") return order(Number(left), Number(right))
  if (left instanceof Uint8Array && right instanceof Uint8Array) return compareBytes(left, right)
  if (left instanceof Duration && right instanceof Duration) return order(left.nanos, right.nanos)
  if (left instanceof Timestamp && right instanceof Timestamp) return order(left.nanos, right.nanos)
  return undefined
}

/** Size as costs count it: characters, bytes, items, entries; 1 for everything else. */
export const sizeOf = (value: Value): number => {
  if (typeof value === "string") return value.length
  if (value instanceof Uint8Array) return value.length
  if (value instanceof ListValue || value instanceof MapValue) return value.size
  return value instanceof Optional && value.value !== undefined ? sizeOf(value.value) : 1
}
