import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Schema } from "effect"
import * as IntOrString from "../../src/protocol/IntOrString.js"
import { readTable } from "./recorded.js"

type Row = readonly [value: string | number, total: number, up: number | null, down: number | null]

describe("integers or strings", () => {
  it("each percentage is what Kubernetes' own function makes of it, rounded up and down", () => {
    const table = readTable<Row>("percentages")
    assert.isAbove(table.length, 150)
    const ours = table.map(([value, total]): Row => {
      const of = (rounding: "up" | "down") =>
        Effect.runSync(Effect.orElseSucceed(IntOrString.percentOf(value, total, { rounding }), () => null))
      return [value, total, of("up"), of("down")]
    })
    assert.deepStrictEqual(ours, table)
  })

  it("a surge is rounded up, what may be unavailable down", () => {
    assert.strictEqual(IntOrString.unsafePercentOf("25%", 10, { rounding: "up" }), 3)
    assert.strictEqual(IntOrString.unsafePercentOf("25%", 10, { rounding: "down" }), 2)
    assert.strictEqual(IntOrString.unsafePercentOf(10, { rounding: "down" })(4), 4)
  })

  it("text that is no percentage is refused by name", () => {
    const error = Effect.runSync(Effect.flip(IntOrString.percentOf("http", 10, { rounding: "up" })))
    assert.strictEqual(error._tag, "KubeIntOrStringError")
    assert.strictEqual(error.message, "\"http\": expected a number, or a percentage such as 25%")
    assert.throws(() => IntOrString.unsafePercentOf("25", 10, { rounding: "up" }), IntOrString.IntOrStringError)
    assert.isTrue(IntOrString.isPercentage("25%"))
    assert.isFalse(IntOrString.isPercentage("25"))
    assert.isFalse(IntOrString.isPercentage(25))
  })

  it("what is neither a number nor text is refused by name", () => {
    for (const value of [null, undefined, 5n, true, Symbol("x"), {}, ["25%"], Object.create(null)]) {
      const error = Effect.runSync(Effect.flip(IntOrString.percentOf(value as never, 10, { rounding: "up" })))
      assert.include(error.message, "expected a number, or a percentage such as 25%")
      assert.throws(
        () => IntOrString.unsafePercentOf(value as never, 10, { rounding: "up" }),
        IntOrString.IntOrStringError
      )
      assert.throws(() => IntOrString.print(value as never), IntOrString.IntOrStringError, "expected a number, or text")
    }
  })

  it("text becomes a number where it is one of 32 bits", () => {
    assert.deepStrictEqual(
      [
        "8080",
        "+5",
        "-5",
        "007",
        "-0",
        "2147483647",
        "2147483648",
        "-2147483648",
        "http",
        "25%",
        "",
        "1.5",
        "1e3",
        " 1",
        "0x10"
      ].map(IntOrString.fromString),
      [8080, 5, -5, 7, 0, 2147483647, "2147483648", -2147483648, "http", "25%", "", "1.5", "1e3", " 1", "0x10"]
    )
  })

  it.prop("a number is printed and read again", [fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })], ([value]) => {
    assert.strictEqual(IntOrString.fromString(IntOrString.print(value)), value)
  })

  it("the number 1 and the text \"1\" are two things", () => {
    assert.isFalse(IntOrString.Equivalence(1, "1"))
    assert.isTrue(IntOrString.Equivalence("1", "1"))
  })

  it("the schema takes text, and whole numbers of 32 bits", () => {
    const accepts = Schema.is(IntOrString.IntOrString)
    for (const value of ["", "http", "25%", 0, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      assert.isTrue(accepts(value) && IntOrString.isIntOrString(value), String(value))
    }
    for (const value of [1.5, 2 ** 31, -(2 ** 31) - 1, NaN, true, null, {}]) {
      assert.isFalse(accepts(value) || IntOrString.isIntOrString(value), String(value))
    }
  })
})
