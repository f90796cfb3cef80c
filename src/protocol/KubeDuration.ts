/**
 * Spans of time as Go writes them, such as `1h30m0s` or `500ms`: Kubernetes' `metav1.Duration`, in configuration and in many
 * custom resources. The wire type is text; the functions here read it as a `Duration`, write it as Go does, compare and
 * add, exact to the nanosecond.
 *
 * ```ts
 * import { KubeDuration } from "effect-kube"
 * import { Duration } from "effect"
 *
 * const interval = KubeDuration.unsafeParse("1.5h") // a Duration of 90 minutes
 *
 * KubeDuration.print(Duration.minutes(90)) // "1h30m0s"
 * KubeDuration.print("90m") // "1h30m0s"
 * KubeDuration.add("1h", Duration.seconds(1)) // "1h0m1s"
 * KubeDuration.parse("90 minutes") // fails with a KubeDurationError
 * ```
 *
 * The functions take text that is such a duration and throw a {@link KubeDurationError} on other text. Text that nobody has
 * checked goes through {@link parse}, or through the {@link KubeDuration} schema.
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as EffectEquivalence from "effect/Equivalence"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as EffectOrder from "effect/Order"
import * as Schema from "effect/Schema"
import { actual } from "./internal/actual.js"
import { fits, pattern, read, write } from "./internal/goDuration.js"

/** A span of time as Go writes it, such as `1h30m` or `500ms`. */
export type KubeDuration = string

/** What the functions take: a duration on the wire, or one of the program. */
export type Input = KubeDuration | Duration.Duration

/** A text, or a Duration, that Go cannot hold as a duration, or that is negative where a Duration is wanted. */
export class KubeDurationError extends Data.TaggedError("KubeDurationError")<{
  readonly input: string
  /** What was expected, in words. */
  readonly expected: string
}> {
  override get message(): string {
    return `duration ${JSON.stringify(this.input)}: expected ${this.expected}`
  }
}

// ------------------------------------------------------------------------------------------------ reading

const longest = "less than 293 years"

const nanosOf = (input: Input): Either.Either<bigint, KubeDurationError> => {
  if (typeof input === "string") {
    const nanos = read(input)
    return typeof nanos === "string"
      ? Either.left(new KubeDurationError({ input: input.slice(0, 100), expected: nanos }))
      : Either.right(nanos)
  }
  if (!Duration.isDuration(input)) {
    return Either.left(new KubeDurationError({ input: actual(input), expected: "text such as 1h30m, or a Duration" }))
  }
  // Of the longest ones Effect can tell neither the nanoseconds nor the days.
  const duration = Duration.toMillis(input) < 1e300 ? input : Duration.infinity
  return Option.match(Option.filter(Duration.toNanos(duration), fits), {
    onNone: () => Either.left(new KubeDurationError({ input: Duration.format(duration), expected: longest })),
    onSome: Either.right
  })
}

/** In nanoseconds, exact, and negative where the text has a minus. */
export const toNanos = (self: Input): bigint => Either.getOrThrowWith(nanosOf(self), (error) => error)

const durationOf = (input: Input): Either.Either<Duration.Duration, KubeDurationError> =>
  Either.flatMap(nanosOf(input), (nanos) =>
    nanos < 0n
      ? Either.left(
        new KubeDurationError({
          input: write(nanos),
          expected: "a duration that is not negative: a Duration has no sign"
        })
      )
      : Either.right(Duration.nanos(nanos)))

/**
 * The Duration. Takes what Go takes: `h`, `m`, `s`, `ms`, `us` (also `µs`) and `ns`, in any order, with fractions, and `0`;
 * but nothing negative, because a Duration has no sign: {@link toNanos} has it.
 */
export const parse = (input: Input): Effect.Effect<Duration.Duration, KubeDurationError> => durationOf(input)

/** As {@link parse}; throws the {@link KubeDurationError}. */
export const unsafeParse = (input: Input): Duration.Duration =>
  Either.getOrThrowWith(durationOf(input), (error) => error)

/** Whether a value is text that Go takes for a duration, negative ones included. */
export const isKubeDuration = (u: unknown): u is KubeDuration => typeof u === "string" && Either.isRight(nanosOf(u))

// ------------------------------------------------------------------------------------------------ writing

/** Of nanoseconds. Throws a {@link KubeDurationError} beyond 64 bits, which is some 292 years. */
export const fromNanos = (nanos: bigint): KubeDuration => {
  if (!fits(nanos)) throw new KubeDurationError({ input: `${nanos} nanoseconds`, expected: longest })
  return write(nanos)
}

/** As Go writes it: `1h30m0s`, `1.5s`, `300ms`, `0s`. */
export const print = (input: Input): KubeDuration => write(toNanos(input))

// ------------------------------------------------------------------------------------------------ comparing

/** Shortest first; negative ones before. */
export const Order: EffectOrder.Order<Input> = EffectOrder.mapInput(EffectOrder.bigint, toNanos)

/** By length: `90m` and `1.5h` are one. */
export const Equivalence: EffectEquivalence.Equivalence<Input> = EffectEquivalence.mapInput(
  EffectEquivalence.bigint,
  toNanos
)

export const lessThan: {
  (that: Input): (self: Input) => boolean
  (self: Input, that: Input): boolean
} = EffectOrder.lessThan(Order)

export const greaterThan: {
  (that: Input): (self: Input) => boolean
  (self: Input, that: Input): boolean
} = EffectOrder.greaterThan(Order)

/** The shorter one. */
export const min: {
  (that: Input): (self: Input) => KubeDuration
  (self: Input, that: Input): KubeDuration
} = dual(2, (self: Input, that: Input): KubeDuration => print(lessThan(that, self) ? that : self))

/** The longer one. */
export const max: {
  (that: Input): (self: Input) => KubeDuration
  (self: Input, that: Input): KubeDuration
} = dual(2, (self: Input, that: Input): KubeDuration => print(greaterThan(that, self) ? that : self))

// ------------------------------------------------------------------------------------------------ computing

/** Throws a {@link KubeDurationError} where the sum does not fit 64 bits. */
export const add: {
  (that: Input): (self: Input) => KubeDuration
  (self: Input, that: Input): KubeDuration
} = dual(2, (self: Input, that: Input): KubeDuration => fromNanos(toNanos(self) + toNanos(that)))

/** May become negative. Throws a {@link KubeDurationError} where the difference does not fit 64 bits. */
export const subtract: {
  (that: Input): (self: Input) => KubeDuration
  (self: Input, that: Input): KubeDuration
} = dual(2, (self: Input, that: Input): KubeDuration => fromNanos(toNanos(self) - toNanos(that)))

// ------------------------------------------------------------------------------------------------ in custom resources

const schema = () =>
  Schema.String.pipe(
    Schema.filter(isKubeDuration, {
      identifier: "KubeDuration",
      description: "a span of time such as 1h30m or 500ms",
      jsonSchema: { format: "duration", pattern },
      arbitrary: () => (fc) => fc.bigInt(0n, 2n ** 63n - 1n).map(fromNanos)
    })
  )

/**
 * For fields of custom resources: `Schema.Struct({ interval: KubeDuration.KubeDuration })`. In the definition it is text of
 * the format `duration`, with a pattern, because that format also takes `1 day`. Beyond 292 years only this schema refuses.
 * Text is kept as it is, {@link print} makes it canonical.
 */
export const KubeDuration: Schema.Schema<KubeDuration> = schema()
