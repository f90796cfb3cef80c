/**
 * A strategic merge patch changes an object as plain maps, which the server then makes an object of its own types again
 * without a JSON decoder: conversions and refusals are others than those of a body.
 *
 * ```ts
 * import { unstructuredOf } from "./unstructured.js"
 *
 * unstructuredOf("v1", "", "ConfigMap", { data: { a: 5 } }) // { issue: "cannot convert int64 to string" }
 * ```
 */
import { Malformed, type Type } from "../structural/goDecode.js"
import { goType } from "../structural/goType.js"
import { goKind } from "./goFormat.js"
import { bytes, kindType } from "./goTypes.js"
import { isObject, type JsonObject, own, setOwn } from "./json.js"

/** Structs that read themselves, each in two forms: a schema or something else. */
const ownReaders: ReadonlySet<string> = new Set([
  "JSONSchemaPropsOrArray",
  "JSONSchemaPropsOrBool",
  "JSONSchemaPropsOrStringArray"
])

/** Go's own name of a scalar type, and the kind that it is made of. */
const scalars: { readonly [tag: string]: string } = { Text: "string", Number: "float64", Flag: "bool" }

const unconvertible = (value: unknown, type: string, kind: string): Malformed => {
  const found = goType(value)
  // Go converts between numbers, and an integer to a text; the server refuses what is no plain conversion.
  const converts = (found === "int64" && kind === "string") || (found === "float64" && kind.startsWith("int"))
  return new Malformed(converts ? `cannot convert ${found} to ${type}` : `unrecognized type: ${kind}`)
}

const scalar = (type: Type & { readonly _tag: "Text" | "Integer" | "Number" | "Flag" }, value: unknown): unknown => {
  const kind = scalars[type._tag] ?? (type as { readonly name: string }).name // only an integer is not in the table
  const name = type._tag === "Text" ? type.name : kind
  switch (type._tag) {
    case "Text":
      if (typeof value === "string") return value
      break
    case "Flag":
      if (typeof value === "boolean") return value
      break
    case "Number":
      if (typeof value === "number") return value
      break
    case "Integer":
      // What does not fit loses its upper bits, as it does in the server.
      if (Number.isInteger(value)) return type.name === "int32" ? (value as number) | 0 : value
  }
  throw unconvertible(value, name, kind)
}

const convert = (type: Type, value: unknown): unknown => {
  if (value === null || value === undefined) return value
  switch (type._tag) {
    case "Text":
    case "Integer":
    case "Number":
    case "Flag":
      return scalar(type, value)
    case "Special":
      if (type === bytes) return fromBytes(value)
      if (typeof value !== "string") {
        throw new Malformed(`json: cannot unmarshal ${jsonKind(value)} into Go value of type string`)
      }
      return type.read(value)
    case "Scalar": {
      const read = type.read(value)
      if (read === undefined) {
        throw new Malformed(`json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type.name}`)
      }
      return read
    }
    case "Struct": {
      if (ownReaders.has(type.name)) return value
      if (!isObject(value)) throw new Malformed(`cannot restore struct from: ${goKind(value)}`)
      const fields = type.fields()
      const converted: JsonObject = { ...value }
      for (const [key, field] of Object.entries(fields)) {
        const member = own(value, key)
        if (member !== undefined) setOwn(converted, key, convert(field, member))
      }
      return converted
    }
    case "List":
      if (!Array.isArray(value)) throw new Malformed(`cannot restore slice from ${goKind(value)}`)
      return value.map((each) => convert(type.of, each))
    case "Map": {
      if (!isObject(value)) throw new Malformed(`cannot restore map from ${goKind(value)}`)
      const converted: JsonObject = {}
      for (const [key, member] of Object.entries(value)) setOwn(converted, key, convert(type.of, member))
      return converted
    }
    default:
      return value
  }
}

const jsonKind = (value: unknown): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value

const fromBytes = (value: unknown): unknown => {
  if (typeof value !== "string") throw new Malformed(`cannot restore slice from ${goKind(value)}`)
  try {
    return bytes.read(value)
  } catch (error) {
    throw error instanceof Malformed ? new Malformed(`error decoding from json: ${error.message}`) : error
  }
}

/** The value as the types of a kind take it, for their decoder to read; or why they do not. What is no built-in kind is left as it is. */
export const unstructuredOf = (
  group: string,
  version: string,
  kind: string,
  value: JsonObject
): { readonly value: JsonObject } | { readonly issue: string } => {
  const type = kindType(group, version, kind)
  if (type === undefined) return { value }
  try {
    return { value: convert(type, value) as JsonObject } // a struct is made of a map
  } catch (error) {
    if (error instanceof Malformed) return { issue: error.message }
    throw error
  }
}
