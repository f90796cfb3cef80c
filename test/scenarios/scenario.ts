/**
 * A scenario is a list of raw HTTP requests to a Kubernetes API server, some of which use values of earlier answers. The
 * same scenario runs on the in-memory server and on a real one; what the server answers is its transcript, and the real
 * server's transcript is the expected one. It asks below the client, so that status, headers and body are seen as sent.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { YieldWrap } from "effect/Utils"

/** JSON whose shape only the server knows. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any

export interface RawRequest {
  readonly method: string
  /** Percent-encoded, with the query. */
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string | undefined }
  /** The `Warning` headers as they stand. */
  readonly warnings: ReadonlyArray<string>
  /** Ends early, without a failure, where the connection breaks. */
  readonly body: Stream.Stream<Uint8Array>
}

/** How requests reach a server. The Scope ends the request whose body is still open. */
export interface Transport {
  readonly send: (request: RawRequest) => Effect.Effect<RawAnswer, never, Scope.Scope>
}

export interface Answer {
  readonly status: number
  /** JSON where it is some, else the text. */
  readonly body: Json
}

export interface RequestOptions {
  readonly headers?: { readonly [name: string]: string } | undefined
  /** JSON; a text is sent as it is. */
  readonly body?: unknown
  readonly contentType?: string | undefined
  /** What of the answer's body, or of each event of a watch, the transcript shows; everything by default. */
  readonly show?: ((body: Json) => unknown) | undefined
}

export interface WatchOptions extends RequestOptions {
  /**
   * Whether bookmarks that come on their own are events like others. By default they are passed over, because a real
   * server sends them when it likes; the one at the end of the initial events always counts.
   */
  readonly bookmarks?: boolean | undefined
}

export interface Watch {
  /** Waits for so many more events; for fewer where the watch ends. */
  readonly take: (count: number) => Effect.Effect<ReadonlyArray<Json>>
  /** Waits until the server ends the watch, and takes what is left. */
  readonly untilEnd: Effect.Effect<ReadonlyArray<Json>>
}

/** What a scenario is written with. */
export interface Run {
  /** A namespace of the scenario's own, which exists. */
  readonly namespace: string
  /** An API group of the scenario's own, for its definitions: `<namespace>.example.com`. */
  readonly group: string
  /** The path of a resource in the scenario's namespace: `at("leases", "coordination.k8s.io/v1")`. */
  readonly at: (plural: string, groupVersion?: string) => string
  readonly request: (method: string, path: string, options?: RequestOptions) => Effect.Effect<Answer>
  readonly get: (path: string, options?: RequestOptions) => Effect.Effect<Answer>
  readonly post: (path: string, body: unknown, options?: RequestOptions) => Effect.Effect<Answer>
  readonly put: (path: string, body: unknown, options?: RequestOptions) => Effect.Effect<Answer>
  readonly delete: (path: string, body?: unknown, options?: RequestOptions) => Effect.Effect<Answer>
  /** A merge patch. */
  readonly merge: (path: string, body: unknown, options?: RequestOptions) => Effect.Effect<Answer>
  /** A JSON patch. */
  readonly jsonPatch: (path: string, body: unknown, options?: RequestOptions) => Effect.Effect<Answer>
  /** Gets until the answer is as wanted; only that answer is in the transcript. */
  readonly until: (path: string, wanted: (answer: Answer) => boolean, options?: RequestOptions) => Effect.Effect<Answer>
  /** Opens a watch. Its events are in the transcript where they are taken. */
  readonly watch: (path: string, options?: WatchOptions) => Effect.Effect<Watch>
  /** Creates a definition of the scenario's group and waits until its resources are served; not in the transcript. */
  readonly define: (definition: Json) => Effect.Effect<void>
}

export type Body = (run: Run) => Generator<YieldWrap<Effect.Effect<Json>>, void, never>

export interface Scenario {
  /** What is promised, and the rows of the contract that it keeps. */
  readonly title: string
  readonly body: Body
}

export interface Area {
  readonly name: string
  /** Whether transcripts show `metadata.managedFields`; by default they leave it out. */
  readonly managers?: boolean | undefined
  /** Whether the in-memory server asks who somebody is and what they may, as a real one does. By default it does not. */
  readonly auth?: boolean | undefined
  readonly scenarios: ReadonlyArray<Scenario>
}

export const scenario = (title: string, body: Body): Scenario => ({ title, body })

/** One request and its answer, or what was taken of a watch. */
export interface Step {
  readonly [field: string]: unknown
}

/** How long a scenario waits for something that should come, in milliseconds. */
const patience = 15_000
const interval = 25

const parse = (text: string): Json => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const textOf = (answer: RawAnswer): Effect.Effect<string> => Stream.mkString(Stream.decodeText(answer.body))

const rawOf = (method: string, path: string, options: RequestOptions): RawRequest => ({
  method,
  path,
  headers: {
    ...(options.body === undefined ? {} : { "content-type": options.contentType ?? "application/json" }),
    ...options.headers
  },
  body: options.body === undefined ? "" : typeof options.body === "string" ? options.body : JSON.stringify(options.body)
})

/** What was asked, as the transcript says it. */
const asked = (word: string, raw: RawRequest): Step => {
  const { "content-type": contentType, ...headers } = raw.headers
  return {
    request: `${word} ${raw.path}`,
    ...(contentType === undefined || contentType === "application/json" ? {} : { sent: contentType }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(raw.body === "" ? {} : { body: parse(raw.body) })
  }
}

/** The head of an answer; what is as always is left out. */
const headOf = (answer: RawAnswer): Step => {
  const contentType = answer.headers["content-type"]
  const retryAfter = answer.headers["retry-after"]
  return {
    status: answer.status,
    ...(contentType === "application/json" ? {} : { contentType: contentType ?? null }),
    // A real server warns of what stands in different fields in an order of chance.
    ...(answer.warnings.length === 0 ? {} : { warnings: [...answer.warnings].sort() }),
    ...(retryAfter === undefined ? {} : { retryAfter })
  }
}

/** A name that a scenario's title gives its namespace. */
export const slugOf = (title: string): string => {
  const words = title.replace(/\([^)]*\)$/, "").toLowerCase().replace(/[^a-z0-9]+/g, "-")
  return words.slice(0, 40).replace(/^-+|-+$/g, "")
}

/** Runs a scenario on a server. Answers its transcript. */
export const play = (transport: Transport, scenario: Scenario): Effect.Effect<ReadonlyArray<Step>> =>
  Effect.scoped(Effect.gen(function*() {
    const steps: Array<Step> = []
    const scope = yield* Effect.scope
    const namespace = slugOf(scenario.title)
    const group = `${namespace}.example.com`

    const exchange = (raw: RawRequest): Effect.Effect<readonly [RawAnswer, string]> =>
      Effect.scoped(
        Effect.flatMap(transport.send(raw), (answer) => Effect.map(textOf(answer), (text) => [answer, text] as const))
      )

    const quietly = (method: string, path: string, body?: unknown): Effect.Effect<Answer> =>
      Effect.map(exchange(rawOf(method, path, { body })), ([{ status }, text]) => ({ status, body: parse(text) }))

    const request: Run["request"] = (method, path, options = {}) =>
      Effect.gen(function*() {
        const raw = rawOf(method, path, options)
        const [answer, text] = yield* exchange(raw)
        const body = parse(text)
        steps.push({
          ...asked(method, raw),
          ...headOf(answer),
          answer: options.show === undefined ? body : options.show(body)
        })
        return { status: answer.status, body }
      })

    /** Waits until something holds; nothing where it does not in time. */
    const wait = <A>(look: Effect.Effect<A | undefined>): Effect.Effect<A | undefined> =>
      Effect.gen(function*() {
        const start = yield* Clock.currentTimeMillis
        for (;;) {
          const found = yield* look
          if (found !== undefined || (yield* Clock.currentTimeMillis) - start > patience) return found
          yield* Effect.sleep(interval)
        }
      })
    /** What a step says that waited in vain. */
    const inVain = (found: unknown): Step => found === undefined ? { waited: "in vain" } : {}

    const until: Run["until"] = (path, wanted, options = {}) =>
      Effect.gen(function*() {
        const raw = rawOf("GET", path, options)
        let last: readonly [RawAnswer, string] | undefined
        const found = yield* wait(Effect.map(exchange(raw), ([answer, text]) => {
          last = [answer, text]
          return wanted({ status: answer.status, body: parse(text) }) || undefined
        }))
        const [answer, text] = last!
        const body = parse(text)
        const shown = options.show === undefined ? body : options.show(body)
        steps.push({ ...asked("GET", raw), ...headOf(answer), answer: shown, ...inVain(found) })
        return { status: answer.status, body }
      })

    const watch: Run["watch"] = (path, options = {}) =>
      Effect.gen(function*() {
        const raw = rawOf("GET", path, options)
        const answer = yield* transport.send(raw)
        let text = ""
        let taken = 0
        let ended = false
        yield* answer.body.pipe(
          Stream.decodeText(),
          Stream.runForEach((part) => Effect.sync(() => text += part)),
          Effect.ensuring(Effect.sync(() => ended = true)),
          Effect.forkIn(scope)
        )
        const counts = (line: string): boolean =>
          options.bookmarks === true || !line.includes("\"BOOKMARK\"") || line.includes("k8s.io/initial-events-end")
        const lines = (): ReadonlyArray<string> => text.split("\n").slice(0, -1).filter(counts).slice(taken)
        const takeLines = (waited: true | undefined, count?: number): ReadonlyArray<Json> => {
          const found = lines().slice(0, count)
          taken += found.length
          const events = found.map(parse)
          steps.push({
            ...asked("WATCH", raw),
            ...headOf(answer),
            events: options.show === undefined ? events : events.map(options.show),
            end: ended && lines().length === 0 ? "closed" : "open",
            ...inVain(waited)
          })
          return events
        }
        if (answer.status !== 200) {
          yield* wait(Effect.sync(() => ended || undefined))
          steps.push({ ...asked("WATCH", raw), ...headOf(answer), answer: parse(text) })
        }
        const enough = (count: number) => Effect.sync(() => ended || lines().length >= count || undefined)
        return {
          take: (count: number) => Effect.map(wait(enough(count)), (waited) => takeLines(waited, count)),
          untilEnd: Effect.map(wait(Effect.sync(() => ended || undefined)), (waited) => takeLines(waited))
        }
      }).pipe(Effect.provideService(Scope.Scope, scope))

    const define: Run["define"] = (definition) =>
      Effect.gen(function*() {
        const { group, names, versions } = definition.spec
        const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        const created = yield* quietly("POST", path, definition)
        if (created.status !== 201) {
          return yield* Effect.dieMessage(`the definition was refused: ${JSON.stringify(created.body)}`)
        }
        yield* Effect.addFinalizer(() => quietly("DELETE", `${path}/${definition.metadata.name}`))
        for (const { name, served } of versions) {
          if (!served) continue
          const isServed = yield* wait(Effect.gen(function*() {
            const list = yield* quietly("GET", `/apis/${group}/${name}/${names.plural}`)
            const known = yield* quietly("GET", `/apis/${group}/${name}`)
            return (list.status === 200 && known.status === 200) || undefined
          }))
          if (isServed !== true) {
            return yield* Effect.dieMessage(`${names.plural} of ${definition.metadata.name} are not served`)
          }
        }
      }).pipe(Effect.provideService(Scope.Scope, scope))

    const run: Run = {
      namespace,
      group,
      at: (plural, groupVersion = "v1") =>
        `/${groupVersion.includes("/") ? "apis" : "api"}/${groupVersion}/namespaces/${namespace}/${plural}`,
      request,
      get: (path, options) => request("GET", path, options),
      post: (path, body, options) => request("POST", path, { ...options, body }),
      put: (path, body, options) => request("PUT", path, { ...options, body }),
      delete: (path, body, options) => request("DELETE", path, { ...options, body }),
      merge: (path, body, options) =>
        request("PATCH", path, { contentType: "application/merge-patch+json", ...options, body }),
      jsonPatch: (path, body, options) =>
        request("PATCH", path, { contentType: "application/json-patch+json", ...options, body }),
      until,
      watch,
      define
    }
    yield* quietly("POST", "/api/v1/namespaces", { metadata: { name: namespace } })
    yield* Effect.gen(() => scenario.body(run))
    return steps
  }))
