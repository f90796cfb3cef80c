/** How far a rollout is, from the object alone: the rules of `kubectl rollout status`. */
import type { DaemonSet, Deployment, StatefulSet } from "../../kinds/apps/v1.js"

export type Workload = Deployment | DaemonSet | StatefulSet

/** How far a rollout is. */
export type Progress =
  /** The controller has not looked at the last change yet. */
  | { readonly _tag: "Unobserved" }
  /** So many Pods are of the new template, of those that shall be. */
  | { readonly _tag: "Updating"; readonly updated: number; readonly wanted: number }
  /** All Pods are of the new template, and so many of the old one are still there. */
  | { readonly _tag: "Retiring"; readonly old: number }
  /** So many Pods serve, of those that shall. */
  | { readonly _tag: "Starting"; readonly ready: number; readonly wanted: number }
  /** So many Pods of a StatefulSet are of the new revision; the others go one by one. */
  | { readonly _tag: "Rolling"; readonly updated: number; readonly revision: string }
  /** It is done: so many Pods are of the new template. With `partition`, Pods below that ordinal stay as they are. */
  | { readonly _tag: "Complete"; readonly updated: number; readonly partition: number | undefined }
  /** A Deployment has made no progress for longer than `progressDeadlineSeconds`. */
  | { readonly _tag: "DeadlineExceeded"; readonly message: string | undefined }
  /** Pods change only when somebody deletes them (`updateStrategy`), so there is nothing to follow. */
  | { readonly _tag: "NotRolling"; readonly strategy: string }

const unobserved: Progress = { _tag: "Unobserved" }

const complete = (updated: number, partition?: number): Progress => ({ _tag: "Complete", updated, partition })

const ofDeployment = ({ metadata, spec, status }: Deployment): Progress => {
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0)) return unobserved
  const progressing = status.conditions?.find(({ type }) => type === "Progressing")
  if (progressing?.reason === "ProgressDeadlineExceeded") {
    return { _tag: "DeadlineExceeded", message: progressing.message }
  }
  const updated = status.updatedReplicas ?? 0
  const all = status.replicas ?? 0
  const ready = status.availableReplicas ?? 0
  if (spec.replicas !== undefined && updated < spec.replicas) {
    return { _tag: "Updating", updated, wanted: spec.replicas }
  }
  if (all > updated) return { _tag: "Retiring", old: all - updated }
  return ready < updated ? { _tag: "Starting", ready, wanted: updated } : complete(updated)
}

const ofDaemonSet = ({ metadata, spec, status }: DaemonSet): Progress => {
  const strategy = spec.updateStrategy?.type ?? "RollingUpdate"
  if (strategy !== "RollingUpdate") return { _tag: "NotRolling", strategy }
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0)) return unobserved
  const wanted = status.desiredNumberScheduled
  const updated = status.updatedNumberScheduled ?? 0
  const ready = status.numberAvailable ?? 0
  if (updated < wanted) return { _tag: "Updating", updated, wanted }
  return ready < wanted ? { _tag: "Starting", ready, wanted } : complete(updated)
}

const ofStatefulSet = ({ metadata, spec, status }: StatefulSet): Progress => {
  const strategy = spec.updateStrategy?.type ?? "RollingUpdate"
  if (strategy !== "RollingUpdate") return { _tag: "NotRolling", strategy }
  const observed = status.observedGeneration ?? 0
  if (observed === 0 || (metadata.generation ?? 0) > observed) return unobserved
  const updated = status.updatedReplicas ?? 0
  const ready = status.readyReplicas ?? 0
  if (spec.replicas !== undefined && ready < spec.replicas) return { _tag: "Starting", ready, wanted: spec.replicas }
  const rolling = spec.updateStrategy?.rollingUpdate
  if (rolling !== undefined) {
    const partition = rolling.partition ?? 0
    const wanted = Math.max(0, (spec.replicas ?? 0) - partition)
    return rolling.partition !== undefined && updated < wanted
      ? { _tag: "Updating", updated, wanted }
      : complete(updated, partition === 0 ? undefined : partition)
  }
  const revision = status.updateRevision ?? ""
  return revision !== (status.currentRevision ?? "")
    ? { _tag: "Rolling", updated, revision }
    : complete(status.currentReplicas ?? 0)
}

export const progress = (workload: Workload): Progress => {
  switch (workload.kind) {
    case "Deployment":
      return ofDeployment(workload)
    case "DaemonSet":
      return ofDaemonSet(workload)
    case "StatefulSet":
      return ofStatefulSet(workload)
  }
}

const some = (count: number, of: number, what: string): string => `${count} of ${of} Pods are ${what}`

export const describe = (progress: Progress): string => {
  switch (progress._tag) {
    case "Unobserved":
      return "its controller has not seen the last change yet"
    case "Updating":
      return some(progress.updated, progress.wanted, "updated")
    case "Retiring":
      return `${progress.old} old Pods are still there`
    case "Starting":
      return some(progress.ready, progress.wanted, "ready")
    case "Rolling":
      return `${progress.updated} Pods are of revision ${progress.revision}`
    case "Complete":
      return `complete, ${progress.updated} Pods are updated${
        progress.partition === undefined ? "" : `, those below ordinal ${progress.partition} stay as they are`
      }`
    case "DeadlineExceeded":
      return `it has exceeded its progress deadline${progress.message === undefined ? "" : ` (${progress.message})`}`
    case "NotRolling":
      return `with the update strategy ${progress.strategy} Pods change only when they are deleted`
  }
}
