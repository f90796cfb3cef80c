import { NodeContext } from "@effect/platform-node"
import * as NodePath from "@effect/platform-node/NodePath"
import { SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import * as KubeConfig from "../../src/client/KubeConfig.js"

const secretToken = "s3cr3t-t0ken"
const base64 = (text: string) => Buffer.from(text).toString("base64")
const pem = (what: string) => `-----BEGIN CERTIFICATE-----\n${what}\n-----END CERTIFICATE-----\n`

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

  it.scoped("on Windows the home directory is the first of HOME, HOMEDRIVE with HOMEPATH and USERPROFILE that has a kubeconfig (C1, C8)", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      const home = (there: ReadonlyArray<string>, values: { readonly [name: string]: string }) =>
        Effect.flip(KubeConfig.load()).pipe(
          environment(values),
          Effect.provide(FileSystem.layerNoop({
            exists: (path) => Effect.succeed(there.includes(path)),
            readFile: (path) =>
              Effect.suspend(() => {
                asked.push(path)
                return Effect.fail(new SystemError({ reason: "NotFound", module: "FileSystem", method: "readFile" }))
              })
          })),
          Effect.provide(NodePath.layerWin32)
        )
      const all = { HOME: "C:\\home", HOMEDRIVE: "D:", HOMEPATH: "\\me", USERPROFILE: "E:\\profile" }
      yield* home(["D:\\me\\.kube\\config", "E:\\profile\\.kube\\config"], all)
      yield* home(["E:\\profile\\.kube\\config"], all)
      yield* home([], all)
      yield* home([], { USERPROFILE: "E:\\profile" })
      yield* home([], { KUBECONFIG: "C:\\one;D:\\two;;C:\\one" })
      assert.deepStrictEqual(asked, [
        "D:\\me\\.kube\\config",
        "E:\\profile\\.kube\\config",
        "C:\\home\\.kube\\config",
        "E:\\profile\\.kube\\config",
        "C:\\one",
        "D:\\two"
      ])
    }))

  it.scoped("of a list of files only those that do not exist are skipped: a folder or a file without permission is an error (C1, C11)", () =>
    Effect.gen(function*() {
      const directory = yield* write({ one: text("a") })
      const error = yield* Effect.flip(KubeConfig.load()).pipe(
        environment({ KUBECONFIG: `${directory}:${directory}/one` })
      )
      assert.strictEqual(error.message, `${directory}: cannot be read: is it a file?`)
      const none = yield* Effect.flip(KubeConfig.load()).pipe(
        environment({ KUBECONFIG: `${directory}/a:${directory}/b` })
      )
      assert.strictEqual(
        none.message,
        `${directory}/a, ${directory}/b: no such file; set KUBECONFIG, or name a file`
      )
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("relative paths resolve against their own file; files stay files, so that they can be read again as they rotate (C3, C5, C6)", () =>
    Effect.gen(function*() {
      const directory = yield* write({
        "ca.pem": pem("the authority"),
        "cert.pem": pem("the certificate"),
        "key.pem": pem("the key"),
        token: "the token",
        config: text("a", {
          cluster: "certificate-authority: ca.pem",
          user: "{ client-certificate: ./cert.pem, client-key: key.pem, tokenFile: token }"
        })
      })
      const { certificateAuthority, identity } = yield* KubeConfig.fromFile(`${directory}/config`)
      assert.deepStrictEqual(certificateAuthority, { file: `${directory}/ca.pem` })
      assert.deepStrictEqual(identity.certificate, {
        certificate: { file: `${directory}/cert.pem` },
        key: { file: `${directory}/key.pem` }
      })
      assert.strictEqual(identity.tokenFile, `${directory}/token`)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("data wins over a file, for a certificate and its key apart (C6)", () =>
    Effect.gen(function*() {
      const directory = yield* write({
        "key.pem": pem("the key"),
        config: text("a", {
          user: `{ client-certificate: no.pem, client-certificate-data: ${base64(pem("C"))}, client-key: key.pem }`
        })
      })
      const { identity } = yield* KubeConfig.fromFile(`${directory}/config`)
      assert.deepStrictEqual(identity.certificate, { certificate: pem("C"), key: { file: `${directory}/key.pem` } })
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("a file that cannot be read, or is no PEM, is told of when the configuration is loaded (C3, C11)", () =>
    Effect.gen(function*() {
      const directory = yield* write({ "not.pem": "nothing", "key.pem": pem("K"), "cert.pem": pem("C") })
      const load = (extra: Parameters<typeof text>[1]) =>
        Effect.map(
          Effect.flip(KubeConfig.fromString(text("a", extra), { directory, source: "file" })),
          (error) => error.message
        )
      assert.deepStrictEqual([
        yield* load({ cluster: "certificate-authority: no.pem" }),
        yield* load({ cluster: "certificate-authority: not.pem" }),
        yield* load({ user: "{ client-certificate: cert.pem, client-key: no.pem }" }),
        yield* load({ user: "tokenFile: no-token" }),
        yield* load({ user: `client-key-data: ${base64("nothing")}` })
      ], [
        `file: clusters[0].cluster.certificate-authority: cannot read ${directory}/no.pem`,
        "file: clusters[0].cluster.certificate-authority: expected PEM, which has a line such as -----BEGIN CERTIFICATE-----",
        `file: users[0].user.client-key: cannot read ${directory}/no.pem`,
        `file: users[0].user.tokenFile: cannot read ${directory}/no-token`,
        "file: users[0].user.client-key-data: expected PEM, which has a line such as -----BEGIN CERTIFICATE-----"
      ])
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

  it.effect("all of a cluster is read: server, authority, TLS options, proxy, compression (C5)", () =>
    Effect.gen(function*() {
      const connection = yield* KubeConfig.fromString(text("a", {
        cluster: `certificate-authority-data: ${base64(pem("inline authority"))}
      certificate-authority: /not/there
      tls-server-name: api.internal
      proxy-url: http://me:${secretToken}@proxy.example:3128
      disable-compression: yes`
      }))
      assert.strictEqual(connection.certificateAuthority, pem("inline authority"))
      assert.isFalse(connection.insecureSkipTlsVerify)
      assert.isTrue(connection.disableCompression)
      assert.strictEqual(connection.tlsServerName, "api.internal")
      assert.deepStrictEqual(connection.proxyUrl, Redacted.make(`http://me:${secretToken}@proxy.example:3128`))
      assert.notInclude(inspect(connection, { depth: 9 }), secretToken)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("a cluster that cannot be used says which field is wrong, and shows no password of a URL (C5, C11)", () =>
    Effect.gen(function*() {
      const cases = [
        [`{ server: "https://me:${secretToken}@host" }`, "server: expected a URL without a user and password"],
        [`{ server: "me:${secretToken}@host" }`, "server: expected a URL such as"],
        ["{ server: \"https://host?x=1\" }", "server: expected a URL without a query"],
        ["{}", "server: missing"],
        ["{ server: \"localhost:8080\" }", "found \"localhost:8080\""],
        [
          `{ server: "https://host", insecure-skip-tls-verify: true, certificate-authority-data: ${base64(pem("A"))} }`,
          "insecure-skip-tls-verify: excludes a certificate authority"
        ],
        [`{ server: "https://host", proxy-url: "${secretToken}" }`, "proxy-url: expected a URL such as"],
        [
          `{ server: "https://host", proxy-url: "ftp://me:${secretToken}@x" }`,
          "expected the scheme http, https or socks5, found ftp"
        ]
      ] as const
      for (const [cluster, problem] of cases) {
        const config =
          `{ clusters: [{ name: a, cluster: ${cluster} }], contexts: [{ name: a, context: { cluster: a } }], current-context: a }`
        const refused = yield* Effect.flip(KubeConfig.fromString(config))
        assert.include(refused.message, problem)
        assert.notInclude(inspect(refused), secretToken)
      }
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
        "the-file: clusters: expected a list of clusters, found a number",
        "the-file: clusters[0].cluster.server: expected a string, found a number; YAML reads it so without quotes",
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

  const account = "/var/run/secrets/kubernetes.io/serviceaccount"

  /** A Pod's files, of which some may be missing. */
  const pod = (missing: ReadonlyArray<string> = []) => {
    const files = new Map([
      [`${account}/ca.crt`, pem("authority")],
      [`${account}/token`, "token"],
      [`${account}/namespace`, "team\n"],
      ["/home/.kube/config", text("home")]
    ].filter(([name]) => !missing.some((each) => name!.endsWith(each))) as Array<[string, string]>)
    const read = (path: string) => {
      const content = files.get(path)
      return content === undefined
        ? Effect.fail(new SystemError({ reason: "NotFound", module: "FileSystem", method: "readFile" }))
        : Effect.succeed(content)
    }
    return Effect.provide(FileSystem.layerNoop({
      exists: (path) => Effect.succeed(files.has(path)),
      readFileString: read,
      readFile: (path) => Effect.map(read(path), (content) => new TextEncoder().encode(content))
    }))
  }
  const inPod = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443", HOME: "/home" }

  it.effect("inside a Pod an IPv6 host is bracketed; token and authority are files, which rotate (C9)", () =>
    Effect.gen(function*() {
      const connection = yield* KubeConfig.infer().pipe(
        environment({ ...inPod, KUBERNETES_SERVICE_HOST: "fd00::1" }),
        pod()
      )
      assert.deepStrictEqual(connection.certificateAuthority, { file: `${account}/ca.crt` })
      assert.deepStrictEqual([connection.server, connection.namespace, connection.identity.tokenFile], [
        "https://[fd00::1]:443",
        "team",
        `${account}/token`
      ])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("a Pod's namespace is POD_NAMESPACE, else its service account's, else default (C9)", () =>
    Effect.gen(function*() {
      const namespace = (values: { readonly [name: string]: string }, missing: ReadonlyArray<string> = []) =>
        Effect.map(
          KubeConfig.inCluster.pipe(environment({ ...inPod, ...values }), pod(missing)),
          (pod) => pod.namespace
        )
      assert.deepStrictEqual(
        [yield* namespace({ POD_NAMESPACE: "given" }), yield* namespace({}), yield* namespace({}, ["namespace"])],
        ["given", "team", "default"]
      )
      const missing = yield* Effect.flip(KubeConfig.inCluster.pipe(environment(inPod), pod(["token"])))
      assert.strictEqual(missing.message, `in-cluster configuration: tokenFile: cannot read ${account}/token`)
      const trusting = yield* KubeConfig.inCluster.pipe(environment(inPod), pod(["ca.crt"]))
      assert.isUndefined(trusting.certificateAuthority)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("the order of sources: the file that is named, KUBECONFIG, the Pod, the home directory (C8)", () =>
    Effect.gen(function*() {
      const directory = yield* write({ explicit: text("explicit"), listed: text("listed") })
      const server = (options: KubeConfig.InferOptions, values: { readonly [name: string]: string }) =>
        Effect.map(KubeConfig.infer(options).pipe(environment(values)), ({ server }) => server)
      const listed = { ...inPod, KUBECONFIG: `${directory}/listed` }
      assert.strictEqual(
        yield* server({ kubeconfig: `${directory}/explicit` }, listed),
        "https://explicit.example:6443"
      )
      assert.strictEqual(yield* server({}, listed), "https://listed.example:6443")
      assert.strictEqual(yield* server({}, inPod).pipe(pod()), "https://10.0.0.1:443")
      assert.strictEqual(yield* server({ context: "home" }, inPod).pipe(pod()), "https://home.example:6443")
      assert.strictEqual(yield* server({}, inPod).pipe(pod(["token"])), "https://home.example:6443")
      assert.strictEqual(yield* server({ server: "https://given" }, listed), "https://given")
    }).pipe(Effect.provide(NodeContext.layer)))
})
