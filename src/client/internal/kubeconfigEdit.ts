/**
 * Changes of a YAML text that leave alone what they do not change: comments, order, quotes, unknown keys. A value is
 * written over in its place, and a key that is new gets a line (or a place in the braces) of its own object. What cannot
 * be done so is for the caller to write anew.
 *
 * ```ts
 * import { editText } from "./kubeconfigEdit.js"
 *
 * editText("a: 1 # one\n", { a: 1 }, { a: 2, b: "yes" }) // "a: 2 # one\nb: \"yes\"\n"
 * ```
 */
import { equal, isObject } from "../../protocol/internal/json.js"
import { type Node, plainValue, readDocument, Unreadable } from "../../protocol/internal/yaml11.js"

interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** What cannot be said by small changes. */
class TooMuch extends Error {}

/** A value on one line, that any reader of YAML takes for what it is: JSON, in which texts that need no quotes have none. */
const inline = (value: unknown): string =>
  typeof value === "string" && /^[A-Za-z][A-Za-z0-9_./-]*$/.test(value) && plainValue(value) === value
    ? value
    : inlineJson(value)

/** Of the characters that YAML wants escaped, JSON leaves these as they are. */
const inlineJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

type MapNode = Extract<Node, { readonly _tag: "Map" }>
type ScalarNode = Extract<Node, { readonly _tag: "Scalar" }>

class Editor {
  readonly edits: Array<Edit> = []
  /** What is JSON stays JSON. */
  readonly #inline: (value: unknown) => string
  constructor(readonly source: string) {
    this.#inline = /^\s*\{/.test(source) ? inlineJson : inline
  }

  value(node: Node, before: unknown, after: unknown): void {
    if (equal(before, after)) return
    if (node._tag === "Map" && isObject(before) && isObject(after)) return this.#map(node, before, after)
    if (node._tag === "List" && Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
      return node.items.forEach((item, index) => this.value(item, before[index], after[index]))
    }
    if (node._tag === "Scalar" && node.style !== "block" && node.tag === "" && node.anchor === "" && node.at >= 0) {
      // A quoted text stands between its quotes.
      const quote = node.style === "quoted" ? 1 : 0
      this.edits.push({ from: node.at - quote, to: node.end + quote, text: this.#inline(after) })
      return
    }
    throw new TooMuch()
  }

  #map(node: MapNode, before: { readonly [key: string]: unknown }, after: { readonly [key: string]: unknown }): void {
    const pairs = new Map<string, readonly [key: ScalarNode, value: Node]>()
    for (let index = 0; index + 1 < node.items.length; index += 2) {
      const [key, value] = [node.items[index]!, node.items[index + 1]!]
      // A key twice, a merge key or one that is no text: which member counts is not for us to guess.
      if (key._tag !== "Scalar" || key.text === "<<" || pairs.has(key.text)) throw new TooMuch()
      pairs.set(key.text, [key, value])
    }
    const added: Array<string> = []
    for (const key of Object.keys(after)) {
      const pair = pairs.get(key)
      if (pair === undefined) added.push(`${this.#inline(key)}: ${this.#inline(after[key])}`)
      else if (pair[1]._tag === "Scalar" && pair[1].at < 0) this.#empty(pair[0], before[key], after[key])
      else this.value(pair[1], before[key], after[key])
    }
    for (const [key, pair] of pairs) if (!Object.hasOwn(after, key)) this.#remove(node, pair)
    if (added.length > 0) this.#add(node, [...pairs.values()], added)
  }

  /** `key:` with nothing after it. */
  #empty(key: ScalarNode, before: unknown, after: unknown): void {
    if (equal(before, after)) return
    const colon = key.end + (key.style === "quoted" ? 1 : 0)
    if (this.source[colon] !== ":") throw new TooMuch()
    this.edits.push({ from: colon + 1, to: colon + 1, text: ` ${this.#inline(after)}` })
  }

  #endOfLine(at: number): number {
    const end = this.source.indexOf("\n", at)
    return end < 0 ? this.source.length : this.source[end - 1] === "\r" ? end - 1 : end
  }

  #startOfLine(at: number): number {
    return this.source.lastIndexOf("\n", at - 1) + 1
  }

  /** Takes away a line that holds nothing but this key and its value. */
  #remove(node: MapNode, [key, value]: readonly [ScalarNode, Node]): void {
    const from = this.#startOfLine(key.at)
    const next = this.source.indexOf("\n", value._tag === "Scalar" ? Math.max(key.end, value.end) : key.end)
    const isAlone = !node.flow && node.items.length > 2 && this.source.slice(from, key.at).trim() === "" &&
      value._tag === "Scalar" && value.style !== "block" && next >= 0 &&
      !this.source.slice(key.end, value.end).includes("\n")
    if (!isAlone) throw new TooMuch()
    this.edits.push({ from, to: next + 1, text: "" })
  }

  #add(node: MapNode, pairs: ReadonlyArray<readonly [ScalarNode, Node]>, added: ReadonlyArray<string>): void {
    if (node.flow) {
      // Before the first one, and as far from it as that is from the brace.
      const space = /^\s*/.exec(this.source.slice(node.at + 1))![0]
      const at = node.at + 1 + space.length
      const text = pairs.length === 0 ? added.join(", ") : added.map((each) => `${each},${space || " "}`).join("")
      this.edits.push({ from: at, to: at, text })
      return
    }
    const [first] = pairs
    if (first === undefined) throw new TooMuch()
    const quote = first[0].style === "quoted" ? 1 : 0
    // In a list the first key stands behind a dash; the others stand below it.
    const indent = this.source.slice(this.#startOfLine(first[0].at), first[0].at - quote).replace(/\S/g, " ")
    if (indent.includes("\t")) throw new TooMuch()
    const newline = this.source.includes("\r\n") ? "\r\n" : "\n"
    const last = pairs.findLast(([key, value]) =>
      value._tag === "Scalar" && value.style !== "block" &&
      !this.source.slice(key.at, Math.max(key.end, value.end)).includes("\n")
    )
    if (last === undefined) {
      const at = first[0].at - quote
      this.edits.push({ from: at, to: at, text: added.map((line) => `${line}${newline}${indent}`).join("") })
    } else {
      const at = this.#endOfLine(Math.max(last[0].end, last[1]._tag === "Scalar" ? last[1].end : 0))
      this.edits.push({ from: at, to: at, text: added.map((line) => `${newline}${indent}${line}`).join("") })
    }
  }
}

/** The text with the changes that lead from one value to the other; undefined where they are too much for this. */
export const editText = (source: string, before: unknown, after: unknown): string | undefined => {
  try {
    const { node } = readDocument(source)
    if (node === undefined) return undefined
    const editor = new Editor(source)
    editor.value(node, before, after)
    let text = source
    for (const { from, text: replacement, to } of editor.edits.sort((a, b) => b.from - a.from || b.to - a.to)) {
      text = text.slice(0, from) + replacement + text.slice(to)
    }
    // Whatever was not foreseen is seen here.
    return equal(readDocument(text).value, after) ? text : undefined
  } catch (error) {
    if (error instanceof TooMuch || error instanceof Unreadable) return undefined
    throw error
  }
}
