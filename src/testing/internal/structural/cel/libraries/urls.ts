/** URLs with a scheme, and absolute paths: `url("https://example.org:80/a?b=c")`. */
import { goQuote } from "../../fieldError.js"
import { type Overload, overload, walk } from "../functions.js"
import { Entries, fail, ListValue, type Opaque } from "../values.js"
import { AddressProblem, readAddress } from "./addresses.js"

class URLValue implements Opaque {
  readonly _tag = "URL"
  readonly typeName = "kubernetes.URL"

  constructor(
    readonly text: string,
    readonly scheme: string,
    readonly host: string,
    readonly path: string,
    readonly query: string
  ) {}

  equals(other: Opaque): boolean {
    return other instanceof URLValue && this.text === other.text
  }
}

/** What is wrong with a text is a text, in the words of Go's `net/url`. */
const tryURL = (text: string): URLValue | string => {
  if (/[\x00-\x1f\x7f]/.test(text)) return "net/url: invalid control character in URL"
  if (text === "") return "empty url"
  if (text === "*") return new URLValue(text, "", "", "*", "")
  if (text.startsWith(":")) return "missing protocol scheme"
  const [, scheme = ""] = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text) ?? []
  const fragmentless = (scheme === "" ? text : text.slice(scheme.length + 1)).replace(/#.*$/s, "")
  const question = fragmentless.indexOf("?")
  const hierarchy = question < 0 ? fragmentless : fragmentless.slice(0, question)
  const query = question < 0 ? "" : fragmentless.slice(question + 1)
  const lower = scheme.toLowerCase()
  if (!hierarchy.startsWith("/")) {
    return scheme === "" ? "invalid URI for request" : new URLValue(text, lower, "", "", query)
  }
  // Of a text without a scheme all is path, for the first of the two looks that the server takes; the second sees a host.
  const hasAuthority = hierarchy.startsWith("//") && (scheme !== "" || !hierarchy.startsWith("///"))
  const [authority, path] = hasAuthority ? splitAt(hierarchy.slice(2), "/") : ["", hierarchy]
  const host = hostOf(lower, authority)
  if (typeof host === "string") return host
  const escape = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(path)
  if (escape !== null) return `invalid URL escape ${goQuote(escape[0])}`
  return new URLValue(text, lower, host.host, encodePath(path), query)
}

const splitAt = (text: string, separator: string): readonly [before: string, from: string] => {
  const place = text.indexOf(separator)
  return place < 0 ? [text, ""] : [text.slice(0, place), text.slice(place)]
}

const hostOf = (scheme: string, authority: string): { readonly host: string } | string => {
  const at = authority.lastIndexOf("@")
  if (at >= 0 && !/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(authority.slice(0, at))) return "net/url: invalid userinfo"
  const host = authority.slice(at + 1)
  const bracket = host.lastIndexOf("[")
  if (bracket > 0) return "invalid IP-literal"
  if (bracket === 0) {
    const close = host.lastIndexOf("]")
    if (close < 0) return "missing ']' in host"
    const port = host.slice(close + 1)
    if (!/^(?::[0-9]*)?$/.test(port)) return `invalid port ${goQuote(port)} after host`
    const read = readAddress(host.slice(1, close).replace("%25", "%"))
    if (read instanceof AddressProblem) return `invalid host: ${read.message}`
    return read.address.length === 4 ? "invalid IP-literal" : { host: host.replace("%25", "%") }
  }
  const colon = scheme === "http" || scheme === "https" ? host.indexOf(":") : host.lastIndexOf(":")
  if (colon >= 0 && !/^:[0-9]*$/.test(host.slice(colon))) return `invalid port ${goQuote(host.slice(colon))} after host`
  const escape = /%(?![89a-fA-F][0-9a-fA-F]).{0,2}/.exec(host)
  if (escape !== null) return `invalid URL escape ${goQuote(escape[0])}`
  const stranger = /[ "<>\\^`{|}]/.exec(host)
  return stranger === null ? { host: decoded(host) ?? host } : `invalid character ${goQuote(stranger[0])} in host name`
}

/** What may not stand in a path is escaped, the rest left as it was written. */
const encodePath = (path: string): string =>
  path.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/[\]%]/gu, (character) => encodeURIComponent(character))

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const queryOf = ({ query }: URLValue): Entries => {
  const found = new Map<string, Array<string>>()
  for (const pair of query.split("&")) {
    if (pair === "" || pair.includes(";")) continue
    const equals = pair.indexOf("=")
    const parts = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)]
    const [key, value] = parts.map((part) => decoded(part.replaceAll("+", " ")))
    if (key === undefined || value === undefined) continue
    const values = found.get(key)
    if (values === undefined) found.set(key, [value])
    else values.push(value)
  }
  return Entries.of([...found].map(([key, values]) => [key, new ListValue([...values])] as const))
}

const portOf = (host: string): readonly [name: string, port: string] => {
  const match = /^(.*?)(?::([0-9]*))?$/s.exec(host)!
  const [, name = "", port = ""] = host.endsWith("]") ? [host, host, ""] : match
  return [name.replace(/^\[(.*)\]$/s, "$1"), port]
}

const read = (text: string): URLValue => {
  const value = tryURL(text)
  return typeof value === "string"
    ? fail(`URL parse error during conversion from string: parse ${goQuote(text)}: ${value}`)
    : value
}

const cost = { of: ([text = 0]: ReadonlyArray<number>) => walk(text) }

/** Why a text is no URI for a request. */
export const urlProblem = (text: string): string | undefined => {
  const value = tryURL(text)
  return typeof value === "string" ? `parse ${goQuote(text)}: ${value}` : undefined
}

export const urls: ReadonlyArray<Overload> = [
  overload<[string]>("url(string) -> URL", read, { ...cost, size: ({ sizes: [text = 0] }) => text }),
  overload<[string]>("isURL(string) -> bool", (text) => urlProblem(text) === undefined),
  overload<[URLValue]>("URL.getScheme() -> string", ({ scheme }) => scheme),
  overload<[URLValue]>("URL.getHost() -> string", ({ host }) => host),
  overload<[URLValue]>("URL.getHostname() -> string", ({ host }) => portOf(host)[0]),
  overload<[URLValue]>("URL.getPort() -> string", ({ host }) => portOf(host)[1]),
  overload<[URLValue]>("URL.getEscapedPath() -> string", ({ path }) => path),
  overload<[URLValue]>("URL.getQuery() -> map(string, list(string))", queryOf)
]
