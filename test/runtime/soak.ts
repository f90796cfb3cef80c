/**
 * The soak: writers churn ConfigMaps on a real API server, which is killed and started meanwhile, and a proxy breaks the
 * watchers' connections at random. At the end the stores equal a list, each consumer was told each delete once, and
 * memory is as it was at half-time. `Soak.real.test.ts` runs a short form, `npm run soak` the whole.
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as Api from "../../src/client/Api.js"
import { KubeClient } from "../../src/client/KubeClient.js"
import { ConfigMap, Namespace } from "../../src/kinds/core/v1.js"
import * as NodeKubeClient from "../../src/node/NodeKubeClient.js"
import * as Reflector from "../../src/runtime/Reflector.js"
import type * as Store from "../../src/runtime/Store.js"
import * as Watcher from "../../src/runtime/Watcher.js"
import { EnvTest } from "../../src/testing/EnvTest.js"
import * as cuttingProxy from "./cuttingProxy.js"
import { Account, Journal, Ledger } from "./soakAccounts.js"
import { until, writer } from "./soakWriters.js"

export interface Options {
  readonly seed: number
  readonly objects: number
  readonly writers: number
  /** How long they churn, in seconds. */
  readonly seconds: number
  readonly kills: number
  /** Seconds between two rounds of cuts, at most. */
  readonly cutsWithin: number
  /** Of the watches, in seconds: the server ends them, and a silent connection is given up a little later. */
  readonly watchTimeout: number
  readonly backoff?: Schedule.Schedule<unknown> | undefined
}

export interface Report {
  readonly problems: ReadonlyArray<string>
  /** In one line, for who reads the log. */
  readonly figures: string
}

/** Bytes after a full collection: the heap, and what hangs on it outside. */
const memory = Effect.gen(function*() {
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  if (typeof collect !== "function") return yield* Effect.dieMessage("the garbage collector cannot be asked")
  let least = Infinity
  // What is under way comes and goes: the least of some moments.
  for (let i = 0; i < 5; i++) {
    collect()
    const { external, heapUsed } = process.memoryUsage()
    least = Math.min(least, heapUsed + external)
    yield* Effect.sleep("100 millis")
  }
  return least
})

/** Beside this share, so many bytes may be added between half-time and the end: the books grow with each delete. */
const grownShare = 0.1
const grownBytes = 6 * 1024 ** 2

/** So often memory is looked at while the writers churn. */
const parts = 6

const megabytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1)

/** Objects as text, whatever the order of their fields, by name. */
const contents = (objects: ReadonlyArray<ConfigMap>): Map<string, string> => {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === "object" && value !== null
      ? Object.fromEntries(
        Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)])
      )
      : value
  return new Map(objects.map((object) => [object.metadata.name, JSON.stringify(sorted(object))]))
}

const differences = (
  what: string,
  store: ReadonlyArray<ConfigMap>,
  list: ReadonlyArray<ConfigMap>
): ReadonlyArray<string> => {
  const [ours, theirs] = [contents(store), contents(list)]
  const names = new Set([...ours.keys(), ...theirs.keys()])
  const wrong = [...names].filter((name) => ours.get(name) !== theirs.get(name))
  return wrong.slice(0, 5).map((name) => `${what}: ${name} is ${theirs.get(name)}, the store has ${ours.get(name)}`)
}

const reflect = (
  api: Api.Namespaced<typeof ConfigMap>,
  options: Watcher.Options,
  journal: Journal,
  buffer?: number
) =>
  Reflector.fromStream(
    Stream.tap(Watcher.watch(api, options), (event) => Effect.sync(() => journal.read(event))),
    { changesBuffer: buffer }
  )

const consume = (store: Store.Store<ConfigMap>, account: Account, pause?: Duration.DurationInput) =>
  Effect.forkScoped(Stream.runForEachChunk(store.changes, (changes) => {
    for (const change of changes) account.take(change)
    return pause === undefined ? Effect.void : Effect.sleep(pause)
  }))

/** Runs the soak against a control plane of its own. */
export const soak = (options: Options) =>
  Effect.gen(function*() {
    const random = cuttingProxy.seeded(options.seed)
    const { apiserver, connection } = yield* EnvTest
    const proxy = yield* cuttingProxy.open(connection)
    const broken = yield* Effect.provide(
      NodeKubeClient.make(proxy.connection, { headerTimeout: { read: "6 seconds" } }),
      NodeContext.layer
    )
    const namespace = (yield* Api.cluster(Namespace).create({ metadata: { generateName: "soak-" } })).metadata.name
    const api = Api.namespaced(ConfigMap, namespace)

    const ledger = new Ledger()
    const perWriter = Math.ceil(options.objects / options.writers)
    const writers = Array.from({ length: options.writers }, (_, id) => writer({ api, ledger, id, random }))
    yield* Effect.forEach(writers, (one) => one.fill(perWriter), { concurrency: "unbounded" })

    const watching: Watcher.Options = {
      timeout: Duration.seconds(options.watchTimeout),
      silence: { afterTimeout: "2 seconds", list: "10 seconds" },
      backoff: options.backoff
    }
    const journals = { all: new Journal(), half: new Journal() }
    const accounts = {
      quick: new Account("quick"),
      slow: new Account("slow"),
      late: new Account("late"),
      half: new Account("half")
    }
    // The handles are the same; whoever follows them goes through the proxy.
    const stores = yield* Effect.all({
      all: reflect(api, { ...watching, initialList: "streamed" }, journals.all),
      half: reflect(api, { ...watching, initialList: "paged", labels: "half=a" }, journals.half, 64)
    }).pipe(Effect.provideService(KubeClient, broken))
    yield* consume(stores.all, accounts.quick)
    yield* consume(stores.all, accounts.slow, "3 seconds")
    // Behind by more than its buffer: what it is told is joined.
    yield* consume(stores.half, accounts.half, "2 seconds")
    for (const store of [stores.all, stores.half]) yield* until(store.isReady, "2 minutes", "the first list")

    const churned = ledger.writes
    const began = yield* Effect.clock.pipe(Effect.flatMap((clock) => clock.currentTimeMillis))
    const churning = yield* Effect.forkScoped(
      Effect.forEach(writers, (one) => one.churn, { concurrency: "unbounded", discard: true })
    )
    let cuts = 0
    const breaking = yield* Effect.forkScoped(Effect.forever(Effect.suspend(() => {
      const how = (["reset", "end", "half", "reset", "end", "half", "freeze"] as const)[Math.floor(random() * 7)]!
      cuts += proxy.cut(how, () => random() < 0.5)
      const refused = random() < 0.1
      proxy.refuse(refused)
      return Effect.sleep(Duration.seconds(refused ? random() : options.cutsWithin * random()))
    })))
    const killing = yield* Effect.forkScoped(Effect.forEach(
      Array.from({ length: options.kills }),
      () =>
        Effect.sleep(Duration.seconds(options.seconds / (options.kills + 1) * (0.5 + random() / 2))).pipe(
          Effect.zipRight(apiserver.kill()),
          Effect.zipRight(Effect.sleep(Duration.seconds(2 * random()))),
          Effect.zipRight(apiserver.start)
        ),
      { discard: true }
    ))

    const series: Array<number> = []
    for (let part = 0; part < parts; part++) {
      if (part === 1) yield* consume(stores.all, accounts.late)
      yield* Effect.sleep(Duration.seconds(options.seconds / parts))
      series.push(yield* memory)
    }
    const halfTime = series[parts / 2 - 1]!
    yield* Fiber.join(killing)
    for (const one of writers) one.stop()
    yield* Fiber.join(churning)
    const ended = yield* Effect.clock.pipe(Effect.flatMap((clock) => clock.currentTimeMillis))
    yield* Fiber.interrupt(breaking)
    proxy.refuse(false)

    // A write after which nothing is written, and which both stores select: what they show then is complete.
    const last = yield* writers[0]!.mark
    for (const store of [stores.all, stores.half]) {
      yield* Effect.timeoutFail(store.waitFor(last), {
        duration: "3 minutes",
        onTimeout: () => new Error(`seed ${options.seed}: a store has not reached ${last} within 3 minutes`)
      })
    }
    // The slow ones take what is left when they have slept. Then memory is looked at, and only then all is listed once more.
    yield* Effect.sleep("4 seconds")
    const end = yield* memory
    const listed = (yield* api.list()).items
    const halfListed = (yield* api.list({ labels: "half=a" })).items
    const problems: Array<string> = [
      ...differences("all", yield* stores.all.list, listed),
      ...differences("half", yield* stores.half.list, halfListed)
    ]
    for (const account of [accounts.quick, accounts.slow, accounts.late]) account.compare(listed)
    accounts.half.compare(halfListed)
    const unseen = accounts.quick.audit(ledger, journals.all)
    accounts.slow.audit(ledger, undefined)
    accounts.late.audit(ledger, undefined)
    for (const account of Object.values(accounts)) problems.push(...account.problems)

    if (end > halfTime * (1 + grownShare) + grownBytes) {
      problems.push(`memory: ${megabytes(halfTime)} MB at half-time, ${megabytes(end)} MB at the end`)
    }
    const seconds = (ended - began) / 1000
    const figures = [
      `seed ${options.seed}: ${listed.length} objects`,
      `${ledger.writes - churned} writes in ${seconds.toFixed(0)} s`,
      `${ledger.deletes} deletes (${unseen} objects nobody could see)`,
      `${ledger.retries} writes sent again`,
      `${options.kills} kills`,
      `${cuts} cuts`,
      `${proxy.opened()} connections, ${proxy.open()} open at the end`,
      `lists ${JSON.stringify(journals.all.reasons)} and ${JSON.stringify(journals.half.reasons)}`,
      `troubles ${journals.all.troubles} and ${journals.half.troubles}`,
      `changes ${Object.values(accounts).map(({ changes, name }) => `${name} ${changes}`).join(", ")}`,
      `memory ${[...series, end].map(megabytes).join(", ")} MB`
    ].join("; ")
    return { problems: problems.map((text) => `seed ${options.seed}: ${text}`), figures } satisfies Report
  })
