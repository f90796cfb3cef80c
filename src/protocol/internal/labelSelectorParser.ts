/** The grammar of label selectors, as the server reads them: `a, !b, c = d, e in (f, g), h > 1`. */
import * as Either from "effect/Either"
import type { LabelRequirement } from "../Selector.js"
import { integer, keyIssue, valueIssue } from "./labelSyntax.js"
import { SelectorError } from "./selectorError.js"

interface Token {
  /** `word` is a key or a value; every other type is the symbol itself, and `end` the end of the text. */
  readonly type: "word" | "end" | "(" | ")" | "," | "!" | "=" | "==" | "!=" | ">" | "<"
  readonly text: string
  readonly position: number
}

const tokenPattern = /[ \t\r\n]*(?:(==|!=|[=!(),<>])|([^ \t\r\n=!(),<>]+))/y

const tokensOf = (input: string): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  tokenPattern.lastIndex = 0
  for (;;) {
    const match = tokenPattern.exec(input)
    if (match === null) break
    const symbol = match[1] as Token["type"] | undefined // the pattern lists the same symbols as the type
    const text = match[1] ?? match[2]!
    tokens.push({ type: symbol ?? "word", text, position: tokenPattern.lastIndex - text.length })
  }
  tokens.push({ type: "end", text: "", position: input.length })
  return tokens
}

const operators = "an operator: =, ==, !=, in, notin, > or <"

/** Reads a whole selector. The keys and values are checked; the order is that of the text. */
export const parseLabels = (input: string): Either.Either<ReadonlyArray<LabelRequirement>, SelectorError> => {
  const tokens = tokensOf(input)
  let next = 0
  let failure: SelectorError | undefined

  /** Keeps the first failure; parsing stops there. */
  const fail = (token: Token, expected: string): undefined => {
    failure ??= new SelectorError({
      selector: "label",
      input,
      position: token.position,
      expected,
      found: token.text
    })
    return undefined
  }
  const peek = (): Token => tokens[next]!
  const take = (): Token => tokens[next++]!

  const checked = (token: Token, issue: string | undefined): string | undefined =>
    issue === undefined ? token.text : fail(token, issue)

  /** `(a,b)`; two commas in a row, or one beside a parenthesis, stand for an empty value. */
  const values = (): ReadonlyArray<string> | undefined => {
    const open = take()
    if (open.type !== "(") return fail(open, "\"(\"")
    const found: Array<string> = []
    for (;;) {
      const token = peek()
      if (token.type === "word") {
        next++
        const value = checked(token, valueIssue(token.text))
        if (value === undefined) return undefined
        found.push(value)
      } else if (token.type === "," || token.type === ")") {
        found.push("")
      } else {
        return fail(token, "a value, \",\" or \")\"")
      }
      const separator = take()
      if (separator.type === ")") return found
      if (separator.type !== ",") return fail(separator, "\",\" or \")\"")
    }
  }

  /** One value, which may be missing: `a=` is the empty value. */
  const value = (): string | undefined => {
    const token = peek()
    if (token.type === "," || token.type === "end") return ""
    next++
    return token.type === "word" ? checked(token, valueIssue(token.text)) : fail(token, "a value")
  }

  const number = (): string | undefined => {
    const token = peek()
    const text = value()
    return text === undefined || integer(text) !== undefined ? text : fail(token, "an integer of 64 bits")
  }

  const requirement = (): LabelRequirement | undefined => {
    const negated = peek().type === "!"
    if (negated) next++
    const token = take()
    if (token.type !== "word") return fail(token, negated ? "a label key" : "a label key or \"!\"")
    const key = checked(token, keyIssue(token.text))
    if (key === undefined) return undefined
    if (negated) return { key, operator: "DoesNotExist", values: [] }
    if (peek().type === "," || peek().type === "end") return { key, operator: "Exists", values: [] }
    const operator = take()
    switch (operator.type === "word" ? operator.text : operator.type) {
      case "in":
      case "notin": {
        const list = values()
        return list === undefined ? undefined : { key, operator: operator.text === "in" ? "In" : "NotIn", values: list }
      }
      case "=":
      case "==":
      case "!=": {
        const text = value()
        return text === undefined
          ? undefined
          : { key, operator: operator.type === "!=" ? "NotIn" : "In", values: [text] }
      }
      case ">":
      case "<": {
        const text = number()
        return text === undefined
          ? undefined
          : { key, operator: operator.type === ">" ? "GreaterThan" : "LessThan", values: [text] }
      }
      default:
        return fail(operator, operators)
    }
  }

  const requirements: Array<LabelRequirement> = []
  if (peek().type === "end") return Either.right(requirements)
  for (;;) {
    const one = requirement()
    if (one === undefined) break
    requirements.push(one)
    const separator = take()
    if (separator.type === "end") return Either.right(requirements)
    if (separator.type !== ",") {
      fail(separator, "\",\" or the end")
      break
    }
  }
  return Either.left(failure!) // the loop is left by a failure only
}
