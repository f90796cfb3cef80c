/**
 * What a Pod does of its own: a phase from the start, a generation that counts, and a delete that waits for the kubelet
 * of the node that the Pod was bound to.
 */
import { child, type JsonObject, own, text } from "./json.js"
import type { Strategy } from "./strategies.js"

/** The quality of service of a Pod none of whose containers asks for anything, which is what a server writes then. */
const qosClass = (object: JsonObject): string => {
  const containers = own(child(object, "spec") ?? {}, "containers")
  const asks = (list: unknown): boolean =>
    Array.isArray(list) &&
    list.some((container) =>
      ["requests", "limits"].some((key) => Object.keys(child(child(container, "resources"), key) ?? {}).length > 0)
    )
  return asks(containers) ? "Burstable" : "BestEffort"
}

export const podStrategy: Partial<Strategy> = {
  statusKeeps: ["ownerReferences", "deletionTimestamp"],
  prepareCreate: (object) => ({ ...object, status: { phase: "Pending", qosClass: qosClass(object) } }),
  gracePeriod: (object, requested) => {
    const spec = child(object, "spec")
    const phase = text(child(object, "status"), "phase")
    const own = spec?.["terminationGracePeriodSeconds"]
    const isBound = (text(spec, "nodeName") ?? "") !== ""
    if (!isBound || phase === "Succeeded" || phase === "Failed") return 0
    return requested ?? (typeof own === "number" ? own : 30)
  }
}
