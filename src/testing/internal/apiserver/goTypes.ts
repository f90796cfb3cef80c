/**
 * Bodies of built-in kinds as a server reads them: into types of its own. A value of a wrong type is refused with the
 * text of the server's decoder, unknown fields are noted and dropped, empty values are left out or filled in as those
 * types say, quantities, times and durations are written in their canonical form.
 *
 * ```ts
 * import { decodeKind } from "./goTypes.js"
 *
 * decodeKind("apps", "v1", "Deployment", { spec: { replicas: "1" } })?._tag // "Malformed"
 * ```
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as KubeDuration from "../../../protocol/KubeDuration.js"
import * as MicroTime from "../../../protocol/MicroTime.js"
import * as Quantity from "../../../protocol/Quantity.js"
import { type Decoded } from "../structural.js"
import { any, decode, list, Malformed, map, type Struct, type Type } from "../structural/goDecode.js"
import { time } from "../structural/metadataDecode.js"
import { builtinFields } from "./builtinFields.js"
import type { JsonObject } from "./json.js"
import { kindName } from "./schemas.js"

/** Bytes are sent as base64. */
export const bytes: Extract<Type, { readonly _tag: "Special" }> = {
  _tag: "Special",
  empty: null,
  read: (text) => {
    const illegal = /[^A-Za-z0-9+/=\r\n]/.exec(text)
    if (illegal !== null) throw new Malformed(`illegal base64 data at input byte ${illegal.index}`)
    if (Either.isLeft(Encoding.decodeBase64(text))) {
      throw new Malformed(`illegal base64 data at input byte ${text.length - text.length % 4}`)
    }
    return text
  }
}

/** The first part of a text that is no time in microseconds, and what it should have been. */
const microTimeIssue = (text: string): string => {
  const rest = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(.*)$/.exec(text)?.[1]
  return rest === undefined ? `${JSON.stringify(text)} as "2006"` : `${JSON.stringify(rest)} as ".000000"`
}

const int32 = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < 2 ** 31

/** The types that read themselves, by the names of their schemas. */
const special: { readonly [name: string]: Type } = {
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": { ...time, empty: null } as Type,
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": {
    _tag: "Special",
    empty: null,
    read: (text) => {
      if (!MicroTime.isMicroTime(text)) {
        throw new Malformed(
          `parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse ${
            microTimeIssue(text)
          }`
        )
      }
      return MicroTime.print(text)
    }
  },
  "io.k8s.apimachinery.pkg.apis.meta.v1.Duration": {
    _tag: "Special",
    empty: "0s",
    read: (text) => {
      if (!KubeDuration.isKubeDuration(text)) throw new Malformed(`time: invalid duration ${JSON.stringify(text)}`)
      return KubeDuration.print(text)
    }
  },
  "io.k8s.apimachinery.pkg.api.resource.Quantity": {
    _tag: "Scalar",
    name: "resource.Quantity",
    empty: "0",
    read: (value) => {
      const text = typeof value === "number" ? String(value) : value
      if (typeof text !== "string" || !Quantity.isQuantity(text)) {
        throw new Malformed(
          typeof text === "string" && /^[+-]?[0-9.]+[eEinumkKMGTP]*[-+]?[0-9]*$/.test(text)
            ? "unable to parse quantity's suffix"
            : "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        )
      }
      return Quantity.print(text)
    }
  },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {
    _tag: "Scalar",
    name: "int32",
    empty: 0,
    read: (value) => typeof value === "string" || (typeof value === "number" && int32(value)) ? value : undefined
  },
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": any,
  "io.k8s.apimachinery.pkg.runtime.RawExtension": any,
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": any
}

const known = new Map<string, Struct>()

/** A struct by the name of its schema. */
const named = (name: string): Struct => {
  const there = known.get(name)
  if (there !== undefined) return there
  const segments = name.split(".")
  const made: Struct = {
    _tag: "Struct",
    name: segments.at(-1)!, // a text split has a last part
    version: segments.at(-2),
    emptyIsNull: true,
    fields: () => fieldsOf(name).types,
    get always() {
      return fieldsOf(name).always
    }
  }
  known.set(name, made)
  return made
}

interface Fields {
  readonly types: { readonly [field: string]: Type }
  readonly always: ReadonlyArray<string>
}

const fields = new Map<string, Fields>()

const fieldsOf = (name: string): Fields => {
  const there = fields.get(name)
  if (there !== undefined) return there
  const types: { [field: string]: Type } = {}
  const always: Array<string> = []
  const text = Object.hasOwn(builtinFields, name) ? builtinFields[name]! : ""
  for (const field of text === "" ? [] : text.split("; ")) {
    const [key = "", , flags = "-", ...expression] = field.split(" ")
    const type = typeOf(expression.join(" "))
    types[key] = type
    // A struct is never empty to the server's encoder; only `omitzero` leaves it out.
    const isStruct = !("pointer" in type && type.pointer === true)
      && (type._tag === "Struct" || (expression[0] === "struct" && type._tag !== "Any"))
    if (flags === "-" || (isStruct && !flags.includes("z"))) always.push(key)
  }
  const made = { types, always }
  fields.set(name, made)
  return made
}

const pointerTo = (to: Struct): Struct => ({
  _tag: "Struct",
  name: to.name,
  version: to.version,
  fields: to.fields,
  get always() {
    return to.always
  },
  pointer: true
})

/** A type from its expression: see builtinFields.ts. */
const typeOf = (expression: string): Type => {
  if (expression.startsWith("*")) {
    const inner = typeOf(expression.slice(1))
    // A copy of a struct keeps its fields for later: types are recursive.
    return inner._tag === "Struct" ? pointerTo(inner) : { ...inner, pointer: true } as Type
  }
  const [collection, of = "", name] = /^(?:\[\]|map\[[^\]]*\])([^=]*)=?(.*)$/.exec(expression) ?? []
  if (collection !== undefined) {
    const type = expression.startsWith("[]") ? list(typeOf(of)) : map(typeOf(of))
    return name === "" ? type : { ...type, name } as Type
  }
  if (expression.startsWith("struct ")) {
    const name = expression.slice("struct ".length)
    return special[name] ?? named(name)
  }
  const [kind = "", own] = expression.split(/[()]/)
  switch (kind) {
    case "string":
      return { _tag: "Text", name: own ?? "string" }
    case "bool":
      return { _tag: "Flag" }
    case "int32":
    case "int64":
      return { _tag: "Integer", name: kind }
    case "float64":
      return { _tag: "Number" }
    case "bytes":
      return bytes
    default:
      return any
  }
}

/** The type of a kind; nothing where there is no such built-in kind. */
export const kindType = (group: string, version: string, kind: string): Struct | undefined => {
  const name = kindName(group, version, kind)
  return name === undefined || !Object.hasOwn(builtinFields, name) ? undefined : named(name)
}

/** Reads a value as an object of a kind; nothing where there is no such built-in kind. */
export const decodeKind = (group: string, version: string, kind: string, value: JsonObject): Decoded | undefined => {
  const type = kindType(group, version, kind)
  if (type === undefined) return undefined
  const decoded = decode(type, value)
  return decoded._tag === "Malformed" ? decoded : { ...decoded, object: decoded.value }
}
