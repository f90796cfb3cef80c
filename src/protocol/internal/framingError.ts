/** Why a response body cannot be cut into lines or items; public as `Framing.FramingError`. */
import * as Data from "effect/Data"

/**
 * - `TooLong`: a line, an item or a field of the list passes the bound.
 * - `NotJson`: the body does not start as a JSON object: a page of a proxy, plain text.
 * - `NotAList`: JSON, but of another shape: a Table, a Status, an object without items.
 * - `Malformed`: JSON that is broken outside of an item.
 * - `Truncated`: the body ended too early.
 */
export type FramingErrorReason = "TooLong" | "NotJson" | "NotAList" | "Malformed" | "Truncated"

/** A response body that cannot be read on. What was cut from it before is whole and valid. */
export class FramingError extends Data.TaggedError("KubeFramingError")<{
  readonly reason: FramingErrorReason
  /** What was expected and what was found, in words; no content of objects. */
  readonly description: string
}> {
  override get message(): string {
    return this.description
  }
}
