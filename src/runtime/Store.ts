/**
 * A store holds the present state of all objects of a kind, as far as a watcher has told it, and says what changes.
 * `Reflector.make` fills one, and says how to keep less than whole objects. Reading it asks nobody and takes no time; what a
 * reader holds does not change under it.
 *
 * ```ts
 * import { Api, Reflector } from "effect-kube"
 * import { ConfigMap } from "effect-kube/kinds/core/v1"
 * import { Effect, Stream } from "effect"
 *
 * const program = Effect.scoped(Effect.gen(function*() {
 *   const store = yield* Reflector.make(Api.all(ConfigMap))
 *   yield* store.ready
 *   const settings = yield* store.get({ namespace: "default", name: "settings" })
 *   yield* Stream.runForEach(store.changes, (change) => Effect.log(`${change._tag} ${change.object.metadata.name}`))
 * }))
 * ```
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type * as Watcher from "./Watcher.js"

export const TypeId: TypeId = "~effect-kube/Store"
export type TypeId = "~effect-kube/Store"

/** Which object: its name, and its namespace where the kind has one. */
export interface Key {
  readonly namespace?: string | undefined
  readonly name: string
}

/** An object came into the store. */
export interface Added<out K> {
  readonly _tag: "Added"
  readonly object: K
  /** It was there before the consumer was, or came with the first list: it may have existed for long. */
  readonly initial: boolean
}

/** An object is not as it was. */
export interface Updated<out K> {
  readonly _tag: "Updated"
  readonly object: K
  readonly previous: K
}

/** An object is gone. The same name with another uid is the delete of one object and the add of another. */
export interface Deleted<out K> {
  readonly _tag: "Deleted"
  /** Its last known state. */
  readonly object: K
  /** As the store held it before. */
  readonly previous: K
  /** False: nobody saw it go; a list found it missing, so there may have been states of it that nobody knows. */
  readonly observed: boolean
}

export type Change<K> = Added<K> | Updated<K> | Deleted<K>

/** Everything that the store has now. What the consumer was told before does not count any more. */
export interface Resync<out K> {
  readonly _tag: "Resync"
  readonly objects: ReadonlyArray<K>
}

/**
 * What becomes of the changes that a consumer has not taken, when they are more than its buffer holds. `"join"`: those of
 * each object become one. `"resync"`: they are dropped, and the consumer is told everything afresh ({@link Resync}).
 * `"backpressure"`: none is dropped or joined, and the reading of the watch waits for this consumer.
 */
export type WhenFull = "join" | "resync" | "backpressure"

export interface ChangesOptions<W extends WhenFull = WhenFull> {
  /** How many changes are kept for this consumer. Default: the store's `changesBuffer`, which is 4096. */
  readonly buffer?: number | undefined
  /** Default `"join"`. */
  readonly whenFull?: W | undefined
}

/** One who takes changes: for a status page. */
export interface Consumer {
  readonly whenFull: WhenFull
  readonly buffer: number
  /** How many changes are kept for it. */
  readonly pending: number
  /** It will be told everything afresh. */
  readonly resync: boolean
  /** The reading of the watch waits for it. */
  readonly stalls: boolean
}

/** The store had no complete list within the time. */
export class NotReady extends Data.TaggedError("KubeStoreNotReady")<{
  /** What is followed: `list Pod in default`. */
  readonly watched: string
  readonly timeout: Duration.Duration
  /** What went wrong last, if anything did. */
  readonly trouble: Option.Option<Watcher.Failure>
}> {
  override get message(): string {
    const why = this.trouble._tag === "Some" ? this.trouble.value.message : "no answer so far"
    return `${this.watched}: not listed within ${Duration.format(this.timeout)}: ${why}`
  }
}

/** What a write returned. */
export interface Written {
  readonly metadata: {
    readonly namespace?: string | undefined
    readonly resourceVersion?: string | undefined
  }
}

/** Under which keys an object is found in an index; `Store.by` finds it there. A pure function: it must always say the same of an object. */
export type Index<in K> = (object: K) => Iterable<string>

/** A store; `I` are the names of its indexes. */
export interface Store<out K, in I extends string = never> {
  readonly [TypeId]: TypeId
  /** The object of that key. One that does not decode stays as it was when it last did: see {@link Store.undecodable}. */
  readonly get: (key: Key) => Effect.Effect<Option.Option<K>>
  /** All objects, in no particular order. */
  readonly list: Effect.Effect<ReadonlyArray<K>>
  /** The first object that passes. */
  readonly find: (test: (object: K) => boolean) => Effect.Effect<Option.Option<K>>
  /**
   * The objects that an index has under a key, in no particular order. An index is made when it is first asked and costs
   * nothing before; a function of it that throws is a defect of who asks.
   *
   * ```ts
   * import { Api, Reflector } from "effect-kube"
   * import { Pod } from "effect-kube/kinds/core/v1"
   * import { Effect } from "effect"
   *
   * const onNode = Effect.scoped(Effect.gen(function*() {
   *   const pods = yield* Reflector.make(Api.all(Pod), {
   *     indexes: { node: (pod) => pod.spec.nodeName === undefined ? [] : [pod.spec.nodeName] }
   *   })
   *   yield* pods.ready
   *   return yield* pods.by("node", "node-1")
   * }))
   * ```
   */
  readonly by: (index: I, key: string) => Effect.Effect<ReadonlyArray<K>>
  /** The keys under which an index has objects. */
  readonly keysOf: (index: I) => Effect.Effect<ReadonlyArray<string>>
  readonly size: Effect.Effect<number>
  /**
   * The state of the cluster that the store shows; none before the first complete list. Events and bookmarks move it. Of
   * a store of several namespaces it is the one that all of them have reached.
   */
  readonly resourceVersion: Effect.Effect<Option.Option<string>>
  /** Whether the first list is complete. */
  readonly isReady: Effect.Effect<boolean>
  /** Returns when the first list is complete; fails when it takes longer than `syncTimeout`, with the reason as far as it is known. It can be asked again. */
  readonly ready: Effect.Effect<void, NotReady>
  /** What went wrong last; none once all is well again. With an infinite `retryIn` the store will not change any more. */
  readonly trouble: Effect.Effect<Option.Option<Watcher.Trouble>>
  /**
   * Returns when the store has reached a resourceVersion: that of a write, to read one's own writes. It waits for ever
   * where the cluster's history is lost, so give it a timeout. What is no resourceVersion is not waited for.
   *
   * It takes an object as a write returned it, or a resourceVersion. In a store of several namespaces an object is waited
   * for where it is; a resourceVersion alone in each of them, which a quiet namespace reaches with its next bookmark only,
   * after a minute or so.
   */
  readonly waitFor: (written: string | Written) => Effect.Effect<void>
  /** Objects that the server has and that do not fit their schema. They leave this list when they are repaired or deleted. */
  readonly undecodable: Effect.Effect<ReadonlyArray<Watcher.Undecodable>>
  /**
   * What changes. Each consumer first gets everything that is in the store as `Added`, then each change after the store
   * has it. Deletes that a list found come before its adds and updates; what did not change is not reported.
   *
   * One consumer never waits for another. The changes that a slow one has not taken are kept for it up to a bound
   * (`changesBuffer`, 4096); beyond it they are joined to one change for each object, from what it saw last to what is
   * now. So its memory has a limit, and what it was told always adds up to the state of the store.
   */
  readonly changes: Stream.Stream<Change<K>>
  /**
   * As `changes`, with a buffer and a policy of this consumer's own. Whatever it chooses, the other consumers are told at
   * once what the store has.
   *
   * With `whenFull: "resync"` the stream begins, when the first list is complete, with a {@link Resync} of everything
   * there is. Then come changes, and after it was too slow another `Resync`, whose objects are read when it is taken: a
   * consumer that is stuck costs no memory.
   *
   * ```ts
   * import { Api, Reflector } from "effect-kube"
   * import { ConfigMap } from "effect-kube/kinds/core/v1"
   * import { Effect, Stream } from "effect"
   *
   * const mirror = (names: Set<string>) =>
   *   Effect.scoped(Effect.gen(function*() {
   *     const store = yield* Reflector.make(Api.namespaced(ConfigMap, "default"))
   *     yield* Stream.runForEach(store.changesWith({ buffer: 1000, whenFull: "resync" }), (change) =>
   *       Effect.sync(() => {
   *         if (change._tag === "Resync") {
   *           names.clear()
   *           for (const { metadata } of change.objects) names.add(metadata.name)
   *         } else if (change._tag === "Deleted") names.delete(change.object.metadata.name)
   *         else names.add(change.object.metadata.name)
   *       }))
   *   }))
   * ```
   */
  readonly changesWith: ChangesWith<K>
  /** Who takes changes at present. On a store that is shared these are the consumers of all who share it. */
  readonly consumers: Effect.Effect<ReadonlyArray<Consumer>>
}

export interface ChangesWith<out K> {
  (options: ChangesOptions<"resync"> & { readonly whenFull: "resync" }): Stream.Stream<Change<K> | Resync<K>>
  (options?: ChangesOptions<"join">): Stream.Stream<Change<K>>
}

/**
 * A store whose watch belongs to one program, as `Reflector.make` gives it: it can wait for a consumer. A store that is
 * shared (`Informers.get`) cannot, for one consumer would stall those of others.
 */
export interface Exclusive<out K, in I extends string = never> extends Store<K, I> {
  /**
   * As `changesWith` of any {@link Store}, and with `whenFull: "backpressure"`: each change comes, none is joined with
   * another. While more than `buffer` changes wait, nothing is read from the server, so the store stays as it is for
   * everybody; `consumers` shows it, and a warning is logged after 30 seconds.
   *
   * Such a consumer must not wait for the store, as by `waitFor`: the store may be waiting for it.
   */
  readonly changesWith: ExclusiveChangesWith<K>
}

export interface ExclusiveChangesWith<out K> extends ChangesWith<K> {
  (options: ChangesOptions<"backpressure"> & { readonly whenFull: "backpressure" }): Stream.Stream<Change<K>>
}

// ------------------------------------------------------------------------------------------------ indexes

interface Labelled {
  readonly metadata: { readonly labels?: { readonly [key: string]: string } | undefined }
}

interface Owned {
  readonly metadata: { readonly ownerReferences?: ReadonlyArray<{ readonly uid: string }> | undefined }
}

/** An index by namespace. */
export const byNamespace: Index<{ readonly metadata: { readonly namespace?: string | undefined } }> = ({ metadata }) =>
  metadata.namespace === undefined ? [] : [metadata.namespace]

/** An index by the value of a label; objects without it are under no key. */
export const byLabel = (label: string): Index<Labelled> => ({ metadata }) => {
  const { labels } = metadata
  const value = labels === undefined || !Object.hasOwn(labels, label) ? undefined : labels[label]
  return value === undefined ? [] : [value]
}

/** An index by the uids of owners: what belongs to an object. */
export const byOwner: Index<Owned> = ({ metadata }) => (metadata.ownerReferences ?? []).map(({ uid }) => uid)
