import { assert, describe, it } from "@effect/vitest"
import * as Array from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as WorkQueue from "../../src/runtime/WorkQueue.js"

const strings = (options?: Partial<WorkQueue.Options<string, string>>) =>
  WorkQueue.make<string, string>({ identity: (key) => key, ...options })

const now = Effect.map(Effect.clock, (clock) => clock.unsafeCurrentTimeMillis())

/** Takes what comes, and says when. */
const record = (queue: WorkQueue.WorkQueue<string, string>) => {
  const seen: globalThis.Array<readonly [number, string]> = []
  const loop: Effect.Effect<void> = Effect.flatMap(
    queue.take,
    Option.match({
      onNone: () => Effect.void,
      onSome: (work) =>
        Effect.flatMap(now, (time) => {
          seen.push([time, work.key])
          return Effect.zipRight(queue.done(work, WorkQueue.done), loop)
        })
    })
  )
  return Effect.as(Effect.fork(loop), seen)
}

describe("WorkQueue: its limits", () => {
  it.scoped("the rate limit is over all keys: a burst at once, then one for each token", () =>
    Effect.gen(function*() {
      const queue = yield* strings({ rateLimit: { limit: 10, burst: 3 } })
      const seen = yield* record(queue)
      yield* queue.addAll(Array.makeBy(6, (n) => `${n}`))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(seen.map(([time]) => time), [0, 0, 0, 100, 200, 300])
      seen.length = 0
      yield* queue.addAll(Array.makeBy(5, (n) => `${n}`))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(seen.map(([time]) => time - 60_000), [0, 0, 0, 100, 200], "the bucket fills up again")
    }))

  it.scoped("what the rate limit holds back goes to all who wait, and a drain keeps to it (K7)", () =>
    Effect.gen(function*() {
      const queue = yield* strings({ rateLimit: { limit: 1, interval: "1 minute" } })
      const takers = yield* Effect.forEach(["one", "two", "three"], () => Effect.fork(queue.take))
      yield* Effect.yieldNow()
      yield* queue.addAll(["a", "b", "c"])
      yield* queue.shutdown("drain")
      const taken = () =>
        Effect.map(Effect.forEach(takers, (fiber) => Fiber.poll(fiber)), (all) => all.filter(Option.isSome).length)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* taken(), 1)
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* taken(), 2)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* taken(), 3)
      assert.isTrue(Option.isNone(yield* queue.take))
    }))

  it.effect("a rate limit that lets nothing through is a mistake of the program", () =>
    Effect.gen(function*() {
      for (
        const rateLimit of [{ limit: 0 }, { limit: -1 }, { limit: NaN }, { limit: 1, interval: 0 }, {
          limit: 1,
          burst: 0
        }]
      ) {
        const exit = yield* Effect.exit(Effect.scoped(strings({ rateLimit })))
        assert.isTrue(Exit.isFailure(exit), JSON.stringify(rateLimit))
      }
    }))

  it.scoped("while it is paused nothing is handed out and nothing is lost; a shutdown ends the pause (K7)", () =>
    Effect.gen(function*() {
      const queue = yield* strings()
      const seen = yield* record(queue)
      yield* queue.pause
      yield* queue.addAll(["a", "b", "a"])
      yield* queue.addAfter("later", "1 minute")
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(seen, [])
      assert.deepStrictEqual(yield* queue.size, { ready: 3, pending: 3, processing: 0 })
      yield* queue.resume
      yield* TestClock.adjust("0 millis")
      assert.deepStrictEqual(seen.splice(0).map(([, key]) => key), ["a", "b", "later"])

      yield* queue.pause
      yield* queue.add("c")
      yield* queue.shutdown("drain")
      yield* TestClock.adjust("0 millis")
      assert.deepStrictEqual(seen.map(([, key]) => key), ["c"])
      yield* queue.awaitShutdown
    }))

  it.scoped("changes without end do not keep the keys of the first list waiting for ever (K5)", () =>
    Effect.gen(function*() {
      const queue = yield* strings()
      yield* queue.addAll(["low", "lower"], { priority: -100 })
      const order: globalThis.Array<string> = []
      for (let n = 0; n < 200; n++) {
        yield* queue.add(`change ${n}`)
        const work = Option.getOrThrow(yield* queue.take)
        order.push(work.key)
        yield* queue.done(work, WorkQueue.done)
      }
      assert.deepStrictEqual([order.indexOf("low"), order.indexOf("lower")], [32, 65])
    }))

  it.scoped("a snapshot says of each key where it stands, since when, and what it failed with; it is bounded", () =>
    Effect.gen(function*() {
      const queue = yield* strings()
      const fail = (key: string, outcome: WorkQueue.Outcome<string>) =>
        Effect.gen(function*() {
          yield* queue.add(key)
          yield* queue.done(Option.getOrThrow(yield* queue.take), outcome)
        })
      yield* TestClock.adjust("1 second")
      yield* fail("retried", WorkQueue.failed("no"))
      yield* fail("given up", WorkQueue.terminal("never"))
      yield* queue.addAfter("later", "1 minute", { priority: -100 })
      yield* queue.add("running", { priority: 7 })
      yield* queue.take
      yield* TestClock.adjust("2 millis")
      yield* queue.add("running")
      yield* queue.add("ready")
      const { keys, omitted, size, takenAt } = yield* queue.snapshot()
      assert.strictEqual(DateTime.toEpochMillis(takenAt), 1002)
      assert.deepStrictEqual(size, { ready: 1, pending: 4, processing: 1 })
      assert.strictEqual(omitted, 0)
      assert.deepStrictEqual(
        keys.map(({ again, attempt, due, key, lastError, priority, since, state }) => [
          key,
          state,
          again,
          priority,
          attempt,
          Option.getOrUndefined(lastError),
          since.epochMillis,
          due?.epochMillis
        ]),
        [
          ["running", "Processing", true, 7, 1, undefined, 1000, undefined],
          ["retried", "Delayed", false, 0, 2, "no", 1000, 1005],
          ["given up", "Failed", false, 0, 2, "never", 1000, undefined],
          ["ready", "Ready", false, 0, 1, undefined, 1002, undefined],
          ["later", "Delayed", false, -100, 1, undefined, 1000, 61_000]
        ]
      )
      const few = yield* queue.snapshot(2)
      assert.deepStrictEqual(few.keys.map(({ key }) => key), ["running", "retried"])
      assert.strictEqual(few.omitted, 3)
      yield* queue.pause
      assert.isTrue((yield* queue.snapshot(0)).isPaused)
    }))
})
