/**
 * What a rule sees of the values that a schema describes: their types, and how large they can become at most, by which the
 * cost of a rule is estimated. What the schema does not describe, a rule does not see.
 */
import { isEmbedded, itemsOf, type JSONSchemaProps, propertyOf, valuesOf } from "../schema.js"
import * as types from "./celType.js"
import { escape } from "./escape.js"

export interface DeclaredType {
  readonly type: types.Type
  /** Of a list or map its entries, of a text its bytes; 0 for everything else. */
  readonly maximum: number
  /** The fewest bytes that such a value takes in a body. */
  readonly minimumBytes: number
  /** Of the items of a list and the values of a map. */
  readonly elements?: DeclaredType | undefined
  readonly keys?: DeclaredType | undefined
  readonly fields?: ReadonlyMap<string, DeclaredType> | undefined
}

/** The largest body that a server takes. */
export const maximumRequest = 3 * 1024 * 1024

/** Longest names of objects, and of what stands before a generated one's end. */
const longestName = 253

const text = (maximum: number, minimumBytes = 2, type: types.Type = types.string): DeclaredType => ({
  type,
  maximum,
  minimumBytes
})

const scalar = (type: types.Type, minimumBytes: number): DeclaredType => ({ type, maximum: 0, minimumBytes })

const keyType = text(0)

const atLeastZero = (value: number): number => Math.max(value, 0)

/** A character has up to four bytes. */
const bytesOf = (maxLength: number): number => atLeastZero(maxLength) * 4

/** `name` is what the compiler calls the type if it is an object's; types of objects are told apart by it alone. */
export const declaredType = (
  schema: JSONSchemaProps | undefined,
  isResource: boolean,
  name: string
): DeclaredType | undefined => {
  if (schema === undefined) return undefined
  if (schema["x-kubernetes-int-or-string"] === true) {
    const maximum = schema.maxLength === undefined ? maximumRequest - 2 : bytesOf(schema.maxLength)
    return { type: types.dyn, maximum, minimumBytes: 1 }
  }
  switch (schema.type) {
    case "array":
      return listType(schema, name)
    case "object":
      return valuesOf(schema) === undefined ? objectType(schema, isResource, name) : mapType(schema, name)
    case "string":
      return textType(schema)
    case "boolean":
      return scalar(types.bool, 4)
    case "number":
      return scalar(types.double, 1)
    case "integer":
      return scalar(types.int, 1)
    default:
      return undefined
  }
}

const listType = (schema: JSONSchemaProps, name: string): DeclaredType | undefined => {
  const items = itemsOf(schema)
  const elements = items === undefined ? undefined : declaredType(items, isEmbedded(items), `${name}.@idx`)
  if (elements === undefined) return undefined
  const maximum = schema.maxItems === undefined
    ? Math.floor((maximumRequest - 2) / (elements.minimumBytes + 1))
    : atLeastZero(schema.maxItems)
  return { type: types.list(elements.type), maximum, minimumBytes: 2, elements }
}

const mapType = (schema: JSONSchemaProps, name: string): DeclaredType | undefined => {
  const values = valuesOf(schema)!
  const elements = declaredType(values, isEmbedded(values), `${name}.@elem`)
  if (elements === undefined) return undefined
  const maximum = schema.maxProperties === undefined
    ? Math.floor((maximumRequest - 2) / (elements.minimumBytes + 6))
    : atLeastZero(schema.maxProperties)
  return { type: types.map(types.string, elements.type), maximum, minimumBytes: 2, elements, keys: keyType }
}

const objectType = (given: JSONSchemaProps, isResource: boolean, name: string): DeclaredType => {
  const schema = isResource ? withTypeAndMetadata(given) : given
  const fields = new Map<string, DeclaredType>()
  let minimumBytes = 2
  for (const [property, below] of Object.entries(schema.properties ?? {})) {
    const escaped = escape(property)
    const field = declaredType(below, isEmbedded(below), `${name}.${escaped ?? property}`)
    if (field === undefined) continue
    if (escaped !== undefined) fields.set(escaped, field)
    if (schema.required?.includes(property) === true && below.default === undefined) {
      minimumBytes += property.length + field.minimumBytes + 4
    }
  }
  const shape = new Map([...fields].map(([field, { type }]) => [field, type] as const))
  return { type: types.object(name, shape), maximum: 0, minimumBytes, fields }
}

const textType = (schema: JSONSchemaProps): DeclaredType => {
  const { maxLength } = schema
  switch (schema.format) {
    case "byte":
      return text(maxLength === undefined ? maximumRequest - 2 : atLeastZero(maxLength), 2, types.bytes)
    case "duration":
      return text(32, 3, types.duration)
    case "date":
      return text(12, 12, types.timestamp)
    case "date-time":
      return text(32, 21, types.timestamp)
  }
  if (maxLength !== undefined) return text(bytesOf(maxLength))
  const longest = (schema.enum ?? []).map((value) => typeof value === "string" ? value.length : 0)
  return text(longest.length > 0 ? Math.max(...longest) : maximumRequest - 2)
}

/** A resource has a kind, an apiVersion and a name whether its schema says so or not; of its metadata a rule sees no more. */
export const withTypeAndMetadata = (schema: JSONSchemaProps): JSONSchemaProps => {
  const string: JSONSchemaProps = { type: "string" }
  const metadata = propertyOf(schema, "metadata")
  const capped = (name: string, maximum: number): JSONSchemaProps => ({
    type: "string",
    maxLength: Math.min(propertyOf(metadata, name)?.maxLength ?? maximum, maximum)
  })
  if (
    propertyOf(schema, "kind")?.type === "string" && propertyOf(schema, "apiVersion")?.type === "string" &&
    metadata?.type === "object" && propertyOf(metadata, "name")?.type === "string" &&
    propertyOf(metadata, "generateName")?.type === "string"
  ) return schema
  return {
    ...schema,
    properties: {
      ...schema.properties,
      kind: string,
      apiVersion: string,
      metadata: {
        type: "object",
        properties: { name: capped("name", longestName), generateName: capped("generateName", longestName - 1) }
      }
    }
  }
}
