/** ReplicaSets: as many Pods of a template as are asked for. */
import { child, equal, type JsonObject } from "../json.js"
import { selects } from "../kinds/labelSelectors.js"
import { count } from "../members.js"
import { generationOf, isGoing, labelsOf, nameOf, specOf, statusOf } from "../objectParts.js"
import { again, type Behaviour, create, make, remove, status, type View, type Write } from "./behaviour.js"
import {
  concernsController,
  controlled,
  counted,
  createdAt,
  isActive,
  isReady,
  phaseOf,
  podKind,
  podOf,
  replicaSetKind
} from "./ownership.js"

/** Those that go first: not ready before ready, younger before older. */
const surplus = (pods: ReadonlyArray<JsonObject>, wanted: number): ReadonlyArray<JsonObject> =>
  [...pods].sort((a, b) =>
    Number(isReady(a)) - Number(isReady(b)) || createdAt(b) - createdAt(a)
    || (nameOf(a) < nameOf(b) ? 1 : -1)
  ).slice(0, Math.max(0, pods.length - wanted))

const step = (set: JsonObject, view: View): ReadonlyArray<Write> => {
  const spec = specOf(set)
  const pods = controlled(view, set, podKind)
  const active = pods.filter(isActive)
  const wanted = count(spec, "replicas")
  const writes: Array<Write> = []
  if (!isGoing(set)) {
    for (let at = active.length; at < wanted; at++) {
      writes.push(create(podOf(set, { generateName: `${nameOf(set)}-` })))
    }
    for (const pod of surplus(active, wanted)) writes.push(remove(pod))
  }
  const { available, next, ready } = counted(active, count(spec, "minReadySeconds"), view.now)
  const labels = child(child(spec, "template"), "metadata")?.["labels"]
  const labelled = active.filter((pod) => selects({ matchLabels: labels ?? {} }, labelsOf(pod))).length
  const going = pods.filter((pod) => isGoing(pod) && !["Succeeded", "Failed"].includes(phaseOf(pod))).length
  const { conditions } = statusOf(set)
  const now: JsonObject = {
    ...(conditions !== undefined && { conditions }),
    replicas: active.length,
    ...(labelled > 0 && { fullyLabeledReplicas: labelled }),
    ...(ready > 0 && { readyReplicas: ready }),
    ...(available > 0 && { availableReplicas: available }),
    terminatingReplicas: going,
    observedGeneration: generationOf(set)
  }
  if (!equal(now, statusOf(set))) writes.push(status(set, now))
  if (next !== undefined) writes.push(again(next))
  return writes
}

export const replicaSets = (): ReadonlyArray<Behaviour> => [
  make({ for: replicaSetKind, concerns: [concernsController(podKind, replicaSetKind)], step })
]
