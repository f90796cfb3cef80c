/** Why a patch does not apply; public as `Patch.PatchFailure`. */
import * as Data from "effect/Data"

/**
 * - `Malformed`: not a patch at all: no list of operations, a field of an operation of the wrong type, a merge patch that is no object.
 * - `TooManyOperations`: more than 10 000.
 * - `TestFailed`: a `test` found another value.
 * - `MissingPath`: `path` or `from` leads through, or for some operations to, something that is not there.
 * - `InvalidIndex`: a step into an array is no index of it.
 * - `InvalidOperation`: an unknown `op`, a missing `path` or `from`, a replacement of the whole document by a scalar.
 * - `CopiesTooLarge`: the `copy` operations together pass the bound.
 */
export type PatchFailureReason =
  | "Malformed"
  | "TooManyOperations"
  | "TestFailed"
  | "MissingPath"
  | "InvalidIndex"
  | "InvalidOperation"
  | "CopiesTooLarge"

/** Why a patch does not apply, and which operation it was. Holds no value of the document or of the patch. */
export class PatchFailure extends Data.TaggedError("KubePatchFailure")<{
  readonly reason: PatchFailureReason
  /** Which operation, from 0; absent where the patch as a whole is refused. */
  readonly index?: number | undefined
  /** Its `op`. */
  readonly operation?: string | undefined
  /** The pointer that it stumbled over: its `path`, or its `from`. */
  readonly path?: string | undefined
  /** What is wrong, in words. */
  readonly description: string
}> {
  override get message(): string {
    const where = this.index === undefined
      ? "patch"
      : `operation ${this.index}${this.operation === undefined ? "" : ` (${this.operation} ${this.path ?? ""})`}`
    return `${where}: ${this.description}`
  }
}
