/**
 * Lets the event loop turn: other sockets, timers and requests get their share while a long answer is read. Effect's own
 * yield mostly runs as a microtask, which does not let the loop turn.
 */
import * as Effect from "effect/Effect"

const schedule: (run: () => void) => void = typeof globalThis.setImmediate === "function"
  ? (run) => void globalThis.setImmediate(run)
  // Where there is no setImmediate a timer of 0 is the nearest that every platform has.
  : (run) => void globalThis.setTimeout(run, 0)

/** Resumes in a later turn of the event loop. Not a sleep: it takes no time of the Clock. */
export const yieldToEventLoop: Effect.Effect<void> = Effect.async<void>((resume) => schedule(() => resume(Effect.void)))
