import { assert, describe, it } from "@effect/vitest"
import * as Crypto from "node:crypto"
import { makeAuthority, makeSigningKey } from "../../../src/testing/internal/certificates.js"

describe("certificates", () => {
  const authority = makeAuthority("authority")
  const parse = (pem: string): Crypto.X509Certificate => new Crypto.X509Certificate(pem)
  const root = parse(authority.certificate)

  it("an authority signs itself and says that it is one", () => {
    assert.isTrue(root.ca)
    assert.strictEqual(root.subject, "CN=authority")
    assert.isTrue(root.verify(root.publicKey))
    assert.isTrue(root.checkIssued(root))
  })

  it("a server's certificate is for its names and addresses, and for no others", () => {
    const pair = authority.issue({
      commonName: "server",
      usage: "server",
      names: ["localhost", "kubernetes.default.svc"],
      addresses: ["127.0.0.1"]
    })
    const server = parse(pair.certificate)
    assert.isFalse(server.ca)
    assert.isTrue(server.verify(root.publicKey))
    assert.isTrue(server.checkIssued(root))
    assert.isTrue(server.checkPrivateKey(Crypto.createPrivateKey(pair.key)))
    assert.strictEqual(server.subjectAltName, "DNS:localhost, DNS:kubernetes.default.svc, IP Address:127.0.0.1")
    assert.isUndefined(server.checkHost("example.com"))
    assert.isUndefined(server.checkIP("127.0.0.2"))
    assert.deepStrictEqual(server.keyUsage, ["1.3.6.1.5.5.7.3.1"])
  })

  it("a client's certificate carries the user and the groups", () => {
    const client = parse(
      authority.issue({ commonName: "Jürgen", organizations: ["system:masters", "b"], usage: "client" }).certificate
    )
    assert.strictEqual(client.toLegacyObject().subject.CN, "Jürgen")
    assert.deepEqual<unknown>(client.toLegacyObject().subject.O, ["system:masters", "b"])
    assert.deepStrictEqual(client.keyUsage, ["1.3.6.1.5.5.7.3.2"])
  })

  it("certificates are valid from before now until long after, with a serial number of their own", () => {
    const [one, two] = [1, 2].map(() => parse(authority.issue({ commonName: "a", usage: "client" }).certificate))
    assert.notStrictEqual(one!.serialNumber, two!.serialNumber)
    for (const certificate of [root, one!, two!]) {
      assert.isBelow(Date.parse(certificate.validFrom), Date.now())
      assert.isAbove(Date.parse(certificate.validTo), Date.now() + 5 * 365 * 86_400_000)
      // Positive, and as many octets as were asked for.
      assert.match(certificate.serialNumber, /^[4-7][0-9A-F]{31}$/)
    }
  })

  it("what another authority of the same name signed is not taken for this one's", () => {
    const other = parse(makeAuthority("authority").issue({ commonName: "a", usage: "client" }).certificate)
    assert.isFalse(other.verify(root.publicKey))
  })

  it("the halves of a signing key belong together", () => {
    const { privateKey, publicKey } = makeSigningKey()
    const signature = Crypto.sign("sha256", Buffer.from("token"), privateKey)
    assert.isTrue(Crypto.verify("sha256", Buffer.from("token"), publicKey, signature))
  })
})
