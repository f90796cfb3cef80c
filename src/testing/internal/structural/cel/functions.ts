/**
 * Functions of CEL as tables: each overload has a signature, what it does, and what it costs.
 *
 * ```ts
 * import { overload } from "./functions.js"
 *
 * overload<[string, bigint]>("string.charAt(int) -> string", (text, index) => text.charAt(Number(index)))
 * overload<[number]>("-_(double) -> double", (value) => -value)
 * ```
 */
import * as types from "./celType.js"
import {
  Duration,
  ListValue,
  MapValue,
  Optional,
  Timestamp,
  typeName,
  TypeValue,
  Unsigned,
  type Value
} from "./values.js"

export interface Overload {
  /** Such as `_+_`, `size`, `sets.contains`. */
  readonly function: string
  readonly isMember: boolean
  /** The receiver of a member first. */
  readonly parameters: ReadonlyArray<types.Type>
  /** Names of the type parameters in the signature. */
  readonly typeParameters: ReadonlyArray<string>
  readonly result: types.Type
  readonly call: (args: ReadonlyArray<Value>) => Value
  readonly cost: CostRule
}

/**
 * What a call costs beside its arguments, by the sizes of these. The same rule counts the cost of a call that is made, and
 * estimates that of one that may be: then the sizes are the largest.
 */
export interface CostRule {
  readonly of: (sizes: ReadonlyArray<number>, result: number) => number
  /** Where the estimate is another: the size of the first argument's items counts, too. */
  readonly estimate?: ((guess: Guess) => number) | undefined
  /** The largest size of the result, by the largest sizes of the arguments; absent where the type alone says it. */
  readonly size?: ((guess: Guess) => number) | undefined
}

/** What is known of a call before it is made. */
export interface Guess {
  /** The largest sizes of the arguments. */
  readonly sizes: ReadonlyArray<number>
  readonly smallest: ReadonlyArray<number>
  /** Of the first argument's items, if these are texts. */
  readonly items: number
  /** Of the arguments that are numbers in the source. */
  readonly literals: ReadonlyArray<number | undefined>
}

/** Most calls: no size has to be looked at. */
export const one: CostRule = { of: () => 1 }

/** What it costs to walk through a text of some length. */
export const walk = (size: number, times = 1): number => Math.ceil(size * 0.1 * times)

export const overload = <Args extends ReadonlyArray<Value>>(
  signature: string,
  run: (...args: Args) => Value,
  cost: CostRule = one
): Overload => {
  const parsed = new SignatureReader(signature).read()
  // The signature says what the arguments are; `matches` is asked before a call.
  return { ...parsed, call: (args) => run(...(args as Args)), cost }
}

const named: { readonly [name: string]: types.Type } = {
  dyn: types.dyn,
  null: types.nullType,
  bool: types.bool,
  int: types.int,
  uint: types.uint,
  double: types.double,
  string: types.string,
  bytes: types.bytes,
  duration: types.duration,
  timestamp: types.timestamp,
  Quantity: types.quantity,
  URL: types.url,
  IP: types.ip,
  CIDR: types.cidr,
  Semver: types.semver,
  Format: types.namedFormat
}

class SignatureReader {
  private at = 0
  private readonly parameterNames = new Set<string>()

  constructor(private readonly text: string) {}

  read(): Omit<Overload, "call" | "cost"> {
    const receiver = this.receiver()
    const open = this.text.indexOf("(", this.at)
    const name = this.text.slice(this.at, open)
    this.at = open + 1
    const parameters: Array<types.Type> = receiver === undefined ? [] : [receiver]
    while (this.text[this.at] !== ")") {
      parameters.push(this.type())
      if (this.text.startsWith(", ", this.at)) this.at += 2
    }
    this.at += ") -> ".length
    const result = this.type()
    return {
      function: name,
      isMember: receiver !== undefined,
      parameters,
      typeParameters: [...this.parameterNames],
      result
    }
  }

  /** A type before a dot is that of the receiver; anything else before one is part of a name. */
  private receiver(): types.Type | undefined {
    if (!/^(?:[A-Z]\.|(?:list|map|optional)\([^.]*\)\.|[A-Za-z]+\.)/.test(this.text)) return undefined
    const word = /^[A-Za-z]+/.exec(this.text)![0]
    if (word.length > 1 && named[word] === undefined && !/^(?:list|map|optional)\(/.test(this.text)) return undefined
    const type = this.type()
    this.at++
    return type
  }

  private type(): types.Type {
    const word = /^[A-Za-z]+/.exec(this.text.slice(this.at))![0]
    this.at += word.length
    if (word.length === 1) {
      this.parameterNames.add(word)
      return types.parameter(word)
    }
    const simple = named[word]
    if (simple !== undefined) return simple
    this.at++
    const inner = this.type()
    let type = word === "list" ? types.list(inner) : word === "optional" ? types.optional(inner) : types.typeOf(inner)
    if (word === "map") {
      this.at += ", ".length
      type = types.map(inner, this.type())
    }
    this.at++
    return type
  }
}

/** Whether a value can be an argument of the type, as far as it can be told without looking at its parts. */
export const matches = (value: Value, type: types.Type): boolean => {
  switch (type.kind) {
    case "dyn":
    case "error":
    case "parameter":
      return true
    case "null":
      return value === null
    case "bool":
      return typeof value === "boolean"
    case "int":
      return typeof value === "bigint"
    case "uint":
      return value instanceof Unsigned
    case "double":
      return typeof value === "number"
    case "string":
      return typeof value === "string"
    case "bytes":
      return value instanceof Uint8Array
    case "duration":
      return value instanceof Duration
    case "timestamp":
      return value instanceof Timestamp
    case "list":
      return value instanceof ListValue
    case "map":
      return value instanceof MapValue
    case "type":
      return value instanceof TypeValue
    case "object":
      return type.fields === undefined ? typeName(value) === type.name : value instanceof MapValue
    case "opaque":
      return type.name === "optional_type" ? value instanceof Optional : typeName(value) === type.name
  }
}
