/** Errors of any kind, said in a line: for answers that are read by people and show no more than that. */
import * as Inspectable from "effect/Inspectable"

/** Nothing that breaks a line, or writes over one. */
export const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim()

export const reasonOf = (error: unknown): string => {
  if (typeof error === "string") return oneLine(error)
  if (typeof error === "object" && error !== null && "message" in error && typeof error.message === "string") {
    if (error.message !== "") return oneLine(error.message)
  }
  return oneLine(Inspectable.toStringUnknown(error, 0))
}
