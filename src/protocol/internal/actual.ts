/** What was found instead: how a message names it. */

export type Fields = { [key: string]: unknown }

export const isFields = (u: unknown): u is Fields => typeof u === "object" && u !== null && !Array.isArray(u)

const maxActual = 60

/** A short text for what was found instead. */
export const actual = (u: unknown): string => {
  if (u === undefined) return "nothing"
  if (Array.isArray(u)) return u.length === 0 ? "an empty list" : `a list of ${u.length}`
  if (typeof u === "object" && u !== null) return "an object"
  const text = typeof u === "string" ? JSON.stringify(u) : String(u)
  return text.length > maxActual ? `${text.slice(0, maxActual)}…` : text
}

/** What was found instead, without its value: for objects whose values are secret. */
export const actualType = (u: unknown): string =>
  typeof u === "string" || typeof u === "number" || typeof u === "boolean" ? `a ${typeof u}` : actual(u)
