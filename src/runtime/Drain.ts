/**
 * Emptying a node before work on it: it is cordoned, so that no new Pod comes, and its Pods are evicted, as their
 * PodDisruptionBudgets allow. The rules are those of `kubectl drain`; what happens is a Stream of events.
 *
 * ```ts
 * import { Drain } from "effect-kube"
 * import { Effect, Stream } from "effect"
 *
 * const maintenance = Effect.gen(function*() {
 *   yield* Drain.drain("node-1", { ignoreDaemonSets: true, timeout: "10 minutes" }).pipe(
 *     Stream.runForEach((event) => Effect.log(Drain.describe(event)))
 *   )
 *   // ... the work on the node ...
 *   yield* Drain.uncordon("node-1")
 * })
 * ```
 *
 * A client needs to `get` and `patch` Nodes, to `list` and `watch` Pods, to `create` their `eviction`, and to `get`
 * DaemonSets.
 *
 * Reference: https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type * as Stream from "effect/Stream"
import type { KubeClient } from "../client/KubeClient.js"
import type { Node, Pod } from "../kinds/core/v1.js"
import type * as KubeError from "../protocol/KubeError.js"
import type * as Selector from "../protocol/Selector.js"
import * as internal from "./internal/drain.js"
import type { Refusal, SkipReason } from "./internal/drainRules.js"
import { remedies } from "./internal/drainRules.js"

export type {
  /** A Pod that must not go unless the options say so. */
  Refusal,
  RefusalReason,
  SkipReason
} from "./internal/drainRules.js"

// ------------------------------------------------------------------------------------------------ options

/** Which Pods of a node go. */
export interface PlanOptions {
  /** Let Pods go that no controller would start again elsewhere. Default false: they refuse the drain. */
  readonly force?: boolean | undefined
  /** Leave the Pods of DaemonSets where they are; they would come again at once. Default false: they refuse the drain. */
  readonly ignoreDaemonSets?: boolean | undefined
  /** Let Pods go whose data in an `emptyDir` is lost by it. Default false: they refuse the drain. */
  readonly deleteEmptyDirData?: boolean | undefined
  /** Only Pods with these labels. Default: all of the node. */
  readonly labels?: string | Selector.LabelSelector | undefined
  /** Pods of one's own choice that stay. */
  readonly exclude?: ((pod: Pod) => boolean) | undefined
  /** Do not wait for Pods that should have ended so long ago and have not, as on a node that is dead. Default: wait for all. */
  readonly skipTerminatingFor?: Duration.DurationInput | undefined
}

export interface Options extends PlanOptions {
  /** How long each Pod may take to end. Default: as the Pod says. */
  readonly gracePeriod?: Duration.DurationInput | undefined
  /** How long it all may take, from the first eviction on. Default: as long as it takes. */
  readonly timeout?: Duration.DurationInput | undefined
  /** Delete Pods instead of evicting them: no PodDisruptionBudget is asked. Default false. */
  readonly disableEviction?: boolean | undefined
  /** When an eviction is tried again that a budget has refused, or that met trouble that passes. Where it ends, the Pod has failed. Default: every 5 seconds. */
  readonly retry?: Schedule.Schedule<unknown, EvictionError> | undefined
  /** How many Pods are evicted at the same time. Default: all of them. */
  readonly concurrency?: number | "unbounded" | undefined
}

/** What the eviction or the delete of a Pod can meet. */
export type EvictionError =
  | KubeError.NotFound
  | KubeError.Conflict
  | KubeError.Invalid
  | KubeError.DisruptionBudget
  | KubeError.Common

// ------------------------------------------------------------------------------------------------ events

/** No Pod is scheduled to the node any more. */
export interface Cordoned {
  readonly _tag: "Cordoned"
  readonly node: Node
}

/** A Pod stays, or is not waited for any longer. */
export interface Skipped {
  readonly _tag: "Skipped"
  readonly pod: Pod
  readonly reason: SkipReason
}

/** A Pod is asked to go: the first time, or again. */
export interface Evicting {
  readonly _tag: "Evicting"
  readonly pod: Pod
}

/** A Pod may not go now: mostly because of a budget. It is tried again. */
export interface Blocked {
  readonly _tag: "Blocked"
  readonly pod: Pod
  readonly error: EvictionError
  readonly retryIn: Duration.Duration
}

/** The server has agreed: the Pod has its grace period to end. */
export interface Terminating {
  readonly _tag: "Terminating"
  readonly pod: Pod
}

/** A Pod is gone. */
export interface Evicted {
  readonly _tag: "Evicted"
  readonly pod: Pod
}

/** A Pod is gone that was deleted (`disableEviction`). */
export interface Deleted {
  readonly _tag: "Deleted"
  readonly pod: Pod
}

/** A Pod cannot be evicted. The drain goes on with the others, and fails at its end. */
export interface Failed {
  readonly _tag: "Failed"
  readonly pod: Pod
  readonly error: EvictionError
}

/** The Pods of the node cannot be watched at present; it is tried again. */
export interface Trouble {
  readonly _tag: "Trouble"
  readonly error: KubeError.KubeError
  readonly retryIn: Duration.Duration
}

/** The node has no Pods any more but those that were skipped. */
export interface Done {
  readonly _tag: "Done"
  readonly node: string
  /** How many Pods have gone. */
  readonly gone: number
  readonly skipped: number
}

export type Event = Cordoned | Skipped | Evicting | Blocked | Terminating | Evicted | Deleted | Failed | Trouble | Done

const nameOf = (pod: Pod): string => `${pod.metadata.namespace}/${pod.metadata.name}`

const skipped: { readonly [R in SkipReason]: string } = {
  DaemonSet: "it is of a DaemonSet",
  MirrorPod: "it is the node's own (a mirror Pod)",
  Terminating: "it should have ended long ago",
  Excluded: "it is excluded"
}

/** An event in one line, for a log. */
export const describe = (event: Event): string => {
  switch (event._tag) {
    case "Cordoned":
      return `Node ${event.node.metadata.name} is cordoned`
    case "Skipped":
      return `Pod ${nameOf(event.pod)} is skipped: ${skipped[event.reason]}`
    case "Evicting":
      return `Pod ${nameOf(event.pod)} is asked to go`
    case "Blocked":
      return `Pod ${nameOf(event.pod)} may not go, again in ${Duration.format(event.retryIn)}: ${event.error.message}`
    case "Terminating":
      return `Pod ${nameOf(event.pod)} is ending`
    case "Evicted":
      return `Pod ${nameOf(event.pod)} is evicted`
    case "Deleted":
      return `Pod ${nameOf(event.pod)} is deleted`
    case "Failed":
      return `Pod ${nameOf(event.pod)} cannot be evicted: ${event.error.message}`
    case "Trouble":
      return `the Pods cannot be watched, again in ${Duration.format(event.retryIn)}: ${event.error.message}`
    case "Done":
      return `Node ${event.node} is drained: ${event.gone} gone, ${event.skipped} skipped`
  }
}

// ------------------------------------------------------------------------------------------------ errors

const listed = (lines: ReadonlyArray<string>): string => lines.map((line) => `\n- ${line}`).join("")

/** Some Pods must not go as long as the options do not say so. Nothing was evicted; the node is cordoned. */
export class Refused extends Data.TaggedError("KubeDrainRefused")<{
  readonly node: string
  readonly pods: ReadonlyArray<Refusal>
}> {
  override get message(): string {
    return `Node ${this.node} cannot be drained:${
      listed(this.pods.map(({ pod, reason }) => `Pod ${nameOf(pod)} ${remedies[reason]}`))
    }`
  }
}

/** Some Pods could not be evicted; the others are gone. */
export class Incomplete extends Data.TaggedError("KubeDrainIncomplete")<{
  readonly node: string
  readonly pods: ReadonlyArray<{ readonly pod: Pod; readonly error: EvictionError }>
}> {
  override get message(): string {
    return `Node ${this.node} is not drained:${
      listed(this.pods.map(({ error, pod }) => `Pod ${nameOf(pod)}: ${error.message}`))
    }`
  }
}

/** Some Pods have not gone in time. */
export class TimedOut extends Data.TaggedError("KubeDrainTimedOut")<{
  readonly node: string
  readonly timeout: Duration.Duration
  /** Which, and how each of them stands, in words. */
  readonly pods: ReadonlyArray<{ readonly pod: Pod; readonly state: string }>
}> {
  override get message(): string {
    return `Node ${this.node} is not drained after ${Duration.format(this.timeout)}:${
      listed(this.pods.map(({ pod, state }) => `Pod ${nameOf(pod)}: ${state}`))
    }`
  }
}

export type CordonError = KubeError.NotFound | KubeError.Conflict | KubeError.Invalid | KubeError.Common

// ------------------------------------------------------------------------------------------------ operations

/** Says that no new Pods come to a node. Answers the node; nothing happens where it is so already. */
export const cordon = (node: string): Effect.Effect<Node, CordonError, KubeClient> => internal.cordon(node, true)

/** Lets new Pods come to a node again. */
export const uncordon = (node: string): Effect.Effect<Node, CordonError, KubeClient> => internal.cordon(node, false)

/** What a drain would do. */
export interface Plan {
  /** Pods that go. */
  readonly evict: ReadonlyArray<Pod>
  /** Pods that stay. */
  readonly skip: ReadonlyArray<{ readonly pod: Pod; readonly reason: SkipReason }>
  /** Pods that refuse the drain: while there are any, none goes. */
  readonly refuse: ReadonlyArray<Refusal>
}

/** Looks which Pods of a node would go, and changes nothing. */
export const plan = (
  node: string,
  options?: PlanOptions
): Effect.Effect<Plan, KubeError.Expired | KubeError.Common, KubeClient> => internal.plan(node, options ?? {})

/**
 * Cordons a node and evicts its Pods, all at the same time, and waits until they are gone. It ends with `Done`, or fails:
 * with {@link Refused} before anything was evicted, with {@link TimedOut}, or with {@link Incomplete} when all else is
 * done. The node stays cordoned, also when the stream is closed before its end; evictions that were agreed to go on.
 */
export const drain = (
  node: string,
  options?: Options
): Stream.Stream<Event, Refused | Incomplete | TimedOut | CordonError | KubeError.Expired, KubeClient> =>
  internal.drain(node, options ?? {}, {
    refused: (pods) => new Refused({ node, pods }),
    incomplete: (pods) => new Incomplete({ node, pods }),
    timedOut: (timeout, pods) => new TimedOut({ node, timeout, pods })
  })
