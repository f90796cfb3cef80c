/**
 * The items of a list, cut from its bytes as they arrive.
 *
 * Real servers write lists without spaces and every item with the same first field, so the text between two items is always the same:
 * `},{"metadata":`. It is learnt from the first items, and from then on found by a native search. JSON.parse of what lies before proves the
 * cut right: an object's text ends at its own closing brace, so the text up to any other brace is not JSON. Where the search finds no proof,
 * a scanner finds the item's end, and where that happens often the search is given up: no list costs more than one look at each character and
 * one parse. test/bench/framing.bench.ts has the costs.
 */
import { FramingError } from "./framingError.js"
import type { FramingErrorReason } from "./framingError.js"
import { blockSize } from "./lineSplitter.js"
import { Utf8Chunks } from "./utf8Chunks.js"
import { isSpace, ValueScanner } from "./valueScanner.js"

export interface ListHead {
  apiVersion?: string | undefined
  kind?: string | undefined
  metadata?: {
    resourceVersion?: string | undefined
    continue?: string | undefined
    remainingItemCount?: number | undefined
  } | undefined
}

export type ListItem =
  | { readonly _tag: "Parsed"; readonly text: string; readonly value: unknown }
  | { readonly _tag: "Unparsable"; readonly text: string }

/** How far an item may reach before the search for what follows it gives way to the scanner. Servers store no object of this size. */
const searchLimit = 4 * 1024 * 1024

/** How many cuts may fail for free, and from then on one in how many. */
const freeMisses = 8
const toleratedMisses = 16

/** The first field's name of an object, with the brace and the colon around it. */
const longestOpening = 256
const opening = /^\{[ \t\r\n]*"(?:[^"\\]|\\.)*"[ \t\r\n]*:/

/** What must come next, outside of keys, values and items. */
type Expected =
  | "document"
  | "key or end"
  | "key"
  | "colon"
  | "value"
  | "comma or end"
  | "item or end"
  | "item"
  | "item comma or end"
  | "nothing"

/** Which token has begun and not ended yet. */
type Unfinished = "none" | "key" | "value" | "scanned item" | "searched item"

export class ListCutterImpl {
  failure: FramingError | undefined = undefined
  readonly head: ListHead = {}

  private readonly utf8 = new Utf8Chunks()
  private readonly scanner = new ValueScanner()
  private items: Array<ListItem> = []
  private expected: Expected = "document"
  private key = ""
  private seenItems = false

  /** The token that the last text left unfinished, from its beginning. Grows by concatenation, which copies nothing until it is whole. */
  private unfinished: Unfinished = "none"
  private pending = ""
  /** The end of `pending`, as much as may be the first part of a separator. */
  private overlap = ""

  /** The text from an item's closing brace to the next one's first colon, once it is known. */
  private separator = ""
  /** How far the next item begins after the separator's first character. */
  private nextItem = 0
  /** Whether to scan, not search: nothing is learnt yet, the search has missed too often, or the text has ended. */
  private scanOnly = true
  private learning = true
  private lastOpening: string | undefined = undefined
  private gap = ""
  private hits = 0
  private misses = 0

  /** `parseItem` must throw for what JSON.parse throws for, at least where a text ends too soon: it proves where an item ends. */
  constructor(private readonly maxLength: number, private readonly parseItem: (text: string) => unknown = JSON.parse) {}

  push(chunk: Uint8Array): ReadonlyArray<ListItem> {
    for (let at = 0; at < chunk.length && this.failure === undefined; at += blockSize) {
      const block = chunk.length <= blockSize ? chunk : chunk.subarray(at, at + blockSize)
      this.resume(this.utf8.decode(block))
    }
    return this.takeItems()
  }

  end(): ReadonlyArray<ListItem> {
    if (this.failure === undefined) this.resume(this.utf8.end())
    if (this.failure === undefined && this.unfinished === "searched item") {
      const text = this.pending
      this.pending = ""
      this.unfinished = "none"
      this.scanOnly = true
      this.read(text, 0)
    }
    if (this.failure === undefined && this.expected !== "nothing") {
      this.fail(
        "Truncated",
        this.expected === "document" ? "a list, found nothing" : "the rest of a list, found the end of the body"
      )
    }
    return this.takeItems()
  }

  private takeItems(): ReadonlyArray<ListItem> {
    const items = this.items
    this.items = []
    return items
  }

  private fail(reason: FramingErrorReason, description: string): void {
    this.failure = new FramingError({ reason, description: `expected ${description}` })
    this.pending = ""
    this.overlap = ""
  }

  /** Goes on with a token that the last text left unfinished. */
  private resume(chunk: string): void {
    if (this.unfinished === "none") return this.read(chunk, 0)
    if (this.unfinished === "searched item") return this.resumeSearch(chunk)
    const end = this.scanner.scan(chunk, 0)
    if (end < 0) {
      this.pending += chunk
      return this.checkLength()
    }
    const token = this.pending + chunk.slice(0, end)
    this.pending = ""
    if (this.finish(token)) this.read(chunk, end)
  }

  /** Only the item that lies on both sides is put together: each copy of a text costs as much as a search in it. */
  private resumeSearch(chunk: string): void {
    const { overlap, pending, separator } = this
    const seam = (overlap + chunk.slice(0, separator.length - 1)).indexOf(separator)
    const inChunk = seam < 0 ? chunk.indexOf(separator) : seam - overlap.length
    const found = seam >= 0 || inChunk >= 0
    if (!found && pending.length + chunk.length <= searchLimit) {
      this.pending += chunk
      this.overlap = (chunk.length < separator.length ? overlap + chunk : chunk).slice(1 - separator.length)
      return this.checkLength()
    }
    this.pending = ""
    this.unfinished = "none"
    const end = inChunk + 1
    if (found && this.cut(end <= 0 ? pending.slice(0, pending.length + end) : pending + chunk.slice(0, end))) {
      const next = inChunk + this.nextItem
      return next >= 0 ? this.read(chunk, next) : this.read(pending.slice(next) + chunk, 0)
    }
    if (!found) this.miss()
    const text = pending + chunk
    this.read(text, this.scan(text, 0, "scanned item"))
  }

  private checkLength(): void {
    if (this.pending.length > this.maxLength) {
      this.fail("TooLong", `items of at most ${this.maxLength} characters, found a longer one`)
    }
  }

  /** Reads tokens from a place where none has begun. */
  private read(text: string, from: number): void {
    let at = from
    while (this.failure === undefined) {
      const token = at
      while (at < text.length && isSpace(text.charCodeAt(at))) at++
      if (this.learning && at > token) this.gap += text.slice(token, at)
      if (at === text.length) return
      const character = text[at]!
      switch (this.expected) {
        case "document":
          if (character !== "{") return this.fail("NotJson", `a list in JSON, found ${excerpt(text.slice(at))}`)
          this.expected = "key or end"
          at++
          break
        case "key or end":
        case "key":
          if (character === "\"") {
            at = this.scan(text, at, "key")
          } else if (character === "}" && this.expected === "key or end") {
            at = this.endDocument(at)
          } else {
            return this.malformed("a field's name")
          }
          break
        case "colon":
          if (character !== ":") return this.malformed("a colon after a field's name")
          this.expected = "value"
          at++
          break
        case "value":
          if (this.key === "items" && character === "[" && !this.seenItems) {
            this.seenItems = true
            this.expected = "item or end"
            at++
          } else {
            at = this.scan(text, at, "value")
          }
          break
        case "comma or end":
          if (character === ",") {
            this.expected = "key"
            at++
          } else if (character === "}") {
            at = this.endDocument(at)
          } else {
            return this.malformed("a comma or the end of the list")
          }
          break
        case "item or end":
          if (character === "]") {
            this.expected = "comma or end"
            at++
          } else {
            at = this.readItem(text, at)
          }
          break
        case "item":
          at = this.readItem(text, at)
          break
        case "item comma or end":
          if (character === ",") {
            this.expected = "item"
            if (this.learning) this.gap += ","
          } else if (character === "]") {
            this.expected = "comma or end"
          } else {
            return this.malformed("a comma or the end of the items")
          }
          at++
          break
        case "nothing":
          return this.malformed("nothing after the list")
      }
    }
  }

  private malformed(expected: string): void {
    this.fail("Malformed", `${expected}, found something else`)
  }

  private endDocument(at: number): number {
    if (this.seenItems) this.expected = "nothing"
    else this.fail("NotAList", `a list with items, found ${this.head.kind ?? "an object"} without`)
    return at + 1
  }

  /** Finds a token's end. The text's end when it does not end there. */
  private scan(text: string, from: number, token: Unfinished): number {
    this.unfinished = token
    this.scanner.reset()
    const end = this.scanner.scan(text, from)
    if (end >= 0) {
      this.finish(text.slice(from, end))
      return end
    }
    this.pending = from === 0 ? text : text.slice(from)
    this.checkLength()
    return text.length
  }

  /** Takes a whole token. False when it ends the reading. */
  private finish(token: string): boolean {
    const unfinished = this.unfinished
    this.unfinished = "none"
    if (token.length > this.maxLength) {
      this.pending = token
      this.checkLength()
    } else if (token === "") {
      this.malformed("a value")
    } else if (unfinished === "scanned item") {
      this.expected = "item comma or end"
      this.items.push(parse(token, this.parseItem))
      if (this.learning) {
        this.lastOpening = opening.exec(token.slice(0, longestOpening))?.[0]
        this.gap = ""
      }
    } else if (unfinished === "key") {
      const key = parse(token)
      if (key._tag === "Unparsable") this.malformed("a field's name")
      else this.key = String(key.value)
      this.expected = "colon"
    } else {
      const value = parse(token)
      if (value._tag === "Unparsable") this.malformed(`a value of ${JSON.stringify(this.key)}`)
      else this.takeValue(value.value)
      this.expected = "comma or end"
    }
    return this.failure === undefined
  }

  private takeValue(value: unknown): void {
    switch (this.key) {
      case "items":
        if (value !== null || this.seenItems) this.fail("NotAList", "items to be one array, found something else")
        this.seenItems = true
        break
      case "kind":
        this.head.kind = filled(value)
        if (this.head.kind === "Table" || this.head.kind === "Status") {
          this.fail("NotAList", `a list of objects, found a ${this.head.kind}`)
        }
        break
      case "apiVersion":
        this.head.apiVersion = filled(value)
        break
      case "metadata": {
        const fields = typeof value === "object" && value !== null ? value as { readonly [key: string]: unknown } : {}
        const remaining = fields["remainingItemCount"]
        this.head.metadata = {
          resourceVersion: filled(fields["resourceVersion"]),
          continue: filled(fields["continue"]),
          remainingItemCount: typeof remaining === "number" ? remaining : undefined
        }
      }
    }
  }

  /** Cuts items by searching while that works, else one by scanning. Where it stopped. */
  private readItem(text: string, from: number): number {
    if (this.learning && this.lastOpening !== undefined) this.learn()
    let at = from
    while (!this.scanOnly && text.charCodeAt(at) === brace) {
      const found = text.indexOf(this.separator, at)
      if (found < 0 && text.length - at <= searchLimit) {
        this.unfinished = "searched item"
        this.pending = at === 0 ? text : text.slice(at)
        this.overlap = this.pending.slice(1 - this.separator.length)
        this.expected = "item"
        this.checkLength()
        return text.length
      }
      if (found < 0) this.miss()
      if (found < 0 || !this.cut(text.slice(at, found + 1))) break
      at = found + this.nextItem
    }
    return this.scan(text, at, "scanned item")
  }

  /** Takes the text before a separator if it is an item. */
  private cut(token: string): boolean {
    const item = token.length > this.maxLength ? undefined : parse(token, this.parseItem)
    if (item?._tag !== "Parsed") {
      this.miss()
      return false
    }
    this.hits++
    this.items.push(item)
    return true
  }

  private miss(): void {
    this.misses++
    if (this.misses > freeMisses + this.hits / toleratedMisses) this.scanOnly = true
  }

  /** Puts the separator together from what ended the last item and what began it: the next one is taken to begin the same. */
  private learn(): void {
    this.learning = false
    this.scanOnly = false
    this.nextItem = 1 + this.gap.length
    this.separator = `}${this.gap}${this.lastOpening}`
  }
}

const brace = 0x7b

const filled = (value: unknown): string | undefined => typeof value === "string" && value !== "" ? value : undefined

const parse = (token: string, json: (text: string) => unknown = JSON.parse): ListItem => {
  try {
    return { _tag: "Parsed", text: token, value: json(token) }
  } catch {
    return { _tag: "Unparsable", text: token }
  }
}

/** What a body starts with that is no JSON object: a page or a line of text, which holds no object of the cluster. */
const excerpt = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
