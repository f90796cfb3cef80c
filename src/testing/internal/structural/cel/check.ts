/**
 * The types of an expression: of each node its type, and of each call the overloads that it can be. Messages are those of
 * Google's implementation, which the server shows.
 */
import { assign, type Bindings, closed, mostGeneral, substitute } from "./assignment.js"
import * as types from "./celType.js"
import { overloadsOf, typeNames } from "./environment.js"
import type { Overload } from "./functions.js"
import type { Call, Expression, Issue, Loop, Select } from "./tree.js"
import { Unsigned, type Value } from "./values.js"

export interface Checked {
  readonly expression: Expression
  readonly typeOf: (node: Expression) => types.Type
  readonly overloadsOf: (node: Call) => ReadonlyArray<Overload>
  /** Of a name or a chain of selections that is the name of something. */
  readonly names: ReadonlyMap<Expression, string>
  /** The variables that it uses. */
  readonly variables: ReadonlySet<string>
  /** Calls whose target is part of the function's name: `format` of `format.named(x)`. */
  readonly isNamespaced: (node: Call) => boolean
}

export type Variables = ReadonlyMap<string, types.Type>

export const check = (expression: Expression, variables: Variables): Checked | ReadonlyArray<Issue> => {
  const checker = new Checker(variables)
  checker.check(expression)
  return checker.issues.length > 0 ? checker.issues : checker.checked(expression)
}

class Checker {
  readonly issues: Array<Issue> = []
  private readonly found = new Map<Expression, types.Type>()
  private readonly references = new Map<Call, ReadonlyArray<Overload>>()
  private readonly namespaced = new Set<Call>()
  private readonly names = new Map<Expression, string>()
  private readonly used = new Set<string>()
  private scopes: ReadonlyArray<Variables>
  private bindings: Bindings = new Map()
  private freeTypes = 0

  constructor(variables: Variables) {
    this.scopes = [variables]
  }

  checked(expression: Expression): Checked {
    const final = new Map([...this.found].map(([node, type]) => [node, closed(this.bindings, type)] as const))
    return {
      expression,
      typeOf: (node) => final.get(node) ?? types.dyn,
      overloadsOf: (node) => this.references.get(node) ?? [],
      names: this.names,
      variables: this.used,
      isNamespaced: (node) => this.namespaced.has(node)
    }
  }

  check(node: Expression): types.Type {
    const type = this.typeOf(node)
    this.found.set(node, type)
    return type
  }

  private typeOf(node: Expression): types.Type {
    switch (node._tag) {
      case "Literal":
        return literalType(node.value)
      case "Identifier":
        return this.named(node, node.name) ?? this.undeclared(node, node.name)
      case "Select":
        return this.selection(node)
      case "Call":
        return this.call(node)
      case "List": {
        let joined: types.Type | undefined
        for (const element of node.elements) joined = this.join(joined, this.check(element))
        return types.list(joined ?? this.free())
      }
      case "Map": {
        let [keys, values]: [types.Type | undefined, types.Type | undefined] = [undefined, undefined]
        for (const [key, value] of node.entries) {
          keys = this.join(keys, this.check(key))
          values = this.join(values, this.check(value))
        }
        return types.map(keys ?? this.free(), values ?? this.free())
      }
      case "Loop":
        return this.loop(node)
    }
  }

  private report(node: Expression, message: string): void {
    this.issues.push({ at: node.at, message })
  }

  private undeclared(node: Expression, name: string): types.Type {
    this.report(node, `undeclared reference to '${name}' (in container '')`)
    return types.error
  }

  private free(): types.Type {
    return types.parameter(`_var${this.freeTypes++}`)
  }

  private substituted(type: types.Type): types.Type {
    return substitute(this.bindings, type)
  }

  private assignable(given: ReadonlyArray<types.Type>, places: ReadonlyArray<types.Type>): boolean {
    const bindings = assign(this.bindings, given, places)
    if (bindings !== undefined) this.bindings = bindings
    return bindings !== undefined
  }

  private join(previous: types.Type | undefined, next: types.Type): types.Type {
    if (previous === undefined) return next
    return this.assignable([previous], [next]) ? mostGeneral(previous, next) : types.dyn
  }

  /** The type of what a name stands for: a variable, the innermost first, or a type. */
  private named(node: Expression, name: string): types.Type | undefined {
    for (let scope = this.scopes.length - 1; scope >= 0; scope--) {
      const type = this.scopes[scope]!.get(name)
      if (type === undefined) continue
      if (scope === 0) this.used.add(name)
      this.names.set(node, name)
      return type
    }
    const type = typeNames.get(name)
    if (type !== undefined) this.names.set(node, name)
    return type === undefined ? undefined : types.typeOf(type)
  }

  // ---------------------------------------------------------------- fields

  private selection(node: Select): types.Type {
    const qualified = node.isTest ? undefined : qualifiedName(node)
    const named = qualified === undefined ? undefined : this.named(node, qualified)
    if (named !== undefined) return named
    const result = this.field(node, node.operand, node.field, false)
    return node.isTest ? types.bool : this.substituted(result)
  }

  private field(node: Expression, operand: Expression, field: string, isOptional: boolean): types.Type {
    const operandType = this.substituted(this.check(operand))
    const inner = types.unwrapped(operandType)
    const result = this.fieldOf(node, inner ?? operandType, field)
    return inner !== undefined || isOptional ? types.optional(result) : result
  }

  private fieldOf(node: Expression, target: types.Type, field: string): types.Type {
    if (target.kind === "map") return target.parameters[1]!
    if (target.kind === "object") {
      const type = target.fields?.get(field)
      if (type === undefined) this.report(node, `undefined field '${field}'`)
      return type ?? types.error
    }
    if (target.kind === "parameter") this.assignable([types.dyn], [target])
    else if (!types.isDynamic(target)) {
      this.report(node, `type '${types.print(target)}' does not support field selection`)
    }
    return types.dyn
  }

  // ---------------------------------------------------------------- calls

  private call(node: Call): types.Type {
    const { arguments: args, target } = node
    if (node.function === "_?._") {
      const [operand, field] = args
      const name = field?._tag === "Literal" && typeof field.value === "string" ? field.value : ""
      this.found.set(field!, types.string)
      return this.substituted(this.field(node, operand!, name, true))
    }
    const argumentTypes = args.map((argument) => this.check(argument))
    if (target === undefined) {
      const overloads = overloadsOf(node.function)
      return overloads === undefined
        ? this.undeclared(node, node.function)
        : this.resolve(node, node.function, overloads, argumentTypes, false)
    }
    const prefix = qualifiedName(target)
    const namespaced = prefix === undefined ? undefined : overloadsOf(`${prefix}.${node.function}`)
    if (namespaced !== undefined && namespaced.some((overload) => !overload.isMember)) {
      this.namespaced.add(node)
      return this.resolve(node, `${prefix}.${node.function}`, namespaced, argumentTypes, false)
    }
    const targetType = this.check(target)
    const overloads = overloadsOf(node.function)
    return overloads === undefined
      ? this.undeclared(node, node.function)
      : this.resolve(node, node.function, overloads, [targetType, ...argumentTypes], true)
  }

  private resolve(
    node: Call,
    name: string,
    overloads: ReadonlyArray<Overload>,
    given: ReadonlyArray<types.Type>,
    isMember: boolean
  ): types.Type {
    if (name === "_&&_" || name === "_||_") return this.logic(node, overloads, given)
    let result: types.Type | undefined
    const possible: Array<Overload> = []
    for (const overload of overloads) {
      if (overload.isMember !== isMember) continue
      const instance = this.instance(overload)
      if (!this.assignable(given, instance.parameters)) continue
      possible.push(overload)
      const type = this.substituted(instance.result)
      if (result === undefined) result = type
      else if (result.kind !== "dyn" && !types.same(result, type)) result = types.dyn
    }
    this.references.set(node, possible)
    if (result !== undefined) return result
    const shown = given.map((type) => types.print(closed(this.bindings, type)))
    const signature = isMember ? `${shown[0]}.(${shown.slice(1).join(", ")})` : `(${shown.join(", ")})`
    this.report(node, `found no matching overload for '${name}' applied to '${signature}'`)
    return types.error
  }

  /** Each operand is looked at on its own, so that each that is wrong is named. */
  private logic(node: Call, overloads: ReadonlyArray<Overload>, given: ReadonlyArray<types.Type>): types.Type {
    this.references.set(node, overloads)
    let isRight = true
    for (const [index, type] of given.entries()) {
      if (this.assignable([type], [types.bool])) continue
      this.report(node.arguments[index]!, `expected type 'bool' but found '${types.print(type)}'`)
      isRight = false
    }
    return isRight ? types.bool : types.error
  }

  /** An overload with type parameters of its own for each call. */
  private instance({ parameters, result, typeParameters }: Overload): Pick<Overload, "parameters" | "result"> {
    if (typeParameters.length === 0) return { parameters, result }
    const fresh: Bindings = new Map(typeParameters.map((name) => [name, this.free()]))
    return {
      parameters: parameters.map((type) => substitute(fresh, type)),
      result: substitute(fresh, result)
    }
  }

  // ---------------------------------------------------------------- loops

  private loop(node: Loop): types.Type {
    const range = this.check(node.range)
    const initial = this.check(node.initial)
    const [first, second] = this.elements(node, this.substituted(range))
    const outer = this.scopes
    const withAccumulator = [...outer, new Map([[node.accumulator, initial]])]
    this.scopes = [
      ...withAccumulator,
      new Map([[node.variable, first], ...(node.second === undefined ? [] : [[node.second, second] as const])])
    ]
    this.expect(node.condition, types.bool)
    this.expect(node.step, initial)
    this.scopes = withAccumulator
    const result = this.check(node.result)
    this.scopes = outer
    return this.substituted(result)
  }

  private elements(node: Loop, range: types.Type): readonly [first: types.Type, second: types.Type] {
    const isPair = node.second !== undefined
    switch (range.kind) {
      case "list":
        return isPair ? [types.int, range.parameters[0]!] : [range.parameters[0]!, types.dyn]
      case "map":
        return [range.parameters[0]!, range.parameters[1]!]
      case "parameter":
        this.assignable([types.dyn], [range])
        return [types.dyn, types.dyn]
      case "dyn":
      case "error":
        return [types.dyn, types.dyn]
      default:
        this.report(
          node.range,
          `expression of type '${
            types.print(range)
          }' cannot be range of a comprehension (must be list, map, or dynamic)`
        )
        return [types.error, types.error]
    }
  }

  private expect(node: Expression, type: types.Type): void {
    const found = this.check(node)
    if (this.assignable([type], [found])) return
    this.report(node, `expected type '${types.print(type)}' but found '${types.print(found)}'`)
  }
}

const literalType = (value: Value): types.Type => {
  switch (typeof value) {
    case "boolean":
      return types.bool
    case "string":
      return types.string
    case "number":
      return types.double
    case "bigint":
      return types.int
    default:
      return value === null ? types.nullType : value instanceof Unsigned ? types.uint : types.bytes
  }
}

/** `a.b.c` of a chain of selections that begins with a name. */
export const qualifiedName = (node: Expression): string | undefined => {
  if (node._tag === "Identifier") return node.name
  if (node._tag !== "Select" || node.isTest) return undefined
  const prefix = qualifiedName(node.operand)
  return prefix === undefined ? undefined : `${prefix}.${node.field}`
}
