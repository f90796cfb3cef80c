/** Which Pods of a node go when it is drained: the rules of `kubectl drain`, in its order. Of several only the first counts. */
import * as Duration from "effect/Duration"
import type { Pod } from "../../kinds/core/v1.js"
import * as Timestamp from "../../protocol/Timestamp.js"
import type * as Drain from "../Drain.js"

/** Why a Pod stays where it is. */
export type SkipReason =
  /** It is of a DaemonSet, and would come again at once. */
  | "DaemonSet"
  /** A mirror of what the node runs by itself: the server cannot end it. */
  | "MirrorPod"
  /** It should have ended long ago (`skipTerminatingFor`). */
  | "Terminating"
  /** The caller's `exclude` says so. */
  | "Excluded"

/** Why a Pod must not go. */
export type RefusalReason =
  /** It is of a DaemonSet, and would come again at once: `ignoreDaemonSets` leaves it. */
  | "DaemonSet"
  /** It says that it is of a DaemonSet that does not exist: `force` lets it go. */
  | "Orphan"
  /** Its data in an `emptyDir` would be lost: `deleteEmptyDirData` lets it go. */
  | "LocalData"
  /** Nobody would start it again elsewhere: `force` lets it go. */
  | "Unmanaged"

export interface Refusal {
  readonly pod: Pod
  readonly reason: RefusalReason
}

export const remedies: { readonly [R in RefusalReason]: string } = {
  DaemonSet: "is of a DaemonSet (ignoreDaemonSets leaves it there)",
  Orphan: "is of a DaemonSet that does not exist (force lets it go)",
  LocalData: "has data in an emptyDir (deleteEmptyDirData lets it go)",
  Unmanaged: "has no controller that would start it again (force lets it go)"
}

export type Verdict =
  | { readonly _tag: "Evict" }
  | { readonly _tag: "Skip"; readonly reason: SkipReason }
  | { readonly _tag: "Refuse"; readonly reason: RefusalReason }

const evict: Verdict = { _tag: "Evict" }
const skip = (reason: SkipReason): Verdict => ({ _tag: "Skip", reason })
const refuse = (reason: RefusalReason): Verdict => ({ _tag: "Refuse", reason })

const hasEnded = ({ status }: Pod): boolean => status.phase === "Succeeded" || status.phase === "Failed"

const controllerOf = ({ metadata }: Pod) => metadata.ownerReferences?.find(({ controller }) => controller === true)

/** The name of the DaemonSet that a Pod is of, where that matters: Pods that have ended can go in any case. */
export const daemonSetOf = (pod: Pod): string | undefined => {
  const controller = controllerOf(pod)
  return controller?.kind === "DaemonSet" && controller.apiVersion === "apps/v1" && !hasEnded(pod)
    ? controller.name
    : undefined
}

/** When a Pod that is being deleted is not waited for any more, in milliseconds since 1970. */
export const givenUpAt = (
  { metadata: { deletionTimestamp } }: Pod,
  skipTerminatingFor: Duration.DurationInput | undefined
): number | undefined =>
  skipTerminatingFor === undefined || deletionTimestamp === undefined
    ? undefined
    : Timestamp.unsafeParse(deletionTimestamp).epochMillis + Duration.toMillis(skipTerminatingFor)

export const judge = (
  pod: Pod,
  options: Drain.PlanOptions,
  now: number,
  /** Of a Pod of a DaemonSet, whether that exists. */
  daemonSetExists: boolean
): Verdict => {
  if ((givenUpAt(pod, options.skipTerminatingFor) ?? Infinity) < now) return skip("Terminating")
  if (daemonSetOf(pod) !== undefined) {
    if (daemonSetExists) return options.ignoreDaemonSets === true ? skip("DaemonSet") : refuse("DaemonSet")
    if (options.force !== true) return refuse("Orphan")
  }
  if (pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) return skip("MirrorPod")
  if (!hasEnded(pod)) {
    const hasLocalData = pod.spec.volumes?.some(({ emptyDir }) => emptyDir !== undefined) === true
    if (hasLocalData && options.deleteEmptyDirData !== true) return refuse("LocalData")
    if (controllerOf(pod) === undefined && options.force !== true) return refuse("Unmanaged")
  }
  return options.exclude?.(pod) === true ? skip("Excluded") : evict
}
