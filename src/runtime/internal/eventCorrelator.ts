/**
 * The rules of event recording as a plain data structure with explicit time: what becomes an object of its own, what
 * counts up an older one, what is gathered, and what is too much. Times are milliseconds of a clock that does not go
 * back.
 */
import type * as coreV1 from "../../kinds/core/v1.js"

/** What is told, and of what. */
export interface Told {
  readonly regarding: coreV1.ObjectReference
  readonly related: coreV1.ObjectReference | undefined
  readonly type: "Normal" | "Warning"
  readonly reason: string
  readonly action: string
  readonly note: string
  /** When, on the wall clock, as the object says it. */
  readonly time: string
}

export interface Limits {
  /** For how long an event that does not come again is remembered. */
  readonly seriesEnd: number
  /** So many different notes within `gatherWithin` make one combined event. */
  readonly gatherFrom: number
  readonly gatherWithin: number
  /** Events of one object: so many at once, then one each `refill`. */
  readonly burst: number
  readonly refill: number
  /** How many events, and objects, are remembered. */
  readonly remembered: number
}

export const defaultLimits: Limits = {
  seriesEnd: 360_000,
  gatherFrom: 10,
  gatherWithin: 600_000,
  burst: 25,
  refill: 300_000,
  remembered: 4096
}

/** An event that has been written, or will be. */
export interface Series {
  readonly told: Told
  /** How often it was told; the object says so from 2 on. */
  count: number
  lastObserved: number
  /** When it was told last, on the wall clock. */
  lastTime: string
  /** The name that it is written under, once that was tried. */
  name: string | undefined
  isWritten: boolean
}

export type Verdict =
  | { readonly _tag: "Create"; readonly series: Series }
  | { readonly _tag: "Count"; readonly series: Series }
  /** The object has had too many. */
  | { readonly _tag: "Drop" }

interface Group {
  readonly notes: Set<string>
  last: number
}

interface Bucket {
  tokens: number
  at: number
}

/** Keeps the last that were used. */
class Recent<V> {
  private readonly map = new Map<string, V>()

  constructor(private readonly bound: number) {}

  get(key: string): V | undefined {
    const value = this.map.get(key)
    if (value !== undefined) {
      this.map.delete(key)
      this.map.set(key, value)
    }
    return value
  }

  set(key: string, value: V): void {
    this.map.delete(key)
    this.map.set(key, value)
    if (this.map.size > this.bound) {
      for (const oldest of this.map.keys()) {
        this.map.delete(oldest)
        return
      }
    }
  }
}

const text = (...parts: ReadonlyArray<string | undefined>): string => JSON.stringify(parts)

const objectKey = (it: coreV1.ObjectReference | undefined): string =>
  it === undefined ? "" : text(it.apiVersion, it.kind, it.namespace, it.name, it.uid, it.fieldPath)

/** What makes events similar: all but the note. */
const groupKey = ({ action, reason, regarding, related, type }: Told): string =>
  text(objectKey(regarding), objectKey(related), type, reason, action)

const combined = "(combined from similar events): "

export class Correlator {
  private readonly series: Recent<Series>
  private readonly groups: Recent<Group>
  private readonly buckets: Recent<Bucket>

  constructor(private readonly limits: Limits) {
    this.series = new Recent(limits.remembered)
    this.groups = new Recent(limits.remembered)
    this.buckets = new Recent(limits.remembered)
  }

  tell(told: Told, now: number): Verdict {
    const { key, told: gathered } = this.gather(told, now)
    const known = this.series.get(key)
    if (known !== undefined && now - known.lastObserved < this.limits.seriesEnd) {
      known.count++
      known.lastObserved = now
      known.lastTime = told.time
      return { _tag: "Count", series: known }
    }
    if (!this.allow(told, now)) return { _tag: "Drop" }
    const series: Series = {
      told: gathered,
      count: 1,
      lastObserved: now,
      lastTime: told.time,
      name: undefined,
      isWritten: false
    }
    this.series.set(key, series)
    return { _tag: "Create", series }
  }

  /** Takes one of what an object may have. */
  allow({ regarding }: Told, now: number): boolean {
    const { burst, refill } = this.limits
    const key = objectKey(regarding)
    const before = this.buckets.get(key) ?? { tokens: burst, at: now }
    const gained = Math.floor((now - before.at) / refill)
    const tokens = Math.min(burst, before.tokens + gained)
    const at = tokens === burst ? now : before.at + gained * refill
    const allowed = tokens > 0
    this.buckets.set(key, { tokens: allowed ? tokens - 1 : 0, at })
    return allowed
  }

  /** From some number of different notes on, similar events are one. */
  private gather(told: Told, now: number): { readonly key: string; readonly told: Told } {
    const group = groupKey(told)
    const before = this.groups.get(group)
    const known = before !== undefined && now - before.last < this.limits.gatherWithin
      ? before
      : { notes: new Set<string>(), last: now }
    known.last = now
    if (known.notes.size < this.limits.gatherFrom) known.notes.add(told.note)
    this.groups.set(group, known)
    return known.notes.size < this.limits.gatherFrom
      ? { key: text(group, told.note), told }
      : { key: text(group), told: { ...told, note: combined + told.note } }
  }
}
