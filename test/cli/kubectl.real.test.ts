/** The real kubectl against `effect-kube serve`: what people type, and what they read. */
import { assert, describe, it } from "@effect/vitest"
import { Crd } from "effect-kube"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import process from "node:process"
import { Foo } from "../../examples/foo.js"
import { effectKube, start, temporaryFolder } from "./process.js"

const foo = (name: string) => ({
  apiVersion: "clux.dev/v1",
  kind: "Foo",
  metadata: { name },
  spec: { title: "First", replicas: 1 }
})

const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { a: "b" } }

const ready = {
  observedGeneration: 1,
  configMap: "a",
  conditions: [{ type: "Ready", status: "True", reason: "R", message: "M", lastTransitionTime: "2026-01-01T00:00:00Z" }]
}

/** A server, and kubectl with its kubeconfig. */
const setup = Effect.gen(function*() {
  const folder = yield* temporaryFolder
  const kubeconfig = Path.join(folder, "kubeconfig")
  const server = yield* effectKube("serve", "--kubeconfig", kubeconfig)
  yield* server.line(/^export KUBECONFIG=/)
  const program = Path.join(process.env["KUBEBUILDER_ASSETS"] ?? "", "kubectl")
  const common = ["--kubeconfig", kubeconfig, "--cache-dir", Path.join(folder, "cache")]
  /** Starts kubectl and lets it run. */
  const started = (...args: ReadonlyArray<string>) => start(program, [...common, ...args])
  const run = (...args: ReadonlyArray<string>) =>
    Effect.scoped(Effect.flatMap(started(...args), ({ ended }) => ended)).pipe(
      Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => `kubectl ${args.join(" ")} does not end` }),
      Effect.orDieWith((message) => new Error(message))
    )
  return {
    server,
    started,
    /** What kubectl prints when it goes well. */
    kubectl: (...args: ReadonlyArray<string>) =>
      Effect.map(run(...args), ({ code, stderr, stdout }) => {
        assert.strictEqual(code, 0, `kubectl ${args.join(" ")}\n${stdout}${stderr}`)
        return stdout.trim()
      }),
    /** What kubectl says when it does not. */
    refused: (...args: ReadonlyArray<string>) =>
      Effect.map(run(...args), ({ code, stderr, stdout }) => {
        assert.strictEqual(code, 1, `kubectl ${args.join(" ")}\n${stdout}${stderr}`)
        return stderr.trim()
      }),
    /** Writes an object for `-f`. */
    file: (name: string, object: unknown) =>
      Effect.sync(() => {
        const path = Path.join(folder, `${name}.json`)
        Fs.writeFileSync(path, JSON.stringify(object))
        return path
      })
  }
})

/** With the definition of Foo in place. */
const setupWithFoo = Effect.gen(function*() {
  const tools = yield* setup
  yield* tools.kubectl("create", "-f", yield* tools.file("definition", Crd.make(Foo)))
  yield* tools.kubectl("wait", "--for=condition=Established", "crd/foos.clux.dev", "--timeout=20s")
  return tools
})

const nameOf = (line: string): string => line.split(/\s+/)[0]!

describe("kubectl against the server in memory", () => {
  it.scopedLive("creates, reads, changes and deletes custom and built-in objects", () =>
    Effect.gen(function*() {
      const { file, kubectl, refused } = yield* setupWithFoo
      const path = yield* file("foo", foo("a"))

      assert.strictEqual(yield* kubectl("get", "foos,configmaps", "-A"), "")
      assert.strictEqual(yield* kubectl("create", "-f", path), "foo.clux.dev/a created")
      assert.match(
        yield* refused("create", "-f", path),
        /^Error from server \(AlreadyExists\): .*foos.clux.dev "a" already/
      )
      assert.strictEqual(yield* kubectl("create", "-f", yield* file("map", configMap)), "configmap/settings created")
      assert.match(
        yield* refused("create", "-f", yield* file("bad", { ...foo("b"), spec: { title: "", replicas: 1 } })),
        /The Foo "b" is invalid: spec\.title: Invalid value: "":/
      )

      assert.sameMembers((yield* kubectl("get", "foos,configmaps", "-A", "-o", "name")).split("\n"), [
        "foo.clux.dev/a",
        "configmap/settings"
      ])
      for (const format of [[], ["-o", "wide"]]) {
        const [head, ...rows] = (yield* kubectl("get", "f", ...format)).split("\n")
        assert.strictEqual(nameOf(head!), "NAME")
        assert.deepStrictEqual(rows.map(nameOf), ["a"])
      }
      assert.match(yield* kubectl("get", "foo", "a", "-o", "yaml"), /^spec:\n {2}replicas: 1\n {2}title: First$/m)

      assert.strictEqual(
        yield* kubectl("patch", "foo", "a", "--type", "merge", "-p", `{"spec":{"title":"Second"}}`),
        "foo.clux.dev/a patched"
      )
      const replicas = (value: number) => JSON.stringify([{ op: "replace", path: "/spec/replicas", value }])
      yield* kubectl("patch", "foo", "a", "--type", "json", "-p", replicas(3))
      assert.match(
        yield* refused("patch", "foo", "a", "--type", "json", "-p", replicas(11)),
        /The Foo "a" is invalid: spec\.replicas: Invalid value: 11:/
      )
      yield* kubectl("patch", "configmap", "settings", "--type", "merge", "-p", `{"data":{"c":"d"}}`)
      assert.strictEqual(yield* kubectl("label", "foo", "a", "colour=red"), "foo.clux.dev/a labeled")
      assert.strictEqual(yield* kubectl("annotate", "foo", "a", "note=yes"), "foo.clux.dev/a annotated")
      assert.strictEqual(yield* kubectl("get", "foos", "-l", "colour=red", "-o", "name"), "foo.clux.dev/a")
      assert.strictEqual(yield* kubectl("get", "foos", "-l", "colour!=red", "-o", "name"), "")
      const found = JSON.parse(yield* kubectl("get", "foo", "a", "-o", "json"))
      assert.deepInclude(found.metadata, { labels: { colour: "red" }, annotations: { note: "yes" }, generation: 3 })
      assert.deepStrictEqual(found.spec, { title: "Second", replicas: 3 })
      assert.strictEqual(
        yield* kubectl("get", "configmap", "settings", "-o", "jsonpath={.data}"),
        `{"a":"b","c":"d"}`
      )

      const resources = yield* kubectl("api-resources")
      assert.match(resources, /^foos +f +clux\.dev\/v1 +true +Foo$/m)
      assert.match(resources, /^configmaps +cm +v1 +true +ConfigMap$/m)
      assert.match(yield* kubectl("describe", "foo", "a"), /^ {2}Title: +Second$/m)

      assert.strictEqual(yield* kubectl("delete", "foo", "a"), `foo.clux.dev "a" deleted from default namespace`)
      assert.include(yield* refused("get", "foo", "a"), `foos.clux.dev "a" not found`)
      yield* kubectl("delete", "crd", "foos.clux.dev", "--timeout=20s")
      assert.include(yield* refused("get", "foos"), "the server could not find the requested resource")
    }), 120_000)

  it.scopedLive("get -w tells what is created, changed and deleted", () =>
    Effect.gen(function*() {
      const { file, kubectl, started } = yield* setupWithFoo
      yield* kubectl("create", "-f", yield* file("first", foo("first")))
      const watch = yield* started("get", "foos", "-w", "--output-watch-events")
      yield* watch.line(/^ADDED +first /)
      yield* kubectl("create", "-f", yield* file("second", foo("second")))
      yield* watch.line(/^ADDED +second /)
      yield* kubectl("label", "foo", "second", "colour=red")
      yield* watch.line(/^MODIFIED +second /)
      yield* kubectl("delete", "foo", "second")
      yield* watch.line(/^DELETED +second /)
      yield* kubectl("delete", "foos", "--all")
      yield* watch.line(/^DELETED +first /)
    }), 120_000)

  it.scopedLive("wait sees a condition come and an object go", () =>
    Effect.gen(function*() {
      const { file, kubectl, server, started } = yield* setupWithFoo
      const finalized = { ...foo("a"), metadata: { name: "a", finalizers: ["clux.dev/f"] } }
      yield* kubectl("create", "-f", yield* file("foo", finalized))

      const condition = yield* started("wait", "--for=condition=Ready", "foo/a", "--timeout=30s")
      yield* server.line(/^200 GET .*\/foos\?.*watch=true/)
      const status = JSON.stringify({ status: ready })
      yield* kubectl("patch", "foo", "a", "--subresource=status", "--type", "merge", "-p", status)
      assert.deepInclude(yield* condition.ended, { code: 0, stdout: "foo.clux.dev/a condition met\n" })

      yield* kubectl("delete", "foo", "a", "--wait=false")
      const gone = yield* started("wait", "--for=delete", "foo/a", "--timeout=30s")
      yield* server.line(/^200 GET .*\/foos\?.*watch=true/, 2)
      yield* kubectl("patch", "foo", "a", "--type", "merge", "-p", `{"metadata":{"finalizers":null}}`)
      assert.deepInclude(yield* gone.ended, { code: 0, stdout: "foo.clux.dev/a condition met\n" })
    }), 120_000)
})
