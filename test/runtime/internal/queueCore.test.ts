import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { type CoreOutcome, QueueCore } from "../../../src/runtime/internal/queueCore.js"
import type { Entry } from "../../../src/runtime/internal/queueEntry.js"
import { TokenBucket } from "../../../src/runtime/internal/tokenBucket.js"

/** How often a lower priority is passed over, here. */
const patience = 3

/**
 * The rules again, in the plainest possible way: what is pending is a list, and everything is looked for by walking.
 */
interface Pending {
  due: number
  priority: number
  /** The order of getting ready; undefined while delayed or while the key runs. */
  stamp: number | undefined
  order: number
}
class Model {
  readonly pending = new Map<string, Pending>()
  readonly processing = new Map<string, number>()
  readonly failures = new Map<string, number>()
  private counter = 0
  closing: "drain" | "stop" | undefined = undefined
  paused = false
  /** How often a priority that has something ready was passed over. */
  private readonly passed = new Map<number, number>()

  private waiting(): ReadonlyArray<number> {
    const ready = Array.from(this.pending.values()).filter(({ stamp }) => stamp !== undefined)
    return [...new Set(ready.map(({ priority }) => priority))].sort((a, b) => b - a)
  }

  /** A priority that has nothing ready begins afresh. */
  tidy() {
    const waiting = this.waiting()
    for (const priority of this.passed.keys()) if (!waiting.includes(priority)) this.passed.delete(priority)
  }

  /** What has become due gets its place, in the order of the times. */
  promote(now: number) {
    const due = Array.from(this.pending).filter(([key, entry]) =>
      entry.stamp === undefined && entry.due <= now && !this.processing.has(key)
    )
    due.sort(([, a], [, b]) => a.due - b.due || a.order - b.order)
    for (const [, entry] of due) entry.stamp = this.counter++
  }

  add(key: string, due: number, now: number, priority: number) {
    this.promote(now)
    if (this.closing !== undefined || due === Infinity) return
    const known = this.pending.get(key)
    if (known === undefined) {
      this.pending.set(key, { due, priority, stamp: undefined, order: this.counter++ })
    } else {
      if (priority > known.priority && known.stamp !== undefined) known.stamp = this.counter++
      known.priority = Math.max(known.priority, priority)
      if (known.stamp === undefined) known.due = Math.min(known.due, due)
    }
    const entry = this.pending.get(key)
    if (entry !== undefined && entry.stamp === undefined && entry.due <= now && !this.processing.has(key)) {
      entry.stamp = this.counter++
    }
  }

  take(now: number): string | undefined {
    if (this.closing === "stop") return undefined
    this.promote(now)
    const waiting = this.waiting()
    const first = waiting[0]
    if (first === undefined || this.paused) return undefined
    for (const priority of waiting) this.passed.set(priority, (this.passed.get(priority) ?? 0) + 1)
    const times = (priority: number) => this.passed.get(priority) ?? 0
    const late = waiting.filter((priority) => times(priority) > patience).sort((a, b) => times(b) - times(a))[0]
    const chosen = late ?? first
    this.passed.delete(chosen)
    let best: [string, Pending] | undefined
    for (const candidate of this.pending) {
      const [, { priority, stamp }] = candidate
      if (stamp === undefined || priority !== chosen) continue
      if (best === undefined || stamp < (best[1].stamp ?? Infinity)) best = candidate
    }
    if (best === undefined) return undefined
    this.pending.delete(best[0])
    this.processing.set(best[0], best[1].priority)
    return best[0]
  }

  done(key: string, outcome: CoreOutcome<string>, now: number) {
    this.promote(now)
    const priority = this.processing.get(key) ?? 0
    this.processing.delete(key)
    if (outcome._tag === "Failure") this.failures.set(key, (this.failures.get(key) ?? 0) + 1)
    else this.failures.delete(key)
    const entry = this.pending.get(key)
    if (entry !== undefined && entry.due <= now) {
      entry.stamp = this.counter++
    }
    const again = outcome._tag === "RequeueAt" ? outcome.due : outcome._tag === "Failure" ? outcome.retryAt : undefined
    if (again !== undefined) this.add(key, again, now, priority)
  }

  close(how: "drain" | "stop", now: number) {
    if (this.closing === "stop") return
    this.promote(now)
    this.closing = how
    this.paused = false
    for (const [key, entry] of this.pending) {
      const keep = how === "drain" && (entry.stamp !== undefined || (entry.due <= now && this.processing.has(key)))
      if (!keep) this.pending.delete(key)
    }
  }
}

type Command =
  | { readonly _tag: "Add"; readonly key: string; readonly priority: number }
  | { readonly _tag: "AddAfter"; readonly key: string; readonly delay: number; readonly priority: number }
  | { readonly _tag: "Wait"; readonly millis: number }
  | { readonly _tag: "Take" }
  | {
    readonly _tag: "Done"
    readonly pick: number
    readonly how: "Success" | "RequeueAt" | "Failure"
    readonly delay: number
  }
  | { readonly _tag: "Close"; readonly how: "drain" | "stop" }
  | { readonly _tag: "Pause" | "Resume" }

const key = FastCheck.constantFrom("a", "b", "c", "d", "e")
const priority = FastCheck.constantFrom(0, 0, 0, -100, 10)
const delay = FastCheck.constantFrom(0, 1, 5, 5, 20, 100, Infinity)
const command: FastCheck.Arbitrary<Command> = FastCheck.oneof(
  { weight: 6, arbitrary: FastCheck.record({ _tag: FastCheck.constant("Add" as const), key, priority }) },
  { weight: 4, arbitrary: FastCheck.record({ _tag: FastCheck.constant("AddAfter" as const), key, delay, priority }) },
  {
    weight: 4,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("Wait" as const),
      millis: FastCheck.constantFrom(0, 1, 4, 5, 50, 200)
    })
  },
  { weight: 8, arbitrary: FastCheck.constant({ _tag: "Take" as const }) },
  { weight: 1, arbitrary: FastCheck.constantFrom({ _tag: "Pause" as const }, { _tag: "Resume" as const }) },
  {
    weight: 7,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("Done" as const),
      pick: FastCheck.nat(4),
      how: FastCheck.constantFrom("Success" as const, "RequeueAt" as const, "Failure" as const),
      delay
    })
  }
)
const story = FastCheck.tuple(
  FastCheck.array(command, { maxLength: 120 }),
  FastCheck.option(FastCheck.constantFrom("drain" as const, "stop" as const), { nil: undefined }),
  FastCheck.array(command, { maxLength: 30 })
).map(([before, how, after]): ReadonlyArray<Command> =>
  how === undefined ? before : [...before, { _tag: "Close", how }, ...after]
)

describe("the queue's rules", () => {
  it("are those of the plain model, for any story (K1, K2, K3, K4, K5, K7)", () => {
    FastCheck.assert(
      FastCheck.property(story, (commands) => {
        const core = new QueueCore<string, string>(undefined, undefined, patience)
        const model = new Model()
        const running: Array<Entry<string, string>> = []
        let now = 0
        for (const step of commands) {
          switch (step._tag) {
            case "Add":
              core.add(step.key, step.key, now, step.priority)
              model.add(step.key, now, now, step.priority)
              break
            case "AddAfter":
              core.addAt(step.key, step.key, now + step.delay, now, step.priority)
              model.add(step.key, now + step.delay, now, step.priority)
              break
            case "Wait":
              now += step.millis
              break
            case "Take": {
              const entry = core.take(now)?.entry
              assert.strictEqual(entry?.key, model.take(now))
              if (entry !== undefined) {
                assert.isFalse(running.includes(entry), "a key runs twice at once")
                assert.strictEqual(entry.failures, model.failures.get(entry.key) ?? 0)
                running.push(entry)
              }
              break
            }
            case "Done": {
              const entry = running.splice(step.pick % Math.max(1, running.length), 1)[0]
              if (entry === undefined) break
              const outcome: CoreOutcome<string> = step.how === "RequeueAt"
                ? { _tag: step.how, due: now + step.delay }
                : step.how === "Failure"
                ? { _tag: step.how, error: "no", retryAt: now + step.delay }
                : { _tag: step.how }
              core.done(entry, outcome, now)
              model.done(entry.key, outcome, now)
              break
            }
            case "Close":
              core.close(step.how, now)
              model.close(step.how, now)
              break
            case "Pause":
              core.pause()
              if (model.closing === undefined) model.paused = true
              break
            case "Resume":
              core.resume()
              model.paused = false
          }
          model.tidy()
          assert.strictEqual(core.pending, model.pending.size, `pending after ${JSON.stringify(step)}`)
          assert.strictEqual(core.processing, model.processing.size)
        }
        // Nothing is lost, and nothing is kept: let everything run to its end.
        now += 1000
        core.resume()
        model.paused = false
        for (const entry of running) {
          core.done(entry, { _tag: "Success" }, now)
          model.done(entry.key, { _tag: "Success" }, now)
        }
        model.tidy()
        for (;;) {
          const entry = core.take(now)?.entry
          assert.strictEqual(entry?.key, model.take(now))
          if (entry === undefined) break
          core.done(entry, { _tag: "Success" }, now)
          model.done(entry.key, { _tag: "Success" }, now)
          model.tidy()
        }
        assert.strictEqual(core.pending, 0)
        assert.strictEqual(core.known, Array.from(model.failures.keys()).length, "only keys that failed are remembered")
      }),
      { numRuns: 2000 }
    )
  })

  it("no key starves: it waits for those before it in its priority, and of others for so many each time (K5)", () => {
    const added = FastCheck.record({
      priority: FastCheck.constantFrom(-100, 0, 10, 20),
      count: FastCheck.nat(3),
      again: FastCheck.boolean()
    })
    FastCheck.assert(
      FastCheck.property(FastCheck.array(added, { minLength: 50, maxLength: 300 }), (rounds) => {
        const core = new QueueCore<string, string>(undefined, undefined, patience)
        /** Of each ready key: how many takes it may see at most. */
        const left = new Map<string, number>()
        const inLane = new Map<number, number>()
        let counter = 0
        const add = (name: string, priority: number) => {
          const before = inLane.get(priority) ?? 0
          core.add(name, name, 0, priority)
          if (left.has(name)) return
          inLane.set(priority, before + 1)
          left.set(name, (before + 1) * (patience + 4))
        }
        const takeOne = () => {
          const run = core.take(0)
          if (run === undefined) return false
          const { entry, priority } = run
          assert.isAtLeast(left.get(entry.key) ?? -1, 1, `${entry.key} waited too long`)
          left.delete(entry.key)
          inLane.set(priority, (inLane.get(priority) ?? 1) - 1)
          for (const [name, takes] of left) left.set(name, takes - 1)
          core.done(entry, { _tag: "Success" }, 0)
          return true
        }
        for (const { again, count, priority } of rounds) {
          for (let n = 0; n <= count; n++) add(again ? `${priority}/again` : `${priority}/${counter++}`, priority)
          takeOne()
        }
        while (takeOne());
        assert.strictEqual(left.size, 0)
      }),
      { numRuns: 200 }
    )
  })

  it("a token bucket gives a burst, then one each period, and fills up when it rests", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.integer({ min: 1, max: 50 }),
        FastCheck.integer({ min: 1, max: 5 }),
        FastCheck.array(FastCheck.constantFrom(0, 0, 0, 1, 3, 10, 50, 200), { maxLength: 200 }),
        (period, burst, pauses) => {
          const bucket = new TokenBucket(period, burst)
          /** Tokens in parts of `period`. */
          let parts = burst * period
          let now = 0
          for (const pause of pauses) {
            now += pause
            parts = Math.min(burst * period, parts + pause)
            assert.strictEqual(bucket.available(now), Math.floor(parts / period))
            if (parts < period) assert.strictEqual(bucket.nextAt, now + period - parts)
            assert.strictEqual(bucket.take(now), parts >= period)
            if (parts >= period) parts -= period
          }
        }
      )
    )
  })

  const take = (core: QueueCore<string, string>, now: number) => core.take(now)?.entry.key

  it("a key that is added a thousand times while it runs runs once more (K2)", () => {
    const core = new QueueCore<string, string>(undefined)
    core.add("a", "a", 0, 0)
    const run = core.take(0)?.entry
    for (let i = 0; i < 1000; i++) core.add("a", "a", 0, 0)
    assert.isUndefined(core.take(0), "it runs already")
    if (run !== undefined) core.done(run, { _tag: "Success" }, 1)
    assert.strictEqual(take(core, 1), "a")
    assert.isUndefined(core.take(1))
  })

  it("a requeue that is overtaken by a change does not come a second time (K3, K16)", () => {
    const core = new QueueCore<string, string>(undefined)
    core.addAt("a", "a", 3600, 0, 0)
    core.add("a", "a", 10, 0)
    const run = core.take(10)?.entry
    assert.strictEqual(run?.key, "a")
    if (run !== undefined) core.done(run, { _tag: "Success" }, 11)
    assert.strictEqual(core.nextDue(11), Infinity)
    assert.isUndefined(core.take(4000))
    assert.strictEqual(core.known, 0)
  })

  it("first changes, then the first list, each in order; an added key keeps the higher priority and the earlier time (K5)", () => {
    const core = new QueueCore<string, string>(undefined)
    for (const name of ["l1", "l2", "l3"]) core.add(name, name, 0, -100)
    core.addAt("late", "late", 50, 0, 10)
    core.add("c1", "c1", 1, 0)
    core.add("l2", "l2", 2, 0)
    core.add("l2", "l2", 3, -100)
    core.addAt("late", "late", 90, 3, -100)
    assert.deepStrictEqual([take(core, 4), take(core, 4), take(core, 4)], ["c1", "l2", "l1"])
    core.add("c2", "c2", 49, 0)
    assert.deepStrictEqual([take(core, 50), take(core, 50), take(core, 50), take(core, 50)], [
      "late",
      "c2",
      "l3",
      undefined
    ])
  })

  it("adds within the debounce become one run, never later than its maximum (K6)", () => {
    const core = new QueueCore<string, string>({ wait: 10, maxWait: 35 })
    const ran: Array<number> = []
    for (let now = 0; now <= 200; now++) {
      if (now <= 100 && now % 5 === 0) core.add("a", "a", now, 0)
      const run = core.take(now)?.entry
      if (run === undefined) continue
      ran.push(now)
      core.done(run, { _tag: "Success" }, now)
    }
    assert.deepStrictEqual(ran, [35, 75, 110])
  })

  it("a debounced key still comes at the time that was asked for exactly (K3, K6)", () => {
    const core = new QueueCore<string, string>({ wait: 10, maxWait: 100 })
    core.addAt("a", "a", 12, 0, 0)
    core.add("a", "a", 8, 0)
    assert.isUndefined(core.take(11))
    assert.strictEqual(take(core, 12), "a")
  })

  it("a hundred thousand requeues of one key leave one entry (K3)", () => {
    const core = new QueueCore<string, string>(undefined)
    for (let i = 0; i < 100_000; i++) core.addAt("a", "a", 1_000_000 - i, 0, i % 7)
    assert.strictEqual(core.pending, 1)
    assert.strictEqual(core.nextDue(0), 900_001)
  })
})
