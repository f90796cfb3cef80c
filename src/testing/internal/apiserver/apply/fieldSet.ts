/**
 * Sets of fields of an object, as `fieldsV1` of managedFields tell of them: a tree whose nodes are members or not. An
 * element of a path is written as there: `f:name` is a field or a key of a map, `k:{"name":"a"}` an item of a list by its
 * keys, `v:"a"` an item of a set.
 *
 * ```ts
 * import { FieldSet } from "./fieldSet.js"
 *
 * const owned = new FieldSet()
 * owned.insert(["f:data", "f:a"])
 * owned.has(["f:data", "f:a"]) // true
 * ```
 *
 * Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */

export type Path = ReadonlyArray<string>

/** Removes fields from a set: those that an endpoint does not write. */
export type Filter = (set: FieldSet) => FieldSet

const nothing: ReadonlySet<string> = new Set()
const noChildren: ReadonlyMap<string, FieldSet> = new Map()

/** Nobody changes a set that came out of an operation; only a set under construction is inserted into. */
export class FieldSet {
  #members: Set<string> | undefined
  #children: Map<string, FieldSet> | undefined

  constructor(members?: Set<string>, children?: Map<string, FieldSet>) {
    this.#members = members === undefined || members.size === 0 ? undefined : members
    this.#children = children === undefined || children.size === 0 ? undefined : children
  }

  static of(...paths: ReadonlyArray<Path>): FieldSet {
    const set = new FieldSet()
    for (const path of paths) set.insert(path)
    return set
  }

  /** What belongs to the set at this level. */
  get members(): ReadonlySet<string> {
    return this.#members ?? nothing
  }

  /** What lies below, whether it belongs to the set itself or not. */
  get children(): ReadonlyMap<string, FieldSet> {
    return this.#children ?? noChildren
  }

  get isEmpty(): boolean {
    if (this.members.size > 0) return false
    for (const child of this.children.values()) if (!child.isEmpty) return false
    return true
  }

  insert(path: Path): void {
    const last = path.length - 1
    if (last < 0) return
    let set: FieldSet = this // oxlint-disable-line typescript/no-this-alias
    for (let at = 0; at < last; at++) set = set.descend(path[at]!)
    set.add(path[last]!)
  }

  /** Inserts a member at this level. */
  add(element: string): void {
    this.#members ??= new Set()
    this.#members.add(element)
  }

  /** The set below an element, made where there is none. */
  descend(element: string): FieldSet {
    this.#children ??= new Map()
    let below = this.#children.get(element)
    if (below === undefined) this.#children.set(element, below = new FieldSet())
    return below
  }

  /** Puts a set below an element; an empty one leaves no trace. */
  attach(element: string, below: FieldSet): void {
    if (below.isEmpty) return
    this.#children ??= new Map()
    this.#children.set(element, below)
  }

  has(path: Path): boolean {
    let set: FieldSet | undefined = this // oxlint-disable-line typescript/no-this-alias
    for (let at = 0; at < path.length - 1; at++) {
      set = set.children.get(path[at]!)
      if (set === undefined) return false
    }
    return path.length > 0 && set.members.has(path[path.length - 1]!)
  }

  union(other: FieldSet): FieldSet {
    if (other.isEmpty) return this
    const members = new Set([...this.members, ...other.members])
    const children = new Map(this.children)
    for (const [element, below] of other.children) {
      const mine = children.get(element)
      children.set(element, mine === undefined ? below : mine.union(below))
    }
    return new FieldSet(members, children)
  }

  intersection(other: FieldSet): FieldSet {
    const result = new FieldSet()
    for (const member of this.members) if (other.members.has(member)) result.add(member)
    for (const [element, below] of this.children) {
      const theirs = other.children.get(element)
      if (theirs !== undefined) result.attach(element, below.intersection(theirs))
    }
    return result
  }

  /** Without the members of another set; what lies below them stays. */
  difference(other: FieldSet): FieldSet {
    if (other.isEmpty) return this
    const result = new FieldSet()
    for (const member of this.members) if (!other.members.has(member)) result.add(member)
    for (const [element, below] of this.children) {
      const theirs = other.children.get(element)
      result.attach(element, theirs === undefined ? below : below.difference(theirs))
    }
    return result
  }

  /** Without the members of another set and all that lies below them. */
  without(other: FieldSet): FieldSet {
    if (other.isEmpty) return this
    const result = new FieldSet()
    for (const member of this.members) if (!other.members.has(member)) result.add(member)
    for (const [element, below] of this.children) {
      if (other.members.has(element)) continue
      const theirs = other.children.get(element)
      result.attach(element, theirs === undefined ? below : below.without(theirs))
    }
    return result
  }

  /** Every member's path: first those of a level, then what lies below, each in order. */
  *paths(prefix: Path = []): Iterable<Path> {
    for (const member of sortedElements(this.members)) yield [...prefix, member]
    for (const element of sortedElements(this.children.keys())) {
      yield* this.children.get(element)!.paths([...prefix, element])
    }
  }

  equals(other: FieldSet): boolean {
    if (this === other) return true
    if (this.members.size !== other.members.size) return false
    for (const member of this.members) if (!other.members.has(member)) return false
    for (const [element, below] of this.children) {
      if (!below.equals(other.children.get(element) ?? emptySet)) return false
    }
    for (const [element, below] of other.children) if (!this.children.has(element) && !below.isEmpty) return false
    return true
  }
}

export const emptySet = new FieldSet()

/** How Go's encoder writes a text inside of JSON. */
const escaped = /[<>&\u2028\u2029]/g

/** JSON as an element of a path has it. */
export const elementJson = (value: unknown): string => {
  if (typeof value === "number") return String(value)
  const json = JSON.stringify(value)
  return /[<>&\u2028\u2029]/.test(json)
    ? json.replace(escaped, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : json
}

export const fieldElement = (name: string): string => `f:${name}`

export const valueElement = (value: unknown): string => `v:${elementJson(value)}`

/** The element of an item by its keys, which come sorted by their names. */
export const keyElement = (keys: ReadonlyArray<readonly [name: string, value: unknown]>): string =>
  `k:{${keys.map(([name, value]) => `${elementJson(name)}:${elementJson(value)}`).join(",")}}`

const kinds = "fkvi"

const scalarRank = (value: unknown): number =>
  typeof value === "number" ? 0 : typeof value === "string" ? 1 : typeof value === "boolean" ? 2 : 3

const compareScalars = (a: unknown, b: unknown): number => {
  const rank = scalarRank(a) - scalarRank(b)
  if (rank !== 0) return rank
  if (a === b) return 0
  return (a as string) < (b as string) ? -1 : 1 // of one rank, and neither list nor object
}

type Pairs = ReadonlyArray<readonly [string, unknown]>

/** The same keys come again and again. */
const knownPairs = new Map<string, Pairs>()

const pairs = (element: string): Pairs => {
  const known = knownPairs.get(element)
  if (known !== undefined) return known
  const found = Object.entries(JSON.parse(element.slice(2)) as { [key: string]: unknown }) // made or checked by this module
  if (knownPairs.size >= 1000) knownPairs.clear()
  knownPairs.set(element, found)
  return found
}

/** The order in which a server writes elements: fields, items by key, items by value; each by what they hold. */
export const compareElements = (a: string, b: string): number => {
  if (a === b) return 0
  const kind = kinds.indexOf(a[0]!) - kinds.indexOf(b[0]!)
  if (kind !== 0) return kind
  switch (a[0]) {
    case "k": {
      const [left, right] = [pairs(a), pairs(b)]
      for (let at = 0; at < left.length && at < right.length; at++) {
        const [name, value] = left[at]!
        const [otherName, otherValue] = right[at]!
        if (name !== otherName) return name < otherName ? -1 : 1
        const order = compareScalars(value, otherValue)
        if (order !== 0) return order
      }
      return left.length - right.length
    }
    case "v":
      return compareScalars(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)))
    case "i":
      return Number(a.slice(2)) - Number(b.slice(2))
    default:
      return a < b ? -1 : 1
  }
}

/** Elements in the order in which a server writes them. */
export const sortedElements = (elements: Iterable<string>): ReadonlyArray<string> => {
  const all = [...elements]
  if (all.length < 2) return all
  // Mostly they are all fields, whose order is that of their texts.
  return all.every((element) => element[0] === "f") ? all.sort() : all.sort(compareElements)
}

/** A path as messages write it: `.spec.containers[name="a"].image`. */
export const pathText = (path: Path): string => path.map(elementText).join("")

export const elementText = (element: string): string => {
  const rest = element.slice(2)
  switch (element[0]) {
    case "k":
      return `[${pairs(element).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`
    case "v":
      return `[=${JSON.stringify(JSON.parse(rest))}]`
    case "i":
      return `[${rest}]`
    default:
      return `.${rest}`
  }
}
