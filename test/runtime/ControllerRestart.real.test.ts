import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { subscribers } from "../../examples/demo/story.js"
import { controller, Foo, Subscribers } from "../../examples/foo.js"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as Crd from "../../src/runtime/Crd.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as Wait from "../../src/runtime/Wait.js"
import * as EnvTest from "../../src/testing/EnvTest.js"

const byKey = (objects: ReadonlyArray<Resource.KubeObject>): ReadonlyArray<string> =>
  objects.map((object) => `${Resource.key(object)}@${object.metadata.resourceVersion}`).sort()

describe("a controller while its API server is killed", () => {
  it.live(
    "kill -9 of kube-apiserver during its watches, and a new start: it goes on, and the store equals the server's list (W38)",
    () =>
      Effect.gen(function*() {
        const controlPlane = yield* EnvTest.EnvTest
        const list = yield* Ref.make<ReadonlyArray<string>>([])
        const foos = Api.namespaced(Foo, "default")
        const configMaps = Api.namespaced(ConfigMap, "default")
        yield* Crd.install(Foo)
        yield* Controller.start(controller).pipe(Effect.provideService(Subscribers, subscribers(list)))
        const store = yield* Reflector.make(Api.all(ConfigMap))

        yield* foos.create({ metadata: { name: "before" }, spec: { title: "1", replicas: 1 } })
        yield* Wait.until(foos, "before", Wait.condition("Ready"))
        const { uid } = (yield* configMaps.get("before")).metadata

        yield* controlPlane.apiserver.kill()
        yield* controlPlane.apiserver.start

        // What changes now is seen through the connections that come after the kill.
        yield* foos.create({ metadata: { name: "after" }, spec: { title: "2", replicas: 1 } })
        yield* Wait.until(foos, "after", Wait.condition("Ready"), { timeout: "1 minute" })
        yield* configMaps.delete("before")
        yield* Wait.until(
          configMaps,
          "before",
          Wait.make("another one to be there", (configMap: ConfigMap) => configMap.metadata.uid !== uid),
          { timeout: "1 minute" }
        )
        const listed = yield* Api.all(ConfigMap).list()
        yield* store.waitFor(listed.metadata.resourceVersion).pipe(Effect.timeout("1 minute"))
        assert.deepStrictEqual(byKey(yield* store.list), byKey((yield* Api.all(ConfigMap).list()).items))
      }).pipe(Effect.scoped, Effect.provide(EnvTest.layer)),
    180_000
  )
})
