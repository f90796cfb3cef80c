/** How a connection shows who it is, with Node's programs and sockets. */
import * as NodePath from "@effect/platform-node/NodePath"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Credentials from "../../client/Credentials.js"
import type * as KubeClient from "../../client/KubeClient.js"
import * as KubeConfig from "../../client/KubeConfig.js"
import * as execPlugin from "./execPlugin.js"
import * as Pools from "./pools.js"
import { type Proxy, proxyOf } from "./proxies.js"
import { secureContext } from "./tlsMaterial.js"

export interface Options {
  readonly connection: KubeConfig.Connection
  readonly pools: Pools.Pools
  /** What the pools were made with. */
  readonly tls: Pools.Tls
  /** How they lead to the server. */
  readonly proxy: Proxy | undefined
  readonly settings: Credentials.Settings | undefined
  /** Whether the environment's proxies are followed. */
  readonly environmentProxy: boolean
}

/** Its URL, as a plugin is told it. */
const urlOf = ({ host, login, port, scheme }: Proxy): Redacted.Redacted<string> => {
  const url = new URL(`${scheme === "socks5" ? "socks5" : scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`)
  if (login !== undefined) {
    url.username = encodeURIComponent(login.username)
    url.password = encodeURIComponent(Redacted.value(login.password))
  }
  return Redacted.make(url.toString().replace(/\/$/, ""))
}

/** What talks to an issuer: connections of their own, by its own authority, opened when it is asked. */
const issuerClient = (
  { certificateAuthority }: KubeConfig.OpenIdConnect,
  environmentProxy: boolean
): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope | FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const fs = yield* FileSystem.FileSystem
    const origins = new Map<string, HttpClient.HttpClient>()
    const open = (server: URL): Effect.Effect<HttpClient.HttpClient, string> =>
      Effect.gen(function*() {
        const ca = certificateAuthority === undefined || typeof certificateAuthority === "string"
          ? certificateAuthority
          : yield* Effect.mapError(
            fs.readFileString(certificateAuthority.file),
            () => `cannot read ${certificateAuthority.file}`
          )
        const proxy = yield* Effect.mapError(
          proxyOf({ context: undefined }, server, environmentProxy),
          ({ message }) => message
        )
        const tls = { ca, insecure: false }
        const pools = yield* Effect.mapError(
          Pools.make({ server, tls, proxy, connections: 2 }),
          ({ problem }) => `idp-certificate-authority: ${problem}`
        )
        return pools.requests
      }).pipe(Scope.extend(scope))
    return HttpClient.make((request, url) => {
      const known = origins.get(url.origin)
      const client = known !== undefined ?
        Effect.succeed(known) :
        Effect.tap(open(url), (opened) => Effect.sync(() => origins.set(url.origin, opened)))
      return Effect.flatMap(
        Effect.mapError(client, (problem) =>
          new HttpClientError.RequestError({ request, reason: "Transport", cause: new Error(problem) })),
        (opened) =>
          opened.execute(request)
      )
    })
  })

const noIssuer = HttpClient.make((request) =>
  Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport" }))
)

/** Keeps the tokens of OpenID Connect in the file that they came from, as kubectl does: its refresh token is worth nothing any more. */
const keepTokens = (
  user: NonNullable<KubeConfig.Connection["user"]>,
  fs: FileSystem.FileSystem
): NonNullable<Credentials.Settings["onTokens"]> =>
(tokens) =>
  KubeConfig.setOpenIdConnectTokens(user, tokens).pipe(
    Effect.catchAll(({ message }) =>
      Effect.logWarning(`the new tokens of ${user.name} are kept in memory only: ${message}`)
    ),
    Effect.provideService(FileSystem.FileSystem, fs),
    Effect.provide(NodePath.layer),
    Effect.asVoid
  )

/** The credential of a connection; undefined where it has none, or where it would go over plain http. */
export const make = (
  { connection, environmentProxy, pools, proxy, settings, tls }: Options
): Effect.Effect<KubeClient.Credential | undefined, never, Scope.Scope | FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { identity } = connection
    const material = { certificateAuthority: tls.ca, certificate: tls.certificate, key: tls.key }
    const secure = Credentials.isSecure(connection.server) &&
      // Another machine would read what plain http carries through it.
      (proxy === undefined || /^https:/i.test(connection.server))
    if (!secure) {
      const { basic, exec, oidc, token, tokenFile } = identity
      if ([basic, exec, oidc, token, tokenFile].some((one) => one !== undefined)) {
        yield* Effect.logWarning(
          `${connection.server}: the credential is not sent, because it would go over plain http`
        )
      }
      return undefined
    }
    const { user } = connection
    const fs = yield* FileSystem.FileSystem
    return yield* Credentials.fromConnection(connection, {
      ...settings,
      onTokens: settings?.onTokens ?? (user === undefined ? undefined : keepTokens(user, fs)),
      material,
      proxyUrl: connection.proxyUrl ?? (proxy === undefined ? undefined : urlOf(proxy)),
      use: ({ certificate, certificateAuthority, key }) => {
        const next = { ...tls, ca: certificateAuthority, certificate, key }
        // Checked here, because only here a failure keeps what was there before.
        return Effect.zipRight(
          Effect.mapError(secureContext(next), ({ field, problem }) => `${field}: ${problem}`),
          pools.renew(next)
        )
      }
    }).pipe(
      Effect.provideService(Credentials.PluginStarter, execPlugin.starter),
      Effect.provideServiceEffect(
        HttpClient.HttpClient,
        identity.oidc === undefined ? Effect.succeed(noIssuer) : issuerClient(identity.oidc, environmentProxy)
      )
    )
  })
