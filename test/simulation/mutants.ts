/**
 * Watchers and stores that are broken on purpose, each in a way in which clients of Kubernetes have been broken. The
 * simulation must notice each of them: else its oracle is asleep (`oracle.test.ts`).
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type * as Store from "../../src/runtime/Store.js"
import type * as Watcher from "../../src/runtime/Watcher.js"
import type { Kept } from "./checks.js"
import type { Mutant } from "./follower.js"
import type { Rule } from "./judge.js"
import { keyOf } from "./oracle.js"

type Events = ReadonlyArray<Watcher.Event<Kept>>

/** A mutant, and what it breaks: one of these rules at least. */
export interface Broken extends Mutant {
  readonly breaks: ReadonlyArray<Rule>
}

/** Each watcher has a state of its own. */
const each =
  <S>(make: () => S, f: (state: S, event: Watcher.Event<Kept>) => Events): NonNullable<Mutant["events"]> => (events) =>
    Stream.suspend(() => {
      const state = make()
      return Stream.mapChunks(events, Chunk.flatMap((event) => Chunk.unsafeFromArray([...f(state, event)])))
    })

const changed = (f: (change: Store.Change<Kept>, index: number) => ReadonlyArray<Store.Change<Kept>>): NonNullable<
  Mutant["changes"]
> =>
(changes) =>
  Stream.suspend(() => {
    let index = 0
    return Stream.mapChunks(changes, Chunk.flatMap((change) => Chunk.unsafeFromArray([...f(change, index++)])))
  })

const isChange = ({ _tag }: Watcher.Event<Kept>): boolean => _tag === "Applied" || _tag === "Deleted"

export const mutants: ReadonlyArray<Broken> = [
  {
    name: "loses each tenth event",
    breaks: ["a state that was", "store = server"],
    events: each(() => ({ count: 0 }), (state, event) => isChange(event) && ++state.count % 10 === 0 ? [] : [event])
  },
  {
    name: "keeps deleted objects over a relist",
    breaks: ["a state that was", "store = server"],
    events: each(() => ({ isReady: false, pages: [] as Array<Kept> }), (state, event) => {
      if (event._tag === "InitDone" && !state.isReady) {
        state.isReady = true
        return [event]
      }
      if (!state.isReady) return [event]
      if (event._tag === "Init") {
        state.pages = []
        return []
      }
      if (event._tag === "InitPage") {
        state.pages.push(...event.objects)
        return []
      }
      if (event._tag !== "InitDone") return [event]
      return [
        ...state.pages.map((object) => ({ _tag: "Applied" as const, object })),
        { _tag: "Bookmark" as const, resourceVersion: event.resourceVersion }
      ]
    })
  },
  {
    name: "lets readers see a list that is not complete",
    breaks: ["a state that was", "never older"],
    events: each(
      () => ({}),
      (_, event) =>
        event._tag === "InitPage"
          ? [event, { _tag: "InitDone", resourceVersion: event.objects[0]!.metadata.resourceVersion }, {
            _tag: "Init",
            reason: "Expired"
          }, event]
          : [event]
    )
  },
  {
    name: "does not notice that history was lost",
    breaks: ["a state that was", "never older", "store = server"],
    events: each(() => ({ isOld: false }), (state, event) => {
      if (event._tag === "Init") state.isOld = event.reason === "HistoryReset"
      const isLeftOut = state.isOld && (event._tag === "Init" || event._tag === "InitPage" || event._tag === "InitDone")
      return isLeftOut ? [] : [event]
    })
  },
  {
    name: "forgets a delete now and then",
    breaks: ["a state that was", "store = server"],
    events: each(
      () => ({ count: 0 }),
      (state, event) => event._tag === "Deleted" && ++state.count % 5 === 0 ? [] : [event]
    )
  },
  {
    name: "swaps two events that came together",
    breaks: ["a state that was", "never older", "changes in order"],
    events: (events) =>
      Stream.mapChunks(events, (chunk) => {
        const all = [...chunk]
        const [first, second] = all
        if (first !== undefined && second !== undefined && isChange(first) && isChange(second)) {
          all.splice(0, 2, second, first)
        }
        return Chunk.unsafeFromArray(all)
      })
  },
  {
    name: "drops objects that do not decode without a word",
    breaks: ["a state that was", "store = server"],
    events: each(() => ({}), (_, event) => event._tag === "Undecodable" ? [] : [event])
  },
  {
    name: "takes an object that does not decode for a deleted one",
    breaks: ["a state that was", "deletes are true", "store = server"],
    changes: changed((change, index) =>
      change._tag === "Updated" && index % 7 === 6
        ? [{ _tag: "Deleted", object: change.previous, previous: change.previous, observed: false }, {
          _tag: "Added",
          object: change.object,
          initial: false
        }]
        : [change]
    )
  },
  {
    name: "tells some deletes twice",
    breaks: ["deletes once"],
    changes: changed((change, index) => change._tag === "Deleted" && index % 3 === 0 ? [change, change] : [change])
  },
  {
    name: "tells a consumer nothing of some deletes",
    breaks: ["changes chain", "changes add up"],
    changes: changed((change, index) => change._tag === "Deleted" && index % 3 === 0 ? [] : [change])
  },
  {
    name: "gives as previous what is now",
    breaks: ["changes chain"],
    changes: changed((change) => change._tag === "Updated" ? [{ ...change, previous: change.object }] : [change])
  },
  {
    name: "tells changes of objects that it made up",
    breaks: ["changes are true"],
    changes: changed((change) => [
      change._tag === "Added"
        ? { ...change, object: { ...change.object, metadata: { ...change.object.metadata, labels: { app: "other" } } } }
        : change
    ])
  },
  {
    name: "keeps an index as it was",
    breaks: ["indexes"],
    store: (store) => {
      let app: ReadonlyArray<string> | undefined
      return {
        ...store,
        keysOf: (index) =>
          index === "app" ? Effect.map(store.keysOf(index), (keys) => app ??= keys) : store.keysOf(index)
      }
    }
  },
  {
    name: "asks again and again, without a pause",
    breaks: ["no relist storm"],
    options: (options) => ({ ...options, backoff: Schedule.spaced("100 millis") })
  },
  {
    name: "waits for ever on a connection that is mute",
    breaks: ["store = server"],
    options: (options) => ({
      ...options,
      timeout: "1 hour",
      silence: { afterTimeout: "10 hours", withBookmarks: "10 hours", list: "10 hours" }
    })
  },
  {
    name: "says Init twice and InitDone never",
    breaks: ["store = server"],
    events: each(() => ({}), (_, event) => event._tag === "InitDone" ? [] : [event])
  },
  {
    name: "leaves a fiber behind",
    breaks: ["no leak"],
    changes: (changes) => Stream.unwrap(Effect.as(Effect.forkDaemon(Effect.async<never>(() => {})), changes))
  },
  {
    name: "leaves a watch open",
    breaks: ["no leak"],
    events: (events) => Stream.unwrap(Effect.as(Effect.forkDaemon(Stream.runDrain(events)), events))
  },
  {
    name: "dies of an object without labels",
    breaks: ["store = server"],
    events: (events) =>
      Stream.map(events, (event) => {
        if (event._tag === "Applied" && event.object.metadata.labels === undefined) throw new Error("no labels")
        return event
      })
  },
  {
    name: "gives its consumers all changes at once, however many",
    breaks: ["bounded buffer"],
    changes: (changes) =>
      Stream.mapChunks(
        changes,
        (chunk) => Chunk.flatten(Chunk.makeBy(60, () => chunk))
      )
  },
  {
    name: "mixes up objects of one name in two namespaces",
    breaks: ["a state that was", "store = server"],
    events: each(() => ({ seen: new Map<string, string>() }), (state, event) => {
      if (event._tag !== "Applied") return [event]
      const { metadata } = event.object
      const namespace = state.seen.get(metadata.name) ?? metadata.namespace ?? ""
      state.seen.set(metadata.name, namespace)
      return keyOf(metadata) === `${namespace}/${metadata.name}`
        ? [event]
        : [{ ...event, object: { ...event.object, metadata: { ...metadata, namespace } } }]
    })
  }
]
