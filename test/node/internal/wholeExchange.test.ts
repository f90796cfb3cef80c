import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Http from "node:http"
import type * as Net from "node:net"
import process from "node:process"
import { vi } from "vitest"
import type { DispatchOptions } from "../../../src/node/internal/connectionPool.js"
import * as Pools from "../../../src/node/internal/pools.js"
import * as wholeExchange from "../../../src/node/internal/wholeExchange.js"
import { listen, until } from "../clusters.js"

type Answer = (request: Http.IncomingMessage, response: Http.ServerResponse) => void

/** How many timers would keep this process; those of the test runner are among them, which come and go. */
const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length

/** A server of the test, and the exchange of a pool to it. */
const to = (answer: Answer, connections = 2) =>
  Effect.gen(function*() {
    const sockets = new Set<Net.Socket>()
    let opened = 0
    const server = Http.createServer(answer).on("connection", (socket: Net.Socket) => {
      opened++
      sockets.add(socket)
      socket.once("close", () => sockets.delete(socket))
    })
    const port = yield* listen(server)
    const pools = yield* Pools.make({
      server: new URL(`http://127.0.0.1:${port}`),
      tls: { insecure: false },
      connections
    })
    const get = (path: string) => pools.exchange({ method: "GET", path, headers: {}, body: undefined })
    return { ...pools, get, sockets, opened: () => opened }
  })

describe("the shortest way to a whole answer", () => {
  it.scopedLive("sends method, headers of several lines and body, and gives status, headers and text (C20, C21)", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const { exchange, opened } = yield* to((request, response) => {
        let body = ""
        request.setEncoding("utf8").on("data", (part: string) => body += part).on("end", () => {
          const groups = request.headersDistinct["impersonate-group"]
          seen.push([request.method, request.url, groups, request.headers["content-type"], body])
          response.writeHead(201, { "Content-Type": "application/json", "Warning": ["299 - \"a\"", "299 - \"b\""] })
          response.write("\uFEFF{\"a\":\"")
          // A character that is cut in two.
          const [first, ...rest] = Buffer.from("ö")
          response.write(Buffer.from([first!]))
          setImmediate(() => response.end(Buffer.concat([Buffer.from(rest), Buffer.from("\"}")])))
        })
      })
      const send = exchange({
        method: "POST",
        path: "/api?x=%20",
        headers: { "impersonate-group": ["one", "two"], "content-type": "application/json" },
        body: "{\"ä\":1}"
      })
      const { headers, status, text } = yield* send
      assert.deepStrictEqual(seen, [["POST", "/api?x=%20", ["one", "two"], "application/json", "{\"ä\":1}"]])
      assert.deepStrictEqual([status, headers["warning"], text], [201, "299 - \"a\", 299 - \"b\"", "{\"a\":\"ö\"}"])
      for (let i = 0; i < 20; i++) yield* send
      // The next one may come before the first connection is free again.
      assert.isAtMost(opened(), 2)
    }))

  it.scopedLive("waits for the answer behind an informational one, and needs no body", () =>
    Effect.gen(function*() {
      const { get } = yield* to((_, response) => {
        response.writeEarlyHints({ link: "</a>; rel=preload" })
        response.writeHead(204).end()
      })
      const { status, text } = yield* get("/")
      assert.deepStrictEqual([status, text], [204, ""])
    }))

  it.scopedLive("reads of a refusal no more than a megabyte (C31)", () =>
    Effect.gen(function*() {
      let ended = false
      const { get, sockets } = yield* to((_, response) => {
        response.writeHead(500).on("close", () => ended = true)
        const write = (): void => {
          while (!ended && response.write(Buffer.alloc(64 * 1024, 97)));
          if (!ended) response.once("drain", write)
        }
        write()
      })
      const { status, text } = yield* get("/")
      assert.deepStrictEqual([status, text.length], [500, 1024 * 1024])
      yield* until(() => ended && sockets.size === 0)
    }))

  it.scopedLive("an answer that breaks off is a failure that says so (C29)", () =>
    Effect.gen(function*() {
      const { get } = yield* to((request, response) => {
        if (request.url === "/reset") request.socket.destroy()
        else response.writeHead(200, { "content-length": "100" }).write("half", () => request.socket.destroy())
      })
      for (const path of ["/reset", "/half"]) {
        const { cause } = yield* Effect.flip(get(path))
        assert.include(["UND_ERR_SOCKET", "ECONNRESET"], (cause as { readonly code?: string }).code)
      }
    }))

  it.scopedLive("closes its connection when it is given up, before and in the middle of an answer (C21)", () =>
    Effect.gen(function*() {
      let begun = 0
      const { get, sockets } = yield* to((request, response) => {
        begun++
        if (request.url === "/half") response.writeHead(200).write("half")
        else if (request.url === "/a") response.end("a")
      })
      for (const path of ["/silent", "/half"]) {
        const fiber = yield* Effect.fork(get(path))
        const before = begun
        yield* until(() => begun > before)
        yield* Fiber.interrupt(fiber)
        yield* until(() => sockets.size === 0)
        assert.strictEqual((yield* get("/a")).text, "a")
        for (const socket of sockets) socket.destroy()
        yield* until(() => sockets.size === 0)
      }
    }))

  it.scopedLive("given up while it waits for a connection, it is never sent and harms nobody (C21)", () =>
    Effect.gen(function*() {
      const seen: Array<string | undefined> = []
      const release: Array<() => void> = []
      const { get, opened } = yield* to((request, response) => {
        seen.push(request.url)
        if (request.url === "/held") release.push(() => response.end("held"))
        else response.end("a")
      }, 1)
      const held = yield* Effect.fork(get("/held"))
      yield* until(() => release.length === 1)
      const waiting = yield* Effect.fork(get("/given-up"))
      const next = yield* Effect.fork(get("/a"))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiting)
      release[0]!()
      assert.deepStrictEqual([(yield* Fiber.join(held)).text, (yield* Fiber.join(next)).text], ["held", "a"])
      assert.deepStrictEqual([seen, opened()], [["/held", "/a"], 1])
    }))

  it.scopedLive("what undici refuses to send costs no connection, and leaves no timer (C21)", () =>
    Effect.gen(function*() {
      const { exchange, get } = yield* to((_, response) => response.end("a"), 2)
      for (let i = 0; i < 200; i++) {
        const refused = yield* Effect.exit(
          exchange({ method: "GET", path: "/", headers: { accept: "\u0100" }, body: undefined })
        )
        assert.isTrue(Exit.isFailure(refused))
      }
      for (let i = 0; i < 3; i++) assert.strictEqual((yield* get("/")).text, "a")
      assert.isBelow(timers(), 50)
    }))

  it.scopedLive("thousands that wait and are refused at once leave neither a timer nor a connection behind (C21)", () =>
    Effect.gen(function*() {
      const count = 5000
      const release: Array<() => void> = []
      const { exchange, get } = yield* to((request, response) => {
        if (request.url === "/held") release.push(() => response.end("held"))
        else response.end("a")
      }, 1)
      const held = yield* Effect.fork(get("/held"))
      yield* until(() => release.length === 1)
      const refused = yield* Effect.fork(Effect.all(
        Array.from(
          { length: count },
          () => Effect.exit(exchange({ method: "GET", path: "/", headers: { accept: "\u0100" }, body: undefined }))
        ),
        { concurrency: "unbounded" }
      ))
      yield* until(() => timers() >= count)
      release[0]!()
      yield* Fiber.join(held)
      assert.isTrue((yield* Fiber.join(refused)).every(Exit.isFailure))
      assert.strictEqual((yield* get("/")).text, "a")
      assert.isBelow(timers(), 50)
    }))

  it.effect("is given up at its deadline, also when it has waited for a connection so long (C22)", () =>
    Effect.sync(() => {
      vi.useFakeTimers()
    }).pipe(
      Effect.flatMap(() => {
        let asked: DispatchOptions | undefined
        const exchange = wholeExchange.make((options) => {
          asked = options
          return true
        }, "http://a")
        return Effect.gen(function*() {
          const fiber = yield* Effect.fork(
            Effect.flip(exchange({ method: "GET", path: "/", headers: {}, body: undefined }))
          )
          yield* Effect.yieldNow()
          vi.advanceTimersByTime(29_999)
          assert.isFalse(asked?.isGivenUp?.())
          vi.advanceTimersByTime(1)
          const { cause } = yield* Fiber.join(fiber)
          assert.strictEqual((cause as { readonly code?: string }).code, "UND_ERR_HEADERS_TIMEOUT")
          assert.isTrue(asked?.isGivenUp?.())
        })
      }),
      Effect.ensuring(Effect.sync(() => {
        vi.useRealTimers()
      }))
    ))

  it.live("fails when the pool is closed, and afterwards (C21)", () =>
    Effect.gen(function*() {
      const { fiber, get } = yield* Effect.scoped(Effect.gen(function*() {
        let begun = false
        const { get } = yield* to(() => {
          begun = true
        })
        const fiber = yield* Effect.forkDaemon(get("/"))
        yield* until(() => begun)
        return { fiber, get }
      }))
      assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(get("/"))))
    }))
})
