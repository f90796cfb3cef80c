import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import type { KubeClient } from "../../src/client/KubeClient.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import type * as Store from "../../src/runtime/Store.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import { type ConfigMap, configMaps, type Item, ModelServer, status } from "./modelServer.js"

const settle = TestClock.adjust(0)

const onServer = <A, E>(
  f: (server: ModelServer) => Effect.Effect<A, E, Scope.Scope | KubeClient>
): Effect.Effect<A, E, Scope.Scope> =>
  Effect.suspend(() => {
    const server = new ModelServer()
    return Effect.provide(f(server), server.layer)
  })

type Thing = Pick<ConfigMap, "metadata">
const name = (object: Thing): string => `${object.metadata.name}@${object.metadata.resourceVersion}`
const names = (objects: Iterable<Thing>): ReadonlyArray<string> => Array.from(objects, name).sort()

const shortChange = (change: Store.Change<Thing>): string => {
  const text = `${change._tag} ${name(change.object)}`
  return change._tag === "Deleted" && !change.observed ? `${text} missing` : text
}

const hear = (store: Store.Store<Thing>): Effect.Effect<Array<string>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const heard: Array<string> = []
    yield* Effect.forkScoped(
      Stream.runForEach(store.changes, (change) => Effect.sync(() => heard.push(shortChange(change))))
    )
    yield* settle
    return heard
  })

describe("Reflector.make", () => {
  it.scoped("keeps a store equal to the server, and reports what was deleted in a gap (W38, W44, W48)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        for (const name of ["a", "b", "c"]) server.put(name)
        const store = yield* Reflector.make(configMaps)
        yield* store.ready
        const heard = yield* hear(store)
        assert.deepStrictEqual(heard, ["Added a@101", "Added b@102", "Added c@103"])
        heard.length = 0
        server.cut()
        yield* settle
        server.remove("a")
        server.put("b")
        server.remove("c")
        server.put("c")
        server.put("d")
        server.compact()
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(heard, [
          "Deleted a@101 missing",
          "Deleted c@103 missing",
          "Updated b@105",
          "Added c@107",
          "Added d@108"
        ])
        assert.deepStrictEqual(names(yield* store.list), names(server.objects.values()))
        server.remove("d")
        server.bookmark()
        yield* settle
        assert.deepStrictEqual(heard.slice(5), ["Deleted d@109"])
        assert.deepStrictEqual(yield* store.resourceVersion, Option.some("109"))
      })
    ))

  it.scoped("ends its request when its scope closes, and the store stays readable (W54)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const scope = yield* Scope.make()
        const store = yield* Scope.extend(Reflector.make(configMaps), scope)
        yield* store.ready
        yield* settle
        assert.strictEqual(server.connections.size, 1)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(server.connections.size, 0)
        const asked = server.asked.length
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(server.asked.length, asked)
        assert.deepStrictEqual(names(yield* store.list), ["a@101"])
      })
    ))

  it.scoped("says that listing is forbidden, when it is not ready in time (W29, W55)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.script = (asked) =>
          asked.kind === "list"
            ? status(403, "Forbidden", {}, "configmaps is forbidden: User \"me\" cannot list")
            : undefined
        const store = yield* Reflector.make(configMaps, {
          syncTimeout: "10 seconds",
          backoff: Schedule.spaced("1 second")
        })
        const ready = yield* Effect.fork(Effect.flip(store.ready))
        yield* TestClock.adjust("10 seconds")
        assert.match(
          (yield* Fiber.join(ready)).message,
          /^list ConfigMap: not listed within 10s: list ConfigMap: forbidden \(configmaps is forbidden/
        )
        server.script = () => undefined
        const again = yield* Effect.fork(store.ready)
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(again)
      })
    ))

  it.scoped("keeps only what a projection makes (W53)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a", { secret: "x" })
        const store = yield* Reflector.make(configMaps, {
          project: ({ metadata }) => ({ metadata: { ...metadata, uid: metadata.uid } })
        })
        yield* store.ready
        server.put("b", { secret: "y" })
        yield* settle
        const all = yield* store.list
        assert.deepStrictEqual(names(all), ["a@101", "b@102"])
        assert.deepStrictEqual(all.map((object) => Object.keys(object)), [["metadata"], ["metadata"]])
      })
    ))

  it.scoped("isolates an object whose schema throws (W31, W50)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        class Strict extends Resource.Custom<Strict>()("v1.example/v1", "ConfigMap", {
          scope: "Namespaced",
          spec: Schema.transform(Schema.Struct({ mood: Schema.String }), Schema.Struct({ mood: Schema.String }), {
            decode: (spec) => {
              if (spec.mood === "bad") throw new Error("a bug")
              return spec
            },
            encode: (spec) => spec
          })
        }) {}
        const object = (name: string, mood: string): Item =>
          ({ ...server.put(name), apiVersion: "v1.example/v1", spec: { mood } }) as unknown as Item
        server.restore(103, [object("a", "good"), object("b", "bad"), object("c", "good")])
        const store = yield* Reflector.make(Api.all(Strict))
        yield* store.ready
        assert.deepStrictEqual(names(yield* store.list), ["a@101", "c@103"])
        assert.deepStrictEqual((yield* store.undecodable).map(({ metadata }) => metadata.name), ["b"])
      })
    ))

  it.scoped("tells the log what went wrong, at the level that fits, and no content of objects (W42)", () =>
    onServer((server) => {
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ logLevel, message }) =>
        void lines.push(`${logLevel.label} ${String(message)}`)
      )
      return Effect.gen(function*() {
        server.put("a")
        const store = yield* Reflector.make(configMaps)
        yield* store.ready
        server.put("b")
        yield* settle
        server.cut()
        yield* settle
        server.error(500, "InternalError", {}, "it is on fire")
        yield* TestClock.adjust("2 seconds")
        for (const connection of server.connections) {
          connection.frame("ADDED", {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "x" },
            data: { password: "hunter2" }
          })
        }
        yield* settle
        server.error(410, "Expired")
        yield* settle
        assert.deepStrictEqual(lines.map((line) => line.replace(/in [\d.msµn ]+$/, "in TIME")), [
          "DEBUG watch ConfigMap: read ECONNRESET; watching on",
          "DEBUG watch ConfigMap: all is well again after 1 failure",
          "WARN watch ConfigMap: 500 InternalError (it is on fire); watching on in TIME",
          "INFO watch ConfigMap: all is well again after 1 failure in TIME",
          lines[4]!,
          "DEBUG watch ConfigMap: expired (Expired); listing again",
          "DEBUG watch ConfigMap: all is well again after 1 failure"
        ])
        assert.match(lines[4]!, /^WARN watch ConfigMap: the answer x does not fit the schema: /)
        assert.notInclude(lines.join(), "hunter2")
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)), Logger.withMinimumLogLevel(LogLevel.Debug))
    }))
})

describe("Reflector.fromStream", () => {
  it.scoped("keeps a store from events that were changed on their way (W53)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const store = yield* Watcher.watch(configMaps).pipe(
          Watcher.mapObjects(({ metadata }) => ({ metadata })),
          Reflector.fromStream
        )
        yield* store.ready
        server.put("b")
        server.remove("a")
        yield* settle
        assert.deepStrictEqual(names(yield* store.list), ["b@102"])
      })
    ))

  it.scoped("events that end, by a defect or of themselves, are told by the log, by trouble and by ready (W42, W55)", () =>
    onServer((server) => {
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
        if (logLevel.label === "ERROR") lines.push(String(message))
      })
      return Effect.gen(function*() {
        server.put("a")
        const events = Watcher.watch(configMaps)
        const store = yield* events.pipe(
          Watcher.mapObjects(({ metadata }) => {
            if (metadata.name === "bad") throw new Error("a bug in the projection")
            return { metadata }
          }),
          Reflector.fromStream
        )
        yield* store.ready
        server.put("bad")
        server.put("later")
        yield* settle
        assert.deepStrictEqual(names(yield* store.list), ["a@101"])
        const trouble = Option.getOrThrow(yield* store.trouble)
        assert.match(trouble.error.message, /a bug in the projection/)
        assert.strictEqual(trouble.retryIn, Duration.infinity)
        assert.strictEqual(lines.length, 1)

        const never = yield* Reflector.fromStream(Stream.take(events, 1))
        const ready = yield* Effect.fork(Effect.flip(never.ready))
        yield* TestClock.adjust("2 minutes")
        assert.match((yield* Fiber.join(ready)).message, /not listed within 2m: .*the events have ended/)
        assert.strictEqual(lines.length, 2)

        const scope = yield* Scope.make()
        const closed = yield* Scope.extend(Reflector.fromStream(events), scope)
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual([yield* closed.trouble, lines.length], [Option.none(), 2])
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
    }))
})

/** One night: random writes and faults by a seed, then quiet. The model server is the oracle. */
const night = (seed: number) =>
  onServer((server) =>
    Effect.gen(function*() {
      const below = (n: number) => Random.nextIntBetween(0, n)
      const pick = <A>(values: ReadonlyArray<A>): Effect.Effect<A> =>
        Effect.map(below(values.length), (i) => values[i]!)
      const store = yield* Reflector.make(configMaps, {
        initialList: yield* pick(["streamed", "paged"] as const),
        pageSize: 3,
        semantics: yield* pick(["consistent", "any"] as const),
        changesBuffer: yield* pick([1, 4096])
      })
      server.chunkSize = 100
      // A consumer that adds up what it is told: each change must fit what was told before.
      const told = new Map<string, string>()
      yield* Effect.forkScoped(Stream.runForEach(store.changes, (change) =>
        Effect.sync(() => {
          const key = change.object.metadata.name
          const previous = change._tag === "Added" ? undefined : change.previous.metadata.resourceVersion
          assert.strictEqual(told.get(key), previous, `seed ${seed}: what was known of ${key}`)
          if (change._tag === "Deleted") told.delete(key)
          else told.set(key, change.object.metadata.resourceVersion)
        })))
      const names_ = ["a", "b", "c", "d", "e", "f", "g", "h"]
      let saved = { version: server.version, objects: [...server.objects.values()] }
      const faults: ReadonlyArray<() => Effect.Effect<void>> = [
        () => Effect.sync(() => server.cut()),
        () => Effect.sync(() => server.close()),
        () => Effect.sync(() => server.compact()),
        () => Effect.sync(() => server.bookmark()),
        () =>
          Effect.map(
            pick(
              [[410, "Expired"], [410, "Gone"], [429, "TooManyRequests"], [500, "InternalError"], [403, "Forbidden"], [
                400,
                "BadRequest"
              ]] as const
            ),
            ([code, reason]) => server.error(code, reason)
          ),
        () =>
          Effect.sync(() => server.connections.forEach((connection) => connection.send("{\"type\":\"ADDED\",\"obj"))),
        () => Effect.sync(() => server.connections.forEach((connection) => connection.send("no json\n"))),
        () =>
          Effect.sync(() => {
            saved = { version: server.version, objects: [...server.objects.values()] }
          }),
        // Nobody is connected while history is lost, and its versions stay below what was seen until the watcher is back.
        () =>
          Effect.gen(function*() {
            yield* settle
            server.script = () => undefined
            server.restore(saved.version, saved.objects)
            yield* TestClock.adjust("2 minutes")
          }),
        () =>
          Effect.map(Effect.zip(below(4), pick(["list", "watch", "confirm"] as const)), ([count, kind]) => {
            let left = count
            server.script = (asked, request) => {
              if (asked.kind !== kind || left-- <= 0) return undefined
              return left % 2 === 0
                ? new KubeError.TransportError({ request: request.info, reason: "Reset", description: "reset" })
                : status(503, "ServiceUnavailable")
            }
          }),
        () => TestClock.adjust("20 seconds")
      ]
      for (let round = 0; round < 12; round++) {
        const writes = yield* below(6)
        for (let i = 0; i < writes; i++) {
          const name = yield* pick(names_)
          if ((yield* below(3)) === 0) server.remove(name)
          else server.put(name)
        }
        yield* (yield* pick(faults))()
        if ((yield* below(2)) === 0) yield* TestClock.adjust("700 millis")
      }
      server.script = () => undefined
      yield* TestClock.adjust("5 minutes")
      // A watch that stands beyond a restored history is found out when it ends.
      server.close()
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(
        names(yield* store.list),
        names(server.objects.values()),
        `seed ${seed}: the store and the server`
      )
      assert.deepStrictEqual(
        [...told].map(([key, version]) => `${key}@${version}`).sort(),
        names(server.objects.values()),
        `seed ${seed}: what was told`
      )
      assert.strictEqual(server.connections.size, 1, `seed ${seed}: connections`)
    }).pipe(Effect.withRandom(Random.make(seed)))
  )

describe("Nights of faults", () => {
  it.scoped(
    "end with a store that equals the server, and with changes that add up to it (W20-W46)",
    () =>
      Effect.forEach(Array.from({ length: 12 }, (_, i) => i + 1), (seed) => Effect.scoped(night(seed)), {
        discard: true
      }),
    60_000
  )
})
