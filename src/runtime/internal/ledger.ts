/**
 * What the runs of each key wrote and the stores do not show yet: the next run of that key waits for it, so that a
 * reconcile never reads a state that is older than its own last write.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Write } from "../../client/internal/writes.js"
import type { Source } from "./source.js"

/** How long after a write a run waits at most for a store to show it. */
const patience = Duration.seconds(30)

interface Entry {
  readonly write: Write
  readonly source: Source<unknown>
  readonly until: number
}

export class Ledger {
  /** By key, then by source and object: of each object the last write counts. */
  private readonly keys = new Map<string, Map<string, Entry>>()

  static make(sources: ReadonlyArray<Source<unknown>>): Effect.Effect<Ledger> {
    return Effect.map(Effect.clock, (clock) => new Ledger(sources, clock))
  }

  private constructor(private readonly sources: ReadonlyArray<Source<unknown>>, private readonly clock: Clock.Clock) {}

  /** Takes down the writes of a run to the kinds that are held here. */
  observer(id: string): (write: Write) => void {
    return (write) =>
      this.sources.forEach((source, index) => {
        if (!source.covers(write)) return
        let objects = this.keys.get(id)
        if (objects === undefined) this.keys.set(id, objects = new Map<string, Entry>())
        const until = this.clock.unsafeCurrentTimeMillis() + Duration.toMillis(patience)
        objects.set(`${index}/${write.group}/${write.plural}/${write.namespace ?? ""}/${write.name}`, {
          write,
          source,
          until
        })
      })
  }

  has(id: string): boolean {
    return this.keys.has(id)
  }

  /** Returns when the stores show what the key wrote, or the patience has ended. */
  settled(id: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const entries = Array.from(this.keys.get(id)?.values() ?? [])
      this.keys.delete(id)
      return Effect.forEach(entries, (entry) => this.shown(entry), { discard: true })
    })
  }

  private shown({ source, until, write }: Entry): Effect.Effect<void> {
    return Effect.flatMap(source.shows(write), (shows) => {
      if (shows) return Effect.void
      const left = Math.max(0, until - this.clock.unsafeCurrentTimeMillis())
      return Effect.flatMap(Effect.timeoutOption(source.awaitWrite(write), left), (seen) =>
        Option.isSome(seen)
          ? Effect.void
          : Effect.logWarning(
            `the store does not show what was written to ${write.plural} ${write.name} after ${
              Duration.format(patience)
            }; going on with what it has`
          ))
    })
  }
}
