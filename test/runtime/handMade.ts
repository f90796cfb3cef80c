/** A store made by hand: the test says what it holds, and when. */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Write } from "../../src/client/internal/writes.js"
import type { OwnerReference } from "../../src/protocol/ObjectMeta.js"
import * as ResourceVersion from "../../src/protocol/ResourceVersion.js"
import { identity, keyOf, type OwnerKind } from "../../src/runtime/internal/keys.js"
import type { Source } from "../../src/runtime/internal/source.js"
import { type Change, type Key, NotReady } from "../../src/runtime/Store.js"

export interface Thing {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly creationTimestamp: string
    readonly ownerReferences?: ReadonlyArray<OwnerReference>
  }
}

export const foo: OwnerKind & { readonly plural: string } = {
  group: "clux.dev",
  kind: "Foo",
  plural: "foos",
  scope: "Namespaced"
}
export const configMap: OwnerKind & { readonly plural: string } = {
  group: "",
  kind: "ConfigMap",
  plural: "configmaps",
  scope: "Namespaced"
}

export const owner = (name: string, more?: Partial<OwnerReference>): OwnerReference => ({
  apiVersion: "clux.dev/v1",
  kind: "Foo",
  name,
  uid: `uid-${name}`,
  controller: true,
  ...more
})

export const thing = (name: string, rv = 1, more?: Partial<Thing["metadata"]>): Thing => ({
  apiVersion: "clux.dev/v1",
  kind: "Foo",
  metadata: {
    name,
    namespace: "default",
    uid: `uid-${name}`,
    resourceVersion: String(rv),
    creationTimestamp: "2026-01-01T00:00:00Z",
    ...more
  }
})

type Sink = (changes: ReadonlyArray<Change<Thing>>) => Effect.Effect<void>

export class HandMade {
  readonly open = (syncTimeout: Duration.Duration) =>
    Effect.sync(() => {
      this.syncTimeout = syncTimeout
      return this.source
    })

  readonly objects = new Map<string, Thing>()
  readonly source: Source<Thing>
  /** How long the first list may take. */
  syncTimeout = Duration.infinity
  private readonly sinks = new Set<Sink>()
  private readonly isReady = Deferred.unsafeMake<void>(undefined as never)
  private readonly waiting = new Set<() => void>()

  constructor(resource: OwnerKind & { readonly plural: string }) {
    const shows = (write: Write) => {
      const object = this.objects.get(`${write.namespace ?? ""}/${write.name}`)
      return write.resourceVersion === undefined
        ? object === undefined || object.metadata.uid !== write.uid
        : object !== undefined && ResourceVersion.isAtLeast(object.metadata.resourceVersion, write.resourceVersion)
    }
    const awaitWrite = (write: Write): Effect.Effect<void> =>
      Effect.suspend(() =>
        shows(write) ? Effect.void : Effect.zipRight(
          Effect.async<void>((resume) => {
            const wake = () => resume(Effect.void)
            this.waiting.add(wake)
            return Effect.sync(() => this.waiting.delete(wake))
          }),
          awaitWrite(write)
        )
      )
    this.source = {
      resource,
      get: (key: Key) => Effect.sync(() => Option.fromNullable(this.objects.get(identity(key)))),
      keys: Effect.sync(() => Array.from(this.objects.values(), keyOf)),
      ready: Effect.suspend(() =>
        Effect.timeoutFail(Deferred.await(this.isReady), {
          duration: this.syncTimeout,
          onTimeout: () =>
            new NotReady({ watched: `list ${resource.kind}`, timeout: this.syncTimeout, trouble: Option.none() })
        })
      ),
      isReady: Deferred.isDone(this.isReady),
      subscribe: (sink) =>
        Effect.contextWithEffect((context) => {
          const provided: Sink = (changes) => Effect.provide(sink(changes), context)
          return Effect.acquireRelease(Effect.sync(() => this.sinks.add(provided)), () =>
            Effect.sync(() => this.sinks.delete(provided)))
        }),
      covers: (write) => write.plural === resource.plural,
      shows: (write) => Effect.sync(() => shows(write)),
      awaitWrite
    }
  }

  get subscribers(): number {
    return this.sinks.size
  }

  private emit(changes: ReadonlyArray<Change<Thing>>): Effect.Effect<void> {
    return Effect.suspend(() => {
      for (const wake of this.waiting) wake()
      return Effect.forEach(this.sinks, (sink) => sink(changes), { discard: true })
    })
  }

  /** The first list. */
  list(...objects: ReadonlyArray<Thing>): Effect.Effect<void> {
    return Effect.suspend(() => {
      for (const object of objects) this.objects.set(identity(keyOf(object)), object)
      return Effect.zipRight(
        this.emit(objects.map((object) => ({ _tag: "Added", object, initial: true }))),
        Deferred.succeed(this.isReady, undefined)
      )
    })
  }

  put(object: Thing): Effect.Effect<void> {
    return Effect.suspend(() => {
      const id = identity(keyOf(object))
      const previous = this.objects.get(id)
      this.objects.set(id, object)
      return this.emit([
        previous === undefined ? { _tag: "Added", object, initial: false } : { _tag: "Updated", object, previous }
      ])
    })
  }

  remove(name: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const id = `default/${name}`
      const object = this.objects.get(id)
      this.objects.delete(id)
      return object === undefined
        ? Effect.void
        : this.emit([{ _tag: "Deleted", object, previous: object, observed: true }])
    })
  }
}
