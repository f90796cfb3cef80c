/**
 * One server process of a control plane: started, watched until it is ready, stopped, killed, paused, and started
 * again with the same arguments on the same port and data.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Component } from "../EnvTest.js"
import { EnvTestError } from "./envTestError.js"
import * as Guardian from "./guardian.js"

export interface ComponentOptions {
  readonly name: string
  /** See `Guardian.SpawnOptions`. */
  readonly endsAt: number
  readonly program: string
  readonly arguments: ReadonlyArray<string>
  /** Asks the server whether it is ready: `undefined` when it is, else what it answered. Must not hang. */
  readonly probe: Effect.Effect<string | undefined>
  readonly startTimeout: Duration.Duration
}

const stopTimeout = Duration.seconds(5)
const logLines = 20

/** Describes a component; it does not run yet. */
export const make = (guardian: Guardian.Guardian, options: ComponentOptions): Component => {
  const { name } = options
  const lock = Effect.unsafeMakeSemaphore(1)
  let current: Guardian.Child | undefined = undefined
  let logStart = 0

  const running: Effect.Effect<Guardian.Child | undefined> = Effect.suspend(() => {
    const child = current
    if (child === undefined) return Effect.succeed(undefined)
    return Effect.map(Deferred.isDone(child.exited), (ended) => ended ? undefined : child)
  })
  const failure = (reason: "Exited" | "NotReady", description: string): EnvTestError =>
    new EnvTestError({
      reason,
      component: name,
      description,
      log: Guardian.logTail(guardian.folder, name, logLines, logStart)
    })

  const untilReady = (child: Guardian.Child): Effect.Effect<void, EnvTestError> => {
    let lastAnswer = "nothing"
    const ready = options.probe.pipe(
      Effect.map((answer) => {
        lastAnswer = answer ?? lastAnswer
        return answer === undefined
      }),
      Effect.repeat({ until: (ready) => ready, schedule: probeSchedule })
    )
    const ended = Effect.flatMap(
      Deferred.await(child.exited),
      (exited) => Effect.fail(failure("Exited", `${name} ended with ${exited} before it was ready`))
    )
    return Effect.raceFirst(ready, ended).pipe(
      Effect.timeoutFail({
        duration: options.startTimeout,
        onTimeout: () =>
          failure(
            "NotReady",
            `${name} was not ready after ${Duration.format(options.startTimeout)}; its last answer was: ${lastAnswer}`
          )
      }),
      Effect.asVoid
    )
  }

  const end = (child: Guardian.Child, signal: NodeJS.Signals): Effect.Effect<void> =>
    child.signal(signal).pipe(
      Effect.zipRight(child.signal("SIGCONT")),
      Effect.zipRight(Deferred.await(child.exited)),
      Effect.timeoutTo({ duration: stopTimeout, onSuccess: () => true, onTimeout: () => false }),
      Effect.flatMap((ended) =>
        ended ? Effect.void : Effect.zipRight(child.signal("SIGKILL"), Deferred.await(child.exited))
      ),
      Effect.asVoid
    )

  const onRunning = (use: (child: Guardian.Child) => Effect.Effect<void>): Effect.Effect<void> =>
    exclusive(Effect.flatMap(running, (child) => child === undefined ? Effect.void : use(child)))

  // Processes live in real time, also in a test whose clock is virtual.
  const exclusive = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.withClock(lock.withPermits(1)(effect), Clock.make())

  return {
    name,
    isRunning: Effect.map(running, (child) => child !== undefined),
    start: exclusive(Effect.gen(function*() {
      if ((yield* running) !== undefined) return
      logStart = Guardian.logSize(guardian.folder, name)
      yield* Effect.acquireUseRelease(
        Effect.tap(guardian.spawn(options), (child) => Effect.sync(() => current = child)),
        untilReady,
        // A start that failed or was interrupted leaves nothing running.
        (child, exit) => exit._tag === "Failure" ? end(child, "SIGKILL") : Effect.void
      )
    })),
    stop: onRunning((child) => end(child, "SIGTERM")),
    kill: (signal = "SIGKILL") => onRunning((child) => end(child, signal)),
    pause: onRunning((child) => child.signal("SIGSTOP")),
    resume: onRunning((child) => child.signal("SIGCONT")),
    logs: (lines = logLines) => Effect.sync(() => Guardian.logTail(guardian.folder, name, lines))
  }
}

/** Every 25 ms at first, every 250 ms later. */
const probeSchedule = Schedule.union(Schedule.exponential("25 millis", 1.5), Schedule.spaced("250 millis"))
