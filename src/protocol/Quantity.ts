/**
 * Amounts with a suffix, such as `500m` processors or `128Mi` of memory: Kubernetes' `resource.Quantity`. The wire type is
 * text; the functions here read it, write it as the server does, compare and add, all of it exact.
 *
 * ```ts
 * import { Quantity } from "effect-kube"
 * import type { Container } from "effect-kube/kinds/core/v1"
 *
 * const memory = (containers: ReadonlyArray<Container>): Quantity.Quantity =>
 *   Quantity.sum(containers.map((container) => container.resources?.requests?.["memory"] ?? 0))
 *
 * Quantity.add("1Gi", "512Mi") // "1536Mi"
 * Quantity.print("0.5Gi") // "512Mi"
 * Quantity.greaterThan("1", "999m") // true
 * Quantity.toNumber("1500m") // 1.5
 * Quantity.parse("1 GB") // fails with a QuantityError
 * ```
 *
 * Three formats exist, and what is computed keeps the format of its first operand: `BinarySI` (`Ki` ... `Ei`), `DecimalSI`
 * (`n`, `u`, `m`, none, `k` ... `E`) and `DecimalExponent` (`1e3`). As on the server, an amount has billionths and nothing
 * finer, for which it is rounded away from zero, and one with a binary suffix reaches 2^63 − 1.
 *
 * The functions take text that is a quantity and throw a {@link QuantityError} on other text: what a server sent is one.
 * Text from elsewhere goes through {@link parse}, or through the {@link Quantity} schema.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as EffectEquivalence from "effect/Equivalence"
import { dual } from "effect/Function"
import * as EffectOrder from "effect/Order"
import type * as Ordering from "effect/Ordering"
import * as Schema from "effect/Schema"
import { actual } from "./internal/actual.js"
import type { Amount, Format } from "./internal/quantity.js"
import { divideUp, read, scaled, write } from "./internal/quantity.js"

export type { Format }

/** An amount with a suffix, such as `500m`, `2`, `128Mi`. The server sends it as text, always. */
export type Quantity = string

/** What the functions take: a quantity, or a number that has no suffix yet. */
export type Input = Quantity | number | bigint | BigDecimal.BigDecimal

/** A text, or a number, that is no quantity. */
export class QuantityError extends Data.TaggedError("KubeQuantityError")<{
  readonly input: string
  /** What was expected, in words. */
  readonly expected: string
}> {
  override get message(): string {
    return `quantity ${JSON.stringify(this.input)}: expected ${this.expected}`
  }
}

// ------------------------------------------------------------------------------------------------ reading

const refuse = (text: string, expected: string): Either.Either<never, QuantityError> =>
  Either.left(new QuantityError({ input: text.length > 100 ? `${text.slice(0, 100)}…` : text, expected }))

const amountOf = (input: Input): Either.Either<Amount, QuantityError> => {
  if (BigDecimal.isBigDecimal(input)) {
    return Math.abs(input.scale) > 1000
      ? refuse(String(input), "at most 1000 digits")
      : Either.right({ nanos: scaled(input.value, -input.scale), format: "DecimalSI" })
  }
  if (typeof input === "number" && !Number.isFinite(input)) return refuse(String(input), "a finite number")
  if (typeof input !== "string" && typeof input !== "number" && typeof input !== "bigint") {
    return refuse(actual(input), "text such as 500m, or a number")
  }
  const text = String(input)
  const amount = read(text)
  return typeof amount === "string" ? refuse(text, amount) : Either.right(amount)
}

const amount = (input: Input): Amount => Either.getOrThrowWith(amountOf(input), (error) => error)

const decimal = ({ nanos }: Amount): BigDecimal.BigDecimal => BigDecimal.normalize(BigDecimal.make(nanos, 9))

/**
 * The amount as a number of Effect, exact. Takes what the server takes, which trims the text, and reads an absent number as
 * zero (`"m"`); but no exponent beyond ±999 and nothing longer than 1000 characters.
 */
export const parse = (input: Input): Effect.Effect<BigDecimal.BigDecimal, QuantityError> =>
  Either.map(amountOf(input), decimal)

/** As {@link parse}; throws the {@link QuantityError}. */
export const unsafeParse = (input: Input): BigDecimal.BigDecimal => decimal(amount(input))

/** Whether a value is text that the server takes for a quantity. */
export const isQuantity = (u: unknown): u is Quantity => typeof u === "string" && Either.isRight(amountOf(u))

// ------------------------------------------------------------------------------------------------ writing

/**
 * The canonical form: no fraction, the largest suffix that fits, in the format of the input or in the given one. An amount
 * that its format cannot write exactly is written in another: `1.5Ki` is `1536`, `0.1Ki` is `102400m`. A number is
 * read as its JSON is, by the server too: `1.5` is `1500m`, and `1e-7` is `100e-9`.
 *
 * The server keeps some texts that are not canonical as they were sent (`1.500`, `+1`, `001Mi`): compare with
 * {@link Equivalence}, not by text. From 10^21 this writes `1e21` where the server's own form of `1000E` is `1`.
 */
export const print = (input: Input, format?: Format): Quantity => {
  const { format: own, nanos } = amount(input)
  return write({ nanos, format: format ?? own })
}

/** As a JavaScript number: the nearest one, which beyond ±1.8e308 is `Infinity` or `-Infinity` (`"1e999"`). */
export const toNumber = (self: Input): number => Number(BigDecimal.format(unsafeParse(self)))

/** In whole units; what is less than one is rounded away from zero (`Value` of the Go type): `1500m` is `2n`. */
export const toBigInt = (self: Input): bigint => divideUp(amount(self).nanos, 1_000_000_000n)

/** In thousandths; what is less than one is rounded away from zero (`MilliValue` of the Go type): `2` is `2000n`. */
export const toMilli = (self: Input): bigint => divideUp(amount(self).nanos, 1_000_000n)

// ------------------------------------------------------------------------------------------------ comparing

/** By amount, whatever the format: `1Ki`, `1024` and `1.024k` are one. */
export const Order: EffectOrder.Order<Input> = EffectOrder.make((self, that) => {
  const [left, right] = [amount(self).nanos, amount(that).nanos]
  return left < right ? -1 : left > right ? 1 : 0
})

/** By amount, whatever the format. */
export const Equivalence: EffectEquivalence.Equivalence<Input> = EffectEquivalence.make((self, that) =>
  Order(self, that) === 0
)

export const lessThan: {
  (that: Input): (self: Input) => boolean
  (self: Input, that: Input): boolean
} = EffectOrder.lessThan(Order)

export const lessThanOrEqualTo: {
  (that: Input): (self: Input) => boolean
  (self: Input, that: Input): boolean
} = EffectOrder.lessThanOrEqualTo(Order)

export const greaterThan: {
  (that: Input): (self: Input) => boolean
  (self: Input, that: Input): boolean
} = EffectOrder.greaterThan(Order)

export const greaterThanOrEqualTo: {
  (that: Input): (self: Input) => boolean
  (self: Input, that: Input): boolean
} = EffectOrder.greaterThanOrEqualTo(Order)

/** The lesser one; the first where they are equal. */
export const min: {
  (that: Input): (self: Input) => Quantity
  (self: Input, that: Input): Quantity
} = dual(2, (self: Input, that: Input): Quantity => print(Order(that, self) < 0 ? that : self))

/** The greater one; the first where they are equal. */
export const max: {
  (that: Input): (self: Input) => Quantity
  (self: Input, that: Input): Quantity
} = dual(2, (self: Input, that: Input): Quantity => print(Order(that, self) > 0 ? that : self))

export const isZero = (self: Input): boolean => amount(self).nanos === 0n

export const sign = (self: Input): Ordering.Ordering => Order(self, 0)

// ------------------------------------------------------------------------------------------------ computing

/** Zero has no format of its own: `0` and `1Gi` are `1Gi`. */
const plus = (self: Amount, that: Amount): Amount => ({
  nanos: self.nanos + that.nanos,
  format: self.nanos === 0n ? that.format : self.format
})

const minus = ({ format, nanos }: Amount): Amount => ({ nanos: -nanos, format })

/** In the format of the first, unless that is zero. */
export const add: {
  (that: Input): (self: Input) => Quantity
  (self: Input, that: Input): Quantity
} = dual(2, (self: Input, that: Input): Quantity => write(plus(amount(self), amount(that))))

/** In the format of the first, unless that is zero. */
export const subtract: {
  (that: Input): (self: Input) => Quantity
  (self: Input, that: Input): Quantity
} = dual(2, (self: Input, that: Input): Quantity => write(plus(amount(self), minus(amount(that)))))

/** All of them, in the format of the first that is not zero; `0` for none. */
export const sum = (all: Iterable<Input>): Quantity => {
  let total: Amount = { nanos: 0n, format: "DecimalSI" }
  for (const one of all) total = plus(total, amount(one))
  return write(total)
}

/** So many times as much. Throws a {@link QuantityError} on a factor that is not a whole number. */
export const multiply: {
  (factor: number | bigint): (self: Input) => Quantity
  (self: Input, factor: number | bigint): Quantity
} = dual(2, (self: Input, factor: number | bigint): Quantity => {
  const { format, nanos } = amount(self)
  if (typeof factor !== "bigint" && !Number.isInteger(factor)) {
    throw new QuantityError({ input: actual(factor), expected: "a whole number as the factor" })
  }
  return write({ nanos: nanos * BigInt(factor), format })
})

export const negate = (self: Input): Quantity => write(minus(amount(self)))

// ------------------------------------------------------------------------------------------------ in custom resources

/** What {@link read} takes, without the accidents: digits are there, and no space. */
const strict = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,3})?$/

const schema = () =>
  Schema.transform(
    Schema.Union(Schema.Int, Schema.String.pipe(Schema.pattern(strict))).annotations({
      description: "an amount with a suffix, such as 500m, 2 or 128Mi"
    }),
    Schema.String.pipe(
      Schema.pattern(strict, {
        identifier: "Quantity",
        description: "an amount with a suffix, such as 500m, 2 or 128Mi",
        arbitrary: () => (fc) =>
          fc.tuple(fc.nat(1023), fc.constantFrom("m", "", "k", "M", "Ki", "Mi", "Gi"))
            .map(([value, suffix]) => `${value}${suffix}`)
      })
    ),
    { strict: true, decode: (wire) => String(wire), encode: (text) => text }
  )

/**
 * For fields of custom resources: `Schema.Struct({ memory: Quantity.Quantity })`. In the definition it is
 * `x-kubernetes-int-or-string` with a pattern, as is usual, so that people can write `cpu: 1`; a whole number becomes text
 * when it is read. Text is kept as it is: the server does not make quantities of custom resources canonical, {@link print}
 * does.
 */
export const Quantity: Schema.Schema<Quantity, Quantity | number> = schema()
