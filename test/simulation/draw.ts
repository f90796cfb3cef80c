/** Draws a night from its seed. */
import { Dice } from "./dice.js"
import type {
  App,
  ConsumerPlan,
  Fault,
  FollowerPlan,
  Happening,
  Life,
  Night,
  Requests,
  Step,
  Verb,
  Write
} from "./script.js"

export const namespaces: ReadonlyArray<string> = ["north", "south"]
const names: ReadonlyArray<string> = ["a", "b", "c", "d", "e"]
const apps: ReadonlyArray<App> = ["web", "web", "api", undefined]

const consumer = (dice: Dice): ConsumerPlan => ({
  pause: dice.weighted([[3, 0], [1, 50], [1, 3000], [1, 40_000]]),
  late: dice.weighted([[3, 0], [1, 20_000], [1, 120_000]]),
  whenFull: dice.weighted([[3, "join"], [1, "backpressure"], [1, "resync"]])
})

const follower = (dice: Dice): FollowerPlan => {
  const pieces = dice.weighted([[6, undefined], [1, 7], [2, 100], [2, 1000]])
  return { ...watcher(dice), pieces, trickle: pieces === undefined ? 0 : dice.pick([0, 2 * pieces]) }
}

const watcher = (dice: Dice): Omit<FollowerPlan, "pieces" | "trickle"> => ({
  kind: dice.weighted([[4, "reflector"], [1, "split"], [5, "stream"]]),
  namespace: dice.chance(0.4) ? dice.pick(namespaces) : undefined,
  selection: dice.weighted([[4, "everything"], [3, "app=web"], [1, "app in (web,api)"], [1, "!app"], [1, "name b"]]),
  initialList: dice.pick(["auto", "streamed", "paged", "watchList"]),
  semantics: dice.pick(["consistent", "any"]),
  pageSize: dice.pick([1, 2, 3, 500]),
  timeout: dice.weighted([[1, undefined], [1, 20], [1, 60], [1, 300]]),
  minor: dice.pick([30, 37]),
  managedFields: dice.pick(["keep", "drop"]),
  shareStrings: dice.chance(0.2),
  isProjected: dice.chance(0.2),
  changesBuffer: dice.pick([1, 3, 8, 4096]),
  consumers: Array.from({ length: dice.weighted([[1, 0], [3, 1], [2, 2], [1, 3]]) }, () => consumer(dice))
})

const write = (dice: Dice): Write => {
  const namespace = dice.pick(namespaces)
  const name = dice.pick(names)
  const app = dice.pick(apps)
  return dice.weighted<() => Write>([
    [8, () => ({ _tag: "Put", namespace, name, app })],
    [4, () => ({ _tag: "Remove", namespace, name })],
    [2, () => ({ _tag: "Replace", namespace, name, app })],
    [1, () => ({ _tag: "Break", namespace, name, app })],
    [1, () => ({ _tag: "Burst", namespace, writes: dice.between(3, 12) })]
  ])()
}

/** Refusals as they come at the start of a list or a watch, and as ERROR events. */
const refusals: ReadonlyArray<readonly [status: number, reason: string]> = [
  [410, "Expired"],
  [410, "Gone"],
  [429, "TooManyRequests"],
  [429, "TooManyRequests"],
  [500, "InternalError"],
  [503, "ServiceUnavailable"],
  [504, "Timeout"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "NotFound"],
  [400, "BadRequest"],
  [418, "Teapot"]
]

const garbage: ReadonlyArray<string> = [
  "<html>bad gateway</html>\n",
  "{\"type\":\n",
  "null\n",
  "{\"kind\":\"Status\"}\n",
  "\n"
]

const fault = (dice: Dice, followers: number): Fault => {
  const who = dice.chance(0.5) ? dice.below(followers) : undefined
  const requests = (verbs: ReadonlyArray<Verb> = ["list", "watch", "any"]): Requests => ({
    who,
    verb: dice.pick(verbs),
    times: dice.weighted([[4, 1], [2, 2], [2, 4], [1, 9]])
  })
  const [status, reason] = dice.pick(refusals)
  const retryAfter = status === 429 && dice.chance(0.5) ? dice.between(1, 40) : undefined
  return dice.weighted<() => Fault>([
    [4, () => ({ _tag: "Cut", who, afterBytes: dice.chance(0.3) ? undefined : dice.between(1, 900) })],
    [2, () => ({ _tag: "End", who })],
    [2, () => ({ _tag: "Silence", who })],
    [3, () => ({ _tag: "Tell", who, code: status, reason, retryAfter })],
    [1, () => ({ _tag: "Garbage", who, text: dice.pick(garbage) })],
    [4, () => ({ _tag: "Refuse", ...requests(), status, reason, retryAfter })],
    [1, () => ({ _tag: "Page", ...requests() })],
    [2, () => ({ _tag: "Lose", ...requests() })],
    [1, () => ({ _tag: "Unanswered", ...requests() })],
    [1, () => ({ _tag: "Delay", ...requests(), millis: dice.pick([10, 3000, 20_000]) })],
    [2, () => ({ _tag: "CutAnswer", ...requests(), afterBytes: dice.between(1, 3000) })],
    [1, () => ({ _tag: "ShortWatches", who, times: dice.between(1, 6) })],
    [1, () => ({ _tag: "LateTokens", who, times: dice.between(1, 3) })],
    [2, () => ({ _tag: "Compact" })],
    [2, () => ({ _tag: "Lag", back: dice.between(0, 6), millis: dice.pick([500, 10_000, 90_000]) })],
    [1, () => ({ _tag: "MuteBookmarks", millis: dice.pick([30_000, 200_000]) })],
    [2, () => ({ _tag: "Restart", down: dice.pick([0, 5000, 40_000]) })],
    [
      2,
      () => ({
        _tag: "Restore",
        how: dice.pick(["rewind", "anew"]),
        back: dice.between(0, 10),
        down: dice.pick([0, 5000, 40_000])
      })
    ]
  ])()
}

const life = (dice: Dice, followers: ReadonlyArray<FollowerPlan>): Life => {
  const who = dice.below(followers.length)
  const after = dice.pick([0, 100, 30_000])
  const consumers = followers[who]!.consumers.length
  if (consumers === 0 || dice.chance(0.4)) return { _tag: "Reopen", who, after }
  const consumer = dice.below(consumers)
  return dice.chance(0.5)
    ? { _tag: "ReopenConsumer", who, consumer, after }
    : { _tag: "Stall", who, consumer, millis: dice.pick([5000, 100_000]) }
}

/** Times that come in crowds: many things at the same moment find more than the same things one by one. */
const times = (dice: Dice, count: number, length: number): ReadonlyArray<number> => {
  const crowds = Array.from({ length: dice.between(2, 8) }, () => dice.below(length))
  const result: Array<number> = []
  for (let i = 0; i < count; i++) {
    const near = Math.min(length, dice.pick(crowds) + dice.pick([0, 1, 100, 1000]))
    result.push(dice.chance(0.6) ? near : dice.below(length))
  }
  return result.sort((a, b) => a - b)
}

export const drawNight = (seed: number): Night => {
  const dice = new Dice(seed)
  const followers = Array.from({ length: dice.between(1, 3) }, () => follower(dice))
  const length = dice.between(1, 8) * 60_000
  const faults = dice.pick([0.1, 0.3, 0.5])
  const what = (): Happening => {
    if (!dice.chance(faults)) return write(dice)
    return dice.chance(0.12) ? life(dice, followers) : fault(dice, followers.length)
  }
  const steps = times(dice, dice.between(5, 70), length).map((at): Step => ({ at, what: what() }))
  return {
    seed,
    length,
    resourceVersion: dice.pick([9_980, 12_000, 99_990, 9_007_199_254]),
    history: dice.pick([4, 20, 10_000, 10_000]),
    bookmarks: dice.pick([5000, 60_000]),
    operationsInOneTurn: dice.pick([2048, 2048, 2048, 40]),
    followers,
    steps
  }
}
