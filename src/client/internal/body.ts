/**
 * Reads the body of an answer to its end: hands its bytes on little at a time, gives the event loop its turn, and gives
 * up a connection that says nothing. The hot path of lists and watches (test/bench/list.bench.ts and watch.bench.ts).
 */
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { yieldToEventLoop } from "./macrotask.js"
import type { Pulse } from "./pulse.js"

/** So much is parsed before the event loop gets its turn: two or three milliseconds' work. */
const bytesPerTurn = 256 * 1024

export interface Handlers<E, F> {
  readonly take: (piece: Uint8Array) => Effect.Effect<void, F>
  /** The body broke off. */
  readonly failed: (error: E) => Effect.Effect<never, F>
  /** Nothing came for so many milliseconds. */
  readonly lost: (millis: number) => Effect.Effect<never, F>
}

/** Returns when the body has ended. */
export const readBody = <E, F>(
  body: Stream.Stream<Uint8Array, E>,
  pulse: Pulse,
  handlers: Handlers<E, F>
): Effect.Effect<void, F> => {
  /** Bytes that were taken since the event loop had its turn. */
  let work = 0
  const piece = (bytes: Uint8Array): Effect.Effect<void, F> =>
    Effect.suspend(() => {
      const taken = handlers.take(bytes)
      work += bytes.length
      if (work < bytesPerTurn) return taken
      work = 0
      return Effect.zipRight(taken, yieldToEventLoop)
    })
  const idle = Effect.sync(() => pulse.idle())
  const chunk = (chunk: Chunk.Chunk<Uint8Array>): Effect.Effect<void, F> => {
    pulse.busy()
    return Effect.zipRight(Effect.forEach(pieces(chunk), piece, { discard: true }), idle)
  }
  // Pulled, not run: a running stream has a fiber of its own, which reports each way out of here as an unhandled error.
  const toTheEnd = Effect.scoped(Effect.flatMap(Stream.toPull(body), (pull) => {
    const loop: Effect.Effect<void, F> = Effect.matchEffect(pull, {
      onSuccess: (bytes) => Effect.zipRight(chunk(bytes), loop),
      onFailure: (end) => Option.isNone(end) ? Effect.void : handlers.failed(end.value)
    })
    return loop
  }))
  // The one that is first ends the other, also where the caller must not be interrupted: in a finalizer.
  return Effect.raceFirst(
    Effect.interruptible(toTheEnd),
    Effect.interruptible(Effect.flatMap(pulse.lost, handlers.lost))
  )
}

const pieces = (chunk: Chunk.Chunk<Uint8Array>): ReadonlyArray<Uint8Array> => {
  const result: Array<Uint8Array> = []
  for (const bytes of chunk) {
    for (let start = 0; start < bytes.length; start += bytesPerTurn) {
      result.push(bytes.length <= bytesPerTurn ? bytes : bytes.subarray(start, start + bytesPerTurn))
    }
  }
  return result
}
