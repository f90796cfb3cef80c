/** What is counted of reconciles, under controller-runtime's names, with its labels and its buckets. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import { now } from "../../client/internal/pulse.js"
import { counterOf, gaugeOf, histogramOf, type Labels, metricLabels } from "./visibleMetrics.js"

/** In seconds. */
const boundaries = MetricBoundaries.fromIterable(
  [
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    [1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60]
  ].flat()
)

const counter = (name: string, description: string) => MetricKey.counter(name, { description, incremental: true })
const gauge = (name: string, description: string) => MetricKey.gauge(name, { description })

const keys = {
  reconciles: counter("controller_runtime_reconcile_total", "Total number of reconciliations per controller"),
  errors: counter("controller_runtime_reconcile_errors_total", "Total number of reconciliation errors per controller"),
  terminalErrors: counter(
    "controller_runtime_terminal_reconcile_errors_total",
    "Total number of terminal reconciliation errors per controller"
  ),
  panics: counter("controller_runtime_reconcile_panics_total", "Total number of reconciliation panics per controller"),
  time: MetricKey.histogram(
    "controller_runtime_reconcile_time_seconds",
    boundaries,
    "Length of time per reconciliation per controller"
  ),
  maxConcurrent: gauge(
    "controller_runtime_max_concurrent_reconciles",
    "Maximum number of concurrent reconciles per controller"
  ),
  active: gauge("controller_runtime_active_workers", "Number of currently used workers per controller")
}

/** The metrics without their labels. */
export const metrics = {
  reconciles: Metric.fromMetricKey(keys.reconciles),
  errors: Metric.fromMetricKey(keys.errors),
  terminalErrors: Metric.fromMetricKey(keys.terminalErrors),
  panics: Metric.fromMetricKey(keys.panics),
  time: Metric.fromMetricKey(keys.time),
  maxConcurrent: Metric.fromMetricKey(keys.maxConcurrent),
  active: Metric.fromMetricKey(keys.active)
}

/** What became of a try: controller-runtime's results, and what it counts beside them. */
export type Result = "success" | "requeue_after" | "error" | "terminal" | "panic"

/** What one controller counts. Its series are there from its start, at 0: a rate needs a first value. */
export class ControllerMetrics {
  private readonly byResult
  private readonly errors
  private readonly terminalErrors
  private readonly panics
  private readonly time
  private readonly maxConcurrent
  private readonly active

  constructor(name: string, private readonly clock: Clock.Clock, extra: Labels) {
    const labels = [MetricLabel.make("controller", name), ...extra]
    const result = (result: string) => counterOf(keys.reconciles, [...labels, MetricLabel.make("result", result)])
    result("requeue")
    const error = result("error")
    this.byResult = {
      success: result("success"),
      requeue_after: result("requeue_after"),
      error,
      terminal: error,
      panic: error
    }
    this.errors = counterOf(keys.errors, labels)
    this.terminalErrors = counterOf(keys.terminalErrors, labels)
    this.panics = counterOf(keys.panics, labels)
    this.time = histogramOf(keys.time, labels)
    this.maxConcurrent = gaugeOf(keys.maxConcurrent, labels)
    this.active = gaugeOf(keys.active, labels)
  }

  /** A controller runs so many workers more, or less. */
  workers(more: number): void {
    this.maxConcurrent.modify(more)
  }

  /** A try begins; `ended` is told what this returned. */
  began(): number {
    this.active.modify(1)
    return now(this.clock)
  }

  ended(began: number): void {
    this.active.modify(-1)
    this.time.update((now(this.clock) - began) / 1000)
  }

  result(result: Result): void {
    this.byResult[result].update(1)
    if (result === "success" || result === "requeue_after") return
    this.errors.update(1)
    if (result === "terminal") this.terminalErrors.update(1)
    if (result === "panic") this.panics.update(1)
  }
}

/** What a controller of that name counts; undefined where its client counts nothing. */
export const make = (name: string): Effect.Effect<ControllerMetrics | undefined> =>
  Effect.flatMap(metricLabels, (labels) =>
    labels === undefined
      ? Effect.succeed(undefined)
      : Effect.map(Effect.clock, (clock) => new ControllerMetrics(name, clock, labels)))
