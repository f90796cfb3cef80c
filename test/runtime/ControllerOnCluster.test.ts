import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { ConfigMap, Secret } from "../../src/kinds/core/v1.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as Finalizer from "../../src/runtime/Finalizer.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { definition, Foo } from "./foo.js"

const foos = Api.namespaced(Foo, "default")
const configMaps = Api.namespaced(ConfigMap, "default")
const cluster = TestCluster.layerWith({ objects: [definition] })

/** Lets the controller do what there is to do; the pauses after failures are over by then. */
const settle = TestClock.adjust("2 seconds")

/** Each Foo owns a ConfigMap with its title, and is ready. */
const controller = Controller.make("foo", {
  for: Api.all(Foo),
  reconcile: (foo) =>
    Effect.gen(function*() {
      const { name, namespace } = foo.metadata
      yield* Api.namespaced(ConfigMap, namespace).createOrReplace({
        metadata: { name, ownerReferences: [Resource.ownerReference(foo)] },
        data: { title: foo.spec.title }
      })
      if (foo.status?.ready !== true) {
        yield* Api.namespaced(Foo, namespace).status.replace({ ...foo, status: { ready: true } })
      }
    })
}).pipe(Controller.owns(Api.all(ConfigMap)))

const title = Effect.map(configMaps.getOption("a"), Option.map((configMap) => configMap.data?.["title"]))

describe("a controller on the in-memory API server", () => {
  it.scoped("makes true what is asked for: created, edited, and repaired behind its back (K8, K13, K16)", () =>
    Effect.gen(function*() {
      yield* foos.create({ metadata: { name: "before" }, spec: { title: "it was there before" } })
      yield* Layer.build(Controller.layer(controller))
      yield* settle
      assert.isTrue(Option.isSome(yield* configMaps.getOption("before")))

      yield* foos.create({ metadata: { name: "a" }, spec: { title: "one" } })
      yield* settle
      assert.deepStrictEqual(yield* title, Option.some("one"))
      assert.deepStrictEqual((yield* foos.get("a")).status, { ready: true })

      yield* foos.modify("a", (foo) => ({ ...foo, spec: { title: "two" } }))
      yield* settle
      assert.deepStrictEqual(yield* title, Option.some("two"))

      yield* configMaps.delete("a")
      yield* settle
      assert.deepStrictEqual(yield* title, Option.some("two"))

      // Nothing is left to do, and nothing is done.
      const server = yield* TestCluster.TestCluster
      const requests = (yield* server.requests).length
      yield* settle
      assert.strictEqual((yield* server.requests).length, requests)
    }).pipe(Effect.provide(cluster)))

  it.scoped("a key that is enqueued by a relist runs after the swap and sees the new objects (K14)", () =>
    Effect.gen(function*() {
      yield* foos.create({ metadata: { name: "a" }, spec: { title: "one" } })
      yield* foos.create({ metadata: { name: "gone" }, spec: { title: "gone" } })
      yield* Layer.build(Controller.layer(controller))
      yield* settle
      const { faults } = yield* TestCluster.TestCluster
      yield* faults.silenceWatches()
      yield* foos.modify("a", (foo) => ({ ...foo, spec: { title: "two" } }))
      yield* foos.create({ metadata: { name: "b" }, spec: { title: "new" } })
      yield* configMaps.delete("a")
      yield* foos.delete("gone")
      yield* faults.compact
      yield* faults.cutWatches()
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(yield* title, Option.some("two"))
      assert.isTrue(Option.isSome(yield* configMaps.getOption("b")))
    }).pipe(Effect.provide(cluster)))

  it.scoped("what was deleted while the watch was cut still reaches reconcile, with its last known state (K15)", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      yield* foos.create({ metadata: { name: "a" }, spec: { title: "one" } })
      yield* Layer.build(Controller.layer(Controller.make("watching", {
        for: Api.all(Foo),
        deleted: true,
        reconcile: (foo, run) =>
          Effect.sync(() => void seen.push(`${foo.spec.title} ${run.deleted ? "deleted" : "there"}`))
      })))
      yield* settle
      const { faults } = yield* TestCluster.TestCluster
      yield* faults.silenceWatches()
      yield* foos.delete("a")
      yield* faults.compact
      yield* faults.cutWatches()
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(seen, ["one there", "one deleted"])
    }).pipe(Effect.provide(cluster)))

  it.scoped("with a finalizer: added before apply, cleaned up before it goes (K24, K25, K26, K28)", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const note = (what: string) => (foo: Foo) =>
        Effect.sync(() => void events.push(`${what} ${foo.spec.title} ${(foo.metadata.finalizers ?? []).join()}`))
      yield* Layer.build(Controller.layer(Controller.make("foo", {
        for: Api.all(Foo),
        reconcile: Finalizer.make(Api.all(Foo), "clux.dev/cleanup", { apply: note("apply"), cleanup: note("cleanup") })
      })))
      yield* foos.create({ metadata: { name: "a" }, spec: { title: "one" } })
      yield* settle
      assert.deepStrictEqual(events.splice(0), ["apply one clux.dev/cleanup"])
      yield* foos.delete("a")
      yield* settle
      assert.deepStrictEqual(events, ["cleanup one clux.dev/cleanup"])
      assert.isTrue(Option.isNone(yield* foos.getOption("a")))
    }).pipe(Effect.provide(cluster)))

  it.scoped("a reconcile sees what the run before it wrote, though the watch is behind (K22)", () =>
    Effect.gen(function*() {
      const seen: Array<string | undefined> = []
      yield* foos.create({ metadata: { name: "a" }, spec: { title: "one" } })
      const { faults } = yield* TestCluster.TestCluster
      const counting = Controller.make("counting", {
        for: Api.all(Foo),
        reconcile: (foo) =>
          Effect.gen(function*() {
            const step = foo.metadata.annotations?.["step"]
            seen.push(step)
            if (step !== undefined) return
            // The watch says nothing until it is cut: the store stays behind.
            yield* faults.silenceWatches()
            const bound = yield* Api.bind(foos)
            yield* bound.modify("a", (foo) => ({ ...foo, metadata: { ...foo.metadata, annotations: { step: "1" } } }))
            return Controller.requeueAfter("1 second")
          })
      })
      yield* Layer.build(Controller.layer(counting))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(seen, [undefined], "it waits for the store")
      yield* faults.cutWatches()
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual([...new Set(seen)], [undefined, "1"])
    }).pipe(Effect.provide(cluster)))

  it.scoped("what it wrote outside of its selectors and namespaces is not waited for (K22)", () =>
    Effect.gen(function*() {
      const times: Array<number> = []
      yield* foos.create({ metadata: { name: "a" }, spec: { title: "one" } })
      const writing = Controller.make("writing", {
        for: Api.all(Foo),
        reconcile: () =>
          Effect.gen(function*() {
            times.push((yield* Effect.clock).unsafeCurrentTimeMillis())
            const name = `c${times.length}`
            yield* configMaps.create({ metadata: { name, labels: { app: "other" } } })
            yield* Api.namespaced(ConfigMap, "kube-public").create({ metadata: { name, labels: { app: "web" } } })
            yield* configMaps.create({ metadata: { name: `${name}-gone` } })
            yield* configMaps.delete(`${name}-gone`)
            return times.length < 3 ? Controller.requeueAfter("1 second") : Controller.done
          })
      }).pipe(Controller.owns(configMaps, { watch: { labels: "app=web" } }))
      yield* Layer.build(Controller.layer(writing))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(times, [0, 1000, 2000])
    }).pipe(Effect.provide(cluster)))

  it.scoped("with a field selector, what it wrote is waited for where the store will show it, and only there (K22)", () =>
    Effect.gen(function*() {
      const times: Array<number> = []
      yield* foos.create({ metadata: { name: "a" }, spec: { title: "one" } })
      const writing = Controller.make("writing", {
        for: Api.all(Foo),
        reconcile: () =>
          Effect.gen(function*() {
            times.push((yield* Effect.clock).unsafeCurrentTimeMillis())
            const data = { run: String(times.length) }
            yield* configMaps.createOrReplace({ metadata: { name: "log" }, data })
            yield* Api.namespaced(Secret, "default").createOrReplace({
              metadata: { name: "log" },
              data: { run: "MQ==" }
            })
            if (times.length === 3) {
              yield* (yield* TestCluster.TestCluster).faults.silenceWatches()
              yield* configMaps.createOrReplace({ metadata: { name: "settings" }, data })
            }
            return times.length < 4 ? Controller.requeueAfter("1 second") : Controller.done
          })
      }).pipe(
        Controller.owns(Api.all(ConfigMap), { watch: { fields: "metadata.name=settings,metadata.namespace!=other" } }),
        Controller.owns(Api.all(Secret), { watch: { fields: "type=example.com/none" } })
      )
      yield* Layer.build(Controller.layer(writing))
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(times, [0, 1000, 2000])
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(times, [0, 1000, 2000, 32_000], "the store that would show it is silent")
    }).pipe(Effect.provide(cluster)))

  it.scoped("a kind that cannot be listed ends it with the reason (K23)", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(Effect.exit(Controller.run(Controller.make("secrets", {
        for: Api.all(Foo),
        syncTimeout: "1 minute",
        reconcile: () => Effect.void
      }))))
      yield* TestClock.adjust("1 minute")
      const exit = yield* Fiber.join(fiber)
      assert.isTrue(Exit.isFailure(exit))
      if (Exit.isSuccess(exit)) return
      assert.match(Exit.causeOption(exit).pipe(Option.getOrThrow).toString(), /Foo.*not listed within 1m/)
    }).pipe(Effect.provide(TestCluster.layer)))

  it.scoped("stopping leaves no watch and no fiber (K21)", () =>
    Effect.gen(function*() {
      const server = yield* TestCluster.TestCluster
      const before = Array.from(yield* Fiber.roots).length
      yield* Effect.scoped(Effect.gen(function*() {
        yield* Layer.build(Controller.layer(controller.pipe(Controller.watches(Api.all(Secret), () => []))))
        yield* settle
        assert.strictEqual((yield* server.watches).length, 3)
      }))
      yield* settle
      assert.strictEqual((yield* server.watches).length, 0)
      assert.strictEqual(Array.from(yield* Fiber.roots).length, before)
    }).pipe(Effect.provide(cluster)))
})
