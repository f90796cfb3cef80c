/**
 * The rules of leader election on a Lease, as plain functions with explicit time: whose the lease is, whether it may be
 * taken, and what is written into it. Times of other machines are never compared: a candidate counts from when it saw
 * the record change itself, and waits for as long as the record says.
 */
import type { LeaseSpec } from "../../kinds/coordination/v1.js"

/** What a record says, as far as it matters to who may hold it. */
export interface Observed {
  readonly spec: LeaseSpec
  /** When it was seen first as it is, in milliseconds of a clock that only goes forward. */
  readonly since: number
}

export type Verdict =
  /** It is held by this identity. */
  | { readonly _tag: "Mine" }
  /** Nobody holds it, or whoever did has not renewed it for too long. */
  | { readonly _tag: "Free" }
  | { readonly _tag: "Held"; readonly holder: string; readonly until: number }

const sameRecord = (a: LeaseSpec, b: LeaseSpec): boolean =>
  a.holderIdentity === b.holderIdentity && a.renewTime === b.renewTime && a.acquireTime === b.acquireTime &&
  a.leaseTransitions === b.leaseTransitions && a.leaseDurationSeconds === b.leaseDurationSeconds

/** What is known after a record was read. One that did not change was seen when it was seen first. */
export const observe = (before: Observed | undefined, spec: LeaseSpec, now: number): Observed =>
  before !== undefined && sameRecord(before.spec, spec) ? { spec, since: before.since } : { spec, since: now }

export const judge = (observed: Observed, identity: string, now: number): Verdict => {
  const { holderIdentity: holder, leaseDurationSeconds = 0 } = observed.spec
  if (holder === undefined || holder === "") return { _tag: "Free" }
  if (holder === identity) return { _tag: "Mine" }
  const until = observed.since + 1000 * leaseDurationSeconds
  return until <= now ? { _tag: "Free" } : { _tag: "Held", holder, until }
}

export interface Term {
  readonly identity: string
  /** Whole seconds: the record knows no others. */
  readonly leaseDurationSeconds: number
  /** The wall clock, as the record has times. */
  readonly now: string
}

/** The record of who takes the lease, or renews it: only a change of holder counts as a transition and is a new acquisition. */
export const hold = (before: LeaseSpec | undefined, { identity, leaseDurationSeconds, now }: Term): LeaseSpec => {
  const held = before?.holderIdentity === identity
  return {
    ...before,
    holderIdentity: identity,
    leaseDurationSeconds,
    acquireTime: held ? before.acquireTime ?? now : now,
    renewTime: now,
    leaseTransitions: before === undefined ? 0 : (before.leaseTransitions ?? 0) + (held ? 0 : 1)
  }
}

/** The record of who lets go of it: nobody's, so that the next one need not wait. */
export const letGo = (before: LeaseSpec, now: string): LeaseSpec => ({
  ...before,
  holderIdentity: "",
  leaseDurationSeconds: 1,
  renewTime: now
})
