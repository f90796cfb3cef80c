/**
 * The state of one in-memory API server: its store, what it serves, its open watches, the faults that a test asked for,
 * and its inner controllers.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { PCGRandom } from "effect/Utils"
import { Access } from "./auth/access.js"
import { RoleAggregation } from "./auth/aggregation.js"
import { addBootstrapRoles } from "./auth/bootstrap.js"
import { ContainerLogs } from "./containerLogs.js"
import { Controllers } from "./controllers.js"
import { servedBy } from "./customResources.js"
import { definitionResource } from "./definitions.js"
import { FaultList } from "./faults.js"
import { text } from "./json.js"
import { defaultNamespaces, namespaceStrategy } from "./namespaces.js"
import { metadataOf, type Moment, newUid, ordered, timestamp } from "./objectMeta.js"
import { Registry } from "./registry.js"
import { Replica } from "./replica.js"
import type { RequestRecord } from "./requestRecord.js"
import { Resources } from "./served.js"
import { type Options, type Settings, settingsOf } from "./settings.js"
import { type LogRecord, Storage } from "./storage.js"
import { WatchConnection, type WatchPlan } from "./watch.js"
import { Watchers } from "./watchers.js"

/** A server that runs for days must not keep all that it was asked. */
const rememberedRequests = 10_000

/** The most that their bodies hold together, in characters. */
const rememberedText = 64 * 1024 * 1024

export class Server {
  readonly storage: Storage
  readonly resources = new Resources()
  readonly registry: Registry
  readonly faults: FaultList
  readonly replica = new Replica()
  readonly connections = new Set<WatchConnection>()
  readonly #watchers = new Watchers()
  #requests: Array<RequestRecord> = []
  #requestCount = 0
  #textLength = 0
  /** Which watches get no bookmarks. */
  mutedBookmarks: ReadonlyArray<(plan: WatchPlan) => boolean> = []
  readonly controllers: Controllers
  /** Who may ask for what. */
  readonly access: Access
  readonly logs: ContainerLogs
  readonly #random: PCGRandom
  #nextConnection = 1

  /** What everything random is drawn from. */
  readonly seed: number

  constructor(
    readonly settings: Settings,
    options: { readonly seed: number; readonly resourceVersion: number | undefined }
  ) {
    this.storage = new Storage({ history: settings.history, revision: options.resourceVersion })
    // Before anybody else is told of a write: watches hear of it whatever the others do.
    this.storage.listen(undefined, (record) => this.#watchers.tell(record))
    this.storage.listen(definitionResource, (record) => this.#define(record))
    this.registry = new Registry(this.storage)
    this.logs = new ContainerLogs(this.storage)
    this.seed = options.seed
    this.#random = new PCGRandom(options.seed)
    this.faults = new FaultList(() => this.#random.number())
    this.access = new Access(this.storage, settings.auth, this.moment(0))
    this.controllers = new Controllers(this.storage, this.resources, settings, (now) => this.moment(now), [
      new RoleAggregation(this.registry, this.resources)
    ])
  }

  readonly random = (below: number): number => this.#random.integer(below)

  moment(now: number): Moment {
    return { now, random: this.random }
  }

  /** The last requests: {@link rememberedRequests} of them at least. */
  get requests(): ReadonlyArray<RequestRecord> {
    return this.#requests
  }

  get requestCount(): number {
    return this.#requestCount
  }

  record(request: Omit<RequestRecord, "index">): RequestRecord {
    const record: RequestRecord = { index: ++this.#requestCount, ...request }
    this.#requests.push(record)
    this.#textLength += request.body.length
    if (this.#requests.length > 2 * rememberedRequests) this.#rememberLast(rememberedRequests)
    while (this.#textLength > rememberedText && this.#requests.length > 1) {
      this.#rememberLast(this.#requests.length >> 1)
    }
    return record
  }

  #rememberLast(count: number): void {
    this.#requests = this.#requests.slice(-count)
    this.#textLength = this.#requests.reduce((sum, { body }) => sum + body.length, 0)
  }

  /** Opens a watch that is told of everything after a revision. */
  connect(plan: WatchPlan, revision: number): WatchConnection {
    const connection = new WatchConnection(
      this.#nextConnection++,
      plan,
      this.storage,
      this.#watchers,
      revision,
      (closed) => this.connections.delete(closed)
    )
    this.connections.add(connection)
    if (this.replica.revisionOf(plan.served) !== undefined) connection.hold(revision)
    if (this.mutedBookmarks.some((concerns) => concerns(plan))) connection.setBookmarks(false)
    return connection
  }

  /** A definition decides what is served in the same step as it is written; watches of what is served no longer end. */
  #define(record: LogRecord): void {
    const name = record.entry.name
    const versions = record.type === "DELETED" ? [] : servedBy(record.entry.object)
    this.resources.define(name, versions)
    for (const connection of this.connections) {
      const { custom, version } = connection.plan.served
      if (custom?.definition !== name) continue
      const now = versions.find((each) => each.version === version)?.custom
      if (now === undefined || now.storageVersion !== custom.storageVersion) connection.close("clean")
    }
  }
}

const addNamespaces = (server: Server, names: ReadonlyArray<string>, now: number): void => {
  for (const name of names) {
    const moment = server.moment(now)
    const metadata = { name, uid: newUid(moment), resourceVersion: "0", creationTimestamp: timestamp(now) }
    const object = namespaceStrategy.prepareCreate!({ kind: "Namespace", apiVersion: "v1", metadata })
    server.storage.put("/namespaces", "", text(metadataOf(object), "name")!, ordered(object, false))
  }
}

/** A server with its namespaces, whose inner controllers run until the scope closes. */
export const make = (options: Options): Effect.Effect<Server, never, Scope.Scope> =>
  Effect.gen(function*() {
    const seed = options.randomSeed ?? (yield* Random.nextIntBetween(0, 2 ** 31))
    const server = new Server(settingsOf(options), { seed, resourceVersion: options.resourceVersion })
    addNamespaces(server, options.namespaces ?? defaultNamespaces, yield* Clock.currentTimeMillis)
    if (server.access.isOn) addBootstrapRoles(server, yield* Clock.currentTimeMillis)
    server.controllers.begin(yield* Clock.currentTimeMillis)
    yield* Effect.forkScoped(server.controllers.run)
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const connection of server.connections) connection.close("cut")
      })
    )
    return server
  })
