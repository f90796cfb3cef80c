import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Selector from "../../src/protocol/Selector.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as Informers from "../../src/runtime/Informers.js"
import type * as Store from "../../src/runtime/Store.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const every = Api.all(ConfigMap)
const here = Api.namespaced(ConfigMap, "default")

const settle = TestClock.adjust(0)

/** How many watches the server has open. */
const watches = Effect.flatMap(TestCluster.TestCluster, (cluster) => Effect.map(cluster.watches, (all) => all.length))

const put = (name: string, labels: { readonly [label: string]: string } = {}) =>
  here.createOrReplace({ metadata: { name, labels }, data: { at: name } })

interface Named {
  readonly metadata: { readonly name: string }
}

const names = (objects: Iterable<Named>): ReadonlyArray<string> =>
  Array.from(objects, ({ metadata }) => metadata.name).sort()

/** An asker with a Scope of its own. */
const asking = <K, I extends string>(
  get: Effect.Effect<Store.Store<K, I>, never, KubeClient.KubeClient | Scope.Scope>
): Effect.Effect<
  { readonly store: Store.Store<K, I>; readonly leave: Effect.Effect<void> },
  Store.NotReady,
  KubeClient.KubeClient
> =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const store = yield* Scope.extend(get, scope)
    yield* store.ready
    return { store, leave: Scope.close(scope, Exit.void) }
  })

const onCluster = <A, E>(
  f: Effect.Effect<A, E, TestCluster.TestCluster | KubeClient.KubeClient | Scope.Scope>
): Effect.Effect<A, E, Scope.Scope> => Effect.provide(f, TestCluster.layer)

/** Of what was listed and watched. */
const asked = Effect.flatMap(
  TestCluster.TestCluster,
  ({ requests }) => Effect.map(requests, (all) => all.filter(({ verb }) => verb === "list" || verb === "watch").length)
)

describe("Informers.get: sharing", () => {
  it.scoped("one watch serves all who ask; a late one gets the present state first, and then changes (W51)", () =>
    onCluster(Effect.gen(function*() {
      yield* put("a")
      const first = yield* asking(Informers.get(every))
      yield* put("b")
      yield* settle
      const before = yield* asked
      const second = yield* asking(Informers.get(every))
      assert.strictEqual(yield* asked, before)
      assert.deepStrictEqual(names(yield* second.store.list), ["a", "b"])
      const heard: Array<string> = []
      yield* Effect.forkScoped(
        Stream.runForEach(
          second.store.changes,
          (change) => Effect.sync(() => heard.push(`${change._tag} ${change.object.metadata.name}`))
        )
      )
      yield* settle
      assert.deepStrictEqual(heard.sort(), ["Added a", "Added b"])
      yield* put("c")
      yield* settle
      assert.deepStrictEqual(names(yield* first.store.list), ["a", "b", "c"])
      assert.deepStrictEqual(heard[2], "Added c")
      assert.strictEqual(yield* watches, 1)
      yield* first.leave
      yield* put("d")
      yield* settle
      assert.deepStrictEqual(names(yield* second.store.list), ["a", "b", "c", "d"])
      assert.deepStrictEqual(heard[3], "Added d")
      yield* second.leave
    })))

  it.scoped("many who ask at the same time start one (W51)", () =>
    onCluster(Effect.gen(function*() {
      const stores = yield* Effect.all(Array.from({ length: 50 }, () => Informers.get(every)), {
        concurrency: "unbounded"
      })
      yield* Effect.forEach(stores, (store) => store.ready, { concurrency: "unbounded" })
      assert.strictEqual(yield* watches, 1)
      assert.strictEqual(new Set(stores).size, 50)
    })))

  it.scoped("selectors that ask for the same share, and so do a default that is named and one that is not (W51)", () =>
    onCluster(Effect.gen(function*() {
      yield* put("x", { app: "web", tier: "front" })
      const all = yield* Effect.all([
        Informers.get(here, { labels: "app=web,tier=front" }),
        Informers.get(here, { labels: "tier in (front), app==web" }),
        Informers.get(here, { labels: Selector.labels({ tier: "front", app: "web" }) }),
        Informers.get(Api.defaultNamespaced(ConfigMap), {
          labels: "app=web,tier=front",
          semantics: "consistent",
          pageSize: 500,
          shortWatch: "1000 millis",
          fields: ""
        }),
        Informers.get(every.in("default"), { labels: "app=web,tier=front", syncTimeout: "1 second", changesBuffer: 1 })
      ])
      for (const store of all) {
        yield* store.ready
        assert.deepStrictEqual(names(yield* store.list), ["x"])
      }
      assert.strictEqual(yield* watches, 1)
    })))

  it.scoped("what is followed, read or kept in another way is not mixed (W51, W53)", () =>
    onCluster(Effect.gen(function*() {
      yield* put("x", { app: "web" })
      const metadata = Resource.metadataOnly(ConfigMap)
      const view = Resource.view(
        ConfigMap,
        Schema.Struct({
          data: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String }))
        })
      )
      const dynamic = Resource.dynamic({ apiVersion: "v1", kind: "ConfigMap", scope: "Namespaced" })
      const project = (object: ConfigMap) => ({ metadata: object.metadata, size: JSON.stringify(object).length })
      const ask = () =>
        Effect.all([
          Informers.get(here),
          Informers.get(every),
          Informers.get(here, { labels: "app=web" }),
          Informers.get(here, { fields: "metadata.name=x" }),
          Informers.get(here, { semantics: "any" }),
          Informers.get(here, { backoff: Schedule.spaced("1 second") }),
          Informers.get(here, { silence: { list: "10 seconds" } }),
          Informers.get(here, { managedFields: "drop" }),
          Informers.get(here, { shareStrings: true }),
          Informers.get(here, { project }),
          Informers.get(here, { project: ({ metadata }) => ({ metadata }) }),
          Informers.get(Api.namespaced(metadata, "default")),
          Informers.get(Api.namespaced(view, "default")),
          Informers.get(Api.namespaced(dynamic, "default"))
        ])
      const stores = yield* ask()
      yield* Effect.forEach(stores, (store: Store.Store<unknown>) => store.ready)
      assert.strictEqual(yield* watches, stores.length)
      assert.deepStrictEqual((yield* stores[12].list).map(({ data }) => data?.["at"]), ["x"])
      assert.isFalse("data" in (yield* stores[11].list)[0]!)
      assert.deepStrictEqual((yield* stores[9].list).map(({ size }) => size > 0), [true])
      // The same again, but for what was made anew: a projection and a backoff.
      yield* ask()
      yield* settle
      assert.strictEqual(yield* watches, stores.length + 2)
    })))

  it.scoped("two clients never share, nor do two that ask in other names (W51)", () =>
    onCluster(Effect.gen(function*() {
      const client = yield* KubeClient.KubeClient
      const other = KubeClient.impersonate(client, { user: "jane" })
      const mine = yield* Informers.get(every)
      const janes = yield* Effect.provideService(Informers.get(every), KubeClient.KubeClient, other)
      yield* mine.ready
      yield* janes.ready
      assert.strictEqual(yield* watches, 2)
    })))

  it.scoped("each asker has its own indexes, also under one name; what nobody asks any more is not kept (W47, W51)", () =>
    onCluster(Effect.gen(function*() {
      yield* put("x", { app: "web" })
      yield* put("y", { app: "db" })
      let computed = 0
      const byApp = (object: ConfigMap) => {
        computed++
        return [object.metadata.labels?.["app"] ?? ""]
      }
      const first = yield* asking(Informers.get(every, { indexes: { key: byApp } }))
      const second = yield* asking(Informers.get(every, { indexes: { key: (object) => [object.metadata.name] } }))
      assert.deepStrictEqual(names(yield* first.store.by("key", "web")), ["x"])
      assert.deepStrictEqual(names(yield* second.store.by("key", "web")), [])
      assert.deepStrictEqual(names(yield* second.store.by("key", "y")), ["y"])
      assert.deepStrictEqual([...(yield* first.store.keysOf("key"))].sort(), ["db", "web"])
      yield* put("z", { app: "web" })
      yield* settle
      assert.deepStrictEqual(names(yield* first.store.by("key", "web")), ["x", "z"])
      const none = yield* asking(Informers.get(every))
      const unknown = yield* Effect.exit((none.store as Store.Store<ConfigMap, string>).by("key", "web"))
      assert.isTrue(Exit.isFailure(unknown) && /no index "key": there are none/.test(Cause.pretty(unknown.cause)))

      yield* first.leave
      const before = computed
      yield* put("x", { app: "db" })
      yield* settle
      assert.strictEqual(computed, before)
      // It can still be read.
      assert.deepStrictEqual(names(yield* first.store.by("key", "db")), ["x", "y"])
      yield* put("x", { app: "web" })
      yield* settle
      assert.strictEqual(computed, before + 3)
      assert.deepStrictEqual(names(yield* second.store.by("key", "z")), ["z"])
    })))
})

describe("Informers.get: how long", () => {
  it.scoped("it stops when nobody has had it for the idle time, and one who asks before takes it with its state (W51, W54)", () =>
    onCluster(Effect.gen(function*() {
      yield* put("a")
      const first = yield* asking(Informers.get(every, { idleTime: "10 seconds" }))
      yield* first.leave
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual(yield* watches, 1)
      const before = yield* asked
      const second = yield* asking(Informers.get(every, { idleTime: "10 seconds" }))
      assert.deepStrictEqual(names(yield* second.store.list), ["a"])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([yield* asked, yield* watches], [before, 1])
      yield* second.leave
      yield* TestClock.adjust("9999 millis")
      assert.strictEqual(yield* watches, 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* watches, 0)
      yield* put("b")
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(names(yield* second.store.list), ["a"])
      const third = yield* asking(Informers.get(every))
      assert.deepStrictEqual(names(yield* third.store.list), ["a", "b"])
      yield* third.leave
    })))

  it.scoped("no idle time stops it with the last Scope; of several who leave the longest counts; by default 30 seconds (W54)", () =>
    onCluster(Effect.gen(function*() {
      const zero = yield* asking(Informers.get(every, { idleTime: 0 }))
      yield* zero.leave
      assert.strictEqual(yield* watches, 0)

      const [long, short] = yield* Effect.all([
        asking(Informers.get(every, { idleTime: "1 minute" })),
        asking(Informers.get(every, { idleTime: 0 }))
      ])
      yield* long.leave
      yield* TestClock.adjust("50 seconds")
      yield* short.leave
      assert.strictEqual(yield* watches, 1)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* watches, 0)

      // Who comes and goes while it waits lets it wait longer.
      const ten = asking(Informers.get(every, { idleTime: "10 seconds" }))
      for (let i = 0; i < 5; i++) {
        yield* Effect.flatMap(ten, ({ leave }) => leave)
        yield* TestClock.adjust("6 seconds")
        assert.strictEqual(yield* watches, 1)
      }
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(yield* watches, 0)

      const plain = yield* asking(Informers.get(every))
      yield* plain.leave
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* watches, 1)
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(yield* watches, 0)
    })))

  it.scoped("an idle time without end keeps it as long as the client; no fiber and no watch outlives the client's Scope (W54)", () =>
    Effect.gen(function*() {
      const before = Array.from(yield* Fiber.roots).length
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(TestCluster.layer, scope)
      const run = Effect.provide(context)
      yield* run(Effect.flatMap(asking(Informers.get(every, { idleTime: Duration.infinity })), ({ leave }) => leave))
      yield* run(Effect.flatMap(asking(Informers.get(here)), ({ leave }) => leave))
      const held = yield* run(asking(Informers.get(Api.namespaced(ConfigMap, "kube-system"))))
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(yield* run(watches), 3)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* run(watches), 2)
      const { watches: open } = Context.get(context, TestCluster.TestCluster)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* open).length, 0)
      assert.strictEqual(Array.from(yield* Fiber.roots).length, before)
      // Who still has one is told.
      const trouble = Option.getOrThrow(yield* held.store.trouble)
      assert.match(trouble.error.message, /the client is closed/)
      yield* held.leave
      assert.strictEqual(Array.from(yield* Fiber.roots).length, before)
    }))

  it.scoped("on a client that has no Scope nothing idles: it ends with the last who has it (W54)", () =>
    onCluster(Effect.gen(function*() {
      const { httpClient, url } = yield* TestCluster.TestCluster
      const before = Array.from(yield* Fiber.roots).length
      const plain = KubeClient.make({ server: url, httpClient })
      const on = Effect.provideService(KubeClient.KubeClient, plain)
      const first = yield* on(asking(Informers.get(every, { idleTime: Duration.infinity })))
      const second = yield* on(asking(Informers.get(every)))
      yield* first.leave
      assert.strictEqual(yield* watches, 1)
      yield* second.leave
      yield* settle
      assert.strictEqual(yield* watches, 0)
      assert.strictEqual(Array.from(yield* Fiber.roots).length, before)
    })))

  it.scoped("who is interrupted while it asks or waits leaves nothing (W54)", () =>
    onCluster(Effect.gen(function*() {
      const before = Array.from(yield* Fiber.roots).length
      const get = Effect.scoped(Effect.flatMap(Informers.get(every, { idleTime: 0 }), (store) => store.ready))
      for (let steps = 0; steps < 12; steps++) {
        const fiber = yield* Effect.fork(get)
        for (let i = 0; i < steps; i++) yield* Effect.yieldNow()
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* watches, 0, `after ${steps} steps`)
        assert.strictEqual(Array.from(yield* Fiber.roots).length, before, `after ${steps} steps`)
      }
      // Nor does it take it from others.
      const stays = yield* asking(Informers.get(every))
      yield* Fiber.interrupt(yield* Effect.fork(get))
      yield* put("a")
      yield* settle
      assert.deepStrictEqual(names(yield* stays.store.list), ["a"])
      yield* stays.leave
    })))

  it.scoped("one that a defect has ended is not handed to who asks next (W51)", () =>
    onCluster(Effect.gen(function*() {
      yield* put("a")
      const clock = yield* Effect.clock
      const broken: Clock.Clock = Object.assign(Object.create(clock), {
        sleep: () => Effect.dieMessage("a bug in the clock")
      })
      const scope = yield* Scope.make()
      const first = yield* Scope.extend(Effect.withClock(Informers.get(every), broken), scope)
      yield* settle
      yield* Effect.flatMap(TestCluster.TestCluster, ({ faults }) => faults.cutWatches())
      yield* settle
      const trouble = Option.getOrThrow(yield* first.trouble)
      assert.match(trouble.error.message, /a bug in the clock/)
      assert.strictEqual(trouble.retryIn, Duration.infinity)
      yield* put("b")
      const second = yield* asking(Informers.get(every))
      assert.deepStrictEqual(names(yield* second.store.list), ["a", "b"])
      yield* Scope.close(scope, Exit.void)
      yield* put("c")
      yield* settle
      assert.deepStrictEqual(names(yield* second.store.list), ["a", "b", "c"])
      yield* second.leave
    })).pipe(Logger.withMinimumLogLevel(LogLevel.None)))

  it.scoped("it takes nothing from who asked first: no annotation, span or setting of its part of the program, nor its interruption (W51)", () => {
    const lines: Array<{ readonly text: string; readonly annotations: ReadonlyArray<string>; readonly spans: number }> =
      []
    const logger = Logger.make<unknown, void>(({ annotations, message, spans }) => {
      lines.push({
        text: String(message),
        annotations: [...HashMap.keys(annotations)],
        spans: Array.from(spans).length
      })
    })
    return onCluster(Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const first = yield* Informers.get(every).pipe(
        Effect.zipLeft(Deferred.succeed(started, undefined)),
        Effect.zipRight(Effect.never),
        Effect.scoped,
        Effect.annotateLogs("who", "first"),
        Effect.withLogSpan("first"),
        Effect.withSpan("first"),
        Effect.provideService(KubeClient.HeaderTimeout, "1 millis"),
        Effect.fork
      )
      yield* Deferred.await(started)
      const second = yield* asking(Informers.get(every))
      yield* Fiber.interrupt(first)
      const cluster = yield* TestCluster.TestCluster
      yield* cluster.faults.inject({
        when: ({ verb }) => verb === "watch",
        times: 1,
        fault: { _tag: "Refuse", status: 503 }
      })
      yield* cluster.faults.cutWatches()
      yield* TestClock.adjust("10 seconds")
      yield* put("a")
      yield* settle
      assert.deepStrictEqual(names(yield* second.store.list), ["a"])
      const warning = lines.find(({ text }) => text.includes("503"))
      assert.isDefined(warning)
      for (const { annotations, spans } of lines) {
        assert.notInclude(annotations, "who")
        assert.strictEqual(spans, 0)
      }
      yield* second.leave
    })).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
  })
})

describe("Informers: controllers", () => {
  it.scoped("those of one client that follow the same share one watch, with each other and with who asks, and leave none (W51, W54)", () =>
    onCluster(Effect.gen(function*() {
      const seen: Array<string> = []
      const make = (name: string) =>
        Controller.make(name, {
          for: every,
          reconcile: ({ metadata }) => Effect.sync(() => void seen.push(`${name} ${metadata.name}`))
        }).pipe(Controller.owns(every), Controller.watches(Api.all(ConfigMap), () => []))
      const scope = yield* Scope.make()
      yield* Layer.buildWithScope(Layer.merge(Controller.layer(make("one")), Controller.layer(make("two"))), scope)
      yield* settle
      assert.strictEqual(yield* watches, 1)
      yield* put("a")
      yield* TestClock.adjust("1 second")
      assert.includeMembers(seen, ["one a", "two a"])
      const mine = yield* asking(Informers.get(every, { idleTime: 0 }))
      assert.strictEqual(yield* watches, 1)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* watches, 1)
      assert.include(names(yield* mine.store.list), "a")
      yield* mine.leave
      assert.strictEqual(yield* watches, 0)
    })))
})
