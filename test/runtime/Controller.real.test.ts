import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Api from "../../src/client/Api.js"
import { ConfigMap, Namespace, Secret } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as Finalizer from "../../src/runtime/Finalizer.js"
import * as Wait from "../../src/runtime/Wait.js"
import * as EnvTest from "../envtest/shared.js"

const inNamespace = Effect.map(
  Effect.acquireRelease(
    Api.cluster(Namespace).create({ metadata: { generateName: "controller-" } }),
    (namespace) => Effect.ignore(Api.cluster(Namespace).delete(namespace.metadata.name))
  ),
  (namespace) => namespace.metadata.name
)

const secretSays = (text: string) =>
  Wait.make<Secret>(`it to say ${text}`, (secret) => secret.data?.["text"] === btoa(text))

describe("controllers against a real server", () => {
  layer(EnvTest.layer, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.scoped("a controller with a finalizer makes, repairs and cleans up (K8, K16, K24, K25, K26)", () =>
      Effect.gen(function*() {
        const namespace = yield* inNamespace
        const configMaps = Api.namespaced(ConfigMap, namespace)
        const secrets = Api.namespaced(Secret, namespace)
        const cleaned: Array<string> = []
        const controller = Controller.make("secrets-from-config", {
          for: configMaps,
          watch: { labels: "secret=yes" },
          reconcile: Finalizer.make(configMaps, "clux.dev/cleanup", {
            apply: (configMap) =>
              Effect.asVoid(secrets.createOrReplace({
                metadata: { name: configMap.metadata.name, ownerReferences: [Resource.ownerReference(configMap)] },
                stringData: { text: configMap.data?.["text"] ?? "" }
              })),
            cleanup: (configMap) => Effect.sync(() => void cleaned.push(configMap.metadata.name))
          })
        }).pipe(Controller.owns(secrets))
        yield* Layer.build(Controller.layer(controller))

        const made = yield* configMaps.create({
          metadata: { name: "a", labels: { secret: "yes" } },
          data: { text: "one" }
        })
        const first = yield* Wait.until(secrets, "a", secretSays("one"))
        yield* configMaps.modify("a", (configMap) => ({ ...configMap, data: { text: "two" } }))
        yield* Wait.until(secrets, "a", secretSays("two"))
        yield* secrets.delete("a")
        const again = yield* Wait.until(secrets, "a", Wait.and(Wait.deleted(first.metadata.uid), secretSays("two")))
        assert.notStrictEqual(again.metadata.uid, first.metadata.uid)

        yield* configMaps.delete("a")
        assert.isTrue(Option.isNone(yield* Wait.until(configMaps, "a", Wait.deleted(made.metadata.uid))))
        assert.deepStrictEqual(cleaned, ["a"])
      }))

    it.scoped("a merge patch with an old resourceVersion is a Conflict, and nothing is written (K24)", () =>
      Effect.gen(function*() {
        const configMaps = Api.namespaced(ConfigMap, yield* inNamespace)
        const stale = yield* configMaps.create({ metadata: { name: "a" } })
        yield* configMaps.patch("a", Patch.merge({ data: { changed: "yes" } }))
        const finalizers = ["clux.dev/cleanup"]
        const refused = yield* Effect.flip(configMaps.patch(
          "a",
          Patch.merge({ metadata: { resourceVersion: stale.metadata.resourceVersion, finalizers } })
        ))
        assert.strictEqual(refused._tag, "KubeConflict")
        const reconcile = Finalizer.make(configMaps, "clux.dev/cleanup", {
          apply: () => Effect.void,
          cleanup: () => Effect.void
        })
        const run = { attempt: 1, lastError: Option.none(), deleted: false }
        assert.strictEqual((yield* reconcile(stale, run))?._tag, "RequeueAfter")
        assert.isUndefined((yield* configMaps.get("a")).metadata.finalizers)
        yield* reconcile(yield* configMaps.get("a"), run)
        assert.deepStrictEqual((yield* configMaps.get("a")).metadata.finalizers, finalizers)
        yield* reconcile({
          ...(yield* configMaps.get("a")),
          metadata: { ...(yield* configMaps.get("a")).metadata, deletionTimestamp: "2026-01-01T00:00:00Z" }
        }, run)
        assert.isUndefined((yield* configMaps.get("a")).metadata.finalizers)
      }))
  })
})
