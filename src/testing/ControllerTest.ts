/**
 * Tests of controllers on a {@link TestCluster}: run them until there is nothing left to do, and see that they come to
 * rest at all. The clock of the test is moved on by itself, so that backoffs and delays cost no time; without a
 * `TestClock` it waits.
 *
 * ```ts
 * import { Api, Controller } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { ControllerTest, TestCluster } from "effect-kube/testing"
 * import { Effect, Layer } from "effect"
 *
 * const configMaps = Api.namespaced(ConfigMap, "default")
 *
 * const controller = Controller.make("seen", {
 *   for: Api.all(ConfigMap),
 *   reconcile: (configMap) =>
 *     configMap.data?.["seen"] === "yes"
 *       ? Effect.void
 *       : Effect.asVoid(configMaps.modify(configMap.metadata.name, (found) => ({ ...found, data: { seen: "yes" } })))
 * })
 *
 * const test = Effect.gen(function*() {
 *   yield* Layer.build(Controller.layer(controller))
 *   yield* configMaps.create({ metadata: { name: "a" } })
 *   yield* ControllerTest.untilQuiet
 *   yield* ControllerTest.steady
 *   return (yield* configMaps.get("a")).data // { seen: "yes" }
 * }).pipe(Effect.scoped, Effect.provide(TestCluster.layer))
 * ```
 *
 * It knows the controllers that run on the client of the context.
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as KubeClient from "../client/KubeClient.js"
import * as internal from "./internal/controllerTest.js"
import type { HotLoop, NotQuiet } from "./internal/unrest.js"
import type { TestCluster } from "./TestCluster.js"

export {
  /**
   * Something is written again and again. A reconciler that changes its own object at each run wakes itself for ever: most
   * often it writes a time, a counter, or a field that the server gives another value.
   */
  HotLoop,
  /** There was no rest in time, and no hot loop either: a reconcile hangs, or fails each time. */
  NotQuiet
} from "./internal/unrest.js"
export type { Pending } from "./internal/unrest.js"

export interface Options {
  /** For how long nothing may be written. Default 1 second. */
  readonly for?: Duration.DurationInput | undefined
  /** How long to go on at most. Default 5 minutes. */
  readonly within?: Duration.DurationInput | undefined
  /** How often an object may be written on the way to rest before that is a {@link HotLoop}. Default 100. */
  readonly writes?: number | undefined
}

/**
 * Runs until every controller is at rest and nothing has been written for a second: nothing is ready or running, and
 * nothing that has failed waits for its next try. What a controller has put off (`requeueAfter`) is no unrest, nor is a
 * terminal failure. Leases and Events do not count.
 */
export const untilQuiet: Effect.Effect<void, HotLoop | NotQuiet, TestCluster | KubeClient.KubeClient> = internal
  .untilQuiet({})

/** As {@link untilQuiet}, with other limits. */
export const untilQuietWith: (
  options: Options
) => Effect.Effect<void, HotLoop | NotQuiet, TestCluster | KubeClient.KubeClient> = internal.untilQuiet

/**
 * Waits until all is quiet, then has every object of every controller reconciled once more, a second later. To reconcile
 * what is as it should be must write nothing: what is written is a {@link HotLoop}, also where it ends by itself in a
 * test whose clock stands still.
 */
export const steady: Effect.Effect<void, HotLoop | NotQuiet, TestCluster | KubeClient.KubeClient> = internal.steady({})

/** As {@link steady}, with other limits. */
export const steadyWith: (
  options: Options
) => Effect.Effect<void, HotLoop | NotQuiet, TestCluster | KubeClient.KubeClient> = internal.steady
