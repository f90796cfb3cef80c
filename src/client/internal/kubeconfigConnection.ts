/** How a context becomes a connection: its cluster, its user, and what the options put in the place of parts of them. */
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Connection, Identity, LoadOptions } from "../KubeConfig.js"
import { type KubeConfigError, problem } from "./kubeConfigError.js"
import type { Cluster, User } from "./kubeconfigFile.js"
import { at, type Env, identityOf, localFile, pem, type Place, refuse } from "./kubeconfigIdentity.js"
import type { Entry, Merged } from "./kubeconfigMerge.js"

/** Under this name a cluster's entry holds what plugins are told of it. */
const execExtension = "client.authentication.k8s.io/exec"

/** What the options say is found there, and not in a file. */
const inOptions = (name: string): Place => ({ source: "options", path: name, directory: "." })

/** Passwords stand before an @. */
const shown = (text: string): string => (text.includes("@") ? "something else" : JSON.stringify(text))

const checkServer = (place: Place, server: string): Effect.Effect<string, KubeConfigError> => {
  if (server === "") return refuse(place, "missing: the URL of the API server, such as https://10.0.0.1:6443")
  if (!/^https?:\/\/[^/]+/.test(server) || !URL.canParse(server)) {
    return refuse(place, `expected a URL such as https://10.0.0.1:6443, found ${shown(server)}`)
  }
  const url = new URL(server)
  if (url.username !== "" || url.password !== "") {
    return refuse(place, "expected a URL without a user and password: they belong under users")
  }
  return url.search !== "" || url.hash !== "" || /[?#]$/.test(server)
    ? refuse(place, "expected a URL without a query and without a fragment")
    : Effect.succeed(server)
}

const proxySchemes = ["http:", "https:", "socks5:"]

const checkProxy = (place: Place, proxy: Redacted.Redacted<string>): Effect.Effect<void, KubeConfigError> => {
  const text = Redacted.value(proxy)
  if (!/^[a-z0-9+.-]+:\/\/[^/]/i.test(text) || !URL.canParse(text)) {
    return refuse(place, "expected a URL such as http://proxy.example:3128")
  }
  const { protocol } = new URL(text)
  return proxySchemes.includes(protocol)
    ? Effect.void
    : refuse(place, `expected the scheme http, https or socks5, found ${protocol.slice(0, -1)}`)
}

const authorityOf = (
  place: (key: string) => Place,
  cluster: Cluster,
  options: LoadOptions | undefined
): Effect.Effect<Connection["certificateAuthority"], KubeConfigError, Env> =>
  Effect.gen(function*() {
    const given = options?.certificateAuthority
    if (given === undefined) {
      // Whoever turns checks off by an option means it, whatever the file trusts.
      return options?.insecureSkipTlsVerify === true ? undefined : yield* pem(
        place(""),
        "certificate-authority",
        cluster["certificate-authority-data"],
        cluster["certificate-authority"],
        options
      )
    }
    if (typeof given === "string") return given
    // The option is the program's own: what it says of files is meant for the kubeconfig.
    return { file: (yield* localFile(inOptions("certificateAuthority"), given.file, undefined)).file }
  })

const none: User = {}

/** A token of the options stands for all that the entry would show in the same header: that is not even looked at. */
const userWith = (user: User, options: LoadOptions | undefined): User => {
  if (options?.token === undefined && options?.tokenFile === undefined) return user
  const {
    "auth-provider": _provider,
    exec: _exec,
    password: _password,
    token: _token,
    tokenFile: _file,
    username: _name,
    ...rest
  } = user
  return rest
}

/** Who asks: by the user's entry, and by the options. */
const identityWith = (
  user: Entry<User> | undefined,
  clusterConfig: unknown,
  options: LoadOptions | undefined
): Effect.Effect<Identity, KubeConfigError, Env> =>
  Effect.gen(function*() {
    const identity = yield* identityOf(
      { source: user?.file.source ?? "", path: user?.path ?? "", directory: user?.file.directory ?? "." },
      userWith(user?.value ?? none, options),
      clusterConfig,
      options
    )
    const { impersonate = identity.impersonate, token = identity.token, tokenFile } = options ?? {}
    return {
      ...identity,
      impersonate,
      token,
      tokenFile: tokenFile === undefined
        ? identity.tokenFile
        : (yield* localFile(inOptions("tokenFile"), tokenFile, undefined)).file
    }
  })

/** The connection that a cluster and a user make; without a user nobody signs in. */
export const assemble = (
  parts: {
    readonly cluster: Entry<Cluster>
    readonly user: Entry<User> | undefined
    readonly namespace: string | undefined
    readonly context: string | undefined
  },
  options: LoadOptions | undefined
): Effect.Effect<Connection, KubeConfigError, Env> =>
  Effect.gen(function*() {
    const { cluster: { file, path, value: cluster }, user } = parts
    const place = (key: string): Place => {
      const entry = { source: file.source, path, directory: file.directory }
      return key === "" ? entry : at(entry, key)
    }
    const server = yield* options?.server === undefined
      ? checkServer(place("server"), cluster.server ?? "")
      : checkServer(inOptions("server"), options.server)
    const proxyUrl = options?.proxyUrl ?? cluster["proxy-url"]
    const hasProxy = proxyUrl !== undefined && Redacted.value(proxyUrl) !== ""
    if (hasProxy) {
      yield* checkProxy(options?.proxyUrl === undefined ? place("proxy-url") : inOptions("proxyUrl"), proxyUrl)
    }
    const insecureSkipTlsVerify = options?.insecureSkipTlsVerify ??
      (options?.certificateAuthority === undefined && (cluster["insecure-skip-tls-verify"] ?? false))
    const certificateAuthority = yield* authorityOf(place, cluster, options)
    if (insecureSkipTlsVerify && certificateAuthority !== undefined) {
      return yield* refuse(
        options?.insecureSkipTlsVerify === undefined
          ? place("insecure-skip-tls-verify")
          : inOptions("insecureSkipTlsVerify"),
        "excludes a certificate authority: remove one of them"
      )
    }
    const extension = cluster.extensions?.find(({ name }) => name === execExtension)
    // The name belongs to the address: where another address is given, the file's does not fit it.
    const tlsServerName = options?.tlsServerName ??
      (options?.server === undefined ? cluster["tls-server-name"] : undefined)
    const connection: Connection = {
      server,
      namespace: options?.namespace || parts.namespace || "default",
      certificateAuthority,
      tlsServerName: tlsServerName === "" ? undefined : tlsServerName,
      insecureSkipTlsVerify,
      proxyUrl: hasProxy ? proxyUrl : undefined,
      disableCompression: cluster["disable-compression"],
      identity: yield* identityWith(user, extension?.extension ?? undefined, options),
      context: parts.context,
      user: user?.file.file === undefined ? undefined : { name: user.name, file: user.file.file }
    }
    return connection
  })

const names = (all: ReadonlyMap<string, unknown>): string =>
  all.size === 0 ? "there are none" : `there are ${[...all.keys()].join(", ")}`

/** The entry that a context, or an option in its place, names. */
const named = <A>(
  what: "cluster" | "user",
  name: string,
  all: ReadonlyMap<string, Entry<A>>,
  option: string | undefined,
  place: Place
): Effect.Effect<Entry<A>, KubeConfigError> => {
  const wanted = option ?? name
  const entry = all.get(wanted)
  const where = option === undefined ? at(place, what) : inOptions(what)
  return entry !== undefined
    ? Effect.succeed(entry)
    : wanted === ""
    ? refuse(where, `missing: the name of a ${what} (${names(all)})`)
    : refuse(where, `no ${what} ${JSON.stringify(wanted)}: ${names(all)}`)
}

/** The connection of a context of the merged files. */
export const connection = (
  { clusters, contexts, currentContext, files, users }: Merged,
  options: LoadOptions | undefined
): Effect.Effect<Connection, KubeConfigError, Env> =>
  Effect.gen(function*() {
    const source = files.map((file) => file.source).join(", ")
    const name = options?.context ?? currentContext
    if (name === undefined) {
      return yield* problem(source, "current-context", `not set: name a context (${names(contexts)})`)
    }
    const context = contexts.get(name)
    if (context === undefined) {
      return yield* problem(source, "contexts", `no context ${JSON.stringify(name)}: ${names(contexts)}`)
    }
    const place = { source: context.file.source, path: context.path, directory: context.file.directory }
    const userName = options?.user ?? context.value.user ?? ""
    return yield* assemble({
      cluster: yield* named("cluster", context.value.cluster ?? "", clusters, options?.cluster, place),
      user: userName === "" && options?.user === undefined
        ? undefined
        : yield* named("user", userName, users, options?.user, place),
      namespace: context.value.namespace,
      context: name
    }, options)
  })

/** The connection that options describe without any file. */
export const ofOptions = (options: LoadOptions): Effect.Effect<Connection, KubeConfigError, Env> =>
  Effect.flatMap(Path.Path, (paths) =>
    assemble({
      cluster: {
        name: "",
        value: {},
        file: { source: "options", directory: paths.resolve("."), config: {} },
        path: ""
      },
      user: undefined,
      namespace: undefined,
      context: undefined
    }, options))
