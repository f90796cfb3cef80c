/** What `Watcher` and `Reflector` share: from a handle and options to a driver. The casts cross from typed handles to their one class. */
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import * as Stream from "effect/Stream"
import type * as Api from "../../client/Api.js"
import type { Handle } from "../../client/internal/handle.js"
import { CodecId, type WithCodec } from "../../protocol/internal/codec.js"
import type { Event, Options } from "../Watcher.js"
import { defaultBackoff, drive, type Settings } from "./watcherDriver.js"
import type { Sink, Target } from "./watcherReader.js"

export { defaultBackoff }

const millis = (input: Duration.DurationInput | undefined, fallback: Duration.DurationInput): number =>
  Duration.toMillis(input ?? fallback)

/** Throws a `TypeError` for options that cannot be meant. */
const check = (options: Options): Options => {
  const { pageSize } = options
  if (pageSize !== undefined && !(Number.isSafeInteger(pageSize) && pageSize > 0)) {
    throw new TypeError(`pageSize: expected a positive integer, found ${pageSize}`)
  }
  return options
}

const settings = (options: Options): Settings => ({
  labels: options.labels === undefined ? undefined : String(options.labels),
  fields: options.fields === undefined ? undefined : String(options.fields),
  semantics: options.semantics ?? "consistent",
  initialList: options.initialList ?? "auto",
  pageSize: options.pageSize ?? 500,
  timeout: options.timeout === undefined ? undefined : Duration.decode(options.timeout),
  backoff: options.backoff ?? defaultBackoff,
  healthyAfter: millis(options.healthyAfter, "2 minutes"),
  shortWatch: millis(options.shortWatch, "1 second"),
  silence: {
    afterTimeout: millis(options.silence?.afterTimeout, "10 seconds"),
    withBookmarks: millis(options.silence?.withBookmarks, "3 minutes"),
    list: millis(options.silence?.list, "1 minute")
  }
})

/** Where a handle leads: its client, and its namespace, which may be that of the client's context. */
const target = <K, R>(api: Api.Of<K, R>): Effect.Effect<Target<K>, never, R> =>
  Effect.map((api as unknown as Handle<R>).environment, ({ client, namespace }) => ({
    client,
    namespace,
    resource: api.resource,
    codec: (api.resource as unknown as WithCodec<K>)[CodecId]
  }))

/**
 * Follows a handle for ever; the sink gets chunks of events. It can be interrupted also where it is forked by what
 * acquires a resource: a fiber inherits from there that it cannot be, and then the Scope could never be closed.
 */
export const follow = <K, R>(api: Api.Of<K, R>, options: Options, sink: Sink<K>): Effect.Effect<never, never, R> => {
  const checked = settings(check(options))
  return Effect.interruptible(Effect.flatMap(target(api), (target) => drive(target, checked, sink)))
}

/** Chunks of events that a consumer may be behind by, before the reading waits for it. */
const chunksAhead = 16

export const watch = <K, R>(api: Api.Of<K, R>, options: Options): Stream.Stream<Event<K>, never, R> => {
  check(options)
  return Stream.unwrapScoped(Effect.gen(function*() {
    const mailbox = yield* Mailbox.make<ReadonlyArray<Event<K>>>(chunksAhead)
    const following = follow(api, options, (events) => Effect.asVoid(mailbox.offer(events)))
    // It ends by a defect alone, which is then that of the stream.
    yield* Effect.forkScoped(Effect.onExit(following, (exit) => mailbox.done(exit)))
    return Stream.mapChunks(Mailbox.toStream(mailbox), (chunks) => Chunk.flatMap(chunks, Chunk.unsafeFromArray))
  }))
}

export const mapObject = <K, A>(event: Event<K>, f: (object: K) => A): Event<A> => {
  switch (event._tag) {
    case "Applied":
    case "Deleted":
      return { _tag: event._tag, object: f(event.object) }
    case "InitPage":
      return { _tag: "InitPage", objects: event.objects.map(f) }
    default:
      return event
  }
}
