import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc, Option } from "effect"
import * as ResourceVersion from "../../src/protocol/ResourceVersion.js"

const digits = (length: number) => "1".padEnd(length, "0")
const version = fc.oneof(
  fc.bigInt({ min: 1n, max: 2n ** 64n }),
  fc.bigInt({ min: 1n, max: 10n ** 80n }),
  fc.bigInt({ min: 1n, max: 200n })
)

describe("ResourceVersion", () => {
  for (const text of ["", "0", "00", "01", "-1", "+1", "1.0", "1e3", " 1", "1 ", "1\n", "a", "0x10", "１"]) {
    it(`${JSON.stringify(text)} is not a version, and compares with nothing (W49)`, () => {
      assert.isFalse(ResourceVersion.isValid(text))
      assert.deepStrictEqual(ResourceVersion.compare(text, "5"), Option.none())
      assert.deepStrictEqual(ResourceVersion.compare("5", text), Option.none())
      assert.isFalse(ResourceVersion.isAtLeast(text, "5"))
      assert.isFalse(ResourceVersion.isAtLeast("5", text))
      assert.strictEqual(ResourceVersion.max(text, "5"), "5")
      assert.strictEqual(ResourceVersion.max("5", text), "5")
    })
  }

  it("versions that a number cannot hold are told apart (W49)", () => {
    assert.deepStrictEqual(ResourceVersion.compare("9007199254740993", "9007199254740992"), Option.some(1 as const))
    assert.deepStrictEqual(ResourceVersion.compare(digits(400), digits(399)), Option.some(1 as const))
    assert.isFalse(ResourceVersion.isAtLeast("99999999999999999999", "100000000000000000000"))
    assert.strictEqual(ResourceVersion.max("18446744073709551615", "18446744073709551616"), "18446744073709551616")
  })

  it("what is not a version comes before every version, and is equal to its like (W49)", () => {
    assert.deepStrictEqual(["10", "0", "9", ""].sort(ResourceVersion.Order), ["0", "", "9", "10"])
  })

  it("each operation can be piped", () => {
    assert.isTrue(ResourceVersion.isAtLeast("9")("10"))
    assert.strictEqual(ResourceVersion.max("9")("10"), "10")
    assert.deepStrictEqual(ResourceVersion.compare("9")("10"), Option.some(1 as const))
  })

  it.prop("comparing texts is comparing integers (W49)", [version, version], ([a, b]) => {
    const [left, right] = [a.toString(), b.toString()]
    const expected = a < b ? -1 : a > b ? 1 : 0
    assert.deepStrictEqual(ResourceVersion.compare(left, right), Option.some(expected))
    assert.strictEqual(ResourceVersion.Order(left, right), expected)
    assert.strictEqual(ResourceVersion.isAtLeast(left, right), a >= b)
    assert.strictEqual(ResourceVersion.max(left, right), (a >= b ? a : b).toString())
  })
})
