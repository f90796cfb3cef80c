import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { ConfigMap, Namespace } from "../../src/kinds/core/v1.js"
import { Event } from "../../src/kinds/events/v1.js"
import { ClusterRole } from "../../src/kinds/rbac/v1.js"
import * as EventRecorder from "../../src/runtime/EventRecorder.js"
import { Correlator, defaultLimits, type Told } from "../../src/runtime/internal/eventCorrelator.js"
import * as TestCluster from "../../src/testing/TestCluster.js"

const cluster = Effect.provide(TestCluster.layer)
const quietly = Effect.provide(Logger.remove(Logger.defaultLogger))
const settle = TestClock.adjust("0 millis")

const events = Effect.map(Api.all(Event).list(), ({ items }) => items)
const said = Effect.map(events, (items) => items.map(({ note, series }) => `${note} x${series?.count ?? 1}`))
const configMap = Api.namespaced(ConfigMap, "default").create({ metadata: { name: "a" } })
const recorder = EventRecorder.make("example.com/settings", { instance: "pod-1" })
const checked = { reason: "Checked", action: "Check", note: "fine" } as const

describe("EventRecorder", { timeout: 20_000 }, () => {
  it.scoped("an event says who did what about which object, and why", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 0, 2, 3, 4, 5))
      const object = yield* configMap
      const { record } = yield* recorder
      yield* record(object, { ...checked, type: "Warning", related: object })
      yield* settle
      const [event] = yield* events
      const { metadata, ...rest } = event!
      const reference = {
        apiVersion: "v1",
        kind: "ConfigMap",
        name: "a",
        namespace: "default",
        uid: object.metadata.uid,
        resourceVersion: object.metadata.resourceVersion
      }
      assert.match(metadata.name, /^a\.[0-9a-f]{16}$/)
      assert.strictEqual(metadata.namespace, "default")
      assert.deepInclude(rest, {
        eventTime: "2026-01-02T03:04:05.000000Z",
        reportingController: "example.com/settings",
        reportingInstance: "pod-1",
        regarding: reference,
        related: reference,
        reason: "Checked",
        action: "Check",
        note: "fine",
        type: "Warning"
      })
      assert.isUndefined(rest.series)
    }).pipe(cluster))

  it.scoped("an equal one within six minutes counts up in the series of its object; after them it is a new object (K37)", () =>
    Effect.gen(function*() {
      const object = yield* configMap
      const { record } = yield* recorder
      for (let i = 0; i < 40; i++) yield* record(object, checked)
      yield* settle
      assert.deepStrictEqual(yield* said, ["fine x40"])
      yield* record(object, checked)
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(yield* said, ["fine x40"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* said, ["fine x41"])
      yield* TestClock.adjust("6 minutes")
      yield* record(object, checked)
      yield* settle
      assert.sameMembers([...yield* said], ["fine x41", "fine x1"])
    }).pipe(cluster))

  it.scoped("another reason, action, type or object is another event (K37)", () =>
    Effect.gen(function*() {
      const object = yield* configMap
      const other = yield* Api.namespaced(ConfigMap, "default").create({ metadata: { name: "b" } })
      const { record } = yield* recorder
      yield* record(object, checked)
      yield* record(object, { ...checked, reason: "Other" })
      yield* record(object, { ...checked, action: "Other" })
      yield* record(object, { ...checked, type: "Warning" })
      yield* record(other, checked)
      yield* settle
      assert.strictEqual((yield* events).length, 5)
    }).pipe(cluster))

  it.scoped("of those that differ in the note alone, the tenth in ten minutes begins one combined event (K38)", () =>
    Effect.gen(function*() {
      const object = yield* configMap
      const { record } = yield* recorder
      for (let i = 1; i <= 15; i++) yield* record(object, { ...checked, note: `try ${i}` })
      yield* TestClock.adjust("10 seconds")
      assert.sameMembers([...yield* said], [
        ...Array.from({ length: 9 }, (_, i) => `try ${i + 1} x1`),
        "(combined from similar events): try 10 x6"
      ])
      // After ten minutes without any, they are told one by one again.
      yield* TestClock.adjust("10 minutes")
      yield* record(object, { ...checked, note: "try 16" })
      yield* settle
      assert.include(yield* said, "try 16 x1")
    }).pipe(cluster))

  it("an object has 25 events at once, then one each five minutes; others have their own (K39)", () => {
    const correlator = new Correlator(defaultLimits)
    const told = (name: string, reason: number): Told => ({
      regarding: { kind: "ConfigMap", name, uid: name },
      related: undefined,
      type: "Normal",
      reason: String(reason),
      action: "a",
      note: "",
      time: ""
    })
    let reason = 0
    const created = (name: string, tries: number, at: number) =>
      Array.from({ length: tries }, () => correlator.tell(told(name, reason++), at)._tag).filter((tag) =>
        tag === "Create"
      ).length
    assert.strictEqual(created("a", 100, 0), 25)
    assert.strictEqual(created("b", 10, 0), 10)
    assert.strictEqual(created("a", 100, 299_999), 0)
    assert.strictEqual(created("a", 100, 300_000), 1)
    assert.strictEqual(created("a", 100, 900_000), 2)
    assert.strictEqual(created("a", 100, 100_000_000), 25)
  })

  it("what is remembered has a bound: a million objects leave four thousand (K39)", () => {
    const correlator = new Correlator({ ...defaultLimits, remembered: 100 })
    for (let i = 0; i < 10_000; i++) {
      correlator.tell({
        regarding: { kind: "ConfigMap", name: `a${i}` },
        related: undefined,
        type: "Normal",
        reason: "a",
        action: "a",
        note: "",
        time: ""
      }, i)
    }
    for (const part of ["series", "groups", "buckets"]) {
      const recent = (correlator as unknown as Record<string, { readonly map: Map<string, unknown> }>)[part]!
      assert.strictEqual(recent.map.size, 100, part)
    }
  })

  it.scoped("a server that is away holds up nobody: what waits is written when it is back, and beyond the bound is dropped and told (K40)", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const log = Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => void lines.push(String(message))))
      const object = yield* configMap
      const { faults } = yield* TestCluster.TestCluster
      const heal = yield* faults.inject({
        when: ({ resource, verb }) => resource === "events" && verb === "create",
        fault: { _tag: "Disconnect" }
      })
      const { record } = yield* Effect.provide(EventRecorder.make("settings", { buffer: 3 }), log)
      for (let i = 1; i <= 6; i++) {
        yield* record(object, { ...checked, note: `try ${i}` })
        yield* settle
      }
      assert.deepStrictEqual(yield* said, [])
      yield* TestClock.adjust("25 seconds")
      yield* heal
      yield* TestClock.adjust("1 minute")
      assert.sameMembers([...yield* said], ["try 1 x1", "try 2 x1", "try 3 x1", "try 4 x1"])
      assert.include(lines, "2 events were dropped: more than 3 wait to be written")
    }).pipe(cluster))

  it.scoped("an event whose answer is lost is written once (K40)", () =>
    Effect.gen(function*() {
      const object = yield* configMap
      const { faults } = yield* TestCluster.TestCluster
      yield* faults.inject({
        when: ({ resource, verb }) => resource === "events" && verb === "create",
        times: 1,
        fault: { _tag: "Disconnect", after: true }
      })
      const { record } = yield* recorder
      yield* record(object, checked)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* said, ["fine x1"])
    }).pipe(quietly, cluster))

  it.scoped("what is kept has a bound: long notes are cut at once, and of counts no more wait than may (K40)", () =>
    Effect.gen(function*() {
      const { faults } = yield* TestCluster.TestCluster
      const heal = yield* faults.inject({ when: ({ resource }) => resource === "events", fault: { _tag: "Silence" } })
      const object = yield* configMap
      const { record } = yield* EventRecorder.make("settings", { buffer: 5 })
      for (let i = 0; i < 20; i++) {
        const other = { ...object, metadata: { ...object.metadata, name: `o${i}`, uid: `u${i}` } }
        yield* record(other, { ...checked, note: "n".repeat(5_000_000) })
        yield* record(other, { ...checked, note: "n".repeat(5_000_001) })
      }
      yield* heal
      yield* TestClock.adjust("10 minutes")
      const written = yield* events
      assert.isAtMost(written.length, 12)
      for (const { note } of written) assert.strictEqual(new TextEncoder().encode(note).length, 1024)
    }).pipe(quietly, cluster))

  it.scoped("where all are refused the log says it once in a while (K40)", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const log = Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => void lines.push(String(message))))
      const object = yield* configMap
      const { faults } = yield* TestCluster.TestCluster
      yield* faults.inject({
        when: ({ resource }) => resource === "events",
        fault: { _tag: "Refuse", status: 403, reason: "Forbidden", message: "no" }
      })
      const { record } = yield* Effect.provide(recorder, log)
      for (let i = 0; i < 8; i++) yield* record(object, { ...checked, reason: `Reason${i}` })
      yield* settle
      assert.strictEqual(lines.length, 1)
    }).pipe(cluster))

  it.scoped("one that the server refuses is told to the log, and the next is written (K40)", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const log = Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => void lines.push(String(message))))
      const object = yield* configMap
      const { faults } = yield* TestCluster.TestCluster
      yield* faults.inject({
        when: ({ resource }) => resource === "events",
        times: 1,
        fault: { _tag: "Refuse", status: 403, reason: "Forbidden", message: "no" }
      })
      const { record } = yield* Effect.provide(recorder, log)
      yield* record(object, { ...checked, note: "first" })
      yield* record(object, { ...checked, note: "second" })
      yield* settle
      assert.deepStrictEqual(yield* said, ["second x1"])
      assert.include(lines, "the event Checked (Check) of ConfigMap a could not be written")
    }).pipe(cluster))

  it.scoped("an event that is gone when it is counted up is made anew (K37)", () =>
    Effect.gen(function*() {
      const object = yield* configMap
      const { record } = yield* recorder
      yield* record(object, checked)
      yield* settle
      yield* Api.namespaced(Event, "default").deleteCollection()
      yield* record(object, checked)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* said, ["fine x2"])
    }).pipe(cluster))

  it.scoped("when the Scope closes what waits is written, counts too; later ones are not taken (K40)", () =>
    Effect.gen(function*() {
      const object = yield* configMap
      const scope = yield* Scope.make()
      const { record } = yield* Scope.extend(recorder, scope)
      yield* record(object, checked)
      yield* settle
      yield* record(object, checked)
      yield* record(object, { ...checked, note: "last" })
      yield* Scope.close(scope, Exit.void)
      assert.sameMembers([...yield* said], ["fine x2", "last x1"])
      yield* record(object, { ...checked, note: "too late" })
      yield* settle
      assert.strictEqual((yield* events).length, 2)
    }).pipe(cluster))

  it.scoped("the Scope closes in time though the server hangs (K40)", () =>
    Effect.gen(function*() {
      const object = yield* configMap
      const { faults } = yield* TestCluster.TestCluster
      yield* faults.inject({ when: ({ resource }) => resource === "events", fault: { _tag: "Silence" } })
      const scope = yield* Scope.make()
      const { record } = yield* Scope.extend(recorder, scope)
      yield* record(object, checked)
      yield* settle
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("5 seconds")
      assert.isTrue(Exit.isSuccess(yield* closing.await))
    }).pipe(quietly, cluster))

  it.scoped("events of what has no namespace lie in default; odd names and long notes are made to fit", () =>
    Effect.gen(function*() {
      const { record } = yield* recorder
      const namespace = yield* Api.cluster(Namespace).get("kube-system")
      const role = yield* Api.cluster(ClusterRole).create({ metadata: { name: "system:odd:name" }, rules: [] })
      yield* record(namespace, { ...checked, note: "ü".repeat(2000) })
      yield* record(role, { reason: "r".repeat(300), note: "" })
      yield* settle
      const both = yield* events
      const first = both.find(({ regarding }) => regarding.kind === "Namespace")
      const second = both.find(({ regarding }) => regarding.kind === "ClusterRole")
      assert.strictEqual(first?.metadata.namespace, "default")
      assert.match(first?.note ?? "", /^ü+…$/)
      assert.isAtMost(new TextEncoder().encode(first?.note).length, 1024)
      assert.match(second?.metadata.name ?? "", /^clusterrole\.[0-9a-f]+$/)
      assert.strictEqual(second?.action?.length, second?.reason?.length)
    }).pipe(cluster))

  it("refuses a controller's name that the server would refuse", () => {
    assert.throws(
      () => EventRecorder.make("not a name"),
      TypeError,
      "controller: expected a name such as \"example.com/settings\", found \"not a name\""
    )
  })
})
