/**
 * X.509 certificates for a control plane that lives as long as a test: an authority of its own, and what it signs.
 *
 * Written out in DER by hand: three shapes of certificate need about twenty constructs, Node signs, and nothing else
 * has to be installed. Keys are P-256: made in a millisecond, and known to every client.
 */
import * as Crypto from "node:crypto"

/** A PEM certificate and its PKCS#8 PEM key. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

export interface Authority {
  readonly certificate: string
  readonly issue: (subject: Subject) => KeyPair
}

export interface Subject {
  /** The user name when it is a client's. */
  readonly commonName: string
  /** The groups when it is a client's. */
  readonly organizations?: ReadonlyArray<string> | undefined
  readonly usage: "client" | "server"
  /** DNS names that a server answers to. */
  readonly names?: ReadonlyArray<string> | undefined
  /** IPv4 addresses that a server answers to. */
  readonly addresses?: ReadonlyArray<string> | undefined
}

/** Makes an authority with a fresh key. */
export const makeAuthority = (commonName: string): Authority => {
  const keys = newKeys()
  const name = nameOf({ commonName })
  const sign = (subject: Buffer, publicKey: Crypto.KeyObject, extensions: ReadonlyArray<Buffer>): string =>
    certificate({ issuer: name, issuerKeys: keys, subject, publicKey, extensions })
  return {
    certificate: sign(name, keys.publicKey, [
      extension(oids.basicConstraints, true, sequence(boolean(true))),
      extension(oids.keyUsage, true, keyUsage.authority)
    ]),
    issue: (subject) => {
      const own = newKeys()
      const alternatives = [
        ...(subject.names ?? []).map((dns) => element(0x82, Buffer.from(dns, "ascii"))),
        ...(subject.addresses ?? []).map((address) => element(0x87, Buffer.from(address.split(".").map(Number))))
      ]
      return {
        certificate: sign(nameOf(subject), own.publicKey, [
          extension(oids.basicConstraints, true, sequence()),
          extension(oids.keyUsage, true, keyUsage.leaf),
          extension(
            oids.extendedKeyUsage,
            false,
            sequence(oid(subject.usage === "server" ? oids.server : oids.client))
          ),
          ...(alternatives.length === 0 ? [] : [extension(oids.alternativeNames, false, sequence(...alternatives))])
        ]),
        key: pem(own.privateKey)
      }
    }
  }
}

/** A key to sign service account tokens with, and the public half that verifies them. */
export const makeSigningKey = (): { readonly privateKey: string; readonly publicKey: string } => {
  const keys = newKeys()
  return {
    privateKey: pem(keys.privateKey),
    publicKey: keys.publicKey.export({ type: "spki", format: "pem" }).toString()
  }
}

const newKeys = (): Crypto.KeyPairKeyObjectResult => Crypto.generateKeyPairSync("ec", { namedCurve: "P-256" })
const pem = (key: Crypto.KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString()
const spki = (key: Crypto.KeyObject): Buffer => key.export({ type: "spki", format: "der" })

// ---------------------------------------------------------------- the certificate, RFC 5280 section 4.1

const oids = {
  commonName: [2, 5, 4, 3],
  organization: [2, 5, 4, 10],
  ecdsaWithSha256: [1, 2, 840, 10045, 4, 3, 2],
  basicConstraints: [2, 5, 29, 19],
  keyUsage: [2, 5, 29, 15],
  extendedKeyUsage: [2, 5, 29, 37],
  alternativeNames: [2, 5, 29, 17],
  subjectKeyIdentifier: [2, 5, 29, 14],
  authorityKeyIdentifier: [2, 5, 29, 35],
  server: [1, 3, 6, 1, 5, 5, 7, 3, 1],
  client: [1, 3, 6, 1, 5, 5, 7, 3, 2]
} as const

const certificate = (options: {
  readonly issuer: Buffer
  readonly issuerKeys: Crypto.KeyPairKeyObjectResult
  readonly subject: Buffer
  readonly publicKey: Crypto.KeyObject
  readonly extensions: ReadonlyArray<Buffer>
}): string => {
  const algorithm = sequence(oid(oids.ecdsaWithSha256))
  const now = Date.now()
  const body = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(Crypto.randomBytes(16)),
    algorithm,
    options.issuer,
    // An hour back, for clocks that disagree; ten years on, so that no control plane outlives it.
    sequence(time(now - 3_600_000), time(now + 10 * 365 * 86_400_000)),
    options.subject,
    spki(options.publicKey),
    element(
      0xa3,
      sequence(
        ...options.extensions,
        extension(oids.subjectKeyIdentifier, false, element(0x04, keyIdentifier(options.publicKey))),
        extension(
          oids.authorityKeyIdentifier,
          false,
          sequence(element(0x80, keyIdentifier(options.issuerKeys.publicKey)))
        )
      )
    )
  )
  const signature = Crypto.sign("sha256", body, options.issuerKeys.privateKey)
  const lines = sequence(body, algorithm, bits(0, signature)).toString("base64").match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`
}

const nameOf = (subject: Pick<Subject, "commonName" | "organizations">): Buffer =>
  sequence(
    ...(subject.organizations ?? []).map((organization) => attribute(oids.organization, organization)),
    attribute(oids.commonName, subject.commonName)
  )

const attribute = (type: ReadonlyArray<number>, value: string): Buffer =>
  element(0x31, sequence(oid(type), element(0x0c, Buffer.from(value, "utf8"))))

const extension = (type: ReadonlyArray<number>, critical: boolean, value: Buffer): Buffer =>
  sequence(oid(type), ...(critical ? [boolean(true)] : []), element(0x04, value))

const keyIdentifier = (key: Crypto.KeyObject): Buffer => Crypto.createHash("sha1").update(spki(key)).digest()

// ---------------------------------------------------------------- DER, X.690

const element = (tag: number, content: Uint8Array): Buffer => {
  const size = content.length
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

const sequence = (...parts: ReadonlyArray<Uint8Array>): Buffer => element(0x30, Buffer.concat(parts))
const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]))
const bits = (unused: number, content: Uint8Array): Buffer =>
  element(0x03, Buffer.concat([Buffer.from([unused]), content]))

const keyUsage = {
  /** keyCertSign, cRLSign */
  authority: bits(1, Buffer.from([0b0000_0110])),
  /** digitalSignature */
  leaf: bits(7, Buffer.from([0b1000_0000]))
}

/** An integer above zero and without leading zeros: the first bit is cleared, the next one set. */
const integer = (content: Buffer): Buffer => {
  if (content.length > 1) content[0] = (content[0]! & 0x7f) | 0x40
  return element(0x02, content)
}

const oid = ([first, second, ...rest]: ReadonlyArray<number>): Buffer => {
  const bytes = [first! * 40 + second!]
  for (const part of rest) {
    const groups = [part & 0x7f]
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return element(0x06, Buffer.from(bytes))
}

/** UTCTime until 2049, as RFC 5280 4.1.2.5 wants. */
const time = (milliseconds: number): Buffer => {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, "")
  return digits < "2050" ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits))
}
