/**
 * Evictions: a delete of a Pod that asks its PodDisruptionBudget first. What the budget's status says decides, whoever
 * wrote it.
 */
import * as Effect from "effect/Effect"
import { bodyOf, jsonAnswer } from "../answers.js"
import { textBody } from "../bodies.js"
import { conditionOf, withCondition } from "../conditions.js"
import { decodeBody } from "../decoding.js"
import { deleteEntry } from "../deletion.js"
import { child, items, type JsonObject, setOwn } from "../json.js"
import { selects } from "../kinds/labelSelectors.js"
import { count, textOf } from "../members.js"
import { deletionTimestampOf, metadataOf, type Moment, ordered, timestamp, uidOf } from "../objectMeta.js"
import { nameOf } from "../objectParts.js"
import { type DeleteOptions, deleteOptions, writeOptions } from "../options.js"
import type { Served } from "../served.js"
import type { Server } from "../server.js"
import * as status from "../status.js"
import type { Entry, Storage } from "../storage.js"
import { done } from "./binding.js"
import { withPodCondition } from "./podCondition.js"
import type { Handler } from "./subresource.js"
import { evictionKind } from "./virtualKinds.js"

const budgets = "policy/poddisruptionbudgets"

/** Evictions that a budget's controller has not confirmed: more of them are refused. */
const maximumUnconfirmed = 2000

const refused = (message: string, retryAfterSeconds: number | undefined): status.Refusal =>
  status.refusal(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: "DisruptionBudget", message }],
    retryAfterSeconds
  })

const notAllowed = (budget: Entry, why: string, more: string): status.Refusal =>
  status.forbidden({ group: "policy", resource: "poddisruptionbudget" }, budget.name, why, [{
    reason: "DisruptionBudget",
    message: `The disruption budget ${budget.name} does not allow evicting pods currently: ${more}`
  }])

/** Why a budget that allows nothing does so. */
const whyNothing = (budget: Entry): string => {
  const now = child(budget.object, "status")
  const condition = conditionOf(budget.object, "DisruptionAllowed")
  const message = textOf(condition, "message")
  const reason = textOf(condition, "reason")
  const isTold = condition !== undefined && condition["status"] === "False" && message !== ""
  const start = `The disruption budget ${budget.name}`
  const [healthy, desired] = [count(now, "currentHealthy"), count(now, "desiredHealthy")]
  if (isTold && reason === "SyncFailed") {
    return `${start} does not allow evicting pods currently because it failed sync: ${message}`
  }
  if (healthy <= desired) return `${start} needs ${desired} healthy pods and has ${healthy} currently`
  return isTold
    ? `${start} does not allow evicting pods currently (${reason}): ${message}`
    : `${start} does not allow evicting pods currently`
}

/** Takes one disruption of a budget, or refuses. */
const charge = (storage: Storage, budget: Entry, pod: string, dryRun: boolean, moment: Moment): void => {
  const now = child(budget.object, "status") ?? {}
  if (count(now, "observedGeneration") < count(metadataOf(budget.object), "generation")) {
    throw refused(`The disruption budget ${budget.name} is still being processed by the server.`, 10)
  }
  const allowed = count(now, "disruptionsAllowed")
  if (allowed < 0) {
    const why = "pdb disruptions allowed is negative"
    throw notAllowed(budget, why, why)
  }
  const disrupted: JsonObject = { ...child(now, "disruptedPods") }
  if (Object.keys(disrupted).length > maximumUnconfirmed) {
    throw notAllowed(
      budget,
      "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
      "too many pending evictions not confirmed by PDB controller"
    )
  }
  if (allowed === 0) throw refused(whyNothing(budget), undefined)
  if (dryRun) return
  setOwn(disrupted, pod, timestamp(moment.now))
  const charged = { ...budget.object, status: { ...now, disruptedPods: disrupted, disruptionsAllowed: allowed - 1 } }
  const generation = metadataOf(budget.object)["generation"]
  const told = allowed > 1 ? charged : withCondition(
    charged,
    { type: "DisruptionAllowed", status: "False", reason: "InsufficientPods", message: "" },
    timestamp(moment.now)
  )
  const conditions = items(child(told, "status"), "conditions").map((each) =>
    allowed > 1 || (each as JsonObject)["type"] !== "DisruptionAllowed" // conditions are objects
      ? each
      : { ...each as JsonObject, observedGeneration: generation } // the same
  )
  const object = { ...told, status: { ...child(told, "status"), conditions } }
  storage.put(budgets, budget.namespace, budget.name, ordered(conditions.length === 0 ? told : object, false))
}

const budgetsOf = (storage: Storage, pod: Entry): ReadonlyArray<Entry> => {
  const found = storage.list(budgets, { namespace: pod.namespace })
  if ("compacted" in found) return []
  const labels = child(metadataOf(pod.object), "labels")
  return found.entries.filter((entry) => selects(child(child(entry.object, "spec"), "selector"), labels))
}

const isReady = (pod: JsonObject): boolean => conditionOf(pod, "Ready")?.["status"] === "True"

/** Pods that have ended, have not begun, or go already disturb nobody by going. */
const isFree = (pod: JsonObject): boolean =>
  deletionTimestampOf(pod) !== undefined
  || ["Succeeded", "Failed", "Pending"].includes(textOf(child(pod, "status"), "phase"))

/** A Pod that is not ready may go without being counted, as its budget says. */
const goesUncounted = (pod: JsonObject, budget: Entry): boolean => {
  if (isReady(pod)) return false
  if (child(budget.object, "spec")?.["unhealthyPodEvictionPolicy"] === "AlwaysAllow") return true
  const now = child(budget.object, "status")
  return count(now, "desiredHealthy") > 0 && count(now, "currentHealthy") >= count(now, "desiredHealthy")
}

const checkPreconditions = (pod: Entry, options: DeleteOptions): void => {
  const conflict = (why: string): status.Refusal => status.conflict("", "Pod", pod.name, why)
  const uid = uidOf(pod.object)
  if (options.uid !== undefined && options.uid !== "" && options.uid !== uid) {
    throw conflict(
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`
    )
  }
  const { resourceVersion } = options
  if (resourceVersion !== undefined && resourceVersion !== "" && resourceVersion !== String(pod.revision)) {
    throw conflict(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${pod.revision}). The object might have been modified`
    )
  }
}

/** Says in the Pod why it goes, and deletes it. */
const remove = (storage: Storage, served: Served, pod: Entry, options: DeleteOptions, moment: Moment): void => {
  let current = pod
  if (!options.dryRun) {
    checkPreconditions(pod, options)
    const told = withPodCondition(pod.object, {
      type: "DisruptionTarget",
      status: "True",
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting"
    }, timestamp(moment.now))
    current = storage.put(served.storage, pod.namespace, pod.name, ordered(told, false))
  }
  const { resourceVersion } = options
  deleteEntry(storage, served, pod.namespace, pod.name, {
    ...options,
    resourceVersion: resourceVersion === undefined ? undefined : String(current.revision)
  }, moment)
}

const evictPod = (
  server: Server,
  served: Served,
  namespace: string,
  name: string,
  options: DeleteOptions,
  moment: Moment
): void => {
  const { storage } = server
  const pod = server.registry.find(served, namespace, name)
  if (!isFree(pod.object)) {
    const [budget, ...others] = budgetsOf(storage, pod)
    if (others.length > 0) {
      throw status.internal(
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
      )
    }
    if (budget !== undefined && !goesUncounted(pod.object, budget)) {
      charge(storage, budget, name, options.dryRun, moment)
    }
  }
  remove(storage, served, pod, options, moment)
}

/** The delete that an eviction asks for. A dry run can be asked for in the request or in the body. */
const optionsOf = (eviction: JsonObject, dryRun: boolean): DeleteOptions => {
  const given = child(eviction, "deleteOptions")
  const options = deleteOptions(
    new URLSearchParams(),
    given === undefined ? undefined : textBody(JSON.stringify(given))
  )
  return { ...options, dryRun: dryRun || options.dryRun }
}

export const evict: Handler = ({ call, name, namespace, served, server }) =>
  Effect.sync(() => {
    const options = writeOptions(call.query, "CreateOptions")
    const { object } = decodeBody(evictionKind, bodyOf(call, evictionKind), options.fieldValidation)
    if (nameOf(object) !== name) {
      throw status.badRequest("name in URL does not match name in Eviction object")
    }
    evictPod(server, served, namespace, name, optionsOf(object, options.dryRun), server.moment(call.now))
    return jsonAnswer(201, done)
  })
