/** CronJobs: what is filled in, and what is wrong with them. */
import { invalid, invalidJson, notSupported, required } from "../../structural/fieldError.js"
import { selectorJson } from "../internalForm.js"
import { child, type JsonObject } from "../json.js"
import { made, member, objects, setDefault, textOf } from "../members.js"
import { nameOf, specOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { type Causes, complain, nonNegative, oneOf } from "./checks.js"
import { scheduleIssue, zoneIssues } from "./cronSchedule.js"
import { dropScheduling, validateJobSpec } from "./jobs.js"
import { nameWarnings, templateStrategy } from "./templates.js"

const jobSpecOf = (object: JsonObject): JsonObject => child(child(specOf(object), "jobTemplate"), "spec") ?? {}

const defaultCronJob = (object: JsonObject): void => {
  const spec = made(object, "spec")
  setDefault(spec, "concurrencyPolicy", "Allow")
  setDefault(spec, "suspend", false)
  setDefault(spec, "successfulJobsHistoryLimit", 3)
  setDefault(spec, "failedJobsHistoryLimit", 1)
  for (const rule of objects(child(jobSpecOf(object), "podFailurePolicy"), "rules")) {
    for (const pattern of objects(rule, "onPodConditions")) setDefault(pattern, "status", "True")
  }
}

const schedule = (spec: JsonObject, previous: JsonObject | undefined): Causes => {
  const value = textOf(spec, "schedule")
  const field = "spec.schedule"
  if (value === "") return [required(field)]
  const issue = scheduleIssue(value)
  const hadZone = textOf(previous, "schedule").includes("TZ")
  const zone = !value.includes("TZ")
    ? undefined
    : !hadZone
    ? "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
    : member(spec, "timeZone") === undefined
    ? undefined
    : "cannot use both timeZone field and TZ or CRON_TZ in schedule"
  return complain(field, value, [...(issue === undefined ? [] : [issue]), ...(zone === undefined ? [] : [zone])])
}

const validateCronJob = (object: JsonObject, previous: JsonObject | undefined): Causes => {
  const spec = specOf(object)
  const before = child(previous, "spec")
  const zone = member(spec, "timeZone")
  const job = jobSpecOf(object)
  const at = "spec.jobTemplate.spec"
  const selector = child(job, "selector")
  return [
    ...schedule(spec, before),
    ...nonNegative(member(spec, "startingDeadlineSeconds"), "spec.startingDeadlineSeconds"),
    ...(typeof zone !== "string" || zone === member(before, "timeZone")
      ? []
      : complain("spec.timeZone", zone, zoneIssues(zone))),
    ...oneOf(member(spec, "concurrencyPolicy"), "spec.concurrencyPolicy", ["Allow", "Forbid", "Replace"]),
    ...validateJobSpec(job, at),
    ...(selector === undefined
      ? []
      : [invalidJson(`${at}.selector`, selectorJson(selector), "`selector` will be auto-generated")]),
    ...(job["manualSelector"] === true
      ? [notSupported(`${at}.manualSelector`, true, ["nil", "false"])]
      : []),
    ...nonNegative(member(spec, "successfulJobsHistoryLimit"), "spec.successfulJobsHistoryLimit"),
    ...nonNegative(member(spec, "failedJobsHistoryLimit"), "spec.failedJobsHistoryLimit")
  ]
}

const cronTemplate = templateStrategy(jobSpecOf, "spec.jobTemplate.spec.template", defaultCronJob)

export const cronJobStrategy: Partial<Strategy> = {
  ...cronTemplate,
  prepareCreate: (object) => {
    dropScheduling(jobSpecOf(object))
    return cronTemplate.prepareCreate(object)
  },
  warnings: (object, previous) => [
    ...nameWarnings(object, previous),
    ...cronTemplate.warnings(object, previous),
    ...(previous !== undefined && textOf(specOf(object), "schedule").includes("TZ")
      ? [
        "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
      ]
      : [])
  ],
  validateCreate: (object) => [
    ...validateCronJob(object, undefined),
    ...(nameOf(object).length > 52
      ? [invalid("metadata.name", nameOf(object), "must be no more than 52 characters")]
      : [])
  ],
  validateUpdate: validateCronJob
}
