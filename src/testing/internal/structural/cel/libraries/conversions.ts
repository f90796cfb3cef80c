/** Sizes, types and conversions between them. */
import { characterCount } from "../../characters.js"
import { type CostRule, type Overload, overload, walk } from "../functions.js"
import { floorDivide, printDuration, printTimestamp, readDuration, readTimestamp, timestampOf } from "../time.js"
import {
  type Duration,
  fail,
  type ListValue,
  type MapValue,
  type Timestamp,
  typeName,
  TypeValue,
  Unsigned,
  type Value
} from "../values.js"
import { intOf, uintOf } from "./operators.js"

const encoder = new TextEncoder()

/** A text that is no such thing. */
const unreadable = (value: Value, type: string): never =>
  fail(`type conversion error from '${typeName(value)}' to '${type}'`)

const wholeNumber = (text: string): bigint | undefined =>
  /^[+-]?[0-9]+$/.test(text) ? BigInt(text.replace(/^\+/, "")) : undefined

const readInt = (text: string): bigint => {
  const value = wholeNumber(text)
  return value === undefined || BigInt.asIntN(64, value) !== value ? unreadable(text, "int") : value
}

const readUint = (text: string): Unsigned => {
  const value = /^[0-9]+$/.test(text) ? BigInt(text) : undefined
  return value === undefined || BigInt.asUintN(64, value) !== value ? unreadable(text, "uint") : new Unsigned(value)
}

const decimalNumber = /^[+-]?(?:[0-9]+(?:_?[0-9])*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/

const readDouble = (text: string): number => {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
  if (special !== null) return special[2]!.toLowerCase() === "nan" ? NaN : special[1] === "-" ? -Infinity : Infinity
  const value = decimalNumber.test(text) ? Number(text) : NaN
  return Number.isFinite(value) ? value : unreadable(text, "double")
}

const readBool = (text: string): boolean => {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true
  return /^(?:0|f|F|false|FALSE|False)$/.test(text) ? false : unreadable(text, "bool")
}

const truncated = (value: number, overflow: string): bigint =>
  Number.isFinite(value) ? BigInt(Math.trunc(value)) : fail(overflow)

const intOfDouble = (value: number): bigint =>
  // The last double below 2^63 is too near to it for the server.
  value <= -(2 ** 63) || value >= 2 ** 63 ? fail("integer overflow") : intOf(truncated(value, "integer overflow"))

const uintOfDouble = (value: number): Unsigned =>
  value < 0 || value >= 2 ** 64
    ? fail("unsigned integer overflow")
    : uintOf(truncated(value, "unsigned integer overflow"))

/** A double as Go's `%g` prints it. */
export const printDouble = (value: number): string => {
  if (Number.isNaN(value)) return "NaN"
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf"
  const [digits = "", power = "0"] = value.toExponential().split("e")
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 6) return Object.is(value, -0) ? "-0" : plainDecimal(value)
  const size = Math.abs(exponent)
  return `${digits}e${exponent < 0 ? "-" : "+"}${size < 10 ? "0" : ""}${size}`
}

/** JavaScript prints small fractions with an exponent before Go does. */
const plainDecimal = (value: number): string => {
  const text = String(value)
  return text.includes("e") ? value.toFixed(20).replace(/0+$/, "") : text
}

const readText = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return fail("invalid UTF-8 in bytes, cannot convert to string")
  }
}

const size = (type: string, count: (value: never) => number): ReadonlyArray<Overload> =>
  [`size(${type}) -> int`, `${type}.size() -> int`].map((signature) =>
    overload<[never]>(signature, (value) => BigInt(count(value)))
  )

const textWalk = (growth: number): CostRule => ({
  of: ([text = 0]) => walk(text),
  size: ({ sizes: [text = 0] }) => text * growth
})

export const conversions: ReadonlyArray<Overload> = [
  ...size("string", (text: string) => characterCount(text)),
  ...size("bytes", (bytes: Uint8Array) => bytes.length),
  ...size("list(A)", (list: ListValue) => list.size),
  ...size("map(A, B)", (map: MapValue) => map.size),

  overload<[Value]>("type(A) -> type(A)", (value) => new TypeValue(typeName(value))),
  overload<[Value]>("dyn(A) -> dyn", (value) => value),

  overload<[bigint]>("int(int) -> int", (value) => value),
  overload<[number]>("int(double) -> int", intOfDouble),
  overload<[Duration]>("int(duration) -> int", ({ nanos }) => nanos),
  overload<[string]>("int(string) -> int", readInt),
  overload<[Timestamp]>("int(timestamp) -> int", ({ nanos }) => floorDivide(nanos, 1_000_000_000n)),
  overload<[Unsigned]>("int(uint) -> int", ({ value }) => intOf(value)),

  overload<[Unsigned]>("uint(uint) -> uint", (value) => value),
  overload<[number]>("uint(double) -> uint", uintOfDouble),
  overload<[bigint]>("uint(int) -> uint", uintOf),
  overload<[string]>("uint(string) -> uint", readUint),

  overload<[number]>("double(double) -> double", (value) => value),
  overload<[bigint]>("double(int) -> double", Number),
  overload<[string]>("double(string) -> double", readDouble),
  overload<[Unsigned]>("double(uint) -> double", ({ value }) => Number(value)),

  overload<[boolean]>("bool(bool) -> bool", (value) => value),
  overload<[string]>("bool(string) -> bool", readBool),

  overload<[string]>("string(string) -> string", (value) => value),
  overload<[boolean]>("string(bool) -> string", String),
  overload<[Uint8Array]>("string(bytes) -> string", readText, textWalk(1)),
  overload<[number]>("string(double) -> string", printDouble),
  overload<[Duration]>("string(duration) -> string", printDuration),
  overload<[bigint]>("string(int) -> string", String),
  overload<[Timestamp]>("string(timestamp) -> string", printTimestamp),
  overload<[Unsigned]>("string(uint) -> string", ({ value }) => String(value)),

  overload<[Uint8Array]>("bytes(bytes) -> bytes", (value) => value),
  overload<[string]>("bytes(string) -> bytes", (text) => encoder.encode(text), textWalk(4)),

  overload<[Duration]>("duration(duration) -> duration", (value) => value),
  overload<[string]>(
    "duration(string) -> duration",
    (text) => readDuration(text) ?? unreadable(text, "google.protobuf.Duration")
  ),

  overload<[Timestamp]>("timestamp(timestamp) -> timestamp", (value) => value),
  overload<[bigint]>("timestamp(int) -> timestamp", (seconds) => timestampOf(seconds * 1_000_000_000n)),
  overload<[string]>(
    "timestamp(string) -> timestamp",
    (text) => {
      const { nanos, offset } = readTimestamp(text) ?? unreadable(text, "google.protobuf.Timestamp")
      return timestampOf(nanos, offset)
    }
  )
]
