import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const configMaps = Api.namespaced(ConfigMap, "default")
const metadata = Api.namespaced(Resource.metadataOnly(ConfigMap), "default")
const image = "registry.example.com/team/app:1.24.3"

const without = ({ metadata: { managedFields: _, ...metadata }, ...object }: ConfigMap) => ({ ...object, metadata })

describe("Reflector: less memory", () => {
  it.scoped("each way keeps what it says, of lists and of events, and nothing is different but that (W53)", () =>
    Effect.gen(function*() {
      const put = (name: string, data: { readonly [key: string]: string }) =>
        configMaps.createOrReplace({ metadata: { name, labels: { image: "app" }, annotations: { image } }, data })
      for (const name of ["a", "b", "c"]) yield* put(name, { image, name })
      const small = { managedFields: "drop", shareStrings: true } as const
      const whole = yield* Reflector.make(configMaps)
      const shared = yield* Reflector.make(configMaps, { shareStrings: true })
      const both = yield* Reflector.make(configMaps, small)
      const alone = yield* Reflector.make(metadata, small)
      const stream = yield* Reflector.fromStream(Watcher.watch(configMaps), { shareStrings: true })
      const projected = yield* Reflector.make(configMaps, {
        ...small,
        project: ({ data, metadata }) => ({ metadata, images: [data?.["image"] ?? ""] })
      })
      for (const store of [whole, shared, both, alone, stream, projected]) yield* store.ready
      const compare = Effect.gen(function*() {
        yield* TestClock.adjust("1 second")
        const all = yield* whole.list
        assert.deepStrictEqual(yield* shared.list, all)
        assert.deepStrictEqual(yield* stream.list, all)
        const dropped = all.map(without)
        assert.deepStrictEqual(yield* both.list, dropped)
        assert.deepStrictEqual(
          yield* alone.list,
          dropped.map(({ metadata }) => ({ apiVersion: "v1", kind: "ConfigMap", metadata }))
        )
        assert.deepStrictEqual(
          yield* projected.list,
          dropped.map(({ data, metadata }) => ({ metadata, images: [data?.["image"] ?? ""] }))
        )
      })
      yield* compare
      yield* put("d", { image, name: "d" })
      yield* put("b", { image: `${image}-arm64` })
      yield* configMaps.delete("c")
      yield* compare
      assert.strictEqual(yield* whole.size, 3)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.scoped("an object for which the projection throws is set aside, and nothing else stops (W31, W50, W53)", () =>
    Effect.gen(function*() {
      const create = (name: string, data: { readonly [key: string]: string }) =>
        configMaps.create({ metadata: { name }, data })
      yield* create("good", { size: "1" })
      yield* create("bad", {})
      const store = yield* Reflector.make(configMaps, {
        project: ({ data, metadata }) => {
          if (data?.["size"] === undefined) throw new Error("no size")
          return { metadata, size: data["size"] }
        }
      })
      yield* store.ready
      yield* create("worse", {})
      yield* create("better", { size: "2" })
      yield* TestClock.adjust("1 second")
      const names = Effect.map(store.list, (all) => all.map(({ metadata }) => metadata.name).sort())
      assert.deepStrictEqual(yield* names, ["better", "good"])
      const aside = yield* store.undecodable
      assert.deepStrictEqual(aside.map(({ metadata }) => metadata.name).sort(), ["bad", "worse"])
      assert.include(aside[0]?.error.message, "one for which it throws: Error: no size")
      yield* configMaps.createOrReplace({ metadata: { name: "bad" }, data: { size: "3" } })
      yield* configMaps.delete("worse")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* names, ["bad", "better", "good"])
      assert.deepStrictEqual(yield* store.undecodable, [])
    }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)), Effect.provide(TestCluster.layer)))

  it.scoped("a projection may answer what cannot be changed (W53)", () =>
    Effect.gen(function*() {
      yield* configMaps.create({ metadata: { name: "a" }, data: { image } })
      const store = yield* Reflector.make(configMaps, {
        shareStrings: true,
        project: ({ data, metadata }) => Object.freeze({ metadata, image: data?.["image"] })
      })
      yield* store.ready
      assert.deepStrictEqual((yield* store.list).map(({ image }) => image), [image])
    }).pipe(Effect.provide(TestCluster.layer)))
})
