/**
 * What a write stores of what it was sent: the parts that its endpoint takes, what the kind fills in, and the generation
 * that the change gives it.
 */
import { equal, type JsonObject, withMember } from "./json.js"
import { metadataOf, ordered, withMetadata } from "./objectMeta.js"
import { annotationsOf } from "./objectParts.js"
import { hasStatus, type Served } from "./served.js"
import type { State } from "./strategies.js"
import { fillZero } from "./zero.js"

/** The part of an object whose changes count as a new generation. */
const counted = (served: Served, object: JsonObject): JsonObject => {
  if (served.strategy.counted !== undefined) return served.strategy.counted(object)
  const rest = { ...object }
  delete rest["metadata"]
  delete rest["apiVersion"]
  if (hasStatus(served)) delete rest["status"]
  return served.strategy.annotationsCount
    ? { ...rest, annotations: annotationsOf(object) }
    : rest
}

/** The object that an update stores, before its metadata are carried over: what the endpoint takes of the body. */
export const preparedUpdate = (
  served: Served,
  body: JsonObject,
  previous: JsonObject,
  subresource: string,
  state: State
): JsonObject => {
  const { strategy } = served
  const generation = metadataOf(previous)["generation"]
  if (subresource === "status") {
    const before = metadataOf(previous)
    const kept = strategy.statusKeeps
    const metadata: JsonObject = kept === "all" ? { ...before } : { ...metadataOf(body) }
    if (kept !== "all") { for (const field of kept) metadata[field] = before[field] }
    const all = withMetadata(previous, {
      ...metadata,
      generation,
      resourceVersion: metadataOf(body)["resourceVersion"]
    })
    const withStatus = withMember(all, "status", body["status"])
    return served.custom === undefined && body["status"] === undefined
      ? withMember(all, "status", served.storedZero["status"])
      : strategy.prepareStatus(withStatus, previous, state)
  }
  const endpoint = strategy.endpoints[subresource]
  if (endpoint !== undefined) {
    const prepared = endpoint.prepare(body, previous, state)
    return withGeneration(served, prepared, previous)
  }
  // The main endpoint leaves the status as it is, where there is a status endpoint.
  const own = hasStatus(served) ? withMember(body, "status", previous["status"]) : body
  const begun = strategy.begin(served.custom === undefined ? fillZero(served.storedZero, own) : own, previous, state)
  return withGeneration(served, strategy.prepareUpdate(begun, previous), previous)
}

/** An object with the generation that what has changed of it gives it. */
const withGeneration = (served: Served, object: JsonObject, previous: JsonObject): JsonObject => {
  const generation = metadataOf(previous)["generation"]
  const counts = served.strategy.generation && !equal(counted(served, object), counted(served, previous))
  return withMetadata(object, {
    ...metadataOf(object),
    generation: counts ? (typeof generation === "number" ? generation : 0) + 1 : generation
  })
}

/** The object that a create stores. */
export const newObject = (served: Served, body: JsonObject, metadata: JsonObject, state: State): JsonObject => {
  const { strategy } = served
  const dropped = hasStatus(served) && !strategy.takesStatus
    ? withMember(body, "status", served.storedZero["status"])
    : body
  const filled = served.custom === undefined ? fillZero(served.storedZero, dropped) : dropped
  const begun = strategy.begin(withMetadata(filled, metadata), undefined, state)
  const prepared = strategy.prepareCreate(begun)
  const first = strategy.lateGeneration ? undefined : 1
  const generation = strategy.generation ? first : metadataOf(prepared)["generation"]
  return ordered(
    withMetadata(prepared, { ...metadataOf(prepared), generation, resourceVersion: "0" }),
    served.custom !== undefined
  )
}
