/** Collects what should not have been. */

/** What must hold; each is looked after by one place in `checks.ts`, `follower.ts` or `night.ts`. */
export type Rule =
  /** After quiet the store has what the server has (W38). */
  | "store = server"
  /** Whenever it is looked at, a store shows the state of the server at its resourceVersion: no other, nothing in between (W43). */
  | "a state that was"
  /** What a store shows is not older than what it has shown, but after history was lost (W35, W36). */
  | "never older"
  | "indexes"
  /** Listed apart, and leaves the list when repaired or deleted (W50). */
  | "undecodable"
  /** What a consumer was told adds up to the store (W51). */
  | "changes add up"
  /** A change follows from the last one of the object that the consumer saw (W46). */
  | "changes chain"
  | "deletes once"
  /** What was reported deleted had been deleted, or had left the selector. */
  | "deletes are true"
  | "changes in order"
  /** Each object that was told had been written so. */
  | "changes are true"
  | "bounded buffer"
  | "grammar"
  | "no relist storm"
  | "no leak"
  | "time goes on"
  | "no defect"

export interface Violation {
  readonly rule: Rule
  /** Milliseconds since the night began. */
  readonly at: number
  readonly text: string
}

/** More of them say no more. */
const most = 20

export class Judge {
  readonly violations: Array<Violation> = []

  constructor(readonly elapsed: () => number) {}

  violated(rule: Rule, text: string): void {
    if (this.violations.length < most) this.violations.push({ rule, at: this.elapsed(), text })
  }

  /** Says whether it held. */
  holds(rule: Rule, test: boolean, text: () => string): boolean {
    if (!test) this.violated(rule, text())
    return test
  }
}
