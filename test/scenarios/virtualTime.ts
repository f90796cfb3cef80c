/** Lets an effect run in virtual time: whenever nothing can go on, the clock goes on. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"

/** Some moment of which the server writes its times. */
const start = Date.parse("2030-01-02T03:04:05Z")
const tick = 100
/** Virtual milliseconds after which what has not ended never will. */
const limit = 120_000

export const inVirtualTime = <A>(effect: Effect.Effect<A>): Effect.Effect<A> =>
  Effect.gen(function*() {
    yield* TestClock.setTime(start)
    const fiber = yield* Effect.fork(effect)
    for (let now = 0; now < limit; now += tick) {
      for (let turn = 0; turn < 200; turn++) {
        const exit = yield* Fiber.poll(fiber)
        if (Option.isSome(exit)) return yield* exit.value
        yield* Effect.yieldNow()
      }
      yield* TestClock.adjust(tick)
    }
    yield* Fiber.interrupt(fiber)
    return yield* Effect.dieMessage(`did not end within ${limit / 1000} virtual seconds`)
  })
