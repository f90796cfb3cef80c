/**
 * A controller with an empty reconcile over a store made by hand: keys through change, queue, fiber, Scope, span and
 * done, against the same number of empty fibers. Run: `npx tsx test/bench/controller.bench.ts`.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Controller from "../../src/runtime/Controller.js"
import { makeFrom } from "../../src/runtime/internal/controller.js"
import { foo, HandMade, thing } from "../runtime/handMade.js"

const count = 50_000

const timed = <E, R>(run: Effect.Effect<void, E, R>) =>
  Effect.gen(function*() {
    let least = Infinity
    for (let round = 0; round < 5; round++) {
      const start = performance.now()
      yield* run
      least = Math.min(least, performance.now() - start)
    }
    return least
  })

const fibers = Effect.suspend(() => {
  let left = count
  return Effect.whileLoop({
    while: () => left-- > 0,
    body: () => Effect.flatMap(Effect.fork(Effect.void), Fiber.await),
    step: () => {}
  })
})

const controller = (tracing: boolean) =>
  Effect.scoped(Effect.gen(function*() {
    const store = new HandMade(foo)
    const finished = yield* Deferred.make<void>()
    let left = count
    const first = yield* Effect.fork(Controller.start(makeFrom("foo", store.open, {
      reconcile: () => --left > 0 ? Effect.void : Effect.asVoid(Deferred.succeed(finished, undefined))
    })))
    yield* Effect.yieldNow()
    yield* store.list(...Array.from({ length: count }, (_, i) => thing(`${i}`)))
    yield* Fiber.join(first)
    yield* Deferred.await(finished)
  })).pipe(Effect.withTracerEnabled(tracing))

await Effect.runPromise(Effect.gen(function*() {
  const base = yield* timed(fibers)
  const report = (name: string, millis: number) =>
    console.log(
      `${name.padEnd(36)} ${(millis / base).toFixed(2).padStart(6)} × baseline ${
        Math.round(count / millis * 1000).toLocaleString("en").padStart(10)
      } keys/s`
    )
  report("baseline: an empty fiber each", base)
  report("controller, empty reconcile", yield* timed(controller(true)))
  report("controller, tracing off", yield* timed(controller(false)))
}))
