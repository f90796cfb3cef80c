/**
 * What Secrets and ConfigMaps do of their own: texts become data, what is immutable stays, and neither may grow beyond
 * 1 MiB (S56).
 */
import * as Encoding from "effect/Encoding"
import type { Cause } from "../structural.js"
import { forbidden, invalid, keyed, tooLong } from "../structural/fieldError.js"
import { child, equal, type JsonObject, setOwn } from "./json.js"
import type { Strategy } from "./strategies.js"

const maximumSize = 1024 * 1024

/** Bytes of all values of a map of texts. */
const sizeOf = (object: JsonObject, key: string, isBase64: boolean): number => {
  const encoder = new TextEncoder()
  return Object.values(child(object, key) ?? {}).reduce<number>((sum, value) => {
    const text = typeof value === "string" ? value : ""
    return sum + (isBase64 ? Math.floor(text.length * 3 / 4) : encoder.encode(text).length)
  }, 0)
}

const check = (field: string, size: number): ReadonlyArray<Cause> =>
  size > maximumSize ? [tooLong(field, maximumSize)] : []

const keyPattern = "[-._a-zA-Z0-9]+"

const keyRule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' " +
  `(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '${keyPattern}')`

/** Keys become names of files in a Pod. */
const keys = (object: JsonObject, field: string): ReadonlyArray<Cause> =>
  Object.keys(child(object, field) ?? {}).sort().filter((key) => !new RegExp(`^${keyPattern}$`).test(key)).map((key) =>
    invalid(keyed(field, key), key, keyRule)
  )

const isInBoth = (object: JsonObject): ReadonlyArray<Cause> =>
  Object.keys(child(object, "data") ?? {}).sort()
    .filter((key) => Object.hasOwn(child(object, "binaryData") ?? {}, key))
    .map((key) => invalid(keyed("data", key), key, "duplicate of key present in binaryData"))

/** Once `immutable` is set, neither it nor the data can be changed. */
const immutable = (
  object: JsonObject,
  previous: JsonObject,
  ...fields: ReadonlyArray<string>
): ReadonlyArray<Cause> =>
  previous["immutable"] !== true ? [] : ["immutable", ...fields]
    .filter((field) => !equal(object[field], previous[field]))
    .map((field) => forbidden(field, "field is immutable when `immutable` is set"))

const ofConfigMap = (object: JsonObject): ReadonlyArray<Cause> => [
  ...keys(object, "data"),
  ...isInBoth(object),
  ...keys(object, "binaryData"),
  ...check("[]", sizeOf(object, "data", false) + sizeOf(object, "binaryData", true))
]

const ofSecret = (
  object: JsonObject
): ReadonlyArray<Cause> => [...keys(object, "data"), ...check("data", sizeOf(object, "data", true))]

export const configMapStrategy: Partial<Strategy> = {
  validateCreate: ofConfigMap,
  validateUpdate: (object, previous) => [
    ...immutable(object, previous, "data", "binaryData"),
    ...ofConfigMap(object)
  ]
}

/** `stringData` is write-only: its texts go into `data`, over what is there. */
const withTexts = (object: JsonObject): JsonObject => {
  const { stringData, ...rest } = object
  const type = typeof rest["type"] === "string" && rest["type"] !== "" ? rest["type"] : "Opaque"
  if (stringData === undefined) return { ...rest, type }
  const data = { ...child(rest, "data") }
  for (const [key, value] of Object.entries(child(object, "stringData") ?? {})) {
    setOwn(data, key, Encoding.encodeBase64(String(value)))
  }
  return { ...rest, data, type }
}

export const secretStrategy: Partial<Strategy> = {
  prepareCreate: withTexts,
  prepareUpdate: withTexts,
  validateCreate: ofSecret,
  validateUpdate: (object, previous) => [
    ...(object["type"] === previous["type"] ? [] : [invalid("type", object["type"], "field is immutable")]),
    ...immutable(object, previous, "data"),
    ...ofSecret(object)
  ]
}
