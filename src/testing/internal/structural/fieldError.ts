/**
 * The causes of a 422 Invalid (`StatusCause`), with the texts that a kube-apiserver gives them, and the message that it composes of them.
 *
 * ```ts
 * import * as fieldError from "./fieldError.js"
 *
 * const causes = [fieldError.required("spec.title")]
 * fieldError.invalidMessage("Foo.clux.dev", "a", causes) // Foo.clux.dev "a" is invalid: spec.title: Required value
 * ```
 */
import { isObject, sortedKeys } from "./schema.js"

export interface Cause {
  readonly reason:
    | "FieldValueNotFound"
    | "FieldValueRequired"
    | "FieldValueInvalid"
    | "FieldValueTypeInvalid"
    | "FieldValueNotSupported"
    | "FieldValueDuplicate"
    | "FieldValueForbidden"
    | "FieldValueTooLong"
    | "FieldValueTooMany"
    | "InternalError"
  readonly message: string
  readonly field: string
}

/** What stands for the field of a cause that has none: the server prints an absent path so. */
export const noField = "<nil>"

/** A field of an object: `spec` then `title` is `spec.title`. */
export const child = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`)

/** A key of a map: `metadata.labels[app]`. */
export const keyed = (path: string, key: string): string => `${path}[${key}]`

export const indexed = (path: string, index: number): string => `${path}[${index}]`

/** JSON as Go writes it: keys sorted, `<`, `>` and `&` escaped. */
export const goJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`
  if (isObject(value)) return `{${sortedKeys(value).map((key) => `${goJson(key)}:${goJson(value[key])}`).join(",")}}`
  return JSON.stringify(value ?? null).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${hex(character.charCodeAt(0), 4)}`
  )
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, "0")

/** A number as Go's `%v` prints it: a fraction turns to an exponent from 1e21 on and below 1e-4. */
export const goNumber = (value: number): string => {
  if (Number.isInteger(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value.toString()
  const exponent = Number(value.toExponential().split("e")[1])
  if (exponent >= -4 && exponent < 21) return String(value)
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2")
}

/** A string as Go's `%q` prints it. */
export const goQuote = (text: string): string => {
  let out = "\""
  for (const character of text) {
    const code = character.codePointAt(0)!
    const escape = quoteEscapes[character]
    if (escape !== undefined) out += escape
    else if (code < 0x20 || code === 0x7f) out += `\\x${hex(code, 2)}`
    else if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) out += character
    else out += code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
  }
  return `${out}"`
}

/** What stands for characters that a quoted text cannot hold. */
export const quoteEscapes: { readonly [character: string]: string } = {
  "\"": "\\\"",
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\u000b": "\\v"
}

const shown = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return goQuote(value)
    case "number":
      return goNumber(value)
    case "boolean":
      return String(value)
    default:
      return goJson(value)
  }
}

const withDetail = (text: string, detail: string): string => (detail === "" ? text : `${text}: ${detail}`)

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

export const required = (field: string, detail = ""): Cause => ({
  reason: "FieldValueRequired",
  message: withDetail("Required value", detail),
  field
})

export const invalid = (field: string, value: unknown, detail: string): Cause => ({
  reason: "FieldValueInvalid",
  message: withDetail(`Invalid value: ${shown(value)}`, detail),
  field
})

/** The same with a value that is printed already, where the server does not sort its keys. */
export const invalidJson = (field: string, json: string, detail: string): Cause => ({
  reason: "FieldValueInvalid",
  message: withDetail(`Invalid value: ${json}`, detail),
  field
})

export const typeInvalid = (field: string, value: unknown, detail: string): Cause => ({
  reason: "FieldValueTypeInvalid",
  message: withDetail(`Invalid value: ${shown(value)}`, detail),
  field
})

export const notSupported = (field: string, value: unknown, supported: ReadonlyArray<string>): Cause => ({
  reason: "FieldValueNotSupported",
  message: withDetail(
    `Unsupported value: ${shown(value)}`,
    supported.length === 0 ? "" : `supported values: ${supported.map(goQuote).join(", ")}`
  ),
  field
})

export const duplicate = (field: string, value: unknown): Cause => ({
  reason: "FieldValueDuplicate",
  message: `Duplicate value: ${shown(value)}`,
  field
})

export const notFound = (field: string, value: unknown, detail = ""): Cause => ({
  reason: "FieldValueNotFound",
  message: withDetail(`Not found: ${shown(value)}`, detail),
  field
})

/** An invalid value that the server does not show. */
export const invalidOmitted = (field: string, detail: string): Cause => ({
  reason: "FieldValueInvalid",
  message: withDetail("Invalid value", detail),
  field
})

/** As {@link notSupported}, with a value that is printed already. */
export const notSupportedJson = (field: string, json: string, supported: ReadonlyArray<string>): Cause => ({
  reason: "FieldValueNotSupported",
  message: withDetail(`Unsupported value: ${json}`, `supported values: ${supported.map(goQuote).join(", ")}`),
  field
})

/** A failure of the server's own. */
export const internalError = (field: string, detail: string): Cause => ({
  reason: "InternalError",
  message: `Internal error: ${detail}`,
  field
})

export const forbidden = (field: string, detail: string): Cause => ({
  reason: "FieldValueForbidden",
  message: withDetail("Forbidden", detail),
  field
})

export const tooLong = (field: string, maximum: number): Cause => ({
  reason: "FieldValueTooLong",
  message: maximum < 0
    ? "Too long: value is too long"
    : `Too long: may not be more than ${plural(maximum, "byte", "bytes")}`,
  field
})

export const tooMany = (field: string, actual: number, maximum: number): Cause => ({
  reason: "FieldValueTooMany",
  message: `Too many: ${actual}: must have at most ${plural(maximum, "item", "items")}`,
  field
})

/** Several causes in one text: one stands alone, more in brackets, equal ones once. */
export const aggregate = (causes: ReadonlyArray<Cause>): string => {
  const texts = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))]
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`
}

/** `Foo.clux.dev "a" is invalid: spec.title: Required value`: the message of a 422. */
export const invalidMessage = (qualifiedKind: string, name: string, causes: ReadonlyArray<Cause>): string =>
  `${qualifiedKind} ${goQuote(name)} is invalid${causes.length === 0 ? "" : `: ${aggregate(causes)}`}`
