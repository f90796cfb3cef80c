/**
 * Schemas under which a key named `__proto__` is data like any other. Effect's parsers assign what they read of an object
 * to a new one, key by key; under this name that loses a text, and makes an object that the server sent the prototype.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { type Fields, isFields } from "./actual.js"
import { setKey } from "./json.js"

const name = "__proto__"

const hasKey = (value: unknown): value is Fields => isFields(value) && Object.hasOwn(value, name)

/** The value under the key, and the object without it. A rest is made of own properties, whatever their names. */
const apart = (object: Fields): readonly [value: unknown, others: Fields] => {
  const { [name]: value, ...others } = object
  return [value, others]
}

const holdsKey = (value: unknown): boolean =>
  typeof value === "object" && value !== null && (hasKey(value) || Object.values(value).some(holdsKey))

type Parse = (value: unknown, options: AST.ParseOptions) => Either.Either<unknown, ParseResult.ParseIssue>
type ParserOf = (ast: AST.AST) => Parse

const decoderOf: ParserOf = (ast) => ParseResult.decodeUnknownEither(Schema.make(ast))
const encoderOf: ParserOf = (ast) => ParseResult.encodeUnknownEither(Schema.make(ast))

/** Reads an object as `literal` does, and the value under the key with the record's schema, where there is one for it. */
const literalParser = (parserOf: ParserOf) => (literal: AST.AST) => {
  const parse = parserOf(literal)
  const records = literal._tag !== "TypeLiteral" ? [] : literal.indexSignatures
    .filter((index) => Either.isRight(parserOf(index.parameter)(name, {})))
    .map((index) => parserOf(index.type))
  return (input: unknown, options: AST.ParseOptions): Either.Either<unknown, ParseResult.ParseIssue> => {
    // What refuses unknown fields refuses this one too, unless it is a record's.
    if (!hasKey(input) || (records.length === 0 && options.onExcessProperty === "error")) return parse(input, options)
    const [value, others] = apart(input)
    const rest = parse(others, options)
    const issues: Array<ParseResult.ParseIssue> = Either.isLeft(rest) ? [rest.left] : []
    let kept = value
    for (const record of records) {
      const parsed = record(value, options)
      if (Either.isRight(parsed)) kept = parsed.right
      else issues.push(new ParseResult.Pointer(name, input, parsed.left))
    }
    const [first, ...more] = issues
    if (first !== undefined) return Either.left(new ParseResult.Composite(literal, input, [first, ...more]))
    return Either.map(rest, (object) => {
      if (isFields(object) && (records.length > 0 || options.onExcessProperty === "preserve")) {
        setKey(object, name, kept)
      }
      return object
    })
  }
}

/** What a class makes of fields: it assigns them too. */
const classDecoder =
  (decode: AST.FinalTransformation["decode"]): AST.FinalTransformation["decode"] => (input, options, ast, encoded) => {
    if (!hasKey(input)) return decode(input, options, ast, encoded)
    const [value, others] = apart(input)
    return ParseResult.map(decode(others, options, ast, encoded), (instance: unknown) => {
      if (isFields(instance)) setKey(instance, name, value)
      return instance
    })
  }

/** To write what is no instance, a class makes one by a schema of its own, at any depth: there the key cannot be kept. */
const classEncoder =
  (encode: AST.Declaration["encodeUnknown"]): AST.Declaration["encodeUnknown"] => (...parameters) => {
    const parse = encode(...parameters)
    return (input, options, ast) =>
      ParseResult.flatMap(parse(input, options, ast), (instance: unknown) =>
        instance !== input && holdsKey(input)
          ? Either.left(
            new ParseResult.Type(ast, input, `an instance of ${String(ast)}, which can hold a key named ${name}`)
          )
          : Either.right(instance))
  }

/** A class of Effect Schema has a surrogate: the schema of its fields. */
const isClass = (ast: AST.AST): boolean => ast._tag === "Declaration" && Option.isSome(AST.getSurrogateAnnotation(ast))

/** How objects are read there: with the fields that no schema names, or without. */
interface Reading {
  readonly preserves: boolean
  readonly done: Map<AST.AST, AST.AST>
}

const kept = (ast: AST.AST, reading: Reading): AST.AST => {
  const own = Option.getOrUndefined(AST.getParseOptionsAnnotation(ast))
  if (own?.onExcessProperty === "preserve" && !reading.preserves) return kept(ast, { preserves: true, done: new Map() })
  let result = reading.done.get(ast)
  if (result === undefined) {
    result = rebuilt(ast, reading.preserves, (inner) => kept(inner, reading))
    reading.done.set(ast, result)
  }
  return result
}

const rebuilt = (ast: AST.AST, preserves: boolean, inner: (ast: AST.AST) => AST.AST): AST.AST => {
  switch (ast._tag) {
    case "TypeLiteral": {
      // This is the type `{}`, which answers the value that it is given.
      if (ast.propertySignatures.length === 0 && ast.indexSignatures.length === 0) return ast
      // Where unknown fields are dropped, the key matters to a record only. The fallback is that of the declaration.
      const isGuarded = preserves || ast.indexSignatures.length > 0
      const { [AST.DecodingFallbackAnnotationId]: _fallback, ...annotations } = ast.annotations
      const literal = new AST.TypeLiteral(
        ast.propertySignatures.map((one) =>
          new AST.PropertySignature(one.name, inner(one.type), one.isOptional, one.isReadonly, one.annotations)
        ),
        ast.indexSignatures.map((one) => new AST.IndexSignature(one.parameter, inner(one.type), one.isReadonly)),
        isGuarded ? annotations : ast.annotations
      )
      if (!isGuarded) return literal
      // The surrogate is how a union finds its member by a literal field.
      return new AST.Declaration([literal], literalParser(decoderOf), literalParser(encoderOf), {
        ...ast.annotations,
        [AST.SurrogateAnnotationId]: literal
      })
    }
    case "TupleType":
      return new AST.TupleType(
        ast.elements.map((one) => new AST.OptionalType(inner(one.type), one.isOptional, one.annotations)),
        ast.rest.map((one) => new AST.Type(inner(one.type), one.annotations)),
        ast.isReadonly,
        ast.annotations
      )
    case "Union":
      return AST.Union.make(ast.types.map(inner), ast.annotations)
    case "Suspend":
      return new AST.Suspend(() => inner(ast.f()), ast.annotations)
    case "Refinement":
      return new AST.Refinement(inner(ast.from), ast.filter, ast.annotations)
    case "Declaration":
      return new AST.Declaration(
        ast.typeParameters.map(inner),
        ast.decodeUnknown,
        isClass(ast) ? classEncoder(ast.encodeUnknown) : ast.encodeUnknown,
        ast.annotations
      )
    case "Transformation": {
      const { transformation } = ast
      return new AST.Transformation(
        inner(ast.from),
        inner(ast.to),
        isClass(ast.to) && transformation._tag === "FinalTransformation"
          ? new AST.FinalTransformation(classDecoder(transformation.decode), transformation.encode)
          : transformation,
        ast.annotations
      )
    }
    default:
      return ast
  }
}

/**
 * The same schema, which reads and writes a key named `__proto__` as any other: a value of a record, or (where `preserves`:
 * it is used with `onExcessProperty: "preserve"`) an unknown field. Objects without one pay for the look that finds none.
 */
export const keepingProtoKeys = <A, I, R>(schema: Schema.Schema<A, I, R>, preserves: boolean): Schema.Schema<A, I, R> =>
  Schema.make(kept(schema.ast, { preserves, done: new Map() }))
