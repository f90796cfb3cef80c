/**
 * One consumer of the changes of one or more stores: what it has not taken yet, and what becomes of that when it is more
 * than its bound. Offering is part of the store's step, so it is plain code.
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type { Change, Consumer, Resync, WhenFull } from "../Store.js"
import { joinChanges } from "./joinChanges.js"
import type { StoreCore } from "./storeCore.js"
import type { Stored } from "./storeKey.js"

export interface SubscriptionOptions {
  readonly buffer: number
  readonly whenFull: WhenFull
}

/**
 * `join`: the changes of each object are joined to one, so what is kept is never more than the bound or twice what there
 * are objects to tell of. `resync`: nothing is kept; what the store has is read when the consumer comes. `backpressure`:
 * the bound, and what one chunk brings.
 */
export class Subscription<K extends Stored> {
  private pending: Array<Change<K>> = []
  private limit: number
  /** The consumer is to be told everything that there is, instead of changes. */
  private resync = false
  private held = false
  private resume: ((effect: Effect.Effect<void>) => void) | undefined
  private readonly ends: ReadonlyArray<() => void>

  constructor(private readonly cores: ReadonlyArray<StoreCore<K>>, private readonly options: SubscriptionOptions) {
    this.limit = options.buffer
    const offer = (changes: ReadonlyArray<Change<K>>): void => this.offer(changes)
    for (const core of cores) core.subscriptions.add(this)
    // What is there comes as changes, or at once as what a resync is.
    this.resync = options.whenFull === "resync"
    this.ends = cores.map((core) => core.listen(offer))
  }

  end(): void {
    for (const end of this.ends) end()
    for (const core of this.cores) core.subscriptions.delete(this)
    this.hold(false)
    this.pending = []
  }

  get description(): Consumer {
    const { buffer, whenFull } = this.options
    return { whenFull, buffer, pending: this.pending.length, resync: this.resync, stalls: this.held }
  }

  private offer(changes: ReadonlyArray<Change<K>>): void {
    // A consumer that will read everything need not be told what changes until then.
    if (!this.resync) {
      for (let i = 0; i < changes.length; i++) this.pending.push(changes[i]!)
      if (this.pending.length > this.limit) this.overflow()
    }
    const resume = this.resume
    this.resume = undefined
    resume?.(Effect.void)
  }

  private overflow(): void {
    switch (this.options.whenFull) {
      case "join":
        this.pending = joinChanges(this.pending)
        // Joining costs as much as there is: not again before as much has been added.
        this.limit = Math.max(this.options.buffer, 2 * this.pending.length)
        return
      case "resync":
        this.pending = []
        this.resync = true
        return
      case "backpressure":
        this.hold(true)
    }
  }

  private hold(held: boolean): void {
    if (held === this.held) return
    this.held = held
    for (const core of this.cores) core.pressure.hold(held ? 1 : -1)
  }

  private readonly wait = Effect.async<void>((resume) => {
    if (this.pending.length > 0 || this.resync) return resume(Effect.void)
    this.resume = resume
    return Effect.sync(() => {
      this.resume = undefined
    })
  })

  /** All that was not taken yet; waits for the first. Only a consumer whose policy is `resync` gets a `Resync`. */
  readonly take: Effect.Effect<Chunk.Chunk<Change<K> | Resync<K>>> = Effect.map(this.wait, () => {
    if (this.resync) {
      this.resync = false
      const objects = this.cores.flatMap((core) => Array.from(core.objects.values()))
      return Chunk.of<Resync<K>>({ _tag: "Resync", objects })
    }
    const changes = this.pending
    this.pending = []
    this.limit = this.options.buffer
    this.hold(false)
    return Chunk.unsafeFromArray(changes)
  })
}
