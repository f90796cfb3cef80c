/**
 * A number, or text such as the name of a port or `25%`: Kubernetes' `intstr.IntOrString`, as in a Service's `targetPort` and
 * a Deployment's `maxSurge`.
 *
 * ```ts
 * import { IntOrString } from "effect-kube"
 *
 * const port: IntOrString.IntOrString = IntOrString.fromString("8080") // 8080, and "http" stays "http"
 *
 * // Of a Deployment with 10 replicas, as its controller counts:
 * IntOrString.unsafePercentOf("25%", 10, { rounding: "up" }) // 3, a maxSurge
 * IntOrString.unsafePercentOf("25%", 10, { rounding: "down" }) // 2, a maxUnavailable
 * IntOrString.unsafePercentOf(4, 10, { rounding: "down" }) // 4: a number is what it is
 * ```
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as EffectEquivalence from "effect/Equivalence"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import { actual } from "./internal/actual.js"

/** A number, or text such as the name of a port or `25%`. */
export type IntOrString = number | string

/** What is no percentage where one is wanted, or neither a number nor text. */
export class IntOrStringError extends Data.TaggedError("KubeIntOrStringError")<{
  readonly input: string
  /** What was expected, in words. */
  readonly expected: string
}> {
  override get message(): string {
    return `${JSON.stringify(this.input)}: expected ${this.expected}`
  }
}

const least = -(2 ** 31)
const greatest = 2 ** 31 - 1

const isInt32 = (value: number): boolean => Number.isInteger(value) && value >= least && value <= greatest

/** Whether a value is text, or a whole number of 32 bits, which is what the server takes. */
export const isIntOrString = (u: unknown): u is IntOrString =>
  typeof u === "string" || (typeof u === "number" && isInt32(u))

/** A text that is a whole number of 32 bits becomes one (`"8080"`); other text stays. For what people type. */
export const fromString = (text: string): IntOrString =>
  /^[+-]?[0-9]+$/.test(text) && isInt32(Number(text)) ? Number(text) + 0 : text

/** As text: a number in digits. */
export const print = (self: IntOrString): string => {
  if (typeof self === "string" || typeof self === "number") return String(self)
  throw new IntOrStringError({ input: actual(self), expected: "a number, or text" })
}

/** The same on the server, where the number 1 and the text "1" are two things. */
export const Equivalence: EffectEquivalence.Equivalence<IntOrString> = EffectEquivalence.strict()

const percentage = /^([+-]?[0-9]+)%$/

/** Whether it is text with a percentage: `"25%"`. */
export const isPercentage = (self: IntOrString): boolean => typeof self === "string" && percentage.test(self)

export interface PercentOptions {
  /** Where it is not whole. Kubernetes rounds `maxSurge` up and `maxUnavailable` of a Deployment down. */
  readonly rounding: "up" | "down"
}

const percent = (
  self: IntOrString,
  total: number,
  { rounding }: PercentOptions
): Either.Either<number, IntOrStringError> => {
  if (typeof self === "number") return Either.right(self)
  const [, digits] = typeof self === "string" ? percentage.exec(self) ?? [] : []
  if (digits === undefined || !Number.isSafeInteger(Number(digits))) {
    const input = typeof self === "string" ? self.slice(0, 100) : actual(self)
    return Either.left(new IntOrStringError({ input, expected: "a number, or a percentage such as 25%" }))
  }
  const share = Number(digits) * total / 100
  // Without the negative zero.
  return Either.right((rounding === "up" ? Math.ceil(share) : Math.floor(share)) + 0)
}

/** What a number or a percentage is of a total, as controllers count it: a number is itself, `"25%"` of 10 is 2 or 3. */
export const percentOf: {
  (total: number, options: PercentOptions): (self: IntOrString) => Effect.Effect<number, IntOrStringError>
  (self: IntOrString, total: number, options: PercentOptions): Effect.Effect<number, IntOrStringError>
} = dual(3, percent)

/** As {@link percentOf}; throws the {@link IntOrStringError}. For what a server has checked. */
export const unsafePercentOf: {
  (total: number, options: PercentOptions): (self: IntOrString) => number
  (self: IntOrString, total: number, options: PercentOptions): number
} = dual(
  3,
  (self: IntOrString, total: number, options: PercentOptions): number =>
    Either.getOrThrowWith(percent(self, total, options), (error) => error)
)

const schema = () =>
  Schema.Union(Schema.Int.pipe(Schema.between(least, greatest)), Schema.String).annotations({
    identifier: "IntOrString",
    description: "a number, or text such as the name of a port or 25%"
  })

/**
 * For fields of custom resources: `Schema.Struct({ port: IntOrString.IntOrString })`. In the definition it is
 * `x-kubernetes-int-or-string`, with the bounds of 32 bits.
 */
export const IntOrString: Schema.Schema<IntOrString> = schema()
