import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { TestResponse } from "../../src/client/KubeClient.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import { type Asked, configMaps, type ModelServer, status } from "./modelServer.js"
import { listed, onServer, watching } from "./watching.js"

const backoff = Schedule.spaced("5 seconds")

const bytes = (text: string) => new TextEncoder().encode(text)

/** The begin of a list: its version and one whole item. */
const begun =
  "{\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"102\"},\"items\":[" +
  "{\"metadata\":{\"name\":\"half\",\"namespace\":\"default\",\"uid\":\"h\",\"resourceVersion\":\"9\"," +
  "\"creationTimestamp\":\"2026-01-01T00:00:00Z\"}}"

const transport = (reason: KubeError.TransportReason) => (info: KubeError.RequestInfo) =>
  new KubeError.TransportError({ request: info, reason, description: reason })

interface Fault {
  readonly name: string
  readonly answer: TestResponse | ((info: KubeError.RequestInfo) => KubeError.TransportError)
  readonly error: string
  /** Seconds until it is noticed, and until the next list. */
  readonly after?: number
  readonly pause?: number
}

/** What can go wrong with a list, before it begins and in the middle. */
const faults: ReadonlyArray<Fault> = [
  {
    name: "429 that asks for 20 seconds",
    error: "KubeThrottled",
    pause: 20,
    answer: { ...status(429, "TooManyRequests"), headers: { "retry-after": "20" } }
  },
  { name: "429", error: "KubeThrottled", answer: status(429, "TooManyRequests") },
  { name: "500", error: "KubeStatusError", answer: status(500, "InternalError") },
  { name: "504", error: "KubeStatusError", answer: status(504, "Timeout") },
  { name: "503", error: "KubeStatusError", answer: status(503, "ServiceUnavailable") },
  { name: "401", error: "KubeUnauthorized", answer: status(401, "Unauthorized") },
  { name: "403", error: "KubeForbidden", answer: status(403, "Forbidden") },
  { name: "404", error: "KubeStatusError", answer: status(404, "NotFound") },
  { name: "400", error: "KubeStatusError", answer: status(400, "BadRequest") },
  { name: "410", error: "KubeExpired", answer: status(410, "Expired") },
  { name: "nobody who answers", error: "KubeTransportError", answer: transport("Connect") },
  { name: "a credential that cannot be read", error: "KubeTransportError", answer: transport("Credential") },
  { name: "a certificate that is not trusted", error: "KubeTransportError", answer: transport("Tls") },
  {
    name: "HTML",
    error: "KubeTransportError",
    answer: { body: "<html>log in</html>", headers: { "content-type": "text/html" } }
  },
  {
    name: "plain text",
    error: "KubeTransportError",
    answer: { body: "hello", headers: { "content-type": "text/plain" } }
  },
  { name: "an end in the middle", error: "KubeTransportError", answer: { stream: Stream.make(bytes(begun)) } },
  {
    name: "a cut in the middle",
    error: "KubeTransportError",
    answer: {
      stream: Stream.concat(
        Stream.make(bytes(begun)),
        Stream.fail(transport("Reset")({ verb: "list", kind: "ConfigMap" } as KubeError.RequestInfo))
      )
    }
  },
  {
    name: "silence in the middle",
    error: "KubeTransportError",
    after: 60,
    answer: { stream: Stream.concat(Stream.make(bytes(begun)), Stream.never) }
  }
]

const isList = ({ kind }: Asked) => kind === "list"

/** Answers the next list with the fault; further ones as it should. */
const arm = (server: ModelServer, { answer }: Fault): void => {
  let armed = true
  server.script = (asked, request) => {
    if (!isList(asked) || !armed) return undefined
    armed = false
    return typeof answer === "function" ? answer(request.info) : answer
  }
}

describe("Watcher.watch: when something goes wrong with a list", () => {
  for (const fault of faults) {
    it.scoped(`${fault.name}: it waits, and lists anew; the store shows nothing of the one that failed (W37, W39, W43)`, () =>
      onServer((server) =>
        Effect.gen(function*() {
          const { after = 0, pause = 5 } = fault
          server.put("a")
          server.put("b")
          // The first list of one, and a list of another that has a state already.
          const store = yield* Reflector.make(configMaps, { backoff })
          const watch = yield* watching(server, { backoff })
          yield* watch.news
          arm(server, fault)
          server.compact()
          server.put("c")
          server.compact()
          server.asked.length = 0
          yield* watch.stop
          const second = yield* watching(server, { backoff })
          yield* TestClock.adjust(Duration.seconds(after))
          const lists = server.asked.filter(isList).length
          yield* TestClock.adjust(Duration.millis(pause * 1000 - 1))
          assert.strictEqual(server.asked.filter(isList).length, lists, "it waits for the whole pause")
          yield* TestClock.adjust("1 millis")
          assert.strictEqual(server.asked.filter(isList).length, lists + 1)
          // Twice at most: a list that had begun is begun again.
          const news = yield* second.news
          const trouble = news.indexOf(`Trouble ${fault.error}`)
          assert.isAtLeast(trouble, 0, news.join())
          assert.deepStrictEqual(news.slice(trouble + 1), ["Init Start", "InitPage a,b,c", "InitDone 103"])
          assert.notInclude(news.slice(0, trouble), "InitDone 102")
          assert.deepStrictEqual((yield* store.list).map(({ metadata }) => metadata.name), ["a", "b", "c"])
        })
      ))
  }

  it.scoped("a relist that fails in the middle leaves the store as it was, until one is complete (W37, W39, W43, W44)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const store = yield* Reflector.make(configMaps, { backoff })
        yield* store.ready
        const names = Effect.map(store.list, (all) => all.map(({ metadata }) => metadata.name).sort())
        for (const fault of faults.filter(({ name }) => name.includes("middle"))) {
          server.script = () => undefined
          server.put("a")
          yield* TestClock.adjust(0)
          arm(server, fault)
          server.error(410, "Expired")
          yield* TestClock.adjust(Duration.seconds((fault.after ?? 0) + 4))
          assert.deepStrictEqual(yield* names, ["a"], fault.name)
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(yield* names, ["a"], fault.name)
          assert.isTrue(yield* store.isReady)
        }
      })
    ))

  it.scoped("a server that is behind the version asked for, by cause or in old words, is asked for a consistent list (W13)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const message = "Timeout: Too large resource version: 102, current: 90"
        const answers = [
          status(504, "Timeout", {
            causes: [{ reason: "ResourceVersionTooLarge", message: "Too large" }],
            retryAfterSeconds: 1
          }),
          status(504, "Timeout", {}, message)
        ]
        for (const answer of answers) {
          server.restore(100, [])
          server.script = () => undefined
          const watch = yield* listed(server, { backoff, semantics: "any" })
          // As an event and as an answer to the watch; and to a list that asked for any version.
          server.put("c")
          yield* watch.news
          let once = true
          server.script = (asked) => {
            if (asked.kind !== "watch" || !once) return undefined
            once = false
            return answer
          }
          server.close()
          yield* TestClock.adjust("10 seconds")
          assert.deepStrictEqual(
            server.asked.slice(0, 3).map(({ kind, query }) => `${kind} ${query["resourceVersion"]}`),
            ["watch 103", "list undefined", "watch 103"]
          )
          assert.deepStrictEqual(yield* watch.news, [
            "Trouble KubeStatusError",
            "Init Expired",
            "InitPage a,b,c",
            "InitDone 103"
          ])
          yield* watch.stop
          once = true
          server.asked.length = 0
          server.script = (asked) => {
            if (!isList(asked) || !once) return undefined
            once = false
            return answer
          }
          const second = yield* watching(server, { backoff, semantics: "any" })
          assert.deepStrictEqual(
            server.asked.filter(isList).map(({ at, query }) =>
              `${query["resourceVersion"]} ${at - server.asked[0]!.at}`
            ),
            ["0 0", "undefined 0"]
          )
          yield* second.stop
        }
      })
    ))
})
