/** Checks of numbers, with the server's distinction of 64-bit integers and floating-point numbers, which decides its texts. */
import { goNumber, invalid } from "./fieldError.js"
import { Result } from "./result.js"
import type { JSONSchemaProps } from "./schema.js"

/** A number without a fraction is an integer to the server as long as 64 bits hold it. */
export const isInteger64 = (value: number): boolean => Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63

/** Within a relative error of 1e-9, where a double can tell. */
export const isNearlyInteger = (value: number): boolean => {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false
  const rounded = Math.round(value)
  return value === rounded || (rounded !== 0 && Math.abs(value - rounded) < 1e-9 * Math.abs(rounded))
}

export const checkNumber = (
  schema: JSONSchemaProps,
  types: ReadonlyArray<string>,
  format: string,
  value: number,
  path: string
): Result => {
  const result = new Result()
  const type = types.length === 1 && (types[0] === "integer" || types[0] === "number") ? types[0] : ""
  const isInteger = isInteger64(value)
  /** A bound that the type cannot hold is itself reported, and the comparison made in floating point. */
  const outOfRange = (number: number, what: string): boolean => {
    if (isWithin(number, type, format)) return false
    result.addGeneral(
      `${what} value must be of type ${type} ${format === "" ? "(default format)" : `with format ${format}`} in ${path}`
    )
    return true
  }
  const report = (detail: string): void => {
    result.add(`${path} in body should be ${detail}`, path, (field, text) => invalid(field, value, text))
  }
  outOfRange(value, "Checked")

  const { maximum, minimum, multipleOf } = schema
  if (multipleOf !== undefined) {
    const whole = !outOfRange(multipleOf, "MultipleOf") && isInteger
    const factor = whole ? Math.trunc(multipleOf) : multipleOf
    if (factor <= 0) {
      result.add(
        `factor MultipleOf declared for ${path} must be positive: ${goNumber(factor)}`,
        path,
        (field, text) => invalid(field, factor, text)
      )
    } else if (whole ? value % factor !== 0 : !isNearlyInteger(factor < 1 ? 1 / factor * value : value / factor)) {
      report(`a multiple of ${goNumber(factor)}`)
    }
  }
  if (minimum !== undefined) {
    const bound = !outOfRange(minimum, "Minimum boundary") && isInteger ? Math.trunc(minimum) : minimum
    if (schema.exclusiveMinimum === true ? value <= bound : value < bound) {
      report(`greater than ${schema.exclusiveMinimum === true ? "" : "or equal to "}${goNumber(bound)}`)
    }
  }
  if (maximum !== undefined) {
    const bound = !outOfRange(maximum, "Maximum boundary") && isInteger ? Math.trunc(maximum) : maximum
    if (schema.exclusiveMaximum === true ? value >= bound : value > bound) {
      report(`less than ${schema.exclusiveMaximum === true ? "" : "or equal to "}${goNumber(bound)}`)
    }
  }
  return result.count()
}

const isWithin = (value: number, type: string, format: string): boolean => {
  if (type === "integer") {
    return format === "int32" ? Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31 : isInteger64(value)
  }
  return format !== "float" || Math.abs(value) <= largestFloat32
}

/** (2 − 2^-23) × 2^127, and what rounds to it. */
const largestFloat32 = (2 - 2 ** -24) * 2 ** 127
