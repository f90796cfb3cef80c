/** What the tests of watchers against a real server share: events in few words, and waiting for them in real time. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Api from "../../src/client/Api.js"
import { KubeClient, type Service } from "../../src/client/KubeClient.js"
import * as KubeConfig from "../../src/client/KubeConfig.js"
import { type ConfigMap, Namespace, ServiceAccount } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import type { KubeObject } from "../../src/protocol/Resource.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import type * as Store from "../../src/runtime/Store.js"
import * as Watcher from "../../src/runtime/Watcher.js"

/** A quick backoff, so that tests of failures do not take minutes. */
export const backoff = Schedule.jitteredWith(Schedule.spaced("200 millis"), { min: 1, max: 2 })

/** A namespace of its own. */
export const inNamespace = Effect.map(
  Api.cluster(Namespace).create({ metadata: { generateName: "watcher-" } }),
  ({ metadata }) => metadata.name
)

/** The way to the control plane of this kubeconfig. */
export const connectionOf = (kubeconfig: string) => Effect.provide(KubeConfig.fromFile(kubeconfig), NodeContext.layer)

export const clientOf = (connection: KubeConfig.Connection, options?: NodeKubeClient.Options) =>
  Effect.provide(
    NodeKubeClient.make(connection, { environmentProxy: false, ...options }),
    NodeContext.layer
  )

/** An event in few words. */
export const short = (event: Watcher.Event<KubeObject>): string => {
  switch (event._tag) {
    case "Init":
      return `Init ${event.reason}`
    case "Applied":
    case "Deleted":
      return `${event._tag} ${event.object.metadata.name}`
    case "Undecodable":
      return `Undecodable ${event.change} ${event.metadata.name}`
    case "Trouble":
      return `Trouble ${event.error._tag}`
    default:
      return event._tag
  }
}

export interface Followed<K> {
  readonly store: Store.Store<K>
  /** All events so far, in short. */
  readonly said: Array<string>
  readonly troubles: Array<Watcher.Failure>
  /** Each change that a consumer was told from the start, as `Deleted name`. */
  readonly changes: Array<string>
}

/** A store that a watcher of its own fills, with what that says and what a consumer is told. */
export const followed = <K extends KubeObject, R>(
  api: Watcher.Watchable<K, R>,
  options?: Watcher.Options
): Effect.Effect<Followed<K>, never, R | Scope.Scope> =>
  Effect.gen(function*() {
    const said: Array<string> = []
    const troubles: Array<Watcher.Failure> = []
    const changes: Array<string> = []
    const store = yield* Reflector.fromStream(Stream.tap(
      Watcher.watch(api, { backoff, ...options }),
      (event) =>
        Effect.sync(() => {
          said.push(short(event))
          if (event._tag === "Trouble") troubles.push(event.error)
        })
    ))
    yield* Effect.forkScoped(
      Stream.runForEach(store.changes, (change) =>
        Effect.sync(() => changes.push(`${change._tag} ${change.object.metadata.name}`)))
    )
    return { store, said, troubles, changes }
  })

/** Waits until something is so; dies, with what is, when that takes longer than 30 seconds. */
export const until = (condition: () => boolean, what: () => unknown = () => String(condition)): Effect.Effect<void> =>
  Effect.asVoid(
    Effect.repeat(Effect.sync(condition), { until: (met) => met, schedule: Schedule.spaced("10 millis") })
  ).pipe(
    Effect.timeoutFail({
      duration: "30 seconds",
      onTimeout: () => new Error(`waited for what did not come: ${JSON.stringify(what())}`)
    }),
    Effect.orDie
  )

/** Waits until the store has what the server has now, and compares the two by content. */
export const assertEqual = <R>(
  store: Store.Store<ConfigMap>,
  api: Api.List<ConfigMap, R>,
  options?: Api.ListPagesOptions
) =>
  Effect.gen(function*() {
    const { items, metadata } = yield* Effect.retry(api.list(options), {
      schedule: Schedule.spaced("300 millis"),
      times: 60
    })
    const newest = items.reduce((most, object) => Math.max(most, Number(object.metadata.resourceVersion)), 0)
    yield* Effect.timeoutFail(store.waitFor(String(newest)), {
      duration: "30 seconds",
      onTimeout: () => new Error(`the store has not reached ${newest} of ${metadata.resourceVersion}`)
    })
    const byName = (objects: ReadonlyArray<ConfigMap>) =>
      Object.fromEntries(objects.map((object) => [object.metadata.name, object]))
    // A delete has no object whose version could be waited for.
    yield* Effect.repeat(store.size, {
      until: (size) => size === items.length,
      schedule: Schedule.spaced("20 millis"),
      times: 500
    })
    assert.deepStrictEqual(byName(yield* store.list), byName(items))
  })

/** A service account without rights in that namespace, and a token of it. */
export const account = (administrator: Service, namespace: string, name: string) =>
  Effect.gen(function*() {
    const accounts = Api.namespaced(ServiceAccount, namespace)
    yield* accounts.create({ metadata: { name } })
    const { token } = yield* accounts.createToken(name)
    return { token, user: `system:serviceaccount:${namespace}:${name}` }
  }).pipe(Effect.provideService(KubeClient, administrator))
