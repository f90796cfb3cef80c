import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Api from "../../src/client/Api.js"
import { RateLimit } from "../../src/client/internal/rateLimit.js"
import * as sendAgain from "../../src/client/internal/sendAgain.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { ConfigMap, Pod } from "../../src/kinds/core/v1.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import * as Request from "../../src/protocol/Request.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import { client, script, status, type Step, tokens } from "./scripted.js"

const target = ConfigMap
const read = Effect.runSync(Request.get(target, { namespace: "ns", name: "a" }))
const create = Effect.runSync(Request.create(target, { namespace: "ns" }, "{}"))
const replace = Effect.runSync(Request.replace(target, { namespace: "ns", name: "a" }, "{}"))
const patch = Effect.runSync(
  Request.patch(target, { namespace: "ns", name: "a" }, { _tag: "Merge", body: {} })
)
const remove = Effect.runSync(Request.delete(target, { namespace: "ns", name: "a" }))
const watch = Effect.runSync(Request.watch(target, {}, "1"))
const log = Request.raw({ path: "/api/v1/namespaces/ns/pods/a/log", kind: "stream" })

const writes = { create, replace, patch, remove }
const reads = { read, log }

/** Runs an effect, letting virtual time pass until it has ended; says how much passed. */
const timed = <A, E>(
  effect: Effect.Effect<A, E>,
  step = 200
): Effect.Effect<{ readonly exit: Effect.Effect<A, E>; readonly millis: number }> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    let millis = 0
    while ((yield* Fiber.poll(fiber))._tag === "None") {
      if (millis > 600_000) return yield* Effect.dieMessage("it did not end within ten minutes")
      yield* TestClock.adjust(step)
      millis += step
    }
    return { exit: Fiber.join(fiber), millis }
  })

/** The default has jitter; this has none. */
const plain = Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(4))

const busy: Step = { status: 429, body: status(429, "TooManyRequests"), headers: { "retry-after": "2" } }

describe("which request may be sent again", () => {
  const failure = (code: string, reason: KubeError.TransportReason): Parameters<typeof sendAgain.afterFailure>[1] => ({
    code,
    error: new KubeError.TransportError({ request: read.info, reason, description: code })
  })
  const answer = (status: number, hasRetryAfter = true, contentType = "application/json"): sendAgain.Head => ({
    status,
    hasRetryAfter,
    contentType
  })

  it("without an answer: anything where nobody listened, a read where the connection broke, nothing else (C23, C24)", () => {
    const refused = failure("ECONNREFUSED", "Connect")
    const reset = failure("ECONNRESET", "Reset")
    const ended = failure("UND_ERR_SOCKET", "Reset")
    const others = [
      failure("", "Timeout"),
      failure("ETIMEDOUT", "Timeout"),
      failure("ENOTFOUND", "Connect"),
      failure("UND_ERR_CONNECT_TIMEOUT", "Connect"),
      failure("CERT_HAS_EXPIRED", "Tls"),
      failure("", "Credential"),
      failure("HPE_INVALID_CONSTANT", "Protocol"),
      failure("", "Other")
    ]
    for (const [name, request] of Object.entries({ ...reads, ...writes })) {
      assert.strictEqual(sendAgain.afterFailure(request, refused), "Refused", name)
      const isRead = name in reads
      assert.strictEqual(sendAgain.afterFailure(request, reset), isRead ? "Reset" : undefined, name)
      assert.strictEqual(sendAgain.afterFailure(request, ended), isRead ? "Reset" : undefined, name)
      for (const other of others) assert.strictEqual(sendAgain.afterFailure(request, other), undefined, other.code)
    }
    for (const any of [refused, reset, ended, ...others]) {
      assert.strictEqual(sendAgain.afterFailure(watch, any), undefined, "a watch has a schedule of its own")
    }
  })

  it("after an answer: only with Retry-After; anything after 429 and 503, a read after any 5xx (C24)", () => {
    for (const [name, request] of Object.entries({ ...reads, ...writes })) {
      assert.strictEqual(sendAgain.afterAnswer(request, answer(429)), "Throttled", name)
      assert.strictEqual(sendAgain.afterAnswer(request, answer(503)), "Unavailable", name)
      for (const code of [500, 502, 504]) {
        const expected = name in reads ? "Unavailable" : undefined
        assert.strictEqual(sendAgain.afterAnswer(request, answer(code)), expected, `${name} ${code}`)
      }
      for (const code of [200, 201, 301, 400, 401, 403, 404, 409, 410, 413, 422]) {
        assert.strictEqual(sendAgain.afterAnswer(request, answer(code)), undefined, `${name} ${code}`)
      }
      for (const code of [429, 500, 503]) {
        assert.strictEqual(sendAgain.afterAnswer(request, answer(code, false)), undefined, `${name} ${code}`)
      }
    }
    assert.strictEqual(sendAgain.afterAnswer(watch, answer(429)), undefined)
  })

  it("an eviction that a budget refuses is its caller's, and the server's overload is not (C24)", () => {
    const evict = { ...create, own: ["KubeNotFound", "KubeDisruptionBudget"] as const }
    assert.strictEqual(sendAgain.afterAnswer(evict, answer(429)), undefined)
    assert.strictEqual(sendAgain.afterAnswer(evict, answer(429, true, "text/plain; charset=utf-8")), "Throttled")
  })

  it("Retry-After is seconds or a date, and a date counts from the server's clock (C25)", () => {
    const now = Date.parse("2026-01-01T00:00:00Z")
    const date = (text: string) => new Date(text).toUTCString()
    const table: ReadonlyArray<readonly [{ readonly [name: string]: string }, number | undefined]> = [
      [{}, undefined],
      [{ "retry-after": "" }, undefined],
      [{ "retry-after": "soon" }, undefined],
      [{ "retry-after": "-1" }, undefined],
      [{ "retry-after": "1.5" }, undefined],
      [{ "retry-after": "0" }, 0],
      [{ "retry-after": " 7 " }, 7000],
      [{ "retry-after": "99999999999999999999" }, 1e12],
      [{ "retry-after": date("2026-01-01T00:00:05Z") }, 5000],
      [{ "retry-after": date("2025-12-31T23:00:00Z") }, 0],
      // Our clock is an hour behind.
      [{ "retry-after": date("2026-01-01T01:00:05Z"), "date": date("2026-01-01T01:00:00Z") }, 5000],
      [{ "retry-after": date("2026-01-01T00:00:05Z"), "date": "nonsense" }, 5000]
    ]
    for (const [headers, millis] of table) {
      const read = sendAgain.readRetryAfter(headers, now)
      assert.strictEqual(read === undefined ? undefined : Duration.toMillis(read), millis, JSON.stringify(headers))
    }
  })
})

describe("requests that are sent again", () => {
  it.effect("a read whose connection breaks before an answer (C23)", () =>
    Effect.gen(function*() {
      const steps = script([{ code: "ECONNRESET" }, { code: "UND_ERR_SOCKET" }, { body: { ok: true } }])
      const { exit, millis } = yield* timed(client(steps).execute(read))
      assert.deepStrictEqual((yield* exit).body, { ok: true })
      assert.strictEqual(steps.sent.length, 3)
      assert.isBelow(millis, 1000)
    }))

  it.effect("never a write whose outcome is not known (C24)", () =>
    Effect.gen(function*() {
      for (const request of Object.values<Request.Request<KubeError.KubeError>>(writes)) {
        const steps = script([{ code: "ECONNRESET" }, {}])
        const error = yield* Effect.flip(client(steps).execute(request))
        assert.strictEqual(error._tag, "KubeTransportError")
        assert.strictEqual(steps.sent.length, 1)
      }
    }))

  it.effect("anything where nobody listened, three times at most, and it is told within a second or two (C24)", () =>
    Effect.gen(function*() {
      const away = script([{ code: "ECONNREFUSED" }])
      const { exit, millis } = yield* timed(client(away).execute(create))
      const error = yield* Effect.flip(exit)
      assert.strictEqual(error._tag, "KubeTransportError")
      assert.strictEqual(away.sent.length, 4)
      assert.isBelow(millis, 2000)
      const back = script([{ code: "ECONNREFUSED" }, {}])
      yield* (yield* timed(client(back).execute(create))).exit
      assert.strictEqual(back.sent.length, 2)
    }))

  it.effect("anything that the server refuses for a while, as long as it asks, with the same body (C24, C25)", () =>
    Effect.gen(function*() {
      const steps = script([
        busy,
        { status: 503, body: "overloaded", headers: { "retry-after": "5" } },
        { body: { ok: true } }
      ])
      const request = Request.raw({ method: "POST", path: "/apis", body: `{"a":1}` })
      const { exit } = yield* timed(client(steps, { retry: plain }).execute(request))
      assert.deepStrictEqual((yield* exit).body, { ok: true })
      assert.deepStrictEqual(steps.sent.map(({ at }) => at), [0, 2000, 7000])
      assert.deepStrictEqual(steps.sent.map(({ body }) => body), [`{"a":1}`, `{"a":1}`, `{"a":1}`])
    }))

  it.effect("at most as often as the Schedule says, and then the caller has the error (C25)", () =>
    Effect.gen(function*() {
      const steps = script([busy])
      const { exit, millis } = yield* timed(client(steps, { retry: plain }).execute(read), 1000)
      const error = yield* Effect.flip(exit)
      assert.strictEqual(error._tag, "KubeThrottled")
      assert.strictEqual(steps.sent.length, 5)
      assert.strictEqual(millis, 8000)
      const byDefault = script([{ status: 429, body: "busy", headers: { "retry-after": "1" } }])
      yield* Effect.flip((yield* timed(client(byDefault).execute(read), 1000)).exit)
      assert.strictEqual(byDefault.sent.length, 11, "ten more, as client-go")
    }))

  it.effect("the Schedule is told why, how often and how long; its pause holds where it is the longer one (C25)", () =>
    Effect.gen(function*() {
      const seen: Array<KubeClient.Retrying> = []
      const steps = script([{ code: "ECONNRESET" }, { ...busy, headers: { "retry-after": "0" } }, busy, {}])
      const retry = Schedule.spaced("3 seconds").pipe(
        Schedule.tapInput((input: KubeClient.Retrying) => Effect.sync(() => seen.push(input)))
      )
      yield* (yield* timed(client(steps, { retry }).execute(read), 1000)).exit
      assert.deepStrictEqual(steps.sent.map(({ at }) => at), [0, 3000, 6000, 9000])
      assert.deepStrictEqual(seen.map(({ attempt, reason }) => [reason, attempt]), [
        ["Reset", 1],
        ["Throttled", 2],
        ["Throttled", 3]
      ])
      assert.deepStrictEqual(seen.map(({ retryAfter }) => retryAfter && Duration.toMillis(retryAfter)), [
        undefined,
        0,
        2000
      ])
      assert.strictEqual(seen[0]?.request, read.info)
    }))

  it.effect("a server that asks for too long a wait is not waited for (C25)", () =>
    Effect.gen(function*() {
      const far = script([{ status: 503, body: "down", headers: { "retry-after": "3600" } }])
      const error = yield* Effect.flip(client(far).execute(read))
      assert.strictEqual(error._tag, "KubeStatusError")
      assert.deepStrictEqual(KubeError.retryAfter(error), Duration.hours(1))
      assert.strictEqual(far.sent.length, 1)
      const patient = script([{ status: 503, body: "down", headers: { "retry-after": "3600" } }, {}])
      const fiber = yield* Effect.fork(client(patient, { maxRetryAfter: "2 hours" }).execute(read))
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
      assert.strictEqual(patient.sent.length, 2)
    }))

  it.effect("not at all where it is switched off, for a client or for a part of a program (C25)", () =>
    Effect.gen(function*() {
      const off = script([busy, {}])
      assert.strictEqual((yield* Effect.flip(client(off, { retry: "off" }).execute(read)))._tag, "KubeThrottled")
      const here = script([busy, {}])
      const once = Effect.provideService(client(here).execute(read), KubeClient.Retry, "off")
      assert.strictEqual((yield* Effect.flip(once))._tag, "KubeThrottled")
      const elsewhere = script([busy, {}])
      const again = Effect.provideService(client(elsewhere, { retry: "off" }).execute(read), KubeClient.Retry, plain)
      yield* (yield* timed(again, 1000)).exit
      assert.strictEqual(elsewhere.sent.length, 2)
    }))

  it.effect("the opening of a stream that is no watch; a body that has begun is the reader's (C23, C24)", () =>
    Effect.gen(function*() {
      const steps = script([busy, { body: "a line\n" }])
      const text = Effect.scoped(Effect.flatMap(
        client(steps).open({ ...log, accept: "*/*" }),
        ({ body }) => Stream.mkString(Stream.decodeText(body))
      ))
      assert.strictEqual(yield* (yield* timed(text)).exit, "a line\n")
      assert.strictEqual(steps.sent.length, 2)
    }))

  it.effect("a watcher's pauses do not multiply with the client's: its lists and watches are sent once each (C24, W5)", () =>
    Effect.gen(function*() {
      const steps = script([{ ...busy, headers: { "retry-after": "20" } }])
      const watching = Watcher.watch(Api.all(Pod)).pipe(
        Stream.runDrain,
        Effect.provideService(KubeClient.KubeClient, client(steps))
      )
      const fiber = yield* Effect.fork(watching)
      yield* TestClock.adjust("59 seconds")
      // What the server can do is asked as often as for the list, until it says so.
      for (const path of ["/version", "/api/v1/pods"]) {
        const sent = steps.sent.filter(({ url }) => new URL(url, "http://server").pathname === path)
        assert.deepStrictEqual(sent.map(({ at }) => at), [0, 20_000, 40_000], path)
      }
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("ends at once when the caller does not want it any more (C25)", () =>
    Effect.gen(function*() {
      const steps = script([busy])
      const fiber = yield* Effect.fork(client(steps).execute(read))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(steps.sent.length, 1)
    }))
})

describe("401", () => {
  const unauthorized: Step = { status: 401, body: status(401, "Unauthorized") }

  it.effect("refreshes the credential once and sends the request once more, with what is shown now (C17)", () =>
    Effect.gen(function*() {
      const { credential, refreshes } = tokens("old", "new")
      const steps = script(({ headers }) => headers["authorization"] === "Bearer new" ? {} : unauthorized)
      yield* client(steps, { credential }).execute(create)
      assert.deepStrictEqual(steps.sent.map(({ headers }) => headers["authorization"]), ["Bearer old", "Bearer new"])
      assert.strictEqual(refreshes(), 1)
    }))

  it.effect("is the answer where the credential stays the same, and after one refresh (C17)", () =>
    Effect.gen(function*() {
      const same = tokens("only")
      const steps = script([unauthorized])
      const error = yield* Effect.flip(client(steps, { credential: same.credential }).execute(read))
      assert.strictEqual(error._tag, "KubeUnauthorized")
      assert.strictEqual(steps.sent.length, 1)
      const changing = tokens("one", "two", "three", "four")
      const refused = script([unauthorized])
      yield* Effect.flip(client(refused, { credential: changing.credential }).execute(read))
      assert.strictEqual(refused.sent.length, 2)
      assert.strictEqual(changing.refreshes(), 1)
    }))

  it.effect("a credential that cannot be had is told of, and nothing is sent (C17)", () =>
    Effect.gen(function*() {
      const steps = script([{}])
      const credential: KubeClient.Credential = {
        presented: Effect.fail("no token can be read from /token"),
        refresh: () => Effect.succeed(true)
      }
      const error = yield* Effect.flip(client(steps, { credential }).execute(read))
      assert.strictEqual(error.message, "get ConfigMap ns/a: no token can be read from /token")
      assert.deepStrictEqual(steps.sent, [])
    }))
})

describe("deadlines", () => {
  it.effect("30 s for the headers of a read, 65 s of a write, and as a part of a program says (C22, W4)", () =>
    Effect.gen(function*() {
      const silent = client(script(["silence"]))
      const times = (effect: Effect.Effect<unknown, KubeError.KubeError>) =>
        Effect.map(timed(Effect.flip(effect), 1000), ({ millis }) => millis)
      assert.strictEqual(yield* times(silent.execute(read)), 30_000)
      assert.strictEqual(yield* times(silent.execute(create)), 65_000)
      assert.strictEqual(yield* times(Effect.scoped(silent.open(watch))), 30_000)
      const within = Effect.provideService(silent.execute(create), KubeClient.HeaderTimeout, "2 seconds")
      assert.strictEqual(yield* times(within), 2000)
      const error = yield* Effect.flip((yield* timed(within, 1000)).exit)
      assert.strictEqual(error.message, "create ConfigMap in ns: no answer within 2s")
      const patient = yield* Effect.fork(
        Effect.provideService(silent.execute(read), KubeClient.HeaderTimeout, Duration.infinity)
      )
      yield* TestClock.adjust("1 day")
      assert.strictEqual((yield* Fiber.poll(patient))._tag, "None")
      yield* Fiber.interrupt(patient)
    }))

  it.effect("are kept by the shorter way, which is taken where an answer is read as a whole and none other is asked for (C22)", () =>
    Effect.gen(function*() {
      const other = script([{}])
      const streams = script([{}])
      const short: Array<string> = []
      const exchange: KubeClient.WholeExchange = ({ method, path }) =>
        Effect.sync(() => {
          short.push(`${method} ${path}`)
          return { status: 200, headers: { "content-type": "application/json" }, text: "{}" }
        })
      const options = { exchange, streamClient: streams.httpClient }
      const counts = () => [short.length, other.sent.length, streams.sent.length]
      const self = client(other, options)
      yield* self.execute(read)
      yield* self.execute(create)
      assert.deepStrictEqual(counts(), [2, 0, 0])
      yield* Effect.scoped(self.open(read))
      yield* Effect.provideService(self.execute(read), KubeClient.HeaderTimeout, "2 minutes")
      yield* client(other, { ...options, headerTimeout: { write: "1 hour" } }).execute(read)
      assert.deepStrictEqual(counts(), [2, 3, 0])
      yield* Effect.scoped(self.open(watch))
      assert.deepStrictEqual(counts(), [2, 3, 1])
      const silent = client(other, { ...options, streamClient: script(["silence"]).httpClient })
      const error = yield* Effect.flip((yield* timed(Effect.scoped(silent.open(watch)), 1000)).exit)
      assert.strictEqual(error.message, "watch ConfigMap: no answer within 30s")
    }))

  it.effect("hold also where the caller must not be interrupted (C22)", () =>
    Effect.gen(function*() {
      const silent = client(script(["silence"]))
      const { exit, millis } = yield* timed(Effect.flip(Effect.uninterruptible(silent.execute(read))), 1000)
      assert.strictEqual(millis, 30_000)
      assert.strictEqual((yield* exit)._tag, "KubeTransportError")
    }))
})

describe("a client-side rate limit", () => {
  it("is a bucket: a burst at once, then a steady rate", () => {
    const bucket = new RateLimit({ qps: 2, burst: 3 })
    assert.deepStrictEqual([0, 0, 0, 0, 0].map((time) => bucket.reserve(time)), [0, 0, 0, 500, 1000])
    assert.strictEqual(bucket.reserve(1500), 0)
    assert.strictEqual(bucket.reserve(1500), 500)
    assert.strictEqual(bucket.reserve(100_000), 0)
  })

  it.effect("makes requests wait in their order, and leaves watches alone", () =>
    Effect.gen(function*() {
      const steps = script([{}])
      const limited = client(steps, { rateLimit: { qps: 10, burst: 2 } })
      const paths = ["/a", "/b", "/c", "/d", "/e"]
      const fiber = yield* Effect.fork(
        Effect.forEach(paths, (path) => limited.execute(Request.raw({ path })), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("50 millis")
      yield* Effect.scoped(limited.open(watch))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(steps.sent.map(({ at, url }) => [new URL(url).pathname, at]), [
        ["/a", 0],
        ["/b", 0],
        ["/api/v1/configmaps", 50],
        ["/c", 100],
        ["/d", 200],
        ["/e", 300]
      ])
    }))

  it.effect("counts what is sent again, and not what was given up while it waited", () =>
    Effect.gen(function*() {
      const steps = script([busy, {}])
      const limited = client(steps, { rateLimit: { qps: 0.1, burst: 1 }, retry: plain })
      const { exit } = yield* timed(limited.execute(read), 1000)
      yield* exit
      assert.deepStrictEqual(steps.sent.map(({ at }) => at), [0, 10_000])
      const waiting = yield* Effect.fork(limited.execute(read))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(waiting)
      yield* TestClock.adjust("10 seconds")
      const gate = yield* Deferred.make<void>()
      yield* Effect.fork(Effect.zipRight(limited.execute(read), Deferred.succeed(gate, undefined)))
      yield* Effect.yieldNow()
      yield* TestClock.adjust("0 millis")
      assert.isTrue(yield* Deferred.isDone(gate), "the token of the one that was interrupted is there again")
    }))
})
