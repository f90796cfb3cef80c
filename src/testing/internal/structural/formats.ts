/**
 * The `format`s of strings that a kube-apiserver checks. It ignores all others, and those of values that are not of the format's type; `int32`, `int64`,
 * `float` and `double` are ranges and belong to the checks of numbers.
 */

/** Dashes do not count: `date-time` and `datetime` are one format. */
const normalized = (format: string): string => format.replaceAll("-", "")

export const isStringFormat = (format: string): boolean => Object.hasOwn(formats, normalized(format))

export const matchesFormat = (format: string, text: string): boolean => formats[normalized(format)]?.(text) ?? true

const matches = (pattern: RegExp) => (text: string): boolean => pattern.test(text)

const uuid = (version: string, variant: string): (text: string) => boolean =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, "i"))

/** A day that the calendar has. */
const isDate = (text: string): boolean => {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
}

const daysOf = (year: number, month: number): number => {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

const isDateTime = (text: string): boolean => {
  const [date, time] = text.toLowerCase().split("t")
  if (date === undefined || time === undefined || !isDate(date)) return false
  const match = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$/.exec(time)
  return match !== null && match[1]! <= "23" && match[2]! <= "59" && match[3]! <= "59"
}

/** `1h30m`, `-1.5s`; and, as in Scala, a number with the start of a unit's name: `22 ns`, `3 days`. */
const isDuration = (text: string): boolean => {
  if (/^[+-]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text)) return true
  // The look-behind keeps a long run of digits from being tried from each of them.
  for (const match of text.matchAll(/(?<!\d)\d+\s*([A-Za-zµ]+)/g)) {
    const unit = match[1]!.toLowerCase()
    if (durationUnits.some(([names, prefix]) => names.includes(unit) || unit.startsWith(prefix))) return true
  }
  return false
}

const durationUnits: ReadonlyArray<readonly [names: ReadonlyArray<string>, prefix: string]> = [
  [["ns"], "nano"],
  [["us", "µs"], "micro"],
  [["ms"], "milli"],
  [["s"], "sec"],
  [["m"], "min"],
  [["h", "hr"], "hour"],
  [["d"], "day"],
  [["w", "wk"], "week"]
]

/** Leading zeros are tolerated, as in old manifests. */
const isIpv4 = (text: string): boolean => {
  const parts = text.split(".")
  return parts.length === 4 && parts.every((part) => /^[0-9]+$/.test(part) && Number(part) <= 255)
}

const isStrictIpv4 = (text: string): boolean =>
  isIpv4(text) && text.split(".").every((part) => part === "0" || !part.startsWith("0"))

const isIpv6With = (text: string, isTail: (text: string) => boolean): boolean => {
  const halves = text.split("::")
  if (halves.length > 2 || !text.includes(":")) return false
  let groups = 0
  for (const [half, part] of halves.entries()) {
    if (part === "") {
      if (halves.length === 1) return false
      continue
    }
    const fields = part.split(":")
    for (const [index, field] of fields.entries()) {
      const last = half === halves.length - 1 && index === fields.length - 1
      if (last && field.includes(".") && isTail(field)) groups += 2
      else if (/^[0-9a-fA-F]{1,4}$/.test(field)) groups++
      else return false
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8
}

const isIpv6 = (text: string): boolean => isIpv6With(text, isStrictIpv4)

const isSloppyIpv6 = (text: string): boolean => isIpv6With(text, isIpv4)

const isCidr = (text: string): boolean => {
  const slash = text.indexOf("/")
  if (slash < 0) return false
  const [address, bits] = [text.slice(0, slash), text.slice(slash + 1)]
  if (!/^[0-9]+$/.test(bits)) return false
  if (isIpv4(address)) return Number(bits) <= 32
  return isSloppyIpv6(address) && Number(bits) <= 128
}

/** 6, 8 or 20 bytes in hexadecimal: pairs with `:` or `-` between them, groups of four with `.`, or nothing between. */
const isMac = (text: string): boolean => {
  const digits = text.replace(/[^0-9a-fA-F]/g, "")
  return [12, 16, 40].includes(digits.length) &&
    /^(?:[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1)+[0-9a-fA-F]{2}|(?:[0-9a-fA-F]{4}\.)+[0-9a-fA-F]{4}|[0-9a-fA-F]+)$/
      .test(text)
}

const hostnameCharacter = "[a-zA-Z0-9\\p{S}\\p{L}]"

/** One label; or several, dot by dot, the last of letters only. */
const hostnamePattern = new RegExp(
  `^(?:${hostnameCharacter}(?:-?${hostnameCharacter}{0,62})?|(?:${hostnameCharacter}(?:[a-zA-Z0-9\\-\\p{S}\\p{L}]{0,61}${hostnameCharacter})?\\.)+[a-zA-Z\\p{L}]{2,63})$`,
  "u"
)

/** Letters and digits of any script, and symbols. */
const isHostname = (text: string): boolean =>
  bytes(text) <= 255 && hostnamePattern.test(text) && text.split(".").every((label) => bytes(label) <= 63)

export const bytes = (text: string): number => {
  let count = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    count += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return count
}

/** An absolute URI, or an absolute path: what can stand in a request line. */
const isRequestUri = (text: string): boolean => {
  if (text === "" || /[\x00-\x1f\x7f]/.test(text)) return false
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(text)
  if (scheme === null && (text.startsWith(":") || !text.startsWith("/"))) return text === "*"
  const rest = scheme === null ? text : scheme[2]!
  // Only a text without a scheme must be rooted; `mailto:a@b` is opaque.
  if (scheme !== null && !rest.startsWith("/")) return rest !== "" || scheme !== null
  const [hierarchy = ""] = rest.split("?")
  const authority = hierarchy.startsWith("//") && (scheme !== null || !hierarchy.startsWith("///"))
    ? hierarchy.slice(2).split("/")[0]!
    : ""
  const path = authority === "" ? hierarchy : hierarchy.slice(2 + authority.length)
  return isAuthority(authority) && !/%(?![0-9a-fA-F]{2})/.test(path)
}

const isAuthority = (authority: string): boolean => {
  const at = authority.lastIndexOf("@")
  const user = at < 0 ? "" : authority.slice(0, at)
  if (!/^(?:[A-Za-z0-9\-._:~!$&'()*+,;=@]|%[0-9a-fA-F]{2})*$/.test(user)) return false
  const host = authority.slice(at + 1)
  if (host.startsWith("[")) {
    const match = /^\[([0-9a-fA-F:.]*)(%25[^\]]*)?\](?::[0-9]*)?$/.exec(host)
    return match !== null && (isIpv6(match[1]!))
  }
  const match = /^([^:]*)(?::([0-9]*))?$/.exec(host)
  return match !== null && /^(?:[^\s"<>\\^`{|}%]|%[89a-fA-F][0-9a-fA-F])*$/.test(match[1]!)
}

/** `user@host`, also with a name around it: `Ann <ann@example.org>`. */
const isEmail = (text: string): boolean => {
  const trimmed = text.trim()
  const angle = /^(?:([^<>@,;:\\"()[\]]*|"(?:[^"\\]|\\.)*")\s*)<([^<>]*)>$/.exec(trimmed)
  const address = angle === null ? trimmed : angle[2]!
  const at = address.lastIndexOf("@")
  if (at < 1) return false
  const local = address.slice(0, at)
  const domain = address.slice(at + 1)
  const dotAtom =
    /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]+)*$/u
  const quoted = /^"(?:[^"\\\r\n]|\\.)+"$/
  return (dotAtom.test(local) || quoted.test(local)) &&
    (dotAtom.test(domain) || /^\[(.*)\]$/.test(domain) && isIp(domain.slice(1, -1)))
}

const isIp = (text: string): boolean => isStrictIpv4(text) || isIpv6(text)

const isCreditCard = (text: string): boolean => {
  const digits = text.replace(/[^0-9]+/g, "")
  if (
    !/^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/
      .test(digits)
  ) return false
  // Luhn's check: from the right, every second digit is doubled and its digits added.
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const value = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 1 ? value * 2 : value
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

const isIsbn10 = (text: string): boolean => {
  const digits = text.replace(/[\t\n\f\r -]+/g, "")
  if (!/^(?:[0-9]{9}X|[0-9]{10})$/.test(digits)) return false
  return [...digits].reduce((sum, digit, index) => sum + (index + 1) * (digit === "X" ? 10 : Number(digit)), 0) % 11 ===
    0
}

const isIsbn13 = (text: string): boolean => {
  const digits = text.replace(/[\t\n\f\r -]+/g, "")
  if (!/^[0-9]{13}$/.test(digits)) return false
  return [...digits].reduce((sum, digit, index) => sum + (index % 2 === 0 ? 1 : 3) * Number(digit), 0) % 10 === 0
}

const rgbPart = "(?:0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])"

const shortName = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"

const formats: { readonly [format: string]: (text: string) => boolean } = {
  bsonobjectid: matches(/^[0-9a-fA-F]{24}$/),
  uri: isRequestUri,
  email: isEmail,
  hostname: isHostname,
  // An IPv6 address that ends in an IPv4 one passes as well.
  ipv4: (text) => isIpv4(text) || (text.includes(".") && isSloppyIpv6(text)),
  ipv6: isIpv6,
  cidr: isCidr,
  mac: isMac,
  uuid: uuid("[0-9a-f]", "[0-9a-f]"),
  uuid3: uuid("3", "[0-9a-f]"),
  uuid4: uuid("4", "[89ab]"),
  uuid5: uuid("5", "[89ab]"),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: (text) => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: matches(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(
    new RegExp(
      `^rgb\\([\\t\\n\\f\\r ]*${rgbPart}[\\t\\n\\f\\r ]*,[\\t\\n\\f\\r ]*${rgbPart}[\\t\\n\\f\\r ]*,[\\t\\n\\f\\r ]*${rgbPart}[\\t\\n\\f\\r ]*\\)$`
    )
  ),
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (text) => text.length <= 63 && new RegExp(`^${shortName}$`).test(text),
  k8slongname: (text) => text.length <= 253 && new RegExp(`^${shortName}(?:\\.${shortName})*$`).test(text)
}
