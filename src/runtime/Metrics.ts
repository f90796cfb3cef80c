/**
 * What a program counts, as Prometheus scrapes it: every metric of Effect's registry, those of this library under the
 * names that client-go and controller-runtime have, and the program's own. {@link layer} serves it with the probes and a
 * page for people.
 *
 * ```ts
 * import { Controller, Metrics } from "effect-kube"
 * import { NodeKubeClient } from "effect-kube/node"
 * import { NodeHttpServer } from "@effect/platform-node"
 * import { Layer } from "effect"
 * import { createServer } from "node:http"
 *
 * const operator = (controller: Controller.Controller<never, never>) =>
 *   Controller.layer(controller).pipe(
 *     Layer.provide(Metrics.layer()),
 *     Layer.provide(NodeHttpServer.layer(createServer, { port: 8080 })),
 *     Layer.provide(NodeKubeClient.layer)
 *   )
 * ```
 *
 * The names are listed in docs/observability.md, and docs/dashboard.json shows them in Grafana.
 */
import type * as HttpServer from "@effect/platform/HttpServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import type { KubeClient } from "../client/KubeClient.js"
import * as controllerMetrics from "./internal/controllerMetrics.js"
import { render } from "./internal/exposition.js"
import * as queueMetrics from "./internal/queueMetrics.js"
import type * as Probes from "./Probes.js"

/** What the text is, for whoever serves it: the text format 0.0.4. */
export const contentType = "text/plain; version=0.0.4; charset=utf-8"

/**
 * Every metric of the program in Prometheus' text format, sorted by name.
 *
 * A counter of Effect that may fall is a gauge here, a frequency a counter with the label `key`. What stands in a name and
 * must not becomes `_`; a label `le` or `quantile` that would clash with Prometheus' own gets the prefix `exported_`.
 */
export const text: Effect.Effect<string> = Effect.map(Metric.snapshot, render)

/** Controller-runtime's metrics of controllers, with the label `controller`. */
export const controller: {
  /** `controller_runtime_reconcile_total`, by `result`: `success`, `error`, `requeue_after`; `requeue` is always 0. */
  readonly reconciles: Metric.Metric.Counter<number>
  /** `controller_runtime_reconcile_errors_total`: failures of every kind. */
  readonly errors: Metric.Metric.Counter<number>
  /** `controller_runtime_terminal_reconcile_errors_total` */
  readonly terminalErrors: Metric.Metric.Counter<number>
  /** `controller_runtime_reconcile_panics_total`: defects. */
  readonly panics: Metric.Metric.Counter<number>
  /** `controller_runtime_reconcile_time_seconds` */
  readonly time: Metric.Metric.Histogram<number>
  /** `controller_runtime_max_concurrent_reconciles` */
  readonly maxConcurrent: Metric.Metric.Gauge<number>
  /** `controller_runtime_active_workers` */
  readonly active: Metric.Metric.Gauge<number>
} = controllerMetrics.metrics

/** Client-go's metrics of work queues that have a name, with the labels `name` and `controller`. */
export const workqueue: {
  /** `workqueue_depth`, by `priority`: keys that could be taken now. */
  readonly depth: Metric.Metric.Gauge<number>
  /** `workqueue_adds_total`: what became ready, or was added to a key that runs. */
  readonly adds: Metric.Metric.Counter<number>
  /** `workqueue_queue_duration_seconds`: from ready to taken. */
  readonly queueDuration: Metric.Metric.Histogram<number>
  /** `workqueue_work_duration_seconds`: from taken to done. */
  readonly workDuration: Metric.Metric.Histogram<number>
  /** `workqueue_unfinished_work_seconds`: the ages of all that is taken and not done, together. */
  readonly unfinished: Metric.Metric.Gauge<number>
  /** `workqueue_longest_running_processor_seconds` */
  readonly longestRunning: Metric.Metric.Gauge<number>
  /** `workqueue_retries_total`: what was put off to a later time. */
  readonly retries: Metric.Metric.Counter<number>
} = queueMetrics.metrics

export interface Options extends Probes.Options {
  /** Whether there is a page for people at `/debug`, and the same at `/debug.json`. It names objects. Default true. */
  readonly debug?: boolean | undefined
}

/**
 * Serves `/metrics`, the probes of {@link Probes} (`/healthz`, `/livez`, `/readyz`) and the page of {@link Debug} as long as
 * the layer is in use. The server answers nothing else: for one that does, there are {@link text}, `Probes.respond` and
 * `Debug.page`. Provide it to controllers, and it is up before them and goes after them.
 */
export const layer = (options?: Options): Layer.Layer<never, never, HttpServer.HttpServer | KubeClient> =>
  Layer.scopedDiscard(Effect.flatMap(
    Effect.promise(() => import("./internal/serving.js")),
    ({ serveAll }) => serveAll(options ?? {})
  ))
