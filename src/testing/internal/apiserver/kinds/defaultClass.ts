/** The class that objects get which name none: an annotation says which one it is. */
import { child } from "../json.js"
import { textOf } from "../members.js"
import { metadataOf } from "../objectMeta.js"
import type { Storage } from "../storage.js"

/** Its name; of several, that of the youngest, and of those the first in the alphabet. */
export const defaultClass = (storage: Storage, resource: string, annotation: string): string | undefined => {
  const found = storage.list(resource)
  const classes = "entries" in found
    ? found.entries.filter(({ object }) => textOf(child(metadataOf(object), "annotations"), annotation) === "true")
    : []
  const age = (at: number): string => textOf(metadataOf(classes[at]!.object), "creationTimestamp")
  let best = 0
  for (let at = 1; at < classes.length; at++) if (age(at) > age(best)) best = at
  return classes[best]?.name
}
