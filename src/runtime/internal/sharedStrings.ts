/**
 * Keeps one copy of strings that are equal: of the images, node names and probe paths of a store's Pods, say, of which JSON.parse makes a new
 * copy for every Pod. What has been shared is equal to what it was; only memory knows.
 *
 * The table has two generations. A string is put into the young one when it is seen; when that is full it becomes the old one, and what the
 * old one had is forgotten unless it was seen again. So a string that came once is not kept for ever, and one that comes often always is.
 * A generation has room for two strings an object of the store: a small part of what the objects take (test/bench/heap.bench.ts).
 */
import type { Event } from "../Watcher.js"

/** JSON.parse keeps one copy of strings up to 10 characters itself. Long ones are seldom equal, and take long to compare. */
const shortest = 11
const longest = 512

/** How many strings a generation has room for, whatever the size of the store, and how many more for each of its objects. */
const leastRoom = 1024
const roomAnObject = 2

/** How deep and how far an object is walked: one that a program has made may lead back to itself. */
const deepest = 64
const mostValues = 100_000

export class SharedStrings {
  private young = new Map<string, string>()
  private old = new Map<string, string>()
  private room = leastRoom
  private left = 0

  /** How many strings are kept. */
  get size(): number {
    return this.young.size + this.old.size
  }

  /** Shares the strings of the objects that a store of this size is about to keep. */
  share(events: ReadonlyArray<Event<object>>, objects: number): void {
    this.room = leastRoom + roomAnObject * objects
    for (let i = 0; i < events.length; i++) {
      const event = events[i]!
      if (event._tag === "Applied") this.shareIn(event.object)
      else if (event._tag === "InitPage") { for (const object of event.objects) this.shareIn(object) }
    }
  }

  private shareIn(object: object): void {
    this.left = mostValues
    try {
      this.walk(object, 0)
    } catch {
      // An object of a program's own making may refuse to be written to. It is stored as it is.
    }
  }

  /** Only what JSON is made of is walked, and what can be changed. */
  private walk(value: object, depth: number): void {
    if (depth > deepest || Object.isFrozen(value)) return
    if (Array.isArray(value)) {
      const items: Array<unknown> = value
      for (let i = 0; i < items.length && --this.left > 0; i++) {
        const item = items[i]
        if (typeof item === "string") {
          const known = this.known(item)
          if (known !== undefined) items[i] = known
        } else if (typeof item === "object" && item !== null) this.walk(item, depth + 1)
      }
      return
    }
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return
    const fields = value as { [key: string]: unknown } // a plain object, as was just seen
    for (const key of Object.keys(fields)) {
      if (--this.left <= 0) return
      const field = fields[key]
      if (typeof field === "string") {
        const known = this.known(field)
        if (known !== undefined) fields[key] = known
      } else if (typeof field === "object" && field !== null) this.walk(field, depth + 1)
    }
  }

  /** The copy that others have; undefined where this is the first one. */
  private known(text: string): string | undefined {
    if (text.length < shortest || text.length > longest) return undefined
    const recent = this.young.get(text)
    if (recent !== undefined) return recent
    const known = this.old.get(text)
    if (this.young.size >= this.room) {
      this.old = this.young
      this.young = new Map()
    }
    this.young.set(known ?? text, known ?? text)
    return known
  }
}
