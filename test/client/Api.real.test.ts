import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { inspect } from "node:util"
import * as Api from "../../src/client/Api.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { ConfigMap, Namespace, Pod, Secret } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as EnvTest from "../envtest/shared.js"

/** A namespace of its own for each test. */
const inNamespace = Effect.map(
  Effect.acquireRelease(
    Api.cluster(Namespace).create({ metadata: { generateName: "api-" } }),
    (namespace) => Effect.ignore(Api.cluster(Namespace).delete(namespace.metadata.name))
  ),
  (namespace) => namespace.metadata.name
)

const pod = { metadata: { name: "web" }, spec: { containers: [{ name: "web", image: "example.com/web:1" }] } }
const deployment = {
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "example.com/web:1" }] }
    }
  }
}

describe("Api against a real server", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.scoped("creates, reads, lists, replaces, patches and deletes (C34, C35)", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        const configMaps = Api.namespaced(ConfigMap, namespace)
        const made = yield* configMaps.create({ metadata: { name: "a", labels: { app: "x" } }, data: { k: "1" } })
        assert.strictEqual((yield* configMaps.get("a")).metadata.uid, made.metadata.uid)
        assert.isTrue(Option.isNone(yield* configMaps.getOption("b")))
        const again = yield* Effect.flip(configMaps.create({ metadata: { name: "a" } }))
        assert.strictEqual(again._tag, "KubeAlreadyExists")
        const replaced = yield* configMaps.replace({ ...made, data: { k: "2" } })
        const conflict = yield* Effect.flip(configMaps.replace({ ...made, data: { k: "3" } }))
        assert.strictEqual(conflict._tag, "KubeConflict")
        assert.notStrictEqual(replaced.metadata.resourceVersion, made.metadata.resourceVersion)
        assert.deepStrictEqual((yield* configMaps.patch("a", Patch.merge({ data: { l: "4" } }))).data, {
          k: "2",
          l: "4"
        })
        const patched = yield* configMaps.patch("a", Patch.json([{ op: "remove", path: Patch.pointer("data", "l") }]))
        assert.deepStrictEqual(patched.data, { k: "2" })
        const listed = yield* configMaps.list({ labels: "app=x" })
        assert.deepStrictEqual(listed.items.map((item) => [item.kind, item.metadata.name]), [["ConfigMap", "a"]])
        assert.deepStrictEqual(yield* configMaps.delete("a", { preconditions: { uid: made.metadata.uid } }), {
          _tag: "Gone"
        })
        assert.strictEqual((yield* Effect.flip(configMaps.delete("a")))._tag, "KubeNotFound")
      }))

    it.scoped("server-side apply owns what it names, and a second manager meets a Conflict that says who owns the field (S36, C45)", () =>
      Effect.gen(function*() {
        const configMaps = Api.namespaced(ConfigMap, yield* inNamespace)
        yield* configMaps.apply({ metadata: { name: "a" }, data: { k: "1", l: "1" } }, { fieldManager: "one" })
        const conflict = yield* Effect.flip(
          configMaps.apply({ metadata: { name: "a" }, data: { k: "2" } }, { fieldManager: "two" })
        )
        assert.strictEqual(conflict._tag, "KubeConflict")
        assert.deepStrictEqual(conflict._tag === "KubeConflict" && conflict.conflicts.map((cause) => cause.field), [
          ".data.k"
        ])
        const forced = yield* configMaps.apply({ metadata: { name: "a" }, data: { k: "2" } }, {
          fieldManager: "two",
          force: true
        })
        assert.deepStrictEqual(forced.data, { k: "2", l: "1" })
        const dropped = yield* configMaps.apply({ metadata: { name: "a" }, data: {} }, { fieldManager: "one" })
        assert.deepStrictEqual(dropped.data, { k: "2" })
      }))

    it.scoped("pages and streams show every object once", () =>
      Effect.gen(function*() {
        const configMaps = Api.namespaced(ConfigMap, yield* inNamespace)
        const names = Array.from({ length: 25 }, (_, i) => `c-${String(i).padStart(2, "0")}`)
        yield* Effect.forEach(names, (name) => configMaps.create({ metadata: { name } }), {
          concurrency: 8,
          discard: true
        })
        for (const limit of [undefined, 7]) {
          const seen = yield* configMaps.stream({ limit, labels: undefined, fields: "metadata.name!=kube-root-ca.crt" })
            .pipe(
              Stream.map((item) => item.metadata.name),
              Stream.runFold([] as ReadonlyArray<string>, (all, name) => [...all, name])
            )
          assert.deepStrictEqual(seen, names)
        }
        const deleted = yield* configMaps.deleteCollection({ labels: "!keep" })
        assert.isAtLeast(deleted.length, 25)
      }))

    it.scoped("the scale and status subresources are there where the kind has them (C36)", () =>
      Effect.gen(function*() {
        const deployments = Api.namespaced(Deployment, yield* inNamespace)
        yield* deployments.create(deployment)
        assert.strictEqual(yield* deployments.scale.get("web"), 2)
        assert.strictEqual(yield* deployments.scale.set("web", 0), 0)
        assert.strictEqual((yield* deployments.get("web")).spec.replicas, 0)
        const status = yield* deployments.status.modify(
          "web",
          (it) => ({ ...it, status: { ...it.status, observedGeneration: 9 } })
        )
        assert.strictEqual(status.status.observedGeneration, 9)
      }))

    it.scoped("a refused object is Invalid with the field of each cause; a dry run stores nothing (C29, S40)", () =>
      Effect.gen(function*() {
        const pods = Api.namespaced(Pod, yield* inNamespace)
        const refused = yield* Effect.flip(pods.create({ metadata: { name: "UPPER" }, spec: { containers: [] } }))
        assert.strictEqual(refused._tag, "KubeInvalid")
        assert.deepStrictEqual(refused._tag === "KubeInvalid" && refused.causes.map((cause) => cause.field), [
          "metadata.name",
          "spec.containers"
        ])
        const dry = yield* pods.create(pod, { dryRun: true })
        assert.isUndefined(dry.metadata.resourceVersion)
        assert.isTrue(Option.isNone(yield* pods.getOption("web")))
      }))

    it.scoped("a failed patch of a Secret shows its values in no error (S41, C32)", () =>
      Effect.gen(function*() {
        const password = "aHVudGVyMg=="
        const secrets = Api.namespaced(Secret, yield* inNamespace)
        yield* secrets.create({ metadata: { name: "s" }, data: { password } })
        const failed = yield* Effect.flip(
          secrets.patch("s", Patch.json([{ op: "add", path: "/data", value: "no object" }]))
        )
        const other = yield* Effect.flip(
          secrets.patch("s", { _tag: "Merge", body: { data: { password: [password] } } } as never)
        )
        for (const error of [failed, other]) {
          for (const printed of [error.message, inspect(error, { depth: 9 }), JSON.stringify(error)]) {
            assert.notInclude(printed, password)
          }
        }
      }))

    it.scoped("deleting a namespace answers that it is terminating (C35)", () =>
      Effect.gen(function*() {
        const namespaces = Api.cluster(Namespace)
        const { name } = (yield* namespaces.create({ metadata: { generateName: "api-gone-" } })).metadata
        assert.strictEqual((yield* namespaces.delete(name))._tag, "Terminating")
      }))

    it.scoped("createOrReplace keeps what others have put into the metadata (C45)", () =>
      Effect.gen(function*() {
        const configMaps = Api.namespaced(ConfigMap, yield* inNamespace)
        yield* configMaps.create({
          metadata: {
            name: "a",
            labels: { team: "x", app: "old" },
            annotations: { other: "1" },
            finalizers: ["example.com/keep"]
          },
          data: { k: "1" }
        })
        const replaced = yield* configMaps.createOrReplace({
          metadata: { name: "a", labels: { app: "new" }, annotations: { mine: "2" } },
          data: { k: "2" }
        })
        assert.deepStrictEqual(
          [replaced.metadata.labels, replaced.metadata.annotations, replaced.metadata.finalizers, replaced.data],
          [{ team: "x", app: "new" }, { other: "1", mine: "2" }, ["example.com/keep"], { k: "2" }]
        )
        const dry = yield* configMaps.createOrReplace({ metadata: { name: "b" } }, { dryRun: true })
        assert.isUndefined(dry.metadata.resourceVersion)
        yield* configMaps.patch("a", Patch.merge({ metadata: { finalizers: null } }))
      }))

    it.scoped("a delete tells what waits for its finalizers from what is gone (C35)", () =>
      Effect.gen(function*() {
        const configMaps = Api.namespaced(ConfigMap, yield* inNamespace)
        yield* configMaps.create({ metadata: { name: "a", finalizers: ["example.com/wait"] } })
        assert.strictEqual((yield* configMaps.delete("a"))._tag, "Terminating")
        yield* configMaps.patch("a", Patch.merge({ metadata: { finalizers: null } }))
        assert.isTrue(Option.isNone(yield* configMaps.getOption("a")))
      }))
  })
})
