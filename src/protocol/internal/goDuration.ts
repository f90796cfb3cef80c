/** Durations as Go writes and reads them: signed nanoseconds of 64 bits. */

const limit = 2n ** 63n

const units: { readonly [unit: string]: bigint } = {
  ns: 1n,
  us: 1_000n,
  "µs": 1_000n, // U+00B5, the sign micro
  "μs": 1_000n, // U+03BC, the letter mu
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n
}

export const pattern = "^[+-]?(0|(([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$"
const syntax = new RegExp(pattern)
const term = /([0-9]*)(?:\.([0-9]*))?([a-zµμ]+)/g

const tooLong = "at most 2562047h47m16.854775807s"

/** Go reads as many digits of a fraction as fit 64 bits, and computes with them in floating point. */
const fractionOf = (digits: string, unit: bigint): bigint => {
  let value = 0n
  let scale = 1
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit)
    if (value > (limit - 1n) / 10n || next > limit) break
    value = next
    scale *= 10
  }
  return BigInt(Math.trunc(Number(value) * (Number(unit) / scale)))
}

/** The nanoseconds that a text says; a text says what was expected of the other text. */
export const read = (text: string): bigint | string => {
  if (text.length > 1000) return "at most 1000 characters"
  if (!syntax.test(text)) return "a sequence of numbers with a unit (h, m, s, ms, us, ns), such as 1h30m"
  let total = 0n
  for (const [, whole = "", fraction = "", unit = ""] of text.matchAll(term)) {
    const size = units[unit] ?? 0n
    total += BigInt(whole) * size + fractionOf(fraction, size)
    // A sum of 2^63 itself is taken with a minus only.
    if (total > limit) return tooLong
  }
  if (text.startsWith("-")) return -total
  return total === limit ? tooLong : total
}

/** Whether so many nanoseconds can be written. */
export const fits = (nanos: bigint): boolean => nanos >= -limit && nanos < limit

const decimal = (value: bigint, digits: number): string => {
  const text = String(value).padStart(digits + 1, "0")
  const fraction = text.slice(-digits).replace(/0+$/, "")
  return fraction === "" ? text.slice(0, -digits) : `${text.slice(0, -digits)}.${fraction}`
}

/** `1h2m3.5s`; below a second one number with a smaller unit; zero is `0s`. */
export const write = (nanos: bigint): string => {
  if (nanos < 0n) return `-${write(-nanos)}`
  if (nanos === 0n) return "0s"
  if (nanos < 1_000n) return `${nanos}ns`
  if (nanos < 1_000_000n) return `${decimal(nanos, 3)}µs`
  if (nanos < 1_000_000_000n) return `${decimal(nanos, 6)}ms`
  const minutes = nanos / 60_000_000_000n
  const seconds = `${decimal(nanos % 60_000_000_000n, 9)}s`
  if (minutes === 0n) return seconds
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`
}
