/** IP addresses, as 4 or 16 bytes: read strictly, written in the canonical form of RFC 5952. */
import { goQuote } from "../../fieldError.js"

export type Address = Uint8Array

/** Why a text is no address, in the words of Go's `netip`. */
export class AddressProblem {
  readonly message: string

  constructor(text: string, reason: string, at?: string) {
    this.message = `ParseAddr(${goQuote(text)}): ${reason}${at === undefined ? "" : ` (at ${goQuote(at)})`}`
  }
}

/** An address, and whether it had a zone behind it: whoever reads one refuses that for a reason of their own. */
export interface ReadAddress {
  readonly address: Address
  readonly hasZone: boolean
}

export const readAddress = (text: string): ReadAddress | AddressProblem => {
  const first = /[.:%]/.exec(text)?.[0]
  if (first === "." || first === ":") {
    const address = first === "." ? readFour(text, text) : readSix(text)
    return address instanceof AddressProblem ? address : { address, hasZone: text.includes("%") }
  }
  return new AddressProblem(text, first === "%" ? "missing IPv6 address" : "unable to parse IP")
}

const readFour = (text: string, part: string): Address | AddressProblem => {
  const fields: Array<number> = []
  let at = 0
  for (const [index, field] of part.split(".").entries()) {
    const stranger = /[^0-9]/.exec(field)
    const digits = stranger === null ? field : field.slice(0, stranger.index)
    if (/^0[0-9]/.test(digits)) return new AddressProblem(text, "IPv4 field has octet with leading zero")
    if (Number(digits) > 255) return new AddressProblem(text, "IPv4 field has value >255")
    if (stranger !== null) return new AddressProblem(text, "unexpected character", part.slice(at + stranger.index))
    if (field === "") {
      const dot = at === part.length ? at - 1 : at
      return new AddressProblem(text, "IPv4 field must have at least one digit", part.slice(dot))
    }
    if (index > 3) return new AddressProblem(text, "IPv4 address too long")
    fields.push(Number(digits))
    at += field.length + 1
  }
  return fields.length < 4 ? new AddressProblem(text, "IPv4 address too short") : new Uint8Array(fields)
}

const readSix = (text: string): Address | AddressProblem => {
  const problem = (reason: string, at?: string): AddressProblem => new AddressProblem(text, reason, at)
  const percent = text.indexOf("%")
  if (percent === text.length - 1) return problem("zone must be a non-empty string")
  const before: Array<number> = []
  /** Bytes behind `::`, once there was one. */
  let after: Array<number> | undefined
  let rest = percent < 0 ? text : text.slice(0, percent)
  if (rest.startsWith("::")) {
    after = []
    rest = rest.slice(2)
  }
  const count = (): number => before.length + (after?.length ?? 0)
  while (rest !== "") {
    if (count() >= 16) return problem("trailing garbage after address", rest)
    const group = /^[0-9a-fA-F]*/.exec(rest)![0]
    if (group.length > 4) return problem("each group must have 4 or less digits", rest)
    if (group === "") return problem("each colon-separated field must have at least one digit", rest)
    if (rest[group.length] === ".") {
      if (after === undefined && before.length !== 12) {
        return problem("embedded IPv4 address must replace the final 2 fields of the address", rest)
      }
      if (count() > 12) return problem("too many hex fields to fit an embedded IPv4 at the end of the address", rest)
      const tail = readFour(text, rest)
      if (tail instanceof AddressProblem) return tail
      for (const byte of tail) (after ?? before).push(byte)
      break
    }
    const value = parseInt(group, 16)
    const bytes = after ?? before
    bytes.push(value >> 8, value & 0xff)
    rest = rest.slice(group.length)
    if (rest === "") break
    if (rest[0] !== ":") return problem("unexpected character, want colon", rest)
    if (rest === ":") return problem("colon must be followed by more characters", rest)
    rest = rest.slice(1)
    if (rest[0] === ":") {
      if (after !== undefined) return problem("multiple :: in address", rest)
      after = []
      rest = rest.slice(1)
    }
  }
  if (after === undefined) return before.length < 16 ? problem("address string too short") : new Uint8Array(before)
  if (count() >= 16) return problem("the :: must expand to at least one field of zeros")
  const address = new Uint8Array(16)
  address.set(before)
  address.set(after, 16 - after.length)
  return address
}

/** An IPv4 address in the clothes of IPv6: `::ffff:1.2.3.4`. */
export const isMapped = (address: Address): boolean =>
  address.length === 16 && address[10] === 0xff && address[11] === 0xff &&
  address.subarray(0, 10).every((byte) => byte === 0)

export const printAddress = (address: Address): string => {
  if (address.length === 4) return address.join(".")
  const groups = Array.from({ length: 8 }, (_, index) => (address[index * 2]! << 8) | address[index * 2 + 1]!)
  // The longest run of zeros is left out, the first of several; one zero alone is not.
  let [start, length] = [-1, 1]
  for (let from = 0; from < 8; from++) {
    let to = from
    while (to < 8 && groups[to] === 0) to++
    if (to - from > length) [start, length] = [from, to - from]
  }
  const hex = (part: ReadonlyArray<number>): string => part.map((group) => group.toString(16)).join(":")
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

/** The address with all bits behind the prefix zero. */
export const masked = (address: Address, bits: number): Address =>
  address.map((byte, index) => {
    const kept = Math.min(Math.max(bits - index * 8, 0), 8)
    return byte & (0xff << (8 - kept)) & 0xff
  })

export const sameAddress = (left: Address, right: Address): boolean =>
  left.length === right.length && left.every((byte, index) => byte === right[index])
