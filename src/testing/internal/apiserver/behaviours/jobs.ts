/** Jobs: Pods until enough of them have succeeded, or too many have failed. */
import { equal, type JsonObject } from "../json.js"
import { number, objects, textOf } from "../members.js"
import { timestamp } from "../objectMeta.js"
import { annotationsOf, isGoing, nameOf, specOf, statusOf } from "../objectParts.js"
import { again, type Behaviour, create, make, remove, status, type View, type Write } from "./behaviour.js"
import { concernsController, controlled, isActive, isReady, jobKind, phaseOf, podKind, podOf } from "./ownership.js"

const indexKey = "batch.kubernetes.io/job-completion-index"

const isOver = (job: JsonObject): boolean =>
  objects(statusOf(job), "conditions").some((each) =>
    ["Complete", "Failed"].includes(String(each["type"])) && each["status"] === "True"
  )

const isIndexed = (job: JsonObject): boolean => textOf(specOf(job), "completionMode") === "Indexed"

const newPod = (job: JsonObject, index: number | undefined): JsonObject =>
  index === undefined
    ? podOf(job, { generateName: `${nameOf(job)}-` })
    : podOf(job, { generateName: `${nameOf(job)}-${index}-` }, {
      labels: { [indexKey]: String(index) },
      annotations: { [indexKey]: String(index) }
    })

/** Indexes as a Job's status writes them: `0-2,5`. */
const ranges = (indexes: ReadonlyArray<number>): string => {
  const parts: Array<[number, number]> = []
  for (const index of indexes) {
    const last = parts.at(-1)
    if (last !== undefined && last[1] === index - 1) last[1] = index
    else parts.push([index, index])
  }
  return parts.map(([from, to]) => from === to ? String(from) : `${from}${to === from + 1 ? "," : "-"}${to}`).join(",")
}

const indexOf = (pod: JsonObject): number => Number(annotationsOf(pod)[indexKey])

interface Tally {
  readonly active: ReadonlyArray<JsonObject>
  readonly succeeded: number
  readonly failed: number
  readonly doneIndexes: ReadonlyArray<number>
}

const tallyOf = (job: JsonObject, pods: ReadonlyArray<JsonObject>): Tally => {
  const succeeded = pods.filter((pod) => phaseOf(pod) === "Succeeded")
  const doneIndexes = [...new Set(succeeded.map(indexOf))].sort((a, b) => a - b)
  return {
    active: pods.filter(isActive),
    succeeded: isIndexed(job) ? doneIndexes.length : succeeded.length,
    failed: pods.filter((pod) => phaseOf(pod) === "Failed").length,
    doneIndexes
  }
}

/** The Pods that are missing now. */
const missing = (job: JsonObject, { active, doneIndexes, succeeded }: Tally): ReadonlyArray<JsonObject> => {
  const spec = specOf(job)
  const parallelism = number(spec, "parallelism") ?? 1
  const completions = number(spec, "completions")
  // Without completions the first success is the last start.
  const wanted = completions === undefined
    ? succeeded > 0 ? active.length : parallelism
    : Math.min(parallelism, completions - succeeded)
  const lacking = Math.max(0, wanted - active.length)
  if (!isIndexed(job)) return Array.from({ length: lacking }, () => newPod(job, undefined))
  const taken = new Set([...doneIndexes, ...active.map(indexOf)])
  const free = Array.from({ length: completions ?? 0 }, (_, index) => index).filter((index) => !taken.has(index))
  return free.slice(0, lacking).map((index) => newPod(job, index))
}

const conditionsOf = (
  types: ReadonlyArray<string>,
  reason: string,
  message: string,
  time: string
): ReadonlyArray<JsonObject> =>
  types.map((type) => ({
    type,
    status: "True",
    lastProbeTime: time,
    lastTransitionTime: time,
    reason,
    message
  }))

const outcome = (job: JsonObject, tally: Tally, time: string): JsonObject | undefined => {
  const spec = specOf(job)
  const completions = number(spec, "completions")
  const isDone = completions === undefined
    ? tally.succeeded > 0 && tally.active.length === 0
    : tally.succeeded >= completions
  if (isDone) {
    const message = "Reached expected number of succeeded pods"
    return {
      completionTime: time,
      conditions: conditionsOf(["SuccessCriteriaMet", "Complete"], "CompletionsReached", message, time)
    }
  }
  return tally.failed > (number(spec, "backoffLimit") ?? 6)
    ? {
      conditions: conditionsOf(
        ["FailureTarget", "Failed"],
        "BackoffLimitExceeded",
        "Job has reached the specified backoff limit",
        time
      )
    }
    : undefined
}

/** What becomes of a Job that is over. */
const after = (job: JsonObject, view: View): ReadonlyArray<Write> => {
  const ttl = number(specOf(job), "ttlSecondsAfterFinished")
  if (ttl === undefined || isGoing(job)) return []
  const ended = objects(statusOf(job), "conditions").find((each) =>
    ["Complete", "Failed"].includes(String(each["type"]))
  )
  const left = Date.parse(textOf(ended, "lastTransitionTime")) + ttl * 1000 - view.now
  return left <= 0 ? [remove(job)] : [again(left)]
}

const step = (job: JsonObject, view: View): ReadonlyArray<Write> => {
  if (isOver(job)) return after(job, view)
  const time = timestamp(view.now)
  const before = statusOf(job)
  const tally = tallyOf(job, controlled(view, job, podKind))
  const end = outcome(job, tally, time)
  const isSuspended = specOf(job)["suspend"] === true
  const isWorking = end === undefined && !isSuspended && !isGoing(job)
  const added = isWorking ? missing(job, tally) : []
  const removed = isWorking || isGoing(job) ? [] : tally.active
  const active = isWorking ? tally.active.length + added.length : 0
  const now: JsonObject = {
    ...(before["startTime"] !== undefined
      ? { startTime: before["startTime"] }
      : isSuspended
      ? {}
      : { startTime: time }),
    ...(before["conditions"] !== undefined && { conditions: before["conditions"] }),
    ...(active > 0 && { active }),
    ready: isWorking ? tally.active.filter(isReady).length : 0,
    terminating: 0,
    ...(tally.succeeded > 0 && { succeeded: tally.succeeded }),
    ...(tally.failed > 0 && { failed: tally.failed }),
    ...(isIndexed(job) && tally.doneIndexes.length > 0 && { completedIndexes: ranges(tally.doneIndexes) }),
    uncountedTerminatedPods: {},
    ...end
  }
  return [
    ...added.map(create),
    ...removed.map((pod) => remove(pod)),
    ...(equal(now, before) ? [] : [status(job, now)])
  ]
}

export const jobs = (): ReadonlyArray<Behaviour> => [
  make({ for: jobKind, concerns: [concernsController(podKind, jobKind)], step })
]
