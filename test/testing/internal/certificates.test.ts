import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Crypto from "node:crypto"
import { makeAuthority, makeSigningKey, type Subject } from "../../../src/testing/internal/certificates.js"

const parse = (pem: string): Crypto.X509Certificate => new Crypto.X509Certificate(pem)

/** An authority and one certificate of it. */
const issue = (subject: Subject) =>
  Effect.gen(function*() {
    const authority = yield* makeAuthority("authority")
    const pair = yield* authority.issue(subject)
    return { root: parse(authority.certificate), certificate: parse(pair.certificate), key: pair.key }
  })

describe("certificates", () => {
  it.effect("an authority signs itself and says that it is one", () =>
    Effect.gen(function*() {
      const root = parse((yield* makeAuthority("authority")).certificate)
      assert.isTrue(root.ca)
      assert.strictEqual(root.subject, "CN=authority")
      assert.isTrue(root.verify(root.publicKey))
      assert.isTrue(root.checkIssued(root))
    }))

  it.effect("a server's certificate is for its names and addresses, and for no others", () =>
    Effect.gen(function*() {
      const { certificate: server, key, root } = yield* issue({
        commonName: "server",
        usage: "server",
        names: ["localhost", "kubernetes.default.svc"],
        addresses: ["127.0.0.1", "::1"]
      })
      assert.isFalse(server.ca)
      assert.isTrue(server.verify(root.publicKey))
      assert.isTrue(server.checkIssued(root))
      assert.isTrue(server.checkPrivateKey(Crypto.createPrivateKey(key)))
      assert.strictEqual(
        server.subjectAltName,
        "DNS:localhost, DNS:kubernetes.default.svc, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"
      )
      assert.isUndefined(server.checkHost("example.com"))
      assert.isUndefined(server.checkIP("127.0.0.2"))
      assert.deepStrictEqual(server.keyUsage, ["1.3.6.1.5.5.7.3.1"])
    }))

  it.effect("a client's certificate carries the user and the groups", () =>
    Effect.gen(function*() {
      const { certificate: client } = yield* issue({
        commonName: "Jürgen",
        organizations: ["system:masters", "a, O=b"],
        usage: "client"
      })
      assert.strictEqual(client.toLegacyObject().subject.CN, "Jürgen")
      assert.deepEqual<unknown>(client.toLegacyObject().subject.O, ["system:masters", "a, O=b"])
      assert.deepStrictEqual(client.keyUsage, ["1.3.6.1.5.5.7.3.2"])
    }))

  it.effect("certificates are valid from before now until long after, with a serial number of their own", () =>
    Effect.gen(function*() {
      const { certificate: one, root } = yield* issue({ commonName: "a", usage: "client" })
      const { certificate: two } = yield* issue({ commonName: "a", usage: "client" })
      assert.notStrictEqual(one.serialNumber, two.serialNumber)
      for (const certificate of [root, one, two]) {
        assert.isBelow(Date.parse(certificate.validFrom), Date.now())
        assert.isAbove(Date.parse(certificate.validTo), Date.now() + 5 * 365 * 86_400_000)
        // Above zero, at least 64 random bits, and not more than the 20 octets that a reader must take.
        assert.match(certificate.serialNumber, /^[0-9A-F]{16,40}$/)
      }
    }))

  it.effect("what another authority of the same name signed is not taken for this one's", () =>
    Effect.gen(function*() {
      const { certificate } = yield* issue({ commonName: "a", usage: "client" })
      const { root } = yield* issue({ commonName: "a", usage: "client" })
      assert.isFalse(certificate.verify(root.publicKey))
    }))

  it("the halves of a signing key belong together", () => {
    const { privateKey, publicKey } = makeSigningKey()
    const signature = Crypto.sign("sha256", Buffer.from("token"), privateKey)
    assert.isTrue(Crypto.verify("sha256", Buffer.from("token"), publicKey, signature))
  })
})
