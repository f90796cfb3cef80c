import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, FastCheck as fc, Order, Schema } from "effect"
import * as KubeDuration from "../../src/protocol/KubeDuration.js"
import { readTable } from "./recorded.js"

type Row = readonly [text: string, printed: string | null, nanos: string | null]

const anyNanos = fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-(10n ** 12n), 10n ** 12n))
const half = fc.bigInt(-(2n ** 62n), 2n ** 62n - 1n)

describe("durations", () => {
  it("each text is read, refused and written as Go did, to the nanosecond", () => {
    const table = readTable<Row>("durations")
    assert.isAbove(table.length, 300)
    const ours = table.map(([text]): Row => {
      if (!KubeDuration.isKubeDuration(text)) return [text, null, null]
      return [text, KubeDuration.print(text), String(KubeDuration.toNanos(text))]
    })
    assert.deepStrictEqual(ours, table)
  })

  it.prop("what is written reads as the same", [anyNanos], ([nanos]) => {
    const text = KubeDuration.fromNanos(nanos)
    assert.strictEqual(KubeDuration.toNanos(text), nanos)
    assert.strictEqual(KubeDuration.print(text), text)
  })

  it.prop(
    "the order is that of the nanoseconds, and adding and subtracting are theirs",
    [half, half],
    ([left, right]) => {
      const [a, b] = [KubeDuration.fromNanos(left), KubeDuration.fromNanos(right)]
      assert.strictEqual(KubeDuration.Order(a, b), Order.bigint(left, right))
      assert.strictEqual(KubeDuration.Equivalence(a, b), left === right)
      assert.strictEqual(KubeDuration.lessThan(a, b), left < right)
      assert.strictEqual(KubeDuration.greaterThan(a, b), left > right)
      assert.strictEqual(KubeDuration.min(a, b), left < right ? a : b)
      assert.strictEqual(KubeDuration.max(a, b), left > right ? a : b)
      assert.strictEqual(KubeDuration.toNanos(KubeDuration.add(a, b)), left + right)
      assert.strictEqual(KubeDuration.toNanos(KubeDuration.subtract(a, b)), left - right)
    }
  )

  it.prop("a Duration goes there and back", [fc.bigInt(0n, 2n ** 63n - 1n)], ([nanos]) => {
    const duration = Duration.nanos(nanos)
    const back = Effect.runSync(KubeDuration.parse(KubeDuration.print(duration)))
    assert.isTrue(Duration.equals(back, duration))
  })

  it("durations are written as Go writes them", () => {
    assert.strictEqual(KubeDuration.print(Duration.minutes(90)), "1h30m0s")
    assert.strictEqual(KubeDuration.print(Duration.zero), "0s")
    assert.strictEqual(KubeDuration.print("1.5h"), "1h30m0s")
    assert.strictEqual(KubeDuration.print("1us"), "1µs")
    assert.strictEqual(KubeDuration.add("1h", Duration.seconds(1)), "1h0m1s")
    assert.strictEqual(KubeDuration.subtract("1s")("500ms"), "-500ms")
  })

  it("a Duration has no sign, and Go no infinity", () => {
    const error = Effect.runSync(Effect.flip(KubeDuration.parse("-1m")))
    assert.strictEqual(error._tag, "KubeDurationError")
    assert.strictEqual(
      error.message,
      "duration \"-1m0s\": expected a duration that is not negative: a Duration has no sign"
    )
    assert.strictEqual(KubeDuration.toNanos("-1m"), -60_000_000_000n)
    assert.throws(() => KubeDuration.print(Duration.infinity), /less than 293 years/)
    assert.throws(() => KubeDuration.print(Duration.days(200_000)), /less than 293 years/)
    assert.throws(() => KubeDuration.add("2562047h", "1h"), KubeDuration.KubeDurationError)
    assert.throws(() => KubeDuration.unsafeParse("-1ns"), KubeDuration.KubeDurationError)
  })

  it("what is neither text nor a Duration is refused like other text, and so is the longest Duration", () => {
    for (const value of [null, undefined, 5, 5n, true, Symbol("x"), {}, [], Object.create(null)]) {
      const error = Effect.runSync(Effect.flip(KubeDuration.parse(value as never)))
      assert.include(error.message, "expected text such as 1h30m, or a Duration")
      assert.throws(() => KubeDuration.unsafeParse(value as never), KubeDuration.KubeDurationError)
      assert.throws(() => KubeDuration.print(value as never), KubeDuration.KubeDurationError)
    }
    for (const long of [Duration.millis(1e305), Duration.nanos(10n ** 400n)]) {
      assert.throws(() => KubeDuration.print(long), KubeDuration.KubeDurationError, "less than 293 years")
    }
  })

  it("a refusal names the text and what was expected", () => {
    const error = Effect.runSync(Effect.flip(KubeDuration.parse("1 day")))
    assert.strictEqual(
      error.message,
      "duration \"1 day\": expected a sequence of numbers with a unit (h, m, s, ms, us, ns), such as 1h30m"
    )
    assert.include(
      Effect.runSync(Effect.flip(KubeDuration.parse("2562048h"))).message,
      "at most 2562047h47m16.854775807s"
    )
    assert.include(Effect.runSync(Effect.flip(KubeDuration.parse("1".repeat(1e7)))).message, "at most 1000 characters")
  })

  it.prop(
    "what the schema makes up can be read",
    [KubeDuration.KubeDuration],
    ([text]) => assert.strictEqual(KubeDuration.print(text), text)
  )

  it("the schema keeps text as it is", () => {
    assert.strictEqual(Schema.decodeUnknownSync(KubeDuration.KubeDuration)("90m"), "90m")
    assert.throws(() => Schema.decodeUnknownSync(KubeDuration.KubeDuration)("1 day"), /span of time/)
  })
})
