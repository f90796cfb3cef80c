/** Why a TLS connection could not be made, told to the person who has to mend it. */
import type { Tls } from "./tlsMaterial.js"

interface Target {
  readonly hostname: string
  readonly port: string
}

const altNames = (error: Error): string => {
  const certificate: unknown = "cert" in error ? error.cert : undefined
  const names: unknown = typeof certificate === "object" && certificate !== null && "subjectaltname" in certificate
    ? certificate.subjectaltname
    : undefined
  return typeof names === "string" ? names.replaceAll(/(DNS|IP Address):/g, "") : "other names"
}

const untrusted =
  "the server's certificate is signed by an authority that is not trusted; name it in certificate-authority of the cluster"

/** What to do about a failure, by Node's code. */
const advice: { readonly [code: string]: (error: Error, target: Target, tls: Tls) => string } = {
  ERR_TLS_CERT_ALTNAME_INVALID: (error, { hostname }, { servername }) =>
    `the server's certificate is for ${altNames(error)}, not for ${
      servername ?? hostname
    }; use one of these names in ` +
    `${servername === undefined ? "the server's URL, or as tls-server-name of the cluster" : "tls-server-name"}`,
  CERT_HAS_EXPIRED: () =>
    "the server's certificate, or one that it is signed by, has expired; renew it, or set the clock of this machine",
  CERT_NOT_YET_VALID: () =>
    "the server's certificate is not valid yet; set the clock of this machine, or of the one that signed it",
  SELF_SIGNED_CERT_IN_CHAIN: () => untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: () => untrusted,
  UNABLE_TO_GET_ISSUER_CERT: () => untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: () => untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () => untrusted,
  CERT_SIGNATURE_FAILURE: () => untrusted,
  ERR_SSL_WRONG_VERSION_NUMBER: (_, { hostname, port }) =>
    `what listens at ${hostname}:${port} does not speak TLS; is it a server for http?`,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: (_, { hostname, port }) =>
    `what listens at ${hostname}:${port} does not speak TLS; is it a server for http?`
}

/** The same failure with the same code, in words that say what to do. Other failures stay as they are. */
export const explain = (error: Error, target: Target, tls: Tls): Error => {
  const code = "code" in error && typeof error.code === "string" ? error.code : ""
  const words = advice[code]
  return words === undefined
    ? error
    : Object.assign(new Error(`${words(error, target, tls)} (${code})`), { code })
}
