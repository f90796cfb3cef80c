/**
 * Consumers that the reading of a watch waits for. It says so when one has let it wait for long.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** After so long it is told the log; then again after twice that, and so on. */
const warning = Duration.seconds(30)

export class BackPressure {
  /** How many are waited for. */
  private holds = 0
  private readonly heldUp = new Set<(effect: Effect.Effect<void>) => void>()

  get isFree(): boolean {
    return this.holds === 0
  }

  /** One more consumer, or one less, is to be waited for. */
  hold(more: 1 | -1): void {
    this.holds += more
    if (this.holds > 0) return
    for (const resume of this.heldUp) resume(Effect.void)
    this.heldUp.clear()
  }

  private readonly free = Effect.async<void>((resume) => {
    if (this.holds === 0) return resume(Effect.void)
    this.heldUp.add(resume)
    return Effect.sync(() => this.heldUp.delete(resume))
  })

  /** Returns when nobody is waited for. `watched` says in words what is not read until then. */
  relief(watched: string): Effect.Effect<void> {
    const from = (warnAfter: Duration.Duration, waited: Duration.Duration): Effect.Effect<void> =>
      Effect.flatMap(Effect.timeoutOption(this.free, warnAfter), (relieved) => {
        if (Option.isSome(relieved)) return Effect.void
        const all = Duration.sum(waited, warnAfter)
        const message = `${watched}: a consumer has taken none of its changes for ${
          Duration.format(all)
        }; nothing more is read until it does`
        return Effect.zipRight(Effect.logWarning(message), from(Duration.times(warnAfter, 2), all))
      })
    return from(warning, Duration.zero)
  }
}
