/**
 * Empties namespaces that are being deleted, and lets them go when nothing is left in them (S21).
 */
import { namespaceResource } from "./admission.js"
import type { InnerController } from "./controllers.js"
import { deleteEntry } from "./deletion.js"
import { child, items, type JsonObject, withMember } from "./json.js"
import { isTerminating } from "./namespaces.js"
import { deletionTimestampOf, finalizersOf, type Moment, ordered } from "./objectMeta.js"
import type { Resources } from "./served.js"
import type { Entry, LogRecord, Storage } from "./storage.js"

const finalizer = "kubernetes"

const isHeld = (namespace: JsonObject): boolean => items(child(namespace, "spec"), "finalizers").includes(finalizer)

export class NamespaceController implements InnerController {
  readonly #queue = new Set<string>()
  readonly #terminating = new Set<string>()

  constructor(readonly storage: Storage, readonly resources: Resources) {}

  observe(record: LogRecord): boolean {
    const { entry } = record
    if (entry.resource === namespaceResource) {
      if (record.type === "DELETED") {
        this.#terminating.delete(entry.name)
        return false
      }
      if (!isTerminating(entry.object)) return false
      this.#terminating.add(entry.name)
      this.#queue.add(entry.name)
      return true
    }
    if (!this.#terminating.has(entry.namespace)) return false
    this.#queue.add(entry.namespace)
    return true
  }

  step(moment: Moment): boolean {
    const [name] = this.#queue
    if (name === undefined) return false
    const entry = this.storage.get(namespaceResource, "", name)
    if (entry !== undefined && isHeld(entry.object)) this.#empty(entry, moment)
    // What the emptying itself wrote needs no second look.
    this.#queue.delete(name)
    return this.#queue.size > 0
  }

  #empty(namespace: Entry, moment: Moment): void {
    const options = {
      dryRun: false,
      gracePeriodSeconds: undefined,
      uid: undefined,
      resourceVersion: undefined,
      propagation: "Background" as const
    }
    let left = 0
    for (const served of this.resources.stored()) {
      if (!served.namespaced) continue
      const found = this.storage.list(served.storage, { namespace: namespace.name })
      if ("compacted" in found) continue
      for (const entry of found.entries) {
        if (deletionTimestampOf(entry.object) === undefined) {
          deleteEntry(this.storage, served, entry.namespace, entry.name, options, moment)
        }
        if (this.storage.get(entry.resource, entry.namespace, entry.name) !== undefined) left++
      }
    }
    if (left > 0) return
    const spec = child(namespace.object, "spec") ?? {}
    const finalizers = items(spec, "finalizers").filter((each) => each !== finalizer)
    const released = {
      ...namespace.object,
      spec: withMember(spec, "finalizers", finalizers.length === 0 ? undefined : finalizers)
    }
    if (finalizers.length === 0 && finalizersOf(released).length === 0) this.storage.remove(namespace)
    else this.storage.put(namespaceResource, "", namespace.name, ordered(released, false))
  }
}
