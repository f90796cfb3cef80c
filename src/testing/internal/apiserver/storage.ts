/**
 * The store of an API server: what etcd and the watch cache are to a kube-apiserver. One revision counts all writes of
 * all resources; each write is one record of one log; objects are plain JSON values that nobody changes any more. Lists
 * at an older revision and watches are answered from the log, as far back as it reaches. Pure and synchronous.
 *
 * ```ts
 * import { Storage } from "./storage.js"
 *
 * const storage = new Storage({ history: 1000 })
 * const first = storage.put("/configmaps", "default", "a", { data: {} }) // revision 1
 * storage.list("/configmaps", { namespace: "default" })                   // { entries: [first], … }
 * ```
 */
import type { JsonObject } from "./json.js"

/** An object as it is stored. Its `metadata.resourceVersion` is not inside `object`'s history: it is `revision`. */
export interface Entry {
  /** `group/plural`: the versions of one resource share it. */
  readonly resource: string
  /** Empty for what is cluster-scoped. */
  readonly namespace: string
  readonly name: string
  readonly object: JsonObject
  readonly revision: number
}

/** One write. `previous` is what was there before; a DELETED record's `entry` holds the last object at the revision of the deletion. */
export interface LogRecord {
  readonly type: "ADDED" | "MODIFIED" | "DELETED"
  readonly revision: number
  readonly entry: Entry
  readonly previous: Entry | undefined
}

export interface Snapshot {
  readonly revision: number
  /** Sorted as etcd sorts its keys. */
  readonly entries: ReadonlyArray<Entry>
}

/** The revision asked for is no longer in the log. `oldest` is the first revision from which a watch can go on. */
export interface Compacted {
  readonly compacted: true
  readonly oldest: number
}

export type Listener = (record: LogRecord) => void

/** Makes an object's `metadata.resourceVersion` agree with its revision. */
const stamp = (object: JsonObject, revision: number): JsonObject => ({
  ...object,
  metadata: { ...object["metadata"] as JsonObject, resourceVersion: String(revision) } // every stored object has metadata
})

const keyOf = (namespace: string, name: string): string => namespace === "" ? name : `${namespace}/${name}`

/**
 * The objects of one resource, with their keys in order. New keys gather at the side until somebody asks for the order,
 * and a deleted key stays until the next sweep, so that creating and deleting many is cheap.
 */
class Table {
  readonly entries = new Map<string, Entry>()
  #sorted: Array<string> = []
  /** Keys that are not in `#sorted`. */
  #fresh: Array<string> = []
  /** Keys of `#sorted` whose entry is gone. */
  readonly #stale = new Set<string>()
  /** Counts writes, so that what was computed from this table can be kept until it changes. */
  changes = 0

  set(key: string, entry: Entry): void {
    this.changes++
    if (!this.entries.has(key) && !this.#stale.delete(key)) this.#fresh.push(key)
    this.entries.set(key, entry)
  }

  remove(key: string): void {
    this.changes++
    this.#order()
    this.entries.delete(key)
    this.#stale.add(key)
    if (this.#stale.size > 64 && this.#stale.size > this.entries.size) {
      this.#sorted = this.#sorted.filter((each) => this.entries.has(each))
      this.#stale.clear()
    }
  }

  /** The entries whose key starts with `prefix`, in order. */
  range(prefix: string): Array<Entry> {
    this.#order()
    const found: Array<Entry> = []
    for (let at = prefix === "" ? 0 : this.#position(prefix); at < this.#sorted.length; at++) {
      const key = this.#sorted[at]!
      if (!key.startsWith(prefix)) break
      const entry = this.entries.get(key)
      if (entry !== undefined) found.push(entry)
    }
    return found
  }

  /** Puts the fresh keys in their places: a few one by one, many by merging. */
  #order(): void {
    const fresh = this.#fresh
    if (fresh.length === 0) return
    this.#fresh = []
    if (fresh.length <= 4) {
      for (const key of fresh) this.#sorted.splice(this.#position(key), 0, key)
      return
    }
    fresh.sort()
    const sorted = this.#sorted
    const merged: Array<string> = []
    let at = 0
    for (const key of fresh) {
      while (at < sorted.length && sorted[at]! < key) merged.push(sorted[at++]!)
      merged.push(key)
    }
    while (at < sorted.length) merged.push(sorted[at++]!)
    this.#sorted = merged
  }

  /** Where `key` stands or would stand. */
  #position(key: string): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#sorted[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** How many lists are remembered between the pages of a paged list. */
const rememberedLists = 8

export class Storage {
  #revision: number
  readonly #history: number
  readonly #tables = new Map<string, Table>()
  /** Records of the revisions `#first`, `#first + 1`, … without a gap. */
  #log: Array<LogRecord> = []
  #first: number
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #everything = new Set<Listener>()
  readonly #lists = new Map<string, { readonly snapshot: Snapshot; readonly changes: number }>()

  constructor(options: { readonly history: number; readonly revision?: number | undefined }) {
    this.#history = options.history
    this.#revision = options.revision ?? 0
    this.#first = this.#revision + 1
  }

  /** The revision of the last write. */
  get revision(): number {
    return this.#revision
  }

  get(resource: string, namespace: string, name: string): Entry | undefined {
    return this.#tables.get(resource)?.entries.get(keyOf(namespace, name))
  }

  /** Creates or replaces; the caller has decided that it may. */
  put(resource: string, namespace: string, name: string, object: JsonObject): Entry {
    const table = this.#table(resource)
    const key = keyOf(namespace, name)
    const previous = table.entries.get(key)
    const revision = ++this.#revision
    const entry: Entry = { resource, namespace, name, object: stamp(object, revision), revision }
    table.set(key, entry)
    this.#append({ type: previous === undefined ? "ADDED" : "MODIFIED", revision, entry, previous })
    return entry
  }

  /** Removes an entry; what is answered is its last object at the revision of the deletion. */
  remove(entry: Entry): Entry {
    const revision = ++this.#revision
    const deleted: Entry = { ...entry, object: stamp(entry.object, revision), revision }
    this.#table(entry.resource).remove(keyOf(entry.namespace, entry.name))
    this.#append({ type: "DELETED", revision, entry: deleted, previous: entry })
    return deleted
  }

  /** Everything of one resource, in one namespace or in all, now or as it was at a revision. */
  list(
    resource: string,
    options: { readonly namespace?: string | undefined; readonly revision?: number | undefined } = {}
  ): Snapshot | Compacted {
    const table = this.#table(resource)
    const prefix = options.namespace === undefined ? "" : `${options.namespace}/`
    if (options.revision === undefined || options.revision >= this.#revision) {
      const id = `${resource}|${prefix}`
      const known = this.#lists.get(id)
      if (known?.changes === table.changes) return { revision: this.#revision, entries: known.snapshot.entries }
      return this.#remember(id, table.changes, { revision: this.#revision, entries: table.range(prefix) })
    }
    const revision = options.revision
    if (revision < this.#first - 1) return { compacted: true, oldest: this.#first - 1 }
    const id = `${resource}|${prefix}|${revision}`
    const known = this.#lists.get(id)
    if (known !== undefined) return known.snapshot
    const entries = new Map(table.range(prefix).map((entry) => [keyOf(entry.namespace, entry.name), entry]))
    for (let at = this.#log.length - 1; at >= revision + 1 - this.#first; at--) {
      const record = this.#log[at]!
      if (record.entry.resource !== resource) continue
      const key = keyOf(record.entry.namespace, record.entry.name)
      if (!key.startsWith(prefix)) continue
      if (record.previous === undefined) entries.delete(key)
      else entries.set(key, record.previous)
    }
    const sorted = [...entries.keys()].sort().map((key) => entries.get(key)!)
    return this.#remember(id, table.changes, { revision, entries: sorted })
  }

  /** The writes to one resource after a revision, in order. */
  since(resource: string, revision: number): ReadonlyArray<LogRecord> | Compacted {
    if (revision >= this.#revision) return []
    if (revision < this.#first - 1) return { compacted: true, oldest: this.#first - 1 }
    const found: Array<LogRecord> = []
    for (let at = revision + 1 - this.#first; at < this.#log.length; at++) {
      const record = this.#log[at]!
      if (record.entry.resource === resource) found.push(record)
    }
    return found
  }

  /** Forgets the log up to a revision (default: all of it): older lists and watches are expired from now on. */
  compact(revision: number = this.#revision): void {
    const drop = Math.min(revision, this.#revision) + 1 - this.#first
    if (drop <= 0) return
    this.#log = this.#log.slice(drop)
    this.#first += drop
    this.#lists.clear()
  }

  /** Tells of every write to a resource (to all of them without one), in the same step as the write. Answers how to stop. */
  listen(resource: string | undefined, listener: Listener): () => void {
    const set = resource === undefined ? this.#everything : this.#listeners.get(resource) ?? new Set()
    if (resource !== undefined) this.#listeners.set(resource, set)
    set.add(listener)
    return () => {
      set.delete(listener)
      if (resource !== undefined && set.size === 0 && this.#listeners.get(resource) === set) {
        this.#listeners.delete(resource)
      }
    }
  }

  /** All objects of all resources, resource by resource. */
  *all(): Iterable<Entry> {
    for (const table of this.#tables.values()) yield* table.range("")
  }

  #table(resource: string): Table {
    let table = this.#tables.get(resource)
    if (table === undefined) this.#tables.set(resource, table = new Table())
    return table
  }

  #append(record: LogRecord): void {
    this.#log.push(record)
    // A slice moves the whole log: done once for every half of it.
    if (this.#log.length > this.#history * 1.5) this.compact(this.#revision - this.#history)
    for (const listener of this.#everything) listener(record)
    const listeners = this.#listeners.get(record.entry.resource)
    if (listeners !== undefined) { for (const listener of listeners) listener(record) }
  }

  #remember(id: string, changes: number, snapshot: Snapshot): Snapshot {
    this.#lists.delete(id)
    this.#lists.set(id, { snapshot, changes })
    if (this.#lists.size > rememberedLists) this.#lists.delete(this.#lists.keys().next().value!)
    return snapshot
  }
}
