/** What is known of each controller that runs: it writes it down, and `Controller.describe` reads it. */
import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { perClient } from "../../client/internal/perClient.js"
import type { Service } from "../../client/KubeClient.js"
import type * as Controller from "../Controller.js"
import type * as Store from "../Store.js"
import type * as WorkQueue from "../WorkQueue.js"
import type { Source } from "./source.js"

/** How many runs have ended, by what became of them. */
export class RunTally implements Controller.RunCounts {
  done = 0
  requeued = 0
  failed = 0
  terminal = 0
  defects = 0
  timedOut = 0
}

type Followed = readonly [role: Controller.FollowedKind["role"], source: Source<unknown>]

export class ControllerReport {
  readonly tally = new RunTally()
  followed: ReadonlyArray<Followed> = []
  /** Where keys wait; undefined while another process leads. */
  queue: WorkQueue.WorkQueue<Store.Key, unknown> | undefined
  /** Nobody waits for what runs: where a test has failed, no clock moves on any more. */
  isAbandoned = false
  /** Enqueues every key that the main store has. */
  enqueueAll: Effect.Effect<void> = Effect.void
  private phase: Controller.Description["phase"] = "Syncing"
  private phaseSince: number

  constructor(readonly name: string, private readonly concurrency: number, private readonly clock: Clock.Clock) {
    this.phaseSince = clock.unsafeCurrentTimeMillis()
  }

  enter(phase: Controller.Description["phase"]): Effect.Effect<void> {
    return Effect.sync(() => {
      this.phase = phase
      this.phaseSince = this.clock.unsafeCurrentTimeMillis()
    })
  }

  /** With so many keys of its queue at most. */
  describe(keys: number): Effect.Effect<Controller.Description> {
    return Effect.gen(this, function*() {
      const kinds = yield* Effect.forEach(
        this.followed,
        ([role, { isReady, resource: { group, kind } }]) =>
          Effect.map(isReady, (isSynced): Controller.FollowedKind => ({ role, group, kind, isSynced }))
      )
      const queue = this.queue === undefined ? undefined : yield* this.queue.snapshot(keys)
      return {
        name: this.name,
        phase: this.phase,
        phaseSince: DateTime.unsafeMake(this.phaseSince),
        concurrency: this.concurrency,
        kinds,
        counts: { ...this.tally },
        queue,
        describedAt: DateTime.unsafeMake(this.clock.unsafeCurrentTimeMillis())
      }
    })
  }
}

const reportsOf = perClient("controllers", () => new Set<ControllerReport>())

/** Shows a controller on the client's status page until the Scope closes. */
export const show = (report: ControllerReport, client: Service | undefined): Effect.Effect<void, never, Scope.Scope> =>
  client === undefined ? Effect.void : Effect.asVoid(Effect.acquireRelease(
    Effect.sync(() => reportsOf(client).add(report)),
    (reports) => Effect.sync(() => reports.delete(report))
  ))

/** The controllers that run on a client, the oldest first. */
export const running = (client: Service): ReadonlyArray<ControllerReport> => [...reportsOf(client)]

export const describe = (client: Service, keys: number): Effect.Effect<ReadonlyArray<Controller.Description>> =>
  Effect.suspend(() => Effect.forEach(running(client), (report) => report.describe(keys)))
