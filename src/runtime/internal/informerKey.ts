/**
 * When two who ask for an informer can have the same one: they follow the same, in the same way, and keep the same of it.
 */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import { parseFields, parseLabels } from "../../protocol/internal/selector.js"
import type { Settings, Target } from "./watcher.js"

export interface InformerKey {
  /** Resource and namespace, in words: to find candidates by. */
  readonly place: string
  /** How objects are read: a typed kind, its view, its metadata and a dynamic handle have a codec each. */
  readonly codec: unknown
  /** Compared by reference: nobody knows what a function does. */
  readonly project: unknown
  /** How it is followed. All of it counts, so that who chose an option has it. */
  readonly settings: Settings
  /** How it is kept. */
  readonly store: { readonly [option: string]: unknown }
}

/** One text for selectors that ask for the same. What cannot be read is refused by the server, each text for itself. */
const canonical = (
  text: string | undefined,
  parse: (text: string) => Either.Either<unknown, unknown>
): string | undefined =>
  text === undefined ? undefined : Either.match(parse(text), { onLeft: () => text, onRight: String })

export const informerKey = <K>(
  { codec, namespace, resource: { group, plural, version } }: Target<K>,
  settings: Settings,
  project: unknown,
  store: InformerKey["store"]
): InformerKey => ({
  place: [group, version, plural, namespace ?? ""].join("/"),
  codec,
  project,
  settings: {
    ...settings,
    labels: canonical(settings.labels, parseLabels) || undefined,
    fields: canonical(settings.fields, parseFields) || undefined
  },
  store
})

const isRecord = (u: unknown): u is { readonly [key: string]: unknown } =>
  typeof u === "object" && u !== null && Object.getPrototypeOf(u) === Object.prototype

/** Plain values by what they say, everything else (a Schedule, a function) by reference. */
const same = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (Duration.isDuration(a)) return Duration.isDuration(b) && Duration.equals(a, b)
  if (!isRecord(a) || !isRecord(b)) return false
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => same(a[key], b[key]))
}

export const sameKey = (a: InformerKey, b: InformerKey): boolean =>
  a.place === b.place && a.codec === b.codec && a.project === b.project && same(a.settings, b.settings) &&
  same(a.store, b.store)
