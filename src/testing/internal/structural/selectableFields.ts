/** Fields of custom resources that field selectors may name. */
import { type Cause, child, duplicate, indexed, invalid, required, tooMany } from "./fieldError.js"
import { type JSONSchemaProps, propertyOf, valuesOf } from "./schema.js"

const maximum = 8

export const validateSelectableFields = (
  fields: ReadonlyArray<{ readonly jsonPath: string }>,
  schema: JSONSchemaProps | undefined,
  path: string
): ReadonlyArray<Cause> => {
  const causes: Array<Cause> = []
  const seen = new Set<string>()
  fields.forEach(({ jsonPath }, index) => {
    const at = child(indexed(path, index), "jsonPath")
    if (jsonPath === "") return causes.push(required(at))
    const found = schema === undefined ? "does not refer to a valid field" : find(jsonPath, schema)
    if (typeof found === "string") return causes.push(invalid(at, jsonPath, `is an invalid path: ${found}`))
    if (/^\.metadata(?:$|\.)/.test(jsonPath)) causes.push(invalid(at, jsonPath, "must not point to fields in metadata"))
    if (!["string", "boolean", "integer"].includes(found.type ?? "")) {
      causes.push(invalid(
        at,
        jsonPath,
        "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."
      ))
    }
    if (seen.has(jsonPath)) causes.push(duplicate(at, jsonPath))
    seen.add(jsonPath)
  })
  if (seen.size > maximum) causes.push(tooMany(path, seen.size, maximum))
  return causes
}

/** The schema that a path like `.spec.color` leads to, or why it leads nowhere. */
const find = (jsonPath: string, root: JSONSchemaProps): JSONSchemaProps | string => {
  const tokens = jsonPath.match(/[.[\]]|[^.[\]]+/g) ?? []
  let schema: JSONSchemaProps = root
  for (let index = 0; index < tokens.length; index += 2) {
    const delimiter = tokens[index]
    if (delimiter === "[") return "array notation is not allowed"
    if (delimiter !== ".") return `expected [ or . but got: ${delimiter}`
    const name = tokens[index + 1]
    if (name === undefined) return "unexpected end of JSON path"
    const next = schema.properties === undefined ? valuesOf(schema) : propertyOf(schema, name)
    if (next === undefined) return "does not refer to a valid field"
    schema = next
  }
  return schema
}
