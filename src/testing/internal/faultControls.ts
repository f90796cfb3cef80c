/** What a test can do to a cluster: refuse, delay and break requests, and be the cluster that has a bad night. */
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { FaultRule } from "./apiserver/faults.js"
import type { RequestRecord } from "./apiserver/requestRecord.js"
import type { Served } from "./apiserver/served.js"
import type { Server } from "./apiserver/server.js"
import type { WatchPlan } from "./apiserver/watch.js"
import { release } from "./apiserver/watching.js"

/** Which watches. Default: all. */
export interface WatchFilter {
  /** The group; empty for the core group. */
  readonly group?: string | undefined
  /** The plural. */
  readonly resource?: string | undefined
  readonly namespace?: string | undefined
}

/** A program that dies at one of its writes. */
export interface Crash {
  /** Returns when the last write that gets through is done. Its answer is lost, as is each request after it. */
  readonly reached: Effect.Effect<void>
  /** From now on requests are answered again: the program starts anew. */
  readonly recover: Effect.Effect<void>
}

export interface Faults {
  /** Requests that match fail as the rule says. The answer takes the rule back. Rules are asked in the order in which they came. */
  readonly inject: (rule: FaultRule) => Effect.Effect<Effect.Effect<void>>
  /** Takes all rules back. */
  readonly clear: Effect.Effect<void>
  /**
   * Breaks the connections of open watches, at once or once so many more bytes were sent, which may be in the middle of
   * a line. Answers how many.
   */
  readonly cutWatches: (options?: WatchFilter & { readonly afterBytes?: number | undefined }) => Effect.Effect<number>
  /** Ends open watches as a server does whose time is up. Answers how many. */
  readonly endWatches: (options?: WatchFilter) => Effect.Effect<number>
  /** Lets open watches neither say anything more nor end. Answers how many. */
  readonly silenceWatches: (options?: WatchFilter) => Effect.Effect<number>
  /** Sends no bookmarks, to open watches and to new ones, until the answer runs; from then on they come again in their time. */
  readonly muteBookmarks: (options?: WatchFilter) => Effect.Effect<Effect.Effect<void>>
  /**
   * Forgets the history: a watch from an older resourceVersion than the present one gets an ERROR event 410 Expired, and
   * the next page of a list that was begun before a 410 with a fresh token.
   */
  readonly compact: Effect.Effect<void>
  /**
   * From now on watches, and lists and gets that may be old (`resourceVersion=0`), are answered by a replica that hears
   * of no later write; reads without a resourceVersion get the present state, as from etcd. The answer lets the replica
   * catch up: watches are told what they missed.
   */
  readonly lag: (
    options?: Omit<WatchFilter, "namespace"> & {
      /** The last version that the replica has heard of. Default: the present one. It must be in the history. Anything else is a defect. */
      readonly resourceVersion?: string | undefined
    }
  ) => Effect.Effect<Effect.Effect<void>>
  /**
   * Restarts the server: open watches break, the history is lost, and for a while (default: no time) each connection is
   * refused. What is stored stays. Returns when the server is there again.
   */
  readonly restart: (options?: { readonly down?: Duration.DurationInput | undefined }) => Effect.Effect<void>
  /**
   * The program under test crashes at its writes: so many requests to write get through, then nothing is answered any
   * more. Run with 0, 1, 2, … it crashes between any two writes of a reconcile.
   */
  readonly crashAfterWrites: (
    writes: number,
    when?: (request: RequestRecord) => boolean
  ) => Effect.Effect<Crash>
  /**
   * A bad night, drawn from the seed of the server: requests are refused with 429, 500, 503 and 504, are delayed, lose
   * their connection before or after they are done, or in the middle of the answer. The answer ends it.
   */
  readonly storm: (options?: {
    /** The share of requests that fail, from 0 to 1. Default 0.1. */
    readonly rate?: number | undefined
    readonly when?: ((request: RequestRecord) => boolean) | undefined
  }) => Effect.Effect<Effect.Effect<void>>
}

const concerns = (filter: WatchFilter) => (served: Served): boolean =>
  (filter.group === undefined || filter.group === served.group)
  && (filter.resource === undefined || filter.resource === served.plural)

const matches = (filter: WatchFilter) => ({ namespace, served }: WatchPlan): boolean =>
  concerns(filter)(served) && (filter.namespace === undefined || filter.namespace === namespace)

const matching = (server: Server, filter: WatchFilter = {}) =>
  [...server.connections].filter(({ plan }) => matches(filter)(plan))

const writes: ReadonlySet<string> = new Set(["create", "update", "patch", "delete", "deletecollection"])

/** What a storm is made of; each has an equal share. */
const storms: ReadonlyArray<FaultRule["fault"]> = [
  { _tag: "Refuse", status: 429, reason: "TooManyRequests", retryAfterSeconds: 1 },
  { _tag: "Refuse", status: 500, reason: "InternalError" },
  { _tag: "Refuse", status: 503, reason: "ServiceUnavailable" },
  { _tag: "Refuse", status: 504, reason: "Timeout" },
  { _tag: "Delay", duration: "2 seconds" },
  { _tag: "Disconnect" },
  { _tag: "Disconnect", after: true },
  { _tag: "Cut", afterBytes: 100 }
]

const inject = (server: Server, rule: FaultRule) =>
  Effect.sync(() => {
    const remove = server.faults.add(rule)
    return Effect.sync(remove)
  })

export const faultsOf = (server: Server): Faults => ({
  inject: (rule) => inject(server, rule),
  clear: Effect.sync(() => server.faults.clear()),
  cutWatches: (options) =>
    Effect.sync(() => {
      const found = matching(server, options)
      for (const connection of found) connection.cut(options?.afterBytes)
      return found.length
    }),
  endWatches: (options) =>
    Effect.sync(() => {
      const found = matching(server, options)
      for (const connection of found) connection.close("clean")
      return found.length
    }),
  silenceWatches: (options) =>
    Effect.sync(() => {
      const found = matching(server, options)
      for (const connection of found) connection.silence()
      return found.length
    }),
  muteBookmarks: (options = {}) =>
    Effect.sync(() => {
      const muted = matches(options)
      server.mutedBookmarks = [...server.mutedBookmarks, muted]
      for (const connection of matching(server, options)) connection.setBookmarks(false)
      return Effect.sync(() => {
        server.mutedBookmarks = server.mutedBookmarks.filter((each) => each !== muted)
        for (const connection of server.connections) {
          if (!server.mutedBookmarks.some((each) => each(connection.plan))) connection.setBookmarks(true)
        }
      })
    }),
  compact: Effect.sync(() => server.storage.compact()),
  lag: (options = {}) =>
    Effect.sync(() => {
      const given = options.resourceVersion ?? String(server.storage.revision)
      const revision = /^[0-9]+$/.test(given) ? Number(given) : NaN
      if (!(revision <= server.storage.revision)) {
        throw new Error(`lag: resourceVersion: expected a version up to ${server.storage.revision}, found ${given}`)
      }
      const catchUp = server.replica.fallBehind(concerns(options), revision)
      for (const connection of matching(server, options)) connection.hold()
      return Effect.sync(() => {
        catchUp()
        for (const connection of matching(server, options)) {
          if (server.replica.revisionOf(connection.plan.served) === undefined) release(connection)
        }
      })
    }),
  restart: (options = {}) =>
    Effect.gen(function*() {
      const up = yield* inject(server, { fault: { _tag: "Disconnect" } })
      for (const connection of server.connections) connection.cut()
      server.storage.compact()
      yield* Effect.ensuring(options.down === undefined ? Effect.yieldNow() : Effect.sleep(options.down), up)
    }),
  crashAfterWrites: (count, when = () => true) =>
    Effect.gen(function*() {
      const reached = yield* Deferred.make<void>()
      const isWrite = (request: RequestRecord): boolean => writes.has(request.verb) && when(request)
      let left = count
      if (left === 0) yield* Deferred.succeed(reached, undefined)
      // The last write is stored, and its answer lost; what comes after it is not even heard.
      const dead = server.faults.add({ when: (request) => left <= 0 && when(request), fault: { _tag: "Silence" } })
      const last = server.faults.add({
        when: (request) => isWrite(request) && --left === 0,
        fault: { _tag: "Lost", stored: Deferred.succeed(reached, undefined) }
      })
      return {
        reached: Deferred.await(reached),
        recover: Effect.sync(() => {
          dead()
          last()
        })
      }
    }),
  storm: ({ rate = 0.1, when } = {}) =>
    Effect.sync(() => {
      // One rule is asked after the other, each for its share of what the ones before it have let through.
      const removes = storms.map((fault, index) => {
        const before = rate * index / storms.length
        return server.faults.add({ when, fault, probability: rate / storms.length / (1 - before) })
      })
      return Effect.sync(() => removes.forEach((remove) => remove()))
    })
})
