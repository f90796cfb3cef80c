/** PersistentVolumeClaims: defaults, the class of one that names none, what is wrong with them, what never changes. */
import * as Quantity from "../../../../protocol/Quantity.js"
import { forbidden, invalid, required } from "../../structural/fieldError.js"
import { dnsLabel, dnsSubdomain } from "../../structural/names.js"
import { internalDiff } from "../internalForm.js"
import { child, equal, type JsonObject, own, withMember } from "../json.js"
import { made, member, setDefault, textOf } from "../members.js"
import { annotationsOf, specOf } from "../objectParts.js"
import type { State, Strategy } from "../strategies.js"
import { type Causes, complain, immutable, optionalOneOf } from "./checks.js"
import { defaultClass } from "./defaultClass.js"
import { validateLabelSelector } from "./labelSelectors.js"
import { fractionalWarning, validatePositive } from "./quantities.js"
import {
  claimProtection,
  oldClass,
  validateClassName,
  validateModes,
  volumeModes,
  withFinalizer
} from "./storageParts.js"

const isDefault = "storageclass.kubernetes.io/is-default-class"

/** A new claim that names no class gets the one that is the default, if there is one. */
const beginClaim = (claim: JsonObject, previous: JsonObject | undefined, state: State): JsonObject => {
  if (previous !== undefined) return claim
  const spec = specOf(claim)
  const isClassed = typeof member(spec, "storageClassName") === "string" ||
    Object.hasOwn(annotationsOf(claim), oldClass)
  const name = isClassed ? undefined : defaultClass(state.storage, "storage.k8s.io/storageclasses", isDefault)
  const classed = name === undefined ? claim : { ...claim, spec: { ...spec, storageClassName: name } }
  return withFinalizer(classed, claimProtection)
}

const isOldSource = (source: JsonObject): boolean => {
  const group = textOf(source, "apiGroup")
  const kind = textOf(source, "kind")
  return (kind === "PersistentVolumeClaim" && group === "")
    || (kind === "VolumeSnapshot" && group === "snapshot.storage.k8s.io")
}

/** The two fields for the source of the data say the same, whichever of them the client has set. */
const withSources = (claim: JsonObject, previous?: JsonObject): JsonObject => {
  const spec = specOf(claim)
  const [old, young] = [child(spec, "dataSource"), child(spec, "dataSourceRef")]
  const before = previous === undefined ? {} : specOf(previous)
  const isKnown = child(before, "dataSource") !== undefined || child(before, "dataSourceRef") !== undefined
  if (old !== undefined && young === undefined) {
    return isKnown || isOldSource(old)
      ? { ...claim, spec: { ...spec, dataSourceRef: old } }
      : { ...claim, spec: withMember(spec, "dataSource", undefined) }
  }
  if (young === undefined || old !== undefined || textOf(young, "namespace") !== "") return claim
  return { ...claim, spec: { ...spec, dataSource: withMember(young, "namespace", undefined) } }
}

const validateSource = (source: JsonObject | undefined, at: string): Causes => {
  if (source === undefined) return []
  const [group, kind, namespace] = [textOf(source, "apiGroup"), textOf(source, "kind"), textOf(source, "namespace")]
  return [
    ...(textOf(source, "name") === "" ? [required(`${at}.name`)] : []),
    ...(kind === "" ? [required(`${at}.kind`)] : []),
    ...(group === "" && kind !== "PersistentVolumeClaim"
      ? [invalid(at, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")]
      : complain(`${at}.apiGroup`, group, group === "" ? [] : dnsSubdomain(group))),
    ...(namespace === "" ? [] : complain(`${at}.namespace`, namespace, dnsLabel(namespace)))
  ]
}

const isSameSource = (a: JsonObject, b: JsonObject): boolean =>
  ["apiGroup", "kind", "name"].every((field) => equal(a[field] ?? null, b[field] ?? null))

const validateSources = (spec: JsonObject): Causes => {
  const [old, young] = [child(spec, "dataSource"), child(spec, "dataSourceRef")]
  const isForeign = textOf(young, "namespace") !== ""
  const why = old === undefined || young === undefined
    ? undefined
    : isForeign
    ? "may not be specified when dataSourceRef.namespace is specified"
    : isSameSource(old, young)
    ? undefined
    : "must match dataSourceRef"
  return [
    ...validateSource(old, "spec.dataSource"),
    ...validateSource(young, "spec.dataSourceRef"),
    ...(why === undefined ? [] : [invalid("spec", {}, why)])
  ]
}

const requested = (claim: JsonObject): string | undefined => {
  const value = member(child(child(specOf(claim), "resources"), "requests"), "storage")
  return typeof value === "string" ? value : undefined
}

/** Also of the claims that a Pod and a StatefulSet make, whose paths begin elsewhere. */
export const validateClaim = (claim: JsonObject): Causes => {
  const spec = specOf(claim)
  const size = requested(claim)
  const field = "spec.resources[storage]"
  const selector = child(spec, "selector")
  return [
    ...validateModes(spec, "at least 1 access mode is required"),
    ...(selector === undefined ? [] : validateLabelSelector(selector, "spec.selector")),
    ...(size === undefined ? [required(field)] : validatePositive(size, field)),
    ...validateClassName(spec, "storageClassName"),
    ...optionalOneOf(member(spec, "volumeMode"), "spec.volumeMode", volumeModes),
    ...validateSources(spec),
    ...validateClassName(spec, "volumeAttributesClassName")
  ]
}

const isBound = (claim: JsonObject): boolean => textOf(child(claim, "status"), "phase") === "Bound"

/** What of a claim must be as it was: its size and the attributes of its volume may change once it is bound. */
const fixed = (claim: JsonObject, previous: JsonObject): readonly [before: JsonObject, after: JsonObject] => {
  let [before, after] = [specOf(previous), specOf(claim)]
  if (textOf(before, "volumeName") === "") before = withMember(before, "volumeName", own(after, "volumeName"))
  const [oldName, name] = [member(before, "storageClassName"), member(after, "storageClassName")]
  const noted = annotationsOf(previous)[oldClass]
  if (oldName === undefined && name !== undefined && (noted === undefined || noted === name)) {
    before = withMember(before, "storageClassName", name)
  }
  if (!isBound(claim)) return [before, after]
  const resources = child(after, "resources") ?? {}
  const requests = child(resources, "requests")
  if (requests !== undefined) {
    after = { ...after, resources: { ...resources, requests: { ...requests, storage: requested(previous) } } }
  }
  after = withMember(after, "volumeAttributesClassName", own(before, "volumeAttributesClassName"))
  return [before, after]
}

const validateSize = (claim: JsonObject, previous: JsonObject): Causes => {
  const [size, before] = [requested(claim), requested(previous)]
  if (size === undefined || before === undefined || !Quantity.lessThan(size, before)) return []
  const capacity = member(child(child(previous, "status"), "capacity"), "storage")
  return Quantity.lessThanOrEqualTo(size, typeof capacity === "string" ? capacity : "0")
    ? [forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")]
    : []
}

const validateClaimUpdate = (claim: JsonObject, previous: JsonObject): Causes => {
  const [before, after] = fixed(claim, previous)
  const [mode, oldMode] = [member(specOf(claim), "volumeMode"), member(specOf(previous), "volumeMode")]
  const [noted, old] = [annotationsOf(claim)[oldClass], annotationsOf(previous)[oldClass]]
  const isUpgrade = old !== undefined && noted === undefined && member(specOf(claim), "storageClassName") === old
  return [
    ...validateClaim(claim),
    ...(isUpgrade ? [] : immutable(noted ?? "", old ?? "", `metadata.annotations.${oldClass}`)),
    ...(equal(before, after) ? [] : [
      forbidden(
        "spec",
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"
          + internalDiff("core.PersistentVolumeClaimSpec", before, after)
      )
    ]),
    ...validateSize(claim, previous),
    ...immutable(mode, oldMode, "volumeMode")
  ]
}

const resizing = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending"
]

const validateClaimStatus = (claim: JsonObject): Causes => {
  const status = child(claim, "status")
  const amounts = (key: string): Causes =>
    Object.entries(child(status, key) ?? {}).flatMap(([name, value]) =>
      Quantity.toNumber(String(value)) < 0
        ? [
          invalid(
            `status.${key}[${name}]`,
            Number(Quantity.toBigInt(String(value))),
            "must be a valid resource quantity"
          )
        ]
        : []
    )
  const statuses = child(status, "allocatedResourceStatuses") ?? {}
  return [
    ...amounts("capacity"),
    ...Object.keys(statuses).sort().flatMap((name) =>
      optionalOneOf(statuses[name], "status.allocatedResourceStatuses", resizing)
    ),
    ...amounts("allocatedResources")
  ]
}

/** Only a bound claim of a class that allows it grows. */
const forbidsResize = (claim: JsonObject, previous: JsonObject | undefined, state: State): string | undefined => {
  const [size, before] = [requested(claim), previous === undefined ? undefined : requested(previous)]
  if (previous === undefined || size === undefined || before === undefined) return undefined
  if (!Quantity.greaterThan(size, before)) return undefined
  if (!isBound(previous)) return "Only bound persistent volume claims can be expanded"
  const classOf = (of: JsonObject): string =>
    textOf(annotationsOf(of), oldClass) || textOf(specOf(of), "storageClassName")
  const name = classOf(claim)
  const storageClass = state.storage.get("storage.k8s.io/storageclasses", "", name)
  return name !== "" && name === classOf(previous) && storageClass?.object["allowVolumeExpansion"] === true
    ? undefined
    : "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
}

const claimWarnings = (claim: JsonObject): ReadonlyArray<string> => {
  const resources = child(specOf(claim), "resources")
  return [
    ...(Object.hasOwn(annotationsOf(claim), oldClass)
      ? [`metadata.annotations[${oldClass}]: deprecated since v1.8; use "storageClassName" attribute instead`]
      : []),
    ...["requests", "limits"].flatMap((list) =>
      fractionalWarning(`spec.resources.${list}[storage]`, member(child(resources, list), "storage"))
    )
  ]
}

export const claimStrategy: Partial<Strategy> = {
  defaults: (claim) => {
    setDefault(made(claim, "spec"), "volumeMode", "Filesystem")
    setDefault(made(claim, "status"), "phase", "Pending")
    return claim
  },
  begin: beginClaim,
  forbids: forbidsResize,
  prepareCreate: (claim) => withSources({ ...claim, status: { phase: "Pending" } }),
  prepareUpdate: withSources,
  warnings: claimWarnings,
  validateCreate: validateClaim,
  validateUpdate: validateClaimUpdate,
  validateStatus: validateClaimStatus
}
