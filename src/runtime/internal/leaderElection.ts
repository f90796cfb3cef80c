/**
 * The campaign of one process: it tries for the lease (`leaseHold.ts`), renews it, and sees to it that what is guarded has
 * ended before the lease is given up.
 */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as Api from "../../client/Api.js"
import { visibilityOf } from "../../client/internal/visibility.js"
import { KubeClient } from "../../client/KubeClient.js"
import { Lease } from "../../kinds/coordination/v1.js"
import type * as LeaderElection from "../LeaderElection.js"
import { check, identityOf, type Settings } from "./electionOptions.js"
import * as elections from "./elections.js"
import { Current, type Leadership, LeadershipLost } from "./leadership.js"
import { type Failure, LeaseHold } from "./leaseHold.js"

export type { Failure }

/** Candidates try after a time between one and this many retry periods. */
const spread = 2.2

/** One time of leading. */
interface Reign {
  readonly leadership: Leadership
  /** Guarded work is to end. */
  readonly over: Deferred.Deferred<void>
  /** Guarded work has ended. */
  readonly ended: Deferred.Deferred<void>
  isOver: boolean
  /** How much guarded work runs. */
  guarded: number
}

const settle = (reign: Reign): void => {
  if (reign.isOver && reign.guarded === 0) Deferred.unsafeDone(reign.ended, Effect.void)
}

const isLeading = Metric.gauge("leader_election_master_status", {
  description: "Whether this process leads (1) or stands by (0), by the name of the lease."
})

// ------------------------------------------------------------------------------------------------ campaigning

export const make = (
  name: string,
  options: LeaderElection.Options = {}
): Effect.Effect<LeaderElection.Election, never, KubeClient | Scope.Scope> => {
  const checked = check(name, options)
  return Effect.gen(function*() {
    const clock = yield* Effect.clock
    const client = yield* KubeClient
    const leases = options.namespace === undefined
      ? Api.defaultNamespaced(Lease)
      : Api.namespaced(Lease, options.namespace)
    const identity = yield* identityOf(options)
    const standby: LeaderElection.State = { _tag: "Standby", holder: Option.none(), trouble: Option.none() }
    const state = yield* SubscriptionRef.make<LeaderElection.State>(standby)
    const namespace = options.namespace ?? client.namespace
    const settings = { ...checked, identity }
    const hold = new LeaseHold(settings, `${namespace}/${name}`, leases, client, clock)
    const campaign = new Campaign(settings, hold, client, clock, state)
    yield* Effect.acquireRelease(
      Effect.suspend(() => {
        elections.enter(client, campaign, campaign.renewal)
        return Effect.forkDaemon(Effect.interruptible(campaign.run))
      }),
      (fiber) => Effect.ensuring(campaign.end(fiber), Effect.sync(() => elections.leave(client, campaign)))
    )
    return campaign
  })
}

class Campaign implements LeaderElection.Election {
  readonly identity: string
  /** `namespace/name` of the Lease. */
  readonly lease: string
  private reign: Reign | undefined
  /** Who waits to lead. */
  private waiting = Deferred.unsafeMake<Reign>(FiberId.none)
  private closing = false
  /** There is work for a leader. */
  private readonly wanted = Deferred.unsafeMake<void>(FiberId.none)

  constructor(
    private readonly settings: Settings,
    private readonly hold: LeaseHold,
    private readonly client: KubeClient["Type"],
    private readonly clock: Clock.Clock,
    private readonly ref: SubscriptionRef.SubscriptionRef<LeaderElection.State>
  ) {
    this.identity = settings.identity
    this.lease = hold.lease
  }

  get state(): Effect.Effect<LeaderElection.State> {
    return SubscriptionRef.get(this.ref)
  }

  get changes() {
    return this.ref.changes
  }

  /** While this process has the lease, or has lost it and what it guards has not ended. */
  readonly renewal = (): elections.Renewal | undefined => {
    if (this.reign === undefined) return undefined
    return { age: this.hold.age, leaseDuration: this.settings.leaseDuration }
  }

  // ---------------------------------------------------------------------------------------------- the campaign

  /** Campaigns from when there is work for a leader. */
  get run(): Effect.Effect<never> {
    const turn = Effect.flatMap(this.stand, () => Effect.flatMap(this.lead, () => this.leave))
    return this.shine(0).pipe(
      Effect.zipRight(Deferred.await(this.wanted)),
      Effect.zipRight(Effect.forever(turn)),
      Effect.annotateLogs({ lease: this.lease, identity: this.identity })
    )
  }

  private readonly say = (state: LeaderElection.State): Effect.Effect<void> => SubscriptionRef.set(this.ref, state)

  /** Said once, however often it is found. */
  private standby(trouble: Option.Option<Failure>): Effect.Effect<void> {
    const holder = Option.fromNullable(this.hold.holder)
    return Effect.flatMap(this.state, (before) => {
      const same = before._tag === "Standby" &&
        Option.getOrUndefined(before.holder) === Option.getOrUndefined(holder) &&
        Option.getOrUndefined(before.trouble)?.message === Option.getOrUndefined(trouble)?.message
      return same ? Effect.void : this.say({ _tag: "Standby", holder, trouble })
    })
  }

  private shine(value: 0 | 1): Effect.Effect<void> {
    return visibilityOf(this.client).metrics
      ? Metric.set(Metric.tagged(isLeading, "name", this.settings.name), value)
      : Effect.void
  }

  /** Tries until the lease is held. */
  private readonly stand: Effect.Effect<void> = Effect.suspend(() => {
    let said: string | undefined
    const attempt: Effect.Effect<void> = Effect.matchCauseEffect(this.hold.acquire, {
      onSuccess: (held) => held ? Effect.void : Effect.zipRight(this.standby(Option.none()), later),
      onFailure: (cause) => {
        if (Cause.isInterruptedOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
        const failure = Cause.failureOption(cause)
        const text = Option.match(failure, { onNone: () => Cause.pretty(cause), onSome: (error) => error.message })
        // Another one was faster: that is what an election is.
        const lostRace = Option.exists(
          failure,
          ({ _tag }) => _tag === "KubeConflict" || _tag === "KubeAlreadyExists"
        )
        const tell = lostRace || text === said ? Effect.logDebug(text) : Effect.logWarning(`${text}; trying again`)
        said = lostRace ? said : text
        return tell.pipe(Effect.zipRight(this.standby(lostRace ? Option.none() : failure)), Effect.zipRight(later))
      }
    })
    const later = Effect.flatMap(
      Random.nextRange(this.settings.retryPeriod, spread * this.settings.retryPeriod),
      (millis) => Effect.zipRight(this.clock.sleep(Duration.millis(millis)), attempt)
    )
    return Effect.zipRight(Effect.logDebug(`campaigning for ${this.lease}`), attempt)
  })

  /** Leads until that is over. */
  private readonly lead: Effect.Effect<Reign> = Effect.gen(this, function*() {
    const reign = this.begin()
    yield* Effect.logInfo(`leading ${this.lease}, with fencing token ${reign.leadership.token}`)
    yield* this.say({ _tag: "Leading", leadership: reign.leadership })
    yield* this.shine(1)
    const waiting = this.waiting
    this.waiting = Deferred.unsafeMake<Reign>(FiberId.none)
    yield* Deferred.succeed(waiting, reign)
    const why = yield* this.keep
    this.hold.giveUp()
    yield* Effect.logWarning(`${this.lease} is lost: ${why}; what it guards is interrupted`)
    return reign
  })

  private begin(): Reign {
    this.hold.beginTerm()
    const { token } = this.hold
    const isValid = () => this.reign === reign && this.hold.left > 0
    const lost = () => new LeadershipLost({ lease: this.lease, identity: this.identity, token })
    const reign: Reign = {
      leadership: {
        identity: this.identity,
        token,
        isValid: Effect.sync(isValid),
        ensure: Effect.suspend(() => isValid() ? Effect.void : Effect.fail(lost()))
      },
      over: Deferred.unsafeMake(FiberId.none),
      ended: Deferred.unsafeMake(FiberId.none),
      isOver: false,
      guarded: 0
    }
    this.reign = reign
    return reign
  }

  /** Renews until the lease is lost; the answer says why. The clock is asked first: the process may have stood still. */
  private readonly keep: Effect.Effect<string> = Effect.suspend(() => {
    let trouble: string | undefined
    const expired = () =>
      `not renewed for ${Duration.format(Duration.millis(this.settings.renewDeadline))}${
        trouble === undefined ? "" : `: ${trouble}`
      }`
    const step: Effect.Effect<string> = Effect.suspend(() => {
      const { left } = this.hold
      if (left <= 0) return Effect.succeed(expired())
      const pause = Math.min(this.settings.retryPeriod, left)
      return Effect.flatMap(this.clock.sleep(Duration.millis(pause)), () => attempt)
    })
    const attempt: Effect.Effect<string> = Effect.suspend(() => {
      const { left } = this.hold
      if (left <= 0) return Effect.succeed(expired())
      const renewed = Effect.timeoutOption(this.hold.renew, Duration.millis(left))
      return Effect.matchCauseEffect(renewed, {
        onSuccess: (held) => {
          if (Option.contains(held, false)) {
            return Effect.succeed(`${this.hold.holder ?? "nobody"} holds it`)
          }
          if (Option.isSome(held)) trouble = undefined
          return step
        },
        onFailure: (cause) => {
          if (Cause.isInterruptedOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
          const failure = Cause.failureOption(cause)
          trouble = Option.match(failure, { onNone: () => Cause.pretty(cause), onSome: (error) => error.message })
          return Effect.zipRight(Effect.logWarning(`${this.lease} could not be renewed: ${trouble}`), step)
        }
      })
    })
    return step
  })

  /** Ends guarded work, then gives the lease up: never the other way round. */
  private readonly leave: Effect.Effect<void> = Effect.suspend(() => {
    const reign = this.reign
    return reign === undefined
      ? Effect.void
      : Effect.uninterruptible(Effect.zipRight(this.dismiss(reign), this.release))
  })

  private dismiss(reign: Reign): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      reign.isOver = true
      yield* this.say({ _tag: "Leaving", leadership: reign.leadership })
      yield* Deferred.succeed(reign.over, undefined)
      settle(reign)
      yield* Deferred.await(reign.ended)
      this.reign = undefined
      yield* this.shine(0)
    })
  }

  private get release(): Effect.Effect<void> {
    return Effect.zipRight(this.hold.release, this.standby(Option.none()))
  }

  /** Guarded work ends while the lease is still renewed; then the campaign, and last the lease. */
  end(campaign: Fiber.RuntimeFiber<never>): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.closing = true
      const reign = this.reign
      const dismissed = reign === undefined ? Effect.void : this.dismiss(reign)
      return dismissed.pipe(
        Effect.zipRight(Fiber.interrupt(campaign)),
        Effect.zipRight(this.release),
        Effect.zipRight(this.shine(0)),
        Effect.zipRight(Effect.suspend(() => Deferred.interrupt(this.waiting))),
        Effect.annotateLogs({ lease: this.lease, identity: this.identity })
      )
    })
  }

  // ---------------------------------------------------------------------------------------------- guarding

  private readonly leading: Effect.Effect<Reign> = Effect.suspend(() => {
    const { closing, reign } = this
    if (closing) return Effect.interrupt
    Deferred.unsafeDone(this.wanted, Effect.void)
    if (reign === undefined || reign.isOver) {
      return Effect.flatMap(Deferred.await(this.waiting), () => this.leading)
    }
    return this.hold.left > 0 ? Effect.succeed(reign) : Effect.flatMap(Deferred.await(reign.over), () => this.leading)
  })

  guard = <A, E, R>(
    work: (leadership: Leadership) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, Exclude<R, Scope.Scope>> =>
    Effect.flatMap(
      this.leading,
      (reign) =>
        Effect.flatMap(this.reigning(reign, work), (result) =>
          Option.isSome(result) ? Effect.succeed(result.value) : this.guard(work))
    )

  /**
   * Runs work in one reign; none when that ended first. The work is a fiber of its own, so that it can be awaited however
   * this one ends: the lease is given up only after it.
   */
  private reigning<A, E, R>(
    reign: Reign,
    work: (leadership: Leadership) => Effect.Effect<A, E, R>
  ): Effect.Effect<Option.Option<A>, E, Exclude<R, Scope.Scope>> {
    const body = Effect.scoped(Effect.suspend(() => work(reign.leadership))).pipe(
      Effect.provideService(Current, reign.leadership),
      Effect.interruptible
    )
    const run = Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        if (reign.isOver || this.closing || this.hold.left <= 0) return Effect.succeedNone
        reign.guarded++
        const ended = Effect.sync(() => {
          reign.guarded--
          settle(reign)
        })
        const guarding = Effect.flatMap(Effect.forkDaemon(body), (fiber) =>
          Effect.raceFirst(
            Effect.interruptible(Effect.asSome(Fiber.await(fiber))),
            Effect.interruptible(Effect.as(Deferred.await(reign.over), Option.none<Exit.Exit<A, E>>()))
          ).pipe(
            restore,
            Effect.onInterrupt(() => Fiber.interrupt(fiber)),
            Effect.flatMap((exit) => Option.isSome(exit) ? Effect.asSome(exit.value) : dismissed(fiber))
          ))
        return Effect.ensuring(guarding, ended)
      })
    )
    return run as Effect.Effect<Option.Option<A>, E, Exclude<R, Scope.Scope>> // the Scope is that of this reign
  }
}

/** Ends work whose reign is over. What it returned or failed with before it heard of that counts. */
const dismissed = <A, E>(fiber: Fiber.RuntimeFiber<A, E>): Effect.Effect<Option.Option<A>, E> =>
  Effect.flatMap(
    Fiber.interrupt(fiber),
    (exit) => Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause) ? Effect.succeedNone : Effect.asSome(exit)
  )
