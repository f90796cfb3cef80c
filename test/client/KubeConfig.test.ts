import { NodeContext } from "@effect/platform-node"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import * as KubeConfig from "../../src/client/KubeConfig.js"

const secretToken = "s3cr3t-t0ken"
const base64 = (text: string) => Buffer.from(text).toString("base64")

const text = (
  name: string,
  extra?: { readonly current?: string; readonly cluster?: string; readonly user?: string }
) => `
apiVersion: v1
kind: Config
current-context: ${extra?.current ?? name}
clusters:
  - name: ${name}
    cluster:
      server: https://${name}.example:6443
      ${extra?.cluster ?? ""}
users:
  - name: ${name}
    user:
      ${extra?.user ?? `token: ${secretToken}`}
contexts:
  - name: ${name}
    context: { cluster: ${name}, user: ${name}, namespace: team-${name} }
`

const environment = (values: { readonly [name: string]: string }) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(values))))

const write = (files: { readonly [name: string]: string | Uint8Array }) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* fs.makeTempDirectoryScoped()
    for (const [name, content] of Object.entries(files)) {
      yield* typeof content === "string"
        ? fs.writeFileString(`${directory}/${name}`, content)
        : fs.writeFile(`${directory}/${name}`, content)
    }
    return directory
  })

describe("KubeConfig", () => {
  it.scoped("KUBECONFIG is a list of paths: the first file that has an entry or sets current-context wins, missing files are skipped (C1, C2)", () =>
    Effect.gen(function*() {
      const directory = yield* write({
        one: text("a"),
        two: text("a", { current: "b" }).replaceAll("a.example", "ignored.example"),
        three: text("b")
      })
      const list = ["missing", "one", "two", "three"].map((name) => `${directory}/${name}`).join(":")
      const first = yield* KubeConfig.load().pipe(environment({ KUBECONFIG: list }))
      assert.deepStrictEqual([first.server, first.namespace, first.context], [
        "https://a.example:6443",
        "team-a",
        "a"
      ])
      const named = yield* KubeConfig.load({ context: "b" }).pipe(environment({ KUBECONFIG: list }))
      assert.strictEqual(named.server, "https://b.example:6443")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("without KUBECONFIG it is ~/.kube/config, and an explicit file must exist (C1)", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* write({})
      yield* fs.makeDirectory(`${directory}/.kube`)
      yield* fs.writeFileString(`${directory}/.kube/config`, text("home"))
      const connection = yield* KubeConfig.load().pipe(environment({ HOME: directory }))
      assert.strictEqual(connection.server, "https://home.example:6443")
      const missing = yield* Effect.flip(KubeConfig.fromFile(`${directory}/nowhere`))
      assert.strictEqual(missing.message, `${directory}/nowhere: no such file`)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("relative paths resolve against their own file (C3)", () =>
    Effect.gen(function*() {
      const directory = yield* write({
        "ca.pem": "the authority",
        "cert.pem": "the certificate",
        "key.pem": "the key",
        config: text("a", {
          cluster: "certificate-authority: ca.pem",
          user: "{ client-certificate: ./cert.pem, client-key: key.pem }"
        })
      })
      const connection = yield* KubeConfig.fromFile(`${directory}/config`)
      assert.strictEqual(connection.certificateAuthority, "the authority")
      assert.strictEqual(connection.identity.certificate?.certificate, "the certificate")
      assert.deepStrictEqual(connection.identity.certificate?.key, Redacted.make("the key"))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("a byte order mark and UTF-16 are read, and a name that is there twice is an error that names it (C4)", () =>
    Effect.gen(function*() {
      const utf16 = new Uint8Array([0xff, 0xfe, ...new Uint8Array(Buffer.from(text("wide"), "utf16le"))])
      const directory = yield* write({ bom: `\uFEFF${text("bom")}`, utf16 })
      assert.strictEqual((yield* KubeConfig.fromFile(`${directory}/bom`)).context, "bom")
      assert.strictEqual((yield* KubeConfig.fromFile(`${directory}/utf16`)).context, "wide")
      const twice = yield* Effect.flip(KubeConfig.fromString(`
clusters: [{ name: a, cluster: { server: "https://x" } }, { name: a, cluster: { server: "https://y" } }]
`))
      assert.strictEqual(twice.message, "kubeconfig: clusters[1].name: the name \"a\" is there twice")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("inline data wins over files, and TLS options are read (C5, C6)", () =>
    Effect.gen(function*() {
      const connection = yield* KubeConfig.fromString(text("a", {
        cluster: `certificate-authority-data: ${base64("inline authority")}
      certificate-authority: /not/there
      tls-server-name: api.internal`,
        user: `client-certificate-data: ${base64("C")}
      client-key-data: ${base64("K")}`
      }))
      assert.strictEqual(connection.certificateAuthority, "inline authority")
      assert.isFalse(connection.insecureSkipTlsVerify)
      assert.strictEqual(connection.tlsServerName, "api.internal")
      assert.strictEqual(connection.identity.certificate?.certificate, "C")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("what cannot be done yet is refused with its place, never ignored (C6)", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(KubeConfig.fromString(text("a", { user: "exec: { command: aws }" })))
      assert.include(error.message, "users[0].user.exec: ")
      for (
        const [user, path] of [["{ as-groups: [admins], token: t }", "users[0].user.as-groups"], [
          "{ username: me }",
          "users[0].user.password"
        ]] as const
      ) {
        assert.include((yield* Effect.flip(KubeConfig.fromString(text("a", { user })))).message, `${path}: `)
      }
      for (
        const [cluster, problem] of [
          [`{ server: "https://me:${secretToken}@host" }`, "without a user and password"],
          [
            "{ server: \"https://host\", insecure-skip-tls-verify: true, certificate-authority: ca.pem }",
            "excludes a certificate-authority"
          ]
        ] as const
      ) {
        const config =
          `{ clusters: [{ name: a, cluster: ${cluster} }], contexts: [{ name: a, context: { cluster: a } }], current-context: a }`
        const refused = yield* Effect.flip(KubeConfig.fromString(config))
        assert.include(refused.message, problem)
        assert.notInclude(refused.message, secretToken)
      }
      const half = yield* Effect.flip(
        KubeConfig.fromString(text("a", { user: `client-certificate-data: ${base64("C")}` }))
      )
      assert.include(half.message, "users[0].user.client-key: missing")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("a wrong file gives an error that names the file, the path inside it and what was expected (C11)", () =>
    Effect.gen(function*() {
      const problems = yield* Effect.forEach(
        [
          "clusters: 3",
          "clusters: [{ name: a, cluster: { server: 5 } }]",
          "a: [",
          "current-context: x",
          "clusters: [{ name: a, cluster: { server: nope } }]\ncontexts: [{ name: x, context: { cluster: a } }]\ncurrent-context: x",
          "contexts: [{ name: x, context: { cluster: a } }]\ncurrent-context: x",
          "{}"
        ],
        (content) =>
          Effect.map(Effect.flip(KubeConfig.fromString(content, { source: "the-file" })), (error) => error.message)
      )
      assert.deepStrictEqual(problems, [
        "the-file: clusters: expected a list of clusters",
        "the-file: clusters[0].cluster.server: expected a string",
        "the-file: not YAML: line 1, column 5",
        "the-file: contexts: no context \"x\": there are none",
        "the-file: clusters[0].cluster.server: expected a URL such as https://10.0.0.1:6443, found \"nope\"",
        "the-file: contexts[0].context.cluster: no cluster \"a\": there are none",
        "the-file: current-context: not set: name a context (there are none)"
      ])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("secrets are redacted wherever a connection or an error is printed (C7)", () =>
    Effect.gen(function*() {
      const connection = yield* KubeConfig.fromString(text("a"))
      for (
        const printed of [
          inspect(connection, { depth: 9 }),
          JSON.stringify(connection),
          String(connection.identity.token)
        ]
      ) {
        assert.notInclude(printed, secretToken)
      }
      assert.strictEqual(connection.identity.token && Redacted.value(connection.identity.token), secretToken)
      const broken = yield* Effect.flip(
        KubeConfig.fromString(`users: [{ name: a, user: { token: [${secretToken}] } }]`)
      )
      assert.notInclude(inspect(broken, { depth: 9 }), secretToken)
      const notYaml = yield* Effect.flip(KubeConfig.fromString(`token: "${secretToken}`))
      assert.notInclude(inspect(notYaml, { depth: 9 }), secretToken)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("outside of a Pod the in-cluster configuration says what is missing (C9)", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(KubeConfig.inCluster.pipe(environment({})))
      assert.include(error.message, "KUBERNETES_SERVICE_HOST")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("inside a Pod an IPv6 host is bracketed (C9)", () =>
    Effect.gen(function*() {
      const files: { readonly [path: string]: string } = {
        "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt": "authority",
        "/var/run/secrets/kubernetes.io/serviceaccount/token": "token",
        "/var/run/secrets/kubernetes.io/serviceaccount/namespace": "team\n"
      }
      const fs = FileSystem.layerNoop({
        exists: (path) => Effect.succeed(path in files),
        readFileString: (path) => Effect.succeed(files[path] ?? "")
      })
      const connection = yield* KubeConfig.infer().pipe(
        environment({ KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" }),
        Effect.provide(fs)
      )
      assert.deepStrictEqual([connection.server, connection.namespace], ["https://[fd00::1]:443", "team"])
    }).pipe(Effect.provide(NodeContext.layer)))
})
