/** Reading the answers of one request: whole lists, lists as streams, one watch. */
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as Framing from "../../protocol/Framing.js"
import { isFields } from "../../protocol/internal/actual.js"
import type { Codec } from "../../protocol/internal/codec.js"
import { decodeError, metadataOf } from "../../protocol/internal/decodeError.js"
import * as KubeError from "../../protocol/KubeError.js"
import type * as Request from "../../protocol/Request.js"
import type { KubeObject } from "../../protocol/Resource.js"
import * as Status from "../../protocol/Status.js"
import type { ResourceList, WatchEvent } from "../Api.js"
import type { Service } from "../KubeClient.js"
import { readBody } from "./body.js"
import { eachWithin } from "./deadline.js"
import { Pulse } from "./pulse.js"
import { toError } from "./refusals.js"

// ------------------------------------------------------------------------------------------------ errors

/** The error for an object that its schema refuses before it is sent, as the server would say it. */
export const invalid = (info: KubeError.RequestInfo, issues: ReadonlyArray<KubeError.Issue>): KubeError.Invalid =>
  new KubeError.Invalid({
    request: info,
    sent: false,
    status: {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      reason: "Invalid",
      code: 422,
      message: `${info.kind} ${JSON.stringify(info.name ?? "")} is invalid`,
      details: {
        name: info.name,
        group: info.group,
        kind: info.kind,
        causes: issues.map((issue) => ({
          reason: issue.actual === "nothing" ? "FieldValueRequired" : "FieldValueInvalid",
          field: KubeError.formatPath(issue.path),
          message: `expected ${issue.expected}, found ${issue.actual}`
        }))
      }
    }
  })

/** The error for bytes that could not be cut. */
export const framingError = (info: KubeError.RequestInfo, error: Framing.FramingError): KubeError.TransportError =>
  new KubeError.TransportError({
    request: info,
    reason: error.reason === "Truncated" ? "Reset" : "Protocol",
    description: error.description
  })

// ------------------------------------------------------------------------------------------------ lists

/** How long the next bytes of a list may take. Silence of a watch has rules of its own. */
const silence = Duration.seconds(60)

const stalled = (info: KubeError.RequestInfo): KubeError.TransportError =>
  new KubeError.TransportError({
    request: info,
    reason: "Timeout",
    description: `the list stalled for ${Duration.format(silence)}`
  })

interface Reader<K> {
  /** Objects that were read and not yet taken. */
  objects: Array<K>
  readonly push: (chunk: Uint8Array) => Failure | undefined
  /** Says that there are no more bytes, and answers what the list says of itself. */
  readonly end: () => NonNullable<Framing.ListHead["metadata"]> | Failure
}

const reader = <K>(info: KubeError.RequestInfo, codec: Codec<K>): Reader<K> => {
  const cutter = Framing.makeListCutter()
  let failure: KubeError.DecodeError | undefined
  const take = (items: ReadonlyArray<Framing.ListItem>): Failure | undefined => {
    for (let i = 0; i < items.length && failure === undefined; i++) {
      const item = items[i]!
      if (item._tag === "Unparsable") {
        failure = decodeError(info, undefined, [{ path: [], expected: "valid JSON", actual: "text that is none" }])
        break
      }
      const decoded = codec.decode(item.value, "item")
      if (Either.isRight(decoded)) self.objects.push(decoded.right)
      else failure = decodeError(info, item.value, decoded.left)
    }
    return failure ?? (cutter.failure === undefined ? undefined : framingError(info, cutter.failure))
  }
  const self: Reader<K> = {
    objects: [],
    push: (chunk) => take(cutter.push(chunk)),
    end: () => take(cutter.end()) ?? cutter.head.metadata ?? {}
  }
  return self
}

type Failure = KubeError.TransportError | KubeError.DecodeError

const isFailure = (u: unknown): u is Failure => KubeError.is(u)

/** Reads one list to its end, item by item as its bytes arrive. */
export const list = <E, K extends KubeObject>(
  client: Service,
  request: Request.Request<E>,
  codec: Codec<K>
): Effect.Effect<ResourceList<K>, E | KubeError.Common> =>
  Effect.scoped(Effect.gen(function*() {
    const response = yield* client.open(request)
    const items = reader(request.info, codec)
    const millis = Duration.toMillis(silence)
    const pulse = new Pulse(yield* Effect.clock, { silence: millis, least: millis, end: Infinity, grace: 0 })
    yield* readBody<KubeError.TransportError, Failure>(response.body, pulse, {
      take: (piece) => {
        const failure = items.push(piece)
        return failure === undefined ? Effect.void : Effect.fail(failure)
      },
      failed: Effect.fail,
      lost: () => Effect.fail(stalled(request.info))
    })
    const end = items.end()
    if (isFailure(end)) return yield* Effect.fail(end)
    const { continue: token, remainingItemCount, resourceVersion = "" } = end
    return {
      items: items.objects,
      metadata: {
        resourceVersion,
        ...(token === undefined ? undefined : { continue: token }),
        ...(remainingItemCount === undefined ? undefined : { remainingItemCount })
      }
    }
  }))

/** One answer as a stream; at its end it tells the token of the next one. */
const page = <E, K extends KubeObject>(
  client: Service,
  request: Request.Request<E>,
  codec: Codec<K>,
  ended: (token: string | undefined) => void
): Stream.Stream<K, E | KubeError.Common> =>
  Stream.unwrapScoped(Effect.map(client.open(request), (response) => {
    const items = reader(request.info, codec)
    const taken = (): Chunk.Chunk<K> => {
      const objects = items.objects
      items.objects = []
      return Chunk.unsafeFromArray(objects)
    }
    // Objects that came before a failure are handed over first.
    let failure: Failure | undefined
    const body = Stream.mapChunks(eachWithin(silence, () => stalled(request.info))(response.body), (chunks) => {
      for (const chunk of chunks) {
        failure = items.push(chunk)
        if (failure !== undefined) break
      }
      return taken()
    })
    const last = Stream.suspend((): Stream.Stream<K, Failure> => {
      const end = failure ?? items.end()
      if (!isFailure(end)) ended(end.continue)
      const rest = Stream.fromChunk(taken())
      return isFailure(end) ? Stream.concat(rest, Stream.fail(end)) : rest
    })
    return Stream.concat(untilFailure(body, () => failure !== undefined), last)
  }))

/** A list as one stream, item by item as its bytes arrive. What a server has cut by itself is asked for when the rest has been taken. */
export const stream = <E, E2, K extends KubeObject>(
  client: Service,
  request: (token: string | undefined) => Effect.Effect<Request.Request<E>, E2>,
  codec: Codec<K>
): Stream.Stream<K, E | E2 | KubeError.Common> => {
  const from = (token: string | undefined): Stream.Stream<K, E | E2 | KubeError.Common> =>
    Stream.unwrap(Effect.map(request(token), (request) => {
      let next: string | undefined
      const one = page(client, request, codec, (token) => {
        next = token
      })
      return Stream.concat(one, Stream.suspend(() => next === undefined ? Stream.empty : from(next)))
    }))
  return from(undefined)
}

// ------------------------------------------------------------------------------------------------ watch

/** KEP-3157: the bookmark that ends the present state of a watch which began with it. */
export const initialEventsEnd = "k8s.io/initial-events-end"

/** Of a bookmark only its version and annotations are read. */
export const readBookmark = (
  object: unknown
): { readonly resourceVersion: string; readonly initialEventsEnd: boolean } => {
  const { annotations, resourceVersion } = metadataOf(object)
  return {
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
    initialEventsEnd: isFields(annotations) && annotations[initialEventsEnd] === "true"
  }
}

/** The error that an ERROR event stands for. */
export const eventError = <E>(request: Request.Request<E>, object: unknown): E | KubeError.Common => {
  const status = Status.isStatus(object)
    ? Status.fromJson(object, 500, request.method)
    : Status.fromText(JSON.stringify(object) ?? "", 500, request.method)
  return toError(request, status)
}

/** An event; undefined for what says nothing: a bookmark without a version, a type of event that is not known yet. */
const readEvent = <E, K>(
  request: Request.Request<E>,
  codec: Codec<K>,
  line: string
): WatchEvent<K> | E | KubeError.Common | undefined => {
  let frame: unknown
  try {
    frame = JSON.parse(line)
  } catch {
    return new KubeError.TransportError({
      request: request.info,
      reason: "Protocol",
      description: "a line of the watch is not valid JSON"
    })
  }
  const type = isFields(frame) ? frame["type"] : undefined
  const object = isFields(frame) ? frame["object"] : undefined
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED": {
      const decoded = codec.decode(object, "served")
      return Either.isRight(decoded) ? { type, object: decoded.right } : decodeError(request.info, object, decoded.left)
    }
    case "BOOKMARK": {
      const bookmark = readBookmark(object)
      return bookmark.resourceVersion === "" ? undefined : { type, ...bookmark }
    }
    case "ERROR":
      return eventError(request, object)
    default:
      return typeof type === "string" ? undefined : new KubeError.TransportError({
        request: request.info,
        reason: "Protocol",
        description: "expected a watch event, found JSON without a type"
      })
  }
}

/** One watch to its end. */
export const watch = <E, K extends KubeObject>(
  client: Service,
  request: Request.Request<E>,
  codec: Codec<K>
): Stream.Stream<WatchEvent<K>, E | KubeError.Common> =>
  Stream.unwrapScoped(Effect.map(client.open(request), (response) => {
    const splitter = Framing.makeLineSplitter()
    // What came before a failure is handed over first: the failure then waits for the next chunk.
    let failure: E | KubeError.Common | undefined
    const events = Stream.mapChunks(response.body, (chunks) => {
      const events: Array<WatchEvent<K>> = []
      for (const chunk of chunks) {
        for (const line of splitter.push(chunk)) {
          const event = readEvent(request, codec, line)
          if (event === undefined) continue
          if (isEvent<K>(event)) events.push(event)
          else {
            failure = event
            break
          }
        }
        if (failure === undefined && splitter.failure !== undefined) {
          failure = framingError(request.info, splitter.failure)
        }
        if (failure !== undefined) break
      }
      return Chunk.unsafeFromArray(events)
    })
    return Stream.concat(
      untilFailure(events, () => failure !== undefined),
      Stream.suspend(() => failure === undefined ? Stream.empty : Stream.fail(failure))
    )
  }))

/** Ends a stream behind the chunk that made the condition true, which may be an empty one. */
const untilFailure = <A, E>(self: Stream.Stream<A, E>, failed: () => boolean): Stream.Stream<A, E> =>
  Stream.flattenChunks(Stream.takeUntil(Stream.chunks(self), failed))

const isEvent = <K>(u: unknown): u is WatchEvent<K> => isFields(u) && typeof u["type"] === "string"
