/**
 * Leader election on a `Lease`: of several processes that campaign under one name, one leads at a time. Work that only
 * the leader may do is guarded: it runs while this process leads, is interrupted when leadership is lost, and the lease
 * is given up only when it has ended.
 *
 * ```ts
 * import { LeaderElection } from "effect-kube"
 * import { Effect } from "effect"
 *
 * const work = LeaderElection.guard((leadership) =>
 *   Effect.zipRight(Effect.log(`leading, with fencing token ${leadership.token}`), Effect.never)
 * )
 *
 * const main = Effect.provide(work, LeaderElection.layer("my-operator"))
 * ```
 *
 * A controller runs under it with `Controller.whenLeading`: its caches are filled before, so that it takes over at once.
 *
 * Times of other machines are never compared. A candidate waits for as long as the record says, counted from when it saw
 * the record change; the leader gives up when it could not renew for `renewDeadline`, which is shorter. So clocks may
 * differ by any amount, and run at rates that differ up to `leaseDuration / renewDeadline`. A process that is stopped and
 * goes on later, and one whose machine slept, find out at once that their time is over, but a request that it had sent may arrive late: where that
 * does harm, send the {@link Leadership.token} with it and let the receiver refuse a lower one than it has seen.
 *
 * The numbers are those of client-go: https://pkg.go.dev/k8s.io/client-go/tools/leaderelection
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { KubeClient } from "../client/KubeClient.js"
import * as internal from "./internal/leaderElection.js"
import { Current, type Leadership, LeadershipLost } from "./internal/leadership.js"

export type {
  /** One time that this process leads. */
  Leadership
}
export {
  /** The leadership that what runs now is guarded by: none outside of {@link guard}. */
  Current,
  /** Leadership had ended when only the leader could have gone on. */
  LeadershipLost
}

/** What reading or writing the Lease can fail with. */
export type Failure = internal.Failure

/** How an election stands for this process. */
export type State =
  /** Another one leads, or nobody as far as is known. `trouble` is what went wrong last. */
  | {
    readonly _tag: "Standby"
    readonly holder: Option.Option<string>
    readonly trouble: Option.Option<Failure>
  }
  | { readonly _tag: "Leading"; readonly leadership: Leadership }
  /** Leadership is over, and guarded work is ending. */
  | { readonly _tag: "Leaving"; readonly leadership: Leadership }

export interface Options {
  /** Where the Lease is. Default: the namespace of the client's context; in a cluster that is the Pod's. */
  readonly namespace?: string | undefined
  /** Who this process is: no two that run at a time may have the same. Default: `$HOSTNAME`, which is the Pod's name, and a random part. */
  readonly identity?: string | undefined
  /** For how long others wait after the last renewal that they saw. Whole seconds. Default 15 seconds. */
  readonly leaseDuration?: Duration.DurationInput | undefined
  /** For how long the leader tries to renew before it gives up. Default 10 seconds. */
  readonly renewDeadline?: Duration.DurationInput | undefined
  /** How often the leader renews; candidates try after 1 to 2.2 times of it, at random. Default 2 seconds. */
  readonly retryPeriod?: Duration.DurationInput | undefined
}

/** A campaign that goes on as long as its Scope: it leads, loses, and campaigns again. */
export interface Election {
  readonly identity: string
  /** `namespace/name` of the Lease. */
  readonly lease: string
  readonly state: Effect.Effect<State>
  /** The state, and each that follows. */
  readonly changes: Stream.Stream<State>
  /**
   * Runs work while this process leads: it begins once it does, is interrupted when leadership is lost, and begins again
   * with the next one. The work's Scope is closed each time. Returns what the work returns, or fails as it does;
   * leadership is kept then, for it belongs to the election's own Scope.
   */
  readonly guard: <A, E, R>(
    work: (leadership: Leadership) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E, Exclude<R, Scope.Scope>>
}

/** The election that this part of the program stands under. */
export class LeaderElection extends Context.Tag("effect-kube/LeaderElection")<LeaderElection, Election>() {}

/**
 * Campaigns for a Lease from the first {@link guard} on, until the Scope closes: then guarded work is interrupted and awaited, the lease being renewed
 * meanwhile, and released last, so that another process can take it at once. Needs `get`, `create` and `update` of the
 * Lease; what is refused or fails is logged and tried again. Requests for Leases pass a client's rate limit.
 *
 * Throws a `TypeError` for durations that cannot work: `leaseDuration > renewDeadline > 1.2 × retryPeriod`.
 */
export const make: (name: string, options?: Options) => Effect.Effect<Election, never, KubeClient | Scope.Scope> =
  internal.make

/**
 * Campaigns as long as the layer is in use. Make it once, and provide it to all that stands under it: each layer that is
 * made campaigns for itself, so two of one name in one process are rivals. Different clients for the lease and for the
 * work are a matter of providing two.
 */
export const layer = (name: string, options?: Options): Layer.Layer<LeaderElection, never, KubeClient> =>
  Layer.scoped(LeaderElection, make(name, options))

/** `Election.guard` of the election in the context. */
export const guard = <A, E, R>(
  work: (leadership: Leadership) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, Scope.Scope> | LeaderElection> =>
  Effect.flatMap(LeaderElection, (election) => election.guard(work))
