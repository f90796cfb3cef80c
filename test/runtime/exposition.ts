/** A strict reader of Prometheus' text format 0.0.4: it refuses what a server only tolerates. */

export interface Sample {
  readonly name: string
  readonly labels: { readonly [name: string]: string }
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string | undefined
  readonly samples: ReadonlyArray<Sample>
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*/
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*/
const numbers = /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]\d{2,})?|NaN|[+-]Inf)$/

const numberOf = (text: string): number => {
  if (!numbers.test(text)) throw new Error(`no number: ${text}`)
  return text.endsWith("Inf") ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text)
}

const unescape = (text: string, allowed: string): string => {
  let result = ""
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "\\") {
      result += text[i]
      continue
    }
    const next = text[++i]
    if (next === undefined || !allowed.includes(next)) throw new Error(`no escape: \\${next}`)
    result += next === "n" ? "\n" : next
  }
  return result
}

const sampleOf = (line: string): Sample => {
  const name = metricName.exec(line)?.[0]
  if (name === undefined) throw new Error(`no name: ${line}`)
  let rest = line.slice(name.length)
  const labels: Record<string, string> = {}
  if (rest.startsWith("{")) {
    rest = rest.slice(1)
    while (!rest.startsWith("}")) {
      const label = labelName.exec(rest)?.[0]
      if (label === undefined || label.startsWith("__")) throw new Error(`no label: ${line}`)
      if (Object.hasOwn(labels, label)) throw new Error(`${label} twice: ${line}`)
      const value = /^="((?:[^"\\]|\\.)*)"/.exec(rest.slice(label.length))
      if (value === null) throw new Error(`no value of ${label}: ${line}`)
      labels[label] = unescape(value[1]!, "\\\"n")
      rest = rest.slice(label.length + value[0].length)
      if (rest.startsWith(",")) rest = rest.slice(1)
      else if (!rest.startsWith("}")) throw new Error(`expected , or }: ${line}`)
    }
    rest = rest.slice(1)
  }
  if (!rest.startsWith(" ")) throw new Error(`no value: ${line}`)
  return { name, labels, value: numberOf(rest.slice(1)) }
}

const suffixes: { readonly [type: string]: ReadonlyArray<string> } = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"]
}

const idOf = (labels: Sample["labels"], without: string): string =>
  JSON.stringify(Object.entries(labels).filter(([name]) => name !== without).sort())

const checkHistogram = ({ name, samples }: Family): void => {
  for (const count of samples.filter((sample) => sample.name === `${name}_count`)) {
    const id = idOf(count.labels, "le")
    const buckets = samples.filter((sample) => sample.name === `${name}_bucket` && idOf(sample.labels, "le") === id)
    const bounds = buckets.map(({ labels }) => numberOf(labels["le"] ?? ""))
    if (bounds.at(-1) !== Infinity) throw new Error(`${name}: the last bucket is not +Inf`)
    if (bounds.some((bound, i) => i > 0 && bound <= bounds[i - 1]!)) throw new Error(`${name}: bounds do not rise`)
    const counts = buckets.map(({ value }) => value)
    if (counts.some((value, i) => i > 0 && value < counts[i - 1]!)) throw new Error(`${name}: buckets do not add up`)
    if (counts.at(-1) !== count.value) throw new Error(`${name}: +Inf is not the count`)
    if (!samples.some((sample) => sample.name === `${name}_sum` && idOf(sample.labels, "le") === id)) {
      throw new Error(`${name}: no sum`)
    }
  }
}

export const parse = (text: string): ReadonlyMap<string, Family> => {
  const families = new Map<string, Family & { samples: Array<Sample> }>()
  if (text === "") return families
  if (!text.endsWith("\n")) throw new Error("the last line has no end")
  let help: { readonly name: string; readonly text: string } | undefined
  let family: (Family & { samples: Array<Sample> }) | undefined
  const seen = new Set<string>()
  for (const line of text.slice(0, -1).split("\n")) {
    if (line === "" || line.includes("\r")) throw new Error(`what line is this: ${JSON.stringify(line)}`)
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/s.exec(line)
    if (comment === null) {
      if (line.startsWith("#") || help !== undefined) throw new Error(`expected TYPE: ${line}`)
      const sample = sampleOf(line)
      if (family === undefined || !suffixes[family.type]!.some((suffix) => family!.name + suffix === sample.name)) {
        throw new Error(`not of ${family?.name}: ${line}`)
      }
      const id = sample.name + idOf(sample.labels, "")
      if (seen.has(id)) throw new Error(`twice: ${line}`)
      seen.add(id)
      family.samples.push(sample)
    } else {
      const [_, keyword, name, rest] = comment as unknown as readonly [string, string, string, string]
      if (metricName.exec(name)?.[0] !== name) throw new Error(`no name: ${line}`)
      if (keyword === "HELP") help = { name, text: unescape(rest, "\\n") }
      else {
        if (families.has(name)) throw new Error(`${name} a second time`)
        if (help !== undefined && help.name !== name) throw new Error(`help of ${help.name}, then ${line}`)
        if (suffixes[rest] === undefined) throw new Error(`no type: ${line}`)
        family = { name, type: rest, help: help?.text, samples: [] }
        families.set(name, family)
        help = undefined
      }
    }
  }
  for (const family of families.values()) {
    if (family.samples.length === 0) throw new Error(`${family.name} is empty`)
    if (family.type === "histogram") checkHistogram(family)
  }
  return families
}
