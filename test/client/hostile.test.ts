/** Servers that answer what no server should: each answer ends in an error that says so, soon, and the client lives on. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import type * as Http from "node:http"
import * as zlib from "node:zlib"
import * as Api from "../../src/client/Api.js"
import * as Discovery from "../../src/client/Discovery.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Request from "../../src/protocol/Request.js"
import { bytes, clientOf, configMap, connectionTo, json, plain } from "./adversary.js"

const configMaps = Api.namespaced(ConfigMap, "default")

/** Sent once; with a short limit only where the server is one that never answers. */
const using = <A, E>(
  client: KubeClient.Service,
  effect: Effect.Effect<A, E, KubeClient.KubeClient>,
  limit: Duration.DurationInput = "30 seconds"
) =>
  effect.pipe(
    Effect.provideService(KubeClient.KubeClient, client),
    Effect.provideService(KubeClient.Retry, "off"),
    Effect.provideService(KubeClient.HeaderTimeout, limit)
  )

/** Far more than anything here takes on a busy machine, far less than what never ends: milliseconds. */
const soon = 15_000

/** The failure of an effect, which must be one of ours; how long it took, in milliseconds. */
const failure = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const [time, exit] = yield* Effect.timed(Effect.exit(effect))
    assert.isTrue(Exit.isFailure(exit), `it succeeded: ${JSON.stringify(exit).slice(0, 200)}`)
    const cause = Exit.isFailure(exit) ? exit.cause : undefined
    assert.strictEqual(cause?._tag, "Fail", String(cause))
    const error: unknown = cause?._tag === "Fail" ? cause.error : undefined
    assert.isTrue(KubeError.is(error), String(error))
    return { error: error as KubeError.KubeError, millis: Duration.toMillis(time) }
  })

const operations = [
  configMaps.get("a"),
  configMaps.list(),
  configMaps.create({ metadata: { name: "a" } }),
  Stream.runDrain(configMaps.stream({ limit: 10 })),
  Stream.runDrain(configMaps.watchOnce("1"))
] as ReadonlyArray<Effect.Effect<unknown, unknown, KubeClient.KubeClient>>

/** Writes without end, as fast as it is read. */
const flood = (response: Http.ServerResponse, text: string): { readonly written: () => number } => {
  let written = 0
  const more = (): void => {
    while (!response.destroyed) {
      written += text.length
      if (!response.write(text)) {
        response.once("drain", more)
        return
      }
    }
  }
  more()
  return { written: () => written }
}

describe("hostile answers", () => {
  it.scopedLive("bytes that are no HTTP (C23, C31)", () =>
    Effect.gen(function*() {
      const answers = [
        "\u0000\u0001\u0002\u0003",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Type: application/json\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n",
        `HTTP/1.1 200 OK\r\nx: ${"a".repeat(1_000_000)}\r\n\r\n`,
        `HTTP/1.1 200 OK\r\n${"x: a\r\n".repeat(200_000)}\r\n`,
        "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000),
        "SSH-2.0-OpenSSH_9.6\r\n",
        "\u0015\u0003\u0001\u0000\u0002\u0002\u0016",
        ""
      ]
      for (const answer of answers) {
        const server = yield* bytes((socket) => socket.end(answer))
        const client = yield* clientOf(connectionTo(server.url))
        for (const operation of operations.slice(0, 3)) {
          const { error, millis } = yield* failure(using(client, operation, "2 seconds"))
          assert.isBelow(millis, soon, answer.slice(0, 60))
          assert.isBelow(error.message.length, 3000, answer.slice(0, 60))
        }
      }
    }), 60_000)

  it.scopedLive(
    "one that says nothing, and one that never ends, are given up in time (C22)",
    () =>
      Effect.gen(function*() {
        const silent = yield* bytes(() => {})
        const trickling = yield* plain((_, response) => {
          response.writeHead(200, { "content-type": "application/json" })
          const timer = setInterval(() => response.write(" "), 100)
          response.on("close", () => clearInterval(timer))
        })
        for (const server of [silent, trickling]) {
          const client = yield* clientOf(connectionTo(server.url))
          const { error, millis } = yield* failure(using(client, configMaps.get("a"), "1 second"))
          assert(error._tag === "KubeTransportError")
          assert.strictEqual(error.reason, "Timeout")
          assert.isBelow(millis, soon)
        }
      }),
    30_000
  )

  it.scopedLive(
    "a refusal without end is read up to a bound, and its message is short (C31)",
    () =>
      Effect.gen(function*() {
        let written = () => 0
        for (const code of [400, 401, 403, 404, 409, 410, 422, 429, 500, 503]) {
          for (const type of ["text/plain", "text/html", "application/json"]) {
            const server = yield* plain((_, response) => {
              response.writeHead(code, { "content-type": type })
              if (type === "application/json") response.write("{\"kind\":\"Status\",\"message\":\"")
              ;({ written } = flood(response, "x".repeat(65_536)))
            })
            const client = yield* clientOf(connectionTo(server.url))
            const { error, millis } = yield* failure(using(client, configMaps.get("a")))
            assert.isBelow(millis, soon, `${code} ${type}`)
            assert.isBelow(error.message.length, 3000, `${code} ${type}`)
            assert.isBelow(written(), 256 * 1024 * 1024)
          }
        }
      }),
    60_000
  )

  it.scopedLive("a Status whose parts are something else is an error all the same (C29)", () =>
    Effect.gen(function*() {
      const odd: ReadonlyArray<unknown> = [null, 3, "x", [], {}, true, ["a", { b: 1 }], { a: { b: {} } }, -1, 1e308]
      let body: unknown
      const server = yield* plain((_, response) => json(response, 422, body))
      const client = yield* clientOf(connectionTo(server.url))
      for (
        const key of [
          "status",
          "message",
          "reason",
          "details",
          "code",
          "metadata",
          "apiVersion",
          "causes",
          "retryAfterSeconds",
          "field"
        ]
      ) {
        for (const value of odd) {
          const details = { causes: key === "causes" ? value : [{ [key]: value }, value], [key]: value }
          body = { kind: "Status", details, [key]: value }
          const { error } = yield* failure(using(client, configMaps.create({ metadata: { name: "a" } })))
          assert.isString(error.message)
          assert.isBoolean(KubeError.isTransient(error))
          void KubeError.retryAfter(error)
        }
      }
      for (const top of [...odd, { kind: {} }, { kind: "Status" }, { kind: "status" }]) {
        body = top
        yield* failure(using(client, configMaps.get("a")))
      }
    }), 30_000)

  it.scopedLive("JSON that is broken, too deep, or no object of the kind (C33)", () =>
    Effect.gen(function*() {
      const item = JSON.stringify(configMap)
      const texts = [
        "{",
        "nul",
        "{\"a\":}",
        `${item}${item}`,
        item.slice(0, -1),
        "null",
        "3",
        "\"text\"",
        "[]",
        "{}",
        "{\"kind\":\"ConfigMap\"}",
        `{"apiVersion":"v1","kind":"ConfigMap","metadata":null}`,
        `{"apiVersion":"v1","kind":"ConfigMap","metadata":[]}`,
        `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":{}}}`,
        item.replace("\"v1\"", "{\"toString\":1}"),
        "[".repeat(200_000),
        "[".repeat(100_000) + "]".repeat(100_000),
        `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","x":${"[".repeat(50_000)}${"]".repeat(50_000)}}}`,
        "{\"a\":".repeat(50_000) + "1" + "}".repeat(50_000),
        `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":{}}`,
        `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[3,null,"x"]}`,
        `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":{}},"items":[`,
        "\ufeff\u0000",
        "\u0000".repeat(1000)
      ]
      let text = ""
      const server = yield* plain(({ url }, response) => {
        // The last line of a watch counts when it has an end: a connection may break in its middle.
        const end = url.includes("watch=1") ? "\n" : ""
        response.writeHead(200, { "content-type": "application/json" }).end(text + end)
      })
      const client = yield* clientOf(connectionTo(server.url))
      for (text of texts) {
        for (const operation of [configMaps.get("a"), Stream.runDrain(configMaps.watchOnce("1"))]) {
          const { error, millis } = yield* failure(using<unknown, unknown>(client, operation))
          assert.isBelow(error.message.length, 4000, text.slice(0, 60))
          assert.isBelow(millis, soon, text.slice(0, 60))
        }
        // Of a list an empty one may be read where it says nothing of its items.
        const exit = yield* Effect.exit(using(client, configMaps.list()))
        assert.isFalse(Exit.isFailure(exit) && exit.cause._tag === "Die", text.slice(0, 60))
        const found = yield* Effect.exit(using(client, Discovery.resolve("pods")))
        assert.isTrue(Exit.isFailure(found) && found.cause._tag === "Fail", text.slice(0, 60))
      }
    }), 60_000)

  it.scopedLive("headers that are long or odd cost no time and break nothing (C25, C26)", () =>
    Effect.gen(function*() {
      let headers: Record<string, string> = {}
      let code = 200
      const server = yield* plain((_, response) =>
        json(response, code, code === 200 ? configMap : { kind: "Status", code }, headers)
      )
      const client = yield* clientOf(connectionTo(server.url))
      const long = 12_000
      for (
        const warning of [
          "299 - \"" + "\\".repeat(long),
          "299 - \"" + "\\\\".repeat(long / 2) + "x",
          "299 - \"".repeat(long / 8),
          "299 ".repeat(long / 4),
          "299 - \"a\" \"".repeat(long / 12),
          "\"".repeat(long),
          "299 - \"\u001b[31mred\u0007\""
        ]
      ) {
        headers = { warning: warning.replace(/[\u0000-\u001f]/g, " ") }
        const [time] = yield* Effect.timed(using(client, configMaps.get("a")))
        assert.isBelow(Duration.toMillis(time), soon, warning.slice(0, 20))
      }
      for (code of [429, 503]) {
        for (
          const after of [
            "99999999999999999999",
            "-1",
            "0x10",
            "NaN",
            "1e9",
            "Infinity",
            " ",
            "Thu, 01 Jan 9999 00:00:00 GMT",
            "junk",
            "1, 2",
            "1".repeat(5000)
          ]
        ) {
          headers = { "retry-after": after }
          const { error, millis } = yield* failure(using(client, configMaps.get("a")))
          assert.isBelow(millis, soon, after)
          const wait = KubeError.retryAfter(error)
          assert.isTrue(wait === undefined || Duration.isFinite(wait), after)
        }
        // With the usual retries too: nobody is kept waiting for years.
        headers = { "retry-after": "99999999" }
        const [time] = yield* Effect.timed(
          Effect.exit(Effect.provideService(configMaps.get("a"), KubeClient.KubeClient, client))
        )
        assert.isBelow(Duration.toMillis(time), soon)
      }
      code = 200
      for (
        const type of [
          "",
          "application/json; charset=utf-16",
          "application/json".repeat(500),
          "text/html",
          "application/vnd.kubernetes.protobuf",
          "a".repeat(5000)
        ]
      ) {
        headers = { "content-type": type }
        const exit = yield* Effect.exit(using(client, configMaps.get("a")))
        assert.isFalse(Exit.isFailure(exit) && exit.cause._tag === "Die", type.slice(0, 40))
      }
    }), 60_000)

  it.scopedLive("messages that are made to be slow to search are not (C32)", () =>
    Effect.gen(function*() {
      const size = 1_000_000
      const repeated = (text: string) => text.repeat(Math.ceil(size / text.length))
      let message = ""
      const server = yield* plain((_, response) =>
        json(response, 422, {
          kind: "Status",
          reason: "Invalid",
          code: 422,
          message,
          details: { causes: [{ message }] }
        })
      )
      const client = yield* clientOf(connectionTo(server.url))
      const secret = Request.raw({
        path: "/api/v1/namespaces/default/secrets/a",
        method: "POST",
        body: JSON.stringify({ data: { a: "value" } })
      })
      for (
        message of [
          repeated("{"),
          repeated("["),
          repeated("map["),
          repeated("\""),
          repeated("\\\""),
          repeated("{\"a\":"),
          repeated("Invalid value: "),
          repeated("Invalid value: \""),
          repeated("Too long: x, "),
          repeated("Invalid value: a b c "),
          repeated("\"\\"),
          repeated("}{")
        ]
      ) {
        for (
          const effect of [
            configMaps.create({ metadata: { name: "a" } }),
            Effect.flatMap(KubeClient.KubeClient, (one) => one.execute(secret))
          ]
        ) {
          const { millis } = yield* failure(using<unknown, unknown>(client, effect))
          assert.isBelow(millis, soon, message.slice(0, 20))
        }
      }
    }), 120_000)

  it.scopedLive(
    "a compressed body that is broken, or grows, is an error or is not read at once (C22)",
    () =>
      Effect.gen(function*() {
        let body = Buffer.alloc(0)
        let encoding = "gzip"
        const server = yield* plain((_, response) => {
          response.writeHead(500, { "content-type": "text/plain", "content-encoding": encoding }).end(body)
        })
        const client = yield* clientOf(connectionTo(server.url))
        const bomb = zlib.gzipSync(Buffer.alloc(200 * 1024 * 1024), { level: 9 })
        const before = process.memoryUsage().rss
        for (
          const [content, name] of [
            [Buffer.from("no gzip"), "gzip"],
            [bomb.subarray(0, 1000), "gzip"],
            [bomb, "gzip"],
            [bomb, "gzip, gzip, gzip"],
            [bomb, "br"],
            [bomb, "x-unknown"]
          ] as const
        ) {
          body = content
          encoding = name
          const { error, millis } = yield* failure(using(client, configMaps.get("a")))
          assert.isBelow(error.message.length, 8000, name)
          assert.isBelow(millis, soon, name)
        }
        assert.isBelow(process.memoryUsage().rss - before, 400 * 1024 * 1024)
      }),
    60_000
  )

  it.scopedLive(
    "a watch that floods, never ends a line, or sends nonsense, waits for its reader and ends in an error (C22)",
    () =>
      Effect.gen(function*() {
        let written = () => 0
        const event = `${JSON.stringify({ type: "ADDED", object: configMap })}\n`
        const flooding = yield* plain((_, response) => {
          response.writeHead(200, { "content-type": "application/json" })
          ;({ written } = flood(response, event.repeat(100)))
        })
        const client = yield* clientOf(connectionTo(flooding.url))
        const taken = yield* using(
          client,
          Stream.runCollect(Stream.take(Stream.tap(configMaps.watchOnce("1"), () => Effect.sleep("5 millis")), 50))
        )
        assert.strictEqual(taken.length, 50)
        assert.isBelow(written(), 64 * 1024 * 1024, "what nobody reads is not taken from the server")
        // What later versions may add, and a bookmark that marks nothing, are passed over.
        const odd = "{\"type\":\"__proto__\",\"object\":{}}\n{\"type\":\"BOOKMARK\",\"object\":{}}\n"
        const saying = yield* plain((_, response) => {
          response.writeHead(200, { "content-type": "application/json" }).end(`${odd}${event}`)
        })
        const heard = yield* using(
          yield* clientOf(connectionTo(saying.url)),
          Stream.runCollect(configMaps.watchOnce("1"))
        )
        assert.strictEqual(heard.length, 1)
        for (
          const line of [
            "{}\n",
            "null\n",
            "[]\n",
            "{\"type\":\"ADDED\"}\n",
            "{\"type\":\"ADDED\",\"object\":null}\n",
            "{\"type\":{},\"object\":{}}\n",
            "{\"type\":\"ERROR\",\"object\":{}}\n",
            "{\"type\":\"ERROR\",\"object\":null}\n",
            "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":{},\"message\":[]}}\n",
            "not json\n",
            "{\"type\":\"ADDED\",\"object\":\n",
            "[".repeat(100_000) + "\n"
          ]
        ) {
          const server = yield* plain((_, response) => {
            response.writeHead(200, { "content-type": "application/json" }).end(line)
          })
          const one = yield* clientOf(connectionTo(server.url))
          const { error } = yield* failure(using(one, Stream.runDrain(configMaps.watchOnce("1"))))
          assert.isBelow(error.message.length, 4000, line.slice(0, 40))
        }
      }),
    60_000
  )

  it.scopedLive("after all that, and beside it, the client answers others (C21)", () =>
    Effect.gen(function*() {
      const server = yield* plain(({ url }, response) => {
        if (url.includes("hang")) return
        if (url.includes("cut")) response.destroy()
        else json(response, 200, configMap)
      })
      const client = yield* clientOf(connectionTo(server.url), { connections: 4 })
      const hanging = yield* Effect.forEach(Array.from({ length: 3 }), () =>
        Effect.fork(using(client, configMaps.get("hang"), "60 seconds")))
      for (let round = 0; round < 50; round++) {
        yield* Effect.exit(using(client, configMaps.get("cut")))
      }
      assert.strictEqual((yield* using(client, configMaps.get("a"))).metadata.name, "a")
      for (const fiber of hanging) {
        yield* Fiber.interrupt(fiber)
      }
      const all = yield* Effect.all(
        Array.from({ length: 100 }, () =>
          using(client, configMaps.get("a"))),
        {
          concurrency: "unbounded"
        }
      )
      assert.strictEqual(all.length, 100)
    }), 30_000)
})
