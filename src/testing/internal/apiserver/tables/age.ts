/**
 * How long ago something was, as a server prints it for people: with two or three figures (`5s`, `3m10s`, `7d2h`).
 *
 * ```ts
 * import { humanDuration } from "./age.js"
 *
 * humanDuration(190_000) // "3m10s"
 * ```
 */

const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`

/** A duration of so many milliseconds. Clocks may differ by a second; what lies further ahead is no age. */
export const humanDuration = (milliseconds: number): string => {
  const seconds = Math.trunc(milliseconds / 1000)
  if (seconds < -1) return "<invalid>"
  if (seconds < 0) return "0s"
  if (seconds < 2 * 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s")
  if (minutes < 3 * 60) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return pair(hours, "h", minutes % 60, "m")
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  if (days < 8) return pair(days, "d", hours % 24, "h")
  if (days < 2 * 365) return `${days}d`
  const years = Math.floor(days / 365)
  return years < 8 ? pair(years, "y", days % 365, "d") : `${years}y`
}

export const unknownAge = "<unknown>"

/** The time since a timestamp. */
export const since = (timestamp: unknown, now: number): string => {
  if (typeof timestamp !== "string") return unknownAge
  const then = Date.parse(timestamp)
  return Number.isNaN(then) ? unknownAge : humanDuration(now - then)
}
