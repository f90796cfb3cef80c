import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as ControllerTest from "../../src/testing/ControllerTest.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { definition, Foo } from "../runtime/foo.js"

const foos = Api.namespaced(Foo, "default")
const configMaps = Api.namespaced(ConfigMap, "default")
const cluster = TestCluster.layerWith({ objects: [definition] })

/** A controller of Foos that does this. */
const starting = <E, R>(reconcile: (foo: Foo, run: Controller.Run) => Effect.Effect<Controller.Result | void, E, R>) =>
  Layer.build(Controller.layer(Controller.make("foo", { for: Api.all(Foo), reconcile })))

const create = (name = "a") => foos.create({ metadata: { name }, spec: { title: "one" } })

describe("ControllerTest", () => {
  it.scoped("untilQuiet returns when all is done, the tries after failures too (K17)", () =>
    Effect.gen(function*() {
      yield* starting((foo, { attempt }) =>
        Effect.gen(function*() {
          if (attempt < 6) return yield* Effect.fail("not yet")
          yield* configMaps.createOrReplace({
            metadata: { name: foo.metadata.name, ownerReferences: [Resource.ownerReference(foo)] },
            data: { title: foo.spec.title }
          })
          return Controller.requeueAfter("10 hours")
        })
      )
      yield* create()
      yield* ControllerTest.untilQuiet
      assert.deepStrictEqual((yield* configMaps.get("a")).data, { title: "one" })
      yield* ControllerTest.steady
    }).pipe(Effect.provide(cluster)))

  it.scoped("a reconciler that changes its own object at each run is a hot loop, reported with what it changes", () =>
    Effect.gen(function*() {
      let count = 0
      yield* starting(({ metadata: { name } }) =>
        Effect.asVoid(foos.modify(name, (foo) => ({ ...foo, spec: { title: `title ${++count}` } })))
      )
      yield* create()
      const error = yield* Effect.flip(ControllerTest.untilQuietWith({ writes: 20 }))
      assert.strictEqual(error._tag, "ControllerTestHotLoop")
      if (error._tag !== "ControllerTestHotLoop") return
      assert.deepStrictEqual(error.key, { namespace: "default", name: "a" })
      assert.strictEqual(error.kind, "Foo")
      assert.strictEqual(error.count, 21)
      assert.deepStrictEqual(error.controllers, ["foo"])
      assert.match(error.diff, /spec\.title: "title \d+" -> "title \d+"/)
      assert.match(error.message, /clux\.dev\/v1 Foo default\/a was written 21 times .*\(followed by foo\)/)
    }).pipe(Effect.provide(cluster)))

  it.scoped("so are new objects of generated names without end", () =>
    Effect.gen(function*() {
      const controller = Controller.make("foo", {
        for: Api.all(Foo),
        reconcile: (foo) =>
          Effect.asVoid(configMaps.create({
            metadata: { generateName: "more-", ownerReferences: [Resource.ownerReference(foo)] }
          }))
      }).pipe(Controller.owns(Api.all(ConfigMap)))
      yield* Layer.build(Controller.layer(controller))
      yield* create()
      const error = yield* Effect.flip(ControllerTest.untilQuiet)
      assert.strictEqual(error._tag, "ControllerTestHotLoop")
      assert.match(error.message, /v1 ConfigMap default\/more-\* was written 101 times/)
    }).pipe(Effect.provide(cluster)))

  it.scoped("a time that is written at each run comes to rest while the clock stands still; steady finds it", () =>
    Effect.gen(function*() {
      yield* starting((foo) =>
        Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          yield* foos.modify(foo.metadata.name, (foo) => ({ ...foo, spec: { title: `seen at ${now}` } }))
        })
      )
      yield* create()
      yield* ControllerTest.untilQuiet
      const error = yield* Effect.flip(ControllerTest.steadyWith({ writes: 20 }))
      assert.strictEqual(error._tag, "ControllerTestHotLoop")
      assert.match(error.message, /spec\.title: "seen at \d+" -> "seen at \d+"/)
    }).pipe(Effect.provide(cluster)))

  it.scoped("what fails each time is told with its last error; a terminal failure is rest (K17, K18)", () =>
    Effect.gen(function*() {
      yield* starting((foo) =>
        foo.metadata.name === "a" ? Effect.fail(new Error("no room")) : Effect.fail(Controller.terminal("never"))
      )
      yield* create("a")
      yield* create("b")
      const error = yield* Effect.flip(ControllerTest.untilQuietWith({ within: "1 minute" }))
      assert.strictEqual(error._tag, "ControllerTestNotQuiet")
      if (error._tag !== "ControllerTestNotQuiet") return
      assert.deepStrictEqual(error.pending.map(({ key }) => key?.name), ["a"])
      assert.match(
        error.message,
        /not quiet within 1m.*:\n {2}foo: default\/a Delayed, attempt \d+, after Error: no room/
      )
    }).pipe(Effect.provide(cluster)))

  it.scoped("a reconcile that hangs is told", () =>
    Effect.gen(function*() {
      yield* starting(() => Effect.never)
      yield* create()
      const error = yield* Effect.flip(ControllerTest.untilQuietWith({ within: "10 seconds" }))
      assert.match(error.message, /foo: default\/a Processing, attempt 1/)
    }).pipe(Effect.provide(cluster)))

  it.live("without a TestClock it waits", () =>
    Effect.scoped(Effect.gen(function*() {
      yield* starting((foo) =>
        Effect.asVoid(
          configMaps.createOrReplace({ metadata: { name: foo.metadata.name }, data: { title: foo.spec.title } })
        )
      )
      yield* create()
      yield* ControllerTest.untilQuietWith({ for: "50 millis" })
      assert.deepStrictEqual((yield* configMaps.get("a")).data, { title: "one" })
    })).pipe(Effect.provide(cluster)))
})
