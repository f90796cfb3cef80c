/** Talks to an in-memory API server in tests: requests without a client, and the events of a watch. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as TestCluster from "../../../src/testing/TestCluster.js"

// A test looks into answers of any shape.
// eslint-disable-next-line typescript/no-explicit-any
export type Json = any

export interface Reply {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly warnings: ReadonlyArray<string>
  readonly body: Json
}

export interface Extra {
  readonly type?: string | undefined
  readonly headers?: { readonly [name: string]: string } | undefined
}

const bytes = (body: unknown): Uint8Array =>
  body === undefined
    ? new Uint8Array()
    : new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body))

const headersOf = (body: unknown, extra: Extra): { readonly [name: string]: string } => ({
  ...(body !== undefined && { "content-type": extra.type ?? "application/json" }),
  ...extra.headers
})

/** Sends a request and reads the whole answer. */
export const send = (
  cluster: TestCluster.Service,
  method: string,
  url: string,
  body?: unknown,
  extra: Extra = {}
): Effect.Effect<Reply> =>
  Effect.gen(function*() {
    const answer = yield* Effect.orDie(
      cluster.handle({ method, url, headers: headersOf(body, extra), body: bytes(body) })
    )
    const text = typeof answer.body === "string"
      ? answer.body
      : yield* Effect.orDie(Stream.mkString(Stream.decodeText(answer.body)))
    const isJson = (answer.headers["content-type"] ?? "").startsWith("application/json") && text !== ""
    return {
      status: answer.status,
      headers: answer.headers,
      warnings: answer.warnings,
      body: isJson ? JSON.parse(text) : text
    }
  })

/** The methods of {@link send}, bound to a server. */
export const client = (cluster: TestCluster.Service) => ({
  get: (url: string, extra?: Extra) => send(cluster, "GET", url, undefined, extra),
  post: (url: string, body: unknown, extra?: Extra) => send(cluster, "POST", url, body, extra),
  put: (url: string, body: unknown, extra?: Extra) => send(cluster, "PUT", url, body, extra),
  merge: (url: string, body: unknown, extra?: Extra) =>
    send(cluster, "PATCH", url, body, { type: "application/merge-patch+json", ...extra }),
  json: (url: string, body: unknown, extra?: Extra) =>
    send(cluster, "PATCH", url, body, { type: "application/json-patch+json", ...extra }),
  delete: (url: string, body?: unknown, extra?: Extra) => send(cluster, "DELETE", url, body, extra)
})

export interface Event {
  readonly type: string
  readonly object: Json
}

export interface Watch {
  readonly status: number
  /** The next events, waited for. */
  readonly take: (count: number) => Effect.Effect<ReadonlyArray<Event>>
  /** What has come and was not taken. */
  readonly rest: Effect.Effect<ReadonlyArray<Event>>
  /** Text after the last line end. */
  readonly tail: Effect.Effect<string>
  /** How the watch ended, waited for. */
  readonly end: Effect.Effect<"clean" | "cut">
  /** Whether it ended already. */
  readonly hasEnded: Effect.Effect<boolean>
}

/** Opens a watch and reads it in the background. */
export const watch = (
  cluster: TestCluster.Service,
  url: string,
  extra: Extra = {}
): Effect.Effect<Watch, never, Scope.Scope> =>
  Effect.gen(function*() {
    const events = yield* Queue.unbounded<Event>()
    const ends = yield* Queue.unbounded<"clean" | "cut">()
    const answer = yield* Effect.orDie(
      cluster.handle({ method: "GET", url, headers: extra.headers ?? {}, body: new Uint8Array() })
    )
    if (typeof answer.body === "string") return yield* Effect.die(new Error(`no watch: ${answer.body}`))
    let tail = ""
    const read = Stream.runForEach(Stream.decodeText(answer.body), (text) => {
      const lines = (tail + text).split("\n")
      tail = lines.pop() ?? ""
      return Queue.offerAll(events, lines.map((line): Event => JSON.parse(line)))
    })
    yield* Effect.forkScoped(Effect.matchEffect(read, {
      onSuccess: () => Queue.offer(ends, "clean"),
      onFailure: () => Queue.offer(ends, "cut")
    }))
    return {
      status: answer.status,
      take: (count) => Effect.map(Queue.takeN(events, count), (chunk) => [...chunk]),
      rest: Effect.zipRight(settle, Effect.map(Queue.takeAll(events), (chunk) => [...chunk])),
      tail: Effect.sync(() => tail),
      end: Queue.take(ends),
      hasEnded: Effect.zipRight(settle, Effect.map(Queue.poll(ends), Option.isSome))
    }
  })

/** Lets other fibers go on until they wait for something. */
export const settle: Effect.Effect<void> = Effect.forEach(Array.from({ length: 20 }), () => Effect.yieldNow(), {
  discard: true
})

export const configMaps = (namespace = "default", name?: string): string =>
  `/api/v1/namespaces/${namespace}/configmaps${name === undefined ? "" : `/${name}`}`

export const configMap = (name: string, more: Json = {}): Json => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  ...more,
  metadata: { name, ...more.metadata }
})

/** A CustomResourceDefinition of `foos.clux.dev`. */
export const fooDefinition = (version: Json = {}): Json => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "foos.clux.dev" },
  spec: {
    group: "clux.dev",
    scope: "Namespaced",
    names: { plural: "foos", kind: "Foo", shortNames: ["f"], categories: ["all"] },
    versions: [{
      name: "v1",
      served: true,
      storage: true,
      subresources: { status: {} },
      schema: {
        openAPIV3Schema: {
          type: "object",
          required: ["spec"],
          properties: {
            spec: {
              type: "object",
              required: ["title"],
              properties: {
                title: { type: "string", maxLength: 10 },
                replicas: { type: "integer", default: 2, minimum: 0, maximum: 10 },
                tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" }
              }
            },
            status: { type: "object", properties: { ready: { type: "boolean" } } }
          }
        }
      },
      ...version
    }]
  }
})

export const foos = (name?: string): string =>
  `/apis/clux.dev/v1/namespaces/default/foos${name === undefined ? "" : `/${name}`}`

export const foo = (name: string, spec: Json = { title: "x" }, more: Json = {}): Json => ({
  apiVersion: "clux.dev/v1",
  kind: "Foo",
  spec,
  ...more,
  metadata: { name, ...more.metadata }
})

export const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
