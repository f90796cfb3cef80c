/**
 * What containers have written, as the tests say it: nothing here runs a process. A log belongs to one instance of a
 * container; the instance before the present one can still be read (`previous`), and all of it goes with the Pod.
 */
import { uidOf } from "./objectMeta.js"
import type { Entry, Storage } from "./storage.js"

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Without the end of the line. */
  readonly text: string
}

/** One run of a container, from its start to its end. */
export interface LogInstance {
  readonly lines: ReadonlyArray<LogLine>
  /** How many lines before those were forgotten. */
  readonly forgotten: number
  readonly ended: boolean
}

/** A node keeps so many lines of an instance at least, and forgets older ones. */
const kept = 10_000

interface Instance extends LogInstance {
  lines: Array<LogLine>
  ended: boolean
  forgotten: number
}

interface Logs {
  previous: Instance | undefined
  present: Instance | undefined
}

const pods = "/pods"

export class ContainerLogs {
  readonly #logs = new Map<string, Map<string, Logs>>()
  readonly #listeners = new Set<() => void>()

  constructor(storage: Storage) {
    storage.listen(pods, ({ entry, type }) => {
      if (type === "DELETED") this.#logs.delete(uidOf(entry.object))
      this.#tell()
    })
  }

  write(pod: Entry, container: string, lines: ReadonlyArray<string>, now: number): void {
    const logs = this.#of(pod, container)
    if (logs.present === undefined || logs.present.ended) {
      logs.previous = logs.present
      logs.present = { lines: [], ended: false, forgotten: 0 }
    }
    for (const text of lines) logs.present.lines.push({ at: now, text })
    const surplus = logs.present.lines.length - kept
    if (surplus > kept) {
      logs.present.lines = logs.present.lines.slice(surplus)
      logs.present.forgotten += surplus
    }
    this.#tell()
  }

  /** The present instance ends: what is written after this is of the next. */
  end(pod: Entry, container: string): void {
    const logs = this.#of(pod, container)
    logs.present ??= { lines: [], ended: false, forgotten: 0 }
    logs.present.ended = true
    this.#tell()
  }

  /** An instance that has written something, or that has ended. */
  read(pod: Entry, container: string, previous: boolean): LogInstance | undefined {
    const logs = this.#logs.get(uidOf(pod.object))?.get(container)
    return previous ? logs?.previous : logs?.present
  }

  /** Tells whenever a log or a Pod has changed. Answers how to stop. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #of(pod: Entry, container: string): Logs {
    const uid = uidOf(pod.object)
    const ofPod = this.#logs.get(uid) ?? new Map<string, Logs>()
    this.#logs.set(uid, ofPod)
    const logs = ofPod.get(container) ?? { previous: undefined, present: undefined }
    ofPod.set(container, logs)
    return logs
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
