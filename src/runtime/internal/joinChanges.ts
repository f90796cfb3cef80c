import type { Change, Deleted } from "../Store.js"
import { keyText, type Stored } from "./storeKey.js"

interface Joined<K> {
  /** What the consumer saw last; undefined: it did not know the object. */
  readonly before: K | undefined
  readonly initial: boolean
  /** The delete of what the consumer saw last. */
  gone: Deleted<K> | undefined
  last: Change<K>
}

/**
 * Joins many changes to at most one for each object (a delete and an add where one took the place of another), in the
 * order of the last change of each: from what was known before the first of them to what is known after the last. An
 * object that came and went again leaves nothing.
 */
export const joinChanges = <K extends Stored>(changes: ReadonlyArray<Change<K>>): Array<Change<K>> => {
  const joined = new Map<string, Joined<K>>()
  for (const change of changes) {
    const key = keyText(change.object.metadata)
    const entry = joined.get(key)
    if (entry === undefined) {
      joined.set(key, {
        before: change._tag === "Added" ? undefined : change.previous,
        initial: change._tag === "Added" && change.initial,
        gone: change._tag === "Deleted" ? change : undefined,
        last: change
      })
      continue
    }
    entry.last = change
    if (change._tag === "Deleted") entry.gone ??= change
    // The last change of an object decides its place.
    joined.delete(key)
    joined.set(key, entry)
  }
  const result: Array<Change<K>> = []
  for (const { before, gone, initial, last } of joined.values()) {
    const now = last._tag === "Deleted" ? undefined : last.object
    if (before === undefined) {
      if (now !== undefined) result.push({ _tag: "Added", object: now, initial })
    } else if (gone === undefined) {
      if (now !== undefined) result.push({ _tag: "Updated", object: now, previous: before })
    } else {
      result.push(gone.previous === before ? gone : { ...gone, previous: before })
      if (now !== undefined) result.push({ _tag: "Added", object: now, initial: false })
    }
  }
  return result
}
