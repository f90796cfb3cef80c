import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import { configMaps, status } from "./modelServer.js"
import { listed, onServer, settle, watching } from "./watching.js"

describe("Watcher.watch: when something goes wrong", () => {
  it.scoped("asks the server to end a watch after 300 to 600 seconds, each time another number (W1)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server)
        for (let i = 0; i < 30; i++) {
          server.put("a")
          yield* watch.news
          server.close()
          yield* settle
        }
        const asked = server.asked.filter(({ kind }) => kind === "watch").map(({ query }) =>
          Number(query["timeoutSeconds"])
        )
        assert.isTrue(asked.every((seconds) => seconds >= 300 && seconds <= 600), asked.join())
        assert.isAbove(new Set(asked).size, 10)
        yield* watching(server, { timeout: "40 seconds" })
        assert.strictEqual(server.asked[server.asked.length - 1]!.query["timeoutSeconds"], "40")
      }).pipe(Effect.withRandom(Random.make("W1")))
    ))

  it.scoped("goes on at once after a clean end (W20)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server)
        server.put("c")
        yield* settle
        server.close()
        assert.deepStrictEqual(yield* watch.news, ["Applied c@103"])
        server.put("d")
        assert.deepStrictEqual(yield* watch.news, ["Applied d@104"])
        assert.deepStrictEqual(server.kinds(), ["watch"])
        assert.strictEqual(server.asked[0]!.query["resourceVersion"], "103")
      })
    ))

  it.scoped("drops the half line of a connection that was cut, and goes on at once where it stood (W21)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server)
        server.put("c")
        yield* settle
        for (const connection of server.connections) connection.send("{\"type\":\"ADDED\",\"object\":{\"kind\":\"Conf")
        yield* settle
        server.cut()
        server.put("d")
        assert.deepStrictEqual(yield* watch.news, ["Applied c@103", "Trouble KubeTransportError", "Applied d@104"])
        assert.deepStrictEqual(server.asked.map(({ at, kind, query }) => `${kind} ${query["resourceVersion"]} ${at}`), [
          "watch 103 0",
          "confirm undefined 0"
        ])
      })
    ))

  it.scoped("waits after a connection that was cut before it brought anything (W21, W42)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("5 seconds") })
        server.cut()
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeTransportError"])
        const trouble = watch.events[watch.events.length - 1]
        assert.isTrue(trouble?._tag === "Trouble" && Duration.equals(trouble.retryIn, "5 seconds"))
        yield* TestClock.adjust("4999 millis")
        assert.deepStrictEqual(server.kinds(), [])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(server.kinds(), ["watch", "confirm"])
      })
    ))

  it.scoped("asks a server that ends every watch at once not more than 15 times in the first minute, and lists every third time (W5, W22)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.script = (asked) => asked.kind === "watch" ? { stream: Stream.empty } : undefined
        const watch = yield* watching(server)
        yield* TestClock.adjust("1 minute")
        assert.isAtMost(server.asked.length, 15, server.kinds().join())
        assert.isAtLeast(server.kinds().filter((kind) => kind === "list").length, 2)
        assert.include(yield* watch.news, "Init Failures")
      })
    ))

  it.scoped("lists without a version after 410, as an event and as a status (W23, W24)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (const reason of ["Expired", "Gone"]) {
          const watch = yield* listed(server)
          server.put("c")
          yield* settle
          server.error(410, reason)
          assert.deepStrictEqual(yield* watch.news, [
            "Applied c@103",
            "Trouble KubeExpired",
            "Init Expired",
            "InitPage a,b,c",
            "InitDone 103"
          ])
          assert.deepStrictEqual(server.asked[0]!.query, {})
          server.put("c")
          yield* settle
          server.compact()
          server.put("d")
          server.compact()
          yield* settle
          let refusals = 1
          server.script = (asked) => asked.kind === "watch" && refusals-- > 0 ? status(410, reason) : undefined
          server.close()
          assert.deepStrictEqual((yield* watch.news).slice(-4), [
            "Trouble KubeExpired",
            "Init Expired",
            "InitPage a,b,c,d",
            "InitDone 105"
          ])
          yield* watch.stop
          server.restore(100, [])
          server.script = () => undefined
        }
      })
    ))

  it.scoped("waits as long as a 429 asks, as an event and as a status, and does not list (W25)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        server.error(429, "TooManyRequests", { retryAfterSeconds: 20 })
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeThrottled"])
        yield* TestClock.adjust("19 seconds")
        assert.deepStrictEqual(server.kinds(), [])
        server.script = (asked) =>
          asked.kind === "watch" ? { ...status(429, "TooManyRequests"), headers: { "retry-after": "7" } } : undefined
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(server.kinds(), ["watch"])
        server.script = () => undefined
        yield* TestClock.adjust("6 seconds")
        assert.deepStrictEqual(server.kinds(), ["watch"])
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(server.kinds(), ["watch", "watch", "confirm"])
        server.error(429, "TooManyRequests")
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(server.kinds().slice(3), ["watch", "confirm"])
      })
    ))

  it.scoped("goes on after a 5xx where it stood, and lists after the third in a row (W26)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        server.error(500, "InternalError")
        yield* settle
        server.script = (asked) =>
          asked.kind === "watch" && server.asked.length <= 2 ? status(503, "ServiceUnavailable") : undefined
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual(server.kinds(), ["watch", "watch", "list", "watch"])
        assert.deepStrictEqual(yield* watch.news, [
          "Trouble KubeStatusError",
          "Trouble KubeStatusError",
          "Trouble KubeStatusError",
          "Init Failures",
          "InitPage a,b",
          "InitDone 102"
        ])
      })
    ))

  it.scoped("waits with a growing pause and jitter while nobody answers, and is back within one step (W5, W27)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server)
        server.put("c")
        yield* settle
        server.script = (_, request) =>
          new KubeError.TransportError({
            request: request.info,
            reason: "Connect",
            description: "connect ECONNREFUSED"
          })
        server.cut()
        yield* TestClock.adjust("10 minutes")
        const times = server.asked.map(({ at }) => at)
        const pauses = times.slice(1).map((at, i) => at - times[i]!)
        const expected = [800, 1600, 3200, 6400, 12_800, 25_600, ...Array.from({ length: pauses.length }, () => 30_000)]
        pauses.forEach((pause, i) =>
          assert.isTrue(pause >= expected[i]! && pause <= 2 * expected[i]! + 1, `pause ${i}: ${pause}`)
        )
        assert.isAbove(pauses.length, 8)
        server.put("d")
        server.script = () => undefined
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* watch.news).at(-1), "Applied d@104")
      })
    ))

  it.scoped("starts the backoff again only after two minutes of health (W5)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.exponential("1 second") })
        const pause = Effect.gen(function*() {
          server.cut()
          yield* settle
          const last = watch.events[watch.events.length - 1]
          assert.strictEqual(last?._tag, "Trouble")
          const { retryIn } = last as Watcher.Trouble
          yield* TestClock.adjust(retryIn)
          return Duration.toSeconds(retryIn)
        })
        assert.strictEqual(yield* pause, 1)
        yield* TestClock.adjust("119 seconds")
        assert.strictEqual(yield* pause, 2)
        assert.strictEqual(yield* pause, 4)
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual(yield* pause, 1)
      })
    ))

  it.scoped("goes on when the Schedule has ended, with its last pause (W5)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const never = { stream: Stream.empty }
        server.script = (asked) => asked.kind === "watch" ? never : undefined
        yield* watching(server, { backoff: Schedule.intersect(Schedule.spaced("10 seconds"), Schedule.recurs(2)) })
        yield* TestClock.adjust("65 seconds")
        assert.deepStrictEqual(server.asked.filter(({ kind }) => kind === "watch").map(({ at }) => at / 1000), [
          0,
          10,
          20,
          30,
          40,
          50,
          60
        ])
      })
    ))

  it.scoped("does not ask in a hot loop, whatever the Schedule says (W5)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.script = () => status(500, "InternalError")
        yield* watching(server, { backoff: Schedule.forever, initialList: "streamed" })
        yield* TestClock.adjust("1 second")
        assert.strictEqual(server.asked.length, 11)
      })
    ))

  it.scoped("tells the log of a Schedule that throws or interrupts, and takes the default pauses instead (W5)", () =>
    Effect.forEach([Effect.dieMessage("a bug in the backoff"), Effect.interrupt], (bug) => {
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
        if (logLevel.label === "ERROR") lines.push(String(message))
      })
      return onServer((server) =>
        Effect.gen(function*() {
          server.script = () => status(500, "InternalError")
          const watch = yield* watching(server, {
            backoff: Schedule.mapEffect(Schedule.forever, () => bug),
            initialList: "streamed"
          })
          yield* TestClock.adjust("1 minute")
          assert.isAbove(server.asked.length, 4)
          assert.isBelow(server.asked.length, 10)
          assert.strictEqual(lines.length, 1)
          assert.match(lines[0] ?? "", /backoff/)
          server.script = () => undefined
          server.put("a")
          yield* TestClock.adjust("1 minute")
          assert.include((yield* watch.news).join(), "InitPage a,InitDone 101")
          yield* watch.stop
        })
      ).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
    }, { discard: true }))

  it.scoped("ends the stream with a defect that nothing can be done about, and never hangs (W42)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.script = () => status(500, "InternalError")
        const logger = Logger.make<unknown, void>(() => {
          throw new Error("a bug in the logger")
        })
        const fiber = yield* Stream.runDrain(Watcher.watch(configMaps, { initialList: "streamed" })).pipe(
          Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
          Effect.fork
        )
        yield* settle
        const ended = Option.getOrThrow(yield* Fiber.poll(fiber))
        assert.isTrue(Exit.isFailure(ended) && Cause.pretty(ended.cause).includes("a bug in the logger"))
      })
    ))

  it.scoped("waits and watches on after 401 (W28)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        server.error(401, "Unauthorized")
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeUnauthorized"])
        assert.deepStrictEqual(server.kinds(), ["watch", "confirm"])
      })
    ))

  it.scoped("asks for ever after 403 and 404, and lists when it is allowed again (W29)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (
          const [code, reason, tag] of [[403, "Forbidden", "KubeForbidden"], [
            404,
            "NotFound",
            "KubeStatusError"
          ]] as const
        ) {
          server.restore(100, [])
          server.script = () => undefined
          const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
          server.script = (asked) => asked.kind === "version" ? undefined : status(code, reason)
          server.error(code, reason)
          yield* TestClock.adjust("100 seconds")
          assert.deepStrictEqual(new Set(yield* watch.news), new Set([`Trouble ${tag}`]))
          assert.strictEqual(server.asked.length, 100)
          server.script = () => undefined
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(yield* watch.news, ["Init Refused", "InitPage a,b", "InitDone 102"])
          yield* watch.stop
        }
      })
    ))
})
