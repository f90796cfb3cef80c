/**
 * A client-side bound on how often a client asks: a bucket of tokens that fills at a steady rate. Who comes when it is
 * empty reserves the next token and waits for it, so requests go in the order in which they came.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { now } from "./pulse.js"

export interface Limit {
  /** Requests a second in the long run. */
  readonly qps: number
  /** Requests that may go at once after a pause. */
  readonly burst: number
}

export class RateLimit {
  private tokens: number
  private at: number | undefined
  private readonly burst: number

  constructor(private readonly limit: Limit) {
    this.burst = Math.max(1, limit.burst)
    this.tokens = this.burst
  }

  /** Takes a token and says for how many milliseconds to wait for it. */
  reserve(time: number): number {
    const passed = this.at === undefined ? 0 : Math.max(0, time - this.at)
    this.at = time
    this.tokens = Math.min(this.burst, this.tokens + passed * this.limit.qps / 1000) - 1
    return this.tokens >= 0 ? 0 : -this.tokens * 1000 / this.limit.qps
  }

  /** A token that was reserved and not used. */
  private giveBack(): void {
    this.tokens = Math.min(this.burst, this.tokens + 1)
  }

  /** Waits its turn. `waiting` is told how long it will take, where it takes any time. */
  take(clock: Clock.Clock, waiting: (millis: number) => Effect.Effect<void>): Effect.Effect<void> {
    return Effect.suspend(() => {
      const millis = this.reserve(now(clock))
      if (millis <= 0) return Effect.void
      return Effect.zipRight(waiting(millis), clock.sleep(Duration.millis(millis))).pipe(
        Effect.onInterrupt(() => Effect.sync(() => this.giveBack()))
      )
    })
  }
}
