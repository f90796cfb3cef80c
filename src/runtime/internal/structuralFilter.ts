/**
 * Filters of a Schema (`between`, `minLength`, `pattern`, ...) as keywords of a structural schema, by the JSON Schema
 * that each of them carries. The server reads OpenAPI 3.0, where bounds are exclusive by a flag, and RE2.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { JSONSchemaProps } from "../../kinds/apiextensions/v1.js"
import { compile } from "../../protocol/internal/re2.js"

type Fields = { readonly [keyword: string]: unknown }

/** What cannot be said, in words; the caller knows where, up to a place below. */
export type Refuse = (problem: string, below?: ReadonlyArray<PropertyKey>) => never

/** Adds the keywords of a JSON Schema to the schema of what it filters; of two bounds the stricter one stays. */
export const filter = (base: JSONSchemaProps, json: Fields, ast: AST.AST, refuse: Refuse): JSONSchemaProps => {
  const refined = Object.keys(json).reduce((schema, keyword) => add(schema, keyword, json, ast, refuse), base)
  return refined.type === "integer" ? withWholeBounds(refined) : refined
}

const number = (json: Fields, keyword: string): number | undefined =>
  typeof json[keyword] === "number" ? json[keyword] : undefined

const add = (schema: JSONSchemaProps, keyword: string, json: Fields, ast: AST.AST, refuse: Refuse): JSONSchemaProps => {
  const value = json[keyword]
  switch (keyword) {
    case "type":
      // `int` narrows a number; other types are those of what is filtered.
      return schema.type === undefined || (value === "integer" && schema.type === "number")
        ? { ...schema, type: String(value) }
        : schema
    case "minimum":
    case "exclusiveMinimum":
      return lowerBound(schema, number(json, keyword), keyword === "exclusiveMinimum")
    case "maximum":
    case "exclusiveMaximum":
      return upperBound(schema, number(json, keyword), keyword === "exclusiveMaximum")
    case "minLength":
    case "minItems":
    case "minProperties":
      return { ...schema, [keyword]: Math.max(schema[keyword] ?? 0, number(json, keyword) ?? 0) }
    case "maxLength":
    case "maxItems":
    case "maxProperties":
      return { ...schema, [keyword]: Math.min(schema[keyword] ?? Infinity, number(json, keyword) ?? Infinity) }
    case "multipleOf":
      return multipleOf(schema, number(json, keyword), refuse)
    case "pattern":
      return pattern(schema, patternOf(ast) ?? { source: String(value), flags: "" }, refuse)
    case "uniqueItems":
      return value === true
        ? refuse("the server takes no uniqueItems: use Crd.annotate({ listType: \"set\" })")
        : schema
    case "const":
      return both(schema, { enum: [value] })
    case "enum":
    case "required":
      return schema[keyword] === undefined ? { ...schema, [keyword]: value } : both(schema, { [keyword]: value })
    case "allOf":
      return { ...schema, allOf: [...(schema.allOf ?? []), ...(value as ReadonlyArray<JSONSchemaProps>)] }
    case "anyOf":
    case "oneOf":
    case "not":
      return both(schema, { [keyword]: value })
    case "title":
    case "examples":
    case "$id":
    case "$comment":
      return schema
    default:
      // The caller has put keywords of JSON Schema here; the server checks their values.
      return { ...schema, [keyword]: value }
  }
}

const both = (schema: JSONSchemaProps, more: JSONSchemaProps): JSONSchemaProps => ({
  ...schema,
  allOf: [...(schema.allOf ?? []), more]
})

const lowerBound = (schema: JSONSchemaProps, value: number | undefined, exclusive: boolean): JSONSchemaProps => {
  const known = schema.minimum
  if (value === undefined || (known !== undefined && (known > value || (known === value && !exclusive)))) return schema
  const { exclusiveMinimum: _, ...rest } = schema
  return { ...rest, minimum: value, ...(exclusive ? { exclusiveMinimum: true } : {}) }
}

const upperBound = (schema: JSONSchemaProps, value: number | undefined, exclusive: boolean): JSONSchemaProps => {
  const known = schema.maximum
  if (value === undefined || (known !== undefined && (known < value || (known === value && !exclusive)))) return schema
  const { exclusiveMaximum: _, ...rest } = schema
  return { ...rest, maximum: value, ...(exclusive ? { exclusiveMaximum: true } : {}) }
}

/** A server refuses every integer where a bound of integers has a fraction. */
const withWholeBounds = (schema: JSONSchemaProps): JSONSchemaProps => {
  const { exclusiveMaximum, exclusiveMinimum, maximum, minimum, ...rest } = schema
  return {
    ...rest,
    ...(minimum === undefined ? {} : { minimum: Math.ceil(minimum) }),
    ...(minimum !== undefined && exclusiveMinimum === true && Number.isInteger(minimum) ? { exclusiveMinimum } : {}),
    ...(maximum === undefined ? {} : { maximum: Math.floor(maximum) }),
    ...(maximum !== undefined && exclusiveMaximum === true && Number.isInteger(maximum) ? { exclusiveMaximum } : {})
  }
}

const multipleOf = (schema: JSONSchemaProps, factor: number | undefined, refuse: Refuse): JSONSchemaProps => {
  if (factor === undefined) return schema
  if (!Number.isInteger(factor)) {
    return refuse(`multiples of ${factor} cannot be described: the server would refuse every whole number`)
  }
  return schema.multipleOf === undefined ? { ...schema, multipleOf: factor } : both(schema, { multipleOf: factor })
}

/** The expression itself, whose flags its JSON Schema has not. */
const patternOf = (ast: AST.AST): { readonly source: string; readonly flags: string } | undefined =>
  Option.getOrUndefined(
    Option.map(AST.getAnnotation<{ readonly regex: RegExp }>(ast, Schema.PatternSchemaId), ({ regex }) => regex)
  )

export const pattern = (
  schema: JSONSchemaProps,
  expression: { readonly source: string; readonly flags: string },
  refuse: Refuse
): JSONSchemaProps => {
  const text = toRe2(expression)
  const compiled = compile(text)
  if (compiled._tag === "Malformed") {
    return refuse(
      `the pattern ${
        JSON.stringify(expression.source)
      } is not RE2, which the server reads patterns as: ${compiled.message}`
    )
  }
  return schema.pattern === undefined ? { ...schema, pattern: text } : both(schema, { pattern: text })
}

const toRe2 = ({ flags, source }: { readonly source: string; readonly flags: string }): string => {
  const inline = [...flags].filter((flag) => flag === "i" || flag === "m" || flag === "s").join("")
  const body = source.replace(
    /\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|[^])/g,
    (escape, braced?: string, four?: string) => {
      const code = braced ?? four
      return code === undefined ? escape : `\\x{${code}}`
    }
  )
  return `${inline === "" ? "" : `(?${inline})`}${body}`
}
