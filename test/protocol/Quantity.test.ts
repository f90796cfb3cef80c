import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, FastCheck as fc, Order, Schema } from "effect"
import * as Quantity from "../../src/protocol/Quantity.js"
import { agrees, anyQuantity, losesValue } from "./quantities.js"
import { readTable } from "./recorded.js"

const table = readTable("quantities")

/** An amount in billionths, computed from its text by another way than the module's. */
const rational = (text: string): { readonly numerator: bigint; readonly denominator: bigint } => {
  const decimal = BigDecimal.unsafeFromString(Quantity.print(text, "DecimalExponent"))
  return decimal.scale < 0
    ? { numerator: decimal.value * 10n ** BigInt(-decimal.scale), denominator: 1n }
    : { numerator: decimal.value, denominator: 10n ** BigInt(decimal.scale) }
}

const failure = <A>(effect: Effect.Effect<A, Quantity.QuantityError>): Quantity.QuantityError =>
  Effect.runSync(Effect.flip(effect))

describe("quantities as the server reads and writes them", () => {
  it("the table is large, and holds both", () => {
    assert.isAbove(table.length, 700)
    assert.isAbove(table.filter(([, answer]) => answer === null).length, 60)
  })

  it("each text and number is read, refused and written as a real server did", () => {
    assert.deepStrictEqual(table.filter(([input, answer]) => !agrees(input, answer)), [])
  })

  it("where the server writes what is not canonical, it is what was sent, or an amount that it has lost", () => {
    const odd: ReadonlyArray<readonly [string | number, string | null]> = table.filter(([input, answer]) =>
      answer !== null && answer !== Quantity.print(input)
    )
    const lost = odd.filter(([input, answer]) => losesValue(input, answer ?? ""))
    assert.includeDeepMembers(lost, [["1000E", "1"], ["1000000000000000000000", "1"]])
    const asSent = odd.filter(([input, answer]) => String(input).trim() === answer)
    assert.includeDeepMembers(asSent, [["1.500", "1.500"], ["001Mi", "001Mi"], ["+1", "+1"]])
    assert.strictEqual(lost.length + asSent.length, odd.length)
    assert.strictEqual(Quantity.print("1000E"), "1e21")
    assert.isTrue(Quantity.Equivalence(Quantity.print("1000E"), "1000E"))
  })

  const canonical: ReadonlyArray<readonly [string, string]> = [
    ["0.5Gi", "512Mi"],
    ["1500m", "1500m"],
    ["1.5", "1500m"],
    ["1e3", "1e3"],
    ["1000e3", "1e6"],
    ["1000m", "1"],
    ["1024Mi", "1Gi"],
    ["1.5Ki", "1536"],
    ["1023", "1023"],
    ["0.1Ki", "102400m"],
    ["-0", "0"],
    ["+1.500", "1500m"],
    ["0.1n", "1n"],
    ["-0.1n", "-1n"],
    ["9Ei", "9223372036854775807"]
  ]
  for (const [text, expected] of canonical) {
    it(`${text} is written ${expected}`, () => assert.strictEqual(Quantity.print(text), expected))
  }

  it("numbers are written, in the asked format too", () => {
    assert.strictEqual(Quantity.print(1.5), "1500m")
    assert.strictEqual(Quantity.print(2n ** 30n), "1073741824")
    assert.strictEqual(Quantity.print(2n ** 30n, "BinarySI"), "1Gi")
    assert.strictEqual(Quantity.print("1Gi", "DecimalSI"), "1073741824")
    assert.strictEqual(Quantity.print("2M", "DecimalExponent"), "2e6")
    assert.strictEqual(Quantity.print(BigDecimal.unsafeFromString("0.25")), "250m")
    assert.strictEqual(Quantity.print(BigDecimal.make(12n, 10)), "2n")
    assert.strictEqual(Quantity.print(2n ** 64n, "BinarySI"), "18446744073709551616", "a binary suffix would lose it")
  })

  it.prop("what is written is written the same again, and is the same amount", [anyQuantity], ([text]) => {
    const written = Quantity.print(text)
    assert.strictEqual(Quantity.print(written), written)
    assert.isTrue(Quantity.Equivalence(written, text))
    assert.isTrue(Quantity.isQuantity(text))
  })

  it.prop("in every format it is the same amount", [
    anyQuantity,
    fc.constantFrom<Quantity.Format>("BinarySI", "DecimalSI", "DecimalExponent")
  ], ([text, format]) => {
    assert.isTrue(Quantity.Equivalence(Quantity.print(text, format), text))
  })
})

describe("quantities: refusals", () => {
  it("a refusal names the text and what was expected", () => {
    const error = failure(Quantity.parse("1 GB"))
    assert.strictEqual(error._tag, "KubeQuantityError")
    assert.strictEqual(error.input, "1 GB")
    assert.strictEqual(
      error.message,
      "quantity \"1 GB\": expected a number with a suffix, such as 500m, 1.5, 128Mi or 1e3"
    )
    assert.include(failure(Quantity.parse("1K")).message, "one of the suffixes n, u, m, k")
    assert.include(failure(Quantity.parse(NaN)).message, "a finite number")
    assert.throws(() => Quantity.add("1", "one"), Quantity.QuantityError)
    assert.throws(() => Quantity.unsafeParse(""), Quantity.QuantityError)
  })

  it("nothing hangs on texts made to be slow, and errors stay short", () => {
    for (const text of ["1e1000", "1e-1000", "1e2147483648", "1e99999999999999999999"]) {
      assert.include(failure(Quantity.parse(text)).expected, "an exponent between -999 and 999")
    }
    const error = failure(Quantity.parse("9".repeat(10_000_000)))
    assert.strictEqual(error.expected, "at most 1000 characters")
    assert.isBelow(error.message.length, 200)
    assert.include(failure(Quantity.parse(BigDecimal.make(1n, -1e9))).expected, "at most 1000 digits")
  })

  it("what is neither text nor a number is refused like other text", () => {
    for (const value of [null, undefined, true, Symbol("x"), {}, ["1"], Object.create(null), { toString: () => "1" }]) {
      assert.include(failure(Quantity.parse(value as never)).message, "expected text such as 500m, or a number")
      assert.throws(() => Quantity.unsafeParse(value as never), Quantity.QuantityError)
      assert.throws(() => Quantity.print(value as never), Quantity.QuantityError)
    }
    assert.strictEqual(failure(Quantity.parse(null as never)).input, "null")
  })

  it("only text is a quantity", () => {
    assert.isTrue(Quantity.isQuantity("128Mi"))
    for (const value of [1, null, undefined, {}, ["1"], true, "x"]) assert.isFalse(Quantity.isQuantity(value))
  })
})

describe("quantities: comparing", () => {
  it.prop("the order agrees with exact fractions, and is total", [anyQuantity, anyQuantity], ([left, right]) => {
    const [a, b] = [rational(left), rational(right)]
    const expected = Order.bigint(a.numerator * b.denominator, b.numerator * a.denominator)
    assert.strictEqual(Quantity.Order(left, right), expected)
    assert.strictEqual(Quantity.Order(right, left) + 0, -expected + 0)
    assert.strictEqual(Quantity.lessThan(left, right), expected < 0)
    assert.strictEqual(Quantity.greaterThan(left, right), expected > 0)
    assert.strictEqual(Quantity.lessThanOrEqualTo(left, right), expected <= 0)
    assert.strictEqual(Quantity.greaterThanOrEqualTo(left, right), expected >= 0)
    assert.strictEqual(Quantity.Equivalence(left, right), expected === 0)
    assert.strictEqual(Quantity.min(left, right), Quantity.print(expected <= 0 ? left : right))
    assert.strictEqual(Quantity.max(left, right), Quantity.print(expected >= 0 ? left : right))
  })

  it.prop("the order is transitive", [anyQuantity, anyQuantity, anyQuantity], (texts) => {
    const [a, b, c] = [...texts].sort(Quantity.Order) as [string, string, string]
    assert.isTrue(
      Quantity.lessThanOrEqualTo(a, b) && Quantity.lessThanOrEqualTo(b, c) && Quantity.lessThanOrEqualTo(a, c)
    )
  })

  it("formats are compared by amount", () => {
    assert.isTrue(Quantity.Equivalence("1Ki", "1.024k"))
    assert.isTrue(Quantity.lessThan("1G", "1Gi"))
    assert.isTrue(Quantity.greaterThan("1", "999m"))
    assert.isTrue("900m".length > 0 && Quantity.lessThan("1")("900m"), "data last")
    assert.strictEqual(Quantity.sign("-1n"), -1)
    assert.strictEqual(Quantity.sign("0Ki"), 0)
    assert.isTrue(Quantity.isZero("0.000"))
  })
})

describe("quantities: computing", () => {
  it.prop("adding is commutative and associative, and what is added can be taken away", [
    anyQuantity,
    anyQuantity,
    anyQuantity
  ], ([a, b, c]) => {
    assert.isTrue(Quantity.Equivalence(Quantity.add(a, b), Quantity.add(b, a)))
    assert.isTrue(Quantity.Equivalence(Quantity.add(Quantity.add(a, b), c), Quantity.add(a, Quantity.add(b, c))))
    assert.isTrue(Quantity.Equivalence(Quantity.subtract(Quantity.add(a, b), b), a))
    assert.isTrue(Quantity.Equivalence(Quantity.sum([a, b, c]), Quantity.add(a, Quantity.add(b, c))))
    assert.isTrue(Quantity.isZero(Quantity.add(a, Quantity.negate(a))))
    assert.isTrue(Quantity.Equivalence(Quantity.multiply(a, 3), Quantity.sum([a, a, a])))
  })

  it("the result has the format of the first that is not zero", () => {
    assert.strictEqual(Quantity.add("1Gi", "512Mi"), "1536Mi")
    assert.strictEqual(Quantity.add("1Gi", "1k"), "1073742824")
    assert.strictEqual(Quantity.add("24", "1Ki"), "1048")
    assert.strictEqual(Quantity.add("0", "1Ki"), "1Ki")
    assert.strictEqual(Quantity.subtract("1Gi", "1Mi"), "1023Mi")
    assert.strictEqual(Quantity.subtract("0", "1Ki"), "-1Ki")
    assert.strictEqual(Quantity.sum(["100m", "0.9"]), "1")
    assert.strictEqual(Quantity.sum([]), "0")
    assert.strictEqual(Quantity.sum([0, "1Mi", 1n]), "1048577")
    assert.strictEqual(Quantity.multiply("1.5Gi", 2), "3Gi")
    assert.strictEqual(Quantity.multiply(-2n)("250m"), "-500m")
    assert.throws(() => Quantity.multiply("1", 1.5), Quantity.QuantityError, "a whole number as the factor")
  })

  it("beyond what a binary suffix can hold the result is exact, and stays readable", () => {
    const twice = Quantity.multiply("7Ei", 2)
    assert.strictEqual(twice, "16140901064495857664")
    assert.strictEqual(Quantity.subtract(twice, "7Ei"), "8070450532247928832")
  })
})

describe("quantities as numbers", () => {
  it("a number is the nearest one, whole units and thousandths are rounded away from zero", () => {
    assert.strictEqual(Quantity.toNumber("1500m"), 1.5)
    assert.strictEqual(Quantity.toNumber("0.1"), 0.1)
    assert.strictEqual(Quantity.toNumber("1Gi"), 1_073_741_824)
    assert.strictEqual(Quantity.toNumber("-3n"), -3e-9)
    assert.strictEqual(Quantity.toNumber("1e308"), 1e308)
    assert.strictEqual(Quantity.toNumber("-1e999"), -Infinity)
    assert.strictEqual(Quantity.toBigInt("1500m"), 2n)
    assert.strictEqual(Quantity.toBigInt("-1500m"), -2n)
    assert.strictEqual(Quantity.toBigInt("1n"), 1n)
    assert.strictEqual(Quantity.toBigInt("9223372036854775808"), 2n ** 63n)
    assert.strictEqual(Quantity.toMilli("2"), 2000n)
    assert.strictEqual(Quantity.toMilli("1n"), 1n)
    assert.strictEqual(Quantity.toMilli("1.0001"), 1001n)
  })

  it("the exact amount is a BigDecimal", () => {
    const read = (text: string) => BigDecimal.format(Effect.runSync(Quantity.parse(text)))
    assert.strictEqual(read("1.5Gi"), "1610612736")
    assert.strictEqual(read("3n"), "0.000000003")
    assert.strictEqual(read(" 1 "), "1")
  })
})

describe("quantities in custom resources", () => {
  const decode = Schema.decodeUnknownSync(Quantity.Quantity)

  it("text is kept as it is, whole numbers become text", () => {
    assert.strictEqual(decode("0.5Gi"), "0.5Gi")
    assert.strictEqual(decode(4), "4")
    assert.strictEqual(Schema.encodeSync(Quantity.Quantity)("4"), "4")
  })

  it("what is no quantity is refused on both ways", () => {
    for (const value of ["", "m", " 1", "1.5.0", "1e1000", 1.5, true, null]) {
      assert.throws(() => decode(value), /Quantity|amount/)
    }
    assert.throws(() => Schema.encodeSync(Quantity.Quantity)("many"))
  })

  it.prop(
    "what the schema makes up can be read",
    [Quantity.Quantity],
    ([text]) => assert.isTrue(Quantity.isQuantity(text))
  )
})
