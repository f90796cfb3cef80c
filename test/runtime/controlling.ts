/** What the tests of controllers share: a controller over stores made by hand, and what it logs. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import * as Controller from "../../src/runtime/Controller.js"
import { makeFrom } from "../../src/runtime/internal/controller.js"
import { foo, HandMade, type Thing } from "./handMade.js"

export const now = Effect.map(Effect.clock, (clock) => clock.unsafeCurrentTimeMillis())

/** Lets everything that is due now run. */
export const settle = TestClock.adjust("0 millis")

export type Options<E, R> = Omit<Controller.Options<Thing, never, E, R>, "for">

export const make = <E, R>(store: HandMade, options: Options<E, R>) => makeFrom("foo", store.open, options)

/** A controller over a store, listed and synced, whose reconcile notes each run. */
export const noting = (options?: Partial<Options<never, never>>) => {
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
export const started = <E, R>(controller: Controller.Controller<E, R>, ...stores: ReadonlyArray<HandMade>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Controller.start(controller))
    yield* Effect.yieldNow()
    for (const store of stores) yield* store.list(...store.objects.values())
    yield* Fiber.join(fiber)
    yield* settle
  })

/** What was logged, with its annotations. */
export const logging = (
  lines: Array<{ readonly level: string; readonly text: string; readonly annotations: unknown }>
) =>
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
