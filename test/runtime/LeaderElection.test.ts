import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as LeaderElection from "../../src/runtime/LeaderElection.js"
import * as TestCluster from "../../src/testing/TestCluster.js"
import { candidate, holder, leases, settle, spec } from "./electing.js"

const cluster = Effect.provide(TestCluster.layer)
const quietly = Effect.provide(Logger.remove(Logger.defaultLogger))

describe("LeaderElection", { timeout: 20_000 }, () => {
  it.scoped("the first one leads at once: the Lease says who, since when, for how long (K29, K33)", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 0, 2, 3, 4, 5))
      const a = yield* candidate("a")
      yield* settle
      assert.deepStrictEqual(a.notes, ["leads 0"])
      assert.deepStrictEqual(
        yield* spec,
        Option.some({
          holderIdentity: "a",
          leaseDurationSeconds: 15,
          acquireTime: "2026-01-02T03:04:05.000000Z",
          renewTime: "2026-01-02T03:04:05.000000Z",
          leaseTransitions: 0
        })
      )
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(
        yield* spec,
        Option.some({
          holderIdentity: "a",
          leaseDurationSeconds: 15,
          acquireTime: "2026-01-02T03:04:05.000000Z",
          renewTime: "2026-01-02T03:04:09.000000Z",
          leaseTransitions: 0
        })
      )
    }).pipe(cluster))

  it.scoped("renews every 2 seconds by a write alone, without reading first (K29, K32)", () =>
    Effect.gen(function*() {
      const a = yield* candidate("a")
      yield* settle
      a.line.sent.length = 0
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(a.line.sent, ["update", "update", "update", "update", "update"])
      // Somebody touches the Lease: the write fails, and only then it is read and compared.
      yield* leases.modify("operator", (lease) => ({
        ...lease,
        metadata: { ...lease.metadata, annotations: { note: "hello" } }
      }))
      a.line.sent.length = 0
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(a.line.sent, ["update", "get", "update"])
      assert.deepStrictEqual(a.notes, ["leads 0"])
      const lease = yield* leases.get("operator")
      assert.deepStrictEqual(lease.metadata.annotations, { note: "hello" })
    }).pipe(cluster))

  it.scoped("a candidate tries every 2 to 4.4 seconds and does not lead while the lease is renewed (K29, K30)", () =>
    Effect.gen(function*() {
      const a = yield* candidate("a")
      yield* settle
      const b = yield* candidate("b")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(a.notes, ["leads 0"])
      assert.deepStrictEqual(b.notes, [])
      assert.isAtLeast(b.line.sent.length, Math.floor(60 / 4.4))
      assert.isAtMost(b.line.sent.length, 60 / 2 + 1)
      assert.deepStrictEqual(new Set(b.line.sent), new Set(["get"]))
      const state = yield* b.election.state
      assert.deepStrictEqual(state, { _tag: "Standby", holder: Option.some("a"), trouble: Option.none() })
    }).pipe(cluster))

  it.scoped("waits the duration that is written in the record, from when it saw the record change, whatever its times say (K30)", () =>
    Effect.gen(function*() {
      // A record of a machine whose clock is a year behind, for 40 seconds.
      yield* leases.create({
        metadata: { name: "operator" },
        spec: {
          holderIdentity: "far",
          leaseDurationSeconds: 40,
          acquireTime: "2020-01-01T00:00:00.000000Z",
          renewTime: "2020-01-01T00:00:00.000000Z",
          leaseTransitions: 7
        }
      })
      const b = yield* candidate("b")
      yield* TestClock.adjust("39 seconds")
      assert.deepStrictEqual(b.notes, [])
      // It is renewed in the last moment, with a time that is older still.
      yield* leases.modify("operator", (lease) => ({
        ...lease,
        spec: { ...lease.spec, renewTime: "2019-01-01T00:00:00.000000Z" }
      }))
      yield* TestClock.adjust("40 seconds")
      assert.deepStrictEqual(b.notes, [])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(b.notes, ["leads 8"])
    }).pipe(cluster))

  it.scoped("a change that is none of the record's does not make others wait longer (K30)", () =>
    Effect.gen(function*() {
      yield* leases.create({
        metadata: { name: "operator" },
        spec: { holderIdentity: "dead", leaseDurationSeconds: 15, renewTime: "2020-01-01T00:00:00.000000Z" }
      })
      const b = yield* candidate("b")
      for (let i = 0; i < 10; i++) {
        yield* TestClock.adjust("2 seconds")
        yield* leases.modify("operator", (lease) => ({
          ...lease,
          metadata: { ...lease.metadata, annotations: { note: String(i) } }
        }))
      }
      assert.deepStrictEqual(b.notes, ["leads 1"])
    }).pipe(cluster))

  it.scoped("a record without a holder is taken at once (K31), and counts as a transition (K33)", () =>
    Effect.gen(function*() {
      yield* leases.create({
        metadata: { name: "operator" },
        spec: {
          holderIdentity: "",
          leaseDurationSeconds: 15,
          leaseTransitions: 3,
          renewTime: "2026-01-01T00:00:00.000000Z"
        }
      })
      const a = yield* candidate("a")
      yield* settle
      assert.deepStrictEqual(a.notes, ["leads 4"])
    }).pipe(cluster))

  it.scoped("a leader that stops ends its work, then releases; the next one takes over within an interval, with a higher token (K31, K33, K35, K36)", () =>
    Effect.gen(function*() {
      const goodbye = yield* Deferred.make<void>()
      const a = yield* candidate("a", { goodbye })
      yield* settle
      const b = yield* candidate("b")
      yield* TestClock.adjust("5 seconds")
      const stopping = yield* Effect.fork(a.stop)
      // The work takes longer to end than the lease lasts: meanwhile it is renewed, and nobody else leads.
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(a.notes, ["leads 0"])
      assert.deepStrictEqual(b.notes, [])
      assert.deepStrictEqual(yield* holder, Option.some("a"))
      yield* Deferred.succeed(goodbye, undefined)
      yield* settle
      assert.deepStrictEqual(a.notes, ["leads 0", "ended"])
      assert.deepStrictEqual(Exit.isSuccess(yield* Fiber.await(stopping)), true)
      assert.deepStrictEqual(yield* holder, Option.some(""))
      yield* TestClock.adjust("4.4 seconds")
      assert.deepStrictEqual(b.notes, ["leads 1"])
    }).pipe(cluster))

  it.scoped("one request that hangs does not lose the lease: each has half of the renew deadline (K34)", () =>
    Effect.gen(function*() {
      const a = yield* candidate("a")
      const b = yield* candidate("b")
      yield* settle
      a.line.mode = "hanging"
      yield* TestClock.adjust("3 seconds")
      a.line.mode = "open"
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(a.notes, ["leads 0"])
      assert.deepStrictEqual(b.notes, [])
    }).pipe(quietly, cluster))

  it.scoped("a write whose answer is lost is found out by reading: the leader goes on (K32)", () =>
    Effect.gen(function*() {
      const a = yield* candidate("a")
      yield* settle
      a.line.mode = "lost"
      yield* TestClock.adjust("3 seconds")
      a.line.mode = "open"
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(a.notes, ["leads 0"])
    }).pipe(quietly, cluster))

  for (const mode of ["hanging", "cut", "lost"] as const) {
    it.scoped(`a leader whose requests are ${mode} gives up before another one may lead, and leads again later (K29, K35, K36)`, () =>
      Effect.gen(function*() {
        const a = yield* candidate("a")
        yield* settle
        const b = yield* candidate("b")
        yield* TestClock.adjust("3 seconds")
        a.line.mode = mode
        // What the last answered renewal allows: 10 seconds from when it was sent, at 2 seconds.
        yield* TestClock.adjust("8.9 seconds")
        assert.deepStrictEqual(a.notes, ["leads 0"])
        yield* TestClock.adjust("200 millis")
        assert.deepStrictEqual(a.notes, ["leads 0", "ended"])
        assert.deepStrictEqual(b.notes, [])
        yield* TestClock.adjust("40 seconds")
        assert.deepStrictEqual(b.notes, ["leads 1"])
        a.line.mode = "open"
        yield* b.stop
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(a.notes, ["leads 0", "ended", "leads 2"])
      }).pipe(quietly, cluster))
  }

  it.scoped("work that takes long to end after a loss is awaited: only then this process campaigns again, and it releases nothing that is another's (K35)", () =>
    Effect.gen(function*() {
      const goodbye = yield* Deferred.make<void>()
      const a = yield* candidate("a", { goodbye })
      yield* settle
      const b = yield* candidate("b")
      yield* TestClock.adjust("3 seconds")
      a.line.mode = "cut"
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(b.notes, ["leads 1"])
      assert.deepStrictEqual(a.notes, ["leads 0"])
      assert.strictEqual((yield* a.election.state)._tag, "Leaving")
      a.line.mode = "open"
      a.line.sent.length = 0
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(a.line.sent, [])
      yield* Deferred.succeed(goodbye, undefined)
      yield* settle
      assert.deepStrictEqual(a.notes, ["leads 0", "ended"])
      assert.deepStrictEqual(yield* holder, Option.some("b"))
    }).pipe(quietly, cluster))

  it.scoped("a process that stood still knows at once that its time is over (K30, K36)", () =>
    Effect.gen(function*() {
      const a = yield* candidate("a")
      yield* settle
      const state = yield* a.election.state
      assert.strictEqual(state._tag, "Leading")
      if (state._tag !== "Leading") return
      const { leadership } = state
      assert.isTrue(yield* leadership.isValid)
      yield* leadership.ensure
      // The clock goes on and nothing runs: what asks first must not be told that it leads.
      const asked = yield* Effect.fork(
        Effect.zip(leadership.isValid, Effect.exit(leadership.ensure)).pipe(
          Effect.delay("9.999 seconds"),
          Effect.zip(Effect.delay(leadership.isValid, "10.001 seconds"), { concurrent: true })
        )
      )
      a.line.mode = "hanging"
      yield* TestClock.adjust("11 seconds")
      const [[before], after] = yield* Fiber.join(asked)
      assert.isTrue(before)
      assert.isFalse(after)
      const lost = yield* Effect.flip(leadership.ensure)
      assert.strictEqual(lost.message, "a does not lead default/operator any more (fencing token 0)")
    }).pipe(quietly, cluster))

  it.scoped("a Lease that somebody deletes is made again as it was: its token does not fall (K36)", () =>
    Effect.gen(function*() {
      const a = yield* candidate("a")
      yield* settle
      yield* a.stop
      const b = yield* candidate("b")
      yield* settle
      assert.deepStrictEqual(b.notes, ["leads 1"])
      yield* leases.delete("operator")
      yield* TestClock.adjust("2 seconds")
      const found = Option.getOrThrow(yield* spec)
      assert.strictEqual(found.leaseTransitions, 1)
      assert.strictEqual(found.holderIdentity, "b")
      assert.deepStrictEqual(b.notes, ["leads 1"])
    }).pipe(cluster))

  it.scoped("somebody else's record ends the leadership at the next renewal (K32, K35)", () =>
    Effect.gen(function*() {
      const a = yield* candidate("a")
      yield* settle
      yield* leases.modify("operator", (lease) => ({
        ...lease,
        spec: { ...lease.spec, holderIdentity: "thief", leaseTransitions: 1 }
      }))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(a.notes, ["leads 0", "ended"])
      assert.deepStrictEqual(yield* holder, Option.some("thief"))
    }).pipe(quietly, cluster))

  it.scoped("of three that start together one leads, whichever; each hand-over finds the next (K33)", () =>
    Effect.gen(function*() {
      const candidates = yield* Effect.all([candidate("a"), candidate("b"), candidate("c")], {
        concurrency: "unbounded"
      })
      for (let token = 0; token < 3; token++) {
        yield* TestClock.adjust("5 seconds")
        const leaders = candidates.filter(({ notes }) => notes.at(-1)?.startsWith("leads") === true)
        assert.deepStrictEqual(leaders.map(({ notes }) => notes.at(-1)), [`leads ${token}`])
        yield* leaders[0]!.stop
      }
      assert.deepStrictEqual(yield* holder, Option.some(""))
    }).pipe(quietly, cluster))

  it.scoped("one that may not read the Lease says so, and leads when it may", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const log = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ logLevel, message }) => void lines.push(`${logLevel.label} ${String(message)}`))
      )
      const { faults } = yield* TestCluster.TestCluster
      const heal = yield* faults.inject({
        when: ({ resource }) => resource === "leases",
        fault: { _tag: "Refuse", status: 403, reason: "Forbidden", message: "no leases for you" }
      })
      const a = yield* Effect.provide(candidate("a"), log)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(lines.filter((line) => line.startsWith("WARN")).length, 1)
      const state = yield* a.election.state
      assert.isTrue(state._tag === "Standby" && Option.exists(state.trouble, ({ _tag }) => _tag === "KubeForbidden"))
      yield* heal
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(a.notes, ["leads 0"])
    }).pipe(cluster))

  it.scoped("also where who guards is interrupted the lease is released after its work has ended (K35)", () =>
    Effect.gen(function*() {
      const goodbye = yield* Deferred.make<void>()
      const notes: Array<string> = []
      const work = LeaderElection.guard(() =>
        Effect.onInterrupt(
          Effect.never,
          () => Effect.zipRight(Deferred.await(goodbye), Effect.sync(() => notes.push("ended")))
        )
      )
      const program = Effect.provide(work, LeaderElection.layer("operator", { namespace: "default", identity: "a" }))
      const running = yield* Effect.fork(program)
      yield* settle
      const stopping = yield* Effect.fork(Fiber.interrupt(running))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* holder, Option.some("a"))
      yield* Deferred.succeed(goodbye, undefined)
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(notes, ["ended"])
      assert.deepStrictEqual(yield* holder, Option.some(""))
    }).pipe(quietly, cluster))

  it.scoped("a candidate that sees the Lease deleted waits out what it saw, and its token is higher than all that were (K30, K36)", () =>
    Effect.gen(function*() {
      yield* leases.create({
        metadata: { name: "operator" },
        spec: {
          holderIdentity: "far",
          leaseDurationSeconds: 30,
          leaseTransitions: 7,
          renewTime: "2026-01-01T00:00:00.000000Z"
        }
      })
      const a = yield* candidate("a")
      yield* TestClock.adjust("5 seconds")
      yield* leases.delete("operator")
      yield* TestClock.adjust("24 seconds")
      assert.deepStrictEqual(a.notes, [])
      yield* TestClock.adjust("6 seconds")
      assert.deepStrictEqual(a.notes, ["leads 8"])
    }).pipe(cluster))

  it.scoped("an election without work for a leader does not campaign (K41)", () =>
    Effect.gen(function*() {
      const election = yield* LeaderElection.make("operator", { namespace: "default", identity: "idle" })
      yield* TestClock.adjust("1 minute")
      assert.isTrue(Option.isNone(yield* holder))
      assert.strictEqual(yield* election.guard(({ token }) => Effect.succeed(token)), 0)
    }).pipe(cluster))

  it.scoped("who guards after the election has ended is interrupted, and who waited for it too", () =>
    Effect.gen(function*() {
      const a = yield* candidate("a")
      const b = yield* candidate("b")
      yield* settle
      const waiting = yield* Effect.fork(b.election.guard(() => Effect.void))
      yield* settle
      yield* b.stop
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(waiting)))
      yield* a.stop
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(yield* Effect.fork(a.election.guard(() => Effect.void)))))
    }).pipe(cluster))

  it.scoped("standing by is said once, however often it is found", () =>
    Effect.gen(function*() {
      const a = yield* candidate("a")
      yield* settle
      const b = yield* candidate("b")
      const seen: Array<LeaderElection.State> = []
      yield* Effect.forkScoped(Stream.runForEach(b.election.changes, (state) => Effect.sync(() => seen.push(state))))
      yield* TestClock.adjust("1 minute")
      assert.isAtMost(seen.length, 2)
      assert.strictEqual(a.notes.length, 1)
    }).pipe(cluster))

  it.scoped("guard returns what the work returns and fails as it fails; leadership stays with the election", () =>
    Effect.gen(function*() {
      const election = yield* LeaderElection.make("operator", { namespace: "default", identity: "a" })
      const closed: Array<string> = []
      const work = Effect.gen(function*() {
        yield* Effect.addFinalizer(() => Effect.sync(() => closed.push("closed")))
        const current = yield* LeaderElection.Current
        return current?.token
      })
      assert.strictEqual(yield* election.guard(() => work), 0)
      assert.deepStrictEqual(closed, ["closed"])
      assert.strictEqual(yield* Effect.flip(election.guard(() => Effect.fail("no"))), "no")
      assert.strictEqual((yield* election.state)._tag, "Leading")
      assert.isUndefined(yield* LeaderElection.Current)
    }).pipe(cluster))

  it.scoped("who guards is interrupted like any Effect, and its work has ended then", () =>
    Effect.gen(function*() {
      const election = yield* LeaderElection.make("operator", { namespace: "default", identity: "a" })
      const notes: Array<string> = []
      const guarding = yield* Effect.fork(
        election.guard(() => Effect.onInterrupt(Effect.never, () => Effect.sync(() => notes.push("ended"))))
      )
      yield* settle
      yield* Fiber.interrupt(guarding)
      assert.deepStrictEqual(notes, ["ended"])
      // Also where nobody leads yet.
      const other = yield* LeaderElection.make("operator", { namespace: "default", identity: "b" })
      const waiting = yield* Effect.fork(other.guard(() => Effect.void))
      yield* settle
      yield* Fiber.interrupt(waiting)
    }).pipe(cluster))

  it.scoped("the changes of the state are seen in order", () =>
    Effect.gen(function*() {
      const a = yield* candidate("a")
      const seen = yield* Effect.fork(a.election.changes.pipe(
        Stream.map(({ _tag }) => _tag),
        Stream.takeUntil((tag) => tag === "Leaving"),
        Stream.runCollect
      ))
      yield* settle
      yield* a.stop
      const tags = Chunk.toReadonlyArray(yield* Fiber.join(seen))
      assert.deepStrictEqual(tags, ["Standby", "Leading", "Leaving"])
    }).pipe(cluster))

  it.scoped("each process has an identity of its own, from its host's name", () =>
    Effect.gen(function*() {
      const a = yield* LeaderElection.make("one")
      const b = yield* LeaderElection.make("two")
      assert.notStrictEqual(a.identity, b.identity)
      assert.match(a.identity, /^.+_[0-9a-f]{32}$/)
      assert.strictEqual(a.lease, "default/one")
    }).pipe(cluster))

  it("refuses what cannot work: lease > renew deadline > 1.2 × retry, identity not empty (K29)", () => {
    const refused = (options: LeaderElection.Options, text: string) =>
      assert.throws(() => LeaderElection.make("operator", options), TypeError, text)
    refused({ leaseDuration: "10 seconds" }, "renewDeadline: expected less than leaseDuration (10s), found 10s")
    refused(
      { leaseDuration: "1500 millis", renewDeadline: "1 second" },
      "leaseDuration: expected whole seconds, found 1s 500ms"
    )
    refused(
      { retryPeriod: "9 seconds" },
      "retryPeriod: expected more than nothing, and 1.2 times of it less than renewDeadline (10s), found 9s"
    )
    refused({ retryPeriod: 0 }, "retryPeriod: expected more than nothing")
    refused({ identity: "" }, "identity: expected a text that is not empty")
    assert.throws(() => LeaderElection.make(""), TypeError, "name: expected the name of a Lease, found an empty text")
  })
})
