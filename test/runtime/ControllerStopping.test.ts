import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Controller from "../../src/runtime/Controller.js"
import { ownsFrom } from "../../src/runtime/internal/controller.js"
import { make, noting, settle, started } from "./controlling.js"
import { configMap, foo, HandMade, type Thing, thing } from "./handMade.js"

describe("Controller: starting and stopping", () => {
  it.scoped("caches that do not sync in time end it with the reason (K23)", () =>
    Effect.gen(function*() {
      const { controller, store } = noting()
      const others = new HandMade(configMap)
      const fiber = yield* Effect.fork(Effect.exit(Controller.run(ownsFrom(controller, others.open))))
      yield* Effect.yieldNow()
      yield* store.list()
      yield* TestClock.adjust("119 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 second")
      const exit = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        Exit.mapError(exit, (error) => error.message),
        Exit.fail("list ConfigMap: not listed within 2m: no answer so far")
      )
      assert.strictEqual(store.subscribers + others.subscribers, 0)
    }))

  it.scoped("the layer is built once the caches are synced, and gives the reconcile its services", () =>
    Effect.gen(function*() {
      class Mailer extends Context.Tag("Mailer")<Mailer, (text: string) => void>() {}
      const mails: Array<string> = []
      const store = new HandMade(foo)
      const controller = make(store, {
        reconcile: (object) =>
          Effect.gen(function*() {
            yield* Effect.addFinalizer(() => Effect.void)
            const mail = yield* Mailer
            mail(object.metadata.name)
          })
      })
      const layer = Controller.layer(controller).pipe(
        Layer.provide(Layer.succeed(Mailer, (text) => void mails.push(text)))
      )
      const fiber = yield* Effect.fork(Layer.build(layer))
      yield* settle
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* store.list(thing("a"))
      yield* Fiber.join(fiber)
      yield* settle
      assert.deepStrictEqual(mails, ["a"])
    }))

  const stopping = (reconcile: (object: Thing) => Effect.Effect<void>) =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const before = Array.from(yield* Fiber.roots).length
      const scope = yield* Scope.make()
      yield* started(make(store, { reconcile }), store).pipe(Scope.extend(scope))
      yield* store.put(thing("a"))
      yield* store.put(thing("b"))
      yield* settle
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* settle
      const left = Effect.map(Fiber.roots, (roots) => Array.from(roots).length - before)
      return { closing, store, left }
    })

  it.scoped("stopping: no new run begins, and the running one may end (K21)", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const gate = yield* Deferred.make<void>()
      const { closing, left, store } = yield* stopping((object) =>
        Effect.sync(() => events.push(`${object.metadata.name} begins`)).pipe(
          Effect.zipRight(Deferred.await(gate)),
          Effect.zipRight(Effect.sync(() => void events.push(`${object.metadata.name} ends`)))
        )
      )
      yield* store.put(thing("a", 2))
      yield* TestClock.adjust("29 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(closing)
      yield* settle
      assert.deepStrictEqual(events, ["a begins", "a ends"])
      assert.strictEqual(yield* left, 0)
      assert.strictEqual(store.subscribers, 0)
    }))

  it.scoped("stopping: what runs longer than 30 s is interrupted and awaited (K21)", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const { closing, left } = yield* stopping(() =>
        Effect.never.pipe(Effect.onInterrupt(() =>
          Effect.sleep("1 second").pipe(Effect.zipRight(Effect.sync(() => events.push("cleaned up"))))
        ))
      )
      yield* TestClock.adjust("29 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.deepStrictEqual(events, ["cleaned up"])
      assert.strictEqual(yield* left, 0)
    }))

  it.effect("an interruption of the program stops it in the same way (K21)", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const store = new HandMade(foo)
      store.objects.set("default/a", thing("a"))
      const controller = make(store, {
        reconcile: () => Effect.zipRight(Effect.sleep("10 seconds"), Effect.sync(() => void events.push("ended")))
      })
      const fiber = yield* Effect.fork(Controller.run(controller))
      yield* Effect.yieldNow()
      yield* store.list(thing("a"))
      yield* settle
      const interrupting = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(events, [])
      yield* TestClock.adjust("1 second")
      assert.isTrue(Exit.isInterrupted(yield* Fiber.join(interrupting)))
      assert.deepStrictEqual(events, ["ended"])
    }))
})
