/**
 * What changes in one or more stores, as a Stream.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Change, ChangesOptions, Resync } from "../Store.js"
import type { StoreCore } from "./storeCore.js"
import type { Stored } from "./storeKey.js"
import { Subscription, type SubscriptionOptions } from "./subscription.js"

/** Throws a `TypeError` for what cannot be meant. */
const check = (options: ChangesOptions | undefined, buffer: number, shared: boolean): SubscriptionOptions => {
  const checked = { buffer: options?.buffer ?? buffer, whenFull: options?.whenFull ?? "join" }
  if (!(checked.buffer >= 0)) {
    throw new TypeError(`changesWith: buffer: expected a number that is not negative, found ${checked.buffer}`)
  }
  if (!["join", "resync", "backpressure"].includes(checked.whenFull)) {
    throw new TypeError(
      `changesWith: whenFull: expected join, resync or backpressure, found ${JSON.stringify(checked.whenFull)}`
    )
  }
  if (shared && checked.whenFull === "backpressure") {
    throw new TypeError("changesWith: a store that others share cannot wait for one consumer: join, or resync")
  }
  return checked
}

/** The types of who calls say which of both it is. */
export const changesOf = <K extends Stored>(
  cores: ReadonlyArray<StoreCore<K>>,
  options: ChangesOptions | undefined,
  defaults: { readonly buffer: number; readonly shared: boolean }
): Stream.Stream<Change<K> | Resync<K>> => {
  const checked = check(options, defaults.buffer, defaults.shared)
  // Before the first list there is nothing that could be said to be all.
  const begin = checked.whenFull === "resync"
    ? Effect.forEach(cores, (core) => core.synced, { discard: true })
    : Effect.void
  const subscribe = Effect.acquireRelease(
    Effect.sync(() => new Subscription(cores, checked)),
    (subscription) => Effect.sync(() => subscription.end())
  )
  return Stream.unwrapScoped(
    Effect.map(Effect.zipRight(begin, subscribe), (subscription) => Stream.repeatEffectChunk(subscription.take))
  )
}

/** As `changes`. */
export const plainChangesOf = <K extends Stored>(
  cores: ReadonlyArray<StoreCore<K>>,
  buffer: number
): Stream.Stream<Change<K>> => changesOf(cores, undefined, { buffer, shared: true }) as Stream.Stream<Change<K>> // only `resync` brings others
