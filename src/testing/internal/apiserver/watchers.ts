/**
 * The open watches, by what they can hear of: a write is shown to those alone that ask for its name, for a label that
 * the object has or had, for its namespace, or for everything of the resource. So thousands of watches with selectors
 * cost a write next to nothing.
 */
import { child, type JsonObject } from "./json.js"
import { metadataOf } from "./objectMeta.js"
import type { LogRecord } from "./storage.js"
import type { WatchPlan } from "./watch.js"

/** Who is told of writes. */
export interface Watcher {
  readonly plan: WatchPlan
  readonly told: (record: LogRecord) => void
}

/** The narrowest place in which a watch waits. Texts of different kinds never meet: no name or label has a space. */
const placeOf = ({ filter, namespace }: WatchPlan): string => {
  if (filter.name !== undefined) return `name ${filter.name}`
  if (filter.label !== undefined) return `label ${filter.label[0]} ${filter.label[1]}`
  return namespace === undefined ? "" : `namespace ${namespace}`
}

const addLabels = (places: Set<string>, object: JsonObject | undefined): void => {
  const labels = object === undefined ? undefined : child(metadataOf(object), "labels")
  if (labels !== undefined) {
    for (const [key, value] of Object.entries(labels)) places.add(`label ${key} ${String(value)}`)
  }
}

/** Where watches wait that this write may concern. */
const placesOf = ({ entry, previous }: LogRecord): ReadonlySet<string> => {
  const places = new Set(["", `namespace ${entry.namespace}`, `name ${entry.name}`])
  addLabels(places, entry.object)
  addLabels(places, previous?.object)
  return places
}

export class Watchers {
  /** Resource to place to watches. */
  readonly #waiting = new Map<string, Map<string, Set<Watcher>>>()

  /** Answers how to take it out. */
  add(watcher: Watcher): () => void {
    const resource = watcher.plan.served.storage
    const place = placeOf(watcher.plan)
    const places = this.#waiting.get(resource) ?? new Map<string, Set<Watcher>>()
    const there = places.get(place) ?? new Set()
    this.#waiting.set(resource, places.set(place, there.add(watcher)))
    return () => {
      there.delete(watcher)
      if (there.size === 0 && places.get(place) === there) places.delete(place)
      if (places.size === 0 && this.#waiting.get(resource) === places) this.#waiting.delete(resource)
    }
  }

  tell(record: LogRecord): void {
    const places = this.#waiting.get(record.entry.resource)
    if (places === undefined) return
    for (const place of placesOf(record)) {
      const watchers = places.get(place)
      if (watchers !== undefined) { for (const watcher of watchers) watcher.told(record) }
    }
  }
}
