import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import { FieldManager } from "../../src/client/KubeClient.js"
import * as Controller from "../../src/runtime/Controller.js"
import { makeFrom } from "../../src/runtime/internal/controller.js"
import { logging, make, now, settle, started } from "./controlling.js"
import { foo, HandMade, thing } from "./handMade.js"

describe("Controller: how it runs", () => {
  it.scoped("one at a time by default, as many as asked for, and one key never twice at once (K12, K1)", () =>
    Effect.gen(function*() {
      for (const [concurrency, expected] of [[undefined, 1], [3, 3]] as const) {
        const store = new HandMade(foo)
        let running = 0
        let most = 0
        const keys = new Set<string>()
        yield* started(
          make(store, {
            concurrency,
            reconcile: (object) =>
              Effect.gen(function*() {
                assert.isFalse(keys.has(object.metadata.name), "a key runs twice at once")
                keys.add(object.metadata.name)
                most = Math.max(most, ++running)
                yield* Effect.sleep("1 second")
                running--
                keys.delete(object.metadata.name)
              })
          }),
          store
        )
        for (let i = 0; i < 10; i++) yield* store.put(thing(`${i}`))
        yield* settle
        for (let i = 0; i < 10; i++) yield* store.put(thing(`${i}`, 2))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(most, expected)
      }
    }))

  it.scoped("done waits for a change; requeueAfter comes once more, unless a change comes first (K16)", () =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const times: Array<number> = []
      yield* started(
        make(store, {
          reconcile: () =>
            Effect.map(now, (time) => {
              times.push(time)
              return times.length <= 2
                ? Controller.requeueAfter("1 hour")
                : times.length === 3
                ? Controller.done
                : undefined
            })
        }),
        store
      )
      yield* store.put(thing("a"))
      yield* TestClock.adjust("30 minutes")
      yield* store.put(thing("a", 2))
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(times.map((time) => time / 60_000), [0, 30, 90])
    }))

  it.scoped("a typed failure is retried with the backoff of its key; attempt and last error are known (K17, K15)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const store = new HandMade(foo)
      const runs: Array<readonly [number, number, unknown]> = []
      yield* started(
        make(store, {
          reconcile: (_, run) =>
            Effect.flatMap(now, (time) => {
              runs.push([time, run.attempt, Option.getOrUndefined(run.lastError)])
              return run.attempt < 4 ? Effect.fail(`error ${run.attempt}`) : Effect.void
            })
        }),
        store
      )
      yield* store.put(thing("a"))
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(runs, [[0, 1, undefined], [5, 2, "error 1"], [15, 3, "error 2"], [35, 4, "error 3"]])
      const warnings = lines.filter((line) => line.level === "WARN")
      assert.strictEqual(warnings.length, 3)
      assert.deepStrictEqual(warnings[2].annotations, {
        controller: "foo",
        namespace: "default",
        name: "a",
        attempt: 3
      })
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("the error policy gets the failure with its attempt, and decides; nothing keeps the backoff (K17)", () =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const seen: Array<readonly [number, string, number]> = []
      class Limit extends Context.Tag("Limit")<Limit, number>() {}
      const controller = make(store, { reconcile: (object) => Effect.fail(`no ${object.metadata.name}`) }).pipe(
        Controller.onError((error: string, attempt) =>
          Effect.gen(function*() {
            seen.push([yield* now, error, attempt])
            if (attempt === 1) return undefined
            if (attempt === 2) return yield* Effect.dieMessage("a bug in the policy")
            return seen.length < (yield* Limit) ? Controller.requeueAfter("1 minute") : Controller.done
          })
        )
      )
      yield* Effect.provideService(started(controller, store), Limit, 5)
      yield* store.put(thing("a"))
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(seen, [
        [0, "no a", 1],
        [5, "no a", 2],
        [15, "no a", 3],
        // A result of the policy ends the series.
        [60_015, "no a", 1],
        [60_020, "no a", 2],
        [60_030, "no a", 3]
      ])
    }))

  it.scoped("the backoff is a Schedule of the caller's choice, given the error (K17)", () =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const times: Array<number> = []
      yield* started(
        make(store, {
          backoff: Schedule.spaced("10 seconds").pipe(Schedule.whileInput((error: unknown) => error === "again")),
          reconcile: () => Effect.flatMap(now, (time) => Effect.fail(times.push(time) < 3 ? "again" : "enough"))
        }),
        store
      )
      yield* store.put(thing("a"))
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(times, [0, 10_000, 20_000])
    }))

  it.scoped("a terminal failure is reported and not retried until the object changes (K18)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const store = new HandMade(foo)
      const runs: Array<readonly [string, number, unknown]> = []
      yield* started(
        make(store, {
          reconcile: (object, run) => {
            runs.push([object.metadata.resourceVersion, run.attempt, Option.getOrUndefined(run.lastError)])
            return Controller.terminal("hopeless")
          }
        }),
        store
      )
      yield* store.put(thing("a"))
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(runs, [["1", 1, undefined]])
      assert.strictEqual(lines.filter((line) => line.level === "ERROR").length, 1)
      yield* store.put(thing("a", 2))
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(runs, [["1", 1, undefined], ["2", 2, "hopeless"]])
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("a thrown bug, a defect and an interruption from within stay with their key, and are retried (K19)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const store = new HandMade(foo)
      const runs: Array<readonly [number, string]> = []
      yield* started(
        make(store, {
          reconcile: (object) => {
            if (object.metadata.name === "throws") throw new Error("a bug")
            return Effect.flatMap(now, (time) => {
              runs.push([time, object.metadata.name])
              return object.metadata.name === "dies" ?
                Effect.die("a defect") :
                object.metadata.name === "interrupts" ?
                Effect.interrupt :
                Effect.void
            })
          }
        }),
        store
      )
      for (const name of ["throws", "dies", "interrupts", "fine"]) yield* store.put(thing(name))
      yield* TestClock.adjust("12 millis")
      yield* store.put(thing("fine", 2))
      yield* settle
      assert.deepStrictEqual(runs, [[0, "dies"], [0, "interrupts"], [0, "fine"], [5, "dies"], [5, "interrupts"], [
        12,
        "fine"
      ]])
      assert.strictEqual(lines.filter((line) => line.level === "ERROR").length, 6)
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("each run has a Scope of its own, and nothing of a run stays: fibers, fiber values (K20)", () =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const left = yield* FiberRef.make("clean")
      const events: Array<string> = []
      yield* started(
        make(store, {
          reconcile: (object) =>
            Effect.gen(function*() {
              const name = object.metadata.name
              events.push(`${name} begins ${yield* FiberRef.get(left)}`)
              yield* FiberRef.set(left, `set by ${name}`)
              yield* Effect.addFinalizer(() => Effect.sync(() => events.push(`${name} closes`)))
              yield* Effect.fork(
                Effect.onInterrupt(Effect.never, () => Effect.sync(() => events.push(`${name}'s fiber ends`)))
              )
              yield* Effect.yieldNow()
              if (name === "a") yield* Effect.fail("no")
            })
        }),
        store
      )
      yield* store.put(thing("a"))
      yield* store.put(thing("b"))
      yield* settle
      assert.deepStrictEqual(events, [
        "a begins clean",
        "a closes",
        "a's fiber ends",
        "b begins clean",
        "b closes",
        "b's fiber ends"
      ])
    }))

  it.scoped("writes go under the controller's name, unless the program says another (field manager)", () =>
    Effect.gen(function*() {
      const seen: Array<string | undefined> = []
      const run = Effect.scoped(Effect.gen(function*() {
        const store = new HandMade(foo)
        store.objects.set("default/a", thing("a"))
        yield* started(
          make(store, { reconcile: () => Effect.map(FieldManager, (name) => void seen.push(name)) }),
          store
        )
      }))
      yield* run
      yield* Effect.provideService(run, FieldManager, "mine")
      assert.deepStrictEqual(seen, ["foo", "mine"])
    }))

  it.scoped("a backoff that throws leaves its key until a change, and the controller alone (K19)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const store = new HandMade(foo)
      const runs: Array<string> = []
      yield* started(
        make(store, {
          backoff: Schedule.map(Schedule.forever, () => {
            throw new Error("a bug in the backoff")
          }),
          reconcile: (object) => {
            runs.push(`${object.metadata.name}@${object.metadata.resourceVersion}`)
            return object.metadata.name === "a" ? Effect.fail("no") : Effect.void
          }
        }),
        store
      )
      yield* store.put(thing("a"))
      yield* store.put(thing("b"))
      yield* TestClock.adjust("1 day")
      yield* store.put(thing("a", 2))
      yield* settle
      assert.deepStrictEqual(runs, ["a@1", "b@1", "a@2"])
      assert.strictEqual(lines.filter((line) => line.level === "ERROR" && line.text.includes("default/a")).length, 2)
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("a result that is none, of reconcile or of the policy, is a reported defect with backoff, and gives its key back (K16, K19)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const store = new HandMade(foo)
      const runs: Array<readonly [number, string, number, boolean]> = []
      const wrong = Controller.requeueAfter("5m" as Duration.DurationInput)
      const results: { readonly [name: string]: Controller.Result | void } = {
        duration: wrong,
        tag: { _tag: "Requeue" } as never,
        text: "5m" as never
      }
      const controller = make(store, {
        reconcile: (object, run) =>
          Effect.flatMap(now, (time) => {
            const { name } = object.metadata
            runs.push([time, name, run.attempt, String(Option.getOrUndefined(run.lastError)).includes("5m")])
            if (run.attempt === 2) return Effect.void
            return name === "policy" ? Effect.fail("no") : Effect.succeed(results[name])
          })
      }).pipe(Controller.onError(() => Effect.succeed(wrong)))
      yield* started(controller, store)
      const bad = ["duration", "tag", "text", "policy"]
      for (const name of [...bad, "fine"]) yield* store.put(thing(name))
      yield* TestClock.adjust("4 millis")
      assert.deepStrictEqual(runs.splice(0), [...bad, "fine"].map((name) => [0, name, 1, false]))
      assert.strictEqual(lines.filter((line) => line.level === "ERROR").length, 4)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(
        runs.map(([time, name, attempt, known]) => `${time} ${name} ${attempt} ${known}`),
        ["5 duration 2 true", "5 tag 2 false", "5 text 2 true", "5 policy 2 false"]
      )
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("each run is a span of its own, and what it does is inside", () => {
    const spans: Array<Tracer.Span> = []
    const live = Context.get(DefaultServices.liveServices, Tracer.Tracer)
    const tracer = Tracer.make({
      span: (...args) => {
        const span = live.span(...args)
        spans.push(span)
        return span
      },
      context: (f) => f()
    })
    return Effect.gen(function*() {
      const store = new HandMade(foo)
      yield* started(
        make(store, {
          reconcile: (_, run) => Effect.withSpan(run.attempt === 1 ? Effect.fail("no") : Effect.void, "inside")
        }),
        store
      ).pipe(Effect.withSpan("program"))
      yield* store.put(thing("a"))
      yield* TestClock.adjust("1 second")
      const told = spans.filter((span) => span.name !== "program").map((span) => [
        span.name,
        Option.getOrUndefined(Option.map(span.parent, (parent) => parent._tag === "Span" ? parent.name : "")),
        span.attributes.get("attempt"),
        span.status._tag === "Ended" ? span.status.exit._tag : "open"
      ])
      assert.deepStrictEqual(told, [
        ["foo.reconcile", undefined, 1, "Failure"],
        ["inside", "foo.reconcile", undefined, "Failure"],
        ["foo.reconcile", undefined, 2, "Success"],
        ["inside", "foo.reconcile", undefined, "Success"]
      ])
      const first = spans.find((span) => span.name === "foo.reconcile")
      assert.deepStrictEqual([first?.attributes.get("k8s.namespace.name"), first?.attributes.get("k8s.object.name")], [
        "default",
        "a"
      ])
    }).pipe(Effect.withTracer(tracer))
  })

  it("a name that is empty and a concurrency that is not a positive integer are refused (K12)", () => {
    const store = new HandMade(foo)
    const reconcile = () => Effect.void
    for (const concurrency of [0, -1, 1.5, Number.NaN, Infinity]) {
      assert.throws(() => make(store, { reconcile, concurrency }), "concurrency of foo: expected a positive integer")
    }
    assert.throws(() => makeFrom("", store.open, { reconcile }), "name: expected a text that is not empty")
  })
})
