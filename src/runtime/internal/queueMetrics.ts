/**
 * What is counted of work queues, under client-go's names, with the labels of controller-runtime. A key that passes
 * costs two buckets of a histogram; all else is worked out when somebody reads it.
 */
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import * as MetricState from "effect/MetricState"
import type * as Scope from "effect/Scope"
import type * as WorkQueue from "../WorkQueue.js"
import { computedCounter, computedGauge, histogramOf, type Labels, metricLabels } from "./visibleMetrics.js"

/**
 * From 10 ns to 1 000 s. Each is ten times the one before as floating point has it (`9.999999999999999e-06`), as in Go:
 * only so the buckets of both add up in one query.
 */
const exponential = (start: number, factor: number, count: number): ReadonlyArray<number> => {
  const bounds: Array<number> = []
  for (let bound = start; bounds.length < count; bound *= factor) bounds.push(bound)
  return bounds
}

const boundaries = MetricBoundaries.fromIterable(exponential(10e-9, 10, 12))

const counter = (name: string, description: string) => MetricKey.counter(name, { description, incremental: true })
const gauge = (name: string, description: string) => MetricKey.gauge(name, { description })

const keys = {
  depth: gauge("workqueue_depth", "Current depth of workqueue by workqueue and priority"),
  adds: counter("workqueue_adds_total", "Total number of adds handled by workqueue"),
  queueDuration: MetricKey.histogram(
    "workqueue_queue_duration_seconds",
    boundaries,
    "How long in seconds an item stays in workqueue before being requested"
  ),
  workDuration: MetricKey.histogram(
    "workqueue_work_duration_seconds",
    boundaries,
    "How long in seconds processing an item from workqueue takes."
  ),
  unfinished: gauge(
    "workqueue_unfinished_work_seconds",
    "How many seconds of work has been done that is in progress and hasn't been observed by work_duration. Large "
      + "values indicate stuck threads. One can deduce the number of stuck threads by observing the rate at which this "
      + "increases."
  ),
  longestRunning: gauge(
    "workqueue_longest_running_processor_seconds",
    "How many seconds has the longest running processor for workqueue been running."
  ),
  retries: counter("workqueue_retries_total", "Total number of retries handled by workqueue")
}

/** The metrics without their labels. */
export const metrics = {
  depth: Metric.fromMetricKey(keys.depth),
  adds: Metric.fromMetricKey(keys.adds),
  queueDuration: Metric.fromMetricKey(keys.queueDuration),
  workDuration: Metric.fromMetricKey(keys.workDuration),
  unfinished: Metric.fromMetricKey(keys.unfinished),
  longestRunning: Metric.fromMetricKey(keys.longestRunning),
  retries: Metric.fromMetricKey(keys.retries)
}

/** What a queue is asked when somebody reads its metrics. */
export interface Readings {
  readonly size: () => WorkQueue.Size
  /** How many keys of a priority could be taken now. */
  readonly depth: (priority: number) => number
  /** Since the queue was made. */
  readonly adds: () => number
  readonly retries: () => number
  /** For how many milliseconds each key runs that is taken and not done. */
  readonly ages: () => Iterable<number>
}

/** The queues of one name, as they are at a moment. */
export interface QueueDescription {
  readonly name: string
  /** Keys that could be taken now. */
  readonly ready: number
  /** Those, and keys that are delayed or wait for their own run to end. */
  readonly pending: number
  /** Keys that are taken and not done. */
  readonly processing: number
  /** For how many milliseconds the one of them runs that was taken first. */
  readonly longestRunningMillis: number
  /** Since the program began. */
  readonly adds: number
  /** How many of the adds were put off to a later time. */
  readonly retries: number
}

/** What the queues of the same name have together. */
class Series {
  readonly queues = new Set<Readings>()
  readonly queueDuration
  readonly workDuration
  /** Of queues that are gone. */
  private adds = 0
  private retries = 0
  private readonly priorities = new Set<number>()

  constructor(private readonly name: string, private readonly labels: Labels) {
    this.queueDuration = histogramOf(keys.queueDuration, labels)
    this.workDuration = histogramOf(keys.workDuration, labels)
    computedCounter(keys.adds, labels, () => MetricState.counter(this.adds + this.sum(({ adds }) => adds())))
    computedCounter(
      keys.retries,
      labels,
      () => MetricState.counter(this.retries + this.sum(({ retries }) => retries()))
    )
    computedGauge(keys.unfinished, labels, () => {
      let sum = 0
      for (const queue of this.queues) for (const age of queue.ages()) sum += age
      return MetricState.gauge(sum / 1000)
    })
    computedGauge(keys.longestRunning, labels, () => {
      let longest = 0
      for (const queue of this.queues) for (const age of queue.ages()) longest = Math.max(longest, age)
      return MetricState.gauge(longest / 1000)
    })
    this.see(0)
  }

  /** The running queues, as one. */
  describe(): QueueDescription {
    const ages = Array.from(this.queues, (queue) => [...queue.ages()]).flat()
    return {
      name: this.name,
      ready: this.sum((queue) => queue.size().ready),
      pending: this.sum((queue) => queue.size().pending),
      processing: this.sum((queue) => queue.size().processing),
      longestRunningMillis: Math.round(Math.max(0, ...ages)),
      adds: this.adds + this.sum(({ adds }) => adds()),
      retries: this.retries + this.sum(({ retries }) => retries())
    }
  }

  private sum(reading: (queue: Readings) => number): number {
    let sum = 0
    for (const queue of this.queues) sum += reading(queue)
    return sum
  }

  see(priority: number): void {
    if (this.priorities.has(priority)) return
    this.priorities.add(priority)
    computedGauge(
      keys.depth,
      [...this.labels, MetricLabel.make("priority", String(priority))],
      () => MetricState.gauge(this.sum((queue) => queue.depth(priority)))
    )
  }

  close(queue: Readings): void {
    if (!this.queues.delete(queue)) return
    this.adds += queue.adds()
    this.retries += queue.retries()
  }
}

/** One for all copies of the module, as the metrics are. None ever goes: what was counted stays counted. */
const allSeries = globalValue(Symbol.for("effect-kube/queueSeries"), () => new Map<string, Series>())

/** The named queues that run. */
export const describe: Effect.Effect<ReadonlyArray<QueueDescription>> = Effect.sync(() =>
  Array.from(allSeries.values()).filter(({ queues }) => queues.size > 0).map((series) => series.describe())
)

/** What one queue counts. Times are milliseconds. */
export class QueueMetrics {
  private lastPriority = 0

  constructor(private readonly series: Series) {}

  /** A key may come to have this priority. */
  sees(priority: number): void {
    if (priority === this.lastPriority) return
    this.lastPriority = priority
    this.series.see(priority)
  }

  /** A key was taken that had waited so long. */
  taken(waited: number): void {
    this.series.queueDuration.update(waited / 1000)
  }

  /** A key is done that had run so long. */
  done(ran: number): void {
    this.series.workDuration.update(ran / 1000)
  }
}

/** What a queue of that name counts until the Scope closes; undefined where its client counts nothing. */
export const make = (
  name: string,
  readings: Readings
): Effect.Effect<QueueMetrics | undefined, never, Scope.Scope> =>
  Effect.flatMap(metricLabels, (extra) => {
    if (extra === undefined) return Effect.succeed(undefined)
    const labels = [MetricLabel.make("name", name), MetricLabel.make("controller", name), ...extra]
    const id = labels.map(({ key, value }) => `${key}\u0000${value}`).join("\u0000")
    let series = allSeries.get(id)
    if (series === undefined) {
      series = new Series(name, labels)
      allSeries.set(id, series)
    }
    const shared = series
    return Effect.as(
      Effect.acquireRelease(
        Effect.sync(() => shared.queues.add(readings)),
        () => Effect.sync(() => shared.close(readings))
      ),
      new QueueMetrics(shared)
    )
  })
