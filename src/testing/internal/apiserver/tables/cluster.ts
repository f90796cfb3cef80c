/** The columns of kinds of the cluster: nodes, namespaces, events, quotas, classes and what is configured. */
import type { JsonObject } from "../json.js"
import { metadataOf } from "../objectMeta.js"
import { nameOf } from "../objectParts.js"
import { since, unknownAge } from "./age.js"
import {
  age,
  at,
  boolean,
  type Column,
  conditionOf,
  count,
  createdAt,
  field,
  fieldOr,
  integer,
  type Layout,
  listAt,
  name,
  numberAt,
  or,
  size,
  sizeAt,
  string,
  textAt,
  textsAt,
  truth
} from "./layout.js"

const nodeStatus = (node: JsonObject): string => {
  const ready = conditionOf(node, "Ready")
  const known = ready === undefined ? "Unknown" : textAt(ready, "status") === "True" ? "Ready" : "NotReady"
  return at(node, "spec", "unschedulable") === true ? `${known},SchedulingDisabled` : known
}

const rolePrefix = "node-role.kubernetes.io/"

const rolesOf = (node: JsonObject): string => {
  const labels = at(metadataOf(node), "labels") ?? {}
  const named = Object.keys(labels).filter((key) => key.startsWith(rolePrefix)).map((key) =>
    key.slice(rolePrefix.length)
  )
  const roles = [...named, textAt(labels, "kubernetes.io/role")].filter((role) => role !== "")
  return or([...new Set(roles)].sort().join(","), "<none>")
}

const addressOf = (type: string): Column["cell"] => (node) =>
  or(
    textAt(listAt(node, "status", "addresses").find((each) => textAt(each, "type") === type), "address"),
    "<none>"
  )

const nodeInfo = (key: string): Column["cell"] => (node) => or(textAt(node, "status", "nodeInfo", key), "<unknown>")

const kernelOf = (node: JsonObject): string => {
  const architecture = textAt(node, "status", "nodeInfo", "architecture")
  const kernel = or(textAt(node, "status", "nodeInfo", "kernelVersion"), "<unknown>")
  return architecture === "" ? kernel : `${kernel} (${architecture})`
}

export const node: Layout = {
  columns: [
    name,
    string("Status", nodeStatus),
    string("Roles", rolesOf),
    age,
    string("Version", field("status", "nodeInfo", "kubeletVersion")),
    string("Internal-IP", addressOf("InternalIP"), 1),
    string("External-IP", addressOf("ExternalIP"), 1),
    string("OS-Image", nodeInfo("osImage"), 1),
    string("Kernel-Version", kernelOf, 1),
    string("Container-Runtime", nodeInfo("containerRuntimeVersion"), 1)
  ]
}

export const namespace: Layout = { columns: [name, string("Status", field("status", "phase")), age] }

export const configMap: Layout = {
  columns: [name, string("Data", (object) => sizeAt(object, "data") + sizeAt(object, "binaryData")), age]
}

export const secret: Layout = { columns: [name, string("Type", field("type")), string("Data", size("data")), age] }

export const plain: Layout = { columns: [name, age] }

const firstSeen: Column["cell"] = (event, { now }) => {
  const first = since(at(event, "firstTimestamp"), now)
  return first === unknownAge ? since(at(event, "eventTime"), now) : first
}

const lastSeen: Column["cell"] = (event, context) => {
  if (at(event, "series") !== undefined) return since(at(event, "series", "lastObservedTime"), context.now)
  const last = since(at(event, "lastTimestamp"), context.now)
  return last === unknownAge ? firstSeen(event, context) : last
}

const target = (event: JsonObject): string => {
  const kind = textAt(event, "involvedObject", "kind").toLowerCase()
  const called = textAt(event, "involvedObject", "name")
  return called === "" ? kind : `${kind}/${called}`
}

const sourceOf = (event: JsonObject): string => {
  const component = or(textAt(event, "source", "component"), textAt(event, "reportingComponent"))
  const instance = or(textAt(event, "source", "host"), textAt(event, "reportingInstance"))
  return instance === "" ? component : `${component}, ${instance}`
}

const timesOf = (event: JsonObject): number =>
  at(event, "series") !== undefined ? numberAt(event, "series", "count") : numberAt(event, "count") || 1

/** Of the stored form, which is that of the core group. */
export const event: Layout = {
  columns: [
    string("Last Seen", lastSeen),
    string("Type", field("type")),
    string("Reason", field("reason")),
    string("Object", target),
    string("Subobject", field("involvedObject", "fieldPath"), 1),
    string("Source", sourceOf, 1),
    string("Message", (object) => textAt(object, "message").trim()),
    string("First Seen", firstSeen, 1),
    string("Count", timesOf, 1),
    { ...name, priority: 1 }
  ]
}

/** Used and hard amounts, those of limits or all others. */
const amounts = (ofLimits: boolean): Column["cell"] => (quota) => {
  const hard = at(quota, "status", "hard") ?? {}
  return Object.keys(hard).sort().filter((resource) => resource.startsWith("limits.") === ofLimits).map((resource) =>
    `${resource}: ${or(textAt(quota, "status", "used", resource), "0")}/${textAt(hard, resource)}`
  ).join(", ")
}

export const resourceQuota: Layout = {
  columns: [name, string("Request", amounts(false)), string("Limit", amounts(true)), age]
}

export const priorityClass: Layout = {
  columns: [
    name,
    integer("Value", count("value")),
    boolean("Global-Default", truth("globalDefault")),
    age,
    string("PreemptionPolicy", field("preemptionPolicy"))
  ]
}

export const runtimeClass: Layout = { columns: [name, string("Handler", field("handler")), age] }

export const lease: Layout = { columns: [name, string("Holder", field("spec", "holderIdentity")), age] }

const versionsOf = (definition: JsonObject): string =>
  listAt(definition, "spec", "versions").filter((each) => at(each, "served") === true).map((each) =>
    `${textAt(each, "name")}${at(each, "storage") === true ? "(storage)" : ""}`
  ).sort().join(",")

export const customResourceDefinition: Layout = {
  columns: [
    name,
    string("Scope", field("spec", "scope")),
    string("Versions", versionsOf),
    createdAt,
    string("Group", field("spec", "group"), 1),
    string("Kind", field("spec", "names", "kind"), 1),
    string("ShortNames", (object) => textsAt(object, "spec", "names", "shortNames").join(","), 1),
    boolean("Established", (object) => textAt(conditionOf(object, "Established"), "status") === "True", 1)
  ],
  isNullWhenEmpty: true
}

const availability = (service: JsonObject): string => {
  const condition = conditionOf(service, "Available")
  const status = or(textAt(condition, "status"), "Unknown")
  const reason = textAt(condition, "reason")
  return status === "True" || reason === "" ? status : `${status} (${reason})`
}

export const apiService: Layout = {
  columns: [
    name,
    string("Service", (object) =>
      at(object, "spec", "service") === undefined
        ? "Local"
        : `${textAt(object, "spec", "service", "namespace")}/${textAt(object, "spec", "service", "name")}`),
    string("Available", availability),
    age
  ]
}

const methodOf = fieldOr("<none>", "spec", "distinguisherMethod", "type")

export const flowSchema: Layout = {
  columns: [
    name,
    string("PriorityLevel", field("spec", "priorityLevelConfiguration", "name")),
    string("MatchingPrecedence", count("spec", "matchingPrecedence")),
    string("DistinguisherMethod", methodOf),
    age,
    string("MissingPL", (object) => or(textAt(conditionOf(object, "Dangling"), "status"), "?"))
  ],
  order: (a, b) =>
    numberAt(a, "spec", "matchingPrecedence") - numberAt(b, "spec", "matchingPrecedence")
    || (nameOf(a) < nameOf(b) ? -1 : 1)
}

/** A number of a limited level; others have none. */
const limit = (...path: ReadonlyArray<string>): Column["cell"] => (object) => {
  const found = at(object, "spec", "limited", ...path)
  return typeof found === "number" ? found : "<none>"
}

export const priorityLevel: Layout = {
  columns: [
    name,
    string("Type", field("spec", "type")),
    string("NominalConcurrencyShares", limit("nominalConcurrencyShares")),
    string("Queues", limit("limitResponse", "queuing", "queues")),
    string("HandSize", limit("limitResponse", "queuing", "handSize")),
    string("QueueLengthLimit", limit("limitResponse", "queuing", "queueLengthLimit")),
    age
  ]
}

const componentCondition = (object: JsonObject): unknown =>
  listAt(object, "conditions").find((each) => textAt(each, "type") === "Healthy")

export const componentStatus: Layout = {
  columns: [
    name,
    string("Status", (object) => {
      const condition = componentCondition(object)
      if (condition === undefined) return "Unknown"
      return textAt(condition, "status") === "True" ? "Healthy" : "Unhealthy"
    }),
    string("Message", (object) => textAt(componentCondition(object), "message")),
    string("Error", (object) => textAt(componentCondition(object), "error"))
  ]
}

/** The running, failed or succeeded condition that is true, the last of them. */
const migrationState = (object: JsonObject): string =>
  listAt(object, "status", "conditions").filter((each) =>
    textAt(each, "status") === "True" && ["Running", "Failed", "Succeeded"].includes(textAt(each, "type"))
  ).map((each) => textAt(each, "type")).at(-1) ?? "Unknown"

export const storageVersionMigration: Layout = {
  columns: [
    { ...name, format: "" },
    string("Resource", (object) => {
      const group = textAt(object, "spec", "resource", "group")
      return `${textAt(object, "spec", "resource", "resource")}${group === "" ? "" : `.${group}`}`
    }),
    string("Status", migrationState)
  ]
}
