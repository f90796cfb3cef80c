import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as HttpServer from "@effect/platform/HttpServer"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as http from "node:http"
import * as Api from "../../src/client/Api.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Controller from "../../src/runtime/Controller.js"
import * as Debug from "../../src/runtime/Debug.js"
import * as LeaderElection from "../../src/runtime/LeaderElection.js"
import * as Metrics from "../../src/runtime/Metrics.js"
import * as Probes from "../../src/runtime/Probes.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { candidate } from "./electing.js"
import { parse } from "./exposition.js"

const quietly = Effect.provide(Logger.remove(Logger.defaultLogger))

/** No checks of other tests. */
const alone = Effect.provideServiceEffect(Probes.Checks, Probes.makeRegistry)

const get = (path: string, options?: Probes.Options) =>
  Effect.map(Probes.respond(path, options), (answer) => {
    const { body, status } = Option.getOrThrow(answer)
    return [status, body] as const
  })

describe("Probes.respond", () => {
  it.scoped("lists named checks as kube-apiserver does, and withholds reasons unless they are asked for (K43)", () =>
    Effect.gen(function*() {
      yield* Probes.check("ping", Effect.void, { kind: "alive" })
      assert.deepStrictEqual(yield* get("/readyz"), [200, "ok"])
      yield* Probes.check("disk", Effect.fail(new Error("full:\n/data")))
      assert.deepStrictEqual(yield* get("/livez"), [200, "ok"])
      assert.deepStrictEqual(yield* get("/healthz?verbose"), [200, "[+]ping ok\nhealthz check passed\n"])
      assert.deepStrictEqual(yield* get("/readyz"), [
        500,
        "[+]ping ok\n[-]disk failed: reason withheld\nreadyz check failed\n"
      ])
      assert.deepStrictEqual(yield* get("/readyz", { reasons: true }), [
        500,
        "[+]ping ok\n[-]disk failed: full: /data\nreadyz check failed\n"
      ])
      assert.deepStrictEqual(yield* get("/readyz?exclude=disk"), [200, "ok"])
      assert.deepStrictEqual(yield* get("/readyz/?verbose=true&exclude=disk&exclude=net&exclude=a%22b"), [
        200,
        "[+]ping ok\n[+]disk excluded: ok\n"
        + "warn: some health checks cannot be excluded: no matches for \"a\\\"b\",\"net\"\nreadyz check passed\n"
      ])
      assert.deepStrictEqual(yield* get("/readyz/disk"), [500, "internal server error: full: /data\n"])
      assert.deepStrictEqual(yield* get("/readyz/ping"), [200, "ok"])
      assert.strictEqual((yield* get("/livez/disk"))[0], 404)
      assert.strictEqual((yield* get("/readyz/%E0%A4%A"))[0], 404)
      assert.deepStrictEqual(yield* Probes.respond("/"), Option.none())
      assert.deepStrictEqual(yield* Probes.respond("/toString"), Option.none())
      assert.deepStrictEqual(yield* Probes.respond("/x/readyz"), Option.none())
    }).pipe(alone))

  it.scoped("a program without checks is well; a check counts as long as its Scope (K43)", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* get("/readyz?verbose"), [200, "[+]ping ok\nreadyz check passed\n"])
      const scope = yield* Scope.make()
      yield* Probes.check("late", Effect.fail("no")).pipe(Scope.extend(scope))
      assert.strictEqual((yield* get("/readyz"))[0], 500)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(yield* get("/readyz"), [200, "ok"])
    }).pipe(alone))

  it.scoped("a check that takes too long has failed; one that cannot be interrupted is not begun twice (K43)", () =>
    Effect.gen(function*() {
      let begun = 0
      const hung = yield* Deferred.make<void>()
      const count = Effect.sync(() => {
        begun++
      })
      yield* Probes.check("slow", Effect.zipRight(count, Effect.uninterruptible(Deferred.await(hung))), {
        timeout: "300 millis"
      })
      yield* Probes.check("fine", Effect.sleep("200 millis"))
      const ask = Effect.gen(function*() {
        const fiber = yield* Effect.fork(get("/readyz", { reasons: true }))
        yield* TestClock.adjust("300 millis")
        return yield* Fiber.join(fiber)
      })
      const late = [500, "[-]slow failed: no answer within 300ms\n[+]fine ok\nreadyz check failed\n"] as const
      assert.deepStrictEqual(yield* ask, late)
      assert.deepStrictEqual(yield* ask, late)
      assert.deepStrictEqual(yield* ask, late)
      assert.strictEqual(begun, 1)
      yield* Deferred.succeed(hung, undefined)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* ask, [200, "ok"])
      assert.strictEqual(begun, 2)
    }).pipe(alone))

  it.scoped("defects, interruption and strange errors are failures too, on one line (K43)", () =>
    Effect.gen(function*() {
      yield* Probes.check("bug", Effect.die(new TypeError("a\nbug")))
      yield* Probes.check("gone", Effect.interrupt)
      yield* Probes.check("odd", Effect.fail({ code: 7 }))
      yield* Probes.check(
        "thrown",
        Effect.sync(() => {
          throw new Error("x")
        })
      )
      const [status, body] = yield* get("/readyz", { reasons: true })
      assert.strictEqual(status, 500)
      const lines = body.split("\n")
      assert.strictEqual(lines[0], "[-]bug failed: defect: a bug")
      assert.strictEqual(lines[1], "[-]gone failed: the check was interrupted")
      assert.match(lines[2]!, /^\[-\]odd failed: .*7/)
      for (const name of ["", "a b", "a/b", "a?b", "a\nb"]) {
        assert.throws(() => Probes.check(name, Effect.void), TypeError)
      }
    }).pipe(alone))

  it.scoped("a store is not ready before its first list, and the reason says what is in the way (K43)", () =>
    Effect.gen(function*() {
      const { faults } = yield* TestCluster.TestCluster
      yield* faults.inject({ fault: { _tag: "Refuse", status: 500 } })
      const store = yield* Reflector.make(Api.all(ConfigMap), {
        initialList: "paged",
        backoff: Schedule.spaced("1 minute")
      })
      yield* Probes.store("settings", store)
      yield* TestClock.adjust("1 second")
      const [status, body] = yield* get("/readyz/settings")
      assert.strictEqual(status, 500)
      assert.match(body, /^internal server error: the first list is not complete: list ConfigMap: /)
      yield* faults.clear
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* get("/readyz/settings"), [200, "ok"])
    }).pipe(alone, Effect.provide(TestCluster.layer), quietly))

  it.scoped("a leader that cannot renew and does not end its work is to be restarted; who stands by is well (K43)", () =>
    Effect.gen(function*() {
      const goodbye = yield* Deferred.make<void>()
      const a = yield* candidate("a", { goodbye })
      yield* Probes.election(a.election)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* get("/livez?verbose"), [200, "[+]leaderElection ok\nlivez check passed\n"])
      a.line.mode = "cut"
      // Ten seconds until it gives up, fifteen for which the lease was, twenty more.
      yield* TestClock.adjust("34 seconds")
      assert.strictEqual((yield* a.election.state)._tag, "Leaving")
      assert.strictEqual((yield* get("/livez"))[0], 200)
      yield* TestClock.adjust("4 seconds")
      const [status, body] = yield* get("/livez/leaderElection")
      assert.strictEqual(status, 500)
      assert.match(
        body,
        /^internal server error: failed to renew default\/operator for .*s, and what it guards goes on\n$/
      )
      yield* Deferred.succeed(goodbye, undefined)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* get("/livez"))[0], 200)
    }).pipe(alone, Effect.provide(TestCluster.layer), quietly))
})

// ------------------------------------------------------------------------------------------------ over HTTP

const server = NodeHttpServer.layer(() => http.createServer(), { port: 0, host: "127.0.0.1" })

const fetching = Effect.gen(function*() {
  const { address } = yield* HttpServer.HttpServer
  const port = address._tag === "TcpAddress" ? address.port : assert.fail("no port")
  return (path: string, init?: RequestInit) =>
    Effect.promise(async () => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers: { connection: "close" } })
      return { status: response.status, headers: response.headers, body: await response.text() }
    })
})

describe("over HTTP", () => {
  it.live("the probes, the metrics and the page are served, and nothing else (K43)", () =>
    Effect.gen(function*() {
      const fetch = yield* fetching
      yield* Layer.build(Metrics.layer())
      yield* Layer.build(Controller.layer(
        Controller.make("probes-<b>served</b>", {
          for: Api.namespaced(ConfigMap, "default"),
          watch: { labels: "app=web" },
          reconcile: () => Effect.void
        })
      ))
      yield* Probes.check("never", Effect.fail("closed"))

      const metrics = yield* fetch("/metrics")
      assert.strictEqual(metrics.status, 200)
      assert.strictEqual(metrics.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8")
      assert.isDefined(parse(metrics.body).get("controller_runtime_reconcile_total"))

      const ready = yield* fetch("/readyz")
      assert.deepStrictEqual([ready.status, ready.body], [
        500,
        "[-]never failed: reason withheld\nreadyz check failed\n"
      ])
      assert.strictEqual(ready.headers.get("content-type"), "text/plain; charset=utf-8")
      assert.strictEqual(ready.headers.get("x-content-type-options"), "nosniff")
      assert.strictEqual((yield* fetch("/readyz?exclude=never")).body, "ok")
      assert.strictEqual((yield* fetch("/livez")).body, "ok")

      const page = yield* fetch("/debug")
      assert.strictEqual(page.headers.get("content-type"), "text/html; charset=utf-8")
      assert.include(page.headers.get("content-security-policy"), "default-src 'none'")
      assert.include(page.body, "probes-&lt;b&gt;served&lt;/b&gt;")
      assert.include(page.body, "<td>app=web</td>")
      assert.notInclude(page.body, "<b>served")
      assert.notMatch(page.body, /<script|<link|<img|src=/)
      const json = yield* fetch("/debug.json")
      assert.strictEqual(json.headers.get("content-type"), "application/json")
      const description = JSON.parse(json.body)
      assert.strictEqual(description.watches[0].resource, "configmaps")
      assert.isTrue(
        description.queues.some((queue: { readonly name: string }) => queue.name === "probes-<b>served</b>")
      )

      assert.strictEqual((yield* fetch("/")).status, 404)
      assert.strictEqual((yield* fetch("/metrics/x")).status, 404)
      assert.strictEqual((yield* fetch("/metrics", { method: "POST" })).status, 405)
      const head = yield* fetch("/metrics", { method: "HEAD" })
      assert.deepStrictEqual([head.status, head.body], [200, ""])
    }).pipe(Effect.scoped, alone, Effect.provide(Layer.merge(server, TestCluster.layer)), quietly))

  it.live("probes have a port of their own where they are wanted there; the page can be left out (K43)", () =>
    Effect.gen(function*() {
      const fetch = yield* fetching
      yield* Layer.build(Probes.layer({ reasons: true }))
      yield* Probes.check("never", Effect.fail("closed"))
      assert.strictEqual((yield* fetch("/readyz")).body, "[-]never failed: closed\nreadyz check failed\n")
      assert.strictEqual((yield* fetch("/metrics")).status, 404)
      const { fetch: other } = yield* Effect.map(
        Layer.build(Layer.fresh(server)),
        (context) => ({ context, fetch: Effect.provide(fetching, context) })
      ).pipe(
        Effect.flatMap(({ context, fetch }) =>
          Effect.zipRight(
            Layer.build(Layer.provide(Metrics.layer({ debug: false }), Layer.succeedContext(context))),
            Effect.map(fetch, (fetch) => ({ fetch }))
          )
        )
      )
      assert.strictEqual((yield* other("/debug")).status, 404)
      assert.strictEqual((yield* other("/debug.json")).status, 404)
      assert.strictEqual((yield* other("/metrics")).status, 200)
    }).pipe(Effect.scoped, alone, Effect.provide(Layer.merge(server, TestCluster.layer)), quietly))
})

describe("Debug", () => {
  it.scoped("shows queues, watches and leases, with what is wrong, and no more of it than its text (K43)", () =>
    Effect.gen(function*() {
      const { faults } = yield* TestCluster.TestCluster
      const scope = yield* Scope.make()
      const campaign = (identity: string) =>
        Effect.gen(function*() {
          const election = yield* LeaderElection.make("operator", { identity })
          yield* Effect.forkScoped(election.guard(() => Effect.never))
          yield* TestClock.adjust("1 second")
        }).pipe(Scope.extend(scope))
      yield* campaign("a")
      yield* campaign("<b>")
      yield* Controller.start(Controller.make("debug-page", {
        for: Api.all(ConfigMap),
        shutdownTimeout: 0,
        concurrency: 2,
        reconcile: ({ data, metadata }) =>
          metadata.name === "a" ? Effect.never : Effect.fail({ message: "<i>no</i>", data })
      }))
      const configMaps = Api.namespaced(ConfigMap, "default")
      yield* configMaps.create({ metadata: { name: "a" }, data: { password: "hunter2" } })
      yield* configMaps.create({ metadata: { name: "b" }, data: { password: "hunter2" } })
      yield* TestClock.adjust("5 seconds")
      yield* faults.cutWatches()
      yield* TestClock.adjust("10 millis")
      const description = yield* Debug.describe
      const queue = description.queues.find(({ name }) => name === "debug-page")
      assert.strictEqual(queue?.processing, 1)
      assert.isAbove(queue?.longestRunningMillis ?? 0, 4000)
      assert.deepStrictEqual(
        description.leases.map(({ holder, identity, state, token }) => [identity, state, holder, token]),
        [
          ["a", "Leading", "a", 0],
          ["<b>", "Standby", "a", undefined]
        ]
      )
      assert.isAtMost(description.leases[0]!.renewedMillisAgo ?? Infinity, 2000)
      assert.strictEqual(description.controllers[0]?.phase, "Running")
      assert.isAbove(description.controllers[0]?.counts.failed ?? 0, 3)
      const page = Debug.page(description)
      assert.include(page, "<td>default/b</td>")
      assert.include(page, "<td>&lt;i&gt;no&lt;/i&gt;</td>")
      assert.include(page, "default/operator")
      assert.include(page, "<td>&lt;b&gt;</td>")
      const json = Debug.json(description)
      assert.strictEqual(JSON.parse(json).leases[0].lease, "default/operator")
      for (const text of [page, json]) assert.notInclude(text, "hunter2")
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual((yield* Debug.describe).leases, [])
    }).pipe(Effect.provide(TestCluster.layer), quietly))
})
