/**
 * What a controller needs to know of a store: the narrowest view of it, so that the controller's rules are tested
 * without a cluster.
 */
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type { Write } from "../../client/internal/writes.js"
import type { Service } from "../../client/KubeClient.js"
import type { ResourceScope } from "../../protocol/Resource.js"
import type { Change, Key, NotReady } from "../Store.js"

export interface Source<out K> {
  /** Whose store it is; undefined where there is no client. */
  readonly client?: Service | undefined
  readonly resource: {
    readonly group: string
    readonly kind: string
    readonly plural: string
    readonly scope: ResourceScope
  }
  readonly get: (key: Key) => Effect.Effect<Option.Option<K>>
  /** Every key that the store holds. */
  readonly keys: Effect.Effect<ReadonlyArray<Key>>
  /** Returns when the first list is in; fails with the reason when it takes too long. */
  readonly ready: Effect.Effect<void, NotReady>
  /** Whether the first list is in. */
  readonly isReady: Effect.Effect<boolean>
  /** Gives the sink what there is, then each change after the store has it, until the Scope closes. */
  readonly subscribe: <R>(
    sink: (changes: ReadonlyArray<Change<K>>) => Effect.Effect<void, never, R>
  ) => Effect.Effect<void, never, R | Scope.Scope>
  /** Whether the store holds the kind and the namespace of what was written. */
  readonly covers: (write: Write) => boolean
  /** Whether the store shows what was written, or something newer; of a delete, that the uid is gone. */
  readonly shows: (write: Write) => Effect.Effect<boolean>
  /** Returns when `shows` is true. */
  readonly awaitWrite: (write: Write) => Effect.Effect<void>
  /** The span of the list or watch that last brought something of a namespace, where there is one. */
  readonly spanOf?: ((namespace: string | undefined) => Tracer.AnySpan | undefined) | undefined
}
