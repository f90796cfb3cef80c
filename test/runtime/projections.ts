/** What metadata alone and views promise of a whole server: the same on the in-memory one and on a real one. */
import { assert } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Api from "../../src/client/Api.js"
import type { KubeClient } from "../../src/client/KubeClient.js"
import { ConfigMap, Namespace, Secret } from "../../src/kinds/core/v1.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as Crd from "../../src/runtime/Crd.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as Watcher from "../../src/runtime/Watcher.js"

class Meeting extends Resource.Custom<Meeting>()("projections.dev/v1", "Meeting", {
  scope: "Cluster",
  spec: Schema.Struct({ at: Schema.Date, room: Schema.optional(Schema.String) })
}) {}

const Metadata = Resource.metadataOnly(ConfigMap)
const Counts = Resource.view(
  ConfigMap,
  Schema.Struct({ data: Schema.optional(Schema.Struct({ count: Schema.optional(Schema.NumberFromString) })) })
)

const names = (objects: Iterable<Resource.KubeObject>): ReadonlyArray<string> =>
  Array.from(objects, ({ metadata }) => metadata.name).sort()

/** Three ConfigMaps with data, in a namespace of their own. */
const filled = Effect.gen(function*() {
  const { metadata: { name: namespace } } = yield* Api.cluster(Namespace).create({
    metadata: { generateName: "projections-" }
  })
  const configMaps = Api.namespaced(ConfigMap, namespace)
  for (const count of [1, 2, 3]) {
    yield* configMaps.create({
      metadata: { name: `c${count}`, labels: { app: "web" }, annotations: { note: "x" } },
      data: { count: String(count), other: "y" }
    })
  }
  return { namespace, configMaps }
})

export interface Promised {
  readonly title: string
  readonly test: Effect.Effect<void, unknown, KubeClient | Scope.Scope>
}

export const promises: ReadonlyArray<Promised> = [
  {
    title: "metadata alone is read, listed, streamed and watched under the kind's own name (C37)",
    test: Effect.gen(function*() {
      const { configMaps, namespace } = yield* filled
      const api = Api.namespaced(Metadata, namespace)
      const one = yield* api.get("c1")
      const whole = yield* configMaps.get("c1")
      assert.deepStrictEqual(one, { apiVersion: "v1", kind: "ConfigMap", metadata: whole.metadata })
      assert.isTrue(Option.isNone(yield* api.getOption("none")))
      const missing = yield* Effect.flip(api.get("none"))
      assert.deepStrictEqual([missing._tag, missing.request.kind], ["KubeNotFound", "ConfigMap"])

      const list = yield* api.list({ labels: "app=web" })
      assert.deepStrictEqual(names(list.items), ["c1", "c2", "c3"])
      assert.deepStrictEqual(Object.keys(list.items[0]!).sort(), ["apiVersion", "kind", "metadata"])
      assert.strictEqual(list.items[0]!.kind, "ConfigMap")
      assert.deepStrictEqual((yield* api.list({ labels: "app=none" })).items, [])
      const paged = yield* Stream.runCollect(Api.all(Metadata).in(namespace).stream({ limit: 2, labels: "app=web" }))
      assert.deepStrictEqual(names(paged), ["c1", "c2", "c3"])

      yield* configMaps.delete("c3")
      const events = yield* api.watchOnce(list.metadata.resourceVersion, { labels: "app=web" }).pipe(
        Stream.take(1),
        Stream.runCollect
      )
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(events).map((event) =>
          event.type === "BOOKMARK" ? event : [event.type, event.object.kind, Object.keys(event.object).length]
        ),
        [["DELETED", "ConfigMap", 3]]
      )
    })
  },
  {
    title: "a store of metadata alone follows the server, streamed and in pages (C37, W9, W11)",
    test: Effect.gen(function*() {
      const { configMaps, namespace } = yield* filled
      const api = Api.namespaced(Metadata, namespace)
      const streamed = yield* Reflector.make(api, { labels: "app=web" })
      const paged = yield* Reflector.make(api, { labels: "app=web", initialList: "paged", pageSize: 2 })
      yield* configMaps.delete("c1")
      const { metadata: { resourceVersion } } = yield* configMaps.create({
        metadata: { name: "c4", labels: { app: "web" } },
        data: { count: "4" }
      })
      for (const store of [streamed, paged]) {
        yield* store.ready
        yield* store.waitFor(resourceVersion)
        const objects = Array.from(yield* store.list)
        assert.deepStrictEqual(names(objects), ["c2", "c3", "c4"])
        for (const object of objects) {
          assert.deepStrictEqual(Object.keys(object), ["apiVersion", "kind", "metadata"])
          assert.deepStrictEqual([object.apiVersion, object.kind], ["v1", "ConfigMap"])
        }
      }
    })
  },
  {
    title:
      "a view is read, listed and watched with what its schema decodes; what does not fit is Undecodable (C33, C37)",
    test: Effect.gen(function*() {
      const { configMaps, namespace } = yield* filled
      const api = Api.namespaced(Counts, namespace)
      const one = yield* api.get("c2")
      assert.deepStrictEqual(one.data, { count: 2 })
      assert.notProperty(one.metadata, "annotations")
      assert.notProperty(one.metadata, "managedFields")
      assert.deepStrictEqual(one.metadata.labels, { app: "web" })
      const list = yield* api.list({ labels: "app=web" })
      assert.deepStrictEqual(list.items.map(({ data }) => data?.count), [1, 2, 3])

      yield* configMaps.create({ metadata: { name: "c5", labels: { app: "web" } }, data: { count: "many" } })
      const error = yield* Effect.flip(api.get("c5"))
      assert.strictEqual(error._tag, "KubeDecodeError")
      assert.strictEqual(
        error.message,
        `get ConfigMap ${namespace}/c5: the answer does not fit the schema: data.count: expected NumberFromString, found "many"`
      )
      const events = yield* Watcher.watch(api, { labels: "app=web" }).pipe(
        Stream.takeUntil((event) => event._tag === "InitDone"),
        Stream.runCollect
      )
      const counts = Chunk.toReadonlyArray(events).flatMap((event) =>
        event._tag === "InitPage" ? event.objects.map(({ data }) => data?.count) : []
      )
      assert.deepStrictEqual(counts, [1, 2, 3])
      const unread = Chunk.toReadonlyArray(events).filter((event) => event._tag === "Undecodable")
      assert.deepStrictEqual(unread.map(({ metadata }) => metadata.name), ["c5"])
    })
  },
  {
    title: "custom and dynamic kinds have projections, cluster-scoped ones too (C37)",
    test: Effect.gen(function*() {
      yield* Crd.install(Meeting)
      const meetings = Api.cluster(Meeting)
      yield* meetings.createOrReplace({ metadata: { name: "standup" }, spec: { at: new Date(0), room: "b" } })
      const Rooms = Resource.view(
        Meeting,
        Schema.Struct({ spec: Schema.Struct({ room: Schema.optional(Schema.String) }) })
      )
      assert.deepStrictEqual((yield* Api.cluster(Rooms).get("standup")).spec, { room: "b" })
      const metadata = yield* Api.cluster(Resource.metadataOnly(Meeting)).list()
      assert.deepStrictEqual(metadata.items.map(({ apiVersion, kind }) => [apiVersion, kind]), [
        ["projections.dev/v1", "Meeting"]
      ])
      const Thing = Resource.dynamic({ apiVersion: "projections.dev/v1", kind: "Meeting", scope: "Cluster" })
      const dynamic = yield* Api.dynamic(Resource.metadataOnly(Thing)).get("standup")
      assert.deepStrictEqual([dynamic.kind, Object.keys(dynamic).length], ["Meeting", 3])
      const Times = Resource.view(Thing, Schema.Struct({ spec: Schema.Struct({ at: Schema.DateFromString }) }))
      assert.deepStrictEqual((yield* Api.dynamic(Times).get("standup")).spec.at, new Date(0))

      const converted = yield* Effect.flatMap(Api.dynamic(Thing).get("standup"), Resource.decodeUnknown(Meeting))
      assert.deepStrictEqual(converted, yield* meetings.get("standup"))
    })
  },
  {
    title: "a controller watches and owns metadata alone: owner references and keys are those of the kind (C37, K13)",
    test: Effect.gen(function*() {
      const { configMaps, namespace } = yield* filled
      const secrets = Api.namespaced(Secret, namespace)
      const seen = yield* Queue.unbounded<string>()
      const controller = Controller.make("projections", {
        for: Api.namespaced(Counts, namespace),
        reconcile: (configMap) =>
          Effect.gen(function*() {
            const { metadata: { name } } = configMap
            if (name !== "c1") return
            yield* secrets.createOrReplace({
              metadata: { name: "owned", ownerReferences: [Resource.ownerReference(configMap)] },
              stringData: { count: String(configMap.data?.count) }
            })
            yield* Queue.offer(seen, `${configMap.data?.count}`)
          })
      }).pipe(
        Controller.owns(Api.namespaced(Resource.metadataOnly(Secret), namespace)),
        Controller.watches(
          Api.namespaced(Resource.metadataOnly(Secret), namespace),
          ({ object }) => object.metadata.name === "poke" ? [{ namespace, name: "c1" }] : []
        )
      )
      yield* Layer.build(Controller.layer(controller))
      assert.strictEqual(yield* Queue.take(seen), "1")
      const owned = yield* secrets.get("owned")
      assert.deepStrictEqual(
        owned.metadata.ownerReferences?.map(({ apiVersion, kind, name }) => [apiVersion, kind, name]),
        [["v1", "ConfigMap", "c1"]]
      )
      yield* configMaps.modify("c1", (configMap) => ({ ...configMap, data: { count: "7" } }))
      while ((yield* Queue.take(seen)) !== "7");
      // What it owns goes, and comes back.
      yield* Queue.takeAll(seen)
      yield* secrets.delete("owned")
      yield* Queue.take(seen)
      assert.notStrictEqual((yield* secrets.get("owned")).metadata.uid, owned.metadata.uid)
    })
  }
]
