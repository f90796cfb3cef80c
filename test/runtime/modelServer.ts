/**
 * A scripted server for watcher tests: a list of objects with one version, a history, connections that a test can cut
 * at any byte, and answers that it can replace. It shares no code with what it tests.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import * as Stream from "effect/Stream"
import * as Api from "../../src/client/Api.js"
import * as KubeClient from "../../src/client/KubeClient.js"
import * as KubeError from "../../src/protocol/KubeError.js"
import type * as Request from "../../src/protocol/Request.js"
import * as Resource from "../../src/protocol/Resource.js"

export const ConfigMap = Resource.dynamic({ apiVersion: "v1", kind: "ConfigMap", scope: "Namespaced" })
export type ConfigMap = Resource.DynamicObject
export const configMaps = Api.all(ConfigMap)

export interface Asked {
  readonly kind: "version" | "list" | "confirm" | "watch" | "watchList"
  readonly query: { readonly [name: string]: string | undefined }
  /** Virtual time, in milliseconds. */
  readonly at: number
}

export interface Item {
  readonly apiVersion: "v1"
  readonly kind: "ConfigMap"
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly creationTimestamp: string
  }
  readonly data: unknown
}

interface Entry {
  readonly version: number
  readonly type: "ADDED" | "MODIFIED" | "DELETED"
  readonly object: Item
}

const encoder = new TextEncoder()
const bytes = (text: string): Uint8Array => encoder.encode(text)

export const status = (code: number, reason: string, details?: object, message = reason): KubeClient.TestResponse => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message, details }
})

class Connection {
  constructor(
    readonly mailbox: Mailbox.Mailbox<Uint8Array, KubeError.TransportError>,
    readonly info: KubeError.RequestInfo
  ) {}

  send(text: string): void {
    this.mailbox.unsafeOffer(bytes(text))
  }

  frame(type: string, object: unknown): void {
    this.send(`${JSON.stringify({ type, object })}\n`)
  }

  close(): void {
    this.mailbox.unsafeDone(Exit.void)
  }

  cut(): void {
    this.mailbox.unsafeDone(
      Exit.fail(new KubeError.TransportError({ request: this.info, reason: "Reset", description: "read ECONNRESET" }))
    )
  }
}

type Answer = KubeClient.TestResponse | KubeError.TransportError | undefined

export class ModelServer {
  version = 100
  private uids = 0
  private compacted = 0
  private history: Array<Entry> = []
  readonly objects = new Map<string, Item>()
  readonly asked: Array<Asked> = []
  readonly connections = new Set<Connection>()
  /** Answers instead of the server; undefined lets it answer. */
  script: (asked: Asked, request: Request.Request<unknown>) => Answer = () => undefined
  minor = "37"
  /** Cuts list bodies into chunks of so many bytes. */
  chunkSize = 65_536
  /** Watch-lists end their initial events by a bookmark. */
  endsInitialEvents = true
  /** How many list bodies are being read. */
  lists = 0

  readonly layer = KubeClient.layerTest((request) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) => this.handle(request, at))
  )

  private write(type: Entry["type"], object: Item): void {
    const entry = { version: Number(object.metadata.resourceVersion), type, object }
    this.history.push(entry)
    for (const connection of this.connections) connection.frame(type, object)
  }

  private next(name: string, namespace: string, uid: string, data: unknown): Item {
    this.version++
    return {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name,
        namespace,
        uid,
        resourceVersion: String(this.version),
        creationTimestamp: "2026-01-01T00:00:00Z"
      },
      data
    }
  }

  put(name: string, data: unknown = {}, namespace = "default"): Item {
    const known = this.objects.get(`${namespace}/${name}`)
    const object = this.next(name, namespace, known?.metadata.uid ?? `uid-${++this.uids}`, data)
    this.objects.set(`${namespace}/${name}`, object)
    this.write(known === undefined ? "ADDED" : "MODIFIED", object)
    return object
  }

  remove(name: string, namespace = "default"): void {
    const known = this.objects.get(`${namespace}/${name}`)
    if (known === undefined) return
    this.objects.delete(`${namespace}/${name}`)
    this.write("DELETED", this.next(name, namespace, known.metadata.uid, known.data))
  }

  /** Sends a bookmark of the present version on all connections; of it only the version may be read. */
  bookmark(): void {
    const object = {
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { resourceVersion: String(this.version), creationTimestamp: null },
      data: null
    }
    for (const connection of this.connections) connection.frame("BOOKMARK", object)
  }

  /** Ends the initial events of all connections. */
  endInitialEvents(): void {
    for (const connection of this.connections) connection.frame("BOOKMARK", this.endBookmark())
  }

  private endBookmark() {
    const annotations = { "k8s.io/initial-events-end": "true" }
    return {
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { resourceVersion: String(this.version), creationTimestamp: null, annotations },
      data: null
    }
  }

  private take(): ReadonlyArray<Connection> {
    const all = [...this.connections]
    this.connections.clear()
    return all
  }

  cut(): void {
    for (const connection of this.take()) connection.cut()
  }

  close(): void {
    for (const connection of this.take()) connection.close()
  }

  /** Ends all connections with an ERROR event. */
  error(code: number, reason: string, details?: object, message?: string): void {
    for (const connection of this.take()) {
      connection.frame("ERROR", status(code, reason, details, message).body)
      connection.close()
    }
  }

  /** Forgets the history up to now. */
  compact(): void {
    this.compacted = this.version
    this.history = []
  }

  /** The server comes back with another state and version. */
  restore(version: number, objects: ReadonlyArray<Item>): void {
    this.take().forEach((connection) => connection.cut())
    this.version = version
    this.compacted = version
    this.history = []
    this.objects.clear()
    for (const object of objects) this.objects.set(`${object.metadata.namespace}/${object.metadata.name}`, object)
  }

  /** The server loses its history: its versions start again from here, its objects are as they are. */
  lose(version: number): void {
    this.version = version
    this.compacted = version
    this.history = []
  }

  kinds(): ReadonlyArray<Asked["kind"]> {
    return this.asked.map(({ kind }) => kind)
  }

  private handle(
    request: Request.Request<unknown>,
    at: number
  ): Effect.Effect<KubeClient.TestResponse, KubeError.TransportError> {
    const query = Object.fromEntries(request.query)
    const kind = request.path === "/version"
      ? "version"
      : query["watch"] === "1"
      ? query["sendInitialEvents"] === "true" ? "watchList" : "watch"
      : query["limit"] === "1"
      ? "confirm"
      : "list"
    const asked: Asked = { kind, query, at }
    this.asked.push(asked)
    const answer = this.script(asked, request)
    if (answer !== undefined) {
      return answer instanceof KubeError.TransportError
        ? Effect.fail(answer)
        : Effect.succeed(answer)
    }
    if (kind === "version") return Effect.succeed({ body: { major: "1", minor: this.minor } })
    return kind === "watch"
      ? this.watch(request, Number(query["resourceVersion"]))
      : kind === "watchList"
      ? this.watchList(request)
      : Effect.sync(() => this.list(query))
  }

  private list(query: Asked["query"]): KubeClient.TestResponse {
    const all = [...this.objects.values()]
    // A token holds the version of the first page, and from where on.
    const [version, from] = query["continue"] === undefined
      ? [this.version, 0]
      : query["continue"].split(":").map(Number) as [number, number]
    if (query["continue"] !== undefined && version < this.compacted) return status(410, "Expired")
    const to = query["limit"] === undefined ? all.length : Math.min(all.length, from + Number(query["limit"]))
    const metadata = { resourceVersion: String(version), ...(to < all.length ? { continue: `${version}:${to}` } : {}) }
    const items = all.slice(from, to).map(({ apiVersion: _, kind: __, ...item }) => item)
    const text = `${JSON.stringify({ kind: "ConfigMapList", apiVersion: "v1", metadata, items })}\n`
    return { stream: this.body(text) }
  }

  private body(text: string): Stream.Stream<Uint8Array> {
    const whole = bytes(text)
    const parts: Array<Uint8Array> = []
    for (let i = 0; i < whole.length; i += this.chunkSize) parts.push(whole.subarray(i, i + this.chunkSize))
    return Stream.suspend(() => {
      this.lists++
      return Stream.ensuring(Stream.rechunk(Stream.fromIterable(parts), 1), Effect.sync(() => this.lists--))
    })
  }

  private watch(request: Request.Request<unknown>, from: number): Effect.Effect<KubeClient.TestResponse> {
    return Effect.map(Mailbox.make<Uint8Array, KubeError.TransportError>(), (mailbox) => {
      if (from < this.compacted) return status(410, "Expired")
      const connection = new Connection(mailbox, request.info)
      for (const entry of this.history) if (entry.version > from) connection.frame(entry.type, entry.object)
      this.connections.add(connection)
      return {
        stream: Stream.ensuring(Mailbox.toStream(mailbox), Effect.sync(() => this.connections.delete(connection)))
      }
    })
  }

  private watchList(request: Request.Request<unknown>): Effect.Effect<KubeClient.TestResponse> {
    return Effect.map(Mailbox.make<Uint8Array, KubeError.TransportError>(), (mailbox) => {
      const connection = new Connection(mailbox, request.info)
      for (const object of this.objects.values()) connection.frame("ADDED", object)
      if (this.endsInitialEvents) connection.frame("BOOKMARK", this.endBookmark())
      this.connections.add(connection)
      return {
        stream: Stream.ensuring(Mailbox.toStream(mailbox), Effect.sync(() => this.connections.delete(connection)))
      }
    })
  }
}
