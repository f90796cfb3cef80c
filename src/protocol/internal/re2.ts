/**
 * Regular expressions as an API server reads them (RE2 syntax, the `pattern` of a CustomResourceDefinition). JavaScript's differ: they have look-around
 * and back-references, which RE2 refuses; lack `(?i)`, `\A`, `\z`, `\Q…\E` and `[[:alpha:]]`; read `.`, `\s` and `\w` otherwise; and can take exponential
 * time. Here a pattern is parsed to an automaton that runs in time linear in the text.
 *
 * ```ts
 * import { compile } from "./re2.js"
 *
 * const pattern = compile("^[a-z]+$")
 * if (pattern._tag === "Pattern") pattern.test("abc") // true
 * compile("a(?=b)") // { _tag: "Malformed", message: "error parsing regexp: invalid or unsupported Perl syntax: `(?=`" }
 * ```
 */

import { type Test, wordCharacter } from "./re2Characters.js"
import { type Assertion, Malformed, type Node, Parser } from "./re2Parser.js"

export type Compiled =
  | {
    readonly _tag: "Pattern"
    readonly test: (text: string) => boolean
    /** The first match, and all that do not overlap; at most so many. */
    readonly findAll: (text: string, maximum: number) => ReadonlyArray<string>
  }
  | { readonly _tag: "Malformed"; readonly message: string }

/** Messages are those of Go's `regexp` package, which users of Kubernetes know. */
export const compile = (pattern: string): Compiled => {
  try {
    const program = assemble(new Parser(pattern).parse(), pattern)
    return {
      _tag: "Pattern",
      test: (text) => run(program, text),
      findAll: (text, maximum) => findAll(program, text, maximum)
    }
  } catch (error) {
    if (error instanceof Malformed) return { _tag: "Malformed", message: `error parsing regexp: ${error.message}` }
    throw error
  }
}

const maximumProgram = 1_000_000

type Instruction =
  | { readonly _tag: "One"; readonly test: Test }
  | { readonly _tag: "Assert"; readonly kind: Assertion }
  /** Goes on at both, and prefers what the first leads to; `lazy` the second. */
  | { readonly _tag: "Split"; first: number; second: number; readonly lazy?: boolean }
  | { readonly _tag: "Jump"; to: number }
  | { readonly _tag: "Match" }

const assemble = (root: Node, pattern: string): ReadonlyArray<Instruction> => {
  const program: Array<Instruction> = []
  const push = <I extends Instruction>(instruction: I): I => {
    if (program.length > maximumProgram) throw new Malformed("expression too large", pattern)
    program.push(instruction)
    return instruction
  }
  const optional = (node: Node, lazy: boolean): void => {
    const split = push({ _tag: "Split", first: program.length + 1, second: 0, lazy })
    emit(node)
    split.second = program.length
  }
  const emit = (node: Node): void => {
    switch (node._tag) {
      case "Empty":
        return
      case "One":
      case "Assert":
        push(node)
        return
      case "Sequence":
        node.nodes.forEach(emit)
        return
      case "Choice": {
        const ends: Array<{ to: number }> = []
        node.nodes.forEach((branch, index) => {
          if (index === node.nodes.length - 1) return emit(branch)
          const split = push({ _tag: "Split", first: program.length + 1, second: 0 })
          emit(branch)
          ends.push(push({ _tag: "Jump", to: 0 }))
          split.second = program.length
        })
        for (const end of ends) end.to = program.length
        return
      }
      case "Repeat": {
        for (let time = 0; time < node.minimum; time++) emit(node.node)
        if (node.maximum === Infinity) {
          const start = program.length
          optional(node.node, node.lazy)
          const split = program[start]
          push({ _tag: "Jump", to: start })
          if (split?._tag === "Split") split.second = program.length
        } else {
          for (let time = node.minimum; time < node.maximum; time++) optional(node.node, node.lazy)
        }
      }
    }
  }
  emit(root)
  push({ _tag: "Match" })
  return program
}

/** All states at once, one character at a time: no backtracking, so no pattern can make it hang. */
const run = (program: ReadonlyArray<Instruction>, text: string): boolean => {
  const characters = [...text].map((character) => character.codePointAt(0)!)
  const marks = new Uint32Array(program.length)
  let current: Array<number> = []
  for (let at = 0; at <= characters.length; at++) {
    const next: Array<number> = []
    // A match may begin anywhere, so the first instruction joins at every position.
    const pending = [...current, 0]
    for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
      if (marks[state] === at + 1) continue
      marks[state] = at + 1
      const instruction = program[state]!
      switch (instruction._tag) {
        case "Match":
          return true
        case "Jump":
          pending.push(instruction.to)
          break
        case "Split":
          pending.push(instruction.first, instruction.second)
          break
        case "Assert":
          if (holds(instruction.kind, characters, at)) pending.push(state + 1)
          break
        case "One":
          if (at < characters.length && instruction.test(characters[at]!)) next.push(state + 1)
      }
    }
    current = next
  }
  return false
}

/** Matches from left to right, each the one that a backtracking search would find first (as Perl's). */
const findAll = (program: ReadonlyArray<Instruction>, text: string, maximum: number): ReadonlyArray<string> => {
  const pieces = [...text]
  const characters = pieces.map((character) => character.codePointAt(0)!)
  const found: Array<string> = []
  let from = 0
  let previousEnd = -1
  while (found.length < maximum && from <= characters.length) {
    const match = find(program, characters, from)
    if (match === undefined) break
    const [start, end] = match
    // An empty match right behind another one is none.
    if (end > start || start !== previousEnd) found.push(pieces.slice(start, end).join(""))
    previousEnd = end
    from = end > start ? end : end + 1
  }
  return found
}

/** Like `run`, but the states are in order of preference, and each knows where its match began. */
const find = (
  program: ReadonlyArray<Instruction>,
  characters: ReadonlyArray<number>,
  from: number
): readonly [start: number, end: number] | undefined => {
  const marks = new Uint32Array(program.length)
  let current: ReadonlyArray<readonly [state: number, start: number]> = []
  let match: readonly [start: number, end: number] | undefined
  for (let at = from; at <= characters.length; at++) {
    const next: Array<readonly [state: number, start: number]> = []
    if (match !== undefined && current.length === 0) break
    // A later beginning is preferred to none only, so it comes last, and not at all once there is a match.
    const queue = match === undefined ? [...current, [0, at] as const] : current
    search: for (const origin of queue) {
      const pending = [origin]
      for (let thread = pending.pop(); thread !== undefined; thread = pending.pop()) {
        const [state, start] = thread
        if (marks[state] === at + 1) continue
        marks[state] = at + 1
        const instruction = program[state]!
        switch (instruction._tag) {
          case "Match":
            match = [start, at]
            break search
          case "Jump":
            pending.push([instruction.to, start])
            break
          case "Split": {
            const [preferred, other] = instruction.lazy === true
              ? [instruction.second, instruction.first]
              : [instruction.first, instruction.second]
            pending.push([other, start], [preferred, start])
            break
          }
          case "Assert":
            if (holds(instruction.kind, characters, at)) pending.push([state + 1, start])
            break
          case "One":
            if (at < characters.length && instruction.test(characters[at]!)) next.push([state + 1, start])
        }
      }
    }
    current = next
  }
  return match
}

const holds = (kind: Assertion, characters: ReadonlyArray<number>, at: number): boolean => {
  switch (kind) {
    case "beginText":
      return at === 0
    case "endText":
      return at === characters.length
    case "beginLine":
      return at === 0 || characters[at - 1] === 10
    case "endLine":
      return at === characters.length || characters[at] === 10
    default: {
      const before = at > 0 && wordCharacter(characters[at - 1]!)
      const after = at < characters.length && wordCharacter(characters[at]!)
      return (before !== after) === (kind === "word")
    }
  }
}
