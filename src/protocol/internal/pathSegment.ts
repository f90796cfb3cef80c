/** A half of a pair of UTF-16 units without the other one: no text of UTF-8 has it, so it cannot be encoded. */
export const isIllFormed = (text: string): boolean => /\p{Surrogate}/u.test(text)

export const illFormed = "must be well-formed Unicode"

/** Why a text cannot stand as one segment of a path, and so not be a name; undefined when it can (apimachinery: `IsValidPathSegmentName`). */
export const segmentProblem = (text: string): string | undefined =>
  text === ""
    ? "must not be empty"
    : text === "." || text === ".."
    ? `must not be "${text}"`
    : text.includes("/")
    ? `must not contain "/"`
    : text.includes("%")
    ? `must not contain "%"`
    : isIllFormed(text)
    ? illFormed
    : undefined
