/** Objects that are waited for until they are gone, kept by the events of a watcher. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type { KubeObject } from "../../protocol/Resource.js"
import type * as Watcher from "../Watcher.js"

interface Entry<K> {
  object: K
  readonly gone: Deferred.Deferred<void>
}

/** By uid: an object of the same name that comes after one is another object. */
export class Presence<K extends KubeObject> {
  private readonly present = new Map<string, Entry<K>>()
  private listed = new Set<string>()

  constructor(objects: ReadonlyArray<K>) {
    for (const object of objects) {
      this.present.set(object.metadata.uid, { object, gone: Deferred.unsafeMake(FiberId.none) })
    }
  }

  /** As it was seen last. */
  latest(object: K): K {
    return this.present.get(object.metadata.uid)?.object ?? object
  }

  /** Waits until it is gone. */
  gone(object: K): Effect.Effect<void> {
    return Effect.suspend(() => {
      const entry = this.present.get(object.metadata.uid)
      return entry === undefined ? Effect.void : Deferred.await(entry.gone)
    })
  }

  step(event: Watcher.Event<K>): void {
    switch (event._tag) {
      case "Init":
        this.listed = new Set()
        return
      case "InitPage":
        for (const object of event.objects) this.see(object)
        return
      case "InitDone":
        for (const uid of this.present.keys()) if (!this.listed.has(uid)) this.forget(uid)
        return
      case "Applied":
        return this.see(event.object)
      case "Deleted":
        return this.forget(event.object.metadata.uid)
      case "Undecodable": {
        const { uid } = event.metadata
        if (uid === undefined) return
        if (event.change === "Deleted") this.forget(uid)
        else this.listed.add(uid)
      }
    }
  }

  private see(object: K): void {
    this.listed.add(object.metadata.uid)
    const entry = this.present.get(object.metadata.uid)
    if (entry !== undefined) entry.object = object
  }

  private forget(uid: string): void {
    const entry = this.present.get(uid)
    if (entry === undefined) return
    this.present.delete(uid)
    Deferred.unsafeDone(entry.gone, Effect.void)
  }
}
