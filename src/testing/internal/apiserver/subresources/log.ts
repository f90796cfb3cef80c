/**
 * Logs of containers: which container is meant, which lines of it, and a stream that goes on while the container does.
 * Refusals are those of a kube-apiserver, and of the kubelet that it would ask.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { forbidden, invalid } from "../../structural/fieldError.js"
import { time } from "../../structural/metadataDecode.js"
import { type Answer, type Call } from "../answers.js"
import type { LogInstance, LogLine } from "../containerLogs.js"
import { child, type JsonObject } from "../json.js"
import { objects, textOf } from "../members.js"
import { flag, integer } from "../options.js"
import type { Server } from "../server.js"
import * as status from "../status.js"
import type { Entry } from "../storage.js"
import { containerOf } from "./containers.js"
import type { Handler } from "./subresource.js"

interface LogOptions {
  readonly container: string
  readonly follow: boolean
  readonly previous: boolean
  readonly timestamps: boolean
  readonly tailLines: number | undefined
  readonly limitBytes: number | undefined
  /** Milliseconds since 1970. */
  readonly since: number | undefined
}

const sinceOf = (seconds: number | undefined, at: string, now: number): number | undefined => {
  if (at !== "") return Date.parse(at)
  return seconds === undefined ? undefined : now - seconds * 1000
}

const optionsOf = ({ now, query }: Call, pod: string): LogOptions => {
  const tailLines = integer(query, "tailLines")
  const limitBytes = integer(query, "limitBytes")
  const sinceSeconds = integer(query, "sinceSeconds")
  const sinceTime = query.get("sinceTime") ?? ""
  const since = sinceTime === "" ? "" : readTime(sinceTime)
  const causes = [
    ...(tailLines !== undefined && tailLines < 0
      ? [invalid("tailLines", tailLines, "must be greater than or equal to 0")]
      : []),
    ...(limitBytes !== undefined && limitBytes < 1
      ? [invalid("limitBytes", limitBytes, "must be greater than 0")]
      : []),
    ...(sinceSeconds !== undefined && sinceTime !== ""
      ? [forbidden("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified")]
      : sinceSeconds !== undefined && sinceSeconds < 1
      ? [invalid("sinceSeconds", sinceSeconds, "must be greater than 0")]
      : []),
    ...(query.has("stream") ? [forbidden("stream", "may not be specified")] : [])
  ]
  if (causes.length > 0) throw status.invalid("", "PodLogOptions", pod, causes)
  return {
    container: query.get("container") ?? "",
    follow: flag(query, "follow"),
    previous: flag(query, "previous"),
    timestamps: flag(query, "timestamps"),
    tailLines,
    limitBytes,
    since: sinceOf(sinceSeconds, since, now)
  }
}

/** A time of a query; what is none is refused with the reason of the server's reader. */
const readTime = (text: string): string => {
  try {
    return time._tag === "Special" ? String(time.read(text)) : text
  } catch (cause) {
    throw status.badRequest(cause instanceof Error ? cause.message : String(cause))
  }
}

const statusOfContainer = (pod: Entry, container: string): JsonObject | undefined =>
  ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]
    .flatMap((list) => objects(child(pod.object, "status"), list))
    .find((each) => textOf(each, "name") === container)

const pulls: { readonly [reason: string]: string } = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: "trying and failing to pull image"
}

/** Why a kubelet has no log of a container; nothing where it has one, which may be empty. */
const whyNone = (pod: Entry, container: string, previous: boolean): string | undefined => {
  const subject = `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.name)}`
  const now = statusOfContainer(pod, container)
  if (now === undefined) return `${subject} is not available`
  const state = child(now, "state")
  const ended = child(state, "terminated")
  const last = child(child(now, "lastState"), "terminated")
  const lastHas = textOf(last, "containerID") !== ""
  if (previous) return lastHas ? undefined : `previous terminated ${subject} not found`
  if (child(state, "running") !== undefined) return undefined
  if (ended !== undefined) {
    return textOf(ended, "containerID") !== "" || lastHas ? undefined : `${subject} is terminated`
  }
  if (last !== undefined) return lastHas ? undefined : `${subject} is terminated`
  const waiting = child(state, "waiting")
  if (waiting === undefined) return `${subject} is waiting to start - no logs yet`
  const reason = textOf(waiting, "reason")
  return `${subject} is waiting to start: ${pulls[reason] ?? reason}`
}

const nothing: LogInstance = { lines: [], forgotten: 0, ended: false }

/** What a container has written; no instance where there is nobody to ask. */
const instanceOf = (
  server: Server,
  pod: Entry,
  container: string,
  previous: boolean,
  now: number
): LogInstance | undefined => {
  const written = server.logs.read(pod, container, previous)
  if (written !== undefined) return written
  const given = server.settings.logs?.({ pod: pod.object, container, previous })
  if (given !== undefined) {
    return { lines: given.map((text) => ({ at: now, text })), forgotten: 0, ended: true }
  }
  const isWritten = server.logs.read(pod, container, false) !== undefined
  const node = textOf(child(pod.object, "spec"), "nodeName")
  if (!isWritten && node === "") return undefined
  if (!isWritten && server.storage.get("/nodes", "", node) === undefined) {
    throw status.notFound({ group: "", resource: "pods" }, node)
  }
  const why = whyNone(pod, container, previous)
  if (isWritten && previous) {
    throw status.badRequest(
      `previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.name)} not found`
    )
  }
  if (why !== undefined) throw status.badRequest(why)
  return nothing
}

/** Nanoseconds, of which this clock has no more than milliseconds. */
const stamp = (at: number): string => new Date(at).toISOString().replace("Z", "000000Z")

/** Lines as bytes, up to a limit. */
class Writer {
  #left: number
  readonly #encoder = new TextEncoder()

  constructor(readonly options: LogOptions) {
    this.#left = options.limitBytes ?? Number.MAX_SAFE_INTEGER
  }

  get isFull(): boolean {
    return this.#left === 0
  }

  write(lines: ReadonlyArray<LogLine>): Uint8Array {
    const { since, timestamps } = this.options
    const text = lines.filter((line) => since === undefined || line.at >= since)
      .map((line) => `${timestamps ? `${stamp(line.at)} ` : ""}${line.text}\n`).join("")
    const bytes = this.#encoder.encode(text).subarray(0, this.#left)
    this.#left -= bytes.length
    return bytes
  }
}

const hasEnded = (server: Server, pod: Entry, container: string): boolean => {
  const entry = server.storage.get(pod.resource, pod.namespace, pod.name)
  if (entry === undefined || entry.object["metadata"] === undefined) return true
  const state = child(statusOfContainer(entry, container), "state")
  return child(state, "terminated") !== undefined
}

/** The log from a position on, for as long as the container runs. */
const followed = (
  server: Server,
  pod: Entry,
  container: string,
  first: LogInstance,
  writer: Writer,
  position: number
): Stream.Stream<Uint8Array> => {
  let instance: LogInstance | undefined = first === nothing ? undefined : first
  let next = position
  const changed = Effect.async<void>((resume) => {
    const stop = server.logs.listen(() => {
      stop()
      resume(Effect.void)
    })
    // What came since the last look must not be waited for.
    const now = server.logs.read(pod, container, false)
    const isMore = now !== undefined && (now !== instance || now.ended || now.forgotten + now.lines.length > next)
    if (isMore || hasEnded(server, pod, container)) {
      stop()
      resume(Effect.void)
    }
    return Effect.sync(stop)
  })
  const pull: Effect.Effect<Uint8Array, Option.Option<never>> = Effect.suspend(() => {
    instance ??= server.logs.read(pod, container, false)
    if (instance !== undefined) {
      const lines = instance.lines.slice(Math.max(0, next - instance.forgotten))
      next = instance.forgotten + instance.lines.length
      const bytes = writer.write(lines)
      if (bytes.length > 0) return Effect.succeed(bytes)
    }
    return writer.isFull || instance?.ended === true || hasEnded(server, pod, container)
      ? Effect.fail(Option.none())
      : Effect.zipRight(changed, pull)
  })
  return Stream.repeatEffectOption(pull)
}

const plain = { "content-type": "text/plain" }

const answer = (server: Server, pod: Entry, options: LogOptions, now: number): Answer => {
  const container = containerOf(pod, options.container)
  const instance = instanceOf(server, pod, container, options.previous, now)
  if (instance === undefined) return { status: 204, headers: {}, warnings: [], body: "" }
  const writer = new Writer(options)
  const { tailLines } = options
  const total = instance.lines.length
  const start = tailLines === undefined ? 0 : Math.max(0, total - tailLines)
  const head = { status: 200, headers: plain, warnings: [] }
  if (options.follow && !options.previous) {
    return { ...head, body: followed(server, pod, container, instance, writer, instance.forgotten + start) }
  }
  return { ...head, body: new TextDecoder().decode(writer.write(instance.lines.slice(start))) }
}

export const readLog: Handler = ({ call, name, namespace, served, server }) =>
  Effect.sync(() => {
    const options = optionsOf(call, name)
    return answer(server, server.registry.find(served, namespace, name), options, call.now)
  })
