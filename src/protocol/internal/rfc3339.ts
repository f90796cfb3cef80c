/**
 * RFC 3339 times as the server reads them, which is how Go does: the hour may have one digit, the fraction a comma, and an
 * offset 24 hours and 60 minutes; a leap second, `t` and `z` are refused.
 */

/** A point in time: milliseconds since 1970, and the microseconds beyond them (0 to 999). */
export interface Instant {
  readonly millis: number
  readonly micros: number
}

const syntax =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/

/** The calendar repeats itself after 400 years; JavaScript takes the years before 100 for those of the last century. */
const cycle = { years: 400, millis: 146_097 * 86_400_000 }

/** The times whose year has four digits in UTC. */
export const first = -62_167_219_200_000
export const last = 253_402_300_799_999
export const yearsExpected = "a year between 0000 and 9999 in UTC"

const minute = 60_000

/** The point in time that a text says; a text says what was expected of the other text. */
export const read = (text: string): Instant | string => {
  const parts = syntax.exec(text)
  if (parts === null) return "a time such as 2026-01-02T03:04:05Z"
  const number = (part: number): number => Number(parts[part] ?? 0)
  const [year, month, day] = [number(1), number(2), number(3)] as const
  const [hour, minutes, seconds] = [number(4), number(5), number(6)] as const
  if (hour > 23 || minutes > 59 || seconds > 59) return "a time of day between 00:00:00 and 23:59:59"
  if (number(9) > 24 || number(10) > 60) return "an offset of at most 24:60"
  const date = new Date(Date.UTC(year + cycle.years, month - 1, day))
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return "a day that exists"
  const offset = (number(9) * 60 + number(10)) * (parts[8] === "-" ? -minute : minute)
  const fraction = Number((parts[7] ?? "").slice(0, 6).padEnd(6, "0"))
  const whole = date.getTime() - cycle.millis + hour * 60 * minute + minutes * minute + seconds * 1000 - offset
  const millis = whole + Math.floor(fraction / 1000)
  return millis < first || millis > last ? yearsExpected : { millis, micros: fraction % 1000 }
}

/**
 * How such a time is described in a definition. The format sees to the day and the time of day, the pattern to what the
 * format takes and {@link read} does not, and to what only Go reads.
 */
export const pattern = (fraction: string): string =>
  `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}${fraction}(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`
