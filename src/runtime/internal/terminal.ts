import * as Data from "effect/Data"

/** A failure that would come again: see `Controller.terminal`. */
export class Terminal<out E> extends Data.TaggedError("ControllerTerminal")<{ readonly error: E }> {
  override get message(): string {
    return `not tried again until something changes: ${
      this.error instanceof Error ? this.error.message : String(this.error)
    }`
  }
}
