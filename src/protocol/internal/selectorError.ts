/** Why a selector is refused; public as `Selector.SelectorError`. */
import * as Data from "effect/Data"

/**
 * A selector that the server would refuse, or a key, value or field name that no selector can hold.
 */
export class SelectorError extends Data.TaggedError("KubeSelectorError")<{
  /** Which of the two kinds of selector. */
  readonly selector: "label" | "field"
  /** The whole selector as it was written, or the key, value or field name alone when there is no text yet. */
  readonly input: string
  /** Where in `input`, in UTF-16 units from 0. */
  readonly position: number
  /** What was expected there, in words. */
  readonly expected: string
  /** What stands there instead; empty at the end of the text. */
  readonly found: string
}> {
  override get message(): string {
    const input = JSON.stringify(this.input)
    const found = this.found === "" ? "the end" : JSON.stringify(this.found)
    return `${this.selector} selector ${input}, at ${this.position}: expected ${this.expected}, found ${found}`
  }
}
