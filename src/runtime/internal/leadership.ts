/** What guarded work knows of the leadership that it runs under. */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"

export interface Leadership {
  /** Who it is in the record. */
  readonly identity: string
  /** The fencing token: how often the lease has changed hands. Whoever leads later has a higher one, as long as nobody deletes the Lease. */
  readonly token: number
  /** Whether it still leads, by its own clock: false from the moment on when the lease could not be renewed in time. Asks nobody. */
  readonly isValid: Effect.Effect<boolean>
  /** Fails when it does not lead any more: to be asked right before what only the leader may do. */
  readonly ensure: Effect.Effect<void, LeadershipLost>
}

export class LeadershipLost extends Data.TaggedError("KubeLeadershipLost")<{
  /** `namespace/name` of the Lease. */
  readonly lease: string
  readonly identity: string
  readonly token: number
}> {
  override get message(): string {
    return `${this.identity} does not lead ${this.lease} any more (fencing token ${this.token})`
  }
}

export class Current extends Context.Reference<Current>()("effect-kube/LeaderElection/Current", {
  defaultValue: (): Leadership | undefined => undefined
}) {}
