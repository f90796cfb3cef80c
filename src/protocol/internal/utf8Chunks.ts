/**
 * Text from chunks of UTF-8. A rune that is cut in two by the end of a chunk waits for its rest.
 *
 * A decoder in `stream` mode does the same and takes three times as long: its fast path is for whole texts only.
 */
export class Utf8Chunks {
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  private readonly rune = new Uint8Array(4)
  /** How many bytes of `rune` are there, and how many its first byte announces. */
  private held = 0
  private announced = 0

  /** What is sure to be text by now. Bytes that are not UTF-8 become U+FFFD. */
  decode(chunk: Uint8Array): string {
    let start = 0
    let head = ""
    if (this.held > 0) {
      while (this.held < this.announced && start < chunk.length && isContinuation(chunk[start]!)) {
        this.rune[this.held++] = chunk[start++]!
      }
      if (this.held < this.announced && start === chunk.length) return ""
      head = this.decoder.decode(this.rune.subarray(0, this.held))
      this.held = 0
    }
    const end = wholeRunes(chunk, start)
    if (end < chunk.length) {
      this.announced = runeLength(chunk[end]!)
      this.rune.set(chunk.subarray(end))
      this.held = chunk.length - end
    }
    if (start === end) return head
    const text = this.decoder.decode(start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end))
    return head === "" ? text : head + text
  }

  /** What is left when there are no more chunks: U+FFFD for half a rune. */
  end(): string {
    const rest = this.decoder.decode(this.rune.subarray(0, this.held))
    this.held = 0
    return rest
  }
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80

/** How many bytes a rune has, by its first one. */
const runeLength = (byte: number): number => byte >= 0xf0 && byte < 0xf8 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1

/** Where the rune begins that the chunk's end cuts in two; the chunk's end when it cuts none. */
const wholeRunes = (chunk: Uint8Array, from: number): number => {
  const earliest = Math.max(from, chunk.length - 3)
  for (let at = chunk.length - 1; at >= earliest; at--) {
    const byte = chunk[at]!
    if (isContinuation(byte)) continue
    return at + runeLength(byte) > chunk.length ? at : chunk.length
  }
  return chunk.length
}
