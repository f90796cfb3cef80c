/**
 * What is counted of watches. Each watcher holds the hooks of its metrics from its beginning, so a chunk of events costs a
 * few additions, however many events it has (test/bench/watch.bench.ts).
 *
 * The labels are few: the server's host, as requests have it, and group, version and resource. A namespace is none, for a
 * program may follow any number of them, and each would be a series for ever; one that wants it puts `Effect.tagMetrics`
 * around its watch. Names and selectors never are.
 */
import { globalValue } from "effect/GlobalValue"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import type { InitReason, Situation } from "./watcherTable.js"

/**
 * What a watcher does: it lists everything, opens a watch, reads one, or waits before the next try.
 */
export type Phase = "listing" | "connecting" | "watching" | "waiting"

export const phases: ReadonlyArray<Phase> = ["listing", "connecting", "watching", "waiting"]

/** In seconds: servers end a watch after 300 to 600, proxies sooner. */
const watchBoundaries = MetricBoundaries.fromIterable([1, 5, 15, 30, 60, 120, 300, 450, 600, 1200, 3600])
const listBoundaries = MetricBoundaries.fromIterable([0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120])

const counter = (name: string, description: string) => MetricKey.counter(name, { description, incremental: true })

const keys = {
  watchers: MetricKey.gauge("effect_kube_watchers", {
    description: "Number of running watchers, partitioned by what they do."
  }),
  fresh: MetricKey.gauge("effect_kube_watch_fresh_timestamp_seconds", {
    description: "Unix time of the last list, event or bookmark, of the watcher for which it is longest ago."
  }),
  objects: MetricKey.gauge("effect_kube_store_objects", {
    description: "Number of objects in the stores that watchers keep up to date."
  }),
  lists: counter("effect_kube_watch_lists_total", "Number of lists of everything, partitioned by reason."),
  events: counter("effect_kube_watch_events_total", "Number of objects that were created, changed or deleted."),
  bookmarks: counter("effect_kube_watch_bookmarks_total", "Number of bookmarks."),
  undecodable: counter("effect_kube_watch_undecodable_total", "Number of objects that did not fit their schema."),
  troubles: counter("effect_kube_watch_troubles_total", "Number of failures, partitioned by what went wrong."),
  listDuration: MetricKey.histogram(
    "effect_kube_watch_list_duration_seconds",
    listBoundaries,
    "Seconds until a list of everything was complete."
  ),
  watchDuration: MetricKey.histogram(
    "effect_kube_watch_connection_duration_seconds",
    watchBoundaries,
    "Seconds that a watch lasted, partitioned by what ended it."
  )
}

/** The metrics without their labels. */
export const metrics = {
  watchers: Metric.fromMetricKey(keys.watchers),
  fresh: Metric.fromMetricKey(keys.fresh),
  storeObjects: Metric.fromMetricKey(keys.objects),
  lists: Metric.fromMetricKey(keys.lists),
  events: Metric.fromMetricKey(keys.events),
  bookmarks: Metric.fromMetricKey(keys.bookmarks),
  undecodable: Metric.fromMetricKey(keys.undecodable),
  troubles: Metric.fromMetricKey(keys.troubles),
  listDuration: Metric.fromMetricKey(keys.listDuration),
  watchDuration: Metric.fromMetricKey(keys.watchDuration)
}

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

const registry = Metric.globalMetricRegistry

const counterOf = (key: MetricKey.MetricKey.Counter<number>, labels: Labels) =>
  registry.getCounter(MetricKey.taggedWithLabels(key, labels))
const gaugeOf = (key: MetricKey.MetricKey.Gauge<number>, labels: Labels) =>
  registry.getGauge(MetricKey.taggedWithLabels(key, labels))
const histogramOf = (key: MetricKey.MetricKey.Histogram, labels: Labels) =>
  registry.getHistogram(MetricKey.taggedWithLabels(key, labels))

/** Hooks that have one label more, each made when it is first needed. */
const byLabel = <Hook>(name: string, labels: Labels, make: (labels: Labels) => Hook): (value: string) => Hook => {
  const made = new Map<string, Hook>()
  return (value) => {
    let hook = made.get(value)
    if (hook === undefined) {
      hook = make([...labels, MetricLabel.make(name, value)])
      made.set(value, hook)
    }
    return hook
  }
}

/** What the watchers of the same labels have together: a gauge says something of all of them. */
class Series {
  readonly members = new Set<WatcherMetrics>()
  readonly events
  readonly bookmarks
  readonly undecodable
  readonly lists
  readonly troubles
  readonly listDuration
  readonly watchDuration
  private readonly phases
  private readonly fresh
  private readonly objects
  /** The least `fresh` of the members, in whole seconds. */
  private oldest = Infinity

  constructor(readonly id: string, labels: Labels) {
    this.events = counterOf(keys.events, labels)
    this.bookmarks = counterOf(keys.bookmarks, labels)
    this.undecodable = counterOf(keys.undecodable, labels)
    this.lists = byLabel("reason", labels, (labels) => counterOf(keys.lists, labels))
    this.troubles = byLabel("situation", labels, (labels) => counterOf(keys.troubles, labels))
    this.listDuration = histogramOf(keys.listDuration, labels)
    this.watchDuration = byLabel("ended", labels, (labels) => histogramOf(keys.watchDuration, labels))
    this.phases = byLabel("phase", labels, (labels) => gaugeOf(keys.watchers, labels))
    this.fresh = gaugeOf(keys.fresh, labels)
    this.objects = gaugeOf(keys.objects, labels)
  }

  inPhase(phase: Phase, more: 1 | -1): void {
    this.phases(phase).modify(more)
  }

  kept(more: number): void {
    if (more !== 0) this.objects.modify(more)
  }

  /** A member was as fresh as `before`, and is as fresh as `after`. Without members there is nothing that could be old. */
  renewed(before: number, after: number): void {
    if (after >= this.oldest) {
      if (before > this.oldest) return
      after = Infinity
      for (const { fresh } of this.members) {
        if (fresh === this.oldest) return
        if (fresh < after) after = fresh
      }
    }
    this.oldest = after
    this.fresh.update(after === Infinity ? 0 : after)
  }
}

/** One for all copies of the module, as the gauges are. */
const allSeries = globalValue(Symbol.for("effect-kube/watchSeries"), () => new Map<string, Series>())

/** What one watcher counts. */
export class WatcherMetrics {
  /** In whole seconds since 1970: so many events within one cost nothing. */
  fresh = Infinity
  private phase: Phase | undefined
  private size = 0
  private readonly series: Series

  constructor(labels: Labels) {
    const id = labels.map(({ key, value }) => `${key}\u0000${value}`).join("\u0000")
    let series = allSeries.get(id)
    if (series === undefined) {
      series = new Series(id, labels)
      allSeries.set(id, series)
    }
    this.series = series
    series.members.add(this)
  }

  entered(phase: Phase | undefined): void {
    if (phase === this.phase) return
    if (this.phase !== undefined) this.series.inPhase(this.phase, -1)
    if (phase !== undefined) this.series.inPhase(phase, 1)
    this.phase = phase
  }

  renewed(millis: number): void {
    const before = this.fresh
    const after = Math.floor(millis / 1000)
    if (after === before) return
    this.fresh = after
    this.series.renewed(before, after)
  }

  kept(size: number): void {
    this.series.kept(size - this.size)
    this.size = size
  }

  handed(events: number, bookmarks: number, undecodable: number): void {
    const { series } = this
    if (events > 0) series.events.update(events)
    if (bookmarks > 0) series.bookmarks.update(bookmarks)
    if (undecodable > 0) series.undecodable.update(undecodable)
  }

  lists(reason: InitReason): void {
    this.series.lists(reason).update(1)
  }

  listed(millis: number): void {
    this.series.listDuration.update(millis / 1000)
  }

  trouble(situation: Situation): void {
    this.series.troubles(situation).update(1)
  }

  /** A watch is over. */
  ended(by: Situation | "stopped", millis: number): void {
    this.series.watchDuration(by).update(millis / 1000)
  }

  /** Nothing stays of this watcher but what was counted. */
  close(): void {
    const { members } = this.series
    if (!members.delete(this)) return
    this.entered(undefined)
    this.kept(0)
    const before = this.fresh
    this.series.renewed(before, Infinity)
    if (members.size === 0) allSeries.delete(this.series.id)
  }
}

/** What the metrics of a watch are told apart by, beside the labels of the fiber that watches. */
export const labelsOf = (
  host: string,
  { group, plural, version }: { readonly group: string; readonly version: string; readonly plural: string }
): Labels => [
  MetricLabel.make("host", host),
  MetricLabel.make("group", group),
  MetricLabel.make("version", version),
  MetricLabel.make("resource", plural)
]
