import * as Undici from "@effect/platform-node/Undici"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Exit, FastCheck as fc, Fiber, Option, Stream } from "effect"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { PassThrough, Readable } from "node:stream"
import { fromReadable } from "../../../src/node/internal/gatheredBody.js"
import * as undiciClient from "../../../src/node/internal/undiciClient.js"

/** So much is never there: only the end of a body hands it on. */
const untilTheEnd = { bytes: 1_000_000_000, millis: 2 ** 30 }
const bytes = (length: number, value = 0) => new Uint8Array(length).fill(value)
const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))
const turns = Effect.repeatN(turn, 20)
const sizes = (pieces: Chunk.Chunk<Uint8Array>) => Chunk.toReadonlyArray(pieces).map((piece) => piece.length)

describe("the bodies of answers", () => {
  it.effect.prop(
    "whatever pieces a body comes in, its bytes are those that were sent, in order (W54)",
    [fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 20 }), fc.integer({ min: 1, max: 100 })],
    ([pieces, size]) =>
      Effect.gen(function*() {
        const read = yield* Stream.runCollect(fromReadable(Readable.from(pieces), { bytes: size, millis: 0 }))
        assert.deepStrictEqual(Buffer.concat([...read]), Buffer.concat(pieces))
      })
  )

  it.effect("small pieces wait for each other; the end waits for nothing", () =>
    Effect.gen(function*() {
      const body = new PassThrough()
      const reading = yield* Effect.fork(Stream.runCollect(fromReadable(body, { ...untilTheEnd, bytes: 100 })))
      for (let i = 0; i < 7; i++) {
        body.write(bytes(30, i))
        yield* turns
      }
      body.end()
      const read = yield* Fiber.join(reading)
      assert.deepStrictEqual(sizes(read), [120, 90])
      assert.deepStrictEqual(
        Buffer.concat([...read]),
        Buffer.concat([0, 1, 2, 3, 4, 5, 6].map((value) => bytes(30, value)))
      )
    }))

  it.effect("a watch is not kept waiting: what the event loop has read is handed on at once", () =>
    Effect.gen(function*() {
      const body = new PassThrough()
      const reading = yield* Effect.fork(Stream.runHead(fromReadable(body, { bytes: 64 * 1024, millis: 0 })))
      yield* turns
      body.write(bytes(10))
      assert.deepStrictEqual(Option.getOrThrow(yield* Fiber.join(reading)).length, 10)
    }))

  it.effect("what came before a failure is handed on first", () =>
    Effect.gen(function*() {
      const body = new PassThrough()
      const pull = yield* Stream.toPull(fromReadable(body, { ...untilTheEnd, bytes: 10 }))
      const first = yield* Effect.fork(pull)
      yield* turns
      body.write(bytes(10))
      yield* turns
      body.write(bytes(5))
      yield* turns
      body.destroy(new Error("cut"))
      yield* turns
      assert.deepStrictEqual(sizes(yield* Fiber.join(first)), [10])
      assert.deepStrictEqual(sizes(yield* pull), [5])
      assert.include(String(Option.getOrThrow(yield* Effect.flip(pull))), "cut")
    }).pipe(Effect.scoped))

  it.effect("a body that is closed before its end has failed, also when it was not read before", () =>
    Effect.gen(function*() {
      const body = new PassThrough()
      const reading = yield* Effect.fork(Effect.exit(Stream.runDrain(fromReadable(body, untilTheEnd))))
      yield* turns
      body.destroy()
      assert.isTrue(Exit.isFailure(yield* Fiber.join(reading)))
      const failed = new PassThrough().on("error", () => {})
      failed.destroy(new Error("cut"))
      yield* turns
      assert.include(String(yield* Effect.flip(Stream.runDrain(fromReadable(failed, untilTheEnd)))), "cut")
    }))

  it.effect("a consumer that does not take is not flooded, and gets all when it does (W54)", () =>
    Effect.gen(function*() {
      let sent = 0
      const body = new Readable({
        highWaterMark: 10,
        read() {
          this.push(sent === 1000 ? null : bytes(10))
          if (sent < 1000) sent++
        }
      })
      const pull = yield* Stream.toPull(fromReadable(body, { bytes: 100, millis: 0 }))
      let read = (yield* pull).pipe(sizes)[0]!
      yield* turns
      assert.isBelow(sent, 60)
      for (;;) {
        const next = yield* Effect.option(pull)
        if (Option.isNone(next)) break
        read += sizes(next.value)[0]!
      }
      assert.strictEqual(read, 10_000)
    }).pipe(Effect.scoped))

  it.effect("ending the stream early ends the body", () =>
    Effect.gen(function*() {
      const body = new PassThrough()
      body.write(bytes(10))
      yield* Stream.runDrain(Stream.take(fromReadable(body, { bytes: 1, millis: 0 }), 1))
      assert.isTrue(body.destroyed)
      const interrupted = new PassThrough()
      const reading = yield* Effect.fork(Stream.runDrain(fromReadable(interrupted, untilTheEnd)))
      yield* turns
      yield* Fiber.interrupt(reading)
      assert.isTrue(interrupted.destroyed)
      assert.strictEqual(interrupted.listenerCount("data"), 0)
    }))

  it.scopedLive("an answer over HTTP is gathered, and all else of it is as it was", () =>
    Effect.gen(function*() {
      const server = Http.createServer((request, response) => {
        response.setHeader("x-header", "a")
        if (request.url === "/text") return response.end("text")
        response.write("one")
        setImmediate(() => {
          response.write("two")
          setImmediate(() => request.url === "/cut" ? response.destroy() : response.end("three"))
        })
      })
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () => Effect.sync(() => server.close())
      )
      const agent = yield* Effect.acquireRelease(
        Effect.sync(() => new Undici.Agent()),
        (agent) => Effect.promise(() => agent.destroy())
      )
      // As the library's own client does: the Scope of a request ends it.
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const client = HttpClient.withScope(undiciClient.make(agent, url, untilTheEnd))

      const answer = yield* client.get(`${url}/whole`)
      assert.deepStrictEqual([answer.status, answer.headers["x-header"]], [200, "a"])
      const pieces = yield* Stream.runCollect(answer.stream)
      assert.deepStrictEqual([...pieces].map(String), ["onetwothree"])

      const text = yield* client.get(`${url}/text`)
      assert.strictEqual(yield* text.text, "text")

      const cut = yield* client.get(`${url}/cut`)
      const error = yield* Effect.flip(Stream.runDrain(cut.stream))
      assert.strictEqual(error._tag, "ResponseError")
    }))
})
