/**
 * Parts of objects as the server's messages quote them: in the form of its internal types, with all fields under their Go
 * names, on one line or indented, or as what differs between two of them.
 *
 * ```ts
 * import { internalJson } from "./internalForm.js"
 *
 * internalJson("apps.DeploymentStrategy", { type: "X" }) // {"Type":"X","RollingUpdate":null}
 * ```
 */
import { goJson } from "../structural/fieldError.js"
import { internalFields } from "./internalFields.js"
import { isObject, type JsonObject } from "./json.js"
import { metadataOrder } from "./objectMeta.js"
import { unifiedDiff } from "./unifiedDiff.js"

interface Field {
  /** Empty where the fields are written into the struct around it. */
  readonly name: string
  readonly type: string
}

const known = new Map<string, ReadonlyArray<Field>>()

const fieldsOf = (name: string): ReadonlyArray<Field> => {
  const there = known.get(name)
  if (there !== undefined) return there
  const text = Object.hasOwn(internalFields, name) ? internalFields[name]! : ""
  const fields = text === "" ? [] : text.split("; ").map((field): Field => {
    const space = field.indexOf(" ")
    return space < 0 ? { name: "", type: field } : { name: field.slice(0, space), type: field.slice(space + 1) }
  })
  known.set(name, fields)
  return fields
}

/** Go's encoder writes structs in the order of their fields. */
const shownMetadata = metadataOrder.filter((field) => field !== "selfLink" && field !== "managedFields")
const selectorOrder = ["matchLabels", "matchExpressions"]

type Entries = ReadonlyArray<readonly [key: string, text: string]>

/** `indent`: that of the line on which the value begins; nothing on one line. */
type Indent = string | undefined

const deeper = (indent: Indent): Indent => indent === undefined ? undefined : `${indent} `

const enclosed = (open: string, parts: ReadonlyArray<string>, close: string, indent: Indent): string =>
  parts.length === 0 || indent === undefined
    ? `${open}${parts.join(",")}${close}`
    : `${open}\n${parts.map((part) => `${indent} ${part}`).join(",\n")}\n${indent}${close}`

const object = (entries: Entries, indent: Indent): string =>
  enclosed("{", entries.map(([key, text]) => `${goJson(key)}:${indent === undefined ? "" : " "}${text}`), "}", indent)

/** What is written as in the API. */
const plain = (value: unknown, indent: Indent): string => {
  if (Array.isArray(value)) return enclosed("[", value.map((item) => plain(item, deeper(indent))), "]", indent)
  if (!isObject(value)) return goJson(value)
  return object(Object.keys(value).sort().map((key) => [key, plain(value[key], deeper(indent))]), indent)
}

const inOrder = (value: unknown, order: ReadonlyArray<string>, indent: Indent): Entries =>
  isObject(value)
    ? order.filter((key) => Object.hasOwn(value, key)).map((key) => [key, plain(value[key], deeper(indent))])
    : []

const struct = (name: string, value: JsonObject, indent: Indent): Entries => {
  const members = new Map(Object.entries(value).map(([key, member]) => [key.toLowerCase(), member]))
  return fieldsOf(name).flatMap((field): Entries => {
    if (field.name !== "") {
      return [[field.name, write(field.type, members.get(field.name.toLowerCase()), deeper(indent))]]
    }
    if (field.type === "m") return inOrder(value["metadata"], shownMetadata, indent)
    return field.type === "t" ? [] : struct(field.type, value, indent)
  })
}

const zeros: { readonly [type: string]: string | undefined } = {
  s: "\"\"",
  n: "0",
  b: "false",
  q: "\"0\"",
  i: "0",
  v: "null"
}

const write = (type: string, value: unknown, indent: Indent): string => {
  const isNone = value === undefined || value === null
  if (type.startsWith("*")) return isNone ? "null" : write(type.slice(1), value, indent)
  if (type.startsWith("[]")) {
    if (!Array.isArray(value)) return "null"
    return enclosed("[", value.map((item) => write(type.slice(2), item, deeper(indent))), "]", indent)
  }
  if (type.startsWith("map ")) {
    if (!isObject(value)) return "null"
    const of = type.slice("map ".length)
    return object(Object.keys(value).sort().map((key) => [key, write(of, value[key], deeper(indent))]), indent)
  }
  const zero = zeros[type]
  if (zero !== undefined) return isNone ? zero : plain(value, indent)
  if (type === "l") return object(inOrder(value, selectorOrder, indent), indent)
  return object(struct(type, isObject(value) ? value : {}, indent), indent)
}

/** A value in the form of an internal type, such as `*core.PodSpec` or `[]core.Container`, on one line. */
export const internalJson = (type: string, value: unknown): string => write(type, value, undefined)

/** What differs between two values of an internal type. */
export const internalDiff = (type: string, before: unknown, after: unknown): string =>
  unifiedDiff(write(type, before, ""), write(type, after, ""))

/** A selector of labels as a message quotes it. */
export const selectorJson = (selector: unknown): string => internalJson("*l", selector)
