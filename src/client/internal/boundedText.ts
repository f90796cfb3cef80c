/** Reading the body of an answer up to a bound, so that nobody can fill the memory with an error. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** The first `most` bytes as text, and not more of the body than that: to end it early is to close its connection. */
export const boundedText = <E>(body: Stream.Stream<Uint8Array, E>, most: number): Effect.Effect<string, E> =>
  Effect.suspend(() => {
    const decoder = new TextDecoder()
    let text = ""
    let size = 0
    return Effect.map(
      Stream.runForEachWhile(body, (bytes) =>
        Effect.sync(() => {
          const taken = size + bytes.length > most ? bytes.subarray(0, most - size) : bytes
          size += taken.length
          text += decoder.decode(taken, { stream: true })
          return size < most
        })),
      () => text + decoder.decode()
    )
  })
