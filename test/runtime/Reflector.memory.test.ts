import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
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
