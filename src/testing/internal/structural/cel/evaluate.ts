/**
 * Evaluation of a checked expression. `&&`, `||` and the macros made of them go on when an operand fails, as the language
 * wants it; and every step is counted, so that no expression takes longer than its limit allows.
 */
import { type Checked, qualifiedName } from "./check.js"
import { matches, one, type Overload } from "./functions.js"
import { printKey } from "./libraries/operators.js"
import type { Call, Expression, Loop } from "./tree.js"
import {
  Entries,
  EvaluationError,
  fail,
  ListValue,
  MapValue,
  none,
  Optional,
  sizeOf,
  takeSteps,
  typeName,
  TypeValue,
  type Value
} from "./values.js"

export type Outcome =
  | { readonly _tag: "Value"; readonly value: Value; readonly cost: number }
  | { readonly _tag: "Failed"; readonly message: string; readonly cost: number }
  | { readonly _tag: "TooExpensive" }

/** The server's limit of one evaluation. */
const callLimit = 1_000_000

export const evaluate = (
  checked: Checked,
  variables: { readonly [name: string]: (() => Value) | undefined },
  limit: number = callLimit
): Outcome => {
  const evaluator = new Evaluator(checked, variables, limit)
  takeSteps()
  try {
    const value = evaluator.evaluate(checked.expression, undefined)
    return { _tag: "Value", value, cost: evaluator.cost }
  } catch (thrown) {
    if (thrown instanceof EvaluationError) return { _tag: "Failed", message: thrown.message, cost: evaluator.cost }
    if (thrown instanceof TooExpensive) return { _tag: "TooExpensive" }
    throw thrown
  }
}

class TooExpensive extends Error {}

/** A variable of a loop. An accumulator can hold a failure, which whoever reads it meets again. */
interface Scope {
  readonly name: string
  readonly value: Value | EvaluationError
  readonly outer: Scope | undefined
}

const literalCost = { List: 10, Map: 30 }

/** Steps that the server does not count cost this much here, where they are more than what it counts. */
const stepsPerCost = 100
const charactersPerCost = 1000
/** A failure that is made up for costs as much as this many steps of an expression take. */
const failureCost = 4

class Evaluator {
  cost = 0

  constructor(
    private readonly checked: Checked,
    private readonly variables: { readonly [name: string]: (() => Value) | undefined },
    private readonly limit: number
  ) {}

  private pay(cost: number): void {
    this.cost += cost
    if (this.cost > this.limit) throw new TooExpensive()
  }

  evaluate(node: Expression, scope: Scope | undefined): Value {
    switch (node._tag) {
      case "Literal":
        return node.value
      case "Identifier":
        this.pay(1)
        return this.lookUp(node.name, scope)
      case "Select": {
        const name = this.checked.names.get(node)
        if (name !== undefined) {
          this.pay(1)
          return this.lookUp(name, scope)
        }
        const operand = this.evaluate(node.operand, scope)
        if (node.isTest) return isPresent(operand, node.field)
        this.pay(1)
        return select(operand, node.field)
      }
      case "Call":
        return this.call(node, scope)
      case "List": {
        const items = node.elements.map((element) => this.evaluate(element, scope))
        this.pay(literalCost.List)
        return new ListValue(items)
      }
      case "Map": {
        const entries = node.entries.map(([key, value]) =>
          [this.evaluate(key, scope), this.evaluate(value, scope)] as const
        )
        this.pay(literalCost.Map)
        return Entries.of(entries)
      }
      case "Loop":
        return this.loop(node, scope)
    }
  }

  private lookUp(name: string, scope: Scope | undefined): Value {
    for (let current = scope; current !== undefined; current = current.outer) {
      if (current.name !== name) continue
      if (current.value instanceof EvaluationError) throw current.value
      return current.value
    }
    const variable = Object.hasOwn(this.variables, name) ? this.variables[name] : undefined
    return variable === undefined ? new TypeValue(name) : variable()
  }

  private loop(node: Loop, scope: Scope | undefined): Value {
    const range = this.evaluate(node.range, scope)
    let accumulated: Scope["value"] = this.attempt(node.initial, scope)
    const inside = (): Scope => ({ name: node.accumulator, value: accumulated, outer: scope })
    for (const [first, second] of pairsOf(range, node.second !== undefined)) {
      const current = inside()
      if (this.evaluate(node.condition, current) !== true) break
      let variables: Scope = { name: node.variable, value: first, outer: current }
      if (node.second !== undefined) variables = { name: node.second, value: second, outer: variables }
      accumulated = this.attempt(node.step, variables)
    }
    return this.evaluate(node.result, inside())
  }

  private attempt(node: Expression, scope: Scope | undefined): Value | EvaluationError {
    try {
      return this.evaluate(node, scope)
    } catch (thrown) {
      if (!(thrown instanceof EvaluationError)) throw thrown
      this.pay(failureCost)
      return thrown
    }
  }

  private call(node: Call, scope: Scope | undefined): Value {
    const [first, second] = node.arguments
    switch (node.function) {
      case "_&&_":
        return this.logic(first!, second!, false, scope)
      case "_||_":
        return this.logic(first!, second!, true, scope)
      case "_?_:_": {
        const condition = this.evaluate(first!, scope)
        if (typeof condition !== "boolean") return fail("no such overload")
        return this.evaluate(condition ? second! : node.arguments[2]!, scope)
      }
      case "@not_strictly_false":
        this.pay(1)
        return this.attempt(first!, scope) !== false
      case "_?._":
        return this.optionalSelect(first!, second!, scope)
      case "or":
      case "orValue": {
        // What is offered instead is looked at only where there is nothing.
        const target = node.target === undefined ? undefined : this.evaluate(node.target, scope)
        if (!(target instanceof Optional)) return fail("no such overload")
        this.pay(1)
        if (target.value === undefined) return this.evaluate(first!, scope)
        return node.function === "or" ? target : target.value
      }
      default:
        return this.invoke(node, scope)
    }
  }

  /** One operand that decides is enough, wherever it stands, and whatever is wrong with the other. */
  private logic(left: Expression, right: Expression, deciding: boolean, scope: Scope | undefined): Value {
    const one = this.attempt(left, scope)
    if (one === deciding) return deciding
    const other = this.attempt(right, scope)
    if (other === deciding) return deciding
    for (const operand of [one, other]) {
      if (operand instanceof EvaluationError) throw operand
      if (typeof operand !== "boolean") return fail("no such overload")
    }
    return !deciding
  }

  private optionalSelect(operand: Expression, field: Expression, scope: Scope | undefined): Value {
    const value = this.evaluate(operand, scope)
    const name = this.evaluate(field, scope)
    this.pay(1)
    const inner = value instanceof Optional ? value.value : value
    const found = inner instanceof MapValue ? inner.find(name) : undefined
    return found === undefined ? none : new Optional(found)
  }

  private invoke(node: Call, scope: Scope | undefined): Value {
    const args: Array<Value> = []
    if (node.target !== undefined && !this.checked.isNamespaced(node)) args.push(this.evaluate(node.target, scope))
    for (const argument of node.arguments) args.push(this.evaluate(argument, scope))
    if (node.function === "_[?_]" && !isContainer(args[0]!)) return none
    const overload = overloadFor(this.checked.overloadsOf(node), args)
    if (overload === undefined) return this.mismatch(node, args)
    const result = overload.call(args)
    this.pay(costOf(overload, args, result))
    return result
  }

  /** Only where types are not known beforehand. */
  private mismatch(node: Call, args: ReadonlyArray<Value>): never {
    const { function: name } = node
    switch (name) {
      case "_[_]":
        return fail(
          args[0] instanceof ListValue
            ? `unsupported index type '${typeName(args[1]!)}' in list`
            : `no such key: ${printKey(args[1]!)}`
        )
      case "size":
      case "sort":
        return fail(`no such overload: ${name}`)
      default: {
        const qualified = this.checked.isNamespaced(node) ? `${qualifiedName(node.target!)}.${name}` : name
        if (isOperator(name) || terse.has(qualified)) return fail("no such overload")
        return fail(`no such overload: ${qualified}(${args.map(typeName).join(", ")})`)
      }
    }
  }
}

const isOperator = (name: string): boolean => /[_@]/.test(name)

/** Functions whose values refuse a call themselves, and say less than others. */
const terse = new Set(["contains", "startsWith", "endsWith", "matches", "find", "findAll"])

/** Loops without closures: this is asked at each step of each loop of a rule. */
const overloadFor = (overloads: ReadonlyArray<Overload>, args: ReadonlyArray<Value>): Overload | undefined => {
  search: for (const overload of overloads) {
    const { parameters } = overload
    for (let index = 0; index < parameters.length; index++) {
      if (!matches(args[index]!, parameters[index]!)) continue search
    }
    return overload
  }
  return undefined
}

const costOf = ({ cost }: Overload, args: ReadonlyArray<Value>, result: Value): number => {
  const counted = cost === one ? 1 : cost.of(args.map(sizeOf), sizeOf(result))
  const work = takeSteps() / stepsPerCost + (typeof result === "string" ? result.length / charactersPerCost : 0)
  return Math.max(counted, Math.floor(work))
}

const isContainer = (value: Value): boolean =>
  value instanceof ListValue || value instanceof MapValue || value instanceof Optional

const isPresent = (operand: Value, field: string): boolean => {
  const inner = operand instanceof Optional ? operand.value : operand
  if (inner === undefined) return false
  return inner instanceof MapValue && inner.find(field) !== undefined
}

const select = (operand: Value, field: string): Value => {
  if (operand instanceof Optional) {
    const found = operand.value instanceof MapValue ? operand.value.find(field) : undefined
    return found === undefined ? none : new Optional(found)
  }
  return (operand instanceof MapValue ? operand.find(field) : undefined) ?? fail(`no such key: ${field}`)
}

/** What a loop goes through: items, keys, or pairs of index and item, key and value. */
function* pairsOf(range: Value, isPair: boolean): Generator<readonly [first: Value, second: Value]> {
  if (range instanceof ListValue) {
    for (let index = 0; index < range.size; index++) {
      yield isPair ? [BigInt(index), range.at(index)] : [range.at(index), null]
    }
  } else if (range instanceof MapValue) {
    for (const key of range.keys()) yield [key, isPair ? range.find(key) ?? null : null]
  } else fail(`got '${goType(range)}', expected iterable type`)
}

/** The name that the server's implementation has for the type of a value. */
const goType = (value: Value): string => {
  const name = typeName(value)
  return goTypes[name] ?? name
}

const goTypes: { readonly [name: string]: string } = {
  bool: "types.Bool",
  bytes: "types.Bytes",
  double: "types.Double",
  int: "types.Int",
  string: "types.String",
  uint: "types.Uint",
  null_type: "types.Null",
  "google.protobuf.Duration": "types.Duration",
  "google.protobuf.Timestamp": "types.Timestamp"
}
