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
import { describeObject, OneObject } from "./oneObject.js"
import { selectName } from "./selectName.js"

/** What is told when the time is over. */
export interface Report {
  readonly waitedOn: string
  readonly condition: string
  readonly timeout: Duration.Duration
  readonly state: string
  readonly trouble: Option.Option<Watcher.Failure>
}

export const until = <K extends KubeObject, R, Exists extends boolean>(
  api: Watcher.Watchable<K, R> & Api.Get<K, R>,
  name: string,
  condition: Wait.Condition<K, Exists>,
  options: Wait.Options | undefined,
  timedOut: (report: Report) => Wait.TimedOut
): Effect.Effect<Wait.Found<K, Exists>, Wait.TimedOut, R> =>
  Effect.suspend(() => {
    const follower = new OneObject<K>()
    const holds = () => follower.state !== undefined && condition.holds(follower.state)
    const timeout = Duration.decode(options?.timeout ?? "30 seconds")
    const fields = selectName("Wait.until", api.resource.kind, name)
    return Watcher.watch(api, { ...options?.watch, fields }).pipe(
      Stream.takeUntil((event) => follower.step(event) && holds()),
      Stream.runDrain,
      Effect.timeoutFail({
        duration: timeout,
        onTimeout: () =>
          timedOut({
            waitedOn: describeObject(api, name),
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

export const forObject = <K extends KubeObject, R>(
  api: Watcher.Watchable<K, R> & Api.Get<K, R>,
  object: KubeObject,
  condition: Wait.Condition<K, true>,
  options: Wait.Options | undefined,
  timedOut: (report: Report) => Wait.TimedOut,
  gone: (waitedOn: string, state: string) => Wait.Gone
): Effect.Effect<K, Wait.TimedOut | Wait.Gone, R> =>
  Effect.suspend(() => {
    const { name, uid } = object.metadata
    let last = "it was not seen"
    /** Nothing where the object is gone: that ends the wait as well. */
    const here = Option.filter<K>((found) => found.metadata.uid === uid)
    const itOrGone: Wait.Condition<K, false> = {
      ...condition,
      needsObject: false,
      holds: (found) => {
        if (Option.isNone(here(found))) return true
        last = condition.state(found)
        return condition.holds(found)
      }
    }
    return Effect.flatMap(until(api, name, itOrGone, options, timedOut), (found) =>
      Option.match(here(found), {
        onNone: () => Effect.fail(gone(describeObject(api, name), last)),
        onSome: Effect.succeed
      }))
  })
