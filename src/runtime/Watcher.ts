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
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Metric from "effect/Metric"
import type * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type * as Api from "../client/Api.js"
import * as KubeClient from "../client/KubeClient.js"
import type * as KubeError from "../protocol/KubeError.js"
import type { KubeObject } from "../protocol/Resource.js"
import type * as Selector from "../protocol/Selector.js"
import { selectName } from "./internal/selectName.js"
import * as internal from "./internal/watcher.js"
import * as watcherMetrics from "./internal/watcherMetrics.js"
import * as watcherReport from "./internal/watcherReport.js"
import * as watcherStatus from "./internal/watcherStatus.js"
import type { Failure, InitReason, Situation } from "./internal/watcherTable.js"
import type * as WorkQueue from "./WorkQueue.js"

export type {
  /** What a list or a watch can fail with. */
  Failure,
  /** Why everything is listed. */
  InitReason,
  /** What can go wrong, as far as the answers differ. */
  Situation
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

/**
 * An object was deleted, or has left the selector. This is its last state; its resourceVersion is that of the delete. Between `Init`
 * and `InitDone`, where a watch-list may bring it, the object is out of the list again.
 */
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
   *
   * `"watchList"`: by the watch itself, which sends everything that there is first (a streaming list, KEP-3157) and goes on as the watch
   * on the same connection. It costs a server two to three times the CPU of a streamed list, and is slower. Choose it where the list is
   * the trouble: for very large sets on servers of 1.32, which build a list in their memory before they send it, or where one request
   * has to do. A server that cannot do it, or does not come to the end of the initial events, in time or three times in a row, is listed as
   * with `"auto"` from then on.
   */
  readonly initialList?: "auto" | "streamed" | "paged" | "watchList" | undefined
  /** Objects a page. Default 500. */
  readonly pageSize?: number | undefined
  /**
   * `"drop"`: objects come without `metadata.managedFields`, which say who set which field and are almost half of the bytes of a Pod. They
   * are cut out before the JSON is parsed, so they cost neither time nor memory. Such an object is as safe to `replace` and to `apply` as a
   * whole one: a server that is sent none keeps those that it has. `Resource.extract` finds nothing in it. Default `"keep"`.
   *
   * Reference: https://kubernetes.io/docs/reference/using-api/server-side-apply/#clearing-managedfields
   */
  readonly managedFields?: "keep" | "drop" | undefined
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
    /** A list, or the initial events of a watch-list. Default 1 minute. */
    readonly list?: Duration.DurationInput | undefined
  } | undefined
  /** How long the initial events of a watch-list may take, before everything is listed otherwise. The consumer's own time does not count. */
  readonly watchListDeadline?: {
    /** Default 30 seconds. */
    readonly least?: Duration.DurationInput | undefined
    /** In addition, for each thousand objects that came. Default 1 second. */
    readonly perThousand?: Duration.DurationInput | undefined
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
    const fields = selectName("Watcher.watchObject", api.resource.kind, name)
    return internal.watchObject(watch(api, { ...options, fields }))
  })

// ------------------------------------------------------------------------------------------------ combinators

/** The objects that exist or came to be: of each list all, then those that were created or changed. Deletes are not seen. */
export const appliedObjects = <K, E, R>(self: Stream.Stream<Event<K>, E, R>): Stream.Stream<K, E, R> =>
  internal.mapEvents(self, (event, out: Array<K>) => {
    if (event._tag === "Applied") out.push(event.object)
    else if (event._tag === "InitPage") { for (const object of event.objects) out.push(object) }
  })

/**
 * The objects that something happened to: as {@link appliedObjects}, and the last state of those whose delete was
 * observed. What was deleted while nobody was connected is not seen: a Store knows it.
 */
export const touchedObjects = <K, E, R>(self: Stream.Stream<Event<K>, E, R>): Stream.Stream<K, E, R> =>
  internal.mapEvents(self, (event, out: Array<K>) => {
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
  ): Stream.Stream<K, E, R> => internal.changedObjects(self, projection)
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

// ------------------------------------------------------------------------------------------------ seeing it

/** What a watcher does: it lists everything, opens a watch, reads one, or waits before the next try. */
export type Phase = watcherMetrics.Phase

/** A watcher as it is at a moment: plain data, without anything of the objects. */
export type Description = watcherReport.Description

/**
 * All watchers that run on the client now, those of reflectors too, for a status page. A watcher is there from the moment
 * that its stream is run or its store is made until its Scope closes.
 *
 * ```ts
 * import { Watcher } from "effect-kube"
 * import { Console, Effect } from "effect"
 *
 * const status = Effect.flatMap(Watcher.describe, (all) => Console.log(Watcher.formatDescriptions(all)))
 * ```
 */
export const describe: Effect.Effect<ReadonlyArray<Description>, never, KubeClient.KubeClient> = Effect.flatMap(
  KubeClient.KubeClient,
  watcherReport.describe
)

/** A table for people: a line for each watcher under a line of titles, as kubectl prints. Its form is not promised. */
export const formatDescriptions = (descriptions: ReadonlyArray<Description>): string =>
  watcherStatus.format(descriptions)

/**
 * What watchers count, with the labels `host`, `group`, `version` and `resource`, where the client's option `metrics` is not false.
 * A gauge speaks for all watchers of the same labels. See docs/observability.md.
 */
export const metrics: {
  /** `effect_kube_watchers`: how many run, by `phase`. */
  readonly watchers: Metric.Metric.Gauge<number>
  /** `effect_kube_watch_fresh_timestamp_seconds`: {@link Description.freshAt} of the one that is most behind; 0 without any. */
  readonly fresh: Metric.Metric.Gauge<number>
  /** `effect_kube_store_objects`: in the stores that are kept up to date. */
  readonly storeObjects: Metric.Metric.Gauge<number>
  /** `effect_kube_watch_lists_total`: lists of everything that the server began to answer, by `reason`. */
  readonly lists: Metric.Metric.Counter<number>
  /** `effect_kube_watch_events_total`: objects that were created, changed or deleted. */
  readonly events: Metric.Metric.Counter<number>
  /** `effect_kube_watch_bookmarks_total` */
  readonly bookmarks: Metric.Metric.Counter<number>
  /** `effect_kube_watch_undecodable_total`: objects that did not fit their schema. */
  readonly undecodable: Metric.Metric.Counter<number>
  /** `effect_kube_watch_troubles_total`: what went wrong, by `situation`. */
  readonly troubles: Metric.Metric.Counter<number>
  /** `effect_kube_watch_list_duration_seconds`: until a list was complete, the time of the consumer included. */
  readonly listDuration: Metric.Metric.Histogram<number>
  /** `effect_kube_watch_connection_duration_seconds`: how old watches became, by what `ended` them. */
  readonly watchDuration: Metric.Metric.Histogram<number>
} = watcherMetrics.metrics
