import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import * as writes from "../../src/client/internal/writes.js"
import { FieldManager } from "../../src/client/KubeClient.js"
import * as Controller from "../../src/runtime/Controller.js"
import { makeFrom, ownsFrom, watchesFrom } from "../../src/runtime/internal/controller.js"
import type { Key } from "../../src/runtime/Store.js"
import { configMap, foo, HandMade, owner, type Thing, thing } from "./handMade.js"

const now = Effect.map(Effect.clock, (clock) => clock.unsafeCurrentTimeMillis())

/** Lets everything that is due now run. */
const settle = TestClock.adjust("0 millis")

type Options<E, R> = Omit<Controller.Options<Thing, never, E, R>, "for">

const make = <E, R>(store: HandMade, options: Options<E, R>) => makeFrom("foo", store.open, options)

/** A controller over a store, listed and synced, whose reconcile notes each run. */
const noting = (options?: Partial<Options<never, never>>) => {
  const store = new HandMade(foo)
  const runs: Array<string> = []
  const controller = make(store, {
    reconcile: (object) =>
      Effect.sync(() => void runs.push(`${object.metadata.name}@${object.metadata.resourceVersion}`)),
    ...options
  })
  return { store, runs, controller }
}

/** Starts with what its stores hold. */
const started = <E, R>(controller: Controller.Controller<E, R>, ...stores: ReadonlyArray<HandMade>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Controller.start(controller))
    yield* Effect.yieldNow()
    for (const store of stores) yield* store.list(...store.objects.values())
    yield* Fiber.join(fiber)
    yield* settle
  })

/** What was logged, with its annotations. */
const logging = (lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }>) =>
  Logger.replace(
    Logger.defaultLogger,
    Logger.make(({ annotations, logLevel, message }) => {
      lines.push({
        level: logLevel.label,
        text: String(message),
        annotations: Object.fromEntries(HashMap.toEntries(annotations))
      })
    })
  )

describe("Controller: what is enqueued", () => {
  it.scoped("the first reconcile waits until the main store and all others are ready (K13)", () =>
    Effect.gen(function*() {
      const { controller, runs, store } = noting()
      const others = new HandMade(configMap)
      const fiber = yield* Effect.fork(Controller.start(ownsFrom(controller, others.open)))
      yield* Effect.yieldNow()
      yield* others.put(thing("early", 1, { ownerReferences: [owner("a")] }))
      yield* settle
      assert.deepStrictEqual(runs, [])
      yield* store.list(thing("a"), thing("b"))
      yield* settle
      assert.deepStrictEqual(runs, [])
      yield* others.list()
      yield* Fiber.join(fiber)
      yield* settle
      assert.deepStrictEqual(runs, ["a@1", "b@1"])
    }))

  it.scoped("fresh changes come before what the first list holds (K5)", () =>
    Effect.gen(function*() {
      const { controller, runs, store } = noting()
      const others = new HandMade(configMap)
      const fiber = yield* Effect.fork(Controller.start(ownsFrom(controller, others.open)))
      yield* Effect.yieldNow()
      yield* store.list(...["a", "b", "c", "d"].map((name) => thing(name)))
      yield* store.put(thing("c", 2))
      yield* others.list()
      yield* Fiber.join(fiber)
      yield* settle
      assert.deepStrictEqual(runs, ["c@2", "a@1", "b@1", "d@1"])
    }))

  it.scoped("owns: on an update the owners of both the old and the new object, on a delete those of the last known one (K8)", () =>
    Effect.gen(function*() {
      const { controller, runs, store } = noting()
      const others = new HandMade(configMap)
      for (const name of ["a", "b", "c"]) store.objects.set(`default/${name}`, thing(name))
      yield* started(ownsFrom(controller, others.open), store, others)
      runs.length = 0
      yield* others.put(thing("config", 1, { ownerReferences: [owner("a")] }))
      yield* settle
      assert.deepStrictEqual(runs.splice(0), ["a@1"])
      yield* others.put(thing("config", 2, { ownerReferences: [owner("b")] }))
      yield* settle
      assert.deepStrictEqual(runs.splice(0).sort(), ["a@1", "b@1"])
      yield* others.put(thing("config", 3, { ownerReferences: [owner("b"), owner("c", { controller: false })] }))
      yield* settle
      assert.deepStrictEqual(runs.splice(0).sort(), ["b@1", "c@1"])
      yield* others.remove("config")
      yield* settle
      assert.deepStrictEqual(runs.splice(0).sort(), ["b@1", "c@1"])
    }))

  it.scoped("owns: group and kind count, the version does not; other kinds, groups and missing owners do not matter (K8)", () =>
    Effect.gen(function*() {
      const { controller, runs, store } = noting()
      const others = new HandMade(configMap)
      store.objects.set("default/a", thing("a"))
      yield* started(ownsFrom(controller, others.open), store, others)
      runs.length = 0
      yield* others.put(thing("1", 1, { ownerReferences: [owner("a", { apiVersion: "clux.dev/v1beta1" })] }))
      yield* settle
      assert.deepStrictEqual(runs.splice(0), ["a@1"])
      yield* others.put(
        thing("2", 1, {
          ownerReferences: [owner("a", { apiVersion: "apps/v1" }), owner("a", { kind: "Bar" }), owner("gone")]
        })
      )
      yield* others.put(thing("3", 1, { namespace: "elsewhere", ownerReferences: [owner("a")] }))
      yield* others.put(thing("4"))
      yield* settle
      assert.deepStrictEqual(runs, [])
    }))

  it.scoped("owns: only the controlling owner, if asked; a cluster-scoped owner has no namespace (K8)", () =>
    Effect.gen(function*() {
      const others = new HandMade(configMap)
      const store = new HandMade({ ...foo, scope: "Cluster" })
      const runs: Array<string> = []
      for (const name of ["a", "b"]) {
        const object = thing(name)
        store.objects.set(`/${name}`, { ...object, metadata: { ...object.metadata, namespace: undefined as never } })
      }
      const controller = make(store, { reconcile: (object) => Effect.sync(() => void runs.push(object.metadata.name)) })
      yield* started(ownsFrom(controller, others.open, { owner: "controller" }), store, others)
      runs.length = 0
      yield* others.put(thing("config", 1, { ownerReferences: [owner("a"), owner("b", { controller: false })] }))
      yield* settle
      assert.deepStrictEqual(runs, ["a"])
    }))

  it.scoped("watches: keys from a change, plain or as an Effect; a bug in the mapping is reported and passed over (K9)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const { controller, runs, store } = noting()
      const plain = new HandMade(configMap)
      const effectful = new HandMade({ ...configMap, kind: "Secret" })
      for (const name of ["a", "b", "c"]) store.objects.set(`default/${name}`, thing(name))
      class Prefix extends Context.Tag("Prefix")<Prefix, string>() {}
      const both = watchesFrom(
        watchesFrom(controller, plain.open, (change) => {
          if (change.object.metadata.name === "bug") throw new Error("a bug in the mapping")
          return [{ namespace: "default", name: change.object.metadata.name }]
        }),
        (timeout) => Effect.zipRight(Prefix, effectful.open(timeout)),
        (change) =>
          change.object.metadata.name === "bug"
            ? Effect.interrupt
            : Effect.map(Prefix, (prefix) => [{ namespace: "default", name: change._tag === "Updated" ? prefix : "b" }])
      )
      yield* Effect.provideService(started(both, store, plain, effectful), Prefix, "c")
      runs.length = 0
      yield* plain.put(thing("bug"))
      yield* plain.put(thing("a"))
      yield* settle
      assert.deepStrictEqual(runs.splice(0), ["a@1"])
      yield* effectful.put(thing("bug"))
      yield* effectful.put(thing("x"))
      yield* effectful.put(thing("x", 2))
      yield* settle
      assert.deepStrictEqual(runs, ["b@1", "c@1"])
      assert.strictEqual(lines.filter((line) => line.level === "ERROR").length, 2)
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("reconcileOn takes keys from a stream, reconcileAllOn every key whenever its stream speaks (K10)", () =>
    Effect.gen(function*() {
      const { controller, runs, store } = noting()
      const keys = yield* Queue.unbounded<Key>()
      const ticks = yield* Queue.unbounded<void>()
      for (const name of ["a", "b"]) store.objects.set(`default/${name}`, thing(name))
      yield* started(
        controller.pipe(
          Controller.reconcileOn(Stream.fromQueue(keys)),
          Controller.reconcileAllOn(Stream.fromQueue(ticks))
        ),
        store
      )
      runs.length = 0
      yield* Queue.offer(keys, { namespace: "default", name: "b" })
      yield* Queue.offer(keys, { namespace: "default", name: "unknown" })
      yield* settle
      assert.deepStrictEqual(runs.splice(0), ["b@1"])
      yield* Queue.offer(ticks, undefined)
      yield* settle
      assert.deepStrictEqual(runs, ["a@1", "b@1"])
    }))

  it.scoped("a predicate decides which changes count (K11)", () =>
    Effect.gen(function*() {
      const { controller, runs, store } = noting({
        predicate: (change) => change._tag !== "Updated" || change.previous.metadata.uid !== "uid-quiet"
      })
      yield* started(controller, store)
      yield* store.put(thing("quiet"))
      yield* store.put(thing("loud"))
      yield* settle
      yield* store.put(thing("quiet", 2))
      yield* store.put(thing("loud", 2))
      yield* settle
      assert.deepStrictEqual(runs, ["quiet@1", "loud@1", "loud@2"])
    }))

  it.scoped("a predicate that throws is reported, and its change counts; the others of its chunk too (K11, K19)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const { controller, runs, store } = noting({
        predicate: (change) => {
          if (change.object.metadata.name === "a") throw new Error("a bug in the predicate")
          return true
        }
      })
      for (const name of ["a", "b"]) store.objects.set(`default/${name}`, thing(name))
      yield* started(controller, store)
      assert.deepStrictEqual(runs, ["a@1", "b@1"])
      assert.strictEqual(lines.filter((line) => line.level === "ERROR").length, 1)
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("a stream that ends or has a defect does not end the controller (K10, K19)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const { controller, runs, store } = noting()
      for (const name of ["a", "b"]) store.objects.set(`default/${name}`, thing(name))
      yield* started(
        controller.pipe(
          Controller.reconcileOn(
            Stream.concat(Stream.make({ namespace: "default", name: "a" }), Stream.dieMessage("a bug"))
          ),
          Controller.reconcileAllOn(Stream.make(1, 2))
        ),
        store
      )
      runs.length = 0
      yield* store.put(thing("b", 2))
      yield* settle
      assert.deepStrictEqual(runs, ["b@2"])
      assert.strictEqual(lines.filter((line) => line.level === "ERROR").length, 1)
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("what is gone is passed over, or reconciled with its last known state if asked, until that succeeds (K15)", () =>
    Effect.gen(function*() {
      const silent = noting()
      yield* started(silent.controller, silent.store)
      yield* silent.store.put(thing("a"))
      yield* silent.store.remove("a")
      yield* settle
      assert.deepStrictEqual(silent.runs, [])

      const store = new HandMade(foo)
      const runs: Array<readonly [string, boolean, number, Option.Option<unknown>]> = []
      yield* started(
        make(store, {
          deleted: true,
          reconcile: (object, run) =>
            Effect.suspend(() => {
              runs.push([
                `${object.metadata.uid}@${object.metadata.resourceVersion}`,
                run.deleted,
                run.attempt,
                run.lastError
              ])
              return run.deleted && run.attempt === 1 ? Effect.fail("not yet") : Effect.void
            })
        }),
        store
      )
      yield* store.put(thing("a", 3))
      yield* settle
      yield* store.remove("a")
      yield* store.put(thing("a", 5, { uid: "another" }))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(runs, [
        ["uid-a@3", false, 1, Option.none()],
        ["uid-a@3", true, 1, Option.none()],
        ["uid-a@3", true, 2, Option.some("not yet")],
        ["another@5", false, 1, Option.none()]
      ])
    }))
})

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

describe("Controller: reading its own writes", () => {
  const write = (name: string, rv: number | undefined): writes.Write => ({
    group: "",
    plural: "configmaps",
    namespace: "default",
    name,
    uid: `uid-${name}`,
    resourceVersion: rv === undefined ? undefined : String(rv),
    labels: undefined
  })
  /** What the client does after a write. */
  const record = (written: writes.Write) => writes.record(() => written)

  const story = (first: writes.Write, before: ReadonlyArray<Thing>) =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const others = new HandMade(configMap)
      for (const object of before) others.objects.set(`default/${object.metadata.name}`, object)
      const times: Array<readonly [string, number]> = []
      let written = false
      const controller = make(store, {
        concurrency: 2,
        reconcile: (object) =>
          Effect.gen(function*() {
            times.push([object.metadata.name, yield* now])
            if (written || object.metadata.name !== "a") return
            written = true
            // Plain, in a child fiber, and of a kind that is not held here.
            yield* Effect.fork(record(first)).pipe(Effect.flatMap(Fiber.join))
            yield* record({ ...first, plural: "secrets" })
          })
      })
      yield* started(ownsFrom(controller, others.open), store, others)
      yield* store.put(thing("a"))
      yield* settle
      yield* store.put(thing("a", 2))
      yield* store.put(thing("b", 2))
      yield* TestClock.adjust("10 seconds")
      return { others, times }
    })

  it.scoped("a run waits until the store shows what the run before it wrote; other keys do not wait (K22)", () =>
    Effect.gen(function*() {
      const { others, times } = yield* story(write("config", 7), [])
      assert.deepStrictEqual(times, [["a", 0], ["b", 0]])
      yield* others.put(thing("config", 6))
      yield* settle
      assert.strictEqual(times.length, 2, "an older state is not what was written")
      yield* others.put(thing("config", 7))
      yield* settle
      assert.deepStrictEqual(times.slice(2), [["a", 10_000]])
    }))

  it.scoped("a delete counts as seen when that uid is gone (K22)", () =>
    Effect.gen(function*() {
      const { others, times } = yield* story(write("config", undefined), [thing("config", 3)])
      assert.deepStrictEqual(times, [["a", 0], ["b", 0]])
      yield* others.put(thing("config", 9, { uid: "another" }))
      yield* settle
      assert.deepStrictEqual(times.slice(2), [["a", 10_000]])
    }))

  it.scoped("the wait is bounded: after 30 s it runs with a warning (K22)", () => {
    const lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }> = []
    return Effect.gen(function*() {
      const { times } = yield* story(write("config", 7), [])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(times.slice(2), [["a", 30_000]])
      assert.strictEqual(
        lines.filter((line) => line.level === "WARN" && line.text.includes("configmaps config")).length,
        1
      )
    }).pipe(Effect.provide(logging(lines)))
  })

  it.scoped("of several stores that hold the kind it waits for all (K22)", () =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const [one, two] = [new HandMade(configMap), new HandMade(configMap)]
      const times: Array<number> = []
      const controller = make(store, {
        reconcile: () =>
          Effect.gen(function*() {
            times.push(yield* now)
            if (times.length === 1) yield* record(write("config", 7))
          })
      })
      yield* started(ownsFrom(ownsFrom(controller, one.open), two.open), store, one, two)
      yield* store.put(thing("a"))
      yield* settle
      yield* store.put(thing("a", 2))
      yield* one.put(thing("config", 7))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(times, [0])
      yield* two.put(thing("config", 7))
      yield* settle
      assert.deepStrictEqual(times, [0, 10_000])
    }))

  it.scoped("a run that waits for the store when the controller stops does not begin, and holds nothing up (K21, K22)", () =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const times: Array<number> = []
      const scope = yield* Scope.make()
      const controller = make(store, {
        reconcile: (object) =>
          Effect.flatMap(now, (time) => {
            times.push(time)
            return record({ ...write(object.metadata.name, 7), plural: "foos" })
          })
      })
      yield* started(controller, store).pipe(Scope.extend(scope))
      yield* store.put(thing("a"))
      yield* settle
      yield* store.put(thing("a", 2))
      yield* TestClock.adjust("1 second")
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* settle
      assert.isTrue(Option.isSome(yield* Fiber.poll(closing)))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(times, [0])
    }))
})

describe("Controller: starting and stopping", () => {
  it.scoped("caches that do not sync in time end it with the reason (K23)", () =>
    Effect.gen(function*() {
      const { controller, store } = noting()
      const others = new HandMade(configMap)
      const fiber = yield* Effect.fork(Effect.exit(Controller.run(ownsFrom(controller, others.open))))
      yield* Effect.yieldNow()
      yield* store.list()
      yield* TestClock.adjust("119 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 second")
      const exit = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        Exit.mapError(exit, (error) => error.message),
        Exit.fail("list ConfigMap: not listed within 2m: no answer so far")
      )
      assert.strictEqual(store.subscribers + others.subscribers, 0)
    }))

  it.scoped("the layer is built once the caches are synced, and gives the reconcile its services", () =>
    Effect.gen(function*() {
      class Mailer extends Context.Tag("Mailer")<Mailer, (text: string) => void>() {}
      const mails: Array<string> = []
      const store = new HandMade(foo)
      const controller = make(store, {
        reconcile: (object) =>
          Effect.gen(function*() {
            yield* Effect.addFinalizer(() => Effect.void)
            const mail = yield* Mailer
            mail(object.metadata.name)
          })
      })
      const layer = Controller.layer(controller).pipe(
        Layer.provide(Layer.succeed(Mailer, (text) => void mails.push(text)))
      )
      const fiber = yield* Effect.fork(Layer.build(layer))
      yield* settle
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* store.list(thing("a"))
      yield* Fiber.join(fiber)
      yield* settle
      assert.deepStrictEqual(mails, ["a"])
    }))

  const stopping = (reconcile: (object: Thing) => Effect.Effect<void>) =>
    Effect.gen(function*() {
      const store = new HandMade(foo)
      const before = Array.from(yield* Fiber.roots).length
      const scope = yield* Scope.make()
      yield* started(make(store, { reconcile }), store).pipe(Scope.extend(scope))
      yield* store.put(thing("a"))
      yield* store.put(thing("b"))
      yield* settle
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* settle
      const left = Effect.map(Fiber.roots, (roots) => Array.from(roots).length - before)
      return { closing, store, left }
    })

  it.scoped("stopping: no new run begins, and the running one may end (K21)", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const gate = yield* Deferred.make<void>()
      const { closing, left, store } = yield* stopping((object) =>
        Effect.sync(() => events.push(`${object.metadata.name} begins`)).pipe(
          Effect.zipRight(Deferred.await(gate)),
          Effect.zipRight(Effect.sync(() => void events.push(`${object.metadata.name} ends`)))
        )
      )
      yield* store.put(thing("a", 2))
      yield* TestClock.adjust("29 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(closing)
      yield* settle
      assert.deepStrictEqual(events, ["a begins", "a ends"])
      assert.strictEqual(yield* left, 0)
      assert.strictEqual(store.subscribers, 0)
    }))

  it.scoped("stopping: what runs longer than 30 s is interrupted and awaited (K21)", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const { closing, left } = yield* stopping(() =>
        Effect.never.pipe(Effect.onInterrupt(() =>
          Effect.sleep("1 second").pipe(Effect.zipRight(Effect.sync(() => events.push("cleaned up"))))
        ))
      )
      yield* TestClock.adjust("29 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.deepStrictEqual(events, ["cleaned up"])
      assert.strictEqual(yield* left, 0)
    }))

  it.effect("an interruption of the program stops it in the same way (K21)", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const store = new HandMade(foo)
      store.objects.set("default/a", thing("a"))
      const controller = make(store, {
        reconcile: () => Effect.zipRight(Effect.sleep("10 seconds"), Effect.sync(() => void events.push("ended")))
      })
      const fiber = yield* Effect.fork(Controller.run(controller))
      yield* Effect.yieldNow()
      yield* store.list(thing("a"))
      yield* settle
      const interrupting = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(events, [])
      yield* TestClock.adjust("1 second")
      assert.isTrue(Exit.isInterrupted(yield* Fiber.join(interrupting)))
      assert.deepStrictEqual(events, ["ended"])
    }))
})
