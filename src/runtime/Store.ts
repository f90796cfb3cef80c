/**
 * A store holds the present state of all objects of a kind, as far as a watcher has told it, and says what changes.
 * `Reflector.make` fills one. Reading it asks nobody and takes no time; what a reader holds does not change under it.
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
  /** The state of the cluster that the store shows; none before the first complete list. Events and bookmarks move it. */
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
   */
  readonly waitFor: (resourceVersion: string) => Effect.Effect<void>
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
