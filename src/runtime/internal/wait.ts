/**
 * Follows one object through a watcher until a condition holds.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Api from "../../client/Api.js"
import type { KubeObject } from "../../protocol/Resource.js"
import type * as Wait from "../Wait.js"
import * as Watcher from "../Watcher.js"
import { selectName } from "./selectName.js"

/** What is told when the time is over. */
export interface Report {
  readonly waitedOn: string
  readonly condition: string
  readonly timeout: Duration.Duration
  readonly state: string
  readonly trouble: Option.Option<Watcher.Failure>
}

class Follower<K> {
  /** As the server last told; undefined before the first list, and while the object cannot be read. */
  state: Option.Option<K> | undefined = undefined
  trouble: Option.Option<Watcher.Failure> = Option.none()
  private listed: Option.Option<K> | undefined = undefined

  constructor(private readonly condition: Wait.Condition<K>) {}

  /** Whether the condition holds after this event. */
  step(event: Watcher.Event<K>): boolean {
    switch (event._tag) {
      case "Init":
        this.listed = Option.none()
        return false
      case "InitPage":
        if (event.objects.length > 0) this.listed = Option.some(event.objects[0])
        return false
      case "InitDone":
        return this.look(this.listed)
      case "Applied":
        return this.look(Option.some(event.object))
      case "Deleted":
        return this.look(Option.none())
      case "Undecodable":
        if (event.change === "Deleted") return this.look(Option.none())
        // It is there, but nothing can be said of it.
        this.trouble = Option.some(event.error)
        this.listed = undefined
        return this.look(undefined)
      case "Bookmark":
        if (this.state !== undefined) this.trouble = Option.none()
        return false
      case "Trouble":
        this.trouble = Option.some(event.error)
        return false
    }
  }

  private look(state: Option.Option<K> | undefined): boolean {
    this.state = state
    if (state === undefined) return false
    this.trouble = Option.none()
    return this.condition.holds(state)
  }
}

export const until = <K extends KubeObject, R, Exists extends boolean>(
  api: Watcher.Watchable<K, R> & Api.Get<K, R>,
  name: string,
  condition: Wait.Condition<K, Exists>,
  options: Wait.Options | undefined,
  timedOut: (report: Report) => Wait.TimedOut
): Effect.Effect<Wait.Found<K, Exists>, Wait.TimedOut, R> =>
  Effect.suspend(() => {
    const follower = new Follower(condition)
    const timeout = Duration.decode(options?.timeout ?? "30 seconds")
    const fields = selectName("Wait.until", api.resource.kind, name)
    return Watcher.watch(api, { ...options?.watch, fields }).pipe(
      Stream.takeUntil((event) => follower.step(event)),
      Stream.runDrain,
      Effect.timeoutFail({
        duration: timeout,
        onTimeout: () =>
          timedOut({
            waitedOn: `${api.resource.kind} ${api.namespace === undefined ? name : `${api.namespace}/${name}`}`,
            condition: condition.description,
            timeout,
            state: follower.state === undefined ? "nothing is known of it" : condition.state(follower.state),
            trouble: follower.trouble
          })
      }),
      Effect.map(() => {
        const state = follower.state ?? Option.none<K>()
        // A condition that needs an object has seen one.
        return (condition.needsObject ? Option.getOrThrow(state) : state) as Wait.Found<K, Exists>
      })
    )
  })
