/** Watches over the writes of a cluster while its controllers come to rest. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { KubeClient } from "../../client/KubeClient.js"
import type * as Controller from "../../runtime/Controller.js"
import * as controllers from "../../runtime/internal/controllerReport.js"
import type { Options } from "../ControllerTest.js"
import { TestCluster } from "../TestCluster.js"
import { isObject, text } from "./apiserver/json.js"
import type { StoredObject } from "./apiserver/snapshot.js"
import { diff } from "./apiserver/stateDiff.js"
import type { Entry, LogRecord } from "./apiserver/storage.js"
import { serverOf } from "./servers.js"
import { HotLoop, NotQuiet, type Pending } from "./unrest.js"

/** What is written as long as somebody leads or has something to say. */
const passing: ReadonlySet<string> = new Set(["coordination.k8s.io/leases", "/events", "events.k8s.io/events"])

interface Written {
  count: number
  last: LogRecord
}

/** Objects of one generated name are counted as one. */
const nameOf = ({ entry: { name, object }, type }: LogRecord): string => {
  const generated = type === "ADDED" && isObject(object["metadata"])
    ? text(object["metadata"], "generateName")
    : undefined
  return generated === undefined || generated === "" ? name : `${generated}*`
}

/** Counts the writes of each object. */
class Writes {
  readonly written = new Map<string, Written>()
  /** How many that count. */
  total = 0
  readonly tooMany = Deferred.unsafeMake<Written>(FiberId.none)

  constructor(private readonly limit: number) {}

  readonly note = (record: LogRecord): void => {
    const { namespace, resource } = record.entry
    if (passing.has(resource)) return
    this.total++
    const id = `${resource}/${namespace}/${nameOf(record)}`
    let written = this.written.get(id)
    if (written === undefined) this.written.set(id, written = { count: 0, last: record })
    written.count++
    written.last = record
    if (written.count > this.limit) Deferred.unsafeDone(this.tooMany, Effect.succeed(written))
  }
}

const stored = (entry: Entry): StoredObject => entry.object as unknown as StoredObject // as `snapshot.ts` says

const difference = ({ entry, previous, type }: LogRecord): string => {
  const before = previous === undefined ? [] : [stored(previous)]
  const after = type === "DELETED" ? [] : [stored(entry)]
  const usual = diff(before, after)
  return usual === "" ? diff(before, after, { ignore: ["metadata.resourceVersion"] }) : usual
}

const hotLoop = ({ count, last }: Written) =>
  Effect.map(KubeClient, (client) => {
    const { apiVersion, kind } = stored(last.entry)
    const { namespace } = last.entry
    return new HotLoop({
      apiVersion,
      kind,
      key: namespace === "" ? { name: nameOf(last) } : { namespace, name: nameOf(last) },
      count,
      diff: difference(last),
      controllers: controllers.running(client)
        .filter(({ followed }) => followed.some(([_, { resource }]) => resource.kind === kind))
        .map(({ name }) => name)
    })
  })

/** Sees the writes until the Scope closes. */
const watching = (limit: number): Effect.Effect<Writes, never, TestCluster | Scope.Scope> =>
  Effect.flatMap(TestCluster, (cluster) => {
    const server = serverOf(cluster)
    if (server === undefined) return Effect.dieMessage("ControllerTest: this is no cluster of TestCluster.make")
    return Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => {
          const writes = new Writes(limit)
          return { writes, end: server.storage.listen(undefined, writes.note) }
        }),
        ({ end }) => Effect.sync(end)
      ),
      ({ writes }) => writes
    )
  })

/** Lets time go by: that of the test, if it has a clock of its own. */
const pass = (time: Duration.DurationInput): Effect.Effect<void> =>
  Effect.clockWith((clock) => "adjust" in clock ? TestClock.adjust(time) : Effect.sleep(time))

const pendingOf = ({ name, phase, queue }: Controller.Description): ReadonlyArray<Pending> => {
  const found: Array<Pending> = []
  if (phase === "Syncing" || phase === "Stopping") {
    found.push({ controller: name, key: undefined, state: phase, attempt: 1, lastError: undefined })
  }
  for (const { attempt, key, lastError, state } of queue?.keys ?? []) {
    if (state === "Failed" || (state === "Delayed" && Option.isNone(lastError))) continue
    found.push({
      controller: name,
      key,
      state,
      attempt,
      lastError: Option.getOrUndefined(
        Option.map(lastError, (error) => error instanceof Error ? `${error.name}: ${error.message}` : String(error))
      )
    })
  }
  return found
}

const pending = Effect.flatMap(
  KubeClient,
  (client) => Effect.map(controllers.describe(client, Infinity), (all) => all.flatMap(pendingOf))
)

const settle = (writes: Writes, options: Options) =>
  Effect.gen(function*() {
    const duration = Duration.decode(options.for ?? "1 second")
    const within = Duration.decode(options.within ?? "5 minutes")
    const start = yield* Clock.currentTimeMillis
    const loops = Effect.flatMap(Deferred.await(writes.tooMany), (written) =>
      Effect.flatMap(hotLoop(written), Effect.fail))
    for (;;) {
      const { total } = writes
      // In a hot loop the clock of a test cannot be moved on: it waits until nothing runs.
      yield* Effect.raceFirst(pass(duration), loops)
      const left = yield* pending
      if (left.length === 0 && writes.total === total) {
        return
      }
      const waited = Duration.millis((yield* Clock.currentTimeMillis) - start)
      if (Duration.greaterThanOrEqualTo(waited, within)) {
        return yield* Effect.fail(new NotQuiet({ waited, pending: left }))
      }
    }
  })

/** After a failure nobody moves the clock on, for which the controllers would wait when they are stopped. */
const abandoning = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | KubeClient> =>
  Effect.tapErrorCause(self, () =>
    Effect.map(KubeClient, (client) => {
      for (const report of controllers.running(client)) report.isAbandoned = true
    }))

export const untilQuiet = (options: Options) =>
  Effect.scoped(Effect.flatMap(watching(options.writes ?? 100), (writes) => abandoning(settle(writes, options))))

export const steady = (options: Options) =>
  Effect.zipRight(
    untilQuiet(options),
    Effect.scoped(Effect.gen(function*() {
      const client = yield* KubeClient
      yield* pass("1 second")
      const writes = yield* watching(options.writes ?? 100)
      yield* Effect.forEach(controllers.running(client), ({ enqueueAll }) => enqueueAll, { discard: true })
      yield* settle(writes, options)
      for (const written of writes.written.values()) return yield* Effect.flatMap(hotLoop(written), Effect.fail)
    })).pipe(abandoning)
  )
