import { assert, describe, it } from "@effect/vitest"
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as Intervals from "effect/ScheduleIntervals"
import * as TestClock from "effect/TestClock"
import * as WorkQueue from "../../src/runtime/WorkQueue.js"

const strings = <E = never>(options?: Partial<WorkQueue.Options<string, E>>) =>
  WorkQueue.make<string, E>({ identity: (key) => key, ...options })

const settle = TestClock.adjust(0)

const now = Effect.map(Effect.clock, (clock) => clock.unsafeCurrentTimeMillis())

/** Takes what is there, and says when. */
const record = <E>(
  queue: WorkQueue.WorkQueue<string, E>,
  outcome: (work: WorkQueue.Work<string, E>) => WorkQueue.Outcome<E>
) => {
  const seen: globalThis.Array<readonly [number, string, number]> = []
  const loop: Effect.Effect<void> = Effect.flatMap(
    queue.take,
    Option.match({
      onNone: () => Effect.void,
      onSome: (work) =>
        Effect.flatMap(now, (time) => {
          seen.push([time, work.key, work.attempt])
          return Effect.zipRight(queue.done(work, outcome(work)), loop)
        })
    })
  )
  return Effect.as(Effect.fork(loop), seen)
}

describe("WorkQueue", () => {
  it.scoped("a take waits for a key without polling, and gets it when it is added (K1)", () =>
    Effect.gen(function*() {
      const queue = yield* strings()
      const taken = yield* Effect.fork(queue.take)
      yield* Effect.yieldNow()
      assert.isTrue(Option.isNone(yield* Fiber.poll(taken)))
      yield* queue.add("a")
      assert.deepStrictEqual(Option.map(yield* Fiber.join(taken), (work) => work.key), Option.some("a"))
      assert.deepStrictEqual(yield* queue.size, { ready: 0, pending: 0, processing: 1 })
    }))

  it.scoped("one key never runs twice at once, however many take (K1, K2)", () =>
    Effect.gen(function*() {
      const queue = yield* strings()
      const gate = yield* Deferred.make<void>()
      let atOnce = 0
      let most = 0
      let runs = 0
      const worker: Effect.Effect<void> = Effect.flatMap(
        queue.take,
        Option.match({
          onNone: () => Effect.void,
          onSome: (work) =>
            Effect.gen(function*() {
              runs++
              most = Math.max(most, ++atOnce)
              yield* Deferred.await(gate)
              atOnce--
              yield* queue.done(work, WorkQueue.done)
              yield* worker
            })
        })
      )
      yield* Effect.forEach(Array.range(1, 4), () => Effect.fork(worker))
      yield* queue.add("a")
      yield* Effect.yieldNow()
      yield* queue.addAll(Array.replicate("a", 20))
      yield* Effect.yieldNow()
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(most, 1)
      assert.strictEqual(runs, 2)
    }))

  it.scoped("delayed keys come when they are due; of several times the earliest counts (K3)", () =>
    Effect.gen(function*() {
      const queue = yield* strings()
      const seen = yield* record(queue, () => WorkQueue.done)
      yield* queue.addAfter("late", "1 minute")
      yield* queue.addAfter("a", "30 seconds")
      yield* queue.addAfter("a", "10 seconds")
      yield* queue.addAfter("a", "20 seconds")
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(seen, [])
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(seen, [[10_000, "a", 1], [60_000, "late", 1]])
    }))

  it.scoped("a key that is due in forty days comes in forty days, and one that is due never does not come (K3)", () =>
    Effect.gen(function*() {
      const queue = yield* strings()
      const seen = yield* record(queue, () => WorkQueue.done)
      yield* queue.addAfter("a", "40 days")
      yield* queue.addAfter("never", Duration.infinity)
      yield* TestClock.adjust("39 days")
      assert.deepStrictEqual(seen, [])
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(seen, [[Duration.toMillis("40 days"), "a", 1]])
      assert.strictEqual((yield* queue.size).pending, 0)
    }))

  for (const late of ["take", "shutdown"] as const) {
    it.scoped(`keys that a ${late} is the first to find due go to all who wait for one (K3)`, () =>
      Effect.gen(function*() {
        let time = 0
        // The timer is late: it never gets a word.
        const clock: Clock.Clock = {
          [Clock.ClockTypeId]: Clock.ClockTypeId,
          unsafeCurrentTimeMillis: () => time,
          unsafeCurrentTimeNanos: () => BigInt(time) * 1_000_000n,
          currentTimeMillis: Effect.sync(() => time),
          currentTimeNanos: Effect.sync(() => BigInt(time) * 1_000_000n),
          sleep: () => Effect.never
        }
        const queue = yield* Effect.withClock(strings(), clock)
        const waiting = yield* Effect.forEach(["one", "two"], () => Effect.fork(queue.take))
        for (const key of ["a", "b", "c"]) yield* queue.addAfter(key, "20 millis")
        yield* Effect.yieldNow()
        time = 20
        if (late === "take") yield* queue.take
        else yield* queue.shutdown("drain")
        yield* settle
        const taken = yield* Effect.forEach(waiting, (fiber) => Fiber.poll(fiber))
        assert.deepStrictEqual(taken.map(Option.isSome), [true, true])
      }))
  }

  it.scoped("failures are retried after 5 ms, 10 ms, 20 ms, ... up to 1 000 s, each key on its own, and a success forgets them (K4)", () =>
    Effect.gen(function*() {
      const queue = yield* strings<string>()
      const seen = yield* record(
        queue,
        (work) =>
          work.key === "good" || work.attempt === 21 ? WorkQueue.done : WorkQueue.failed(`attempt ${work.attempt}`)
      )
      yield* queue.add("bad")
      yield* TestClock.adjust("12 millis")
      yield* queue.add("good")
      yield* TestClock.adjust("10 days")
      const times = seen.filter(([, key]) => key === "bad").map(([time]) => time)
      const pauses = times.slice(1).map((time, i) => time - times[i])
      assert.deepStrictEqual(pauses, Array.makeBy(20, (n) => Math.min(5 * 2 ** n, 1_000_000)))
      assert.deepStrictEqual(seen.filter(([, key]) => key === "good"), [[12, "good", 1]])

      const start = yield* now
      seen.length = 0
      yield* queue.add("bad")
      yield* TestClock.adjust("12 millis")
      assert.deepStrictEqual(seen.slice(0, 2), [[start, "bad", 1], [start + 5, "bad", 2]], "from the start again")
    }))

  it.effect("the backoff stays at its limit after thousands of failures (K4)", () =>
    Effect.gen(function*() {
      let state = WorkQueue.defaultBackoff.initial
      let pause = 0
      for (let n = 0; n < 5000; n++) {
        const [next, _, decision] = yield* WorkQueue.defaultBackoff.step(0, undefined, state)
        state = next
        pause = ScheduleDecision.isContinue(decision) ? Intervals.start(decision.intervals) : -1
        assert.strictEqual(pause, Math.min(5 * 2 ** n, 1_000_000), `after ${n + 1} failures`)
      }
    }))

  it.scoped("a backoff that ends leaves the key until it is added; attempt and last error are known (K4)", () =>
    Effect.gen(function*() {
      const queue = yield* strings<string>({ backoff: Schedule.recurs(2).pipe(Schedule.addDelay(() => "1 second")) })
      const errors: globalThis.Array<Option.Option<string>> = []
      const seen = yield* record(queue, (work) => {
        errors.push(work.lastError)
        return WorkQueue.failed(`error ${work.attempt}`)
      })
      yield* queue.add("a")
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(seen.map(([time]) => time), [0, 1000, 2000])
      yield* queue.add("a")
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(seen.slice(3), [[3_600_000, "a", 4]])
      assert.deepStrictEqual(errors, [
        Option.none(),
        Option.some("error 1"),
        Option.some("error 2"),
        Option.some("error 3")
      ])
    }))

  it.scoped("a schedule that throws does not keep its key for ever (K4)", () =>
    Effect.gen(function*() {
      const queue = yield* strings<string>({
        backoff: Schedule.forever.pipe(Schedule.map(() => {
          throw new Error("bug")
        }))
      })
      yield* queue.add("a")
      const work = Option.getOrThrow(yield* queue.take)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(queue.done(work, WorkQueue.failed("no")))))
      assert.strictEqual((yield* queue.size).processing, 0)
      yield* queue.add("a")
      assert.strictEqual(Option.getOrThrow(yield* queue.take).attempt, 2)
    }))

  it.scoped("a change does not wait for the backoff, and a terminal failure waits for a change (K4, K18)", () =>
    Effect.gen(function*() {
      const queue = yield* strings<string>()
      const seen = yield* record(
        queue,
        (work) => work.attempt < 3 ? WorkQueue.failed("no") : WorkQueue.terminal("never")
      )
      yield* queue.add("a")
      yield* TestClock.adjust("1 millis")
      yield* queue.add("a")
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(seen, [[0, "a", 1], [1, "a", 2], [11, "a", 3]])
      yield* queue.add("a")
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(seen.slice(3), [[86_400_001, "a", 4]])
      yield* queue.forget("a")
      yield* queue.add("a")
      yield* TestClock.adjust("0 millis")
      assert.strictEqual(seen[4][2], 1)
    }))

  it.scoped("a requeue comes once, and not at all if a change came first (K16)", () =>
    Effect.gen(function*() {
      const queue = yield* strings()
      let requeues = 2
      const seen = yield* record(queue, () => requeues-- > 0 ? WorkQueue.requeueAfter("1 minute") : WorkQueue.done)
      yield* queue.add("a")
      yield* TestClock.adjust("70 seconds")
      yield* queue.add("a")
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(seen, [[0, "a", 1], [60_000, "a", 1], [70_000, "a", 1]])
    }))

  it.scoped("a second done for the same run does not end a later one (K1)", () =>
    Effect.gen(function*() {
      const queue = yield* strings<string>()
      for (const outcome of [WorkQueue.done, WorkQueue.failed("no")]) {
        yield* queue.add("a")
        const first = Option.getOrThrow(yield* queue.take)
        yield* queue.done(first, outcome)
        yield* queue.add("a")
        const second = Option.getOrThrow(yield* queue.take)
        yield* queue.done(first, WorkQueue.done)
        assert.strictEqual((yield* queue.size).processing, 1)
        yield* queue.done(second, WorkQueue.done)
      }
    }))

  it.scoped("a take that is interrupted as it is woken passes the word on (K1)", () =>
    Effect.gen(function*() {
      const queue = yield* strings()
      const first = yield* Effect.fork(queue.take)
      yield* Effect.yieldNow()
      const second = yield* Effect.fork(queue.take)
      yield* Effect.yieldNow()
      queue.unsafeAdd("a")
      first.unsafeInterruptAsFork(FiberId.none)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(first)))
      assert.strictEqual(Option.getOrThrow(yield* Fiber.join(second)).key, "a")
    }))

  it.scoped("a take that is interrupted loses no key, at whatever moment (K1)", () =>
    Effect.gen(function*() {
      const queue = yield* strings()
      for (let steps = 0; steps < 30; steps++) {
        const taker = yield* Effect.fork(Effect.acquireUseRelease(
          queue.take,
          () => Effect.yieldNow(),
          (work) => Option.isSome(work) ? queue.done(work.value, WorkQueue.done) : Effect.void
        ))
        for (let i = 0; i < steps / 10; i++) yield* Effect.yieldNow()
        queue.unsafeAdd("a")
        for (let i = 0; i < steps % 10; i++) yield* Effect.yieldNow()
        yield* Fiber.interrupt(taker)
        const { processing, ready } = yield* queue.size
        assert.strictEqual(processing, 0, `after ${steps} steps`)
        if (ready === 1) yield* queue.done(Option.getOrThrow(yield* queue.take), WorkQueue.done)
      }
    }))

  it.scoped("drain hands out what is ready and what was added to a running key, then nothing (K7)", () =>
    Effect.gen(function*() {
      const queue = yield* strings()
      yield* queue.addAll(["a", "b"])
      yield* queue.addAfter("later", "1 second")
      const a = Option.getOrThrow(yield* queue.take)
      yield* queue.add("a")
      yield* queue.shutdown("drain")
      yield* queue.add("c")
      const all = yield* Effect.fork(queue.awaitShutdown)
      const b = Option.getOrThrow(yield* queue.take)
      assert.strictEqual(b.key, "b")
      const next = yield* Effect.fork(queue.take)
      yield* Effect.yieldNow()
      assert.isTrue(Option.isNone(yield* Fiber.poll(next)), "a is added to while it runs, so it waits")
      yield* queue.done(a, WorkQueue.done)
      const again = Option.getOrThrow(yield* Fiber.join(next))
      assert.strictEqual(again.key, "a")
      assert.isTrue(Option.isNone(yield* queue.take))
      yield* queue.done(again, WorkQueue.requeueAfter("1 second"))
      assert.isTrue(Option.isNone(yield* Fiber.poll(all)))
      yield* queue.done(b, WorkQueue.done)
      yield* Fiber.join(all)
      assert.deepStrictEqual(yield* queue.size, { ready: 0, pending: 0, processing: 0 })
    }))

  it.scoped("stop hands out nothing more, and wakes who waits (K7)", () =>
    Effect.gen(function*() {
      const queue = yield* strings()
      yield* queue.addAll(["a", "b"])
      const a = Option.getOrThrow(yield* queue.take)
      yield* queue.add("a")
      yield* queue.shutdown("stop")
      assert.isTrue(Option.isNone(yield* queue.take))
      const all = yield* Effect.fork(queue.awaitShutdown)
      yield* Effect.yieldNow()
      assert.isTrue(Option.isNone(yield* Fiber.poll(all)))
      yield* queue.done(a, WorkQueue.done)
      yield* Fiber.join(all)

      const idle = yield* strings()
      const waiting = yield* Effect.fork(Effect.all([idle.take, idle.take], { concurrency: 2 }))
      yield* Effect.yieldNow()
      yield* idle.shutdown("stop")
      assert.deepStrictEqual(yield* Fiber.join(waiting), [Option.none(), Option.none()])
    }))

  it.effect("when its Scope closes, who waits gets nothing and no fiber is left (K7)", () =>
    Effect.gen(function*() {
      const before = globalThis.Array.from(yield* Fiber.roots).length
      const waiting = yield* Effect.scoped(Effect.gen(function*() {
        const queue = yield* strings()
        yield* queue.addAfter("a", "1 hour")
        const fiber = yield* Effect.forkDaemon(queue.take)
        yield* Effect.yieldNow()
        return fiber
      }))
      assert.isTrue(Option.isNone(yield* Fiber.join(waiting)))
      assert.strictEqual(globalThis.Array.from(yield* Fiber.roots).length, before)
    }))

  it.scoped("debounced adds become one run (K6)", () =>
    Effect.gen(function*() {
      const queue = yield* strings({ debounce: { wait: "1 second", maxWait: "3 seconds" } })
      const seen = yield* record(queue, () => WorkQueue.done)
      for (let i = 0; i < 10; i++) {
        yield* queue.add("a")
        yield* TestClock.adjust("500 millis")
      }
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(seen.map(([time]) => time), [3000, 5500])
    }))
})
