import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import type { KubeClient } from "../../src/client/KubeClient.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import { type ConfigMap, ConfigMap as ConfigMapKind, configMaps, ModelServer, status } from "./modelServer.js"

type Event = Watcher.Event<ConfigMap>

/** An event in few words. */
const short = (event: Event): string => {
  switch (event._tag) {
    case "Init":
      return `Init ${event.reason}`
    case "InitPage":
      return `InitPage ${event.objects.map((object) => object.metadata.name).join(",")}`
    case "InitDone":
    case "Bookmark":
      return `${event._tag} ${event.resourceVersion}`
    case "Applied":
    case "Deleted":
      return `${event._tag} ${event.object.metadata.name}@${event.object.metadata.resourceVersion}`
    case "Undecodable":
      return `Undecodable ${event.change} ${event.metadata.name}@${event.metadata.resourceVersion}`
    case "Trouble":
      return `Trouble ${event.error._tag}`
  }
}

/** Events in few words; how a list was cut into pages does not matter. */
const inShort = (events: ReadonlyArray<Event>): ReadonlyArray<string> => {
  const texts: Array<string> = []
  for (const text of events.map(short)) {
    const last = texts[texts.length - 1]
    if (text.startsWith("InitPage") && last?.startsWith("InitPage") === true) texts[texts.length - 1] = `${last},${text.slice("InitPage ".length)}`
    else texts.push(text)
  }
  return texts
}

interface Watching {
  readonly server: ModelServer
  readonly events: Array<Event>
  /** The events since the last call, in short. */
  readonly news: Effect.Effect<ReadonlyArray<string>>
  readonly stop: Effect.Effect<void>
}

/** Lets everything run that can run now. */
const settle = TestClock.adjust(0)

const watching = (
  server: ModelServer,
  options?: Watcher.Options
): Effect.Effect<Watching, never, Scope.Scope | KubeClient> =>
  Effect.gen(function*() {
    const events: Array<Event> = []
    let told = 0
    const fiber = yield* Watcher.watch(configMaps, options).pipe(
      Stream.runForEach((event) => Effect.sync(() => events.push(event))),
      Effect.forkScoped
    )
    yield* settle
    return {
      server,
      events,
      news: Effect.map(settle, () => {
        const news = inShort(events.slice(told))
        told = events.length
        return news
      }),
      stop: Effect.asVoid(Fiber.interrupt(fiber))
    }
  })

/** Runs a test against a server of its own. */
const onServer = <A, E>(f: (server: ModelServer) => Effect.Effect<A, E, Scope.Scope | KubeClient>): Effect.Effect<A, E, Scope.Scope> =>
  Effect.suspend(() => {
    const server = new ModelServer()
    return Effect.provide(f(server), server.layer)
  })

/** A watch that has listed a and b at version 102. */
const listed = (server: ModelServer, options?: Watcher.Options) =>
  Effect.gen(function*() {
    server.put("a")
    server.put("b")
    const watch = yield* watching(server, options)
    assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitPage a,b", "InitDone 102"])
    server.asked.length = 0
    return watch
  })

describe("Watcher.watch: the list", () => {
  it.scoped("lists consistently, streamed on a server since 1.33, and watches from there (W9, W39, W41)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const watch = yield* watching(server, { labels: "app=web", fields: "metadata.name=a" })
        assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitPage a", "InitDone 101"])
        assert.deepStrictEqual(server.kinds(), ["version", "list", "watch"])
        assert.deepStrictEqual(server.asked[1]!.query, { labelSelector: "app=web", fieldSelector: "metadata.name=a" })
        server.put("b")
        server.put("a")
        server.remove("b")
        server.bookmark()
        assert.deepStrictEqual(yield* watch.news, ["Applied b@102", "Applied a@103", "Deleted b@104", "Bookmark 104"])
      })))

  it.scoped("lists in pages on an older server, and asks for its version once a client (W6, W9, W11)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.minor = "32+"
        for (let i = 0; i < 5; i++) server.put(`o${i}`)
        const watch = yield* watching(server, { pageSize: 2 })
        assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitPage o0,o1,o2,o3,o4", "InitDone 105"])
        assert.deepStrictEqual(server.asked.slice(1, 4).map(({ query }) => query), [
          { limit: "2" },
          { limit: "2", continue: "105:2" },
          { limit: "2", continue: "105:4" }
        ])
        const more = yield* watching(server)
        assert.deepStrictEqual((yield* more.news)[2], "InitDone 105")
        assert.strictEqual(server.kinds().filter((kind) => kind === "version").length, 1)
        assert.strictEqual(server.asked[server.asked.length - 2]!.query["limit"], "500")
      })))

  it.scoped("lists in pages when the server does not tell its version, and as it is told otherwise (W9)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.script = (asked) => asked.kind === "version" ? status(403, "Forbidden") : undefined
        yield* watching(server)
        assert.strictEqual(server.asked[1]!.query["limit"], "500")
        yield* watching(server, { initialList: "streamed", semantics: "any" })
        assert.deepStrictEqual(server.asked.filter(({ kind }) => kind === "list")[1]!.query, { resourceVersion: "0" })
      })))

  it.scoped("asks for the next page while the consumer has this one, and for no more (W14)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (let i = 0; i < 400; i++) server.put(`o${i}`)
        // Nobody takes anything: the reading goes on until what may lie ready does, and one page further.
        const pull = yield* Stream.toPull(Watcher.watch(configMaps, { initialList: "paged", pageSize: 2 }))
        yield* pull
        yield* settle
        const pages = server.asked.filter(({ kind }) => kind === "list").length
        assert.isAbove(pages, 2)
        assert.isBelow(pages, 30)
      })))

  it.scoped("makes one whole list when the token of a page expires, and no other (W12)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (let i = 0; i < 5; i++) server.put(`o${i}`)
        server.script = (asked) => asked.query["continue"] === undefined ? undefined : status(410, "Expired")
        const watch = yield* watching(server, { initialList: "paged", pageSize: 2 })
        assert.deepStrictEqual(yield* watch.news, [
          "Init Start",
          "InitPage o0,o1",
          "Trouble KubeExpired",
          "Init Start",
          "InitPage o0,o1,o2,o3,o4",
          "InitDone 105"
        ])
        assert.deepStrictEqual(server.asked.map(({ kind, query }) => `${kind} ${query["limit"]} ${query["continue"]}`), [
          "list 2 undefined",
          "list 2 105:2",
          "list undefined undefined",
          "watch undefined undefined"
        ])
      })))

  it.scoped("takes items: null for an empty list (W15)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.script = (asked) =>
          asked.kind === "list"
            ? { body: { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: "7" }, items: null } }
            : undefined
        const watch = yield* watching(server)
        assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitDone 7"])
      })))

  it.scoped("refuses a Table, HTML, half a list and a list without version, and tries again (W15, W34, W37)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const answers = [
          { body: { kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: { resourceVersion: "7" }, rows: [] } },
          { body: "<html>welcome</html>", headers: { "content-type": "text/html" } },
          { stream: Stream.make(new TextEncoder().encode("{\"kind\":\"ConfigMapList\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[")) },
          { body: { kind: "ConfigMapList", apiVersion: "v1", metadata: {}, items: [] } },
          status(500, "InternalError"),
          undefined
        ]
        let lists = 0
        server.script = (asked) => asked.kind === "list" ? answers[lists++] : undefined
        const watch = yield* watching(server, { backoff: Schedule.spaced("1 second") })
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(yield* watch.news, [
          "Trouble KubeTransportError",
          "Trouble KubeTransportError",
          "Init Start",
          "Trouble KubeTransportError",
          "Trouble KubeTransportError",
          "Trouble KubeStatusError",
          "Init Start",
          "InitDone 100"
        ])
        assert.deepStrictEqual(server.asked.filter(({ kind }) => kind === "list").map(({ at }) => at), [0, 1000, 2000, 3000, 4000, 5000])
      })))

  it.scoped("gives up a list that falls silent (W30, W37)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.script = (asked) => asked.kind === "list" && server.asked.length < 3 ? { stream: Stream.never } : undefined
        const watch = yield* watching(server)
        yield* TestClock.adjust("59 seconds")
        assert.deepStrictEqual(yield* watch.news, [])
        yield* TestClock.adjust("4 seconds")
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeTransportError", "Init Start", "InitDone 100"])
      })))
})

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
        const asked = server.asked.filter(({ kind }) => kind === "watch").map(({ query }) => Number(query["timeoutSeconds"]))
        assert.isTrue(asked.every((seconds) => seconds >= 300 && seconds <= 600), asked.join())
        assert.isAbove(new Set(asked).size, 10)
        yield* watching(server, { timeout: "40 seconds" })
        assert.strictEqual(server.asked[server.asked.length - 1]!.query["timeoutSeconds"], "40")
      }).pipe(Effect.withRandom(Random.make("W1")))))

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
      })))

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
      })))

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
      })))

  it.scoped("asks a server that ends every watch at once not more than 15 times in the first minute, and lists every third time (W5, W22)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.script = (asked) => asked.kind === "watch" ? { stream: Stream.empty } : undefined
        const watch = yield* watching(server)
        yield* TestClock.adjust("1 minute")
        assert.isAtMost(server.asked.length, 15, server.kinds().join())
        assert.isAtLeast(server.kinds().filter((kind) => kind === "list").length, 2)
        assert.include(yield* watch.news, "Init Failures")
      })))

  it.scoped("lists without a version after 410, as an event and as a status (W23, W24)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (const reason of ["Expired", "Gone"]) {
          const watch = yield* listed(server)
          server.put("c")
          yield* settle
          server.error(410, reason)
          assert.deepStrictEqual(yield* watch.news, ["Applied c@103", "Trouble KubeExpired", "Init Expired", "InitPage a,b,c", "InitDone 103"])
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
          assert.deepStrictEqual((yield* watch.news).slice(-4), ["Trouble KubeExpired", "Init Expired", "InitPage a,b,c,d", "InitDone 105"])
          yield* watch.stop
          server.restore(100, [])
          server.script = () => undefined
        }
      })))

  it.scoped("waits as long as a 429 asks, as an event and as a status, and does not list (W25)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        server.error(429, "TooManyRequests", { retryAfterSeconds: 20 })
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeThrottled"])
        yield* TestClock.adjust("19 seconds")
        assert.deepStrictEqual(server.kinds(), [])
        server.script = (asked) => asked.kind === "watch" ? { ...status(429, "TooManyRequests"), headers: { "retry-after": "7" } } : undefined
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
      })))

  it.scoped("goes on after a 5xx where it stood, and lists after the third in a row (W26)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        server.error(500, "InternalError")
        yield* settle
        server.script = (asked) => asked.kind === "watch" && server.asked.length <= 2 ? status(503, "ServiceUnavailable") : undefined
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
      })))

  it.scoped("waits with a growing pause and jitter while nobody answers, and is back within one step (W5, W27)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server)
        server.put("c")
        yield* settle
        server.script = (_, request) => new KubeError.TransportError({ request: request.info, reason: "Connect", description: "connect ECONNREFUSED" })
        server.cut()
        yield* TestClock.adjust("10 minutes")
        const times = server.asked.map(({ at }) => at)
        const pauses = times.slice(1).map((at, i) => at - times[i]!)
        const expected = [800, 1600, 3200, 6400, 12_800, 25_600, ...Array.from({ length: pauses.length }, () => 30_000)]
        pauses.forEach((pause, i) => assert.isTrue(pause >= expected[i]! && pause <= 2 * expected[i]! + 1, `pause ${i}: ${pause}`))
        assert.isAbove(pauses.length, 8)
        server.put("d")
        server.script = () => undefined
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* watch.news).at(-1), "Applied d@104")
      })))

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
      })))

  it.scoped("goes on when the Schedule has ended, with its last pause (W5)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const never = { stream: Stream.empty }
        server.script = (asked) => asked.kind === "watch" ? never : undefined
        yield* watching(server, { backoff: Schedule.intersect(Schedule.spaced("10 seconds"), Schedule.recurs(2)) })
        yield* TestClock.adjust("65 seconds")
        assert.deepStrictEqual(server.asked.filter(({ kind }) => kind === "watch").map(({ at }) => at / 1000), [0, 10, 20, 30, 40, 50, 60])
      })))

  it.scoped("waits and watches on after 401 (W28)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        server.error(401, "Unauthorized")
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeUnauthorized"])
        assert.deepStrictEqual(server.kinds(), ["watch", "confirm"])
      })))

  it.scoped("asks for ever after 403 and 404, and lists when it is allowed again (W29)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (const [code, reason, tag] of [[403, "Forbidden", "KubeForbidden"], [404, "NotFound", "KubeStatusError"]] as const) {
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
      })))

  it.scoped("gives up a silent watch 10 seconds after its timeout (W2, W30)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { timeout: "100 seconds" })
        yield* TestClock.adjust("109 seconds")
        assert.deepStrictEqual(yield* watch.news, [])
        yield* TestClock.adjust("1 seconds")
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeTransportError"])
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(server.kinds(), ["watch", "confirm"])
      })))

  it.scoped("gives up a watch that had bookmarks after three minutes of silence, and not while they come (W2, W30)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { timeout: "1 hour" })
        for (let minute = 0; minute < 20; minute++) {
          server.bookmark()
          yield* TestClock.adjust("1 minute")
        }
        assert.isTrue((yield* watch.news).every((event) => event === "Bookmark 102"))
        yield* TestClock.adjust("119 seconds")
        assert.deepStrictEqual(yield* watch.news, [])
        yield* TestClock.adjust("1 seconds")
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeTransportError"])
      })))

  it.scoped("blames no connection for the slowness of its consumer (W2, W14)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const pull = yield* Stream.toPull(Watcher.watch(configMaps, { timeout: "1 minute" }))
        yield* pull
        for (let i = 0; i < 100; i++) {
          server.put(`o${i}`)
          yield* settle
        }
        yield* TestClock.adjust("10 minutes")
        let last: Event | undefined
        while (last?._tag !== "Applied" || last.object.metadata.name !== "o99") {
          for (const event of yield* pull) {
            assert.notStrictEqual(event._tag, "Trouble")
            last = event
          }
        }
        assert.deepStrictEqual(server.kinds(), ["version", "list", "watch"])
      })))

  it.scoped("tells an object that does not decode apart, with its JSON, and goes on (W31)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const watch = yield* watching(server)
        yield* watch.news
        for (const connection of server.connections) {
          connection.send("{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\",\"uid\":7,\"resourceVersion\":\"103\"}}}\n")
        }
        server.version = 103
        server.put("b")
        assert.deepStrictEqual(yield* watch.news, ["Undecodable Applied a@103", "Applied b@104"])
        const event = watch.events.find((event) => event._tag === "Undecodable")
        assert.strictEqual(event?.raw, "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\",\"uid\":7,\"resourceVersion\":\"103\"}}")
        assert.include(event?.error.message, "metadata.uid: expected a string, found 7")
        server.objects.set("default/a", { ...server.put("a"), metadata: {} as never })
        server.error(410, "Expired")
        assert.deepStrictEqual(yield* watch.news, [
          "Applied a@105",
          "Trouble KubeExpired",
          "Init Expired",
          "Undecodable Listed undefined@undefined",
          "InitPage b",
          "InitDone 105"
        ])
      })))

  it.scoped("waits after a frame that is not JSON, and lists after the third in a row (W32)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        for (let i = 0; i < 3; i++) {
          for (const connection of server.connections) connection.send("<!-- hello -->\n{\"type\":\"BOOKMARK\"}\n")
          yield* TestClock.adjust("1 second")
        }
        assert.deepStrictEqual(server.kinds(), ["watch", "confirm", "watch", "confirm", "list", "watch"])
        assert.deepStrictEqual((yield* watch.news).slice(0, 4), [
          "Trouble KubeTransportError",
          "Trouble KubeTransportError",
          "Trouble KubeTransportError",
          "Init Failures"
        ])
      })))

  it.scoped("waits and lists after another Status, and after what is not Kubernetes (W33, W34)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        server.error(400, "BadRequest")
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(server.kinds(), ["list", "watch"])
        server.script = (asked) => asked.kind === "watch" ? { body: "<html>log in</html>", headers: { "content-type": "text/html" } } : undefined
        server.put("c")
        yield* settle
        server.close()
        yield* settle
        server.script = () => undefined
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(server.kinds().slice(2), ["watch", "list", "watch"])
        assert.deepStrictEqual((yield* watch.news).filter((event) => event.startsWith("Trouble")), ["Trouble KubeStatusError", "Trouble KubeTransportError"])
      })))

  it.scoped("does not take an older list for newer with semantics any, but asks for a consistent one (W35)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { semantics: "any", backoff: Schedule.spaced("1 second") })
        server.put("c")
        yield* watch.news
        server.script = (asked) =>
          asked.query["resourceVersion"] === "0" ? { body: { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: "90" }, items: [] } } : undefined
        server.error(403, "Forbidden")
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(server.asked.map(({ kind, query }) => `${kind} ${query["resourceVersion"]}`), ["list 0", "list undefined", "watch 103"])
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeForbidden", "Trouble KubeTransportError", "Init Refused", "InitPage a,b,c", "InitDone 103"])
      })))

  it.scoped("finds out that history was lost after a reconnect, and takes it as it is (W36)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        server.restore(50, [{ ...server.objects.get("default/a")!, data: "old" }])
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(server.kinds(), ["watch", "confirm", "list", "watch"])
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeTransportError", "Init HistoryReset", "InitPage a", "InitDone 50"])
        assert.strictEqual(server.asked[3]!.query["resourceVersion"], "50")
      })))

  it.scoped("finds out that history was lost after a watch that brought nothing (W36)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server)
        yield* TestClock.adjust("5 minutes")
        server.lose(50)
        server.close()
        yield* settle
        assert.deepStrictEqual(server.kinds(), ["watch", "confirm", "list", "watch"])
        assert.deepStrictEqual(yield* watch.news, ["Init HistoryReset", "InitPage a,b", "InitDone 50"])
      })))

  it.scoped("survives a codec that throws, and a client that dies (W31, W38)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, { backoff: Schedule.spaced("1 second") })
        let bugs = 1
        server.script = (asked) => {
          if (asked.kind === "watch" && bugs-- > 0) throw new Error("a bug")
          return undefined
        }
        server.cut()
        yield* TestClock.adjust("2 seconds")
        server.put("c")
        assert.deepStrictEqual(yield* watch.news, ["Trouble KubeTransportError", "Trouble KubeTransportError", "Applied c@103"])
      })))
})

describe("Watcher.watch: the stream", () => {
  it.scoped("ends its request when it is closed, wherever it is interrupted (W54)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (let i = 0; i < 50; i++) server.put(`o${i}`)
        server.chunkSize = 700
        for (let steps = 0; steps < 40; steps++) {
          const fiber = yield* Effect.fork(Stream.runDrain(Watcher.watch(configMaps, { initialList: steps % 2 === 0 ? "streamed" : "paged", pageSize: 7 })))
          for (let i = 0; i < steps; i++) yield* Effect.yieldNow()
          yield* Fiber.interrupt(fiber)
          assert.strictEqual(server.connections.size, 0, `after ${steps} steps`)
          assert.strictEqual(server.lists, 0, `after ${steps} steps`)
        }
        const fiber = yield* Effect.fork(Stream.runDrain(Watcher.watch(configMaps)))
        yield* settle
        assert.strictEqual(server.connections.size, 1)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(server.connections.size, 0)
      })))

  it.scoped("hands over chunks, not single events (W39)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const chunks: Array<number> = []
        yield* Watcher.watch(configMaps).pipe(
          Stream.runForEachChunk((chunk) => Effect.sync(() => chunks.push(Chunk.size(chunk)))),
          Effect.forkScoped
        )
        yield* settle
        const [connection] = server.connections
        const object = server.put("a")
        connection!.send(`${JSON.stringify({ type: "MODIFIED", object })}\n`.repeat(200))
        yield* settle
        assert.strictEqual(Math.max(...chunks) >= 200, true, chunks.join())
      })))

  it.effect("follows the namespace of the client's context (W9)", () =>
    Effect.suspend(() => {
      const server = new ModelServer()
      return Effect.gen(function*() {
        let path = ""
        server.script = (asked, request) => {
          if (asked.kind === "list") path = request.path
          return undefined
        }
        const fiber = yield* Effect.fork(Stream.runDrain(Watcher.watch(Api.defaultNamespaced(ConfigMapKind))))
        yield* settle
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(path, "/api/v1/namespaces/default/configmaps")
      }).pipe(Effect.provide(server.layer))
    }))
})

describe("Watcher combinators", () => {
  const collect = <A>(stream: Stream.Stream<A, never, KubeClient>) =>
    Effect.gen(function*() {
      const seen: Array<A> = []
      yield* Effect.forkScoped(Stream.runForEach(stream, (a) => Effect.sync(() => seen.push(a))))
      yield* settle
      return seen
    })

  it.scoped("appliedObjects and touchedObjects give the objects of lists and changes, with or without deletes (W40)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const name = (object: ConfigMap) => `${object.metadata.name}@${object.metadata.resourceVersion}`
        const applied = yield* collect(Stream.map(Watcher.appliedObjects(Watcher.watch(configMaps)), name))
        const touched = yield* collect(Stream.map(Watcher.touchedObjects(Watcher.watch(configMaps)), name))
        const mapped = yield* collect(Watcher.touchedObjects(Watcher.mapObjects(Watcher.watch(configMaps), name)))
        server.put("b")
        server.remove("a")
        yield* settle
        assert.deepStrictEqual(applied, ["a@101", "b@102"])
        assert.deepStrictEqual(touched, ["a@101", "b@102", "a@103"])
        assert.deepStrictEqual(mapped, touched)
      })))

  it.scoped("failOn ends the stream with the failure that it chooses, after what came before (W29, W42)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const seen: Array<string> = []
        const fiber = yield* Watcher.watch(configMaps).pipe(
          Watcher.failOn((error) => error._tag === "KubeForbidden"),
          Stream.runForEach((event) => Effect.sync(() => seen.push(short(event)))),
          Effect.fork
        )
        yield* settle
        server.error(500, "InternalError")
        yield* TestClock.adjust("2 seconds")
        server.put("b")
        for (const connection of server.connections) connection.frame("ERROR", status(403, "Forbidden").body)
        yield* settle
        const exit = yield* Fiber.await(fiber)
        assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Fail" && exit.cause.error._tag === "KubeForbidden")
        assert.deepStrictEqual(seen, ["Init Start", "InitPage a", "InitDone 101", "Trouble KubeStatusError", "Applied b@102"])
        assert.strictEqual(server.connections.size, 0)
      })))

  it.scoped("watchObject gives an object whenever it changes, and none while it does not exist (W9)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const states = yield* collect(Stream.map(
          Watcher.watchObject(Api.namespaced(ConfigMapKind, "default"), "a"),
          Option.map((object) => object.metadata.resourceVersion)
        ))
        assert.strictEqual(server.asked.find(({ kind }) => kind === "list")?.query["fieldSelector"], "metadata.name=a")
        server.put("a")
        yield* settle
        server.error(410, "Expired")
        yield* TestClock.adjust("2 seconds")
        server.remove("a")
        yield* settle
        server.error(410, "Expired")
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(states, [Option.none(), Option.some("101"), Option.none()])
      })))
})
