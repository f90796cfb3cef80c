/** PodDisruptionBudgets: how many of the Pods that one is about are healthy, and how many may go. */
import { child, equal, type JsonObject } from "../json.js"
import { selects } from "../kinds/labelSelectors.js"
import { objects, textOf } from "../members.js"
import { metadataOf, timestamp } from "../objectMeta.js"
import { generationOf, isGoing, labelsOf, nameOf, namespaceOf, specOf, statusOf } from "../objectParts.js"
import { again, type Behaviour, make, type Place, status, type View, type Write } from "./behaviour.js"
import { isActive, isReady, placeOf, podKind, share } from "./ownership.js"

const budgetKind = { apiVersion: "policy/v1", kind: "PodDisruptionBudget" }

/** How long an eviction counts that nothing has come of. */
const patience = 2 * 60_000

const isOfMine = (budget: JsonObject, pod: JsonObject): boolean =>
  selects(child(specOf(budget), "selector"), labelsOf(pod))

/** How many Pods there should be: what their controllers say, and one for each that has none. */
const expectedOf = (pods: ReadonlyArray<JsonObject>, view: View): number => {
  const controllers = new Map<string, number>()
  let alone = 0
  for (const pod of pods) {
    const controller = objects(metadataOf(pod), "ownerReferences").find((each) => each["controller"] === true)
    const owner = controller && view.get(
      { apiVersion: textOf(controller, "apiVersion"), kind: textOf(controller, "kind") },
      { namespace: namespaceOf(pod), name: textOf(controller, "name") }
    )
    const replicas = specOf(owner)["replicas"]
    if (controller !== undefined && typeof replicas === "number") controllers.set(textOf(controller, "uid"), replicas)
    else alone++
  }
  return [...controllers.values()].reduce((sum, each) => sum + each, alone)
}

const desiredOf = (budget: JsonObject, expected: number): number => {
  const { maxUnavailable, minAvailable } = specOf(budget)
  return maxUnavailable === undefined
    ? share(minAvailable ?? 1, expected, true)
    : Math.max(0, expected - share(maxUnavailable, expected, true))
}

/** Evictions whose Pods have not gone yet, and when the first of them is given up. */
const stillDisrupted = (budget: JsonObject, pods: ReadonlyArray<JsonObject>, now: number) => {
  const kept = Object.entries(child(statusOf(budget), "disruptedPods") ?? {}).filter(([name, since]) =>
    pods.some((pod) => nameOf(pod) === name && !isGoing(pod)) && Date.parse(String(since)) + patience > now
  )
  const next = kept.map(([, since]) => Date.parse(String(since)) + patience - now)
  return { pods: Object.fromEntries(kept), next: next.length === 0 ? undefined : Math.min(...next) }
}

const step = (budget: JsonObject, view: View): ReadonlyArray<Write> => {
  if (isGoing(budget)) return []
  const pods = view.list(podKind, namespaceOf(budget)).filter((pod) => isOfMine(budget, pod))
  const active = pods.filter(isActive)
  const disrupted = stillDisrupted(budget, pods, view.now)
  const { maxUnavailable, minAvailable } = specOf(budget)
  const isShare = maxUnavailable !== undefined || typeof minAvailable === "string"
  const expected = isShare ? expectedOf(active, view) : active.length
  const healthy = active.filter((pod) => isReady(pod) && !Object.hasOwn(disrupted.pods, nameOf(pod))).length
  const desired = desiredOf(budget, expected)
  const allowed = expected === 0 ? 0 : Math.max(0, healthy - desired)
  const state = allowed > 0 ? "True" : "False"
  const known = objects(statusOf(budget), "conditions").find((each) => each["type"] === "DisruptionAllowed")
  const now: JsonObject = {
    ...(Object.keys(disrupted.pods).length > 0 && { disruptedPods: disrupted.pods }),
    observedGeneration: generationOf(budget),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: [
      ...objects(statusOf(budget), "conditions").filter((each) => each !== known),
      {
        type: "DisruptionAllowed",
        status: state,
        observedGeneration: generationOf(budget),
        reason: allowed > 0 ? "SufficientPods" : "InsufficientPods",
        message: "",
        lastTransitionTime: known?.["status"] === state ? known["lastTransitionTime"] : timestamp(view.now)
      }
    ]
  }
  const writes: Array<Write> = equal(now, statusOf(budget)) ? [] : [status(budget, now)]
  return disrupted.next === undefined ? writes : [...writes, again(disrupted.next)]
}

const ofPod = (pod: JsonObject, view: View): ReadonlyArray<Place> =>
  view.list(budgetKind, namespaceOf(pod)).filter((budget) => isOfMine(budget, pod)).map(placeOf)

export const budgets = (): ReadonlyArray<Behaviour> => [
  make({ for: budgetKind, concerns: [{ for: podKind, of: ofPod }], step })
]
