/**
 * OpenAPI v2 (Swagger): one document about everything that is served. kubectl and Helm read it for kinds that no document
 * of v3 names, such as lists, and validate by it on their side. It says what v3 says, without what v2 has no words for:
 * defaults, alternatives and nulls.
 */
import { isObject, items, type JsonObject, setOwn } from "../json.js"
import { json, protobuf, yaml } from "../mediaTypes.js"
import { references } from "../schemas.js"
import type { Resources } from "../served.js"
import { componentsOf } from "./components.js"
import { pathsOfVersion } from "./paths.js"

const definitions = "#/definitions/"
const kinds = "x-kubernetes-group-version-kind"

const renamed = (reference: unknown): unknown =>
  typeof reference === "string" && reference.startsWith(references)
    ? definitions + reference.slice(references.length)
    : reference

/** Schemas that a document of v2 gives in another form than one of v3. */
const inV2: { readonly [name: string]: unknown } = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { type: "string" },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { type: "string", format: "int-or-string" }
}

const each = (schemas: unknown): JsonObject => {
  const converted: JsonObject = {}
  if (isObject(schemas)) { for (const [name, schema] of Object.entries(schemas)) setOwn(converted, name, v2(schema)) }
  return converted
}

/** What stands beside a reference. */
const kept = (schema: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => name === "description" || name.startsWith("x-")))

const v2 = (schema: unknown): unknown => {
  if (!isObject(schema)) return schema
  const {
    $ref,
    additionalProperties,
    allOf,
    anyOf: _any,
    default: _default,
    items: of,
    not: _not,
    nullable,
    oneOf: _one,
    ...rest
  } = schema
  const [referred] = items(schema, "allOf")
  const reference = $ref ??
    (isObject(referred) && Array.isArray(allOf) && allOf.length === 1 ? referred["$ref"] : undefined)
  if (reference !== undefined) return { ...kept(schema), $ref: renamed(reference) }
  const { properties, type, ...others } = rest
  const isOpen = nullable === true || schema["x-kubernetes-preserve-unknown-fields"] === true
  // A client of v2 takes an array without items, and fields beside unknown ones, for mistakes.
  if (isOpen) {
    const isTyped = type !== undefined && nullable !== true && type !== "object" && type !== "array"
    return {
      ...others,
      ...(isTyped && { type }),
      ...(isObject(additionalProperties) && { additionalProperties: v2(additionalProperties) })
    }
  }
  return {
    ...others,
    ...(type !== undefined && !(type === "array" && of === undefined) && { type }),
    ...(of !== undefined && { items: v2(of) }),
    ...(additionalProperties !== undefined && { additionalProperties: v2(additionalProperties) }),
    ...(properties !== undefined && { properties: each(properties) })
  }
}

/** A definition; of one that lets all fields be, nothing is told. */
const whole = (schema: unknown): unknown =>
  isObject(schema) && schema["x-kubernetes-preserve-unknown-fields"] === true
    ? { type: "object", [kinds]: schema[kinds] }
    : v2(schema)

const parameter = (given: unknown): unknown => {
  if (!isObject(given)) return given
  const { schema, ...rest } = given
  return { ...(isObject(schema) ? schema : {}), ...rest }
}

const schemaOf = (content: unknown): unknown => {
  const [first] = isObject(content) ? Object.values(content) : []
  return isObject(first) ? v2(first["schema"]) : undefined
}

const response = (given: unknown): unknown => {
  if (!isObject(given)) return given
  const { content, ...rest } = given
  return { ...rest, ...(content !== undefined && { schema: schemaOf(content) }) }
}

const typesOf = (content: unknown): ReadonlyArray<string> => isObject(content) ? Object.keys(content) : []

/** The order of what is answered: forms of one object, then those of watches. */
const byForm = (types: ReadonlyArray<string>): ReadonlyArray<string> => {
  const forms = [json, yaml, protobuf]
  return [...forms.filter((type) => types.includes(type)), ...types.filter((type) => !forms.includes(type))]
}

const operation = (given: JsonObject): JsonObject => {
  const { parameters, requestBody, responses, ...rest } = given
  const body = isObject(requestBody) ? requestBody : undefined
  const answers = isObject(responses) ? responses : {}
  const [, success] = Object.entries(answers)[0] ?? []
  const schema = schemaOf(body?.["content"])
  const sent = body === undefined ? [] : [{
    name: "body",
    in: "body",
    ...(body["required"] === true && { required: true }),
    schema
  }]
  const all = [...sent, ...(Array.isArray(parameters) ? parameters.map(parameter) : [])]
  return {
    consumes: body === undefined ? ["*/*"] : typesOf(body["content"]),
    produces: isObject(success) ? byForm(typesOf(success["content"])) : [],
    schemes: ["https"],
    ...rest,
    ...(all.length > 0 && { parameters: all }),
    responses: Object.fromEntries(Object.entries(answers).map(([code, given]) => [code, response(given)]))
  }
}

const pathItem = (given: unknown): unknown => {
  if (!isObject(given)) return given
  const { parameters, ...methods } = given
  return {
    ...Object.fromEntries(
      Object.entries(methods).map(([method, of]) => [method, isObject(of) ? operation(of) : of])
    ),
    ...(Array.isArray(parameters) && { parameters: parameters.map(parameter) })
  }
}

/** The document, of all groups and versions. */
export const swaggerOf = (resources: Resources): JsonObject => {
  const paths: JsonObject = {}
  const schemas: JsonObject = {}
  for (const { group, versions } of resources.groups()) {
    for (const version of versions) {
      const served = resources.inVersion(group, version)
      const ofVersion = pathsOfVersion(group, version, served)
      for (const [path, item] of Object.entries(ofVersion)) paths[path] = pathItem(item)
      for (const [name, schema] of Object.entries(componentsOf(served, ofVersion))) {
        const before = schemas[name]
        const converted = Object.hasOwn(inV2, name) ? inV2[name] : whole(schema)
        // The kinds that each group has of its own are told together.
        const all = [...items(before, kinds), ...items(converted, kinds)]
        const distinct = [...new Map(all.map((kind) => [JSON.stringify(kind), kind])).values()]
        schemas[name] = isObject(converted) && distinct.length > 0 ? { ...converted, [kinds]: distinct } : converted
      }
    }
  }
  const sorted = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(object).sort(([a], [b]) => a < b ? -1 : 1))
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version: "1.37" },
    paths: sorted(paths),
    definitions: sorted(schemas),
    securityDefinitions: { BearerToken: { type: "apiKey", name: "authorization", in: "header" } },
    security: [{ BearerToken: [] }]
  }
}
