/** The grammar of field selectors, as the server reads them: `a=b,c!=d`, with `\,`, `\=` and `\\` in values. */
import * as Either from "effect/Either"
import type { FieldRequirement } from "../Selector.js"
import { SelectorError } from "./selectorError.js"

/** What is wrong with a field's name that is to be written out. Names have no escapes: another reading of the text must not be possible. */
export const fieldIssue = (field: string): string | undefined =>
  field === "" || /[\\,=]|!$/.test(field)
    ? "a field name: a path such as metadata.name, without \\, \",\" and \"=\", not ending in \"!\""
    : undefined

/** A value as it is written in a selector. */
export const escapeValue = (value: string): string => value.replace(/[\\,=]/g, "\\$&")

const operatorPattern = /!=|==?/

interface Term {
  readonly text: string
  readonly position: number
}

/** Cut at the commas that no backslash precedes. */
const termsOf = (input: string): ReadonlyArray<Term> => {
  const terms: Array<Term> = []
  let start = 0
  for (let at = 0; at < input.length; at++) {
    if (input[at] === "\\") {
      at++
    } else if (input[at] === ",") {
      terms.push({ text: input.slice(start, at), position: start })
      start = at + 1
    }
  }
  terms.push({ text: input.slice(start), position: start })
  return terms
}

/** Reads a whole selector, in the order of the text. Empty terms are passed over, as the server does. */
export const parseFields = (input: string): Either.Either<ReadonlyArray<FieldRequirement>, SelectorError> => {
  const fail = (position: number, expected: string, found: string) =>
    Either.left(new SelectorError({ selector: "field", input, position, expected, found }))
  const requirements: Array<FieldRequirement> = []
  for (const { position, text } of termsOf(input)) {
    if (text === "") continue
    const operator = operatorPattern.exec(text)
    if (operator === null) return fail(position, "a term with =, == or !=", text)
    const field = text.slice(0, operator.index)
    const start = operator.index + operator[0].length
    let value = ""
    for (let at = start; at < text.length; at++) {
      const character = text[at]!
      if (character === "=") return fail(position + at, "\"\\=\" for an equals sign in a value", character)
      if (character === "\\") {
        const escaped = text[++at] ?? ""
        if (escaped !== "\\" && escaped !== "," && escaped !== "=") {
          return fail(position + at - 1, "one of the escapes \\\\, \\, and \\=", `\\${escaped}`)
        }
        value += escaped
      } else {
        value += character
      }
    }
    if (field === "" && value === "") continue // asks nothing of nothing: the server passes over it too
    requirements.push({ field, operator: operator[0] === "!=" ? "NotEquals" : "Equals", value })
  }
  return Either.right(requirements)
}
