import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type { Change } from "../Store.js"
import { joinChanges } from "./joinChanges.js"
import type { StoreCore } from "./storeCore.js"
import type { Stored } from "./storeKey.js"

/**
 * One consumer of a store's changes: what it has not taken yet. Beyond its bound the changes of each object are joined
 * to one, so what is kept is never more than the bound or twice what there are objects to tell of.
 */
export class Subscription<K extends Stored> {
  private pending: Array<Change<K>> = []
  private limit: number
  private resume: ((effect: Effect.Effect<void>) => void) | undefined
  readonly end: () => void

  constructor(core: StoreCore<K>, private readonly bound: number) {
    this.limit = bound
    this.end = core.listen((changes) => this.offer(changes))
  }

  private offer(changes: ReadonlyArray<Change<K>>): void {
    for (let i = 0; i < changes.length; i++) this.pending.push(changes[i]!)
    if (this.pending.length > this.limit) {
      this.pending = joinChanges(this.pending)
      // Joining costs as much as there is: not again before as much has been added.
      this.limit = Math.max(this.bound, 2 * this.pending.length)
    }
    const resume = this.resume
    this.resume = undefined
    resume?.(Effect.void)
  }

  private readonly wait = Effect.async<void>((resume) => {
    if (this.pending.length > 0) return resume(Effect.void)
    this.resume = resume
    return Effect.sync(() => {
      this.resume = undefined
    })
  })

  /** All changes that were not taken yet; waits for the first. */
  readonly take: Effect.Effect<Chunk.Chunk<Change<K>>> = Effect.map(this.wait, () => {
    const changes = this.pending
    this.pending = []
    this.limit = this.bound
    return Chunk.unsafeFromArray(changes)
  })
}
