/** When a connection that says nothing is given up (W2). Times are milliseconds of a clock that only goes forward. */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

export interface Limits {
  /** How long it may be silent, as long as nothing else is expected. */
  readonly silence: number
  /** The shortest silence that may come to be expected. */
  readonly least: number
  /** From when on the server should have ended it: then it is given up when it is silent for as long as `grace`. */
  readonly end: number
  readonly grace: number
}

export class Pulse {
  private last: number
  private awaiting = true
  private silence: number

  constructor(private readonly clock: Clock.Clock, private readonly limits: Limits) {
    this.last = now(clock)
    this.silence = limits.silence
  }

  /** Something came. While the consumer has the word, the connection is not to blame for silence. */
  busy(): void {
    this.awaiting = false
  }

  idle(): void {
    this.awaiting = true
    this.last = now(this.clock)
  }

  /** From now on no longer silence than this is normal. */
  expect(silence: number): void {
    this.silence = silence
  }

  /** Returns the length of the silence in milliseconds when it has been too long. */
  readonly lost: Effect.Effect<number> = Effect.suspend(() => {
    const time = now(this.clock)
    const { end, grace, least } = this.limits
    const due = this.awaiting ? Math.max(Math.min(end, this.last + this.silence), this.last + grace) : Infinity
    if (due <= time) return Effect.succeed(time - this.last)
    // Not longer than until the earliest moment that could be due by then, if shorter silence is expected meanwhile.
    const wake = Math.min(due, (this.last + least > time ? this.last : time) + least)
    return Effect.zipRight(this.clock.sleep(Duration.millis(Math.ceil(wake - time))), this.lost)
  })
}

/** Not the wall clock: it may be set back. */
export const now = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos()) / 1_000_000
