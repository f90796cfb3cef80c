import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as KubeConfig from "../../src/client/KubeConfig.js"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-kube-modify-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

/** A folder with these files, all of them in `KUBECONFIG`. */
const write = (files: { readonly [name: string]: string | Uint8Array }) =>
  Effect.map(folder, (folder) => {
    for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), content)
    const list = Object.keys(files).map((name) => path.join(folder, name))
    return {
      folder,
      read: (name: string) => fs.readFileSync(path.join(folder, name), "utf8"),
      path: (name: string) => path.join(folder, name),
      listed: Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["KUBECONFIG", list.join(":")]])))
    }
  })

const config = `# My clusters
apiVersion: v1
kind: Config
current-context: one # the one I use
x-tool: { keeps: this }

contexts:
  # for work
  - name: one
    context: { cluster: one, user: me, colour: red }
  - name: "two"
    context:
      cluster: two   # far away
      user: me
users:
- name: me
  user: {token: 's3cr3t'}
clusters:
- cluster:
    server: https://one.example
  name: one
- {name: two, cluster: {server: "https://two.example"}}
`

describe("writing back to kubeconfig files", () => {
  it.scoped("the current context changes in its place: comments, order, quotes and unknown keys stay (C7)", () =>
    Effect.gen(function*() {
      const files = yield* write({ config })
      const modified = yield* KubeConfig.setCurrentContext("two").pipe(files.listed)
      assert.deepStrictEqual(modified, { file: files.path("config"), written: true, keptText: true })
      assert.strictEqual(files.read("config"), config.replace("current-context: one #", "current-context: two #"))
      const again = yield* KubeConfig.setCurrentContext("two").pipe(files.listed)
      assert.deepStrictEqual(again, { file: files.path("config"), written: false, keptText: true })
      assert.deepStrictEqual(fs.readdirSync(files.folder), ["config"])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("a namespace is set in objects of both styles, and replaced, quoted where YAML would read something else (C7)", () =>
    Effect.gen(function*() {
      const files = yield* write({ config })
      yield* KubeConfig.setNamespace("team", { context: "one" }).pipe(files.listed)
      yield* KubeConfig.setNamespace("team", { context: "two" }).pipe(files.listed)
      const expected = config
        .replace("{ cluster: one, user", "{ namespace: team, cluster: one, user")
        .replace("      user: me\n", "      user: me\n      namespace: team\n")
      assert.strictEqual(files.read("config"), expected)
      yield* KubeConfig.setNamespace("0644", { context: "two" }).pipe(files.listed)
      assert.strictEqual(files.read("config"), expected.replace(/namespace: team\n/, "namespace: \"0644\"\n"))
      const connection = yield* KubeConfig.fromFile(files.path("config"), { context: "two" })
      assert.strictEqual(connection.namespace, "0644")
    }).pipe(Effect.provide(NodeContext.layer)))

  const texts: ReadonlyArray<readonly [title: string, before: string, after: string]> = [
    ["an empty value", "current-context:\ncontexts: [{name: a}]\n", "current-context: a\ncontexts: [{name: a}]\n"],
    [
      "a value that is missing",
      "kind: Config # c\ncontexts:\n- name: a\n",
      "kind: Config # c\ncurrent-context: a\ncontexts:\n- name: a\n"
    ],
    ["nothing but lists", "contexts:\n- name: a\n", "current-context: a\ncontexts:\n- name: a\n"],
    [
      "no line end at the end",
      "contexts: [{name: a}]\ncurrent-context: \"b\"",
      "contexts: [{name: a}]\ncurrent-context: a"
    ],
    [
      "single quotes",
      "contexts: [{name: a}]\ncurrent-context: 'it''s' # c\n",
      "contexts: [{name: a}]\ncurrent-context: a # c\n"
    ],
    [
      "JSON",
      "{\"contexts\":[{\"name\":\"a\"}],\"current-context\":\"b\"}",
      "{\"contexts\":[{\"name\":\"a\"}],\"current-context\":\"a\"}"
    ],
    [
      "JSON without it",
      "{\n  \"contexts\": [{\"name\": \"a\"}]\n}\n",
      "{\n  \"current-context\": \"a\",\n  \"contexts\": [{\"name\": \"a\"}]\n}\n"
    ],
    [
      "Windows line ends",
      "kind: Config\r\ncontexts: [{name: a}]\r\n",
      "kind: Config\r\ncurrent-context: a\r\ncontexts: [{name: a}]\r\n"
    ],
    [
      "a byte order mark",
      "\uFEFFcurrent-context: b\ncontexts: [{name: a}]\n",
      "\uFEFFcurrent-context: a\ncontexts: [{name: a}]\n"
    ],
    [
      "a second document",
      "current-context: b\ncontexts: [{name: a}]\n---\nother: 1\n",
      "current-context: a\ncontexts: [{name: a}]\n---\nother: 1\n"
    ],
    [
      "a word of YAML",
      "current-context: \"no\"\ncontexts: [{name: a}]\n",
      "current-context: a\ncontexts: [{name: a}]\n"
    ]
  ]
  for (const [title, before, after] of texts) {
    it.scoped(`the text is kept around ${title} (C7)`, () =>
      Effect.gen(function*() {
        const files = yield* write({ config: before })
        const modified = yield* KubeConfig.setCurrentContext("a").pipe(files.listed)
        assert.isTrue(modified.keptText)
        assert.strictEqual(files.read("config"), after)
        assert.strictEqual((yield* KubeConfig.view().pipe(files.listed)).currentContext, "a")
      }).pipe(Effect.provide(NodeContext.layer)))
  }

  it.scoped("UTF-16 stays UTF-16 (C4)", () =>
    Effect.gen(function*() {
      for (const isBig of [false, true]) {
        const encode = (text: string) => {
          const bytes = Buffer.from(`\uFEFF${text}`, "utf16le")
          return isBig ? bytes.swap16() : bytes
        }
        const files = yield* write({ config: encode("current-context: b\ncontexts: [{name: 🚀}]\n") })
        yield* KubeConfig.setCurrentContext("🚀").pipe(files.listed)
        assert.deepStrictEqual(
          fs.readFileSync(files.path("config")),
          encode("current-context: \"🚀\"\ncontexts: [{name: 🚀}]\n")
        )
      }
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("what is too much for the text is written anew with all its keys, and says that comments went (C7)", () =>
    Effect.gen(function*() {
      const anchored = `base: &base { cluster: one, user: me }
contexts: # mine
- { name: one, context: *base }
- { name: two, context: *base }
x: [yes, 0644, 2026-01-02, "0644", 1.5, null]
`
      const files = yield* write({ config: anchored })
      const modified = yield* KubeConfig.setNamespace("team", { context: "one" }).pipe(files.listed)
      assert.deepStrictEqual(modified, { file: files.path("config"), written: true, keptText: false })
      const { contexts } = yield* KubeConfig.view().pipe(files.listed)
      assert.deepStrictEqual(contexts.map(({ namespace }) => namespace), ["team", undefined])
      let kept: unknown
      yield* KubeConfig.modify((config) => {
        kept = config["x"]
        return config
      }).pipe(files.listed)
      assert.deepStrictEqual(kept, [true, 420, "2026-01-02", "0644", 1.5, null])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("the tokens of OpenID Connect are kept in the entry that they are for, and nothing else changes (C6, C7)", () =>
    Effect.gen(function*() {
      const user = (id: string, refresh: string) =>
        `- name: me # mine
  user:
    auth-provider:
      name: oidc
      config: { idp-issuer-url: "https://i", client-id: x, id-token: ${id}, refresh-token: ${refresh} }
`
      const head = "current-context: one\nclusters: [{name: one, cluster: {server: \"https://one\"}}]\n" +
        "contexts: [{name: one, context: {cluster: one, user: me}}]\nusers:\n- name: other\n  user: {}\n"
      const files = yield* write({ config: head + user("old-id", "old-refresh") })
      const connection = yield* KubeConfig.load().pipe(files.listed)
      assert.deepStrictEqual(connection.user, { name: "me", file: files.path("config") })
      const tokens = { idToken: Redacted.make("a.b.c"), refreshToken: Redacted.make("yes") }
      const modified = yield* KubeConfig.setOpenIdConnectTokens(connection.user ?? { name: "", file: "" }, tokens)
      assert.isTrue(modified.keptText)
      assert.strictEqual(files.read("config"), head + user("a.b.c", "\"yes\""))
      const nobody = yield* Effect.flip(
        KubeConfig.setOpenIdConnectTokens({ name: "nobody", file: files.path("config") }, tokens)
      )
      assert.strictEqual(nobody.message, `${files.path("config")}: users: no user "nobody"`)
      const other = yield* Effect.flip(
        KubeConfig.setOpenIdConnectTokens({ name: "other", file: files.path("config") }, tokens)
      )
      assert.include(other.message, "users[0].user.auth-provider: missing")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("of several files the one that holds the entry is written; the current context goes to the first that exists (C2)", () =>
    Effect.gen(function*() {
      const files = yield* write({ missing: "", first: "contexts: [{ name: a }]\n", second: config })
      fs.rmSync(files.path("missing"))
      const namespace = yield* KubeConfig.setNamespace("team", { context: "two" }).pipe(files.listed)
      assert.strictEqual(namespace.file, files.path("second"))
      const current = yield* KubeConfig.setCurrentContext("two").pipe(files.listed)
      assert.strictEqual(current.file, files.path("first"))
      const view = yield* KubeConfig.view().pipe(files.listed)
      assert.deepStrictEqual([view.currentContext, view.contexts.find(({ name }) => name === "two")?.namespace], [
        "two",
        "team"
      ])
      // With the file named there is no other.
      const named = yield* Effect.flip(
        KubeConfig.setCurrentContext("two", { kubeconfig: files.path("first") }).pipe(files.listed)
      )
      assert.strictEqual(named.message, `${files.path("first")}: contexts: no context "two": there are a`)
      const twice = ConfigProvider.fromMap(
        new Map([["KUBECONFIG", `${files.folder}/./second:${files.folder}/second:${files.folder}/no/folder/config`]])
      )
      const same = yield* Effect.withConfigProvider(KubeConfig.setNamespace("other", { context: "two" }), twice)
      assert.isTrue(same.written)
      assert.isFalse(fs.readdirSync(files.folder).some((name) => name.endsWith(".lock")))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("mode and links stay, a file that must not be written is not, and a broken result never is (C11)", () =>
    Effect.gen(function*() {
      const files = yield* write({ config })
      fs.chmodSync(files.path("config"), 0o640)
      fs.symlinkSync(files.path("config"), files.path("link"))
      yield* KubeConfig.setCurrentContext("two", { kubeconfig: files.path("link") })
      assert.strictEqual(fs.statSync(files.path("config")).mode & 0o777, 0o640)
      assert.isTrue(fs.lstatSync(files.path("link")).isSymbolicLink())
      assert.include(files.read("config"), "current-context: two")

      const broken = yield* Effect.flip(
        KubeConfig.modify(() => ({ users: [{ name: "a" }, { name: "a" }] })).pipe(files.listed)
      )
      assert.strictEqual(
        broken.message,
        `${files.path("config")}: users[1].name: the change would break the file: the name "a" is there twice`
      )
      const typed = yield* Effect.flip(KubeConfig.modify(() => ({ users: "s3cr3t" })).pipe(files.listed))
      assert.notInclude(typed.message, "s3cr3t")
      assert.include(files.read("config"), "# My clusters")
      assert.deepStrictEqual(fs.readdirSync(files.folder).sort(), ["config", "link"])
      const nowhere = yield* Effect.flip(KubeConfig.modify((config) => config, { kubeconfig: files.path("no") }))
      assert.strictEqual(nowhere.message, `${files.path("no")}: no such file`)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.live("many programs that write at once lose nothing: each waits for kubectl's lock (C7)", () =>
    Effect.scoped(Effect.gen(function*() {
      const files = yield* write({ config: "contexts: [{ name: a, context: {} }]\n" })
      yield* Effect.forEach(
        Array.from({ length: 5 }, (_, index) => index),
        (index) => KubeConfig.modify((config) => ({ ...config, [`key-${index}`]: index })).pipe(files.listed),
        { concurrency: "unbounded" }
      )
      const text = files.read("config")
      for (let index = 0; index < 5; index++) assert.include(text, `key-${index}: ${index}`)
    })).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("a lock that nobody takes away is told of after two seconds, and is not ours to remove (C11)", () =>
    Effect.gen(function*() {
      const files = yield* write({ config })
      fs.writeFileSync(files.path("config.lock"), "")
      const started = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(
        Effect.flip(
          Effect.zipRight(Deferred.succeed(started, undefined), KubeConfig.setCurrentContext("two").pipe(files.listed))
        )
      )
      yield* Deferred.await(started)
      let error = yield* Fiber.poll(fiber)
      while (error._tag === "None") {
        yield* TestClock.adjust(Duration.millis(100))
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        error = yield* Fiber.poll(fiber)
      }
      assert.strictEqual(
        (yield* Fiber.join(fiber)).message,
        `${files.path("config")}: another program is writing to it; if none is, remove ${files.path("config.lock")}`
      )
      assert.deepStrictEqual(fs.readdirSync(files.folder).sort(), ["config", "config.lock"])
      assert.strictEqual(files.read("config"), config)
    }).pipe(Effect.provide(NodeContext.layer)))
})
