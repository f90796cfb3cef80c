/**
 * Empties namespaces that are being deleted, and lets them go when nothing is left in them (S21).
 */
import { namespaceResource } from "./admission.js"
import { type Condition, withCondition } from "./conditions.js"
import type { InnerController } from "./controllers.js"
import { deleteEntry } from "./deletion.js"
import { child, equal, items, type JsonObject, withMember } from "./json.js"
import { isTerminating } from "./namespaces.js"
import { deletionTimestampOf, finalizersOf, type Moment, ordered, timestamp } from "./objectMeta.js"
import type { Resources } from "./served.js"
import type { Entry, LogRecord, Storage } from "./storage.js"

const finalizer = "kubernetes"

const isHeld = (namespace: JsonObject): boolean => items(child(namespace, "spec"), "finalizers").includes(finalizer)

/** How many objects are left, by `plural.group` and by the finalizers that hold them. */
interface Left {
  readonly resources: Map<string, number>
  readonly finalizers: Map<string, number>
}

const listed = (counts: ReadonlyMap<string, number>, verb: string): string =>
  [...counts].map(([name, count]) => `${name} ${verb} ${count} resource instances`).sort().join(", ")

const remaining = (
  type: string,
  counts: ReadonlyMap<string, number>,
  some: { readonly reason: string; readonly message: string },
  none: { readonly reason: string; readonly message: string }
): Condition =>
  counts.size > 0
    ? { type, status: "True", ...some }
    : { type, status: "False", ...none }

/** What the status says while the namespace is being deleted. Nothing fails in here, so three of them are always the same. */
const conditionsOf = ({ finalizers, resources }: Left): ReadonlyArray<Condition> => [
  {
    type: "NamespaceDeletionDiscoveryFailure",
    status: "False",
    reason: "ResourcesDiscovered",
    message: "All resources successfully discovered"
  },
  {
    type: "NamespaceDeletionGroupVersionParsingFailure",
    status: "False",
    reason: "ParsedGroupVersions",
    message: "All legacy kube types successfully parsed"
  },
  {
    type: "NamespaceDeletionContentFailure",
    status: "False",
    reason: "ContentDeleted",
    message: "All content successfully deleted, may be waiting on finalization"
  },
  remaining(
    "NamespaceContentRemaining",
    resources,
    { reason: "SomeResourcesRemain", message: `Some resources are remaining: ${listed(resources, "has")}` },
    { reason: "ContentRemoved", message: "All content successfully removed" }
  ),
  remaining(
    "NamespaceFinalizersRemaining",
    finalizers,
    {
      reason: "SomeFinalizersRemain",
      message: `Some content in the namespace has finalizers remaining: ${listed(finalizers, "in")}`
    },
    { reason: "ContentHasNoFinalizers", message: "All content-preserving finalizers finished" }
  )
]

const count = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

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
    const left: Left = { resources: new Map(), finalizers: new Map() }
    for (const served of this.resources.stored()) {
      if (!served.namespaced) continue
      const found = this.storage.list(served.storage, { namespace: namespace.name })
      if ("compacted" in found) continue
      for (const entry of found.entries) {
        if (deletionTimestampOf(entry.object) === undefined) {
          deleteEntry(this.storage, served, entry.namespace, entry.name, options, moment)
        }
        const held = this.storage.get(entry.resource, entry.namespace, entry.name)
        if (held === undefined) continue
        count(left.resources, `${served.plural}.${served.group}`)
        for (const name of finalizersOf(held.object)) count(left.finalizers, name)
      }
    }
    const told = this.#tell(namespace, conditionsOf(left), timestamp(moment.now))
    if (left.resources.size > 0) return
    const spec = child(told.object, "spec") ?? {}
    const finalizers = items(spec, "finalizers").filter((each) => each !== finalizer)
    const released = {
      ...told.object,
      spec: withMember(spec, "finalizers", finalizers.length === 0 ? undefined : finalizers)
    }
    if (finalizers.length === 0 && finalizersOf(released).length === 0) this.storage.remove(told)
    else this.storage.put(namespaceResource, "", namespace.name, ordered(released, false))
  }
  /** Writes what has changed of the conditions. */
  #tell(namespace: Entry, conditions: ReadonlyArray<Condition>, now: string): Entry {
    const object = conditions.reduce((object, condition) => withCondition(object, condition, now), namespace.object)
    return equal(object, namespace.object) ? namespace : this.storage.put(namespaceResource, "", namespace.name, object)
  }
}
