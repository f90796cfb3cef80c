/** Rules for every node of a schema, structural or not: what Kubernetes takes of OpenAPI, and where its own extensions may stand. */
import { checkRuleFields } from "./cel/ruleChecks.js"
import {
  type Cause,
  child,
  forbidden,
  goJson,
  indexed,
  invalid,
  invalidJson,
  keyed,
  notSupported,
  required
} from "./fieldError.js"
import { itemsOf, type JSONSchemaProps } from "./schema.js"

interface Context {
  /** Why a default is not allowed here. */
  readonly noDefault?: string | undefined
  /** Inside apiVersion, kind or metadata of a resource, embedded or not. */
  readonly insideMeta: boolean
}

export const validateSchema = (schema: JSONSchemaProps, path: string): ReadonlyArray<Cause> =>
  validateNode(schema, path, true, { insideMeta: false })

const types = ["array", "boolean", "integer", "number", "object", "string"]

const notSupportedKeywords: ReadonlyArray<keyof JSONSchemaProps> = [
  "id",
  "additionalItems",
  "patternProperties",
  "definitions",
  "dependencies",
  "$ref"
]

const validateNode = (
  schema: JSONSchemaProps,
  path: string,
  isRoot: boolean,
  context: Context
): ReadonlyArray<Cause> => {
  const inner = (below: JSONSchemaProps | undefined, at: string, more: Context = context): ReadonlyArray<Cause> =>
    below === undefined ? [] : validateNode(below, at, false, more)
  const items = schema.items as JSONSchemaProps | ReadonlyArray<JSONSchemaProps> | undefined // narrows by Array.isArray below
  return [
    ...validateKeywords(schema, path, context),
    ...validateMaps(schema, path),
    ...(typeof schema.additionalProperties === "object"
      ? inner(
        schema.additionalProperties,
        child(path, "additionalProperties"),
        context.insideMeta
          ? { ...context, noDefault: "inside additionalProperties applying to object metadata" }
          : context
      )
      : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
      const isMeta = (isRoot || schema["x-kubernetes-embedded-resource"] === true) &&
        (name === "metadata" || name === "kind" || name === "apiVersion")
      return inner(property, keyed(child(path, "properties"), name), {
        noDefault: isMeta && isRoot ? `in top-level ${name}` : context.noDefault,
        insideMeta: context.insideMeta || isMeta
      })
    }),
    ...inner(schema.not, child(path, "not")),
    ...(["allOf", "oneOf", "anyOf"] as const).flatMap((keyword) =>
      (schema[keyword] ?? []).flatMap((branch, index) => inner(branch, indexed(child(path, keyword), index)))
    ),
    ...Object.entries(schema.definitions ?? {}).flatMap(([name, definition]) =>
      inner(definition, keyed(child(path, "definitions"), name))
    ),
    ...(Array.isArray(items)
      ? items.flatMap((item: JSONSchemaProps, index) => inner(item, indexed(child(path, "items"), index)))
      : inner(itemsOf(schema), child(path, "items"))),
    ...validateExtensions(schema, path)
  ]
}

const validateKeywords = (schema: JSONSchemaProps, path: string, context: Context): ReadonlyArray<Cause> => {
  const causes: Array<Cause> = []
  const typePath = child(path, "type")
  if (schema.type !== undefined && !types.includes(schema.type)) causes.push(notSupported(typePath, schema.type, types))
  if (schema.default !== undefined && context.noDefault !== undefined) {
    causes.push(forbidden(child(path, "default"), `must not be set ${context.noDefault}`))
  }
  for (const keyword of notSupportedKeywords) {
    if (schema[keyword] !== undefined) causes.push(forbidden(child(path, keyword), `${keyword} is not supported`))
  }
  if (schema.type === "null") {
    causes.push(forbidden(typePath, "type cannot be set to null, use nullable as an alternative"))
  }
  if (Array.isArray(schema.items) && schema.items.length > 0) {
    causes.push(forbidden(child(path, "items"), "items must be a schema object and not an array"))
  }
  if (context.insideMeta && schema["x-kubernetes-embedded-resource"] === true) {
    causes.push(forbidden(child(path, "x-kubernetes-embedded-resource"), "must not be used inside of resource meta"))
  }
  if (schema.uniqueItems === true) {
    causes.push(forbidden(
      child(path, "uniqueItems"),
      "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
    ))
  }
  return causes
}

/** Properties are for structs, additionalProperties for maps; only what does not matter may stand beside properties. */
const validateMaps = (schema: JSONSchemaProps, path: string): ReadonlyArray<Cause> =>
  schema.additionalProperties === undefined || schema.additionalProperties === true ||
    Object.keys(schema.properties ?? {}).length === 0
    ? []
    : [forbidden(child(path, "additionalProperties"), "additionalProperties and properties are mutual exclusive")]

const validateExtensions = (schema: JSONSchemaProps, path: string): ReadonlyArray<Cause> => {
  const causes: Array<Cause> = []
  const at = (keyword: string): string => child(path, keyword)
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    causes.push(invalid(at("x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined"))
  }
  const mustBe = (expected: string, keyword: string): void => {
    const detail = `must be ${expected} if ${keyword} is specified`
    causes.push(schema.type === undefined ? required(at("type"), detail) : invalid(at("type"), schema.type, detail))
  }
  const mapType = schema["x-kubernetes-map-type"]
  if (mapType !== undefined && schema.type !== "object") mustBe("object", "x-kubernetes-map-type")
  if (mapType !== undefined && mapType !== "atomic" && mapType !== "granular") {
    causes.push(notSupported(at("x-kubernetes-map-type"), mapType, ["atomic", "granular"]))
  }
  const listType = schema["x-kubernetes-list-type"]
  const items = itemsOf(schema)
  if (listType !== undefined && schema.type !== "array") mustBe("array", "x-kubernetes-list-type")
  else if (listType === "set" && items !== undefined) causes.push(...validateSetItems(items, at("items")))
  if (listType !== undefined && listType !== "atomic" && listType !== "set" && listType !== "map") {
    causes.push(notSupported(at("x-kubernetes-list-type"), listType, ["atomic", "set", "map"]))
  }
  const keys = schema["x-kubernetes-list-map-keys"] ?? []
  if (keys.length > 0 && listType !== "map") {
    const detail = "must be map if x-kubernetes-list-map-keys is non-empty"
    causes.push(
      listType === undefined
        ? required(at("x-kubernetes-list-type"), detail)
        : invalid(at("x-kubernetes-list-type"), listType, detail)
    )
  }
  if (listType === "map") causes.push(...validateMapList(schema, items, keys, path))
  if ((listType === "set" || listType === "map") && items !== undefined) {
    causes.push(...validateKeyedItems(items, listType, keys, path))
  }
  causes.push(...checkRuleFields(schema, path))
  return causes
}

/** Items of a set are compared as a whole, so none of their parts may have an owner of its own. */
const validateSetItems = (items: JSONSchemaProps, path: string): ReadonlyArray<Cause> => {
  const detail = "must be atomic as item of a list with x-kubernetes-list-type=set"
  const listType = items["x-kubernetes-list-type"]
  if (items.type === "array" && listType !== undefined && listType !== "atomic") {
    return [invalid(child(path, "x-kubernetes-list-type"), listType, detail)]
  }
  if (items.type === "object" && items["x-kubernetes-map-type"] !== "atomic") {
    // The server shows the list type here, which an object has not.
    return [invalidJson(child(path, "x-kubernetes-map-type"), goJson(listType ?? null), detail)]
  }
  return []
}

const validateMapList = (
  schema: JSONSchemaProps,
  items: JSONSchemaProps | undefined,
  keys: ReadonlyArray<string>,
  path: string
): ReadonlyArray<Cause> => {
  const causes: Array<Cause> = []
  const keysPath = child(path, "x-kubernetes-list-map-keys")
  const itemsPath = child(path, "items")
  if (keys.length === 0) causes.push(required(keysPath, "must not be empty if x-kubernetes-list-type is map"))
  if (schema.items === undefined) {
    causes.push(required(itemsPath, "must have a schema if x-kubernetes-list-type is map"))
  } else if (items === undefined) {
    causes.push(invalid(itemsPath, schema.items, "must only have a single schema if x-kubernetes-list-type is map"))
  }
  if (items === undefined) return causes
  if (items.type !== "object") {
    causes.push(
      invalid(
        child(itemsPath, "type"),
        items.type ?? "",
        "must be object if parent array's x-kubernetes-list-type is map"
      )
    )
    return causes
  }
  keys.forEach((key, index) => {
    const property = items.properties !== undefined && Object.hasOwn(items.properties, key)
      ? items.properties[key]
      : undefined
    if (property === undefined) causes.push(invalid(keysPath, keys, "entries must all be names of item properties"))
    else if (property.type === "array" || property.type === "object") {
      const at = child(keyed(child(itemsPath, "properties"), key), "type")
      causes.push(invalid(at, items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"))
    }
    if (keys.indexOf(key) < index) causes.push(invalid(keysPath, keys, "must not contain duplicate entries"))
  })
  return causes
}

const validateKeyedItems = (
  items: JSONSchemaProps,
  listType: "set" | "map",
  keys: ReadonlyArray<string>,
  path: string
): ReadonlyArray<Cause> => {
  const causes: Array<Cause> = []
  const itemsPath = child(path, "items")
  if (items.nullable === true) {
    causes.push(
      forbidden(child(itemsPath, "nullable"), `cannot be nullable when x-kubernetes-list-type is ${listType}`)
    )
  }
  if (listType === "set") return causes
  for (const key of keys) {
    const property = items.properties !== undefined && Object.hasOwn(items.properties, key)
      ? items.properties[key]
      : undefined
    if (property === undefined) continue
    const at = keyed(child(itemsPath, "properties"), key)
    if (!(items.required ?? []).includes(key) && property.default === undefined) {
      causes.push(required(
        child(at, "default"),
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
      ))
    }
    if (property.nullable === true) {
      causes.push(
        forbidden(child(at, "nullable"), "this property is in x-kubernetes-list-map-keys, so it cannot be nullable")
      )
    }
  }
  return causes
}
