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
    : undefined
