/** Puts fixed values of the same form where each run of a server gives others. */
import type { Json } from "./server.js"

const created = "2026-01-01T00:00:00Z"

/** Lists that a server collects in no order of its own: the rules of a user. */
const unordered = ["resourceRules", "nonResourceRules"]

/** The order of keys and all else stay as served. */
export const normalise = (served: Json, number: number): Json => {
  const object = withFixedUid(served, `0e3a5b1c-6a3f-4a5b-9c1e-${String(number).padStart(12, "0")}`)
  for (const list of unordered) sort(object["status"]?.[list], (rule) => JSON.stringify(rule))
  const { metadata } = object
  if (typeof metadata !== "object" || metadata === null) return object
  if ("resourceVersion" in metadata) metadata.resourceVersion = String(1000 + number)
  if (metadata.creationTimestamp != null) metadata.creationTimestamp = created
  if ("deletionTimestamp" in metadata) metadata.deletionTimestamp = "2026-01-01T00:00:30Z"
  for (const entry of metadata.managedFields ?? []) if ("time" in entry) entry.time = created
  // The server sorts them by the second of the write first.
  sort(
    metadata.managedFields,
    ({ apiVersion, manager, operation, subresource }) => JSON.stringify([operation, manager, apiVersion, subresource])
  )
  return object
}

const sort = (list: Array<Json> | undefined, key: (item: Json) => string): void =>
  void list?.sort((one, other) => key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0)

/** Some kinds repeat their uid further down: a Job in its labels. */
const withFixedUid = (object: Json, uid: string): Json => {
  const own = object["metadata"]?.uid
  return typeof own === "string" ? JSON.parse(JSON.stringify(object).replaceAll(own, uid)) : object
}

/** Times that a server writes into an object while it records are of today; those of drafts are of other years. */
export const withFixedTimes = (value: unknown, now: Date): unknown => {
  const today = [new Date(now.getTime() - 3_600_000), now].map((date) => date.toISOString().slice(0, 10))
  const walk = (inner: unknown): unknown => {
    if (typeof inner === "string") {
      return today.some((day) => inner.startsWith(`${day}T`)) && /^[-\d]+T[:\d]+(\.\d+)?Z$/.test(inner)
        ? inner.includes(".") ? "2026-01-01T00:00:00.000000Z" : created
        : inner
    }
    if (Array.isArray(inner)) return inner.map(walk)
    if (inner === null || typeof inner !== "object") return inner
    return Object.fromEntries(Object.entries(inner).map(([key, at]) => [key, walk(at)]))
  }
  return walk(value)
}
