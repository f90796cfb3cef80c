/**
 * What a Pod does of its own: what is filled in and admitted, a phase from the start, what may be written and changed,
 * and a delete that waits for the kubelet of the node that the Pod was bound to.
 */
import * as Quantity from "../../../../protocol/Quantity.js"
import { forbidden } from "../../structural/fieldError.js"
import { dnsLabel } from "../../structural/names.js"
import { child, items, type JsonObject, setOwn, text, withMember } from "../json.js"
import { made, member, number, objects, textOf } from "../members.js"
import { metadataOf, timestamp } from "../objectMeta.js"
import { nameOf, specOf, statusOf } from "../objectParts.js"
import * as status from "../status.js"
import type { State, Strategy } from "../strategies.js"
import { type Causes, unique } from "./checks.js"
import {
  checkOverhead,
  keepPriority,
  prioritise,
  type PriorityClasses,
  runAs,
  tolerateLostNodes
} from "./podAdmission.js"
import { validateImageText } from "./podContainers.js"
import { defaultPod } from "./podDefaults.js"
import { dropGatedFields } from "./podGates.js"
import { aggregate } from "./podResources.js"
import { validatePodAnnotations, validatePodItself, validatePodSpec } from "./podSpec.js"
import { validatePodChange, validatePodStatus } from "./podUpdate.js"
import { podWarnings } from "./podWarnings.js"

const computeResources = ["cpu", "memory"]

/** The quality of service that some resources ask for. */
const classOf = (resources: JsonObject | undefined): string => {
  const classes = computeResources.map((name) => {
    const request = String(child(resources, "requests")?.[name] ?? "0")
    const limit = String(child(resources, "limits")?.[name] ?? "0")
    if (!Quantity.Equivalence(request, limit)) return "Burstable"
    return Quantity.Equivalence(request, "0") ? "BestEffort" : "Guaranteed"
  })
  return classes.every((each) => each === classes[0]) ? classes[0]! : "Burstable"
}

export const qosClass = (spec: JsonObject): string => {
  const own = child(spec, "resources")
  if (own !== undefined && (child(own, "requests") ?? child(own, "limits")) !== undefined) return classOf(own)
  const containers = [...objects(spec, "initContainers"), ...objects(spec, "containers")]
  const classes = new Set(containers.map((container) => classOf(child(container, "resources"))))
  return classes.size === 1 ? [...classes][0]! : classes.size === 0 ? "BestEffort" : "Burstable"
}

/** What a Pod as a whole asks for where it says some of it: what its containers ask for, or what it is limited to. */
export const defaultResources = (spec: JsonObject): void => {
  const resources = child(spec, "resources")
  if (resources === undefined) return
  const limits = child(resources, "limits") ?? {}
  if (Object.keys(limits).length === 0 && Object.keys(child(resources, "requests") ?? {}).length === 0) return
  const requests = { ...child(resources, "requests") }
  const asked = aggregate(spec, "requests")
  for (const name of computeResources) {
    const value = requests[name] ?? asked.get(name) ?? limits[name]
    if (value !== undefined) requests[name] = value
  }
  if (Object.keys(requests).length > 0) resources["requests"] = requests
}

/** Keys of labels whose values in the Pod itself are what others must have, as a part of the selector. */
const mergeLabelKeys = (term: JsonObject | undefined, labels: JsonObject | undefined): void => {
  const selector = child(term, "labelSelector")
  if (selector === undefined) return
  const expressions = (["matchLabelKeys", "mismatchLabelKeys"] as const).flatMap((field) =>
    items(term, field).map(String).filter((key) => labels !== undefined && Object.hasOwn(labels, key))
      .map((key) => ({ key, operator: field === "matchLabelKeys" ? "In" : "NotIn", values: [labels![key]] }))
  )
  if (expressions.length > 0) {
    selector["matchExpressions"] = [...items(selector, "matchExpressions"), ...expressions]
  }
}

const mergeAllLabelKeys = (pod: JsonObject, spec: JsonObject): void => {
  const labels = child(metadataOf(pod), "labels")
  for (const kind of ["podAffinity", "podAntiAffinity"]) {
    const affinity = child(child(spec, "affinity"), kind)
    for (const term of objects(affinity, "requiredDuringSchedulingIgnoredDuringExecution")) mergeLabelKeys(term, labels)
    for (const term of objects(affinity, "preferredDuringSchedulingIgnoredDuringExecution")) {
      mergeLabelKeys(child(term, "podAffinityTerm"), labels)
    }
  }
  for (const constraint of objects(spec, "topologySpreadConstraints")) mergeLabelKeys(constraint, labels)
}

/** The condition of a Pod that waits for its gates. */
const gatedCondition = (now: number): JsonObject => ({
  type: "PodScheduled",
  status: "False",
  lastProbeTime: null,
  lastTransitionTime: timestamp(now),
  reason: "SchedulingGated",
  message: "Scheduling is blocked due to non-empty scheduling gates"
})

const prepareCreate = (object: JsonObject): JsonObject => {
  const spec = made(object, "spec")
  dropGatedFields(spec)
  mergeAllLabelKeys(object, spec)
  defaultResources(spec)
  const conditions = items(child(object, "status"), "conditions")
  const status = { phase: "Pending", ...(conditions.length > 0 && { conditions }), qosClass: qosClass(spec) }
  return { ...object, status }
}

const priorityClasses = (state: State): PriorityClasses => (name) => {
  const resource = "scheduling.k8s.io/priorityclasses"
  if (name !== undefined) return state.storage.get(resource, "", name)?.object
  const found = state.storage.list(resource, {})
  const entries = "compacted" in found ? [] : found.entries
  return entries.map((entry) => entry.object).filter((object) => object["globalDefault"] === true)
    .sort((a, b) => (number(a, "value") ?? 0) - (number(b, "value") ?? 0))[0]
}

const runtimeClass = (state: State) => (name: string): JsonObject | undefined =>
  state.storage.get("node.k8s.io/runtimeclasses", "", name)?.object

/** What admission makes of a Pod. */
const begin = (object: JsonObject, previous: JsonObject | undefined, state: State): JsonObject => {
  const spec = made(object, "spec")
  if (previous === undefined) {
    const priority = prioritise(spec, priorityClasses(state))
    tolerateLostNodes(spec)
    const refusal = priority ?? runAs(spec, runtimeClass(state))
    if (refusal !== undefined) {
      throw status.forbidden({ group: "", resource: "pods" }, nameOf(object), refusal.forbidden)
    }
    return items(spec, "schedulingGates").length === 0
      ? object
      : withMember(object, "status", { conditions: [gatedCondition(state.moment.now)] })
  }
  keepPriority(spec, child(previous, "spec"))
  tolerateLostNodes(spec)
  return object
}

const prepareUpdate = (object: JsonObject, previous: JsonObject): JsonObject => {
  const spec = made(object, "spec")
  const before = child(previous, "spec")
  if (member(spec, "resources") === undefined && member(before, "resources") !== undefined) {
    setOwn(spec, "resources", member(before, "resources"))
  }
  dropGatedFields(spec)
  return object
}

export const validateSpec = (object: JsonObject): Causes => {
  const spec = specOf(object)
  return [
    ...validatePodAnnotations(child(metadataOf(object), "annotations"), spec, "metadata.annotations"),
    ...validatePodSpec(spec, nameOf(object), "spec"),
    ...validatePodItself(spec, "spec"),
    ...["containers", "initContainers"].flatMap((key) =>
      objects(spec, key).flatMap((container, index) => validateImageText(container, `spec.${key}[${index}]`))
    )
  ]
}

const validateCreate = (object: JsonObject): Causes => {
  const spec = specOf(object)
  return [
    ...validateSpec(object),
    ...(items(spec, "ephemeralContainers").length === 0
      ? []
      : [forbidden("spec.ephemeralContainers", "cannot be set on create")]),
    ...(textOf(spec, "nodeName") !== "" && items(spec, "schedulingGates").length > 0
      ? [forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared")]
      : [])
  ]
}

const validateUpdate = (object: JsonObject, previous: JsonObject): Causes =>
  unique([...validateSpec(object), ...validatePodChange(object, previous)])

const keepQosClass = (object: JsonObject, previous: JsonObject): JsonObject => {
  const now = statusOf(object)
  const before = textOf(child(previous, "status"), "qosClass")
  return textOf(now, "qosClass") === "" && before !== ""
    ? withMember(object, "status", { ...now, qosClass: before })
    : object
}

export const podStrategy: Partial<Strategy> = {
  statusKeeps: ["ownerReferences", "deletionTimestamp"],
  defaults: defaultPod,
  begin,
  prepareCreate,
  prepareUpdate,
  prepareStatus: keepQosClass,
  forbids: (object, previous, state) =>
    previous === undefined ? checkOverhead(specOf(object), runtimeClass(state)) : undefined,
  validateCreate,
  validateUpdate,
  validateStatus: validatePodStatus,
  warnings: (object, previous) => {
    if (previous !== undefined) return []
    const complaints = dnsLabel(nameOf(object))
    return [
      ...(complaints.length === 0
        ? []
        : [
          `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${
            complaints.join(" ")
          }]`
        ]),
      ...podWarnings(specOf(object), metadataOf(object), "")
    ]
  },
  gracePeriod: (object, requested) => {
    const spec = child(object, "spec")
    const phase = text(child(object, "status"), "phase")
    const own = spec?.["terminationGracePeriodSeconds"]
    const isBound = (text(spec, "nodeName") ?? "") !== ""
    if (!isBound || phase === "Succeeded" || phase === "Failed") return 0
    return requested ?? (typeof own === "number" ? own : 30)
  }
}
