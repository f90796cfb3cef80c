/** How many Pods may be missing, or be there in addition, while others take their place: a number or a percentage. */
import { invalid } from "../../structural/fieldError.js"
import { type Causes, complain, nonNegative } from "./checks.js"
import { percent } from "./textRules.js"

export const validateIntOrPercent = (value: unknown, at: string): Causes =>
  typeof value === "string" ? complain(at, value, percent(value)) : nonNegative(value, at)

const percentOf = (value: unknown): number | undefined =>
  typeof value === "string" && percent(value).length === 0 ? Number(value.slice(0, -1)) : undefined

export const validateUpTo100Percent = (value: unknown, at: string): Causes =>
  (percentOf(value) ?? 0) > 100 ? [invalid(at, value, "must not be greater than 100%")] : []

/** A text that is neither is none, as the server reads it: a number at its beginning does not count. */
export const isZero = (value: unknown): boolean =>
  typeof value === "number"
    ? value === 0
    : (percentOf(value) ?? Number(/^[+-]?[0-9]+$/.exec(String(value))?.[0] ?? 0)) === 0
