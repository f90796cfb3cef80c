/**
 * JSONPath as the printer columns of a definition are written in it (`.status.conditions[?(@.type=="Ready")].status`):
 * fields, indices, slices, unions, wildcards, filters and recursive descent.
 *
 * ```ts
 * import { compilePath } from "./jsonPath.js"
 *
 * compilePath(".spec.ports[*].port")?.({ spec: { ports: [{ port: 80 }, { port: 443 }] } }) // [80, 443]
 * ```
 */
import { isObject, own } from "../json.js"

/** What a path finds, in the order of the data; nothing where it cannot be followed, as an index that is out of bounds. */
export type Path = (data: unknown) => ReadonlyArray<unknown> | undefined

type Step = (values: ReadonlyArray<unknown>) => ReadonlyArray<unknown>

class PathError extends Error {}

const sortedMembers = (value: { readonly [key: string]: unknown }): ReadonlyArray<unknown> =>
  Object.keys(value).sort().map((key) => value[key])

const membersOf = (value: unknown): ReadonlyArray<unknown> =>
  Array.isArray(value) ? value : isObject(value) ? sortedMembers(value) : []

const field = (name: string): Step => (values) =>
  values.flatMap((value) => {
    const found = isObject(value) ? own(value, name) : undefined
    return found === undefined ? [] : [found]
  })

const wildcard: Step = (values) => values.flatMap(membersOf)

/** A value and all that it holds which holds something itself. */
const withDescendants = (value: unknown): ReadonlyArray<unknown> => {
  const members = membersOf(value)
  return members.length === 0 ? [] : [value, ...members.flatMap(withDescendants)]
}

const constant = (value: unknown): Step => (values) => values.map(() => value)

interface Slice {
  readonly from: number | undefined
  readonly to: number | undefined
  readonly step: number | undefined
  /** One index, whose end follows from its beginning. */
  readonly isIndex: boolean
}

const elements = ({ from, isIndex, step, to }: Slice): Step => (values) =>
  values.flatMap((value) => {
    if (value === null) return []
    if (!Array.isArray(value)) throw new PathError("no list")
    const { length } = value
    const start = from === undefined ? 0 : from < 0 ? from + length : from
    const given = isIndex ? (from ?? 0) + 1 : to ?? length
    const end = given < 0 || (given === 0 && isIndex) ? given + length : given
    if (start === end) return []
    if (start < 0 || start >= length || end < 0 || end > length || start > end) throw new PathError("out of bounds")
    if (step !== undefined && step <= 0) throw new PathError("a step back")
    return value.slice(start, end).filter((_, index) => index % (step ?? 1) === 0)
  })

const comparisons: { readonly [operator: string]: (left: unknown, right: unknown) => boolean } = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "<": (left, right) => ordered(left) < ordered(right),
  ">": (left, right) => ordered(left) > ordered(right),
  "<=": (left, right) => ordered(left) <= ordered(right),
  ">=": (left, right) => ordered(left) >= ordered(right)
}

const ordered = (value: unknown): string | number => {
  if (typeof value === "string" || typeof value === "number") return value
  throw new PathError("no order")
}

/** Values of unlike types cannot be compared, whole numbers and others among them. */
const kindOf = (value: unknown): string => {
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number"
  if (typeof value === "string" || typeof value === "boolean") return typeof value
  throw new PathError("no scalar")
}

const one = (values: ReadonlyArray<unknown>): unknown => {
  if (values.length > 1) throw new PathError("more than one")
  return values[0]
}

const filter = (left: Step, operator: string, right: Step): Step => (values) =>
  values.flatMap((value) => {
    if (!Array.isArray(value)) throw new PathError("no list to filter")
    const compare = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined
    return value.filter((each) => {
      const a = one(left([each]))
      if (a === undefined) return false
      const b = one(right([each]))
      if (b === undefined) return false
      if (compare === undefined || kindOf(a) !== kindOf(b)) throw new PathError("no comparison")
      return compare(a, b)
    })
  })

const exists = (found: Step): Step => (values) =>
  values.flatMap((value) => {
    if (!Array.isArray(value)) throw new PathError("no list to filter")
    return value.filter((each) => {
      try {
        return found([each]).length > 0
      } catch {
        return false
      }
    })
  })

const sequence = (steps: ReadonlyArray<Step>): Step => (values) =>
  steps.reduce<ReadonlyArray<unknown>>((found, step) => step(found), values)

const terminators = " \t\r\n.,[]$@{}"

/** Reads one action: what stands between braces in the templates of kubectl. */
class Parser {
  #at = 0
  readonly #steps: Array<Step> = []
  constructor(readonly source: string) {}

  parse(): Step {
    while (this.#at < this.source.length && this.source[this.#at] !== "}") this.#next()
    return sequence(this.#steps)
  }

  #next(): void {
    const { source } = this
    const character = source[this.#at]!
    if (source.startsWith("[?(", this.#at)) return this.#filter()
    if (source.startsWith("..", this.#at)) return this.#recursive()
    if (character === "[") return this.#array()
    if (character === "\"" || character === "'") return this.#quoted(character)
    if (/[-+0-9]/.test(character)) return this.#number()
    this.#at++
    if (character === " " || character === "@" || character === "$") return
    if (character === ".") return this.#field()
    this.#at--
    const word = this.#word()
    if (word !== "true" && word !== "false") throw new PathError(`no such word: ${word}`)
    this.#steps.push(constant(word === "true"))
  }

  #recursive(): void {
    this.#at += 2
    this.#steps.push((values) => values.flatMap(withDescendants))
    if (/[\p{L}\p{Nd}_]/u.test(this.source[this.#at] ?? "")) this.#field()
  }

  /** As far as the next terminator that is not escaped. */
  #word(): string {
    const start = this.#at
    for (; this.#at < this.source.length && !terminators.includes(this.source[this.#at]!); this.#at++) {
      if (this.source[this.#at] === "\\") this.#at++
    }
    if (this.#at === start && !terminators.includes(this.source[start] ?? " ")) throw new PathError("nothing to read")
    return this.source.slice(start, this.#at)
  }

  #field(): void {
    const word = this.#word()
    this.#steps.push(word === "*" ? wildcard : field(word.replaceAll("\\", "")))
  }

  #number(): void {
    const [text] = /^[-+]?[0-9.]*/.exec(this.source.slice(this.#at))!
    const value = Number(text)
    if (Number.isNaN(value) || text === "") throw new PathError(`no number: ${text}`)
    this.#at += text.length
    this.#steps.push(constant(value))
  }

  #quoted(quote: string): void {
    const end = this.#closing(quote, this.#at + 1)
    const text = this.source.slice(this.#at + 1, end).replace(/\\(.)/g, "$1")
    this.#at = end + 1
    this.#steps.push(constant(text))
  }

  #closing(quote: string, from: number): number {
    for (let at = from; at < this.source.length; at++) {
      if (this.source[at] === quote && this.source[at - 1] !== "\\") return at
    }
    throw new PathError("an open quote")
  }

  #array(): void {
    const end = this.source.indexOf("]", this.#at)
    if (end < 0) throw new PathError("an open bracket")
    const inner = this.source.slice(this.#at + 1, end)
    this.#at = end + 1
    const parts = inner.split(",")
    if (parts.length > 1) {
      const steps = parts.map((part) => this.#inner(`[${part.trim()}]`))
      this.#steps.push((values) => steps.flatMap((step) => step(values)))
      return
    }
    const key = /^'([^']*)'$/.exec(inner)
    if (key !== null) this.#steps.push(this.#inner(`.${key[1]}`))
    else this.#steps.push(elements(this.#slice(inner === "*" ? ":" : inner)))
  }

  #slice(text: string): Slice {
    const match = /^(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?$/.exec(text)
    if (match === null) throw new PathError(`no index: ${text}`)
    const [, from, to, step] = match
    const number = (part: string | undefined): number | undefined => {
      const digits = part?.replace(":", "") ?? ""
      if (digits === "") return undefined
      if (digits === "-") throw new PathError("no index: -")
      return Number(digits)
    }
    return { from: number(from), to: number(to), step: number(step), isIndex: to === undefined }
  }

  #filter(): void {
    const start = this.#at + 3
    let end = start
    for (; this.source[end] !== ")"; end++) {
      const character = this.source[end]
      if (character === undefined) throw new PathError("an open filter")
      if (character === "\"" || character === "'") end = this.#closing(character, end + 1)
    }
    if (this.source[end + 1] !== "]") throw new PathError("an open filter")
    const text = this.source.slice(start, end)
    this.#at = end + 2
    const match = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text)
    this.#steps.push(
      match === null ? exists(this.#inner(text)) : filter(this.#inner(match[1]!), match[2]!, this.#inner(match[3]!))
    )
  }

  #inner(source: string): Step {
    return new Parser(source).parse()
  }
}

/** A path to follow; nothing where it cannot be read. */
export const compilePath = (source: string): Path | undefined => {
  let steps: Step
  try {
    if (/[\r\n]/.test(source)) return undefined
    steps = new Parser(source).parse()
  } catch {
    return undefined
  }
  return (data) => {
    try {
      return steps([data])
    } catch {
      return undefined
    }
  }
}
