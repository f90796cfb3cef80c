/**
 * The Schema of a kind, made of its codec: one Declaration, built on first use, so that a kind can stand wherever a
 * Schema can.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as AST from "effect/SchemaAST"
import type { Issue } from "../KubeError.js"
import { type Fields, isFields } from "./actual.js"
import { type Codec, type Mode, thrown } from "./codec.js"
import { setKey } from "./json.js"

/**
 * A deep copy, because a codec may change what it is given. Objects of any class keep it; what has more inside than its
 * fields, such as a Date, is no JSON and stays the same.
 */
export const copyJson = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copyJson)
  if (!isFields(value) || Object.prototype.toString.call(value) !== "[object Object]") return value
  const prototype: object | null = Object.getPrototypeOf(value)
  const copy: Fields = prototype === Object.prototype ? {} : Object.create(prototype)
  for (const key of Object.keys(value)) setKey(copy, key, copyJson(value[key]))
  return copy
}

/** Whether there is a `null` anywhere. */
const holdsNull = (value: unknown): boolean => {
  if (value === null) return true
  if (typeof value !== "object") return false
  for (const item of Array.isArray(value) ? value : Object.values(value)) if (holdsNull(item)) return true
  return false
}

/**
 * A value that a codec may change: the same one where it will not change it, else a copy. What a codec changes in place
 * is nulls, and metadata that is not there.
 */
const owned = (value: unknown): unknown =>
  holdsNull(value) || (isFields(value) && value["metadata"] === undefined) ? copyJson(value) : value

/** Decodes a value that somebody else may hold, and that need not be JSON. */
export const decodeForeign = <K>(
  codec: Codec<K>,
  value: unknown,
  mode: Mode
): Either.Either<K, ReadonlyArray<Issue>> => {
  let own: unknown
  try {
    own = owned(value)
  } catch (error) {
    return Either.left([thrown(error)])
  }
  return codec.decode(own, mode)
}

const fail = (
  ast: AST.AST,
  value: unknown,
  issues: ReadonlyArray<Issue>
): Either.Either<never, ParseResult.ParseIssue> => {
  const pointers = issues.map((issue) => {
    const leaf = new ParseResult.Type(ast, undefined, `expected ${issue.expected}, found ${issue.actual}`)
    const [first, ...rest] = issue.path
    return first === undefined ? leaf : new ParseResult.Pointer([first, ...rest], value, leaf)
  })
  const [first, ...rest] = pointers
  return Either.left(
    first === undefined ? new ParseResult.Type(ast, value) : new ParseResult.Composite(ast, value, [first, ...rest])
  )
}

type Parse = (value: unknown, ast: AST.AST) => Either.Either<unknown, ParseResult.ParseIssue>

const declaration = (identifier: string, parse: Parse): AST.Declaration => {
  const parser = () => (value: unknown, _options: AST.ParseOptions, self: AST.Declaration) => parse(value, self)
  return new AST.Declaration([], parser, parser, { [AST.IdentifierAnnotationId]: identifier })
}

/** The AST of a kind whose wire form is its type: checked, and the same value returned unless nulls had to go. */
export const checked = (identifier: string, codec: () => Codec<unknown>): AST.AST =>
  declaration(identifier, (value, ast) => {
    const decoded = decodeForeign(codec(), value, "served")
    return Either.isLeft(decoded) ? fail(ast, value, decoded.left) : Either.right(decoded.right)
  })

/** The AST of a kind whose schemas transform: from the wire form to the type and back. */
export const transformed = (identifier: string, codec: () => Codec<unknown>): AST.AST => {
  const wire = declaration(`${identifier}Encoded`, (value, ast) => {
    const decoded = decodeForeign(codec(), value, "served")
    return Either.isLeft(decoded) ? fail(ast, value, decoded.left) : Either.right(value)
  })
  const type = declaration(identifier, (value, ast) => {
    const encoded = codec().encode(value)
    return Either.isLeft(encoded) ? fail(ast, value, encoded.left) : Either.right(value)
  })
  const step =
    (direction: "decode" | "encode") => (value: unknown, _options: AST.ParseOptions, ast: AST.Transformation) => {
      const result = direction === "decode" ? decodeForeign(codec(), value, "served") : codec().encode(value)
      return Either.isLeft(result) ? fail(ast, value, result.left) : Either.right(result.right)
    }
  return new AST.Transformation(wire, type, new AST.FinalTransformation(step("decode"), step("encode")), {
    [AST.IdentifierAnnotationId]: identifier
  })
}
