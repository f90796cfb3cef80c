/** Deadlines that also hold where the caller must not be interrupted: in a finalizer, and while a resource is acquired. */
import type * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/**
 * Fails when an effect has not ended in time. The effect is a fiber of its own, and it is the deadline that interrupts
 * it: by itself `Effect.timeoutFail` would wait for its end in an uninterruptible region.
 */
export const within =
  <E2>(duration: Duration.Duration, onTimeout: () => E2) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    Effect.timeoutFail(Effect.interruptible(effect), { duration, onTimeout })

/** Fails when the next chunk of a stream has not come in time. */
export const eachWithin =
  <E2>(duration: Duration.Duration, onTimeout: () => E2) =>
  <A, E, R>(stream: Stream.Stream<A, E, R>): Stream.Stream<A, E | E2, R> =>
    Stream.fromPull(Effect.map(Stream.toPull(stream), (pull) => {
      const next: Effect.Effect<Chunk.Chunk<A>, Option.Option<E | E2>, R> = pull
      return within(duration, () => Option.some<E | E2>(onTimeout()))(next)
    }))
