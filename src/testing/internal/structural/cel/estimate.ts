/**
 * The cost of an expression at worst, before it is ever evaluated: what a definition's limits on the sizes of lists, maps
 * and texts promise. A server refuses rules that could be too expensive; a quirk of its estimate is one here, too.
 */
import * as types from "./celType.js"
import type { Checked } from "./check.js"
import type { DeclaredType } from "./declaredType.js"
import { type Guess, type Overload, walk } from "./functions.js"
import type { Call, Expression, Loop } from "./tree.js"
import { sizeOf } from "./values.js"

interface Size {
  readonly min: number
  readonly max: number
}

/** Of the keys and values of a list or map. */
interface EntrySize {
  readonly isList: boolean
  readonly key: Size
  readonly value: Size
}

/** Where a value comes from: a variable, then fields, `@items`, `@keys` and `@values`. */
type Path = ReadonlyArray<string>

interface Local {
  readonly path: Path | undefined
  readonly size: Size | undefined
  readonly entries: EntrySize | undefined
}

/** The largest number that the server counts with. */
const largest = 2 ** 64

const capped = (value: number): number => Math.min(value, largest)

const fixed = (size: number): Size => ({ min: size, max: size })
const unknown: Size = { min: 0, max: largest }

const union = (left: Size, right: Size): Size => ({
  min: Math.min(left.min, right.min),
  max: Math.max(left.max, right.max)
})

const unionOfEntries = (left: EntrySize | undefined, right: EntrySize | undefined): EntrySize | undefined =>
  left === undefined || right === undefined
    ? undefined
    : { isList: left.isList, key: union(left.key, right.key), value: union(left.value, right.value) }

/** The cost of an expression in which `self` and `oldSelf` have the declared type. */
export const estimateCost = (checked: Checked, self: DeclaredType): number =>
  new Estimator(checked, self).cost(checked.expression)

class Estimator {
  private readonly paths = new Map<Expression, Path | undefined>()
  private readonly sizes = new Map<Expression, Size>()
  private readonly entrySizes = new Map<Expression, EntrySize>()
  private readonly locals = new Map<string, Array<Local>>()

  constructor(private readonly checked: Checked, private readonly self: DeclaredType) {}

  cost(node: Expression): number {
    return capped(this.costOf(node))
  }

  private costOf(node: Expression): number {
    switch (node._tag) {
      case "Literal":
        return 0
      case "Identifier": {
        const local = this.local(node.name)
        this.paths.set(node, local === undefined ? [node.name] : local.path)
        return 1
      }
      case "Select": {
        const name = this.checked.names.get(node)
        if (name !== undefined) {
          this.paths.set(node, [name])
          return 1
        }
        const operand = this.cost(node.operand)
        if (node.isTest) return operand
        this.paths.set(node, [...(this.path(node.operand) ?? []), node.field])
        const { kind } = this.checked.typeOf(node.operand)
        return operand + (kind === "map" || kind === "object" || kind === "parameter" ? 1 : 0)
      }
      case "Call":
        return this.call(node)
      case "List": {
        const cost = node.elements.reduce((sum, element) => sum + this.cost(element), 10)
        this.entrySizes.set(node, { isList: true, key: fixed(1), value: this.unionOf(node.elements) })
        return cost
      }
      case "Map": {
        const cost = node.entries.reduce((sum, [key, value]) => sum + this.cost(key) + this.cost(value), 30)
        this.entrySizes.set(node, {
          isList: false,
          key: this.unionOf(node.entries.map(([key]) => key)),
          value: this.unionOf(node.entries.map(([, value]) => value))
        })
        return cost
      }
      case "Loop":
        return this.loop(node)
    }
  }

  private unionOf(nodes: ReadonlyArray<Expression>): Size {
    return nodes.length === 0 ? fixed(0) : nodes.map((node) => this.sizeOrUnknown(node)).reduce(union)
  }

  // ---------------------------------------------------------------- loops

  private loop(node: Loop): number {
    const start = this.cost(node.range) + this.cost(node.initial)
    const isBinding = node.condition._tag === "Literal" && node.condition.value === false
    this.push(node.accumulator, {
      path: this.path(node.initial),
      size: this.size(node.initial),
      entries: this.entries(node.initial)
    })
    if (isBinding) {
      const cost = start + this.cost(node.result)
      this.pop(node.accumulator)
      this.copySizes(node, node.result)
      return cost
    }
    this.pushVariables(node)
    const perItem = this.cost(node.condition) + this.cost(node.step)
    this.pop(node.variable)
    if (node.second !== undefined) this.pop(node.second)
    const result = this.cost(node.result)
    this.pop(node.accumulator)
    const count = this.sizeOrUnknown(node.range)
    if (node.initial._tag === "Literal") this.setSize(node, this.size(node.initial))
    else {
      this.sizes.set(node, count)
      const entries = this.entries(node.step)
      if (entries !== undefined) this.entrySizes.set(node, entries)
    }
    return start + result + capped(count.max * perItem)
  }

  private pushVariables({ range, second, variable }: Loop): void {
    const entries = this.entries(range)
    const isList = entries?.isList ?? this.checked.typeOf(range).kind === "list"
    const path = this.path(range) ?? []
    const items: Local = { path: [...path, isList ? "@items" : "@values"], size: entries?.value, entries: undefined }
    const keys: Local = { path: [...path, isList ? "@indices" : "@keys"], size: entries?.key, entries: undefined }
    if (second === undefined) this.push(variable, isList ? items : keys)
    else {
      this.push(variable, keys)
      this.push(second, items)
    }
  }

  private push(name: string, local: Local): void {
    const stack = this.locals.get(name)
    if (stack === undefined) this.locals.set(name, [local])
    else stack.push(local)
  }

  private pop(name: string): void {
    this.locals.get(name)?.pop()
  }

  private local(name: string): Local | undefined {
    return this.locals.get(name)?.at(-1)
  }

  // ---------------------------------------------------------------- calls

  private call(node: Call): number {
    const { arguments: args } = node
    if (node.function === "dyn") {
      const cost = 1 + this.cost(args[0]!)
      this.copySizes(node, args[0]!)
      return cost
    }
    const costs = args.map((argument) => this.cost(argument))
    const target = node.target === undefined || this.checked.isNamespaced(node) ? undefined : node.target
    const targetCost = target === undefined ? 0 : this.cost(target)
    const sum = costs.reduce((total, cost) => total + cost, targetCost)
    switch (node.function) {
      case "_&&_":
      case "_||_":
        return sum
      case "_?_:_":
        this.sizes.set(node, union(this.sizeOrUnknown(args[1]!), this.sizeOrUnknown(args[2]!)))
        this.setEntries(node, unionOfEntries(this.entries(args[1]!), this.entries(args[2]!)))
        return costs[0]! + Math.max(costs[1]!, costs[2]!)
      case "_?._":
        return sum + 1
      case "_+_":
        this.setEntries(node, unionOfEntries(this.entries(args[0]!), this.entries(args[1]!)))
    }
    const operands = target === undefined ? args : [target, ...args]
    const cost = Math.max(
      0,
      ...this.checked.overloadsOf(node).map((overload) => this.overload(node, overload, operands))
    )
    return sum + cost
  }

  private overload(node: Call, overload: Overload, operands: ReadonlyArray<Expression>): number {
    const sizes = operands.map((operand) => this.sizeOrUnknown(operand))
    const guess: Guess = {
      sizes: sizes.map(({ max }) => max),
      smallest: sizes.map(({ min }) => min),
      items: operands[0] === undefined ? 0 : this.textItems(operands[0]),
      literals: operands.map((operand) =>
        operand._tag === "Literal" && typeof operand.value === "bigint"
          ? Math.max(Number(operand.value), 0)
          : undefined
      )
    }
    const known = this.sizes.get(node)
    const isIndex = overload.function === "_[_]" && operands[0] !== undefined && !isOptional(overload)
    const size = isIndex
      ? this.indexed(node, operands[0]!, overload)
      : overload.cost.size === undefined
      ? this.size(node)
      : { min: 0, max: capped(overload.cost.size(guess)) }
    if (size !== undefined) this.sizes.set(node, known === undefined ? size : union(known, size))
    if (overload.function === "_==_") {
      const special = equalityCost(this.checked.typeOf(operands[0]!), guess.sizes)
      if (special !== undefined) return special
    }
    return capped(
      overload.cost.estimate === undefined ? overload.cost.of(guess.sizes, 0) : overload.cost.estimate(guess)
    )
  }

  private indexed(node: Call, container: Expression, { parameters }: Overload): Size | undefined {
    this.paths.set(node, [...(this.path(container) ?? []), parameters[0]!.kind === "list" ? "@items" : "@values"])
    return this.entries(container)?.value ?? this.size(node)
  }

  /** The size of a list's items where they are texts, which are walked through when they are compared. */
  private textItems(list: Expression): number {
    const element = this.checked.typeOf(list).parameters[0]
    if (element === undefined || (element.kind !== "string" && element.kind !== "bytes")) return 0
    const path = this.path(list)
    const declared = path === undefined ? undefined : this.declared([...path, "@items"])
    return declared === undefined ? largest : declared.max
  }

  // ---------------------------------------------------------------- sizes

  private path(node: Expression): Path | undefined {
    const local = node._tag === "Identifier" ? this.local(node.name) : undefined
    return local === undefined ? this.paths.get(node) : local.path
  }

  private declared(path: Path): Size | undefined {
    if (path.length === 0) return undefined
    let current: DeclaredType | undefined = this.self
    for (const step of path.slice(1)) {
      current = step === "@items" || step === "@values"
        ? current.elements
        : step === "@keys"
        ? current.keys
        : current.fields?.get(step)
      if (current === undefined) return undefined
    }
    return { min: 0, max: current.maximum }
  }

  private size(node: Expression): Size | undefined {
    const known = this.sizes.get(node) ?? literalSize(node)
    if (known !== undefined) return known
    const path = this.path(node)
    const declared = path === undefined ? undefined : this.declared(path)
    if (declared !== undefined) {
      this.sizes.set(node, declared)
      return declared
    }
    if (isScalar(this.checked.typeOf(node))) return fixed(1)
    return node._tag === "Identifier" ? this.local(node.name)?.size : undefined
  }

  private sizeOrUnknown(node: Expression): Size {
    return this.size(node) ?? unknown
  }

  private entries(node: Expression): EntrySize | undefined {
    return this.entrySizes.get(node) ?? (node._tag === "Identifier" ? this.local(node.name)?.entries : undefined)
  }

  private setSize(node: Expression, size: Size | undefined): void {
    if (size !== undefined) this.sizes.set(node, size)
  }

  private setEntries(node: Expression, entries: EntrySize | undefined): void {
    if (entries !== undefined) this.entrySizes.set(node, entries)
  }

  private copySizes(to: Expression, from: Expression): void {
    this.setSize(to, this.size(from))
    this.setEntries(to, this.entries(from))
  }
}

const isOptional = ({ parameters }: Overload): boolean => types.unwrapped(parameters[0]!) !== undefined

const literalSize = (node: Expression): Size | undefined => {
  switch (node._tag) {
    case "Literal":
      return fixed(sizeOf(node.value))
    case "List":
      return fixed(node.elements.length)
    case "Map":
      return fixed(node.entries.length)
    default:
      return undefined
  }
}

const scalars: ReadonlySet<types.Kind> = new Set(["bool", "double", "duration", "int", "timestamp", "uint"])

const isScalar = (type: types.Type): boolean => {
  const inner = types.unwrapped(type)
  return inner === undefined ? scalars.has(type.kind) : isScalar(inner)
}

/** Kubernetes' own values are compared at once; URLs and formats as the texts that they are. */
const equalityCost = (type: types.Type, sizes: ReadonlyArray<number>): number | undefined => {
  switch (type) {
    case types.quantity:
    case types.semver:
    case types.ip:
    case types.cidr:
      return 1
    case types.namedFormat:
      return walk(64)
    case types.url:
      return capped(walk(Math.max(...sizes)))
    default:
      return undefined
  }
}
