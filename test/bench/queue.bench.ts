/**
 * The work queue: keys through add, take and done, against a plain Set and array that do the least that could be called
 * a queue. Prints ratios to that baseline, and keys per second. Run: `npx tsx test/bench/queue.bench.ts`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { QueueCore } from "../../src/runtime/internal/queueCore.js"
import * as WorkQueue from "../../src/runtime/WorkQueue.js"

const count = 200_000
const keys = Array.from({ length: count }, (_, i) => `default/key-${i}`)

const best = async (run: () => unknown): Promise<number> => {
  let least = Infinity
  for (let round = 0; round < 7; round++) {
    const start = performance.now()
    await run()
    least = Math.min(least, performance.now() - start)
  }
  return least
}

const baseline = () => {
  const known = new Set<string>()
  const order: Array<string> = []
  for (const key of keys) {
    if (known.has(key)) continue
    known.add(key)
    order.push(key)
  }
  for (const key of order) known.delete(key)
}

const core = (backlog: number) => () => {
  const queue = new QueueCore<string, never>(undefined)
  for (let from = 0; from < count; from += backlog) {
    const to = Math.min(count, from + backlog)
    for (let i = from; i < to; i++) queue.add(keys[i], keys[i], i, i % 3 === 0 ? -100 : 0)
    for (let run = queue.take(count); run !== undefined; run = queue.take(count)) {
      queue.done(run.entry, { _tag: "Success" }, count)
    }
  }
}

const delayed = () => {
  const queue = new QueueCore<string, never>(undefined)
  for (let i = 0; i < count; i++) queue.addAt(keys[i], keys[i], (i * 7919) % 100_000, 0, 0)
  for (let run = queue.take(100_000); run !== undefined; run = queue.take(100_000)) {
    queue.done(run.entry, { _tag: "Success" }, 100_000)
  }
}

const shell = () =>
  Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const queue = yield* WorkQueue.make<string>({ identity: (key) => key })
    const worker = Effect.flatMap(queue.take, (work) =>
      Option.isSome(work) ? queue.done(work.value, WorkQueue.done) : Effect.void)
    for (let from = 0; from < count; from += 1000) {
      yield* queue.addAll(keys.slice(from, from + 1000))
      let left = 1000
      yield* Effect.whileLoop({
        while: () =>
          left-- > 0,
        body: () => worker,
        step: () => {}
      })
    }
  })))

const base = await best(baseline)
const report = (name: string, millis: number) =>
  console.log(
    `${name.padEnd(44)} ${(millis / base).toFixed(1).padStart(6)} × baseline ${
      Math.round(count / millis * 1000).toLocaleString("en").padStart(12)
    } keys/s`
  )
report("baseline: Set and array", base)
report("core, all at once", await best(core(count)))
report("core, 100 at a time", await best(core(100)))
report("core, delayed", await best(delayed))
report("WorkQueue (Effect), 1 000 at a time", await best(shell))
