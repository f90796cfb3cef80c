/** StatefulSets: Pods with names and places of their own, made, changed and taken away one after the other. */
import { child, equal, type JsonObject } from "../json.js"
import { count, number, objects, textOf } from "../members.js"
import { generationOf, isGoing, labelsOf, nameOf, namespaceOf, specOf, statusOf } from "../objectParts.js"
import { again, type Behaviour, create, make, remove, status, type View, type Write } from "./behaviour.js"
import {
  concernsController,
  controlled,
  isActive,
  isReady,
  podKind,
  podOf,
  statefulSetKind,
  untilAvailable
} from "./ownership.js"
import { revisionLabel, type Revisions, revisionsOf } from "./revisions.js"

const claimKind = { apiVersion: "v1", kind: "PersistentVolumeClaim" }

const ordinalOf = (pod: JsonObject): number => Number(/-(\d+)$/.exec(nameOf(pod))?.[1] ?? -1)
const revisionOf = (pod: JsonObject): string => String(labelsOf(pod)[revisionLabel] ?? "")

/** The claims of a Pod; they stay when it goes. */
const claimsOf = (set: JsonObject, pod: string, view: View): ReadonlyArray<Write> =>
  objects(specOf(set), "volumeClaimTemplates").flatMap((template) => {
    const metadata = child(template, "metadata") ?? {}
    const place = { namespace: namespaceOf(set), name: `${textOf(metadata, "name")}-${pod}` }
    return view.get(claimKind, place) !== undefined
      ? []
      : [create({ ...claimKind, ...template, status: undefined, metadata: { ...metadata, ...place } })]
  })

const newPod = (set: JsonObject, ordinal: number, revision: string): JsonObject => {
  const name = `${nameOf(set)}-${ordinal}`
  const spec = child(child(specOf(set), "template"), "spec") ?? {}
  const claimed = objects(specOf(set), "volumeClaimTemplates").map((template) => {
    const volume = textOf(child(template, "metadata"), "name")
    return { name: volume, persistentVolumeClaim: { claimName: `${volume}-${name}` } }
  })
  const names = claimed.map((volume) => volume.name)
  const volumes = [...objects(spec, "volumes").filter((each) => !names.includes(textOf(each, "name"))), ...claimed]
  return podOf(set, { name }, {
    labels: {
      "apps.kubernetes.io/pod-index": String(ordinal),
      [revisionLabel]: revision,
      "statefulset.kubernetes.io/pod-name": name
    },
    spec: { hostname: name, subdomain: specOf(set)["serviceName"], ...(volumes.length > 0 && { volumes }) }
  })
}

const made = (set: JsonObject, ordinal: number, revision: string, view: View): ReadonlyArray<Write> => [
  ...claimsOf(set, `${nameOf(set)}-${ordinal}`, view),
  create(newPod(set, ordinal, revision))
]

/** The next thing to do; in order, nothing is done before what was done is ready. */
const next = (
  set: JsonObject,
  pods: ReadonlyArray<JsonObject>,
  { label }: Revisions,
  view: View
): ReadonlyArray<Write> => {
  const spec = specOf(set)
  const first = number(child(spec, "ordinals"), "start") ?? 0
  const replicas = number(spec, "replicas") ?? 1
  const isParallel = textOf(spec, "podManagementPolicy") === "Parallel"
  const wait = count(spec, "minReadySeconds")
  const isHealthy = (pod: JsonObject): boolean => !isGoing(pod) && untilAvailable(pod, wait, view.now) === 0
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(pod), pod]))
  const writes: Array<Write> = []
  const before = textOf(statusOf(set), "currentRevision")
  const partition = number(child(child(spec, "updateStrategy"), "rollingUpdate"), "partition") ?? 0
  for (let ordinal = first; ordinal < first + replicas; ordinal++) {
    const pod = byOrdinal.get(ordinal)
    if (pod === undefined) {
      writes.push(...made(set, ordinal, ordinal < partition && before !== "" ? before : label, view))
    } else if (!isActive(pod) && !isGoing(pod)) writes.push(remove(pod))
    else if (isHealthy(pod)) continue
    if (!isParallel) return writes
  }
  if (writes.length > 0) return writes
  const surplus = pods.filter((pod) => ordinalOf(pod) < first || ordinalOf(pod) >= first + replicas)
    .sort((a, b) => ordinalOf(b) - ordinalOf(a))
  if (surplus.length > 0) {
    const some = isParallel ? surplus : surplus.slice(0, 1)
    return some.filter((pod) => !isGoing(pod)).map((pod) => remove(pod))
  }
  if (textOf(child(spec, "updateStrategy"), "type") === "OnDelete") return []
  for (let ordinal = first + replicas - 1; ordinal >= first + partition; ordinal--) {
    const pod = byOrdinal.get(ordinal)
    if (pod === undefined || !isHealthy(pod)) return []
    if (revisionOf(pod) !== label) return [remove(pod)]
  }
  return []
}

const step = (set: JsonObject, view: View): ReadonlyArray<Write> => {
  const pods = controlled(view, set, podKind)
  const revisions = revisionsOf(set, view, (name) => name, (label) => pods.some((pod) => revisionOf(pod) === label))
  const writes: Array<Write> = isGoing(set) ? [] : [...revisions.writes, ...next(set, pods, revisions, view)]
  const before = statusOf(set)
  const there = pods.filter((pod) => !isGoing(pod))
  const updated = there.filter((pod) => revisionOf(pod) === revisions.label).length
  const wait = count(specOf(set), "minReadySeconds")
  const waits = there.map((pod) => untilAvailable(pod, wait, view.now))
  const replicas = number(specOf(set), "replicas") ?? 1
  const isDone = updated === replicas && there.length === replicas && there.every(isReady)
  const known = textOf(before, "currentRevision")
  const current = known === "" || isDone ? revisions.current : known
  const now: JsonObject = {
    observedGeneration: generationOf(set),
    replicas: pods.length,
    readyReplicas: there.filter(isReady).length,
    currentReplicas: there.filter((pod) => revisionOf(pod) === current).length,
    updatedReplicas: updated,
    currentRevision: current,
    updateRevision: revisions.current,
    collisionCount: 0,
    availableReplicas: waits.filter((each) => each === 0).length
  }
  for (const key of ["readyReplicas", "currentReplicas", "updatedReplicas"]) if (now[key] === 0) delete now[key]
  if (!equal(now, before)) writes.push(status(set, now))
  const left = waits.filter((each): each is number => each !== undefined && each > 0)
  if (left.length > 0) writes.push(again(Math.min(...left)))
  return writes
}

export const statefulSets = (): ReadonlyArray<Behaviour> => [
  make({ for: statefulSetKind, concerns: [concernsController(podKind, statefulSetKind)], step })
]
