/**
 * JSON.parse without `metadata.managedFields`, which are almost half of what a server sends of a Pod and which few programs read. They are
 * cut out of the text before it is parsed, so they cost neither time nor memory.
 *
 * The answer is what JSON.parse and a delete would give of the same text. The fields are walked from the object's beginning, so nothing but
 * the object's own metadata is ever touched: not a template's, not a field of that name in a spec, not a text that looks like one. Where the
 * array ends is found by a native search for its bracket, and proved: no other bracket opens in between, and had the bracket been inside of a
 * string, the rest would have an odd number of quotes, which is no JSON. Where there is no proof, the text is parsed whole. What stands in
 * the array is looked at by nobody: a text that is JSON except there is taken, too.
 *
 * test/bench/sync.bench.ts tells what that saves.
 */
import { isFields } from "./actual.js"
import { isSpace, ValueScanner } from "./valueScanner.js"

/** The value of an object's text, without its managedFields. Throws what JSON.parse throws. */
export const parseObject = (text: string): unknown => {
  const object = parseWithout(text, 0)
  drop(object)
  return object
}

/** The value of a watch event's text, its object without managedFields. Throws what JSON.parse throws. */
export const parseFrame = (line: string): unknown => {
  const frame = parseWithout(line, find(line, 0, "object") ? valueAt : -1)
  if (isFields(frame)) drop(frame["object"])
  return frame
}

/** What the text did not show is seen in the value: a name with escapes in it, a name that is there twice, an array that was not certain. */
const drop = (object: unknown): void => {
  if (!isFields(object) || !isFields(object["metadata"]) || !Object.hasOwn(object["metadata"], managedFields)) return
  // A copy: an object that a field was deleted from takes more memory for ever.
  const { managedFields: _, ...metadata } = object["metadata"]
  object["metadata"] = metadata
}

const managedFields = "managedFields"

/** Parses a text without what is found in the object that begins at `from`. */
const parseWithout = (text: string, from: number): unknown => {
  const shorter = cut(text, from)
  if (shorter === undefined) return JSON.parse(text) as unknown
  try {
    return JSON.parse(shorter) as unknown
  } catch {
    return JSON.parse(text) as unknown
  }
}

/** The text without the array, and without one of the commas beside it; undefined where there is none, or none that is certain. */
const cut = (text: string, from: number): string | undefined => {
  if (!find(text, from, "metadata") || !find(text, valueAt, managedFields)) return undefined
  if (text.charCodeAt(valueAt) !== bracket) return undefined
  const start = previousEnd
  const close = text.indexOf("]", valueAt)
  const inner = text.indexOf("[", valueAt + 1)
  const end = inner < 0 || close < inner ? close + 1 : skipValue(text, valueAt)
  if (end <= 0) return undefined
  if (text.charCodeAt(start) === comma) return text.slice(0, start) + text.slice(end)
  const next = skipSpace(text, end)
  return text.slice(0, start) + text.slice(text.charCodeAt(next) === comma ? next + 1 : end)
}

// ------------------------------------------------------------------------------------------------ the walk

/** Of the field that was found last: where its value begins, and where the value before it ended, or the object's brace. */
let valueAt = 0
let previousEnd = 0

const scanner = new ValueScanner()

const skipValue = (text: string, from: number): number => {
  scanner.reset()
  return scanner.scan(text, from)
}

const skipSpace = (text: string, from: number): number => {
  let at = from
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

/** Finds a field of the object that begins at `from`; false where there is no such object, or not such a field. */
const find = (text: string, from: number, name: string): boolean => {
  if (text.charCodeAt(from) !== brace) return false
  let end = from + 1
  let at = skipSpace(text, end)
  while (text.charCodeAt(at) === quote) {
    const isIt = text.charCodeAt(at + 1 + name.length) === quote && text.startsWith(name, at + 1)
    at = skipSpace(text, isIt ? at + 2 + name.length : skipValue(text, at))
    if (text.charCodeAt(at) !== colon) return false
    at = skipSpace(text, at + 1)
    if (isIt) {
      valueAt = at
      previousEnd = end
      return true
    }
    end = skipValue(text, at)
    if (end < 0) return false
    end = skipSpace(text, end)
    if (text.charCodeAt(end) !== comma) return false
    at = skipSpace(text, end + 1)
  }
  return false
}

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const bracket = 0x5b
const brace = 0x7b
