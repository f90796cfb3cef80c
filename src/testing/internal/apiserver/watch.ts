/**
 * Watches: the state first or the writes since a revision, then each write as it happens, bookmarks in between, and an
 * end (S26 to S32). A connection is filled in the same step as the write; whoever reads it takes what has gathered.
 */
import * as Channel from "effect/Channel"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { jsonOf } from "./answers.js"
import { type JsonObject, withMember } from "./json.js"
import { metadataOf, withMetadata } from "./objectMeta.js"
import { bookmark, objectOf, type Representation } from "./representation.js"
import type { ObjectFilter } from "./selectors.js"
import type { Served } from "./served.js"
import type { LogRecord, Storage } from "./storage.js"
import { TableForm } from "./tables/table.js"
import type { Watchers } from "./watchers.js"

/** The connection broke: what came before may end in the middle of a line. */
export class ConnectionCut {
  readonly _tag = "ConnectionCut"
}

export interface WatchPlan {
  readonly served: Served
  readonly namespace: string | undefined
  readonly filter: ObjectFilter
  readonly representation: Representation
  readonly bookmarks: boolean
  /** The revision from which it goes on, 0 where it begins with the state: a bookmark that says no more is not sent. */
  readonly start: number
  /** Milliseconds since 1970 at which the server ends it. */
  readonly deadline: number
  readonly bookmarkInterval: number
}

const encoder = new TextEncoder()

const line = (type: string, object: unknown): Uint8Array =>
  encoder.encode(`{"type":"${type}","object":${jsonOf(object)}}\n`)

/** The lines of the record that is being told of: many watches share them. */
let shared: { readonly record: LogRecord; readonly lines: Map<string, Uint8Array> } | undefined

const sharedLine = (plan: WatchPlan, record: LogRecord, type: string, object: () => JsonObject): Uint8Array => {
  // A table tells its columns once in each watch.
  if (plan.representation instanceof TableForm) return line(type, objectOf(plan.served, object(), plan.representation))
  if (shared?.record !== record) shared = { record, lines: new Map() }
  const key = `${plan.served.group}/${plan.served.version} ${plan.representation} ${type}`
  let found = shared.lines.get(key)
  if (found === undefined) {
    shared.lines.set(key, found = line(type, objectOf(plan.served, object(), plan.representation)))
  }
  return found
}

/** An object that a selector no longer takes is told of as it was, at the revision at which it left (S30). */
const asItWas = (record: LogRecord): JsonObject => {
  const before = record.previous!.object // only records with a previous object get here
  return withMetadata(before, withMember(metadataOf(before), "resourceVersion", String(record.revision)))
}

/** What a watch is told of a write; nothing where the write is none of its business. */
const lineOf = (plan: WatchPlan, record: LogRecord): Uint8Array | undefined => {
  const { entry, previous } = record
  const { filter } = plan
  if (plan.namespace !== undefined && entry.namespace !== plan.namespace) return undefined
  if (filter.name !== undefined && filter.name !== entry.name) return undefined
  if (filter.isEverything) return sharedLine(plan, record, record.type, () => entry.object)
  const before = previous !== undefined && filter.matches(previous.object)
  const after = record.type !== "DELETED" && filter.matches(entry.object)
  if (after) return sharedLine(plan, record, before ? "MODIFIED" : "ADDED", () => entry.object)
  return before ? sharedLine(plan, record, "DELETED", () => asItWas(record)) : undefined
}

/** One open watch. */
export class WatchConnection {
  #queue: Array<Uint8Array> = []
  #wake: (() => void) | undefined
  #end: "no" | "clean" | "cut" = "no"
  #isSilent = false
  #isHeld = false
  #hasBookmarks = true
  #bytesLeft = Number.POSITIVE_INFINITY
  readonly #stop: () => void
  /** The last revision that was looked at for this watch, told or not. */
  revision: number

  constructor(
    readonly id: number,
    readonly plan: WatchPlan,
    readonly storage: Storage,
    watchers: Watchers,
    revision: number,
    readonly onClose: (connection: WatchConnection) => void
  ) {
    this.revision = revision
    this.#stop = watchers.add(this)
  }

  /** Hears of a write that may concern it. */
  told(record: LogRecord): void {
    if (this.#isHeld || record.revision <= this.revision) return
    this.revision = record.revision
    this.#event(lineOf(this.plan, record))
  }

  /** An event of an object, if there is one to tell. */
  #event(told: Uint8Array | undefined): void {
    if (told === undefined) return
    if (this.plan.representation === "unwritable") this.close("clean")
    else this.push(told)
  }

  get isOpen(): boolean {
    return this.#end === "no"
  }

  /** Tells of writes that happened before the watch was opened. */
  replay(records: ReadonlyArray<LogRecord>): void {
    for (const record of records) this.#event(lineOf(this.plan, record))
  }

  /** Tells of the present state; a client that takes bookmarks gets one at its end (S29). */
  state(revision: number, objects: Iterable<JsonObject>): void {
    const { plan } = this
    for (const object of objects) this.#event(line("ADDED", objectOf(plan.served, object, plan.representation)))
    if (plan.bookmarks) this.#event(line("BOOKMARK", bookmark(plan.served, revision, true, plan.representation)))
  }

  bookmark(): void {
    if (!this.#hasBookmarks) return
    // The store may have moved on without this resource: a bookmark says how far.
    if (!this.#isHeld) this.revision = Math.max(this.revision, this.storage.revision)
    if (this.revision <= this.plan.start) return
    this.#event(line("BOOKMARK", bookmark(this.plan.served, this.revision, false, this.plan.representation)))
  }

  /** A refusal after the answer has begun: one event, then the end (S26). */
  error(status: unknown): void {
    this.push(line("ERROR", status))
    this.close("clean")
  }

  push(bytes: Uint8Array): void {
    if (this.#end !== "no" || this.#isSilent) return
    if (bytes.length < this.#bytesLeft) {
      this.#bytesLeft -= bytes.length
      this.#queue.push(bytes)
      this.#wake?.()
    } else {
      this.#queue.push(bytes.subarray(0, this.#bytesLeft))
      this.close("cut")
    }
  }

  /** What is not read yet is still read before a clean end or a cut. */
  close(how: "clean" | "cut"): void {
    if (this.#end !== "no") return
    this.#end = how
    this.#stop()
    this.onClose(this)
    if (!this.#isSilent || how === "cut") this.#wake?.()
  }

  /** Breaks the connection after so many more bytes; at once, with nothing more read, without a number. */
  cut(afterBytes?: number): void {
    if (afterBytes === undefined || afterBytes <= 0) {
      this.#queue = []
      this.close("cut")
    } else {
      this.#bytesLeft = Math.min(this.#bytesLeft, afterBytes)
    }
  }

  /** Nothing more comes and nothing ends, as of a peer that is gone without a word. */
  silence(): void {
    this.#isSilent = true
    this.#queue = []
  }

  /** Hears of no write after a revision any more, as of a replica that has fallen behind, until it is released. */
  hold(revision: number = this.storage.revision): void {
    if (!this.#isHeld) this.revision = Math.max(this.revision, revision)
    this.#isHeld = true
  }

  /** Tells of what was missed. Answers whether the log still has it. */
  release(): boolean {
    this.#isHeld = false
    const missed = this.storage.since(this.plan.served.storage, this.revision)
    if ("compacted" in missed) return false
    for (const record of missed) this.told(record)
    return true
  }

  /** Whether bookmarks are sent when it is time; the one at the end of the first state always is. */
  setBookmarks(sent: boolean): void {
    this.#hasBookmarks = sent
  }

  /** What has gathered; waits for something if there is nothing. Undefined at the end of the watch. */
  readonly take: Effect.Effect<Chunk.Chunk<Uint8Array> | undefined, ConnectionCut> = Effect.async((resume) => {
    const now = this.#next()
    if (now !== undefined) return resume(now)
    this.#wake = () => {
      this.#wake = undefined
      // Whoever waited runs a little later, and takes what has gathered until then.
      resume(Effect.suspend(() => this.#next() ?? this.take))
    }
    return Effect.sync(() => {
      this.#wake = undefined
    })
  })

  /** What there is to say at once, if anything: after a silence only that the connection broke. */
  #next(): Effect.Effect<Chunk.Chunk<Uint8Array> | undefined, ConnectionCut> | undefined {
    if (this.#queue.length > 0) return Effect.succeed(this.#takeAll())
    if (this.#end === "cut") return Effect.fail(new ConnectionCut())
    return this.#end === "clean" && !this.#isSilent ? Effect.succeed(undefined) : undefined
  }

  #takeAll(): Chunk.Chunk<Uint8Array> {
    const taken = this.#queue
    this.#queue = []
    return Chunk.unsafeFromArray(taken)
  }
}

/** Milliseconds before the deadline at which a last bookmark is sent. */
const lastBookmark = 2000

/** Sends bookmarks in their time, and ends the watch in its own. */
const timers = (connection: WatchConnection): Effect.Effect<void> =>
  Effect.gen(function*() {
    const { bookmarkInterval, bookmarks, deadline } = connection.plan
    let next = (yield* Clock.currentTimeMillis) + bookmarkInterval
    let last = deadline - lastBookmark
    for (;;) {
      const now = yield* Clock.currentTimeMillis
      if (now >= deadline) break
      const wait = bookmarks
        ? Math.min(deadline, ...(next > now ? [next] : []), ...(last > now ? [last] : []))
        : deadline
      yield* Effect.sleep(Math.ceil(wait - now))
      const then = yield* Clock.currentTimeMillis
      if (bookmarks && then < deadline && (then >= next || then >= last)) {
        connection.bookmark()
        if (then >= last) last = Number.NEGATIVE_INFINITY
        next = then + bookmarkInterval
      }
    }
    connection.close("clean")
  })

/** The body of the answer. Who stops reading ends the watch. One channel without scopes inside: thousands are read at once. */
export const bodyOf = (connection: WatchConnection): Stream.Stream<Uint8Array, ConnectionCut> => {
  const lines: Channel.Channel<Chunk.Chunk<Uint8Array>, unknown, ConnectionCut, unknown, void> = Channel.flatMap(
    Channel.fromEffect(connection.take),
    (taken) => taken === undefined ? Channel.void : Channel.flatMap(Channel.write(taken), () => lines)
  )
  let clockwork: Fiber.RuntimeFiber<void> | undefined
  const begin = Effect.map(Effect.forkDaemon(timers(connection)), (fiber) => {
    clockwork = fiber
  })
  const end = Effect.suspend(() => {
    connection.close("clean")
    return clockwork === undefined ? Effect.void : Fiber.interruptFork(clockwork)
  })
  return Stream.fromChannel(Channel.ensuring(Channel.flatMap(Channel.fromEffect(begin), () => lines), end))
}
