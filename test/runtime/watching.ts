/** What watcher tests share: a watch on a model server, whose events are read in few words. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { KubeClient } from "../../src/client/KubeClient.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import { type ConfigMap, configMaps, ModelServer } from "./modelServer.js"

export type Event = Watcher.Event<ConfigMap>

/** An event in few words. */
export const short = (event: Event): string => {
  switch (event._tag) {
    case "Init":
      return `Init ${event.reason}`
    case "InitPage":
      return `InitPage ${event.objects.map((object) => object.metadata.name).join(",")}`
    case "InitDone":
    case "Bookmark":
      return `${event._tag} ${event.resourceVersion}`
    case "Applied":
    case "Deleted":
      return `${event._tag} ${event.object.metadata.name}@${event.object.metadata.resourceVersion}`
    case "Undecodable":
      return `Undecodable ${event.change} ${event.metadata.name}@${event.metadata.resourceVersion}`
    case "Trouble":
      return `Trouble ${event.error._tag}`
  }
}

/** Events in few words; how a list was cut into pages does not matter. */
export const inShort = (events: ReadonlyArray<Event>): ReadonlyArray<string> => {
  const texts: Array<string> = []
  for (const text of events.map(short)) {
    const last = texts[texts.length - 1]
    if (text.startsWith("InitPage") && last?.startsWith("InitPage") === true) {
      texts[texts.length - 1] = `${last},${text.slice("InitPage ".length)}`
    } else texts.push(text)
  }
  return texts
}

export interface Watching {
  readonly server: ModelServer
  readonly events: Array<Event>
  /** The events since the last call, in short. */
  readonly news: Effect.Effect<ReadonlyArray<string>>
  readonly stop: Effect.Effect<void>
}

/** Lets everything run that can run now. */
export const settle = TestClock.adjust(0)

export const watching = (
  server: ModelServer,
  options?: Watcher.Options
): Effect.Effect<Watching, never, Scope.Scope | KubeClient> =>
  Effect.gen(function*() {
    const events: Array<Event> = []
    let told = 0
    const fiber = yield* Watcher.watch(configMaps, options).pipe(
      Stream.runForEach((event) => Effect.sync(() => events.push(event))),
      Effect.forkScoped
    )
    yield* settle
    return {
      server,
      events,
      news: Effect.map(settle, () => {
        const news = inShort(events.slice(told))
        told = events.length
        return news
      }),
      stop: Effect.asVoid(Fiber.interrupt(fiber))
    }
  })

/** Runs a test against a server of its own. */
export const onServer = <A, E>(
  f: (server: ModelServer) => Effect.Effect<A, E, Scope.Scope | KubeClient>
): Effect.Effect<A, E, Scope.Scope> =>
  Effect.suspend(() => {
    const server = new ModelServer()
    return Effect.provide(f(server), server.layer)
  })

/** A watch that has listed a and b at version 102. */
export const listed = (server: ModelServer, options?: Watcher.Options) =>
  Effect.gen(function*() {
    server.put("a")
    server.put("b")
    const watch = yield* watching(server, options)
    assert.deepStrictEqual(yield* watch.news, ["Init Start", "InitPage a,b", "InitDone 102"])
    server.asked.length = 0
    return watch
  })
