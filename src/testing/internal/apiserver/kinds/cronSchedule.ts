/** Cron schedules and time zones: why the server does not take one, in the words of its parser. */
import { goQuote } from "../../structural/fieldError.js"

interface Bounds {
  readonly from: number
  readonly to: number
  readonly names: ReadonlyArray<string>
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

/** Minute, hour, day of the month, month, day of the week. */
const fields: ReadonlyArray<Bounds> = [
  { from: 0, to: 59, names: [] },
  { from: 0, to: 23, names: [] },
  { from: 1, to: 31, names: [] },
  { from: 1, to: 12, names: months },
  { from: 0, to: 6, names: days }
]

class BadSchedule extends Error {}

const integer = (text: string): number => {
  if (!/^[+-]?[0-9]+$/.test(text)) {
    throw new BadSchedule(`failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`)
  }
  const value = Number(text)
  if (value < 0) throw new BadSchedule(`negative number (${value}) not allowed: ${text}`)
  return value
}

const named = (text: string, { from, names }: Bounds): number => {
  const at = names.indexOf(text.toLowerCase())
  return at < 0 ? integer(text) : at + from
}

/** `5`, `*`, `1-5`, each with a step: an asterisk with /2. */
const checkRange = (expression: string, bounds: Bounds): void => {
  const [range = "", step, ...moreSteps] = expression.split("/")
  const [low = "", high, ...moreEnds] = range.split("-")
  const isAll = low === "*" || low === "?"
  const start = isAll ? bounds.from : named(low, bounds)
  if (!isAll && moreEnds.length > 0) throw new BadSchedule(`too many hyphens: ${expression}`)
  const end = isAll ? bounds.to : high === undefined ? start : named(high, bounds)
  if (moreSteps.length > 0) throw new BadSchedule(`too many slashes: ${expression}`)
  const every = step === undefined ? 1 : integer(step)
  const last = step !== undefined && high === undefined ? bounds.to : end
  if (start < bounds.from) {
    throw new BadSchedule(`beginning of range (${start}) below minimum (${bounds.from}): ${expression}`)
  }
  if (last > bounds.to) throw new BadSchedule(`end of range (${last}) above maximum (${bounds.to}): ${expression}`)
  if (start > last) throw new BadSchedule(`beginning of range (${start}) beyond end of range (${last}): ${expression}`)
  if (every === 0) throw new BadSchedule(`step of range should be a positive number: ${expression}`)
}

const descriptors = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]

const duration = /^[+-]?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$/

const checkDescriptor = (text: string): void => {
  if (descriptors.includes(text)) return
  if (!text.startsWith("@every ")) throw new BadSchedule(`unrecognized descriptor: ${text}`)
  const given = text.slice("@every ".length)
  if (!duration.test(given)) {
    throw new BadSchedule(`failed to parse duration ${text}: time: invalid duration ${goQuote(given)}`)
  }
}

const isKnownZone = (zone: string): boolean => {
  if (zone === "" || zone === "UTC" || zone === "Local") return true
  // The server's names are those of files, whose case matters; that of the platform's does not.
  if (!zone.split("/").every((part) => /^[A-Z]/.test(part) || part.includes("_"))) return false
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone !== ""
  } catch {
    return false
  }
}

const checkSchedule = (schedule: string): void => {
  let text = schedule
  if (/^(CRON_)?TZ=/.test(text)) {
    const space = text.indexOf(" ")
    const equals = text.indexOf("=")
    if (space < 0) throw new BadSchedule("invalid schedule format: runtime error: slice bounds out of range [:-1]")
    const zone = text.slice(equals + 1, space)
    if (!isKnownZone(zone)) throw new BadSchedule(`provided bad location ${zone}: unknown time zone ${zone}`)
    text = text.slice(space).trim()
  }
  if (text.startsWith("@")) return checkDescriptor(text)
  const parts = text.split(/\s+/).filter((part) => part !== "")
  if (parts.length !== fields.length) {
    throw new BadSchedule(`expected exactly 5 fields, found ${parts.length}: [${parts.join(" ")}]`)
  }
  parts.forEach((part, index) => {
    for (const expression of part.split(",")) if (expression !== "") checkRange(expression, fields[index]!)
  })
}

/** Why a schedule is none; nothing if it is one. */
export const scheduleIssue = (schedule: string): string | undefined => {
  try {
    checkSchedule(schedule)
    return undefined
  } catch (error) {
    if (error instanceof BadSchedule) return error.message
    throw error
  }
}

const zonePart = /^[A-Za-z._\-0-9+]{1,14}$/

/** What is wrong with the name of a time zone. */
export const zoneIssues = (zone: string): ReadonlyArray<string> => {
  if (zone === "") return ["timeZone must be nil or non-empty string"]
  const isMalformed = zone.split("/").some((part) =>
    part === "." || part === ".." || part.startsWith("-") || !zonePart.test(part)
  )
  if (isMalformed) return [`unknown time zone ${zone}`]
  return [
    ...(zone.toLowerCase() === "local"
      ? ["timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"]
      : []),
    ...(isKnownZone(zone) ? [] : [`unknown time zone ${zone}`])
  ]
}
