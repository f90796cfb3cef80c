/** What is looked at once the types of an expression are known: literals of lists, patterns, times and formats. */
import * as types from "./celType.js"
import type { Checked } from "./check.js"
import { evaluate } from "./evaluate.js"
import { patternProblem } from "./libraries/regex.js"
import { type Clause, parseFormat } from "./libraries/textFormat.js"
import { isSecondOfCalendar, readDuration, readTimestamp } from "./time.js"
import type { Call, Expression, Issue, ListExpression, MapExpression } from "./tree.js"
import { EvaluationError, type Value } from "./values.js"

export const literalIssues = (checked: Checked): ReadonlyArray<Issue> => {
  const issues: Array<Issue> = []
  walk(checked.expression, false, (node, isFormatted) => {
    if (node._tag === "Call") issues.push(...callIssues(checked, node))
    if (!isFormatted && node._tag === "List") issues.push(...listIssues(checked, node))
    if (!isFormatted && node._tag === "Map") issues.push(...mapIssues(checked, node))
  })
  return issues
}

/** Visits each node; values of different types may stand together in what `format` prints. */
const walk = (
  node: Expression,
  isFormatted: boolean,
  visit: (node: Expression, isFormatted: boolean) => void
): void => {
  visit(node, isFormatted)
  const inner = isFormatted || (node._tag === "Call" && node.function === "format")
  for (const child of childrenOf(node)) walk(child, inner, visit)
}

const childrenOf = (node: Expression): ReadonlyArray<Expression> => {
  switch (node._tag) {
    case "Literal":
    case "Identifier":
      return []
    case "Select":
      return [node.operand]
    case "Call":
      return [...(node.target === undefined ? [] : [node.target]), ...node.arguments]
    case "List":
      return node.elements
    case "Map":
      return node.entries.flat()
    case "Loop":
      return [node.range, node.initial, node.condition, node.step, node.result]
  }
}

const mismatch = (at: number, expected: types.Type, found: types.Type): Issue => ({
  at,
  message: `expected type '${types.print(expected)}' but found '${types.print(found)}'`
})

const listIssues = (checked: Checked, { elements }: ListExpression): ReadonlyArray<Issue> => {
  const expected = elements[0] && checked.typeOf(elements[0])
  const stranger = elements.find((element) => expected !== undefined && !types.same(expected, checked.typeOf(element)))
  return stranger === undefined ? [] : [mismatch(stranger.at, expected!, checked.typeOf(stranger))]
}

const mapIssues = (checked: Checked, { entries }: MapExpression): ReadonlyArray<Issue> => {
  const [first] = entries
  if (first === undefined) return []
  return entries.flatMap((entry) =>
    entry.flatMap((node, index) => {
      const expected = checked.typeOf(first[index]!)
      const found = checked.typeOf(node)
      return types.same(expected, found) ? [] : [mismatch(node.at, expected, found)]
    })
  )
}

const isTimestamp = (value: Value): boolean => {
  if (typeof value === "string") return readTimestamp(value) !== undefined
  return typeof value !== "bigint" || isSecondOfCalendar(value)
}

const isWellFormed: { readonly [name: string]: (value: Value) => boolean } = {
  duration: (value) => typeof value !== "string" || readDuration(value) !== undefined,
  timestamp: isTimestamp,
  matches: (value) => typeof value !== "string" || patternProblem(value) === undefined
}

const callIssues = (checked: Checked, node: Call): ReadonlyArray<Issue> => {
  const [argument] = node.arguments
  if (argument === undefined) return []
  if (Object.hasOwn(isWellFormed, node.function) && argument._tag === "Literal") {
    return isWellFormed[node.function]!(argument.value)
      ? []
      : [{ at: argument.at, message: `invalid ${node.function} argument` }]
  }
  const { target } = node
  return node.function === "format" && target?._tag === "Literal" && typeof target.value === "string" &&
      argument._tag === "List"
    ? formatIssues(checked, node, target.value, argument.elements)
    : []
}

const formatIssues = (
  checked: Checked,
  node: Call,
  format: string,
  args: ReadonlyArray<Expression>
): ReadonlyArray<Issue> => {
  try {
    const clauses = parseFormat(format).filter((part): part is Clause => typeof part !== "string")
    for (const [index, clause] of clauses.entries()) {
      const argument = args[index]
      if (argument === undefined) return [{ at: node.at, message: `index ${index} out of range` }]
      const wrong = unprintable(checked, clause, argument)
      if (wrong !== undefined) return [wrong]
    }
    return args.length <= clauses.length ? [] : [{
      at: node.at,
      message: `too many arguments supplied to string.format (expected ${clauses.length}, got ${args.length})`
    }]
  } catch (thrown) {
    if (thrown instanceof EvaluationError) return [{ at: node.at, message: thrown.message }]
    throw thrown
  }
}

const integers: ReadonlyArray<types.Kind> = ["int", "uint"]
const doubles: ReadonlyArray<types.Kind> = ["double", "string"]

const printable: { readonly [verb in Clause["verb"]]: readonly [kinds: ReadonlyArray<types.Kind>, rule: string] } = {
  s: [
    ["list", "map", "int", "uint", "double", "bool", "string", "timestamp", "bytes", "duration", "type", "null"],
    "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps"
  ],
  d: [integers, "decimal clause can only be used on integers"],
  f: [doubles, "fixed-point clause can only be used on doubles"],
  e: [doubles, "scientific clause can only be used on doubles"],
  b: [[...integers, "bool"], "only integers and bools can be formatted as binary"],
  x: [[...integers, "string", "bytes"], "only integers, byte buffers, and strings can be formatted as hex"],
  X: [[...integers, "string", "bytes"], "only integers, byte buffers, and strings can be formatted as hex"],
  o: [integers, "octal clause can only be used on integers"]
}

/** What a clause cannot print: its argument, or a part of a list or map that is written out. */
const unprintable = (checked: Checked, clause: Clause, argument: Expression): Issue | undefined => {
  const [kinds, rule] = printable[clause.verb]
  const type = checked.typeOf(argument)
  if (type.kind !== "dyn" && !kinds.includes(type.kind)) {
    return { at: argument.at, message: `error during formatting: ${rule}, was given ${type.name}` }
  }
  if (clause.verb !== "s" || (argument._tag !== "List" && argument._tag !== "Map")) return undefined
  for (const child of childrenOf(argument)) {
    const wrong = unprintable(checked, clause, child)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** Conversions of what is known beforehand are made at once, and patterns compiled: what fails then is a text. */
export const constantProblem = (checked: Checked): string | undefined => {
  let problem: string | undefined
  walk(checked.expression, false, (node) => {
    if (problem !== undefined || node._tag !== "Call") return
    problem = isConstant(node) ? conversionProblem(checked, node) : searchProblem(node)
  })
  return problem
}

const conversionFunctions = new Set([
  "bool",
  "bytes",
  "double",
  "duration",
  "dyn",
  "int",
  "string",
  "timestamp",
  "type",
  "uint"
])

const isConstant = (node: Expression): boolean => {
  switch (node._tag) {
    case "Literal":
      return true
    case "List":
    case "Map":
      return childrenOf(node).every(isConstant)
    case "Call":
      return conversionFunctions.has(node.function) && node.target === undefined && node.arguments.every(isConstant)
    default:
      return false
  }
}

const conversionProblem = (checked: Checked, node: Call): string | undefined => {
  const outcome = evaluate({ ...checked, expression: node }, {})
  return outcome._tag === "Failed" ? outcome.message : undefined
}

const searchProblem = (node: Call): string | undefined => {
  const pattern = node.function === "find" || node.function === "findAll"
    ? node.arguments[0]
    : node.function === "matches" && node.target === undefined
    ? node.arguments[1]
    : undefined
  return pattern?._tag === "Literal" && typeof pattern.value === "string" ? patternProblem(pattern.value) : undefined
}
