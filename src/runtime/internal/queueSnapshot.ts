/** A work queue for a status page: what stands where, as far as there is room. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type * as WorkQueue from "../WorkQueue.js"
import type { QueueCore } from "./queueCore.js"
import type { Entry } from "./queueEntry.js"

/** The queue's times are of a clock of its own, and people want those of the wall. */
export interface Times {
  readonly now: number
  readonly wall: number
}

const stateOf = (entry: Entry<unknown, unknown>): WorkQueue.KeyStatus<unknown, unknown>["state"] =>
  entry.running !== undefined
    ? "Processing"
    : entry.lanePosition >= 0
    ? "Ready"
    : entry.delay !== undefined
    ? "Delayed"
    : "Failed"

const statusOf = <K, E>(entry: Entry<K, E>, { now, wall }: Times): WorkQueue.KeyStatus<K, E> => {
  const at = (time: number): DateTime.Utc => DateTime.unsafeMake(Math.round(wall + time - now))
  return {
    key: entry.key,
    state: stateOf(entry),
    again: entry.running !== undefined && entry.pending,
    priority: (entry.running ?? entry).priority,
    attempt: entry.failures + 1,
    lastError: entry.failures === 0 ? Option.none() : Option.some(entry.lastError as E), // set whenever failures > 0
    since: at((entry.running ?? entry).since),
    due: entry.delay === undefined || entry.running !== undefined ? undefined : at(entry.delay.due)
  }
}

/** Looks at each key once; of each sort it keeps no more than are shown. */
export const snapshot = <K, E>(core: QueueCore<K, E>, times: Times, limit: number): WorkQueue.Snapshot<K, E> => {
  const sorts: ReadonlyArray<Array<Entry<K, E>>> = [[], [], [], []]
  for (const entry of core.all) {
    const sort = sorts[entry.running !== undefined ? 0 : entry.failures > 0 ? 1 : entry.lanePosition >= 0 ? 2 : 3]! // there are four
    if (sort.length < limit) sort.push(entry)
  }
  const shown = sorts.flat().slice(0, limit)
  return {
    size: { ready: core.ready, pending: core.pending, processing: core.processing },
    isPaused: core.isPaused,
    isShutDown: core.isClosing,
    keys: shown.map((entry) => statusOf(entry, times)),
    omitted: core.known - shown.length,
    takenAt: DateTime.unsafeMake(times.wall)
  }
}
