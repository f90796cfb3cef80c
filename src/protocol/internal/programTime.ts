/** Times and durations of the program, as `Timestamp` and `MicroTime` take them beside their own texts. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { actual } from "./actual.js"
import { first, last, yearsExpected } from "./rfc3339.js"

/** What was found, and what was expected instead: the fields of the errors of both modules. */
export interface Refusal {
  readonly input: string
  readonly expected: string
}

/** Also of another realm, where `instanceof` says no. */
const isDate = (u: unknown): u is Date => Object.prototype.toString.call(u) === "[object Date]"

/** A time as a message says it. */
export const shown = (millis: number): string => {
  const date = new Date(millis)
  return Number.isNaN(date.getTime()) ? "Invalid Date" : date.toISOString()
}

/** Milliseconds since 1970 of a DateTime or a Date. `example` is the text that could stand there as well. */
export const millisOf = (input: unknown, example: string): Either.Either<number, Refusal> => {
  if (!DateTime.isDateTime(input) && !isDate(input)) {
    return Either.left({ input: actual(input), expected: `text such as ${example}, a DateTime or a Date` })
  }
  const millis = DateTime.isDateTime(input) ? DateTime.toEpochMillis(input) : input.getTime()
  return millis >= first && millis <= last
    ? Either.right(millis)
    : Either.left({ input: shown(millis), expected: yearsExpected })
}

export type Direction = "+" | "-"

/** Moves a time. `from` is how a refusal calls it; `end` says where a duration leads, or nothing beyond the years that can be written. */
export const moved = <A>(
  from: string,
  direction: Direction,
  input: Duration.DurationInput,
  end: (duration: Duration.Duration) => A | undefined
): Either.Either<A, Refusal> => {
  const refuse = (duration: string, expected: string) =>
    Either.left({ input: `${from} ${direction} ${duration}`, expected })
  const duration = Option.getOrUndefined(Duration.decodeUnknown(input))
  if (duration === undefined) return refuse(actual(input), "a duration such as \"5 minutes\"")
  const there = end(duration)
  if (there !== undefined) return Either.right(there)
  // Of the longest ones Effect cannot tell the days.
  return refuse(Duration.format(Duration.toMillis(duration) < 1e300 ? duration : Duration.infinity), yearsExpected)
}
