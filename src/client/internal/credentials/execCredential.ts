/** What a plugin is told and what it answers: ExecCredential of client.authentication.k8s.io v1 and v1beta1. */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import type { ClusterInfo } from "../../Credentials.js"
import type { ExecPlugin } from "../../KubeConfig.js"

/** The variable that holds what a plugin is told. */
export const infoVariable = "KUBERNETES_EXEC_INFO"

/** The value of {@link infoVariable}, as kubectl writes it: what is not set is left out, but for `config`. */
export const info = (plugin: ExecPlugin, interactive: boolean, cluster: ClusterInfo | undefined): string =>
  JSON.stringify({
    kind: "ExecCredential",
    apiVersion: plugin.apiVersion,
    spec: {
      cluster: cluster === undefined ? undefined : {
        server: cluster.server,
        "tls-server-name": cluster.tlsServerName || undefined,
        "insecure-skip-tls-verify": cluster.insecureSkipTlsVerify || undefined,
        "certificate-authority-data": cluster.certificateAuthority === undefined
          ? undefined
          : Encoding.encodeBase64(cluster.certificateAuthority),
        "proxy-url": cluster.proxyUrl === undefined ? undefined : Redacted.value(cluster.proxyUrl),
        "disable-compression": cluster.disableCompression || undefined,
        config: plugin.clusterConfig ?? null
      },
      interactive
    }
  })

/** What a plugin gave. */
export interface Issued {
  readonly token: string | undefined
  readonly certificate: { readonly certificate: string; readonly key: Redacted.Redacted<string> } | undefined
  /** Milliseconds since 1970; undefined where it does not say. */
  readonly expires: number | undefined
}

interface Json {
  readonly [key: string]: unknown
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

/** The type of a value, never the value: any of them may be a secret. */
const kindOf = (value: unknown): string =>
  value === undefined
    ? "nothing"
    : value === null
    ? "null"
    : Array.isArray(value)
    ? "a list"
    : typeof value === "object"
    ? "an object"
    : `a ${typeof value}`

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** An absent text, as Go reads it: missing, null or empty. */
const text = (status: Json, key: string): Either.Either<string | undefined, string> => {
  const value = status[key]
  return value === undefined || value === null || value === ""
    ? Either.right(undefined)
    : typeof value === "string"
    ? Either.right(value)
    : Either.left(`in what it printed, status.${key} is ${kindOf(value)}; expected a string`)
}

/** RFC 3339, as Kubernetes writes times: a date, a time and a zone. */
const time = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

/** The name of a kind or a version may be quoted, where it looks like one. */
const named = (value: unknown): string =>
  typeof value === "string" && value.length <= 80 && /^[\w./-]+$/.test(value) ? value : kindOf(value)

/** Reads what a plugin printed. The problem quotes nothing that may be secret. */
export const decode = (plugin: ExecPlugin, output: string): Either.Either<Issued, string> => {
  const printed = output.replace(/^\uFEFF/, "").trim()
  if (printed === "") return Either.left("it ended well and printed nothing; expected an ExecCredential as JSON")
  const credential = parse(printed)
  if (credential === undefined) return Either.left("what it printed is not JSON; expected an ExecCredential")
  if (!isObject(credential)) return Either.left(`it printed ${kindOf(credential)}; expected an ExecCredential`)
  if (credential["kind"] !== "ExecCredential") {
    return Either.left(`in what it printed, kind is ${named(credential["kind"])}; expected ExecCredential`)
  }
  const { apiVersion } = credential
  if (apiVersion !== plugin.apiVersion) {
    return Either.left(
      `in what it printed, apiVersion is ${named(apiVersion)}, and the kubeconfig expects ${plugin.apiVersion}; ` +
        "set exec.apiVersion to what the plugin speaks, or install a version of it that speaks this one"
    )
  }
  const status = credential["status"]
  if (!isObject(status)) {
    return Either.left(
      status === undefined || status === null
        ? "what it printed has no status; expected one with a token or a certificate"
        : `in what it printed, status is ${kindOf(status)}; expected an object`
    )
  }
  return Either.gen(function*() {
    const token = yield* text(status, "token")
    const certificate = yield* text(status, "clientCertificateData")
    const key = yield* text(status, "clientKeyData")
    const expiration = yield* text(status, "expirationTimestamp")
    if (token === undefined && certificate === undefined && key === undefined) {
      return yield* Either.left("what it printed holds neither a token nor a certificate")
    }
    if ((certificate === undefined) !== (key === undefined)) {
      return yield* Either.left(
        certificate === undefined
          ? "what it printed holds clientKeyData without clientCertificateData; a key and its certificate go together"
          : "what it printed holds clientCertificateData without clientKeyData; a certificate and its key go together"
      )
    }
    const expires = expiration === undefined ? undefined : time.test(expiration) ? Date.parse(expiration) : Number.NaN
    if (expires !== undefined && Number.isNaN(expires)) {
      return yield* Either.left(
        "in what it printed, status.expirationTimestamp is not a time; expected one such as 2030-01-31T12:00:00Z"
      )
    }
    return {
      token,
      certificate: certificate === undefined || key === undefined
        ? undefined
        : { certificate, key: Redacted.make(key) },
      expires
    }
  })
}
