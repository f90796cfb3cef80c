/**
 * The cluster of a night: a server in memory, and another one after a restore; what is written to it, what goes wrong
 * with it, and the way of each client to it, where its requests are counted and its faults stand.
 */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as KubeClient from "../../src/client/KubeClient.js"
import type { Answer } from "../../src/testing/internal/apiserver/endpoints.js"
import type { FaultRule } from "../../src/testing/internal/apiserver/faults.js"
import { handle, type ServerRequest } from "../../src/testing/internal/apiserver/handler.js"
import { httpClient } from "../../src/testing/internal/apiserver/inProcess.js"
import type { RequestRecord } from "../../src/testing/internal/apiserver/requestRecord.js"
import { plantRaw } from "../../src/testing/internal/apiserver/seeds.js"
import * as server_ from "../../src/testing/internal/apiserver/server.js"
import type { Server } from "../../src/testing/internal/apiserver/server.js"
import * as status from "../../src/testing/internal/apiserver/status.js"
import type { LogRecord } from "../../src/testing/internal/apiserver/storage.js"
import type { ConnectionCut, WatchConnection } from "../../src/testing/internal/apiserver/watch.js"
import { faultsOf } from "../../src/testing/internal/faultControls.js"
import type { Era, Stored } from "./oracle.js"
import type { Fault, Night, Requests, Whose, Write } from "./script.js"

const configMaps = "/configmaps"
/** What nobody follows: writes to it move the resourceVersion. */
const others = "/secrets"

interface Incarnation {
  readonly server: Server
  readonly era: Era
  /** Every write, of every resource. */
  readonly everything: Array<LogRecord>
  readonly options: { readonly resourceVersion: number; readonly randomSeed: number }
}

/** One client's way to the server. */
export interface Way {
  readonly client: KubeClient.Service
  /** When it asked; the pages after the first of a list are not counted. */
  readonly asked: Array<number>
}

export interface WayOptions {
  readonly name: string
  readonly minor: number
  /** Answers come in pieces of so many bytes, and those of lists with so many milliseconds in between. */
  readonly pieces: number | undefined
  readonly trickle: number
}

const answered = (body: Answer["body"]): Stream.Stream<Uint8Array, ConnectionCut> =>
  typeof body === "string" ? Stream.make(new TextEncoder().encode(body)) : body

const inPieces = (body: Answer["body"], size: number, pause: number): Answer["body"] => {
  const pieces = Stream.mapConcat(answered(body), (bytes) => {
    const result: Array<Uint8Array> = []
    for (let at = 0; at < bytes.length; at += size) result.push(bytes.subarray(at, at + size))
    return result
  })
  const one = Stream.rechunk(pieces, 1)
  return pause === 0 ? one : Stream.tap(one, () => Effect.sleep(pause))
}

export class World {
  readonly #incarnations: Array<Incarnation> = []
  readonly eras: Array<Era> = []
  readonly #owners = new WeakMap<WatchConnection, string>()
  /** Watches that are half open: nothing that happens to the server is heard through them. */
  readonly #halfOpen = new WeakSet<WatchConnection>()
  /** Clients that must have seen the state after a rewind, before anything may be written: else nobody could tell. */
  readonly #mustSee = new Set<string>()
  readonly #clients = new Map<string, ReadonlyArray<string | undefined>>()
  /** What lasts, and how to end it. */
  readonly #lasting = new Set<Effect.Effect<void>>()
  readonly #scope: Scope.Scope
  #shortWatches: Array<{ readonly who: string | undefined; times: number }> = []
  #lateTokens: Array<{ readonly who: string | undefined; times: number }> = []
  #value = 0
  /** How often each fault happened to something. */
  readonly happened = new Map<string, number>()
  writes = 0

  private constructor(readonly night: Night, scope: Scope.Scope) {
    this.#scope = scope
  }

  static make(night: Night): Effect.Effect<World, never, Scope.Scope> {
    return Effect.gen(function*() {
      const world = new World(night, yield* Effect.scope)
      yield* world.#incarnate({ resourceVersion: night.resourceVersion, randomSeed: night.seed }, () => {})
      return world
    })
  }

  get #present(): Incarnation {
    return this.#incarnations[this.#incarnations.length - 1]!
  }

  get #server(): Server {
    return this.#present.server
  }

  /** Watches that are open on any server. */
  get connections(): number {
    return this.#incarnations.reduce((sum, { server }) => sum + server.connections.size, 0)
  }

  /** Those of them that are not half open. */
  get openConnections(): number {
    return this.#incarnations.reduce(
      (sum, { server }) => sum + [...server.connections].filter((each) => !this.#halfOpen.has(each)).length,
      0
    )
  }

  #count(what: string): void {
    this.happened.set(what, (this.happened.get(what) ?? 0) + 1)
  }

  // ---------------------------------------------------------------------------------------------- servers

  #incarnate(options: Incarnation["options"], fill: (server: Server) => void): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      const server = yield* server_.make({
        ...options,
        history: this.night.history,
        bookmarkInterval: this.night.bookmarks,
        garbageCollector: false,
        namespaceController: false,
        namespaces: ["north", "south"]
      })
      const era: Era = { index: this.eras.length, log: [], begin: 0 }
      const everything: Array<LogRecord> = []
      server.storage.listen(undefined, (record) => {
        everything.push(record)
        if (record.entry.resource !== configMaps) return
        era.log.push({
          revision: record.revision,
          isDelete: record.type === "DELETED",
          object: record.entry.object as unknown as Stored
        })
      })
      fill(server)
      era.begin = server.storage.revision
      this.#incarnations.push({ server, era, everything, options })
      this.eras.push(era)
    }).pipe(Scope.extend(this.#scope))
  }

  #breakConnections(): void {
    for (const connection of this.#server.connections) if (!this.#halfOpen.has(connection)) connection.cut()
  }

  #refuseAll(down: number): Effect.Effect<void> {
    return down === 0 ? Effect.void : Effect.suspend(() => {
      const up = this.#server.faults.add({ fault: { _tag: "Disconnect" } })
      return this.#last(down, Effect.sync(up))
    })
  }

  #restore(how: "rewind" | "anew", back: number, down: number): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      const { era, everything, options, server } = this.#present
      const to = Math.max(era.begin, server.storage.revision - back)
      this.#breakConnections()
      const randomSeed = options.randomSeed + 1
      if (how === "rewind") {
        for (const [client, places] of this.#clients) {
          for (const place of places) this.#mustSee.add(seenBy(client, place))
        }
        yield* this.#incarnate({ ...options, randomSeed }, ({ storage }) => {
          for (const { entry, revision, type } of everything) {
            if (revision > to) break
            if (revision <= storage.revision) continue
            const present = storage.get(entry.resource, entry.namespace, entry.name)
            if (type !== "DELETED") storage.put(entry.resource, entry.namespace, entry.name, entry.object)
            else if (present !== undefined) storage.remove(present)
          }
          if (back % 2 === 0) storage.compact()
        })
      } else {
        const state = server.storage.list(configMaps)
        const objects = "compacted" in state ? [] : state.entries
        const lower = Math.floor(options.resourceVersion / 2)
        yield* this.#incarnate({ resourceVersion: lower, randomSeed }, ({ storage }) => {
          for (const { name, namespace, object } of objects) storage.put(configMaps, namespace, name, object)
        })
      }
      yield* this.#refuseAll(down)
    })
  }

  // ---------------------------------------------------------------------------------------------- writes

  /** Whether anybody could still tell that history was lost, if there were a write now. */
  get isHeld(): boolean {
    return this.#mustSee.size > 0
  }

  #put(namespace: string, name: string, app: string | undefined, data?: { readonly [key: string]: unknown }): void {
    const value = ++this.#value
    const problem = plantRaw(this.#server, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name,
        namespace,
        ...(app !== undefined && { labels: { app, note: "ünï✓" } }),
        managedFields: [{
          manager: "writer",
          operation: "Update",
          apiVersion: "v1",
          time: "2030-01-01T00:00:00Z",
          fieldsType: "FieldsV1",
          fieldsV1: { "f:data": { "f:value": {} } }
        }]
      },
      data: data ?? { value: `${value}`, text: "{\"object\":\"schön ✓\"}\n".repeat(value % 4) }
    }, 0)
    if (problem !== undefined) throw new Error(problem)
    this.writes++
  }

  #remove(namespace: string, name: string): void {
    const { storage } = this.#server
    const entry = storage.get(configMaps, namespace, name)
    if (entry === undefined) return
    storage.remove(entry)
    this.writes++
  }

  /** Makes the resourceVersion move, without a word to those who follow. */
  #tick(): void {
    if (!this.isHeld) {
      this.#server.storage.put(others, "north", "tick", { metadata: { name: "tick", namespace: "north" } })
    }
  }

  write(what: Write): void {
    if (this.isHeld) return this.#count("a write that would hide a rewind is left out")
    switch (what._tag) {
      case "Put":
        return this.#put(what.namespace, what.name, what.app)
      case "Remove":
        return this.#remove(what.namespace, what.name)
      case "Replace":
        this.#remove(what.namespace, what.name)
        return this.#put(what.namespace, what.name, what.app)
      case "Break":
        return this.#put(what.namespace, what.name, what.app, { value: 7 })
      case "Burst": {
        const names = ["a", "b", "c", "d", "e", "f"]
        for (let i = 0; i < what.writes; i++) {
          const name = names[(i * 5 + this.#value) % names.length]!
          if (i % 4 === 3) this.#remove(what.namespace, name)
          else this.#put(what.namespace, name, i % 3 === 2 ? "api" : "web")
        }
        return
      }
    }
  }

  // ---------------------------------------------------------------------------------------------- faults

  #last(millis: number, end: Effect.Effect<void>): Effect.Effect<void> {
    this.#lasting.add(end)
    const over = Effect.suspend(() => this.#lasting.delete(end) ? end : Effect.void)
    return Effect.asVoid(Effect.forkIn(Effect.delay(over, millis), this.#scope))
  }

  #open({ who }: Whose): ReadonlyArray<WatchConnection> {
    return [...this.#server.connections].filter((connection) =>
      who === undefined || this.#owners.get(connection) === nameOf(who)
    )
  }

  #inject({ times, verb, who }: Requests, fault: FaultRule["fault"]): void {
    const when = (request: RequestRecord): boolean =>
      (who === undefined || request.headers["x-client"] === nameOf(who)) &&
      (verb === "any" ? request.verb === "list" || request.verb === "watch" : request.verb === verb)
    this.#server.faults.add({ when, times, fault })
  }

  fault(what: Fault): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#count("code" in what ? `Tell ${what.code}` : "status" in what ? `Refuse ${what.status}` : what._tag)
      switch (what._tag) {
        case "Cut":
          for (const connection of this.#open(what)) connection.cut(what.afterBytes)
          return Effect.void
        case "End":
          for (const connection of this.#open(what)) connection.close("clean")
          return Effect.void
        case "Silence":
          for (const connection of this.#open(what)) {
            connection.silence()
            this.#halfOpen.add(connection)
          }
          return Effect.void
        case "Tell": {
          const details = what.retryAfter === undefined ? undefined : { retryAfterSeconds: what.retryAfter }
          const body = status.refusal(what.code, what.reason, "told by a fault", details).body
          for (const connection of this.#open(what)) connection.error(body)
          return Effect.void
        }
        case "Garbage":
          for (const connection of this.#open(what)) connection.push(new TextEncoder().encode(what.text))
          return Effect.void
        case "Refuse": {
          const { reason, retryAfter: retryAfterSeconds, status } = what
          this.#inject(what, { _tag: "Refuse", status, reason, retryAfterSeconds })
          return Effect.void
        }
        case "Page":
          this.#inject(what, {
            _tag: "Refuse",
            status: 200,
            text: "<html><body>Please log in.</body></html>",
            contentType: "text/html"
          })
          return Effect.void
        case "Lose":
          this.#inject(what, { _tag: "Disconnect" })
          return Effect.void
        case "Unanswered":
          this.#inject(what, { _tag: "Silence" })
          return Effect.void
        case "Delay":
          this.#inject(what, { _tag: "Delay", duration: what.millis })
          return Effect.void
        case "CutAnswer":
          this.#inject(what, { _tag: "Cut", afterBytes: what.afterBytes })
          return Effect.void
        case "ShortWatches":
          this.#shortWatches.push({ who: what.who === undefined ? undefined : nameOf(what.who), times: what.times })
          for (const connection of this.#open(what)) connection.close("clean")
          return Effect.void
        case "LateTokens":
          this.#lateTokens.push({ who: what.who === undefined ? undefined : nameOf(what.who), times: what.times })
          return Effect.void
        case "Compact":
          this.#server.storage.compact()
          return Effect.void
        case "Lag": {
          const { storage } = this.#server
          const wanted = Math.max(this.#present.era.begin, storage.revision - what.back)
          const revision = "compacted" in storage.since(configMaps, wanted) ? storage.revision : wanted
          return Effect.flatMap(
            faultsOf(this.#server).lag({ resource: "configmaps", resourceVersion: String(revision) }),
            (catchUp) => this.#last(what.millis, catchUp)
          )
        }
        case "MuteBookmarks":
          return Effect.flatMap(faultsOf(this.#server).muteBookmarks(), (unmute) => this.#last(what.millis, unmute))
        case "Restart":
          this.#breakConnections()
          this.#server.storage.compact()
          return this.#refuseAll(what.down)
        case "Restore":
          return this.#restore(what.how, what.back, what.down)
      }
    })
  }

  /** Nothing more goes wrong. What is half open stays so: that is for the followers to find out. */
  readonly calm: Effect.Effect<void> = Effect.suspend(() => {
    for (const { server } of this.#incarnations) server.faults.clear()
    this.#shortWatches = []
    this.#lateTokens = []
    const ends = [...this.#lasting]
    this.#lasting.clear()
    return Effect.forEach(ends, (end) => end, { discard: true })
  })

  // ---------------------------------------------------------------------------------------------- clients

  /** A client begins: what it comes to know it must be able to lose. */
  greet(name: string, namespaces: ReadonlyArray<string | undefined>): void {
    this.#clients.set(name, namespaces)
  }

  /** A client ends, and with it what it knew. */
  forget(name: string): void {
    for (const namespace of this.#clients.get(name) ?? []) this.#mustSee.delete(seenBy(name, namespace))
    this.#clients.delete(name)
  }

  #spend(list: ReadonlyArray<{ readonly who: string | undefined; times: number }>, name: string): boolean {
    const found = list.find(({ times, who }) => times > 0 && (who === undefined || who === name))
    if (found === undefined) return false
    found.times--
    return true
  }

  way({ minor, name, pieces, trickle }: WayOptions): Way {
    const asked: Array<number> = []
    const answer = (request: ServerRequest): Effect.Effect<Answer, ConnectionCut> =>
      Effect.clockWith((clock) => {
        const server = this.#server
        const query = new URLSearchParams(request.url.slice(request.url.indexOf("?") + 1))
        const isResource = request.url.includes("/configmaps")
        const isWatch = query.has("watch")
        if (query.has("continue")) {
          if (this.#spend(this.#lateTokens, name)) {
            this.#tick()
            server.storage.compact()
            this.#count("late token")
          }
        } else asked.push(clock.unsafeCurrentTimeMillis())
        const given = handle(server, { ...request, headers: { ...request.headers, "x-client": name } })
        return Effect.map(given, (given) => {
          if (request.url === "/version" && typeof given.body === "string") {
            return { ...given, body: given.body.replace(/"minor": ?"\d+/, `"minor":"${minor}`) }
          }
          if (given.status !== 200 || !isResource) return given
          if (!isWatch) {
            // The newest state has been seen, by a list that came whole.
            if (typeof given.body === "string" && !query.has("resourceVersion") && server === this.#server) {
              this.#mustSee.delete(seenBy(name, /\/namespaces\/(\w+)\//.exec(request.url)?.[1]))
            }
            return pieces === undefined ? given : { ...given, body: inPieces(given.body, pieces, trickle) }
          }
          const connection = Array.from(server.connections).pop()
          if (connection !== undefined && !this.#owners.has(connection)) {
            this.#owners.set(connection, name)
            if (this.#spend(this.#shortWatches, name)) connection.close("clean")
          }
          return pieces === undefined ? given : { ...given, body: inPieces(given.body, pieces, 0) }
        })
      })
    return {
      asked,
      client: KubeClient.make({ server: "http://night", httpClient: httpClient(answer) })
    }
  }
}

/** What a client follows in a namespace, or everywhere. */
const seenBy = (client: string, namespace: string | undefined): string => `${client} in ${namespace ?? "all"}`

/** The name of a follower's client. */
export const nameOf = (follower: number): string => `follower ${follower}`
