/**
 * Makes transcripts of two servers comparable: what differs from run to run becomes a placeholder that keeps what
 * matters about it. The same uid is the same `<uid-1>` everywhere; resourceVersions become their rank among those of the
 * objects in the transcript, `<rv-1>` before `<rv-2>`; the version of a list or of a bookmark is `<rv-2+>`: that of
 * `<rv-2>` or later, since on a real server others write too. `metadata.managedFields` is left out but where an area is about
 * it; keys are sorted, for their order says nothing.
 */
import type { Json, Step } from "./scenario.js"

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/g
/** Tokens of service accounts; the signature may have been cut. */
const webToken = /\beyJ[\w-]+\.eyJ[\w-]+(?:\.[\w-]*)?/g
/** Times of now; those that scenarios write are older. */
const time = /\b20(?:2[4-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g
/** The letters that the server adds to a generateName. */
const generated = /^[bcdfghjklmnpqrstvwxz2456789]{5}(?![a-z0-9])/
/** Where texts name resourceVersions. */
const inText = [
  /(?<=resourceVersion=)\d+/g,
  /(?<=resource version: )\d+(?: \(\d+\))?/g,
  /(?<=current: )\d+/g,
  /(?<=ResourceVersion in (?:the )?(?:precondition|object meta|record):? \(?)\d+/g,
  /(?<=\\?"resourceVersion\\?":\\?")\d+/g
]
const longest = 600
/** What most scenarios are not about, and what is a hash of what else is there. */
const omitted: ReadonlySet<string> = new Set(["managedFields", "storageVersionHash"])
const omittedBesideManagers: ReadonlySet<string> = new Set(["storageVersionHash"])

export interface Shown {
  /** Shows `metadata.managedFields`. */
  readonly managers?: boolean | undefined
}
/** Versions that scenarios make up are below the first or above the second. */
const madeUp = [10, 50_000_000] as const

const isObject = (value: unknown): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isList = (value: { readonly [key: string]: Json }): boolean =>
  Array.isArray(value["items"]) || String(value["kind"]).endsWith("List") || value["kind"] === "Table"

/** Without the managedFields of an object that a message quotes. */
const withoutQuotedManagers = (text: string): string => {
  const start = /,?\\?"managedFields\\?":\[/.exec(text)
  if (start === null) return text
  let depth = 1
  let at = start.index + start[0].length
  for (; at < text.length && depth > 0; at++) depth += text[at] === "[" ? 1 : text[at] === "]" ? -1 : 0
  return withoutQuotedManagers(text.slice(0, start.index) + text.slice(at))
}

/** A real server finds what is wrong with several fields in an order of chance. */
const withSortedCauses = (value: Json): Json => {
  const causes: ReadonlyArray<Json> | undefined = isObject(value) ? value["details"]?.causes : undefined
  if (causes === undefined || causes.length < 2) return value
  const text = (cause: Json): string => `${cause.field}: ${cause.message}`
  const all = `[${causes.map(text).join(", ")}]`
  const sorted = [...causes].sort((a, b) => text(a) < text(b) ? -1 : 1)
  return {
    ...value,
    message: value.message?.replace(all, "[all causes]"),
    details: { ...value.details, causes: sorted }
  }
}

/** Of managers that wrote in the same second the server sorts the names; whether it was the same is chance. */
const withSortedManagers = (value: Json): Json => {
  if (!Array.isArray(value) || value.length < 2) return value
  if (!value.every((each) => isObject(each) && each["operation"] !== undefined && each["fieldsType"] !== undefined)) {
    return value
  }
  const key = ({ apiVersion, manager, operation, subresource }: Json): string =>
    JSON.stringify([operation, manager ?? "", apiVersion, subresource ?? ""])
  return [...value].sort((a, b) => key(a) < key(b) ? -1 : 1)
}

/** Placeholders by order of appearance. */
class Numbering {
  readonly #numbers = new Map<string, number>()
  constructor(readonly word: string) {}
  add(value: string): void {
    if (!this.#numbers.has(value)) this.#numbers.set(value, this.#numbers.size + 1)
  }
  of(value: string): string {
    this.add(value)
    return `<${this.word}-${this.#numbers.get(value)}>`
  }
  get values(): Iterable<string> {
    return this.#numbers.keys()
  }
}

class Normaliser {
  readonly #uids = new Numbering("uid")
  readonly #tokens = new Numbering("continue")
  readonly #bases = new Set<string>()
  readonly #letters = new Numbering("random")
  readonly #webTokens = new Numbering("token")
  readonly #versions = new Set<number>()
  #ranks: ReadonlyArray<number> = []
  readonly #omitted: ReadonlySet<string>

  constructor(steps: ReadonlyArray<Step>, shown: Shown) {
    this.#omitted = shown.managers === true ? omittedBesideManagers : omitted
    this.#collect(steps, true)
    this.#ranks = [...this.#versions].sort((a, b) => a - b)
  }

  /** Finds what the server gave: resourceVersions of objects, tokens; and the bases of generated names. */
  #collect(value: Json, isOwn: boolean): void {
    if (Array.isArray(value)) return value.forEach((each) => this.#collect(each, isOwn))
    if (!isObject(value)) return
    const { metadata } = value
    if (isObject(metadata)) {
      const { continue: token, generateName: base, resourceVersion: version } = metadata
      if (isOwn && !isList(value) && /^[1-9][0-9]*$/.test(String(version))) this.#versions.add(Number(version))
      if (typeof token === "string" && token !== "") this.#tokens.add(token)
      if (typeof base === "string" && base !== "") this.#bases.add(base.slice(0, 58))
    }
    for (const [key, child] of Object.entries(value)) {
      this.#collect(child, isOwn && key !== "body" && !(key === "object" && value["type"] === "BOOKMARK"))
    }
  }

  #rank(version: string, exact: boolean): string {
    const number = Number(version)
    if (number < madeUp[0]) return version
    if (number > madeUp[1]) return "<rv-future>"
    const below = this.#ranks.filter((each) => each <= number).length
    return exact && this.#versions.has(number) ? `<rv-${below}>` : `<rv-${below}+>`
  }

  #text(given: string): string {
    let text = withoutQuotedManagers(given)
    for (const token of this.#tokens.values) text = text.replaceAll(token, this.#tokens.of(token))
    for (const base of this.#bases) {
      text = text.split(base).map((rest, at) =>
        at === 0 ? rest : rest.replace(generated, (found) => this.#letters.of(found))
      ).join(base)
    }
    for (const pattern of inText) {
      text = text.replace(
        pattern,
        (found) => found.replace(/\d+/g, (digits) => this.#rank(digits, pattern !== inText[2]))
      )
    }
    text = text.replace(webToken, (found) => this.#webTokens.of(found))
    text = text.replace(uuid, (found) => this.#uids.of(found))
    text = text.replace(
      time,
      (_, fraction: string | undefined) => fraction === undefined ? "<time>" : "<time in microseconds>"
    )
    return text.length <= longest ? text : `${text.slice(0, 100)}… (${text.length} characters)`
  }

  apply(given: Json, key = "", isSnapshot = false): Json {
    const value = withSortedManagers(withSortedCauses(given))
    if (typeof value === "string") {
      if (key === "resourceVersion" && /^[0-9]+$/.test(value)) return this.#rank(value, !isSnapshot)
      if (key === "value" && this.#versions.has(Number(value))) return this.#rank(value, true)
      return this.#text(value)
    }
    if (Array.isArray(value)) {
      return value.length > 200 ? `${value.length} items` : value.map((each) => this.apply(each))
    }
    if (!isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).filter(([name]) => !this.#omitted.has(name)).sort(([a], [b]) => a < b ? -1 : 1).map((
        [name, child]
      ) => [
        this.#text(name),
        this.apply(
          child,
          name,
          name === "metadata"
            ? isList(value) || isSnapshot
            : value["type"] === "BOOKMARK" || (key === "metadata" && isSnapshot)
        )
      ])
    )
  }
}

/** The transcript with placeholders for all that differs from run to run. */
export const normalise = (steps: ReadonlyArray<Step>, shown: Shown = {}): ReadonlyArray<Step> => {
  const normaliser = new Normaliser(steps, shown)
  return steps.map((step) => ({
    ...step,
    ...Object.fromEntries(Object.entries(step).map(([key, value]) => [key, normaliser.apply(value, key)]))
  }))
}
