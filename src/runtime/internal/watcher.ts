/** What `Watcher` and `Reflector` share: from a handle and options to a driver. The casts cross from typed handles to their one class. */
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Api from "../../client/Api.js"
import type { Handle } from "../../client/internal/handle.js"
import { CodecId, type WithCodec } from "../../protocol/internal/codec.js"
import { equal } from "../../protocol/internal/json.js"
import type { KubeObject } from "../../protocol/Resource.js"
import type { Event, Options, Undecodable } from "../Watcher.js"
import type { Debounce } from "../WorkQueue.js"
import { make as makeQueue } from "./queueShell.js"

import { keyText } from "./storeKey.js"
import { defaultBackoff, drive, type Settings } from "./watcherDriver.js"
import type { Sink, Target } from "./watcherReader.js"

export { defaultBackoff, type Settings, type Target }

const millis = (input: Duration.DurationInput | undefined, fallback: Duration.DurationInput): number =>
  Duration.toMillis(input ?? fallback)

/** Throws a `TypeError` for options that cannot be meant. */
const check = (options: Options): Options => {
  const { pageSize } = options
  if (pageSize !== undefined && !(Number.isSafeInteger(pageSize) && pageSize > 0)) {
    throw new TypeError(`pageSize: expected a positive integer, found ${pageSize}`)
  }
  return options
}

const settings = (options: Options): Settings => ({
  labels: options.labels === undefined ? undefined : String(options.labels),
  fields: options.fields === undefined ? undefined : String(options.fields),
  semantics: options.semantics ?? "consistent",
  initialList: options.initialList ?? "auto",
  pageSize: options.pageSize ?? 500,
  managedFields: options.managedFields ?? "keep",
  timeout: options.timeout === undefined ? undefined : Duration.decode(options.timeout),
  backoff: options.backoff ?? defaultBackoff,
  healthyAfter: millis(options.healthyAfter, "2 minutes"),
  shortWatch: millis(options.shortWatch, "1 second"),
  silence: {
    afterTimeout: millis(options.silence?.afterTimeout, "10 seconds"),
    withBookmarks: millis(options.silence?.withBookmarks, "3 minutes"),
    list: millis(options.silence?.list, "1 minute")
  },
  watchListDeadline: {
    least: millis(options.watchListDeadline?.least, "30 seconds"),
    perThousand: millis(options.watchListDeadline?.perThousand, "1 second")
  }
})

/** What options mean, with the defaults of those that are not there. Throws a `TypeError` for what cannot be meant. */
export const resolve = (options: Options): Settings => settings(check(options))

/** Where a handle leads: its client, and its namespace, which may be that of the client's context. */
export const target = <K, R>(api: Api.Of<K, R>): Effect.Effect<Target<K>, never, R> =>
  Effect.map((api as unknown as Handle<R>).environment, ({ client, namespace }) => ({
    client,
    namespace,
    resource: api.resource,
    codec: (api.resource as unknown as WithCodec<K>)[CodecId]
  }))

/**
 * Follows a target for ever; the sink gets chunks of events, and `objects` says how many the store has that it fills. It
 * can be interrupted also where it is forked by what acquires a resource: a fiber inherits from there that it cannot be,
 * and then the Scope could never be closed.
 */
export const followTarget = <K>(
  target: Target<K>,
  settings: Settings,
  sink: Sink<K>,
  objects?: () => number
): Effect.Effect<never> => Effect.interruptible(drive(target, settings, sink, objects))

/** As `followTarget`, where the handle leads. */
const follow = <K, R>(api: Api.Of<K, R>, options: Options, sink: Sink<K>): Effect.Effect<never, never, R> => {
  const checked = resolve(options)
  return Effect.flatMap(target(api), (target) => followTarget(target, checked, sink))
}

/** Chunks of events that a consumer may be behind by, before the reading waits for it. */
const chunksAhead = 16

export const watch = <K, R>(api: Api.Of<K, R>, options: Options): Stream.Stream<Event<K>, never, R> => {
  check(options)
  return Stream.unwrapScoped(Effect.gen(function*() {
    const mailbox = yield* Mailbox.make<ReadonlyArray<Event<K>>>(chunksAhead)
    const following = follow(api, options, (events) => Effect.asVoid(mailbox.offer(events)))
    // It ends by a defect alone, which is then that of the stream.
    yield* Effect.forkScoped(Effect.onExit(following, (exit) => mailbox.done(exit)))
    return Stream.mapChunks(Mailbox.toStream(mailbox), (chunks) => Chunk.flatMap(chunks, Chunk.unsafeFromArray))
  }))
}

export const mapObject = <K, A>(event: Event<K>, f: (object: K) => A): Event<A> => {
  switch (event._tag) {
    case "Applied":
    case "Deleted":
      return { _tag: event._tag, object: f(event.object) }
    case "InitPage":
      return { _tag: "InitPage", objects: event.objects.map(f) }
    default:
      return event
  }
}

/** Events with what a function makes of each object; `setAside` says what becomes of those for which it throws. */
export const projected = <K, A>(
  events: ReadonlyArray<Event<K>>,
  f: (object: K) => A,
  setAside: (change: Undecodable["change"], object: K, defect: unknown) => Undecodable
): Array<Event<A>> => {
  const out: Array<Event<A>> = []
  const each = (change: Undecodable["change"], object: K): A | undefined => {
    try {
      return f(object)
    } catch (defect) {
      out.push(setAside(change, object, defect))
      return undefined
    }
  }
  for (const event of events) {
    if (event._tag === "InitPage") {
      const objects: Array<A> = []
      for (const object of event.objects) {
        const made = each("Listed", object)
        if (made !== undefined) objects.push(made)
      }
      if (objects.length > 0) out.push({ _tag: "InitPage", objects })
    } else if (event._tag === "Applied" || event._tag === "Deleted") {
      const made = each(event._tag, event.object)
      if (made !== undefined) out.push({ _tag: event._tag, object: made })
    } else out.push(event)
  }
  return out
}

// ------------------------------------------------------------------------------------------------ combinators

export const mapEvents = <K, A, E, R>(
  self: Stream.Stream<Event<K>, E, R>,
  f: (event: Event<K>, out: Array<A>) => void
): Stream.Stream<A, E, R> =>
  Stream.mapChunks(self, (events) => {
    const out: Array<A> = []
    for (const event of events) f(event, out)
    return Chunk.unsafeFromArray(out)
  })

/** From the events of at most one object to what becomes of it. */
export const watchObject = <K extends KubeObject, E, R>(
  self: Stream.Stream<Event<K>, E, R>
): Stream.Stream<Option.Option<K>, E, R> =>
  Stream.suspend(() => {
    /** What was said last; undefined before anything was. */
    let said: K | null | undefined
    /** What the list found; undefined: an object that cannot be read. */
    let found: K | null | undefined = null
    return mapEvents(self, (event, out: Array<Option.Option<K>>) => {
      const say = (object: K | null) => {
        if (said !== undefined && object?.metadata.resourceVersion === said?.metadata.resourceVersion) return
        said = object
        out.push(Option.fromNullable(object))
      }
      switch (event._tag) {
        case "Init":
          found = null
          return
        case "InitPage":
          // Of a watch-list there may be several states: the last one counts.
          found = event.objects[event.objects.length - 1] ?? found
          return
        case "InitDone":
          if (found !== undefined) say(found)
          return
        case "Applied":
          return say(event.object)
        case "Deleted":
          found = null
          return say(null)
        case "Undecodable":
          if (event.change === "Deleted") {
            found = null
            say(null)
          } else if (event.change === "Listed") found = undefined
      }
    })
  })

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined; readonly uid: string }
}

/** Remembers what a function made of each object. */
const makeSeen = <K extends Named>(projection: (object: K) => unknown) => {
  let known = new Map<string, { readonly uid: string; readonly value: unknown }>()
  /** What a list has shown so far: what it does not show is forgotten at its end. */
  let listed: Set<string> | undefined
  return {
    begin: (): void => {
      listed = new Set()
    },
    end: (): void => {
      const there = listed
      listed = undefined
      if (there !== undefined) known = new Map(Array.from(known).filter(([key]) => there.has(key)))
    },
    forget: ({ metadata }: K): void => {
      known.delete(keyText(metadata))
    },
    isChanged: (object: K): boolean => {
      const { uid } = object.metadata
      const key = keyText(object.metadata)
      listed?.add(key)
      const value = projection(object)
      const before = known.get(key)
      if (before !== undefined && before.uid === uid && equal(before.value, value)) return false
      known.set(key, { uid, value })
      return true
    }
  }
}

export const changedObjects = <K extends Named, E, R>(
  self: Stream.Stream<Event<K>, E, R>,
  projection: (object: K) => unknown
): Stream.Stream<K, E, R> =>
  Stream.suspend(() => {
    const seen = makeSeen(projection)
    return mapEvents(self, (event, out: Array<K>) => {
      switch (event._tag) {
        case "Init":
          return seen.begin()
        case "InitPage": {
          for (const object of event.objects) if (seen.isChanged(object)) out.push(object)
          return
        }
        case "InitDone":
          return seen.end()
        case "Applied":
          if (seen.isChanged(event.object)) out.push(event.object)
          return
        case "Deleted":
          return seen.forget(event.object)
      }
    })
  })

/** A work queue knows when a key is due; here is kept what is to be said of it then. */
export const debounce = <K extends Named, E, R>(
  self: Stream.Stream<K, E, R>,
  options: Debounce
): Stream.Stream<K, E, R> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const latest = new Map<string, K>()
    const queue = yield* makeQueue<string, never>({ identity: (key) => key, debounce: options })
    let end: Exit.Exit<void, E> = Exit.void
    const gather = Stream.runForEachChunk(self, (objects) =>
      Effect.sync(() => {
        for (const object of objects) {
          const key = keyText(object.metadata)
          latest.set(key, object)
          queue.unsafeAdd(key)
        }
      }))
    yield* Effect.forkScoped(Effect.interruptible(Effect.flatMap(Effect.exit(gather), (exit) => {
      end = exit
      return queue.shutdown("stop")
    })))
    const due = Stream.repeatEffectOption(Effect.flatMap(queue.take, (work) => {
      if (Option.isNone(work)) return Effect.fail(Option.none())
      const object = latest.get(work.value.key)! // what was added has been kept
      latest.delete(work.value.key)
      return Effect.as(queue.done(work.value, { _tag: "Done" }), object)
    }))
    // What still waits when nothing more comes is said at once.
    const rest = Stream.suspend((): Stream.Stream<K, E> =>
      Stream.concat(
        Stream.fromIterable(latest.values()),
        Exit.isFailure(end) ? Stream.failCause(end.cause) : Stream.empty
      )
    )
    return Stream.concat(due, rest)
  }))
