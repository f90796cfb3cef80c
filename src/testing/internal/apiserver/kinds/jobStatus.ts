/** What a Job's controller may write as its status: how far it got, and that it does not go back. */
import { duplicate, invalid, invalidOmitted, required } from "../../structural/fieldError.js"
import { internalJson } from "../internalForm.js"
import { child, equal, items, type JsonObject } from "../json.js"
import { member, number, objects, textOf } from "../members.js"
import { specOf } from "../objectParts.js"
import { type Causes, nonNegative } from "./checks.js"
import { indexes } from "./jobPolicies.js"

type Status = JsonObject | undefined

const has = (status: Status, type: string): boolean =>
  objects(status, "conditions").some((each) => each["type"] === type && each["status"] === "True")

const isFinished = (status: Status): boolean => has(status, "Complete") || has(status, "Failed")

const finished = (status: Status, changed: (key: string) => boolean, previous: Status, spec: JsonObject): Causes => {
  const turns = isFinished(status) !== isFinished(previous)
  if (!isFinished(status)) return []
  const active = number(status, "active") ?? 0
  const terminating = number(status, "terminating") ?? 0
  const uncounted = child(status, "uncountedTerminatedPods")
  const isEmpty = spec["suspend"] === true && spec["completions"] === 0
  return [
    ...((turns || changed("active")) && active > 0
      ? [invalid("status.active", active, "active>0 is invalid for finished job")]
      : []),
    ...((turns || changed("startTime")) && !isEmpty && member(status, "startTime") === undefined
      ? [required("status.startTime", "startTime is required for finished job")]
      : []),
    ...((turns || changed("uncountedTerminatedPods")) && uncounted !== undefined
        && items(uncounted, "succeeded").length + items(uncounted, "failed").length > 0
      ? [{
        reason: "FieldValueInvalid" as const,
        message: `Invalid value: ${
          internalJson("batch.UncountedTerminatedPods", uncounted)
        }: must be empty for finished job`,
        field: "status.uncountedTerminatedPods"
      }]
      : []),
    ...((turns || changed("terminating")) && terminating > 0
      ? [invalid("status.terminating", terminating, "terminating>0 is invalid for finished job")]
      : [])
  ]
}

/** Conditions that exclude or need each other. */
const conditions = (status: Status, previous: Status): Causes => {
  const at = "status.conditions"
  const turns = (type: string): boolean => has(status, type) !== has(previous, type)
  const check = (asked: boolean, isWrong: boolean, why: string): Causes =>
    asked && isWrong ? [invalidOmitted(at, why)] : []
  const [complete, failed, target, met] = ["Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"]
    .map((type) => has(status, type)) as [boolean, boolean, boolean, boolean]
  return [
    ...check(
      turns("Complete") || turns("Failed"),
      complete && failed,
      "cannot set Complete=True and Failed=true conditions"
    ),
    ...check(
      turns("Complete") || turns("FailureTarget"),
      complete && target,
      "cannot set Complete=True and FailureTarget=true conditions"
    ),
    ...check(
      turns("Failed"),
      failed && !target,
      "cannot set Failed=True condition without the FailureTarget=true condition"
    ),
    ...check(
      turns("Complete") || turns("SuccessCriteriaMet"),
      complete && !met,
      "cannot set Complete=True condition without the SuccessCriteriaMet=true condition"
    ),
    ...check(true, met && failed, "cannot set SuccessCriteriaMet=True and Failed=true conditions"),
    ...check(true, met && target, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"),
    ...["Failed", "Complete", "FailureTarget"].flatMap((type) =>
      check(has(previous, type), !has(status, type), `cannot disable the terminal ${type}=True condition`)
    ),
    ...check(has(previous, "SuccessCriteriaMet"), !met, "cannot disable the SuccessCriteriaMet=True condition"),
    ...check(
      has(previous, "Complete") && !has(previous, "SuccessCriteriaMet"),
      met,
      "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"
    )
  ]
}

const times = (status: Status, previous: Status, spec: JsonObject): Causes => {
  const at = "status.completionTime"
  const [start, end] = [textOf(status, "startTime"), textOf(status, "completionTime")]
  const [oldStart, oldEnd] = [textOf(previous, "startTime"), textOf(previous, "completionTime")]
  const complete = has(status, "Complete")
  const turns = complete !== has(previous, "Complete") || end !== oldEnd
  return [
    ...(turns && end !== "" && !complete
      ? [invalid(at, end, "cannot set completionTime when there is no Complete=True condition")]
      : []),
    ...(turns && end === "" && complete ? [required(at, "completionTime is required for Complete jobs")] : []),
    ...((start !== oldStart || end !== oldEnd) && start !== "" && end !== "" && Date.parse(end) < Date.parse(start)
      ? [invalid(at, end, "must be equal to or after `startTime`")]
      : []),
    ...(end !== "" && oldEnd !== "" && end !== oldEnd ? [invalid(at, end, "field is immutable")] : []),
    ...(oldStart !== "" && start !== oldStart && spec["suspend"] !== true
      ? [invalid("status.startTime", start === "" ? null : start, "field is immutable for unsuspended job once set")]
      : [])
  ]
}

const counts = ["active", "succeeded", "failed", "ready", "terminating"]

const counters = (status: Status, previous: Status, spec: JsonObject): Causes => {
  const shrinks = (key: string): boolean => (number(status, key) ?? 0) < (number(previous, key) ?? 0)
  const scales = spec["completionMode"] === "Indexed" && spec["completions"] === spec["parallelism"]
  const ready = number(status, "ready")
  const active = number(status, "active") ?? 0
  const changes = ready !== number(previous, "ready") || active !== (number(previous, "active") ?? 0)
  return [
    ...counts.flatMap((key) => nonNegative(member(status, key), `status.${key}`)),
    ...(shrinks("failed")
      ? [invalid("status.failed", number(status, "failed") ?? 0, "cannot decrease the failed counter")]
      : []),
    ...(shrinks("succeeded") && !scales
      ? [invalid("status.succeeded", number(status, "succeeded") ?? 0, "cannot decrease the succeeded counter")]
      : []),
    ...(changes && ready !== undefined && ready > active
      ? [invalid("status.ready", ready, "cannot set more ready pods than active")]
      : [])
  ]
}

const uncounted = (status: Status): Causes => {
  const seen = new Set<unknown>()
  return ["succeeded", "failed"].flatMap((key) =>
    items(child(status, "uncountedTerminatedPods"), key).flatMap((uid, index) => {
      const field = `status.uncountedTerminatedPods.${key}[${index}]`
      if (uid === "") return [invalid(field, uid, "must not be empty")]
      if (seen.has(uid)) return [duplicate(field, uid)]
      seen.add(uid)
      return []
    })
  )
}

const indexLists = (status: Status, previous: Status, spec: JsonObject): Causes => {
  const completed = textOf(status, "completedIndexes")
  const failed = member(status, "failedIndexes")
  const completions = number(spec, "completions")
  const perIndex = member(spec, "backoffLimitPerIndex") !== undefined
  const parse = (text: string, key: string): Causes => {
    const issue = completions === undefined ? undefined : indexes(text, completions).issue
    return issue === undefined ? [] : [invalid(`status.${key}`, text, `error parsing ${key}: ${issue}`)]
  }
  const turned = completed !== textOf(previous, "completedIndexes")
  const failedTurned = !equal(failed ?? null, member(previous, "failedIndexes") ?? null)
  return [
    ...(turned ? parse(completed, "completedIndexes") : []),
    ...(turned && completed !== "" && spec["completionMode"] !== "Indexed"
      ? [
        invalid(
          "status.completedIndexes",
          completed,
          "cannot set non-empty completedIndexes when non-indexed completion mode"
        )
      ]
      : []),
    ...(failedTurned && perIndex && typeof failed === "string" ? parse(failed, "failedIndexes") : []),
    ...(failedTurned && !perIndex && failed !== undefined
      ? [
        invalid(
          "status.failedIndexes",
          failed,
          "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        )
      ]
      : [])
  ]
}

export const validateJobStatus = (object: JsonObject, previous: JsonObject): Causes => {
  const spec = specOf(object)
  const [status, before] = [child(object, "status"), child(previous, "status")]
  const changed = (key: string): boolean => !equal(member(status, key) ?? null, member(before, key) ?? null)
  return [
    ...counters(status, before, spec),
    ...uncounted(status),
    ...conditions(status, before),
    ...times(status, before, spec),
    ...finished(status, changed, before, spec),
    ...indexLists(status, before, spec)
  ]
}
