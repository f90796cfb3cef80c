/**
 * X.509 certificates for a server that lives as long as a test: an authority of its own, and what it signs.
 *
 * `@peculiar/x509` writes them. It is loaded when the first certificate is made, and not before: who tests without TLS
 * does not wait for it. Keys are P-256: made in a millisecond, and known to every client.
 */
import * as Effect from "effect/Effect"
import * as Crypto from "node:crypto"

/** A PEM certificate and its PKCS#8 PEM key. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

export interface Authority {
  /** PEM. */
  readonly certificate: string
  /** Makes a fresh key and signs a certificate for it. */
  readonly issue: (subject: Subject) => Effect.Effect<KeyPair>
}

export interface Subject {
  /** The user name when it is a client's. */
  readonly commonName: string
  /** The groups when it is a client's. */
  readonly organizations?: ReadonlyArray<string> | undefined
  readonly usage: "client" | "server"
  /** DNS names that a server answers to. */
  readonly names?: ReadonlyArray<string> | undefined
  /** IP addresses that a server answers to. */
  readonly addresses?: ReadonlyArray<string> | undefined
  /** Default: in ten years. */
  readonly notAfter?: Date | undefined
}

/** Makes an authority with a fresh key. */
export const makeAuthority = (commonName: string): Effect.Effect<Authority> =>
  Effect.promise(async () => {
    const x509 = await load()
    const { subtle } = Crypto.webcrypto
    const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const
    const newKeys = () => subtle.generateKey(algorithm, true, ["sign", "verify"])
    const keys = await newKeys()

    const nameOf = (commonName: string, organizations: ReadonlyArray<string> = []) =>
      new x509.Name([
        ...organizations.map((organization) => ({ O: [{ utf8String: organization }] })),
        { CN: [{ utf8String: commonName }] }
      ])

    const sign = async (
      subject: InstanceType<typeof x509.Name>,
      publicKey: Crypto.webcrypto.CryptoKey,
      extensions: ReadonlyArray<InstanceType<typeof x509.Extension>>,
      notAfter?: Date
    ) => {
      // The system's clock, which those that verify read, too.
      const now = Date.now()
      const certificate = await x509.X509CertificateGenerator.create({
        subject,
        issuer: nameOf(commonName),
        // An hour back, for clocks that disagree; ten years on, so that no server outlives it.
        notBefore: new Date((notAfter === undefined ? now : Math.min(now, notAfter.getTime())) - 3_600_000),
        notAfter: notAfter ?? new Date(now + 10 * 365 * 86_400_000),
        publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        extensions: [
          ...extensions,
          await x509.SubjectKeyIdentifierExtension.create(publicKey),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey)
        ]
      })
      return `${certificate.toString("pem")}\n`
    }

    return {
      certificate: await sign(nameOf(commonName), keys.publicKey, [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true)
      ]),
      issue: (subject) =>
        Effect.promise(async () => {
          const own = await newKeys()
          const alternatives = [
            ...(subject.names ?? []).map((value) => ({ type: "dns" as const, value })),
            ...(subject.addresses ?? []).map((value) => ({ type: "ip" as const, value }))
          ]
          return {
            certificate: await sign(nameOf(subject.commonName, subject.organizations), own.publicKey, [
              new x509.BasicConstraintsExtension(false, undefined, true),
              new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
              new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[`${subject.usage}Auth`]]),
              ...(alternatives.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(alternatives)])
            ], subject.notAfter),
            key: pem(Crypto.KeyObject.from(own.privateKey))
          }
        })
    }
  })

/** A key to sign service account tokens with, and the public half that verifies them. */
export const makeSigningKey = (): { readonly privateKey: string; readonly publicKey: string } => {
  const keys = Crypto.generateKeyPairSync("ec", { namedCurve: "P-256" })
  return {
    privateKey: pem(keys.privateKey),
    publicKey: keys.publicKey.export({ type: "spki", format: "pem" }).toString()
  }
}

const pem = (key: Crypto.KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString()

/** The library's classes are put together by decorators, which want `Reflect.getMetadata` first. */
const load = async () => {
  await import("reflect-metadata")
  return import("@peculiar/x509")
}
