/**
 * Bodies in protobuf (`application/vnd.kubernetes.protobuf`), which kubectl's own commands and client-go send for built-in
 * kinds: four magic bytes, an envelope that names the kind (`runtime.Unknown`), and the object. They are read into the
 * JSON that the same object would be sent as, by the field numbers of builtinFields.ts.
 *
 * ```ts
 * import { readProtobuf } from "./protobuf.js"
 *
 * declare const body: Uint8Array
 * readProtobuf(body, { apiVersion: "v1", kind: "ConfigMap" }) // { value: { apiVersion: "v1", kind: "ConfigMap", data: … } }
 * ```
 */
import * as Encoding from "effect/Encoding"
import { maximumDepth } from "../structural/schema.js"
import { isObject, type JsonObject, own, setOwn } from "./json.js"
import { type Fields, fieldsOf, type Shape } from "./protobufFields.js"
import { readSpecial } from "./protobufSpecial.js"
import { MalformedProtobuf, readFields, readPacked, signed, type Varint, type WireField } from "./protobufWire.js"
import { kindName } from "./schemas.js"

/** What an envelope names, or what is taken where it names nothing. */
export interface Named {
  readonly apiVersion: string
  readonly kind: string
}

export type ReadProtobuf =
  /** `issue`: why the object in a good envelope cannot be read. A kind that nobody knows is not read. */
  | { readonly value: JsonObject; readonly issue?: string | undefined; readonly error?: undefined }
  | { readonly error: string }

const magic = [0x6b, 0x38, 0x73, 0x00]

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const wrongWire = (wire: number, field: string): MalformedProtobuf =>
  new MalformedProtobuf(`proto: wrong wireType = ${wire} for field ${field}`)

/** A field's name in the types of the server, near enough. */
const goField = (name: string): string =>
  name === "metadata" ? "ObjectMeta" : `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`

const bytesOf = (field: WireField, name: string): Uint8Array => {
  if (field.wire !== 2) throw wrongWire(field.wire, goField(name))
  return field.value
}

const numberOf = (kind: "int32" | "int64" | "bool", value: Varint): number | boolean => {
  if (kind === "bool") return value.low !== 0 || value.high !== 0
  return kind === "int32" ? value.low | 0 : signed(value)
}

const float = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true)

/** One value. `before` is what the same field had before: parts of one message may come one after the other. */
const read = (shape: Shape, field: WireField, name: string, before: unknown, depth: number): unknown => {
  switch (shape._tag) {
    case "Text":
      return textOf(bytesOf(field, name))
    case "Bytes":
      return Encoding.encodeBase64(bytesOf(field, name))
    case "Varint":
      if (field.wire !== 0) throw wrongWire(field.wire, goField(name))
      return numberOf(shape.kind, field.value)
    case "Double":
      if (field.wire !== 1) throw wrongWire(field.wire, goField(name))
      return float(field.value)
    case "Message":
      return readMessage(shape.name, bytesOf(field, name), isObject(before) ? before : {}, depth)
    case "List": {
      const list = Array.isArray(before) ? before as Array<unknown> : [] // made here
      if (shape.of._tag === "Varint" && field.wire === 2) {
        const { kind } = shape.of
        list.push(...readPacked(field.value).map((value) => numberOf(kind, value)))
      } else list.push(read(shape.of, field, name, undefined, depth))
      return list
    }
    case "Wrapped":
      return readWrapped(bytesOf(field, name), before)
    case "Map": {
      const map: JsonObject = isObject(before) ? before : {}
      const entry = readEntry(shape.of, bytesOf(field, name), depth)
      setOwn(map, entry.key, entry.value)
      return map
    }
  }
}

/** A list of texts that has a message of its own around it. */
const readWrapped = (bytes: Uint8Array, before: unknown): ReadonlyArray<string> => {
  const list: Array<string> = Array.isArray(before) ? [...before] : []
  for (const field of readFields(bytes, "Items")) if (field.number === 1) list.push(textOf(bytesOf(field, "items")))
  return list
}

/** An empty value is left out of an entry. */
const emptyOf = (shape: Shape): unknown => {
  switch (shape._tag) {
    case "Varint":
      return shape.kind === "bool" ? false : 0
    case "Double":
      return 0
    case "Message":
      return readMessage(shape.name, new Uint8Array(), {}, 0)
    case "List":
    case "Wrapped":
      return []
    default:
      return ""
  }
}

const readEntry = (of: Shape, bytes: Uint8Array, depth: number): { readonly key: string; readonly value: unknown } => {
  let key = ""
  let value: unknown
  for (const field of readFields(bytes, "Entry")) {
    if (field.number === 1) key = textOf(bytesOf(field, "key"))
    else if (field.number === 2) value = read(of, field, "value", value, depth)
  }
  return { key, value: value === undefined ? emptyOf(of) : value }
}

/** Reads fields into an object; those of an embedded message go into the object around it. */
const readInto = (fields: Fields, message: string, bytes: Uint8Array, into: JsonObject, depth: number): void => {
  for (const field of readFields(bytes, message)) {
    const known = fields.get(field.number)
    if (known === undefined) continue
    if ("embedded" in known) readInto(known.embedded, message, bytesOf(field, message), into, depth)
    else setOwn(into, known.name, read(known.shape, field, known.name, own(into, known.name), depth))
  }
}

const readMessage = (name: string, bytes: Uint8Array, before: JsonObject, depth: number): unknown => {
  if (depth >= maximumDepth) throw new MalformedProtobuf("exceeded max depth")
  const special = readSpecial(name, bytes, (schema, part) => readMessage(schema, part, {}, depth + 1))
  if (special !== undefined) return special.value
  readInto(fieldsOf(name), name.slice(name.lastIndexOf(".") + 1), bytes, before, depth + 1)
  return before
}

interface Envelope extends Named {
  readonly raw: Uint8Array
}

const readEnvelope = (bytes: Uint8Array): Envelope => {
  let [apiVersion, kind, raw] = ["", "", new Uint8Array()]
  for (const field of readFields(bytes, "Unknown")) {
    if (field.number === 1) {
      for (const part of readFields(bytesOf(field, "TypeMeta"), "TypeMeta")) {
        if (part.number === 1) apiVersion = textOf(bytesOf(part, "APIVersion"))
        if (part.number === 2) kind = textOf(bytesOf(part, "Kind"))
      }
    } else if (field.number === 2) raw = new Uint8Array(bytesOf(field, "Raw"))
  }
  return { apiVersion, kind, raw }
}

const issueOf = (error: unknown): string => {
  if (error instanceof MalformedProtobuf) return error.message
  throw error
}

const schemaOf = ({ apiVersion, kind }: Named): string | undefined => {
  const slash = apiVersion.indexOf("/")
  return kindName(apiVersion.slice(0, Math.max(slash, 0)), apiVersion.slice(slash + 1), kind)
}

/** Reads a body as the kind that it names; `otherwise` is taken where it names none. */
export const readProtobuf = (body: Uint8Array, otherwise: Named): ReadProtobuf => {
  if (body.length === 0) return { error: "empty data" }
  if (magic.some((byte, at) => body[at] !== byte)) {
    return { error: "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]" }
  }
  if (body.length === magic.length) return { error: "empty body" }
  let envelope: Envelope
  try {
    envelope = readEnvelope(body.subarray(magic.length))
  } catch (error) {
    return { error: issueOf(error) }
  }
  const apiVersion = envelope.apiVersion === "" ? otherwise.apiVersion : envelope.apiVersion
  const kind = envelope.kind === "" ? otherwise.kind : envelope.kind
  // Some kinds, such as DeleteOptions, are known in every version.
  const name = schemaOf({ apiVersion, kind }) ?? (kind === otherwise.kind ? schemaOf(otherwise) : undefined)
  const named: JsonObject = { apiVersion, kind }
  if (name === undefined) return { value: named }
  try {
    return { value: { ...readMessage(name, envelope.raw, {}, 0) as JsonObject, ...named } } // a kind is an object
  } catch (error) {
    return { value: named, issue: issueOf(error) }
  }
}
