/**
 * A token bucket with explicit time: a token comes every `period`, and at most `burst` of them are kept. What it remembers
 * is the one time when it will be full (the generic cell rate algorithm), so nothing adds up that could be rounded.
 */

/** A time that rounding has put just before the one that was meant. */
const tolerance = 1e-6

export class TokenBucket {
  private fullAt = -Infinity

  constructor(private readonly period: number, private readonly burst: number) {}

  /** How many tokens there are. */
  available(now: number): number {
    return Math.floor(this.burst - Math.max(0, this.fullAt - now) / this.period + tolerance)
  }

  /** Takes one, if there is one. */
  take(now: number): boolean {
    if (this.available(now) < 1) return false
    this.fullAt = Math.max(this.fullAt, now) + this.period
    return true
  }

  /** From when on there is one. */
  get nextAt(): number {
    return this.fullAt - (this.burst - 1) * this.period
  }
}
