/** Parts of points in time, in UTC or another zone, and of spans of it. */
import { type Overload, overload } from "../functions.js"
import { floorDivide } from "../time.js"
import { type Duration, fail, Timestamp } from "../values.js"

const milli = 1_000_000n

/** The date whose parts in UTC are those of a point in time in its zone. */
const dateOf = ({ nanos }: Timestamp): Date => new Date(Number(floorDivide(nanos, milli)))

const dayOfYear = (date: Date): number => {
  const start = new Date(date)
  start.setUTCMonth(0, 1)
  return Math.round((date.getTime() - start.getTime()) / 86_400_000)
}

const parts: ReadonlyArray<readonly [name: string, read: (date: Date) => number]> = [
  ["getFullYear", (date) => date.getUTCFullYear()],
  ["getMonth", (date) => date.getUTCMonth()],
  ["getDayOfYear", dayOfYear],
  ["getDayOfMonth", (date) => date.getUTCDate() - 1],
  ["getDate", (date) => date.getUTCDate()],
  ["getDayOfWeek", (date) => date.getUTCDay()],
  ["getHours", (date) => date.getUTCHours()],
  ["getMinutes", (date) => date.getUTCMinutes()],
  ["getSeconds", (date) => date.getUTCSeconds()],
  ["getMilliseconds", (date) => date.getUTCMilliseconds()]
]

const moved = (time: Timestamp, minutes: number): Timestamp =>
  new Timestamp(time.nanos + BigInt(minutes) * 60_000_000_000n)

/** In a zone given as an offset, `-05:30`, or by its name. */
const inZone = (time: Timestamp, zone: string): Timestamp => {
  const colon = zone.indexOf(":")
  if (colon < 0) return inNamedZone(time, zone)
  const [hours, minutes] = [zone.slice(0, colon), zone.slice(colon + 1)].map((part) =>
    /^[+-]?[0-9]+$/.test(part) ? Number(part) : fail(`strconv.Atoi: parsing ${JSON.stringify(part)}: invalid syntax`)
  ) as [number, number] // two were given
  if (minutes < 0 || minutes > 59) return fail(`timezone offset minutes out of range [0, 59]: ${zone}`)
  return moved(time, zone.startsWith("-") ? hours * 60 - minutes : hours * 60 + minutes)
}

const inNamedZone = (time: Timestamp, zone: string): Timestamp => {
  if (zone === "" || zone === "UTC") return time
  const date = dateOf(time)
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric"
    })
    const field = (type: string): number =>
      Number(format.formatToParts(date).find((part) => part.type === type)?.value ?? 0)
    const local = Date.UTC(field("year"), field("month") - 1, field("day"), field("hour"), field("minute"))
    return moved(time, Math.round((local - Math.floor(date.getTime() / 60_000) * 60_000) / 60_000))
  } catch {
    return fail(`unknown time zone ${zone}`)
  }
}

const durationPart = (name: string, nanos: bigint): Overload =>
  overload<[Duration]>(`duration.${name}() -> int`, (duration) => duration.nanos / nanos)

export const times: ReadonlyArray<Overload> = [
  ...parts.flatMap(([name, read]) => [
    overload<[Timestamp]>(`timestamp.${name}() -> int`, (time) => BigInt(read(dateOf(time)))),
    overload<[Timestamp, string]>(
      `timestamp.${name}(string) -> int`,
      (time, zone) => BigInt(read(dateOf(inZone(time, zone))))
    )
  ]),
  durationPart("getHours", 3_600_000_000_000n),
  durationPart("getMinutes", 60_000_000_000n),
  durationPart("getSeconds", 1_000_000_000n),
  durationPart("getMilliseconds", milli)
]
