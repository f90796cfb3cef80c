/** Texts as Go counts them. */

/** In characters, not in UTF-16 units. */
export const characterCount = (text: string): number => {
  let count = 0
  for (const _ of text) count++
  return count
}
