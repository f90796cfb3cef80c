/** Codecs of custom resources, whose spec and status are any Schema. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import type * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { Issue } from "../KubeError.js"
import type { ResourceScope } from "../Resource.js"
import { actualType } from "./actual.js"
import { actual, checkRoot, type Codec, type Fields, isFields, type Root } from "./codec.js"
import { keepingProtoKeys } from "./protoKeys.js"

/** Whether decoding can change the value: then it must be decoded and encoded, else it is only checked. */
export const transforms = (ast: AST.AST, seen: Set<AST.AST> = new Set()): boolean => {
  if (seen.has(ast)) return false
  seen.add(ast)
  switch (ast._tag) {
    case "Transformation":
      return true
    case "Refinement":
      return transforms(ast.from, seen)
    case "Suspend":
      return transforms(ast.f(), seen)
    case "Union":
      return ast.types.some((type) => transforms(type, seen))
    case "TupleType":
      return ast.elements.some((element) => transforms(element.type, seen)) ||
        ast.rest.some((rest) => transforms(rest.type, seen))
    case "TypeLiteral":
      return ast.propertySignatures.some((property) => transforms(property.type, seen)) ||
        ast.indexSignatures.some((index) => transforms(index.type, seen))
    case "Declaration":
      return ast.typeParameters.some((parameter) => transforms(parameter, seen))
    default:
      return false
  }
}

/** The leaves of a schema's failure: where, what was expected, what was there; with `masked`, only of which type that was. */
export const issuesOf = (
  issue: ParseResult.ParseIssue,
  path: ReadonlyArray<PropertyKey> = [],
  into: Array<Issue> = [],
  masked = false
): Array<Issue> => {
  const found = masked ? actualType : actual
  switch (issue._tag) {
    case "Pointer":
      return issuesOf(issue.issue, path.concat(issue.path), into, masked)
    case "Composite": {
      for (const one of Array.isArray(issue.issues) ? issue.issues : [issue.issues as ParseResult.ParseIssue]) {
        // That a field could also be absent helps nobody whose field is there.
        if (issue.ast._tag === "Union" && one._tag === "Type" && one.ast._tag === "UndefinedKeyword") continue
        issuesOf(one, path, into, masked)
      }
      return into
    }
    case "Refinement":
      if (issue.kind === "From") return issuesOf(issue.issue, path, into, masked)
      into.push({ path, expected: expected(issue.ast), actual: found(issue.actual) })
      return into
    case "Transformation":
      return issuesOf(issue.issue, path, into, masked)
    case "Missing":
      into.push({ path, expected: "a value", actual: "nothing" })
      return into
    case "Unexpected":
      into.push({ path, expected: "no such field", actual: found(issue.actual) })
      return into
    default:
      into.push({
        path,
        // What a transformation says of its failure quotes the value, as other messages may: the schema's name says more.
        expected: issue._tag === "Type" && issue.message !== undefined && !masked && issue.ast._tag !== "Transformation"
          ? issue.message
          : expected(issue.ast),
        actual: found(issue.actual)
      })
      return into
  }
}

const words: { readonly [name: string]: string } = {
  string: "a string",
  number: "a number",
  boolean: "a boolean",
  object: "an object"
}

/** What a schema wants, in words where it has some: "a number between 0 and 10". */
const expected = (ast: AST.AST): string => {
  const text = String(ast)
  return words[text] ?? Option.getOrElse(AST.getDescriptionAnnotation(ast), () => text)
}

interface Part {
  readonly field: "spec" | "status"
  readonly required: boolean
  readonly decode: (value: unknown) => Either.Either<unknown, ParseResult.ParseIssue>
  readonly encode: (value: unknown) => Either.Either<unknown, ParseResult.ParseIssue>
}

const part = (field: "spec" | "status", schema: Schema.Schema.AnyNoContext): Part => {
  const required = field === "spec"
  if (!transforms(schema.ast)) {
    // The value that was checked is the value that is returned: unknown fields survive because nothing is copied.
    const is = ParseResult.is(schema)
    const why = ParseResult.validateEither(schema, { errors: "all" })
    const check = (value: unknown) => is(value) ? Either.right(value) : Either.map(why(value), () => value)
    return { field, required, decode: check, encode: check }
  }
  // `preserve` keeps unknown fields through decode and encode. A `transform` from one struct to another still loses
  // what its own function does not carry over.
  const options = { onExcessProperty: "preserve", errors: "all" } as const
  const safe = keepingProtoKeys(schema, true)
  return {
    field,
    required,
    decode: ParseResult.decodeUnknownEither(safe, options),
    encode: ParseResult.encodeUnknownEither(safe, options)
  }
}

/** `null` is how Go writes a status that is not set. */
const withoutStatus = ({ status: _, ...others }: Fields): Fields => others

/** The codec of a kind whose spec and status have schemas. Built on first use. */
export const make = <K>(
  kind: { readonly apiVersion: string; readonly kind: string; readonly scope: ResourceScope },
  schemas: { readonly spec: Schema.Schema.AnyNoContext; readonly status: Schema.Schema.AnyNoContext | undefined }
): Codec<K> => {
  const parts = schemas.status === undefined
    ? [part("spec", schemas.spec)]
    : [part("spec", schemas.spec), part("status", schemas.status)]

  const convert = (object: Fields, direction: "decode" | "encode", issues: Array<Issue>): Fields => {
    let result = object
    for (const part of parts) {
      const value = object[part.field]
      if (value === undefined || (value === null && !part.required)) {
        if (part.required) issues.push({ path: [part.field], expected: "an object", actual: actual(value) })
        continue
      }
      const converted = part[direction](value)
      if (Either.isLeft(converted)) issuesOf(converted.left, [part.field], issues)
      else if (converted.right !== value) {
        if (result === object) result = { ...object }
        result[part.field] = converted.right
      }
    }
    return result
  }

  return {
    decode: (fresh, mode) => {
      if (!isFields(fresh)) return Either.left([{ path: [], expected: "an object", actual: actual(fresh) }])
      const issues: Array<Issue> = []
      checkRoot(fresh, kind, mode, issues)
      const decoded = convert(fresh["status"] === null ? withoutStatus(fresh) : fresh, "decode", issues)
      // The schemas have vouched for spec and status, checkRoot for the rest.
      return issues.length > 0 ? Either.left(issues) : Either.right(decoded as K)
    },
    encode: (object) => {
      if (!isFields(object)) return Either.left([{ path: [], expected: "an object", actual: actual(object) }])
      const issues: Array<Issue> = []
      const encoded = convert(object, "encode", issues)
      return issues.length > 0 ? Either.left(issues) : Either.right(encoded)
    }
  }
}

/** The codec of a kind that is known only at run time: metadata is checked, everything else is kept as it is. */
export const dynamic = <K>(root: Root): Codec<K> => ({
  decode: (fresh, mode) => {
    if (!isFields(fresh)) return Either.left([{ path: [], expected: "an object", actual: actual(fresh) }])
    const issues: Array<Issue> = []
    checkRoot(fresh, root, mode, issues)
    return issues.length > 0 ? Either.left(issues) : Either.right(fresh as K)
  },
  encode: (object) => Either.right(object)
})
