/** Plays a night: the script, then quiet, then the verdict. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type Actor, Follower, type Mutant } from "./follower.js"
import { Judge, type Violation } from "./judge.js"
import { isWrite, type Night, type Step } from "./script.js"
import { VirtualTime } from "./virtualTime.js"
import { World } from "./world.js"

export interface Verdict {
  readonly night: Night
  readonly violations: ReadonlyArray<Violation>
  /** What there was of it, to see that nights are not empty. */
  readonly counts: ReadonlyMap<string, number>
  /** What happened, as one number: the same night has the same. */
  readonly trace: number
}

/** So long it may take until all is as it should be: a watch may be mute for ten minutes, and be backed off then. */
const patience = 25 * 60_000
/** How often it is looked whether it is. */
const interval = 5000
/** How long all is watched while nothing happens any more. */
const stillness = 3 * 60_000

/** Requests in any minute: what a server sees at most that closes every watch at once. */
const requestsInAMinute = 15
/** And so many more for each fault that may have led to them. A mute connection is noticed after ten minutes. */
const requestsForAFault = 5
const faultsLast = 11 * 60_000
const minute = 60_000

const checkStorm = (judge: Judge, { name, watches, way: { asked } }: Actor, faults: ReadonlyArray<number>): void => {
  let first = 0
  for (let last = 0; last < asked.length; last++) {
    while (asked[first]! <= asked[last]! - minute) first++
    const count = last - first + 1
    if (count <= requestsInAMinute * watches) continue
    const guilty = faults.filter((at) => at <= asked[last]! && at > asked[last]! - faultsLast).length
    if (count > (requestsInAMinute + requestsForAFault * guilty) * watches) {
      return judge.violated("no relist storm", `${name} made ${count} requests in a minute, after ${guilty} faults`)
    }
  }
}

/** Plays a night; the same night is always the same. */
export const play = (night: Night, mutant?: Mutant): Verdict => {
  const time = new VirtualTime(night.seed, night.operationsInOneTurn)
  const judge = new Judge(() => time.elapsed)
  let actors: ReadonlyArray<Actor> = []
  let world: World | undefined
  const counts = new Map<string, number>()
  const count = (what: string, times: number): void => {
    if (times > 0) counts.set(what, (counts.get(what) ?? 0) + times)
  }

  const perform = ({ what }: Step, world: World): Effect.Effect<void> => {
    if (isWrite(what)) return Effect.sync(() => world.write(what))
    if (what._tag !== "Reopen" && what._tag !== "ReopenConsumer" && what._tag !== "Stall") return world.fault(what)
    count(what._tag, 1)
    const actor = actors[what.who]
    return actor === undefined ? Effect.void : Effect.asVoid(Effect.fork(actor.live(what)))
  }

  const whole = Effect.gen(function*() {
    const clusterScope = yield* Scope.make()
    const there = yield* Scope.extend(World.make(night), clusterScope)
    world = there
    const followers = night.followers.map((plan, index) => new Follower(index, plan, there, judge, mutant))
    actors = followers
    yield* Effect.forEach(actors, ({ start }) => start, { discard: true })

    const began = time.unsafeCurrentTimeMillis()
    const faults: Array<number> = []
    const living = Effect.gen(function*() {
      for (const step of night.steps) {
        const now = time.unsafeCurrentTimeMillis() - began
        if (step.at > now) yield* Effect.sleep(step.at - now)
        if (!isWrite(step.what)) faults.push(time.unsafeCurrentTimeMillis())
        yield* perform(step, there)
      }
      const left = night.length - (time.unsafeCurrentTimeMillis() - began)
      if (left > 0) yield* Effect.sleep(left)
    })
    yield* living

    // Quiet: nothing more goes wrong, and a few writes must still be heard by all.
    yield* there.calm
    for (const follower of followers) follower.calm()
    const quietSince = time.elapsed
    while (there.isHeld && time.elapsed - quietSince < patience) yield* Effect.sleep(interval)
    judge.holds("store = server", !there.isHeld, () => "nobody asked for the state again after a rewind")
    for (const namespace of ["north", "south"]) {
      there.write({ _tag: "Put", namespace, name: "b", app: "web" })
      there.write({ _tag: "Remove", namespace, name: "c" })
      there.write({ _tag: "Put", namespace, name: "probe", app: undefined })
    }
    const difference = (): string | undefined => {
      for (const actor of actors) {
        const differs = actor.difference()
        if (differs !== undefined) return differs
      }
      return undefined
    }
    let differs = difference()
    while (differs !== undefined && time.elapsed - quietSince < patience) {
      yield* Effect.sleep(interval)
      differs = difference()
    }
    if (differs !== undefined) {
      judge.violated(differs.includes("was told of") ? "changes add up" : "store = server", differs)
    }
    count("seconds until all was well", Math.round((time.elapsed - quietSince) / 1000))

    // It stays so, and nobody asks more than a little.
    const asked = actors.map(({ way }) => way.asked.length)
    yield* Effect.sleep(stillness)
    const later = differs === undefined ? difference() : undefined
    if (later !== undefined) judge.violated("store = server", `it was, and then: ${later}`)
    for (const [index, { name, watches, way }] of actors.entries()) {
      const more = way.asked.length - asked[index]!
      judge.holds(
        "no relist storm",
        more <= watches * requestsInAMinute * stillness / minute,
        () => `${name} made ${more} requests in three quiet minutes`
      )
      checkStorm(judge, actors[index]!, faults)
      count("requests", way.asked.length)
    }
    const watches = actors.reduce((sum, actor) => sum + actor.watches, 0)
    if (differs === undefined) {
      // A half-open watch is only known to be open by the server.
      judge.holds(
        "no leak",
        there.openConnections <= watches,
        () => `${there.openConnections} watches are open for ${watches} followers`
      )
    }

    yield* Effect.forEach(actors, ({ stop }) => stop, { discard: true })
    yield* Effect.sleep(1)
    judge.holds("no leak", there.connections === 0, () => `${there.connections} watches are left open`)
    yield* Scope.close(clusterScope, Exit.void)
    yield* Effect.sleep(1)
    judge.holds("no leak", time.fibers === 0, () => `${time.fibers} fibers are left`)
    judge.holds("no leak", time.sleeping === 0, () => `${time.sleeping} timers are left`)
    for (const { told } of followers) {
      count("changes told", told.changes)
      count("deletes told", told.deletes)
      for (const reason of told.reasons) count(`Init ${reason}`, 1)
    }
    count("writes", there.writes)
    for (const [what, times] of there.happened) count(what, times)
  })

  try {
    const exit = time.run(whole, () => {
      for (const actor of actors) actor.look()
    })
    if (Exit.isFailure(exit)) judge.violated("no defect", Cause.pretty(exit.cause))
  } catch (error) {
    judge.violated("time goes on", String(error))
  }
  count("virtual seconds", Math.round(time.elapsed / 1000))
  return { night, violations: judge.violations, counts, trace: traceOf(counts, time.elapsed, world) }
}

const traceOf = (counts: ReadonlyMap<string, number>, elapsed: number, world: World | undefined): number => {
  let hash = elapsed | 0
  const text = JSON.stringify([...counts, world?.eras.map(({ log }) => log.map(({ object }) => object.metadata.uid))])
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) | 0
  return hash >>> 0
}
