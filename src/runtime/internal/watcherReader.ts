/**
 * Makes the watcher's requests and reads their answers: tells the machine what happens, and hands the consumer chunks
 * of events. Each method returns when the machine wants another request.
 */
import * as Chunk from "effect/Chunk"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { readBody } from "../../client/internal/body.js"
import { now, Pulse } from "../../client/internal/pulse.js"
import * as reading from "../../client/internal/reading.js"
import { type ByteResponse, Retry, type Service } from "../../client/KubeClient.js"
import * as Framing from "../../protocol/Framing.js"
import { isFields } from "../../protocol/internal/actual.js"
import type { Codec } from "../../protocol/internal/codec.js"
import * as KubeError from "../../protocol/KubeError.js"
import * as Request from "../../protocol/Request.js"
import type { Event } from "../Watcher.js"
import { type Deadline, InitialEvents } from "./initialEvents.js"
import { sendsListsAsStreams } from "./serverVersion.js"
import * as watcherFrames from "./watcherFrames.js"
import type * as watcherState from "./watcherState.js"
import type { Failure } from "./watcherTable.js"

/** What is followed, and through which client. */
export interface Target<K> {
  readonly client: Service
  readonly resource: Request.Target
  readonly namespace: string | undefined
  readonly codec: Codec<K>
}

export interface ReaderSettings {
  readonly labels: string | undefined
  readonly fields: string | undefined
  readonly initialList: "auto" | "streamed" | "paged" | "watchList"
  readonly pageSize: number
  readonly managedFields: "keep" | "drop"
  /** Undefined: at random each time. */
  readonly timeout: Duration.Duration | undefined
  /** In milliseconds, as the following. */
  readonly shortWatch: number
  readonly silence: { readonly afterTimeout: number; readonly withBookmarks: number; readonly list: number }
  readonly watchListDeadline: Deadline
}

/** Takes a chunk of events; the reading waits for it. */
export type Sink<K> = (events: ReadonlyArray<Event<K>>) => Effect.Effect<void>

/** What reads connections asks of what decides about them. */
export interface ReaderDriver {
  readonly advance: (input: watcherState.Input) => watcherState.Output
  /** Tells the consumer the events of a step, and the log what there is to say. */
  readonly say: (output: watcherState.Output) => Effect.Effect<void>
  /** The server answers as it should. */
  readonly healthy: () => void
}

type Output = watcherState.Output
type ListRequest = Extract<watcherState.Request, { readonly _tag: "List" }>
type Bytes = Stream.Stream<Uint8Array, Failure>

/** The way out of a connection: what the machine wants instead. */
export class Leave {
  readonly _tag = "Leave"
  constructor(readonly output: Output) {}
}

/** Sends a request once: the machine has a schedule of its own for failures, and the client's would multiply with it. */
const once = Effect.provideService(Retry, "off")

const open = <E>(
  client: Service,
  request: Request.Request<E>
): Effect.Effect<ByteResponse, E | KubeError.Common, Scope.Scope> => once(client.open(request))

/** The `timeoutSeconds` of a watch, where the caller does not say (W1). */
const timeoutSeconds = Random.nextIntBetween(300, 601)

export class Reader<K> {
  private readonly where: Request.Place
  private readonly parsing: watcherFrames.Parsing
  private readonly selection: { readonly labels: string | undefined; readonly fields: string | undefined }

  constructor(
    private readonly target: Target<K>,
    private readonly settings: ReaderSettings,
    private readonly clock: Clock.Clock,
    private readonly sink: Sink<K>,
    private readonly driver: ReaderDriver
  ) {
    this.where = { namespace: target.namespace }
    this.parsing = watcherFrames.parsing(settings.managedFields)
    this.selection = { labels: settings.labels, fields: settings.fields }
  }

  perform(request: watcherState.Request): Effect.Effect<Output, Leave, Scope.Scope> {
    switch (request._tag) {
      case "List":
        return this.list(request)
      case "WatchList":
        return this.watch(request.resourceVersion ?? "", new InitialEvents(this.clock, this.settings.watchListDeadline))
      case "Watch":
        return this.watch(request.resourceVersion, undefined)
    }
  }

  // ---------------------------------------------------------------------------------------------- telling the machine

  private tell(input: watcherState.Input): Effect.Effect<void, Leave> {
    return Effect.suspend(() => this.follow(this.driver.advance(input)))
  }

  private follow(output: Output): Effect.Effect<void, Leave> {
    if (output.next._tag === "Go") return Effect.fail(new Leave(output))
    const said = this.driver.say(output)
    return output.next._tag === "Confirm" ? Effect.zipRight(said, this.confirm) : said
  }

  private orLeave<A, R>(effect: Effect.Effect<A, Failure, R>): Effect.Effect<A, Leave, R> {
    return Effect.catchAll(effect, (error) => Effect.fail(new Leave(this.driver.advance({ _tag: "Failed", error }))))
  }

  private transportError(
    request: KubeError.RequestInfo,
    reason: KubeError.TransportReason,
    description: string
  ): KubeError.TransportError {
    return new KubeError.TransportError({ request, reason, description })
  }

  // ---------------------------------------------------------------------------------------------- reading

  private read(
    request: KubeError.RequestInfo,
    bytes: Bytes,
    pulse: Pulse,
    take: (piece: Uint8Array) => Effect.Effect<void, Leave>
  ): Effect.Effect<void, Leave> {
    return readBody(bytes, pulse, {
      take,
      failed: (error) => this.orLeave(Effect.fail(error)),
      lost: (millis) => {
        const silence = Duration.format(Duration.seconds(Math.round(millis / 1000)))
        const error = this.transportError(request, "Timeout", `nothing came for ${silence}: the connection is given up`)
        return Effect.fail(new Leave(this.driver.advance({ _tag: "Silent", error })))
      }
    })
  }

  // ---------------------------------------------------------------------------------------------- lists

  private isPaged(request: ListRequest): Effect.Effect<boolean, Leave> {
    if (request.whole) return Effect.succeed(false)
    switch (this.settings.initialList) {
      case "streamed":
        return Effect.succeed(false)
      case "paged":
        return Effect.succeed(true)
      default: // also where a watch-list was asked for, and the server cannot
        return Effect.map(this.orLeave(once(sendsListsAsStreams(this.target.client))), (streams) => !streams)
    }
  }

  private listRequest(
    request: ListRequest,
    paged: boolean
  ): Effect.Effect<Request.Request<KubeError.Expired>, KubeError.StatusError> {
    return Request.list(this.target.resource, this.where, {
      ...this.selection,
      limit: paged ? this.settings.pageSize : undefined,
      continue: request.continue,
      resourceVersion: request.resourceVersion
    })
  }

  private list(first: ListRequest): Effect.Effect<Output, Leave, Scope.Scope> {
    return Effect.gen(this, function*() {
      const paged = yield* this.isPaged(first)
      let request = first
      let ahead: Ahead | undefined
      while (true) {
        const prepared = yield* this.orLeave(this.listRequest(request, paged))
        const body: Bytes = ahead === undefined
          ? (yield* this.orLeave(open(this.target.client, prepared))).body
          : Stream.unwrap(Effect.map(ahead, Stream.fromChunk))
        this.driver.healthy()
        const page = yield* this.page(prepared, body, this.fetch(request, paged))
        const output = this.driver.advance({
          _tag: "PageEnd",
          resourceVersion: page.resourceVersion,
          continue: page.token
        })
        if (
          output.next._tag !== "Go" || output.next.request._tag !== "List" || output.next.request.continue === undefined
        ) return output
        if (output.events.length > 0) yield* this.driver.say(output)
        request = output.next.request
        ahead = page.ahead
      }
    })
  }

  /** Asks for the next page while this one is read: its bytes are kept, so never more than one page is ahead. */
  private fetch(request: ListRequest, paged: boolean) {
    return (token: string): Effect.Effect<Ahead, never, Scope.Scope> => {
      // Not the fiber's result: the Scope of the list knows the fiber to its end, and would keep the bytes of all pages.
      let bytes = Chunk.empty<Uint8Array>()
      const next = this.listRequest({ ...request, resourceVersion: undefined, continue: token }, paged)
      const load = Effect.scoped(
        Effect.flatMap(
          next,
          (prepared) =>
            Effect.flatMap(
              open(this.target.client, prepared),
              (response) =>
                Effect.map(Stream.runCollect(response.body), (all) => {
                  bytes = all
                })
            )
        )
      )
      return Effect.map(Effect.forkScoped(load), (fiber) =>
        Effect.map(Fiber.join(fiber), () => {
          const all = bytes
          bytes = Chunk.empty()
          return all
        }))
    }
  }

  private page(
    request: Request.Request<KubeError.Expired>,
    body: Bytes,
    fetch: (token: string) => Effect.Effect<Ahead, never, Scope.Scope>
  ) {
    return Effect.gen(this, function*() {
      const scope = yield* Effect.scope
      const cutter = watcherFrames.listCutter(this.parsing)
      const { list: silence } = this.settings.silence
      const pulse = new Pulse(this.clock, { silence, least: silence, end: Infinity, grace: 0 })
      let resourceVersion: string | undefined
      let ahead: Ahead | undefined

      // What the head says is told before the items: so the consumer knows why they come, and the next page is on its way.
      const head = Effect.suspend(() => {
        const metadata = cutter.head.metadata
        if (resourceVersion !== undefined || metadata?.resourceVersion === undefined) return Effect.void
        resourceVersion = metadata.resourceVersion
        const told = this.tell({ _tag: "PageMeta", resourceVersion })
        if (metadata.continue === undefined) return told
        return Effect.zipRight(
          told,
          Effect.map(Scope.extend(fetch(metadata.continue), scope), (next) => {
            ahead = next
          })
        )
      })
      const items = (cut: ReadonlyArray<Framing.ListItem>): Effect.Effect<void, Leave> => {
        if (cut.length === 0) return Effect.void
        const events = watcherFrames.items(this.target.codec, request, cut)
        return Effect.zipRight(this.tell({ _tag: "Items" }), this.sink(events))
      }
      const broken = Effect.suspend(() => {
        const { failure } = cutter
        if (failure === undefined) return Effect.void
        return failure.reason === "Truncated"
          ? this.tell({ _tag: "Closed", short: false })
          : this.orLeave(Effect.fail(reading.framingError(request.info, failure)))
      })
      const take = (cut: ReadonlyArray<Framing.ListItem>) => Effect.zipRight(head, Effect.zipRight(items(cut), broken))

      yield* this.read(request.info, body, pulse, (bytes) => take(cutter.push(bytes)))
      yield* take(cutter.end())
      if (resourceVersion === undefined) {
        return yield* this.orLeave(
          Effect.fail(this.transportError(request.info, "Protocol", "the list has no resourceVersion"))
        )
      }
      return { resourceVersion, token: cutter.head.metadata?.continue, ahead }
    })
  }

  // ---------------------------------------------------------------------------------------------- watches

  /** `initial`: it begins with everything that there is. */
  private watch(
    resourceVersion: string,
    initial: InitialEvents | undefined
  ): Effect.Effect<Output, Leave, Scope.Scope> {
    return Effect.gen(this, function*() {
      const { client, resource } = this.target
      const { shortWatch, silence } = this.settings
      const timeout = this.settings.timeout ?? Duration.seconds(yield* timeoutSeconds)
      const request = yield* this.orLeave(
        Request.watch(resource, this.where, resourceVersion, {
          ...this.selection,
          timeout,
          sendInitialEvents: initial !== undefined
        })
      )
      const asked = now(this.clock)
      const response = yield* this.orLeave(open(client, request))
      this.driver.healthy()
      yield* this.tell({ _tag: "WatchOpened" })

      const splitter = Framing.makeLineSplitter()
      const pulse = new Pulse(this.clock, {
        silence: initial === undefined ? Infinity : silence.list,
        least: initial === undefined ? silence.withBookmarks : Math.min(silence.list, silence.withBookmarks),
        end: asked + Duration.toMillis(timeout) + silence.afterTimeout,
        grace: silence.afterTimeout
      })
      const take = (lines: ReadonlyArray<string>): Effect.Effect<void, Leave> => {
        const frames = watcherFrames.frames(this.target.codec, request, lines, this.parsing)
        if (frames.bookmark) pulse.expect(silence.withBookmarks)
        return this.take(
          frames,
          splitter.failure === undefined ? undefined : reading.framingError(request.info, splitter.failure)
        )
      }
      const takeInitial = (lines: ReadonlyArray<string>, initial: InitialEvents): Effect.Effect<void, Leave> => {
        const frames = watcherFrames.frames(this.target.codec, request, lines, this.parsing, true)
        initial.received(frames.events.length)
        const handed = this.initialEvents(frames, initial)
        if (frames.end?._tag !== "InitialEventsEnd") return Effect.zipRight(handed, noEnd)
        pulse.expect(silence.withBookmarks)
        return Effect.zipRight(handed, Effect.suspend(() => take(lines.slice(frames.read))))
      }
      const noEnd = Effect.suspend(() =>
        splitter.failure === undefined
          ? Effect.void
          : this.tell({ _tag: "BadFrame", error: reading.framingError(request.info, splitter.failure) })
      )
      const ended = this.read(request.info, response.body, pulse, (bytes) => {
        const lines = splitter.push(bytes)
        if (lines.length === 0 && splitter.failure === undefined) return Effect.void
        return initial?.areRunning === true ? takeInitial(lines, initial) : take(lines)
      })
      yield* initial === undefined ? ended : this.inTime(ended, initial)
      return this.driver.advance({ _tag: "Closed", short: now(this.clock) - asked < shortWatch })
    })
  }

  private inTime(reading: Effect.Effect<void, Leave>, initial: InitialEvents): Effect.Effect<void, Leave> {
    const late = Effect.flatMap(initial.late, () => Effect.fail(new Leave(this.driver.advance({ _tag: "Late" }))))
    return Effect.raceFirst(Effect.interruptible(reading), Effect.interruptible(late))
  }

  /** Initial events go to the consumer as pages of a list; their end is told only after them. */
  private initialEvents({ end, events }: watcherFrames.Frames<K>, initial: InitialEvents): Effect.Effect<void, Leave> {
    const handed = events.length === 0
      ? Effect.void
      : Effect.zipRight(this.tell({ _tag: "Items" }), this.sink(watcherFrames.asInitial(events)))
    return Effect.suspend(() => {
      initial.busy()
      return Effect.zipRight(
        handed,
        Effect.suspend(() => {
          initial.idle()
          if (end === undefined) return Effect.void
          if (end._tag === "InitialEventsEnd") initial.end()
          return this.tell(end)
        })
      )
    })
  }

  /** What a chunk brought goes to the consumer; then the machine hears how far it came, and what ended the watch. */
  private take(
    { bookmark, end, event, events, resourceVersion }: watcherFrames.Frames<K>,
    broken: Failure | undefined
  ): Effect.Effect<void, Leave> {
    let effect: Effect.Effect<void, Leave> = events.length === 0 ? Effect.void : this.sink(events)
    if (event || bookmark) {
      effect = Effect.zipRight(effect, this.tell({ _tag: "Advanced", resourceVersion, event, bookmark }))
    }
    if (end !== undefined) effect = Effect.zipRight(effect, this.tell(end))
    else if (broken !== undefined) effect = Effect.zipRight(effect, this.tell({ _tag: "BadFrame", error: broken }))
    return effect
  }

  /** How new is the server? A consistent list of at most one object tells (W36). */
  private readonly confirm: Effect.Effect<void, Leave> = Effect.suspend(() => {
    const { client, resource } = this.target
    const answer = Effect.flatMap(
      Request.list(resource, this.where, { ...this.selection, limit: 1 }),
      (request) =>
        Effect.timeoutFail(once(client.execute(request)), {
          duration: Duration.millis(this.settings.silence.list),
          onTimeout: () => this.transportError(request.info, "Timeout", "the answer did not come to its end in time")
        })
    )
    return Effect.flatMap(this.orLeave(answer), ({ body }) => {
      const metadata = isFields(body) && isFields(body["metadata"]) ? body["metadata"] : {}
      const resourceVersion = typeof metadata["resourceVersion"] === "string" ? metadata["resourceVersion"] : ""
      return this.tell({ _tag: "Confirmed", resourceVersion })
    })
  })
}

/** The bytes of a page, once they are there. */
type Ahead = Effect.Effect<Chunk.Chunk<Uint8Array>, Failure>
