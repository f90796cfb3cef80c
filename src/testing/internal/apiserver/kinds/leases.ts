/** Leases and Events: what is wrong with them. Events have two groups, each with rules of its own. */
import { invalid, invalidJson, required } from "../../structural/fieldError.js"
import { validateMetadata, validateMetadataUpdate } from "../../structural/metadata.js"
import { qualifiedName } from "../../structural/names.js"
import { internalJson } from "../internalForm.js"
import { child, equal, type JsonObject } from "../json.js"
import { member, number, textOf } from "../members.js"
import { metadataOf } from "../objectMeta.js"
import { namespaceOf } from "../objectParts.js"
import type { Strategy } from "../strategies.js"
import { type Causes, complain, immutable } from "./checks.js"

const validateLease = (lease: JsonObject): Causes => {
  const spec = child(lease, "spec")
  const duration = number(spec, "leaseDurationSeconds")
  const transitions = number(spec, "leaseTransitions")
  return [
    ...(duration !== undefined && duration <= 0
      ? [invalid("spec.leaseDurationSeconds", duration, "must be greater than 0")]
      : []),
    ...(transitions !== undefined && transitions < 0
      ? [invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0")]
      : [])
  ]
}

/** Fields of coordinated leader election, which is off without a feature gate. */
const withoutElection = (lease: JsonObject): JsonObject => {
  const spec = child(lease, "spec")
  if (spec === undefined) return lease
  const { preferredHolder: _, strategy: __, ...rest } = spec
  return { ...lease, spec: rest }
}

export const leaseStrategy: Partial<Strategy> = {
  prepareCreate: withoutElection,
  prepareUpdate: withoutElection,
  validateCreate: validateLease,
  validateUpdate: validateLease
}

const most = { instance: 128, action: 128, reason: 128, note: 1024 }

/** What both groups ask of an Event. `reporter`: how the field is called in the group. */
const validateEvent = (event: JsonObject, reporter: string): Causes => {
  const namespace = namespaceOf(event)
  const involved = textOf(child(event, "involvedObject"), "namespace")
  const mismatch = invalid("involvedObject.namespace", involved, "does not match event.namespace")
  if (member(event, "eventTime") === undefined) {
    const matches = involved === "" ? namespace === "" || namespace === "default" : namespace === involved
    return matches ? [] : [mismatch]
  }
  const controller = textOf(event, "reportingComponent")
  const limited = (field: string, limit: number): Causes =>
    textOf(event, field).length > limit ? [invalid(field, "", `can have at most ${limit} characters`)] : []
  const needed = (field: string): Causes => textOf(event, field) === "" ? [required(field)] : []
  return [
    ...(involved === "" && namespace !== "default" && namespace !== "kube-system" ? [mismatch] : []),
    ...(controller === "" ? [required(reporter)] : []),
    ...complain(reporter, controller, qualifiedName(controller)),
    ...needed("reportingInstance"),
    ...limited("reportingInstance", most.instance),
    ...needed("action"),
    ...limited("action", most.action),
    ...needed("reason"),
    ...limited("reason", most.reason),
    ...limited("message", most.note)
  ]
}

const validateSeries = (event: JsonObject): Causes => {
  const series = child(event, "series")
  return series === undefined ? [] : [
    ...((number(series, "count") ?? 0) < 2 ? [invalid("series.count", "", "should be at least 2")] : []),
    ...(member(series, "lastObservedTime") === undefined ? [required("series.lastObservedTime")] : [])
  ]
}

const options = { namespaced: true }

/** The old group does not look at the metadata of Events at all. */
export const eventStrategy: Partial<Strategy> = {
  validatesMetadata: true,
  validateCreate: (event) => validateEvent(event, "reportingComponent"),
  validateUpdate: (event) => validateEvent(event, "reportingComponent")
}

const unset = (event: JsonObject, field: string): Causes => {
  const value = member(event, field)
  const isNone = value === undefined || value === 0
    || (field === "source" && Object.values(child(event, "source") ?? {}).every((part) => part === ""))
  return isNone ? [] : [invalid(field, "", "needs to be unset")]
}

const fixedTexts = ["reason", "message"]
const fixedRest = ["count", "type"]

const shownReference = (event: JsonObject, field: string) => (): string =>
  internalJson(field === "related" ? "*core.ObjectReference" : "core.ObjectReference", event[field])

const validateYoungUpdate = (event: JsonObject, previous: JsonObject): Causes => {
  const fixed = (field: string, shownAs = field): Causes => immutable(event[field], previous[field], shownAs)
  const reference = (field: string): Causes =>
    immutable(event[field], previous[field], field, shownReference(event, field))
  const source = child(event, "source")
  return [
    ...validateEvent(event, "reportingController"),
    ...validateMetadataUpdate(metadataOf(event), metadataOf(previous), options),
    ...(equal(event["series"] ?? null, previous["series"] ?? null) ? [] : validateSeries(event)),
    ...reference("involvedObject"),
    ...fixedTexts.flatMap((field) => fixed(field)),
    ...(equal(source ?? {}, child(previous, "source") ?? {}) ? [] : [
      invalidJson(
        "source",
        `{"Component":${JSON.stringify(textOf(source, "component"))},"Host":${JSON.stringify(textOf(source, "host"))}}`,
        "field is immutable"
      )
    ]),
    ...fixed("firstTimestamp"),
    ...fixed("lastTimestamp"),
    ...fixedRest.flatMap((field) => fixed(field)),
    ...fixed("eventTime"),
    ...fixed("action"),
    ...reference("related"),
    ...fixed("reportingComponent", "reportingController"),
    ...fixed("reportingInstance")
  ]
}

export const youngEventStrategy: Partial<Strategy> = {
  validatesMetadata: true,
  validateCreate: (event) => [
    ...validateEvent(event, "reportingController"),
    ...validateMetadata(metadataOf(event), options),
    ...validateSeries(event),
    ...(member(event, "eventTime") === undefined ? [required("eventTime")] : []),
    ...(["Normal", "Warning"].includes(textOf(event, "type"))
      ? []
      : [invalid("type", "", `has invalid value: ${textOf(event, "type")}`)]),
    ...["firstTimestamp", "lastTimestamp", "count", "source"].flatMap((field) => unset(event, field))
  ],
  validateUpdate: validateYoungUpdate
}
