/**
 * From an Effect Schema to the structural schema of a CustomResourceDefinition: the wire form (encoded side) of the
 * schema, said in the part of OpenAPI that the API server takes. Filters that have a JSON Schema are carried over; a
 * filter without one is checked on our side alone. What cannot be said is refused with its path, never left out.
 *
 * Rules of structural schemas:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import * as AST from "effect/SchemaAST"
import type { JSONSchemaProps } from "../../kinds/apiextensions/v1.js"
import * as re2 from "../../protocol/internal/re2.js"
import { formatPath } from "../../protocol/KubeError.js"
import type { Annotations } from "../Crd.js"

/** Where a schema carries what only Kubernetes knows. */
export const AnnotationId: unique symbol = Symbol.for("effect-kube/Crd/annotation")

/** A schema that cannot be said as a structural schema. */
export class CrdError extends Data.TaggedError("KubeCrdError")<{
  readonly kind: string
  /** Where in the object: `spec.items[]`. */
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
}

const refuse = (context: Context, problem: string): never => {
  throw new CrdError({ kind: context.kind, path: formatPath(context.path), problem })
}

const inside = (context: Context, key: PropertyKey): Context => ({ ...context, path: [...context.path, key] })

/** Formats of wire forms that the server checks, by the identifier of the schema that decodes them. */
const formats: { readonly [identifier: string]: string } = {
  Date: "date-time",
  DateFromString: "date-time",
  DateTimeUtc: "date-time",
  DateTimeZoned: "date-time"
}

/** Effect's own descriptions ("a string", "a number between 0 and 10") say what the keywords say already. */
const ownDescription = /^(a|an|at) /

const hoisted = (ast: AST.Annotated): Props => {
  const props: Props = {}
  const description = Option.getOrUndefined(AST.getDescriptionAnnotation(ast))
  if (description !== undefined && !ownDescription.test(description)) props.description = description
  const byDefault = AST.getDefaultAnnotation(ast)
  if (Option.isSome(byDefault)) props.default = byDefault.value
  return props
}

/** The keywords of a filter or of the user's own JSON Schema, as Kubernetes spells them. */
const keywords = (json: object, context: Context): Props => {
  const { $comment: _comment, $id: _id, examples: _examples, exclusiveMaximum, exclusiveMinimum, title: _title, ...rest } = json as {
    readonly [keyword: string]: unknown
  }
  const props: { [keyword: string]: unknown } = { ...rest }
  // In structural schemas, as in OpenAPI 3.0, these are flags beside the bound.
  if (typeof exclusiveMinimum === "number") {
    props["minimum"] = exclusiveMinimum
    props["exclusiveMinimum"] = true
  }
  if (typeof exclusiveMaximum === "number") {
    props["maximum"] = exclusiveMaximum
    props["exclusiveMaximum"] = true
  }
  if (typeof props["pattern"] === "string") checkPattern(props["pattern"], context)
  // The caller has put keywords of JSON Schema here; the server checks their values.
  return props as Props
}

const checkPattern = (pattern: string, context: Context): void => {
  const compiled = re2.compile(pattern)
  if (compiled._tag === "Malformed") {
    refuse(context, `the pattern ${JSON.stringify(pattern)} is not RE2, which the server reads patterns as: ${compiled.message}`)
  }
}

/** The user's annotations for Kubernetes, which win over everything. */
const annotated = (ast: AST.AST): Props => {
  const found = AST.getAnnotation<Annotations>(ast, AnnotationId)
  if (Option.isNone(found)) return {}
  const {
    default: byDefault,
    description,
    embeddedResource,
    format,
    intOrString,
    listMapKeys,
    listType,
    mapType,
    nullable,
    preserveUnknownFields,
    validations
  } = found.value
  const props: Props = {}
  if (byDefault !== undefined) props.default = byDefault
  if (description !== undefined) props.description = description
  if (format !== undefined) props.format = format
  if (nullable !== undefined) props.nullable = nullable
  if (embeddedResource !== undefined) props["x-kubernetes-embedded-resource"] = embeddedResource
  if (intOrString !== undefined) props["x-kubernetes-int-or-string"] = intOrString
  if (listMapKeys !== undefined) props["x-kubernetes-list-map-keys"] = listMapKeys
  if (listType !== undefined) props["x-kubernetes-list-type"] = listType
  if (mapType !== undefined) props["x-kubernetes-map-type"] = mapType
  if (preserveUnknownFields !== undefined) props["x-kubernetes-preserve-unknown-fields"] = preserveUnknownFields
  if (validations !== undefined) props["x-kubernetes-validations"] = validations
  return props
}

const anything: Props = { "x-kubernetes-preserve-unknown-fields": true }

/** The structural schema of a schema's wire form. Throws {@link CrdError}. */
export const structural = (ast: AST.AST, kind: string, path: ReadonlyArray<PropertyKey>): JSONSchemaProps =>
  walk(ast, { kind, path, open: new Set() })

const walk = (ast: AST.AST, context: Context): Props => {
  const own = annotated(ast)
  const props = { ...shape(ast, context, own), ...hoisted(ast), ...own }
  // An int-or-string and an unknown value have no type of their own.
  if (props["x-kubernetes-int-or-string"] === true) delete props.type
  return props
}

const shape = (ast: AST.AST, context: Context, own: Props): Props => {
  const json = AST.getJSONSchemaAnnotation(ast)
  switch (ast._tag) {
    case "Refinement":
      return { ...walk(ast.from, context), ...(Option.isSome(json) ? keywords(json.value, context) : {}) }
    case "Transformation": {
      const format = Option.flatMapNullable(AST.getIdentifierAnnotation(ast), (identifier) => formats[identifier])
      const from = walk(ast.from, context)
      const described = Option.isSome(json) ? keywords(json.value, context) : {}
      return { ...from, ...(Option.isSome(format) && from.type === "string" ? { format: format.value } : {}), ...described }
    }
    case "Declaration":
      if (Option.isSome(json)) return keywords(json.value, context)
      if (own.type !== undefined || own["x-kubernetes-preserve-unknown-fields"] === true || own["x-kubernetes-int-or-string"] === true) return {}
      return refuse(context, `${String(ast)} has no wire form that could be described: annotate it with a jsonSchema, or with Crd.annotate`)
    case "Suspend":
      return suspended(ast, context)
    default:
      return { ...plain(ast, context), ...(Option.isSome(json) ? keywords(json.value, context) : {}) }
  }
}

/** A schema that holds itself cannot be written out: what lies deeper is kept and not checked. */
const suspended = (ast: AST.Suspend, context: Context): Props => {
  const target = ast.f()
  if (!context.open.has(target)) return walk(target, { ...context, open: new Set([...context.open, target]) })
  return isObject(target) ? { type: "object", ...anything } : anything
}

const isObject = (ast: AST.AST): boolean =>
  ast._tag === "TypeLiteral" || (ast._tag === "Transformation" && isObject(ast.from)) || (ast._tag === "Refinement" && isObject(ast.from))

const literalType = (value: AST.LiteralValue | number | string): string =>
  typeof value === "number" ? Number.isInteger(value) ? "integer" : "number" : typeof value

const plain = (ast: AST.AST, context: Context): Props => {
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
        ? refuse(context, `${String(ast)} alone cannot be described`)
        : { type: literalType(ast.literal), enum: [ast.literal] }
    case "Enums": {
      const values = ast.enums.map(([_, value]) => value)
      const types = new Set(values.map(literalType))
      return types.size === 1 ? { type: [...types][0], enum: values } : refuse(context, "an enum of texts and numbers cannot be described")
    }
    case "TemplateLiteral": {
      const pattern = AST.getTemplateLiteralRegExp(ast).source
      checkPattern(pattern, context)
      return { type: "string", pattern }
    }
    case "TupleType":
      return array(ast, context)
    case "TypeLiteral":
      return object(ast, context)
    case "Union":
      return union(ast, context)
    default:
      return refuse(context, `${String(ast)} has no form in JSON`)
  }
}

const array = (ast: AST.TupleType, context: Context): Props => {
  const item = inside(context, 0)
  const [first, ...elements] = ast.elements
  const [rest, ...trailing] = ast.rest
  if (rest === undefined || trailing.length > 0 || elements.length > 0) {
    return refuse(context, "a tuple cannot be described: items of a list all have one schema")
  }
  if (first === undefined) return { type: "array", items: walk(rest.type, item) }
  // NonEmptyArray: one element and then any number of the same.
  if (first.type !== rest.type || first.isOptional) return refuse(context, "a tuple cannot be described: items of a list all have one schema")
  return { type: "array", items: walk(rest.type, item), minItems: 1 }
}

/** Without the `undefined` of optional fields: in JSON it is an absent field. */
const withoutUndefined = (ast: AST.AST): AST.AST =>
  ast._tag === "Union"
    ? AST.Union.make(ast.types.filter((type) => type._tag !== "UndefinedKeyword"), ast.annotations)
    : ast

const object = (ast: AST.TypeLiteral, context: Context): Props => {
  const [index, ...indexes] = ast.indexSignatures
  if (index !== undefined) {
    if (indexes.length > 0 || ast.propertySignatures.length > 0) {
      return refuse(context, "an object with named fields and a record cannot be described: use one of them")
    }
    return { type: "object", additionalProperties: walk(index.type, inside(context, "*")) }
  }
  if (ast.propertySignatures.length === 0) return { type: "object" }
  const properties: { [name: string]: Props } = {}
  const required: Array<string> = []
  for (const property of ast.propertySignatures) {
    if (typeof property.name !== "string") return refuse(context, "a field named by a symbol has no form in JSON")
    const at = inside(context, property.name)
    const value = { ...walk(withoutUndefined(property.type), at), ...hoisted(property) }
    Object.defineProperty(properties, property.name, { value, enumerable: true, configurable: true, writable: true })
    if (!property.isOptional) required.push(property.name)
  }
  return required.length === 0 ? { type: "object", properties } : { type: "object", properties, required }
}

const union = (ast: AST.Union, context: Context): Props => {
  const types = ast.types.filter((type) => type._tag !== "UndefinedKeyword" && !isNull(type))
  const nullable = ast.types.some(isNull) ? { nullable: true } : {}
  const [only, ...others] = types
  if (only === undefined) return refuse(context, "null alone cannot be described")
  if (others.length === 0) return { ...walk(only, context), ...nullable }
  const schemas = types.map((type) => walk(type, context))
  return { ...literals(schemas) ?? intOrString(schemas) ?? objects(schemas, context) ?? same(schemas, context), ...nullable }
}

const isNull = (ast: AST.AST): boolean => ast._tag === "Literal" && ast.literal === null

const unique = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => [...new Set(values)]

/** `"a" | "b"`: one type, several values. */
const literals = (schemas: ReadonlyArray<Props>): Props | undefined => {
  const types = unique(schemas.map((schema) => schema.type))
  const enums = schemas.flatMap((schema) => schema.enum ?? [])
  return types.length === 1 && types[0] !== undefined && schemas.every((schema) => schema.enum !== undefined)
    ? { type: types[0], enum: unique(enums) }
    : undefined
}

/** `80 | "http"`, which Kubernetes has a word for. */
const intOrString = (schemas: ReadonlyArray<Props>): Props | undefined => {
  const types = schemas.map((schema) => schema.type).sort()
  return types.length === 2 && types[0] === "integer" && types[1] === "string" ? { "x-kubernetes-int-or-string": true } : undefined
}

/** Schemas that say the same about the wire are one. */
const same = (schemas: ReadonlyArray<Props>, context: Context): Props => {
  const [first, ...rest] = schemas
  const text = JSON.stringify(first)
  return first !== undefined && rest.every((schema) => JSON.stringify(schema) === text)
    ? first
    : refuse(context, `a union of ${unique(schemas.map((schema) => schema.type ?? "anything")).join(" and ")} cannot be described: a field has one type`)
}

/**
 * Variants of an object. The server allows types and fields only outside of `oneOf` and `anyOf`, so the fields of all
 * variants are hoisted, and each variant says what it requires, and the values of the fields that tell it apart.
 */
const objects = (schemas: ReadonlyArray<Props>, context: Context): Props | undefined => {
  if (!schemas.every((schema) => schema.type === "object" && schema.properties !== undefined)) return undefined
  const names = unique(schemas.flatMap((schema) => Object.keys(schema.properties ?? {})))
  const properties: { [name: string]: JSONSchemaProps } = {}
  const tags: Array<string> = []
  for (const name of names) {
    const uses = schemas.flatMap((schema) => schema.properties?.[name] ?? [])
    const tag = uses.length === schemas.length && uses.every((use) => use.enum !== undefined) && !allSame(uses)
    if (tag) tags.push(name)
    properties[name] = literals(uses) ?? same(uses, inside(context, name))
  }
  const everywhere = names.filter((name) => schemas.every((schema) => schema.required?.includes(name)))
  const variants = schemas.map((schema): JSONSchemaProps => {
    const required = schema.required?.filter((name) => tags.includes(name) || !everywhere.includes(name)) ?? []
    const values = Object.fromEntries(tags.map((name) => [name, { enum: schema.properties?.[name]?.enum ?? [] }]))
    return { ...(tags.length === 0 ? undefined : { properties: values }), ...(required.length === 0 ? undefined : { required }) }
  })
  const common: Props = { type: "object", properties, ...(everywhere.length === 0 ? undefined : { required: everywhere }) }
  // A variant that demands nothing is always met, and then so is the union.
  if (variants.some((variant) => Object.keys(variant).length === 0)) return common
  return { ...common, ...(tags.length > 0 ? { oneOf: variants } : { anyOf: variants }) }
}

const allSame = (schemas: ReadonlyArray<JSONSchemaProps>): boolean => {
  const text = JSON.stringify(schemas[0])
  return schemas.every((schema) => JSON.stringify(schema) === text)
}
