import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Controller from "../../src/runtime/Controller.js"
import { makeFrom } from "../../src/runtime/internal/controller.js"
import { foo, HandMade, thing } from "./handMade.js"

/** Starts with one object, `a`. */
const started = <E, R>(store: HandMade, controller: Controller.Controller<E, R>) =>
  Effect.gen(function*() {
    yield* Effect.fork(Controller.start(controller))
    yield* Effect.yieldNow()
    yield* store.list(thing("a"))
    yield* TestClock.adjust(0)
  })

describe("Controller: the deadline of a reconcile", () => {
  it.scoped("a reconcile that takes longer is interrupted and fails; the next try knows why (K15, K17)", () =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const seen: Array<string> = []
      yield* started(
        store,
        makeFrom("foo", store.open, {
          timeout: "1 minute",
          reconcile: (_, { attempt, lastError }) =>
            Effect.gen(function*() {
              seen.push(`${attempt} after ${Option.getOrElse(Option.map(lastError, String), () => "nothing")}`)
              yield* Effect.addFinalizer(() => Effect.sync(() => void seen.push("closed")))
              if (attempt === 1) {
                yield* Effect.onInterrupt(Effect.never, () => Effect.sync(() => void seen.push("interrupted")))
              }
              yield* Effect.sleep("59 seconds")
              seen.push("done")
            })
        })
      )
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(seen, [
        "1 after nothing",
        "interrupted",
        "closed",
        "2 after ControllerReconcileTimeout: foo: the reconcile of default/a took longer than 1m and was interrupted",
        "done",
        "closed"
      ])
    }))

  it.scoped("the error policy gets it with its type, and decides (K17)", () =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const seen: Array<string> = []
      const controller = makeFrom("foo", store.open, {
        timeout: "1 minute",
        reconcile: () => Effect.zipRight(Effect.sleep("2 minutes"), Effect.fail("another" as const))
      })
      yield* started(
        store,
        controller.pipe(Controller.onError((error, attempt) =>
          Effect.sync(() => {
            seen.push(error === "another" ? error : `${error._tag} of ${error.key.name}, attempt ${attempt}`)
            return Controller.done
          })
        ))
      )
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(seen, ["ControllerReconcileTimeout of a, attempt 1"])
    }))

  it.scoped("a run that cannot be interrupted is waited for: its key does not run twice at once (K1)", () =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      let running = 0
      let most = 0
      let runs = 0
      yield* started(
        store,
        makeFrom("foo", store.open, {
          timeout: "1 second",
          concurrency: 2,
          reconcile: () =>
            Effect.uninterruptible(Effect.gen(function*() {
              if (++runs > 4) return
              most = Math.max(most, ++running)
              yield* Effect.sleep("1 minute")
              running--
            }))
        })
      )
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(most, 1)
      assert.isAtLeast(runs, 4)
    }))

  it("a deadline that is no time above zero is refused; an infinite one is none", () => {
    const store = new HandMade(foo)
    const make = (timeout: number) => makeFrom("foo", store.open, { timeout, reconcile: () => Effect.void })
    assert.throws(() => make(0), /timeout of foo: expected a time above zero/)
    assert.throws(() => make(-1), /timeout of foo/)
    make(Infinity)
  })
})
