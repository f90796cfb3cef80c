import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import { subscribers } from "../../examples/demo/story.js"
import { controller, finalizer, Foo, Subscribers } from "../../examples/foo.js"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as Crd from "../../src/runtime/Crd.js"
import * as Wait from "../../src/runtime/Wait.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

describe("examples/foo", () => {
  it.scoped("the controller converges on TestCluster in virtual time, and cleans up", () =>
    Effect.gen(function*() {
      const list = yield* Ref.make<ReadonlyArray<string>>([])
      const foos = Api.namespaced(Foo, "default")
      const configMaps = Api.namespaced(ConfigMap, "default")
      yield* Crd.install(Foo)
      yield* Controller.start(controller).pipe(Effect.provideService(Subscribers, subscribers(list)))

      yield* foos.create({ metadata: { name: "a" }, spec: { title: "x", replicas: 1 } })
      const ready = yield* Wait.until(foos, "a", Wait.condition("Ready"))
      assert.deepStrictEqual(ready.metadata.finalizers, [finalizer])
      assert.deepStrictEqual((yield* configMaps.get("a")).data, { title: "x", replicas: "1" })
      assert.deepStrictEqual(yield* Ref.get(list), ["a"])

      yield* foos.delete("a")
      yield* Wait.until(foos, "a", Wait.deleted(ready.metadata.uid))
      assert.deepStrictEqual(yield* Ref.get(list), [])
      // The garbage collector takes what the Foo owned.
      const gone = yield* Effect.fork(Wait.until(configMaps, "a", Wait.not(Wait.exists)))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(gone)
    }).pipe(Effect.provide(TestCluster.layer)))
})
