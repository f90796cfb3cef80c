/**
 * A reader's own view of stores that are not its own alone: its indexes, its bound for changes and its patience over a
 * store that others share, or over several stores, one for each namespace, as if they were one.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import * as ResourceVersion from "../../protocol/ResourceVersion.js"
import type { Change, ChangesOptions, Exclusive, ExclusiveChangesWith, Key, Written } from "../Store.js"
import { changesOf, plainChangesOf } from "./storeChanges.js"
import { type StoreCore, TypeId } from "./storeCore.js"
import { Indexes, IndexNames, type IndexOf } from "./storeIndexes.js"
import type { Stored } from "./storeKey.js"

/** One of the stores, and which namespace it is of. */
export interface Part<K extends Stored> {
  /** Undefined: of all namespaces, or of none. Then there is no other part. */
  readonly namespace: string | undefined
  readonly core: StoreCore<K>
}

export interface ViewOptions<K> {
  readonly syncTimeout: Duration.Duration
  readonly changesBuffer: number
  /** Whether others read the same stores. */
  readonly shared: boolean
  readonly indexes?: { readonly [name: string]: IndexOf<K> } | undefined
}

/** An `Exclusive` store only where it is not shared: who makes one gives it the type that fits. */
export class StoreView<K extends Stored> implements Exclusive<K, string> {
  readonly [TypeId] = TypeId
  private readonly cores: ReadonlyArray<StoreCore<K>>
  private readonly names: IndexNames<K>
  /** The stores no longer keep indexes for this reader. */
  private released = false
  readonly changes: Stream.Stream<Change<K>>

  constructor(private readonly parts: ReadonlyArray<Part<K>>, private readonly options: ViewOptions<K>) {
    this.cores = parts.map(({ core }) => core)
    this.names = new IndexNames(options.indexes)
    this.changes = plainChangesOf(this.cores, options.changesBuffer)
    for (const { indexes } of this.cores) indexes.retain(this.names.functions)
  }

  /** Ends what the stores keep for this reader. It can read on: an index is then made for each question. */
  release(): void {
    if (this.released) return
    this.released = true
    for (const { indexes } of this.cores) indexes.release(this.names.functions)
  }

  // ---------------------------------------------------------------------------------------------- reading

  /** The store that holds the objects of a namespace, if there is one. */
  coreOf(namespace: string | undefined): StoreCore<K> | undefined {
    for (const part of this.parts) {
      if (part.namespace === undefined || part.namespace === namespace) return part.core
    }
    return undefined
  }

  get = (key: Key): Effect.Effect<Option.Option<K>> => this.coreOf(key.namespace)?.get(key) ?? Effect.succeedNone

  private gather<A>(f: (core: StoreCore<K>) => Iterable<A>): Effect.Effect<ReadonlyArray<A>> {
    return Effect.sync(() =>
      this.cores.length === 1 ? Array.from(f(this.cores[0]!)) : this.cores.flatMap((core) => [...f(core)])
    )
  }

  find = (test: (object: K) => boolean): Effect.Effect<Option.Option<K>> =>
    Effect.sync(() => {
      for (const core of this.cores) {
        for (const object of core.objects.values()) if (test(object)) return Option.some(object)
      }
      return Option.none()
    })

  private indexesOf(core: StoreCore<K>): Indexes<K> {
    return this.released ? new Indexes() : core.indexes
  }

  by = (index: string, key: string): Effect.Effect<ReadonlyArray<K>> =>
    this.gather((core) => this.indexesOf(core).find(this.names.named(index), key, core.objects))

  keysOf = (index: string): Effect.Effect<ReadonlyArray<string>> =>
    Effect.map(
      this.gather((core) => this.indexesOf(core).keys(this.names.named(index), core.objects)),
      (keys) => this.cores.length === 1 ? keys : [...new Set(keys)]
    )

  readonly list: Effect.Effect<ReadonlyArray<K>> = this.gather((core) => core.objects.values())
  readonly size = Effect.sync(() => this.cores.reduce((size, { objects }) => size + objects.size, 0))
  readonly undecodable = Effect.suspend(() =>
    Effect.map(Effect.forEach(this.cores, (core) => core.undecodable), (all) => all.flat())
  )
  readonly isReady = Effect.suspend(() => Effect.every(this.cores, (core) => core.isReady))

  /** The least of all: what every part has reached. */
  readonly resourceVersion = Effect.suspend(() =>
    Effect.map(
      Effect.forEach(this.cores, (core) => core.resourceVersion),
      (all) =>
        Option.map(Option.all(all), (versions) =>
          versions.reduce((least, each) => ResourceVersion.isAtLeast(each, least) ? least : each))
    )
  )

  readonly trouble = Effect.suspend(() =>
    Effect.map(Effect.forEach(this.cores, (core) => core.trouble), Option.firstSomeOf)
  )

  // ---------------------------------------------------------------------------------------------- waiting

  readonly ready = Effect.suspend(() => {
    const { syncTimeout } = this.options
    return Effect.forEach(
      this.cores,
      (core) => Effect.timeoutFail(core.synced, { duration: syncTimeout, onTimeout: () => core.notReady(syncTimeout) }),
      { concurrency: "unbounded", discard: true }
    )
  })

  waitFor = (written: string | Written): Effect.Effect<void> => {
    const namespace = typeof written === "string" ? undefined : written.metadata.namespace
    // A part that can never show it need not be waited for; a store of one place waits as any other.
    const concerned = namespace === undefined || this.parts.length === 1
      ? this.parts
      : this.parts.filter((part) => part.namespace === namespace)
    return Effect.forEach(concerned, ({ core }) => core.waitFor(written), { concurrency: "unbounded", discard: true })
  }

  // ---------------------------------------------------------------------------------------------- changes

  readonly changesWith = ((options?: ChangesOptions) =>
    changesOf(this.cores, options, {
      buffer: this.options.changesBuffer,
      shared: this.options.shared
    })) as ExclusiveChangesWith<K> // it gives what the overloads say

  /** A consumer of several parts is one. */
  readonly consumers = Effect.sync(() =>
    Array.from(new Set(this.cores.flatMap(({ subscriptions }) => [...subscriptions])), ({ description }) => description)
  )
}
