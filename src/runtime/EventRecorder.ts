/**
 * Events about objects, as `kubectl describe` shows them: what a controller did, and why it could not. Recording takes no
 * time and cannot fail; the events are written behind the program's back, equal ones counted up, similar ones gathered,
 * and an object that has too many is left alone.
 *
 * ```ts
 * import { Api, Controller, EventRecorder } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { Layer } from "effect"
 *
 * const controller = Controller.make("settings", {
 *   for: Api.all(ConfigMap),
 *   reconcile: (configMap) =>
 *     EventRecorder.record(configMap, { reason: "Checked", action: "Check", note: "all settings are known" })
 * })
 *
 * const main = Controller.layer(controller).pipe(Layer.provide(EventRecorder.layer("example.com/settings")))
 * ```
 *
 * The objects are `events.k8s.io/v1` Events:
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { KubeClient } from "../client/KubeClient.js"
import type { KubeObject } from "../protocol/Resource.js"
import * as internal from "./internal/eventRecorder.js"

/** What there is to tell of an object. */
export interface Message {
  /** Why, in one word that a machine can read: `FailedMount`. At most 128 characters. */
  readonly reason: string
  /** What was done or tried: `Mount`. At most 128 characters. Default: the reason. */
  readonly action?: string | undefined
  /** The same for people. What is longer than 1024 bytes is cut. */
  readonly note: string
  /** Default `"Normal"`. */
  readonly type?: "Normal" | "Warning" | undefined
  /** Another object that it has to do with. */
  readonly related?: KubeObject | undefined
}

export interface Options {
  /** Which of several equal programs tells it. Default: `$HOSTNAME`, which is the Pod's name. */
  readonly instance?: string | undefined
  /** How many events may wait to be written; what comes then is dropped, and the log says so. Default 1000. */
  readonly buffer?: number | undefined
  /** How soon an event that comes again is counted up in its object. Default 10 seconds. */
  readonly countEvery?: Duration.DurationInput | undefined
  /** How long what still waits may take when the Scope closes. Default 5 seconds. */
  readonly flushTimeout?: Duration.DurationInput | undefined
}

export interface Recorder {
  /**
   * Tells something of an object; returns at once.
   *
   * An event that was told within the last six minutes with the same words is counted in the `series` of its object. Of
   * those that differ only in the note, the tenth within ten minutes begins one combined event. An object has 25 events
   * at once, then one each five minutes; what is more is dropped.
   */
  readonly record: (regarding: KubeObject, message: Message) => Effect.Effect<void>
}

export class EventRecorder extends Context.Tag("effect-kube/EventRecorder")<EventRecorder, Recorder>() {}

/**
 * Starts a recorder in the Scope; when that closes, what still waits is written, within a limit. Needs `create` and
 * `patch` of `events.k8s.io` Events. A server that cannot be reached is asked again for two minutes; what it refuses
 * is logged.
 *
 * Throws a `TypeError` when the controller's name is no qualified name, such as `example.com/settings` or `settings`.
 */
export const make: (
  controller: string,
  options?: Options
) => Effect.Effect<Recorder, never, KubeClient | Scope.Scope> = internal.make

export const layer = (controller: string, options?: Options): Layer.Layer<EventRecorder, never, KubeClient> =>
  Layer.scoped(EventRecorder, make(controller, options))

/** `Recorder.record` of the recorder in the context. */
export const record = (regarding: KubeObject, message: Message): Effect.Effect<void, never, EventRecorder> =>
  Effect.flatMap(EventRecorder, (recorder) => recorder.record(regarding, message))
