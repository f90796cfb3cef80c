/**
 * CEL expressions as trees. The parser is cel-js's; its trees are turned into smaller ones here, in which operators are
 * calls and macros are loops, as the language definition has it, and each node knows the place that messages point at.
 */
import { type ASTNode, Environment, ParseError } from "@marcbachmann/cel-js"
import { expandMacro, notIdentifier, notSimpleName } from "./macros.js"
import { type Call, call, type Expression, identifier, type Issue, type Literal, literal, SyntaxIssue } from "./tree.js"
import { Unsigned, type Value } from "./values.js"

/** Nesting beyond which every pass over a tree could exhaust the stack; the server's own limit is of the same size. */
const maximumDepth = 250
const maximumNodes = 20_000

const parser = new Environment({
  enableOptionalTypes: true,
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: maximumNodes, maxDepth: maximumDepth, maxListElements: 10_000, maxMapEntries: 10_000 }
})

/** The tree of a source, or what is wrong with its syntax. */
export const parse = (source: string): Expression | Issue => {
  try {
    return new Converter(source).convert(parser.parse(source).ast, 0)
  } catch (thrown) {
    if (thrown instanceof SyntaxIssue) return { at: thrown.at, message: thrown.message }
    if (thrown instanceof ParseError) {
      return { at: thrown.range?.start ?? 0, message: complaint(thrown) }
    }
    // A chain of unary operators is the one thing whose depth the parser does not limit.
    if (thrown instanceof RangeError) return { at: 0, message: tooDeep }
    throw thrown
  }
}

const complaint = ({ code, summary }: ParseError): string => {
  switch (code) {
    case "invalid_macro_argument":
      return /^(?:map|filter)\(/.test(summary) ? notIdentifier : notSimpleName
    case "invalid_number":
      return "invalid double literal"
    default:
      return `Syntax error: ${summary}`
  }
}

const tooDeep = `expression recursion limit exceeded: ${maximumDepth}`

const minimumInt = -(2n ** 63n)
const maximumInt = 2n ** 63n - 1n

class Converter {
  constructor(private readonly source: string) {}

  convert(node: ASTNode, depth: number): Expression {
    if (depth > maximumDepth) throw new SyntaxIssue(node.start, tooDeep)
    const inner = (child: ASTNode): Expression => this.convert(child, depth + 1)
    switch (node.op) {
      case "value":
        return literal(this.value(node.args, node.start), node.start)
      case "id":
        return identifier(node.args, node.start)
      case "!_":
        return call("!_", [inner(node.args)], node.start)
      case "-_": {
        const negated = this.negated(node.args, node.start)
        return negated ?? call("-_", [inner(node.args)], node.start)
      }
      case "?:": {
        const [condition, yes, no] = node.args
        return call("_?_:_", [inner(condition), inner(yes), inner(no)], this.after(condition))
      }
      case ".":
        return {
          _tag: "Select",
          operand: inner(node.args[0]),
          field: node.args[1],
          isTest: false,
          at: this.after(node.args[0])
        }
      case ".?": {
        const at = this.after(node.args[0])
        return call("_?._", [inner(node.args[0]), literal(node.args[1], node.end - node.args[1].length)], at)
      }
      case "[]":
        return call("_[_]", [inner(node.args[0]), inner(node.args[1])], this.after(node.args[0]))
      case "[?]":
        return call("_[?_]", [inner(node.args[0]), inner(node.args[1])], this.after(node.args[0]))
      case "list":
        return { _tag: "List", elements: node.args.map(inner), at: node.start }
      case "map":
        return { _tag: "Map", entries: node.args.map(([key, value]) => [inner(key), inner(value)]), at: node.start }
      case "call": {
        const [name, args] = node.args
        const at = this.skip(node.start + name.length)
        return this.macroOr(call(name, args.map(inner), at))
      }
      case "rcall": {
        const [name, target, args] = node.args
        const dot = this.after(target)
        const at = this.skip(this.source.indexOf(name, dot) + name.length)
        return this.macroOr(call(name, args.map(inner), at, inner(target)))
      }
      case "in":
        return call("@in", [inner(node.args[0]), inner(node.args[1])], this.after(node.args[0]))
      case "==":
      case "!=":
      case "<":
      case "<=":
      case ">":
      case ">=":
      case "+":
      case "-":
      case "*":
      case "/":
      case "%":
      case "&&":
      case "||":
        return call(`_${node.op}_`, [inner(node.args[0]), inner(node.args[1])], this.after(node.args[0]))
      default:
        // There are no other nodes in what a parser answers.
        throw new SyntaxIssue(0, "unsupported expression")
    }
  }

  private macroOr(node: Call): Expression {
    return expandMacro(node) ?? node
  }

  /** The place of what follows a node: an operator, a dot, a bracket. Parentheses around the node are not part of it. */
  private after(node: ASTNode): number {
    return this.skip(node.end, true)
  }

  private skip(from: number, closing = false): number {
    let at = from
    for (;;) {
      const character = this.source[at]
      if (character === undefined) return at
      if (/\s/.test(character) || (closing && character === ")")) at++
      else if (this.source.startsWith("//", at)) at = this.lineEnd(at)
      else return at
    }
  }

  private lineEnd(from: number): number {
    const end = this.source.indexOf("\n", from)
    return end < 0 ? this.source.length : end
  }

  /** A minus before a number belongs to it: otherwise the smallest integer could not be written. */
  private negated(node: ASTNode, at: number): Literal | undefined {
    if (node.op !== "value") return undefined
    const { args } = node
    if (typeof args === "bigint") return literal(this.integer(-args, at), at)
    return typeof args === "number" ? literal(-args, at) : undefined
  }

  private integer(value: bigint, at: number): bigint {
    if (value < minimumInt || value > maximumInt) throw new SyntaxIssue(at, "invalid int literal")
    return value
  }

  private value(value: (ASTNode & { readonly op: "value" })["args"], at: number): Value {
    if (typeof value === "bigint") return this.integer(value, at)
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value
    // What is left is an unsigned integer, which prints itself in decimal.
    return new Unsigned(BigInt(String(value)))
  }
}
