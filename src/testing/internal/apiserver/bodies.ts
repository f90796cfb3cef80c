/**
 * Bodies of requests in the three forms that an API server reads: JSON, YAML and protobuf. Whatever the form, what comes
 * out is the same JSON value; the forms differ in what is told of mistakes.
 */
import { readJson } from "./json.js"
import { json, protobuf, yaml } from "./mediaTypes.js"
import { type Named, readProtobuf } from "./protobuf.js"
import * as status from "./status.js"
import { duplicatesText, readYaml } from "./yaml.js"

export interface Body {
  readonly type: "json" | "yaml" | "protobuf"
  readonly bytes: Uint8Array
}

const types: { readonly [contentType: string]: Body["type"] } = {
  "": "json",
  [json]: "json",
  "application/*": "json",
  "*/*": "json",
  [yaml]: "yaml",
  [protobuf]: "protobuf"
}

/** A body by its content type; a 415 for a type that nobody reads. Custom resources have no protobuf. */
export const bodyOf = (contentType: string, bytes: Uint8Array, isCustom: boolean): Body => {
  const type = Object.hasOwn(types, contentType) ? types[contentType] : undefined
  if (type === undefined) throw status.unsupportedMediaType([json, yaml, protobuf])
  if (type === "protobuf" && isCustom) throw status.unsupportedMediaType([json, yaml])
  return { type, bytes }
}

export const textBody = (text: string): Body => ({ type: "json", bytes: new TextEncoder().encode(text) })

const decoder = new TextDecoder()

export const textOf = (body: Body): string => decoder.decode(body.bytes)

export type ReadBody =
  | {
    readonly value: unknown
    /** What is told of keys that are given twice: as warnings, and as a strict server's refusal. */
    readonly duplicates: ReadonlyArray<string>
    readonly strict: ReadonlyArray<string>
    /** Why an object cannot be read, though its kind can. */
    readonly issue?: string | undefined
    readonly error?: undefined
  }
  | { readonly error: string }

/** Reads a body; `otherwise` is the kind of a protobuf message that names none. */
export const readBody = (body: Body, otherwise: Named): ReadBody => {
  switch (body.type) {
    case "json": {
      const read = readJson(textOf(body))
      if (read.error !== undefined) return { error: `couldn't get version/kind; json parse error: ${read.error}` }
      const duplicates = read.duplicates.map((path) => `duplicate field "${path}"`)
      return { value: read.value, duplicates, strict: duplicates }
    }
    case "yaml": {
      const read = readYaml(textOf(body))
      if (read.error !== undefined) return read
      return { ...read, strict: read.duplicates.length === 0 ? [] : [duplicatesText(read.duplicates)] }
    }
    case "protobuf": {
      const read = readProtobuf(body.bytes, otherwise)
      return read.error === undefined ? { ...read, duplicates: [], strict: [] } : read
    }
  }
}

/** What of a body a message shows. */
export const summary = ({ bytes }: Body): string => {
  if (bytes.length === 0) return "<empty>"
  const rest = bytes.length > 30 ? " ..." : ""
  const start = bytes.subarray(0, 30)
  return bytes[0] === 0x7b
    ? `${new TextDecoder().decode(start)}${rest}`
    : `${Array.from(start, (byte) => byte.toString(16).padStart(2, "0")).join("")}${rest}`
}

/** A body as JSON text, for what reads that itself. */
export const jsonText = (body: Body, otherwise: Named): string => {
  if (body.type === "json") return textOf(body)
  const read = readBody(body, otherwise)
  if (read.error !== undefined) throw status.badRequest(read.error)
  if (read.issue !== undefined) throw status.badRequest(read.issue)
  return JSON.stringify(read.value)
}
