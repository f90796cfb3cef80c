/**
 * CertificateSigningRequests: only their endpoints `approval` and `status` change anything of them. What was approved or
 * denied stays so.
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import type { Cause } from "../../structural.js"
import { duplicate, forbidden, invalid, notSupported, required } from "../../structural/fieldError.js"
import { internalDiff } from "../internalForm.js"
import { equal, type JsonObject, withMember } from "../json.js"
import { objects, textOf } from "../members.js"
import { timestamp } from "../objectMeta.js"
import { statusOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { asItWas, type Endpoint } from "./endpoint.js"

const conditionsOf = (object: JsonObject): ReadonlyArray<JsonObject> => objects(statusOf(object), "conditions")
const ofType = (object: JsonObject, type: string): ReadonlyArray<JsonObject> =>
  conditionsOf(object).filter((condition) => condition["type"] === type)

const decided = ["Approved", "Denied"]
const field = "status.conditions"

/** Times that the writer has left out. */
const timed = (object: JsonObject, previous: JsonObject, now: string): JsonObject => {
  const before = conditionsOf(previous)
  const conditions = conditionsOf(object).map((condition) => {
    const known = before.find((old) => old["type"] === condition["type"] && old["status"] === condition["status"])
    return {
      ...condition,
      lastUpdateTime: condition["lastUpdateTime"] ?? now,
      lastTransitionTime: condition["lastTransitionTime"] ?? known?.["lastTransitionTime"] ?? now
    }
  })
  return withMember(
    object,
    "status",
    withMember(statusOf(object), "conditions", conditions.length === 0 ? undefined : conditions)
  )
}

/** The decisions as they were, where as many are there. */
const withOldDecisions = (object: JsonObject, previous: JsonObject): JsonObject => {
  let conditions = [...conditionsOf(object)]
  for (const type of decided) {
    const before = ofType(previous, type)
    if (before.length !== ofType(object, type).length) continue
    let at = 0
    conditions = conditions.map((condition) => condition["type"] === type ? before[at++]! : condition)
  }
  return conditions.length === 0
    ? object
    : withMember(object, "status", { ...statusOf(object), conditions })
}

const states = ["False", "True", "Unknown"]
const alwaysTrue = ["Approved", "Denied", "Failed"]

const validateConditions = (object: JsonObject): ReadonlyArray<Cause> => {
  const all = conditionsOf(object)
  const causes = all.flatMap((condition, at) => {
    const type = textOf(condition, "type")
    const allowed = alwaysTrue.includes(type) ? ["True"] : states
    const state = textOf(condition, "status")
    const isKnown = all.findIndex((other) => other["type"] === type) < at
    return [
      ...(type === "" ? [required(`${field}[${at}].type`)] : []),
      ...(state === ""
        ? [required(`${field}[${at}].status`)]
        : allowed.includes(state)
        ? []
        : [notSupported(`${field}[${at}].status`, state, allowed)]),
      ...(isKnown ? [duplicate(`${field}[${at}].type`, type)] : [])
    ]
  })
  if (!decided.every((type) => ofType(object, type).length > 0)) return causes
  const members = decided.map((type) => `conditions[{"type": "${type}"}]`)
  return [
    ...causes,
    invalid(
      field,
      `{${members.join(", ")}}`,
      `must specify at most one of: ${members.map((each) => `\`${each}\``).join(", ")}`
    )
  ]
}

const certificateOf = (object: JsonObject): string => textOf(statusOf(object), "certificate")

/** Whether what is signed is certificates in PEM; what stands inside of them is not looked at. */
const validateCertificate = (object: JsonObject): ReadonlyArray<Cause> => {
  const certificate = certificateOf(object)
  if (certificate === "") return []
  const pem = Either.getOrElse(Encoding.decodeBase64String(certificate), () => "")
  const blocks = [...pem.matchAll(/^-----BEGIN ([^-]+)-----\s/gm)].map((found) => found[1]!)
  const other = blocks.find((type) => type !== "CERTIFICATE")
  const problem = other !== undefined
    ? `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(other)}`
    : blocks.length === 0
    ? "must contain at least one CERTIFICATE PEM block"
    : undefined
  return problem === undefined ? [] : [invalid("status.certificate", "<certificate data>", problem)]
}

const removals = (object: JsonObject, previous: JsonObject): ReadonlyArray<Cause> =>
  alwaysTrue.filter((type) => ofType(object, type).length < ofType(previous, type).length)
    .map((type) => forbidden(field, `updates may not remove a condition of type "${type}"`))

const decisions = (object: JsonObject, previous: JsonObject): ReadonlyArray<Cause> =>
  decided.flatMap((type) => {
    const now = ofType(object, type)
    const before = ofType(previous, type)
    if (now.length > before.length) return [forbidden(field, `updates may not add a condition of type "${type}"`)]
    if (now.length < before.length || equal(now, before)) return []
    const differs = internalDiff("[]certificates.CertificateSigningRequestCondition", before, now)
    return [forbidden(field, `updates may not modify a condition of type "${type}"\n${differs}`)]
  })

const certificateChange = (object: JsonObject, previous: JsonObject): ReadonlyArray<Cause> => {
  const before = certificateOf(previous)
  return before === "" || before === certificateOf(object)
    ? []
    : [forbidden("status.certificate", "updates may not modify existing certificate content")]
}

const approval: Endpoint = {
  prepare: (object, previous, { moment }) => {
    const { conditions } = statusOf(timed(object, previous, timestamp(moment.now)))
    return { ...asItWas(object, previous), status: withMember(statusOf(previous), "conditions", conditions) }
  },
  validate: (object, previous) => [...validateConditions(object), ...removals(object, previous)]
}

export const signingRequestStrategy: Partial<Strategy> = {
  prepareCreate: (object) => ({ ...object, status: {} }),
  prepareUpdate: (object, previous) => ({ ...object, spec: previous["spec"], status: previous["status"] }),
  prepareStatus: (object, previous, { moment }) =>
    timed(withOldDecisions(object, previous), previous, timestamp(moment.now)),
  validateStatus: (object, previous) => [
    ...validateConditions(object),
    ...validateCertificate(object),
    ...removals(object, previous),
    ...decisions(object, previous),
    ...certificateChange(object, previous)
  ],
  endpoints: { approval }
}
