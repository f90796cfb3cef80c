import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import { Document, finalizer, operator } from "../../examples/document-controller.js"
import * as Api from "../../src/client/Api.js"
import { Event } from "../../src/kinds/events/v1.js"
import * as Metrics from "../../src/runtime/Metrics.js"
import * as Wait from "../../src/runtime/Wait.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { clusterOf, start } from "./running.js"

const name = "document-controller"
const documents = Api.namespaced(Document, "examples")
const events = Api.namespaced(Event, "examples")
const cluster = Effect.provide(clusterOf(name))

const diary = { metadata: { name: "diary" }, spec: { title: "Diary", content: "...", hide: true } }
const told = Effect.map(
  events.list(),
  ({ items }) => items.map(({ reason, regarding }) => `${regarding?.name} ${reason}`)
)

describe("examples/document-controller", () => {
  it.scoped("says in status, conditions and events what it made of a Document, and then is quiet (K25, K40)", () =>
    Effect.gen(function*() {
      const server = yield* TestCluster.TestCluster
      yield* start(name, operator)
      yield* documents.create(diary)
      const ready = yield* Wait.until(documents, "diary", Wait.condition("Ready"))
      assert.isTrue(ready.status?.hidden)
      assert.deepStrictEqual(ready.metadata.finalizers, [finalizer])
      assert.deepStrictEqual(
        ready.status?.conditions.map(({ observedGeneration, reason, status, type }) =>
          `${type} ${status} ${reason} ${observedGeneration}`
        ),
        ["Accepted True LegalTitle 1", "Ready True AllReady 1"]
      )

      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* told, ["diary Hidden"])
      assert.match(yield* Metrics.text, /^documents_hidden_total [1-9]/m)
      const written = yield* server.resourceVersion
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* server.resourceVersion, written)
    }).pipe(cluster))

  it.scoped("an illegal title is said once, and is well again when it is changed (K18)", () =>
    Effect.gen(function*() {
      yield* start(name, operator)
      yield* documents.create({ metadata: { name: "a" }, spec: { title: "illegal", content: "", hide: true } })
      const refused = yield* Wait.until(documents, "a", Wait.condition("Ready", "False"))
      assert.isFalse(refused.status?.hidden)
      assert.strictEqual(refused.status?.conditions[1]?.message, "Accepted: the title \"illegal\" is illegal")
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(yield* told, ["a IllegalTitle"])

      yield* documents.modify("a", (found) => ({ ...found, spec: { ...found.spec, title: "legal" } }))
      const { status } = yield* Wait.until(documents, "a", Wait.condition("Ready"))
      const [accepted] = status?.conditions ?? []
      assert.notStrictEqual(accepted?.lastTransitionTime, refused.status?.conditions[0]?.lastTransitionTime)
    }).pipe(cluster))

  it.scoped("before a Document goes its cleanup has run (K26)", () =>
    Effect.gen(function*() {
      yield* start(name, operator)
      const { metadata } = yield* documents.create(diary)
      yield* Wait.until(documents, "diary", Wait.condition("Ready"))
      yield* documents.delete("diary")
      yield* Wait.until(documents, "diary", Wait.deleted(metadata.uid))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* told).sort(), ["diary Deleted", "diary Hidden"])
    }).pipe(cluster))

  it.scoped("each reconcile is a trace with its requests, and its log lines say which one", () =>
    Effect.gen(function*() {
      const spans: Array<Tracer.Span> = []
      const lines: Array<string> = []
      const native = yield* Effect.tracer
      const tracer = Tracer.make({
        span: (...args) => {
          const span = native.span(...args)
          spans.push(span)
          return span
        },
        context: (f, fiber) => native.context(f, fiber)
      })
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ annotations, message }) => {
          const traceId = Option.getOrUndefined(HashMap.get(annotations, "trace_id"))
          if (traceId !== undefined) lines.push(`${String(message)} ${String(traceId)}`)
        })
      )
      yield* start(name, operator.pipe(Layer.provide(Layer.setTracer(tracer)), Layer.provide(logger)))
      yield* documents.create(diary)
      yield* Wait.until(documents, "diary", Wait.condition("Ready"))
      yield* TestClock.adjust("1 second")

      const traces = new Map(
        spans.filter((span) => span.name === "document-controller.reconcile").map((span) => [span.traceId, span])
      )
      assert.isAtLeast(traces.size, 2, "one adds the finalizer, one applies")
      const requests = spans.filter((span) => traces.has(span.traceId) && span.name.startsWith("kube."))
      assert.includeMembers(requests.map((span) => span.name), ["kube.patch Document"])
      const [line = ""] = lines.filter((line) => line.startsWith("Diary is hidden"))
      assert.isTrue(traces.has(line.slice("Diary is hidden ".length)), line)
    }).pipe(cluster))
})
