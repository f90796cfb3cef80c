/**
 * Hooks of metrics, made once for each set of labels, and whether there are to be any. The ways that are walked for each
 * key or each run then cost an addition.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Metric from "effect/Metric"
import type * as MetricHook from "effect/MetricHook"
import * as MetricKey from "effect/MetricKey"
import type * as MetricLabel from "effect/MetricLabel"
import type * as MetricState from "effect/MetricState"
import { visibilityOf } from "../../client/internal/visibility.js"
import { KubeClient } from "../../client/KubeClient.js"

export type Labels = ReadonlyArray<MetricLabel.MetricLabel>

const registry = Metric.globalMetricRegistry

export const counterOf = (key: MetricKey.MetricKey.Counter<number>, labels: Labels) =>
  registry.getCounter(MetricKey.taggedWithLabels(key, labels))
export const gaugeOf = (key: MetricKey.MetricKey.Gauge<number>, labels: Labels) =>
  registry.getGauge(MetricKey.taggedWithLabels(key, labels))
export const histogramOf = (key: MetricKey.MetricKey.Histogram, labels: Labels) =>
  registry.getHistogram(MetricKey.taggedWithLabels(key, labels))

type Read<Hook> = { get: Hook extends MetricHook.MetricHook<never, infer Out> ? () => Out : never }

/**
 * A gauge that is worked out whenever somebody reads it, whoever exports it. Effect has none: its hooks are plain objects,
 * and what they answer is put in place here.
 */
export const computedGauge = (
  key: MetricKey.MetricKey.Gauge<number>,
  labels: Labels,
  state: () => MetricState.MetricState.Gauge<number>
): void => {
  const hook = gaugeOf(key, labels) as Read<MetricHook.MetricHook.Gauge<number>>
  hook.get = state
}

/** As {@link computedGauge}. */
export const computedCounter = (
  key: MetricKey.MetricKey.Counter<number>,
  labels: Labels,
  state: () => MetricState.MetricState.Counter<number>
): void => {
  const hook = counterOf(key, labels) as Read<MetricHook.MetricHook.Counter<number>>
  hook.get = state
}

/** The labels that the fiber puts on its metrics; undefined: its client has the option `metrics: false`. */
export const metricLabels: Effect.Effect<Labels | undefined> = Effect.withFiberRuntime((fiber) => {
  const client = Context.getOption(fiber.getFiberRef(FiberRef.currentContext), KubeClient)
  return Effect.succeed(
    client._tag === "Some" && !visibilityOf(client.value).metrics
      ? undefined
      : fiber.getFiberRef(FiberRef.currentMetricLabels)
  )
})
