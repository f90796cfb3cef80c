/** What a watcher shows of itself while it works: `Watcher.describe`, metrics, spans. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TestServices from "effect/TestServices"
import * as Tracer from "effect/Tracer"
import * as v8 from "node:v8"
import * as vm from "node:vm"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import { client, script } from "../client/scripted.js"
import { ConfigMap, configMaps, type ModelServer, status } from "./modelServer.js"
import { listed, onServer, settle, watching } from "./watching.js"

const only = Effect.map(Watcher.describe, (all) => {
  assert.strictEqual(all.length, 1)
  return all[0]!
})

/** Seconds since the test began. */
const seconds = (time: DateTime.Utc | undefined): number | undefined =>
  time === undefined ? undefined : DateTime.toEpochMillis(time) / 1000

const undecodable = (server: ModelServer, name: string) => {
  server.version++
  for (const connection of server.connections) {
    connection.frame("ADDED", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "default", resourceVersion: String(server.version) },
      data: { password: "hunter2" }
    })
  }
}

const calm: Watcher.Options = { backoff: Schedule.spaced("10 seconds"), initialList: "streamed" }

describe("Watcher.describe", () => {
  it.scoped("tells each phase, when and how often what came, and what went wrong, until all is well (W42)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Watcher.describe, [])
        server.script = ({ kind }) => kind === "list" ? { stream: Stream.never } : undefined
        const hung = yield* watching(server, { ...calm, labels: "app=web", fields: "metadata.name!=x" })
        yield* TestClock.adjust("3 seconds")
        const first = yield* only
        assert.deepInclude(first, {
          group: "",
          version: "v1",
          kind: "ConfigMap",
          resource: "configmaps",
          namespace: undefined,
          labels: "app=web",
          fields: "metadata.name!=x",
          phase: "listing",
          nextTryAt: undefined,
          connectedAt: undefined,
          resourceVersion: undefined,
          listedAt: undefined,
          freshAt: undefined,
          trouble: undefined,
          store: undefined
        })
        assert.deepStrictEqual([seconds(first.startedAt), seconds(first.describedAt)], [0, 3])
        yield* hung.stop
        assert.deepStrictEqual(yield* Watcher.describe, [])

        server.script = () => undefined
        yield* listed(server, calm)
        yield* TestClock.adjust("7 seconds")
        server.put("c")
        server.put("d")
        yield* TestClock.adjust("10 seconds")
        server.bookmark()
        yield* TestClock.adjust("10 seconds")
        undecodable(server, "x")
        yield* settle
        const second = yield* only
        assert.deepStrictEqual(
          [second.phase, ...[second.listedAt, second.eventAt, second.bookmarkAt, second.freshAt].map(seconds)],
          ["watching", 3, 30, 20, 30]
        )
        assert.strictEqual(seconds(second.connectedAt), 3)
        assert.strictEqual(second.resourceVersion, "105")
        assert.deepStrictEqual(second.counts, {
          events: 3,
          bookmarks: 1,
          undecodable: 1,
          watches: 1,
          troubles: 0,
          lists: { Start: 1 }
        })

        server.script = ({ kind }) => kind === "version" ? undefined : status(403, "Forbidden")
        server.cut()
        yield* TestClock.adjust("12 seconds")
        const third = yield* only
        assert.strictEqual(third.phase, "waiting")
        assert.deepStrictEqual(
          [third.phaseSince, third.nextTryAt, third.connectedAt, third.freshAt].map(seconds),
          [40, 50, undefined, 30]
        )
        assert.deepInclude(third.trouble, { situation: "denied", tries: 3, isOver: false })
        assert.strictEqual(third.trouble?.error._tag, "KubeForbidden")
        assert.deepStrictEqual([seconds(third.trouble?.since), seconds(third.trouble?.at)], [30, 40])

        server.script = () => undefined
        yield* TestClock.adjust("10 seconds")
        const last = yield* only
        assert.strictEqual(last.phase, "watching")
        assert.deepStrictEqual(last.counts.lists, { Start: 1, Refused: 1 })
        assert.deepStrictEqual([last.counts.watches, last.counts.troubles], [2, 3])
        assert.deepInclude(last.trouble, { situation: "denied", tries: 3, isOver: true })
        assert.notInclude(JSON.stringify(last), "hunter2")
      })
    ))

  it.scoped("tells what is in a store, in which namespace, and whose consumer keeps the watcher waiting (W48, W52)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        const scope = yield* Scope.make()
        const store = yield* Scope.extend(Reflector.make(Api.namespaced(ConfigMap, "default"), calm), scope)
        yield* store.ready
        server.put("b")
        yield* settle
        assert.deepInclude(yield* only, { namespace: "default", store: { objects: 2 }, consumerBusySince: undefined })
        server.remove("a")
        yield* settle
        assert.deepInclude(yield* only, { store: { objects: 1 } })
        yield* Scope.close(scope, Exit.void)

        const slow = Watcher.watch(configMaps, calm).pipe(
          Stream.runForEachChunk(() => Effect.never),
          Effect.forkScoped
        )
        yield* slow
        yield* settle
        // So many chunks are kept for a consumer.
        for (let i = 0; i < 30; i++) {
          server.put(`n${i}`)
          yield* settle
        }
        yield* TestClock.adjust("5 seconds")
        const waiting = yield* only
        assert.strictEqual(seconds(waiting.describedAt)! - seconds(waiting.consumerBusySince)!, 5)
      })
    ))

  it.scoped("forgets watchers by the hundred that are closed, and keeps clients apart (W54)", () =>
    onServer((server) =>
      onServer((other) =>
        Effect.gen(function*() {
          yield* watching(other, calm)
          assert.strictEqual((yield* Watcher.describe).length, 1)
        })
      ).pipe(
        Effect.scoped,
        Effect.zipRight(Effect.gen(function*() {
          server.put("a")
          const scope = yield* Scope.make()
          yield* Effect.forEach(
            Array.from({ length: 100 }),
            () => Scope.extend(Reflector.make(configMaps, calm), scope)
          )
          yield* Effect.forEach(
            Array.from({ length: 100 }),
            () => Scope.extend(Effect.forkScoped(Stream.runDrain(Watcher.watch(configMaps, calm))), scope)
          )
          yield* settle
          assert.strictEqual((yield* Watcher.describe).length, 200)
          assert.strictEqual(gauge("effect_kube_watchers", "crowd", { phase: "watching" }), 200)
          assert.strictEqual(gauge("effect_kube_store_objects", "crowd"), 100)
          server.script = () => status(500, "InternalError")
          server.cut()
          yield* settle
          assert.strictEqual(gauge("effect_kube_watchers", "crowd", { phase: "waiting" }), 200)
          yield* Scope.close(scope, Exit.void)
          assert.strictEqual((yield* Watcher.describe).length, 0)
          for (const phase of ["listing", "connecting", "watching", "waiting"]) {
            assert.strictEqual(gauge("effect_kube_watchers", "crowd", { phase }) ?? 0, 0)
          }
          assert.strictEqual(gauge("effect_kube_store_objects", "crowd"), 0)
          assert.strictEqual(gauge("effect_kube_watch_fresh_timestamp_seconds", "crowd"), 0)
        }))
      )
    ).pipe(Effect.tagMetrics("test", "crowd")))

  it.scoped("calls nothing fresh that may have come from a cache that lags (W9)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        yield* listed(server, { ...calm, semantics: "any" })
        const first = yield* only
        assert.deepStrictEqual([seconds(first.listedAt), first.freshAt], [0, undefined])
        yield* TestClock.adjust("5 seconds")
        server.bookmark()
        yield* settle
        assert.strictEqual(seconds((yield* only).freshAt), 5)
      })
    ))

  it.scoped("is a table that people can read, a line for each watcher (W42)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        yield* listed(server, { ...calm, labels: "app=web" })
        const store = yield* Reflector.make(Api.namespaced(ConfigMap, "default"), calm)
        yield* store.ready
        yield* TestClock.adjust("90 seconds")
        server.put("c")
        server.script = () => status(403, "Forbidden", undefined, "no\n\u001b[31mway")
        server.error(410, "Expired")
        yield* TestClock.adjust("5 seconds")
        const lines = Watcher.formatDescriptions(yield* Watcher.describe).split("\n")
        assert.deepStrictEqual(lines.map((line) => line.replaceAll(/ {3,}/g, " | ")), [
          "RESOURCE | NAMESPACE | SELECTOR | PHASE | SINCE | FRESH | EVENTS | RELISTS | OBJECTS | TROUBLE",
          "configmaps | - | app=web | waiting | 5s | 5s | 1 | 0 | - | denied 5s ago, 2 tries: " +
          "list ConfigMap: forbidden (no way)",
          "configmaps | default | - | waiting | 5s | 5s | 1 | 0 | 3 | denied 5s ago, 2 tries: " +
          "list ConfigMap in default: forbidden (no way)"
        ])
        assert.strictEqual(Watcher.formatDescriptions([]).split("\n").length, 1)
      })
    ))
})

// ------------------------------------------------------------------------------------------------ metrics

/** Everything that was counted under a label `test`. */
const counted = (test: string) =>
  Metric.unsafeSnapshot().flatMap(({ metricKey: { name, tags }, metricState }) => {
    const labels = Object.fromEntries(tags.map(({ key, value }) => [key, value]))
    return labels["test"] === test && name.startsWith("effect_kube_") ? [{ name, labels, state: metricState }] : []
  })

const find = (name: string, test: string, labels: { readonly [label: string]: string } = {}) =>
  counted(test).find((each) =>
    each.name === name && Object.entries(labels).every(([key, value]) => each.labels[key] === value)
  )?.state

const gauge = (...args: Parameters<typeof find>): number | undefined => {
  const state = find(...args)
  return state !== undefined && MetricState.isGaugeState(state) ? Number(state.value) : undefined
}

const counter = (...args: Parameters<typeof find>): number | undefined => {
  const state = find(...args)
  return state !== undefined && MetricState.isCounterState(state) ? Number(state.count) : undefined
}

const histogram = (...args: Parameters<typeof find>): readonly [count: number, sum: number] | undefined => {
  const state = find(...args)
  return state !== undefined && MetricState.isHistogramState(state) ? [state.count, state.sum] : undefined
}

const fresh = "effect_kube_watch_fresh_timestamp_seconds"

describe("Watcher.metrics", () => {
  it.scoped("count events, bookmarks, lists by reason, troubles, and how old a watch became (K47)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        const watch = yield* listed(server, calm)
        server.put("c")
        server.put("d")
        server.bookmark()
        undecodable(server, "x")
        yield* TestClock.adjust("90 seconds")
        server.error(410, "Expired")
        yield* settle
        server.put("e")
        yield* settle
        server.script = () => status(500, "InternalError")
        server.cut()
        yield* settle
        server.script = () => undefined
        yield* TestClock.adjust("10 seconds")
        yield* TestClock.adjust("60 seconds")
        yield* watch.stop

        const name = (rest: string) => `effect_kube_watch_${rest}`
        assert.strictEqual(counter(name("events_total"), "all"), 4)
        assert.strictEqual(counter(name("bookmarks_total"), "all"), 1)
        assert.strictEqual(counter(name("undecodable_total"), "all"), 1)
        assert.strictEqual(counter(name("lists_total"), "all", { reason: "Start" }), 1)
        assert.strictEqual(counter(name("lists_total"), "all", { reason: "Expired" }), 1)
        assert.strictEqual(counter(name("troubles_total"), "all", { situation: "expired" }), 1)
        assert.strictEqual(counter(name("troubles_total"), "all", { situation: "cut" }), 1)
        assert.strictEqual(counter(name("troubles_total"), "all", { situation: "serverError" }), 1)
        assert.deepStrictEqual(histogram(name("list_duration_seconds"), "all"), [2, 0])
        const ages = name("connection_duration_seconds")
        assert.deepStrictEqual(histogram(ages, "all", { ended: "expired" }), [1, 90])
        assert.deepStrictEqual(histogram(ages, "all", { ended: "cut" }), [1, 0])
        assert.deepStrictEqual(histogram(ages, "all", { ended: "stopped" }), [1, 60])
        const labels = { host: "test", group: "", version: "v1", resource: "configmaps", test: "all" }
        for (const each of counted("all")) {
          assert.deepInclude(each.labels, labels, each.name)
          const { ended: _, phase: __, reason: ___, situation: ____, ...rest } = each.labels
          assert.deepStrictEqual(rest, labels)
        }
      })
    ).pipe(Effect.tagMetrics("test", "all")))

  it.scoped("freshness is that of the watcher that is most behind, and moved by lists, events and bookmarks (K47)", () =>
    onServer((server) =>
      onServer((silent) =>
        Effect.gen(function*() {
          yield* TestClock.setTime(1_000_000)
          const behind = yield* watching(silent, calm)
          yield* Effect.provide(watching(server, calm), server.layer)
          assert.strictEqual(gauge(fresh, "fresh"), 1000)
          yield* TestClock.adjust("10 seconds")
          server.bookmark()
          yield* settle
          assert.strictEqual(gauge(fresh, "fresh"), 1000)
          silent.put("a")
          yield* settle
          assert.strictEqual(gauge(fresh, "fresh"), 1010)
          yield* TestClock.adjust("10 seconds")
          server.put("a")
          yield* settle
          assert.strictEqual(gauge(fresh, "fresh"), 1010)
          yield* behind.stop
          assert.strictEqual(gauge(fresh, "fresh"), 1020)
        })
      )
    ).pipe(Effect.tagMetrics("test", "fresh")))

  it.scoped("a watcher that was never listed is as old as it is, so that an alert sees it (K47)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        yield* TestClock.setTime(1_000_000)
        server.script = () => status(403, "Forbidden")
        yield* watching(server, calm)
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(gauge(fresh, "never"), 1000)
        assert.strictEqual(gauge("effect_kube_watchers", "never", { phase: "waiting" }), 1)
      })
    ).pipe(Effect.tagMetrics("test", "never")))

  it.scoped("are not counted where the client's are not; what is described still is (K47)", () => {
    const requests = script(() => ({ body: { kind: "List", metadata: { resourceVersion: "1" }, items: [] } }))
    const watched = (service: KubeClient.Service) =>
      Effect.gen(function*() {
        yield* Effect.forkScoped(Stream.runDrain(Watcher.watch(configMaps, calm)))
        yield* settle
        assert.strictEqual((yield* only).counts.lists.Start, 1)
      }).pipe(Effect.scoped, Effect.provideService(KubeClient.KubeClient, service))
    const off = client(requests, { metrics: false })
    return Effect.gen(function*() {
      yield* watched(off)
      yield* watched(KubeClient.impersonate(off, { user: "jane" }))
      assert.deepStrictEqual(counted("off"), [])
      yield* watched(client(requests))
      assert.strictEqual(
        counter("effect_kube_watch_lists_total", "off", { host: "cluster.test:6443", reason: "Start" }),
        1
      )
    }).pipe(Effect.tagMetrics("test", "off"))
  })
})

// ------------------------------------------------------------------------------------------------ spans

class Seen implements Tracer.Span {
  readonly _tag = "Span"
  readonly sampled = true
  readonly traceId = "0af7651916cd43dd8448eb211c80319c"
  readonly spanId = "b7ad6b7169203331"
  readonly attributes = new Map<string, unknown>()
  status: Tracer.SpanStatus = { _tag: "Started", startTime: 0n }
  constructor(
    readonly name: string,
    readonly parent: Option.Option<Tracer.AnySpan>,
    readonly context: Tracer.Span["context"],
    readonly links: Array<Tracer.SpanLink>,
    readonly kind: Tracer.SpanKind
  ) {}
  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.status = { _tag: "Ended", startTime: 0n, endTime, exit }
  }
  attribute(key: string, value: unknown): void {
    this.attributes.set(key, value)
  }
  event(): void {}
  addLinks(): void {}
}

const tracer = () => {
  const spans: Array<Seen> = []
  return {
    spans,
    tracer: Tracer.make({
      span: (name, parent, context, links, _time, kind) => {
        const span = new Seen(name, parent, context, [...links], kind)
        spans.push(span)
        return span
      },
      context: (run) => run()
    })
  }
}

describe("spans of a watcher", () => {
  it.scoped("one for each list and watch, a root with a link to who began it, and the requests inside (W42)", () =>
    onServer((server) => {
      const { spans, tracer: seen } = tracer()
      return Effect.gen(function*() {
        server.put("a")
        server.put("b")
        const watch = yield* watching(server, { ...calm, initialList: "paged", pageSize: 1 })
        server.put("c")
        yield* settle
        server.error(403, "Forbidden")
        yield* TestClock.adjust("10 seconds")
        yield* watch.stop
        const outer = spans.find(({ name }) => name === "outer")!
        const ours = spans.filter(({ name }) => name.startsWith("kube.watcher."))
        const about = { "k8s.group": "", "k8s.version": "v1", "k8s.resource": "configmaps", "server.address": "test" }
        assert.deepStrictEqual(ours.map(({ attributes, name }) => [name, Object.fromEntries(attributes)]), [
          ["kube.watcher.list ConfigMap", {
            "k8s.verb": "list",
            ...about,
            "kube.list.reason": "Start",
            "kube.list.objects": 2,
            "kube.list.pages": 2,
            "kube.undecodable": 0,
            "kube.ended": "complete"
          }],
          ["kube.watcher.watch ConfigMap", {
            "k8s.verb": "watch",
            ...about,
            "kube.watch.from": "102",
            "kube.watch.events": 1,
            "kube.watch.bookmarks": 0,
            "kube.undecodable": 0,
            "kube.ended": "denied",
            "error.type": "KubeForbidden"
          }],
          ["kube.watcher.list ConfigMap", {
            "k8s.verb": "list",
            ...about,
            "kube.list.reason": "Refused",
            "kube.list.objects": 3,
            "kube.list.pages": 3,
            "kube.undecodable": 0,
            "kube.ended": "complete"
          }],
          ["kube.watcher.watch ConfigMap", {
            "k8s.verb": "watch",
            ...about,
            "kube.watch.from": "103",
            "kube.watch.events": 0,
            "kube.watch.bookmarks": 0,
            "kube.undecodable": 0,
            "kube.ended": "stopped"
          }]
        ])
        for (const span of ours) {
          assert.isTrue(Option.isNone(span.parent))
          assert.deepStrictEqual(span.links.map((link) => link.span), [outer])
          assert.strictEqual(span.status._tag, "Ended")
        }
        const failed = ours.map(({ status }) => status._tag === "Ended" && Exit.isFailure(status.exit))
        assert.deepStrictEqual(failed, [false, true, false, true])
        const children = (of: Seen) =>
          spans.filter(({ parent }) => Option.getOrUndefined(parent) === of).map(({ name }) => name)
        assert.deepStrictEqual(ours.map(children), [
          ["kube.list ConfigMap", "kube.list ConfigMap"],
          ["kube.watch ConfigMap"],
          ["kube.list ConfigMap", "kube.list ConfigMap", "kube.list ConfigMap"],
          ["kube.watch ConfigMap"]
        ])
      }).pipe(Effect.withSpan("outer"), Effect.withTracer(seen))
    }))

  it.scoped("none where tracing is off, for a client or a part of a program (W42)", () => {
    const requests = script(() => ({ body: { kind: "List", metadata: { resourceVersion: "1" }, items: [] } }))
    const { spans, tracer: seen } = tracer()
    const run = (service: KubeClient.Service) =>
      Effect.gen(function*() {
        const fiber = yield* Effect.fork(Stream.runDrain(Watcher.watch(configMaps, calm)))
        yield* settle
        yield* Fiber.interrupt(fiber)
      }).pipe(Effect.provideService(KubeClient.KubeClient, service), Effect.withTracer(seen))
    return Effect.gen(function*() {
      yield* run(client(requests, { tracing: false }))
      yield* Effect.withTracerEnabled(run(client(requests)), false)
      assert.deepStrictEqual(spans, [])
      yield* run(client(requests))
      assert.isAbove(spans.length, 1)
    })
  })
})

describe("what a description keeps", () => {
  it.scoped("is nothing but data: it can be sent as JSON (W54)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        yield* listed(server, calm)
        const { trouble: _, ...description } = yield* only
        const walk = (value: unknown): void => {
          if (typeof value !== "object" || value === null || DateTime.isDateTime(value)) {
            assert.notStrictEqual(typeof value, "function")
            return
          }
          assert.strictEqual(Object.getPrototypeOf(value), Object.prototype)
          Object.values(value).forEach(walk)
        }
        walk(description)
        const sent = JSON.parse(JSON.stringify(description)) as { readonly describedAt: string }
        assert.strictEqual(sent.describedAt, "1970-01-01T00:00:00.000Z")
        assert.isTrue(
          Duration.equals(Duration.zero, DateTime.distanceDuration(description.startedAt, description.describedAt))
        )
      })
    ))

  it.scoped("is not its store: that is collected, while the description and the client are kept (W54)", () =>
    onServer((server) =>
      Effect.gen(function*() {
        server.put("a")
        v8.setFlagsFromString("--expose-gc")
        const collect = vm.runInNewContext("gc") as () => void
        const scope = yield* Scope.make()
        // A frame of its own: nothing here holds the store.
        const [store, description] = yield* Effect.gen(function*() {
          const store = yield* Scope.extend(Reflector.make(configMaps, calm), scope)
          yield* store.ready
          return [new WeakRef(store), yield* only] as const
        })
        yield* Scope.close(scope, Exit.void)
        yield* TestServices.provideLive(
          Effect.repeat(
            Effect.zipRight(Effect.sleep("5 millis"), Effect.sync(collect)),
            { until: () => store.deref() === undefined, times: 200 }
          )
        )
        assert.isUndefined(store.deref())
        assert.deepStrictEqual(description.store, { objects: 1 })
      })
    ))
})
