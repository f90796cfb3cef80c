/** The lines of a watch, cut from its bytes as they arrive. test/bench/framing.bench.ts has its cost. */
import { FramingError } from "./framingError.js"
import { Utf8Chunks } from "./utf8Chunks.js"

/** How many bytes become one text. One letter beyond Latin-1 doubles the size of the text that it stands in, so texts stay small. */
export const blockSize = 64 * 1024

/** The longest line or item, where nobody says. */
export const defaultMaxLength = 64 * 1024 * 1024

export class LineSplitterImpl {
  failure: FramingError | undefined = undefined
  private readonly utf8 = new Utf8Chunks()
  /** The beginning of a line whose end has not come. Grows by concatenation, which copies nothing until the line is whole. */
  private half = ""

  constructor(private readonly maxLength: number) {}

  get pending(): number {
    return this.half.length
  }

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
      const line = this.half === "" ? text.slice(from, end) : this.half + text.slice(from, end)
      this.half = ""
      if (line.length > this.maxLength) return this.fail()
      const whole = line.endsWith("\r") ? line.slice(0, -1) : line
      if (whole !== "") lines.push(whole)
      from = end + 1
    }
    if (from === text.length) return
    this.half += text.slice(from)
    if (this.half.length > this.maxLength) this.fail()
  }

  private fail(): void {
    this.half = ""
    this.failure = new FramingError({
      reason: "TooLong",
      description: `expected lines of at most ${this.maxLength} characters, found a longer one`
    })
  }
}
