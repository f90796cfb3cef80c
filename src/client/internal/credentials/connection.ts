/** The credential of a connection: which of several counts, and certificates that change under it. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { ConnectionOptions, TlsMaterial } from "../../Credentials.js"
import type { Credential, Presented } from "../../KubeClient.js"
import type { Connection } from "../../KubeConfig.js"
import * as execPlugin from "./execPlugin.js"
import * as files from "./files.js"
import * as header from "./header.js"
import * as openIdConnect from "./openIdConnect.js"
import { PluginStarter } from "./pluginStarter.js"
import type * as renewal from "./renewal.js"

/** Changes one part of what connections are made with, one change after the other. */
type Change = (part: TlsMaterial) => Effect.Effect<void, string>

/** What is shown beside a certificate of files. */
const shownBy = (
  { certificateAuthority, disableCompression, identity, insecureSkipTlsVerify, ...connection }: Connection,
  options: ConnectionOptions,
  material: () => TlsMaterial,
  change: Change
): Effect.Effect<
  Credential | undefined,
  never,
  FileSystem.FileSystem | PluginStarter | HttpClient.HttpClient | Scope.Scope
> => {
  const { basic, certificate, exec, oidc, tokenFile } = identity
  const token = identity.token === undefined || Redacted.value(identity.token) === "" ? undefined : identity.token
  if ((token !== undefined || tokenFile !== undefined) && basic !== undefined) {
    return Effect.succeed(header.fixed("a token and a user name with a password are both set; remove one of them"))
  }
  if (exec !== undefined && oidc !== undefined) {
    return Effect.succeed(header.fixed("an exec plugin and the auth-provider oidc are both set; remove one of them"))
  }
  const bearer = token === undefined ? undefined : header.bearer(Redacted.value(token))
  if (tokenFile !== undefined) return files.tokenFile(tokenFile, typeof bearer === "string" ? undefined : bearer)
  if (bearer !== undefined) return Effect.succeed(header.fixed(bearer))
  if (basic !== undefined) return Effect.succeed(header.fixed(header.basic(basic.username, basic.password)))
  if (oidc !== undefined) return openIdConnect.make(oidc, options)
  if (exec === undefined || certificate !== undefined) return Effect.succeed(undefined)
  return Effect.flatMap(PluginStarter, (starter) =>
    execPlugin.make(exec, starter, {
      policy: options.policy,
      timeout: options.timeout,
      maxOutput: options.maxOutput,
      useCertificate: ({ certificate, key }) => change({ certificate, key }),
      cluster: Effect.sync(() => ({
        server: connection.server,
        certificateAuthority: material().certificateAuthority,
        tlsServerName: connection.tlsServerName,
        insecureSkipTlsVerify,
        proxyUrl: options.proxyUrl ?? connection.proxyUrl,
        disableCompression
      }))
    }))
}

/** Both are asked before a request, the files first; the pair that a request was sent with is told by what it has shown. */
const withFiles = (material: renewal.Renewal<TlsMaterial>, credential: Credential): Credential => {
  interface Pair {
    readonly material: TlsMaterial
    readonly shown: Presented
    readonly both: Presented
  }
  const pairs = new WeakMap<Presented, Pair>()
  let last: Pair | undefined
  return {
    presented: Effect.flatMap(material.current, (material) =>
      Effect.map(credential.presented, (shown) => {
        if (last === undefined || last.material !== material || last.shown !== shown) {
          last = { material, shown, both: { authorization: shown.authorization } }
          pairs.set(last.both, last)
        }
        return last.both
      })),
    refresh: (refused) => {
      const pair = pairs.get(refused)
      return pair === undefined
        ? Effect.succeed(false)
        : Effect.zipWith(
          material.refresh(pair.material),
          credential.refresh(pair.shown),
          (files, shown) => files || shown
        )
    }
  }
}

export const make = (
  connection: Connection,
  options: ConnectionOptions
): Effect.Effect<
  Credential | undefined,
  never,
  FileSystem.FileSystem | PluginStarter | HttpClient.HttpClient | Scope.Scope
> =>
  Effect.gen(function*() {
    let material = options.material
    const one = yield* Effect.makeSemaphore(1)
    const change: Change = (part) =>
      one.withPermits(1)(Effect.suspend(() => {
        const next = { ...material, ...part }
        if (files.sameMaterial(material, next)) return Effect.void
        return Effect.map(options.use(next), () => {
          material = next
        })
      }))
    const credential = yield* shownBy(connection, options, () => material, change)
    if (!files.hasFiles(connection)) return credential
    const rotating = yield* files.material(connection, options.material, (next) =>
      change(
        connection.identity.certificate === undefined
          // The certificate may be a plugin's.
          ? { certificateAuthority: next.certificateAuthority }
          : next
      ))
    return withFiles(rotating, credential ?? header.fixed(header.nothing))
  })
