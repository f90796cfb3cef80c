/** DaemonSets: a Pod on each node. */
import { child, equal, type JsonObject } from "../json.js"
import { count, textOf } from "../members.js"
import { generationOf, isGoing, labelsOf, nameOf, namespaceOf, specOf, statusOf } from "../objectParts.js"
import { again, type Behaviour, create, make, remove, status, type View, type Write } from "./behaviour.js"
import {
  concernsController,
  controlled,
  counted,
  daemonSetKind,
  isActive,
  isReady,
  nodeKind,
  podKind,
  podOf,
  share
} from "./ownership.js"
import { revisionLabel, revisionsOf } from "./revisions.js"

const nodeOf = (pod: JsonObject): string => textOf(specOf(pod), "nodeName")

const runsOn = (set: JsonObject) => (node: JsonObject): boolean =>
  !isGoing(node)
  && Object.entries(child(child(child(specOf(set), "template"), "spec"), "nodeSelector") ?? {})
    .every(([key, value]) => labelsOf(node)[key] === value)

/** The Pods of an old template that may go now. */
const outdated = (
  set: JsonObject,
  pods: ReadonlyArray<JsonObject>,
  label: string,
  nodes: number
): ReadonlyArray<JsonObject> => {
  const strategy = child(specOf(set), "updateStrategy")
  if (textOf(strategy, "type") === "OnDelete") return []
  const most = Math.max(1, share(child(strategy, "rollingUpdate")?.["maxUnavailable"] ?? 1, nodes, true))
  const active = pods.filter(isActive)
  const old = active.filter((pod) => labelsOf(pod)[revisionLabel] !== label)
  const ready = active.filter(isReady).length
  const unready = old.filter((pod) => !isReady(pod))
  const room = Math.max(0, most - (nodes - ready))
  return [...unready, ...old.filter(isReady).slice(0, room)]
}

const step = (set: JsonObject, view: View): ReadonlyArray<Write> => {
  const pods = controlled(view, set, podKind)
  const { label, writes: revised } = revisionsOf(
    set,
    view,
    (_, hash) => hash,
    (used) => pods.some((pod) => labelsOf(pod)[revisionLabel] === used)
  )
  const nodes = view.list(nodeKind).filter(runsOn(set)).map(nameOf)
  const writes: Array<Write> = []
  if (!isGoing(set)) {
    writes.push(...revised)
    for (const node of nodes.filter((name) => !pods.some((pod) => nodeOf(pod) === name))) {
      writes.push(
        create(podOf(set, { generateName: `${nameOf(set)}-` }, {
          labels: { [revisionLabel]: label },
          spec: { nodeName: node }
        }))
      )
    }
    const lost = pods.filter((pod) => !isGoing(pod) && (!isActive(pod) || !nodes.includes(nodeOf(pod))))
    for (const pod of [...lost, ...outdated(set, pods, label, nodes.length)]) writes.push(remove(pod))
  }
  const there = pods.filter((pod) => isActive(pod) && nodes.includes(nodeOf(pod)))
  const { available, next, ready } = counted(there, count(specOf(set), "minReadySeconds"), view.now)
  const updated = there.filter((pod) => labelsOf(pod)[revisionLabel] === label).length
  const unavailable = nodes.length - available
  const now: JsonObject = {
    currentNumberScheduled: there.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: nodes.length,
    numberReady: ready,
    observedGeneration: generationOf(set),
    ...(updated > 0 && { updatedNumberScheduled: updated }),
    ...(available > 0 && { numberAvailable: available }),
    ...(unavailable > 0 && { numberUnavailable: unavailable })
  }
  if (!equal(now, statusOf(set))) writes.push(status(set, now))
  if (next !== undefined) writes.push(again(next))
  return writes
}

export const daemonSets = (): ReadonlyArray<Behaviour> => [
  make({
    for: daemonSetKind,
    concerns: [
      concernsController(podKind, daemonSetKind),
      {
        for: nodeKind,
        of: (_, view) => view.list(daemonSetKind).map((set) => ({ namespace: namespaceOf(set), name: nameOf(set) }))
      }
    ],
    step
  })
]
