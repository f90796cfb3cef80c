/**
 * Somebody who follows a kind: a watcher, a store and its consumers, made as users make them, and everything about
 * them looked at. It is an {@link Actor} of the night, as a controller is one.
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import { ConfigMap } from "../../src/kinds/core/v1.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import * as Store from "../../src/runtime/Store.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import { ConsumerCheck, GrammarCheck, type Kept, StoreCheck } from "./checks.js"
import { namespaces } from "./draw.js"
import type { Judge } from "./judge.js"
import { type Stored, Truth, type View } from "./oracle.js"
import type { FollowerPlan, Life } from "./script.js"
import { nameOf, type Way, type World } from "./world.js"

/** What takes part in a night. */
export interface Actor {
  readonly name: string
  /** Begins, or begins anew after it was interrupted. */
  readonly start: Effect.Effect<void>
  readonly stop: Effect.Effect<void>
  readonly live: (what: Life) => Effect.Effect<void>
  /** Looks at how things stand: all is at rest, and then the clock goes on. */
  readonly look: () => void
  /** What it still has to do until all is as it should be; undefined when it is. */
  readonly difference: () => string | undefined
  readonly way: Way
  /** How many watches it has open when all is well. */
  readonly watches: number
}

/** How a night's followers can be broken on purpose, to see that the oracle notices (`mutants.ts`). */
export interface Mutant {
  readonly name: string
  readonly options?: (options: Watcher.Options) => Watcher.Options
  readonly events?: (
    events: Stream.Stream<Watcher.Event<Kept>, never, KubeClient.KubeClient>,
    api: typeof configMaps
  ) => Stream.Stream<Watcher.Event<Kept>, never, KubeClient.KubeClient>
  readonly store?: (store: FollowedStore) => FollowedStore
  readonly changes?: (changes: Stream.Stream<Store.Change<Kept>>) => Stream.Stream<Store.Change<Kept>>
}

export const configMaps = Api.all(ConfigMap)

type FollowedStore = Store.Exclusive<Kept, "namespace" | "app">
type Selected = Pick<Watcher.Options, "labels" | "fields">

const selectors: { readonly [S in FollowerPlan["selection"]]: Selected } = {
  "everything": {},
  "app=web": { labels: "app=web" },
  "app in (web,api)": { labels: "app in (web,api)" },
  "!app": { labels: "!app" },
  "name b": { fields: "metadata.name=b" }
}

const watcherOptions = (plan: FollowerPlan): Watcher.Options => ({
  ...selectors[plan.selection],
  initialList: plan.initialList,
  semantics: plan.semantics,
  pageSize: plan.pageSize,
  managedFields: plan.managedFields,
  timeout: plan.timeout === undefined ? undefined : `${plan.timeout} seconds`
})

/** What the store is told to keep; the oracle says in its own words what that must be. */
const project = (object: ConfigMap): Kept => ({ metadata: object.metadata, data: object.data })

const shown = (plan: FollowerPlan) => (object: Stored): unknown => {
  const { managedFields: _, ...bare } = object.metadata
  const metadata = plan.managedFields === "drop" ? bare : object.metadata
  return plan.isProjected ? { metadata, data: object.data } : { ...object, metadata }
}

const indexes = {
  namespace: Store.byNamespace,
  app: Store.byLabel("app")
}

interface Running {
  readonly scope: Scope.CloseableScope
  readonly store: FollowedStore
  readonly check: StoreCheck
  readonly grammar: GrammarCheck | undefined
  readonly consumers: Array<ConsumerCheck | undefined>
  readonly consumerScopes: Array<Scope.CloseableScope | undefined>
}

export interface Told {
  readonly changes: number
  readonly deletes: number
  readonly reasons: ReadonlyArray<Watcher.InitReason>
}

export class Follower implements Actor {
  readonly name: string
  readonly way: Way
  readonly #view: View
  readonly #truth: Truth
  #running: Running | undefined
  /** Until when each consumer takes nothing. */
  readonly #stalled: Array<number> = []
  #isCalm = false
  #told = { changes: 0, deletes: 0, reasons: [] as Array<Watcher.InitReason> }

  constructor(
    readonly index: number,
    readonly plan: FollowerPlan,
    readonly world: World,
    readonly judge: Judge,
    readonly mutant: Mutant | undefined
  ) {
    this.name = nameOf(index)
    this.#view = {
      namespace: plan.kind === "split" ? undefined : plan.namespace,
      selection: plan.selection,
      shown: shown(plan)
    }
    this.#truth = new Truth(world.eras, this.#view)
    this.way = world.way({ name: this.name, minor: plan.minor, pieces: plan.pieces, trickle: plan.trickle })
  }

  get watches(): number {
    return this.#running === undefined ? 0 : this.#namespaces.length
  }

  /** Where it has its watches; undefined is everywhere. */
  get #namespaces(): ReadonlyArray<string | undefined> {
    return this.plan.kind === "split" ? namespaces : [this.plan.namespace]
  }

  get told(): Told {
    return this.#told
  }

  // ---------------------------------------------------------------------------------------------- what users do

  #store(grammar: GrammarCheck | undefined): Effect.Effect<FollowedStore, never, KubeClient.KubeClient | Scope.Scope> {
    const { mutant, plan } = this
    const api: Watcher.Watchable<ConfigMap, KubeClient.KubeClient> = plan.namespace === undefined
      ? configMaps
      : configMaps.in(plan.namespace)
    const handles = plan.kind === "split" ? namespaces.map((namespace) => configMaps.in(namespace)) : api
    const options = mutant?.options?.(watcherOptions(plan)) ?? watcherOptions(plan)
    const storeOptions = { changesBuffer: plan.changesBuffer, shareStrings: plan.shareStrings, indexes }
    if (grammar === undefined) {
      return plan.isProjected
        ? Reflector.make(handles, { ...options, ...storeOptions, project })
        : Reflector.make(handles, { ...options, ...storeOptions })
    }
    const told = Watcher.watch(api, options).pipe(
      Stream.mapChunks((events) => {
        grammar.take(events)
        return events
      })
    )
    const events: Stream.Stream<Watcher.Event<Kept>, never, KubeClient.KubeClient> = plan.isProjected
      ? Watcher.mapObjects(told, project)
      : told
    return Reflector.fromStream(mutant?.events?.(events, configMaps) ?? events, storeOptions)
  }

  #consume(running: Running, index: number, after: number): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      const { late, pause, whenFull } = this.plan.consumers[index]!
      const scope = yield* Scope.fork(running.scope, { _tag: "Sequential" })
      running.consumerScopes[index] = scope
      const check = new ConsumerCheck(
        `${this.name}, consumer ${index}`,
        this.#truth,
        this.judge,
        this.plan.changesBuffer
      )
      const wait = Effect.clockWith((clock) =>
        Effect.suspend(() => {
          if (this.#isCalm) return Effect.void
          const stalled = (this.#stalled[index] ?? 0) - clock.unsafeCurrentTimeMillis()
          return pause > 0 || stalled > 0 ? Effect.sleep(Math.max(pause, stalled)) : Effect.void
        })
      )
      const { store } = running
      const all = whenFull === "resync"
        ? store.changesWith({ whenFull })
        : whenFull === "backpressure"
        ? store.changesWith({ whenFull })
        : store.changes
      const follow = Effect.suspend(() => {
        running.consumers[index] = check
        return Stream.runForEachChunk(this.mutant?.changes?.(store.changes) ?? all, (chunk) => {
          const before = { changes: check.changes, deletes: check.deletes }
          check.take(Chunk.toReadonlyArray(chunk))
          this.#told.changes += check.changes - before.changes
          this.#told.deletes += check.deletes - before.deletes
          return wait
        })
      })
      yield* Effect.forkIn(Effect.delay(follow, after + late), scope)
    })
  }

  // ---------------------------------------------------------------------------------------------- the actor

  readonly start = Effect.gen(this, function*() {
    const isStream = this.plan.kind === "stream" ||
      (this.plan.kind === "reflector" && this.mutant?.events !== undefined)
    const grammar = isStream
      ? new GrammarCheck(this.name, this.judge)
      : undefined
    const scope = yield* Scope.make()
    this.world.greet(this.name, this.#namespaces)
    const made = yield* this.#store(grammar).pipe(
      Scope.extend(scope),
      Effect.provideService(KubeClient.KubeClient, this.way.client)
    )
    const store = this.mutant?.store?.(made) ?? made
    const check = new StoreCheck(this.name, store, this.#truth, this.judge, this.plan.kind !== "split")
    const running: Running = { scope, store, check, grammar, consumers: [], consumerScopes: [] }
    this.#running = running
    for (let index = 0; index < this.plan.consumers.length; index++) yield* this.#consume(running, index, 0)
  })

  readonly stop = Effect.suspend(() => {
    const running = this.#running
    if (running === undefined) return Effect.void
    this.#running = undefined
    this.world.forget(this.name)
    return Effect.map(Scope.close(running.scope, Exit.void), () => {
      this.#told.reasons.push(...running.grammar?.reasons ?? [])
      const listening = (running.store as unknown as { readonly listening?: number }).listening ?? 0 // no user may see it
      this.judge.holds(
        "no leak",
        listening === 0,
        () => `${this.name}: ${listening} subscriptions to its store are left`
      )
    })
  })

  /** From now on its consumers are quick, so that it can be seen that nothing is missing. */
  calm(): void {
    this.#isCalm = true
  }

  live(what: Life): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      if (what._tag === "Reopen") {
        yield* this.stop
        if (!this.#isCalm) yield* Effect.sleep(what.after)
        if (this.#running === undefined) yield* this.start
        return
      }
      const running = this.#running
      if (running === undefined || what.consumer >= this.plan.consumers.length) return
      if (what._tag === "Stall") {
        this.#stalled[what.consumer] = (yield* Effect.clock).unsafeCurrentTimeMillis() + what.millis
        return
      }
      const scope = running.consumerScopes[what.consumer]
      if (scope !== undefined) yield* Scope.close(scope, Exit.void)
      running.consumers[what.consumer] = undefined
      yield* this.#consume(running, what.consumer, this.#isCalm ? 0 : what.after)
    })
  }

  look(): void {
    this.#running?.check.look()
  }

  difference(): string | undefined {
    const running = this.#running
    if (running === undefined) return `${this.name} does not run`
    const differs = running.check.difference()
    if (differs !== undefined) return differs
    const objects = Effect.runSync(running.store.list)
    for (let index = 0; index < this.plan.consumers.length; index++) {
      const consumer = running.consumers[index]
      if (consumer === undefined) return `${this.name}, consumer ${index} has not begun`
      const told = consumer.difference(objects)
      if (told !== undefined) return told
    }
    return undefined
  }
}
