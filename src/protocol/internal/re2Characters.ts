/** Sets of characters, as the classes of a regular expression name them. */

/** Whether a character, by its code point, is one that is meant. */
export type Test = (code: number) => boolean

export const exactly = (code: number): Test => (other) => other === code
export const between = (low: number, high: number): Test => (code) => code >= low && code <= high
export const anyOf = (tests: ReadonlyArray<Test>): Test => (code) => tests.some((test) => test(code))
export const not = (test: Test): Test => (code) => !test(code)

/** Ignoring case: the test holds for a character when it holds for one that differs from it in case only. */
export const folded = (test: Test): Test => (code) => {
  if (test(code)) return true
  const character = String.fromCodePoint(code)
  const lower = character.toLowerCase()
  const upper = character.toUpperCase()
  return [lower, upper, lower.toUpperCase(), upper.toLowerCase(), fromCase[lower] ?? ""].some(
    (variant) => variant !== "" && [...variant].length === 1 && test(variant.codePointAt(0)!)
  )
}

/** The characters beyond the two cases of a letter that fold to it: the Kelvin sign, the long s, the Ångström sign. */
const fromCase: { readonly [lower: string]: string } = { k: "\u212a", s: "\u017f", "\u00e5": "\u212b" }

const digit = between(0x30, 0x39)
const lower = between(0x61, 0x7a)
const upper = between(0x41, 0x5a)
const letter = anyOf([lower, upper])
export const wordCharacter = anyOf([letter, digit, exactly(0x5f)])
const oneOf = (characters: string): Test => {
  const codes = new Set([...characters].map((character) => character.codePointAt(0)!))
  return (code) => codes.has(code)
}

export const perlClasses: { readonly [letter: string]: Test } = {
  d: digit,
  D: not(digit),
  s: oneOf("\t\n\f\r "),
  S: not(oneOf("\t\n\f\r ")),
  w: wordCharacter,
  W: not(wordCharacter)
}

export const posixClasses: { readonly [name: string]: Test } = {
  alnum: anyOf([letter, digit]),
  alpha: letter,
  ascii: between(0, 0x7f),
  blank: oneOf("\t "),
  cntrl: anyOf([between(0, 0x1f), exactly(0x7f)]),
  digit,
  graph: between(0x21, 0x7e),
  lower,
  print: between(0x20, 0x7e),
  punct: anyOf([between(0x21, 0x2f), between(0x3a, 0x40), between(0x5b, 0x60), between(0x7b, 0x7e)]),
  space: oneOf("\t\n\v\f\r "),
  upper,
  word: wordCharacter,
  xdigit: anyOf([digit, between(0x41, 0x46), between(0x61, 0x66)])
}

/** A general category or a script, by the names that RE2 and JavaScript share. */
export const unicodeTest = (name: string): Test | undefined => {
  if (name === "Any") return () => true
  for (const property of [name, `Script=${name}`]) {
    // Longer names of categories (`Letter`) are JavaScript's and not RE2's; `Lu` and `L` are both.
    if (property === name && !/^[A-Z][a-z]?$/.test(name)) continue
    try {
      const expression = new RegExp(`^\\p{${property}}$`, "u")
      return (code) => expression.test(String.fromCodePoint(code))
    } catch {
      continue
    }
  }
  return undefined
}
