/**
 * The seam by which a controller learns what its reconcile wrote, so that the next run of the same key does not read a
 * store that is older (read your own writes). It follows the fiber, so plain and bound handles are seen alike.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** One write that the server confirmed. */
export interface Write {
  readonly group: string
  readonly plural: string
  readonly namespace: string | undefined
  readonly name: string
  readonly uid: string | undefined
  /** The resourceVersion that the write made; undefined for a delete that was carried out at once. */
  readonly resourceVersion: string | undefined
  /** The labels that it has now; undefined where the answer does not tell. */
  readonly labels: { readonly [key: string]: string } | undefined
}

/** Told of each confirmed write in this fiber and its children. */
export class Observer extends Context.Reference<Observer>()("effect-kube/client/writes/Observer", {
  defaultValue: (): ((write: Write) => void) | undefined => undefined
}) {}

/** Tells the observer, if there is one. */
export const record = (write: () => Write): Effect.Effect<void> => Effect.map(Observer, (observe) => observe?.(write()))
