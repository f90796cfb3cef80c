/**
 * Times in whole seconds, such as `2026-01-02T03:04:05Z`: Kubernetes' `metav1.Time`, as in `metadata.creationTimestamp`. The
 * wire type is text; the functions here read it as a `DateTime.Utc` and write it as the server does.
 *
 * ```ts
 * import { Timestamp } from "effect-kube"
 * import type { Pod } from "effect-kube/kinds/core/v1"
 * import { Duration, Order } from "effect"
 *
 * const oldestFirst = Order.mapInput(Timestamp.Order, (pod: Pod) => pod.metadata.creationTimestamp)
 * const isYoung = (pod: Pod, now: Date) =>
 *   Duration.lessThan(Timestamp.distance(pod.metadata.creationTimestamp, now), "5 minutes")
 *
 * Timestamp.print(new Date("2026-01-02T03:04:05.999Z")) // "2026-01-02T03:04:05Z"
 * Timestamp.add("2026-01-02T23:00:00Z", "2 hours") // "2026-01-03T01:00:00Z"
 * Timestamp.parse("2026-01-02") // fails with a TimestampError
 * ```
 *
 * The functions take text that is a time and throw a {@link TimestampError} on other text: what a server sent is one. Text
 * from elsewhere goes through {@link parse}, or through the {@link Timestamp} schema. Times with microseconds are
 * {@link MicroTime}.
 */
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as EffectEquivalence from "effect/Equivalence"
import { dual } from "effect/Function"
import * as EffectOrder from "effect/Order"
import * as Schema from "effect/Schema"
import type { Direction, Refusal } from "./internal/programTime.js"
import * as programTime from "./internal/programTime.js"
import { first, last, pattern, read } from "./internal/rfc3339.js"

/** An RFC 3339 time in whole seconds, such as `2026-01-02T03:04:05Z`. */
export type Timestamp = string

/** What the functions take: a time on the wire, or one of the program. */
export type Input = Timestamp | DateTime.DateTime | Date

/** A text, or a time, that is no timestamp. */
export class TimestampError extends Data.TaggedError("KubeTimestampError")<{
  readonly input: string
  /** What was expected, in words. */
  readonly expected: string
}> {
  override get message(): string {
    return `timestamp ${JSON.stringify(this.input)}: expected ${this.expected}`
  }
}

// ------------------------------------------------------------------------------------------------ reading

const refused = (refusal: Refusal): TimestampError => new TimestampError(refusal)

const millisOf = (input: Input): Either.Either<number, TimestampError> => {
  if (typeof input !== "string") return Either.mapLeft(programTime.millisOf(input, "2026-01-02T03:04:05Z"), refused)
  const instant = read(input)
  return typeof instant === "string"
    ? Either.left(refused({ input: input.slice(0, 100), expected: instant }))
    : Either.right(instant.millis)
}

const millis = (input: Input): number => Either.getOrThrowWith(millisOf(input), (error) => error)

/**
 * The time, to the millisecond. Takes what the server takes: any offset, and a fraction, which the server drops when it
 * writes; but no time whose year in UTC has not four digits.
 */
export const parse = (input: Input): Effect.Effect<DateTime.Utc, TimestampError> =>
  Either.map(millisOf(input), DateTime.unsafeMake)

/** As {@link parse}; throws the {@link TimestampError}. */
export const unsafeParse = (input: Input): DateTime.Utc => DateTime.unsafeMake(millis(input))

/** Whether a value is text that the server takes for a time. */
export const isTimestamp = (u: unknown): u is Timestamp => typeof u === "string" && Either.isRight(millisOf(u))

// ------------------------------------------------------------------------------------------------ writing

/** As the server writes it: in UTC, what is less than a second cut off. */
export const print = (input: Input): Timestamp => `${new Date(millis(input)).toISOString().slice(0, 19)}Z`

// ------------------------------------------------------------------------------------------------ comparing

/** Earliest first, whatever the offset, to the millisecond. */
export const Order: EffectOrder.Order<Input> = EffectOrder.mapInput(EffectOrder.number, millis)

/** The same time, whatever the offset, to the millisecond. */
export const Equivalence: EffectEquivalence.Equivalence<Input> = EffectEquivalence.mapInput(
  EffectEquivalence.number,
  millis
)

/** Whether the first is before the second. */
export const lessThan: {
  (that: Input): (self: Input) => boolean
  (self: Input, that: Input): boolean
} = EffectOrder.lessThan(Order)

/** Whether the first is after the second. */
export const greaterThan: {
  (that: Input): (self: Input) => boolean
  (self: Input, that: Input): boolean
} = EffectOrder.greaterThan(Order)

/** The earlier one. */
export const min: {
  (that: Input): (self: Input) => Timestamp
  (self: Input, that: Input): Timestamp
} = dual(2, (self: Input, that: Input): Timestamp => print(lessThan(that, self) ? that : self))

/** The later one. */
export const max: {
  (that: Input): (self: Input) => Timestamp
  (self: Input, that: Input): Timestamp
} = dual(2, (self: Input, that: Input): Timestamp => print(greaterThan(that, self) ? that : self))

/** How far apart they are, whichever is first. */
export const distance: {
  (that: Input): (self: Input) => Duration.Duration
  (self: Input, that: Input): Duration.Duration
} = dual(2, (self: Input, that: Input): Duration.Duration => Duration.millis(Math.abs(millis(that) - millis(self))))

// ------------------------------------------------------------------------------------------------ computing

const moved = (self: Input, direction: Direction, input: Duration.DurationInput): Timestamp => {
  const start = millis(self)
  const from = typeof self === "string" ? self.slice(0, 100) : programTime.shown(start)
  const end = programTime.moved(from, direction, input, (duration) => {
    const by = Duration.toMillis(duration)
    const end = Math.trunc(direction === "+" ? start + by : start - by)
    return end >= first && end <= last ? end : undefined
  })
  return print(new Date(Either.getOrThrowWith(end, refused)))
}

/** So much later. Throws a {@link TimestampError}, with the time and the duration, after the year 9999. */
export const add: {
  (duration: Duration.DurationInput): (self: Input) => Timestamp
  (self: Input, duration: Duration.DurationInput): Timestamp
} = dual(2, (self: Input, duration: Duration.DurationInput): Timestamp => moved(self, "+", duration))

/** So much earlier. Throws a {@link TimestampError}, with the time and the duration, before the year 0. */
export const subtract: {
  (duration: Duration.DurationInput): (self: Input) => Timestamp
  (self: Input, duration: Duration.DurationInput): Timestamp
} = dual(2, (self: Input, duration: Duration.DurationInput): Timestamp => moved(self, "-", duration))

// ------------------------------------------------------------------------------------------------ in custom resources

const schema = () => {
  const form = pattern("([.,][0-9]+)?")
  const expression = new RegExp(form)
  return Schema.String.pipe(
    Schema.filter((text) => expression.test(text) && isTimestamp(text), {
      identifier: "Timestamp",
      description: "a time such as 2026-01-02T03:04:05Z",
      jsonSchema: { format: "date-time", pattern: form },
      arbitrary: () => (fc) =>
        fc.date({ min: new Date(first), max: new Date(last), noInvalidDate: true }).map((date) => print(date))
    })
  )
}

/**
 * For fields of custom resources: `Schema.Struct({ startedAt: Timestamp.Timestamp })`. In the definition it is text of the
 * format `date-time`, with a pattern where that format takes more than RFC 3339. Text is kept as it is: the server does
 * not rewrite the times of custom resources, {@link print} does.
 */
export const Timestamp: Schema.Schema<Timestamp> = schema()
