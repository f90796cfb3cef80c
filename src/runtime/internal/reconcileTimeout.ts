import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import type { Key } from "../Store.js"
import { identity } from "./keys.js"

/** A reconcile that took longer than its deadline: see the option `timeout` of `Controller.make`. */
export class ReconcileTimeout extends Data.TaggedError("ControllerReconcileTimeout")<{
  readonly controller: string
  readonly key: Key
  /** The deadline. */
  readonly timeout: Duration.Duration
}> {
  override get message(): string {
    const { controller, key, timeout } = this
    return `${controller}: the reconcile of ${identity(key)} took longer than ${
      Duration.format(timeout)
    } and was interrupted`
  }
}
