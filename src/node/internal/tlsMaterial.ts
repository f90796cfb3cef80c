/** What a TLS connection is made with. It is checked when a client is made, and not at its first request. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { X509Certificate } from "node:crypto"
import { createSecureContext, type SecureContext } from "node:tls"
import * as KubeConfig from "../../client/KubeConfig.js"

/** Whom to trust, and the certificate to show; all of it PEM. */
export interface Tls {
  /** Undefined: the authorities that Node trusts. */
  readonly ca?: string | undefined
  readonly certificate?: string | undefined
  readonly key?: Redacted.Redacted<string> | undefined
  /** The name that the server's certificate must have, where it is not the host's. */
  readonly servername?: string | undefined
  /** True: the server's certificate is not checked at all. */
  readonly insecure: boolean
}

/** What cannot be used, and why: never with a part of a key. */
export interface TlsProblem {
  /** As kubeconfig names it. */
  readonly field: "certificate-authority" | "client-certificate" | "client-key"
  readonly problem: string
}

const blocks = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

const isCertificate = (block: string): boolean => {
  try {
    return new X509Certificate(block) instanceof X509Certificate
  } catch {
    return false
  }
}

/** The certificates of a bundle; what else is in it is passed over, as Go does it. OpenSSL would stop at the first that it cannot read. */
export const bundle = (text: string): string => (text.match(blocks) ?? []).filter(isCertificate).join("\n")

const reason = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

/** Reads the material once for all connections that it is used for. */
export const secureContext = (tls: Tls): Effect.Effect<SecureContext, TlsProblem> =>
  Effect.suspend(() => {
    const ca = tls.ca === undefined ? undefined : bundle(tls.ca)
    // To Node no authority at all is the system's ones; text without a certificate in it must not become that.
    if (ca === "") {
      return Effect.fail<TlsProblem>({ field: "certificate-authority", problem: "there is no PEM certificate in it" })
    }
    if ((tls.certificate === undefined) !== (tls.key === undefined)) {
      return Effect.fail<TlsProblem>(
        tls.key === undefined
          ? { field: "client-key", problem: "a client certificate needs its key" }
          : { field: "client-certificate", problem: "a client key needs its certificate" }
      )
    }
    const attempt = (options: Parameters<typeof createSecureContext>[0], field: TlsProblem["field"]) =>
      Effect.try({
        try: () => createSecureContext(options),
        catch: (cause): TlsProblem => ({ field, problem: `it cannot be used: ${reason(cause)}` })
      })
    const cert = tls.certificate
    const key = tls.key === undefined ? undefined : Redacted.value(tls.key)
    const all = createSecureContextOptions(ca, cert, key)
    // One by one only where all together fail: to say which.
    return Effect.catchAll(attempt(all, "client-certificate"), (problem) =>
      Effect.gen(function*() {
        yield* attempt(createSecureContextOptions(ca, undefined, undefined), "certificate-authority")
        if (cert !== undefined) yield* attempt({ cert }, "client-certificate")
        if (key !== undefined) yield* attempt({ key }, "client-key")
        return yield* Effect.fail(problem)
      }))
  })

const createSecureContextOptions = (ca: string | undefined, cert: string | undefined, key: string | undefined) => ({
  ...(ca === undefined ? undefined : { ca }),
  ...(cert === undefined ? undefined : { cert }),
  ...(key === undefined ? undefined : { key })
})

const pem = (
  connection: KubeConfig.Connection,
  material: string | Redacted.Redacted<string> | KubeConfig.PemFile,
  field: TlsProblem["field"]
): Effect.Effect<string, KubeConfig.KubeConfigError, FileSystem.FileSystem> => {
  if (typeof material === "string") return Effect.succeed(material)
  if (Redacted.isRedacted(material)) return Effect.succeed(Redacted.value(material))
  return Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.mapError(
      fs.readFileString(material.file),
      (error) => configError(connection, { field, problem: `${material.file}: ${error.message}` })
    ))
}

const entries = {
  "certificate-authority": "cluster",
  "client-certificate": "user",
  "client-key": "user"
} as const

/** A problem with the place in the configuration that it came from. */
export const configError = (
  { context, server }: KubeConfig.Connection,
  { field, problem }: TlsProblem
): KubeConfig.KubeConfigError =>
  new KubeConfig.KubeConfigError({
    source: context === undefined ? server : `context ${context}`,
    path: `${entries[field]}.${field}`,
    problem
  })

/** What the connections of a cluster are made with; files are read as they are now. */
export const tlsOf = (
  connection: KubeConfig.Connection
): Effect.Effect<Tls, KubeConfig.KubeConfigError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { certificateAuthority, identity: { certificate }, insecureSkipTlsVerify, tlsServerName } = connection
    return {
      ca: certificateAuthority === undefined
        ? undefined
        : yield* pem(connection, certificateAuthority, "certificate-authority"),
      certificate: certificate === undefined
        ? undefined
        : yield* pem(connection, certificate.certificate, "client-certificate"),
      key: certificate === undefined ? undefined : Redacted.make(yield* pem(connection, certificate.key, "client-key")),
      servername: tlsServerName,
      insecure: insecureSkipTlsVerify
    }
  })
