/**
 * JSON values as Go prints them into messages (`%v`): the server quotes a strategic merge patch and its parts so.
 *
 * ```ts
 * import { goPrint } from "./goFormat.js"
 *
 * goPrint({ data: { size: 5, tags: ["a", null] } }) // "map[data:map[size:5 tags:[a <nil>]]]"
 * ```
 */
import { goNumber } from "../structural/fieldError.js"
import { goType } from "../structural/goType.js"
import { isObject } from "./json.js"

/** The same without what it holds: `map`, `slice`, `string`. */
export const goKind = (value: unknown): string => {
  if (Array.isArray(value)) return "slice"
  return isObject(value) ? "map" : goType(value)
}

const print = (value: unknown, scalar: (value: unknown) => string): string => {
  if (Array.isArray(value)) return `[${value.map((each) => print(each, scalar)).join(" ")}]`
  if (!isObject(value)) return scalar(value)
  const members = Object.keys(value).sort().map((key) => `${key}:${print(value[key], scalar)}`)
  return `map[${members.join(" ")}]`
}

/** `%v`. */
export const goPrint = (value: unknown): string =>
  print(
    value,
    (scalar) => scalar === null ? "<nil>" : typeof scalar === "number" ? goNumber(scalar) : String(scalar)
  )

/** `%s`, which says so of what is no text. */
export const goPrintText = (value: unknown): string =>
  print(value, (scalar) => {
    if (typeof scalar === "string") return scalar
    return scalar === null ? "%!s(<nil>)" : `%!s(${goType(scalar)}=${goPrint(scalar)})`
  })
