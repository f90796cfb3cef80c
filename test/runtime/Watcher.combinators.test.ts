import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Watcher from "../../src/runtime/Watcher.js"
import type * as WorkQueue from "../../src/runtime/WorkQueue.js"

interface Thing {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string }
  readonly spec: unknown
  readonly status?: number
}
type Event = Watcher.Event<Thing>

const thing = (name: string, spec: unknown, status = 0, uid = `uid-${name}`): Thing => ({
  metadata: { name, namespace: "ns", uid },
  spec,
  status
})
const applied = (object: Thing): Event => ({ _tag: "Applied", object })
const deleted = (object: Thing): Event => ({ _tag: "Deleted", object })
const list = (...objects: ReadonlyArray<Thing>): ReadonlyArray<Event> => [
  { _tag: "Init", reason: "Expired" },
  { _tag: "InitPage", objects },
  { _tag: "InitDone", resourceVersion: "1" }
]
const short = ({ metadata, spec, status }: Thing): string => `${metadata.name} ${JSON.stringify(spec)} ${status}`

describe("Watcher.changedObjects", () => {
  const changed = (events: ReadonlyArray<Event>) =>
    Stream.fromIterable(events).pipe(
      Watcher.changedObjects(({ spec }) => spec),
      Stream.runCollect,
      Effect.map((objects) => Chunk.toReadonlyArray(objects).map(short))
    )

  it.effect("gives objects whose projection is another one, across lists and changes (K11)", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* changed([
          ...list(thing("a", { x: 1 }), thing("b", { x: 1 })),
          applied(thing("a", { x: 1 }, 1)),
          applied(thing("b", { x: 2 }, 1)),
          ...list(thing("a", { x: 1 }, 2), thing("b", { x: 3 }, 2))
        ]),
        [`a {"x":1} 0`, `b {"x":1} 0`, `b {"x":2} 1`, `b {"x":3} 2`]
      )
    }))

  it.effect("forgets what was deleted, was missing in a list, or is another object of that name", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* changed([
          ...list(thing("a", 1), thing("b", 1), thing("c", 1)),
          deleted(thing("a", 1)),
          applied(thing("a", 1, 1)),
          ...list(thing("a", 1, 2), thing("c", 1, 2, "another")),
          applied(thing("b", 1, 3))
        ]),
        [`a 1 0`, `b 1 0`, `c 1 0`, `a 1 1`, `c 1 2`, `b 1 3`]
      )
    }))
})

describe("Watcher.debounce", () => {
  const start = (options: WorkQueue.Debounce) =>
    Effect.gen(function*() {
      const source = yield* Queue.unbounded<Thing>()
      const heard: Array<string> = []
      const fiber = yield* Stream.fromQueue(source, { shutdown: true }).pipe(
        Watcher.debounce(options),
        Stream.runForEach((object) => Effect.sync(() => heard.push(short(object)))),
        Effect.fork
      )
      const say = (...objects: ReadonlyArray<Thing>) =>
        Effect.zipRight(Queue.offerAll(source, objects), Effect.repeatN(Effect.yieldNow(), 20))
      return { source, heard, fiber, say }
    })

  it.effect("gives the last state once it has been quiet, each object on its own", () =>
    Effect.gen(function*() {
      const { heard, say } = yield* start({ wait: "1 second" })
      yield* say(thing("a", 1), thing("a", 2), thing("b", 1))
      assert.deepStrictEqual(heard, [])
      yield* TestClock.adjust("600 millis")
      yield* say(thing("a", 3))
      yield* TestClock.adjust("600 millis")
      assert.deepStrictEqual(heard, ["b 1 0"])
      yield* TestClock.adjust("400 millis")
      assert.deepStrictEqual(heard, ["b 1 0", "a 3 0"])
      yield* say(thing("a", 4))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(heard, ["b 1 0", "a 3 0", "a 4 0"])
    }))

  it.effect("does not hide an object that never rests: at the latest after maxWait (K6)", () =>
    Effect.gen(function*() {
      const { heard, say } = yield* start({ wait: "1 second", maxWait: "3 seconds" })
      for (let i = 0; i < 8; i++) {
        yield* say(thing("a", i))
        yield* TestClock.adjust("500 millis")
      }
      assert.deepStrictEqual(heard, ["a 5 0"])
    }))

  it.effect("says what still waits when nothing more comes, and then fails as its source did", () =>
    Effect.gen(function*() {
      const heard: Array<string> = []
      const exit = yield* Stream.make(thing("a", 1), thing("a", 2), thing("b", 1)).pipe(
        Stream.concat(Stream.fail("over")),
        Watcher.debounce({ wait: "1 hour" }),
        Stream.map(short),
        Stream.runForEach((text) => Effect.sync(() => heard.push(text))),
        Effect.exit
      )
      assert.deepStrictEqual(heard, ["a 2 0", "b 1 0"])
      assert.isTrue(Exit.isFailure(exit) && Cause.failures(exit.cause).pipe(Chunk.toReadonlyArray)[0] === "over")
    }))

  it.effect("frees its source when it is interrupted", () =>
    Effect.gen(function*() {
      const { fiber, say, source } = yield* start({ wait: "1 second" })
      yield* say(thing("a", 1))
      yield* Fiber.interrupt(fiber)
      assert.isTrue(yield* Queue.isShutdown(source))
    }))
})
