/**
 * The informers of a client: who asks for one that runs gets it, and the last one to leave stops it, after a time.
 *
 * An informer belongs to nobody who asks for it. Its fiber lives in a Scope of its own, which ends with the client's, and
 * takes from who happened to be first only what belongs to the run time (clock, loggers, tracer), not what belongs to a
 * part of a program: its spans, annotations, settings of requests and interruptibility.
 */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as List from "effect/List"
import * as Scope from "effect/Scope"
import * as clientLife from "../../client/internal/clientLife.js"
import { perClient } from "../../client/internal/perClient.js"
import type { Kept } from "../Reflector.js"
import { type InformerKey, informerKey, sameKey } from "./informerKey.js"
import { coreOf, endWith, following, type ReflectOptions, requestOf, storeSettings } from "./reflecting.js"
import type { StoreCore } from "./storeCore.js"
import { type Part, StoreView } from "./storeView.js"
import type { Settings, Target } from "./watcher.js"

interface Informer {
  readonly key: InformerKey
  /** Of what the key's codec and projection make. */
  readonly core: StoreCore<never>
  scope: Scope.CloseableScope | undefined
  askers: number
  /** Until when it is kept when nobody has it; in milliseconds. */
  until: number
  /** Somebody waits for that time to come. */
  waiting: boolean
}

/** What runs, by place. */
type Registry = Map<string, Array<Informer>>

const registryOf = perClient("informers", (): Registry => new Map())

const find = (registry: Registry, key: InformerKey): Informer | undefined =>
  registry.get(key.place)?.find((informer) => sameKey(informer.key, key))

const add = (registry: Registry, informer: Informer): void => {
  const there = registry.get(informer.key.place)
  if (there === undefined) registry.set(informer.key.place, [informer])
  else there.push(informer)
}

/** Whoever asks from now on gets a new one. */
const remove = (registry: Registry, informer: Informer): void => {
  const { place } = informer.key
  const left = registry.get(place)?.filter((each) => each !== informer)
  if (left === undefined || left.length === 0) registry.delete(place)
  else registry.set(place, left)
}

/** Without what belongs to a part of a program. */
const detached = <A>(effect: Effect.Effect<A>): Effect.Effect<A> =>
  Effect.interruptible(effect).pipe(
    Effect.mapInputContext((_: Context.Context<never>) => Context.empty()),
    Effect.locally(FiberRef.currentLogAnnotations, HashMap.empty()),
    Effect.locally(FiberRef.currentLogSpan, List.empty()),
    Effect.locally(FiberRef.currentMetricLabels, []),
    Effect.locally(FiberRef.currentTracerSpanAnnotations, HashMap.empty()),
    Effect.locally(FiberRef.currentTracerSpanLinks, Chunk.empty())
  )

const stop = (registry: Registry, informer: Informer): Effect.Effect<void> =>
  Effect.suspend(() => {
    remove(registry, informer)
    return informer.scope === undefined ? Effect.void : Scope.close(informer.scope, Exit.void)
  })

const start = <K, A extends Kept>(
  registry: Registry,
  target: Target<K>,
  settings: Settings,
  options: ReflectOptions<K, A>
): Effect.Effect<Informer> =>
  Effect.suspend(() => {
    const core = coreOf<A>(target, { ...options, indexes: undefined })
    const informer: Informer = {
      key: keyOf(target, settings, options),
      core: core as unknown as StoreCore<never>, // the key says of what
      scope: undefined,
      askers: 1,
      until: 0,
      waiting: false
    }
    // Before anything else can run, so that two who ask at the same time get one.
    add(registry, informer)
    const run = following(target, settings, core, options.project)
    return Effect.gen(function*() {
      const scope = informer.scope = yield* clientLife.fork(target.client)
      yield* Scope.addFinalizer(
        scope,
        Effect.sync(() => {
          remove(registry, informer)
          if (informer.askers > 0) endWith(core, requestOf(target, "watch"), "the client is closed")
        })
      )
      // One that has ended by a defect is not handed to who asks next.
      yield* Effect.forkIn(detached(Effect.ensuring(run, Effect.sync(() => remove(registry, informer)))), scope)
      return informer
    })
  })

/** Waits until nobody has wanted it for long enough. */
const expire = (registry: Registry, informer: Informer): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    if (informer.askers > 0) {
      informer.waiting = false
      return Effect.void
    }
    if (now >= informer.until) {
      remove(registry, informer)
      return Effect.uninterruptible(stop(registry, informer))
    }
    return Effect.delay(Effect.suspend(() => expire(registry, informer)), Duration.millis(informer.until - now))
  })

const leave = (
  registry: Registry,
  client: Target<unknown>["client"],
  informer: Informer,
  idleTime: Duration.Duration
) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    informer.askers--
    informer.until = Math.max(informer.until, now + Duration.toMillis(idleTime))
    if (informer.askers > 0) return Effect.void
    const isRunning = find(registry, informer.key) === informer
    // Nobody knows when a client ends that has no Scope, so what nobody has would be left for ever.
    if (!isRunning || informer.until <= now || !clientLife.isOwned(client) || informer.scope === undefined) {
      // With the decision, so that nobody joins what stops.
      remove(registry, informer)
      return stop(registry, informer)
    }
    if (informer.waiting || informer.until === Infinity) return Effect.void
    informer.waiting = true
    return Effect.asVoid(Effect.forkIn(detached(expire(registry, informer)), informer.scope))
  })

const keyOf = <K, A>(target: Target<K>, settings: Settings, options: ReflectOptions<K, A>): InformerKey => {
  // These are each reader's own.
  const { changesBuffer: _, syncTimeout: __, ...store } = storeSettings(options)
  return informerKey(target, settings, options.project, store)
}

const part = <K, A extends Kept>(
  target: Target<K>,
  settings: Settings,
  options: ReflectOptions<K, A>,
  idleTime: Duration.Duration
): Effect.Effect<Part<A>, never, Scope.Scope> =>
  Effect.suspend(() => {
    const registry = registryOf(target.client)
    const key = keyOf(target, settings, options)
    const join = Effect.suspend(() => {
      const known = find(registry, key)
      if (known === undefined) return start(registry, target, settings, options)
      known.askers++
      return Effect.succeed(known)
    })
    return Effect.map(
      Effect.acquireRelease(join, (informer) => leave(registry, target.client, informer, idleTime)),
      ({ core }) => ({ namespace: target.namespace, core: core as unknown as StoreCore<A> }) // equal keys keep the same
    )
  })

/** Joins the informers of the targets, one each, until the Scope closes. */
export const get = <K, A extends Kept>(
  targets: ReadonlyArray<Target<K>>,
  settings: Settings,
  options: ReflectOptions<K, A>,
  idleTime: Duration.Duration
): Effect.Effect<StoreView<A>, never, Scope.Scope> =>
  Effect.flatMap(
    Effect.forEach(targets, (target) => part(target, settings, options, idleTime)),
    (parts) =>
      Effect.acquireRelease(
        Effect.sync(() => new StoreView(parts, { ...storeSettings(options), shared: true, indexes: options.indexes })),
        (view) => Effect.sync(() => view.release())
      )
  )
