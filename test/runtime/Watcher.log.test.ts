/** What a watcher says in the log: each trouble once, that it is over, and no flood. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as KubeError from "../../src/protocol/KubeError.js"
import type * as Watcher from "../../src/runtime/Watcher.js"
import { type ModelServer, status } from "./modelServer.js"
import { listed, onServer, settle } from "./watching.js"

const options: Watcher.Options = { initialList: "streamed" }

/** What a person sees who has not asked for more: lines at Info and above. */
const logged = () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
    if (logLevel.ordinal >= 20_000) lines.push(`${logLevel.label} ${String(message)}`)
  })
  return {
    lines,
    news: Effect.sync(() => lines.splice(0)),
    count: (level: string) => lines.filter((line) => line.startsWith(level)).length,
    layer: Logger.replace(Logger.defaultLogger, logger)
  }
}

const down = (server: ModelServer) => {
  server.script = (_, { info }) =>
    new KubeError.TransportError({ request: info, reason: "Connect", description: "connect ECONNREFUSED" })
}

const pass = (time: Duration.DurationInput, each: Duration.DurationInput = "1 minute") =>
  Effect.repeatN(TestClock.adjust(each), Math.ceil(Duration.toMillis(time) / Duration.toMillis(each)) - 1)

describe("the log of a watcher", () => {
  it.scoped("says nothing while all is well, though connections end and start again (W20)", () => {
    const { layer, lines } = logged()
    return onServer((server) =>
      Effect.gen(function*() {
        yield* listed(server, options)
        for (let i = 0; i < 20; i++) {
          yield* TestClock.adjust("5 minutes")
          server.put("a")
          server.bookmark()
          yield* settle
          if (i % 2 === 0) server.close()
          else server.cut()
          yield* settle
        }
        assert.deepStrictEqual(lines, [])
      })
    ).pipe(Effect.provide(layer))
  })

  it.scoped("says what went wrong and when it is over, once each (W42)", () => {
    const { layer, lines } = logged()
    return onServer((server) =>
      Effect.gen(function*() {
        yield* listed(server, { ...options, backoff: Schedule.spaced("4 seconds") })
        down(server)
        server.cut()
        yield* pass("20 seconds", "1 second")
        server.script = () => undefined
        yield* pass("20 seconds", "1 second")
        assert.match(lines[0] ?? "", /^WARN watch ConfigMap: read ECONNRESET; watching on in 4s$/)
        assert.match(lines[1] ?? "", /^WARN watch ConfigMap: connect ECONNREFUSED.*; watching on in 4s$/)
        assert.strictEqual(lines[2], "INFO watch ConfigMap: all is well again after 6 failures in 24s")
        assert.strictEqual(lines.length, 3)
      })
    ).pipe(Effect.provide(layer))
  })

  it.scoped("of a server that is down for more than an hour is a few lines, and not silent either (W42)", () => {
    const { count, layer, lines, news } = logged()
    return onServer((server) =>
      Effect.gen(function*() {
        yield* listed(server, options)
        down(server)
        server.cut()
        yield* pass("80 minutes")
        const tries = server.asked.length
        assert.isAbove(tries, 75)
        assert.isBelow(lines.length, 10)
        assert.isAbove(lines.length, 5)
        assert.match(lines.at(-1) ?? "", /\(\d+ times in 4[01]m( \d+s)?\)$/)
        assert.strictEqual(count("INFO"), 0)
        yield* news
        server.script = () => undefined
        yield* pass("2 minutes")
        assert.strictEqual(lines.length, 1)
        assert.match(lines[0] ?? "", /^INFO .*all is well again after \d+ failures in 1h 2\dm/)
      })
    ).pipe(Effect.provide(layer))
  })

  it.scoped("of a connection that breaks every minute for an hour is a few lines, and the last says how it is (W42)", () => {
    const { layer, lines, news } = logged()
    return onServer((server) =>
      Effect.gen(function*() {
        yield* listed(server, options)
        for (let i = 0; i < 60; i++) {
          server.cut()
          yield* TestClock.adjust("1 minute")
        }
        assert.isBelow(lines.length, 12)
        assert.match(lines.at(-1) ?? "", /^INFO .*all is well again/)
        yield* news
        // Now it breaks for good. What was said last is not true any more for longer than two minutes.
        down(server)
        server.cut()
        yield* pass("2 minutes", "10 seconds")
        assert.match(lines.at(-1) ?? "", /^WARN .*ECONNREFUSED/)
      })
    ).pipe(Effect.provide(layer))
  })

  it.scoped("a trouble that was said a short time ago is said again when it lasts (W42)", () => {
    const { layer, lines, news } = logged()
    return onServer((server) =>
      Effect.gen(function*() {
        yield* listed(server, options)
        const fail = Effect.suspend(() => {
          server.script = () => status(500, "InternalError")
          return Effect.sync(() => server.error(500, "InternalError"))
        })
        yield* fail
        yield* settle
        server.script = () => undefined
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual((yield* news).length, 2)
        yield* fail
        yield* TestClock.adjust("50 seconds")
        assert.deepStrictEqual(lines, [])
        yield* pass("2 minutes", "10 seconds")
        assert.strictEqual(lines.length, 1)
        assert.match(lines[0] ?? "", /^WARN .*500 InternalError.* \(\d times in \d/)
      })
    ).pipe(Effect.provide(layer))
  })

  it.scoped("an object that is never readable and changes all the time does not fill the log (W31)", () => {
    const { layer, lines } = logged()
    return onServer((server) =>
      Effect.gen(function*() {
        yield* listed(server, options)
        for (let i = 0; i < 100; i++) {
          server.version++
          for (const connection of server.connections) {
            connection.frame("MODIFIED", {
              apiVersion: "v1",
              kind: "ConfigMap",
              metadata: { name: "x", namespace: "default", resourceVersion: String(server.version) }
            })
          }
          yield* TestClock.adjust("10 seconds")
        }
        const unread = lines.filter((line) => line.includes("does not fit"))
        assert.strictEqual(unread.length, 3)
        assert.match(unread[1] ?? "", /does not fit the schema.*\(30 times in 5m\)$/)
      })
    ).pipe(Effect.provide(layer))
  })

  it.scoped("history that was lost is said in words (W36)", () => {
    const { layer, lines } = logged()
    return onServer((server) =>
      Effect.gen(function*() {
        yield* listed(server, options)
        server.restore(50, [])
        yield* pass("10 seconds", "1 second")
        assert.include(lines.join("\n"), "its history was lost or restored; listing again")
        assert.match(lines.at(-1) ?? "", /^INFO .*all is well again/)
      })
    ).pipe(Effect.provide(layer))
  })
})
