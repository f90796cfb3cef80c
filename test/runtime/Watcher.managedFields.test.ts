import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const configMaps = Api.namespaced(ConfigMap, "default")
const key = { namespace: "default", name: "a" }

/** A store of whole objects and one without managedFields, of the same server. */
const both = Effect.all({
  kept: Reflector.make(configMaps),
  dropped: Reflector.make(configMaps, { managedFields: "drop" }),
  paged: Reflector.make(configMaps, { managedFields: "drop", initialList: "paged", pageSize: 1 })
})

const without = ({ metadata: { managedFields, ...metadata }, ...object }: ConfigMap) => {
  assert.isNotEmpty(managedFields)
  return { ...object, metadata }
}

describe("Watcher: managedFields", () => {
  it.scoped("are dropped from lists and events alike, and all else is as the server sends it (W9, W53)", () =>
    Effect.gen(function*() {
      for (const name of ["a", "b", "c"]) yield* configMaps.create({ metadata: { name }, data: { managedFields: "[" } })
      const { dropped, kept, paged } = yield* both
      for (const store of [kept, dropped, paged]) yield* store.ready
      const compare = Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        const whole = yield* kept.list
        for (const store of [dropped, paged]) assert.deepStrictEqual(yield* store.list, whole.map(without))
      })
      yield* compare
      yield* configMaps.create({ metadata: { name: "d" }, data: { a: "\"managedFields\":[" } })
      yield* configMaps.createOrReplace({ metadata: { name: "b" }, data: { a: "1" } })
      yield* configMaps.delete("c")
      yield* compare
      assert.strictEqual(yield* dropped.size, 3)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.scoped("stay on the server when an object without them is written back", () =>
    Effect.gen(function*() {
      yield* configMaps.apply({ metadata: { name: "a" }, data: { a: "1" } }, { fieldManager: "someone" })
      const { dropped } = yield* both
      yield* dropped.ready
      const object = yield* Effect.flatten(dropped.get(key))
      assert.notProperty(object.metadata, "managedFields")
      const written = yield* configMaps.replace({ ...object, data: { ...object.data, b: "2" } })
      assert.include((written.metadata.managedFields ?? []).map(({ manager }) => manager), "someone")
    }).pipe(Effect.provide(TestCluster.layer)))

  it.scoped("are dropped from what a server writes with spaces, too, and an undecodable object's text stays (W31)", () =>
    Effect.gen(function*() {
      const object = (name: string, data: unknown) => ({
        metadata: {
          managedFields: [{ manager: "kubectl" }],
          name,
          namespace: "default",
          uid: name,
          resourceVersion: "7",
          creationTimestamp: "2026-01-01T00:00:00Z"
        },
        data
      })
      const items = [object("a", { a: "1" }), object("b", 1)]
      const text = JSON.stringify(
        { kind: "List", apiVersion: "v1", metadata: { resourceVersion: "7" }, items },
        null,
        2
      )
      const event = { type: "ADDED", object: { kind: "ConfigMap", apiVersion: "v1", ...object("c", 1) } }
      const layer = KubeClient.layerTest((request) =>
        Effect.succeed(
          request.info.verb === "watch"
            ? {
              stream: Stream.concat(Stream.make(new TextEncoder().encode(`${JSON.stringify(event)}\n`)), Stream.never)
            }
            : request.path === "/version"
            ? { body: { major: "1", minor: "37" } }
            : { stream: Stream.make(new TextEncoder().encode(text)) }
        )
      )
      const store = yield* Effect.provide(Reflector.make(configMaps, { managedFields: "drop" }), layer)
      yield* store.ready
      yield* TestClock.adjust(0)
      assert.deepStrictEqual((yield* store.list).map(({ metadata }) => Object.keys(metadata)), [
        ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"]
      ])
      const unread = yield* store.undecodable
      assert.deepStrictEqual(unread.map(({ metadata }) => metadata.name), ["b", "c"])
      for (const { raw } of unread) assert.include(raw, "kubectl")
      assert.deepStrictEqual(JSON.parse(unread[1]!.raw), event.object)
    }))
})
