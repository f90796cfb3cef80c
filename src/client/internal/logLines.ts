/**
 * The lines of a log, cut from its bytes as they arrive. A log is anybody's text: empty lines count, bytes may be no
 * UTF-8, the last line may have no end, and one line may be longer than memory. So a line beyond the bound is given in
 * pieces, and nothing is left out.
 */
import { Utf8Chunks } from "../../protocol/internal/utf8Chunks.js"

/** What is done with a piece of text: a whole line, or, with `ends: false`, a part of one that goes on in the next piece. */
export type Take = (text: string, ends: boolean) => void

/** How many bytes become one text: one letter beyond Latin-1 doubles the size of the text that it stands in. */
const blockSize = 64 * 1024

export class LogLines {
  private readonly utf8 = new Utf8Chunks()
  /** The beginning of a line whose end has not come. */
  private half = ""
  /** Whether pieces of that line were given already. */
  private cut = false

  constructor(private readonly maxLength: number, private readonly take: Take) {}

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += blockSize) {
      this.split(this.utf8.decode(chunk.length <= blockSize ? chunk : chunk.subarray(at, at + blockSize)))
    }
  }

  /** There are no more bytes: what is there without an end is the last line. */
  end(): void {
    this.half += this.utf8.end()
    if (this.half === "" && !this.cut) return
    this.line(this.half)
  }

  private split(text: string): void {
    let from = 0
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      const line = this.half === "" ? text.slice(from, end) : this.half + text.slice(from, end)
      this.line(line.endsWith("\r") ? line.slice(0, -1) : line)
      from = end + 1
    }
    if (from === text.length) return
    this.half += text.slice(from)
    // One more, since a "\r" at the bound may belong to the end of the line.
    if (this.half.length > this.maxLength + 1) this.half = this.pieces(this.half, this.maxLength + 1)
  }

  private line(text: string): void {
    this.half = ""
    this.take(text.length > this.maxLength ? this.pieces(text, this.maxLength) : text, true)
    this.cut = false
  }

  /** Gives as many pieces as it takes until no more than so many characters are left, which are the answer. */
  private pieces(text: string, left: number): string {
    let from = 0
    while (text.length - from > left) {
      const end = wholeCharacters(text, from, from + this.maxLength)
      this.take(text.slice(from, end), false)
      from = end
    }
    this.cut = true
    return text.slice(from)
  }
}

/** The place of a cut, moved so that it does not go through a character of two units. */
const wholeCharacters = (text: string, from: number, at: number): number => {
  const unit = text.charCodeAt(at - 1)
  return unit >= 0xd800 && unit < 0xdc00 && at - 1 > from ? at - 1 : at
}
