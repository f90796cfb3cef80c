/**
 * One process's hold on a Lease: the requests that the rules (`leaseRecord.ts`) ask for, and until when what it wrote may
 * be believed.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Api from "../../client/Api.js"
import { within } from "../../client/internal/deadline.js"
import { now } from "../../client/internal/pulse.js"
import { KubeClient, Retry } from "../../client/KubeClient.js"
import { Lease } from "../../kinds/coordination/v1.js"
import * as KubeError from "../../protocol/KubeError.js"
import * as MicroTime from "../../protocol/MicroTime.js"
import type * as Resource from "../../protocol/Resource.js"
import type { Settings } from "./electionOptions.js"
import { hold, judge, letGo, observe, type Observed } from "./leaseRecord.js"

/** What reading or writing a Lease can fail with. */
export type Failure =
  | KubeError.Common
  | KubeError.NotFound
  | KubeError.Conflict
  | KubeError.AlreadyExists
  | KubeError.Invalid

type Leases = Api.Get<Lease> & Api.Create<Lease, Resource.Draft<Lease>> & Api.Replace<Lease>

export class LeaseHold {
  /** The Lease as it was read or written last. */
  private known: Lease | undefined
  private observed: Observed | undefined
  /** Until when this process may believe that it holds it; counted from when the renewal was sent. By both clocks: one stands still while a machine sleeps, the other may be set back. */
  private validUntil = -Infinity
  private validUntilWall = -Infinity
  /** When the last renewal was sent that counted. */
  private renewedAt = -Infinity
  /** What has run out is lost for good, for somebody may have been told so; until a new term begins. */
  private inTerm = false
  /** A write may have made this process the holder, as far as is known. */
  private mayHold = false

  constructor(
    private readonly settings: Settings,
    /** `namespace/name`. */
    readonly lease: string,
    private readonly leases: Leases,
    private readonly client: KubeClient["Type"],
    private readonly clock: Clock.Clock
  ) {}

  /** For how many milliseconds it may still be believed; not positive: no more. */
  get left(): number {
    return Math.min(this.validUntil - now(this.clock), this.validUntilWall - this.clock.unsafeCurrentTimeMillis())
  }

  /** How many milliseconds ago the last renewal was sent that counted. */
  get age(): number {
    return now(this.clock) - this.renewedAt
  }

  /** Who holds it, as far as is known. */
  get holder(): string | undefined {
    const holder = this.observed?.spec.holderIdentity
    return holder === "" ? undefined : holder
  }

  /** The fencing token of what was read or written last. */
  get token(): number {
    return this.known?.spec.leaseTransitions ?? 0
  }

  beginTerm(): void {
    this.inTerm = true
  }

  /** It may not be believed any more, whatever the record says. */
  giveUp(): void {
    this.validUntil = -Infinity
  }

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
    return this.observed = observe(this.observed, lease.spec, now(this.clock))
  }

  /** Writes the record that makes or keeps this process the leader. */
  private write(before: Lease | undefined): Effect.Effect<void, Failure> {
    return Effect.gen(this, function*() {
      const sent = now(this.clock)
      const sentWall = this.clock.unsafeCurrentTimeMillis()
      // A Lease that somebody deleted is made again from what was known of it: its token must not fall.
      const spec = hold(before?.spec ?? this.known?.spec, yield* this.term)
      this.mayHold = true
      const written: Lease = yield* before === undefined
        ? this.ask(this.leases.create({ metadata: { name: this.settings.name }, spec }))
        : this.ask(this.leases.replace({ ...before, spec }))
      this.see(written)
      if (!this.inTerm || this.left > 0) {
        this.renewedAt = sent
        this.validUntil = sent + this.settings.renewDeadline
        this.validUntilWall = sentWall + this.settings.renewDeadline
      }
    })
  }

  /** Reads the record, and takes the lease where that is allowed. True: it is held. */
  readonly acquire: Effect.Effect<boolean, Failure> = Effect.gen(this, function*() {
    const found = yield* this.ask(this.leases.getOption(this.settings.name))
    if (Option.isNone(found)) {
      // Whoever held it may not know yet that it is gone.
      if (
        this.observed !== undefined && judge(this.observed, this.settings.identity, now(this.clock))._tag === "Held"
      ) return false
      yield* this.write(undefined)
      return true
    }
    const verdict = judge(this.see(found.value), this.settings.identity, now(this.clock))
    if (verdict._tag === "Held") {
      this.mayHold = false
      return false
    }
    yield* this.write(found.value)
    return true
  })

  /** Renews what was seen last, without reading it first; reads it where that fails. */
  readonly renew: Effect.Effect<boolean, Failure> = Effect.suspend(() =>
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
    if (judge(this.see(found.value), this.settings.identity, now(this.clock))._tag !== "Mine") return false
    yield* this.write(found.value)
    return true
  })

  /** Writes that nobody holds it, if a write may have made this process the holder. Bounded: whoever waits takes it over in any case. */
  readonly release: Effect.Effect<void> = Effect.suspend(() => {
    const attempt: Effect.Effect<void, Failure> = Effect.gen(this, function*() {
      const found = yield* this.ask(this.leases.getOption(this.settings.name))
      if (Option.isNone(found) || found.value.spec.holderIdentity !== this.settings.identity) return
      const { now } = yield* this.term
      this.see(yield* this.ask(this.leases.replace({ ...found.value, spec: letGo(found.value.spec, now) })))
    })
    const isNeeded = this.mayHold
    this.giveUp()
    this.inTerm = false
    this.mayHold = false
    if (!isNeeded) return Effect.void
    return attempt.pipe(
      Effect.retry({ while: (error) => error._tag === "KubeConflict", times: 5 }),
      Effect.interruptible,
      Effect.timeoutOption(Duration.millis(this.settings.renewDeadline)),
      Effect.catchAllCause((cause) =>
        Effect.logDebug(`${this.lease} could not be released; others wait until it has run out`, cause)
      )
    )
  })
}
