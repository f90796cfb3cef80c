/** Metadata as a server reads them: of fixed types, times in UTC and whole seconds. */
import { goQuote } from "./fieldError.js"
import {
  any,
  decode,
  flagPointer,
  integer,
  integerPointer,
  list,
  Malformed,
  map,
  struct,
  text,
  type Type
} from "./goDecode.js"
import { isObject, type JsonObject, setOwn, sortedKeys } from "./schema.js"

export type DecodedMetadata =
  | { readonly _tag: "Decoded"; readonly metadata: JsonObject; readonly unknownFields: ReadonlyArray<string> }
  | { readonly _tag: "Malformed"; readonly message: string }

/** Reads the metadata of a custom resource; `at` is their path, for the paths of unknown fields. */
export const decodeMetadata = (value: unknown, at = "metadata"): DecodedMetadata => {
  // In order of keys, since that is how the server meets them: of several mistakes it names the first.
  const decoded = decode(objectMeta, sorted(value), at)
  return decoded._tag === "Malformed"
    ? decoded
    : { _tag: "Decoded", metadata: decoded.value, unknownFields: decoded.unknownFields }
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const copy: JsonObject = {}
  for (const key of sortedKeys(value)) setOwn(copy, key, sorted(value[key]))
  return copy
}

const uid: Type = { _tag: "Text", name: "types.UID" }

const layout = "2006-01-02T15:04:05Z07:00"

/** The parts of a time in the layout of Go's parser, which names the one that it cannot read and what was left to read. */
const timeParts: ReadonlyArray<
  readonly [name: string, pattern: RegExp, range?: readonly [what: string, low: number, high: number]]
> = [
  ["2006", /^[0-9]{4}/],
  ["-", /^-/],
  ["01", /^[0-9]{2}/, ["month", 1, 12]],
  ["-", /^-/],
  ["02", /^[0-9]{2}/, ["day", 1, 31]],
  ["T", /^T/],
  ["15", /^[0-9]{2}/, ["hour", 0, 23]],
  [":", /^:/],
  ["04", /^[0-9]{2}/, ["minute", 0, 59]],
  [":", /^:/],
  ["05", /^[0-9]{2}(?:[.,][0-9]+)?/, ["second", 0, 59]],
  ["Z07:00", /^(?:Z|[+-][0-9]{2}:[0-9]{2})/]
]

const readTime = (source: string): string => {
  let rest = source
  for (const [name, pattern, range] of timeParts) {
    const match = pattern.exec(rest)
    if (match === null) {
      throw new Malformed(`parsing time ${goQuote(source)} as "${layout}": cannot parse ${goQuote(rest)} as "${name}"`)
    }
    if (range !== undefined) {
      const part = Math.floor(Number(match[0].replace(",", ".")))
      if (part < range[1] || part > range[2]) {
        throw new Malformed(`parsing time ${goQuote(source)}: ${range[0]} out of range`)
      }
    }
    rest = rest.slice(match[0].length)
  }
  if (rest !== "") throw new Malformed(`parsing time ${goQuote(source)}: extra text: ${goQuote(rest)}`)
  const [year, month, day] = [Number(source.slice(0, 4)), Number(source.slice(5, 7)), Number(source.slice(8, 10))]
  const daysOfMonth = new Date(Date.UTC(year, month, 0)).getUTCDate()
  if (day > daysOfMonth) throw new Malformed(`parsing time ${goQuote(source)}: day out of range`)
  return `${new Date(source.replace(",", ".")).toISOString().slice(0, 19)}Z`
}

export const time: Type = { _tag: "Special", read: readTime }

export const objectMeta = struct("ObjectMeta", {
  name: text,
  generateName: text,
  namespace: text,
  selfLink: text,
  uid,
  resourceVersion: text,
  generation: integer,
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: integerPointer,
  labels: map(text),
  annotations: map(text),
  ownerReferences: list(struct(
    "OwnerReference",
    { apiVersion: text, kind: text, name: text, uid, controller: flagPointer, blockOwnerDeletion: flagPointer },
    { always: ["apiVersion", "kind", "name", "uid"] }
  )),
  finalizers: list(text),
  managedFields: list(struct("ManagedFieldsEntry", {
    manager: text,
    operation: { _tag: "Text", name: "v1.ManagedFieldsOperationType" },
    apiVersion: text,
    time,
    fieldsType: text,
    fieldsV1: any,
    subresource: text
  }))
})
