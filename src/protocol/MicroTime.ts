/**
 * Times in microseconds, such as `2026-01-02T03:04:05.000000Z`: Kubernetes' `metav1.MicroTime`, as in a Lease's `renewTime` and
 * an Event's `eventTime`. The wire type is text; the functions here read it, write it as the server does, and compare
 * and add without losing the microseconds.
 *
 * ```ts
 * import { MicroTime } from "effect-kube"
 * import type { Lease } from "effect-kube/kinds/coordination/v1"
 * import { DateTime, Effect } from "effect"
 *
 * const hasExpired = (renewTime: MicroTime.MicroTime, seconds: number) =>
 *   Effect.map(DateTime.now, (now) => MicroTime.lessThan(MicroTime.add(renewTime, `${seconds} seconds`), now))
 *
 * const renewed = (lease: Lease, now: Date): Lease => ({ ...lease, spec: { ...lease.spec, renewTime: MicroTime.print(now) } })
 *
 * MicroTime.parse("2026-01-02T03:04:05Z") // fails with a MicroTimeError: six digits must follow the seconds
 * ```
 *
 * The functions take text that is such a time and throw a {@link MicroTimeError} on other text: what a server sent is one.
 * Text from elsewhere goes through {@link parse}, or through the {@link MicroTime} schema.
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
import { first, last, pattern, read, yearsExpected } from "./internal/rfc3339.js"

/** An RFC 3339 time in microseconds, such as `2026-01-02T03:04:05.000000Z`. */
export type MicroTime = string

/** What the functions take: a time on the wire, or one of the program, which has milliseconds. */
export type Input = MicroTime | DateTime.DateTime | Date

/** A text, or a time, that is no such time. */
export class MicroTimeError extends Data.TaggedError("KubeMicroTimeError")<{
  readonly input: string
  /** What was expected, in words. */
  readonly expected: string
}> {
  override get message(): string {
    return `time in microseconds ${JSON.stringify(this.input)}: expected ${this.expected}`
  }
}

// ------------------------------------------------------------------------------------------------ reading

/** The server takes six digits after the seconds, no more and no fewer. */
const sixDigits = /[.,][0-9]{6}(?![0-9])/

const refused = (refusal: Refusal): MicroTimeError => new MicroTimeError(refusal)

const microsOf = (input: Input): Either.Either<bigint, MicroTimeError> => {
  if (typeof input !== "string") {
    const millis = programTime.millisOf(input, "2026-01-02T03:04:05.000000Z")
    return Either.mapBoth(millis, { onLeft: refused, onRight: (millis) => BigInt(Math.floor(millis)) * 1000n })
  }
  const instant = sixDigits.test(input) ? read(input) : "six digits after the seconds: 2026-01-02T03:04:05.000000Z"
  return typeof instant === "string"
    ? Either.left(refused({ input: input.slice(0, 100), expected: instant }))
    : Either.right(BigInt(instant.millis) * 1000n + BigInt(instant.micros))
}

/** Microseconds since 1970, exact. */
export const toMicros = (self: Input): bigint => Either.getOrThrowWith(microsOf(self), (error) => error)

const toUtc = (micros: bigint): DateTime.Utc => DateTime.unsafeMake(Number(floor(micros, 1000n)))

const floor = (value: bigint, divisor: bigint): bigint => (value - ((value % divisor) + divisor) % divisor) / divisor

/**
 * The time, to the millisecond, which is what a DateTime has; {@link toMicros} has the rest. Takes what the server takes:
 * any offset, and exactly six digits after the seconds; but no time whose year in UTC has not four digits.
 */
export const parse = (input: Input): Effect.Effect<DateTime.Utc, MicroTimeError> => Either.map(microsOf(input), toUtc)

/** As {@link parse}; throws the {@link MicroTimeError}. */
export const unsafeParse = (input: Input): DateTime.Utc => toUtc(toMicros(input))

/** Whether a value is text that the server takes for a time in microseconds. */
export const isMicroTime = (u: unknown): u is MicroTime => typeof u === "string" && Either.isRight(microsOf(u))

// ------------------------------------------------------------------------------------------------ writing

const isInYears = (micros: bigint): boolean => {
  const millis = Number(floor(micros, 1000n))
  return millis >= first && millis <= last
}

/** Of microseconds since 1970. Throws a {@link MicroTimeError} where the year has not four digits. */
export const fromMicros = (micros: bigint): MicroTime => {
  if (!isInYears(micros)) throw new MicroTimeError({ input: `${micros} microseconds`, expected: yearsExpected })
  const millis = Number(floor(micros, 1000n))
  const rest = micros - BigInt(millis) * 1000n
  return `${new Date(millis).toISOString().slice(0, 23)}${String(rest).padStart(3, "0")}Z`
}

/** As the server writes it: in UTC, with six digits after the seconds. */
export const print = (input: Input): MicroTime => fromMicros(toMicros(input))

// ------------------------------------------------------------------------------------------------ comparing

/** Earliest first, whatever the offset, to the microsecond. */
export const Order: EffectOrder.Order<Input> = EffectOrder.mapInput(EffectOrder.bigint, toMicros)

/** The same time, whatever the offset, to the microsecond. */
export const Equivalence: EffectEquivalence.Equivalence<Input> = EffectEquivalence.mapInput(
  EffectEquivalence.bigint,
  toMicros
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
  (that: Input): (self: Input) => MicroTime
  (self: Input, that: Input): MicroTime
} = dual(2, (self: Input, that: Input): MicroTime => print(lessThan(that, self) ? that : self))

/** The later one. */
export const max: {
  (that: Input): (self: Input) => MicroTime
  (self: Input, that: Input): MicroTime
} = dual(2, (self: Input, that: Input): MicroTime => print(greaterThan(that, self) ? that : self))

/** How far apart they are, whichever is first, to the microsecond. */
export const distance: {
  (that: Input): (self: Input) => Duration.Duration
  (self: Input, that: Input): Duration.Duration
} = dual(2, (self: Input, that: Input): Duration.Duration => {
  const micros = toMicros(that) - toMicros(self)
  return Duration.micros(micros < 0n ? -micros : micros)
})

// ------------------------------------------------------------------------------------------------ computing

const moved = (self: Input, direction: Direction, input: Duration.DurationInput): MicroTime => {
  const start = toMicros(self)
  const from = typeof self === "string" ? self.slice(0, 100) : fromMicros(start)
  const end = programTime.moved(from, direction, input, (duration) => {
    // Longer than all the years there are: too long, it may be, for a bigint.
    if (Duration.toMillis(duration) > last - first + 1) return undefined
    const micros = Duration.unsafeToNanos(duration) / 1000n
    const end = direction === "+" ? start + micros : start - micros
    return isInYears(end) ? end : undefined
  })
  return fromMicros(Either.getOrThrowWith(end, refused))
}

/**
 * So much later; what is less than a microsecond is cut off. Throws a {@link MicroTimeError}, with the time and the
 * duration, after the year 9999.
 */
export const add: {
  (duration: Duration.DurationInput): (self: Input) => MicroTime
  (self: Input, duration: Duration.DurationInput): MicroTime
} = dual(2, (self: Input, duration: Duration.DurationInput): MicroTime => moved(self, "+", duration))

/**
 * So much earlier; what is less than a microsecond is cut off. Throws a {@link MicroTimeError}, with the time and the
 * duration, before the year 0.
 */
export const subtract: {
  (duration: Duration.DurationInput): (self: Input) => MicroTime
  (self: Input, duration: Duration.DurationInput): MicroTime
} = dual(2, (self: Input, duration: Duration.DurationInput): MicroTime => moved(self, "-", duration))

// ------------------------------------------------------------------------------------------------ in custom resources

const schema = () => {
  const form = pattern("[.,][0-9]{6}")
  const expression = new RegExp(form)
  return Schema.String.pipe(
    Schema.filter((text) => expression.test(text) && isMicroTime(text), {
      identifier: "MicroTime",
      description: "a time in microseconds such as 2026-01-02T03:04:05.000000Z",
      jsonSchema: { format: "date-time", pattern: form },
      arbitrary: () => (fc) =>
        fc.bigInt(BigInt(first) * 1000n, BigInt(last) * 1000n).map((micros) => fromMicros(micros))
    })
  )
}

/**
 * For fields of custom resources: `Schema.Struct({ renewedAt: MicroTime.MicroTime })`. In the definition it is text of the
 * format `date-time`, with a pattern that asks for the six digits. Text is kept as it is: the server does not rewrite the
 * times of custom resources, {@link print} does.
 */
export const MicroTime: Schema.Schema<MicroTime> = schema()
