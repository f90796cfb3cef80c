/**
 * `null` as Go writes it, for what is not set: the checker of a built-in kind turns it into absent, and into an empty
 * list or record where the field is required. This does the same for what any Schema reads.
 */
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { type Fields, isFields } from "./actual.js"
import { setKey } from "./json.js"

const accepts = (ast: AST.AST, value: unknown): boolean => ParseResult.is(Schema.make(ast))(value)

/** What stands for a `null` where the schema wants a list or a record. */
const emptyOf = (ast: AST.AST): unknown => {
  switch (ast._tag) {
    case "Suspend":
      return emptyOf(ast.f())
    case "Refinement":
      return emptyOf(ast.from)
    case "TupleType":
      return []
    case "TypeLiteral":
      return ast.propertySignatures.length === 0 ? {} : null
    default:
      return null
  }
}

/** The value of a field or an item; undefined where it goes. */
const inPlaceOf = (ast: AST.AST, value: unknown, isOptional: boolean): unknown => {
  if (value !== null) return walk(ast, value)
  if (accepts(ast, null)) return null
  return isOptional ? undefined : emptyOf(ast)
}

const walkObject = (ast: AST.TypeLiteral, object: Fields): Fields => {
  const result: Fields = {}
  const known = new Map(ast.propertySignatures.map((property) => [property.name, property]))
  const others = ast.indexSignatures[0]?.type
  for (const key of Object.keys(object)) {
    const property = known.get(key)
    const type = property?.type ?? others
    const value = type === undefined ? object[key] : inPlaceOf(type, object[key], property?.isOptional === true)
    if (value !== undefined) setKey(result, key, value)
  }
  return result
}

const walk = (ast: AST.AST, value: unknown): unknown => {
  switch (ast._tag) {
    case "Suspend":
      return walk(ast.f(), value)
    case "Refinement":
      return walk(ast.from, value)
    case "TypeLiteral":
      return isFields(value) ? walkObject(ast, value) : value
    case "TupleType": {
      if (!Array.isArray(value)) return value
      const rest = ast.rest[0]?.type
      return value.map((item: unknown, index) => {
        const type = ast.elements[index]?.type ?? rest
        return type === undefined ? item : inPlaceOf(type, item, false)
      })
    }
    case "Union": {
      for (const type of ast.types) {
        const changed = walk(type, value)
        if (accepts(type, changed)) return changed
      }
      return value
    }
    default:
      return value
  }
}

/** A copy of what `schema` reads, without the `null`s that it does not; the same value where there was none. */
export const nullsRemoved = (schema: Schema.Schema<Fields, Fields>, object: Fields): Fields => {
  const changed = walk(AST.encodedAST(schema.ast), object)
  return isFields(changed) ? changed : object
}
