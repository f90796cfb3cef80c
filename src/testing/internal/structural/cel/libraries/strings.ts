/** Functions of texts. Places in a text are counted in characters. */
import { quoteEscapes } from "../../fieldError.js"
import { type CostRule, type Guess, type Overload, overload, walk } from "../functions.js"
import { fail, ListValue, typeName, type Value } from "../values.js"
import { formatText } from "./textFormat.js"

const characters = (text: string): ReadonlyArray<string> => [...text]

const outOfRange = (index: bigint | number): never => fail(`index out of range: ${index}`)

const charAt = (text: string, index: bigint): string => {
  const all = characters(text)
  return index < 0n || index > BigInt(all.length) ? outOfRange(index) : all[Number(index)] ?? ""
}

const startsAt = (text: ReadonlyArray<string>, part: ReadonlyArray<string>, place: number): boolean =>
  part.every((character, index) => text[place + index] === character)

const indexOf = (text: string, part: string, offset = 0n): bigint => {
  if (offset < 0n) return outOfRange(offset)
  const [all, wanted] = [characters(text), characters(part)]
  if (part === "") return offset > BigInt(all.length) ? BigInt(all.length) : offset
  for (let place = Number(offset); place <= all.length - wanted.length; place++) {
    if (startsAt(all, wanted, place)) return BigInt(place)
  }
  return -1n
}

const lastIndexFrom = (text: string, part: string, offset: bigint): bigint => {
  if (offset < 0n) return outOfRange(offset)
  const [all, wanted] = [characters(text), characters(part)]
  if (part === "") return offset > BigInt(all.length) ? BigInt(all.length) : offset
  if (offset >= BigInt(all.length)) return -1n
  for (let place = Math.min(Number(offset), all.length - wanted.length); place >= 0; place--) {
    if (startsAt(all, wanted, place)) return BigInt(place)
  }
  return -1n
}

const lastIndexOf = (text: string, part: string): bigint => {
  const length = characters(text).length
  if (part === "") return BigInt(length)
  return length === 0 ? -1n : lastIndexFrom(text, part, BigInt(length - 1))
}

const substring = (text: string, start: bigint, end?: bigint): string => {
  const all = characters(text)
  const length = BigInt(all.length)
  const until = end ?? length
  if (end !== undefined && start > end) return fail(`invalid substring range. start: ${start}, end: ${end}`)
  if (start < 0n || start > length) return outOfRange(start)
  if (until < 0n || until > length) return outOfRange(until)
  return all.slice(Number(start), Number(until)).join("")
}

/** Longer texts than any request could hold are nobody's; a few replacements in a row could make them. */
const maximumLength = 4 * 1024 * 1024

const tooLong = (): never => fail("string too long")

const limited = (text: string): string => text.length > maximumLength ? tooLong() : text

const replace = (text: string, part: string, by: string, maximum = -1n): string => {
  let left = maximum < 0n ? Infinity : Number(maximum)
  let length = text.length
  const insertion = (): string => {
    if (left <= 0) return part
    left--
    length += by.length - part.length
    return length > maximumLength ? tooLong() : by
  }
  if (part !== "") return text.replaceAll(part, insertion)
  // Nothing is before each character, and behind the last.
  return characters(text).map((character) => insertion() + character).join("") + insertion()
}

const split = (text: string, separator: string, maximum = -1n): ListValue => {
  if (maximum === 0n) return new ListValue([])
  const pieces = separator === "" ? [...characters(text)] : text.split(separator)
  if (maximum < 0n || pieces.length <= Number(maximum)) return new ListValue(pieces)
  const most = Number(maximum)
  return new ListValue([...pieces.slice(0, most - 1), pieces.slice(most - 1).join(separator)])
}

const join = (list: ListValue, separator = ""): string => {
  const texts: Array<string> = []
  for (const item of list) texts.push(typeof item === "string" ? item : notText(item))
  return limited(texts.join(separator))
}

const notText = (item: Value): never => fail(`join: invalid input: ${typeName(item)}`)

const quote = (text: string): string =>
  `"${text.replace(/[\u0007\b\f\n\r\t\u000b\\"]/g, (character) => quoteEscapes[character]!)}"`

/** What Go takes for white space. */
const outerSpace =
  /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g

const trim = (text: string): string => text.replace(outerSpace, "")

const once: CostRule = { of: ([text = 0]) => walk(text), size: ({ sizes: [text = 0] }) => text }
/** A third argument that is a number is the largest number of parts. */
const twice: CostRule = {
  of: ([text = 0]) => walk(text, 2),
  size: ({ literals, sizes: [text = 0] }) => literals[2] ?? text
}
const ofArgument: CostRule = { of: ([, part = 0]) => walk(part) }

const replacing: CostRule = {
  of: ([text = 0]) => walk(text, 2),
  size: ({ sizes: [text = 0, , by = 0], smallest: [, part = 0] }) => {
    // Between all characters, or as often as the shortest part fits.
    if (part === 0) return (text + 1) * by + text
    return by <= part ? text : Math.ceil(text / part) * by
  }
}

/** The items, and the separators between them. */
const joinedSize = ({ items, sizes: [list = 0, separator = 0] }: Guess): number =>
  list * items + separator * Math.max(list - 1, 0)

const joining: CostRule = {
  of: (_, result) => walk(result, 2),
  estimate: (guess) => walk(joinedSize(guess)),
  size: joinedSize
}

export const strings: ReadonlyArray<Overload> = [
  overload<[string, string]>("string.contains(string) -> bool", (text, part) => text.includes(part), {
    of: ([text = 0, part = 0]) => walk(text) * walk(part)
  }),
  overload<[string, string]>("string.startsWith(string) -> bool", (text, part) => text.startsWith(part), ofArgument),
  overload<[string, string]>("string.endsWith(string) -> bool", (text, part) => text.endsWith(part), ofArgument),
  overload<[string, bigint]>("string.charAt(int) -> string", charAt),
  overload<[string, string]>("string.indexOf(string) -> int", indexOf, once),
  overload<[string, string, bigint]>("string.indexOf(string, int) -> int", indexOf, once),
  overload<[string, string]>("string.lastIndexOf(string) -> int", lastIndexOf, once),
  overload<[string, string, bigint]>("string.lastIndexOf(string, int) -> int", lastIndexFrom, once),
  overload<[string]>(
    "string.lowerAscii() -> string",
    (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
    once
  ),
  overload<[string]>(
    "string.upperAscii() -> string",
    (text) => text.replace(/[a-z]/g, (letter) => letter.toUpperCase()),
    once
  ),
  overload<[string]>("string.trim() -> string", trim, once),
  overload<[string, bigint]>("string.substring(int) -> string", substring, once),
  overload<[string, bigint, bigint]>("string.substring(int, int) -> string", substring, once),
  overload<[string, string, string]>("string.replace(string, string) -> string", replace, replacing),
  overload<[string, string, string, bigint]>("string.replace(string, string, int) -> string", replace, replacing),
  overload<[string, string]>("string.split(string) -> list(string)", split, twice),
  overload<[string, string, bigint]>("string.split(string, int) -> list(string)", split, twice),
  overload<[ListValue]>("list(string).join() -> string", join, joining),
  overload<[ListValue, string]>("list(string).join(string) -> string", join, joining),
  overload<[string, ListValue]>("string.format(list(dyn)) -> string", (text, args) => limited(formatText(text, args)), {
    of: ([text = 0]) => walk(text)
  }),
  overload<[string]>("strings.quote(string) -> string", quote, {
    of: ([text = 0]) => walk(text),
    size: ({ sizes: [text = 0] }) => text * 2 + 2
  })
]
