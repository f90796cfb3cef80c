import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import * as KubeClient from "../../src/client/KubeClient.js"
import { Deployment } from "../../src/kinds/apps/v1.js"
import * as Request from "../../src/protocol/Request.js"
import { client, script, status, type Step, tokens } from "./scripted.js"

const get = Effect.runSync(Request.get(Deployment, { namespace: "ns", name: "web", subresource: "status" }))
const busy: Step = { status: 429, body: status(429, "TooManyRequests"), headers: { "retry-after": "1" } }

/** What becomes of spans. */
class Seen implements Tracer.Span {
  readonly _tag = "Span"
  readonly sampled = true
  readonly links = []
  readonly traceId = "0af7651916cd43dd8448eb211c80319c"
  readonly spanId = "b7ad6b7169203331"
  readonly attributes = new Map<string, unknown>()
  readonly events: Array<readonly [string, unknown]> = []
  status: Tracer.SpanStatus = { _tag: "Started", startTime: 0n }
  constructor(
    readonly name: string,
    readonly parent: Option.Option<Tracer.AnySpan>,
    readonly context: Tracer.Span["context"],
    readonly kind: Tracer.SpanKind
  ) {}
  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.status = { _tag: "Ended", startTime: 0n, endTime, exit }
  }
  attribute(key: string, value: unknown): void {
    this.attributes.set(key, value)
  }
  event(name: string, _time: bigint, attributes?: Record<string, unknown>): void {
    this.events.push([name, attributes])
  }
  addLinks(): void {}
}

const tracer = () => {
  const spans: Array<Seen> = []
  return {
    spans,
    tracer: Tracer.make({
      span: (name, parent, context, _links, _time, kind) => {
        const span = new Seen(name, parent, context, kind)
        spans.push(span)
        return span
      },
      context: (run) => run()
    })
  }
}

/** Runs an effect while virtual time passes. */
const passing = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<Exit.Exit<A, E>> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    for (let i = 0; i < 30; i++) yield* TestClock.adjust("1 second")
    return yield* Fiber.await(fiber)
  })

describe("a span for each request", () => {
  it.effect("says verb, resource, code and how often it was sent, inside of the caller's span (C29)", () =>
    Effect.gen(function*() {
      const { spans, tracer: seen } = tracer()
      const steps = script([{ code: "ECONNRESET" }, busy, { body: {} }])
      const outer = Effect.withSpan(client(steps).execute(get), "outer")
      assert.isTrue(Exit.isSuccess(yield* passing(Effect.withTracer(outer, seen))))
      assert.deepStrictEqual(spans.map(({ name }) => name), ["outer", "kube.get Deployment"])
      const [parent, span] = spans
      assert.strictEqual(Option.getOrUndefined(span!.parent), parent)
      assert.strictEqual(span!.kind, "client")
      assert.deepStrictEqual(Object.fromEntries(span!.attributes), {
        "k8s.verb": "get",
        "k8s.group": "apps",
        "k8s.version": "v1",
        "k8s.resource": "deployments/status",
        "k8s.namespace.name": "ns",
        "k8s.object.name": "web",
        "http.request.method": "GET",
        "server.address": "cluster.test",
        "server.port": 6443,
        "http.response.status_code": 200,
        "http.request.resend_count": 2
      })
      assert.deepStrictEqual(span!.events.map(([name]) => name), ["retry", "retry"])
      assert.deepInclude(span!.events[1]?.[1] as object, { reason: "Throttled", code: "429", attempt: 2 })
    }))

  it.effect("says how it failed, and waits for the client's rate limit (C29)", () =>
    Effect.gen(function*() {
      const { spans, tracer: seen } = tracer()
      const refused = client(script([{ status: 403, body: status(403, "Forbidden") }]), {
        rateLimit: { qps: 1, burst: 1 }
      })
      yield* passing(
        Effect.withTracer(Effect.zipRight(Effect.ignore(refused.execute(get)), refused.execute(get)), seen)
      )
      const [first, second] = spans
      assert.strictEqual(first!.attributes.get("error.type"), "KubeForbidden")
      assert.strictEqual(first!.attributes.get("http.response.status_code"), 403)
      assert.isTrue(first!.status._tag === "Ended" && Exit.isFailure(first!.status.exit))
      assert.deepStrictEqual(second!.events, [["rate limit", { "wait.seconds": 1 }]])
    }))

  it.effect("is not there where tracing is off, for a client or a part of a program (C29)", () =>
    Effect.gen(function*() {
      const { spans, tracer: seen } = tracer()
      const steps = script([{}])
      yield* Effect.withTracer(client(steps, { tracing: false, propagation: true }).execute(get), seen)
      yield* Effect.withTracer(Effect.withTracerEnabled(client(steps).execute(get), false), seen)
      assert.deepStrictEqual(spans, [])
    }))

  it.effect("is told to the server where the program wants it, and not by default (C29)", () =>
    Effect.gen(function*() {
      const { tracer: seen } = tracer()
      const steps = script([{}])
      yield* Effect.withTracer(client(steps).execute(get), seen)
      yield* Effect.withTracer(client(steps, { propagation: true }).execute(get), seen)
      assert.deepStrictEqual(steps.sent.map(({ headers }) => [headers["traceparent"], headers["b3"]]), [
        [undefined, undefined],
        [
          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1"
        ]
      ])
      yield* client(steps).httpClient.get("/x")
      assert.isUndefined(steps.sent[2]?.headers["traceparent"])
    }))
})

describe("metrics", () => {
  /** Counters are of the whole process: each test has a host of its own. */
  const tagged = (host: string, tags: { readonly [name: string]: string }) => Object.entries({ ...tags, host })

  const count = (metric: Metric.Metric.Counter<number>, host: string, tags: { readonly [name: string]: string }) =>
    Effect.map(
      Metric.value(tagged(host, tags).reduce((metric, [name, value]) => Metric.tagged(metric, name, value), metric)),
      ({ count }) => count
    )

  it.effect("count requests by code, method and host, what is sent again, and how long it took (K46)", () =>
    Effect.gen(function*() {
      const host = "metrics.test:6443"
      const steps = script([busy, { code: "ECONNRESET" }, {}, {}, { status: 404, body: "no" }])
      const self = client(steps, { server: `https://${host}/prefix` })
      yield* passing(Effect.forEach([get, get, get], (request) => Effect.ignore(self.execute(request))))
      const { requestDuration, requests, retries } = KubeClient.metrics
      assert.strictEqual(yield* count(requests, host, { code: "429", method: "GET" }), 1)
      assert.strictEqual(yield* count(requests, host, { code: "<error>", method: "GET" }), 1)
      assert.strictEqual(yield* count(requests, host, { code: "200", method: "GET" }), 2)
      assert.strictEqual(yield* count(requests, host, { code: "404", method: "GET" }), 1)
      assert.strictEqual(yield* count(retries, host, { code: "429", verb: "GET" }), 1)
      assert.strictEqual(yield* count(retries, host, { code: "<error>", verb: "GET" }), 1)
      const took = yield* Metric.value(
        requestDuration.pipe(Metric.tagged("verb", "GET"), Metric.tagged("host", host))
      )
      assert.strictEqual(took.count, 3)
      assert.isAtLeast(took.max, 1)
      assert.isBelow(took.max, 4)
    }))

  it.effect("count both sendings of a request whose credential was refreshed, and waits for the rate limit (K46)", () =>
    Effect.gen(function*() {
      const host = "credential.test"
      const { credential } = tokens("old", "new")
      const steps = script(({ headers }) => headers["authorization"] === "Bearer old" ? { status: 401 } : {})
      const self = client(steps, { server: `https://${host}`, credential, rateLimit: { qps: 0.5, burst: 1 } })
      yield* passing(Effect.forEach([get, get], (request) => self.execute(request)))
      const { rateLimiterDuration, requests } = KubeClient.metrics
      assert.strictEqual(yield* count(requests, host, { code: "401", method: "GET" }), 1)
      assert.strictEqual(yield* count(requests, host, { code: "200", method: "GET" }), 2)
      const waited = yield* Metric.value(
        rateLimiterDuration.pipe(Metric.tagged("verb", "GET"), Metric.tagged("host", host))
      )
      assert.deepStrictEqual([waited.count, waited.sum], [1, 2])
    }))

  it.effect("have the labels of the part of the program that asks, and can be switched off (K46)", () =>
    Effect.gen(function*() {
      const host = "labels.test:6443"
      yield* Effect.tagMetrics(client(script([{}]), { server: `https://${host}` }).execute(get), "part", "one")
      yield* client(script([{}]), { server: `https://${host}`, metrics: false }).execute(get)
      const { requests } = KubeClient.metrics
      assert.strictEqual(yield* count(requests, host, { code: "200", method: "GET" }), 0)
      const one = requests.pipe(
        Metric.tagged("code", "200"),
        Metric.tagged("method", "GET"),
        Metric.tagged("host", host),
        Metric.tagged("part", "one")
      )
      assert.strictEqual((yield* Metric.value(one)).count, 1)
    }))
})

describe("debug logs", () => {
  const logged = <A, E>(effect: Effect.Effect<A, E>, level: LogLevel.LogLevel) =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ annotations, message }) => {
        lines.push(
          `${String(message)} ${
            [...HashMap.keys(annotations)].sort().map((key) =>
              `${key}=${String(Option.getOrThrow(HashMap.get(annotations, key)))}`
            ).join(" ")
          }`
        )
      })
      yield* passing(effect).pipe(
        Logger.withMinimumLogLevel(level),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      return lines
    })

  it.effect("one line for each request, and one for each time that it waits or is sent again (C23)", () =>
    Effect.gen(function*() {
      const steps = script([busy, {}])
      const self = client(steps, { rateLimit: { qps: 2, burst: 1 }, retry: KubeClient.defaultRetry })
      const lines = yield* logged(self.execute(get), LogLevel.Debug)
      const where = "method=GET path=/apis/apps/v1/namespaces/ns/deployments/web/status"
      assert.deepStrictEqual(lines.map((line) => line.replace(/\(\d+ ms\)/, "(N ms)")), [
        `get Deployment/status ns/web: 429 (Throttled), again in 1s (N ms) attempt=1 ${where}`,
        `get Deployment/status ns/web: 200 (N ms) attempt=2 ${where}`
      ])
      const failed = yield* logged(
        client(script([{ code: "ECONNRESET" }]), { retry: "off" }).execute(get),
        LogLevel.Debug
      )
      assert.match(failed.join(), /^get Deployment\/status ns\/web: broke with ECONNRESET \(\d+ ms\)/)
    }))

  it.effect("nothing where the program does not want debug logs", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* logged(client(script([busy, {}])).execute(get), LogLevel.Info), [])
    }))
})
