import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, FastCheck as fc, Order, Schema } from "effect"
import * as MicroTime from "../../src/protocol/MicroTime.js"
import * as Timestamp from "../../src/protocol/Timestamp.js"
import { type Answered, readTable } from "./recorded.js"

/** The server reads the zero time as none, and writes years that nobody can read. */
const unreadable = /^null$|^-0001-|^10000-/

const printed = (print: (text: string) => string) => ([input]: Answered): string | null => {
  try {
    return print(String(input))
  } catch {
    return null
  }
}

const anyDate = fc.date({
  min: new Date("0000-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59.999Z"),
  noInvalidDate: true
})
const anyMicros = fc.bigInt(
  MicroTime.toMicros("0000-01-01T00:00:00.000000Z"),
  MicroTime.toMicros("9999-12-31T23:59:59.999999Z")
)
const anyOffset = fc.integer({ min: -23 * 60, max: 23 * 60 })

/** The same time, as a clock at another place shows it; nothing where its year has not four digits. */
const elsewhere = (date: Date, offset: number, fraction: string): string => {
  const there = new Date(date.getTime() + offset * 60_000).toISOString()
  const size = Math.abs(offset)
  const two = (value: number) => String(value).padStart(2, "0")
  return `${there.slice(0, 19)}${fraction}${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

const anEnd = /: expected a year between 0000 and 9999 in UTC$/
/** What no type allows, and programs without types pass; none may throw anything but the module's error. */
const alien: ReadonlyArray<unknown> = [
  null,
  undefined,
  0,
  5n,
  true,
  Symbol("x"),
  {},
  [],
  Object.create(null),
  Object.create(Date.prototype),
  { getTime: 1 },
  () => 1
]

describe("timestamps", () => {
  const table = readTable("timestamps")

  it("each text is read, refused and written as a real server did, but for years that cannot be read again", () => {
    const readable = table.filter(([, answer]) => answer === null || !unreadable.test(answer))
    assert.isAbove(readable.length, 180)
    assert.deepStrictEqual(readable.map(printed(Timestamp.print)), readable.map(([, answer]) => answer))
    for (const [input, answer] of table) {
      if (answer !== "null" && unreadable.test(answer ?? "")) {
        assert.throws(() => Timestamp.print(String(input)), /a year between 0000 and 9999 in UTC/)
      }
    }
  })

  it.prop("a date is written and read again, to the second", [anyDate], ([date]) => {
    const text = Timestamp.print(date)
    assert.strictEqual(DateTime.toEpochMillis(Timestamp.unsafeParse(text)), Math.floor(date.getTime() / 1000) * 1000)
    assert.strictEqual(Timestamp.print(text), text)
    assert.strictEqual(Timestamp.print(DateTime.unsafeFromDate(date)), text)
  })

  it.prop("the offset does not matter", [anyDate, anyOffset], ([date, offset]) => {
    const there = new Date(date.getTime() + offset * 60_000).getUTCFullYear()
    fc.pre(there >= 0 && there <= 9999)
    const text = elsewhere(date, offset, "")
    assert.isTrue(Timestamp.Equivalence(text, Timestamp.print(date)))
    assert.strictEqual(Timestamp.print(text), Timestamp.print(date))
  })

  it.prop("the order is that of the dates", [anyDate, anyDate], ([left, right]) => {
    assert.strictEqual(Timestamp.Order(left, right), Order.Date(left, right))
    assert.strictEqual(Timestamp.lessThan(left, right), left < right)
    assert.strictEqual(Timestamp.greaterThan(left, right), left > right)
    assert.strictEqual(Timestamp.min(left, right), Timestamp.print(left < right ? left : right))
    assert.strictEqual(Timestamp.max(left, right), Timestamp.print(left > right ? left : right))
    assert.strictEqual(Duration.toMillis(Timestamp.distance(left, right)), Math.abs(left.getTime() - right.getTime()))
  })

  it("times are moved, and cannot leave the years with four digits", () => {
    assert.strictEqual(Timestamp.add("2026-01-02T23:00:00Z", "2 hours"), "2026-01-03T01:00:00Z")
    assert.strictEqual(Timestamp.subtract("90 minutes")("2026-01-01T00:00:00+01:00"), "2025-12-31T21:30:00Z")
    assert.throws(() => Timestamp.add("9999-12-31T23:59:59Z", "1 second"), Timestamp.TimestampError)
    assert.throws(() => Timestamp.subtract("0000-01-01T00:00:00Z", "1 second"), Timestamp.TimestampError)
  })

  it("a time that cannot be moved so far is told with the duration", () => {
    const start = "2026-01-02T23:00:00Z"
    const message = (run: () => unknown): string => {
      try {
        run()
      } catch (error) {
        assert.instanceOf(error, Timestamp.TimestampError)
        return error.message
      }
      return assert.fail("nothing was thrown")
    }
    assert.strictEqual(
      message(() => Timestamp.add(start, Duration.infinity)),
      "timestamp \"2026-01-02T23:00:00Z + Infinity\": expected a year between 0000 and 9999 in UTC"
    )
    assert.strictEqual(
      message(() => Timestamp.subtract(new Date(start), Duration.days(1e6))),
      "timestamp \"2026-01-02T23:00:00.000Z - 1000000d\": expected a year between 0000 and 9999 in UTC"
    )
    for (const duration of [Duration.infinity, Duration.millis(1e305), Duration.nanos(10n ** 400n)]) {
      assert.match(message(() => Timestamp.add(start, duration)), anEnd)
      assert.match(message(() => Timestamp.subtract(start, duration)), anEnd)
    }
    for (const duration of ["1 fortnight", null, {}]) {
      assert.match(message(() => Timestamp.add(start, duration as never)), /expected a duration such as "5 minutes"$/)
    }
  })

  it("what is neither text nor a time is refused like other text", () => {
    for (const value of alien) {
      const error = Effect.runSync(Effect.flip(Timestamp.parse(value as never)))
      assert.include(error.message, "expected text such as 2026-01-02T03:04:05Z, a DateTime or a Date")
      assert.throws(() => Timestamp.unsafeParse(value as never), Timestamp.TimestampError)
      assert.throws(() => Timestamp.print(value as never), Timestamp.TimestampError)
    }
    assert.strictEqual(Effect.runSync(Effect.flip(Timestamp.parse(null as never))).input, "null")
    const endless = DateTime.addDuration(DateTime.unsafeMake(0), Duration.infinity)
    assert.throws(() => Timestamp.print(endless), Timestamp.TimestampError)
  })

  it("what is parsed is a DateTime, with milliseconds", () => {
    const time = Effect.runSync(Timestamp.parse("2026-01-02T04:04:05.6789+01:00"))
    assert.strictEqual(DateTime.formatIso(time), "2026-01-02T03:04:05.678Z")
  })

  it("a refusal names the text and what was expected", () => {
    const error = Effect.runSync(Effect.flip(Timestamp.parse("2026-02-30T00:00:00Z")))
    assert.strictEqual(error._tag, "KubeTimestampError")
    assert.strictEqual(error.message, "timestamp \"2026-02-30T00:00:00Z\": expected a day that exists")
    assert.throws(() => Timestamp.print(new Date(NaN)), Timestamp.TimestampError)
    assert.throws(() => Timestamp.Order("now", new Date(0)), Timestamp.TimestampError)
    assert.isFalse(Timestamp.isTimestamp("now"))
    assert.isFalse(Timestamp.isTimestamp(0))
    assert.isTrue(Timestamp.isTimestamp("2026-01-02T03:04:05Z"))
  })

  it.prop(
    "what the schema makes up can be read",
    [Timestamp.Timestamp],
    ([text]) => assert.strictEqual(Timestamp.print(text), text)
  )

  it("the schema keeps text as it is", () => {
    assert.strictEqual(
      Schema.decodeUnknownSync(Timestamp.Timestamp)("2026-01-02T03:04:05.5+01:00"),
      "2026-01-02T03:04:05.5+01:00"
    )
    assert.throws(() => Schema.decodeUnknownSync(Timestamp.Timestamp)("2026-01-02"), /time such as/)
  })
})

describe("times in microseconds", () => {
  const table = readTable("microTimes")

  it("each text is read, refused and written as a real server did, but for years that cannot be read again", () => {
    const readable = table.filter(([, answer]) => answer === null || !unreadable.test(answer))
    assert.isAbove(readable.filter(([, answer]) => answer !== null).length, 25)
    assert.deepStrictEqual(readable.map(printed(MicroTime.print)), readable.map(([, answer]) => answer))
  })

  it.prop("microseconds are written and read again, and none is lost", [anyMicros], ([micros]) => {
    const text = MicroTime.fromMicros(micros)
    assert.match(text, /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$/)
    assert.strictEqual(MicroTime.toMicros(text), micros)
    assert.strictEqual(MicroTime.print(text), text)
  })

  it.prop(
    "the order is that of the microseconds",
    [anyMicros, anyMicros, fc.bigInt(-3n, 3n)],
    ([left, right, little]) => {
      const at = MicroTime.fromMicros
      assert.strictEqual(MicroTime.Order(at(left), at(right)), Order.bigint(left, right))
      const near = left + little
      fc.pre(
        near >= MicroTime.toMicros("0000-01-01T00:00:00.000000Z") &&
          near <= MicroTime.toMicros("9999-12-31T23:59:59.999999Z")
      )
      assert.strictEqual(MicroTime.lessThan(at(left), at(near)), little > 0n)
      assert.strictEqual(MicroTime.Equivalence(at(left), at(near)), little === 0n)
      assert.strictEqual(MicroTime.max(at(left), at(near)), at(little > 0n ? near : left))
      assert.strictEqual(MicroTime.min(at(left), at(near)), at(little < 0n ? near : left))
      assert.deepStrictEqual(MicroTime.distance(at(left), at(near)), Duration.micros(little < 0n ? -little : little))
    }
  )

  it("times are moved by microseconds, across 1970 too", () => {
    assert.strictEqual(MicroTime.add("2026-01-02T03:04:05.999999Z", Duration.micros(1n)), "2026-01-02T03:04:06.000000Z")
    assert.strictEqual(
      MicroTime.subtract("1970-01-01T00:00:00.000000Z", Duration.nanos(1_999n)),
      "1969-12-31T23:59:59.999999Z"
    )
    assert.strictEqual(MicroTime.add("15 seconds")("2026-01-02T03:04:05.123456+01:00"), "2026-01-02T02:04:20.123456Z")
    const [start, end] = ["0000-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"] as const
    assert.strictEqual(MicroTime.add(start, MicroTime.distance(start, end)), end)
    assert.throws(() => MicroTime.add("9999-12-31T23:59:59.999999Z", Duration.micros(1n)), MicroTime.MicroTimeError)
    assert.throws(
      () => MicroTime.subtract("0000-01-01T00:00:00.000000Z", Duration.micros(1n)),
      MicroTime.MicroTimeError
    )
  })

  it("a time that cannot be moved so far is told with the duration", () => {
    const start = "2026-01-02T03:04:05.000000Z"
    const message = (run: () => unknown): string => {
      try {
        run()
      } catch (error) {
        assert.instanceOf(error, MicroTime.MicroTimeError)
        return error.message
      }
      return assert.fail("nothing was thrown")
    }
    assert.strictEqual(
      message(() => MicroTime.add(start, Duration.infinity)),
      "time in microseconds \"2026-01-02T03:04:05.000000Z + Infinity\": expected a year between 0000 and 9999 in UTC"
    )
    assert.strictEqual(
      message(() => MicroTime.subtract(start, Duration.days(1e6))),
      "time in microseconds \"2026-01-02T03:04:05.000000Z - 1000000d\": expected a year between 0000 and 9999 in UTC"
    )
    for (const duration of [Duration.infinity, Duration.millis(1e305), Duration.nanos(10n ** 400n)]) {
      assert.match(message(() => MicroTime.add(start, duration)), anEnd)
      assert.match(message(() => MicroTime.subtract(start, duration)), anEnd)
    }
    for (const duration of ["1 fortnight", null, {}]) {
      assert.match(message(() => MicroTime.add(start, duration as never)), /expected a duration such as "5 minutes"$/)
    }
  })

  it("what is neither text nor a time is refused like other text", () => {
    for (const value of alien) {
      const error = Effect.runSync(Effect.flip(MicroTime.parse(value as never)))
      assert.include(error.message, "expected text such as 2026-01-02T03:04:05.000000Z, a DateTime or a Date")
      assert.throws(() => MicroTime.unsafeParse(value as never), MicroTime.MicroTimeError)
      assert.throws(() => MicroTime.print(value as never), MicroTime.MicroTimeError)
    }
    const endless = DateTime.addDuration(DateTime.unsafeMake(0), Duration.infinity)
    assert.throws(() => MicroTime.print(endless), MicroTime.MicroTimeError)
  })

  it("they are compared with times of the program, which have milliseconds", () => {
    const now = new Date("2026-01-02T03:04:05.678Z")
    assert.isTrue(MicroTime.greaterThan("2026-01-02T03:04:05.678001Z", now))
    assert.isTrue(MicroTime.Equivalence(DateTime.unsafeFromDate(now), "2026-01-02T03:04:05.678000Z"))
    assert.strictEqual(MicroTime.print(now), "2026-01-02T03:04:05.678000Z")
    assert.strictEqual(DateTime.toEpochMillis(Effect.runSync(MicroTime.parse("1969-12-31T23:59:59.999999Z"))), -1)
  })

  it("a refusal says that six digits are wanted", () => {
    const error = Effect.runSync(Effect.flip(MicroTime.parse("2026-01-02T03:04:05Z")))
    assert.strictEqual(error._tag, "KubeMicroTimeError")
    assert.include(
      error.message,
      "time in microseconds \"2026-01-02T03:04:05Z\": expected six digits after the seconds"
    )
    assert.throws(() => MicroTime.print(new Date(NaN)), MicroTime.MicroTimeError)
    assert.isFalse(MicroTime.isMicroTime("2026-01-02T03:04:05.123Z"))
    assert.isTrue(MicroTime.isMicroTime("2026-01-02T03:04:05.123456Z"))
  })

  it.prop(
    "what the schema makes up can be read",
    [MicroTime.MicroTime],
    ([text]) => assert.strictEqual(MicroTime.print(text), text)
  )
})
