/**
 * Reading and writing amounts: the texts of Kubernetes' `resource.Quantity` and an exact number of billionths, the least
 * amount that the server knows.
 */

/** How an amount is written: `512Mi`, `500m`, `5e8`. */
export type Format = "BinarySI" | "DecimalSI" | "DecimalExponent"

/** An exact amount, and how it is written. */
export interface Amount {
  readonly nanos: bigint
  readonly format: Format
}

const decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

const one = 1_000_000_000n
/** What a binary suffix can reach on the server: the largest integer of 64 bits. */
const binaryLimit = (2n ** 63n - 1n) * one

/** Larger exponents and longer texts are nobody's amount; the server takes some of them, and is busy with them for long. */
const maximumExponent = 999
const maximumLength = 1000

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)

/** Divides, away from zero: whoever asks for a little gets a little. */
export const divideUp = (value: bigint, divisor: bigint): bigint => {
  const quotient = (magnitude(value) + divisor - 1n) / divisor
  return value < 0n ? -quotient : quotient
}

/** `value × 10^exponent`, in billionths. */
export const scaled = (value: bigint, exponent: number): bigint =>
  exponent >= -9 ? value * 10n ** BigInt(exponent + 9) : divideUp(value, 10n ** BigInt(-exponent - 9))

const syntax = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([a-zA-Z]*)([+-]?[0-9]*)$/

/** White space that can stand in a JSON string as it is; the server trims it. */
const outerSpace = /^[\p{Z}\u0085]+|[\p{Z}\u0085]+$/gu

/** The amount that a text says; a text says what was expected of the other text. */
export const read = (input: string): Amount | string => {
  if (input.length > maximumLength) return `at most ${maximumLength} characters`
  const text = input.replace(outerSpace, "")
  const parts = syntax.exec(text)
  if (parts === null || text === "") return "a number with a suffix, such as 500m, 1.5, 128Mi or 1e3"
  const [, sign, whole = "", fraction = "", letters = "", power = ""] = parts
  const digits = whole + fraction
  const suffix = suffixOf(letters, power)
  if (typeof suffix === "string") return suffix
  const { base2, exponent, format } = suffix
  // Without any digit the server reads zero where it takes a short way, and the long one fails.
  if (digits === "" && (base2 >= 50 || exponent < -9)) return "digits"
  const amount = scaled(BigInt(digits) << BigInt(base2), exponent - fraction.length)
  const limited = format === "BinarySI" && amount > binaryLimit ? binaryLimit : amount
  return {
    nanos: sign === "-" ? -limited : limited,
    format: format === "BinarySI" && limited > 0n && limited < one ? "DecimalSI" : format
  }
}

interface Suffix {
  readonly base2: number
  readonly exponent: number
  readonly format: Format
}

const suffixOf = (letters: string, power: string): Suffix | string => {
  if ((letters === "e" || letters === "E") && /[0-9]/.test(power)) {
    const exponent = Number(power)
    return Math.abs(exponent) > maximumExponent
      ? `an exponent between -${maximumExponent} and ${maximumExponent}`
      : { base2: 0, exponent, format: "DecimalExponent" }
  }
  const decimal = decimalSuffixes.indexOf(letters)
  const binary = binarySuffixes.indexOf(letters)
  if (power !== "" || (decimal < 0 && binary < 0)) {
    return "one of the suffixes n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei, or an exponent such as e3"
  }
  return decimal < 0
    ? { base2: binary * 10, exponent: 0, format: "BinarySI" }
    : { base2: 0, exponent: (decimal - 3) * 3, format: "DecimalSI" }
}

/** How often a factor is contained, at most `limit` times, and what is left. */
const factored = (value: bigint, factor: bigint, limit: number): readonly [rest: bigint, times: number] => {
  let rest = value
  let times = 0
  while (times < limit && rest % factor === 0n) {
    rest /= factor
    times++
  }
  return [rest, times]
}

/** The canonical text: no fraction, the largest suffix that fits. It reads as the same amount, always. */
export const write = ({ format, nanos }: Amount): string => {
  if (nanos === 0n) return "0"
  const size = magnitude(nanos)
  if (format === "BinarySI" && nanos % one === 0n && size >= 1024n * one && size <= binaryLimit) {
    const [rest, times] = factored(nanos / one, 1024n, binarySuffixes.length - 1)
    return `${rest}${binarySuffixes[times]}`
  }
  const [rest, times] = factored(nanos, 1000n, Infinity)
  const suffix = decimalSuffixes[times]
  // The server has no suffix for 10^21 and writes none, which loses the value; it keeps an exponent.
  return format === "DecimalExponent" || suffix === undefined
    ? `${rest}${times === 3 ? "" : `e${(times - 3) * 3}`}`
    : `${rest}${suffix}`
}
