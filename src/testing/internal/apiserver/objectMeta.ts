/**
 * The metadata of objects as the server keeps it: what it fills in when an object is created, what a client cannot
 * change, and the order in which it is written.
 */
import type { Cause } from "../structural.js"
import { invalid as invalidField } from "../structural/fieldError.js"
import { child, isObject, items, type JsonObject, setOwn, text } from "./json.js"

/** What a write needs of its moment: the time, and chance. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number
  /** A whole number from 0 up to, not including, `below`. */
  readonly random: (below: number) => number
}

let last = { second: 0, text: "1970-01-01T00:00:00Z" }

/** A time as metadata writes it: whole seconds. Many writes fall into one of them. */
export const timestamp = (milliseconds: number): string => {
  const second = Math.floor(milliseconds / 1000)
  if (second !== last.second) {
    last = { second, text: new Date(second * 1000).toISOString().replace(/\.\d+Z$/, "Z") }
  }
  return last.text
}

/** Go's encoder writes structs in the order of their fields. */
export const metadataOrder = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields"
]

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || (isObject(value) && Object.keys(value).length === 0)
  || (Array.isArray(value) && value.length === 0)

/** Metadata with its fields in the order of the wire, and without what is empty. */
const orderedMetadata = (metadata: JsonObject): JsonObject => {
  const ordered: JsonObject = {}
  for (const key of metadataOrder) {
    if (key === "selfLink" || isEmpty(metadata[key])) continue
    ordered[key] = metadata[key]
  }
  // The store writes the revision here; a place for it keeps the order.
  return ordered
}

/** A value with its keys by the alphabet, at all levels. */
export const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const copy: JsonObject = {}
  for (const key of Object.keys(value).sort()) setOwn(copy, key, sorted(value[key]))
  return copy
}

/** Metadata by the alphabet. What stands in managedFields is in order already, and who reads them knows them by their identity. */
const sortedMetadata = (metadata: JsonObject): JsonObject => {
  const copy: JsonObject = {}
  for (const key of Object.keys(metadata).sort()) {
    copy[key] = key === "managedFields"
      ? metadata[key]
      : sorted(metadata[key])
  }
  const entries = copy["managedFields"]
  if (Array.isArray(entries)) {
    copy["managedFields"] = entries.map((entry: JsonObject) =>
      Object.fromEntries(Object.keys(entry).sort().map((key) => [key, entry[key]]))
    )
  }
  return copy
}

/** An object in the order of the wire: built-in kinds as they are declared, custom ones by the alphabet. */
export const ordered = (object: JsonObject, custom: boolean): JsonObject => {
  const { apiVersion, kind, metadata, ...rest } = object
  const orderly = orderedMetadata(isObject(metadata) ? metadata : {})
  if (!custom) return { kind, apiVersion, metadata: orderly, ...rest }
  const whole = sorted({ kind, apiVersion, metadata: {}, ...rest }) as JsonObject // sorting keeps an object one
  whole["metadata"] = sortedMetadata(orderly)
  return whole
}

/** So many hexadecimal digits of a number below 65 536. */
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

/** A random UUID, version 4. */
export const newUid = ({ random }: Moment): string => {
  const four = (): string => hex(random(0x10000), 4)
  return `${four()}${four()}-${four()}-4${hex(random(0x1000), 3)}-${hex(0x8000 + random(0x4000), 4)}-` +
    `${four()}${four()}${four()}`
}

/** Letters that spell no word. */
export const nameLetters = "bcdfghjklmnpqrstvwxz2456789"

/** A name of at most 63 characters: the base and five random letters that spell no word. */
export const generatedName = (base: string, moment: Moment): string => {
  let name = base.slice(0, 58)
  for (let at = 0; at < 5; at++) name += nameLetters[moment.random(nameLetters.length)]
  return name
}

/** Takes away what a client cannot give a new object. */
export const wiped = (metadata: JsonObject): JsonObject => {
  const { uid: _1, creationTimestamp: _2, deletionTimestamp: _3, deletionGracePeriodSeconds: _4, ...rest } = metadata
  return rest
}

export const metadataOf = (object: JsonObject): JsonObject => child(object, "metadata") ?? {}

export const withMetadata = (object: JsonObject, metadata: JsonObject): JsonObject => ({ ...object, metadata })

export const finalizersOf = (object: JsonObject): ReadonlyArray<string> =>
  items(metadataOf(object), "finalizers").map(String)

export const uidOf = (object: JsonObject): string => text(metadataOf(object), "uid") ?? ""

export const deletionTimestampOf = (object: JsonObject): string | undefined =>
  text(metadataOf(object), "deletionTimestamp")

const standardFinalizers = new Set(["kubernetes", "orphan", "foregroundDeletion"])

/** Built-in kinds refuse a finalizer without a domain, which custom ones only warn of. */
export const finalizerCauses = (object: JsonObject): ReadonlyArray<Cause> =>
  finalizersOf(object).flatMap((name, at) =>
    name.includes("/") || standardFinalizers.has(name)
      ? []
      : [
        invalidField(
          `metadata.finalizers[${at}]`,
          name,
          "name is neither a standard finalizer name nor is it fully qualified"
        )
      ]
  )

/** An update cannot change these: a missing one is the old one, and some are the old one always (S18). */
export const carriedOver = (object: JsonObject, previous: JsonObject): JsonObject => {
  const metadata = { ...metadataOf(object) }
  const before = metadataOf(previous)
  if (isEmpty(metadata["uid"])) metadata["uid"] = before["uid"]
  metadata["creationTimestamp"] = before["creationTimestamp"]
  if (before["deletionTimestamp"] !== undefined) metadata["deletionTimestamp"] = before["deletionTimestamp"]
  if (before["deletionGracePeriodSeconds"] !== undefined && isEmpty(metadata["deletionGracePeriodSeconds"])) {
    metadata["deletionGracePeriodSeconds"] = before["deletionGracePeriodSeconds"]
  }
  return withMetadata(object, metadata)
}
