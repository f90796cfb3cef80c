/**
 * What events do to the Maps of a store: each of these changes them in place and says what has changed, where somebody
 * listens. Plain code, for every event comes through here (test/bench/watch.bench.ts).
 */
import type { Change } from "../Store.js"
import type { Undecodable } from "../Watcher.js"
import type { Indexes } from "./storeIndexes.js"
import { keyText, type Stored } from "./storeKey.js"

/** What comes between `Init` and `InitDone`. */
export interface Relist<K> {
  readonly objects: Map<string, K>
  readonly undecodable: Map<string, Undecodable>
  /** History was lost, so equal resourceVersions need not mean equal objects. */
  readonly reset: boolean
}

/** An object without a name has no key of its own. */
const undecodableKey = ({ metadata, raw }: Undecodable): string =>
  metadata.name === undefined
    ? `/${metadata.uid ?? raw}`
    : keyText({ name: metadata.name, namespace: metadata.namespace })

export const emptyRelist = <K>(reset: boolean): Relist<K> => ({ objects: new Map(), undecodable: new Map(), reset })

const sameContent = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

type Changes<K> = Array<Change<K>> | undefined

const missing = <K>(object: K): Change<K> => ({ _tag: "Deleted", object, previous: object, observed: false })

/** An object that could not be read is listed by its name, or where that could not be read by its uid. */
const forget = (undecodable: Map<string, Undecodable>, key: string, uid: string | undefined): void => {
  undecodable.delete(key)
  if (uid !== undefined) undecodable.delete(`/${uid}`)
}

export const apply = <K extends Stored>(
  objects: Map<string, K>,
  undecodable: Map<string, Undecodable>,
  object: K,
  changes: Changes<K>,
  indexes: Indexes<K> | undefined
): void => {
  const key = keyText(object.metadata)
  const previous = changes === undefined && indexes === undefined ? undefined : objects.get(key)
  objects.set(key, object)
  indexes?.change(key, previous, object)
  if (undecodable.size > 0) forget(undecodable, key, object.metadata.uid)
  if (changes === undefined) return
  if (previous === undefined) changes.push({ _tag: "Added", object, initial: false })
  else if (previous.metadata.uid !== object.metadata.uid) {
    changes.push(missing(previous), { _tag: "Added", object, initial: false })
  } else if (
    // After history was lost a version may be used again: for an object whose older state was kept because it did not decode.
    previous.metadata.resourceVersion !== object.metadata.resourceVersion || !sameContent(previous, object)
  ) {
    changes.push({ _tag: "Updated", object, previous })
  }
}

/** `last`: the state in which it was seen to go; undefined when that could not be read. */
export const remove = <K extends Stored>(
  objects: Map<string, K>,
  undecodable: Map<string, Undecodable>,
  key: string,
  last: K | undefined,
  changes: Changes<K>,
  indexes: Indexes<K> | undefined
): void => {
  const previous = objects.get(key)
  objects.delete(key)
  indexes?.change(key, previous, undefined)
  if (undecodable.size > 0) forget(undecodable, key, (last ?? previous)?.metadata.uid)
  if (previous !== undefined && changes !== undefined) {
    changes.push({ _tag: "Deleted", object: last ?? previous, previous, observed: true })
  }
}

/**
 * An object that cannot be read is listed apart. What the store has of it stays: it exists, and whoever takes it for
 * deleted would clean up after it. Only when another object took its name is it gone.
 */
export const setAside = <K extends Stored>(
  objects: Map<string, K>,
  undecodable: Map<string, Undecodable>,
  event: Undecodable,
  changes: Changes<K>,
  indexes: Indexes<K> | undefined
): void => {
  const key = undecodableKey(event)
  if (event.change === "Deleted") return remove(objects, undecodable, key, undefined, changes, indexes)
  undecodable.set(key, event)
  const previous = objects.get(key)
  if (previous !== undefined && !isSame(previous, event)) {
    objects.delete(key)
    indexes?.change(key, previous, undefined)
    changes?.push(missing(previous))
  }
}

const isSame = (object: Stored, event: Undecodable): boolean =>
  event.metadata.uid === undefined || event.metadata.uid === object.metadata.uid

/** A list of everything against what was known: deletes first, then adds and updates; what did not change stays the value that it was. */
export const replace = <K extends Stored>(
  known: Map<string, K>,
  relist: Relist<K>,
  first: boolean,
  changes: Changes<K>
): void => {
  const { objects, reset, undecodable } = relist
  // An item whose name cannot be read may be any of those that seem to be missing: they are not taken for deleted.
  const unnamed = Array.from(undecodable.values()).filter(({ metadata }) => metadata.name === undefined)
  for (const [key, previous] of known) {
    const object = objects.get(key)
    if (object !== undefined) {
      if (object.metadata.uid !== previous.metadata.uid) changes?.push(missing(previous))
      continue
    }
    const aside = undecodable.get(key)
    const stays = aside === undefined ? unnamed.some((event) => isSame(previous, event)) : isSame(previous, aside)
    if (stays) objects.set(key, previous)
    else changes?.push(missing(previous))
  }
  for (const [key, object] of objects) {
    const previous = known.get(key)
    if (previous === undefined || previous.metadata.uid !== object.metadata.uid) {
      changes?.push({ _tag: "Added", object, initial: first })
    } else if (previous !== object) {
      const same = previous.metadata.resourceVersion === object.metadata.resourceVersion &&
        (!reset || sameContent(previous, object))
      if (same) objects.set(key, previous)
      else changes?.push({ _tag: "Updated", object, previous })
    }
  }
}
