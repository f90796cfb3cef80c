/** What is counted of requests, under client-go's names. The labels are few: a code, a method and a host. */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import type * as MetricKeyType from "effect/MetricKeyType"
import * as MetricLabel from "effect/MetricLabel"

/** In seconds, as component-base has them. */
const boundaries = MetricBoundaries.fromIterable([
  0.005,
  0.025,
  0.1,
  0.25,
  0.5,
  1,
  2,
  4,
  8,
  15,
  30,
  60
])

const keys = {
  requests: MetricKey.counter("rest_client_requests_total", {
    description: "Number of HTTP requests, partitioned by status code, method, and host.",
    incremental: true
  }),
  retries: MetricKey.counter("rest_client_request_retries_total", {
    description: "Number of requests that were sent again, partitioned by status code, verb, and host.",
    incremental: true
  }),
  duration: MetricKey.histogram(
    "rest_client_request_duration_seconds",
    boundaries,
    "Seconds until the headers of the answer, retries included, partitioned by verb and host."
  ),
  waiting: MetricKey.histogram(
    "rest_client_rate_limiter_duration_seconds",
    boundaries,
    "Seconds that a request waited for the client-side rate limit, partitioned by verb and host."
  )
}

/** The metrics without their labels. */
export const metrics = {
  requests: Metric.fromMetricKey(keys.requests),
  retries: Metric.fromMetricKey(keys.retries),
  requestDuration: Metric.fromMetricKey(keys.duration),
  rateLimiterDuration: Metric.fromMetricKey(keys.waiting)
}

/** The code of what got no answer. */
export const noAnswer = "<error>"

type Labels = ReadonlyArray<MetricLabel.MetricLabel>
type Update = (value: number, extra: Labels) => void

/** Made once for each set of labels, for to tag a metric costs more than to update it. */
const tagged = <Type extends MetricKeyType.MetricKeyType<number, unknown>>(
  key: MetricKey.MetricKey<Type>,
  names: ReadonlyArray<string>
): (values: ReadonlyArray<string>) => Update => {
  const made = new Map<string, Update>()
  return (values) => {
    const id = values.join(" ")
    let update = made.get(id)
    if (update === undefined) {
      const labels = names.map((name, index) => MetricLabel.make(name, values[index]!))
      const metric = Metric.fromMetricKey(MetricKey.taggedWithLabels(key, labels))
      update = (value, extra) => metric.unsafeUpdate(value as MetricKeyType.MetricKeyType.InType<Type>, extra)
      made.set(id, update)
    }
    return update
  }
}

/** What one client counts. `extra` are the labels of the fiber that asks. */
export interface RequestMetrics {
  readonly answered: (code: string, method: string, extra: Labels) => void
  readonly sentAgain: (code: string, method: string, extra: Labels) => void
  readonly took: (millis: number, method: string, extra: Labels) => void
  readonly waited: (millis: number, method: string, extra: Labels) => void
}

export const make = (host: string): RequestMetrics => {
  const requests = tagged(keys.requests, ["code", "method", "host"])
  const retries = tagged(keys.retries, ["code", "verb", "host"])
  const duration = tagged(keys.duration, ["verb", "host"])
  const waiting = tagged(keys.waiting, ["verb", "host"])
  return {
    answered: (code, method, extra) => requests([code, method, host])(1, extra),
    sentAgain: (code, method, extra) => retries([code, method, host])(1, extra),
    took: (millis, method, extra) => duration([method, host])(millis / 1000, extra),
    waited: (millis, method, extra) => waiting([method, host])(millis / 1000, extra)
  }
}
