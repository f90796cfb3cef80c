/**
 * Which proxy leads to a server: the one of the cluster's configuration, else what `HTTPS_PROXY`, `HTTP_PROXY` and
 * `NO_PROXY` say, read as Go's programs and so kubectl read them (golang.org/x/net/http/httpproxy).
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { BlockList, isIP, isIPv6 } from "node:net"
import { domainToASCII } from "node:url"
import * as KubeConfig from "../../client/KubeConfig.js"

/** A proxy, and how it is asked. */
export interface Proxy {
  readonly scheme: "http" | "https" | "socks5"
  readonly host: string
  readonly port: number
  readonly login: { readonly username: string; readonly password: Redacted.Redacted<string> } | undefined
  /** How it is called in messages: without the password. */
  readonly name: string
}

/** What the environment says of proxies. */
export interface Environment {
  readonly https: string
  readonly http: string
  readonly no: string
  /** A CGI program: whoever asks it sets `HTTP_PROXY` with a header (https://httpoxy.org). */
  readonly cgi: boolean
}

const ports = { http: 80, https: 443, socks5: 1080 } as const

const schemes: { readonly [protocol: string]: Proxy["scheme"] } = {
  "http:": "http",
  "https:": "https",
  "socks5:": "socks5",
  "socks5h:": "socks5"
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The host of a URL as sockets take it: an IPv6 address without its brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, "$1")

/** A proxy from its URL, or what is wrong with it. The URL may hold a password, so a problem does not quote it. */
export const parse = (text: string): Proxy | { readonly problem: string } => {
  const expected = "expected a URL such as http://proxy.example:3128"
  if (!URL.canParse(text)) return { problem: `not a URL; ${expected}` }
  const url = new URL(text)
  const scheme = schemes[url.protocol]
  if (scheme === undefined) {
    return { problem: `unsupported scheme ${url.protocol.slice(0, -1)}; expected http, https or socks5` }
  }
  if (url.hostname === "") return { problem: `it names no host; ${expected}` }
  const port = url.port === "" ? ports[scheme] : Number(url.port)
  return {
    scheme,
    host: hostOf(url),
    port,
    login: url.username === "" && url.password === ""
      ? undefined
      : { username: decoded(url.username), password: Redacted.make(decoded(url.password)) },
    name: `${scheme}://${url.hostname}:${port}`
  }
}

/** The address of a URL in a variable may lack its scheme, which is http then. */
const withScheme = (text: string): string => /^[a-z][a-z\d+.-]*:\/\/./i.test(text) ? text : `http://${text}`

/** `host:port` in its parts, as Go's net.SplitHostPort takes it; undefined where that fails. */
const splitHostPort = (text: string): { readonly host: string; readonly port: string } | undefined => {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text)
  return match === null ? undefined : { host: match[1] ?? match[2] ?? "", port: match[3]! }
}

const family = (address: string) => isIPv6(address) ? "ipv6" : "ipv4"

const inSubnet = (entry: string, address: string): boolean | undefined => {
  const [network, bits = "", ...rest] = entry.split("/")
  if (rest.length > 0 || isIP(network!) === 0 || !/^\d{1,3}$/.test(bits)) return undefined
  if (Number(bits) > (isIPv6(network!) ? 128 : 32)) return undefined
  const list = new BlockList()
  list.addSubnet(network!, Number(bits), family(network!))
  return list.check(address, family(address))
}

const sameAddress = (one: string, two: string): boolean => {
  const list = new BlockList()
  list.addAddress(one, family(one))
  return list.check(two, family(two))
}

/** Whether a host is this machine. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || (isIP(host) !== 0 && (inSubnet("127.0.0.0/8", host) === true || sameAddress("::1", host)))

const excludes = (entry: string, host: string, port: string): boolean => {
  if (entry === "*") return true
  const isAddress = isIP(host) !== 0
  if (entry.includes("/")) {
    const within = isAddress ? inSubnet(entry, host) : inSubnet(entry, "127.0.0.1")
    if (within !== undefined) return isAddress && within
  }
  const split = splitHostPort(entry)
  const name = split?.host ?? entry
  if (name === "" || (split !== undefined && split.port !== "" && split.port !== port)) return false
  if (isIP(name) !== 0) return isAddress && sameAddress(name, host)
  if (isAddress) return false
  const domain = name.startsWith("*.") ? name.slice(1) : name
  const bare = domain.replace(/^\./, "")
  const suffix = `.${domainToASCII(bare) || bare}`
  return host.endsWith(suffix) || (!domain.startsWith(".") && host === suffix.slice(1))
}

/** Whether `NO_PROXY` keeps a server from being asked through a proxy. This machine never is. */
export const isExcluded = (noProxy: string, server: URL): boolean => {
  const host = hostOf(server)
  if (isLoopback(host)) return true
  const port = server.port === "" ? String(server.protocol === "https:" ? 443 : 80) : server.port
  return noProxy.split(",").some((entry) => excludes(entry.trim().toLowerCase(), host, port))
}

const variable = (lower: string): Effect.Effect<string> =>
  Effect.orElseSucceed(
    Effect.flatMap(
      Config.withDefault(Config.string(lower), ""),
      (value) => value === "" ? Config.withDefault(Config.string(lower.toUpperCase()), "") : Effect.succeed(value)
    ),
    () => ""
  )

/** The environment as it is now. Names in lower case come before those in upper case. */
export const environment: Effect.Effect<Environment> = Effect.gen(function*() {
  return {
    https: yield* variable("https_proxy"),
    http: yield* variable("http_proxy"),
    no: yield* variable("no_proxy"),
    cgi: Option.isSome(
      yield* Effect.orElseSucceed(Effect.option(Config.nonEmptyString("REQUEST_METHOD")), () => Option.none())
    )
  }
})

/** The proxy that the environment names for a server, or what is wrong there. */
export const fromEnvironment = (
  environment: Environment,
  server: URL
): Proxy | undefined | { readonly problem: string; readonly variable: string } => {
  const secure = server.protocol === "https:"
  const text = secure ? environment.https : environment.http
  if (text === "") return undefined
  const variable = secure ? "HTTPS_PROXY" : "HTTP_PROXY"
  if (!secure && environment.cgi) {
    return { variable, problem: "not used where REQUEST_METHOD is set, because a request to a CGI program can set it" }
  }
  if (isExcluded(environment.no, server)) return undefined
  const proxy = parse(withScheme(text))
  return "problem" in proxy ? { ...proxy, variable } : proxy
}

/** The proxy of a connection, if any. The environment is not asked where `useEnvironment` is false. */
export const proxyOf = (
  connection: Pick<KubeConfig.Connection, "proxyUrl" | "context">,
  server: URL,
  useEnvironment: boolean
): Effect.Effect<Proxy | undefined, KubeConfig.KubeConfigError> =>
  Effect.gen(function*() {
    if (connection.proxyUrl !== undefined) {
      const proxy = parse(Redacted.value(connection.proxyUrl))
      if (!("problem" in proxy)) return proxy
      return yield* new KubeConfig.KubeConfigError({
        source: connection.context === undefined ? "connection" : `context ${connection.context}`,
        path: "cluster.proxy-url",
        problem: proxy.problem
      })
    }
    if (!useEnvironment) return undefined
    const proxy = fromEnvironment(yield* environment, server)
    if (proxy === undefined || !("problem" in proxy)) return proxy
    return yield* new KubeConfig.KubeConfigError({
      source: "environment",
      path: proxy.variable,
      problem: proxy.problem
    })
  })
