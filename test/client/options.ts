/** Promises about the options of operations that TestCluster and a real server keep alike. */
import { assert } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Api from "../../src/client/Api.js"
import type { KubeClient } from "../../src/client/KubeClient.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import { ConfigMap, Pod } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import * as Resource from "../../src/protocol/Resource.js"
import { type Promise, promise, tagOf } from "./subresources.js"

const Loose = Resource.dynamic({ apiVersion: "v1", kind: "ConfigMap", scope: "Namespaced" })

const managers = (object: Resource.KubeObject) => (object.metadata.managedFields ?? []).map(({ manager }) => manager)

const deployment = (name: string) => ({
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image: "x:1" }] } }
  }
})

export const promises: ReadonlyArray<Promise> = [
  promise("a dry run of any write stores nothing (C34, C35, C36)", function*(namespace) {
    const dryRun = { dryRun: true } as const
    const deployments = Api.namespaced(Deployment, namespace)
    const made = yield* deployments.create(deployment("web"))
    const more = { ...made, metadata: { ...made.metadata, labels: { more: "1" } } }
    yield* deployments.create(deployment("other"), dryRun)
    assert.strictEqual((yield* deployments.replace(more, dryRun)).metadata.labels?.["more"], "1")
    yield* deployments.modify("web", () => more, dryRun)
    yield* deployments.createOrReplace(deployment("web"), dryRun)
    yield* deployments.patch("web", Patch.merge({ spec: { replicas: 9 } }), dryRun)
    yield* deployments.apply({ metadata: { name: "web" }, spec: { paused: true } }, dryRun)
    yield* deployments.status.patch("web", Patch.merge({ status: { replicas: 9 } }), dryRun)
    yield* deployments.scale.set("web", 9, dryRun)
    assert.strictEqual((yield* deployments.delete("web", dryRun))._tag, "Gone")
    assert.strictEqual((yield* deployments.deleteCollection(dryRun)).length, 1)
    assert.deepStrictEqual((yield* deployments.list()).items.map(({ metadata }) => metadata.resourceVersion), [
      made.metadata.resourceVersion
    ])
  }),

  promise("every write has the field manager of the call (C34)", function*(namespace) {
    const configMaps = Api.namespaced(ConfigMap, namespace)
    const made = yield* configMaps.create({ metadata: { name: "a" }, data: { a: "1" } }, { fieldManager: "one" })
    yield* configMaps.replace({ ...made, data: { ...made.data, b: "1" } }, { fieldManager: "two" })
    yield* configMaps.patch("a", Patch.merge({ data: { c: "1" } }), { fieldManager: "three" })
    yield* configMaps.modify("a", (it) => ({ ...it, data: { ...it.data, d: "1" } }), { fieldManager: "four" })
    const applied = yield* configMaps.apply({ metadata: { name: "a" }, data: { e: "1" } }, { fieldManager: "five" })
    assert.sameMembers(managers(applied), ["one", "two", "three", "four", "five"])
  }),

  promise("a field that the server does not know is refused where it shall be, and dropped where not (C34)", function*(
    namespace
  ) {
    const things = Api.namespaced(Loose, namespace)
    const draft = { metadata: { name: "a" }, data: {}, bogus: 1 }
    const refused = yield* Effect.flip(things.create(draft, { fieldValidation: "Strict" }))
    assert.strictEqual(refused._tag, "KubeStatusError")
    assert.include(refused.message, "unknown field \"bogus\"")
    const kept = yield* things.create(draft, { fieldValidation: "Ignore" })
    assert.strictEqual(kept["bogus"], undefined)
    const patched = yield* Effect.flip(things.patch("a", Patch.merge({ bogus: 2 }), { fieldValidation: "Strict" }))
    assert.strictEqual(patched._tag, "KubeInvalid")
    const replaced = yield* Effect.flip(things.replace({ ...kept, bogus: 2 }, { fieldValidation: "Strict" }))
    assert.strictEqual(replaced._tag, "KubeStatusError")
  }),

  promise("a delete heeds preconditions, what becomes of dependents, and how long a Pod may take (C35)", function*(
    namespace
  ) {
    const deployments = Api.namespaced(Deployment, namespace)
    const { metadata } = yield* deployments.create(deployment("a"))
    for (const preconditions of [{ uid: "other" }, { resourceVersion: "1" }]) {
      assert.strictEqual(yield* tagOf(deployments.delete("a", { preconditions })), "KubeConflict")
    }
    const { resourceVersion, uid } = metadata
    const orphaning = yield* deployments.delete("a", {
      preconditions: { resourceVersion, uid },
      propagationPolicy: "Orphan"
    })
    assert.deepStrictEqual(orphaning._tag === "Terminating" && orphaning.object.metadata.finalizers, ["orphan"])
    const pods = Api.namespaced(Pod, namespace)
    const pod = { spec: { containers: [{ name: "main", image: "x:1" }] } }
    for (const name of ["slow", "quick"]) {
      yield* pods.create({ metadata: { name }, ...pod })
      yield* pods.bind(name, "n1")
    }
    const slow = yield* pods.delete("slow", { gracePeriod: "1500 millis" })
    assert.strictEqual(slow._tag === "Terminating" && slow.object.metadata.deletionGracePeriodSeconds, 2)
    assert.strictEqual((yield* pods.delete("slow", { gracePeriod: 0 }))._tag, "Gone")
    assert.strictEqual((yield* pods.delete("quick", { gracePeriod: 0 }))._tag, "Gone")
    assert.strictEqual(yield* tagOf(pods.delete("quick")), "KubeNotFound")
    const wrong = deployments.delete("a", { propagationPolicy: "Sideways" as "Orphan" })
    assert.strictEqual(yield* tagOf(wrong), "KubeInvalid")
  }),

  promise("lists show an exact state, a page of it, or what a selector picks (C34)", function*(namespace) {
    const configMaps = Api.namespaced(ConfigMap, namespace)
    yield* configMaps.create({ metadata: { name: "a", labels: { app: "x" } } })
    const { metadata } = yield* configMaps.create({ metadata: { name: "b", labels: { app: "x" } } })
    yield* configMaps.create({ metadata: { name: "c", labels: { app: "x" } } })
    const names = (list: Api.ResourceList<ConfigMap>) => list.items.map(({ metadata }) => metadata.name)
    const labels = "app=x"
    const exact = { labels, resourceVersion: metadata.resourceVersion, resourceVersionMatch: "Exact" } as const
    assert.deepStrictEqual(names(yield* configMaps.list(exact)), ["a", "b"])
    const least = { ...exact, resourceVersionMatch: "NotOlderThan" } as const
    assert.deepStrictEqual(names(yield* configMaps.list(least)), ["a", "b", "c"])
    const page = yield* configMaps.list({ labels, limit: 2, timeout: "30 seconds" })
    assert.deepStrictEqual(names(page), ["a", "b"])
    const rest = yield* configMaps.list({ labels, limit: 2, continue: page.metadata.continue })
    assert.deepStrictEqual([names(rest), rest.metadata.continue], [["c"], undefined])
    assert.deepStrictEqual(names(yield* configMaps.list({ fields: "metadata.name=b" })), ["b"])
    assert.strictEqual((yield* configMaps.get("a", { resourceVersion: "0" })).metadata.name, "a")
    assert.isTrue(Option.isNone(yield* configMaps.getOption("z", { resourceVersion: "0" })))
    const deleted = yield* configMaps.deleteCollection({ labels, fields: "metadata.name!=a" })
    assert.deepStrictEqual(deleted.map(({ metadata }) => metadata.name), ["b", "c"])
    assert.deepStrictEqual(names(yield* configMaps.list({ labels })), ["a"])
  }),

  promise("a watch shows the present state first where it is asked to, and only what a selector picks (C34)", function*(
    namespace
  ) {
    const configMaps = Api.namespaced(ConfigMap, namespace)
    yield* configMaps.create({ metadata: { name: "a", labels: { app: "x" } } })
    yield* configMaps.create({ metadata: { name: "b", labels: { app: "y" } } })
    const events = yield* configMaps.watchOnce("", { labels: "app=x", sendInitialEvents: true, timeout: "1 minute" })
      .pipe(Stream.take(2), Stream.runCollect)
    assert.deepStrictEqual(
      Chunk.toReadonlyArray(events).map((event) =>
        event.type === "BOOKMARK" ? event.initialEventsEnd : event.object.metadata.name
      ),
      ["a", true]
    )
    const named = yield* configMaps.watchOnce("", { fields: "metadata.name=b", bookmarks: false }).pipe(
      Stream.take(1),
      Stream.runCollect
    )
    assert.deepStrictEqual(
      Chunk.toReadonlyArray(named).map((event) => event.type !== "BOOKMARK" && event.object.metadata.name),
      ["b"]
    )
  }),

  promise("pages show every object once, read ahead or not (C34)", function*(namespace) {
    const configMaps = Api.namespaced(ConfigMap, namespace)
    const names = Array.from({ length: 11 }, (_, i) => `c-${String(i).padStart(2, "0")}`)
    yield* Effect.forEach(names, (name) => configMaps.create({ metadata: { name, labels: { app: "x" } } }))
    for (const readAhead of [undefined, 0, 1, 3, 99]) {
      const pages = yield* Stream.runCollect(configMaps.pages({ labels: "app=x", limit: 4, readAhead }))
      const shown = Chunk.toReadonlyArray(pages)
      assert.deepStrictEqual(shown.map(({ items }) => items.length), [4, 4, 3])
      assert.deepStrictEqual(shown.map(({ inconsistent }) => inconsistent), [false, false, false])
      assert.strictEqual(new Set(shown.map(({ metadata }) => metadata.resourceVersion)).size, 1)
      const objects = yield* Stream.runCollect(configMaps.stream({ labels: "app=x", limit: 4, readAhead }))
      assert.deepStrictEqual(Chunk.toReadonlyArray(objects).map(({ metadata }) => metadata.name), names)
    }
  }),

  promise("each operation raises its own errors, and any other Status is a StatusError (C30)", function*(namespace) {
    const configMaps = Api.namespaced(ConfigMap, namespace)
    const things = Api.namespaced(Loose, namespace)
    const nowhere = Api.namespaced(ConfigMap, "no-such-namespace")
    const deployments = Api.namespaced(Deployment, namespace)
    const unknown = Api.namespaced(
      Resource.dynamic({ apiVersion: "no.such/v1", kind: "Thing", scope: "Namespaced" }),
      namespace
    )
    const made = yield* configMaps.create({ metadata: { name: "a" }, data: { k: "1" } })
    const stale = { ...made, data: { k: "2" } }
    yield* configMaps.replace({ ...made, data: { k: "3" } })
    const gone = { ...made, metadata: { ...made.metadata, name: "gone" } }
    const wrong = { metadata: { name: "UPPER" } }
    const unsound = { ...made, metadata: { ...made.metadata, resourceVersion: "", labels: { "?": "" } } }
    const rows: ReadonlyArray<
      readonly [operation: string, tag: string, Effect.Effect<string | undefined, never, KubeClient>]
    > = [
      ["get", "KubeNotFound", tagOf(configMaps.get("gone"))],
      ["get of no kind", "KubeNotFound", tagOf(unknown.get("a"))],
      ["get of an impossible version", "KubeStatusError", tagOf(configMaps.get("a", { resourceVersion: "x" }))],
      ["list of no kind", "KubeStatusError", tagOf(unknown.list())],
      ["list by no field", "KubeStatusError", tagOf(configMaps.list({ fields: "data.k=1" }))],
      ["list from no token", "KubeStatusError", tagOf(configMaps.list({ continue: "x" }))],
      ["stream of no kind", "KubeStatusError", tagOf(Stream.runDrain(unknown.stream({ limit: 1 })))],
      ["watch of no kind", "KubeStatusError", tagOf(Stream.runDrain(unknown.watchOnce("")))],
      ["create again", "KubeAlreadyExists", tagOf(configMaps.create({ metadata: { name: "a" } }))],
      ["create in no namespace", "KubeNotFound", tagOf(nowhere.create({ metadata: { name: "a" } }))],
      ["create what is wrong", "KubeInvalid", tagOf(configMaps.create(wrong))],
      ["replace what changed", "KubeConflict", tagOf(configMaps.replace(stale))],
      ["replace what is gone", "KubeNotFound", tagOf(configMaps.replace(gone))],
      ["replace by what is wrong", "KubeInvalid", tagOf(configMaps.replace(unsound))],
      ["modify what is gone", "KubeNotFound", tagOf(configMaps.modify("gone", (it) => it))],
      ["patch what is gone", "KubeNotFound", tagOf(configMaps.patch("gone", Patch.merge({})))],
      [
        "patch to what is wrong",
        "KubeInvalid",
        tagOf(configMaps.patch("a", Patch.merge({ metadata: { labels: { "?": "" } } })))
      ],
      [
        "patch another version",
        "KubeConflict",
        tagOf(configMaps.patch("a", Patch.merge({ metadata: { resourceVersion: "1" }, data: { k: "9" } })))
      ],
      ["patch that cannot be read", "KubeStatusError", tagOf(things.patch("a", { _tag: "Json", body: 1 as never }))],
      ["apply in no namespace", "KubeNotFound", tagOf(nowhere.apply({ metadata: { name: "a" } }))],
      ["apply what is wrong", "KubeInvalid", tagOf(configMaps.apply(wrong))],
      [
        "apply what another owns",
        "KubeConflict",
        tagOf(configMaps.apply({ metadata: { name: "a" }, data: { k: "9" } }, { fieldManager: "other" }))
      ],
      ["delete what is gone", "KubeNotFound", tagOf(configMaps.delete("gone"))],
      ["delete another", "KubeConflict", tagOf(configMaps.delete("a", { preconditions: { uid: "x" } }))],
      ["delete all by no field", "KubeStatusError", tagOf(configMaps.deleteCollection({ fields: "data.k=1" }))],
      [
        "delete all in no way",
        "KubeInvalid",
        tagOf(configMaps.deleteCollection({ propagationPolicy: "x" as "Orphan" }))
      ],
      ["status of what is gone", "KubeNotFound", tagOf(deployments.status.get("gone"))],
      ["scale of what is gone", "KubeNotFound", tagOf(deployments.scale.get("gone"))]
    ]
    const found = yield* Effect.forEach(
      rows,
      ([operation, , outcome]) => Effect.map(outcome, (tag) => `${operation}: ${tag}`)
    )
    assert.deepStrictEqual(found, rows.map(([operation, tag]) => `${operation}: ${tag}`))
  })
]
