/**
 * A document of OpenAPI v2 in protobuf, the form in which kubectl and Helm ask for it: the messages of gnostic's
 * `OpenAPIv2.proto`, by the numbers of their fields. Values of any form are texts of JSON in it, which YAML contains.
 */
import { isObject, type JsonObject } from "../json.js"

type Chunk = Uint8Array

const encoder = new TextEncoder()

/** Bytes that grow by doubling. */
class Writer {
  #bytes = new Uint8Array(1024)
  #length = 0

  get bytes(): Chunk {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more))
    larger.set(this.bytes)
    this.#bytes = larger
  }

  #varint(value: number): void {
    this.#reserve(10)
    for (; value >= 0x80; value = Math.floor(value / 0x80)) this.#bytes[this.#length++] = value % 0x80 | 0x80
    this.#bytes[this.#length++] = value
  }

  block(number: number, bytes: Chunk): void {
    this.#varint(number * 8 + 2)
    this.#varint(bytes.length)
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  text(number: number, value: string): void {
    this.block(number, encoder.encode(value))
  }

  flag(number: number, value: boolean): void {
    this.#varint(number * 8)
    this.#varint(value ? 1 : 0)
  }

  integer(number: number, value: number): void {
    this.#varint(number * 8)
    this.#varint(value)
  }

  double(number: number, value: number): void {
    this.#varint(number * 8 + 1)
    this.#reserve(8)
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value, true)
    this.#length += 8
  }
}

/** How a value stands in a field. */
type Field = (writer: Writer, value: unknown) => void
/** The fields of a message by their names in JSON. */
type Message = () => { readonly [name: string]: Field }

const encoded = (message: Message, value: unknown): Chunk => {
  const writer = new Writer()
  if (!isObject(value)) return writer.bytes
  const fields = message()
  for (const [name, member] of Object.entries(value)) {
    if (Object.hasOwn(fields, name)) fields[name]!(writer, member)
    else if (name.startsWith("x-")) fields["x-"]?.(writer, { [name]: member })
  }
  return writer.bytes
}

const text = (number: number): Field => (writer, value) => {
  if (typeof value === "string") writer.text(number, value)
}
const flag = (number: number): Field => (writer, value) => {
  if (typeof value === "boolean") writer.flag(number, value)
}
const integer = (number: number): Field => (writer, value) => {
  if (typeof value === "number" && value >= 0) writer.integer(number, value)
}
const double = (number: number): Field => (writer, value) => {
  if (typeof value === "number") writer.double(number, value)
}
const one = (number: number, message: Message): Field => (writer, value) =>
  writer.block(number, encoded(message, value))
const many = (field: Field): Field => (writer, value) => {
  if (Array.isArray(value)) { for (const item of value) field(writer, item) }
}
const yaml: Message = () => ({ yaml: text(2) })
const any = (number: number): Field => (writer, value) => one(number, yaml)(writer, { yaml: JSON.stringify(value) })

/** Members as a list of pairs of `name` and `value`. */
const named = (number: number, value: Field): Field => (writer, members) => {
  if (!isObject(members)) return
  for (const [name, member] of Object.entries(members)) {
    writer.block(number, encoded(() => ({ name: text(1), value }), { name, value: member }))
  }
}
const extensions = (number: number): Field => named(number, any(2))

const schema: Message = () => schemaFields
const typeItem: Message = () => ({ value: text(1) })
const itemsItem: Message = () => ({ schema: one(1, schema) })
const propertiesItem: Message = () => ({ schemas: named(1, one(2, schema)) })
const additional: Message = () => ({ schema: one(1, schema), boolean: flag(2) })

const schemaFields: { readonly [name: string]: Field } = {
  $ref: text(1),
  format: text(2),
  title: text(3),
  description: text(4),
  default: any(5),
  multipleOf: double(6),
  maximum: double(7),
  exclusiveMaximum: flag(8),
  minimum: double(9),
  exclusiveMinimum: flag(10),
  maxLength: integer(11),
  minLength: integer(12),
  pattern: text(13),
  maxItems: integer(14),
  minItems: integer(15),
  uniqueItems: flag(16),
  maxProperties: integer(17),
  minProperties: integer(18),
  required: many(text(19)),
  enum: many(any(20)),
  additionalProperties: (writer, value) =>
    one(21, additional)(writer, typeof value === "boolean" ? { boolean: value } : { schema: value }),
  type: (writer, value) => one(22, typeItem)(writer, { value }),
  items: (writer, value) => one(23, itemsItem)(writer, { schema: value }),
  properties: (writer, value) => one(25, propertiesItem)(writer, { schemas: value }),
  "x-": extensions(31)
}

const bodyParameter: Message = () => ({
  description: text(1),
  name: text(2),
  in: text(3),
  required: flag(4),
  schema: one(5, schema)
})
const queryParameter: Message = () => ({
  required: flag(1),
  in: text(2),
  name: text(4),
  type: text(6),
  uniqueItems: flag(20)
})
const pathParameter: Message = () => ({
  required: flag(1),
  in: text(2),
  name: text(4),
  type: text(5),
  uniqueItems: flag(19)
})

const parameter = (number: number): Field => (writer, value) => {
  const place = isObject(value) ? value["in"] : undefined
  const nonBody: Field = place === "path" ? one(4, pathParameter) : one(3, queryParameter)
  const inner: Field = place === "body" ? one(1, bodyParameter) : one(2, () => ({ value: nonBody }))
  const content = place === "body" ? value : { value }
  // A parameter itself, where a reference could stand.
  one(number, () => ({ item: one(1, () => ({ item: inner })) }))(writer, { item: { item: content } })
}

const response: Message = () => ({
  description: text(1),
  // A schema stands in an item that could be a file instead.
  schema: (writer, value) => one(2, () => ({ schema: one(1, schema) }))(writer, { schema: value })
})
const responses: Message = () => ({
  codes: named(1, (writer, value) => one(2, () => ({ response: one(1, response) }))(writer, { response: value }))
})

const operation: Message = () => ({
  tags: many(text(1)),
  description: text(3),
  operationId: text(5),
  produces: many(text(6)),
  consumes: many(text(7)),
  parameters: many(parameter(8)),
  responses: (writer, value) => one(9, responses)(writer, { codes: value }),
  schemes: many(text(10)),
  "x-": extensions(13)
})

const pathItem: Message = () => ({
  get: one(2, operation),
  put: one(3, operation),
  post: one(4, operation),
  delete: one(5, operation),
  options: one(6, operation),
  head: one(7, operation),
  patch: one(8, operation),
  parameters: many(parameter(9))
})

const document: Message = () => ({
  swagger: text(1),
  info: one(2, () => ({ title: text(1), version: text(2) })),
  paths: (writer, value) => one(8, () => ({ paths: named(2, one(2, pathItem)) }))(writer, { paths: value }),
  definitions: (writer, value) => one(9, propertiesItem)(writer, { schemas: value })
})

/** The bytes of a document. Security, which nobody reads of it, is left out. */
export const swaggerProtobuf = (swagger: JsonObject): Uint8Array => encoded(document, swagger)
