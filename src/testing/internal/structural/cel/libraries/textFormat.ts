/** `"%s has %d".format([...])`: what a clause prints of a value, and whether it can. */
import { goQuote } from "../../fieldError.js"
import { printDuration, printTimestamp } from "../time.js"
import { Duration, fail, ListValue, MapValue, Timestamp, typeName, TypeValue, Unsigned, type Value } from "../values.js"
import { printDouble } from "./conversions.js"

export interface Clause {
  readonly verb: "s" | "d" | "f" | "e" | "b" | "x" | "X" | "o"
  readonly precision: number | undefined
}

/** Texts, and clauses between them. */
export const parseFormat = (format: string): ReadonlyArray<string | Clause> => {
  const parts: Array<string | Clause> = []
  let at = 0
  for (;;) {
    const percent = format.indexOf("%", at)
    if (percent < 0) break
    if (percent > at) parts.push(format.slice(at, percent))
    if (format[percent + 1] === "%") {
      parts.push("%")
      at = percent + 2
      continue
    }
    const match = /^%(?:\.([0-9]*))?(.)?/su.exec(format.slice(percent))!
    const [whole, precision, verb] = match
    if (verb === undefined) return fail("unexpected end of string")
    if (!/^[sdfebxXo]$/.test(verb)) {
      return fail(`could not parse formatting clause: unrecognized formatting clause "${verb}"`)
    }
    if (precision === "") {
      return fail(
        "could not parse formatting clause: error while parsing precision: could not convert precision to integer: strconv.Atoi: parsing \"\": invalid syntax"
      )
    }
    parts.push({ verb: verb as Clause["verb"], precision: precision === undefined ? undefined : Number(precision) }) // tested above
    at = percent + whole.length
  }
  if (at < format.length) parts.push(format.slice(at))
  return parts
}

export const formatText = (format: string, args: ListValue): string => {
  let next = 0
  return parseFormat(format).map((part) => {
    if (typeof part === "string") return part
    if (next >= args.size) return fail(`index ${next} out of range`)
    return printClause(part, args.at(next++))
  }).join("")
}

const defaultPrecision = 6
const maximumPrecision = 100

const printClause = ({ precision, verb }: Clause, value: Value): string => {
  const refuse = (rule: string): never => fail(`error during formatting: ${rule}, was given ${typeName(value)}`)
  switch (verb) {
    case "s":
      return printText(value)
    case "d":
      if (typeof value === "bigint") return String(value)
      return value instanceof Unsigned ? String(value.value) : refuse("decimal clause can only be used on integers")
    case "f":
    case "e": {
      const number = doubleOf(value)
      if (number === undefined) {
        return refuse(`${verb === "f" ? "fixed-point" : "scientific"} clause can only be used on doubles`)
      }
      if (!Number.isFinite(number)) return Number.isNaN(number) ? "NaN" : number > 0 ? "∞" : "-∞"
      return verb === "f" ? fixedPoint(number, precision ?? defaultPrecision) : scientific(number)
    }
    case "b":
      if (typeof value === "boolean") return value ? "1" : "0"
      return radix(value, 2) ?? refuse("only integers and bools can be formatted as binary")
    case "o":
      return radix(value, 8) ?? refuse("octal clause can only be used on integers")
    case "x":
    case "X": {
      const text = hexadecimal(value) ?? refuse("only integers, byte buffers, and strings can be formatted as hex")
      return verb === "x" ? text : text.toUpperCase()
    }
  }
}

const doubleOf = (value: Value): number | undefined => {
  if (typeof value === "number") return value
  return value === "NaN" ? NaN : value === "Infinity" ? Infinity : value === "-Infinity" ? -Infinity : undefined
}

/** As a printer of Go for English does it: `1,234.50`. A number in the middle goes to the even one. */
const fixedPoint = (value: number, precision: number): string => {
  const digits = Math.min(precision, maximumPrecision)
  const rounded = roundedToEven(value, digits)
  const [whole = "", fraction] = rounded.split(".")
  const grouped = whole.replace(/\B(?=(?:[0-9]{3})+$)/g, ",")
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

const roundedToEven = (value: number, digits: number): string => {
  const exact = value.toFixed(maximumPrecision)
  const rest = exact.slice(exact.indexOf(".") + 1 + digits)
  const isMiddle = /^50*$/.test(rest)
  const text = value.toFixed(digits)
  if (!isMiddle) return text
  const truncated = exact.slice(0, exact.length - rest.length).replace(/\.$/, "")
  return /[02468]$/.test(truncated) ? truncated : text
}

/** The same for `%e`, whose precision the server does not heed: `1.500000×10⁰⁰`. */
const scientific = (value: number): string => {
  const [mantissa = "", power = "0"] = value.toExponential(defaultPrecision).split("e")
  const exponent = Number(power)
  const raised = [...Math.abs(exponent).toString().padStart(2, "0")].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join(
    ""
  )
  return `${mantissa}×10${exponent < 0 ? "⁻" : ""}${raised}`
}

const radix = (value: Value, base: number): string | undefined => {
  if (typeof value === "bigint") return value.toString(base)
  return value instanceof Unsigned ? value.value.toString(base) : undefined
}

const hexadecimal = (value: Value): string | undefined => {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value
  return bytes instanceof Uint8Array
    ? [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    : radix(value, 16)
}

/** What `%s` prints of a value. */
const printText = (value: Value): string => {
  if (value === null) return "null"
  if (value instanceof ListValue) return `[${[...value].map(printLiteral).join(", ")}]`
  if (value instanceof MapValue) {
    const entries = value.keys().map((key) => [printLiteral(key), printLiteral(value.find(key) ?? null)] as const)
    return `{${[...entries].sort(([one], [other]) => one < other ? -1 : 1).map((pair) => pair.join(":")).join(", ")}}`
  }
  if (value instanceof Unsigned) return String(value.value)
  if (value instanceof Timestamp) return printTimestamp(value)
  if (value instanceof Duration) return printDuration(value)
  if (value instanceof TypeValue) return value.name
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  switch (typeof value) {
    case "string":
      return value
    case "number":
      return printDouble(value)
    case "bigint":
    case "boolean":
      return String(value)
    default:
      return fail(
        `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${
          typeName(value)
        }`
      )
  }
}

/** Inside of lists and maps values are printed as they would be written in an expression. */
const printLiteral = (value: Value): string => {
  if (typeof value === "string") return goQuote(value)
  if (typeof value === "number") return Number.isFinite(value) ? value.toFixed(defaultPrecision) : `"${value}"`
  if (value instanceof Uint8Array) return `b${goQuote(new TextDecoder().decode(value))}`
  if (value instanceof Timestamp) return `timestamp("${printTimestamp(value)}")`
  return value instanceof Duration ? `duration("${printDuration(value)}")` : printText(value)
}
