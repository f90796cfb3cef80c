/** The tree of a CEL expression: operators are calls, macros are loops. */
import type { Value } from "./values.js"

export type Expression =
  | Literal
  | Identifier
  | Select
  | Call
  | ListExpression
  | MapExpression
  | Loop

interface Node {
  /** Where messages about the node point: an offset in the source. */
  readonly at: number
}

export interface Literal extends Node {
  readonly _tag: "Literal"
  readonly value: Value
}

export interface Identifier extends Node {
  readonly _tag: "Identifier"
  readonly name: string
}

export interface Select extends Node {
  readonly _tag: "Select"
  readonly operand: Expression
  readonly field: string
  /** `has(operand.field)`. */
  readonly isTest: boolean
}

export interface Call extends Node {
  readonly _tag: "Call"
  /** Operators have names such as `_+_`, those of Google's implementation, which messages show. */
  readonly function: string
  readonly target: Expression | undefined
  readonly arguments: ReadonlyArray<Expression>
}

export interface ListExpression extends Node {
  readonly _tag: "List"
  readonly elements: ReadonlyArray<Expression>
}

export interface MapExpression extends Node {
  readonly _tag: "Map"
  readonly entries: ReadonlyArray<readonly [key: Expression, value: Expression]>
}

/** What a macro becomes: `result` after `step` was taken for each element of `range` while `condition` held. */
export interface Loop extends Node {
  readonly _tag: "Loop"
  readonly range: Expression
  readonly variable: string
  /** With it, the first variable is the index or key, and this one the element or value. */
  readonly second: string | undefined
  readonly accumulator: string
  readonly initial: Expression
  readonly condition: Expression
  readonly step: Expression
  readonly result: Expression
}

export const literal = (value: Value, at: number): Literal => ({ _tag: "Literal", value, at })
export const identifier = (name: string, at: number): Identifier => ({ _tag: "Identifier", name, at })
export const call = (name: string, args: ReadonlyArray<Expression>, at: number, target?: Expression): Call => ({
  _tag: "Call",
  function: name,
  target,
  arguments: args,
  at
})

/** A complaint about a source, at a place in it. */
export interface Issue {
  readonly at: number
  readonly message: string
}

export class SyntaxIssue extends Error {
  constructor(readonly at: number, message: string) {
    super(message)
  }
}
