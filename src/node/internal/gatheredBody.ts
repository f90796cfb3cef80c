/**
 * The body of undici's answers as a stream of larger pieces. A server that writes a list item by item fills a piece of
 * 10 kB at a time, and each piece that passes through a Stream costs as much as to parse it: so what comes is
 * gathered (test/bench/list.bench.ts --real).
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Readable } from "node:stream"

export interface Gathering {
  /** So many bytes are handed on at once. */
  readonly bytes: number
  /** For so many milliseconds fewer wait for more; 0: until the event loop has read what is there. */
  readonly millis: number
}

/** So many times the size of a piece may wait for the consumer; then the socket does. */
const piecesAhead = 2

type Pull = Effect.Effect<Chunk.Chunk<Uint8Array>, Option.Option<unknown>>

class Gatherer {
  private waiting: Array<Uint8Array> = []
  private size = 0
  /** What comes when nothing waits any more. */
  private end: Option.Option<unknown> | undefined
  private wake: (() => void) | undefined
  private cancel: (() => void) | undefined

  constructor(
    private readonly body: Readable,
    private readonly gathering: Gathering
  ) {
    if (!body.readable) this.end = Option.fromNullable(body.errored)
    body.on("data", this.onData).on("end", this.onEnd).on("error", this.onError).on("close", this.onClose)
  }

  private readonly onData = (bytes: Uint8Array): void => {
    this.waiting.push(bytes)
    this.size += bytes.length
    if (this.size >= this.gathering.bytes) {
      if (this.size >= piecesAhead * this.gathering.bytes) this.body.pause()
      this.wake?.()
    } else if (this.wake !== undefined) this.cancel ??= after(this.gathering.millis, this.wake)
  }
  private readonly onEnd = (): void => this.finish(Option.none())
  private readonly onError = (cause: unknown): void => this.finish(Option.some(cause))
  private readonly onClose = (): void => this.finish(Option.some(new Error("the connection was closed")))

  private finish(end: Option.Option<unknown>): void {
    this.end ??= end
    this.wake?.()
  }

  private take(): Pull {
    const [first] = this.waiting
    if (first === undefined) return Effect.fail(this.end ?? Option.none())
    const bytes = this.waiting.length === 1 ? first : Buffer.concat(this.waiting, this.size)
    this.waiting = []
    this.size = 0
    if (this.body.isPaused()) this.body.resume()
    return Effect.succeed(Chunk.of(bytes))
  }

  readonly pull: Pull = Effect.async((resume) => {
    const wake = (): void => {
      this.sleep()
      resume(Effect.suspend(() => this.take()))
    }
    if (this.end !== undefined || this.size >= this.gathering.bytes) return wake()
    this.wake = wake
    if (this.size > 0) this.cancel = after(this.gathering.millis, wake)
    return Effect.sync(() => this.sleep())
  })

  private sleep(): void {
    this.wake = undefined
    this.cancel?.()
    this.cancel = undefined
  }

  close(): void {
    this.sleep()
    this.body.off("data", this.onData).off("end", this.onEnd).off("error", this.onError).off("close", this.onClose)
    // A body that has ended stays as it is; of any other the connection is given up.
    if (!this.body.closed) this.body.destroy()
  }
}

const after = (millis: number, run: () => void): () => void => {
  if (millis === 0) {
    const immediate = setImmediate(run)
    return () => clearImmediate(immediate)
  }
  const timer = setTimeout(run, millis)
  return () => clearTimeout(timer)
}

/** A body as a stream that can be read once. Ending the stream early ends the body, and so its connection. */
export const fromReadable = (body: Readable, gathering: Gathering): Stream.Stream<Uint8Array, unknown> =>
  Stream.fromPull(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => new Gatherer(body, gathering)),
        (gatherer) => Effect.sync(() => gatherer.close())
      ),
      ({ pull }) => pull
    )
  )
