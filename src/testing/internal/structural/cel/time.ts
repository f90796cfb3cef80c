/** Points in time and spans of it: read as Go reads them, to the nanosecond. */
import * as goDuration from "../../../../protocol/internal/goDuration.js"
import * as rfc3339 from "../../../../protocol/internal/rfc3339.js"
import { Duration, fail, Timestamp } from "./values.js"

const second = 1_000_000_000n

/** Nanoseconds since 1970 of a text in RFC 3339; undefined for another. */
export const readTimestamp = (text: string): Timestamp | undefined => {
  const instant = rfc3339.read(text)
  if (typeof instant === "string") return undefined
  const digits = /[.,]([0-9]+)/.exec(text)?.[1] ?? ""
  const fraction = BigInt(digits.slice(0, 9).padEnd(9, "0"))
  // The whole seconds; the instant has the first digits of the fraction, too.
  const seconds = BigInt(Math.floor(instant.millis / 1000))
  const [, sign, hours = "0", minutes = "0"] = /([+-])([0-9]{2}):([0-9]{2})$/.exec(text.slice(10)) ?? []
  const offset = Number(hours) * 60 + Number(minutes)
  return new Timestamp(seconds * second + fraction, sign === "-" ? -offset : offset)
}

/** A day, as `date` of a schema has it. */
export const readDate = (text: string): Timestamp | undefined => readTimestamp(`${text}T00:00:00Z`)

export const readDuration = (text: string): Duration | undefined => {
  const nanos = goDuration.read(text)
  return typeof nanos === "string" ? undefined : new Duration(nanos)
}

/** The years 1 to 9999. */
const firstSecond = -62_135_596_800n
const lastSecond = 253_402_300_799n

/** The floor of a division, also below zero. */
export const floorDivide = (value: bigint, divisor: bigint): bigint => {
  const quotient = value / divisor
  return value % divisor < 0n ? quotient - 1n : quotient
}

export const isSecondOfCalendar = (seconds: bigint): boolean => seconds >= firstSecond && seconds <= lastSecond

export const timestampOf = (nanos: bigint, offset = 0): Timestamp =>
  isSecondOfCalendar(floorDivide(nanos, second)) ? new Timestamp(nanos, offset) : fail("timestamp overflow")

export const durationOf = (nanos: bigint): Duration =>
  goDuration.fits(nanos) ? new Duration(nanos) : fail("integer overflow")

/** `2026-01-02T03:04:05.5Z`, or with the offset that it was written with. */
export const printTimestamp = ({ nanos: inUTC, offset }: Timestamp): string => {
  const nanos = inUTC + BigInt(offset) * 60n * second
  const seconds = floorDivide(nanos, second)
  const fraction = (nanos - seconds * second).toString().padStart(9, "0").replace(/0+$/, "")
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -".000Z".length)
  return `${whole}${fraction === "" ? "" : `.${fraction}`}${printOffset(offset)}`
}

const printOffset = (offset: number): string => {
  if (offset === 0) return "Z"
  const part = (value: number): string => String(value).padStart(2, "0")
  const size = Math.abs(offset)
  return `${offset < 0 ? "-" : "+"}${part(Math.floor(size / 60))}:${part(size % 60)}`
}

/** Seconds with as many digits as they need: `1.5s`. */
export const printDuration = ({ nanos }: Duration): string => {
  const digits = (nanos < 0n ? -nanos : nanos).toString().padStart(10, "0")
  const fraction = digits.slice(-9).replace(/0+$/, "")
  return `${nanos < 0n ? "-" : ""}${digits.slice(0, -9)}${fraction === "" ? "" : `.${fraction}`}s`
}
