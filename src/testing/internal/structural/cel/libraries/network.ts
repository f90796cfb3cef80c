/** Addresses and networks: `ip("::1")`, `cidr("10.0.0.0/8")`. */
import { goQuote } from "../../fieldError.js"
import { type CostRule, type Overload, overload, walk } from "../functions.js"
import { fail, type Opaque } from "../values.js"
import { type Address, AddressProblem, isMapped, masked, printAddress, readAddress, sameAddress } from "./addresses.js"

class IPValue implements Opaque {
  readonly _tag = "IP"
  readonly typeName = "net.IP"

  constructor(readonly address: Address) {}

  equals(other: Opaque): boolean {
    return other instanceof IPValue && sameAddress(this.address, other.address)
  }
}

class CIDRValue implements Opaque {
  readonly _tag = "CIDR"
  readonly typeName = "net.CIDR"

  constructor(readonly address: Address, readonly bits: number) {}

  equals(other: Opaque): boolean {
    return other instanceof CIDRValue && this.bits === other.bits && sameAddress(this.address, other.address)
  }

  contains(address: Address): boolean {
    return address.length === this.address.length &&
      sameAddress(masked(address, this.bits), masked(this.address, this.bits))
  }
}

/** What is wrong with a text is a text. */
const tryIP = (text: string): IPValue | string => {
  const read = readAddress(text)
  const quoted = goQuote(text)
  if (read instanceof AddressProblem) {
    return `IP Address ${quoted} parse error during conversion from string: ${read.message}`
  }
  const { address, hasZone } = read
  if (hasZone) return `IP address ${quoted} with zone value is not allowed`
  return isMapped(address) ? `IPv4-mapped IPv6 address ${quoted} is not allowed` : new IPValue(address)
}

const readIP = (text: string): IPValue => {
  const value = tryIP(text)
  return typeof value === "string" ? fail(value) : value
}

const tryCIDR = (text: string): CIDRValue | string => {
  const slash = text.lastIndexOf("/")
  const refuse = (reason: string): string =>
    `network address parse error during conversion from string: netip.ParsePrefix(${goQuote(text)}): ${reason}`
  if (slash < 0) return refuse("no '/'")
  const read = readAddress(text.slice(0, slash))
  if (read instanceof AddressProblem) return refuse(read.message)
  const { address, hasZone } = read
  if (hasZone) return refuse("IPv6 zones cannot be present in a prefix")
  const digits = text.slice(slash + 1)
  if (!/^(?:0|[1-9][0-9]*)$/.test(digits)) return refuse(`bad bits after slash: ${goQuote(digits)}`)
  const bits = Number(digits)
  if (bits > address.length * 8) return refuse("prefix length out of range")
  return isMapped(address) ? `IPv4-mapped IPv6 address ${goQuote(text)} is not allowed` : new CIDRValue(address, bits)
}

const readCIDR = (text: string): CIDRValue => {
  const value = tryCIDR(text)
  return typeof value === "string" ? fail(`network address parse error during conversion from string: ${value}`) : value
}

const isUnspecified = ({ address }: IPValue): boolean => address.every((byte) => byte === 0)

const isLoopback = ({ address }: IPValue): boolean =>
  address.length === 4 ? address[0] === 127 : address.every((byte, index) => byte === (index === 15 ? 1 : 0))

const isMulticast = ({ address }: IPValue): boolean =>
  address.length === 4 ? (address[0]! & 0xf0) === 0xe0 : address[0] === 0xff

const isLinkLocalMulticast = ({ address }: IPValue): boolean =>
  address.length === 4
    ? address[0] === 224 && address[1] === 0 && address[2] === 0
    : address[0] === 0xff && (address[1]! & 0x0f) === 2

const isLinkLocalUnicast = ({ address }: IPValue): boolean =>
  address.length === 4
    ? address[0] === 169 && address[1] === 254
    : address[0] === 0xfe && (address[1]! & 0xc0) === 0x80

const isGlobalUnicast = (value: IPValue): boolean =>
  !isUnspecified(value) && !isLoopback(value) && !isMulticast(value) && !isLinkLocalUnicast(value) &&
  !(value.address.length === 4 && value.address.every((byte) => byte === 255))

const containsCIDR = (outer: CIDRValue, inner: CIDRValue): boolean =>
  outer.bits <= inner.bits && outer.contains(inner.address)

const once: CostRule = { of: ([text = 0]) => walk(text) }
const twice: CostRule = { of: ([text = 0]) => walk(text, 2) }
/** Two addresses have 32 bytes at most; a text is read first. */
const containing = (more: number, reads: boolean): CostRule => ({
  of: ([, text = 0]) => walk(32) + more + (reads ? walk(text) : 0)
})

const tests: ReadonlyArray<readonly [name: string, test: (value: IPValue) => boolean]> = [
  ["isUnspecified", isUnspecified],
  ["isLoopback", isLoopback],
  ["isLinkLocalMulticast", isLinkLocalMulticast],
  ["isLinkLocalUnicast", isLinkLocalUnicast],
  ["isGlobalUnicast", isGlobalUnicast]
]

const printCIDR = ({ address, bits }: CIDRValue): string => `${printAddress(address)}/${bits}`

export const network: ReadonlyArray<Overload> = [
  overload<[string]>("ip(string) -> IP", readIP, once),
  overload<[string]>("isIP(string) -> bool", (text) => typeof tryIP(text) !== "string", once),
  overload<[string]>(
    "ip.isCanonical(string) -> bool",
    (text) => printAddress(readIP(text).address) === text,
    twice
  ),
  overload<[IPValue]>("string(IP) -> string", ({ address }) => printAddress(address)),
  overload<[IPValue]>("IP.family() -> int", ({ address }) => address.length === 4 ? 4n : 6n),
  ...tests.map(([name, test]) => overload<[IPValue]>(`IP.${name}() -> bool`, test)),
  overload<[string]>("cidr(string) -> CIDR", readCIDR, once),
  overload<[string]>("isCIDR(string) -> bool", (text) => typeof tryCIDR(text) !== "string", once),
  overload<[CIDRValue]>("string(CIDR) -> string", printCIDR),
  overload<[CIDRValue]>("CIDR.ip() -> IP", ({ address }) => new IPValue(address)),
  overload<[CIDRValue]>("CIDR.prefixLength() -> int", ({ bits }) => BigInt(bits)),
  overload<[CIDRValue]>(
    "CIDR.masked() -> CIDR",
    ({ address, bits }) => new CIDRValue(masked(address, bits), bits)
  ),
  overload<[CIDRValue, IPValue]>(
    "CIDR.containsIP(IP) -> bool",
    (network, { address }) => network.contains(address),
    containing(0, false)
  ),
  overload<[CIDRValue, string]>(
    "CIDR.containsIP(string) -> bool",
    (network, text) => network.contains(readIP(text).address),
    containing(0, true)
  ),
  overload<[CIDRValue, CIDRValue]>("CIDR.containsCIDR(CIDR) -> bool", containsCIDR, containing(walk(16) + 1, false)),
  overload<[CIDRValue, string]>(
    "CIDR.containsCIDR(string) -> bool",
    (network, text) => containsCIDR(network, readCIDR(text)),
    containing(walk(16) + 1, true)
  )
]
