/**
 * Protobuf messages whose JSON is no object of their fields: times, quantities, and what holds any JSON.
 */
import * as KubeDuration from "../../../protocol/KubeDuration.js"
import { readJson } from "./json.js"
import { MalformedProtobuf, readFields, signed, type Varint, type WireField } from "./protobufWire.js"

type ReadMessage = (schema: string, bytes: Uint8Array) => unknown

type Read = (fields: Fields, readMessage: ReadMessage) => unknown

/** The fields of a message that has few. */
class Fields {
  readonly #found: ReadonlyArray<WireField>
  constructor(bytes: Uint8Array, readonly message: string) {
    this.#found = [...readFields(bytes, message)]
  }
  get isEmpty(): boolean {
    return this.#found.length === 0
  }
  integer(number: number): Varint {
    const field = this.#found.findLast((each) => each.number === number)
    if (field === undefined) return { low: 0, high: 0 }
    if (field.wire !== 0) throw this.#wrongWire(field.wire, number)
    return field.value
  }
  parts(number: number): ReadonlyArray<Uint8Array> {
    return this.#found.filter((each) => each.number === number).map((field) => {
      if (field.wire !== 2) throw this.#wrongWire(field.wire, number)
      return field.value
    })
  }
  text(number: number): string | undefined {
    const part = this.parts(number).at(-1)
    return part === undefined ? undefined : new TextDecoder().decode(part)
  }
  #wrongWire(wire: number, number: number): MalformedProtobuf {
    return new MalformedProtobuf(`proto: wrong wireType = ${wire} for field ${this.message}.${number}`)
  }
}

const time = (fields: Fields, fraction: (nanoseconds: number) => string): string | null => {
  if (fields.isEmpty) return null
  const at = new Date(signed(fields.integer(1)) * 1000)
  if (Number.isNaN(at.getTime()) || at.getUTCFullYear() < 0 || at.getUTCFullYear() > 9999) {
    throw new MalformedProtobuf("Time.MarshalJSON: year outside of range [0,9999]")
  }
  return `${at.toISOString().slice(0, 19)}${fraction(fields.integer(2).low | 0)}Z`
}

const exact = ({ high, low }: Varint): bigint => BigInt(high | 0) * 0x100000000n + BigInt(low)

/** JSON that stands as bytes in a message. */
const raw = (fields: Fields): unknown => {
  const text = fields.text(1)
  if (text === undefined || text === "") return null
  const read = readJson(text)
  if (read.error !== undefined) throw new MalformedProtobuf(read.error)
  return read.value
}

const definitions = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1"
const schemaName = `${definitions}.JSONSchemaProps`

const specials: { readonly [schema: string]: Read } = {
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": (fields) => time(fields, () => ""),
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": (fields) =>
    time(fields, (nanoseconds) => `.${String(Math.trunc(nanoseconds / 1000)).padStart(6, "0")}`),
  "io.k8s.apimachinery.pkg.apis.meta.v1.Duration": (fields) => KubeDuration.fromNanos(exact(fields.integer(1))),
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": raw,
  "io.k8s.apimachinery.pkg.api.resource.Quantity": (fields) => {
    const text = fields.text(1) ?? ""
    return text === "" ? "0" : text
  },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": (fields) =>
    fields.integer(1).low === 1 ? fields.text(3) ?? "" : fields.integer(2).low | 0,
  "io.k8s.apimachinery.pkg.runtime.RawExtension": raw,
  [`${definitions}.JSON`]: raw,
  [`${definitions}.JSONSchemaPropsOrArray`]: (fields, readMessage) => {
    const list = fields.parts(2)
    if (list.length > 0) return list.map((part) => readMessage(schemaName, part))
    const one = fields.parts(1).at(-1)
    return one === undefined ? null : readMessage(schemaName, one)
  },
  [`${definitions}.JSONSchemaPropsOrBool`]: (fields, readMessage) => {
    const schema = fields.parts(2).at(-1)
    return schema === undefined ? fields.integer(1).low !== 0 : readMessage(schemaName, schema)
  },
  [`${definitions}.JSONSchemaPropsOrStringArray`]: (fields, readMessage) => {
    const list = fields.parts(2)
    if (list.length > 0) return list.map((part) => new TextDecoder().decode(part))
    const one = fields.parts(1).at(-1)
    return one === undefined ? null : readMessage(schemaName, one)
  }
}

/** What such a message stands for; nothing for all others. */
export const readSpecial = (
  schema: string,
  bytes: Uint8Array,
  readMessage: ReadMessage
): { readonly value: unknown } | undefined => {
  const read = Object.hasOwn(specials, schema) ? specials[schema] : undefined
  if (read === undefined) return undefined
  const message = schema.slice(schema.lastIndexOf(".") + 1)
  return { value: read(new Fields(bytes, message), readMessage) }
}
