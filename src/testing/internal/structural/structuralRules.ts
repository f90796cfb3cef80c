/**
 * What makes a schema structural: a type everywhere, no types or defaults inside `allOf`, `anyOf`, `oneOf` and `not`, and metadata left to the server.
 * Source of the rules: the documentation of CustomResourceDefinitions, "Specifying a structural schema".
 */
import { compile } from "../../../protocol/internal/re2.js"
import { type Cause, child, forbidden, indexed, invalid, keyed, required } from "./fieldError.js"
import { itemsOf, type JSONSchemaProps, valuesOf } from "./schema.js"

type Level = "root" | "item" | "field"

/** Keywords that a structural schema has no place for; while one is there, the other rules cannot be applied. */
export const isStructurable = (schema: JSONSchemaProps): boolean =>
  schema.id === undefined && schema.$schema === undefined && schema.$ref === undefined &&
  schema.patternProperties === undefined &&
  schema.dependencies === undefined && schema.additionalItems === undefined && schema.definitions === undefined &&
  !Array.isArray(schema.items) && schema["x-kubernetes-preserve-unknown-fields"] !== false &&
  subschemas(schema).every(isStructurable)

export const subschemas = (schema: JSONSchemaProps): ReadonlyArray<JSONSchemaProps> => [
  ...(Array.isArray(schema.items) ? schema.items : schema.items === undefined ? [] : [schema.items as JSONSchemaProps]),
  ...Object.values(schema.properties ?? {}),
  ...(typeof schema.additionalProperties === "object" ? [schema.additionalProperties] : []),
  ...(schema.allOf ?? []),
  ...(schema.anyOf ?? []),
  ...(schema.oneOf ?? []),
  ...(schema.not === undefined ? [] : [schema.not])
]

/** Causes in the order of their texts. */
export const validateStructural = (schema: JSONSchemaProps, path: string): ReadonlyArray<Cause> => {
  const text = (cause: Cause): string => `${cause.field}: ${cause.message}`
  return [...validateNode(schema, "root", path), ...validateCompleteness(schema, path)].sort((left, right) =>
    text(left) < text(right) ? -1 : text(left) > text(right) ? 1 : 0
  )
}

const propertyPath = (path: string, name: string): string => keyed(child(path, "properties"), name)

const missingType: { readonly [level in Level]: string } = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields"
}

const validateNode = (schema: JSONSchemaProps, level: Level, path: string): ReadonlyArray<Cause> => {
  const causes: Array<Cause> = []
  const items = itemsOf(schema)
  const type = schema.type ?? ""
  const embedded = schema["x-kubernetes-embedded-resource"] === true
  const intOrString = schema["x-kubernetes-int-or-string"] === true
  const preserves = schema["x-kubernetes-preserve-unknown-fields"] === true
  const properties = Object.entries(schema.properties ?? {})

  if (type === "array" && items === undefined) causes.push(required(child(path, "items"), "must be specified"))
  if (items !== undefined) causes.push(...validateNode(items, "item", child(path, "items")))
  for (const [name, property] of properties) causes.push(...validateNode(property, "field", propertyPath(path, name)))
  if (schema.additionalProperties !== undefined) {
    const at = child(path, "additionalProperties")
    if (level === "root") causes.push(forbidden(at, "must not be used at the root"))
    const values = valuesOf(schema)
    if (values !== undefined) causes.push(...validateNode(values, "field", at))
    if (embedded) causes.push(forbidden(at, "must not be used if x-kubernetes-embedded-resource is set"))
  }
  for (const keyword of ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const) {
    if (intOrString && schema[keyword] === true) {
      causes.push(invalid(child(path, keyword), true, "must be false if x-kubernetes-int-or-string is true"))
    }
  }
  causes.push(...validateJunctors(schema, path))

  const typePath = child(path, "type")
  if (embedded && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true"
    causes.push(type === "" ? required(typePath, detail) : invalid(typePath, type, detail))
  } else if (type === "" && !intOrString && !preserves) {
    causes.push(required(typePath, missingType[level]))
  }
  if (level === "root" && type !== "" && type !== "object") {
    causes.push(invalid(typePath, type, "must be object at the root"))
  }
  if (level === "root" || embedded) {
    for (const [name, expected] of [["kind", "string"], ["apiVersion", "string"], ["metadata", "object"]] as const) {
      const property = schema.properties?.[name]
      if (property !== undefined && property.type !== expected) {
        causes.push(invalid(child(propertyPath(path, name), "type"), property.type ?? "", `must be ${expected}`))
      }
    }
  }
  const metadata = schema.properties?.metadata
  if (level === "root" && metadata !== undefined && !isNameOnly(metadata)) {
    causes.push(forbidden(
      propertyPath(path, "metadata"),
      "must not specify anything other than name and generateName, but metadata is implicitly specified"
    ))
  }
  if (embedded && !preserves && properties.length === 0) {
    causes.push(required(
      child(path, "properties"),
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
    ))
  }
  return causes
}

/** Metadata of which no more is said than its type, and its name and generateName. */
const isNameOnly = (metadata: JSONSchemaProps): boolean =>
  Object.keys(metadata).every((keyword) => keyword === "type" || keyword === "default" || keyword === "properties") &&
  Object.keys(metadata.properties ?? {}).every((name) => name === "name" || name === "generateName")

/** `anyOf: [{ type: integer }, { type: string }]`, the one place where a junctor may name types. */
const isIntOrString = (schemas: ReadonlyArray<JSONSchemaProps> | undefined): boolean =>
  schemas?.length === 2 && ["integer", "string"].every((type, index) => {
    const schema = schemas[index]!
    return schema.type === type && Object.keys(schema).length === 1
  })

const validateJunctors = (
  schema: JSONSchemaProps,
  path: string,
  ignoresAnyOf = isIntOrString(schema.anyOf)
): ReadonlyArray<Cause> => {
  const branches = (keyword: "anyOf" | "allOf" | "oneOf"): ReadonlyArray<Cause> =>
    (schema[keyword] ?? []).flatMap((branch, index) =>
      validateNested(branch, indexed(child(path, keyword), index), keyword === "allOf" && index === 0)
    )
  const pattern = schema.pattern === undefined || schema.pattern === "" ? undefined : compile(schema.pattern)
  return [
    ...(ignoresAnyOf ? [] : branches("anyOf")),
    ...branches("allOf"),
    ...branches("oneOf"),
    ...(schema.not === undefined ? [] : validateNested(schema.not, child(path, "not"), false)),
    ...(pattern?._tag === "Malformed"
      ? [
        invalid(
          child(path, "pattern"),
          schema.pattern,
          `must be a valid regular expression, but isn't: ${pattern.message}`
        )
      ]
      : [])
  ]
}

/** Keywords that say what a value is, and so have no place where only its validity is judged. */
const forbiddenInside: ReadonlyArray<readonly [keyword: keyof JSONSchemaProps, detail: string]> = [
  ["type", "must be empty to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"]
]

const validateNested = (schema: JSONSchemaProps, path: string, isFirstOfAll: boolean): ReadonlyArray<Cause> => {
  const items = itemsOf(schema)
  return [
    ...validateJunctors(schema, path, isFirstOfAll && isIntOrString(schema.anyOf)),
    ...(items === undefined ? [] : validateNested(items, child(path, "items"), false)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      validateNested(property, propertyPath(path, name), false)
    ),
    ...forbiddenInside.filter(([keyword]) => schema[keyword] !== undefined).map(([keyword, detail]) =>
      forbidden(child(path, keyword), detail)
    ),
    ...(schema.additionalProperties === undefined || schema.additionalProperties === false
      ? []
      : [forbidden(child(path, "additionalProperties"), "must be undefined to be structural")]),
    ...(schema.properties !== undefined && Object.hasOwn(schema.properties, "metadata")
      ? [forbidden(propertyPath(path, "metadata"), "must not be specified in a nested context")]
      : [])
  ]
}

/** What a junctor of the root speaks of must be declared outside of it; a server checks no deeper. */
const validateCompleteness = (root: JSONSchemaProps, path: string): ReadonlyArray<Cause> => {
  const junctors = (
    schema: JSONSchemaProps,
    declared: JSONSchemaProps,
    at: string,
    nestedAt: string
  ): ReadonlyArray<Cause> => [
    ...(schema.not === undefined ? [] : nested(schema.not, declared, at, child(nestedAt, "not"))),
    ...(["allOf", "anyOf", "oneOf"] as const).flatMap((keyword) =>
      (schema[keyword] ?? []).flatMap((branch, index) =>
        nested(branch, declared, at, indexed(child(nestedAt, keyword), index))
      )
    )
  ]
  const nested = (
    schema: JSONSchemaProps | undefined,
    declared: JSONSchemaProps | undefined,
    at: string,
    nestedAt: string
  ): ReadonlyArray<Cause> => {
    if (schema === undefined) return []
    if (declared === undefined) return [required(at, `because it is defined in ${nestedAt}`)]
    return [
      ...junctors(schema, declared, at, nestedAt),
      ...nested(itemsOf(schema), itemsOf(declared), child(at, "items"), child(nestedAt, "items")),
      ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
        const outer = declared.properties !== undefined && Object.hasOwn(declared.properties, name)
          ? declared.properties[name]
          : undefined
        return nested(property, outer, propertyPath(at, name), propertyPath(nestedAt, name))
      })
    ]
  }
  return junctors(root, root, path, path)
}
