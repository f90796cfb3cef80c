/**
 * Dependents go when the last of their owners is gone; a foreground deletion waits for those that block it; orphaning
 * strips their references (S19). Owners are known by UID: another object of the same name is no owner.
 */
import type { InnerController } from "./controllers.js"
import { deleteEntry, foreground, orphan } from "./deletion.js"
import { isObject, items, type JsonObject, text, withMember } from "./json.js"
import {
  deletionTimestampOf,
  finalizersOf,
  metadataOf,
  type Moment,
  ordered,
  uidOf,
  withMetadata
} from "./objectMeta.js"
import type { Propagation } from "./options.js"
import type { Resources, Served } from "./served.js"
import type { Entry, LogRecord, Storage } from "./storage.js"

interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly blocks: boolean
  readonly json: JsonObject
}

/** Where an object is: enough to read it again. */
interface Place {
  readonly resource: string
  readonly namespace: string
  readonly name: string
}

const ownersOf = (object: JsonObject): ReadonlyArray<OwnerReference> =>
  items(metadataOf(object), "ownerReferences").filter(isObject).map((json) => ({
    apiVersion: text(json, "apiVersion") ?? "",
    kind: text(json, "kind") ?? "",
    name: text(json, "name") ?? "",
    uid: text(json, "uid") ?? "",
    blocks: json["blockOwnerDeletion"] === true,
    json
  }))

const isDeletedWith = (object: JsonObject, finalizer: string): boolean =>
  deletionTimestampOf(object) !== undefined && finalizersOf(object).includes(finalizer)

export class GarbageCollector implements InnerController {
  /** Objects to look at, by UID. */
  readonly #queue = new Map<string, Place>()
  readonly #places = new Map<string, Place>()
  /** UIDs of the dependents of an owner's UID. */
  readonly #dependents = new Map<string, Set<string>>()

  constructor(readonly storage: Storage, readonly resources: Resources) {}

  observe(record: LogRecord): boolean {
    const { entry, previous } = record
    const uid = uidOf(entry.object)
    for (const owner of previous === undefined ? [] : ownersOf(previous.object)) {
      const dependents = this.#dependents.get(owner.uid)
      if (dependents?.delete(uid) === true && dependents.size === 0) this.#dependents.delete(owner.uid)
    }
    if (record.type === "DELETED") {
      this.#places.delete(uid)
      this.#queue.delete(uid)
      // Those who depend on it, and the owners who waited for it.
      for (const dependent of this.#dependents.get(uid) ?? []) this.#look(dependent)
      for (const owner of ownersOf(entry.object)) this.#look(owner.uid)
      if (this.#dependents.get(uid)?.size === 0) this.#dependents.delete(uid)
      return this.#queue.size > 0
    }
    this.#places.set(uid, { resource: entry.resource, namespace: entry.namespace, name: entry.name })
    const owners = ownersOf(entry.object)
    for (const owner of owners) {
      const known = this.#dependents.get(owner.uid) ?? new Set()
      this.#dependents.set(owner.uid, known.add(uid))
    }
    const isWaiting = isDeletedWith(entry.object, foreground)
    if (owners.length > 0 || isWaiting || isDeletedWith(entry.object, orphan)) this.#look(uid)
    if (isWaiting) { for (const dependent of this.#dependents.get(uid) ?? []) this.#look(dependent) }
    return this.#queue.size > 0
  }

  step(moment: Moment): boolean {
    const [next] = this.#queue
    if (next === undefined) return false
    const [uid, place] = next
    this.#queue.delete(uid)
    const entry = this.storage.get(place.resource, place.namespace, place.name)
    if (entry !== undefined && uidOf(entry.object) === uid) this.#collect(entry, moment)
    return this.#queue.size > 0
  }

  #look(uid: string): void {
    const place = this.#places.get(uid)
    if (place !== undefined) this.#queue.set(uid, place)
  }

  #collect(entry: Entry, moment: Moment): void {
    if (isDeletedWith(entry.object, orphan)) return this.#orphanDependents(entry)
    if (isDeletedWith(entry.object, foreground)) return this.#waitForDependents(entry)
    if (deletionTimestampOf(entry.object) !== undefined) return
    const owners = ownersOf(entry.object)
    const states = owners.map((owner) => this.#stateOf(owner, entry))
    if (owners.length === 0 || states.includes("unknown")) return
    if (states.includes("solid")) {
      const kept = owners.filter((_, at) => states[at] === "solid")
      if (kept.length < owners.length) this.#setOwners(entry, kept)
      return
    }
    const dependents = this.#dependentsOf(entry)
    if (states.includes("waiting") && dependents.length > 0) {
      // In a circle everybody would wait for everybody.
      if (dependents.some((each) => isDeletedWith(each.object, foreground))) {
        const freed = this.#setOwners(
          entry,
          owners.map((owner) => ({ ...owner, json: { ...owner.json, blockOwnerDeletion: false } }))
        )
        return this.#delete(freed, "Foreground", moment)
      }
      return this.#delete(entry, "Foreground", moment)
    }
    const finalizers = finalizersOf(entry.object)
    this.#delete(
      entry,
      finalizers.includes(orphan) ? "Orphan" : finalizers.includes(foreground) ? "Foreground" : "Background",
      moment
    )
  }

  /** Whether an owner is there to stay, is gone, or waits for its dependents. One of a kind that is not served says nothing. */
  #stateOf(owner: OwnerReference, dependent: Entry): "solid" | "dangling" | "waiting" | "unknown" {
    const served = this.resources.ofKind(owner.apiVersion, owner.kind)
    if (served === undefined || (served.namespaced && dependent.namespace === "")) return "unknown"
    const found = this.storage.get(served.storage, served.namespaced ? dependent.namespace : "", owner.name)
    if (found === undefined || uidOf(found.object) !== owner.uid) return "dangling"
    return isDeletedWith(found.object, foreground) ? "waiting" : "solid"
  }

  #dependentsOf(owner: Entry): ReadonlyArray<Entry> {
    const found: Array<Entry> = []
    for (const uid of this.#dependents.get(uidOf(owner.object)) ?? []) {
      const place = this.#places.get(uid)
      const entry = place && this.storage.get(place.resource, place.namespace, place.name)
      if (entry !== undefined) found.push(entry)
    }
    return found
  }

  #orphanDependents(owner: Entry): void {
    const uid = uidOf(owner.object)
    for (const dependent of this.#dependentsOf(owner)) {
      this.#setOwners(dependent, ownersOf(dependent.object).filter((each) => each.uid !== uid))
    }
    this.#release(owner, orphan)
  }

  #waitForDependents(owner: Entry): void {
    const uid = uidOf(owner.object)
    const blocking = this.#dependentsOf(owner).filter((each) =>
      ownersOf(each.object).some((ref) => ref.uid === uid && ref.blocks)
    )
    if (blocking.length === 0) return this.#release(owner, foreground)
    for (const each of blocking) if (!isDeletedWith(each.object, foreground)) this.#look(uidOf(each.object))
  }

  /** Takes a finalizer away; with the last one the object goes. */
  #release(entry: Entry, finalizer: string): void {
    const finalizers = finalizersOf(entry.object).filter((name) => name !== finalizer)
    const served = this.#served(entry)
    const object = withMetadata(
      entry.object,
      withMember(metadataOf(entry.object), "finalizers", finalizers.length === 0 ? undefined : finalizers)
    )
    if (finalizers.length === 0 && served?.strategy.mayGo(object) !== false) this.storage.remove(entry)
    else this.#store(entry, object)
  }

  #setOwners(entry: Entry, owners: ReadonlyArray<OwnerReference>): Entry {
    const references = owners.length === 0 ? undefined : owners.map((owner) => owner.json)
    return this.#store(
      entry,
      withMetadata(entry.object, withMember(metadataOf(entry.object), "ownerReferences", references))
    )
  }

  #delete(entry: Entry, propagation: Propagation, moment: Moment): void {
    const served = this.#served(entry)
    if (served === undefined) return
    const options = {
      dryRun: false,
      gracePeriodSeconds: undefined,
      uid: uidOf(entry.object),
      resourceVersion: undefined,
      propagation
    }
    deleteEntry(this.storage, served, entry.namespace, entry.name, options, moment)
  }

  #store(entry: Entry, object: JsonObject): Entry {
    return this.storage.put(
      entry.resource,
      entry.namespace,
      entry.name,
      ordered(object, this.#served(entry)?.custom !== undefined)
    )
  }

  #served(entry: Entry): Served | undefined {
    return this.resources.ofStorage(entry.resource)
  }
}
