/**
 * From the text of watch frames and list items to events. This is the hot path: one plain loop a chunk of bytes, no
 * Effect in it (test/bench/watch.bench.ts).
 */
import * as Either from "effect/Either"
import * as reading from "../../client/internal/reading.js"
import type * as Framing from "../../protocol/Framing.js"
import { isFields } from "../../protocol/internal/actual.js"
import type { Codec } from "../../protocol/internal/codec.js"
import { decodeError, metadataOf as metadataIn } from "../../protocol/internal/decodeError.js"
import { defaultMaxLength } from "../../protocol/internal/lineSplitter.js"
import { ListCutterImpl } from "../../protocol/internal/listCutter.js"
import { parseFrame, parseObject } from "../../protocol/internal/managedFieldsCut.js"
import * as KubeError from "../../protocol/KubeError.js"
import type * as Request from "../../protocol/Request.js"
import type { Event, Undecodable } from "../Watcher.js"
import type { Input } from "./watcherState.js"

type Watch = Request.Request<KubeError.Expired>

/** How the JSON of a connection is read. Both throw what JSON.parse throws. */
export interface Parsing {
  readonly item: (text: string) => unknown
  readonly frame: (line: string) => unknown
}

export const parsing = (managedFields: "keep" | "drop"): Parsing =>
  managedFields === "drop" ? { item: parseObject, frame: parseFrame } : { item: JSON.parse, frame: JSON.parse }

export const listCutter = (parsing: Parsing): Framing.ListCutter => new ListCutterImpl(defaultMaxLength, parsing.item)

const text = (u: unknown): string | undefined => typeof u === "string" && u !== "" ? u : undefined

/** As much of an object's metadata as can be read. */
export const metadataOf = (object: unknown): Undecodable["metadata"] => {
  const metadata = metadataIn(object)
  return {
    name: text(metadata["name"]),
    namespace: text(metadata["namespace"]),
    uid: text(metadata["uid"]),
    resourceVersion: text(metadata["resourceVersion"])
  }
}

const undecodable = (
  request: Watch,
  change: Undecodable["change"],
  object: unknown,
  raw: string,
  issues: ReadonlyArray<KubeError.Issue>
): Undecodable => ({
  _tag: "Undecodable",
  change,
  metadata: metadataOf(object),
  raw,
  error: decodeError(request.info, object, issues)
})

// ------------------------------------------------------------------------------------------------ lists

/** The items of a list, as events; those that do not decode come after the others. */
export const items = <K>(codec: Codec<K>, request: Watch, cut: ReadonlyArray<Framing.ListItem>): Array<Event<K>> => {
  const objects: Array<K> = []
  const events: Array<Event<K>> = []
  for (let i = 0; i < cut.length; i++) {
    const item = cut[i]!
    if (item._tag === "Unparsable") {
      events.push(
        undecodable(request, "Listed", undefined, item.text, [{
          path: [],
          expected: "JSON",
          actual: "text that is not"
        }])
      )
      continue
    }
    const decoded = codec.decode(item.value, "item")
    if (Either.isRight(decoded)) objects.push(decoded.right)
    else events.push(undecodable(request, "Listed", item.value, item.text, decoded.left))
  }
  if (objects.length > 0) events.unshift({ _tag: "InitPage", objects })
  return events
}

// ------------------------------------------------------------------------------------------------ watches

/** What the lines of a chunk say. */
export interface Frames<K> {
  readonly events: Array<Event<K>>
  /** The last resourceVersion; empty where there was none. */
  resourceVersion: string
  event: boolean
  bookmark: boolean
  /** What ended the watch, or its initial events: an ERROR event, a line that is not JSON, a bookmark. What came before it counts. */
  end: Input | undefined
  /** How many lines these are: up to the end. */
  read: number
}

const changes: { readonly [type: string]: "Applied" | "Deleted" | undefined } = {
  ADDED: "Applied",
  MODIFIED: "Applied",
  DELETED: "Deleted"
}

const objectStart = "\"object\":"

/** The object's own text in a frame, as it came. */
const objectText = (line: string): string => {
  const start = line.indexOf(objectStart)
  return line.startsWith("{\"type\":") && start >= 0 && start < 32 ? line.slice(start + objectStart.length, -1) : line
}

const badFrame = (request: Watch, found: string): Input => ({
  _tag: "BadFrame",
  error: new KubeError.TransportError({
    request: request.info,
    reason: "Protocol",
    description: `expected a watch event in JSON, found ${found}`
  })
})

/** Reads lines; an end in `into` stops it. `initial`: they are initial events, and only the bookmark that ends them counts. */
export const frames = <K>(
  codec: Codec<K>,
  request: Watch,
  lines: ReadonlyArray<string>,
  parsing: Parsing,
  initial = false
): Frames<K> => {
  const into: Frames<K> = { events: [], resourceVersion: "", event: false, bookmark: false, end: undefined, read: 0 }
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    into.read = i + 1
    let frame: unknown
    try {
      frame = parsing.frame(line)
    } catch {
      into.end = badFrame(request, `${line.length} characters that are not JSON`)
      return into
    }
    if (!isFields(frame) || typeof frame["type"] !== "string") {
      into.end = badFrame(request, "JSON without a type")
      return into
    }
    const { object, type } = frame as { readonly type: string; readonly object: unknown }
    const change = changes[type]
    if (change !== undefined) {
      into.event = true
      const decoded = codec.decode(object, "served")
      if (Either.isRight(decoded)) {
        into.events.push({ _tag: change, object: decoded.right })
        into.resourceVersion = metadataVersion(decoded.right) ?? into.resourceVersion
      } else {
        const event = undecodable(request, change, object, objectText(line), decoded.left)
        into.events.push(event)
        into.resourceVersion = event.metadata.resourceVersion ?? into.resourceVersion
      }
    } else if (type === "BOOKMARK" && initial) {
      const bookmark = reading.readBookmark(object)
      if (!bookmark.initialEventsEnd) continue
      into.end = bookmark.resourceVersion === ""
        ? badFrame(request, "the end of the initial events without a resourceVersion")
        : { _tag: "InitialEventsEnd", resourceVersion: bookmark.resourceVersion }
      return into
    } else if (type === "BOOKMARK") {
      // Of a bookmark nothing but this is read: what else it holds is no object of the kind.
      const resourceVersion = metadataVersion(object)
      if (resourceVersion === undefined) continue
      into.bookmark = true
      into.resourceVersion = resourceVersion
      into.events.push({ _tag: "Bookmark", resourceVersion })
    } else if (type === "ERROR") {
      into.end = { _tag: "Failed", error: reading.eventError(request, object) }
      return into
    } else {
      into.resourceVersion = metadataVersion(object) ?? into.resourceVersion
    }
  }
  return into
}

/**
 * Initial events, as the pages of a list. What was deleted or changed since the server began comes after it began, and
 * before the end: so the order is kept.
 */
export const asInitial = <K>(events: ReadonlyArray<Event<K>>): Array<Event<K>> => {
  const initial: Array<Event<K>> = []
  let page: Array<K> | undefined
  for (const event of events) {
    if (event._tag === "Applied") {
      if (page === undefined) initial.push({ _tag: "InitPage", objects: page = [] })
      page.push(event.object)
    } else {
      page = undefined
      initial.push(event._tag === "Undecodable" && event.change === "Applied" ? { ...event, change: "Listed" } : event)
    }
  }
  return initial
}

const metadataVersion = (object: unknown): string | undefined =>
  isFields(object) && isFields(object["metadata"]) ? text(object["metadata"]["resourceVersion"]) : undefined
