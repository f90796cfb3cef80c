/** The lines of a watch, cut from its bytes as they arrive. */
import { FramingError } from "./framingError.js"
import { Utf8Chunks } from "./utf8Chunks.js"

/** How much of a chunk becomes text at once, in bytes: larger texts leave the processor's cache. */
export const blockSize = 64 * 1024

export class LineSplitterImpl {
  failure: FramingError | undefined = undefined
  /** The beginning of a line whose end has not come; in pieces, so that a long line is put together once. */
  private pieces: Array<string> = []
  pending = 0

  private readonly utf8 = new Utf8Chunks()

  constructor(private readonly maxLength: number) {}

  push(chunk: Uint8Array): ReadonlyArray<string> {
    const lines: Array<string> = []
    for (let at = 0; at < chunk.length && this.failure === undefined; at += blockSize) {
      this.split(this.utf8.decode(chunk.length <= blockSize ? chunk : chunk.subarray(at, at + blockSize)), lines)
    }
    return lines
  }

  private split(text: string, lines: Array<string>): void {
    let from = 0
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      if (this.pending + end - from > this.maxLength) return this.fail()
      const line = this.pieces.length === 0 ? text.slice(from, end) : this.join(text.slice(from, end))
      const whole = line.endsWith("\r") ? line.slice(0, -1) : line
      if (whole !== "") lines.push(whole)
      from = end + 1
    }
    if (from === text.length) return
    this.pieces.push(from === 0 ? text : text.slice(from))
    this.pending += text.length - from
    if (this.pending > this.maxLength) this.fail()
  }

  private join(last: string): string {
    this.pieces.push(last)
    const line = this.pieces.join("")
    this.pieces = []
    this.pending = 0
    return line
  }

  private fail(): void {
    this.pieces = []
    this.failure = new FramingError({
      reason: "TooLong",
      description: `expected lines of at most ${this.maxLength} characters, found a longer one`
    })
  }
}
