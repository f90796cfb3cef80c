/** How one object stands, kept by the events of a watcher that selects it by name. */
import * as Option from "effect/Option"
import type * as Watcher from "../Watcher.js"

export class OneObject<K> {
  /** As the server last told; undefined before the first list, and while the object cannot be read. */
  state: Option.Option<K> | undefined = undefined
  /** What went wrong last with the watch; none while all is well. */
  trouble: Option.Option<Watcher.Failure> = Option.none()
  private listed: Option.Option<K> | undefined = undefined

  /** Whether the event tells how the object stands. */
  step(event: Watcher.Event<K>): boolean {
    switch (event._tag) {
      case "Init":
        this.listed = Option.none()
        return false
      case "InitPage":
        // Of a watch-list there may be several states: the last one counts.
        if (event.objects.length > 0) this.listed = Option.some(event.objects[event.objects.length - 1]!)
        return false
      case "InitDone":
        return this.see(this.listed)
      case "Applied":
        return this.see(Option.some(event.object))
      case "Deleted":
        return this.gone()
      case "Undecodable":
        if (event.change === "Deleted") return this.gone()
        // It is there, but nothing can be said of it.
        this.trouble = Option.some(event.error)
        this.listed = undefined
        return this.see(undefined)
      case "Bookmark":
        if (this.state !== undefined) this.trouble = Option.none()
        return false
      case "Trouble":
        this.trouble = Option.some(event.error)
        return false
    }
  }

  /** Also where it comes amid a list: then what was listed is gone. */
  private gone(): boolean {
    this.listed = Option.none()
    return this.see(this.listed)
  }

  private see(state: Option.Option<K> | undefined): boolean {
    this.state = state
    if (state === undefined) return false
    this.trouble = Option.none()
    return true
  }
}

/** `Pod default/web-0`. */
export const describeObject = (
  api: { readonly resource: { readonly kind: string }; readonly namespace: string | undefined },
  name: string
): string => `${api.resource.kind} ${api.namespace === undefined ? name : `${api.namespace}/${name}`}`
