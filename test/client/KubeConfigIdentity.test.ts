import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import { inspect } from "node:util"
import * as KubeConfig from "../../src/client/KubeConfig.js"

const secret = "s3cr3t"
const pem = "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n"
const base64 = (text: string) => Buffer.from(text).toString("base64")

/** JSON is YAML: what a table wants to vary is easier to write so. */
const file = (user: unknown, cluster: object = {}) =>
  JSON.stringify({
    "current-context": "one",
    clusters: [{ name: "one", cluster: { server: "https://one.example", ...cluster } }],
    users: [{ name: "one", user }],
    contexts: [{ name: "one", context: { cluster: "one", user: "one" } }]
  })

const identity = (user: unknown, options?: KubeConfig.LoadOptions, cluster?: object) =>
  KubeConfig.fromString(file(user, cluster), { ...options, directory: "/etc/kube", source: "file" }).pipe(
    Effect.map((connection) => connection.identity),
    Effect.provide(NodeContext.layer)
  )

const refusal = (user: unknown, options?: KubeConfig.LoadOptions) =>
  Effect.map(Effect.flip(identity(user, options)), (error) => {
    assert.notInclude(inspect(error, { depth: 9 }), secret)
    return error.message
  })

const v1 = "client.authentication.k8s.io/v1"
const v1beta1 = "client.authentication.k8s.io/v1beta1"

describe("who a kubeconfig says that the client is", () => {
  it.effect("an exec plugin with all that it may have, and what the cluster holds for it (C6)", () =>
    Effect.gen(function*() {
      const { exec } = yield* identity(
        {
          exec: {
            apiVersion: v1,
            command: "aws",
            args: ["eks", "get-token"],
            env: [{ name: "AWS_PROFILE", value: secret }],
            provideClusterInfo: true,
            interactiveMode: "Never",
            installHint: "install \u001b[31mit\n",
            unknown: 1
          }
        },
        undefined,
        { extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "x" } }] }
      )
      assert.deepStrictEqual(exec, {
        apiVersion: v1,
        command: "aws",
        args: ["eks", "get-token"],
        env: [{ name: "AWS_PROFILE", value: Redacted.make(secret) }],
        provideClusterInfo: true,
        clusterConfig: { audience: "x" },
        interactiveMode: "Never",
        installHint: "install U+001B[31mit\n"
      })
      assert.notInclude(inspect(exec, { depth: 9 }), secret)
    }))

  it.effect("a command with a separator starts at its own file, a bare name is left to PATH (C3)", () =>
    Effect.gen(function*() {
      const command = (command: string) =>
        Effect.map(identity({ exec: { apiVersion: v1beta1, command } }), ({ exec }) => exec?.command)
      assert.deepStrictEqual(
        yield* Effect.all([
          command("aws"),
          command("./bin/aws"),
          command("bin/aws"),
          command("../aws"),
          command("/aws")
        ]),
        ["aws", "/etc/kube/bin/aws", "/etc/kube/bin/aws", "/etc/aws", "/aws"]
      )
    }))

  it.effect("v1beta1 may leave out its interactive mode, v1 may not (C6)", () =>
    Effect.gen(function*() {
      const { exec } = yield* identity({ exec: { apiVersion: v1beta1, command: "a" } })
      assert.strictEqual(exec?.interactiveMode, "IfAvailable")
      assert.strictEqual(
        yield* refusal({ exec: { apiVersion: v1, command: "a" } }),
        `file: users[0].user.exec.interactiveMode: missing: expected Never, IfAvailable or Always (${v1} wants it said)`
      )
    }))

  it.effect("what cannot be used is refused with its place and a way out (C6, C11)", () =>
    Effect.gen(function*() {
      const exec = (more: object) => ({ exec: { apiVersion: v1, command: "a", interactiveMode: "Never", ...more } })
      const oidc = (config: object) => ({ "auth-provider": { name: "oidc", config } })
      const cases = [
        [exec({ command: "" }), "exec.command: missing: which program prints the credential?"],
        [exec({ apiVersion: undefined }), `exec.apiVersion: missing: expected ${v1} or ${v1beta1}`],
        [
          exec({ apiVersion: "client.authentication.k8s.io/v1alpha1" }),
          `exec.apiVersion: Kubernetes 1.24 removed v1alpha1: a newer version of the plugin speaks ${v1} or ${v1beta1}`
        ],
        [exec({ apiVersion: "v3" }), `exec.apiVersion: expected ${v1} or ${v1beta1}, found "v3"`],
        [
          exec({ interactiveMode: "Maybe" }),
          "exec.interactiveMode: expected Never, IfAvailable or Always, found \"Maybe\""
        ],
        [exec({ env: [{ value: secret }] }), "exec.env[0].name: missing: a variable has a name"],
        [{ ...exec({}), ...oidc({}) }, "auth-provider: excludes exec: remove one of them"],
        [
          { "auth-provider": { name: "gcp" } },
          "auth-provider.name: no auth provider \"gcp\": use the exec plugin gke-gcloud-auth-plugin (`gcloud container clusters get-credentials` sets it up)"
        ],
        [
          { "auth-provider": { name: "azure", config: { "access-token": secret } } },
          "auth-provider.name: no auth provider \"azure\": use the exec plugin kubelogin (`kubelogin convert-kubeconfig` sets it up)"
        ],
        [
          { "auth-provider": { name: "mine" } },
          "auth-provider.name: no auth provider \"mine\": expected oidc, or an exec plugin instead (users[].user.exec)"
        ],
        [oidc({ "client-id": "x" }), "auth-provider.config.idp-issuer-url: missing: the URL of the issuer"],
        [
          oidc({ "idp-issuer-url": "https://i" }),
          "auth-provider.config.client-id: missing: the client's name at the issuer"
        ],
        [
          oidc({ "idp-issuer-url": "https://i", "client-id": "x", "client-secret": secret }),
          "auth-provider.config.id-token: missing, and so is refresh-token: sign in with the issuer first"
        ],
        [{ "as-groups": ["admins"] }, "as: missing: as-groups goes with a user to impersonate"],
        [{ "as-uid": "1" }, "as: missing: as-uid goes with a user to impersonate"],
        [{ "as-user-extra": { a: ["b"] } }, "as: missing: as-user-extra goes with a user to impersonate"],
        [{ username: "me" }, "password: missing: a username and its password go together"],
        [{ password: secret }, "username: missing: a username and its password go together"],
        [{ username: "me", password: secret, token: secret }, "username: excludes a token: remove one of them"],
        [
          { "client-certificate-data": base64(pem) },
          "client-key: missing: a client certificate and its key go together"
        ],
        [
          { "client-key-data": base64(pem) },
          "client-certificate: missing: a client certificate and its key go together"
        ]
      ] as const
      for (const [user, message] of cases) assert.strictEqual(yield* refusal(user), `file: users[0].user.${message}`)
    }))

  it.effect("OpenID Connect: issuer, client, tokens and the issuer's authority (C6)", () =>
    Effect.gen(function*() {
      const { oidc } = yield* identity({
        "auth-provider": {
          name: "oidc",
          config: {
            "idp-issuer-url": "https://issuer.example",
            "client-id": "kube",
            "client-secret": `${secret}-client`,
            "id-token": `${secret}-id`,
            "refresh-token": `${secret}-refresh`,
            "idp-certificate-authority-data": base64(pem),
            "extra-scopes": "groups"
          }
        }
      })
      assert.deepStrictEqual(oidc, {
        issuer: "https://issuer.example",
        clientId: "kube",
        clientSecret: Redacted.make(`${secret}-client`),
        idToken: Redacted.make(`${secret}-id`),
        refreshToken: Redacted.make(`${secret}-refresh`),
        certificateAuthority: pem
      })
      assert.notInclude(inspect(oidc, { depth: 9 }), secret)
      assert.notInclude(JSON.stringify(oidc), secret)
    }))

  it.effect("impersonation with uid, groups and extra, keys of JavaScript's own among them (C6, C20)", () =>
    Effect.gen(function*() {
      const { impersonate } = yield* identity(
        JSON.parse(
          "{\"as\":\"jane\",\"as-uid\":\"7\",\"as-groups\":[\"a\",\"b\"],\"as-user-extra\":{\"__proto__\":[\"x\"],\"scopes\":[\"y\",\"z\"]}}"
        )
      )
      assert.deepStrictEqual([impersonate?.user, impersonate?.uid, impersonate?.groups], ["jane", "7", ["a", "b"]])
      assert.deepStrictEqual(Object.entries(impersonate?.extra ?? {}), [["scopes", ["y", "z"]], ["__proto__", ["x"]]])
      assert.deepStrictEqual((yield* identity({ as: "joe" })).impersonate, {
        user: "joe",
        uid: undefined,
        groups: undefined,
        extra: undefined
      })
    }))

  it.effect("a token may begin what a token file goes on with: the file may come later then (C6)", () =>
    Effect.gen(function*() {
      const { token, tokenFile } = yield* identity({ token: secret, tokenFile: "later" })
      assert.deepStrictEqual([token, tokenFile], [Redacted.make(secret), "/etc/kube/later"])
    }))

  it.effect("plugins of an untrusted file: refused, or only those of a list, before anything is run (C14)", () =>
    Effect.gen(function*() {
      const user = (command: string) => ({ exec: { apiVersion: v1beta1, command } })
      assert.strictEqual(
        yield* refusal(user("evil"), { plugins: "refuse" }),
        "file: users[0].user.exec.command: would run \"evil\": the options refuse plugins"
      )
      const plugins = ["aws", "/etc/kube/bin/mine"]
      assert.isDefined((yield* identity(user("aws"), { plugins })).exec)
      assert.isDefined((yield* identity(user("bin/mine"), { plugins })).exec)
      // A program of that name beside the file is not the one that PATH finds.
      for (const command of ["./aws", "/tmp/aws", "aws ", "AWS", "bin/../bin/other"]) {
        assert.include(yield* refusal(user(command), { plugins }), "is not among the plugins that the options allow")
      }
      assert.isDefined((yield* identity(user("anything"))).exec)
    }))

  it.effect("files that an untrusted file names are refused: a server of its choice would be sent them (C11)", () =>
    Effect.gen(function*() {
      const options = { localFiles: "refuse" } as const
      for (
        const [user, key] of [
          [{ tokenFile: "/etc/passwd" }, "tokenFile"],
          [{ token: secret, tokenFile: "/etc/passwd" }, "tokenFile"],
          [{ "client-certificate": "/etc/passwd", "client-key": "/etc/passwd" }, "client-certificate"],
          [{ "client-certificate-data": base64(pem), "client-key": "/etc/passwd" }, "client-key"]
        ] as const
      ) {
        assert.strictEqual(
          yield* refusal(user, options),
          `file: users[0].user.${key}: names a file of this machine, which the options refuse: the data must be in the kubeconfig`
        )
      }
      assert.isDefined((yield* identity({ token: secret }, options)).token)
    }))
})

describe("options in the place of what a file says", () => {
  const environment = (values: { readonly [name: string]: string }) =>
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(values)), { pathDelim: "_" }))

  it.effect("cluster, user, namespace, server, authority, token and impersonation replace the file's (C8)", () =>
    Effect.gen(function*() {
      const text = JSON.stringify({
        "current-context": "one",
        clusters: [
          {
            name: "one",
            cluster: { server: "https://one", "tls-server-name": "one", "insecure-skip-tls-verify": true }
          },
          { name: "two", cluster: { server: "https://two", "certificate-authority-data": base64(pem) } }
        ],
        users: [
          { name: "one", user: { username: "me", password: secret, as: "jane" } },
          { name: "two", user: { token: "two" } }
        ],
        contexts: [{ name: "one", context: { cluster: "one", user: "one", namespace: "one" } }]
      })
      const load = (options: KubeConfig.LoadOptions) => KubeConfig.fromString(text, options)
      const two = yield* load({ cluster: "two", user: "two", namespace: "ns" })
      assert.deepStrictEqual([two.server, two.namespace, two.identity.token], [
        "https://two",
        "ns",
        Redacted.make("two")
      ])

      const other = yield* load({ server: "https://other", certificateAuthority: pem, token: Redacted.make("given") })
      assert.deepStrictEqual([
        other.server,
        other.certificateAuthority,
        other.insecureSkipTlsVerify,
        other.tlsServerName
      ], [
        "https://other",
        pem,
        false,
        undefined
      ])
      assert.deepStrictEqual([other.identity.token, other.identity.basic, other.identity.impersonate?.user], [
        Redacted.make("given"),
        undefined,
        "jane"
      ])
      const unchecked = yield* load({ cluster: "two", insecureSkipTlsVerify: true, impersonate: { user: "joe" } })
      assert.deepStrictEqual([unchecked.certificateAuthority, unchecked.insecureSkipTlsVerify], [undefined, true])
      assert.deepStrictEqual(unchecked.identity.impersonate, { user: "joe" })

      const messages = yield* Effect.forEach(
        [{ cluster: "no" }, { user: "no" }, { server: "no" }, { context: "no" }, { tokenFile: "/no/such" }],
        (options) => Effect.map(Effect.flip(load(options)), (error) => error.message)
      )
      assert.deepStrictEqual(messages, [
        "options: cluster: no cluster \"no\": there are one, two",
        "options: user: no user \"no\": there are one, two",
        "options: server: expected a URL such as https://10.0.0.1:6443, found \"no\"",
        "kubeconfig: contexts: no context \"no\": there are one",
        "options: tokenFile: cannot read /no/such"
      ])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("a token of the options stands for the file's, whose plugin and files are not even looked at (C6, C14)", () =>
    Effect.gen(function*() {
      const options = { token: Redacted.make("given"), plugins: "refuse", localFiles: "refuse" } as const
      const exec = yield* identity({ exec: { command: "evil" }, as: "jane" }, options)
      assert.deepStrictEqual([exec.token, exec.exec, exec.impersonate?.user], [
        Redacted.make("given"),
        undefined,
        "jane"
      ])
      const files = yield* identity({ tokenFile: "/etc/passwd" }, options)
      assert.deepStrictEqual([files.token, files.tokenFile], [Redacted.make("given"), undefined])
    }))

  it.effect("a Config gives them: a server and a token need no file, a file and a context choose one (C8)", () =>
    Effect.gen(function*() {
      const infer = Effect.flatMap(KubeConfig.config(), KubeConfig.infer)
      const alone = yield* infer.pipe(environment({
        KUBECONFIG: "/no/such/file",
        KUBE_SERVER: "https://given",
        KUBE_TOKEN: secret,
        KUBE_NAMESPACE: "team",
        KUBE_INSECURE_SKIP_TLS_VERIFY: "yes",
        KUBE_AS: "jane",
        KUBE_AS_GROUPS: "a,b",
        KUBE_CONTEXT: ""
      }))
      assert.deepStrictEqual([alone.server, alone.namespace, alone.insecureSkipTlsVerify], [
        "https://given",
        "team",
        true
      ])
      assert.deepStrictEqual(alone.identity.token, Redacted.make(secret))
      assert.deepStrictEqual(alone.identity.impersonate, { user: "jane", uid: undefined, groups: ["a", "b"] })
      assert.notInclude(inspect(alone, { depth: 9 }), secret)

      const directory = fs.mkdtempSync("/tmp/effect-kube-config-")
      fs.writeFileSync(`${directory}/config`, file({ token: secret }))
      const chosen = yield* Effect.flatMap(KubeConfig.config("BILLING"), KubeConfig.infer).pipe(
        environment({ BILLING_CONFIG: `${directory}/config`, BILLING_CONTEXT: "one", KUBE_SERVER: "https://ignored" }),
        Effect.ensuring(Effect.sync(() => fs.rmSync(directory, { recursive: true })))
      )
      assert.deepStrictEqual([chosen.server, chosen.context], ["https://one.example", "one"])

      const wrong = yield* Effect.flip(Effect.withConfigProvider(
        KubeConfig.config(),
        ConfigProvider.fromMap(new Map([["KUBE_INSECURE_SKIP_TLS_VERIFY", "perhaps"]]), { pathDelim: "_" })
      ))
      assert.include(String(wrong), "KUBE.INSECURE_SKIP_TLS_VERIFY")
    }).pipe(Effect.provide(NodeContext.layer)))
})
