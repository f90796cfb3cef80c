/** Reading the log of a container: one request, its bytes as they come, and the lines in them. */
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as KubeError from "../../protocol/KubeError.js"
import * as Request from "../../protocol/Request.js"
import type { KubeClient, Service } from "../KubeClient.js"
import { HeaderTimeout } from "./callSettings.js"
import type { Handle } from "./handle.js"
import { LogLines, type Take } from "./logLines.js"

// ------------------------------------------------------------------------------------------------ types

/** How the bytes of a log become lines. */
export interface LineOptions {
  /** Longer lines come in pieces of so many UTF-16 units, so that none is too long for memory. Default 1 Mi. */
  readonly maxLineLength?: number | undefined
}

/** A line with the time at which it was written. */
export interface LogLine {
  /**
   * RFC 3339 with nanoseconds, such as `2026-01-02T03:04:05.678901234Z`, which `Timestamp.parse` reads; undefined for what
   * the kubelet itself has to say.
   */
  readonly time: string | undefined
  /** What was written, without its end (`\n` or `\r\n`). */
  readonly line: string
  /** False for a piece of a long line that goes on in the next one. */
  readonly isWhole: boolean
}

type LogErrors = KubeError.NotFound | KubeError.Invalid | KubeError.Common

export interface Logs<out R = KubeClient> {
  /**
   * The log of one container, line by line, without the ends of the lines. What is not UTF-8 becomes U+FFFD. A reader that
   * is slow slows the container's node down and not the memory; when the stream is closed, so is its connection.
   *
   * `KubeNotFound`: there is no such Pod. `KubeStatusError` with code 400 and what the server says: the Pod has several
   * containers and none is named, there is none of that name, it waits to be started, there is no run before this one.
   * The log of a Pod that has no node yet is empty. A followed log may be silent for ever; where the connection of the
   * API server to the node breaks, it ends as if the container had.
   */
  readonly logs: {
    /** Each line with its time. */
    (
      name: string,
      options: Request.LogOptions & LineOptions & { readonly timestamps: true }
    ): Stream.Stream<LogLine, LogErrors, R>
    (
      name: string,
      options?: Request.LogOptions & LineOptions & { readonly timestamps?: false | undefined }
    ): Stream.Stream<string, LogErrors, R>
  }
  /** The same, byte for byte. */
  readonly logBytes: (name: string, options?: Request.LogOptions) => Stream.Stream<Uint8Array, LogErrors, R>
}

// ------------------------------------------------------------------------------------------------ bytes

/** A kubelet sends no headers before the first line, and a container that is followed may be silent for days. */
const open = <E>(client: Service, request: Request.Request<E>, follow: boolean) =>
  Effect.flatMap(HeaderTimeout, (timeout) => {
    const response = client.open(request)
    return follow && timeout === undefined
      ? Effect.provideService(response, HeaderTimeout, Duration.infinity)
      : response
  })

/** The bytes of a log. The stream owns its connection: the end of the one is the end of the other. */
export const bytes = <R>(
  handle: Handle<R>,
  name: string,
  options: Request.LogOptions | undefined
): Stream.Stream<Uint8Array, LogErrors, R> =>
  Stream.unwrapScoped(
    Effect.flatMap(handle.environment, ({ client, namespace }) =>
      Effect.flatMap(Request.logs(handle.resource, { namespace, name }, options), (request) =>
        Effect.map(open(client, request, options?.follow === true), (response) =>
          // The server says `text/plain` whatever the container wrote.
          response.contentType.startsWith("text/html")
            ? Stream.fail(
              new KubeError.TransportError({
                request: request.info,
                reason: "Protocol",
                description: `expected a log, found ${response.contentType}: is there a proxy in between?`
              })
            )
            : response.body)))
  )

// ------------------------------------------------------------------------------------------------ lines

/** A container runtime cuts lines too, far below this. */
const defaultMaxLineLength = 1024 * 1024

/** Cuts bytes into lines. Where they break off, what is there of a line comes before the failure. */
const cut = <A, E, R>(
  body: Stream.Stream<Uint8Array, E, R>,
  options: LineOptions | undefined,
  reader: (give: (line: A) => void) => Take
): Stream.Stream<A, E, R> =>
  Stream.suspend(() => {
    let out: Array<A> = []
    const lines = new LogLines(
      Math.max(1, Math.floor(options?.maxLineLength ?? defaultMaxLineLength)),
      reader((line) => out.push(line))
    )
    const taken = (): Chunk.Chunk<A> => {
      const given = out
      out = []
      return Chunk.unsafeFromArray(given)
    }
    const rest = Stream.suspend(() => {
      lines.end()
      return Stream.fromChunk(taken())
    })
    return body.pipe(
      Stream.mapChunks((chunks) => {
        for (const chunk of chunks) lines.push(chunk)
        return taken()
      }),
      Stream.catchAll((error) => Stream.concat(rest, Stream.fail(error))),
      Stream.concat(rest)
    )
  })

/** RFC 3339 with nanoseconds, as a kubelet writes it before each line. */
const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))(?: |$)/

/** Reads lines that begin with their time. */
const timed = (give: (line: LogLine) => void): Take => {
  /** The time of a line that goes on in the next piece. */
  let open: { readonly time: string | undefined } | undefined
  return (text, ends) => {
    const match = open === undefined ? stamped.exec(text) : null
    const time = open === undefined ? match?.[1] : open.time
    open = ends ? undefined : { time }
    give({ time, line: match === null ? text : text.slice(match[0].length), isWhole: ends })
  }
}

export const lines = <R>(
  handle: Handle<R>,
  name: string,
  options: (Request.LogOptions & LineOptions) | undefined
): Stream.Stream<string | LogLine, LogErrors, R> => {
  const body = bytes(handle, name, options)
  return options?.timestamps === true
    ? cut<LogLine, LogErrors, R>(body, options, timed)
    : cut<string, LogErrors, R>(body, options, (give) => give)
}
