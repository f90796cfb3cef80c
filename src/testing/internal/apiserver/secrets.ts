/**
 * What Secrets, ConfigMaps and ServiceAccounts do of their own: texts become data, what is immutable stays, a Secret has
 * what its type asks for, and neither may grow beyond 1 MiB (S56).
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import type { Cause } from "../structural.js"
import { forbidden, invalid, keyed, required, tooLong } from "../structural/fieldError.js"
import { child, equal, isObject, items, type JsonObject, readJson, setOwn, text, typeName, withMember } from "./json.js"
import { dataKey } from "./kinds/textRules.js"
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

/** Keys become names of files in a Pod. */
const keys = (object: JsonObject, field: string): ReadonlyArray<Cause> =>
  Object.keys(child(object, field) ?? {}).sort().flatMap((key) =>
    dataKey(key).map((complaint) => invalid(keyed(field, key), key, complaint))
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

/** What `data` must have, by the type of a Secret: all of a list, or one of it. */
const needed: {
  readonly [type: string]: { readonly keys: ReadonlyArray<string>; readonly any?: boolean; readonly filled?: boolean }
} = {
  "kubernetes.io/tls": { keys: ["tls.crt", "tls.key"] },
  "kubernetes.io/basic-auth": { keys: ["username", "password"], any: true },
  "kubernetes.io/ssh-auth": { keys: ["ssh-privatekey"], filled: true },
  "kubernetes.io/dockercfg": { keys: [".dockercfg"] },
  "kubernetes.io/dockerconfigjson": { keys: [".dockerconfigjson"] }
}

const isDocker = (type: string): boolean => type.startsWith("kubernetes.io/docker")

const decoded = (value: unknown): string =>
  typeof value === "string" ? Either.getOrElse(Encoding.decodeBase64String(value), () => "") : ""

/** Whether a text is a JSON object, in the words of Go's decoder. */
const jsonIssue = (text: string): string | undefined => {
  const read = readJson(text)
  if (read.error !== undefined) return read.error
  return read.value === null || isObject(read.value)
    ? undefined
    : `json: cannot unmarshal ${typeName(read.value)} into Go value of type map[string]interface {}`
}

const accountName = "kubernetes.io/service-account.name"

const ofType = (object: JsonObject): ReadonlyArray<Cause> => {
  const type = text(object, "type") ?? ""
  const data = child(object, "data") ?? {}
  if (type === "kubernetes.io/service-account-token") {
    const name = text(child(child(object, "metadata"), "annotations"), accountName) ?? ""
    return name === "" ? [required(`metadata.annotations[${accountName}]`)] : []
  }
  const rule = Object.hasOwn(needed, type) ? needed[type] : undefined
  if (rule === undefined) return []
  const missing = rule.keys.filter((key) => !Object.hasOwn(data, key) || (rule.filled === true && data[key] === ""))
  if (missing.length > 0) {
    return rule.any === true && missing.length < rule.keys.length
      ? []
      : missing.map((key) => required(keyed("data", key)))
  }
  if (!isDocker(type)) return []
  const key = rule.keys[0]!
  const issue = jsonIssue(decoded(data[key]))
  return issue === undefined ? [] : [invalid(keyed("data", key), "<secret contents redacted>", issue)]
}

/** A certificate that does not go with its key is taken, and warned of; whether it does is not looked into here. */
const certificateWarnings = (object: JsonObject): ReadonlyArray<string> => {
  if (object["type"] !== "kubernetes.io/tls") return []
  const data = child(object, "data") ?? {}
  const missing = ([["tls.crt", "certificate"], ["tls.key", "key"]] as const).find(([key]) =>
    !decoded(data[key]).includes("-----BEGIN ")
  )
  return missing === undefined ? [] : [`tls: failed to find any PEM data in ${missing[1]} input`]
}

const ofSecret = (object: JsonObject): ReadonlyArray<Cause> => [
  ...keys(object, "data"),
  ...check("data", sizeOf(object, "data", true)),
  ...ofType(object)
]

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
  warnings: certificateWarnings,
  validateCreate: ofSecret,
  validateUpdate: (object, previous) => [
    ...(object["type"] === previous["type"] ? [] : [invalid("type", object["type"], "field is immutable")]),
    ...immutable(object, previous, "data"),
    ...ofSecret(object)
  ]
}

/** Of the Secrets that a ServiceAccount lists, their names alone. */
const namesOnly = (object: JsonObject): JsonObject =>
  object["secrets"] === undefined ? object : {
    ...object,
    secrets: items(object, "secrets").map((secret) => withMember({}, "name", text(secret, "name")))
  }

export const serviceAccountStrategy: Partial<Strategy> = { prepareCreate: namesOnly, prepareUpdate: namesOnly }
