/**
 * Framing: from the bytes of a response to the lines of a watch, and to the items of a list as they arrive.
 *
 * ```ts
 * import { Framing } from "effect-kube"
 *
 * const cutter = Framing.makeListCutter()
 * const names = (chunk: Uint8Array) => cutter.push(chunk).map((item) => item.text.length)
 * const last = () => cutter.end()
 * ```
 *
 * Both are plain synchronous objects that keep state, one for each response body, made to be driven by a callback for each chunk. They take
 * chunks of any size and cut anywhere, inside a rune too. What they are given is not kept or changed. A chunk is worked through in one go:
 * who must stay responsive pushes little at a time (64 KiB are about a millisecond's work) and yields in between.
 */
import type { FramingError } from "./internal/framingError.js"
import { defaultMaxLength, LineSplitterImpl } from "./internal/lineSplitter.js"
import { ListCutterImpl } from "./internal/listCutter.js"

export {
  /** A response body that cannot be read on: its `reason`, and what was expected and found, without content of objects. */
  FramingError
} from "./internal/framingError.js"
export type { FramingErrorReason } from "./internal/framingError.js"

/** Cuts the body of a watch into lines, one event each. */
export interface LineSplitter {
  /** The lines that this chunk completes, without their ends (`\n` or `\r\n`); empty ones are left out. */
  readonly push: (chunk: Uint8Array) => ReadonlyArray<string>
  /** Set when a line passed the bound; nothing more comes after it. The lines before it were given. */
  readonly failure: FramingError | undefined
  /**
   * How many characters of a line are there whose end has not come. When the body ends now they are the first part of an event that was cut
   * off, and are to be forgotten.
   */
  readonly pending: number
}

/** Bounds for what is kept in memory while a line or an item is not complete. */
export interface Options {
  /** The longest line or item, in UTF-16 units, of which there are at most as many as bytes. Default: 64 Mi. */
  readonly maxLength?: number | undefined
}

/** A splitter for the body of one watch. */
export const makeLineSplitter = (options?: Options): LineSplitter =>
  new LineSplitterImpl(options?.maxLength ?? defaultMaxLength)

/** What a list says about itself, as far as it has arrived. Servers send it before the items, but need not. */
export interface ListHead {
  readonly apiVersion?: string | undefined
  readonly kind?: string | undefined
  /** Absent until it has arrived; then each field is absent that the server left out or sent empty. */
  readonly metadata?:
    | {
      /** The state of the cluster that the list shows; for pages after the first, that of the first. */
      readonly resourceVersion?: string | undefined
      /** The token that asks for the next page. */
      readonly continue?: string | undefined
      /** How many more items there are on the pages to come. */
      readonly remainingItemCount?: number | undefined
    }
    | undefined
}

/** One item of a list, with its text as it came. */
export type ListItem =
  | { readonly _tag: "Parsed"; readonly text: string; readonly value: unknown }
  /** JSON.parse refuses the text, but where it ends is known: the items after it are not concerned. */
  | { readonly _tag: "Unparsable"; readonly text: string }

/** Cuts the body of a list into its items. */
export interface ListCutter {
  /** The items that this chunk completes, in order. The last one may come with `end`. */
  readonly push: (chunk: Uint8Array) => ReadonlyArray<ListItem>
  /** To be called when the body has ended as it should: the rest of the items. Only when `failure` is not set then was the list complete. */
  readonly end: () => ReadonlyArray<ListItem>
  /** What is known by now about the list. */
  readonly head: ListHead
  /** Set when the body cannot be read on; nothing more comes after it. The items before it were given. */
  readonly failure: FramingError | undefined
}

/** A cutter for the body of one list. `items: null` is an empty list; a Table, a Status, HTML or half a list is a failure. */
export const makeListCutter = (options?: Options): ListCutter =>
  new ListCutterImpl(options?.maxLength ?? defaultMaxLength)
