/**
 * How far the initial events of a watch-list have come, and when they should have ended (W7). A server that never ends
 * them would be waited for for ever: there are proxies that swallow the bookmark, and servers that do not send it.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { now } from "../../client/internal/pulse.js"

/** In milliseconds. */
export interface Deadline {
  readonly least: number
  readonly perThousand: number
}

/** How long to leave a consumer alone that has the word when the time is over. */
const patience = 1000

export class InitialEvents {
  private readonly began: number
  private objects = 0
  /** For how long the consumer had the word, and since when it has it: that is not the server's time. */
  private held = 0
  private since: number | undefined
  private over = false

  constructor(private readonly clock: Clock.Clock, private readonly deadline: Deadline) {
    this.began = now(clock)
  }

  get areRunning(): boolean {
    return !this.over
  }

  received(objects: number): void {
    this.objects += objects
  }

  busy(): void {
    this.since = now(this.clock)
  }

  idle(): void {
    if (this.since !== undefined) this.held += now(this.clock) - this.since
    this.since = undefined
  }

  end(): void {
    this.over = true
  }

  /** Returns when they should have ended; never when they have. */
  readonly late: Effect.Effect<void> = Effect.suspend(() => {
    if (this.over) return Effect.never
    const { least, perThousand } = this.deadline
    const forObjects = this.objects === 0 ? 0 : (this.objects / 1000) * perThousand
    const rest = this.began + this.held + least + forObjects - now(this.clock)
    if (rest <= 0 && this.since === undefined) return Effect.void
    const pause = this.since === undefined ? rest : Math.max(rest, patience)
    return Effect.zipRight(this.clock.sleep(Duration.millis(Math.ceil(pause))), this.late)
  })
}
