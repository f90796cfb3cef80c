/**
 * Accepts the names of CustomResourceDefinitions, establishes them, and removes the objects of those that are deleted.
 */
import { withCondition } from "./conditions.js"
import type { InnerController } from "./controllers.js"
import {
  acceptNames,
  cleanupFinalizer,
  definitionResource,
  establish,
  isTrue,
  namesHeld,
  type TakenNames
} from "./definitions.js"
import { deleteEntry } from "./deletion.js"
import { child, equal, type JsonObject, text, withMember } from "./json.js"
import {
  deletionTimestampOf,
  finalizersOf,
  metadataOf,
  type Moment,
  ordered,
  timestamp,
  withMetadata
} from "./objectMeta.js"
import type { Resources, Served } from "./served.js"
import type { Entry, LogRecord, Storage } from "./storage.js"

const groupOf = (definition: JsonObject): string => text(child(definition, "spec"), "group") ?? ""

const storageOf = (definition: JsonObject): string =>
  `${groupOf(definition)}/${text(child(child(definition, "spec"), "names"), "plural") ?? ""}`

export class DefinitionController implements InnerController {
  readonly #queue = new Set<string>()
  /** Names of definitions that wait for the last of their objects, by where these are stored. */
  readonly #waiting = new Map<string, string>()

  constructor(readonly storage: Storage, readonly resources: Resources) {}

  observe(record: LogRecord): boolean {
    if (record.entry.resource === definitionResource) {
      this.#queue.add(record.entry.name)
      if (record.type === "DELETED") {
        // Its names are free now for others of the group.
        for (const other of this.#all()) {
          if (groupOf(other.object) === groupOf(record.entry.object)) this.#queue.add(other.name)
        }
      }
      return true
    }
    const definition = record.type === "DELETED" ? this.#waiting.get(record.entry.resource) : undefined
    if (definition !== undefined) this.#queue.add(definition)
    return definition !== undefined
  }

  step(moment: Moment): boolean {
    const [name] = this.#queue
    if (name === undefined) return false
    this.#queue.delete(name)
    const entry = this.storage.get(definitionResource, "", name)
    if (entry !== undefined) {
      if (deletionTimestampOf(entry.object) === undefined) this.#establish(entry, moment)
      else if (finalizersOf(entry.object).includes(cleanupFinalizer)) this.#cleanUp(entry, moment)
    }
    return this.#queue.size > 0
  }

  #establish(entry: Entry, moment: Moment): void {
    const now = timestamp(moment.now)
    const named = acceptNames(entry.object, this.#taken(entry), now)
    if (!equal(named, entry.object)) return this.#store(entry, named)
    if (isTrue(named, "NamesAccepted") && !isTrue(named, "Established")) this.#store(entry, establish(named, now))
  }

  /** Deletes what there is of the kind; what holds on by a finalizer is waited for. */
  #cleanUp(entry: Entry, moment: Moment): void {
    const now = timestamp(moment.now)
    const terminating = (reason: string, message: string): JsonObject =>
      withCondition(entry.object, { type: "Terminating", status: "True", reason, message }, now)
    const started = terminating("InstanceDeletionInProgress", "CustomResource deletion is in progress")
    if (!equal(started, entry.object)) return this.#store(entry, started)

    const storage = storageOf(entry.object)
    const served = this.#servedAs(storage)
    const objects = this.storage.list(storage)
    const entries = "compacted" in objects ? [] : objects.entries
    this.#waiting.set(storage, entry.name)
    for (const each of entries) {
      if (served === undefined) this.storage.remove(each)
      else if (deletionTimestampOf(each.object) === undefined) {
        const options = {
          dryRun: false,
          gracePeriodSeconds: undefined,
          uid: undefined,
          resourceVersion: undefined,
          propagation: undefined
        }
        deleteEntry(this.storage, served, each.namespace, each.name, options, moment)
      }
    }
    const left = this.storage.list(storage)
    if (!("compacted" in left) && left.entries.length > 0) return
    this.#waiting.delete(storage)
    this.#queue.delete(entry.name)
    const finalizers = finalizersOf(entry.object).filter((name) => name !== cleanupFinalizer)
    if (finalizers.length === 0) this.storage.remove(entry)
    else this.#store(entry, withMetadata(entry.object, withMember(metadataOf(entry.object), "finalizers", finalizers)))
  }

  #servedAs(storage: string): Served | undefined {
    return this.resources.ofStorage(storage)
  }

  #store(entry: Entry, object: JsonObject): void {
    this.storage.put(entry.resource, entry.namespace, entry.name, ordered(object, false))
  }

  #all(): ReadonlyArray<Entry> {
    const found = this.storage.list(definitionResource)
    return "compacted" in found ? [] : found.entries
  }

  /** The names that the other definitions of the group hold. */
  #taken(entry: Entry): TakenNames {
    const others = this.#all().filter((other) =>
      other.name !== entry.name && groupOf(other.object) === groupOf(entry.object)
    )
    const held = others.map((other) => namesHeld(other.object))
    return {
      resources: new Set(held.flatMap((names) => names.resources)),
      kinds: new Set(held.flatMap((names) => names.kinds))
    }
  }
}
