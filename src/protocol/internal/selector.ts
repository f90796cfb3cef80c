/**
 * Selectors: what makes, reads and writes them. What can fail answers an Either here, which the public module calls an
 * Effect.
 */
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Pipeable from "effect/Pipeable"
import type { FieldRequirement, LabelRequirement, LabelSelectorObject } from "../Selector.js"
import { escapeValue, parseFields as parseFieldTerms } from "./fieldSelectorParser.js"
import { parseLabels as parseLabelTerms } from "./labelSelectorParser.js"
import { integer, keyIssue, valueIssue } from "./labelSyntax.js"
import { SelectorError } from "./selectorError.js"

const byText = (self: string, that: string): number => self < that ? -1 : self > that ? 1 : 0

/** Each once, in the order of their texts: one form for selectors that ask for the same. */
const canonical = <A>(requirements: Iterable<A>, write: (requirement: A) => string): ReadonlyArray<A> => {
  const texts = new Map<string, A>()
  for (const requirement of requirements) texts.set(write(requirement), requirement)
  return [...texts].sort(([self], [that]) => byText(self, that)).map(([_, requirement]) => requirement)
}

const writeLabel = ({ key, operator, values }: LabelRequirement): string => {
  switch (operator) {
    case "Exists":
      return key
    case "DoesNotExist":
      return `!${key}`
    case "In":
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(",")})`
    case "NotIn":
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(",")})`
    case "GreaterThan":
      return `${key}>${values[0]}`
    case "LessThan":
      return `${key}<${values[0]}`
  }
}

const writeField = ({ field, operator, value }: FieldRequirement): string =>
  `${field}${operator === "Equals" ? "=" : "!="}${escapeValue(value)}`

/** A label selector. Made by `labels` and its like, by `parseLabels`, or by `fromLabelSelector`. */
export class LabelSelector extends Pipeable.Class() implements Equal.Equal {
  readonly _tag = "LabelSelector"
  /** All of these must hold; sorted, each once. */
  readonly requirements: ReadonlyArray<LabelRequirement>
  /** @internal */
  constructor(requirements: Iterable<LabelRequirement>) {
    super()
    this.requirements = canonical(
      Array.from(requirements, ({ key, operator, values }) => ({
        key,
        operator,
        values: [...new Set(values)].sort(byText)
      })),
      writeLabel
    )
  }
  /** The selector as it is sent in `labelSelector`. */
  override toString(): string {
    return this.requirements.map(writeLabel).join(",")
  }
  toJSON(): string {
    return this.toString()
  }
  [Equal.symbol](that: Equal.Equal): boolean {
    return that instanceof LabelSelector && this.toString() === that.toString()
  }
  [Hash.symbol](): number {
    return Hash.string(`label:${this.toString()}`)
  }
}

/** A field selector. Made by `fields` and its like, or by `parseFields`. Which fields a kind has, its server decides. */
export class FieldSelector extends Pipeable.Class() implements Equal.Equal {
  readonly _tag = "FieldSelector"
  /** All of these must hold; sorted, each once. */
  readonly requirements: ReadonlyArray<FieldRequirement>
  /** @internal */
  constructor(requirements: Iterable<FieldRequirement>) {
    super()
    this.requirements = canonical(requirements, writeField)
  }
  /** The selector as it is sent in `fieldSelector`. */
  override toString(): string {
    return this.requirements.map(writeField).join(",")
  }
  toJSON(): string {
    return this.toString()
  }
  [Equal.symbol](that: Equal.Equal): boolean {
    return that instanceof FieldSelector && this.toString() === that.toString()
  }
  [Hash.symbol](): number {
    return Hash.string(`field:${this.toString()}`)
  }
}

export const refuse = (selector: "label" | "field", input: string, expected: string): SelectorError =>
  new SelectorError({ selector, input, position: 0, expected, found: input })

const labelIssue = ({ key, operator, values }: LabelRequirement): SelectorError | undefined => {
  const issue = keyIssue(key)
  if (issue !== undefined) return refuse("label", key, issue)
  const unary = operator === "Exists" || operator === "DoesNotExist"
  const compares = operator === "GreaterThan" || operator === "LessThan"
  if (unary ? values.length > 0 : compares ? values.length !== 1 : values.length === 0) {
    const expected = unary ? "no values" : compares ? "exactly one value" : "one or more values"
    return refuse("label", `${key} ${operator} (${values.join(",")})`, `${expected} for ${operator}`)
  }
  for (const value of values) {
    const issue = valueIssue(value) ?? (compares && integer(value) === undefined ? "an integer of 64 bits" : undefined)
    if (issue !== undefined) return refuse("label", value, issue)
  }
  return undefined
}

export const make = (requirements: Iterable<LabelRequirement>): Either.Either<LabelSelector, SelectorError> => {
  const list = [...requirements]
  for (const requirement of list) {
    const issue = labelIssue(requirement)
    if (issue !== undefined) return Either.left(issue)
  }
  return Either.right(new LabelSelector(list))
}

export const parseLabels = (text: string): Either.Either<LabelSelector, SelectorError> =>
  Either.map(parseLabelTerms(text), (requirements) => new LabelSelector(requirements))

export const parseFields = (text: string): Either.Either<FieldSelector, SelectorError> =>
  Either.map(parseFieldTerms(text), (requirements) => new FieldSelector(requirements))

export const fromLabelSelector = (object: LabelSelectorObject): Either.Either<LabelSelector, SelectorError> => {
  const requirements: Array<LabelRequirement> = Object.entries(object.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: "In",
    values: [value]
  }))
  for (const { key, operator, values } of object.matchExpressions ?? []) {
    if (operator !== "In" && operator !== "NotIn" && operator !== "Exists" && operator !== "DoesNotExist") {
      return Either.left(refuse("label", operator, "In, NotIn, Exists or DoesNotExist"))
    }
    requirements.push({ key, operator, values: values ?? [] })
  }
  return make(requirements)
}
