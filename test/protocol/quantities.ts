/** What is expected of quantities, here and on a server. */
import { FastCheck as fc } from "effect"
import * as Effect from "effect/Effect"
import * as Quantity from "../../src/protocol/Quantity.js"

const suffixes = "n u m k M G T P E Ki Mi Gi Ti Pi Ei e0 e3 e-3 e1 E1 E6 e+2 e-7 E-9 e-10 e12 e20 e30".split(" ")

const digits = (maximum: number) =>
  fc.integer({ min: 0, max: maximum }).chain((length) =>
    fc.array(fc.constantFrom(..."0123456789"), { minLength: length, maxLength: length }).map((all) => all.join(""))
  )

/** Any text of the grammar. */
export const anyQuantity: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom("", "", "-", "+"),
  fc.oneof(
    fc.tuple(fc.constantFrom("0", "1", "7", "12", "1024", "999"), digits(18)).map((all) => all.join("")),
    fc.tuple(fc.nat(4096), fc.constantFrom("", "000", "000000")).map((all) => all.join("")),
    fc.tuple(digits(4), fc.constant("."), digits(12)).map((all) => all.join("")).filter((text) => text !== ".")
  ),
  fc.constantFrom("", "", ...suffixes)
).map((parts) => parts.join(""))

/** Texts that may be quantities or not; without the exponents that keep a server busy, and that we refuse. */
export const maybeQuantity: fc.Arbitrary<string> = fc.oneof(
  anyQuantity,
  fc.array(fc.constantFrom(..."0123456789.+-eEinumkKMGTP x"), { maxLength: 8 }).map((all) => all.join(""))
    .filter((text) => !/[eE][+-]?[0-9]{4}/.test(text))
)

/**
 * From 10^21 the server has no suffix and writes none: what it answers is another amount. What was sent with an exponent
 * keeps it.
 */
export const losesValue = (input: string | number, answer: string): boolean => {
  const ours = /^(-?[0-9]+)e([0-9]+)$/.exec(Quantity.print(input))
  return ours !== null && Number(ours[2]) >= 21 && ours[1] === answer
}

/** Whether we read and write a text as the server does, which answers null where it refuses. */
export const agrees = (input: string | number, answer: string | null): boolean => {
  const read = Effect.runSyncExit(Quantity.parse(input))
  if (answer === null || read._tag === "Failure") return (answer === null) === (read._tag === "Failure")
  const sent = (typeof input === "number" ? JSON.stringify(input) : input).trim()
  // Some texts the server keeps as they are, canonical or not.
  return answer === Quantity.print(input) || (answer === sent && Quantity.Equivalence(answer, input)) ||
    losesValue(input, answer)
}
