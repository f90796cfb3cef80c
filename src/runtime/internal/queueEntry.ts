/** What a work queue knows of one key. There may be very many, so what few of them have is kept apart. */
import type { Due } from "./dueHeap.js"

/** Everything that is known of a key that is pending or processing or has failed. */
export class Entry<K, E> {
  /** The priority that it is pending with; meaningful only while it is pending. */
  priority = 0
  lanePosition = -1
  /** Due, but running: it goes on as soon as the run ends. */
  held = false
  /** Since when it is ready, held back, delayed, or left after a failure. */
  since = 0
  /** Present while it runs. */
  running: Running<K, E> | undefined = undefined
  /** Present while it is delayed. */
  delay: Delay<K, E> | undefined = undefined
  /** Present while it has failures, or is about to have. */
  trouble: Trouble<E> | undefined = undefined

  constructor(readonly id: string, readonly key: K) {}

  get pending(): boolean {
    return this.held || this.lanePosition >= 0 || this.delay !== undefined
  }

  /** How many runs have failed since the last success. */
  get failures(): number {
    return this.trouble === undefined ? 0 : this.trouble.failures
  }

  get lastError(): E | undefined {
    return this.trouble?.lastError
  }

  /** Where its failures are counted from now on. */
  get troubled(): Trouble<E> {
    return this.trouble ??= new Trouble<E>()
  }
}

/** One run of a key. */
export class Running<K, E> {
  constructor(
    readonly entry: Entry<K, E>,
    /** Kept by what the run schedules. */
    readonly priority: number,
    /** When it was taken. */
    readonly since: number
  ) {}
}

/** When a key that is delayed is due, and why. */
export class Delay<K, E> implements Due {
  due = Infinity
  dueOrder = 0
  heapIndex = -1
  /** The earliest time that was asked for exactly (a requeue, a retry). */
  exactAt = Infinity
  /** The adds that are being gathered: when they began, and when they are due. */
  gathered: { readonly since: number; at: number } | undefined = undefined

  constructor(readonly entry: Entry<K, E>) {}
}

class Trouble<E> {
  failures = 0
  lastError: E | undefined = undefined
  /** Where the caller's backoff stands; the queue only forgets it. */
  backoff: unknown = undefined
}
