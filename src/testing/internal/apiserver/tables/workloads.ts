/** The columns of kinds that run pods. */
import type { JsonObject } from "../json.js"
import { metadataOf } from "../objectMeta.js"
import { humanDuration, since } from "./age.js"
import {
  age,
  at,
  type Column,
  containers,
  count,
  fieldOr,
  integer,
  isConditionTrue,
  labels,
  type Layout,
  listAt,
  name,
  numberAt,
  selector,
  selectorText,
  size,
  string,
  textAt
} from "./layout.js"

const template = ["spec", "template", "spec"]

/** So many are ready of so many that are wanted. */
const ready = string(
  "Ready",
  (object) => `${numberAt(object, "status", "readyReplicas")}/${numberAt(object, "spec", "replicas")}`
)

export const deployment: Layout = {
  columns: [
    name,
    ready,
    string("Up-to-date", count("status", "updatedReplicas")),
    string("Available", count("status", "availableReplicas")),
    age,
    ...containers(...template),
    string("Selector", (object) => selectorText(at(object, "spec", "selector")), 1)
  ]
}

const replicas = [
  name,
  integer("Desired", count("spec", "replicas")),
  integer("Current", count("status", "replicas")),
  integer("Ready", count("status", "readyReplicas")),
  age,
  ...containers(...template)
]

export const replicaSet: Layout = { columns: [...replicas, string("Selector", selector("spec", "selector"), 1)] }

export const replicationController: Layout = {
  columns: [...replicas, string("Selector", (object) => labels(at(object, "spec", "selector")), 1)]
}

export const statefulSet: Layout = { columns: [name, ready, age, ...containers(...template)] }

export const daemonSet: Layout = {
  columns: [
    name,
    integer("Desired", count("status", "desiredNumberScheduled")),
    integer("Current", count("status", "currentNumberScheduled")),
    integer("Ready", count("status", "numberReady")),
    integer("Up-to-date", count("status", "updatedNumberScheduled")),
    integer("Available", count("status", "numberAvailable")),
    string("Node Selector", (object) => labels(at(object, ...template, "nodeSelector"))),
    age,
    ...containers(...template),
    string("Selector", selector("spec", "selector"), 1)
  ]
}

/** In the order in which one hides another. */
const jobStates: ReadonlyArray<readonly [string, (job: JsonObject) => boolean]> = [
  ["Complete", (job) => isConditionTrue(job, "Complete")],
  ["Failed", (job) => isConditionTrue(job, "Failed")],
  ["Terminating", (job) => metadataOf(job)["deletionTimestamp"] !== undefined],
  ["Suspended", (job) => isConditionTrue(job, "Suspended")],
  ["FailureTarget", (job) => isConditionTrue(job, "FailureTarget")],
  ["SuccessCriteriaMet", (job) => isConditionTrue(job, "SuccessCriteriaMet")]
]

const completions = (job: JsonObject): string => {
  const succeeded = numberAt(job, "status", "succeeded")
  const wanted = at(job, "spec", "completions")
  const parallelism = numberAt(job, "spec", "parallelism")
  if (typeof wanted === "number") return `${succeeded}/${wanted}`
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

const jobDuration: Column["cell"] = (job, { now }) => {
  const start = textAt(job, "status", "startTime")
  const end = textAt(job, "status", "completionTime")
  if (start === "") return ""
  return humanDuration((end === "" ? now : Date.parse(end)) - Date.parse(start))
}

export const job: Layout = {
  columns: [
    name,
    string("Status", (object) => jobStates.find(([, is]) => is(object))?.[0] ?? "Running"),
    string("Completions", completions),
    string("Duration", jobDuration),
    age,
    ...containers(...template),
    string("Selector", selector("spec", "selector"), 1)
  ]
}

const jobTemplate = ["spec", "jobTemplate", "spec"]

export const cronJob: Layout = {
  columns: [
    name,
    string("Schedule", (object) => textAt(object, "spec", "schedule")),
    string("Timezone", fieldOr("<none>", "spec", "timeZone")),
    {
      ...string("Suspend", (object) => {
        const suspend = at(object, "spec", "suspend")
        return suspend === undefined ? "<unset>" : suspend === true ? "True" : "False"
      }),
      type: "boolean"
    },
    integer("Active", size("status", "active")),
    string("Last Schedule", (object, { now }) => {
      const last = at(object, "status", "lastScheduleTime")
      return last === undefined ? "<none>" : since(last, now)
    }),
    age,
    ...containers(...jobTemplate, "template", "spec"),
    string("Selector", selector(...jobTemplate, "selector"), 1)
  ]
}

export const podTemplate: Layout = {
  columns: [
    name,
    ...containers("template", "spec").map((column) => ({ ...column, priority: 0 })),
    string("Pod Labels", (object) => labels(at(object, "template", "metadata", "labels")))
  ]
}

const controllerOf = (object: JsonObject): string => {
  const owner = listAt(object, "metadata", "ownerReferences").find((each) => at(each, "controller") === true)
  if (owner === undefined) return "<none>"
  const apiVersion = textAt(owner, "apiVersion")
  const group = apiVersion.includes("/") ? `.${apiVersion.slice(0, apiVersion.indexOf("/"))}` : ""
  return `${`${textAt(owner, "kind")}${group}`.toLowerCase()}/${textAt(owner, "name")}`
}

export const controllerRevision: Layout = {
  columns: [name, string("Controller", controllerOf), string("Revision", count("revision")), age]
}

export const podDisruptionBudget: Layout = {
  columns: [
    name,
    string("Min Available", fieldOr("N/A", "spec", "minAvailable")),
    string("Max Unavailable", fieldOr("N/A", "spec", "maxUnavailable")),
    integer("Allowed Disruptions", count("status", "disruptionsAllowed")),
    age
  ]
}
