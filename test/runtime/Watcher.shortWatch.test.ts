import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import type * as Watcher from "../../src/runtime/Watcher.js"
import type { ModelServer } from "./modelServer.js"
import { listed, onServer, settle } from "./watching.js"

const backoff = Schedule.spaced("5 seconds")

/** A watch that has listed, whose server does this and then ends it cleanly after that time. What is asked within a second from then on. */
const endedAfter = (
  lasted: Duration.DurationInput,
  before: (server: ModelServer) => void = () => {},
  options?: Watcher.Options
) =>
  onServer((server) =>
    Effect.gen(function*() {
      const watch = yield* listed(server, { backoff, ...options })
      assert.strictEqual(server.connections.size, 1)
      before(server)
      yield* TestClock.adjust(lasted)
      yield* watch.news
      const at = yield* Clock.currentTimeMillis
      server.close()
      const news = yield* watch.news
      yield* TestClock.adjust("1 second")
      const last = watch.events[watch.events.length - 1]
      return {
        news,
        pause: last?._tag === "Trouble" ? Duration.toMillis(last.retryIn) : 0,
        watches: server.asked.filter(({ kind }) => kind === "watch").map((asked) => asked.at - at)
      }
    })
  )

const failed = { news: ["Trouble KubeTransportError"], pause: 5000, watches: [] }
const well = { news: [], pause: 0, watches: [0] }

describe("A very short watch", () => {
  it.scoped("that is ended cleanly in less than a second and without an event counts as a failure, and the next one waits for the backoff (W8)", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* endedAfter("0 millis"), failed)
      assert.deepStrictEqual(yield* endedAfter("999 millis"), failed)
    }))

  it.scoped("is none when it lasted a second: the next one is asked for at once (W8, W20)", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* endedAfter("1 second"), well)
    }))

  it.scoped("is none when it brought an event, however short; a bookmark is no event (W8, W20)", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* endedAfter("0 millis", (server) => void server.put("c")), well)
      assert.deepStrictEqual(yield* endedAfter("10 millis", (server) => server.remove("a")), well)
      assert.deepStrictEqual(yield* endedAfter("10 millis", (server) => server.bookmark()), failed)
    }))

  it.scoped("is as short as the caller says (W8)", () =>
    Effect.gen(function*() {
      const shortWatch = "10 seconds"
      assert.deepStrictEqual(yield* endedAfter("9999 millis", undefined, { shortWatch }), failed)
      assert.deepStrictEqual(yield* endedAfter("10 seconds", undefined, { shortWatch }), well)
    }))

  it.scoped("is measured by each connection on its own, from its request on (W8)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff })
        yield* TestClock.adjust("1 minute")
        server.close()
        assert.deepStrictEqual(yield* watch.news, [])
        yield* TestClock.adjust("500 millis")
        server.close()
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeTransportError"])
        yield* TestClock.adjust("5 seconds")
        server.put("c")
        yield* settle
        server.close()
        assert.deepStrictEqual(yield* watch.news, ["Applied c@103"])
        assert.deepStrictEqual(
          server.asked.filter(({ kind }) => kind === "watch").map(({ at }) => at),
          [60_000, 65_500, 65_500]
        )
      })
    ))
})
