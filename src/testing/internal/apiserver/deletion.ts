/**
 * Deletes: at once, after a grace period, or once all finalizers are gone; and what becomes of dependents (S14 to S20).
 */
import { admitDelete } from "./admission.js"
import { type JsonObject, withMember } from "./json.js"
import { equal } from "./json.js"
import {
  deletionTimestampOf,
  finalizersOf,
  metadataOf,
  type Moment,
  ordered,
  timestamp,
  uidOf,
  withMetadata
} from "./objectMeta.js"
import type { DeleteOptions, Propagation } from "./options.js"
import { resourceOf, type Served } from "./served.js"
import * as status from "./status.js"
import type { Entry, Storage } from "./storage.js"

/** What a delete answers: a Status when the object is gone, the object where it is still there or where its kind answers so. */
export type Deleted =
  | { readonly _tag: "Status"; readonly body: status.StatusBody }
  | { readonly _tag: "Object"; readonly object: JsonObject }

/** The finalizers that say what is to become of dependents. */
export const orphan = "orphan"
export const foreground = "foregroundDeletion"

/** The finalizers of an object with those of its propagation, of which it has one at most. */
const propagationFinalizers = (
  served: Served,
  object: JsonObject,
  wanted: Propagation | undefined
): ReadonlyArray<string> => {
  const finalizers = finalizersOf(object)
  if (served.strategy.propagation === "None") return finalizers
  const has = (name: string): boolean => finalizers.includes(name)
  const orphans = wanted === undefined
    ? has(orphan) || (!has(foreground) && served.strategy.propagation === "Orphan")
    : wanted === "Orphan"
  const waits = wanted === undefined ? has(foreground) && !has(orphan) : wanted === "Foreground"
  const others = finalizers.filter((name) => name !== orphan && name !== foreground)
  const next = [...others, ...(orphans ? [orphan] : []), ...(waits ? [foreground] : [])]
  return next.length === finalizers.length && next.every((name) => has(name)) ? finalizers : next
}

const withFinalizers = (object: JsonObject, finalizers: ReadonlyArray<string>): JsonObject =>
  finalizers === finalizersOf(object)
    ? object
    : withMetadata(
      object,
      withMember(metadataOf(object), "finalizers", finalizers.length === 0 ? undefined : finalizers)
    )

const generationAfter = (metadata: JsonObject): JsonObject =>
  typeof metadata["generation"] === "number" && metadata["generation"] > 0
    ? { generation: metadata["generation"] + 1 }
    : {}

/** Marks an object as being deleted since now; once marked it stays so. */
const marked = (object: JsonObject, now: number): JsonObject => {
  const metadata = metadataOf(object)
  const since = deletionTimestampOf(object)
  const first = since === undefined
  return withMetadata(object, {
    ...metadata,
    ...(first && generationAfter(metadata)),
    deletionTimestamp: first || Date.parse(since) > now ? timestamp(now) : since,
    deletionGracePeriodSeconds: 0
  })
}

/** Marks an object as being deleted after its grace period; undefined where that is under way already and not made shorter. */
const graceful = (
  object: JsonObject,
  seconds: number,
  requested: number | undefined,
  now: number
): JsonObject | undefined => {
  const metadata = metadataOf(object)
  const since = deletionTimestampOf(object)
  if (since === undefined) {
    return withMetadata(object, {
      ...metadata,
      ...generationAfter(metadata),
      deletionTimestamp: timestamp(now + seconds * 1000),
      deletionGracePeriodSeconds: seconds
    })
  }
  const current = metadata["deletionGracePeriodSeconds"]
  if (typeof current !== "number" || current === 0) return object
  if (requested === undefined || requested >= current) return undefined
  const at = Date.parse(since) - current * 1000 + requested * 1000
  return withMetadata(object, {
    ...metadata,
    deletionTimestamp: timestamp(Math.max(at, now)),
    deletionGracePeriodSeconds: at < now && requested !== 0 ? 1 : requested
  })
}

const checkPreconditions = (served: Served, entry: Entry, options: DeleteOptions): void => {
  const { preconditions } = served.strategy
  const uid = uidOf(entry.object)
  const version = String(entry.revision)
  if (options.uid !== undefined && options.uid !== uid) {
    throw preconditions === undefined
      ? status.conflict(
        served.group,
        served.kind,
        entry.name,
        `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`
      )
      : status.conflict(
        served.group,
        served.plural,
        entry.name,
        `${preconditions}: UID in precondition: ${options.uid}, UID in object meta: ${uid}`
      )
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== version) {
    throw preconditions === undefined
      ? status.conflict(
        served.group,
        served.kind,
        entry.name,
        `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${version}). The object might have been modified`
      )
      : status.conflict(
        served.group,
        served.plural,
        entry.name,
        `${preconditions}: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${version}`
      )
  }
}

/** Deletes one object; a missing one is a 404. */
export const deleteEntry = (
  storage: Storage,
  served: Served,
  namespace: string,
  name: string,
  options: DeleteOptions,
  moment: Moment
): Deleted => {
  admitDelete(served, name)
  const entry = storage.get(served.storage, namespace, name)
  if (entry === undefined) throw status.notFound(resourceOf(served), name)
  checkPreconditions(served, entry, options)
  const { strategy } = served
  const store = (object: JsonObject, current: Entry = entry): Entry => {
    const next = ordered(object, served.custom !== undefined)
    if (options.dryRun || equal(next, current.object)) return { ...current, object: next }
    return storage.put(entry.resource, namespace, name, next)
  }
  const wanted = withFinalizers(entry.object, propagationFinalizers(served, entry.object, options.propagation))

  const terminating = strategy.terminate?.(wanted, timestamp(moment.now))
  if (terminating !== undefined) return { _tag: "Object", object: store(terminating).object }

  const isHeld = finalizersOf(wanted).length > 0
  let current = entry
  if (strategy.gracePeriod !== undefined) {
    const seconds = strategy.gracePeriod(wanted, options.gracePeriodSeconds)
    const next = graceful(wanted, seconds, options.gracePeriodSeconds, moment.now)
    if (next === undefined) return { _tag: "Object", object: entry.object }
    const left = metadataOf(next)["deletionGracePeriodSeconds"]
    current = store(next)
    if (isHeld || (typeof left === "number" && left > 0)) return { _tag: "Object", object: current.object }
  } else if (isHeld) {
    return { _tag: "Object", object: store(marked(wanted, moment.now)).object }
  }

  const gone = options.dryRun ? current : storage.remove(current)
  return strategy.answersDeleted
    ? { _tag: "Object", object: gone.object }
    : { _tag: "Status", body: status.deleted(resourceOf(served), name, uidOf(entry.object)) }
}
