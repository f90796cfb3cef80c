/** JSON Pointers (RFC 6901), as the server reads them. */

/** A name as one step of a pointer. */
export const escape = (segment: string): string => segment.replace(/~/g, "~0").replace(/\//g, "~1")

/** The name that a step of a pointer stands for. */
export const unescape = (segment: string): string => segment.replace(/~[01]/g, (code) => code === "~1" ? "/" : "~")

export const print = (segments: ReadonlyArray<string | number>): string =>
  segments.map((segment) => `/${escape(String(segment))}`).join("")

/** The steps of a pointer; none for `""`, the whole document. What precedes the first slash means nothing, as on the server. */
export const parse = (pointer: string): ReadonlyArray<string> => pointer.split("/").slice(1).map(unescape)
