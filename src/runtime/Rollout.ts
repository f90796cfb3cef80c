/**
 * Rollouts of Deployments, DaemonSets and StatefulSets: restart them, follow them, pause them. The rules are those of
 * `kubectl rollout`.
 *
 * ```ts
 * import { Api, Rollout } from "effect-kube"
 * import { Deployment } from "effect-kube/kinds/apps/v1"
 * import { Effect, Stream } from "effect"
 *
 * const deployments = Api.namespaced(Deployment, "default")
 *
 * const program = Effect.gen(function*() {
 *   yield* Rollout.restart(deployments, "web")
 *   yield* Rollout.status(deployments, "web").pipe(
 *     Stream.runForEach(({ progress }) => Effect.log(Rollout.describe(progress)))
 *   )
 * })
 *
 * const inTime = Rollout.wait(deployments, "web", { timeout: "5 minutes" }).pipe(
 *   Effect.catchTag("KubeRolloutFailed", (error) => Effect.logError(error.message))
 * )
 * ```
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type * as Api from "../client/Api.js"
import type { Deployment } from "../kinds/apps/v1.js"
import type * as KubeError from "../protocol/KubeError.js"
import type * as Request from "../protocol/Request.js"
import * as internal from "./internal/rollout.js"
import * as rules from "./internal/rolloutProgress.js"
import * as Wait from "./Wait.js"
import type * as Watcher from "./Watcher.js"

export type {
  /** How far a rollout is. `Complete` ends it; `DeadlineExceeded` and `NotRolling` are failures of {@link status}. */
  Progress,
  /** What rolls out. */
  Workload
} from "./internal/rolloutProgress.js"

// ------------------------------------------------------------------------------------------------ handles

/** A handle on workloads that can be followed. */
export type Followable<K extends rules.Workload, R> = Watcher.Watchable<K, R> & Api.Get<K, R>

/** A handle on workloads that can be patched. */
export type Patchable<K extends rules.Workload, W, R> = Api.Of<K, R> & Api.Get<K, R> & Api.Patches<K, W, R>

type WriteErrors = KubeError.NotFound | KubeError.Conflict | KubeError.Invalid | KubeError.Common

// ------------------------------------------------------------------------------------------------ errors

/** Why a rollout will not complete. */
export type FailureReason =
  /** A Deployment has made no progress for longer than its `progressDeadlineSeconds`. */
  | "DeadlineExceeded"
  /** Pods change only when somebody deletes them: there is nothing to follow. */
  | "NotRolling"
  /** The object was deleted meanwhile, even if another one has its name now. */
  | "Deleted"

/** A rollout will not complete by itself. */
export class Failed extends Data.TaggedError("KubeRolloutFailed")<{
  /** `Deployment default/web`. */
  readonly workload: string
  readonly reason: FailureReason
  /** How it stands, in words. */
  readonly description: string
}> {
  override get message(): string {
    return `the rollout of ${this.workload} has failed: ${this.description}`
  }
}

/** A Deployment that is paused does not roll out: `resume` it first. */
export class Paused extends Data.TaggedError("KubeRolloutPaused")<{
  /** `Deployment default/web`. */
  readonly workload: string
}> {
  override get message(): string {
    return `${this.workload} is paused, so that nothing rolls out: resume it first`
  }
}

// ------------------------------------------------------------------------------------------------ progress

/** How far the rollout of an object is. */
export const progress: (workload: rules.Workload) => rules.Progress = rules.progress

/** Progress in words: `2 of 3 Pods are updated`. */
export const describe: (progress: rules.Progress) => string = rules.describe

/** The object, and how far its rollout is. */
export interface Status<out K> {
  readonly object: K
  readonly progress: rules.Progress
}

/**
 * Follows a rollout until it is complete: what it tells first is the present state, and then whenever that changes. It
 * fails with {@link Failed} where the rollout will not complete; a rollout that does not move is followed for ever, but
 * for a Deployment's deadline. The Deployment that is rolled out is the one that is there now: not one that takes its name.
 */
export const status = <K extends rules.Workload, R>(
  api: Followable<K, R>,
  name: string
): Stream.Stream<Status<K>, Failed | KubeError.NotFound | KubeError.Common, R> =>
  internal.status(api, name, (workload, reason, description) => new Failed({ workload, reason, description }))

export interface WaitOptions {
  /** How long to wait. Default: until it is complete or has failed, however long that takes. */
  readonly timeout?: Duration.DurationInput | undefined
}

/** Waits until a rollout is complete, and answers the object. */
export const wait = <K extends rules.Workload, R>(
  api: Followable<K, R>,
  name: string,
  options?: WaitOptions
): Effect.Effect<K, Failed | Wait.TimedOut | KubeError.NotFound | KubeError.Common, R> =>
  internal.wait(api, name, status(api, name), options, (report) => new Wait.TimedOut(report))

// ------------------------------------------------------------------------------------------------ changes

/**
 * Starts a rollout of the same template, so that all Pods are replaced as the strategy says: it gets an annotation with the
 * time, as from `kubectl rollout restart`. Twice in a second is once.
 */
export const restart = <K extends rules.Workload, W, R>(
  api: Patchable<K, W, R>,
  name: string,
  options?: Request.PatchOptions
): Effect.Effect<K, Paused | WriteErrors, R> =>
  internal.restart(api, name, options, (workload) => new Paused({ workload }))

/** Lets changes of a Deployment's template wait until {@link resume}. Nothing happens where it is paused. */
export const pause = <W, R>(
  api: Patchable<Deployment, W, R>,
  name: string,
  options?: Request.PatchOptions
): Effect.Effect<Deployment, WriteErrors, R> => internal.setPaused(api, name, true, options)

/** Lets a Deployment roll out again. Nothing happens where it is not paused. */
export const resume = <W, R>(
  api: Patchable<Deployment, W, R>,
  name: string,
  options?: Request.PatchOptions
): Effect.Effect<Deployment, WriteErrors, R> => internal.setPaused(api, name, false, options)
