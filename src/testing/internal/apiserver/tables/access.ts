/** The columns of kinds that say who may do what: roles, certificates, admission, claims of devices. */
import type { JsonObject } from "../json.js"
import { metadataOf } from "../objectMeta.js"
import { humanDuration, since } from "./age.js"
import {
  age,
  at,
  type Column,
  field,
  fieldOr,
  integer,
  labels,
  type Layout,
  listAt,
  name,
  or,
  selectorText,
  size,
  string,
  textAt
} from "./layout.js"

const subjects = (kind: string): Column["cell"] => (object) =>
  listAt(object, "subjects").filter((each) => textAt(each, "kind") === kind).map((each) =>
    kind === "ServiceAccount" ? `${textAt(each, "namespace")}/${textAt(each, "name")}` : textAt(each, "name")
  ).join(", ")

export const roleBinding: Layout = {
  columns: [
    name,
    string("Role", (object) => `${textAt(object, "roleRef", "kind")}/${textAt(object, "roleRef", "name")}`),
    age,
    string("Users", subjects("User"), 1),
    string("Groups", subjects("Group"), 1),
    string("ServiceAccounts", subjects("ServiceAccount"), 1)
  ]
}

const signer = string("SignerName", (object) => or(textAt(object, "spec", "signerName"), "<none>"))

const hasCondition = (object: JsonObject, type: string): boolean =>
  listAt(object, "status", "conditions").some((each) => textAt(each, "type") === type)

const requestState = (request: JsonObject): string => {
  const decided = hasCondition(request, "Denied")
    ? "Denied"
    : hasCondition(request, "Approved")
    ? "Approved"
    : "Pending"
  return [
    decided,
    ...(hasCondition(request, "Failed") ? ["Failed"] : []),
    ...(textAt(request, "status", "certificate") === "" ? [] : ["Issued"])
  ].join(",")
}

export const certificateSigningRequest: Layout = {
  columns: [
    name,
    age,
    signer,
    string("Requestor", field("spec", "username")),
    string("RequestedDuration", (object) => {
      const seconds = at(object, "spec", "expirationSeconds")
      return typeof seconds === "number" ? humanDuration(seconds * 1000) : "<none>"
    }),
    string("Condition", requestState)
  ]
}

export const clusterTrustBundle: Layout = { columns: [name, signer] }

const podRequestState = (request: JsonObject): string =>
  listAt(request, "status", "conditions").map((each) => textAt(each, "type")).filter((type) =>
    ["Issued", "Denied", "Failed"].includes(type)
  ).at(-1) ?? "Pending"

export const podCertificateRequest: Layout = {
  columns: [
    name,
    string("PodName", field("spec", "podName")),
    string("ServiceAccountName", field("spec", "serviceAccountName")),
    string("NodeName", field("spec", "nodeName")),
    string("SignerName", field("spec", "signerName")),
    string("State", podRequestState),
    string("UnverifiedUserAnnotations", (object) => labels(at(object, "spec", "unverifiedUserAnnotations")))
  ]
}

export const webhookConfiguration: Layout = { columns: [name, integer("Webhooks", size("webhooks")), age] }

const paramKind = string("ParamKind", (object) => {
  const kind = at(object, "spec", "paramKind")
  return kind === undefined ? "<unset>" : `${textAt(kind, "apiVersion")}/${textAt(kind, "kind")}`
})

export const validatingPolicy: Layout = {
  columns: [name, integer("Validations", size("spec", "validations")), paramKind, age]
}

export const mutatingPolicy: Layout = {
  columns: [name, integer("Mutations", size("spec", "mutations")), paramKind, age]
}

/** A parameter by its name, of any namespace where none is said, or by what selects it. */
const paramOf = (binding: JsonObject): string => {
  const param = at(binding, "spec", "paramRef")
  const called = textAt(param, "name")
  if (called !== "") return `${or(textAt(param, "namespace"), "*")}/${called}`
  const selector = at(param, "selector")
  return selector === undefined ? "<unset>" : selectorText(selector)
}

export const policyBinding: Layout = {
  columns: [name, string("PolicyName", field("spec", "policyName")), string("ParamRef", paramOf), age]
}

const claimState = (claim: JsonObject): string => {
  const isDeleted = metadataOf(claim)["deletionTimestamp"] !== undefined
  const isAllocated = at(claim, "status", "allocation") !== undefined
  return [
    ...(isDeleted ? ["deleted"] : []),
    ...(isAllocated ? ["allocated"] : isDeleted ? [] : ["pending"]),
    ...(isAllocated && listAt(claim, "status", "reservedFor").length > 0 ? ["reserved"] : [])
  ].join(",")
}

export const resourceClaim: Layout = { columns: [name, string("State", claimState), age] }

export const resourceSlice: Layout = {
  columns: [
    name,
    string("Node", fieldOr("", "spec", "nodeName")),
    string("Driver", field("spec", "driver")),
    string("Pool", field("spec", "pool", "name")),
    age
  ]
}

export const deviceTaintRule: Layout = {
  columns: [
    name,
    string("Key", field("spec", "taint", "key")),
    string("Value", field("spec", "taint", "value")),
    string("Effect", field("spec", "taint", "effect")),
    string("TimeAdded", (object, { now }) => {
      const added = at(object, "spec", "taint", "timeAdded")
      return added === undefined ? "" : since(added, now)
    }),
    age
  ]
}
