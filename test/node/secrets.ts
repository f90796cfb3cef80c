/** All the ways in which a value may end up in front of somebody's eyes. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Inspectable from "effect/Inspectable"
import { inspect } from "node:util"

/** What cannot be written shows nothing. */
const attempt = (write: () => string | undefined): string => {
  try {
    return write() ?? ""
  } catch {
    return ""
  }
}

export const printed = (...values: ReadonlyArray<unknown>): ReadonlyArray<string> =>
  values.flatMap((value) =>
    [
      () => inspect(value, { depth: 10, showHidden: true, maxArrayLength: 1000, getters: true }),
      () => JSON.stringify(value),
      () => String(value),
      () => Inspectable.toStringUnknown(value),
      () => Cause.pretty(Cause.fail(value)),
      () => JSON.stringify(Exit.fail(value)),
      ...(value instanceof Error
        ? [() => value.message, () => String(value.stack), () => JSON.stringify({ ...value })]
        : [])
    ].map(attempt)
  )
