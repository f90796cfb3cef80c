/** The soak's writers: each owns names of its own, and survives what happens to the server. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Api from "../../src/client/Api.js"
import type { KubeClient } from "../../src/client/KubeClient.js"
import type { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Patch from "../../src/protocol/Patch.js"
import type { Ledger } from "./soakAccounts.js"

/** Waits until something is so, and dies when it does not come to be. */
export const until = <R>(
  condition: Effect.Effect<boolean, never, R>,
  within: Duration.DurationInput,
  what: string
): Effect.Effect<void, never, R> =>
  Effect.asVoid(Effect.repeat(condition, { until: (met) => met, schedule: Schedule.spaced("20 millis") })).pipe(
    Effect.timeoutFail({ duration: within, onTimeout: () => new Error(`${what} did not come`) }),
    Effect.orDie
  )

export interface WriterOptions {
  readonly api: Api.Namespaced<typeof ConfigMap>
  readonly ledger: Ledger
  readonly id: number
  readonly random: () => number
}

export interface Writer {
  readonly fill: (objects: number) => Effect.Effect<void, never, KubeClient>
  /** Until it is stopped. */
  readonly churn: Effect.Effect<void, never, KubeClient>
  readonly stop: () => void
  /** One write more, of an object that is in both halves' selection; its resourceVersion. */
  readonly mark: Effect.Effect<string, never, KubeClient>
}

const text = "x".repeat(250)

export const writer = ({ api, id, ledger, random }: WriterOptions): Writer => {
  /** The uid by name, of those that exist; and the names of those that do not. */
  const objects = new Map<string, string>()
  const gone: Array<string> = []
  let stopped = false
  let count = 0

  const half = (): string => (random() < 0.5 ? "a" : "b")
  const data = () => ({ at: `${id}-${++count}`, text })

  /** Until the server has answered; what it did to a request whose answer was lost shows in the next one's. */
  const insist = <A, E extends { readonly _tag: string }, R>(
    effect: Effect.Effect<A, E, R>,
    expected: ReadonlyArray<E["_tag"]>
  ): Effect.Effect<A, E, R> =>
    Effect.retry(effect, {
      schedule: Schedule.jittered(Schedule.spaced("300 millis")),
      times: 400,
      while: (error) => {
        if (expected.includes(error._tag)) return false
        ledger.retries++
        return true
      }
    })

  const wrote = (object: ConfigMap): string => {
    ledger.wrote(object)
    objects.set(object.metadata.name, object.metadata.uid)
    return object.metadata.resourceVersion
  }

  const create = (name: string, side = half()) =>
    insist(api.create({ metadata: { name, labels: { half: side } }, data: data() }), ["KubeAlreadyExists"]).pipe(
      Effect.catchTag("KubeAlreadyExists", () => insist(api.get(name), [])),
      Effect.map(wrote)
    )

  const update = (name: string) => {
    const change = random() < 0.3 ? { metadata: { labels: { half: half() } }, data: data() } : { data: data() }
    return Effect.map(insist(api.patch(name, Patch.merge(change)), []), wrote)
  }

  const remove = (name: string, uid: string) =>
    Effect.suspend(() => {
      ledger.deleting(uid)
      return insist(api.delete(name, { preconditions: { uid } }), ["KubeNotFound"])
    }).pipe(
      Effect.catchTag("KubeNotFound", () => Effect.void),
      Effect.map(() => {
        ledger.deleted()
        objects.delete(name)
        gone.push(name)
      })
    )

  const turn = Effect.suspend((): Effect.Effect<unknown, unknown, KubeClient> => {
    const chance = random()
    // As many as are deleted come again, under the same names.
    const again = chance < 0.2 ? gone.shift() : undefined
    if (again !== undefined) return create(again)
    const names = [...objects]
    const [name, uid] = names[Math.floor(random() * names.length)]!
    return chance < 0.4 ? remove(name, uid) : update(name)
  })

  return {
    fill: (wanted) =>
      Effect.orDie(
        Effect.forEach(Array.from({ length: wanted }), (_, i) => create(`w${id}-${i}`), { discard: true })
      ),
    churn: Effect.asVoid(Effect.orDie(Effect.repeat(turn, { while: () => !stopped }))),
    stop: () => {
      stopped = true
    },
    mark: Effect.orDie(create("the-last", "a"))
  }
}
