/** The finalize endpoint of namespaces: the only way to take a finalizer out of a namespace's spec. */
import { child, equal, type JsonObject, text, withMember } from "./json.js"
import { deletionTimestampOf, finalizersOf, metadataOf, ordered, withMetadata } from "./objectMeta.js"
import { resourceOf, type Served } from "./served.js"
import * as status from "./status.js"
import type { Storage } from "./storage.js"

export const finalize = (storage: Storage, served: Served, name: string, body: JsonObject): JsonObject => {
  const entry = storage.get(served.storage, "", name)
  if (entry === undefined) throw status.notFound(resourceOf(served), name)
  const given = metadataOf(body)
  const version = text(given, "resourceVersion") ?? ""
  if (version !== "" && version !== "0" && version !== String(entry.revision)) {
    throw status.conflict(served.group, served.plural, name, status.modified)
  }
  const finalizers = child(body, "spec")?.["finalizers"]
  const kept = Array.isArray(finalizers) && finalizers.length > 0 ? finalizers : undefined
  const metadata = {
    ...metadataOf(entry.object),
    finalizers: given["finalizers"],
    labels: given["labels"] ?? child(entry.object, "metadata")?.["labels"]
  }
  const object = ordered(
    withMember(withMetadata(entry.object, metadata), "spec", withMember({}, "finalizers", kept)),
    false
  )
  const goes = deletionTimestampOf(object) !== undefined && kept === undefined && finalizersOf(object).length === 0
  if (goes) {
    storage.remove(entry)
    return object
  }
  return equal(object, entry.object) ? entry.object : storage.put(served.storage, "", name, object).object
}
