import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as writes from "../../src/client/internal/writes.js"
import { ownsFrom } from "../../src/runtime/internal/controller.js"
import { logging, make, now, settle, started } from "./controlling.js"
import { configMap, foo, HandMade, type Thing, thing } from "./handMade.js"

describe("Controller: reading its own writes", () => {
  const write = (name: string, rv: number | undefined): writes.Write => ({
    group: "",
    plural: "configmaps",
    namespace: "default",
    name,
    uid: `uid-${name}`,
    resourceVersion: rv === undefined ? undefined : String(rv),
    labels: undefined
  })
  /** What the client does after a write. */
  const record = (written: writes.Write) => writes.record(() => written)

  const story = (first: writes.Write, before: ReadonlyArray<Thing>) =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const others = new HandMade(configMap)
      for (const object of before) others.objects.set(`default/${object.metadata.name}`, object)
      const times: Array<readonly [string, number]> = []
      let written = false
      const controller = make(store, {
        concurrency: 2,
        reconcile: (object) =>
          Effect.gen(function*() {
            times.push([object.metadata.name, yield* now])
            if (written || object.metadata.name !== "a") return
            written = true
            // Plain, in a child fiber, and of a kind that is not held here.
            yield* Effect.fork(record(first)).pipe(Effect.flatMap(Fiber.join))
            yield* record({ ...first, plural: "secrets" })
          })
      })
      yield* started(ownsFrom(controller, others.open), store, others)
      yield* store.put(thing("a"))
      yield* settle
      yield* store.put(thing("a", 2))
      yield* store.put(thing("b", 2))
      yield* TestClock.adjust("10 seconds")
      return { others, times }
    })

  it.scoped("a run waits until the store shows what the run before it wrote; other keys do not wait (K22)", () =>
    Effect.gen(function*() {
      const { others, times } = yield* story(write("config", 7), [])
      assert.deepStrictEqual(times, [["a", 0], ["b", 0]])
      yield* others.put(thing("config", 6))
      yield* settle
      assert.strictEqual(times.length, 2, "an older state is not what was written")
      yield* others.put(thing("config", 7))
      yield* settle
      assert.deepStrictEqual(times.slice(2), [["a", 10_000]])
    }))

  it.scoped("a delete counts as seen when that uid is gone (K22)", () =>
    Effect.gen(function*() {
      const { others, times } = yield* story(write("config", undefined), [thing("config", 3)])
      assert.deepStrictEqual(times, [["a", 0], ["b", 0]])
      yield* others.put(thing("config", 9, { uid: "another" }))
      yield* settle
      assert.deepStrictEqual(times.slice(2), [["a", 10_000]])
    }))

  it.scoped("the wait is bounded: after 30 s it runs with a warning (K22)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const { times } = yield* story(write("config", 7), [])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(times.slice(2), [["a", 30_000]])
      assert.strictEqual(
        lines.filter((line) => line.level === "WARN" && line.text.includes("configmaps config")).length,
        1
      )
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("of several stores that hold the kind it waits for all (K22)", () =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const [one, two] = [new HandMade(configMap), new HandMade(configMap)]
      const times: Array<number> = []
      const controller = make(store, {
        reconcile: () =>
          Effect.gen(function*() {
            times.push(yield* now)
            if (times.length === 1) yield* record(write("config", 7))
          })
      })
      yield* started(ownsFrom(ownsFrom(controller, one.open), two.open), store, one, two)
      yield* store.put(thing("a"))
      yield* settle
      yield* store.put(thing("a", 2))
      yield* one.put(thing("config", 7))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(times, [0])
      yield* two.put(thing("config", 7))
      yield* settle
      assert.deepStrictEqual(times, [0, 10_000])
    }))

  it.scoped("a run that waits for the store when the controller stops does not begin, and holds nothing up (K21, K22)", () =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const times: Array<number> = []
      const scope = yield* Scope.make()
      const controller = make(store, {
        reconcile: (object) =>
          Effect.flatMap(now, (time) => {
            times.push(time)
            return record({ ...write(object.metadata.name, 7), plural: "foos" })
          })
      })
      yield* started(controller, store).pipe(Scope.extend(scope))
      yield* store.put(thing("a"))
      yield* settle
      yield* store.put(thing("a", 2))
      yield* TestClock.adjust("1 second")
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* settle
      assert.isTrue(Option.isSome(yield* Fiber.poll(closing)))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(times, [0])
    }))
})
