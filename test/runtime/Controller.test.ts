import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Controller from "../../src/runtime/Controller.js"
import { ownsFrom, watchesFrom } from "../../src/runtime/internal/controller.js"
import type { Key } from "../../src/runtime/Store.js"
import { logging, make, noting, settle, started } from "./controlling.js"
import { configMap, foo, HandMade, owner, thing } from "./handMade.js"

describe("Controller: what is enqueued", () => {
  it.scoped("the first reconcile waits until the main store and all others are ready (K13)", () =>
    Effect.gen(function*() {
      const { controller, runs, store } = noting()
      const others = new HandMade(configMap)
      const fiber = yield* Effect.fork(Controller.start(ownsFrom(controller, others.open)))
      yield* Effect.yieldNow()
      yield* others.put(thing("early", 1, { ownerReferences: [owner("a")] }))
      yield* settle
      assert.deepStrictEqual(runs, [])
      yield* store.list(thing("a"), thing("b"))
      yield* settle
      assert.deepStrictEqual(runs, [])
      yield* others.list()
      yield* Fiber.join(fiber)
      yield* settle
      assert.deepStrictEqual(runs, ["a@1", "b@1"])
    }))

  it.scoped("fresh changes come before what the first list holds (K5)", () =>
    Effect.gen(function*() {
      const { controller, runs, store } = noting()
      const others = new HandMade(configMap)
      const fiber = yield* Effect.fork(Controller.start(ownsFrom(controller, others.open)))
      yield* Effect.yieldNow()
      yield* store.list(...["a", "b", "c", "d"].map((name) => thing(name)))
      yield* store.put(thing("c", 2))
      yield* others.list()
      yield* Fiber.join(fiber)
      yield* settle
      assert.deepStrictEqual(runs, ["c@2", "a@1", "b@1", "d@1"])
    }))

  it.scoped("owns: on an update the owners of both the old and the new object, on a delete those of the last known one (K8)", () =>
    Effect.gen(function*() {
      const { controller, runs, store } = noting()
      const others = new HandMade(configMap)
      for (const name of ["a", "b", "c"]) store.objects.set(`default/${name}`, thing(name))
      yield* started(ownsFrom(controller, others.open), store, others)
      runs.length = 0
      yield* others.put(thing("config", 1, { ownerReferences: [owner("a")] }))
      yield* settle
      assert.deepStrictEqual(runs.splice(0), ["a@1"])
      yield* others.put(thing("config", 2, { ownerReferences: [owner("b")] }))
      yield* settle
      assert.deepStrictEqual(runs.splice(0).sort(), ["a@1", "b@1"])
      yield* others.put(thing("config", 3, { ownerReferences: [owner("b"), owner("c", { controller: false })] }))
      yield* settle
      assert.deepStrictEqual(runs.splice(0).sort(), ["b@1", "c@1"])
      yield* others.remove("config")
      yield* settle
      assert.deepStrictEqual(runs.splice(0).sort(), ["b@1", "c@1"])
    }))

  it.scoped("owns: group and kind count, the version does not; other kinds, groups and missing owners do not matter (K8)", () =>
    Effect.gen(function*() {
      const { controller, runs, store } = noting()
      const others = new HandMade(configMap)
      store.objects.set("default/a", thing("a"))
      yield* started(ownsFrom(controller, others.open), store, others)
      runs.length = 0
      yield* others.put(thing("1", 1, { ownerReferences: [owner("a", { apiVersion: "clux.dev/v1beta1" })] }))
      yield* settle
      assert.deepStrictEqual(runs.splice(0), ["a@1"])
      yield* others.put(
        thing("2", 1, {
          ownerReferences: [owner("a", { apiVersion: "apps/v1" }), owner("a", { kind: "Bar" }), owner("gone")]
        })
      )
      yield* others.put(thing("3", 1, { namespace: "elsewhere", ownerReferences: [owner("a")] }))
      yield* others.put(thing("4"))
      yield* settle
      assert.deepStrictEqual(runs, [])
    }))

  it.scoped("owns: only the controlling owner, if asked; a cluster-scoped owner has no namespace (K8)", () =>
    Effect.gen(function*() {
      const others = new HandMade(configMap)
      const store = new HandMade({ ...foo, scope: "Cluster" })
      const runs: Array<string> = []
      for (const name of ["a", "b"]) {
        const object = thing(name)
        store.objects.set(`/${name}`, { ...object, metadata: { ...object.metadata, namespace: undefined as never } })
      }
      const controller = make(store, { reconcile: (object) => Effect.sync(() => void runs.push(object.metadata.name)) })
      yield* started(ownsFrom(controller, others.open, { owner: "controller" }), store, others)
      runs.length = 0
      yield* others.put(thing("config", 1, { ownerReferences: [owner("a"), owner("b", { controller: false })] }))
      yield* settle
      assert.deepStrictEqual(runs, ["a"])
    }))

  it.scoped("watches: keys from a change, plain or as an Effect; a bug in the mapping is reported and passed over (K9)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const { controller, runs, store } = noting()
      const plain = new HandMade(configMap)
      const effectful = new HandMade({ ...configMap, kind: "Secret" })
      for (const name of ["a", "b", "c"]) store.objects.set(`default/${name}`, thing(name))
      class Prefix extends Context.Tag("Prefix")<Prefix, string>() {}
      const both = watchesFrom(
        watchesFrom(controller, plain.open, (change) => {
          if (change.object.metadata.name === "bug") throw new Error("a bug in the mapping")
          return [{ namespace: "default", name: change.object.metadata.name }]
        }),
        (timeout) => Effect.zipRight(Prefix, effectful.open(timeout)),
        (change) =>
          change.object.metadata.name === "bug"
            ? Effect.interrupt
            : Effect.map(Prefix, (prefix) => [{ namespace: "default", name: change._tag === "Updated" ? prefix : "b" }])
      )
      yield* Effect.provideService(started(both, store, plain, effectful), Prefix, "c")
      runs.length = 0
      yield* plain.put(thing("bug"))
      yield* plain.put(thing("a"))
      yield* settle
      assert.deepStrictEqual(runs.splice(0), ["a@1"])
      yield* effectful.put(thing("bug"))
      yield* effectful.put(thing("x"))
      yield* effectful.put(thing("x", 2))
      yield* settle
      assert.deepStrictEqual(runs, ["b@1", "c@1"])
      assert.strictEqual(lines.filter((line) => line.level === "ERROR").length, 2)
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("reconcileOn takes keys from a stream, reconcileAllOn every key whenever its stream speaks (K10)", () =>
    Effect.gen(function*() {
      const { controller, runs, store } = noting()
      const keys = yield* Queue.unbounded<Key>()
      const ticks = yield* Queue.unbounded<void>()
      for (const name of ["a", "b"]) store.objects.set(`default/${name}`, thing(name))
      yield* started(
        controller.pipe(
          Controller.reconcileOn(Stream.fromQueue(keys)),
          Controller.reconcileAllOn(Stream.fromQueue(ticks))
        ),
        store
      )
      runs.length = 0
      yield* Queue.offer(keys, { namespace: "default", name: "b" })
      yield* Queue.offer(keys, { namespace: "default", name: "unknown" })
      yield* settle
      assert.deepStrictEqual(runs.splice(0), ["b@1"])
      yield* Queue.offer(ticks, undefined)
      yield* settle
      assert.deepStrictEqual(runs, ["a@1", "b@1"])
    }))

  it.scoped("a predicate decides which changes count (K11)", () =>
    Effect.gen(function*() {
      const { controller, runs, store } = noting({
        predicate: (change) => change._tag !== "Updated" || change.previous.metadata.uid !== "uid-quiet"
      })
      yield* started(controller, store)
      yield* store.put(thing("quiet"))
      yield* store.put(thing("loud"))
      yield* settle
      yield* store.put(thing("quiet", 2))
      yield* store.put(thing("loud", 2))
      yield* settle
      assert.deepStrictEqual(runs, ["quiet@1", "loud@1", "loud@2"])
    }))

  it.scoped("a predicate that throws is reported, and its change counts; the others of its chunk too (K11, K19)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const { controller, runs, store } = noting({
        predicate: (change) => {
          if (change.object.metadata.name === "a") throw new Error("a bug in the predicate")
          return true
        }
      })
      for (const name of ["a", "b"]) store.objects.set(`default/${name}`, thing(name))
      yield* started(controller, store)
      assert.deepStrictEqual(runs, ["a@1", "b@1"])
      assert.strictEqual(lines.filter((line) => line.level === "ERROR").length, 1)
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("a stream that ends or has a defect does not end the controller (K10, K19)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const { controller, runs, store } = noting()
      for (const name of ["a", "b"]) store.objects.set(`default/${name}`, thing(name))
      yield* started(
        controller.pipe(
          Controller.reconcileOn(
            Stream.concat(Stream.make({ namespace: "default", name: "a" }), Stream.dieMessage("a bug"))
          ),
          Controller.reconcileAllOn(Stream.make(1, 2))
        ),
        store
      )
      runs.length = 0
      yield* store.put(thing("b", 2))
      yield* settle
      assert.deepStrictEqual(runs, ["b@2"])
      assert.strictEqual(lines.filter((line) => line.level === "ERROR").length, 1)
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("what is gone is passed over, or reconciled with its last known state if asked, until that succeeds (K15)", () =>
    Effect.gen(function*() {
      const silent = noting()
      yield* started(silent.controller, silent.store)
      yield* silent.store.put(thing("a"))
      yield* silent.store.remove("a")
      yield* settle
      assert.deepStrictEqual(silent.runs, [])

      const store = new HandMade(foo)
      const runs: Array<readonly [string, boolean, number, Option.Option<unknown>]> = []
      yield* started(
        make(store, {
          deleted: true,
          reconcile: (object, run) =>
            Effect.suspend(() => {
              runs.push([
                `${object.metadata.uid}@${object.metadata.resourceVersion}`,
                run.deleted,
                run.attempt,
                run.lastError
              ])
              return run.deleted && run.attempt === 1 ? Effect.fail("not yet") : Effect.void
            })
        }),
        store
      )
      yield* store.put(thing("a", 3))
      yield* settle
      yield* store.remove("a")
      yield* store.put(thing("a", 5, { uid: "another" }))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(runs, [
        ["uid-a@3", false, 1, Option.none()],
        ["uid-a@3", true, 1, Option.none()],
        ["uid-a@3", true, 2, Option.some("not yet")],
        ["another@5", false, 1, Option.none()]
      ])
    }))
})
