/** What a test of controllers is told when they do not come to rest. */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import type * as Store from "../../runtime/Store.js"
import type * as WorkQueue from "../../runtime/WorkQueue.js"

export class HotLoop extends Data.TaggedError("ControllerTestHotLoop")<{
  readonly apiVersion: string
  readonly kind: string
  /** Of what is written. Objects of generated names are one: its name ends with `*` then. */
  readonly key: Store.Key
  /** How often it was written. */
  readonly count: number
  /** What the last write has changed, as by `TestCluster.diff`. */
  readonly diff: string
  /** The controllers that reconcile the kind or follow it. */
  readonly controllers: ReadonlyArray<string>
}> {
  override get message(): string {
    const { apiVersion, controllers, count, diff, key, kind } = this
    const times = count === 1 ? "once more, though nothing had changed" : `${count} times without coming to rest`
    const by = controllers.length === 0 ? "" : ` (followed by ${controllers.join(", ")})`
    return `${apiVersion} ${kind} ${
      key.namespace === undefined ? "" : `${key.namespace}/`
    }${key.name} was written ${times}${by}. What a write changes:\n${diff}`
  }
}

/** A key that is not at rest. */
export interface Pending {
  readonly controller: string
  /** Undefined: the controller itself is not ready. */
  readonly key: Store.Key | undefined
  readonly state: WorkQueue.KeyStatus<Store.Key, unknown>["state"] | "Syncing" | "Stopping"
  readonly attempt: number
  /** What it failed with last, in words. */
  readonly lastError: string | undefined
}

export class NotQuiet extends Data.TaggedError("ControllerTestNotQuiet")<{
  readonly waited: Duration.Duration
  /** Empty where every controller is at rest and somebody else writes. */
  readonly pending: ReadonlyArray<Pending>
}> {
  override get message(): string {
    const lines = this.pending.slice(0, 10).map(({ attempt, controller, key, lastError, state }) =>
      `\n  ${controller}: ${
        key === undefined ? "" : `${key.namespace === undefined ? "" : `${key.namespace}/`}${key.name} `
      }${state}, attempt ${attempt}${lastError === undefined ? "" : `, after ${lastError}`}`
    )
    const more = this.pending.length > 10 ? `\n  and ${this.pending.length - 10} more` : ""
    const what = lines.length === 0 ? "; somebody who is no controller writes" : `:${lines.join("")}${more}`
    return `not quiet within ${Duration.format(this.waited)}${what}`
  }
}
