/**
 * Lets PersistentVolumes and claims go that are deleted and no longer used (storage object in use protection): takes their
 * finalizer away once no Pod that can still run uses the claim, and once the volume is not bound.
 */
import type { InnerController } from "./controllers.js"
import { child, items, type JsonObject, text, withMember } from "./json.js"
import { claimProtection, volumeProtection } from "./kinds/storageParts.js"
import { deletionTimestampOf, finalizersOf, metadataOf, ordered, withMetadata } from "./objectMeta.js"
import type { Entry, LogRecord, Storage } from "./storage.js"

const claims = "/persistentvolumeclaims"
const volumes = "/persistentvolumes"
const pods = "/pods"

/** Resource to the finalizer that protects its objects. */
const protection: { readonly [resource: string]: string } = {
  [claims]: claimProtection,
  [volumes]: volumeProtection
}

const isWaiting = ({ object, resource }: Entry): boolean =>
  deletionTimestampOf(object) !== undefined && finalizersOf(object).includes(protection[resource] ?? "")

const hasEnded = (pod: JsonObject): boolean =>
  ["Succeeded", "Failed"].includes(text(child(pod, "status"), "phase") ?? "")

const claimsOf = (pod: JsonObject): ReadonlyArray<string> =>
  items(child(pod, "spec"), "volumes").flatMap((volume) => {
    const name = text(child(volume, "persistentVolumeClaim"), "claimName")
    const own = child(volume, "ephemeral") === undefined
      ? undefined
      : `${text(metadataOf(pod), "name")}-${text(volume, "name")}`
    return [name, own].filter((each) => each !== undefined)
  })

export class ProtectionController implements InnerController {
  readonly #queue = new Map<string, Entry>()

  constructor(readonly storage: Storage) {}

  observe({ entry, type }: LogRecord): boolean {
    if (entry.resource === pods && (type === "DELETED" || hasEnded(entry.object))) {
      for (const name of claimsOf(entry.object)) this.#look(this.storage.get(claims, entry.namespace, name))
    } else if (type !== "DELETED" && Object.hasOwn(protection, entry.resource)) this.#look(entry)
    return this.#queue.size > 0
  }

  step(): boolean {
    const [next] = this.#queue
    if (next === undefined) return false
    this.#queue.delete(next[0])
    const entry = this.storage.get(next[1].resource, next[1].namespace, next[1].name)
    if (entry !== undefined && isWaiting(entry) && !this.#isUsed(entry)) this.#release(entry)
    return this.#queue.size > 0
  }

  #look(entry: Entry | undefined): void {
    if (entry !== undefined && isWaiting(entry)) {
      this.#queue.set(`${entry.resource}/${entry.namespace}/${entry.name}`, entry)
    }
  }

  #isUsed({ name, namespace, object, resource }: Entry): boolean {
    if (resource === volumes) return text(child(object, "status"), "phase") === "Bound"
    const found = this.storage.list(pods, { namespace })
    return "entries" in found
      && found.entries.some((pod) => !hasEnded(pod.object) && claimsOf(pod.object).includes(name))
  }

  /** With its last finalizer the object goes. */
  #release(entry: Entry): void {
    const finalizers = finalizersOf(entry.object).filter((name) => name !== protection[entry.resource])
    if (finalizers.length === 0) {
      this.storage.remove(entry)
      return
    }
    const metadata = withMember(metadataOf(entry.object), "finalizers", finalizers)
    this.storage.put(entry.resource, entry.namespace, entry.name, ordered(withMetadata(entry.object, metadata), false))
  }
}
