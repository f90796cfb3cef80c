/**
 * IP addresses and ranges of them (CIDR), as the server reads them: which texts it takes, what it says of those that it
 * refuses, and of which it warns.
 */
import { goQuote, invalid } from "../../structural/fieldError.js"
import type { Causes } from "./checks.js"

export interface Address {
  /** Four of them where it is of IPv4, also where it is written as one of IPv6 (`::ffff:1.2.3.4`). */
  readonly bytes: ReadonlyArray<number>
  readonly isMapped: boolean
  /** `10.0.0.01`: to some programs an octal number. */
  readonly hasLeadingZeros: boolean
}

const parseIpv4 = (text: string): Address | undefined => {
  const parts = text.split(".")
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]+$/.test(part) && Number(part) <= 255)) return undefined
  const hasLeadingZeros = parts.some((part) => part.length > 1 && part.startsWith("0"))
  return { bytes: parts.map(Number), isMapped: false, hasLeadingZeros }
}

const groupsOf = (text: string): ReadonlyArray<number> | undefined => {
  if (text === "") return []
  const groups = text.split(":")
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => parseInt(group, 16))
    : undefined
}

const isMappedPrefix = (groups: ReadonlyArray<number>): boolean =>
  groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff

const bytesOf = (groups: ReadonlyArray<number>): ReadonlyArray<number> =>
  groups.flatMap((group) => [group >> 8, group & 0xff])

const parseIpv6 = (text: string): Address | undefined => {
  // The last two groups can be written as an address of IPv4.
  const tail = text.slice(text.lastIndexOf(":") + 1)
  const last = tail.includes(".") ? parseIpv4(tail) : undefined
  if (tail.includes(".") && last === undefined) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = last?.bytes ?? []
  const written = last === undefined
    ? text
    : `${text.slice(0, text.length - tail.length)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  const halves = written.split("::")
  if (halves.length > 2) return undefined
  const [left, right] = [groupsOf(halves[0]!), groupsOf(halves[1] ?? "")] // a text split has a first part
  if (left === undefined || right === undefined) return undefined
  const missing = 8 - left.length - right.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...left, ...Array.from({ length: missing }, () => 0), ...right]
  const isMapped = isMappedPrefix(groups)
  const bytes = bytesOf(groups)
  return { bytes: isMapped ? bytes.slice(12) : bytes, isMapped, hasLeadingZeros: last?.hasLeadingZeros ?? false }
}

export const parseAddress = (text: string): Address | undefined =>
  text.includes(":") ? parseIpv6(text) : parseIpv4(text)

export const isIpv6 = (address: Address): boolean => address.bytes.length === 16

/** RFC 5952: the longest run of empty groups, the first of several, is left out. */
const printIpv6 = (bytes: ReadonlyArray<number>): string => {
  const groups = Array.from({ length: 8 }, (_, at) => bytes[2 * at]! * 256 + bytes[2 * at + 1]!)
  let best = { at: 0, size: 1 }
  for (let at = 0; at < 8; at++) {
    let size = 0
    while (at + size < 8 && groups[at + size] === 0) size++
    if (size > best.size) best = { at, size }
  }
  const hex = (from: number, to: number): string => groups.slice(from, to).map((group) => group.toString(16)).join(":")
  return best.size < 2 ? hex(0, 8) : `${hex(0, best.at)}::${hex(best.at + best.size, 8)}`
}

export const printAddress = ({ bytes }: Address): string => bytes.length === 4 ? bytes.join(".") : printIpv6(bytes)

const notAnAddress = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"

/** What is wrong with the text of an address; one that was there before stays. */
export const validateAddress = (field: string, text: string, known: ReadonlyArray<unknown> = []): Causes => {
  if (known.includes(text)) return []
  const address = parseAddress(text)
  if (address === undefined) return [invalid(field, text, notAnAddress)]
  if (address.hasLeadingZeros) return [invalid(field, text, "must not have leading 0s")]
  return address.isMapped ? [invalid(field, text, "must not be an IPv4-mapped IPv6 address")] : []
}

/** The same for younger fields, which want the one form that RFC 5952 prefers. */
export const validateCanonicalAddress = (field: string, text: string): Causes => {
  const causes = validateAddress(field, text)
  const address = parseAddress(text)
  if (causes.length > 0 || address === undefined) return causes
  const canonical = printAddress(address)
  return canonical === text ? [] : [invalid(field, text, `must be in canonical form (${goQuote(canonical)})`)]
}

/** An address to which traffic is sent: not any one, nor one of the host or the link. */
export const validateEndpointAddress = (field: string, text: string): Causes => {
  const address = parseAddress(text)
  if (address === undefined) return [invalid(field, text, "must be a valid IP address")]
  const { bytes } = address
  const [first = 0, second = 0] = bytes
  const is4 = bytes.length === 4
  const rest = bytes.slice(0, -1).every((byte) => byte === 0)
  const is = (holds: boolean, complaint: string): Causes => holds ? [invalid(field, text, complaint)] : []
  return [
    ...is(bytes.every((byte) => byte === 0), `may not be unspecified (${text})`),
    ...is(is4 ? first === 127 : rest && bytes[15] === 1, "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
    ...is(
      is4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80,
      "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
    ),
    ...is(
      is4 ? first === 224 && second === 0 && bytes[2] === 0 : first === 0xff && (second & 0x0f) === 2,
      "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
    )
  ]
}

/** What the author of an address should know. */
export const addressWarnings = (field: string, text: string): ReadonlyArray<string> => {
  const address = parseAddress(text)
  if (address === undefined) return []
  const canonical = printAddress(address)
  if (address.hasLeadingZeros || address.isMapped) {
    return [`${field}: non-standard IP address ${goQuote(text)} is invalid: use ${goQuote(canonical)}`]
  }
  return isIpv6(address) && canonical !== text
    ? [`${field}: IPv6 address ${goQuote(text)} should be in RFC 5952 canonical format (${goQuote(canonical)})`]
    : []
}

export interface Range {
  readonly address: Address
  /** Bits of the prefix. */
  readonly length: number
  readonly hasLeadingZeros: boolean
}

export const parseRange = (text: string): Range | undefined => {
  const slash = text.indexOf("/")
  const length = text.slice(slash + 1)
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash))
  if (address === undefined || !/^[0-9]+$/.test(length)) return undefined
  if (Number(length) > (isIpv6(address) || address.isMapped ? 128 : 32)) return undefined
  const hasLeadingZeros = address.hasLeadingZeros || (length.length > 1 && length.startsWith("0"))
  return { address, length: Number(length), hasLeadingZeros }
}

const masked = (bytes: ReadonlyArray<number>, length: number): ReadonlyArray<number> =>
  bytes.map((byte, at) => {
    const bits = Math.min(8, Math.max(0, length - 8 * at))
    return byte & (0xff << (8 - bits)) & 0xff
  })

const start = ({ address, length }: Range): Address => ({ ...address, bytes: masked(address.bytes, length) })

/** Whether an address is in a range. */
export const contains = (range: Range, address: Address): boolean =>
  address.bytes.length === range.address.bytes.length &&
  masked(address.bytes, range.length).every((byte, at) => byte === start(range).bytes[at])

export const validateRange = (field: string, text: string, known: ReadonlyArray<unknown> = []): Causes => {
  if (known.includes(text)) return []
  const range = parseRange(text)
  if (range === undefined) {
    return [invalid(field, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")]
  }
  if (range.hasLeadingZeros) return [invalid(field, text, "must not have leading 0s in IP or prefix length")]
  if (range.address.isMapped) return [invalid(field, text, "must not have an IPv4-mapped IPv6 address")]
  return start(range).bytes.some((byte, at) => byte !== range.address.bytes[at])
    ? [invalid(field, text, "must not have bits set beyond the prefix length")]
    : []
}

export const rangeWarnings = (field: string, text: string): ReadonlyArray<string> => {
  const range = parseRange(text)
  if (range === undefined) return []
  const canonical = `${printAddress(start(range))}/${range.length}`
  const single = `${printAddress(range.address)}/${range.address.bytes.length * 8}`
  const isAmbiguous = start(range).bytes.some((byte, at) => byte !== range.address.bytes[at])
  const warnings = [
    ...(isAmbiguous
      ? [
        `${field}: CIDR value ${goQuote(text)} is ambiguous in this context (should be ${goQuote(canonical)} or ${
          goQuote(single)
        }?)`
      ]
      : []),
    ...(range.hasLeadingZeros || range.address.isMapped
      ? [`${field}: non-standard CIDR value ${goQuote(text)} is invalid: use ${goQuote(canonical)}`]
      : [])
  ]
  return warnings.length === 0 && isIpv6(range.address) && canonical !== text
    ? [`${field}: IPv6 CIDR value ${goQuote(text)} should be in RFC 5952 canonical format (${goQuote(canonical)})`]
    : warnings
}
