/** Who writes: the manager that a request names, or the program that sends it. */
import type { Cause } from "../../structural.js"
import * as fieldError from "../../structural/fieldError.js"
import type { Query } from "../options.js"

/** The most bytes of a manager's name. */
const maximumLength = 128
const printable = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u

/** The name of a program: what stands before the first slash of its user agent, as far as it can be printed. */
const programOf = (userAgent: string): string => {
  let name = ""
  let length = 0
  for (const character of userAgent.split("/")[0]!) { // a text split has a first part
    if (!printable.test(character)) continue
    length += new TextEncoder().encode(character).length
    if (length > maximumLength) break
    name += character
  }
  return name
}

/** What is wrong with the name of a manager. */
export const managerIssue = (field: string, manager: string): Cause | undefined => {
  if (manager.length * 3 > maximumLength && new TextEncoder().encode(manager).length > maximumLength) {
    return fieldError.tooLong(field, maximumLength)
  }
  const found = unprintable.exec(manager)
  if (found === null) return undefined
  const code = found[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0") // it has one character
  const at = new TextEncoder().encode(manager.slice(0, found.index)).length
  return fieldError.invalid(field, manager, `invalid character U+${code} (at position ${at})`)
}

export const managerOf = (query: Query, headers: { readonly [name: string]: string }): string => {
  const given = query.get("fieldManager") ?? ""
  return given === "" ? programOf(headers["user-agent"] ?? "") : given
}
