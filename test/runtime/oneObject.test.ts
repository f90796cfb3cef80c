import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { OneObject } from "../../src/runtime/internal/oneObject.js"
import { watchObject } from "../../src/runtime/internal/watcher.js"
import type * as Watcher from "../../src/runtime/Watcher.js"
import { type Thing, thing } from "./handMade.js"

const init: Watcher.Event<Thing> = { _tag: "Init", reason: "Start" }
const page = (...objects: ReadonlyArray<Thing>): Watcher.Event<Thing> => ({ _tag: "InitPage", objects })
const deleted = (object: Thing): Watcher.Event<Thing> => ({ _tag: "Deleted", object })
const done = (resourceVersion: string): Watcher.Event<Thing> => ({ _tag: "InitDone", resourceVersion })

/** What may come amid the initial events of a watch-list, and what there is at their end. */
const cases: ReadonlyArray<readonly [string, ReadonlyArray<Watcher.Event<Thing>>, string]> = [
  ["the object, once", [init, page(thing("a", 5)), done("9")], "5"],
  ["two states of it at once", [init, page(thing("a", 5), thing("a", 7)), done("9")], "7"],
  ["two states of it, one after the other", [init, page(thing("a", 5)), page(thing("a", 7)), done("9")], "7"],
  ["its delete", [init, page(thing("a", 5)), deleted(thing("a", 6)), done("9")], "none"],
  ["its delete, and another one of its name", [
    init,
    page(thing("a", 5)),
    deleted(thing("a", 6)),
    page(thing("a", 8)),
    done("9")
  ], "8"],
  ["nothing", [init, done("9")], "none"]
]

const version = (state: Option.Option<Thing>) =>
  Option.match(state, { onNone: () => "none", onSome: ({ metadata }) => metadata.resourceVersion })

describe("one object that is watched by a watch-list", () => {
  for (const [title, events, expected] of cases) {
    it.effect(`is what it is at the end: ${title} (W39)`, () =>
      Effect.gen(function*() {
        const told = yield* Stream.runCollect(watchObject(Stream.fromIterable(events)))
        assert.strictEqual(version(Option.getOrThrow(Chunk.last(told))), expected)
        const one = new OneObject<Thing>()
        for (const event of events) one.step(event)
        assert.strictEqual(version(one.state ?? Option.none()), expected)
      }))
  }
})
