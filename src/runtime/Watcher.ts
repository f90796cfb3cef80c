/**
 * A watcher follows all objects of a kind: it lists them, watches from there, and goes on for ever, whatever the
 * network and the server do. It keeps no objects: its events say what the server said. What changed is known by a
 * {@link Store}, which `Reflector.make` keeps.
 *
 * ```ts
 * import { Api, Watcher } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { Effect, Stream } from "effect"
 *
 * const program = Watcher.watch(Api.all(ConfigMap), { labels: "app=web" }).pipe(
 *   Watcher.touchedObjects,
 *   Stream.runForEach((configMap) => Effect.log(configMap.metadata.name))
 * )
 * ```
 *
 * Between `Init` and `InitDone` come the pages of a list of everything; a second `Init` discards what the first began.
 * After `InitDone` come the changes. `Trouble` says what went wrong and when it is tried again: the stream never ends
 * of itself and never fails, unless {@link failOn} says so.
 *
 * Reference: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type * as Api from "../client/Api.js"
import type * as KubeError from "../protocol/KubeError.js"
import type { KubeObject } from "../protocol/Resource.js"
import type * as Selector from "../protocol/Selector.js"
import { selectName } from "./internal/selectName.js"
import * as internal from "./internal/watcher.js"
import type { Failure, InitReason } from "./internal/watcherTable.js"
import type * as WorkQueue from "./WorkQueue.js"

export type {
  /** What a list or a watch can fail with. */
  Failure,
  /** Why everything is listed. */
  InitReason
}

// ------------------------------------------------------------------------------------------------ events

/** Everything is listed: what comes until `InitDone` is the present state. */
export interface Init {
  readonly _tag: "Init"
  readonly reason: InitReason
}

/** Some of the objects of the list. */
export interface InitPage<out K> {
  readonly _tag: "InitPage"
  readonly objects: ReadonlyArray<K>
}

/** The list is complete: an object that was in none of its pages does not exist (any more). */
export interface InitDone {
  readonly _tag: "InitDone"
  readonly resourceVersion: string
}

/** An object was created or changed, or has come under the selector. */
export interface Applied<out K> {
  readonly _tag: "Applied"
  readonly object: K
}

/** An object was deleted, or has left the selector. This is its last state; its resourceVersion is that of the delete. */
export interface Deleted<out K> {
  readonly _tag: "Deleted"
  readonly object: K
}

/** Nothing changed up to this resourceVersion. */
export interface Bookmark {
  readonly _tag: "Bookmark"
  readonly resourceVersion: string
}

/** One object does not fit its schema. Nothing else stops for it. */
export interface Undecodable {
  readonly _tag: "Undecodable"
  /** How it came: in a list, as created or changed, as deleted. */
  readonly change: "Listed" | "Applied" | "Deleted"
  /** As much of its metadata as could be read. */
  readonly metadata: {
    readonly name: string | undefined
    readonly namespace: string | undefined
    readonly uid: string | undefined
    readonly resourceVersion: string | undefined
  }
  /** Its JSON, as it came. */
  readonly raw: string
  readonly error: KubeError.DecodeError
}

/** Something went wrong; it is tried again. Nothing is lost by it. */
export interface Trouble {
  readonly _tag: "Trouble"
  readonly error: Failure
  /** How long until the next try. */
  readonly retryIn: Duration.Duration
}

export type Event<K> = Init | InitPage<K> | InitDone | Applied<K> | Deleted<K> | Bookmark | Undecodable | Trouble

// ------------------------------------------------------------------------------------------------ options

export interface Options {
  /** Which objects, by labels: `app=web,tier!=cache`, or a selector that was built. */
  readonly labels?: string | Selector.LabelSelector | undefined
  /** Which objects, by the fields that the server can select by: `status.phase=Running`. */
  readonly fields?: string | Selector.FieldSelector | undefined
  /** `"consistent"`: the first list is the newest state. `"any"`: it may come from a cache of the server that lags. Default `"consistent"`. */
  readonly semantics?: "consistent" | "any" | undefined
  /**
   * How everything is listed. `"streamed"`: in one answer, read item by item as it comes. `"paged"`: in pages, the next one asked for
   * while one is read. `"auto"` (default): streamed where the server is 1.33 or newer, which sends such a list without building it
   * first; its version is asked once a client.
   */
  readonly initialList?: "auto" | "streamed" | "paged" | undefined
  /** Objects a page. Default 500. */
  readonly pageSize?: number | undefined
  /** After what time the server ends a watch, so that connections spread over servers. Default: 300 to 600 seconds, at random each time. */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * The pause after a failure, given what failed; at least 100 milliseconds. It starts again after {@link Options.healthyAfter}, and its
   * last pause is repeated when it ends. A Schedule with a defect is reported, and the default takes its place. Default
   * {@link defaultBackoff}.
   */
  readonly backoff?: Schedule.Schedule<unknown, Failure> | undefined
  /** How long all must be well before the backoff starts again from its beginning. Default 2 minutes. */
  readonly healthyAfter?: Duration.DurationInput | undefined
  /** A watch that the server ends sooner than this and without an event counts as a failure. Default 1 second. */
  readonly shortWatch?: Duration.DurationInput | undefined
  /** When a connection on which nothing comes is given up. */
  readonly silence?: {
    /** A watch that the server should have ended: after its timeout and this. Default 10 seconds. */
    readonly afterTimeout?: Duration.DurationInput | undefined
    /** A watch that has had bookmarks, which come about every minute. Default 3 minutes. */
    readonly withBookmarks?: Duration.DurationInput | undefined
    /** A list. Default 1 minute. */
    readonly list?: Duration.DurationInput | undefined
  } | undefined
}

/** A handle that can be listed and watched. */
export type Watchable<K, R> = Api.Of<K, R> & Api.List<K, R> & Api.Watch<K, R>

/** 0.8 s, doubled up to 30 s, each times a random factor from 1 to 2, without end (the numbers of client-go and kube-rs). */
export const defaultBackoff: Schedule.Schedule<unknown> = internal.defaultBackoff

// ------------------------------------------------------------------------------------------------ watching

/**
 * Follows all objects of a place, from their present state on. The stream never fails and never ends; when it is
 * closed, its request is ended and its connection is free. A consumer that is slow slows the reading down.
 */
export const watch = <K extends KubeObject, R>(
  api: Watchable<K, R>,
  options?: Options
): Stream.Stream<Event<K>, never, R> => internal.watch(api, options ?? {})

/**
 * Follows one object: its present state whenever that changes, none while it does not exist. An object that does not
 * decode gives nothing. A name that no object can have (empty, `.`, `..`, with `/` or `%`) is a mistake of the program:
 * a defect, a `TypeError`.
 */
export const watchObject = <K extends KubeObject, R>(
  api: Watchable<K, R> & Api.Get<K, R>,
  name: string,
  options?: Omit<Options, "fields" | "labels">
): Stream.Stream<Option.Option<K>, never, R> =>
  Stream.suspend(() => {
    /** What was said last; undefined before anything was. */
    let said: K | null | undefined
    /** What the list found; undefined: an object that cannot be read. */
    let found: K | null | undefined = null
    const fields = selectName("Watcher.watchObject", api.resource.kind, name)
    return mapEvents(
      watch(api, { ...options, fields }),
      (event, out: Array<Option.Option<K>>) => {
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
            found = event.objects[0] ?? found
            return
          case "InitDone":
            if (found !== undefined) say(found)
            return
          case "Applied":
            return say(event.object)
          case "Deleted":
            return say(null)
          case "Undecodable":
            if (event.change === "Deleted") say(null)
            else if (event.change === "Listed") found = undefined
        }
      }
    )
  })

// ------------------------------------------------------------------------------------------------ combinators

const mapEvents = <K, A, E, R>(
  self: Stream.Stream<Event<K>, E, R>,
  f: (event: Event<K>, out: Array<A>) => void
): Stream.Stream<A, E, R> =>
  Stream.mapChunks(self, (events) => {
    const out: Array<A> = []
    for (const event of events) f(event, out)
    return Chunk.unsafeFromArray(out)
  })

/** The objects that exist or came to be: of each list all, then those that were created or changed. Deletes are not seen. */
export const appliedObjects = <K, E, R>(self: Stream.Stream<Event<K>, E, R>): Stream.Stream<K, E, R> =>
  mapEvents(self, (event, out: Array<K>) => {
    if (event._tag === "Applied") out.push(event.object)
    else if (event._tag === "InitPage") { for (const object of event.objects) out.push(object) }
  })

/**
 * The objects that something happened to: as {@link appliedObjects}, and the last state of those whose delete was
 * observed. What was deleted while nobody was connected is not seen: a Store knows it.
 */
export const touchedObjects = <K, E, R>(self: Stream.Stream<Event<K>, E, R>): Stream.Stream<K, E, R> =>
  mapEvents(self, (event, out: Array<K>) => {
    if (event._tag === "Applied" || event._tag === "Deleted") out.push(event.object)
    else if (event._tag === "InitPage") { for (const object of event.objects) out.push(object) }
  })

/** What a stream of objects needs to know of them. */
interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined; readonly uid: string }
}

/**
 * The objects that came to be and those whose projection is another one than before: of a Deployment its `spec`, say, so
 * that changes of its status are not seen. Only the projections are kept, one for each object, and compared by content.
 */
export const changedObjects: {
  <K extends Named>(
    projection: (object: K) => unknown
  ): <E, R>(self: Stream.Stream<Event<K>, E, R>) => Stream.Stream<K, E, R>
  <K extends Named, E, R>(
    self: Stream.Stream<Event<K>, E, R>,
    projection: (object: K) => unknown
  ): Stream.Stream<K, E, R>
} = dual(
  2,
  <K extends Named, E, R>(
    self: Stream.Stream<Event<K>, E, R>,
    projection: (object: K) => unknown
  ): Stream.Stream<K, E, R> =>
    Stream.suspend(() => {
      const seen = internal.makeSeen(projection)
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
)

/**
 * Gathers what happens to each object: its last state comes when it has been quiet for `wait`, and at the latest
 * `maxWait` after the first change (default: ten times `wait`). Objects do not wait for each other.
 */
export const debounce: {
  <K extends Named>(
    options: WorkQueue.Debounce
  ): <E, R>(self: Stream.Stream<K, E, R>) => Stream.Stream<K, E, R>
  <K extends Named, E, R>(self: Stream.Stream<K, E, R>, options: WorkQueue.Debounce): Stream.Stream<K, E, R>
} = dual(
  2,
  <K extends Named, E, R>(self: Stream.Stream<K, E, R>, options: WorkQueue.Debounce): Stream.Stream<K, E, R> =>
    internal.debounce(self, options)
)

/** Changes the objects of events: a projection, so that a store keeps only a part of each. */
export const mapObjects: {
  <K, A>(f: (object: K) => A): <E, R>(self: Stream.Stream<Event<K>, E, R>) => Stream.Stream<Event<A>, E, R>
  <K, E, R, A>(self: Stream.Stream<Event<K>, E, R>, f: (object: K) => A): Stream.Stream<Event<A>, E, R>
} = dual(
  2,
  <K, E, R, A>(self: Stream.Stream<Event<K>, E, R>, f: (object: K) => A): Stream.Stream<Event<A>, E, R> =>
    Stream.mapChunks(self, Chunk.map((event) => internal.mapObject(event, f)))
)

/**
 * Ends the stream with the failure that a `Trouble` carries, where the test chooses it: for programs that had rather
 * end than wait until somebody grants a permission.
 *
 * ```ts
 * import { Api, Watcher } from "effect-kube"
 * import { Secret } from "effect-kube/kinds/core/v1"
 *
 * const secrets = Watcher.watch(Api.all(Secret)).pipe(
 *   Watcher.failOn((error) => error._tag === "KubeForbidden")
 * )
 * ```
 */
export const failOn: {
  <F extends Failure>(
    test: (error: Failure) => error is F
  ): <K, E, R>(self: Stream.Stream<Event<K>, E, R>) => Stream.Stream<Event<K>, E | F, R>
  (
    test: (error: Failure) => boolean
  ): <K, E, R>(self: Stream.Stream<Event<K>, E, R>) => Stream.Stream<Event<K>, E | Failure, R>
  <K, E, R, F extends Failure>(
    self: Stream.Stream<Event<K>, E, R>,
    test: (error: Failure) => error is F
  ): Stream.Stream<Event<K>, E | F, R>
  <K, E, R>(
    self: Stream.Stream<Event<K>, E, R>,
    test: (error: Failure) => boolean
  ): Stream.Stream<Event<K>, E | Failure, R>
} = dual(
  2,
  <K, E, R>(
    self: Stream.Stream<Event<K>, E, R>,
    test: (error: Failure) => boolean
  ): Stream.Stream<Event<K>, E | Failure, R> =>
    Stream.suspend(() => {
      let chosen: Failure | undefined
      const before = Stream.takeWhile(self, (event) => {
        if (event._tag !== "Trouble" || !test(event.error)) return true
        chosen = event.error
        return false
      })
      return Stream.concat(before, Stream.suspend(() => chosen === undefined ? Stream.empty : Stream.fail(chosen)))
    })
)
