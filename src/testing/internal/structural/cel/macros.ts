/**
 * Macros: calls that are loops, or look at the form of their argument. Each is written out here as the language definition
 * does it, so that types, errors and costs of what it becomes are those of the server.
 */
import { type Call, call, type Expression, identifier, literal, type Loop, SyntaxIssue } from "./tree.js"

/** No source can name it, so no variable hides it. */
const accumulator = "@result"
const unused = "#unused"

export const notSimpleName = "argument must be a simple name"
export const notIdentifier = "argument is not an identifier"

/** What a call becomes if it is one of a macro. */
export const expandMacro = (node: Call): Expression | undefined => {
  const { arguments: args, target } = node
  if (target === undefined) {
    return node.function === "has" && args.length === 1
      ? presence(args[0]!, node.at)
      : undefined
  }
  const macro = macros.get(`${node.function}/${args.length}`)
  return macro?.(target, args, node.at)
}

type Macro = (target: Expression, args: ReadonlyArray<Expression>, at: number) => Expression

const presence = (argument: Expression, at: number): Expression => {
  if (argument._tag !== "Select") throw new SyntaxIssue(argument.at, "invalid argument to has() macro")
  return { ...argument, isTest: true, at }
}

const nameOf = (argument: Expression, complaint: string): string => {
  if (argument._tag !== "Identifier") throw new SyntaxIssue(argument.at, complaint)
  return argument.name
}

interface Variables {
  readonly variable: string
  readonly second?: string | undefined
}

const oneVariable = (args: ReadonlyArray<Expression>, complaint: string): Variables => ({
  variable: nameOf(args[0]!, complaint)
})

const twoVariables = (args: ReadonlyArray<Expression>): Variables => {
  const variable = nameOf(args[0]!, notSimpleName)
  const second = nameOf(args[1]!, notSimpleName)
  if (variable === second) throw new SyntaxIssue(args[1]!.at, `duplicate variable name: ${variable}`)
  return { variable, second }
}

interface Body {
  readonly initial: Expression
  readonly condition?: Expression
  readonly step: Expression
  readonly result?: Expression
}

const loop = (range: Expression, { second, variable }: Variables, at: number, body: Body): Loop => ({
  _tag: "Loop",
  range,
  variable,
  second,
  accumulator,
  initial: body.initial,
  condition: body.condition ?? literal(true, at),
  step: body.step,
  result: body.result ?? identifier(accumulator, at),
  at
})

const soFar = (at: number): Expression => identifier(accumulator, at)

const choice = (condition: Expression | undefined, yes: Expression, at: number): Expression =>
  condition === undefined ? yes : call("_?_:_", [condition, yes, soFar(at)], at)

const quantifier = (kind: "all" | "exists" | "one", predicate: Expression, at: number): Body => {
  switch (kind) {
    case "all":
      return {
        initial: literal(true, at),
        condition: call("@not_strictly_false", [soFar(at)], at),
        step: call("_&&_", [soFar(at), predicate], at)
      }
    case "exists":
      return {
        initial: literal(false, at),
        condition: call("@not_strictly_false", [call("!_", [soFar(at)], at)], at),
        step: call("_||_", [soFar(at), predicate], at)
      }
    case "one":
      return {
        initial: literal(0n, at),
        step: choice(predicate, call("_+_", [soFar(at), literal(1n, at)], at), at),
        result: call("_==_", [soFar(at), literal(1n, at)], at)
      }
  }
}

const collecting = (filter: Expression | undefined, element: Expression, at: number): Body => ({
  initial: { _tag: "List", elements: [], at },
  step: choice(filter, call("_+_", [soFar(at), { _tag: "List", elements: [element], at }], at), at)
})

const inserting = (filter: Expression | undefined, entry: ReadonlyArray<Expression>, at: number): Body => ({
  initial: { _tag: "Map", entries: [], at },
  step: choice(filter, call("cel.@mapInsert", [soFar(at), ...entry], at), at)
})

/** An expression in which a name stands for the value of another. */
const binding = (name: string, value: Expression, result: Expression, at: number): Loop => ({
  _tag: "Loop",
  range: { _tag: "List", elements: [], at },
  variable: unused,
  second: undefined,
  accumulator: name,
  initial: value,
  condition: literal(false, at),
  step: identifier(name, at),
  result,
  at
})

const quantify = (kind: "all" | "exists" | "one"): Macro => (target, args, at) =>
  loop(target, oneVariable(args, notSimpleName), at, quantifier(kind, args[1]!, at))

const quantifyTwo = (kind: "all" | "exists" | "one"): Macro => (target, args, at) =>
  loop(target, twoVariables(args), at, quantifier(kind, args[2]!, at))

const mapping: Macro = (target, args, at) =>
  loop(
    target,
    oneVariable(args, notIdentifier),
    at,
    collecting(args.length === 3 ? args[1] : undefined, args.at(-1)!, at)
  )

const filtering: Macro = (target, args, at) => {
  const variables = oneVariable(args, notIdentifier)
  return loop(target, variables, at, collecting(args[1], identifier(variables.variable, args[0]!.at), at))
}

const filterOfTwo = (args: ReadonlyArray<Expression>): Expression | undefined => args.length === 4 ? args[2] : undefined

const transformList: Macro = (target, args, at) =>
  loop(target, twoVariables(args), at, collecting(filterOfTwo(args), args.at(-1)!, at))

const transformMap: Macro = (target, args, at) => {
  const variables = twoVariables(args)
  return loop(
    target,
    variables,
    at,
    inserting(filterOfTwo(args), [identifier(variables.variable, args[0]!.at), args.at(-1)!], at)
  )
}

const transformMapEntry: Macro = (target, args, at) =>
  loop(target, twoVariables(args), at, inserting(filterOfTwo(args), [args.at(-1)!], at))

const optionalMap = (macro: "optMap" | "optFlatMap"): Macro => (target, args, at) => {
  const name = nameOf(args[0]!, `${macro}() variable name must be a simple identifier`)
  const result = binding(name, call("value", [], at, target), args[1]!, at)
  return call("_?_:_", [
    call("hasValue", [], at, target),
    macro === "optMap" ? call("optional.of", [result], at) : result,
    call("optional.none", [], at)
  ], at)
}

const sortBy: Macro = (target, args, at) => {
  const input = "@__sortBy_input__"
  const keys = mapping(identifier(input, at), args, at)
  return binding(input, target, call("@sortByAssociatedKeys", [keys], at, identifier(input, at)), at)
}

const macros: ReadonlyMap<string, Macro> = new Map([
  ["all/2", quantify("all")],
  ["exists/2", quantify("exists")],
  ["exists_one/2", quantify("one")],
  ["existsOne/2", quantify("one")],
  ["map/2", mapping],
  ["map/3", mapping],
  ["filter/2", filtering],
  ["all/3", quantifyTwo("all")],
  ["exists/3", quantifyTwo("exists")],
  ["exists_one/3", quantifyTwo("one")],
  ["existsOne/3", quantifyTwo("one")],
  ["transformList/3", transformList],
  ["transformList/4", transformList],
  ["transformMap/3", transformMap],
  ["transformMap/4", transformMap],
  ["transformMapEntry/3", transformMapEntry],
  ["transformMapEntry/4", transformMapEntry],
  ["optMap/2", optionalMap("optMap")],
  ["optFlatMap/2", optionalMap("optFlatMap")],
  ["sortBy/2", sortBy]
])
