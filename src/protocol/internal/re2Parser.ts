/**
 * The syntax of RE2: a pattern becomes a tree, or is refused with the words of Go's `regexp` package.
 */

import {
  anyOf,
  between,
  exactly,
  folded,
  not,
  perlClasses,
  posixClasses,
  type Test,
  unicodeTest
} from "./re2Characters.js"

export class Malformed extends Error {
  constructor(reason: string, expression: string) {
    super(`${reason}: \`${expression}\``)
  }
}

export type Assertion = "beginText" | "endText" | "beginLine" | "endLine" | "word" | "noWord"

export type Node =
  | { readonly _tag: "Empty" }
  | { readonly _tag: "One"; readonly test: Test }
  | { readonly _tag: "Assert"; readonly kind: Assertion }
  | { readonly _tag: "Sequence" | "Choice"; readonly nodes: ReadonlyArray<Node> }
  /** `maximum` is Infinity for `*`, `+` and `{n,}`. */
  | {
    readonly _tag: "Repeat"
    readonly node: Node
    readonly minimum: number
    readonly maximum: number
    readonly counted: boolean
    /** Whether fewer are preferred, as in `a*?`; only the extent of a match depends on it. */
    readonly lazy: boolean
  }

const empty: Node = { _tag: "Empty" }

const maximumRepeat = 1000
const maximumNesting = 1000

interface Flags {
  readonly fold: boolean
  readonly multiline: boolean
  readonly dotAll: boolean
}

const escapes: { readonly [letter: string]: number } = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }

const isOctal = (character: string | undefined): boolean => character !== undefined && /^[0-7]$/.test(character)

export class Parser {
  private position = 0
  private flags: Flags = { fold: false, multiline: false, dotAll: false }
  private readonly source: ReadonlyArray<string>

  constructor(private readonly pattern: string) {
    this.source = [...pattern]
  }

  parse(): Node {
    const node = this.choice(0)
    if (this.position < this.source.length) throw new Malformed("unexpected )", this.pattern)
    return node
  }

  private peek(offset = 0): string | undefined {
    return this.source[this.position + offset]
  }

  private text(start: number, end = this.position): string {
    return this.source.slice(start, end).join("")
  }

  private choice(depth: number): Node {
    if (depth > maximumNesting) throw new Malformed("expression nests too deeply", this.pattern)
    const branches = [this.sequence(depth)]
    while (this.peek() === "|") {
      this.position++
      branches.push(this.sequence(depth))
    }
    return branches.length === 1 ? branches[0]! : { _tag: "Choice", nodes: branches }
  }

  private sequence(depth: number): Node {
    const nodes: Array<Node> = []
    /** Where the repetition that has just been read began: another one right after it is an error. */
    let lastRepeat: number | undefined
    while (this.position < this.source.length && this.peek() !== "|" && this.peek() !== ")") {
      const start = this.position
      const repetition = this.repetition()
      if (repetition === undefined) {
        lastRepeat = undefined
        nodes.push(...this.atom(depth))
        continue
      }
      const lazy = this.peek() === "?"
      if (lazy) this.position++
      if (lastRepeat !== undefined) throw new Malformed("invalid nested repetition operator", this.text(lastRepeat))
      const node = nodes.pop()
      if (node === undefined) throw new Malformed("missing argument to repetition operator", this.text(start))
      const repeat: Node = { _tag: "Repeat", node, ...repetition, lazy }
      if (repetition.counted && !repeatsWithin(repeat, maximumRepeat)) {
        throw new Malformed("invalid repeat count", this.text(start))
      }
      nodes.push(repeat)
      lastRepeat = start
    }
    return nodes.length === 0 ? empty : nodes.length === 1 ? nodes[0]! : { _tag: "Sequence", nodes }
  }

  /** `*`, `+`, `?` or `{n,m}` at the present position; a brace that is none of these stands for itself. */
  private repetition(): { minimum: number; maximum: number; counted: boolean } | undefined {
    switch (this.peek()) {
      case "*":
        this.position++
        return { minimum: 0, maximum: Infinity, counted: false }
      case "+":
        this.position++
        return { minimum: 1, maximum: Infinity, counted: false }
      case "?":
        this.position++
        return { minimum: 0, maximum: 1, counted: false }
      case "{": {
        const match = /^\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}/.exec(this.text(this.position, this.position + 64))
        if (match === null) return undefined
        const minimum = Number(match[1])
        const maximum = match[2] === undefined ? minimum : match[3] === undefined ? Infinity : Number(match[3])
        if (minimum > maximumRepeat || (maximum !== Infinity && maximum > maximumRepeat) || minimum > maximum) {
          throw new Malformed("invalid repeat count", match[0])
        }
        this.position += match[0].length
        return { minimum, maximum, counted: true }
      }
      default:
        return undefined
    }
  }

  /** None for a group that only sets flags, several for a quotation. */
  private atom(depth: number): ReadonlyArray<Node> {
    const character = this.peek()!
    switch (character) {
      case "(":
        return this.group(depth)
      case "[":
        return [{ _tag: "One", test: this.characterClass() }]
      case ".":
        this.position++
        return [{ _tag: "One", test: this.flags.dotAll ? () => true : not(exactly(10)) }]
      case "^":
        this.position++
        return [{ _tag: "Assert", kind: this.flags.multiline ? "beginLine" : "beginText" }]
      case "$":
        this.position++
        return [{ _tag: "Assert", kind: this.flags.multiline ? "endLine" : "endText" }]
      case "\\":
        return this.escape()
      default:
        this.position++
        return [this.literal(character.codePointAt(0)!)]
    }
  }

  private literal(code: number): Node {
    return { _tag: "One", test: this.folding(exactly(code)) }
  }

  private folding(test: Test): Test {
    return this.flags.fold ? folded(test) : test
  }

  private group(depth: number): ReadonlyArray<Node> {
    const outer = this.flags
    if (this.peek(1) === "?") {
      if (!this.openSpecialGroup()) return []
    } else {
      this.position++
    }
    const node = this.choice(depth + 1)
    if (this.peek() !== ")") throw new Malformed("missing closing )", this.pattern)
    this.position++
    // Flags that are set inside a group end with it; `openSpecialGroup` has already set those of `(?i:…)`.
    this.flags = outer
    return [node]
  }

  /** `(?P<name>`, `(?<name>`, `(?flags:` open a group; `(?flags)` opens none. */
  private openSpecialGroup(): boolean {
    const start = this.position
    const head = this.text(start, start + 4)
    if (head.startsWith("(?P<") || head.startsWith("(?<")) {
      const nameStart = start + (head.startsWith("(?P<") ? 4 : 3)
      const end = this.source.indexOf(">", nameStart)
      if (end < 0) throw new Malformed("invalid named capture", this.text(start, this.source.length))
      if (!/^[0-9A-Za-z_]+$/.test(this.text(nameStart, end))) {
        throw new Malformed("invalid named capture", this.text(start, end + 1))
      }
      this.position = end + 1
      return true
    }
    this.position += 2
    let flags = this.flags
    let on = true
    let sawFlag = false
    while (this.position < this.source.length) {
      const character = this.source[this.position++]!
      if (character === "i") flags = { ...flags, fold: on }
      else if (character === "m") flags = { ...flags, multiline: on }
      else if (character === "s") flags = { ...flags, dotAll: on }
      else if (character === "-" && on) {
        on = false
        sawFlag = false
        continue
      } else if ((character === ":" || character === ")") && (on || sawFlag)) {
        this.flags = flags
        return character === ":"
      } else if (character !== "U") break
      sawFlag = true
    }
    throw new Malformed("invalid or unsupported Perl syntax", this.text(start))
  }

  private escape(): ReadonlyArray<Node> {
    const start = this.position
    const letter = this.peek(1)
    switch (letter) {
      case "A":
        this.position += 2
        return [{ _tag: "Assert", kind: "beginText" }]
      case "z":
        this.position += 2
        return [{ _tag: "Assert", kind: "endText" }]
      case "b":
        this.position += 2
        return [{ _tag: "Assert", kind: "word" }]
      case "B":
        this.position += 2
        return [{ _tag: "Assert", kind: "noWord" }]
      case "C":
        throw new Malformed("invalid escape sequence", "\\C")
      case "Q": {
        const rest = this.text(start + 2, this.source.length)
        const end = rest.indexOf("\\E")
        const quoted = [...(end < 0 ? rest : rest.slice(0, end))]
        this.position = end < 0 ? this.source.length : start + 2 + quoted.length + 2
        return quoted.map((character) => this.literal(character.codePointAt(0)!))
      }
    }
    const test = this.classEscape()
    if (test !== undefined) return [{ _tag: "One", test }]
    return [this.literal(this.characterEscape())]
  }

  /** `\d`, `\w`, `\s`, `\p{…}` and their negations. */
  private classEscape(): Test | undefined {
    if (this.peek() !== "\\") return undefined
    const letter = this.peek(1) ?? ""
    if (letter === "p" || letter === "P") return this.unicodeClass()
    const test = Object.hasOwn(perlClasses, letter) ? perlClasses[letter]! : undefined
    if (test === undefined) return undefined
    this.position += 2
    return this.flags.fold && letter === letter.toLowerCase() ? folded(test) : test
  }

  private unicodeClass(): Test {
    const start = this.position
    let negated = this.peek(1) === "P"
    let name = this.peek(2) ?? ""
    let end = start + 3
    if (name === "{") {
      const close = this.source.indexOf("}", start)
      if (close < 0) throw new Malformed("invalid character class range", this.text(start, this.source.length))
      name = this.text(start + 3, close)
      end = close + 1
    }
    if (name.startsWith("^")) {
      negated = !negated
      name = name.slice(1)
    }
    const test = unicodeTest(name)
    if (test === undefined) throw new Malformed("invalid character class range", this.text(start, end))
    this.position = end
    const positive = this.folding(test)
    return negated ? not(positive) : positive
  }

  private characterEscape(): number {
    const start = this.position
    if (this.peek(1) === undefined) throw new Malformed("trailing backslash at end of expression", "")
    this.position++
    const character = this.source[this.position++]!
    if (/^[1-7]$/.test(character) && isOctal(this.peek()) || character === "0") {
      let code = Number(character)
      for (let read = 1; read < 3 && isOctal(this.peek()); read++) {
        code = code * 8 + Number(this.source[this.position++])
      }
      return code
    }
    if (character === "x") {
      const match = /^(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/.exec(this.text(this.position, this.source.length))
      const code = match === null ? NaN : parseInt((match[1] ?? match[2])!, 16)
      if (match === null || !(code <= 0x10ffff)) {
        throw new Malformed("invalid escape sequence", this.text(start, this.position + (this.peek() === "{" ? 1 : 2)))
      }
      this.position += match[0].length
      return code
    }
    if (Object.hasOwn(escapes, character)) return escapes[character]!
    if (/^[\x00-\x7f]$/.test(character) && !/^[0-9A-Za-z]$/.test(character)) return character.codePointAt(0)!
    throw new Malformed("invalid escape sequence", this.text(start))
  }

  private characterClass(): Test {
    const start = this.position
    this.position++
    const negated = this.peek() === "^"
    if (negated) this.position++
    const tests: Array<Test> = []
    for (let first = true; this.peek() !== "]" || first; first = false) {
      if (this.peek() === "[" && this.peek(1) === ":") {
        const test = this.posixClass()
        if (test !== undefined) {
          tests.push(test)
          continue
        }
      }
      const escaped = this.classEscape()
      if (escaped !== undefined) {
        tests.push(escaped)
        continue
      }
      const rangeStart = this.position
      const low = this.classCharacter(start)
      let high = low
      if (this.peek() === "-" && this.peek(1) !== undefined && this.peek(1) !== "]") {
        this.position++
        high = this.classCharacter(start)
        if (high < low) throw new Malformed("invalid character class range", this.text(rangeStart))
      }
      tests.push(this.folding(between(low, high)))
    }
    this.position++
    const test = anyOf(tests)
    return negated ? not(test) : test
  }

  private classCharacter(classStart: number): number {
    const character = this.peek()
    if (character === undefined) throw new Malformed("missing closing ]", this.text(classStart, this.source.length))
    if (character === "\\") return this.characterEscape()
    this.position++
    return character.codePointAt(0)!
  }

  private posixClass(): Test | undefined {
    const start = this.position
    const rest = this.text(start, this.source.length)
    const end = rest.indexOf(":]", 2)
    if (end < 0) return undefined
    const name = rest.slice(2, end)
    const negated = name.startsWith("^")
    const bare = negated ? name.slice(1) : name
    const test = Object.hasOwn(posixClasses, bare) ? posixClasses[bare]! : undefined
    if (test === undefined) throw new Malformed("invalid character class range", rest.slice(0, end + 2))
    this.position = start + end + 2
    const positive = this.folding(test)
    return negated ? not(positive) : positive
  }
}

/** `(a{100}){100}` would be a million states: counted repetitions multiply, up to a limit. */
const repeatsWithin = (node: Node, limit: number): boolean => {
  switch (node._tag) {
    case "Repeat": {
      if (!node.counted) return repeatsWithin(node.node, limit)
      const times = node.maximum === Infinity ? node.minimum : node.maximum
      if (node.maximum === 0) return true
      if (times > limit) return false
      return repeatsWithin(node.node, times > 0 ? Math.floor(limit / times) : limit)
    }
    case "Sequence":
    case "Choice":
      return node.nodes.every((inner) => repeatsWithin(inner, limit))
    default:
      return true
  }
}
