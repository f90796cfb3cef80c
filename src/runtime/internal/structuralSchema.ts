/**
 * From an Effect Schema to the structural schema of a CustomResourceDefinition: the wire form (encoded side) of the
 * schema, said in the part of OpenAPI that the API server takes. Filters that have a JSON Schema are carried over; a
 * filter without one is checked on our side alone. What cannot be said is refused with its path, never left out.
 *
 * Rules of structural schemas:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { JSONSchemaProps } from "../../kinds/apiextensions/v1.js"
import { transforms } from "../../protocol/internal/schemaCodec.js"
import { formatPath } from "../../protocol/KubeError.js"
import type { Annotations } from "../Crd.js"
import { filter, pattern, type Refuse } from "./structuralFilter.js"
import { anything, literals, nullable, union } from "./structuralUnion.js"

/** Where a schema carries what only Kubernetes knows. */
export const AnnotationId: unique symbol = Symbol.for("effect-kube/Crd/annotation")

/** A schema that cannot be said as a structural schema. */
export class CrdError extends Data.TaggedError("KubeCrdError")<{
  readonly kind: string
  /** Where in the object: `spec.items[0].name`, whatever the index. */
  readonly path: string
  readonly problem: string
}> {
  override get message(): string {
    return `the definition of ${this.kind}: ${this.path}: ${this.problem}`
  }
}

type Props = { -readonly [P in keyof JSONSchemaProps]: JSONSchemaProps[P] }

interface Context {
  readonly kind: string
  readonly path: ReadonlyArray<PropertyKey>
  /** What is being walked, to notice a schema that holds itself. */
  readonly open: ReadonlySet<AST.AST>
  /** How much has been walked: schemas that hold each other unfold into more than their source. */
  readonly size: { nodes: number }
}

const maximumNodes = 20_000

const refusal = (context: Context): Refuse => (problem, below = []) => {
  throw new CrdError({ kind: context.kind, path: formatPath([...context.path, ...below]), problem })
}

const inside = (context: Context, key: PropertyKey): Context => ({ ...context, path: [...context.path, key] })

/** The structural schema of a schema's wire form. Throws {@link CrdError}. */
export const structural = (ast: AST.AST, kind: string, path: ReadonlyArray<PropertyKey>): JSONSchemaProps =>
  walk(ast, { kind, path, open: new Set(), size: { nodes: 0 } })

const walk = (ast: AST.AST, context: Context): Props => {
  if (++context.size.nodes > maximumNodes || context.path.length > 200) {
    return refusal(context)(
      "the schema is too large, or holds itself too often: cut it with Crd.annotate({ preserveUnknownFields: true })"
    )
  }
  const own = annotated(ast)
  const isAnnotatedAway = own["x-kubernetes-preserve-unknown-fields"] === true ||
    own["x-kubernetes-int-or-string"] === true
  const props: Props = {
    ...(isAnnotatedAway ? shapeIfPossible(ast, context) : shape(ast, context)),
    ...described(ast),
    ...defaulted(ast, context),
    ...own
  }
  // An int-or-string has no type of its own, and a resource of which nothing is known is kept as it is.
  if (props["x-kubernetes-int-or-string"] === true) delete props.type
  if (props["x-kubernetes-embedded-resource"] === true && props.properties === undefined) Object.assign(props, anything)
  return props
}

/** What is annotated as kept, or as an integer or a string, need not be structural itself. */
const shapeIfPossible = (ast: AST.AST, context: Context): Props => {
  try {
    return shape(ast, context)
  } catch (error) {
    if (error instanceof CrdError) return {}
    throw error
  }
}

// ------------------------------------------------------------------------------------------------ annotations

export const annotationsOf = (ast: AST.AST): Annotations | undefined =>
  Option.getOrUndefined(AST.getAnnotation<Annotations>(ast, AnnotationId))

/** The user's annotations for Kubernetes, which win over everything. */
const annotated = (ast: AST.AST): Props => {
  const { default: byDefault, description, format, nullable, ...extensions } = annotationsOf(ast) ?? {}
  const props: { [keyword: string]: unknown } = { default: byDefault, description, format, nullable }
  for (const [name, value] of Object.entries(extensions)) {
    props[`x-kubernetes-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`] = value
  }
  // The names of `Annotations` are those of the keywords.
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined)) as Props
}

/** Effect's own descriptions ("a number between 0 and 10") say what the keywords say already. */
const ownDescription = new RegExp(
  "^an? (?:(?:8-bit unsigned|non-negative|non-positive|positive|negative|finite|lowercase|uppercase|capitalized|uncapitalized|non empty|single|valid|potentially invalid) )?" +
    "(?:(?:string|number|integer|bigint|boolean|character|date|Date|Duration|duration|BigDecimal|DateTime\\.\\w+|TimeZone\\.\\w+)" +
    "(?: (?:between|greater|less|after|before|at|exactly|ending|including|matching|starting|divisible|to be|that will|with no|excluding|instance|[0-9]+ character).*)?" +
    "|(?:array of (?:at|exactly|8-bit)|tuple of seconds|record to be|object to be|object in the TypeScript|JSON-compatible|instance of|Universally Unique).*)$"
)

const described = (ast: AST.Annotated): Props => {
  const description = Option.getOrUndefined(AST.getDescriptionAnnotation(ast))
  return description === undefined || ownDescription.test(description) ? {} : { description }
}

/** A default is a value of the program; the server needs its wire form. */
const defaulted = (ast: AST.AST, context: Context): Props => {
  const annotation = AST.getDefaultAnnotation(ast)
  if (Option.isNone(annotation)) return {}
  const encoded = ParseResult.encodeUnknownEither(Schema.make(ast))(annotation.value)
  return Either.isRight(encoded)
    ? { default: encoded.right }
    : refusal(context)(
      `its default does not fit its schema: ${ParseResult.TreeFormatter.formatIssueSync(encoded.left)}`
    )
}

const jsonSchemaOf = (ast: AST.AST): { readonly [keyword: string]: unknown } | undefined =>
  Option.getOrUndefined(AST.getJSONSchemaAnnotation(ast)) as { readonly [keyword: string]: unknown } | undefined // an object by its type

// ------------------------------------------------------------------------------------------------ what encodes and filters

const shape = (ast: AST.AST, context: Context): Props => {
  const json = jsonSchemaOf(ast)
  switch (ast._tag) {
    case "Refinement": {
      const from = walk(ast.from, context)
      // A filter behind a transformation judges what the server never sees.
      return json === undefined || transforms(ast.from) ? from : filter(from, json, ast, refusal(context))
    }
    case "Transformation":
      return json === undefined ? encoded(ast, context) : filter({}, json, ast, refusal(context))
    case "Suspend":
      return suspended(ast, context)
    case "Declaration":
      return json === undefined
        ? refusal(context)(
          `${ast} has no wire form that could be described: annotate it with a jsonSchema, or with Crd.annotate`
        )
        : filter({}, json, ast, refusal(context))
    default:
      // The user's own JSON Schema takes the place of what is derived.
      return json === undefined ? plain(ast, context) : filter({}, json, ast, refusal(context))
  }
}

const identifierOf = (ast: AST.AST): string | undefined =>
  ast._tag === "Refinement" ? identifierOf(ast.from) : Option.getOrUndefined(AST.getIdentifierAnnotation(ast))

const encoded = (ast: AST.Transformation, context: Context): Props => {
  const target = identifierOf(ast.to)
  // Of the forms that a Duration is read from only the records can be described; it is written as one of them.
  const from = target === "DurationFromSelf" && ast.from._tag === "Union"
    ? AST.Union.make(members(ast.from).filter((type) => type._tag !== "TupleType"))
    : ast.from
  const props = walk(from, context)
  if (props.type !== "string" || props.format !== undefined || props.pattern !== undefined) return props
  if (target === "DateFromSelf" || target === "DateTimeUtcFromSelf") return { ...props, format: "date-time" }
  return ast.to._tag === "BigIntKeyword" ? { ...props, pattern: "^-?[0-9]+$" } : props
}

/** A schema that holds itself cannot be written out: what lies deeper is kept and not checked. */
const suspended = (ast: AST.Suspend, context: Context): Props => {
  const target = ast.f()
  return context.open.has(target)
    ? unchecked(target)
    : walk(target, { ...context, open: new Set([...context.open, target]) })
}

const unchecked = (ast: AST.AST): Props => {
  switch (ast._tag) {
    case "Refinement":
    case "Transformation":
      return unchecked(ast.from)
    case "TypeLiteral":
      return { type: "object", ...anything }
    case "TupleType":
      return { type: "array", items: anything }
    case "Union":
      return ast.types.every((type) => unchecked(type).type === "object") ? { type: "object", ...anything } : anything
    default:
      return anything
  }
}

// ------------------------------------------------------------------------------------------------ what holds values

const plain = (ast: AST.AST, context: Context): Props => {
  const refuse = refusal(context)
  switch (ast._tag) {
    case "StringKeyword":
      return { type: "string" }
    case "NumberKeyword":
      return { type: "number" }
    case "BooleanKeyword":
      return { type: "boolean" }
    case "UnknownKeyword":
    case "AnyKeyword":
      return anything
    case "ObjectKeyword":
      return { type: "object", ...anything }
    case "Literal":
      return ast.literal === null || typeof ast.literal === "bigint"
        ? refuse(`${ast} alone cannot be described`)
        : literals([ast.literal], refuse)
    case "Enums":
      return literals(ast.enums.map(([, value]) => value), refuse)
    case "TemplateLiteral":
      return pattern({ type: "string" }, AST.getTemplateLiteralRegExp(ast), refuse)
    case "TupleType":
      return array(ast, context)
    case "TypeLiteral":
      return object(ast, context)
    case "Union":
      return alternatives(ast, context)
    default:
      return refuse(`${ast} has no form in JSON`)
  }
}

const array = (ast: AST.TupleType, context: Context): Props => {
  const [first, ...elements] = ast.elements
  const [rest, ...trailing] = ast.rest
  // NonEmptyArray: one element and then any number of the same.
  const isList = rest !== undefined && trailing.length === 0 && elements.length === 0 &&
    (first === undefined || (first.type === rest.type && !first.isOptional))
  if (!isList) return refusal(context)("a tuple cannot be described: items of a list all have one schema")
  const items = walk(rest.type, inside(context, 0))
  return first === undefined ? { type: "array", items } : { type: "array", items, minItems: 1 }
}

const isUndefined = (ast: AST.AST): boolean => ast._tag === "UndefinedKeyword" || ast._tag === "VoidKeyword"

/** Without `undefined`, which in JSON is an absent field; nothing where there is no other value. */
const withoutUndefined = (ast: AST.AST): AST.AST | undefined => {
  if (isUndefined(ast) || ast._tag === "NeverKeyword") return undefined
  if (ast._tag !== "Union" || !members(ast).some(isUndefined)) return ast
  const types = members(ast).filter((type) => !isUndefined(type) && type._tag !== "NeverKeyword")
  return types.length === 0 ? undefined : AST.Union.make(types, ast.annotations)
}

const object = (ast: AST.TypeLiteral, context: Context): Props => {
  const refuse = refusal(context)
  const properties: { [name: string]: Props } = {}
  const required: Array<string> = []
  for (const property of ast.propertySignatures) {
    if (typeof property.name !== "string") return refuse("a field named by a symbol has no form in JSON")
    const type = withoutUndefined(property.type)
    if (type === undefined) continue
    const value = { ...walk(type, inside(context, property.name)), ...described(property) }
    // A field may be called __proto__.
    Object.defineProperty(properties, property.name, { value, enumerable: true, configurable: true, writable: true })
    if (!property.isOptional && type === property.type) required.push(property.name)
  }
  const fields: Props = { type: "object" }
  if (Object.keys(properties).length > 0) fields.properties = properties
  if (required.length > 0) fields.required = required
  const [index, ...indexes] = ast.indexSignatures
  if (index === undefined) return fields
  if (indexes.length > 0 || index.parameter._tag !== "StringKeyword") {
    return refuse(
      "a record whose keys are restricted cannot be described: the server does not look at keys, so let them be Schema.String"
    )
  }
  const values = walk(index.type, inside(context, "*"))
  if (ast.propertySignatures.length === 0) return { ...fields, additionalProperties: values }
  return values.type === undefined && values["x-kubernetes-preserve-unknown-fields"] === true
    ? { ...fields, ...anything }
    : refuse(
      "an object with named fields and a record cannot be described: use one of them, or a record of Schema.Unknown"
    )
}

const isNull = (ast: AST.AST): boolean => ast._tag === "Literal" && ast.literal === null

/** Unions inside unions are one, unless something is said about the inner one. */
const members = (ast: AST.Union): ReadonlyArray<AST.AST> =>
  ast.types.flatMap((type) => (type._tag === "Union" && annotationsOf(type) === undefined ? members(type) : [type]))

const alternatives = (ast: AST.Union, context: Context): Props => {
  const refuse = refusal(context)
  const all = members(ast)
  if (all.some(isUndefined)) return refuse("undefined has no form in JSON: only a field can be left out")
  const types = all.filter((type) => !isNull(type))
  if (types.length === 0) return refuse("null alone cannot be described")
  const props = union(types.map((type) => walk(type, context)), refuse)
  return types.length < all.length ? nullable(props) : props
}
