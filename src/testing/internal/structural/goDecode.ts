/**
 * JSON as a server reads it into a type of its own: unknown fields are noted and dropped, nulls and empty values as well, and a value of another type is
 * refused with the text of the server's decoder, which names types of Go.
 */
import { child, goNumber } from "./fieldError.js"
import { isInteger64 } from "./numbers.js"
import { isObject, type JsonObject, setOwn } from "./schema.js"

export type Type =
  /** `pointer`: an empty value is kept, only null is dropped. */
  | { readonly _tag: "Text"; readonly name: string; readonly pointer?: boolean | undefined }
  | { readonly _tag: "Integer"; readonly name: "int64" | "int32"; readonly pointer?: boolean | undefined }
  | { readonly _tag: "Number"; readonly pointer?: boolean | undefined }
  | { readonly _tag: "Flag"; readonly pointer?: boolean | undefined }
  | { readonly _tag: "Any" }
  /** A text that has a form of its own; `read` gives what is kept, or throws `Malformed`. `empty` is what stands for none. */
  | { readonly _tag: "Special"; readonly read: (text: string) => string; readonly empty?: string | null | undefined }
  /** A value that is no object and has a form of its own: `read` gives what is kept, `undefined` where the type is wrong. */
  | {
    readonly _tag: "Scalar"
    readonly name: string
    readonly read: (value: unknown) => unknown
    readonly empty: unknown
  }
  | Struct
  /** `name`: where the type has one of its own. */
  | { readonly _tag: "List" | "Map"; readonly of: Type; readonly name?: string | undefined }
  /** One that reads itself: its errors name their fields from there on, and unknown fields inside are not noted. */
  | { readonly _tag: "Own"; readonly read: (value: unknown) => unknown }

export interface Struct {
  readonly _tag: "Struct"
  readonly name: string
  /** The version with which messages name it. Default `v1`. */
  readonly version?: string | undefined
  /** By name; a function where types are recursive. */
  readonly fields: () => { readonly [field: string]: Type }
  /** Fields that are there even when empty. */
  readonly always: ReadonlyArray<string>
  readonly pointer?: boolean | undefined
  /** An empty list or map is as good as none, and written as `null`: what is stored as protobuf cannot tell them apart. */
  readonly emptyIsNull?: boolean | undefined
}

export class Malformed extends Error {}

export type DecodedValue =
  | { readonly _tag: "Decoded"; readonly value: JsonObject; readonly unknownFields: ReadonlyArray<string> }
  | { readonly _tag: "Malformed"; readonly message: string }

export const struct = (
  name: string,
  fields: { readonly [field: string]: Type } | (() => { readonly [field: string]: Type }),
  options: { readonly always?: ReadonlyArray<string>; readonly pointer?: boolean } = {}
): Struct => ({
  _tag: "Struct",
  name,
  fields: typeof fields === "function" ? fields : () => fields,
  always: options.always ?? [],
  pointer: options.pointer
})

export const text: Type = { _tag: "Text", name: "string" }
export const textPointer: Type = { _tag: "Text", name: "string", pointer: true }
export const flag: Type = { _tag: "Flag" }
export const flagPointer: Type = { _tag: "Flag", pointer: true }
export const integer: Type = { _tag: "Integer", name: "int64" }
export const integerPointer: Type = { _tag: "Integer", name: "int64", pointer: true }
export const numberPointer: Type = { _tag: "Number", pointer: true }
export const any: Type = { _tag: "Any" }
export const list = (of: Type): Type => ({ _tag: "List", of })
export const map = (of: Type): Type => ({ _tag: "Map", of })

/** Reads a struct; `at` is its path, for the paths of unknown fields. */
export const decode = (type: Struct, value: unknown, at = ""): DecodedValue => {
  const unknownFields: Array<string> = []
  try {
    const decoded = decodeRoot(type, value, at, unknownFields)
    return { _tag: "Decoded", value: decoded, unknownFields }
  } catch (error) {
    if (error instanceof Malformed) return { _tag: "Malformed", message: error.message }
    throw error
  }
}

/** The same for a type that reads itself. */
export const decodeRoot = (type: Struct, value: unknown, at = "", unknownFields: Array<string> = []): JsonObject => {
  if (value !== null && !isObject(value)) {
    throw new Malformed(`json: cannot unmarshal ${jsonKind(value)} into Go value of type ${goName(type)}`)
  }
  return decodeStruct(type, value ?? {}, { fields: "", at, unknownFields })
}

interface Place {
  /** Names of the fields down to here, without keys and indices: `spec.versions.schema`. */
  readonly fields: string
  /** The path proper: `spec.versions[0].schema`. */
  readonly at: string
  readonly unknownFields: Array<string>
}

const jsonKind = (value: unknown): string => {
  if (Array.isArray(value)) return "array"
  if (typeof value === "boolean") return "bool"
  return typeof value
}

const goName = (type: Type): string => {
  switch (type._tag) {
    case "Text":
    case "Integer":
    case "Scalar":
      return type.name
    case "Number":
      return "float64"
    case "Flag":
      return "bool"
    case "Any":
      return "v1.JSON"
    case "Special":
      return "string"
    case "Struct":
      return `${type.version ?? "v1"}.${type.name}`
    case "List":
      return type.name ?? `[]${goName(type.of)}`
    case "Map":
      return type.name ?? `map[string]${goName(type.of)}`
    case "Own":
      return ""
  }
}

const decodeStruct = (type: Struct, value: JsonObject, place: Place): JsonObject => {
  const fields = type.fields()
  const decoded: JsonObject = {}
  for (const field of type.always) decoded[field] = emptyOf(fields[field])
  for (const [key, member] of Object.entries(value)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined
    if (field === undefined) {
      place.unknownFields.push(child(place.at, key))
      continue
    }
    const below = { ...place, fields: child(place.fields, key), at: child(place.at, key) }
    const read = decodeValue(field, member, below, type.name)
    const isNone = type.emptyIsNull === true && isEmptyCollection(field, read)
    if (!isDropped(field, read) || (read !== null && !isNone && type.always.includes(key))) decoded[key] = read
  }
  return decoded
}

const isEmptyCollection = (type: Type, value: unknown): boolean =>
  (type._tag === "List" || type._tag === "Map") && typeof value === "object" && value !== null
  && Object.keys(value).length === 0

const emptyOf = (type: Type | undefined): unknown => {
  if (type !== undefined && "pointer" in type && type.pointer === true) return null
  switch (type?._tag) {
    case "Struct":
      return decodeStruct(type, {}, { fields: "", at: "", unknownFields: [] })
    case "Flag":
      return false
    case "Integer":
    case "Number":
      return 0
    case "Scalar":
      return type.empty
    case "Special":
      return type.empty === undefined ? "" : type.empty
    case "Any":
    case "List":
    case "Map":
      return null
    default:
      return ""
  }
}

const isDropped = (type: Type, value: unknown): boolean => {
  if (value === null) return true
  if ("pointer" in type && type.pointer === true) return false
  if (type._tag === "Any" || type._tag === "Scalar" || type._tag === "Own") return false
  if (type._tag === "Flag") return value === false
  return value === "" || value === 0 || (typeof value === "object" && Object.keys(value).length === 0)
}

const decodeValue = (type: Type, value: unknown, place: Place, struct: string): unknown => {
  if (value === null) return null
  const mistyped = (): Malformed => {
    const kind = typeof value === "number" && type._tag === "Integer" ? `number ${goNumber(value)}` : jsonKind(value)
    return new Malformed(
      `json: cannot unmarshal ${kind} into Go struct field ${struct}.${place.fields} of type ${goName(type)}`
    )
  }
  switch (type._tag) {
    case "Any":
      return value
    case "Own":
      return type.read(value)
    case "Text":
      if (typeof value !== "string") throw mistyped()
      return value
    case "Special":
      if (typeof value !== "string") throw mistyped()
      return type.read(value)
    case "Scalar": {
      const read = type.read(value)
      if (read === undefined) throw mistyped()
      return read
    }
    case "Integer":
      if (typeof value !== "number" || !isInteger64(value) || (type.name === "int32" && Math.abs(value) >= 2 ** 31)) {
        throw mistyped()
      }
      return value
    case "Number":
      if (typeof value !== "number") throw mistyped()
      return value
    case "Flag":
      if (typeof value !== "boolean") throw mistyped()
      return value
    case "Struct":
      if (!isObject(value)) throw mistyped()
      return decodeStruct(type, value, place)
    case "List":
      if (!Array.isArray(value)) throw mistyped()
      return value.map((item, index) =>
        orEmpty(type.of, decodeValue(type.of, item, { ...place, at: `${place.at}[${index}]` }, struct))
      )
    case "Map": {
      if (!isObject(value)) throw mistyped()
      const decoded: JsonObject = {}
      for (const [key, member] of Object.entries(value)) {
        setOwn(
          decoded,
          key,
          orEmpty(type.of, decodeValue(type.of, member, { ...place, at: `${place.at}.${key}` }, struct))
        )
      }
      return decoded
    }
  }
}

/** A null among items or members is an empty one. */
const orEmpty = (type: Type, value: unknown): unknown => {
  if (value !== null || type._tag === "Any") return value
  return type._tag === "Text" || type._tag === "Struct" ? emptyOf(type) : value
}
