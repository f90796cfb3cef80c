/**
 * YAML as Kubernetes reads it: version 1.1, into JSON. `yes` and `on` are true, a leading zero makes a number octal, dates
 * stay text, keys become texts, and a key given twice is noticed (the last one counts). JSON is YAML too.
 *
 * ```ts
 * import { readDocument } from "./yaml11.js"
 *
 * readDocument("a: yes\nb: 0777\n1: 2026-01-02").value // { "1": "2026-01-02", a: true, b: 511 }
 * readDocument("a: 1\na: 2").duplicates                 // [{ line: 2, key: "a", isText: true }]
 * ```
 */
import * as yaml from "js-yaml"
import { type JsonObject, setKey } from "./json.js"

/** A text that is no such YAML. The message is a server's but for the syntax error's reason, and may quote the text. */
export class Unreadable extends Error {
  constructor(
    message: string,
    /** The same in words that hold nothing of the text, which may be a password. */
    readonly reason: string,
    /** From 1 on; undefined where the place is not known. */
    readonly place?: { readonly line: number; readonly column: number } | undefined
  ) {
    super(message)
  }
}

/** A key that its object holds already. */
export interface Duplicate {
  readonly line: number
  readonly key: string
  /** False: it stands for a number or a truth value. */
  readonly isText: boolean
}

export interface Document {
  /** Plain JSON; null for a text without a document. */
  readonly value: unknown
  readonly duplicates: ReadonlyArray<Duplicate>
  /** The tree that the value was made of, with its places in the text; undefined for a text without a document. */
  readonly node: Node | undefined
}

/** Objects and lists are nested so deep at most. */
export const maximumDepth = 1000

/** Reads the first document of a text, or throws {@link Unreadable}. */
export const readDocument = (text: string): Document => {
  try {
    const node = new Composer(text).compose()
    const decoder = new Decoder(text)
    return { value: node === undefined ? null : decoder.decode(node), duplicates: decoder.duplicates, node }
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error
    const place = error.mark === undefined ? undefined : { line: error.mark.line + 1, column: error.mark.column + 1 }
    throw new Unreadable(
      `yaml: ${place === undefined ? "" : `line ${place.line}: `}${error.reason}`,
      "not YAML",
      place
    )
  }
}

/** What a text stands for where it is written without quotes. */
export const plainValue = (text: string): unknown => (text === "" ? null : plainOf(text))

export type Node =
  | {
    readonly _tag: "Scalar"
    readonly at: number
    /** The first character after it; of a quoted text that is its closing quote. */
    readonly end: number
    readonly tag: string
    readonly text: string
    readonly style: "plain" | "quoted" | "block"
    readonly anchor: string
  }
  | { readonly _tag: "List"; readonly at: number; readonly items: Array<Node>; readonly flow: boolean }
  /** Keys and values in turn. */
  | { readonly _tag: "Map"; readonly at: number; readonly items: Array<Node>; readonly flow: boolean }
  | { readonly _tag: "Alias"; readonly at: number; readonly name: string; readonly of: Node | undefined }

const standardPrefix = "tag:yaml.org,2002:"

/** From the parser's flat events to a tree. */
class Composer {
  readonly #anchors = new Map<string, Node>()
  constructor(readonly source: string) {}

  compose(): Node | undefined {
    const open: Array<Array<Node>> = []
    for (const event of yaml.parseEvents(this.source, { maxDepth: maximumDepth })) {
      switch (event.type) {
        case yaml.EVENT_ID.DOCUMENT:
          open.push([])
          break
        case yaml.EVENT_ID.POP:
          if (open.length === 1) return open[0]![0]
          open.pop()
          break
        default: {
          const node = this.#node(event)
          open.at(-1)!.push(node)
          if (node._tag === "List" || node._tag === "Map") open.push(node.items)
        }
      }
    }
    return undefined
  }

  #node(event: Exclude<yaml.Event, yaml.DocumentEvent | yaml.PopEvent>): Node {
    const name = event.anchorStart < 0 ? "" : this.source.slice(event.anchorStart, event.anchorEnd)
    if (event.type === yaml.EVENT_ID.ALIAS) {
      return { _tag: "Alias", at: event.anchorStart, name, of: this.#anchors.get(name) }
    }
    const node: Node = event.type === yaml.EVENT_ID.SCALAR
      ? {
        _tag: "Scalar",
        at: event.valueStart,
        end: event.valueEnd,
        tag: event.tagStart < 0 ? "" : this.source.slice(event.tagStart, event.tagEnd),
        text: yaml.getScalarValue(this.source, event),
        style: event.style === yaml.SCALAR_STYLE.PLAIN
          ? "plain"
          : event.style === yaml.SCALAR_STYLE.SINGLE_QUOTED || event.style === yaml.SCALAR_STYLE.DOUBLE_QUOTED
          ? "quoted"
          : "block",
        anchor: name
      }
      : {
        _tag: event.type === yaml.EVENT_ID.SEQUENCE ? "List" : "Map",
        at: event.start,
        items: [],
        flow: event.style === yaml.COLLECTION_STYLE.FLOW
      }
    if (name !== "") this.#anchors.set(name, node)
    return node
  }
}

/** So much of a document may come from its aliases: a few lines of them can stand for more than a memory holds. */
const allowedAliases = (decoded: number): number =>
  decoded <= 400_000 ? 0.99 : decoded >= 4_000_000 ? 0.1 : 0.99 - 0.89 * ((decoded - 400_000) / 3_600_000)

/** From a tree to JSON. */
class Decoder {
  readonly duplicates: Array<Duplicate> = []
  #counted = { at: 0, line: 1 }
  #decoded = 0
  #aliased = 0
  #aliasDepth = 0
  readonly #open = new Set<Node>()
  constructor(readonly source: string) {}

  decode(node: Node): unknown {
    this.#decoded++
    if (this.#aliasDepth > 0) this.#aliased++
    if (
      this.#aliased > 100 && this.#decoded > 1000 && this.#aliased / this.#decoded > allowedAliases(this.#decoded)
    ) throw new Unreadable("yaml: document contains excessive aliasing", "too much of it comes from aliases")
    switch (node._tag) {
      case "Scalar":
        return scalarOf(node)
      case "List":
        return node.items.map((item) => this.decode(item))
      case "Map": {
        const object: JsonObject = {}
        this.#fill(object, node)
        return object
      }
      case "Alias":
        return this.#aliasOf(node, (of) => this.decode(of))
    }
  }

  #aliasOf<A>(node: Extract<Node, { readonly _tag: "Alias" }>, use: (of: Node) => A): A {
    if (node.of === undefined) {
      throw new Unreadable(`yaml: unknown anchor '${node.name}' referenced`, "an alias of an anchor that is not there")
    }
    if (this.#open.has(node)) {
      throw new Unreadable(`yaml: anchor '${node.name}' value contains itself`, "an anchor that contains itself")
    }
    this.#open.add(node)
    this.#aliasDepth++
    try {
      return use(node.of)
    } finally {
      this.#aliasDepth--
      this.#open.delete(node)
    }
  }

  #fill(object: JsonObject, node: Extract<Node, { readonly _tag: "Map" }>): void {
    for (let at = 0; at + 1 < node.items.length; at += 2) {
      const [key, value] = [node.items[at]!, node.items[at + 1]!]
      if (
        key._tag === "Scalar" && key.text === "<<" && (key.tag === "" ? key.style === "plain" : key.tag === "!!merge")
      ) {
        this.#merge(object, value)
        continue
      }
      const decoded = this.decode(key)
      const name = keyOf(decoded)
      if (Object.hasOwn(object, name)) {
        this.duplicates.push({ line: this.#lineOf(value.at), key: name, isText: typeof decoded === "string" })
      }
      setKey(object, name, this.decode(value))
    }
  }

  /** The merge key: the members of another map, or of several, of which the first counts most. */
  #merge(object: JsonObject, node: Node): void {
    if (node._tag === "Map") return this.#fill(object, node)
    if (node._tag === "Alias") {
      return this.#aliasOf(node, (of) => {
        if (of._tag !== "Map") throw notMergeable()
        this.#fill(object, of)
      })
    }
    if (node._tag === "Scalar") throw notMergeable()
    for (let at = node.items.length - 1; at >= 0; at--) {
      const item = node.items[at]!
      if (item._tag === "List" || item._tag === "Scalar") throw notMergeable()
      this.#merge(object, item)
    }
  }

  /** Places are asked for in the order of the text, so it is looked through once. */
  #lineOf(at: number): number {
    if (at < this.#counted.at) this.#counted = { at: 0, line: 1 }
    let { line } = this.#counted
    for (
      let index = this.source.indexOf("\n", this.#counted.at);
      index >= 0 && index < at;
      index = this.source.indexOf("\n", index + 1)
    ) {
      line++
    }
    this.#counted = { at, line }
    return line
  }
}

const notMergeable = () =>
  new Unreadable("yaml: map merge requires map or sequence of maps as the value", "a merge key of what is no object")

const keyOf = (value: unknown): string => {
  if (typeof value === "string" || typeof value === "boolean") return String(value)
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Math.fround(value))
  if (value === null) throw new Unreadable("unsupported map key of type: %!s(<nil>)", "a key that is null")
  throw new Unreadable("yaml: invalid map key", "a key that is an object or a list")
}

const words = new Map<string, unknown>([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, NaN] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, Infinity] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, -Infinity] as const)
])

const date =
  /^\d{4}-\d{1,2}-\d{1,2}([Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)?$/
const decimal = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/

/** The whole number that a text stands for, in any of its bases; nothing where it stands for none of 64 bits. */
const wholeOf = (text: string): number | undefined => {
  const [, sign = "", prefix = "", digits = ""] = /^([-+]?)(0[xX]|0[oO]|0[bB]|0(?=[0-9]))?([0-9a-fA-F]+)$/.exec(text) ??
    []
  if (digits === "") return undefined
  const base = { "": 10, x: 16, o: 8, b: 2, "0": 8 }[prefix.slice(-1).toLowerCase()]!
  const allowed = { 10: /^[0-9]+$/, 16: /^[0-9a-fA-F]+$/, 8: /^[0-7]+$/, 2: /^[01]+$/ }[base]!
  if (!allowed.test(digits)) return undefined
  const magnitude = base === 10
    ? BigInt(digits)
    : BigInt(`${{ 16: "0x", 8: "0o", 2: "0b" }[base]}${digits}`)
  const value = sign === "-" ? -magnitude : magnitude
  if (value < -(2n ** 63n) || value >= 2n ** 64n || (sign === "+" && value >= 2n ** 63n)) return undefined
  return Number(value)
}

/** What a plain text stands for. */
const plainOf = (text: string): unknown => {
  if (words.has(text)) return words.get(text)
  const first = text[0]!
  if (first === ".") return decimal.test(text) && Number.isFinite(Number(text)) ? Number(text) : text
  if (!/[-+0-9]/.test(first) || date.test(text)) return text
  const digits = text.replaceAll("_", "")
  const whole = wholeOf(digits)
  if (whole !== undefined) return whole
  return decimal.test(digits) && Number.isFinite(Number(digits)) ? Number(digits) : text
}

const shortTag = (tag: string): string =>
  tag.startsWith("!<") && tag.endsWith(">")
    ? shortTag(tag.slice(2, -1))
    : tag.startsWith(standardPrefix)
    ? `!!${tag.slice(standardPrefix.length)}`
    : tag

const tagOf = (value: unknown): string =>
  value === null
    ? "!!null"
    : typeof value === "boolean"
    ? "!!bool"
    : typeof value === "number"
    ? Number.isInteger(value) ? "!!int" : "!!float"
    : "!!str"

const scalarOf = (node: Extract<Node, { readonly _tag: "Scalar" }>): unknown => {
  const tag = shortTag(node.tag)
  if (tag === "" && node.style !== "plain") return node.text
  if (tag === "" || ["!!bool", "!!int", "!!float", "!!null"].includes(tag)) {
    const value = plainOf(node.text)
    const found = tagOf(value)
    if (typeof value === "number" && !Number.isFinite(value)) {
      const shown = Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf"
      throw new Unreadable(`json: unsupported value: ${shown}`, `a value that is ${shown}`)
    }
    if (tag !== "" && found !== tag && !(tag === "!!float" && found === "!!int")) {
      throw new Unreadable(
        `yaml: cannot decode ${found} \`${node.text}\` as a ${tag}`,
        `a ${found} under the tag ${tag}`
      )
    }
    return value
  }
  if (tag === "!!binary") {
    try {
      return new TextDecoder().decode(Uint8Array.from(globalThis.atob(node.text), (each) => each.charCodeAt(0)))
    } catch {
      throw new Unreadable("yaml: !!binary value contains invalid base64 data", "a !!binary that is not base64")
    }
  }
  return node.text
}
