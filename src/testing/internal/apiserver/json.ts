/**
 * JSON as an API server reads it: any key is a key (`__proto__` too), a key given twice is noticed, and what is no JSON
 * is refused with the text that a kube-apiserver gives.
 *
 * ```ts
 * import { readJson } from "./json.js"
 *
 * readJson("{\"a\": 1, \"a\": 2}") // { value: { a: 2 }, duplicates: ["a"] }
 * readJson("{bad")                 // { error: "invalid character 'b' looking for beginning of object key string" }
 * ```
 */
import { isObject, type JsonObject, maximumDepth, own, setOwn } from "../structural/schema.js"

export { isObject, type JsonObject, own, setOwn }

export type Read =
  | { readonly value: unknown; readonly duplicates: ReadonlyArray<string>; readonly error?: undefined }
  | { readonly error: string }

/** Parses, and lists the paths of the keys that an object holds twice (`spec.title`, `spec.list[0].x`). */
export const readJson = (text: string): Read => {
  const scanner = new Scanner(text)
  const error = scanner.scan()
  return error === undefined ? { value: JSON.parse(text), duplicates: scanner.duplicates } : { error }
}

/** A member, if it is an object. */
export const child = (object: unknown, key: string): JsonObject | undefined => {
  const value = isObject(object) ? own(object, key) : undefined
  return isObject(value) ? value : undefined
}

/** A member, if it is a text. */
export const text = (object: unknown, key: string): string | undefined => {
  const value = isObject(object) ? own(object, key) : undefined
  return typeof value === "string" ? value : undefined
}

/** A member, if it is a list. */
export const items = (object: unknown, key: string): ReadonlyArray<unknown> => {
  const value = isObject(object) ? own(object, key) : undefined
  return Array.isArray(value) ? value : []
}

/** The texts of a list. */
export const texts = (object: unknown, key: string): ReadonlyArray<string> =>
  items(object, key).filter((each) => typeof each === "string")

/** What stands at the end of a path of members. */
export const valueAt = (object: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>((value, key) => isObject(value) ? own(value, key) : undefined, object)

/** An object as it is, an empty one for anything else. */
export const objectOf = (value: unknown): JsonObject => isObject(value) ? value : {}

/** A shallow copy with one member more, or with another value; `undefined` takes it away. */
export const withMember = (object: JsonObject, key: string, value: unknown): JsonObject => {
  const copy = { ...object }
  if (value === undefined) delete copy[key]
  else setOwn(copy, key, value)
  return copy
}

/** Whether two JSON values are the same; the order of keys does not matter. */
export const equal = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((each, at) => equal(each, b[at]))
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
}

/** The kind of a JSON value, in Go's words. */
export const typeName = (value: unknown): string =>
  Array.isArray(value) ? "array" : value === null ? "null" : typeof value === "boolean" ? "bool" : typeof value

interface Frame {
  readonly keys: Set<string> | undefined
  readonly path: string
  index: number
}

/** Walks over a text without recursion, so that deep nesting costs no stack. The grammar is that of RFC 8259, the texts are those of Go's decoder. */
class Scanner {
  readonly duplicates: Array<string> = []
  readonly #told = new Set<string>()
  #at = 0
  constructor(readonly source: string) {}

  scan(): string | undefined {
    const stack: Array<Frame> = []
    let key = ""
    for (;;) {
      this.#skip()
      const path = stack.length === 0 ? "" : this.#pathOf(stack[stack.length - 1]!, key)
      const character = this.source[this.#at]
      if (character === "{" || character === "[") {
        if (stack.length >= maximumDepth) return "exceeded max depth"
        this.#at++
        stack.push({ keys: character === "{" ? new Set() : undefined, path, index: 0 })
        this.#skip()
        if (this.source[this.#at] === (character === "{" ? "}" : "]")) {
          this.#at++
          stack.pop()
        } else {
          if (character === "[") continue
          const next = this.#key(stack[stack.length - 1]!)
          if (typeof next !== "string") return next.error
          key = next
          continue
        }
      } else {
        const error = this.#scalar(character)
        if (error !== undefined) return error
      }
      // A value has ended: close what it ends, or go on with the next one.
      for (;;) {
        this.#skip()
        const frame = stack[stack.length - 1]
        const next = this.source[this.#at]
        if (frame === undefined) {
          return next === undefined ? undefined : this.#bad("after top-level value")
        }
        if (next === undefined) return "unexpected end of JSON input"
        this.#at++
        if (next === (frame.keys === undefined ? "]" : "}")) {
          stack.pop()
          continue
        }
        if (next !== ",") {
          this.#at--
          return this.#bad(frame.keys === undefined ? "after array element" : "after object key:value pair")
        }
        frame.index++
        if (frame.keys !== undefined) {
          this.#skip()
          const name = this.#key(frame)
          if (typeof name !== "string") return name.error
          key = name
        }
        break
      }
    }
  }

  #pathOf(frame: Frame, key: string): string {
    if (frame.keys === undefined) return `${frame.path}[${frame.index}]`
    return frame.path === "" ? key : `${frame.path}.${key}`
  }

  #key(frame: Frame): string | { readonly error: string } {
    if (this.source[this.#at] !== "\"") return { error: this.#bad("looking for beginning of object key string") }
    const start = this.#at
    const error = this.#string()
    if (error !== undefined) return { error }
    const key = JSON.parse(this.source.slice(start, this.#at)) as string // a string was just scanned
    this.#skip()
    if (this.source[this.#at] !== ":") return { error: this.#bad("after object key") }
    this.#at++
    if (frame.keys!.has(key)) {
      const path = this.#pathOf(frame, key)
      if (!this.#told.has(path)) {
        this.#told.add(path)
        this.duplicates.push(path)
      }
    }
    frame.keys!.add(key)
    return key
  }

  #skip(): void {
    for (;;) {
      const code = this.source.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #scalar(character: string | undefined): string | undefined {
    switch (character) {
      case "\"":
        return this.#string()
      case "t":
        return this.#literal("true")
      case "f":
        return this.#literal("false")
      case "n":
        return this.#literal("null")
    }
    return character !== undefined && /[-0-9]/.test(character)
      ? this.#number()
      : this.#bad("looking for beginning of value")
  }

  #literal(word: string): string | undefined {
    for (let i = 0; i < word.length; i++, this.#at++) {
      if (this.source[this.#at] !== word[i]) return this.#bad(`in literal ${word} (expecting '${word[i]}')`)
    }
    return undefined
  }

  #string(): string | undefined {
    for (this.#at++;; this.#at++) {
      const code = this.source.charCodeAt(this.#at)
      if (code === 0x22) {
        this.#at++
        return undefined
      }
      if (Number.isNaN(code) || code < 0x20) return this.#bad("in string literal")
      if (code !== 0x5c) continue
      this.#at++
      const escape = this.source[this.#at]
      if (escape === undefined || !"\"\\/bfnrtu".includes(escape)) return this.#bad("in string escape code")
      if (escape !== "u") continue
      for (let i = 0; i < 4; i++) {
        this.#at++
        if (!/[0-9a-fA-F]/.test(this.source[this.#at] ?? "")) return this.#bad("in \\u hexadecimal character escape")
      }
    }
  }

  #number(): string | undefined {
    if (this.source[this.#at] === "-") this.#at++
    if (this.source[this.#at] === "0") this.#at++
    else if (!this.#digits()) return this.#bad("in numeric literal")
    if (this.source[this.#at] === ".") {
      this.#at++
      if (!this.#digits()) return this.#bad("after decimal point in numeric literal")
    }
    if (this.source[this.#at] === "e" || this.source[this.#at] === "E") {
      this.#at++
      if (this.source[this.#at] === "+" || this.source[this.#at] === "-") this.#at++
      if (!this.#digits()) return this.#bad("in exponent of numeric literal")
    }
    return undefined
  }

  #digits(): boolean {
    const start = this.#at
    while (this.source.charCodeAt(this.#at) >= 0x30 && this.source.charCodeAt(this.#at) <= 0x39) this.#at++
    return this.#at > start
  }

  #bad(where: string): string {
    const character = this.source[this.#at]
    if (character === undefined) return "unexpected end of JSON input"
    const shown = character === "'" ? "\\'" : character === "\n" ? "\\n" : character === "\t" ? "\\t" : character
    return `invalid character '${shown}' ${where}`
  }
}
