/** Kubernetes' quantities, `quantity("500m")`. */
import * as Quantity from "../../../../../protocol/Quantity.js"
import { type Overload, overload, walk } from "../functions.js"
import { fail, type Opaque } from "../values.js"

/** An amount that the server has as an integer of 64 bits times a power of ten; other amounts are no integers to it. */
interface Scaled {
  readonly value: bigint
  readonly scale: number
}

class QuantityValue implements Opaque {
  readonly _tag = "Quantity"
  readonly typeName = "kubernetes.Quantity"

  constructor(readonly text: Quantity.Quantity, readonly scaled: Scaled | undefined) {}

  equals(other: Opaque): boolean {
    return other instanceof QuantityValue && Quantity.Equivalence(this.text, other.text)
  }
}

const decimalPowers: { readonly [suffix: string]: number } = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18
}

const binaryPowers: { readonly [suffix: string]: number } = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 }

const fits = (value: bigint): boolean => BigInt.asIntN(64, value) === value

/** The short way on which the server reads most quantities; digits of a fraction count even if they are zeros. */
const scaledOf = (text: string): Scaled | undefined => {
  const [, sign, whole = "", fraction = "", suffix = ""] = /^([+-]?)0*([0-9]*)(?:\.([0-9]*))?(.*)$/s.exec(text)!
  const binary = binaryPowers[suffix]
  const digits = whole === "" ? `0${fraction}` : `${whole}${fraction}`
  const signed = (value: bigint): bigint => sign === "-" ? -value : value
  if (binary !== undefined) {
    const room = 15 - Math.max(whole.length, 1) - Math.trunc((binary * 3) / 10) - 1
    const value = BigInt(digits) << BigInt(binary)
    return fraction === "" && room >= 0 && fits(value) ? { value: signed(value), scale: 0 } : undefined
  }
  const power = /^[eE]/.test(suffix) && suffix.length > 1 ? Number(suffix.slice(1)) : decimalPowers[suffix]
  if (power === undefined || digits.length > 18 || power - fraction.length < -9) return undefined
  return { value: signed(BigInt(digits)), scale: power - fraction.length }
}

const sumOf = (left: Scaled | undefined, right: Scaled | undefined, sign: bigint): Scaled | undefined => {
  if (left === undefined || right === undefined) return undefined
  if (right.value === 0n) return left
  if (left.value === 0n) return { value: sign * right.value, scale: right.scale }
  const scale = Math.min(left.scale, right.scale)
  const raised = ({ scale: own, value }: Scaled): bigint => value * 10n ** BigInt(own - scale)
  const value = raised(left) + sign * raised(right)
  return fits(value) ? { value, scale } : undefined
}

const integerOf = ({ scaled }: QuantityValue): bigint | undefined => {
  if (scaled === undefined || scaled.scale < 0) return undefined
  const value = scaled.value * 10n ** BigInt(scaled.scale)
  return fits(value) ? value : undefined
}

const whole = (value: bigint): QuantityValue => new QuantityValue(String(value), { value, scale: 0 })

const plus = (left: QuantityValue, right: QuantityValue): QuantityValue =>
  new QuantityValue(Quantity.add(left.text, right.text), sumOf(left.scaled, right.scaled, 1n))

const minus = (left: QuantityValue, right: QuantityValue): QuantityValue =>
  new QuantityValue(Quantity.subtract(left.text, right.text), sumOf(left.scaled, right.scaled, -1n))

const malformed = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

const read = (text: string): QuantityValue =>
  Quantity.isQuantity(text) ? new QuantityValue(text, scaledOf(text)) : fail(malformed)

const order = (left: QuantityValue, right: QuantityValue): number => Quantity.Order(left.text, right.text)

const cost = { of: ([text = 0]: ReadonlyArray<number>) => walk(text) }

export const quantities: ReadonlyArray<Overload> = [
  overload<[string]>("quantity(string) -> Quantity", read, cost),
  overload<[string]>("isQuantity(string) -> bool", (text) => Quantity.isQuantity(text), cost),
  // A function, not a member: so the server has it.
  overload<[QuantityValue]>("sign(Quantity) -> int", ({ text }) => BigInt(Quantity.sign(text))),
  overload<[QuantityValue]>("Quantity.isInteger() -> bool", (value) => integerOf(value) !== undefined),
  overload<[QuantityValue]>(
    "Quantity.asInteger() -> int",
    (value) => integerOf(value) ?? fail("cannot convert value to integer")
  ),
  overload<[QuantityValue]>("Quantity.asApproximateFloat() -> double", ({ text }) => Quantity.toNumber(text)),
  overload<[QuantityValue, QuantityValue]>(
    "Quantity.isGreaterThan(Quantity) -> bool",
    (left, right) => order(left, right) > 0
  ),
  overload<[QuantityValue, QuantityValue]>(
    "Quantity.isLessThan(Quantity) -> bool",
    (left, right) => order(left, right) < 0
  ),
  overload<[QuantityValue, QuantityValue]>(
    "Quantity.compareTo(Quantity) -> int",
    (left, right) => BigInt(order(left, right))
  ),
  overload<[QuantityValue, QuantityValue]>("Quantity.add(Quantity) -> Quantity", plus),
  overload<[QuantityValue, bigint]>("Quantity.add(int) -> Quantity", (left, right) => plus(left, whole(right))),
  overload<[QuantityValue, QuantityValue]>("Quantity.sub(Quantity) -> Quantity", minus),
  overload<[QuantityValue, bigint]>("Quantity.sub(int) -> Quantity", (left, right) => minus(left, whole(right)))
]
