/**
 * Effect's metrics as Prometheus reads them: the text format 0.0.4, as Go's `expfmt` writes it. Names are sorted, so two
 * scrapes of the same state are equal.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type * as MetricKey from "effect/MetricKey"
import * as MetricKeyType from "effect/MetricKeyType"
import type * as MetricLabel from "effect/MetricLabel"
import type * as MetricPair from "effect/MetricPair"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"

type Type = "counter" | "gauge" | "histogram" | "summary"
type Labels = ReadonlyArray<readonly [name: string, value: string]>

/** All series of one name. */
interface Family {
  readonly type: Type
  help: string | undefined
  /** By their labels as they are written. */
  readonly series: Map<string, (name: string) => ReadonlyArray<string>>
}

/** Go's shortest form with at least two digits of exponent: `0.005`, `1e-08`, `1e+06`. */
export const number = (value: number | bigint): string => {
  if (typeof value === "bigint") return value.toString()
  if (Number.isNaN(value)) return "NaN"
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf"
  if (value === 0) return "0"
  const [digits, power] = value.toExponential().split("e") as [string, string] // it always has an exponent
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 21) return String(value)
  return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`
}

const validName = (name: string): string => {
  const valid = name.replace(/[^a-zA-Z0-9_:]/g, "_")
  return /^[a-zA-Z_:]/.test(valid) ? valid : `_${valid}`
}

/** Names that begin with two underscores are Prometheus' own. */
const validLabel = (name: string): string => {
  const valid = name.replace(/[^a-zA-Z0-9_]/g, "_").replace(/^_{2,}/, "_")
  return /^[a-zA-Z_]/.test(valid) ? valid : `_${valid}`
}

const escapeHelp = (text: string): string => text.replace(/\\/g, "\\\\").replace(/\r\n?|\n/g, "\\n")
const escapeValue = (text: string): string =>
  text.replace(/\\/g, "\\\\").replace(/"/g, "\\\"").replace(/\r\n?|\n/g, "\\n").replace(/\p{Surrogate}/gu, "\uFFFD")

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

/** Labels that come to have one name keep all of their values, as a translation from OpenTelemetry does it. */
const labelsOf = (tags: ReadonlyArray<MetricLabel.MetricLabel>, reserved: string | undefined): Labels => {
  const labels = new Map<string, string>()
  const sorted = [...tags].sort((a, b) => compare(a.key, b.key))
  for (const { key, value } of sorted) {
    const valid = validLabel(key)
    const name = valid === reserved ? `exported_${valid}` : valid
    const before = labels.get(name)
    labels.set(name, before === undefined ? value : `${before};${value}`)
  }
  return [...labels].sort(([a], [b]) => compare(a, b))
}

const written = (labels: Labels): string =>
  labels.length === 0 ? "" : `{${labels.map(([name, value]) => `${name}="${escapeValue(value)}"`).join(",")}}`

const typeOf = (key: MetricKey.MetricKey.Untyped): Type => {
  const { keyType } = key
  if (MetricKeyType.isHistogramKey(keyType)) return "histogram"
  if (MetricKeyType.isSummaryKey(keyType)) return "summary"
  if (MetricKeyType.isFrequencyKey(keyType)) return "counter"
  // What may fall is no counter to Prometheus, which would take the fall for a restart.
  return MetricKeyType.isCounterKey(keyType) && keyType.incremental ? "counter" : "gauge"
}

const reservedOf = (key: MetricKey.MetricKey.Untyped): string | undefined =>
  MetricKeyType.isHistogramKey(key.keyType)
    ? "le"
    : MetricKeyType.isSummaryKey(key.keyType)
    ? "quantile"
    : MetricKeyType.isFrequencyKey(key.keyType)
    ? "key"
    : undefined

type Series = readonly [labels: Labels, lines: (name: string) => ReadonlyArray<string>]

const single = (labels: Labels, value: number | bigint): Series => [
  labels,
  (name) => [`${name}${written(labels)} ${number(value)}`]
]

const histogram = (labels: Labels, state: MetricState.MetricState.Histogram): Series => [labels, (name) => {
  const buckets = state.buckets.filter(([bound]) => bound !== Infinity)
  return [
    ...[...buckets, [Infinity, state.count] as const].map(([bound, count]) =>
      `${name}_bucket${written([...labels, ["le", number(bound)]])} ${number(count)}`
    ),
    `${name}_sum${written(labels)} ${number(state.sum)}`,
    `${name}_count${written(labels)} ${number(state.count)}`
  ]
}]

const summary = (labels: Labels, state: MetricState.MetricState.Summary): Series => [labels, (name) => [
  ...state.quantiles.map(([quantile, value]) =>
    `${name}${written([...labels, ["quantile", number(quantile)]])} ${number(Option.getOrElse(value, () => NaN))}`
  ),
  `${name}_sum${written(labels)} ${number(state.sum)}`,
  `${name}_count${written(labels)} ${number(state.count)}`
]]

const seriesOf = ({ metricKey, metricState }: MetricPair.MetricPair.Untyped): ReadonlyArray<Series> => {
  const labels = labelsOf(metricKey.tags, reservedOf(metricKey))
  if (MetricState.isCounterState(metricState)) return [single(labels, metricState.count)]
  if (MetricState.isGaugeState(metricState)) return [single(labels, metricState.value)]
  if (MetricState.isHistogramState(metricState)) return [histogram(labels, metricState)]
  if (MetricState.isSummaryState(metricState)) return [summary(labels, metricState)]
  if (MetricState.isFrequencyState(metricState)) {
    return [...metricState.occurrences].map(([key, count]) => single([...labels, ["key", key]], count))
  }
  return []
}

/** The names that lines of a family have: no other family may have them. */
const namesOf = (name: string, type: Type): ReadonlyArray<string> =>
  type === "histogram"
    ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]
    : type === "summary"
    ? [name, `${name}_sum`, `${name}_count`]
    : [name]

/** Metrics of one name are one family; where they differ in type, or would write each other's lines, the later ones get their type as a suffix. */
export const render = (pairs: Iterable<MetricPair.MetricPair.Untyped>): string => {
  const families = new Map<string, Family>()
  /** Which family a name of a line belongs to. */
  const taken = new Map<string, string>()
  const sorted = Array.from(
    pairs,
    (pair) => ({ pair, name: validName(pair.metricKey.name), type: typeOf(pair.metricKey) })
  )
    .sort((a, b) => compare(a.name, b.name) || compare(a.type, b.type))
  for (const { name, pair, type } of sorted) {
    const isFree = (candidate: string): boolean => {
      const family = families.get(candidate)
      return family === undefined
        ? namesOf(candidate, type).every((line) => !taken.has(line))
        : family.type === type
    }
    let chosen = name
    while (!isFree(chosen)) chosen = `${chosen}_${type}`
    let family = families.get(chosen)
    if (family === undefined) {
      family = { type, help: undefined, series: new Map() }
      families.set(chosen, family)
      for (const line of namesOf(chosen, type)) taken.set(line, chosen)
    }
    family.help ||= Option.getOrUndefined(pair.metricKey.description)
    for (const [labels, lines] of seriesOf(pair)) {
      const id = written(labels)
      // Two metrics that differ in nothing but their description or their buckets: a series is written once.
      if (!family.series.has(id)) family.series.set(id, lines)
    }
  }
  const parts: Array<string> = []
  for (const [name, { help, series, type }] of [...families].sort(([a], [b]) => compare(a, b))) {
    if (series.size === 0) continue
    if (help !== undefined && help !== "") parts.push(`# HELP ${name} ${escapeHelp(help)}`)
    parts.push(`# TYPE ${name} ${type}`)
    for (const [_, lines] of [...series].sort(([a], [b]) => compare(a, b))) parts.push(...lines(name))
  }
  return parts.length === 0 ? "" : `${parts.join("\n")}\n`
}
