/**
 * The rules of the work queue as a plain data structure with explicit time: which key may run, which must wait, and
 * when the next one is due. It knows no fiber and no clock; `WorkQueue` gives it both.
 *
 * A key is at most once in each of two sets, as in client-go's workqueue: *pending* (it must run: ready, or delayed
 * until a time, or held back because it runs at the moment) and *processing* (it runs). Times are milliseconds on any
 * clock that does not go backwards.
 *
 * Nothing starves: within a priority the first to be ready is the first to run, and of a lower priority one key runs at
 * least for so many of higher ones (`Lanes`).
 */
import { DueHeap } from "./dueHeap.js"
import { Lanes } from "./lanes.js"
import { Delay, Entry, Running } from "./queueEntry.js"
import { TokenBucket } from "./tokenBucket.js"

/** Adds within `wait` of each other become one run, which is never later than `maxWait` after the first of them. */
export interface Debounce {
  readonly wait: number
  readonly maxWait: number
}

/** At most one run begins every `period` in the long run, and at most `burst` at once. */
export interface RateLimit {
  readonly period: number
  readonly burst: number
}

/** What became of a run, as the core needs to know it: its retry is already a time. */
export type CoreOutcome<E> =
  | { readonly _tag: "Success" }
  | { readonly _tag: "RequeueAt"; readonly due: number }
  | { readonly _tag: "Failure"; readonly error: E; readonly retryAt: number | undefined }

export type Closing = "drain" | "stop"

export class QueueCore<K, E> {
  private readonly entries = new Map<string, Entry<K, E>>()
  private readonly lanes: Lanes<Entry<K, E>>
  private readonly delayed = new DueHeap<Delay<K, E>>()
  private readonly bucket: TokenBucket | undefined
  private heldCount = 0
  private processingCount = 0
  /** How many times a key has become ready, or was added while it ran. */
  adds = 0
  /** How many times a key was put off to a later time. */
  retries = 0
  private closing: Closing | undefined = undefined
  private paused = false

  constructor(private readonly debounce: Debounce | undefined, rateLimit?: RateLimit, patience?: number) {
    this.lanes = new Lanes(patience)
    this.bucket = rateLimit === undefined ? undefined : new TokenBucket(rateLimit.period, rateLimit.burst)
  }

  /** Keys that are ready, also while the rate limit or a pause holds them back. */
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

  /** Keys of a priority that could be taken at the time of the last call. */
  depth(priority: number): number {
    return this.lanes.depth(priority)
  }

  /** Keys of which anything is known, failures included. */
  get known(): number {
    return this.entries.size
  }

  get all(): Iterable<Entry<K, E>> {
    return this.entries.values()
  }

  /** Whether what is ready may have to wait all the same. */
  get isRestrained(): boolean {
    return this.paused || this.bucket !== undefined
  }

  get isPaused(): boolean {
    return this.paused
  }

  /** How many could be taken now. */
  available(now: number): number {
    if (this.paused || this.closing === "stop") return 0
    return this.bucket === undefined ? this.lanes.size : Math.min(this.lanes.size, this.bucket.available(now))
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
    if (this.debounce === undefined) return this.makeReady(entry, now)
    const delay = this.delay(entry, now)
    const gathered = delay.gathered ??= { since: now, at: now }
    gathered.at = Math.min(now + this.debounce.wait, gathered.since + this.debounce.maxWait)
    this.schedule(delay, now)
  }

  /** At a time; of several times the earliest counts. An infinite time is never. */
  addAt(id: string, key: K, due: number, now: number, priority: number): void {
    if (due === Infinity) return
    this.promote(now)
    const entry = this.enter(id, key)
    if (entry === undefined || this.alreadyDue(entry, priority)) return
    this.raise(entry, priority)
    if (due <= now) return this.makeReady(entry, now)
    this.retries++
    const delay = this.delay(entry, now)
    delay.exactAt = Math.min(delay.exactAt, due)
    this.schedule(delay, now)
  }

  /** The next key to run, which then counts as processing, or undefined if there is none at this time. */
  take(now: number): Running<K, E> | undefined {
    if (this.closing === "stop") return undefined
    this.promote(now)
    if (this.lanes.size === 0 || this.paused || (this.bucket !== undefined && !this.bucket.take(now))) return undefined
    const entry = this.lanes.shift()
    if (entry === undefined) return undefined
    this.processingCount++
    return entry.running = new Running(entry, entry.priority, now)
  }

  /** When there is something to do that nobody will tell: the next delayed key is due, or the rate limit lets one go. */
  nextDue(now: number): number {
    const due = this.delayed.peek()?.due ?? Infinity
    if (this.bucket === undefined || this.lanes.size === 0 || this.paused || this.closing === "stop") return due
    const { nextAt } = this.bucket
    return nextAt > now ? Math.min(due, nextAt) : due
  }

  /** Makes ready what has become due. */
  promote(now: number): void {
    for (let delay = this.delayed.peek(); delay !== undefined && delay.due <= now; delay = this.delayed.peek()) {
      this.makeReady(delay.entry, delay.due)
    }
  }

  /** Ends the run of a key. Anything added meanwhile makes exactly one more run; a later time gives way to it. */
  done(entry: Entry<K, E>, outcome: CoreOutcome<E>, now: number): void {
    const run = entry.running
    if (run === undefined) return
    this.promote(now)
    entry.running = undefined
    this.processingCount--
    if (outcome._tag === "Failure") {
      const trouble = entry.troubled
      trouble.failures++
      trouble.lastError = outcome.error
    } else {
      entry.trouble = undefined
    }
    if (entry.held) {
      entry.held = false
      this.heldCount--
      this.lanes.push(entry)
    }
    const again = outcome._tag === "RequeueAt" ? outcome.due : outcome._tag === "Failure" ? outcome.retryAt : undefined
    if (again !== undefined) this.addAt(entry.id, entry.key, again, now, run.priority)
    if (entry.pending) return
    if (entry.failures === 0) this.entries.delete(entry.id)
    else {
      entry.priority = run.priority
      entry.since = now
    }
  }

  /** Forgets the failures of a key, as its success would. */
  forget(id: string): void {
    const entry = this.entries.get(id)
    if (entry === undefined) return
    entry.trouble = undefined
    this.dropIfIdle(entry)
  }

  /** Takes hand out nothing until it is resumed; everything else goes on. */
  pause(): void {
    if (this.closing === undefined) this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  /** No more adds. `drain` still hands out what is ready or held back; `stop` nothing. What is delayed is dropped. */
  close(how: Closing, now: number): void {
    if (this.closing === "stop") return
    this.promote(now)
    this.closing = how
    this.paused = false
    for (const { entry } of this.delayed.clear()) {
      entry.delay = undefined
      this.dropIfIdle(entry)
    }
    if (how === "drain") return
    for (let entry = this.lanes.shift(); entry !== undefined; entry = this.lanes.shift()) this.dropIfIdle(entry)
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
    entry.priority = entry.delay !== undefined && entry.priority > priority ? entry.priority : priority
  }

  private delay(entry: Entry<K, E>, now: number): Delay<K, E> {
    if (entry.delay === undefined) {
      entry.delay = new Delay(entry)
      entry.since = now
    }
    return entry.delay
  }

  private schedule(delay: Delay<K, E>, now: number): void {
    const due = delay.gathered === undefined ? delay.exactAt : Math.min(delay.exactAt, delay.gathered.at)
    if (due <= now) this.makeReady(delay.entry, now)
    else this.delayed.schedule(delay, due)
  }

  private makeReady(entry: Entry<K, E>, since: number): void {
    if (entry.delay !== undefined) {
      this.delayed.remove(entry.delay)
      entry.delay = undefined
    }
    entry.since = since
    this.adds++
    if (entry.running !== undefined) {
      entry.held = true
      this.heldCount++
    } else {
      this.lanes.push(entry)
    }
  }

  private dropIfIdle(entry: Entry<K, E>): void {
    if (entry.running === undefined && !entry.pending && entry.failures === 0) this.entries.delete(entry.id)
  }
}
