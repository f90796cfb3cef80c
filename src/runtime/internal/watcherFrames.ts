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
import * as KubeError from "../../protocol/KubeError.js"
import type * as Request from "../../protocol/Request.js"
import type { Event, Undecodable } from "../Watcher.js"
import type { Input } from "./watcherState.js"

type Watch = Request.Request<KubeError.Expired>

const text = (u: unknown): string | undefined => typeof u === "string" && u !== "" ? u : undefined

const metadataOf = (object: unknown): Undecodable["metadata"] => {
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
  /** What ended the watch: an ERROR event, or a line that is not JSON. What came before it counts. */
  end: Input | undefined
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

/** Reads lines; an end in `into` stops it. */
export const frames = <K>(codec: Codec<K>, request: Watch, lines: ReadonlyArray<string>): Frames<K> => {
  const into: Frames<K> = { events: [], resourceVersion: "", event: false, bookmark: false, end: undefined }
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    let frame: unknown
    try {
      frame = JSON.parse(line)
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

const metadataVersion = (object: unknown): string | undefined =>
  isFields(object) && isFields(object["metadata"]) ? text(object["metadata"]["resourceVersion"]) : undefined
