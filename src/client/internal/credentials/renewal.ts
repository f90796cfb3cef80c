/** A value that grows old, such as a token: made again by one fiber, however many wait for it. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"

/** A value, and until when it may be used. Times are in milliseconds since 1970. */
export interface Held<A> {
  readonly value: A
  /** From then on who asks has it made again. */
  readonly freshUntil: number
  /** Until then it goes on being used where making it again fails. */
  readonly usableUntil: number
}

export interface Options<A> {
  /** What it is, for the log: `the token of /var/run/token`. */
  readonly what: string
  /** Makes the value; answers the one before where nothing has changed. Fails with one line that says why. */
  readonly make: (before: A | undefined) => Effect.Effect<Held<A>, string>
  /** For so many milliseconds nothing is tried again after a failure that an older value bridges, or after a refresh that brought nothing new. */
  readonly pause: number
  /** What there is from the start. */
  readonly initial?: Held<A> | undefined
}

export interface Renewal<A> {
  readonly current: Effect.Effect<A, string>
  /** Whether the value is another one than the one that was refused: made again for that, unless it has been meanwhile. */
  readonly refresh: (refused: unknown) => Effect.Effect<boolean>
}

/**
 * A run belongs to the Scope and not to who asked first: that one may be interrupted without harm to the others, and the
 * end of the Scope ends the run.
 */
export const make = <A>(options: Options<A>): Effect.Effect<Renewal<A>, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    let held = options.initial
    let running: Deferred.Deferred<A, string> | undefined
    let quietUntil = Number.NEGATIVE_INFINITY
    let failing = false

    const keepOld = (before: Held<A>, problem: string) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (now >= before.usableUntil) return Effect.fail(problem)
        held = { ...before, freshUntil: Math.min(before.usableUntil, now + options.pause) }
        // Said once, and not at each request until it works again.
        const say = failing ? Effect.void : Effect.logWarning(`${options.what}: the one before is used: ${problem}`)
        failing = true
        return Effect.as(say, before.value)
      })

    const once = Effect.suspend(() => {
      const before = held
      return options.make(before?.value).pipe(
        Effect.map((next) => {
          held = next
          failing = false
          return next.value
        }),
        Effect.catchAll((problem) => before === undefined ? Effect.fail(problem) : keepOld(before, problem))
      )
    })

    const join = Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        if (running !== undefined) return restore(Deferred.await(running))
        const done = Deferred.unsafeMake<A, string>(FiberId.none)
        running = done
        return Effect.interruptible(once).pipe(
          Effect.onExit((exit) => {
            running = undefined
            return exit._tag === "Success"
              ? Deferred.succeed(done, exit.value)
              : Cause.isInterruptedOnly(exit.cause)
              ? Deferred.fail(done, "the client was closed meanwhile")
              : Deferred.failCause(done, exit.cause)
          }),
          Effect.forkIn(scope),
          Effect.zipRight(restore(Deferred.await(done)))
        )
      })
    )

    return {
      current: Effect.flatMap(
        Clock.currentTimeMillis,
        (now) => held !== undefined && now < held.freshUntil ? Effect.succeed(held.value) : join
      ),
      refresh: (refused) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          if (held !== undefined && held.value !== refused) return Effect.succeed(true)
          if (now < quietUntil) return Effect.succeed(false)
          return Effect.flatMap(
            Effect.match(join, { onFailure: () => false, onSuccess: (value) => value !== refused }),
            (changed) =>
              changed ? Effect.succeed(true) : Effect.map(Clock.currentTimeMillis, (after) => {
                quietUntil = after + options.pause
                return false
              })
          )
        })
    }
  })
