import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as fs from "node:fs"
import * as Api from "../../src/client/Api.js"
import { visibilityOf } from "../../src/client/internal/visibility.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as LeaderElection from "../../src/runtime/LeaderElection.js"
import * as Metrics from "../../src/runtime/Metrics.js"
import * as WorkQueue from "../../src/runtime/WorkQueue.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { type Family, parse } from "./exposition.js"

const settle = TestClock.adjust("0 millis")
const quietly = Effect.provide(Logger.remove(Logger.defaultLogger))

const scrape = Effect.map(Metrics.text, parse)

/** The value of the one series of that name with these labels, and no others. */
const value = (
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: { readonly [name: string]: string },
  suffix = ""
): number | undefined =>
  families.get(name)?.samples.find((sample) =>
    sample.name === name + suffix
    && JSON.stringify(Object.entries(sample.labels).sort()) === JSON.stringify(Object.entries(labels).sort())
  )?.value

/** The labels that the series of a program have, of those whose `label` is `value`. */
const labelsOf = (families: ReadonlyMap<string, Family>, name: string, label: string, value: string) =>
  new Set(
    (families.get(name)?.samples ?? []).filter(({ labels }) => labels[label] === value)
      .map(({ labels }) => Object.keys(labels).filter((key) => key !== "le").sort().join(" "))
  )

describe("Metrics of controllers", () => {
  const reconcileNames = [
    "controller_runtime_reconcile_errors_total",
    "controller_runtime_terminal_reconcile_errors_total",
    "controller_runtime_reconcile_panics_total",
    "controller_runtime_reconcile_time_seconds",
    "controller_runtime_max_concurrent_reconciles",
    "controller_runtime_active_workers"
  ]

  it.scoped("each try is counted by what became of it, under controller-runtime's names, labels and buckets (K44)", () =>
    Effect.gen(function*() {
      const name = "metrics-results"
      const configMaps = Api.namespaced(ConfigMap, "default")
      const scope = yield* Scope.make()
      const hold = yield* Deferred.make<void>()
      yield* Controller.make(name, {
        for: Api.namespaced(ConfigMap, "default"),
        concurrency: 3,
        reconcile: ({ data, metadata }, { attempt }) =>
          Effect.gen(function*() {
            switch (data?.["do"]) {
              case "fail":
                return attempt > 1 ? undefined : yield* Effect.fail("no")
              case "end":
                return yield* Controller.terminal("never")
              case "die":
                return attempt > 1 ? undefined : yield* Effect.die(new Error("a bug"))
              case "wait":
                return Controller.requeueAfter("1 hour")
              case "hold":
                return yield* Effect.as(Deferred.await(hold), undefined)
              default:
                return yield* Effect.as(Effect.logDebug(metadata.name), Controller.done)
            }
          })
      }).pipe(Controller.start, Scope.extend(scope))
      const make = (what: string) => configMaps.create({ metadata: { name: what }, data: { do: what } })
      const before = yield* scrape
      // They are there before anything happens: a rate needs a first value.
      for (const result of ["success", "error", "requeue", "requeue_after"]) {
        assert.strictEqual(value(before, "controller_runtime_reconcile_total", { controller: name, result }), 0)
      }
      for (const what of ["fine", "fail", "end", "die", "wait"]) yield* make(what)
      yield* TestClock.adjust("5 seconds")
      yield* make("hold")
      yield* TestClock.adjust("2 seconds")

      const families = yield* scrape
      const total = (result: string) =>
        value(families, "controller_runtime_reconcile_total", { controller: name, result })
      assert.strictEqual(total("requeue_after"), 1)
      assert.strictEqual(total("requeue"), 0)
      assert.strictEqual(total("error"), 3)
      const of = (metric: string, suffix = "") => value(families, metric, { controller: name }, suffix)
      assert.strictEqual(of("controller_runtime_reconcile_errors_total"), 3)
      assert.strictEqual(of("controller_runtime_terminal_reconcile_errors_total"), 1)
      assert.strictEqual(of("controller_runtime_reconcile_panics_total"), 1)
      assert.strictEqual(of("controller_runtime_max_concurrent_reconciles"), 3)
      assert.strictEqual(of("controller_runtime_active_workers"), 1)
      const runs = ["success", "requeue_after", "error"].reduce((sum, result) => sum + total(result)!, 0)
      assert.strictEqual(of("controller_runtime_reconcile_time_seconds", "_count"), runs)
      for (const name of [...reconcileNames, "controller_runtime_reconcile_total"]) {
        const labels = name === "controller_runtime_reconcile_total" ? "controller result" : "controller"
        assert.deepStrictEqual(labelsOf(families, name, "controller", "metrics-results"), new Set([labels]))
      }
      assert.strictEqual(
        families.get("controller_runtime_reconcile_total")?.help,
        "Total number of reconciliations per controller"
      )

      yield* Deferred.succeed(hold, undefined)
      yield* settle
      const after = yield* scrape
      assert.strictEqual(value(after, "controller_runtime_active_workers", { controller: name }), 0)
      // It ran for two seconds, and what runs before it ended at once.
      assert.strictEqual(value(after, "controller_runtime_reconcile_time_seconds", { controller: name }, "_sum"), 2)
      assert.deepStrictEqual(
        after.get("controller_runtime_reconcile_time_seconds")!.samples
          .filter(({ labels }) => labels["controller"] === name && labels["le"] !== undefined)
          .map(({ labels }) => labels["le"]),
        (
          "0.005 0.01 0.025 0.05 0.1 0.15 0.2 0.25 0.3 0.35 0.4 0.45 0.5 0.6 0.7 0.8 0.9 1 1.25 1.5 1.75 2 2.5 3 3.5 4 4.5"
          + " 5 6 7 8 9 10 15 20 25 30 40 50 60 +Inf"
        ).split(" ")
      )
      yield* Scope.close(scope, Exit.void)
      const stopped = yield* scrape
      assert.strictEqual(value(stopped, "controller_runtime_max_concurrent_reconciles", { controller: name }), 0)
    }).pipe(Effect.provide(TestCluster.layer), quietly))

  it.scoped("a client that counts nothing has no series of its controllers; labels of the fiber are added (K44)", () =>
    Effect.gen(function*() {
      const controller = (name: string) =>
        Controller.start(Controller.make(name, { for: Api.all(ConfigMap), reconcile: () => Effect.void }))
      yield* controller("metrics-tagged").pipe(Effect.tagMetrics("tenant", "a"))
      const families = yield* scrape
      assert.deepStrictEqual(
        labelsOf(families, "controller_runtime_reconcile_total", "controller", "metrics-tagged"),
        new Set(["controller result tenant"])
      )
      assert.deepStrictEqual(
        labelsOf(families, "workqueue_adds_total", "name", "metrics-tagged"),
        new Set(["controller name tenant"])
      )
      visibilityOf(yield* KubeClient).metrics = false // as `KubeClient.make` does it for the option
      yield* controller("metrics-off")
      const later = yield* Metrics.text
      assert.notInclude(later, "metrics-off")
    }).pipe(Effect.provide(TestCluster.layer), quietly))
})

describe("Metrics of work queues", () => {
  const identity = (key: string) => key

  it.scoped("depth by priority, adds, waiting, working, what is unfinished, retries: client-go's names, controller-runtime's labels (K45)", () =>
    Effect.gen(function*() {
      const name = "metrics-queue"
      const labels = { name, controller: name }
      const scope = yield* Scope.make()
      const queue = yield* WorkQueue.make<string, string>({ name, identity }).pipe(Scope.extend(scope))
      yield* queue.add("a")
      yield* queue.add("a")
      yield* queue.add("b", { priority: -100 })
      yield* queue.add("c", { priority: -100 })
      yield* queue.addAfter("d", "1 hour")
      yield* TestClock.adjust("3 seconds")
      const waiting = yield* scrape
      const depth = (families: ReadonlyMap<string, Family>, priority: string) =>
        value(families, "workqueue_depth", { ...labels, priority })
      assert.strictEqual(depth(waiting, "0"), 1)
      assert.strictEqual(depth(waiting, "-100"), 2)
      assert.strictEqual(value(waiting, "workqueue_adds_total", labels), 3)
      assert.strictEqual(value(waiting, "workqueue_retries_total", labels), 1)
      assert.strictEqual(value(waiting, "workqueue_unfinished_work_seconds", labels), 0)
      assert.strictEqual(value(waiting, "workqueue_queue_duration_seconds", labels, "_count"), 0)

      const a = Option.getOrThrow(yield* queue.take)
      yield* TestClock.adjust("10 seconds")
      const b = Option.getOrThrow(yield* queue.take)
      yield* queue.add("a")
      yield* TestClock.adjust("5 seconds")
      const working = yield* scrape
      assert.strictEqual(value(working, "workqueue_unfinished_work_seconds", labels), 20)
      assert.strictEqual(value(working, "workqueue_longest_running_processor_seconds", labels), 15)
      assert.strictEqual(value(working, "workqueue_adds_total", labels), 4)
      assert.strictEqual(value(working, "workqueue_queue_duration_seconds", labels, "_sum"), 3 + 13)
      assert.strictEqual(value(working, "workqueue_work_duration_seconds", labels, "_count"), 0)

      yield* queue.done(a, WorkQueue.done)
      yield* queue.done(a, WorkQueue.done)
      yield* queue.done(b, WorkQueue.failed("no"))
      const done = yield* scrape
      assert.strictEqual(value(done, "workqueue_work_duration_seconds", labels, "_sum"), 15 + 5)
      assert.strictEqual(value(done, "workqueue_work_duration_seconds", labels, "_count"), 2)
      assert.strictEqual(value(done, "workqueue_retries_total", labels), 2)
      assert.strictEqual(value(done, "workqueue_unfinished_work_seconds", labels), 0)
      // It was added again when it had run for ten seconds: since then it waits.
      yield* queue.take
      assert.strictEqual(value(yield* scrape, "workqueue_queue_duration_seconds", labels, "_sum"), 3 + 13 + 5)
      assert.deepStrictEqual(
        done.get("workqueue_work_duration_seconds")!.samples
          .filter(({ labels }) => labels["name"] === name && labels["le"] !== undefined)
          .map(({ labels }) => labels["le"]),
        // As Go multiplies them: prometheus.ExponentialBuckets(10e-9, 10, 12)
        "1e-08 1e-07 1e-06 9.999999999999999e-06 9.999999999999999e-05 0.001 0.01 0.1 1 10 100 1000 +Inf".split(" ")
      )
      for (
        const metric of ["adds_total", "retries_total", "unfinished_work_seconds", "longest_running_processor_seconds"]
      ) {
        assert.deepStrictEqual(labelsOf(done, `workqueue_${metric}`, "name", name), new Set(["controller name"]))
      }
      assert.deepStrictEqual(labelsOf(done, "workqueue_depth", "name", name), new Set(["controller name priority"]))

      // What was counted stays counted, and a queue that is gone holds nothing.
      yield* Scope.close(scope, Exit.void)
      const closed = yield* scrape
      assert.strictEqual(value(closed, "workqueue_adds_total", labels), 4)
      assert.strictEqual(depth(closed, "-100"), 0)
      assert.strictEqual(value(closed, "workqueue_unfinished_work_seconds", labels), 0)
      const again = yield* WorkQueue.make<string, string>({ name, identity })
      yield* again.add("x")
      assert.strictEqual(value(yield* scrape, "workqueue_adds_total", labels), 5)
    }))

  it.scoped("a queue without a name is not counted, and whoever reads Effect's own registry sees the same (K45)", () =>
    Effect.gen(function*() {
      const before = yield* scrape
      const quiet = yield* WorkQueue.make<string>({ identity })
      yield* quiet.add("a")
      yield* quiet.take
      const after = yield* scrape
      assert.deepStrictEqual(
        after.get("workqueue_queue_duration_seconds")?.samples.length,
        before.get("workqueue_queue_duration_seconds")?.samples.length
      )
      const queue = yield* WorkQueue.make<string>({ name: "metrics-registry", identity })
      yield* queue.add("a")
      const depth = Metrics.workqueue.depth.pipe(
        Metric.tagged("name", "metrics-registry"),
        Metric.tagged("controller", "metrics-registry"),
        Metric.tagged("priority", "0")
      )
      assert.deepStrictEqual(yield* Metric.value(depth), MetricState.gauge(1))
    }))
})

describe("Metrics of all the rest", () => {
  it("the dashboard asks for nothing that is not counted, and shows all that the contract names (K44, K45, K46, K47)", () => {
    const read = (path: string) => fs.readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")
    const names = new Set(
      [
        ...read("docs/dashboard.json").matchAll(
          /\b(?:controller_runtime|workqueue|rest_client|effect_kube|leader_election)_\w+/g
        )
      ]
        .map(([name]) => name.replace(/_bucket$/, ""))
    )
    const counted = [
      "client/internal/requestMetrics",
      "runtime/internal/controllerMetrics",
      "runtime/internal/leaderElection",
      "runtime/internal/queueMetrics",
      "runtime/internal/watcherMetrics"
    ].map((module) => read(`src/${module}.ts`)).join("")
    for (const name of names) assert.include(counted, `"${name}"`)
    for (
      const [name] of counted.matchAll(
        /(?<=")(?:controller_runtime|workqueue|rest_client_requests|leader_election)_\w+(?=")/g
      )
    ) {
      assert.isTrue(names.has(name), name)
    }
  })

  it.scoped("requests, watches and elections stand in the same text (K46, K47)", () =>
    Effect.gen(function*() {
      const election = yield* LeaderElection.make("metrics-election", { identity: "me" })
      const fiber = yield* Effect.fork(election.guard(() => Effect.never))
      yield* Controller.start(
        Controller.make("metrics-rest", { for: Api.all(ConfigMap), reconcile: () => Effect.void })
      )
      yield* settle
      const families = yield* scrape
      assert.strictEqual(value(families, "leader_election_master_status", { name: "metrics-election" }), 1)
      for (
        const name of [
          "effect_kube_watchers",
          "effect_kube_watch_fresh_timestamp_seconds",
          "effect_kube_store_objects",
          "effect_kube_watch_lists_total"
        ]
      ) assert.isDefined(families.get(name), name)
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(TestCluster.layer), quietly))
})
