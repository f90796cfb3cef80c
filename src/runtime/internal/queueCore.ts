/**
 * The rules of the work queue as a plain data structure with explicit time: which key may run, which must wait, and
 * when the next one is due. It knows no fiber and no clock; `WorkQueue` gives it both.
 *
 * A key is at most once in each of two sets, as in client-go's workqueue: *pending* (it must run: ready, or delayed
 * until a time, or held back because it runs at the moment) and *processing* (it runs). Times are milliseconds on any
 * clock that does not go backwards.
 */
import { DueHeap } from "./dueHeap.js"
import { Lanes } from "./lanes.js"

/** Adds within `wait` of each other become one run, which is never later than `maxWait` after the first of them. */
export interface Debounce {
  readonly wait: number
  readonly maxWait: number
}

/** What became of a run, as the core needs to know it: its retry is already a time. */
export type CoreOutcome<E> =
  | { readonly _tag: "Success" }
  | { readonly _tag: "RequeueAt"; readonly due: number }
  | { readonly _tag: "Failure"; readonly error: E; readonly retryAt: number | undefined }

/** Everything that is known of a key that is pending or processing or has failed. */
export class Entry<K, E> {
  /** The priority that it is pending with; meaningful only while it is pending. */
  priority = 0
  lanePosition = -1
  due = 0
  dueOrder = 0
  heapIndex = -1
  /** Due, but running: it goes on as soon as the run ends. */
  held = false
  processing = false
  /** The earliest time that was asked for exactly (a requeue, a retry). */
  exactAt = Infinity
  /** When the adds that are being gathered began. */
  gatheredSince = Infinity
  /** When the adds that are being gathered are due. */
  gatheredAt = Infinity
  /** How many times it was taken, so that the end of an earlier run is told from that of this one. */
  taken = 0
  /** The priority of the run, kept by what the run schedules. */
  runPriority = 0
  /** How many runs have failed since the last success. */
  failures = 0
  lastError: E | undefined = undefined
  /** Where the caller's backoff stands; the core only forgets it. */
  backoff: unknown = undefined

  constructor(readonly id: string, readonly key: K) {}

  get pending(): boolean {
    return this.held || this.lanePosition >= 0 || this.heapIndex >= 0
  }
}

export type Closing = "drain" | "stop"

export class QueueCore<K, E> {
  private readonly entries = new Map<string, Entry<K, E>>()
  private readonly lanes = new Lanes<Entry<K, E>>()
  private readonly delayed = new DueHeap<Entry<K, E>>()
  private heldCount = 0
  private processingCount = 0
  private closing: Closing | undefined = undefined

  constructor(private readonly debounce: Debounce | undefined) {}

  /** Keys that could be taken at the time of the last call. */
  get ready(): number {
    return this.lanes.size
  }

  /** Keys that are pending: ready, delayed or held back. */
  get pending(): number {
    return this.lanes.size + this.delayed.size + this.heldCount
  }

  get processing(): number {
    return this.processingCount
  }

  /** Keys of which anything is known, failures included. */
  get known(): number {
    return this.entries.size
  }

  /** True once nothing will ever be taken again. */
  get closed(): boolean {
    return this.closing === "stop" || (this.closing === "drain" && this.lanes.size === 0 && this.heldCount === 0)
  }

  get isClosing(): boolean {
    return this.closing !== undefined
  }

  /** Now, or gathered with others if the queue debounces. */
  add(id: string, key: K, now: number, priority: number): void {
    this.promote(now)
    const entry = this.enter(id, key)
    if (entry === undefined || this.alreadyDue(entry, priority)) return
    this.raise(entry, priority)
    if (this.debounce === undefined) return this.makeReady(entry)
    entry.gatheredSince = Math.min(entry.gatheredSince, now)
    entry.gatheredAt = Math.min(now + this.debounce.wait, entry.gatheredSince + this.debounce.maxWait)
    this.schedule(entry, now)
  }

  /** At a time; of several times the earliest counts. An infinite time is never. */
  addAt(id: string, key: K, due: number, now: number, priority: number): void {
    if (due === Infinity) return
    this.promote(now)
    const entry = this.enter(id, key)
    if (entry === undefined || this.alreadyDue(entry, priority)) return
    this.raise(entry, priority)
    entry.exactAt = Math.min(entry.exactAt, due)
    this.schedule(entry, now)
  }

  /** The next key to run, which then counts as processing, or undefined if there is none at this time. */
  take(now: number): Entry<K, E> | undefined {
    if (this.closing === "stop") return undefined
    this.promote(now)
    const entry = this.lanes.shift()
    if (entry === undefined) return undefined
    entry.processing = true
    entry.taken++
    entry.runPriority = entry.priority
    this.processingCount++
    return entry
  }

  /** When the next delayed key is due. */
  nextDue(): number | undefined {
    return this.delayed.peek()?.due
  }

  /** Makes ready what has become due. */
  promote(now: number): void {
    for (let entry = this.delayed.peek(); entry !== undefined && entry.due <= now; entry = this.delayed.peek()) {
      this.makeReady(entry)
    }
  }

  /** Ends the run of a key. Anything added meanwhile makes exactly one more run; a later time gives way to it. */
  done(entry: Entry<K, E>, outcome: CoreOutcome<E>, now: number): void {
    if (!entry.processing) return
    this.promote(now)
    entry.processing = false
    this.processingCount--
    if (outcome._tag === "Failure") {
      entry.failures++
      entry.lastError = outcome.error
    } else {
      entry.failures = 0
      entry.lastError = undefined
      entry.backoff = undefined
    }
    if (entry.held) {
      entry.held = false
      this.heldCount--
      this.makeReady(entry)
    }
    const again = outcome._tag === "RequeueAt" ? outcome.due : outcome._tag === "Failure" ? outcome.retryAt : undefined
    if (again !== undefined) this.addAt(entry.id, entry.key, again, now, entry.runPriority)
    this.dropIfIdle(entry)
  }

  /** Forgets the failures of a key, as its success would. */
  forget(id: string): void {
    const entry = this.entries.get(id)
    if (entry === undefined) return
    entry.failures = 0
    entry.lastError = undefined
    entry.backoff = undefined
    this.dropIfIdle(entry)
  }

  /** No more adds. `drain` still hands out what is ready or held back; `stop` nothing. What is delayed is dropped. */
  close(how: Closing, now: number): void {
    if (this.closing === "stop") return
    this.promote(now)
    this.closing = how
    for (const entry of this.delayed.clear()) this.forgetTimes(entry)
    if (how === "drain") return
    for (let entry = this.lanes.shift(); entry !== undefined; entry = this.lanes.shift()) this.forgetTimes(entry)
    for (const entry of this.entries.values()) entry.held = false
    this.heldCount = 0
  }

  private enter(id: string, key: K): Entry<K, E> | undefined {
    if (this.closing !== undefined) return undefined
    let entry = this.entries.get(id)
    if (entry === undefined) {
      entry = new Entry<K, E>(id, key)
      this.entries.set(id, entry)
    }
    return entry
  }

  /** A key that is due already only gains in priority; it moves to the end of its new lane. */
  private alreadyDue(entry: Entry<K, E>, priority: number): boolean {
    if (entry.held) {
      if (priority > entry.priority) entry.priority = priority
      return true
    }
    if (entry.lanePosition < 0) return false
    if (priority > entry.priority) {
      this.lanes.remove(entry)
      entry.priority = priority
      this.lanes.push(entry)
    }
    return true
  }

  private raise(entry: Entry<K, E>, priority: number): void {
    entry.priority = entry.heapIndex >= 0 && entry.priority > priority ? entry.priority : priority
  }

  private schedule(entry: Entry<K, E>, now: number): void {
    const due = Math.min(entry.exactAt, entry.gatheredAt)
    if (due <= now) this.makeReady(entry)
    else this.delayed.schedule(entry, due)
  }

  private makeReady(entry: Entry<K, E>): void {
    this.delayed.remove(entry)
    entry.exactAt = entry.gatheredSince = entry.gatheredAt = Infinity
    if (entry.processing) {
      entry.held = true
      this.heldCount++
    } else {
      this.lanes.push(entry)
    }
  }

  private forgetTimes(entry: Entry<K, E>): void {
    entry.exactAt = entry.gatheredSince = entry.gatheredAt = Infinity
    this.dropIfIdle(entry)
  }

  private dropIfIdle(entry: Entry<K, E>): void {
    if (!entry.processing && !entry.pending && entry.failures === 0) this.entries.delete(entry.id)
  }
}
