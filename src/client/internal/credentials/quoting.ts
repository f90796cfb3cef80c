/** What a program or a server said, cut so that an error may quote it: bounded, on one line, and without what looks like a secret. */

/** Enough for what went wrong; what was said last counts. */
const maxQuoted = 1024
const maxRead = 8192

/** The end of a text, from the beginning of a word: the rest of one may be the rest of a secret. */
export const last = (text: string, length: number): string =>
  text.length <= length ? text : text.slice(-length).replace(/^\S*\s?/, "")

const escapes = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g

/** Without the sequences that colour a terminal, or type into it. */
export const plain = (text: string): string =>
  text.replace(escapes, "").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "")

const secrets: ReadonlyArray<readonly [RegExp, string]> = [
  [/-----BEGIN [^-]+-----[\s\S]*?(?:-----END [^-]+-----|$)/g, "…"],
  // A JSON web token.
  [/\beyJ[\w-]{4,}(?:\.[\w-]*){1,4}/g, "…"],
  [/\b(bearer|basic)\s+(?!tokens?\b|auth|credential|scheme)\S+/gi, "$1 …"],
  [/((?:token|password|passwd|secret|api[_-]?key|credential)s?["']?\s*[:=]\s*["']?)[^\s"',}]+/gi, "$1…"],
  // A password in a URL.
  [/(\/\/)[^\s/@]+@/g, "$1…@"]
]

/** A long word with digits in it is no word; a path is one. */
const isOpaque = (word: string): boolean =>
  /\d/.test(word) && (/[A-Za-z0-9+_~=]{32}/.test(word) ||
    (word.length >= 40 && !word.startsWith("/") && /[A-Z]/.test(word) && /[a-z]/.test(word)))

/** All texts inside a JSON value. */
const textsOf = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
    ? Object.values(value).flatMap(textsOf)
    : []

/** What may be secret in a plugin's output: the texts of its JSON, or of another output what does not look like words. */
const secretsOf = (output: string): ReadonlyArray<string> => {
  try {
    const parsed: unknown = JSON.parse(output)
    return typeof parsed === "object" && parsed !== null && "status" in parsed
      ? textsOf(parsed.status)
      : textsOf(parsed)
  } catch {
    return (output.match(/[^\s"',:{}[\]]{8,}/g) ?? []).filter((word) => /\d/.test(word))
  }
}

/**
 * Quotes a text.
 *
 * @param hidden values that must not be in it, such as those of a plugin's environment
 * @param output what the same program printed for us alone
 */
export const quote = (text: string, hidden: ReadonlyArray<string> = [], output = ""): string => {
  let shown = plain(last(text, maxRead))
  for (const value of [...hidden, ...secretsOf(output)]) {
    if (value.length >= 4) shown = shown.replaceAll(value, "…")
  }
  for (const [pattern, instead] of secrets) shown = shown.replace(pattern, instead)
  shown = shown.replace(/[A-Za-z0-9+/_~=-]{24,}/g, (word) => isOpaque(word) ? "…" : word)
  shown = shown.replace(/\s+/g, " ").trim()
  return shown.length <= maxQuoted ? shown : `… ${last(shown, maxQuoted)}`
}
