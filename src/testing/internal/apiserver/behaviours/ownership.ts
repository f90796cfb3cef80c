/** Who controls whom (`ownerReferences` with `controller: true`), and what is known of Pods at a glance. */
import { child, type JsonObject } from "../json.js"
import { objects, textOf } from "../members.js"
import { metadataOf, nameLetters, timestamp, uidOf } from "../objectMeta.js"
import { isGoing, nameOf, namespaceOf, specOf, statusOf } from "../objectParts.js"
import type { Concern, KindName, Place, View } from "./behaviour.js"

export const placeOf = (object: JsonObject): Place => ({ namespace: namespaceOf(object), name: nameOf(object) })
export const createdAt = (object: JsonObject): number => Date.parse(textOf(metadataOf(object), "creationTimestamp"))

const controllerOf = (object: JsonObject): JsonObject | undefined =>
  objects(metadataOf(object), "ownerReferences").find((each) => each["controller"] === true)

/** Whether an object has a controller of a kind, and which. */
export const controllerNamed = (object: JsonObject, kind: string): string | undefined => {
  const controller = controllerOf(object)
  return controller !== undefined && controller["kind"] === kind ? textOf(controller, "name") : undefined
}

export const controllerReference = (owner: JsonObject): JsonObject => ({
  apiVersion: owner["apiVersion"],
  kind: owner["kind"],
  name: nameOf(owner),
  uid: uidOf(owner),
  controller: true,
  blockOwnerDeletion: true
})

/** What an object controls of a kind. */
export const controlled = (view: View, owner: JsonObject, kind: KindName): ReadonlyArray<JsonObject> =>
  view.list(kind, namespaceOf(owner)).filter((each) => controllerOf(each)?.["uid"] === uidOf(owner))

/** Objects of one kind concern the one that controls them. */
export const concernsController = (kind: KindName, controller: KindName): Concern => ({
  for: kind,
  of: (object) => {
    const name = controllerNamed(object, controller.kind)
    return name === undefined ? [] : [{ namespace: namespaceOf(object), name }]
  }
})

export const podKind: KindName = { apiVersion: "v1", kind: "Pod" }
export const nodeKind: KindName = { apiVersion: "v1", kind: "Node" }
export const deploymentKind: KindName = { apiVersion: "apps/v1", kind: "Deployment" }
export const replicaSetKind: KindName = { apiVersion: "apps/v1", kind: "ReplicaSet" }
export const statefulSetKind: KindName = { apiVersion: "apps/v1", kind: "StatefulSet" }
export const daemonSetKind: KindName = { apiVersion: "apps/v1", kind: "DaemonSet" }
export const revisionKind: KindName = { apiVersion: "apps/v1", kind: "ControllerRevision" }
export const jobKind: KindName = { apiVersion: "batch/v1", kind: "Job" }

export const phaseOf = (pod: JsonObject): string => textOf(statusOf(pod), "phase")

/** A Pod that counts: it neither goes nor has ended. */
export const isActive = (pod: JsonObject): boolean => !isGoing(pod) && !["Succeeded", "Failed"].includes(phaseOf(pod))

const readiness = (pod: JsonObject): JsonObject | undefined =>
  objects(statusOf(pod), "conditions").find((each) => each["type"] === "Ready" && each["status"] === "True")

export const isReady = (pod: JsonObject): boolean => readiness(pod) !== undefined

/** Milliseconds until a ready Pod counts as available; 0 where it does; nothing where it is not ready. */
export const untilAvailable = (pod: JsonObject, minReadySeconds: number, now: number): number | undefined => {
  const condition = readiness(pod)
  if (condition === undefined) return undefined
  return Math.max(0, Date.parse(textOf(condition, "lastTransitionTime")) + minReadySeconds * 1000 - now)
}

/** How many Pods are there, are ready and are available, and when the next becomes available. */
export const counted = (pods: ReadonlyArray<JsonObject>, minReadySeconds: number, now: number) => {
  const waits = pods.map((pod) => untilAvailable(pod, minReadySeconds, now))
  const waiting = waits.filter((wait): wait is number => wait !== undefined && wait > 0)
  return {
    all: pods.length,
    ready: waits.filter((wait) => wait !== undefined).length,
    available: waits.filter((wait) => wait === 0).length,
    next: waiting.length === 0 ? undefined : Math.min(...waiting)
  }
}

/** A Pod of a workload's template. */
export const podOf = (owner: JsonObject, name: JsonObject, more: JsonObject = {}): JsonObject => {
  const template = child(specOf(owner), "template") ?? {}
  const { annotations, finalizers, labels } = metadataOf(template)
  return {
    ...podKind,
    metadata: {
      ...name,
      namespace: namespaceOf(owner),
      labels: { ...labels as JsonObject, ...child(more, "labels") }, // a map, or nothing
      annotations: { ...annotations as JsonObject, ...child(more, "annotations") }, // the same
      finalizers,
      ownerReferences: [controllerReference(owner)]
    },
    spec: { ...specOf(template), ...child(more, "spec") }
  }
}

export interface SetCondition {
  readonly type: string
  readonly status: "True" | "False"
  readonly reason: string
  readonly message: string
}

/** Conditions with one more or another; its times move as those of a workload's conditions do. */
export const withCondition = (
  conditions: ReadonlyArray<JsonObject>,
  condition: SetCondition,
  now: number
): ReadonlyArray<JsonObject> => {
  const known = conditions.find((each) => each["type"] === condition.type)
  if (known !== undefined && known["status"] === condition.status && known["reason"] === condition.reason) {
    return conditions
  }
  const time = timestamp(now)
  const since = known !== undefined && known["status"] === condition.status ? known["lastTransitionTime"] : time
  const next: JsonObject = {
    type: condition.type,
    status: condition.status,
    lastUpdateTime: time,
    lastTransitionTime: since,
    reason: condition.reason,
    message: condition.message
  }
  return [...conditions.filter((each) => each !== known), next]
}

const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => a < b ? -1 : 1))
      : each)

/** A short text that is the same for the same value (FNV-1a), of letters that names are made of. */
export const hashOf = (value: unknown): string => {
  let hash = 0x811c9dc5
  for (const character of sortedJson(value)) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0
  }
  let text = ""
  for (let rest = hash, at = 0; at < 7; at++, rest = Math.floor(rest / nameLetters.length)) {
    text += nameLetters[rest % nameLetters.length]!
  }
  return text
}

/** A number of Pods, or a share of all. */
export const share = (value: unknown, total: number, roundUp: boolean): number => {
  if (typeof value === "number") return value
  const match = /^(\d+)%$/.exec(String(value ?? "0"))
  if (match === null) return 0
  const exact = Number(match[1]) * total / 100
  return roundUp ? Math.ceil(exact) : Math.floor(exact)
}
