/** Deployments: a ReplicaSet for each template, and a rollout from the old ones to the new one. */
import { child, equal, type JsonObject, withMember } from "../json.js"
import { count, number, objects, textOf } from "../members.js"
import { metadataOf } from "../objectMeta.js"
import {
  annotationsOf,
  generationOf,
  isGoing,
  labelsOf,
  nameOf,
  namespaceOf,
  specOf,
  statusOf
} from "../objectParts.js"
import { type Behaviour, create, make, remove, replace, status, type View, type Write } from "./behaviour.js"
import {
  concernsController,
  controlled,
  controllerReference,
  createdAt,
  deploymentKind,
  hashOf,
  isActive,
  podKind,
  replicaSetKind,
  share,
  withCondition
} from "./ownership.js"

const hashLabel = "pod-template-hash"
const revisionKey = "deployment.kubernetes.io/revision"
const historyKey = "deployment.kubernetes.io/revision-history"
const desiredKey = "deployment.kubernetes.io/desired-replicas"
const maximumKey = "deployment.kubernetes.io/max-replicas"

/** Annotations of a Deployment that are not for its ReplicaSets. */
const ownAnnotations = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "deprecated.deployment.rollback.to",
  revisionKey,
  historyKey,
  desiredKey,
  maximumKey
])

const templateOf = (object: JsonObject): JsonObject => child(specOf(object), "template") ?? {}

const withLabels = (template: JsonObject, labels: JsonObject): JsonObject => ({
  ...template,
  metadata: withMember(metadataOf(template), "labels", Object.keys(labels).length === 0 ? undefined : labels)
})

const templateLabels = (template: JsonObject): JsonObject => labelsOf(template)

const hasTemplate = (set: JsonObject, template: JsonObject): boolean => {
  const own = templateOf(set)
  return equal(withLabels(own, withMember(templateLabels(own), hashLabel, undefined)), template)
}

const revisionOf = (object: JsonObject): number => Number(annotationsOf(object)[revisionKey] ?? 0)

interface Limits {
  readonly wanted: number
  readonly surge: number
  readonly unavailable: number
}

const limitsOf = (deployment: JsonObject): Limits => {
  const spec = specOf(deployment)
  const wanted = number(spec, "replicas") ?? 1
  const rolling = child(child(spec, "strategy"), "rollingUpdate")
  if (textOf(child(spec, "strategy"), "type") === "Recreate") return { wanted, surge: 0, unavailable: wanted }
  const surge = share(rolling?.["maxSurge"] ?? "25%", wanted, true)
  const unavailable = share(rolling?.["maxUnavailable"] ?? "25%", wanted, false)
  // Without any room nothing would ever move.
  return { wanted, surge, unavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, wanted) }
}

const copied = (deployment: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(annotationsOf(deployment)).filter(([key]) => !ownAnnotations.has(key)))

const replicasAnnotations = ({ surge, wanted }: Limits): JsonObject => ({
  [desiredKey]: String(wanted),
  [maximumKey]: String(wanted + surge)
})

const newSet = (deployment: JsonObject, revision: number, replicas: number, limits: Limits): JsonObject => {
  const template = templateOf(deployment)
  const hash = hashOf(template)
  const labels = { ...templateLabels(template), [hashLabel]: hash }
  const selector = child(specOf(deployment), "selector") ?? {}
  return {
    ...replicaSetKind,
    metadata: {
      name: `${nameOf(deployment)}-${hash}`,
      namespace: namespaceOf(deployment),
      labels,
      annotations: { ...copied(deployment), [revisionKey]: String(revision), ...replicasAnnotations(limits) },
      ownerReferences: [controllerReference(deployment)]
    },
    spec: {
      replicas,
      minReadySeconds: specOf(deployment)["minReadySeconds"],
      selector: { ...selector, matchLabels: { ...child(selector, "matchLabels"), [hashLabel]: hash } },
      template: withLabels(template, labels)
    }
  }
}

/** A ReplicaSet that is of another size from now on, and whose annotations say what was wanted. */
const scaled = (set: JsonObject, replicas: number, limits: Limits, more: JsonObject = {}): ReadonlyArray<Write> => {
  const annotations = { ...annotationsOf(set), ...more, ...replicasAnnotations(limits) }
  if (count(specOf(set), "replicas") === replicas && equal(annotations, annotationsOf(set))) return []
  return [replace({
    ...set,
    metadata: { ...metadataOf(set), annotations },
    spec: { ...specOf(set), replicas }
  })]
}

const sum = (sets: ReadonlyArray<JsonObject>, of: (set: JsonObject) => number): number =>
  sets.reduce((total, set) => total + of(set), 0)

const sizeOf = (set: JsonObject): number => count(specOf(set), "replicas")
const availableOf = (set: JsonObject): number => Math.min(sizeOf(set), count(statusOf(set), "availableReplicas"))

/** How many of the new template there may be by now. */
const newSize = (current: JsonObject | undefined, old: ReadonlyArray<JsonObject>, limits: Limits): number => {
  const size = current === undefined ? 0 : sizeOf(current)
  if (size >= limits.wanted) return limits.wanted
  const room = limits.wanted + limits.surge - size - sum(old, sizeOf)
  return Math.min(limits.wanted, size + Math.max(0, room))
}

/** Takes from the old ReplicaSets what may go without too few being available: those that are not available first. */
const shrunk = (current: JsonObject, old: ReadonlyArray<JsonObject>, limits: Limits): ReadonlyArray<Write> => {
  const all = [...old, current]
  const least = limits.wanted - limits.unavailable
  let left = sum(all, sizeOf) - least - (sizeOf(current) - availableOf(current))
  const sizes = new Map(old.map((set) => [set, sizeOf(set)]))
  const take = (set: JsonObject, most: number): void => {
    const taken = Math.max(0, Math.min(left, most))
    sizes.set(set, sizes.get(set)! - taken)
    left -= taken
  }
  for (const set of old) take(set, sizeOf(set) - availableOf(set))
  left = Math.min(left, sum(all, availableOf) - least)
  for (const set of old) take(set, sizes.get(set)!)
  return old.flatMap((set) => sizes.get(set) === sizeOf(set) ? [] : scaled(set, sizes.get(set)!, limits))
}

/** Annotations of the current ReplicaSet: a template that has come back is the newest again. */
const revised = (deployment: JsonObject, current: JsonObject, revision: number): JsonObject => {
  const before = revisionOf(current)
  const more = copied(deployment)
  if (before >= revision) return more
  const history = String(annotationsOf(current)[historyKey] ?? "")
  return {
    ...more,
    [revisionKey]: String(revision),
    ...(before > 0 && { [historyKey]: history === "" ? String(before) : `${history},${before}` })
  }
}

const rollOut = (
  deployment: JsonObject,
  current: JsonObject | undefined,
  old: ReadonlyArray<JsonObject>,
  limits: Limits,
  view: View
): ReadonlyArray<Write> => {
  const revision = Math.max(0, ...old.map(revisionOf)) + 1
  const isRecreated = textOf(child(specOf(deployment), "strategy"), "type") === "Recreate"
  const isInTheWay = isRecreated && old.some((set) => controlled(view, set, podKind).length > 0)
  if (isRecreated && old.some((set) => sizeOf(set) > 0)) return old.flatMap((set) => scaled(set, 0, limits))
  const size = isInTheWay ? 0 : newSize(current, old, limits)
  if (current === undefined) return [create(newSet(deployment, revision, size, limits))]
  const grown = scaled(current, size, limits, revised(deployment, current, revision))
  return size === sizeOf(current) ? [...grown, ...shrunk(current, old, limits)] : grown
}

/** While it is paused only the number of Pods is kept, by the one ReplicaSet that has some. */
const whilePaused = (sets: ReadonlyArray<JsonObject>, limits: Limits): ReadonlyArray<Write> => {
  const active = sets.filter((set) => sizeOf(set) > 0)
  const newest = [...sets].sort((a, b) => revisionOf(b) - revisionOf(a))[0]
  const only = active.length > 1 ? undefined : active[0] ?? newest
  return only === undefined ? [] : scaled(only, limits.wanted, limits)
}

const isComplete = (now: JsonObject, wanted: number): boolean =>
  ["updatedReplicas", "replicas", "availableReplicas"].every((field) => count(now, field) === wanted)

const statusAfter = (
  deployment: JsonObject,
  current: JsonObject | undefined,
  sets: ReadonlyArray<JsonObject>,
  limits: Limits,
  view: View
): JsonObject => {
  const of = (field: string) => sum(sets, (set) => count(statusOf(set), field))
  const available = of("availableReplicas")
  const before = statusOf(deployment)
  const now: JsonObject = {
    observedGeneration: generationOf(deployment),
    replicas: of("replicas"),
    updatedReplicas: current === undefined ? 0 : count(statusOf(current), "replicas"),
    readyReplicas: of("readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(sets, sizeOf) - available),
    terminatingReplicas: of("terminatingReplicas")
  }
  for (const key of Object.keys(now)) if (now[key] === 0 && key !== "terminatingReplicas") delete now[key]
  const enough = available >= limits.wanted - limits.unavailable
  let conditions = withCondition(objects(before, "conditions"), {
    type: "Available",
    status: enough ? "True" : "False",
    reason: enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability."
  }, view.now)
  const isPaused = specOf(deployment)["paused"] === true
  const done = isComplete(now, limits.wanted)
  const known = conditions.find((each) => each["type"] === "Progressing")
  const wasDone = known?.["reason"] === "NewReplicaSetAvailable" &&
    count(now, "replicas") === count(now, "updatedReplicas")
  const subject = current === undefined
    ? `Deployment ${JSON.stringify(nameOf(deployment))}`
    : `ReplicaSet ${JSON.stringify(nameOf(current))}`
  if (isPaused) {
    conditions = withCondition(conditions, {
      type: "Progressing",
      status: "True",
      reason: "DeploymentPaused",
      message: "Deployment is paused"
    }, view.now)
  } else if (current !== undefined && !wasDone) {
    conditions = withCondition(conditions, {
      type: "Progressing",
      status: "True",
      reason: done ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
      message: done ? `${subject} has successfully progressed.` : `${subject} is progressing.`
    }, view.now)
  }
  return { ...now, conditions }
}

/** Old ReplicaSets that are kept no longer for a way back. */
const cleanedUp = (deployment: JsonObject, old: ReadonlyArray<JsonObject>): ReadonlyArray<Write> => {
  const limit = number(specOf(deployment), "revisionHistoryLimit") ?? 10
  const idle = old.filter((set) => sizeOf(set) === 0 && count(statusOf(set), "replicas") === 0 && !isGoing(set))
    .sort((a, b) => revisionOf(a) - revisionOf(b))
  return idle.slice(0, Math.max(0, idle.length - limit)).map((set) => remove(set))
}

const step = (deployment: JsonObject, view: View): ReadonlyArray<Write> => {
  const sets = [...controlled(view, deployment, replicaSetKind)].sort((a, b) =>
    createdAt(a) - createdAt(b) || revisionOf(a) - revisionOf(b)
  )
  const template = templateOf(deployment)
  const current = sets.find((set) => hasTemplate(set, template))
  const old = sets.filter((set) => set !== current)
  const limits = limitsOf(deployment)
  const writes: Array<Write> = []
  if (!isGoing(deployment)) {
    writes.push(
      ...(specOf(deployment)["paused"] === true
        ? whilePaused(sets, limits)
        : rollOut(deployment, current, old, limits, view))
    )
    const revision = current === undefined ? undefined : annotationsOf(current)[revisionKey]
    if (revision !== undefined && annotationsOf(deployment)[revisionKey] !== revision) {
      writes.push(replace({
        ...deployment,
        metadata: {
          ...metadataOf(deployment),
          annotations: { ...annotationsOf(deployment), [revisionKey]: revision }
        }
      }))
    }
    if (isComplete(statusOf(deployment), limits.wanted)) writes.push(...cleanedUp(deployment, old))
  }
  const now = statusAfter(deployment, current, sets, limits, view)
  if (!equal(now, statusOf(deployment))) writes.push(status(deployment, now))
  return writes
}

/** Where the last Pod of an old ReplicaSet goes, a Deployment that recreates may go on. */
const ofPods = (pod: JsonObject, view: View) => {
  if (isActive(pod)) return []
  const set = objects(metadataOf(pod), "ownerReferences").find((each) => each["kind"] === replicaSetKind.kind)
  const owner = set === undefined
    ? undefined
    : view.get(replicaSetKind, { namespace: namespaceOf(pod), name: textOf(set, "name") })
  return owner === undefined ? [] : concernsController(replicaSetKind, deploymentKind).of(owner, view)
}

export const deployments = (): ReadonlyArray<Behaviour> => [
  make({
    for: deploymentKind,
    concerns: [concernsController(replicaSetKind, deploymentKind), { for: podKind, of: ofPods }],
    step
  })
]
