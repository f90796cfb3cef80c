/** Rules of a schema, compiled against the type of what they are about. */
import type { ValidationRule } from "../../../../kinds/apiextensions/v1.js"
import type { JSONSchemaProps } from "../schema.js"
import * as types from "./celType.js"
import { check, type Checked } from "./check.js"
import type { DeclaredType } from "./declaredType.js"
import { estimateCost } from "./estimate.js"
import { constantProblem, literalIssues } from "./literalRules.js"
import { parse } from "./syntax.js"
import type { Issue } from "./tree.js"

export type { ValidationRule }

export interface CompiledRule {
  readonly rule: ValidationRule
  /** Absent where the rule is empty or wrong. */
  readonly program: Checked | undefined
  readonly problem: string | undefined
  readonly usesOldSelf: boolean
  /** Of one evaluation, at worst. */
  readonly cost: number
  readonly message: Checked | undefined
  readonly messageProblem: string | undefined
  readonly messageCost: number
}

export const rulesOf = (schema: JSONSchemaProps): ReadonlyArray<ValidationRule> =>
  schema["x-kubernetes-validations"] ?? []

export const compileRule = (rule: ValidationRule, self: DeclaredType): CompiledRule => {
  const nothing = {
    rule,
    program: undefined,
    problem: undefined,
    usesOldSelf: false,
    cost: 0,
    message: undefined,
    messageProblem: undefined,
    messageCost: 0
  }
  if (rule.rule.trim() === "") return nothing
  const variables = new Map([
    ["self", self.type],
    ["oldSelf", rule.optionalOldSelf === true ? types.optional(self.type) : self.type]
  ])
  const program = compile(rule.rule, variables)
  if (typeof program === "string") return { ...nothing, problem: `compilation failed: ${program}` }
  if (program.typeOf(program.expression).kind !== "bool") {
    return { ...nothing, problem: "cel expression must evaluate to a bool" }
  }
  const usesOldSelf = program.variables.has("oldSelf")
  const constants = constantProblem(program)
  if (constants !== undefined) {
    return { ...nothing, usesOldSelf, problem: `program instantiation failed: ${constants}` }
  }
  const compiled = {
    ...nothing,
    program,
    usesOldSelf,
    cost: estimateCost(program, self)
  }
  const { messageExpression = "" } = rule
  if (messageExpression === "") return compiled
  const message = compile(messageExpression, variables)
  if (typeof message === "string") {
    return { ...compiled, messageProblem: `messageExpression compilation failed: ${message}` }
  }
  if (message.typeOf(message.expression).kind !== "string") {
    return { ...compiled, messageProblem: "messageExpression must evaluate to a string" }
  }
  const constantsOfMessage = constantProblem(message)
  return constantsOfMessage === undefined
    ? { ...compiled, message, messageCost: estimateCost(message, self) }
    : { ...compiled, messageProblem: `messageExpression instantiation failed: ${constantsOfMessage}` }
}

/** What is wrong with a source is a text, as the server prints it. */
export const compile = (source: string, variables: ReadonlyMap<string, types.Type>): Checked | string => {
  const parsed = parse(source)
  if ("message" in parsed) return printIssues(source, [parsed])
  const checked = check(parsed, variables)
  if (!("expression" in checked)) return printIssues(source, checked)
  const issues = literalIssues(checked)
  return issues.length > 0 ? printIssues(source, issues) : checked
}

const maximumIssues = 100

/** Each with its line, and a mark below the place. */
const printIssues = (source: string, issues: ReadonlyArray<Issue>): string => {
  const sorted = [...issues].sort((left, right) => left.at - right.at)
  const lines = sorted.slice(0, maximumIssues).map((issue) => printIssue(source, issue))
  if (sorted.length > maximumIssues) lines.push(`${sorted.length - maximumIssues} more errors were truncated`)
  return lines.join("\n")
}

const printIssue = (source: string, { at, message }: Issue): string => {
  const before = source.slice(0, at).split("\n")
  const column = [...before.at(-1)!].length
  const line = source.split("\n")[before.length - 1] ?? ""
  const marks = [...line].map((character) => character.codePointAt(0)! > 0x7f ? "．" : ".").slice(0, column).join("")
  const wide = ([...line][column]?.codePointAt(0) ?? 0) > 0x7f
  return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${line.replaceAll("\t", " ")}\n | ${marks}${
    wide ? "＾" : "^"
  }`
}
