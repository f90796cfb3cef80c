/**
 * The types of CEL expressions: scalars, lists, maps, optionals, the objects that a schema describes, and the types that
 * Kubernetes adds (quantities, addresses, URLs, versions, formats).
 */

export type Kind =
  | "dyn"
  | "error"
  | "null"
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "duration"
  | "timestamp"
  | "list"
  | "map"
  | "type"
  | "opaque"
  | "object"
  | "parameter"

export interface Type {
  readonly kind: Kind
  /** As CEL prints it. */
  readonly name: string
  readonly parameters: ReadonlyArray<Type>
  /** Of an object that a schema describes: the types of its fields, by their escaped names. */
  readonly fields?: ReadonlyMap<string, Type> | undefined
}

const simple = (kind: Kind, name: string = kind): Type => ({ kind, name, parameters: [] })

export const dyn = simple("dyn")
export const error = simple("error", "!error!")
export const nullType = simple("null", "null_type")
export const bool = simple("bool")
export const int = simple("int")
export const uint = simple("uint")
export const double = simple("double")
export const string = simple("string")
export const bytes = simple("bytes")
export const duration = simple("duration", "google.protobuf.Duration")
export const timestamp = simple("timestamp", "google.protobuf.Timestamp")
export const anyType = simple("type", "type")

export const quantity = simple("object", "kubernetes.Quantity")
export const url = simple("object", "kubernetes.URL")
export const semver = simple("object", "kubernetes.Semver")
export const namedFormat = simple("object", "kubernetes.NamedFormat")
export const ip = simple("opaque", "net.IP")
export const cidr = simple("opaque", "net.CIDR")

export const list = (element: Type): Type => ({ kind: "list", name: "list", parameters: [element] })
export const map = (key: Type, value: Type): Type => ({ kind: "map", name: "map", parameters: [key, value] })
export const optional = (value: Type): Type => ({ kind: "opaque", name: "optional_type", parameters: [value] })
export const typeOf = (type: Type): Type => ({ kind: "type", name: "type", parameters: [type] })
export const parameter = (name: string): Type => simple("parameter", name)
export const object = (name: string, fields: ReadonlyMap<string, Type>): Type => ({
  kind: "object",
  name,
  parameters: [],
  fields
})

/** What is inside an optional. */
export const unwrapped = (type: Type): Type | undefined =>
  type.name === "optional_type" ? type.parameters[0] : undefined

export const isDynamic = (type: Type): boolean => type.kind === "dyn" || type.kind === "error"

export const same = (left: Type, right: Type): boolean =>
  left === right ||
  (left.kind === right.kind && left.name === right.name && left.parameters.length === right.parameters.length &&
    left.parameters.every((each, index) => same(each, right.parameters[index]!)))

const shortNames: { readonly [kind in Kind]?: string } = {
  duration: "duration",
  timestamp: "timestamp",
  null: "null",
  error: "!error!"
}

/** A type as a message of the compiler names it: `list(string)`. */
export const print = (type: Type): string => {
  const short = shortNames[type.kind]
  if (short !== undefined) return short
  return type.parameters.length === 0 ? type.name : `${type.name}(${type.parameters.map(print).join(", ")})`
}
