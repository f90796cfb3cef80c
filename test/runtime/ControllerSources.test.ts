import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import * as Api from "../../src/client/Api.js"

import { ConfigMap, Secret } from "../../src/kinds/core/v1.js"
import * as Resource from "../../src/protocol/Resource.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { definition, Foo } from "./foo.js"

const namespaces = ["blue", "green", "red"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }))
const cluster = TestCluster.layerWith({ objects: [definition, ...namespaces] })
const settle = TestClock.adjust("2 seconds")

/** A controller that notes which objects it runs for. */
const noting = <R>(of: Controller.Handles<Foo, R>) => {
  const runs: Array<string> = []
  const controller = Controller.make("foo", {
    for: of,
    reconcile: ({ metadata: { name, namespace } }) => Effect.sync(() => void runs.push(`${namespace}/${name}`))
  })
  return { runs, controller }
}

const foo = (namespace: string, name: string) =>
  Api.namespaced(Foo, namespace).create({ metadata: { name }, spec: { title: "one" } })

describe("Controller: what it follows", () => {
  it.scoped("several handles are one: of a few namespaces, for what is reconciled, owned and watched (K8, K9, K13)", () =>
    Effect.gen(function*() {
      const two = ["blue", "green"] as const
      const { controller, runs } = noting(two.map((namespace) => Api.namespaced(Foo, namespace)))
      yield* Layer.build(Controller.layer(controller.pipe(
        Controller.owns(two.map((namespace) => Api.namespaced(ConfigMap, namespace))),
        Controller.watches(two.map((namespace) => Api.namespaced(Secret, namespace)), ({ object }) => [
          { namespace: "blue", name: object.metadata.name }
        ])
      )))
      const [blue] = [yield* foo("blue", "a"), yield* foo("green", "a"), yield* foo("red", "a")]
      yield* settle
      assert.deepStrictEqual(runs.splice(0), ["blue/a", "green/a"])
      yield* Api.namespaced(ConfigMap, "blue").create({
        metadata: { name: "c", ownerReferences: [Resource.ownerReference(blue)] }
      })
      yield* settle
      assert.deepStrictEqual(runs.splice(0), ["blue/a"])
      yield* Api.namespaced(Secret, "red").create({ metadata: { name: "a" } })
      yield* settle
      assert.deepStrictEqual(runs, [])
      yield* Api.namespaced(Secret, "green").create({ metadata: { name: "a" } })
      yield* settle
      assert.deepStrictEqual(runs, ["blue/a"])
    }).pipe(Effect.provide(cluster)))

  it("no handle at all is a mistake of the program", () => {
    assert.throws(() => noting([]), /Controller\.make: there are no handles/)
    assert.throws(() => Controller.owns(noting(Api.all(Foo)).controller, []), /Controller\.owns/)
  })

  it.scoped("of several namespaces, a run waits for the store of the one that was written to, and for no other (K22)", () =>
    Effect.gen(function*() {
      const seen: Array<number> = []
      const pauses: Array<number> = []
      let last = 0
      yield* Layer.build(Controller.layer(
        Controller.make("foo", {
          for: ["blue", "green"].map((namespace) => Api.namespaced(Foo, namespace)),
          reconcile: (foo) =>
            Effect.gen(function*() {
              const now = yield* Clock.currentTimeMillis
              pauses.push(now - last)
              last = now
              seen.push(foo.metadata.labels?.["n"] === undefined ? 0 : Number(foo.metadata.labels["n"]))
              if (seen.length < 3) {
                yield* Api.namespaced(Foo, foo.metadata.namespace).modify(foo.metadata.name, (foo) => ({
                  ...foo,
                  metadata: { ...foo.metadata, labels: { n: String(seen.length) } }
                }))
                return Controller.requeueAfter("1 millis")
              }
              return Controller.done
            })
        })
      ))
      yield* foo("green", "a")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(seen.slice(0, 3), [0, 1, 2])
      assert.isBelow(Math.max(...pauses.slice(1)), 1000)
    }).pipe(Effect.provide(cluster)))

  it.scoped("what is owned may be known by its metadata alone (K8, K22)", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const configMaps = Api.namespaced(ConfigMap, "blue")
      yield* Layer.build(Controller.layer(
        Controller.make("foo", {
          for: Api.all(Foo),
          reconcile: (foo) =>
            Effect.gen(function*() {
              seen.push(foo.metadata.name)
              yield* configMaps.createOrReplace({
                metadata: { name: "c", ownerReferences: [Resource.ownerReference(foo)] },
                data: { title: foo.spec.title }
              })
            })
        }).pipe(Controller.owns(Api.all(Resource.metadataOnly(ConfigMap))))
      ))
      yield* foo("blue", "a")
      yield* settle
      seen.length = 0
      yield* configMaps.modify("c", (found) => ({ ...found, data: { title: "meddled with" } }))
      yield* settle
      assert.deepStrictEqual((yield* configMaps.get("c")).data, { title: "one" })
      yield* configMaps.delete("c")
      yield* settle
      assert.deepStrictEqual((yield* configMaps.get("c")).data, { title: "one" })
      const { requests } = yield* TestCluster.TestCluster
      const lists = (yield* requests).filter(({ resource, verb }) => resource === "configmaps" && verb === "list")
      assert.isAbove(lists.length, 0)
      for (const { headers } of lists) assert.include(headers["accept"], "as=PartialObjectMetadata")
    }).pipe(Effect.provide(cluster)))

  it.scoped("a run waits for what it deleted without asking again and again: it goes on when the store shows it (K22)", () =>
    Effect.gen(function*() {
      const runs: Array<readonly [at: number, configMaps: string]> = []
      const configMaps = Api.namespaced(ConfigMap, "blue")
      yield* configMaps.create({ metadata: { name: "c" } })
      yield* Layer.build(Controller.layer(
        Controller.make("foo", {
          for: Api.all(Foo),
          reconcile: () =>
            Effect.gen(function*() {
              const there = yield* configMaps.getOption("c")
              runs.push([yield* Clock.currentTimeMillis, there._tag])
              if (there._tag === "None") return Controller.done
              yield* configMaps.delete("c")
              return Controller.requeueAfter("1 millis")
            })
        }).pipe(Controller.owns(Api.all(ConfigMap)))
      ))
      yield* settle
      yield* foo("blue", "a")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(runs.map(([, there]) => there), ["Some", "None"])
      assert.isAtMost(runs[1]![0] - runs[0]![0], 1, "it did not wait longer than the requeue")
    }).pipe(Effect.provide(cluster)))
})

describe("Controller: the status page", () => {
  it.scoped("describe says what runs on a client, what it follows, and what became of its runs", () =>
    Effect.gen(function*() {
      const controller = Controller.make("foo", {
        for: Api.all(Foo),
        concurrency: 3,
        timeout: "1 minute",
        reconcile: (foo): Effect.Effect<Controller.Result | void, string | Controller.Terminal<string>> => {
          switch (foo.metadata.name) {
            case "fails":
              return Effect.fail("no")
            case "terminal":
              return Effect.fail(Controller.terminal("never"))
            case "bug":
              return Effect.die("a bug")
            case "hangs":
              return Effect.never
            case "later":
              return Effect.succeed(Controller.requeueAfter("1 hour"))
            default:
              return Effect.void
          }
        }
      }).pipe(Controller.owns(Api.all(ConfigMap)), Controller.watches(Api.all(Secret), () => []))
      yield* Effect.scoped(Effect.gen(function*() {
        yield* Layer.build(Controller.layer(controller))
        for (const name of ["fails", "terminal", "bug", "later", "fine", "hangs"]) yield* foo("blue", name)
        yield* TestClock.adjust(1)
        const all = yield* Controller.describe
        assert.strictEqual(all.length, 1)
        const { concurrency, counts, kinds, name, phase, queue } = all[0]!
        assert.deepStrictEqual([name, phase, concurrency], ["foo", "Running", 3])
        assert.deepStrictEqual(kinds, [
          { role: "for", group: "clux.dev", kind: "Foo", isSynced: true },
          { role: "owns", group: "", kind: "ConfigMap", isSynced: true },
          { role: "watches", group: "", kind: "Secret", isSynced: true }
        ])
        assert.deepStrictEqual(counts, { done: 1, requeued: 1, failed: 1, terminal: 1, defects: 1, timedOut: 0 })
        assert.deepStrictEqual(queue?.size, { ready: 0, pending: 3, processing: 1 })
        assert.deepStrictEqual(
          queue?.keys.map(({ attempt, key, state }) => [key.name, state, attempt]),
          [["hangs", "Processing", 1], ["fails", "Delayed", 2], ["terminal", "Failed", 2], ["bug", "Delayed", 2], [
            "later",
            "Delayed",
            1
          ]]
        )
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* Controller.describe)[0]?.counts.timedOut, 1)
      }))
      assert.deepStrictEqual(yield* Controller.describe, [])
    }).pipe(Effect.provide(cluster)))

  it.scoped("a controller whose caches do not come says so (K23)", () =>
    Effect.gen(function*() {
      const { faults } = yield* TestCluster.TestCluster
      yield* faults.inject({ when: ({ resource }) => resource === "configmaps", fault: { _tag: "Silence" } })
      const { controller } = noting(Api.all(Foo))
      yield* Effect.forkScoped(Controller.run(Controller.owns(controller, Api.all(ConfigMap))))
      yield* TestClock.adjust("1 second")
      const [description] = yield* Controller.describe
      assert.strictEqual(description?.phase, "Syncing")
      assert.deepStrictEqual(description.kinds.map(({ isSynced }) => isSynced), [true, false])
    }).pipe(Effect.provide(cluster)))
})

describe("Controller: its spans", () => {
  it.scoped("a span of a reconcile is linked to the watches whose events made it run, and says which events", () => {
    const spans: Array<Tracer.Span> = []
    const tracer = Tracer.make({
      span: (name, parent, context, links, startTime, kind) => {
        const attributes = new Map<string, unknown>()
        const span: Tracer.Span = {
          _tag: "Span",
          name,
          spanId: `${spans.length}`,
          traceId: "t",
          parent,
          context,
          status: { _tag: "Started", startTime },
          attributes,
          links,
          sampled: true,
          kind,
          end: () => {},
          attribute: (key, value) => void attributes.set(key, value),
          event: () => {},
          addLinks: () => {}
        }
        spans.push(span)
        return span
      },
      context: (f) => f()
    })
    return Effect.gen(function*() {
      const { controller } = noting(Api.all(Foo))
      yield* Layer.build(Controller.layer(Controller.owns(controller, Api.all(ConfigMap))))
      const owner = yield* foo("blue", "a")
      yield* settle
      yield* Api.namespaced(ConfigMap, "blue").create({
        metadata: { name: "c", ownerReferences: [Resource.ownerReference(owner)] }
      })
      yield* settle
      const runs = spans.filter(({ name }) => name === "foo.reconcile")
      assert.deepStrictEqual(
        runs.map(({ links }) =>
          links.map(({ attributes, span }) => [
            span._tag === "Span" ? span.name : "",
            attributes["k8s.event"],
            attributes["k8s.kind"],
            attributes["k8s.object.name"]
          ])
        ),
        [
          [["kube.watcher.watch Foo", "Added", "Foo", "a"]],
          [["kube.watcher.watch ConfigMap", "Added", "ConfigMap", "c"]]
        ]
      )
    }).pipe(Effect.provide(cluster), Effect.withTracer(tracer))
  })
})
