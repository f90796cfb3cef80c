import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Crypto from "node:crypto"
import type * as KubeClient from "../../src/client/KubeClient.js"
import type * as KubeConfig from "../../src/client/KubeConfig.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import * as Request from "../../src/protocol/Request.js"
import * as EnvTest from "../../src/testing/EnvTest.js"
import { printed } from "./secrets.js"

const WhoAmI = Schema.Struct({
  status: Schema.Struct({
    userInfo: Schema.Struct({
      username: Schema.optional(Schema.String),
      groups: Schema.optional(Schema.Array(Schema.String))
    })
  })
})

/** The name that the server knows a client by. */
const whoAmI = (client: KubeClient.Service) =>
  client.execute(Request.raw({
    method: "POST",
    path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" })
  })).pipe(
    Effect.flatMap(({ body }) => Effect.orDie(Schema.decodeUnknown(WhoAmI)(body))),
    Effect.map(({ status: { userInfo } }) => userInfo.username)
  )

const as = (cluster: EnvTest.ControlPlane, identity: KubeConfig.Identity) =>
  NodeKubeClient.make({ ...cluster.connection, identity }, { environmentProxy: false })

/** A token of a service account of this name, from the TokenRequest API. */
const tokenOf = (account: string) =>
  Effect.map(
    Effect.flatMap(EnvTest.EnvTest, (plane) => plane.kubectl("create", "token", account, "--duration=10m")),
    (text) => text.trim()
  )

const nameOf = (account: string) => `system:serviceaccount:default:${account}`

const folderOf = Effect.flatMap(
  FileSystem.FileSystem,
  (fs) => fs.makeTempDirectoryScoped({ prefix: "credentials-" })
)

/** A plugin that answers with what the test wrote, and keeps what it was told. */
const pluginOf = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* folderOf
  yield* fs.writeFileString(
    `${folder}/plugin.mjs`,
    `import fs from "node:fs"
fs.appendFileSync("${folder}/told", process.env.KUBERNETES_EXEC_INFO.trim() + "\\n")
console.log(fs.readFileSync("${folder}/answer", "utf8"))`
  )
  const plugin: KubeConfig.ExecPlugin = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: process.execPath,
    args: [`${folder}/plugin.mjs`],
    env: [],
    provideClusterInfo: true,
    clusterConfig: { audience: "cluster" },
    interactiveMode: "Never"
  }
  return {
    folder,
    plugin,
    answer: (status: unknown) =>
      fs.writeFileString(
        `${folder}/answer`,
        JSON.stringify({ kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1", status })
      ),
    told: Effect.map(
      fs.readFileString(`${folder}/told`),
      (text) => text.trim().split("\n").map((line) => JSON.parse(line) as unknown)
    )
  }
})

describe("credentials against a real server", () => {
  layer(Layer.merge(EnvTest.layer, NodeContext.layer), { timeout: 120_000 })((it) => {
    it.scoped("a client certificate and a bearer token are known; a password is nobody's, a forged token is refused, and neither is in the error (C6, C7, C29)", () =>
      Effect.gen(function*() {
        const plane = yield* EnvTest.EnvTest
        yield* plane.kubectl("create", "serviceaccount", "bearer")
        assert.strictEqual(yield* whoAmI(yield* as(plane, plane.connection.identity)), "admin")
        assert.strictEqual(yield* whoAmI(yield* as(plane, { token: plane.token })), "admin")
        const forged = `${yield* tokenOf("bearer")}x`
        for (
          const [identity, tag] of [
            // The server does not know of passwords: who shows one is nobody to it.
            [{ basic: { username: "admin", password: plane.token } }, "KubeForbidden"],
            [{}, "KubeForbidden"],
            [{ token: Redacted.make(forged) }, "KubeUnauthorized"]
          ] as const
        ) {
          const client = yield* as(plane, identity)
          const error = yield* Effect.flip(whoAmI(client))
          assert.strictEqual(error._tag, tag)
          for (const text of printed(error, client)) {
            assert.notInclude(text, Redacted.value(plane.token))
            assert.notInclude(text, forged)
          }
        }
      }))

    it.scoped("a service account's token rotates in its file: read again within the minute, and at the first 401 (C12, C17)", () =>
      Effect.gen(function*() {
        const plane = yield* EnvTest.EnvTest
        const fs = yield* FileSystem.FileSystem
        const folder = yield* folderOf
        yield* plane.kubectl("create", "serviceaccount", "one")
        yield* plane.kubectl("create", "serviceaccount", "two")
        const path = `${folder}/token`
        // As kubelet does it: another file takes the place of the one before.
        const rotate = (account: string) =>
          Effect.flatMap(
            tokenOf(account),
            (token) =>
              Effect.zipRight(fs.writeFileString(`${folder}/next`, `${token}\n`), fs.rename(`${folder}/next`, path))
          )
        yield* rotate("one")
        const client = yield* as(plane, { tokenFile: path })
        assert.strictEqual(yield* whoAmI(client), nameOf("one"))
        yield* rotate("two")
        assert.strictEqual(yield* whoAmI(client), nameOf("one"))
        yield* TestClock.adjust("50 seconds")
        assert.strictEqual(yield* whoAmI(client), nameOf("two"))
        yield* fs.writeFileString(path, `${yield* tokenOf("two")}x`)
        yield* TestClock.adjust("50 seconds")
        assert.strictEqual((yield* Effect.flip(whoAmI(client)))._tag, "KubeUnauthorized")
        yield* rotate("one")
        assert.strictEqual(yield* whoAmI(client), nameOf("one"))
      }))

    it.scoped("a plugin's token is known, and a plugin is told the same by us and by kubectl (C14, C15)", () =>
      Effect.gen(function*() {
        const plane = yield* EnvTest.EnvTest
        const fs = yield* FileSystem.FileSystem
        const { answer, folder, plugin, told } = yield* pluginOf
        yield* plane.kubectl("create", "serviceaccount", "plugged")
        yield* answer({ token: yield* tokenOf("plugged") })
        assert.strictEqual(yield* whoAmI(yield* as(plane, { exec: plugin })), nameOf("plugged"))
        const { apiVersion, args, command, interactiveMode, provideClusterInfo } = plugin
        const kubeconfig = {
          apiVersion: "v1",
          kind: "Config",
          clusters: [{
            name: "c",
            cluster: {
              server: plane.url,
              "certificate-authority-data": Buffer.from(plane.certificateAuthority).toString("base64"),
              extensions: [{ name: "client.authentication.k8s.io/exec", extension: plugin.clusterConfig }]
            }
          }],
          users: [{ name: "u", user: { exec: { apiVersion, command, args, provideClusterInfo, interactiveMode } } }],
          contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
          "current-context": "x"
        }
        yield* fs.writeFileString(`${folder}/kubeconfig`, JSON.stringify(kubeconfig))
        const output = yield* plane.kubectl("--kubeconfig", `${folder}/kubeconfig`, "auth", "whoami")
        assert.include(output, nameOf("plugged"))
        const [ours, kubectls] = yield* told
        assert.deepStrictEqual(ours, kubectls)
      }))

    it.scoped("a plugin's certificate is known, from one run for many requests; one without its own key never reaches the server (C15, C16)", () =>
      Effect.gen(function*() {
        const plane = yield* EnvTest.EnvTest
        const { answer, plugin, told } = yield* pluginOf
        yield* answer({
          clientCertificateData: plane.clientCertificate,
          clientKeyData: Redacted.value(plane.clientKey)
        })
        const client = yield* as(plane, { exec: plugin })
        const names = yield* Effect.forEach(Array.from({ length: 20 }), () => whoAmI(client), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual([...new Set(names)], ["admin"])
        assert.strictEqual((yield* told).length, 1)
        const other = Crypto.generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
        yield* answer({
          clientCertificateData: plane.clientCertificate,
          clientKeyData: other.export({ type: "pkcs8", format: "pem" }).toString()
        })
        const error = yield* Effect.flip(whoAmI(yield* as(plane, { exec: plugin })))
        assert.strictEqual(error._tag === "KubeTransportError" && error.reason, "Credential")
      }))

    it.scoped("certificate and authority in files are known (C13)", () =>
      Effect.gen(function*() {
        const plane = yield* EnvTest.EnvTest
        const fs = yield* FileSystem.FileSystem
        const folder = yield* folderOf
        yield* fs.writeFileString(`${folder}/tls.crt`, plane.clientCertificate)
        yield* fs.writeFileString(`${folder}/tls.key`, Redacted.value(plane.clientKey))
        yield* fs.writeFileString(`${folder}/ca.crt`, plane.certificateAuthority)
        const client = yield* NodeKubeClient.make({
          ...plane.connection,
          certificateAuthority: { file: `${folder}/ca.crt` },
          identity: {
            certificate: { certificate: { file: `${folder}/tls.crt` }, key: { file: `${folder}/tls.key` } }
          }
        })
        assert.strictEqual(yield* whoAmI(client), "admin")
        yield* TestClock.adjust("60 seconds")
        assert.strictEqual(yield* whoAmI(client), "admin")
      }))
  })
})
