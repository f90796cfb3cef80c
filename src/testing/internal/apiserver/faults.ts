/**
 * Faults that a test asks for: rules that say which requests fail, how, and how often.
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { RequestRecord } from "./requestRecord.js"

export type Fault =
  /** Answers with this status instead of doing anything. */
  | {
    readonly _tag: "Refuse"
    readonly status: number
    readonly reason?: string | undefined
    readonly message?: string | undefined
    /** Sent as `Retry-After`, and in the details of the Status. */
    readonly retryAfterSeconds?: number | undefined
    /** Sent instead of a Status: the page of a proxy, for one. */
    readonly text?: string | undefined
    readonly contentType?: string | undefined
  }
  /** Waits before anything happens. */
  | { readonly _tag: "Delay"; readonly duration: Duration.DurationInput }
  /** Never answers. */
  | { readonly _tag: "Silence" }
  /** Breaks the connection without an answer. With `after`, the request was done before: only its answer is lost. */
  | { readonly _tag: "Disconnect"; readonly after?: boolean | undefined }
  /** The request is done and never answered; `stored` runs when it is done. */
  | { readonly _tag: "Lost"; readonly stored?: Effect.Effect<unknown> | undefined }
  /** Answers, and breaks the connection after so many bytes of the body. */
  | { readonly _tag: "Cut"; readonly afterBytes: number }

export interface FaultRule {
  /** Which requests. Default: all. */
  readonly when?: ((request: RequestRecord) => boolean) | undefined
  /** How many of them, before the rule is spent. Default: no end. */
  readonly times?: number | undefined
  /** How likely one of them fails, from 0 to 1; drawn from the seed of the server. Default: 1. */
  readonly probability?: number | undefined
  readonly fault: Fault
}

interface Active {
  readonly rule: FaultRule
  left: number
}

/** The rules of a server, in the order in which they came. */
export class FaultList {
  #active: Array<Active> = []

  /** `random` draws from 0 up to, but not, 1. */
  constructor(readonly random: () => number) {}

  /** Adds a rule; answers how to take it back. */
  add(rule: FaultRule): () => void {
    const active: Active = { rule, left: rule.times ?? Number.POSITIVE_INFINITY }
    this.#active.push(active)
    return () => {
      this.#active = this.#active.filter((each) => each !== active)
    }
  }

  clear(): void {
    this.#active = []
  }

  /** The faults that a request meets: all delays up to the first fault that is none. */
  meet(request: RequestRecord): ReadonlyArray<Fault> {
    if (this.#active.length === 0) return []
    const met: Array<Fault> = []
    for (const active of this.#active) {
      if (active.left <= 0 || active.rule.when?.(request) === false) continue
      if (active.rule.probability !== undefined && this.random() >= active.rule.probability) continue
      active.left--
      met.push(active.rule.fault)
      if (active.rule.fault._tag !== "Delay") break
    }
    this.#active = this.#active.filter((active) => active.left > 0)
    return met
  }
}
