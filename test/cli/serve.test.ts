import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Http from "node:http"
import * as Https from "node:https"
import type { AddressInfo } from "node:net"
import * as Path from "node:path"
import { freePort } from "../../src/testing/internal/controlPlane.js"
import { effectKube, temporaryFolder } from "./process.js"

const get = (url: string) => Effect.promise(() => fetch(url).then((response) => response.json() as Promise<unknown>))

/** A port that a server of the test's own holds. */
const taken = Effect.acquireRelease(
  Effect.async<Http.Server>((resume) => {
    const server = Http.createServer()
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
  }),
  (server) => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
).pipe(Effect.map((server) => (server.address() as AddressInfo).port))

describe("effect-kube serve", { timeout: 60_000 }, () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it.scopedLive(`serves until ${signal}, then ends with code 0, its port closed and its kubeconfig gone`, () =>
      Effect.gen(function*() {
        const path = Path.join(yield* temporaryFolder, "kubeconfig")
        const cli = yield* effectKube("serve", "--kubeconfig", path)
        yield* cli.line(/^export KUBECONFIG=/)
        const config = JSON.parse(Fs.readFileSync(path, "utf8"))
        assert.strictEqual(Fs.statSync(path).mode & 0o777, 0o600)
        const url: string = config.clusters[0].cluster.server
        assert.include(yield* cli.line(/^An in-memory Kubernetes API server listens at /), url)
        const found = yield* get(`${url}/api/v1/namespaces/default`)
        assert.nestedPropertyVal(found, "metadata.name", "default")
        yield* cli.line(/^200 GET \/api\/v1\/namespaces\/default$/)
        // A watch that is open does not hold it up.
        const watch = yield* Effect.promise(() => fetch(`${url}/api/v1/configmaps?watch=true`))
        yield* cli.signal(signal)
        const { code, stderr } = yield* cli.ended
        assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
        yield* Effect.promise(() => watch.text().then(() => "ended", () => "cut"))
        assert.isFalse(Fs.existsSync(path))
        const after = yield* Effect.promise(() => fetch(url).then(() => "answered", (error) => error.cause.code))
        assert.strictEqual(after, "ECONNREFUSED")
      }))
  }

  it.scopedLive("loads the manifests of a folder first, definitions before what they define, and names the file that it cannot", () =>
    Effect.gen(function*() {
      const folder = yield* temporaryFolder
      Fs.writeFileSync(
        Path.join(folder, "a.yaml"),
        "apiVersion: x.dev/v1\nkind: Toy\nmetadata: {name: t, namespace: shelf}\n"
      )
      Fs.writeFileSync(
        Path.join(folder, "b.yml"),
        [
          "# a definition and a list",
          "apiVersion: apiextensions.k8s.io/v1",
          "kind: CustomResourceDefinition",
          "metadata: {name: toys.x.dev}",
          "spec:",
          "  group: x.dev",
          "  scope: Namespaced",
          "  names: {plural: toys, kind: Toy}",
          "  versions:",
          "  - {name: v1, served: yes, storage: yes, schema: {openAPIV3Schema: {type: object}}}",
          "---",
          "apiVersion: v1",
          "kind: List",
          "items:",
          "- {apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {day: \"2026-01-02\"}}",
          "---",
          ""
        ].join("\n")
      )
      const path = Path.join(folder, "kubeconfig")
      const cli = yield* effectKube("serve", "--kubeconfig", path, "--from", folder)
      yield* cli.line(/^3 objects loaded from /)
      yield* cli.line(/^export KUBECONFIG=/)
      const url: string = JSON.parse(Fs.readFileSync(path, "utf8")).clusters[0].cluster.server
      assert.nestedPropertyVal(yield* get(`${url}/apis/x.dev/v1/namespaces/shelf/toys/t`), "metadata.name", "t")
      assert.nestedPropertyVal(
        yield* get(`${url}/api/v1/namespaces/default/configmaps/one`),
        "data.day",
        "2026-01-02"
      )
      Fs.writeFileSync(Path.join(folder, "c.json"), "{\"kind\": \"Pod\", \"kind\": \"Pod\"}")
      const { code, stderr } = yield* (yield* effectKube("serve", "--from", folder)).ended
      assert.strictEqual(code, 1)
      assert.match(stderr, /c\.json: document 1: /)
    }))

  it.scopedLive("listens at the port that it is given, over TLS when asked for, and prints no requests when quiet", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const path = Path.join(yield* temporaryFolder, "kubeconfig")
      const cli = yield* effectKube("serve", "--port", `${port}`, "--https", "--quiet", "--kubeconfig", path)
      yield* cli.line(/^export KUBECONFIG=/)
      const { cluster } = JSON.parse(Fs.readFileSync(path, "utf8")).clusters[0]
      assert.strictEqual(cluster.server, `https://127.0.0.1:${port}`)
      const answer = yield* Effect.async<string>((resume) => {
        const options = { ca: atob(cluster["certificate-authority-data"]), agent: false }
        Https.get(`${cluster.server}/readyz`, options, (response) => {
          response.setEncoding("utf8").once("data", (text: string) => resume(Effect.succeed(text)))
        }).on("error", (error) => resume(Effect.die(error)))
      })
      assert.strictEqual(answer, "ok")
      yield* cli.signal("SIGINT")
      assert.notMatch((yield* cli.ended).stdout, / GET /)
    }))

  it.scopedLive("leaves a kubeconfig of somebody else alone, and writes over one that a killed server left", () =>
    Effect.gen(function*() {
      const path = Path.join(yield* temporaryFolder, "kubeconfig")
      const precious = "apiVersion: v1\nkind: Config\ncurrent-context: production\n"
      Fs.writeFileSync(path, precious)
      const refused = yield* effectKube("serve", "--kubeconfig", path)
      const { code, stderr } = yield* refused.ended
      assert.strictEqual(code, 1)
      assert.include(stderr, `${path} exists and is not of this command: name another file, or remove it`)
      assert.strictEqual(Fs.readFileSync(path, "utf8"), precious)
      Fs.writeFileSync(path, "")
      const killed = yield* effectKube("serve", "--kubeconfig", path)
      yield* killed.line(/^export KUBECONFIG=/)
      yield* killed.signal("SIGKILL")
      yield* killed.ended
      assert.isTrue(Fs.existsSync(path))
      const again = yield* effectKube("serve", "--kubeconfig", path)
      yield* again.line(/^export KUBECONFIG=/)
      Fs.writeFileSync(path, precious)
      yield* again.signal("SIGINT")
      yield* again.ended
      assert.strictEqual(Fs.readFileSync(path, "utf8"), precious, "what is not ours any more stays at the end")
    }))

  it.scopedLive("says which port it could not have, with code 1", () =>
    Effect.gen(function*() {
      const port = yield* taken
      const path = Path.join(yield* temporaryFolder, "kubeconfig")
      const { code, stderr } = yield* (yield* effectKube("serve", "--port", `${port}`, "--kubeconfig", path)).ended
      assert.strictEqual(code, 1)
      assert.include(stderr, `cannot listen at 127.0.0.1:${port}: `)
      assert.isFalse(Fs.existsSync(path))
    }))

  const wrong: ReadonlyArray<readonly [args: ReadonlyArray<string>, why: string]> = [
    [[], "a command is missing: serve"],
    [["sail"], "unknown command sail: expected serve"],
    [["serve", "--port", "65536"], "--port: expected a number from 0 to 65535, found 65536"],
    [["serve", "--porto", "1"], "--porto"]
  ]
  for (const [args, why] of wrong) {
    it.scopedLive(`says what is wrong with "${args.join(" ")}" and how it goes, with code 2`, () =>
      Effect.gen(function*() {
        const { code, stderr, stdout } = yield* (yield* effectKube(...args)).ended
        assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" })
        assert.include(stderr, why)
        assert.include(stderr, "--kubeconfig FILE")
      }))
  }

  it.scopedLive("--help tells how it goes, with code 0", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* (yield* effectKube("--help")).ended
      assert.strictEqual(code, 0)
      assert.include(stdout, "--kubeconfig FILE")
    }))
})
