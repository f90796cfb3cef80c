/**
 * The shell of leader election: makes the requests that the rules (`leaseRecord.ts`) ask for, keeps the time, and sees
 * to it that what is guarded has ended before the lease is given up.
 */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Config from "effect/Config"
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
import { within } from "../../client/internal/deadline.js"
import { now } from "../../client/internal/pulse.js"
import { visibilityOf } from "../../client/internal/visibility.js"
import { KubeClient, Retry } from "../../client/KubeClient.js"
import { Lease } from "../../kinds/coordination/v1.js"
import * as KubeError from "../../protocol/KubeError.js"
import * as MicroTime from "../../protocol/MicroTime.js"
import type * as Resource from "../../protocol/Resource.js"
import type * as LeaderElection from "../LeaderElection.js"
import * as elections from "./elections.js"
import { Current, type Leadership, LeadershipLost } from "./leadership.js"
import { hold, judge, letGo, observe, type Observed } from "./leaseRecord.js"

/** What reading or writing a Lease can fail with. */
export type Failure =
  | KubeError.Common
  | KubeError.NotFound
  | KubeError.Conflict
  | KubeError.AlreadyExists
  | KubeError.Invalid

interface Settings {
  readonly name: string
  readonly identity: string
  /** In milliseconds, as the following. */
  readonly leaseDuration: number
  readonly renewDeadline: number
  readonly retryPeriod: number
}

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

// ------------------------------------------------------------------------------------------------ options

const check = (name: string, options: LeaderElection.Options): Omit<Settings, "identity"> => {
  const refuse = (what: string): never => {
    throw new TypeError(`LeaderElection.make: ${what}`)
  }
  if (name === "") refuse("name: expected the name of a Lease, found an empty text")
  if (options.identity === "") refuse("identity: expected a text that is not empty")
  const leaseDuration = Duration.toMillis(options.leaseDuration ?? "15 seconds")
  const renewDeadline = Duration.toMillis(options.renewDeadline ?? "10 seconds")
  const retryPeriod = Duration.toMillis(options.retryPeriod ?? "2 seconds")
  if (!Number.isFinite(leaseDuration) || leaseDuration % 1000 !== 0) {
    refuse(`leaseDuration: expected whole seconds, found ${Duration.format(leaseDuration)}`)
  }
  if (!(leaseDuration > renewDeadline)) {
    refuse(
      `renewDeadline: expected less than leaseDuration (${Duration.format(leaseDuration)}), found ${
        Duration.format(renewDeadline)
      }`
    )
  }
  if (!(retryPeriod > 0 && renewDeadline > 1.2 * retryPeriod)) {
    refuse(
      `retryPeriod: expected more than nothing, and 1.2 times of it less than renewDeadline (${
        Duration.format(renewDeadline)
      }), found ${Duration.format(retryPeriod)}`
    )
  }
  return { name, leaseDuration, renewDeadline, retryPeriod }
}

const digits = Effect.map(
  Effect.all(Array.from({ length: 8 }, () => Random.nextIntBetween(0, 0x10000))),
  (parts) => parts.map((part) => part.toString(16).padStart(4, "0")).join("")
)

/** A Pod's name is its HOSTNAME; the rest tells two containers of it apart, and one from its own restart. */
const identityOf = (options: LeaderElection.Options): Effect.Effect<string> => {
  if (options.identity !== undefined) return Effect.succeed(options.identity)
  const host = Effect.orElseSucceed(Config.nonEmptyString("HOSTNAME"), () => "effect-kube")
  return Effect.zipWith(host, digits, (host, digits) => `${host}_${digits}`)
}

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
    const campaign = new Campaign({ ...checked, identity }, `${namespace}/${name}`, leases, client, clock, state)
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

type Leases = Api.Get<Lease> & Api.Create<Lease, Resource.Draft<Lease>> & Api.Replace<Lease>

class Campaign implements LeaderElection.Election {
  readonly identity: string
  /** The Lease as it was read or written last. */
  private known: Lease | undefined
  private observed: Observed | undefined
  /** Until when this process may believe that it leads; counted from when the renewal was sent. */
  private validUntil = -Infinity
  private validUntilWall = -Infinity
  /** When the last renewal was sent that counted. */
  private renewedAt = -Infinity
  private reign: Reign | undefined
  /** Who waits to lead. */
  private waiting = Deferred.unsafeMake<Reign>(FiberId.none)
  private closing = false
  /** Somebody waits to lead. */
  private readonly wanted = Deferred.unsafeMake<void>(FiberId.none)
  private isWanted = false
  /** A write may have made this process the holder, as far as is known. */
  private mayHold = false

  constructor(
    private readonly settings: Settings,
    readonly lease: string,
    private readonly leases: Leases,
    private readonly client: KubeClient["Type"],
    private readonly clock: Clock.Clock,
    private readonly ref: SubscriptionRef.SubscriptionRef<LeaderElection.State>
  ) {
    this.identity = settings.identity
  }

  get state(): Effect.Effect<LeaderElection.State> {
    return SubscriptionRef.get(this.ref)
  }

  get changes() {
    return this.ref.changes
  }

  private readonly now = (): number => now(this.clock)
  /** By both clocks: one stands still while a machine sleeps, the other may be set back. */
  private readonly isValid = (): boolean =>
    this.now() < this.validUntil && this.clock.unsafeCurrentTimeMillis() < this.validUntilWall

  /** While this process has the lease, or has lost it and what it guards has not ended. */
  readonly renewal = (): elections.Renewal | undefined => {
    if (this.reign === undefined) return undefined
    return { age: this.now() - this.renewedAt, leaseDuration: this.settings.leaseDuration }
  }

  // ---------------------------------------------------------------------------------------------- requests

  /** Each request has half of the renew deadline, so that one that hangs cannot lose the lease; the client sends it once. */
  private ask<A, E>(request: Effect.Effect<A, E, KubeClient>): Effect.Effect<A, E | KubeError.TransportError> {
    const limit = Duration.millis(this.settings.renewDeadline / 2)
    const tooLate = () =>
      new KubeError.TransportError({
        request: {
          verb: "update",
          group: Lease.group,
          version: Lease.version,
          resource: Lease.plural,
          kind: Lease.kind,
          namespace: this.lease.slice(0, this.lease.indexOf("/")),
          name: this.settings.name,
          subresource: undefined
        },
        reason: "Timeout",
        description: `no answer within ${Duration.format(limit)}`
      })
    return request.pipe(
      Effect.provideService(KubeClient, this.client),
      Effect.provideService(Retry, "off"),
      within(limit, tooLate)
    )
  }

  private readonly term = Effect.map(Effect.clock, (clock) => ({
    identity: this.settings.identity,
    leaseDurationSeconds: this.settings.leaseDuration / 1000,
    now: MicroTime.print(new Date(clock.unsafeCurrentTimeMillis()))
  }))

  private see(lease: Lease): Observed {
    this.known = lease
    return this.observed = observe(this.observed, lease.spec, this.now())
  }

  /** Writes the record that makes or keeps this process the leader. */
  private write(before: Lease | undefined): Effect.Effect<void, Failure> {
    return Effect.gen(this, function*() {
      const sent = this.now()
      const sentWall = this.clock.unsafeCurrentTimeMillis()
      // A Lease that somebody deleted is made again from what was known of it: its token must not fall.
      const spec = hold(before?.spec ?? this.known?.spec, yield* this.term)
      this.mayHold = true
      const written: Lease = yield* before === undefined
        ? this.ask(this.leases.create({ metadata: { name: this.settings.name }, spec }))
        : this.ask(this.leases.replace({ ...before, spec }))
      this.see(written)
      // What has run out is lost for good: guarded work may have been told so.
      if (this.reign === undefined || this.isValid()) {
        this.renewedAt = sent
        this.validUntil = sent + this.settings.renewDeadline
        this.validUntilWall = sentWall + this.settings.renewDeadline
      }
    })
  }

  /** Reads the record, and takes the lease where that is allowed. True: it is held. */
  private readonly acquire: Effect.Effect<boolean, Failure> = Effect.gen(this, function*() {
    const found = yield* this.ask(this.leases.getOption(this.settings.name))
    if (Option.isNone(found)) {
      // Whoever held it may not know yet that it is gone.
      if (this.observed !== undefined && judge(this.observed, this.identity, this.now())._tag === "Held") return false
      yield* this.write(undefined)
      return true
    }
    const verdict = judge(this.see(found.value), this.identity, this.now())
    if (verdict._tag === "Held") {
      this.mayHold = false
      return false
    }
    yield* this.write(found.value)
    return true
  })

  /** Renews what was seen last, without reading it first; reads it where that fails. */
  private readonly renew: Effect.Effect<boolean, Failure> = Effect.suspend(() =>
    Effect.matchEffect(this.write(this.known), {
      onSuccess: () => Effect.succeed(true),
      onFailure: (error) =>
        error._tag === "KubeConflict" || error._tag === "KubeNotFound" || error._tag === "KubeAlreadyExists"
          ? this.acquireAgain
          : Effect.fail(error)
    })
  )

  private readonly acquireAgain: Effect.Effect<boolean, Failure> = Effect.gen(this, function*() {
    const found = yield* this.ask(this.leases.getOption(this.settings.name))
    if (Option.isNone(found)) {
      yield* this.write(undefined)
      return true
    }
    if (judge(this.see(found.value), this.identity, this.now())._tag !== "Mine") return false
    yield* this.write(found.value)
    return true
  })

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
    const identity = this.observed?.spec.holderIdentity
    const holder = identity === undefined || identity === "" ? Option.none() : Option.some(identity)
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
    const attempt: Effect.Effect<void> = Effect.matchCauseEffect(this.acquire, {
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
    this.validUntil = -Infinity
    yield* Effect.logWarning(`${this.lease} is lost: ${why}; what it guards is interrupted`)
    return reign
  })

  private begin(): Reign {
    const token = this.known?.spec.leaseTransitions ?? 0
    const isValid = () => this.reign === reign && this.isValid()
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
      const left = this.validUntil - this.now()
      if (left <= 0) return Effect.succeed(expired())
      const pause = Math.min(this.settings.retryPeriod, left)
      return Effect.flatMap(this.clock.sleep(Duration.millis(pause)), () => attempt)
    })
    const attempt: Effect.Effect<string> = Effect.suspend(() => {
      const left = this.validUntil - this.now()
      if (left <= 0) return Effect.succeed(expired())
      const renewed = Effect.timeoutOption(this.renew, Duration.millis(left))
      return Effect.matchCauseEffect(renewed, {
        onSuccess: (held) => {
          if (Option.contains(held, false)) {
            return Effect.succeed(`${this.observed?.spec.holderIdentity || "nobody"} holds it`)
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

  /** Writes that nobody holds it, if it is still held. Bounded: whoever waits takes it over in any case. */
  private readonly release: Effect.Effect<void> = Effect.suspend(() => {
    const attempt: Effect.Effect<void, Failure> = Effect.gen(this, function*() {
      const found = yield* this.ask(this.leases.getOption(this.settings.name))
      if (Option.isNone(found) || found.value.spec.holderIdentity !== this.identity) return
      const { now } = yield* this.term
      this.see(yield* this.ask(this.leases.replace({ ...found.value, spec: letGo(found.value.spec, now) })))
    })
    this.validUntil = -Infinity
    this.mayHold = false
    return attempt.pipe(
      Effect.retry({ while: (error) => error._tag === "KubeConflict", times: 5 }),
      Effect.interruptible,
      Effect.timeoutOption(Duration.millis(this.settings.renewDeadline)),
      Effect.catchAllCause((cause) =>
        Effect.logDebug(`${this.lease} could not be released; others wait until it has run out`, cause)
      ),
      Effect.zipRight(this.standby(Option.none()))
    )
  })

  /** Guarded work ends while the lease is still renewed; then the campaign, and last the lease. */
  end(campaign: Fiber.RuntimeFiber<never>): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.closing = true
      const reign = this.reign
      const dismissed = reign === undefined ? Effect.void : this.dismiss(reign)
      return dismissed.pipe(
        Effect.zipRight(Fiber.interrupt(campaign)),
        Effect.zipRight(Effect.suspend(() => this.mayHold ? this.release : Effect.void)),
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
    if (!this.isWanted) {
      this.isWanted = true
      Deferred.unsafeDone(this.wanted, Effect.void)
    }
    if (reign === undefined || reign.isOver) {
      return Effect.flatMap(Deferred.await(this.waiting), () => this.leading)
    }
    return this.isValid() ? Effect.succeed(reign) : Effect.flatMap(Deferred.await(reign.over), () => this.leading)
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
        if (reign.isOver || this.closing || !this.isValid()) return Effect.succeedNone
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
